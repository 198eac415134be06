import numpy as np
import pandas as pd
import pytest

from skdl.exceptions import DataError
from skdl.pipeline import PipelineSpec

SPEC = {"name": "x", "data": {"source": "builtin:iris", "target": "species"}, "models": {"knn": None}}


TARGETS = {
    "text": (pd.Series(["a", "b"] * 9), "classification"),
    "booleans": (pd.Series([True, False] * 9), "classification"),
    "codes": (pd.Series([0, 1] * 9), "classification"),
    "float codes": (pd.Series([0.0, 1.0] * 9), "classification"),
    "few rows": (pd.Series([0, 1] * 4), "classification"),
    "one row of one": (pd.Series([0, 0, 0, 231]), "regression"),
    "digits": (pd.Series(range(10)).repeat(10), "classification"),
    "fractions": (pd.Series([0.5, 1.5] * 9), "regression"),
    "counts": (pd.Series(range(18)), "regression"),
    "many counts": (pd.Series(range(21)).repeat(50), "regression"),
    "several": (pd.DataFrame({"a": [0, 1], "b": [1, 0]}), "regression"),
}


@pytest.mark.parametrize(("y", "task"), TARGETS.values(), ids=TARGETS)
def test_the_task_is_inferred_from_the_target(y, task):
    """Few distinct whole numbers are classes, each in several rows."""
    assert PipelineSpec.model_validate(SPEC).task_of(y) == task


@pytest.mark.parametrize("kind", ["text", "date", "moment"])
def test_dates_are_neither_numbers_nor_classes(kind):
    """Text may be declared to be classes; quarters and short codes are classes by themselves."""
    days = pd.Series(pd.date_range("2024-01-28", periods=9).repeat(3), name="day")
    y = {"text": days.dt.strftime("%d.%m.%Y"), "date": days.dt.date, "moment": days}[kind]
    with pytest.raises(DataError, match="target 'day': must hold numbers or classes; got dates"):
        PipelineSpec.model_validate(SPEC).task_of(y)
    assert PipelineSpec.model_validate({**SPEC, "task": "classification"}).task_of(y) == "classification"
    for words in (["2024-Q1", "2024-Q2"], ["2024-W05", "2024-W06"], ["1-2-3", "1-2-4"]):
        assert PipelineSpec.model_validate(SPEC).task_of(pd.Series(words * 9)) == "classification"


def test_a_declared_task_takes_precedence():
    """Whatever the target looks like."""
    assert PipelineSpec.model_validate({**SPEC, "task": "regression"}).task_of(pd.Series([0, 1] * 9)) == "regression"


def test_whole_floats_become_whole_classes(pipeline):
    """A column of codes with a gap is read as floats."""
    frame = pd.DataFrame({"x": np.arange(45.0) % 7, "y": [0, 1, None] * 15})
    y = pipeline(frame, models="{knn: }").load()[1]
    assert y.dtype == np.int64
    assert set(y) == {0, 1}


def _load(read, tmp_path, y):
    y.to_frame("y").assign(x=np.arange(len(y)) / 2).to_parquet(tmp_path / "t.parquet")
    return read("data: {source: t.parquet, target: y}\nmodels: {linear: }\n").load_table()


def test_declared_categories_are_classes(read, tmp_path):
    """However many there are; numbers stay numbers."""
    y = pd.Series(pd.Categorical(np.arange(600) % 30))
    table = _load(read, tmp_path, y)
    assert (table.task, table.y.tolist()) == ("classification", y.tolist())


def test_bytes_are_no_target(read, tmp_path):
    with pytest.raises(DataError, match="target 'y': must hold numbers or classes; got bytes"):
        _load(read, tmp_path, pd.Series([b"\xff", b"\xfe"] * 9))
