"""Meaning of a score, in plain words."""

from dataclasses import replace

import pytest

from skdl.metrics import metric_names, resolve_metrics
from skdl.report import first_meaning
from skdl.results import Score, ScoreColumn

ALL = [*resolve_metrics(metric_names("regression"), "regression")]
ALL += resolve_metrics(metric_names("classification"), "classification")


@pytest.fixture
def explain(plotless, classes):
    """Explain a score of the recommended model."""

    def sentence(name, mean, *, unit=None, half=0.01, counts=None):
        metric = next((metric for metric in ALL if metric.name == name), None)
        label, up, in_unit = (metric.label, metric.greater_is_better, metric.in_target_unit) if metric else (name, 1, 0)
        base = classes if metric is not None and metric.task == "classification" else plotless
        models = [replace(row, scores={name: Score(mean, mean - half, mean + half, 0.1)}) for row in base.models]
        data = replace(base.data, unit=unit, class_counts=counts or base.data.class_counts)
        columns = [ScoreColumn(name, label, up, in_unit)]
        return first_meaning(replace(base, models=models, data=data, columns=columns)).partition(": ")[2]

    return sentence


@pytest.mark.parametrize("name", [metric.name for metric in ALL])
def test_every_metric_has_a_sentence(explain, name):
    """None falls back on "higher is better", with two classes or with three."""
    for counts in (None, {"a": 1, "b": 2, "c": 3}):
        sentence = explain(name, 0.62, counts=counts if name in metric_names("classification") else None)
        assert "is better" not in sentence
        assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("name", "mean", "half", "sentence"),
    [
        ("mae", 3.14, 0.3, "Its predictions of medv are on average 3.14 thousand dollars off."),
        ("median_error", 3.14, 4.0, "Half of its predictions of medv are within 3.1 thousand dollars of the truth."),
        ("mape", 0.124, 0.05, "Its predictions of medv are on average 12.4 % off."),
        ("r2", 0.74, 0.2, "It explains 74 % of the variance of medv."),
        ("r2", -0.2, 0.2, "It explains none of the variance of medv: predicting the mean would do as well."),
        ("max_error", 15, 20.0, "Its largest error of a test fold for medv is on average 15 thousand dollars."),
        ("accuracy", 0.93, 0.2, "93 of 100 rows are classified correctly."),
        ("accuracy", 0.9996, 0.2, "99.96 of 100 rows are classified correctly."),
        ("recall", 0.87, 0.2, "Of 100 rows that are yes, it finds 87."),
        ("kappa", 0.62, 0.2, "It gets 62 % of the way from guessing to perfect."),
        ("neg_own", 2.0, 0.2, "neg_own is 2.00; higher is better."),
    ],
)  # fmt: skip
def test_a_score_is_written_with_the_reports_digits(explain, name, mean, half, sentence):
    """The unit where the metric has the target's; never all of a hundred where some are missing."""
    assert explain(name, mean, unit="thousand dollars", half=half) == sentence


def test_without_a_unit_the_number_is_printed_alone(explain):
    assert explain("mae", 3.14, half=0.3) == "Its predictions of medv are on average 3.14 off."


def test_the_report_explains_every_score_of_the_recommended_model(plotless, rendered):
    """Near the verdict, before the leaderboard."""
    page, text = rendered(plotless)
    text = text.partition("## Leaderboard")[0]
    assert "What the scores of ridge mean" in text
    assert "- RMSE: Its predictions of medv are typically about 3.30 off" in text
    assert "What the scores of ridge mean" in page


def test_a_score_that_is_not_defined_has_no_sentence(plotless):
    """An empty sentence would be worse."""
    nothing = {"rmse": Score(float("nan"), None, None, None)}
    models = [replace(row, scores=nothing) for row in plotless.models]
    assert first_meaning(replace(plotless, models=models)) is None
