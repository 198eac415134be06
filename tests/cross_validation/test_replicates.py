"""Scores on many draws at once, against the metrics themselves on the rows of each draw."""

import numpy as np
import pytest

from skdl.analysis import bootstrap_counts
from skdl.cross_validation._replicates import Answers, replicates
from skdl.metrics import metric_names, resolve_metrics

RNG = np.random.default_rng(5)


def regression(n_rows=60):
    """Positive truth and answers, as deviances need them."""
    truth = RNG.gamma(3.0, 2.0, n_rows)
    return Answers(truth, truth * RNG.uniform(0.6, 1.5, n_rows))


def classification(n_classes, n_rows=60, *, labels="abc"):
    """Probabilities with ties among them, and the classes that they favour."""
    classes = np.array(list(labels))[:n_classes]
    codes = RNG.integers(n_classes, size=n_rows)
    scores = np.eye(n_classes)[codes] + RNG.uniform(0, 1.5, (n_rows, n_classes))
    probabilities = np.round(scores / scores.sum(axis=1, keepdims=True), 1) + 0.01
    return Answers(classes[codes], classes[probabilities.argmax(axis=1)], probabilities, classes)


CASES = {
    "regression": regression(),
    "two classes": classification(2),
    "three classes": classification(3),
    "a class that the model never met": Answers(*[
        np.append(getattr(classification(2, labels="bc"), part), extra, axis=0)
        for part, extra in (("truth", ["a"]), ("predicted", ["b"]), ("response", [[0.5, 0.5]]))
    ], np.array(["b", "c"])),
    "groups of one class": classification(3, n_rows=9),
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "name"),
    [
        (case, name)
        for case in CASES
        for name in metric_names("regression" if case == "regression" else "classification")
    ],
)
def test_every_metric_is_what_it_is_on_the_rows_of_each_draw(case, name):
    """Some draws of a few groups lack a class; there the metric itself says what holds."""
    answers, task = CASES[case], "regression" if case == "regression" else "classification"
    (metric,) = resolve_metrics([name], task)
    groups = np.arange(len(answers.truth)) // 3 if case.startswith("groups") else None
    (counts,) = bootstrap_counts(len(answers.truth), n_draws=25, groups=groups)
    rows = [np.repeat(np.arange(len(answers.truth)), draw.astype(int)) for draw in counts]
    expected = [answers.measured(metric, drawn) for drawn in rows]
    np.testing.assert_allclose(replicates(metric, answers, counts), expected, rtol=1e-10, atol=1e-12)


def test_margins_of_a_decision_function_order_the_rows_too():
    """One column, larger for the second class."""
    both = classification(2)
    margin = Answers(both.truth, both.predicted, both.response[:, 1] - both.response[:, 0], both.classes)
    (metric,) = resolve_metrics(["roc_auc"], "classification")
    (counts,) = bootstrap_counts(60, n_draws=10)
    expected = [metric.measure(*_of_draw(margin, draw), margin.classes) for draw in counts]
    np.testing.assert_allclose(replicates(metric, margin, counts), expected)


def _of_draw(answers, draw):
    rows = np.repeat(np.arange(len(draw)), draw.astype(int))
    return answers.truth[rows], answers.predicted[rows], answers.response[rows]


def test_several_targets_go_the_long_way():
    """Each error is the mean over the targets, as the metric has it."""
    truth = RNG.normal(size=(30, 2))
    answers = Answers(truth, truth + RNG.normal(size=(30, 2)))
    (metric,) = resolve_metrics(["rmse"], "regression")
    (counts,) = bootstrap_counts(30, n_draws=5)
    rows = [np.repeat(np.arange(30), draw.astype(int)) for draw in counts]
    expected = [metric.measure(truth[drawn], answers.predicted[drawn]) for drawn in rows]
    np.testing.assert_allclose(replicates(metric, answers, counts), expected)
