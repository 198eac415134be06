"""Input tables of every container, type and memory layout."""

import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from helpers.iris_networks import LENGTH, SETTINGS, X, Y
from scipy import sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdl import KerasMLPClassifier, KerasMLPRegressor

COLUMNS = ["a", "b", "c", "d"]


def regressor(table, **parameters):
    """Fit a tiny regressor."""
    return KerasMLPRegressor(**{**SETTINGS, **parameters}).fit(table, LENGTH)


def from_pandas(values, columns=COLUMNS):
    """Make a pandas frame with an index that is no range."""
    return pd.DataFrame(values, columns=columns, index=7 * np.arange(len(values))[::-1] + 3)


def from_polars(values, columns=COLUMNS):
    """Make a polars frame."""
    return pl.DataFrame(values, schema=columns)


def from_arrow(values, columns=COLUMNS):
    """Make an Arrow table."""
    return pa.table(dict(zip(columns, np.asarray(values).T, strict=True)))


FRAMES = pytest.mark.parametrize("frame", [from_pandas, from_polars, from_arrow], ids=["pandas", "polars", "arrow"])


@FRAMES
def test_a_frame_is_its_array_with_names(frame):
    """The names are kept; the oracle of the predictions is the same fit on an array."""
    net = regressor(frame(X))
    assert net.feature_names_in_.tolist() == COLUMNS
    assert np.array_equal(net.predict(frame(X)), regressor(X).predict(X))


@FRAMES
@pytest.mark.parametrize("columns", [["b", "a", "c", "d"], ["a", "b", "c", "z"]], ids=["reordered", "renamed"])
def test_other_columns_than_in_fit_are_an_error(frame, columns):
    net = KerasMLPRegressor(**SETTINGS).initialize(frame(X), LENGTH)
    with pytest.raises(ValueError, match="feature names should match those that were passed during fit"):
        net.predict(frame(X, columns))


@pytest.mark.parametrize("use", ["predict_proba", "score", "evaluate", "partial_fit", "X_val"])
def test_reordered_columns_are_an_error_in_every_method(use):
    """Validation rows included."""
    net = KerasMLPClassifier(**SETTINGS, warm_start=True).initialize(from_pandas(X), Y)
    reordered = from_pandas(X, COLUMNS[::-1])
    calls = {
        "predict_proba": lambda: net.predict_proba(reordered),
        "score": lambda: net.score(reordered, Y),
        "evaluate": lambda: net.evaluate(reordered, Y),
        "partial_fit": lambda: net.partial_fit(reordered, Y),
        "X_val": lambda: net.fit(from_pandas(X), Y, X_val=reordered, y_val=Y),
    }
    with pytest.raises(ValueError, match="Feature names must be in the same order as they were in fit"):
        calls[use]()


def test_names_that_are_missing_at_predict_are_warned_of():
    """It is scikit-learn's own warning."""
    net = KerasMLPRegressor(**SETTINGS).initialize(from_pandas(X), LENGTH)
    with pytest.warns(UserWarning, match="X does not have valid feature names, but KerasMLPRegressor was fitted with"):
        net.predict(X)


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_column_names_of_a_transformer_s_output_are_kept(kind):
    """set_output upstream in a pipeline."""
    frame = from_pandas(X) * 5
    plain = make_pipeline(StandardScaler(), KerasMLPRegressor(**SETTINGS)).fit(frame, LENGTH)
    named = make_pipeline(StandardScaler().set_output(transform=kind), KerasMLPRegressor(**SETTINGS)).fit(frame, LENGTH)
    assert named[-1].feature_names_in_.tolist() == COLUMNS
    assert np.array_equal(named.predict(frame), plain.predict(frame))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.int64, ">f4", object])
def test_types_of_number_mix_freely_between_fit_and_predict(dtype):
    whole = np.round(2 * X)
    expected = regressor(whole).predict(whole)
    net = regressor(whole.astype(dtype))
    for other in (np.float32, np.float64, np.int8, np.int64):
        assert np.array_equal(net.predict(whole.astype(other)), expected)


def test_a_fit_on_single_precision_predicts_doubles_as_their_nearest_singles():
    """SciKeras raises here."""
    single = X.astype(np.float32)
    assert np.array_equal(regressor(single).predict(X), regressor(X).predict(single))


