"""Table of differences from the reference model."""

from dataclasses import replace

import pytest

from skdl.report import render_leaderboard, strings_of, write_page
from skdl.report.sections import describe_sections
from skdl.results import Against, AgainstRow

STRINGS = strings_of("en")
ROWS = [
    AgainstRow("keras_mlp", 0.04, -0.1, 0.18, 0.41, 0.2, 0.3, 0.5),
    AgainstRow("dummy", -2.0, None, None, 0.0001, 0.999, 0.001, 0.0),
]


@pytest.fixture
def with_differences(summary):
    """Return a summary with differences from a model that was named in advance."""
    return replace(summary, against=Against("lightgbm", named_before=True, equivalence=0.05, rows=ROWS))


def test_a_difference_has_its_sign_and_its_probability(with_differences):
    """As many decimals as the scores; a probability that would round to 0 is shown as an upper bound."""
    against = describe_sections(with_differences, STRINGS)["evidence"]["against"]
    lines = {name: cells for name, *cells in against["lines"]}
    assert lines["keras_mlp"] == ["+0.04", "\N{MINUS SIGN}0.10 to 0.18", "0.41", "20 %", "30 %", "50 %"]
    _, interval, _, better, _, worse = lines["dummy"]
    assert (interval, better, worse) == ("\N{EN DASH}", "> 99 %", "< 1 %")


def test_the_note_names_the_family_of_the_adjusted_p_values(with_differences):
    """The other models if the reference was named in advance, else all pairs."""
    found = replace(with_differences, against=replace(with_differences.against, named_before=False))
    assert "over these 2 differences" in describe_sections(with_differences, STRINGS)["evidence"]["against"]["note"]
    assert "over all pairs" in describe_sections(found, STRINGS)["evidence"]["against"]["note"]
    note = describe_sections(with_differences, STRINGS)["evidence"]["against"]["note"]
    assert "A difference below 0.05 is practically irrelevant" in note


def test_page_and_markdown_show_the_table(with_differences, rendered):
    page, text = rendered(with_differences)
    assert "Differences to lightgbm" in page
    assert page.count("&gt; 99 %") == 1
    assert "| keras_mlp | +0.04 |" in text


@pytest.mark.parametrize(
    "against",
    [None, Against("lightgbm", named_before=False, equivalence=0.05, rows=[replace(ROWS[0], p_value=None)])],
)
def test_nothing_is_shown_without_a_test(with_differences, against, tmp_path):
    """A single fold has no test."""
    page = write_page(replace(with_differences, against=against), tmp_path / "page.html").read_text()
    assert "Differences to lightgbm" not in page
    assert render_leaderboard(with_differences) == render_leaderboard(replace(with_differences, against=against))
