"""Metrics: their numbers, where they are not defined, and what their names mean."""

from functools import partial

import cloudpickle
import numpy as np
import pytest
from sklearn import metrics as oracle
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV

from skdl.exceptions import UsageError
from skdl.metrics import Scorer, metric_names, resolve_metrics

RNG = np.random.default_rng(0)
TRUTH = RNG.normal(10, 2, 50)
PREDICTED = TRUTH + RNG.normal(0, 1, 50)
LABELS = np.array(["a", "b", "c"])
CLASSES3 = LABELS[RNG.integers(0, 3, 60)]
PROBA3 = RNG.dirichlet(np.ones(3), 60)
PREDICTED3 = LABELS[PROBA3.argmax(axis=1)]
CLASSES2 = LABELS[RNG.integers(0, 2, 60)]
PROBA2 = RNG.dirichlet(np.ones(2), 60)
PREDICTED2 = LABELS[PROBA2.argmax(axis=1)]


def metric(name):
    """Return one metric by name."""
    task = "regression" if name in metric_names("regression") else "classification"
    return resolve_metrics([name], task)[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rmse", oracle.root_mean_squared_error),
        ("mse", oracle.mean_squared_error),
        ("mae", oracle.mean_absolute_error),
        ("median_error", oracle.median_absolute_error),
        ("mape", oracle.mean_absolute_percentage_error),
        ("r2", oracle.r2_score),
        ("max_error", oracle.max_error),
        ("explained_variance", oracle.explained_variance_score),
        ("poisson_deviance", oracle.mean_poisson_deviance),
        ("gamma_deviance", oracle.mean_gamma_deviance),
        ("pinball_10", partial(oracle.mean_pinball_loss, alpha=0.1)),
        ("pinball_50", partial(oracle.mean_pinball_loss, alpha=0.5)),
        ("pinball_90", partial(oracle.mean_pinball_loss, alpha=0.9)),
    ],
)
def test_regression_metrics_equal_those_of_scikit_learn(name, expected):
    """Natural unit, natural sign."""
    assert metric(name).measure(TRUTH, PREDICTED) == pytest.approx(expected(TRUTH, PREDICTED))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", oracle.accuracy_score(CLASSES3, PREDICTED3)),
        ("balanced_accuracy", oracle.balanced_accuracy_score(CLASSES3, PREDICTED3)),
        ("f1", oracle.f1_score(CLASSES3, PREDICTED3, average="macro")),
        ("f1_macro", oracle.f1_score(CLASSES3, PREDICTED3, average="macro")),
        ("f1_weighted", oracle.f1_score(CLASSES3, PREDICTED3, average="weighted")),
        ("precision", oracle.precision_score(CLASSES3, PREDICTED3, average="macro")),
        ("recall", oracle.recall_score(CLASSES3, PREDICTED3, average="macro")),
        ("roc_auc", oracle.roc_auc_score(CLASSES3, PROBA3, multi_class="ovr")),
        ("log_loss", oracle.log_loss(CLASSES3, PROBA3)),
        ("brier", oracle.brier_score_loss(CLASSES3, PROBA3)),
        ("mcc", oracle.matthews_corrcoef(CLASSES3, PREDICTED3)),
        ("kappa", oracle.cohen_kappa_score(CLASSES3, PREDICTED3)),
        ("average_precision", oracle.average_precision_score(np.equal.outer(CLASSES3, LABELS), PROBA3)),
    ],
)
def test_metrics_of_three_classes_equal_those_of_scikit_learn(name, expected):
    """Means over the classes where scikit-learn asks for an average."""
    assert metric(name).measure(CLASSES3, PREDICTED3, PROBA3, LABELS) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("f1", oracle.f1_score(CLASSES2, PREDICTED2, pos_label="b")),
        ("f1_macro", oracle.f1_score(CLASSES2, PREDICTED2, average="macro")),
        ("precision", oracle.precision_score(CLASSES2, PREDICTED2, pos_label="b")),
        ("recall", oracle.recall_score(CLASSES2, PREDICTED2, pos_label="b")),
        ("roc_auc", oracle.roc_auc_score(CLASSES2, PROBA2[:, 1])),
        ("log_loss", oracle.log_loss(CLASSES2, PROBA2)),
        ("brier", oracle.brier_score_loss(CLASSES2, PROBA2[:, 1], pos_label="b")),
        ("average_precision", oracle.average_precision_score(CLASSES2, PROBA2[:, 1], pos_label="b")),
    ],
)
def test_metrics_of_two_classes_are_those_of_the_second(name, expected):
    assert metric(name).measure(CLASSES2, PREDICTED2, PROBA2, LABELS[:2]) == pytest.approx(expected)


def test_a_symmetric_percentage_error_accepts_zeros():
    """By hand: 0 of 0 is right, 1 of 0 as wrong as can be, 1 of 3 half of its mean size."""
    assert metric("smape").measure([0.0, 0.0, 3.0], [0.0, 1.0, 1.0]) == pytest.approx((0 + 2 + 1) / 3)


