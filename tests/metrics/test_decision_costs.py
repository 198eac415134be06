"""Costs of decisions: the class that is decided, and the expected cost as a metric."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import FixedThresholdClassifier

from skdl.metrics import DecisionCosts, Predictions, Scorer, bootstrap_scores, cost_metric, row_values

X, Y = load_iris(return_X_y=True)
MATRIX = ((0.0, 3.0, 9.0), (2.0, 0.5, 4.0), (30.0, 12.0, -1.0))
THREE = DecisionCosts((0, 1, 2), MATRIX)
LATE = np.where(Y == 2, "late", "early")
TWO = DecisionCosts(("early", "late"), ((0.0, 5.0), (0.0, -20.0)), "EUR", 1)


def test_of_two_classes_the_threshold_is_that_of_equal_costs():
    """Acting at p costs 5 (1 - p) - 20 p, and not acting 0: from p = 5 / 25 on, acting is cheaper."""
    assert TWO.threshold == pytest.approx(5 / 25)
    model = LogisticRegression().fit(X[:, :2], LATE)
    fixed = FixedThresholdClassifier(model, threshold=0.2, response_method="predict_proba", pos_label="late")
    counts = confusion_matrix(LATE, fixed.fit(X[:, :2], LATE).predict(X[:, :2]))
    assert Scorer(cost_metric(TWO))(model, X[:, :2], LATE) == pytest.approx(-(counts * TWO.matrix).sum() / len(LATE))


def test_of_many_classes_the_least_expected_cost_decides():
    """It may be one that was not trained on."""
    probabilities = np.array([[0.6, 0.3, 0.1], [0.8, 0.2, 0.0], [0.1, 0.2, 0.7]])
    # 0.6 * 0 + 0.3 * 2 + 0.1 * 30 = 3.6 for class 0, 0.6 * 3 + 0.3 * 0.5 + 0.1 * 12 = 3.15 for class 1
    assert THREE.decide(None, probabilities, [0, 1, 2]).tolist() == [1, 0, 2]
    # Row 1 of the classes 0 and 2: 0.2 * 30 = 6, 0.8 * 3 + 0.2 * 12 = 4.8, 0.8 * 9 - 0.2 = 7
    assert THREE.decide(None, probabilities[:, :2], [0, 2]).tolist() == [2, 1, 2]
    assert THREE.threshold is None


def test_a_model_without_probabilities_is_charged_for_its_predictions():
    model = RidgeClassifier().fit(X, Y)
    counts = confusion_matrix(Y, model.predict(X))
    assert Scorer(cost_metric(THREE))(model, X, Y) == pytest.approx(-(counts * np.array(MATRIX)).sum() / len(Y))


def test_weights_and_resampled_rows_count_as_repeated_rows():
    """The form on bootstrap counts, and the values of the rows, have the metric's mean."""
    metric, rng = cost_metric(THREE), np.random.default_rng(0)
    counts, probabilities = rng.integers(1, 4, len(Y)), rng.dirichlet([1, 1, 1], len(Y))
    rows = np.repeat(np.arange(len(Y)), counts)
    expected = metric.measure(Y[rows], Y[rows], probabilities[rows], [0, 1, 2])
    assert metric.measure(Y, Y, probabilities, [0, 1, 2], sample_weight=counts) == pytest.approx(expected)
    predictions = Predictions(Y, Y, probabilities, np.arange(3))
    assert bootstrap_scores(metric, predictions, counts[None] * 1.0) == pytest.approx([expected])
    assert np.average(row_values(metric, predictions), weights=counts) == pytest.approx(expected)
