"""The table of differences."""

from dataclasses import replace

import pytest

from skdl.report import render_leaderboard, write_page, write_report
from skdl.report._strings import strings_of
from skdl.report.sections import describe_sections
from skdl.results import Against, AgainstRow

STRINGS = strings_of("en")
ROWS = [
    AgainstRow("keras_mlp", 0.04, -0.1, 0.18, 0.41, 0.2, 0.3, 0.5),
    AgainstRow("dummy", -2.0, None, None, 0.0001, 0.999, 0.001, 0.0),
]


@pytest.fixture
def told(summary):
    """Give a summary with differences from a model that was named before."""
    return replace(summary, against=Against("lightgbm", named_before=True, equivalence=0.05, rows=ROWS))


def test_a_difference_has_its_sign_and_its_odds(told):
    """As many decimals as the scores; what would round to nothing is said to be little."""
    first, second = describe_sections(told, STRINGS)["evidence"].against.lines
    assert (first.difference, first.interval, first.p) == ("+0.04", "\N{MINUS SIGN}0.10 to 0.18", "0.41")
    assert (first.better, first.equivalent, first.worse) == ("20 %", "30 %", "50 %")
    assert (second.interval, second.better, second.worse) == ("\N{EN DASH}", "> 99 %", "< 1 %")


def test_the_note_says_what_p_values_are_adjusted_over(told):
    """The other models, where the reference was named before; else all pairs."""
    found = replace(told, against=replace(told.against, named_before=False))
    assert "over these 2 differences" in describe_sections(told, STRINGS)["evidence"].against.note
    assert "over all pairs" in describe_sections(found, STRINGS)["evidence"].against.note
    assert (
        "A difference below 0.05 is practically irrelevant" in describe_sections(told, STRINGS)["evidence"].against.note
    )


def test_page_and_markdown_show_the_table(told, tmp_path):
    """Under a heading of its own."""
    write_report(told, tmp_path)
    page, text = (tmp_path / "report.html").read_text(), (tmp_path / "report.md").read_text()
    assert "Differences to lightgbm" in page
    assert page.count("&gt; 99 %") == 1
    assert "| keras_mlp | +0.04 |" in text


@pytest.mark.parametrize(
    "against",
    [None, Against("lightgbm", named_before=False, equivalence=0.05, rows=[replace(ROWS[0], p_value=None)])],
)
def test_nothing_is_shown_without_a_test(told, against, tmp_path):
    """A single fold has none."""
    page = write_page(replace(told, against=against), tmp_path / "page.html").read_text()
    assert "Differences to lightgbm" not in page
    assert render_leaderboard(told) == render_leaderboard(replace(told, against=against))
