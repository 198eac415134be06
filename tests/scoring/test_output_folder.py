"""The output folder, here or in an object store: one writer, nothing of others touched, finished runs as they were."""

import hashlib
import json

import pytest
from helpers.scored_folders import contents

from skdl.exceptions import OutputError, TryAgainError


def test_a_second_writer_is_refused(run, output, clean):
    """It is asked to retry, and changes nothing."""
    refused = []

    def second(_):
        with pytest.raises(TryAgainError, match="another run is writing here"):
            run(output[1])
        refused.append(True)

    run(output[1], progress=second)
    assert len(refused) == 6
    assert contents(output[0]) == clean


@pytest.mark.parametrize("name", ["part-00000.parquet", "notes.txt"])
def test_files_of_others_are_left_alone(run, output, name):
    """Even if they are named like a part."""
    output[0].mkdir(parents=True)
    (output[0] / name).write_text("mine")
    with pytest.raises(OutputError, match=f"it holds '{name}'"):
        run(output[1])
    assert contents(output[0]) == {name: b"mine"}


def test_files_of_others_in_an_unfinished_folder_stay(run, stopped):
    """A part that no record names does not belong to the run."""
    (stopped[0] / "part-00077.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"it holds 'part-00077\.csv'"):
        run(stopped[1])
    assert (stopped[0] / "part-00077.csv").read_text() == "mine"


def test_files_of_others_in_a_finished_folder_stay(run, output):
    """Even if it is named like a part."""
    run(output[1])
    for name in ("part-00001.parquet.csv", "part-00077.parquet", "quarantine.csv", "part-00001.csv"):
        (output[0] / name).write_text("mine")
    before = contents(output[0])
    assert run(output[1]).start == "done"
    assert contents(output[0]) == before


def test_a_folder_that_cannot_be_made_is_an_output_error(run, tmp_path):
    """A file has the name of the folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        run(tmp_path / "file" / "out")


def test_a_finished_run_is_left_as_it_is(run, output):
    """By the same one; any other is refused."""
    first = run(output[1])
    before = {path: path.stat().st_mtime_ns for path in output[0].iterdir()}
    second = run(output[1])
    assert (second.start, second.parts, second.n_quarantined) == ("done", first.parts, 3)
    assert second.drift == first.drift
    with pytest.raises(OutputError, match="it holds a finished run"):
        run(output[1], proba=True)
    assert {path: path.stat().st_mtime_ns for path in output[0].iterdir()} == before


@pytest.mark.parametrize("is_removed", [False, True], ids=["changed", "removed"])
def test_a_finished_run_with_a_changed_part_is_reported(run, output, is_removed):
    """The run does not count as done."""
    run(output[1])
    part = output[0] / "part-00003.parquet"
    part.unlink() if is_removed else part.write_bytes(b"")
    with pytest.raises(OutputError, match=r"part-00003\.parquet: must be as this run once wrote it"):
        run(output[1])


def test_success_holds_the_key_and_nothing_of_the_way(run, tmp_path):
    """So that it too is the same after any number of restarts."""
    run(tmp_path / "out")
    success = json.loads((tmp_path / "out" / "_SUCCESS").read_text())
    assert len(success["key"]) == 64
    assert list(success["files"]) == [*(f"part-{n:05d}.parquet" for n in range(6)), "quarantine.parquet"]


@pytest.fixture
def mark(run, tmp_path):
    """Finish a run, and return its `_SUCCESS` file."""
    run(tmp_path / "out")
    return tmp_path / "out" / "_SUCCESS"


@pytest.mark.parametrize("change", [{"scored": 1}, {"files": {}}, {"drift": 3}, {"sha256": "0" * 64}, {"sha256": 1}])
def test_a_changed_success_file_is_reported(run, mark, change):
    """Its content is then not trusted."""
    mark.write_text(json.dumps(json.loads(mark.read_text()) | change))
    with pytest.raises(OutputError, match="_SUCCESS: must be as this run once wrote it"):
        run(mark.parent)


@pytest.mark.parametrize("change", [{"files": ["x"]}, {"files": {"../../x": "0"}}, {"rows": "x"}, {"drift": 3}])
def test_a_forged_success_file_is_reported(run, mark, change):
    """It cannot name files outside the folder, though its digest fits."""
    plain = json.loads(mark.read_text()) | change
    del plain["sha256"]
    digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
    mark.write_text(json.dumps({**plain, "sha256": digest}))
    with pytest.raises(OutputError, match="must be as this run once wrote it"):
        run(mark.parent)


def test_scoring_imports_neither_keras_nor_jax(saved, source, commands, tmp_path):
    commands.output_of(
        "import sys; from skdl import score_table;"
        f"score_table({str(saved.path)!r}, {str(source)!r}, {str(tmp_path / 'out')!r}, trust_pickle=True,"
        " max_bad_frac=0.1);"
        "assert not {'keras', 'jax', 'scikeras'} & set(sys.modules)"
    )