def test_one_class_that_is_called_so_throughout_is_agreement():
    """Where scikit-learn divides by nothing."""
    assert metric("kappa").measure(["a", "a"], ["a", "a"], None, ["a", "b"]) == 1


def test_an_auc_accepts_a_decision_function_too():
    """One column of scores for two classes."""
    scores = PROBA2[:, 1] * 9 - 4
    assert metric("roc_auc").measure(CLASSES2, PREDICTED2, scores, LABELS[:2]) == pytest.approx(
        oracle.roc_auc_score(CLASSES2, scores)
    )


@pytest.mark.parametrize("name", metric_names("classification"))
def test_a_fold_that_lacks_a_class_has_a_score_all_the_same(name):
    """Only two of three classes are in these rows."""
    rows = CLASSES3 != "c"
    assert np.isfinite(metric(name).measure(CLASSES3[rows], PREDICTED3[rows], PROBA3[rows], LABELS))


def test_a_class_that_training_lacked_counts_as_probability_zero():
    """A confident mistake, and no error."""
    value = metric("log_loss").measure(["a", "c"], ["a", "a"], [[0.5, 0.5], [0.5, 0.5]], ["a", "b"])
    assert value == pytest.approx((np.log(2) - np.log(np.finfo(float).eps)) / 2)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("mape", ([0.0, 1.0], [1.0, 1.0])),
        ("r2", ([1.0], [1.0])),
        ("explained_variance", ([1.0], [1.0])),
        ("poisson_deviance", ([0.0, 1.0], [0.0, 1.0])),
        ("poisson_deviance", ([-1.0, 1.0], [1.0, 1.0])),
        ("gamma_deviance", ([0.0, 1.0], [1.0, 1.0])),
        ("average_precision", (["a", "a"], ["a", "a"], [[0.5, 0.5], [0.5, 0.5]], ["a", "b"])),
        ("roc_auc", (["a", "a"], ["a", "a"], [[0.5, 0.5], [0.5, 0.5]], ["a", "b"])),
    ],
)
def test_a_metric_without_a_value_is_nan(name, arguments):
    """Rather than a number that means nothing."""
    assert np.isnan(metric(name).measure(*arguments))


def test_several_targets_are_averaged():
    """As scikit-learn does; the largest error is the largest of all."""
    truth, predicted = np.c_[TRUTH, TRUTH], np.c_[PREDICTED, TRUTH]
    assert metric("mae").measure(truth, predicted) == pytest.approx(np.abs(TRUTH - PREDICTED).mean() / 2)
    assert metric("max_error").measure(truth, predicted) == pytest.approx(np.abs(TRUTH - PREDICTED).max())


def test_probabilities_that_are_missing_are_a_clear_error():
    """Not a silent zero."""
    with pytest.raises(UsageError, match="log_loss needs probabilities and classes; got none"):
        metric("log_loss").measure(CLASSES2, PREDICTED2)


@pytest.mark.parametrize("name", ["log_loss", "accuracy", "roc_auc"])
def test_a_scorer_makes_greater_better(name):
    """So that a search picks the best and not the worst."""
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(LogisticRegression(max_iter=2000), {"C": [1e-6, 1.0]}, scoring=Scorer(metric(name))).fit(X, y)
    assert search.best_params_ == {"C": 1.0}


def test_a_scorer_uses_the_decision_function_without_probabilities():
    """An area under the curve needs an order alone."""
    X, y = load_iris(return_X_y=True)
    model = RidgeClassifier().fit(X, y)
    expected = np.mean([oracle.roc_auc_score(y == k, model.decision_function(X)[:, k]) for k in range(3)])
    assert Scorer(metric("roc_auc"))(model, X, y) == pytest.approx(expected)


def test_no_names_mean_the_defaults():
    """The first one ranks."""
    assert [m.name for m in resolve_metrics(None, "regression")] == ["rmse", "mae", "mape", "r2"]
    assert resolve_metrics(None, "classification")[0].name == "accuracy"


@pytest.mark.parametrize(
    ("name", "task", "message"),
    [
        ("acuracy", "classification", r"no such metric for classification: 'acuracy'; did you mean accuracy\?"),
        ("RMSE", "regression", r"'RMSE'; did you mean rmse\?"),
        ("zebra", "regression", r"'zebra'(?!.*did you mean)"),
        ("rmse", "classification", "rmse is a metric for regression, not for classification"),
    ],
)
def test_a_wrong_name_is_a_clear_error(name, task, message):
    with pytest.raises(UsageError, match=message):
        resolve_metrics([name], task)


@pytest.mark.parametrize(
    ("name", "bounds"), [("rmse", (0, np.inf)), ("accuracy", (0, 1)), ("r2", (-np.inf, 1)), ("mcc", (-1, 1))]
)
def test_an_interval_is_clipped_to_the_bounds_of_the_metric(name, bounds):
    """No RMSE below zero, no accuracy above one."""
    assert metric(name).bounds == bounds