def test_a_network_in_double_precision_sees_all_digits():
    """The float32 neighbour of a row gives another prediction."""
    net = KerasMLPRegressor(**SETTINGS, dtype="float64").initialize(X, LENGTH)
    assert not np.array_equal(net.predict(X), net.predict(X.astype(np.float32)))
    assert net.predict(X) == pytest.approx(net.predict(X.astype(np.float32)), abs=1e-5)


def memmapped(values, folder):
    """Write an array, and map the file for reading only."""
    np.save(folder / "table.npy", values)
    return np.load(folder / "table.npy", mmap_mode="r")


LAYOUTS = {
    "lists": lambda values, _: values.tolist(),
    "columns_first": lambda values, _: np.asfortranarray(values),
    "every_second_row": lambda values, _: np.repeat(values, 2, axis=0)[::2],
    "backwards": lambda values, _: np.ascontiguousarray(values[::-1])[::-1],
    "read_only_file": memmapped,
}


@pytest.mark.parametrize("arrange", LAYOUTS.values(), ids=LAYOUTS)
def test_the_layout_in_memory_makes_no_difference(arrange, tmp_path):
    """The same bits as from an array of rows."""
    table = arrange(X, tmp_path)
    assert np.array_equal(regressor(table).predict(table), regressor(X).predict(X))


HOLES = np.where(np.abs(X) > 0.5, X, 0)


@pytest.mark.parametrize("make", [sparse.csr_matrix, sparse.csc_matrix, sparse.coo_matrix, sparse.csr_array])
def test_a_sparse_table_trains_and_predicts_as_a_dense_one(make):
    """To six digits: another program trains it."""
    dense = regressor(HOLES, epochs=2)
    net = regressor(make(HOLES), epochs=2)
    assert net.predict(make(HOLES)) == pytest.approx(dense.predict(HOLES), rel=1e-6)
    assert np.array_equal(net.predict(make(HOLES)), net.predict(HOLES))


def test_sparse_validation_rows_are_evaluated_as_dense_ones():
    """In validation and in evaluate."""
    nets = [
        KerasMLPClassifier(**{**SETTINGS, "epochs": 2, "validation_split": 0.2}).fit(table, Y)
        for table in (HOLES, sparse.csr_array(HOLES))
    ]
    assert nets[1].history_["val_loss"] == pytest.approx(nets[0].history_["val_loss"], rel=1e-5)
    assert nets[1].evaluate(sparse.csr_array(HOLES), Y) == pytest.approx(nets[0].evaluate(HOLES, Y), rel=1e-5)


@pytest.mark.parametrize("use", ["fit", "predict", "evaluate"])
def test_the_whole_of_a_sparse_table_is_never_dense(use):
    """The dense table would be 400 MB; what NumPy holds at once stays below half of it."""
    table = sparse.random_array((4_000, 25_000), density=0.0004, format="csr", dtype=np.float32, rng=0)
    target = np.asarray(table.sum(axis=1))
    net = KerasMLPRegressor((4,), epochs=1, batch_size=40, random_state=0)
    if use != "fit":
        net.initialize(table[:40], target[:40])
    tracemalloc.start()
    try:
        {"fit": net.fit, "evaluate": net.evaluate, "predict": lambda rows, _: net.predict(rows)}[use](table, target)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4_000 * 25_000 * 4 / 2


def test_images_are_accepted_and_flattened():
    """Flattened inside; the oracle is a network of the same seed on flat rows."""
    images = X.reshape(-1, 2, 2)
    net = KerasMLPClassifier(**SETTINGS).fit(images, Y)
    flat = KerasMLPClassifier(**SETTINGS).fit(X, Y)
    assert np.array_equal(net.predict_proba(images), flat.predict_proba(X))
    assert net.predict_proba(images[:1]).shape == (1, 3)


def test_images_of_another_size_are_an_error():
    """Also where the first side fits; both shapes are named."""
    net = KerasMLPClassifier(**SETTINGS).initialize(X.reshape(-1, 2, 2), Y)
    with pytest.raises(ValueError, match=r"a row of X must have shape \(2, 2\), as in fit; got \(2, 3\)"):
        net.predict(np.zeros((5, 2, 3)))
