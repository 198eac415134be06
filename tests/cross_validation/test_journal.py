"""The journal: what is read back, what is refused, what a damaged file still holds."""

import json
import resource
import zlib
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyRegressor

import skdl
from skdl.analysis import Cost
from skdl.cross_validation import (
    ClassScores,
    FinishedFold,
    FoldResult,
    InspectedModel,
    Journal,
    MeasuredSeeds,
    NetworkTrace,
    SavedModel,
)
from skdl.estimators import LayerDescription, NetworkDescription
from skdl.exceptions import OutputError
from skdl.results import Importance, Insight, Reason

IDENTITY = {"data": "1a", "versions": {"keras": "3.14"}}
IDENTITIES = {"ridge": IDENTITY, "net": {**IDENTITY, "model": {"class": "Net", "epochs": "5"}}}
RESULTS = [FoldResult("ridge", 0, fold, {"rmse": fold + 0.5}) for fold in range(3)]
TRACE = NetworkTrace(
    history={"loss": [0.5, 0.25]},
    best_epoch=2,
    baseline_loss=1.0,
    description=NetworkDescription("2 -> 1 linear", "mse", 3, (LayerDescription("dense", "1", ("linear",), 3),)),
    kept_epoch=1,
    inference_loss=0.125,
)


@pytest.fixture
def path(tmp_path):
    """Write a journal with three results."""
    path = tmp_path / "journal"
    with Journal(path, IDENTITIES) as journal:
        for number, result in enumerate(RESULTS):
            journal.add(FinishedFold(result, "rows", seconds=float(number)))
    return path


@pytest.fixture
def reread(tmp_path):
    """Write a result to a journal and read it back; None where the journal does not hold it."""

    def write_and_read(result):
        path = tmp_path / "one"
        path.unlink(missing_ok=True)
        with Journal(path, IDENTITIES) as journal:
            journal.add(FinishedFold(result, "rows", seconds=1.0))
        with Journal(path, IDENTITIES) as journal:
            return next(iter(results(journal, "net")), None)

    return write_and_read


def results(journal, model="ridge"):
    """Return the results of a model in the order of the file."""
    return [record.result for record in journal.folds(model).values()]


def append(path, record):
    """Append a record of the first model with a right checksum."""
    key = records(path)[1]["key"]
    content = json.dumps({"key": key, "record": record}, separators=(",", ":")).encode()
    path.write_bytes(path.read_bytes() + b"%08x %b\n" % (zlib.crc32(content), content))


def records(path):
    """Parse the lines of a journal."""
    return [json.loads(line.partition(" ")[2]) for line in path.read_text().splitlines()]


def test_results_and_seconds_are_read_back(path):
    with Journal(path, IDENTITIES) as journal:
        assert results(journal) == RESULTS
        assert [record.seconds for record in journal.folds("ridge").values()] == [0.0, 1.0, 2.0]
        assert journal.restart_reason is None


@given(score=st.floats(), seconds=st.floats())
def test_floats_are_read_back_to_the_bit(reread, score, seconds):
    """NaN and infinity too."""
    result = reread(FoldResult("net", 0, 0, {"rmse": score}, fit_s=seconds))
    np.testing.assert_array_equal([result.scores["rmse"], result.fit_s], [score, seconds], strict=True)


@pytest.mark.parametrize(
    "array",
    [
        np.array([1.5, -0.0, np.nan, np.inf], dtype=np.float32),
        np.array(["a", "b"]),
        np.array(["a", 1, None, True, np.int64(2)], dtype=object),
        np.array([[1], [2]]),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.empty((0, 2)),
    ],
    ids=["floats", "text", "objects", "a column", "by columns", "empty"],
)
def test_arrays_are_read_back_with_type_and_shape(reread, array):
    """Predictions are numbers or labels of any kind; the order in memory decides on the last bit of a sum."""
    result = reread(FoldResult("net", 1, 2, predicted=array, class_scores=ClassScores(array, "margins")))
    for found in (result.predicted, result.class_scores.scores):
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        assert found.flags.c_contiguous == array.flags.c_contiguous
        np.testing.assert_array_equal(found, array)
    assert result.class_scores.kind == "margins"