@pytest.mark.parametrize(
    ("name", "task", "better"),
    [
        ("neg_mean_squared_log_error", "regression", "lower"),
        ("d2_absolute_error_score", "regression", "greater"),
        ("roc_auc_ovo", "classification", "greater"),
        ("neg_brier_score", "classification", "lower"),
    ],
)
def test_any_scorer_of_scikit_learn_is_a_metric_in_its_natural_sign(name, task, better):
    """As the scorer itself has it, but for the sign."""
    (found,) = resolve_metrics([name], task)
    X, y = load_iris(return_X_y=True)
    model = (LogisticRegression(max_iter=500) if task == "classification" else LinearRegression()).fit(X, y + 0)
    y = y if task == "classification" else np.abs(model.predict(X)) + 0.1
    sign = 1 if better == "greater" else -1
    assert found.greater_is_better == (better == "greater")
    assert found.of_model(model, np.abs(X), y) == pytest.approx(
        sign * oracle.get_scorer(name)(model, np.abs(X), y), nan_ok=True
    )
    assert Scorer(found)(model, X, y) == pytest.approx(oracle.get_scorer(name)(model, X, y), nan_ok=True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("neg_mean_squared_log_error", "is a metric for regression, not for classification"),
        ("v_measure_score", "no such metric for classification: 'v_measure_score'"),
    ],
)
def test_a_scorer_for_something_else_is_refused(name, message):
    """Another task, or clusterings."""
    with pytest.raises(UsageError, match=message):
        resolve_metrics([name], "classification")


def test_a_scorer_without_a_value_gives_none():
    """These rows hold one class alone."""
    X, y = load_iris(return_X_y=True)
    (found,) = resolve_metrics(["roc_auc_ovr"], "classification")
    model = LogisticRegression(max_iter=500).fit(X, y)
    assert np.isnan(found.of_model(model, X[:50], y[:50]))


@pytest.mark.parametrize(
    ("name", "truth", "reason"),
    [
        ("mape", [0.0, 2.0, 0.0], "2 rows have sales 0; smape takes zeros, and so does mae"),
        ("mape", [[0.0, 0.0], [1.0, 2.0]], "1 row has sales 0; smape takes zeros, and so does mae"),
        ("poisson_deviance", [-1.0, 0.0, 2.0], "1 row has sales below 0; mae takes any number"),
        ("gamma_deviance", [-1.0, 0.0, 2.0], "2 rows have sales at or below 0; mae takes any number"),
    ],
    ids=["zeros", "several targets", "poisson", "gamma"],
)
def test_an_undefined_metric_counts_the_rows_it_is_not_defined_for(name, truth, reason):
    """And names the metrics that accept them."""
    assert str(metric(name).undefined_because(truth, "sales")) == reason


@pytest.mark.parametrize("name", ["mape", "poisson_deviance", "gamma_deviance"])
def test_a_metric_without_a_reason_to_be_undefined_is_defined(name):
    """On the same true values."""
    truth = [1.0, 2.0, 3.0]
    assert metric(name).undefined_because(truth, "sales") is None
    assert metric(name).measure(truth, [1.0, 1.0, 1.0]) > 0


def test_a_scorer_of_scikit_learn_is_undefined_where_its_metric_is():
    """Both compute the same deviance."""
    (scorer,) = resolve_metrics(["neg_mean_gamma_deviance"], "regression")
    assert scorer.undefined_because([0.0, 1.0], "sales") == metric("gamma_deviance").undefined_because(
        [0.0, 1.0], "sales"
    )


@pytest.mark.parametrize("name", [*metric_names("regression"), *metric_names("classification")])
def test_a_metric_can_be_pickled(name):
    """Its forms on bootstrap counts are no functions that an import finds."""
    again = cloudpickle.loads(cloudpickle.dumps(metric(name)))
    assert (again.name, again.bounds, Scorer(again).metric.label) == (name, metric(name).bounds, metric(name).label)


def test_a_column_of_predicted_classes_is_scored_as_a_list():
    """As CatBoost predicts three or more classes."""
    accuracy = resolve_metrics(["accuracy"], "classification")[0]
    assert accuracy.measure(["a", "b", "c"], np.array([["a"], ["b"], ["a"]])) == pytest.approx(2 / 3)


@pytest.mark.parametrize("name", [*metric_names("regression"), *metric_names("classification")])
def test_a_weight_counts_rows(name):
    """Weights give the score of repeated rows; only their ratios matter."""
    weights = np.random.default_rng(1).integers(1, 4, 60)
    of_numbers = (np.abs(TRUTH), np.abs(PREDICTED), None, None)
    rows = [of_numbers] if name in metric_names("regression") else [(CLASSES3, PREDICTED3, PROBA3, LABELS)]
    if rows[0] is not of_numbers:
        rows += [(CLASSES2, PREDICTED2, PROBA2, LABELS[:2]), (CLASSES3, PREDICTED2, PROBA2, LABELS[:2])]
    for truth, predicted, response, classes in rows:
        w = weights[: len(truth)]
        repeated = [None if part is None else np.repeat(part, w, axis=0) for part in (truth, predicted, response)]
        expected = metric(name).measure(*repeated, classes)
        for each in (w, w / 7):
            assert metric(name).measure(truth, predicted, response, classes, each) == pytest.approx(expected)
