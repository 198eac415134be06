"""Leaderboard columns: against the leader, the dummy and the training rows; time, size and memory."""

import re
from dataclasses import replace

import pytest

from skdl.report import strings_of
from skdl.report.sections import describe_sections
from skdl.results import ScoreColumn


@pytest.fixture
def compared(plotless):
    """Return the cells of the second model, by heading."""

    def of(summary=plotless, **changes):
        models = [summary.models[0], replace(summary.models[1], **changes), *summary.models[2:]]
        board = describe_sections(replace(summary, models=models), strings_of("en"))["leaderboard"]
        return dict(zip(board["compared"], (cell.text for cell in board["lines"][1]["compared"]), strict=True))

    return of


def test_the_probability_of_the_leader_is_a_percentage(compared):
    """A probability that would round to 0 is shown as an upper bound."""
    assert compared(p_leader_better=0.31)["Leader better"] == "31 %"
    assert compared(p_leader_better=0.001)["Leader better"] == "< 1 %"


def test_the_gain_on_an_error_is_a_share_of_the_dummys(compared):
    """Half the dummy's error is 50 %; a model that is worse has a minus."""
    assert compared(gain=4.5, gain_share=0.5)["Gain"] == "50 %"
    assert compared(gain=-0.9, gain_share=-0.1)["Gain"] == "\N{MINUS SIGN}10 %"


def test_the_gain_of_a_score_is_a_difference(compared, plotless):
    """An accuracy has no share of the dummy's."""
    columns = [ScoreColumn("rmse", "accuracy", greater_is_better=True)]
    assert compared(replace(plotless, columns=columns), gain=0.25)["Gain"] == "+0.25"


def test_the_gap_is_described_for_both_directions(markdown, plotless):
    """An error that is larger on test rows has a positive gap, though it is no lower score."""
    assert "how much better it scores on training rows than on test rows" in markdown(plotless)


def test_the_gap_has_its_sign(compared):
    """Positive where the test score is worse."""
    assert compared(gap=1.25)["Train\N{MINUS SIGN}test gap"] == "+1.25"


def test_missing_values_are_dashes(compared):
    assert set(list(compared().values())[2:]) == {"\N{EN DASH}"}


def test_time_size_and_memory_are_a_table(markdown, plotless):
    """With units, and a dash where a model's memory was not measured."""
    costs = {"call_s": 0.002, "rows_per_s": 12345.6, "saved_bytes": 85_967, "peak_memory_bytes": 88_702_976}
    measured = replace(plotless.models[0], **costs)
    text = markdown(replace(plotless, models=[measured, *plotless.models[1:]]))
    assert "| Model | Fit s | ms per 1,000 rows | Rows per second | On disk | Memory |" in text
    assert "| lightgbm | 0.25 | 82.9 | 12,300 | 86 kB | 89 MB |" in text
    assert re.search(r"\| keras_mlp \| 0.25( \| \N{EN DASH}){4} \|", text)


def test_memory_that_was_measured_of_no_model_has_no_column(markdown, plotless):
    """The note names what measuring memory needs."""
    text = markdown(plotless)
    assert "| Model | Fit s | ms per 1,000 rows | Rows per second | On disk |\n" in text
    assert "(--jobs 2)" in text


def test_failed_folds_are_counted_where_there_are_any(markdown, plotless):
    """Models without failures show 0."""
    failed = replace(plotless.models[1], n_failed=2)
    assert "Failed folds" not in markdown(plotless)
    text = markdown(replace(plotless, models=[plotless.models[0], failed, *plotless.models[2:]]))
    assert re.search(r"\| keras_mlp \| 0.25 .* \| 2 \|", text)
    assert re.search(r"\| lightgbm \| 0.25 .* \| 0 \|", text)
