"""Meaning of a score, in plain words."""

from dataclasses import replace

import pytest

from skdl.metrics import metric_names, resolve_metrics
from skdl.report import key_facts, strings_of
from skdl.report.sections import describe_sections
from skdl.results import ClassErrors, ClassMeasures, ErrorsSummary, Score, ScoreColumn

ALL = [*resolve_metrics(metric_names("regression"), "regression")]
ALL += resolve_metrics(metric_names("classification"), "classification")


def meanings(summary):
    """Return the metrics of the recommended model with their sentences."""
    return describe_sections(summary, strings_of("en"))["verdict"]["meanings"]


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
        return meanings(replace(base, models=models, data=data, columns=columns))[0][1]

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
        ("accuracy", 0.93, 0.2, "It classifies 93 of 100 rows correctly."),
        ("accuracy", 0.9996, 0.2, "It classifies 99.96 of 100 rows correctly."),
        ("recall", 0.87, 0.2, "Of 100 rows that are yes, it finds 87."),
        ("kappa", 0.62, 0.2, "Agreement with the truth: 62 % of the way from chance to perfect."),
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
    assert "- RMSE: Root of the mean squared error: 3.30; large errors count more." in text
    assert "What the scores of ridge mean" in page


def test_a_score_that_is_not_defined_has_no_sentence(plotless):
    """An empty sentence would be worse."""
    nothing = {"rmse": Score(float("nan"), None, None, None)}
    models = [replace(row, scores=nothing) for row in plotless.models]
    assert meanings(replace(plotless, models=models)) == []


RARE = ClassErrors(
    "ridge",
    [[90, 10], [14, 16]],
    [ClassMeasures(0.865, 0.9, 0.882, 100), ClassMeasures(0.615, 0.533, 0.571, 30)],
    "probabilities",
)


def test_the_facts_of_two_classes_are_about_the_rarer_one(classes):
    """What it finds, how often it is right, and what predicting the other class would give."""
    errors = ErrorsSummary(130, ["no", "yes"], classification=[RARE])
    assert key_facts(replace(classes, errors=errors)) == [
        "ridge finds 53 % of the rows of class yes; 62 % of its predictions of yes are right.",
        "It classifies 82 % of all rows correctly; always predicting no would be correct in 77 %.",
    ]


def test_of_a_rare_class_the_share_at_the_top_is_a_fact(classes):
    """30 of 130 rows are 23 %; 60 % are 2.6 times as many."""
    one = replace(RARE, measures=[RARE.measures[0], replace(RARE.measures[1], top_tenth=0.6)])
    facts = key_facts(replace(classes, errors=ErrorsSummary(130, ["no", "yes"], classification=[one])))
    expected = "Of the tenth of the rows that are most likely to be yes, 60 % are: 2.6 times as many as among all rows"
    assert facts[2] == f"{expected} (23 %)."


def test_the_facts_of_many_classes_name_the_weakest(classes):
    measures = [ClassMeasures(0.9, recall, 0.9, 10) for recall in (0.9, 0.4, 0.8)]
    one = replace(RARE, counts=[[9, 1, 0], [3, 4, 3], [1, 1, 8]], measures=measures)
    facts = key_facts(replace(classes, errors=ErrorsSummary(30, ["a", "b", "c"], classification=[one])))
    assert facts[1] == "It is weakest for class b, of which it finds 40 %."


def test_where_every_class_is_found_whole_none_is_weakest(classes):
    measures = [ClassMeasures(1.0, 1.0, 1.0, 10) for _ in range(3)]
    one = replace(RARE, counts=[[10, 0, 0], [0, 10, 0], [0, 0, 10]], measures=measures)
    facts = key_facts(replace(classes, errors=ErrorsSummary(30, ["a", "b", "c"], classification=[one])))
    assert facts == ["ridge classifies 100 % of all rows correctly; always predicting a would be correct in 33 %."]


def test_the_facts_of_a_regression_are_the_sizes_of_its_errors(summary):
    """Of the recommended model: an error that half of the rows stay below, and the dummy's."""
    regression = [replace(summary.errors.regression[0], model="ridge")]
    facts = key_facts(replace(summary, errors=replace(summary.errors, regression=regression)))
    assert facts[0] == "Half of the predictions of ridge are within 2.0 of the actual medv, 80 % within 4.4."


def test_no_model_has_no_facts(plotless):
    """The errors shown are the leader's where the dummy is recommended."""
    assert key_facts(replace(plotless, verdict=replace(plotless.verdict, recommended="dummy"))) == []
