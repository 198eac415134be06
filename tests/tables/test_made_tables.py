"""Tables with known types, written the way people write them: twelve of those of benchmarks/column_types.py."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

BENCHMARK = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[2] / "benchmarks/column_types.py")))
SEED = 20


@pytest.mark.parametrize(
    ("way", "numbers"), [("init", (3, 62, 26, 77)), ("read", (48, 53, 58, 72)), ("frames", (14, 32, 74, 79))]
)
def test_columns_are_read_as_they_were_drawn(way, numbers, tmp_path):
    mistakes = {}
    for number in numbers:
        found = BENCHMARK.outcomes_of(BENCHMARK.draw_table(SEED, number), way, tmp_path)
        mistakes |= {(number, name): one for name, one in found.items() if one.outcome != "right"}
    assert mistakes == {}


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        (BENCHMARK.Seen("number", {"": pd.Series([1.5, np.nan, 3.0])}, noted=False), "right"),
        (BENCHMARK.Seen("number", {"": pd.Series([15.0, np.nan, 30.0])}, noted=False), "silent"),
        (BENCHMARK.Seen("category", {"": pd.Series(["1,5", None, "3"])}, noted=False), "silent"),
        (BENCHMARK.Seen("category", {"": pd.Series(["1,5", None, "3"])}, noted=True), "noted"),
    ],
)
def test_a_column_is_right_by_its_type_and_its_values(seen, outcome):
    truth, cells = np.array([1.5, np.nan, 3.0]), np.array(["1,5", "", "3"], dtype=object)
    column = BENCHMARK.Column("net amount", "number", "plain", truth, cells, frozenset({"number"}), np.zeros(3, bool))
    assert BENCHMARK.judge(column, seen, np.ones(3, bool)).outcome == outcome
