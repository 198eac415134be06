from typing import ClassVar

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import StackingClassifier, StackingRegressor
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import GroupKFold, TimeSeriesSplit, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdl.ensemble import BlendClassifier, BlendRegressor, StackClassifier, StackRegressor, greedy_weights

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3))
Y = X[:, 0] + X[:, 1] ** 2 + 0.3 * RNG.normal(size=120)
LABELS = np.array(["low", "middle", "high"])[np.digitize(Y, [0.0, 1.5])]
REGRESSORS = [("ridge", Ridge()), ("tree", DecisionTreeRegressor(max_depth=4, random_state=0))]
CLASSIFIERS = [("logistic", LogisticRegression()), ("tree", DecisionTreeClassifier(max_depth=4, random_state=0))]


@parametrize_with_checks(
    [
        *(ensemble(REGRESSORS, cv=2) for ensemble in (BlendRegressor, StackRegressor)),
        *(ensemble(CLASSIFIERS, cv=2) for ensemble in (BlendClassifier, StackClassifier)),
    ]
)
def test_it_keeps_the_contract_of_an_estimator(estimator, check):
    """All of scikit-learn's own checks."""
    check(estimator)


@pytest.mark.parametrize("n_steps", [1, 2, 7])
def test_each_step_adds_the_model_that_is_best_with_all_before_it(n_steps):
    """The chosen models are those of an exhaustive look at each step; the best of the means counts."""
    predictions = [Y + RNG.normal(loc=bias, size=120) for bias in (-1.0, 0.2, 1.5, 4.0)]

    def error(models):
        return float(np.square(np.mean([predictions[one] for one in models], axis=0) - Y).mean())

    bags = [()]
    for _ in range(n_steps):
        bags.append(min(((*bags[-1], one) for one in range(4)), key=error))
    best = min(bags[1:], key=error)
    found = greedy_weights(predictions, lambda mean: (-float(np.square(mean - Y).mean()),), n_steps)
    np.testing.assert_allclose(found, np.bincount(best, minlength=4) / len(best))


def test_two_models_get_nearly_the_best_of_all_weights():
    """Of those that 25 steps can give, each tried out."""
    predictions = [Y + RNG.normal(size=120), Y + 1.5 * RNG.normal(size=120)]

    def error(weight):
        return float(np.square(weight * predictions[0] + (1 - weight) * predictions[1] - Y).mean())

    found = greedy_weights(predictions, lambda mean: (-float(np.square(mean - Y).mean()),), 25)
    grid = {number / steps for steps in range(1, 26) for number in range(steps + 1)}
    assert error(found[0]) <= 1.001 * min(map(error, grid)) < 0.95 * min(error(0.0), error(1.0))


def test_an_undefined_score_is_the_worst():
    found = greedy_weights([Y, Y + 1], lambda mean: (np.nan if mean[0] == Y[0] else 1.0, 0.0), 3)
    assert found.tolist() == [0.0, 1.0]


def test_a_blend_is_the_mean_by_weights_that_predictions_out_of_fold_give():
    """Both by hand, with scikit-learn's `cross_val_predict`."""
    blend = BlendRegressor(REGRESSORS, cv=4).fit(X, Y)
    parts = [cross_val_predict(model, X, Y, cv=4) for _, model in REGRESSORS]
    expected = greedy_weights(parts, lambda mean: (-float(np.square(mean - Y).mean()),), 25)
    np.testing.assert_allclose(blend.weights_, expected)
    by_hand = sum(
        weight * clone(model).fit(X, Y).predict(X) for weight, (_, model) in zip(expected, REGRESSORS, strict=True)
    )
    np.testing.assert_allclose(blend.predict(X), by_hand)


@pytest.mark.parametrize("scoring", [None, "accuracy", "roc_auc_ovr", "neg_log_loss"])
def test_probabilities_of_a_blend_are_the_mean_by_weights(scoring):
    models = [*CLASSIFIERS, ("bayes", GaussianNB())]
    blend = BlendClassifier(models, scoring=scoring).fit(X, LABELS)
    parts = [clone(model).fit(X, LABELS).predict_proba(X) for _, model in models]
    np.testing.assert_allclose(blend.predict_proba(X), np.average(parts, axis=0, weights=blend.weights_))
    assert blend.weights_.sum() == pytest.approx(1.0)
    assert set(blend.named_estimators_) == {name for (name, _), w in zip(models, blend.weights_, strict=True) if w}
    assert np.array_equal(blend.predict(X), blend.classes_[blend.predict_proba(X).argmax(axis=1)])


