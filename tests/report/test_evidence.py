"""Section on evidence: pairwise differences as table and plot, and score against time."""

import re
from dataclasses import replace

import pytest

from skdl.report import render_leaderboard, strings_of, write_page
from skdl.report.sections import draw_pictures, section_part
from skdl.results import AfterChoosing, Against, AgainstRow, Pair, Reason

STRINGS = strings_of("en")
describe = section_part("evidence", "text").describe
ROWS = [
    AgainstRow("keras_mlp", 0.04, -0.1, 0.18, 0.41, 0.2, 0.3, 0.5),
    AgainstRow("dummy", -2.0, None, None, 0.0001, 0.999, 0.001, 0.0),
]
NAMES = ["lightgbm", "keras_mlp", "ridge", "dummy"]


@pytest.fixture
def tested(summary):
    """Return a summary with pairwise tests, in which only the dummy differs significantly."""
    pairs = [
        Pair(first, second, 0.001 if second == "dummy" else 0.8)
        for place, first in enumerate(NAMES)
        for second in NAMES[place + 1 :]
    ]
    rows = [AgainstRow(name, 0.1 * n, 0.1 * n - 0.2, 0.1 * n + 0.2, 0.8, 0.1, 0.6, 0.3) for n, name in enumerate(NAMES)]
    against = Against("lightgbm", named_before=False, equivalence=0.05, rows=rows[1:])
    return replace(summary, pairs=pairs, against=against)


def test_differences_are_drawn_with_the_band_of_practical_equivalence(tested):
    """A name a model, zero, and signs at the ticks."""
    svg = str(draw_pictures(tested, STRINGS)["forest"].svg)
    assert [name for name in NAMES if f">{name}</text>" in svg] == NAMES[1:]
    assert "RMSE minus that of lightgbm" in svg
    assert re.search(r">\+0\.\d+</text>", svg)


def test_differences_without_intervals_are_not_drawn(tested):
    """A single fold has none."""
    rows = [replace(row, low=None, high=None) for row in tested.against.rows]
    drawn = draw_pictures(replace(tested, against=replace(tested.against, rows=rows)), STRINGS)
    assert "forest" not in drawn


def test_large_numbers_are_written_in_thousands(tested):
    """Neither cut digits nor an axis in 1e6; years and codes keep theirs."""
    large = replace(tested.against, rows=[scaled(row) for row in tested.against.rows], equivalence=5000.0)
    svg = str(draw_pictures(replace(tested, against=large), STRINGS)["forest"].svg)
    assert re.search(r">\+\d+k</text>", svg)
    assert "e+" not in svg


def scaled(row):
    """Give a difference in dollars instead of hundreds of thousands."""
    return replace(row, difference=row.difference * 1e5, low=row.low * 1e5, high=row.high * 1e5)


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (AfterChoosing(3.284, 3), {"en": "on average it loses 0.07 in RMSE there", "ko": "0.07만큼 나빠집니다"}),
        (AfterChoosing(3.21, 3), {"en": "it loses 0 in RMSE", "ko": "0만큼 나빠집니다"}),
        (
            AfterChoosing(None, 3, Reason("few_units", {"n": 6, "needed": 10})),
            {"en": "there are 6 rows, groups or", "ko": "6개뿐이라"},
        ),
    ],
    ids=["corrected", "the same", "not given"],
)
def test_the_score_after_choosing_is_explained(summary, choice, words, lang):
    """How it was computed, or why it is not given."""
    section = describe(replace(summary, verdict=replace(summary.verdict, after_choosing=choice)), strings_of(lang))
    assert words[lang] in section["choosing"]


@pytest.fixture
def with_differences(summary):
    """Return a summary with differences from a model that was named in advance."""
    return replace(summary, against=Against("lightgbm", named_before=True, equivalence=0.05, rows=ROWS))


def test_a_difference_has_its_sign_and_its_probability(with_differences):
    """As many decimals as the scores; a probability that would round to 0 is shown as an upper bound."""
    against = describe(with_differences, STRINGS)["against"]
    lines = {name: cells for name, *cells in against["lines"]}
    assert lines["keras_mlp"] == ["+0.04", "\N{MINUS SIGN}0.10 to 0.18", "0.41", "20 %", "30 %", "50 %"]
    _, interval, _, better, _, worse = lines["dummy"]
    assert (interval, better, worse) == ("\N{EN DASH}", "> 99 %", "< 1 %")


def test_the_note_names_the_family_of_the_adjusted_p_values(with_differences):
    """The other models if the reference was named in advance, else all pairs."""
    found = replace(with_differences, against=replace(with_differences.against, named_before=False))
    assert "over these 2 differences" in describe(with_differences, STRINGS)["against"]["note"]
    assert "over all pairs" in describe(found, STRINGS)["against"]["note"]
    note = describe(with_differences, STRINGS)["against"]["note"]
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