def test_numpy_scalars_are_read_back_as_numbers(reread):
    """A metric, a size or a history may come as one."""
    trace = replace(TRACE, history={"loss": [np.float32(0.5)]}, best_epoch=np.int64(3))
    cost = Cost(0.1, np.float64(0.2), np.int64(12), ("xgboost",))
    result = reread(FoldResult("net", 0, 0, {"rmse": np.float64(0.1)}, cost=cost, trace=trace))
    assert (result.scores, result.cost) == ({"rmse": 0.1}, Cost(0.1, 0.2, 12, ("xgboost",)))
    assert (result.trace.history, result.trace.best_epoch) == ({"loss": [0.5]}, 3)


def test_parameters_and_the_training_of_a_network_are_read_back(reread):
    """Lists, texts and missing values; layers as they were."""
    result = FoldResult("net", 0, 0, parameters={"a": [1, 0.5, None, "x", True], "b": "f()"}, trace=TRACE)
    assert reread(result) == result


@pytest.mark.parametrize("label", [date(2026, 1, 1), "\udc80"], ids=["date", "half a character"])
def test_a_result_that_json_cannot_hold_counts_for_this_run_only(path, label):
    """Such a fold is fitted again; the lines after it are read."""
    with Journal(path, IDENTITIES) as journal:
        odd = replace(RESULTS[0], predicted=np.array([label], dtype=object))
        journal.add(FinishedFold(odd, "others", seconds=3.0))
        journal.add(FinishedFold(RESULTS[1], "others", seconds=4.0))
        journal.add(InspectedModel("net", "3", Insight("net", [], notes=[Reason("failed", {"error": "\udc80"})])))
        assert results(journal)[3] is odd
        assert journal.inspection("net", "3") is not None
    with Journal(path, IDENTITIES) as journal:
        assert results(journal) == [*RESULTS, RESULTS[1]]
        assert journal.inspection("net", "3") is None


def test_seeds_and_inspections_are_read_back(path):
    """By model and basis."""
    inspection = Insight("ridge", [Importance(["a"], 0.5, None)], notes=[Reason("some_columns", {"n": 1, "of": 2})])
    with Journal(path, IDENTITIES) as journal:
        journal.add(MeasuredSeeds("net", "3", float("inf")))
        journal.add(InspectedModel("ridge", "3", inspection))
    with Journal(path, IDENTITIES) as journal:
        assert results(journal) == RESULTS
        assert journal.seed_spread("net", "3") == float("inf")
        assert journal.inspection("ridge", "3") == inspection
        assert (journal.seed_spread("net", "2"), journal.inspection("net", "3")) == (None, None)


def test_the_pin_counts_only_for_the_same_model_in_an_intact_folder(path, tmp_path):
    """With the same columns and reading."""
    with Journal(path, IDENTITIES) as journal:
        pin = skdl.save_model(DummyRegressor().fit([[0.0]], [1.0]), tmp_path / "model").sha256
        journal.add(SavedModel("ridge", "basis", pin))
    with Journal(path, IDENTITIES) as journal:
        assert journal.intact_pin("ridge", "basis", tmp_path / "model") == pin
        assert journal.intact_pin("ridge", "other", tmp_path / "model") is None
        assert journal.intact_pin("net", "basis", tmp_path / "model") is None
        (tmp_path / "model" / "model.joblib").unlink()
        assert journal.intact_pin("ridge", "basis", tmp_path / "model") is None


@pytest.mark.parametrize("n_bytes", range(1, 60, 7))
def test_a_truncated_line_is_dropped(path, n_bytes):
    """As after a kill; the next result replaces it."""
    path.write_bytes(path.read_bytes()[:-n_bytes])
    with Journal(path, IDENTITIES) as journal:
        assert results(journal) == RESULTS[:2]
        journal.add(FinishedFold(RESULTS[2], "rows", seconds=2.0))
    with Journal(path, IDENTITIES) as journal:
        assert results(journal) == RESULTS


