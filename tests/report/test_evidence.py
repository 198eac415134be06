"""Section on evidence: pairwise differences as table and plot, and score against time."""

import re
from dataclasses import replace

import pytest

from skdl.report import strings_of
from skdl.report.sections import draw_pictures, section_part
from skdl.results import AfterChoosing, Against, AgainstRow, Pair, Reason

STRINGS = strings_of("en")
describe = section_part("evidence", "text").describe
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
