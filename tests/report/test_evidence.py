"""Section on evidence: pairwise differences as table and plot, and score against time."""

import re
from dataclasses import replace

import pytest

from skdl.report import strings_of
from skdl.report.sections import draw_pictures
from skdl.results import Against, AgainstRow, Pair

STRINGS = strings_of("en")
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
