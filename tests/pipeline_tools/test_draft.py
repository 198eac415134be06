import numpy as np
import pandas as pd
import pytest

import skdl
from skdl.cross_validation import estimate_times
from skdl.exceptions import DataError
from skdl.pipeline_tools import draft_pipeline
from skdl.tables import builtin_names, load_builtin

N = 90
RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "고객번호": RNG.permutation(5000)[:N],
        "size": RNG.normal(size=N),
        "도시": RNG.choice([f"도시 {number}" for number in range(20)], N),
        "sold on": pd.date_range("2024-01-01", periods=N).strftime("%d/%m/%Y"),
        "a: b # c": RNG.integers(0, 2, N),
        "price": RNG.integers(1, 9999, N),
    }
)


@pytest.fixture
def draft(tmp_path):
    """Write a table, draft its pipeline, write that next to it and read it."""

    def make(frame, *target, ending="csv"):
        path = tmp_path / f"t.{ending}"
        getattr(frame, f"to_{ending}")(path, **({"index": False} if ending == "csv" else {}))
        text = draft_pipeline(str(path), target, file=tmp_path / "t.yaml")
        (tmp_path / "t.yaml").write_text(text, encoding="utf-8")
        return text, skdl.read_pipeline(tmp_path / "t.yaml")

    return make


@pytest.mark.parametrize("name", builtin_names())
def test_a_draft_of_every_built_in_table_is_valid(tmp_path, name):
    target = load_builtin(name).columns[-1]
    (tmp_path / "t.yaml").write_text(draft_pipeline(f"builtin:{name}", [target]), encoding="utf-8")
    spec = skdl.read_pipeline(tmp_path / "t.yaml")
    X, y = spec.load()
    assert set(spec.estimators(X, y)) >= {"keras_mlp", "random_forest", "dummy"}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_draft_of_a_table_with_unusual_names_is_valid(draft, ending):
    """Blanks, colons, hashes, Korean."""
    text, spec = draft(FRAME, "price", ending=ending)
    assert spec.data.drop == ("고객번호",)
    assert "고객번호  # 90 different values in 90 rows: an identifier" in text
    X, _ = spec.load()
    assert list(X) == ["size", "도시", "a: b # c", "sold on_month", "sold on_weekday"]
    assert spec.preprocess.categorical.min_frequency == 10


def test_a_draft_compares(draft, tmp_path):
    _, spec = draft(FRAME.drop(columns="sold on"), "price")
    light = spec.model_copy(update={"models": {name: spec.models[name] for name in ("linear", "knn")}})
    assert skdl.compare(light, output_dir=tmp_path / "out").verdict


def test_the_rarest_class_decides_the_folds(draft):
    """And small tables get a small network."""
    _, spec = draft(FRAME.assign(price=["rare"] * 3 + ["often"] * (N - 3)), "price")
    assert spec.task == "classification"
    assert spec.compare.cv.folds == 3
    assert spec.compare.metrics[0] == "balanced_accuracy"
    assert "early_stopping" not in spec.models["keras_mlp"].params


def test_several_targets_are_a_regression(draft):
    _, spec = draft(FRAME, "price", "size")
    assert spec.data.target == ("price", "size")
    assert "svm" not in spec.models


def test_an_identifier_that_is_repeated_offers_groups(draft):
    """For rows that belong together."""
    text, spec = draft(FRAME.assign(고객번호=np.arange(N) // 3), "price")
    assert (
        "고객번호  # an identifier with 30 different values; if its rows belong together, use groups: instead" in text
    )
    assert spec.data.groups is None


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (["once"] + ["often"] * (N - 1), "each class must have at least two rows; 'once' has one. Merge"),
        ("same", "target 'price' must have different values; every row has 'same'"),
    ],
    ids=["a class of one row", "one value"],
)
def test_a_target_that_cannot_be_predicted_in_folds_is_refused(draft, target, message):
    with pytest.raises(DataError, match=message):
        draft(FRAME.assign(price=target), "price")


def test_few_rows_get_few_folds(draft):
    """So that the file runs all the same."""
    _, spec = draft(FRAME[["size", "price"]].head(7), "price")
    assert spec.compare.cv.folds == 3
    assert len(spec.load()[0]) == 7


def test_every_model_of_a_draft_fits_the_rarest_class(draft):
    """Two rows of it, one a fold: no metric may ask for calibrated probabilities."""
    frame = FRAME.assign(price=["rare"] * 2 + ["often"] * (N - 2)).drop(columns="sold on")
    _, spec = draft(frame, "price")
    table = spec.load_table()
    estimates = estimate_times(spec, table, spec.estimators(table.X, table.y))
    assert {one.model: one.error for one in estimates if one.error} == {}
