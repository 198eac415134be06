import shutil

import pandas as pd
import pytest

import skdl
from skdl.exceptions import DataError, PipelineFileError
from skdl.spec import Lock
from skdl.tables import load_builtin

FILE = """
data: {source: t.csv, target: y, rename: {무게: weight}}
preprocess: {columns: {weight: {scale: standard}}}
models:
  knn: {search: {n_neighbors: [3, 5]}}
  random_forest: {params: {n_estimators: 5}}
compare: {cv: {folds: 4, repeats: 2, seed: 3}, tune: {folds: 2}, metrics: [mae, rmse], insight: false}
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Run a comparison on a table; give the folder with table, pipeline file and report."""
    folder = tmp_path_factory.mktemp("finished")
    table = load_builtin("blood_fat").rename(columns={"blood_fat": "y", "weight": "무게"})
    table.to_csv(folder / "t.csv", index=False)
    (folder / "x.yaml").write_text(FILE, encoding="utf-8")
    skdl.compare(skdl.read_pipeline(folder / "x.yaml"), output_dir=folder / "first", insight=False)
    return folder


@pytest.fixture
def run(finished, tmp_path):
    """Copy it all into the folder of the test, and give that of the report."""
    for name in ("t.csv", "x.yaml"):
        shutil.copy(finished / name, tmp_path)
    lock = shutil.copytree(finished / "first", tmp_path / "first") / "lock.yaml"
    lock.write_text(lock.read_text(encoding="utf-8").replace(str(finished), str(tmp_path)), encoding="utf-8")
    return tmp_path / "first"


def numbers(folder):
    """Read what does not change from run to run."""
    folds = pd.read_csv(folder / "folds.csv")
    return folds[[name for name in folds if not name.endswith("_s")]]


def test_a_lock_runs_again_to_the_same_numbers(run, tmp_path):
    """From anywhere; the pipeline file need not be there any more."""
    (tmp_path / "x.yaml").unlink()
    spec = skdl.read_pipeline(run / "lock.yaml")
    skdl.compare(spec, output_dir=tmp_path / "second", insight=False)
    pd.testing.assert_frame_equal(numbers(run), numbers(tmp_path / "second"), check_exact=True)


def test_another_table_is_refused(run, tmp_path):
    """It could not give the same numbers."""
    table = tmp_path / "t.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("84", "85", 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"t.csv: must be the table that .*lock.yaml was made with"):
        skdl.read_pipeline(run / "lock.yaml").load()


def test_other_folds_are_refused(run, tmp_path):
    """Groups and times are not in the table's digest; the digest of the folds shows it."""
    spec = skdl.read_pipeline(run / "lock.yaml", ["compare.cv.seed=4"])
    with pytest.raises(DataError, match=r"the folds must be those that .*lock.yaml was made with"):
        skdl.compare(spec, output_dir=tmp_path / "second")


def test_other_versions_are_noted(run):
    """Numbers may differ a little then."""
    lock = run / "lock.yaml"
    lock.write_text(lock.read_text(encoding="utf-8").replace("  numpy: ", "  numpy: 0"), encoding="utf-8")
    notes = skdl.read_pipeline(lock).load_table().notes
    assert any(note.text.startswith("the lock was made with other versions: numpy 0") for note in notes)


def test_the_lock_of_a_comparison_in_python_is_marked(tmp_path):
    """It contains no pipeline."""
    (tmp_path / "lock.yaml").write_text("pipeline: null\ndata: {sha256: a}\nsplits: {}\nversions: {}\n")
    with pytest.raises(PipelineFileError, match="this comparison was made in Python"):
        skdl.read_pipeline(tmp_path / "lock.yaml")


def test_a_fault_in_a_lock_has_its_position(run):
    """As in any pipeline file."""
    lock = run / "lock.yaml"
    lock.write_text(lock.read_text(encoding="utf-8").replace("n_neighbors", "n_neighbours"), encoding="utf-8")
    with pytest.raises(
        PipelineFileError, match=r"lock.yaml:\d+:\d+: models.knn.search.n_neighbours: no such parameter"
    ):
        skdl.read_pipeline(lock)


def test_a_file_may_extend_a_lock(run, tmp_path):
    """It starts from the pipeline in it, and is another one."""
    (tmp_path / "child.yaml").write_text("extends: first/lock.yaml\nmodels: {linear: }\n")
    spec = skdl.read_pipeline(tmp_path / "child.yaml", ["data.sample=20"])
    assert list(spec.models) == ["knn", "random_forest", "linear"]
    assert len(spec.load()[0]) == 20


def test_keys_that_a_lock_does_not_hold_are_refused(run):
    """They would be ignored silently."""
    lock = run / "lock.yaml"
    lock.write_text(lock.read_text(encoding="utf-8") + "models: {linear: }\n", encoding="utf-8")
    with pytest.raises(PipelineFileError, match=r"lock.yaml:\d+:1: models: no such key in a lock"):
        skdl.read_pipeline(lock)


def test_a_lock_is_read_back_as_it_was_written(tmp_path):
    """Text that looks like a number stays text, which is why a lock is not written by PyYAML's own dumper."""
    spec = skdl.PipelineSpec.model_validate(
        {"name": "x", "data": {"source": "builtin:iris", "target": "species", "drop": ["1e-3"]}, "models": {"knn": {}}}
    )
    lock = Lock(
        created="2026-01-01T00:00:00+00:00",
        data={"source": "t.csv", "sha256": "a", "rows": 3},
        splits={"sha256": "b"},
        versions={"python": "3.13"},
        pipeline=spec.model_dump(),
    )
    (tmp_path / "lock.yaml").write_text(lock.to_yaml(), encoding="utf-8")
    found = skdl.read_pipeline(tmp_path / "lock.yaml")
    assert found.model_dump() == spec.model_dump()
    assert (found.origin.lock.data, found.origin.lock.versions) == (lock.data, lock.versions)