def test_weights_of_rows_count_when_the_weights_of_models_are_chosen():
    """Two constants: the best blend of them is the weighted mean of the target."""
    y, weights = np.tile([0.0, 1.0], 60), np.tile([1.0, 4.0], 60)
    constants = [(f"of_{value}", DummyRegressor(strategy="constant", constant=value)) for value in (0.0, 1.0)]
    blends = [BlendRegressor(constants, scoring=one) for one in (None, "neg_mean_squared_error")]
    assert [blend.fit(X, y, weights).weights_.tolist() for blend in blends] == [[0.2, 0.8], [0.2, 0.8]]
    assert blends[0].fit(X, y).weights_.tolist() == [0.5, 0.5]


def test_a_class_that_an_inner_fold_lacks_has_probability_0_there():
    order = np.argsort(LABELS, kind="stable")  # all rows of a class are in one test part
    parts = [order[LABELS[order] == label] for label in np.unique(LABELS)]
    cv = [(np.setdiff1d(order, part), part) for part in parts]
    models = [("bayes", GaussianNB()), ("tree", DecisionTreeClassifier(max_depth=2, random_state=0))]
    means = []

    def scoring(model, X, y):
        means.append(model.predict_proba(X))
        return 0.0

    BlendClassifier(models, cv=cv, scoring=scoring).fit(X, LABELS)
    (train, test), (_, model) = cv[0], models[0]
    expected = clone(model).fit(X[train], LABELS[train]).predict_proba(X[test])
    np.testing.assert_allclose(means[0][: len(test)], np.column_stack([np.zeros(len(test)), expected]))


@pytest.mark.parametrize("weighted", [False, True])
def test_stacking_equals_that_of_scikit_learn(weighted):
    """Where that one can make the inner folds."""
    weights = np.linspace(0.5, 2.0, 120) if weighted else None
    models = [("ridge", Ridge()), ("knn", KNeighborsRegressor())] if not weighted else REGRESSORS
    given = {"sample_weight": weights} if weighted else {}
    theirs = StackingRegressor(models, cv=3).fit(X, Y, **given)
    ours = StackRegressor(models, cv=3).fit(X, Y, **given)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-6)


@pytest.mark.parametrize("labels", [LABELS, LABELS == "low"], ids=["three", "two"])
def test_stacking_of_classes_equals_that_of_scikit_learn(labels):
    models = [("logistic", LogisticRegression()), ("knn", KNeighborsClassifier())]
    theirs = StackingClassifier(models, cv=3).fit(X, labels)
    ours = StackClassifier(models, cv=3).fit(X, labels)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-5)
    assert np.array_equal(ours.predict(X), theirs.predict(X))


class Recorder(Ridge):
    """Keeps the rows that it was fitted on, by their first column."""

    fits: ClassVar = []

    def fit(self, X, y, sample_weight=None):
        """Fit, and keep the rows."""
        self.fits.append(X[:, 0])
        return super().fit(X, y, sample_weight)


def rows_of_fits(blend, groups=None):
    """Return the rows of each fit of the first model: of the inner folds, then of all rows."""
    Recorder.fits = []
    numbered = np.column_stack([np.arange(120.0), X])
    blend.set_params(estimators=[("recorder", Recorder()), ("bad", KNeighborsRegressor(1))]).fit(
        numbered, Y, groups=groups
    )
    return [set(rows.astype(int)) for rows in Recorder.fits]


def test_groups_stay_whole_in_the_inner_folds():
    groups = np.repeat(np.arange(12), 10)
    *inner, whole = rows_of_fits(BlendRegressor(cv=GroupKFold(3)), groups)
    assert len(whole) == 120
    assert all(len(rows) == 10 * len({groups[one] for one in rows}) for rows in inner)
    assert len(inner) == 3


def test_inner_folds_follow_the_order_of_time():
    """Which scikit-learn's stacking refuses, since the first rows are in no test part."""
    *inner, whole = rows_of_fits(StackRegressor(cv=TimeSeriesSplit(3)))
    assert [max(rows) + 1 for rows in inner] == [len(rows) for rows in inner] == [30, 60, 90]
    assert len(whole) == 120


@pytest.mark.parametrize(
    ("ensemble", "y", "message"),
    [
        (BlendRegressor(), Y, "BlendRegressor: estimators must be two or more; got 0"),
        (StackRegressor(REGRESSORS[:1]), Y, "StackRegressor: estimators must be two or more; got 1"),
        (
            BlendClassifier([*CLASSIFIERS, ("ridge", RidgeClassifier())]),
            LABELS,
            "must have predict_proba; 'ridge' has not",
        ),
        (BlendClassifier(REGRESSORS), LABELS, "should be a classifier"),
        (BlendRegressor(REGRESSORS, n_steps=0), Y, "n_steps"),
        (BlendRegressor(REGRESSORS, scoring="rsme"), Y, "scoring"),
        (BlendRegressor(REGRESSORS), np.column_stack([Y, Y]), "1d array"),
    ],
    ids=["none", "one", "no_probabilities", "kind", "no_steps", "metric", "two_targets"],
)
def test_bad_arguments_are_refused(ensemble, y, message):
    with pytest.raises(ValueError, match=message):
        ensemble.fit(X, y)
