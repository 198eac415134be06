"""scikit-learn's scorers, model inspection and feature selection on networks."""

from functools import partial

import numpy as np
import pytest
from helpers.iris_networks import LAST, NAMES, X, Y, classifier, regressor
from sklearn.feature_selection import SequentialFeatureSelector
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.metrics import brier_score_loss, get_scorer, log_loss, roc_auc_score
from sklearn.model_selection import cross_val_score

classifier, regressor = (partial(make, epochs=20) for make in (classifier, regressor))


@pytest.mark.parametrize(
    ("scorer", "labels", "metric"),
    [
        ("roc_auc", LAST, lambda shares: roc_auc_score(LAST, shares[:, 1])),
        ("neg_brier_score", Y == 2, lambda shares: -brier_score_loss(Y == 2, shares[:, 1])),
        ("roc_auc_ovr", NAMES, lambda shares: roc_auc_score(NAMES, shares, multi_class="ovr")),
        ("neg_log_loss", NAMES, lambda shares: -log_loss(NAMES, shares)),
    ],
    ids=["roc_auc", "brier", "roc_auc_ovr", "log_loss"],
)
def test_a_scorer_of_probabilities_scores_the_probabilities(scorer, labels, metric):
    """The metric by hand is the oracle."""
    net = classifier().fit(X, labels)
    assert get_scorer(scorer)(net, X, labels) == pytest.approx(metric(net.predict_proba(X)), rel=1e-12)


def test_a_constant_column_has_no_importance():
    """A constant column has exactly none; the column that makes up most of the target has the most."""
    table = np.column_stack([X[:, :3], np.ones(150)])
    target = 3 * X[:, 1] + X[:, 0]
    found = permutation_importance(regressor().fit(table, target), table, target, n_repeats=3, random_state=0)
    assert found.importances_mean[3] == 0
    assert np.argmax(found.importances_mean) == 1


@pytest.mark.parametrize(
    ("net", "target", "respond"),
    [
        (regressor(), X[:, 0] ** 2, lambda net, rows: net.predict(rows)[None]),
        (classifier(), LAST, lambda net, rows: net.predict_proba(rows)[:, 1:].T),
        (classifier(), NAMES, lambda net, rows: net.predict_proba(rows).T),
    ],
    ids=["regressor", "two_classes", "three_classes"],
)
def test_partial_dependence_is_the_mean_over_rows_with_one_column_set(net, target, respond):
    """The oracle sets the column to one value of the grid at a time."""
    net.fit(X, target)
    found = partial_dependence(net, X, [2], grid_resolution=5)
    for number, value in enumerate(found["grid_values"][0]):
        rows = X.copy()
        rows[:, 2] = value
        assert found["average"][:, number] == pytest.approx(respond(net, rows).mean(axis=1), rel=1e-12)


def test_sequential_selection_takes_the_column_with_the_best_score():
    """The oracle is cross_val_score for each column."""
    target = X[:, 1] + 0.1 * X[:, 0]
    order = np.random.default_rng(0).permutation(150)
    rows, values = X[order], target[order]
    found = SequentialFeatureSelector(regressor(), n_features_to_select=1, cv=2).fit(rows, values)
    by_hand = [cross_val_score(regressor(), rows[:, [column]], values, cv=2).mean() for column in range(4)]
    assert found.get_support(indices=True).tolist() == [np.argmax(by_hand)] == [1]