def test_a_damaged_line_is_dropped_with_all_after_it(path):
    """Its checksum does not fit."""
    lines = path.read_bytes().splitlines(keepends=True)
    assert b"1.5" in lines[3]
    lines[3] = lines[3].replace(b"1.5", b"1.6")
    path.write_bytes(b"".join(lines))
    with Journal(path, IDENTITIES) as journal:
        assert results(journal) == RESULTS[:1]


@pytest.mark.parametrize("content", [b"", b"\n", b"what is this?\n", b"00000000 \n"], ids=repr)
def test_a_file_in_another_format_is_replaced(tmp_path, content):
    """Its name is the journal's."""
    path = tmp_path / "journal"
    path.write_bytes(content)
    with Journal(path, IDENTITIES) as journal:
        assert str(journal.restart_reason) == "the journal of the earlier run cannot be read"
        journal.add(FinishedFold(RESULTS[0], "rows", seconds=0.0))
    with Journal(path, IDENTITIES) as journal:
        assert results(journal) == RESULTS[:1]


@pytest.mark.parametrize(
    "record",
    [
        {"kind": "fold", "result": {"model": "ridge"}, "rows": "rows", "seconds": 1.0},
        {"kind": "fold", "result": [1], "rows": "rows", "seconds": 1.0},
        {"kind": "fold", "result": None},
        {"kind": "seeds", "model": "ridge"},
        {"kind": "saved_model", "model": "ridge", "basis": "3", "pin": 1},
        {"kind": "inspection", "model": "ridge", "basis": "3", "inspection": {"importances": 1}},
        {"kind": "other"},
        [],
        "text",
    ],
    ids=json.dumps,
)
def test_a_record_of_another_form_is_dropped(path, record):
    """Its checksum fits: somebody edited the file, or another version wrote it."""
    append(path, record)
    with Journal(path, IDENTITIES) as journal:
        journal.add(MeasuredSeeds("ridge", "3", 1.0))
    assert len(records(path)) == 6
    with Journal(path, IDENTITIES) as journal:
        assert (results(journal), journal.seed_spread("ridge", "3")) == (RESULTS, 1.0)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model", 1),
        ("repeat", 0.5),
        ("scores", {"rmse": "low"}),
        ("fit_s", "soon"),
        ("warnings", 3),
        ("predicted", [1.0]),
        ("predicted", {"shape": [2**50], "dtype": "<f8", "data": "AAAA"}),
        ("predicted", {"shape": [1], "dtype": "O", "data": "AAAAAAAAAAA="}),
        ("predicted", {"shape": [1], "dtype": "no dtype", "data": "AAAAAAAAAAA="}),
        ("predicted", {"shape": [2], "items": ["a"]}),
        ("class_scores", [{"shape": [0], "dtype": "<f8", "data": ""}, "votes"]),
        ("trace", {"history": 1}),
        ("trace", {"history": {}, "best_epoch": None, "baseline_loss": 1.0, "description": {"loss": 1}}),
        ("cut_short", "by a knife"),
    ],
    ids=str,
)
def test_a_result_with_values_of_other_types_is_dropped(path, key, value):
    """They would fail in the report, again in every run."""
    last = records(path)[-1]["record"]
    append(path, {**last, "result": {**last["result"], key: value}})
    with Journal(path, IDENTITIES) as journal:
        assert results(journal) == RESULTS


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"versions": {"keras": "3.15"}}, "a version changed: keras 3.14, now 3.15"),
        ({"data": "2b", "model": {"class": "Other"}}, "the table changed"),
        ({"model": {"steps": {"model": {"class": "KNN", "n_neighbors": "3"}}}}, "the model changed"),
    ],
    ids=["version", "table", "model"],
)
def test_a_changed_model_has_no_folds_and_a_reason_until_it_is_changed_back(path, change, reason):
    other = {**IDENTITIES, "ridge": {**IDENTITY, **change}}
    with Journal(path, other) as journal:
        assert (results(journal), str(journal.why_unknown("ridge"))) == ([], reason)
        journal.add(FinishedFold(RESULTS[0], "rows", seconds=0.0))
    with Journal(path, IDENTITIES) as journal:
        assert results(journal) == RESULTS


