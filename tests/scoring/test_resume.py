"""Resumed runs end with the same bytes as runs that were never stopped."""

import hashlib
import json
import os

import pytest

from skdl.exceptions import DataError, OutputError, TryAgainError
from skdl.scoring import score_table


def contents(folder):
    """Read every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class StoppedError(Exception):
    """Ends a run from within."""


def stop_after(n_rows):
    """Return a listener that ends the run when so many rows are done."""

    def listener(now):
        if now.n_rows >= n_rows:
            raise StoppedError

    return listener


@pytest.fixture
def run(saved, table, write, tmp_path):
    """Score 900 people, a few of them bad, 100 a part; options may differ."""
    X = table(900, seed=4).astype({"children": object})
    X.loc[[5, 250, 260, 899], "children"] = "?"
    source = write(X, "in.csv")

    def start(out, **options):
        options = {"sha256": saved.sha256, "chunk_rows": 100, "max_bad_frac": 0.1, **options}
        return score_table(saved.path, options.pop("source", source), tmp_path / out, **options)

    return start


@pytest.fixture
def stopped(run, tmp_path):
    """Stop a run after its fourth part; give the folder."""
    with pytest.raises(StoppedError):
        run("out", progress=stop_after(400))
    return tmp_path / "out"


def test_a_stopped_run_resumes_and_ends_with_the_same_bytes(run, stopped, tmp_path):
    """Parts, quarantine and `_SUCCESS`."""
    result = run("out")
    run("clean")
    assert (result.start, result.n_resumed, result.n_rows) == ("resumed", 400, 900)
    assert contents(stopped) == contents(tmp_path / "clean")


def test_parts_of_other_bytes_are_never_reused(run, table, tmp_path):
    """An input that changed and is then as it was: its parts are those of its own rows."""
    source, there, other = tmp_path / "in.parquet", table(5000, seed=5), table(5000, seed=6)
    there.to_parquet(source)
    content = source.read_bytes()

    def change(now):
        if now.n_rows == 1000:
            other.to_parquet(source)  # the same file, under the reader's hands

    with pytest.raises(TryAgainError, match="changed while it was scored"):
        run("out", source=source, chunk_rows=500, progress=change)
    source.write_bytes(content)
    assert run("out", source=source, chunk_rows=500).n_resumed == 1000
    run("clean", source=source, chunk_rows=500)
    assert contents(tmp_path / "out") == contents(tmp_path / "clean")


def test_an_input_that_is_cut_off_meanwhile_has_changed(run, table, tmp_path):
    """It is not called damaged."""
    source = tmp_path / "in.parquet"
    table(5000, seed=5).to_parquet(source, row_group_size=500)
    with pytest.raises(TryAgainError, match="changed while it was scored"):
        run("out", source=source, chunk_rows=500, progress=lambda _: os.truncate(source, 1000))


def test_only_missing_rows_are_scored(run, stopped):
    """Progress starts from the finished rows."""
    progress = []
    run("out", progress=progress.append)
    assert [now.n_rows for now in progress] == [500, 600, 700, 800, 900]
    assert {now.n_resumed for now in progress} == {400}


@pytest.mark.parametrize("name", ["part-00002.parquet", ".quarantine-00002.arrow", ".done-00002.json"])
def test_a_part_counts_only_where_its_bytes_hold(run, stopped, tmp_path, name):
    """One flipped bit in it, its bad rows or its record, and it is scored again."""
    path = stopped / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    result = run("out")
    run("clean")
    assert result.n_resumed == 300
    assert contents(stopped) == contents(tmp_path / "clean")


@pytest.mark.parametrize("options", [{"proba": True}, {"chunk_rows": 99}, {"keep": ["city"]}, {"threshold": 0.3}])
def test_other_options_start_over(run, stopped, tmp_path, options):
    result = run("out", **options)
    run("clean", **options)
    assert (result.start, result.n_resumed) == ("restarted", 0)
    assert contents(stopped) == contents(tmp_path / "clean")


def test_another_input_starts_over(run, stopped, tmp_path):
    source = tmp_path / "in.csv"
    source.write_bytes(source.read_bytes().replace(b"Bonn", b"Ulm"))
    assert run("out").start == "restarted"


def test_the_share_of_bad_rows_may_be_raised_afterwards(run, tmp_path):
    with pytest.raises(DataError, match="may be bad; 4 of 900"):
        run("out", max_bad_frac=0.0)
    result = run("out", max_bad_frac=0.01)
    assert (result.start, result.n_resumed, result.n_quarantined) == ("resumed", 900, 4)


def test_a_finished_run_is_left_as_it_is(run, tmp_path):
    first = run("out")
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    second = run("out")
    assert (second.start, second.parts, second.n_quarantined) == ("done", first.parts, 4)
    assert second.drift == first.drift
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before


def test_files_of_others_in_a_finished_folder_stay(run, tmp_path):
    """Even if it is named like a part."""
    run("out")
    for name in ("part-00001.parquet.csv", "part-00077.parquet", "quarantine.csv", "part-00001.csv"):
        (tmp_path / "out" / name).write_text("mine")
    before = contents(tmp_path / "out")
    assert run("out").start == "done"
    assert contents(tmp_path / "out") == before


def test_files_of_others_in_an_unfinished_folder_stay(run, stopped):
    """A part that no record names does not belong to the run."""
    (stopped / "part-00077.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"it holds 'part-00077\.csv'"):
        run("out")
    assert (stopped / "part-00077.csv").read_text() == "mine"


@pytest.fixture
def mark(run, tmp_path):
    """Finish a run, and return its `_SUCCESS` file."""
    run("out")
    return tmp_path / "out" / "_SUCCESS"


@pytest.mark.parametrize("change", [{"scored": 1}, {"files": {}}, {"drift": 3}, {"sha256": "0" * 64}, {"sha256": 1}])
def test_a_changed_success_file_is_reported(run, mark, change):
    """Its content is then not trusted."""
    mark.write_text(json.dumps(json.loads(mark.read_text()) | change))
    with pytest.raises(OutputError, match="_SUCCESS: must be as this run once wrote it"):
        run("out")


@pytest.mark.parametrize("change", [{"files": ["x"]}, {"files": {"../../x": "0"}}, {"rows": "x"}, {"drift": 3}])
def test_a_forged_success_file_is_reported(run, mark, change):
    """It cannot name files outside the folder, though its digest fits."""
    plain = json.loads(mark.read_text()) | change
    del plain["sha256"]
    digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
    mark.write_text(json.dumps({**plain, "sha256": digest}))
    with pytest.raises(OutputError, match="must be as this run once wrote it"):
        run("out")


def test_a_finished_run_of_other_options_is_not_touched(run, tmp_path):
    run("out")
    with pytest.raises(OutputError, match="it holds a finished run"):
        run("out", proba=True)


def test_a_finished_run_with_a_changed_part_is_reported(run, tmp_path):
    """The run does not count as done."""
    run("out").parts[3].write_bytes(b"")
    with pytest.raises(OutputError, match=r"part-00003\.parquet: must be as this run once wrote it"):
        run("out")


def test_an_estimator_starts_over(ridge, table, write, tmp_path):
    """An estimator has no pin that identifies it."""
    source = write(table(300), "in.csv")
    with pytest.raises(StoppedError):
        score_table(ridge, source, tmp_path / "out", chunk_rows=100, progress=stop_after(200))
    assert score_table(ridge, source, tmp_path / "out", chunk_rows=100).start == "restarted"


def test_success_holds_the_key_and_nothing_of_the_way(run, tmp_path):
    """So that it too is the same after any number of restarts."""
    run("out")
    success = json.loads((tmp_path / "out" / "_SUCCESS").read_text())
    assert len(success["key"]) == 64
    assert list(success["files"]) == [*(f"part-{n:05d}.parquet" for n in range(9)), "quarantine.parquet"]
