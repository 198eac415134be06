"""Cross-validation, learning curves and validation curves."""

import numpy as np
import pytest
from helpers.iris_networks import LENGTH, NAMES, X, Y, classifier, regressor
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.model_selection import (
    KFold,
    StratifiedKFold,
    check_cv,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    validation_curve,
)


def test_a_classifier_s_folds_are_stratified_and_a_regressor_s_are_not():
    """By scikit-learn's check_cv."""
    assert is_classifier(classifier())
    assert is_regressor(regressor())
    assert isinstance(check_cv(3, Y, classifier=is_classifier(classifier())), StratifiedKFold)
    assert isinstance(check_cv(3, LENGTH, classifier=is_classifier(regressor())), KFold)


def test_cross_validation_of_sorted_classes_is_stratified():
    """Iris is sorted by class: unstratified, no fold would train on the class it is scored on."""
    scores = cross_val_score(classifier(), X, NAMES, cv=3)
    by_hand = [
        clone(classifier()).fit(X[train], NAMES[train]).score(X[test], NAMES[test])
        for train, test in StratifiedKFold(3).split(X, Y)
    ]
    assert scores.tolist() == by_hand
    assert scores.min() > 0.5
    assert cross_val_score(classifier(), X, NAMES, cv=KFold(3)).max() < 0.1


def test_every_fold_keeps_its_own_network():
    """The estimator that was passed stays unfitted."""
    net = regressor()
    folds = list(KFold(3, shuffle=True, random_state=0).split(X))
    result = cross_validate(net, X, LENGTH, cv=folds, return_estimator=True)
    for fitted, (train, test), score in zip(result["estimator"], folds, result["test_score"], strict=True):
        assert np.array_equal(fitted.predict(X), regressor().fit(X[train], LENGTH[train]).predict(X))
        assert fitted.score(X[test], LENGTH[test]) == score
        assert fitted.n_iter_ == 10
    assert not hasattr(net, "model_")


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_predictions_of_the_folds_are_put_together(method):
    """The oracle is the loop by hand."""
    expected = {}
    for train, test in StratifiedKFold(3).split(X, Y):
        rows = getattr(classifier().fit(X[train], NAMES[train]), method)(X[test])
        expected.update(zip(test.tolist(), rows.tolist(), strict=True))
    together = cross_val_predict(classifier(), X, NAMES, cv=3, method=method)
    assert together.tolist() == [expected[row] for row in range(150)]


def test_several_outputs_are_predicted_fold_by_fold():
    """Multi-output regression keeps its columns."""
    both = np.column_stack([LENGTH, -LENGTH])
    folds = KFold(2, shuffle=True, random_state=0)
    together = cross_val_predict(regressor(), X, both, cv=folds)
    train, test = next(folds.split(X))
    assert np.array_equal(together[test], regressor().fit(X[train], both[train]).predict(X[test]))


def test_a_learning_curve_ends_at_the_cross_validated_score():
    """With all rows it is cross_val_score; with few it is lower."""
    order = np.random.default_rng(0).permutation(150)
    sizes, _, scores = learning_curve(classifier(epochs=20), X[order], Y[order], cv=2, train_sizes=[10, 75])
    assert sizes.tolist() == [10, 75]
    assert scores[1].tolist() == cross_val_score(classifier(epochs=20), X[order], Y[order], cv=2).tolist()
    assert scores[0].mean() < scores[1].mean()


def test_an_incremental_learning_curve_continues_with_partial_fit():
    """The oracle is partial_fit by hand, all classes named at first."""
    folds = StratifiedKFold(2, shuffle=True, random_state=0)
    _, _, scores = learning_curve(classifier(), X, Y, cv=folds, train_sizes=[20, 75], exploit_incremental_learning=True)
    for fold, (train, test) in enumerate(folds.split(X, Y)):
        net = classifier().partial_fit(X[train[:20]], Y[train[:20]], classes=[0, 1, 2])
        assert scores[0, fold] == net.score(X[test], Y[test])
        assert scores[1, fold] == net.partial_fit(X[train[20:]], Y[train[20:]]).score(X[test], Y[test])


def test_a_validation_curve_over_epochs_equals_cross_validation():
    """Each value is that of cross_val_score."""
    folds = KFold(2, shuffle=True, random_state=0)
    _, scores = validation_curve(regressor(), X, LENGTH, param_name="epochs", param_range=[1, 40], cv=folds)
    assert scores[1].tolist() == cross_val_score(regressor(epochs=40), X, LENGTH, cv=folds).tolist()
    assert scores[1].min() > 0.5 > scores[0].max()
