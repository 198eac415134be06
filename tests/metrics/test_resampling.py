"""Scores on bootstrap samples, against each metric's own function on the rows of a sample."""

import numpy as np
import pytest

from skdl.analysis import bootstrap_counts
from skdl.metrics import Predictions, bootstrap_scores, metric_names, resolve_metrics, row_values

RNG = np.random.default_rng(5)


def regression(n_rows=60):
    """Positive truth and predictions, as deviances need them."""
    truth = RNG.gamma(3.0, 2.0, n_rows)
    return Predictions(truth, truth * RNG.uniform(0.6, 1.5, n_rows))


def classification(n_classes, n_rows=60, *, labels="abc"):
    """Probabilities with ties among them, and the classes that they favour."""
    classes = np.array(list(labels))[:n_classes]
    codes = RNG.integers(n_classes, size=n_rows)
    scores = np.eye(n_classes)[codes] + RNG.uniform(0, 1.5, (n_rows, n_classes))
    probabilities = np.round(scores / scores.sum(axis=1, keepdims=True), 1) + 0.01
    return Predictions(classes[codes], classes[probabilities.argmax(axis=1)], probabilities, classes)


CASES = {
    "regression": regression(),
    "two classes": classification(2),
    "three classes": classification(3),
    "a class that the model never met": Predictions(*[
        np.append(getattr(classification(2, labels="bc"), part), extra, axis=0)
        for part, extra in (("truth", ["a"]), ("predicted", ["b"]), ("response", [[0.5, 0.5]]))
    ], np.array(["b", "c"])),
    "groups of one class": classification(3, n_rows=9),
}  # fmt: skip


def rows_of(sample):
    """Return the rows of one bootstrap sample, as often as it holds them."""
    return np.repeat(np.arange(len(sample)), sample.astype(int))


@pytest.mark.parametrize(
    ("case", "name"),
    [
        (case, name)
        for case in CASES
        for name in metric_names("regression" if case == "regression" else "classification")
    ],
)
def test_bootstrap_scores_equal_the_metric_on_the_rows_of_each_sample(case, name):
    """Some samples of a few groups lack a class."""
    predictions, task = CASES[case], "regression" if case == "regression" else "classification"
    (metric,) = resolve_metrics([name], task)
    groups = np.arange(len(predictions.truth)) // 3 if case.startswith("groups") else None
    (counts,) = bootstrap_counts(len(predictions.truth), n_draws=25, groups=groups)
    expected = [predictions.measure(metric, rows_of(sample)) for sample in counts]
    np.testing.assert_allclose(bootstrap_scores(metric, predictions, counts), expected, rtol=1e-10, atol=1e-12)


def test_a_decision_function_ranks_the_rows_too():
    """One column, larger for the second class."""
    both = classification(2)
    margin = Predictions(both.truth, both.predicted, both.response[:, 1] - both.response[:, 0], both.classes)
    (metric,) = resolve_metrics(["roc_auc"], "classification")
    (counts,) = bootstrap_counts(60, n_draws=10)
    expected = [margin.measure(metric, rows_of(sample)) for sample in counts]
    np.testing.assert_allclose(bootstrap_scores(metric, margin, counts), expected)


def test_several_targets_are_resampled_row_by_row():
    """Each error is the mean over the targets."""
    truth = RNG.normal(size=(30, 2))
    predictions = Predictions(truth, truth + RNG.normal(size=(30, 2)))
    (metric,) = resolve_metrics(["rmse"], "regression")
    (counts,) = bootstrap_counts(30, n_draws=5)
    expected = [metric.measure(truth[rows], predictions.predicted[rows]) for rows in map(rows_of, counts)]
    np.testing.assert_allclose(bootstrap_scores(metric, predictions, counts), expected)


MEANS = [
    (case, metric.name)
    for case, task in (("regression", "regression"), ("three classes", "classification"))
    for metric in resolve_metrics(metric_names(task), task)
    if row_values(metric, CASES[case]) is not None
]


def test_values_of_rows_are_known_of_means():
    names = {name for _, name in MEANS}
    assert {"rmse", "mae", "r2", "pinball_10", "gamma_deviance", "accuracy", "log_loss", "brier"} <= names
    assert not {"median_error", "max_error", "explained_variance"} & names


@pytest.mark.parametrize(("case", "name"), MEANS)
def test_values_of_rows_have_the_score_as_mean_and_its_derivatives(case, name):
    """One row that counts a millionth more moves the score by its value less the mean, but for R2's own variance."""
    predictions = CASES[case]
    (metric,) = resolve_metrics([name], "regression" if case == "regression" else "classification")
    values, n_rows = row_values(metric, predictions), len(predictions.truth)
    assert values.mean() == pytest.approx(predictions.measure(metric))
    if name != "r2":
        counts = np.ones((n_rows, n_rows)) + 1e-6 * np.eye(n_rows)
        slopes = (bootstrap_scores(metric, predictions, counts) - values.mean()) * n_rows / 1e-6
        np.testing.assert_allclose(slopes, values - values.mean(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ["rmse", "r2"])
def test_values_of_weighted_rows_have_the_weighted_score_as_mean(name):
    known, weights = CASES["regression"], RNG.uniform(0.5, 3.0, 60)
    (metric,) = resolve_metrics([name], "regression")
    values = row_values(metric, Predictions(known.truth, known.predicted, weights=weights))
    expected = metric.measure(known.truth, known.predicted, sample_weight=weights)
    assert np.average(values, weights=weights) == pytest.approx(expected)


def test_a_ranking_has_no_values_of_rows():
    (metric,) = resolve_metrics(["roc_auc"], "classification")
    assert row_values(metric, CASES["two classes"]) is None