def test_a_parameter_that_changed_is_named_with_both_values(path):
    tuned = {"model": {"steps": {"model": {"class": "KNN", "n_neighbors": "3"}}}}
    with Journal(path, {"knn": tuned}) as journal:
        assert str(journal.why_unknown("knn")) == "new"
        journal.introduce("knn")
    tuned["model"]["steps"]["model"]["n_neighbors"] = "5"
    with Journal(path, {"knn": tuned}) as journal:
        assert str(journal.why_unknown("knn")) == "the model changed: model.n_neighbors 3, now 5"


def test_a_renamed_model_has_its_folds_and_a_copy_has_none(path):
    """Each of two equal models is fitted, as in a fresh run."""
    with Journal(path, {"other": IDENTITY}) as journal:
        assert results(journal, "other") == RESULTS
    with Journal(path, {"copy": IDENTITY, "ridge": IDENTITY}) as journal:
        assert (results(journal), results(journal, "copy")) == (RESULTS, [])


def test_models_that_are_not_compared_are_dropped_where_they_take_too_much(path, monkeypatch):
    """The oldest first, whole, and never those of the comparison."""
    others = {name: {"data": name} for name in ("old", "new")}
    with Journal(path, others) as journal:
        for name in others:
            journal.add(FinishedFold(replace(RESULTS[0], model=name), "rows", seconds=0.0))
    size = path.stat().st_size
    monkeypatch.setattr("skdl.cross_validation._journal._MAX_UNUSED_BYTES", 600)
    with Journal(path, IDENTITIES) as journal:
        journal.add(MeasuredSeeds("ridge", "3", 1.0))
    assert path.stat().st_size < size
    with Journal(path, IDENTITIES | others) as journal:
        assert (results(journal), journal.seed_spread("ridge", "3")) == (RESULTS, 1.0)
        assert (len(results(journal, "old")), len(results(journal, "new"))) == (0, 1)


def test_forgotten_models_leave_those_of_other_comparisons(path):
    with Journal(path, {"net": IDENTITIES["net"]}) as journal:
        journal.add(FinishedFold(replace(RESULTS[0], model="net"), "rows", seconds=0.0))
        journal.forget()
    with Journal(path, IDENTITIES) as journal:
        assert (results(journal), results(journal, "net")) == (RESULTS, [])


def test_the_journal_of_another_version_begins_anew(path):
    """It says why."""
    content = b'{"format":3,"identity":{}}'
    path.write_bytes(b"%08x %b\n" % (zlib.crc32(content), content))
    with Journal(path, IDENTITIES) as journal:
        assert str(journal.restart_reason) == "the folder was written by another version of skdl"


def test_fresh_discards_everything(path):
    """Even of the same comparison."""
    with Journal(path, IDENTITIES, fresh=True) as journal:
        assert results(journal) == []


def test_every_line_is_json(path):
    """No line is a pickle: reading a journal from elsewhere runs no code."""
    assert all(isinstance(record, dict) for record in records(path))


def test_a_full_disk_is_an_error_and_keeps_the_written_results(path):
    """The disk has room for 20 bytes of the last line."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(path, IDENTITIES) as journal:
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, before[1]))
        try:
            with pytest.raises(OutputError, match="finished folds must be writable there; No space left"):
                journal.add(FinishedFold(RESULTS[0], "rows", seconds=0.0))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    with Journal(path, IDENTITIES) as journal:
        assert results(journal) == RESULTS
