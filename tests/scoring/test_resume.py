"""Resumed runs end with the same bytes as runs that were never stopped, in a folder and in an object store."""

import os

import pytest
from helpers.scored_folders import StoppedError, contents, flip_middle_bit, stop_after

from skdl.exceptions import DataError, TryAgainError
from skdl.scoring import score_table


def test_a_stopped_run_resumes_and_ends_with_the_same_bytes(run, stopped, clean):
    """Parts, quarantine and `_SUCCESS`; an object store does not wait for the lease of the stopped run."""
    result = run(stopped[1])
    assert (result.start, result.n_resumed, result.n_rows) == ("resumed", 300, 600)
    assert contents(stopped[0]) == clean


def test_only_missing_rows_are_scored(run, stopped):
    """Progress starts from the finished rows."""
    progress = []
    run(stopped[1], progress=progress.append)
    assert [now.n_rows for now in progress] == [400, 500, 600]
    assert {now.n_resumed for now in progress} == {300}


@pytest.mark.parametrize("name", ["part-00001.parquet", ".quarantine-00002.arrow", ".done-00001.json"])
def test_a_part_counts_only_where_its_bytes_hold(run, stopped, clean, name):
    """One flipped bit in it, its bad rows or its record, and it is scored again."""
    flip_middle_bit(stopped[0] / name)
    assert run(stopped[1]).n_resumed == 200
    assert contents(stopped[0]) == clean


@pytest.mark.parametrize("options", [{"proba": True}, {"chunk_rows": 99}, {"keep": ["city"]}, {"threshold": 0.3}])
def test_other_options_start_over(run, stopped, tmp_path, options):
    """Files of the earlier run are removed, and never resumed."""
    result = run(stopped[1], **options)
    run(tmp_path / "clean", **options)
    assert (result.start, result.n_resumed) == ("restarted", 0)
    assert contents(stopped[0]) == contents(tmp_path / "clean")


def test_another_input_starts_over(run, own_source, output):
    with pytest.raises(StoppedError):
        run(output[1], own_source, progress=stop_after(300))
    own_source.write_bytes(own_source.read_bytes().replace(b"Bonn", b"Ulm"))
    assert run(output[1], own_source).start == "restarted"


def test_an_estimator_starts_over(ridge, source, output):
    """An estimator has no pin that identifies it."""
    options = {"chunk_rows": 100, "max_bad_frac": 0.1}
    with pytest.raises(StoppedError):
        score_table(ridge, source, output[1], progress=stop_after(200), **options)
    assert score_table(ridge, source, output[1], **options).start == "restarted"


def test_the_share_of_bad_rows_may_be_raised_afterwards(run, output):
    with pytest.raises(DataError, match="may be bad; 3 of 600"):
        run(output[1], max_bad_frac=0.0)
    result = run(output[1], max_bad_frac=0.01)
    assert (result.start, result.n_resumed, result.n_quarantined) == ("resumed", 600, 3)


def test_parts_of_other_bytes_are_never_reused(run, table, tmp_path):
    """An input that changed and is then as it was: its parts are those of its own rows."""
    source, there, other = tmp_path / "in.parquet", table(5000, seed=5), table(5000, seed=6)
    there.to_parquet(source)
    content = source.read_bytes()

    def change(now):
        if now.n_rows == 1000:
            other.to_parquet(source)  # the same file, under the reader's hands

    with pytest.raises(TryAgainError, match="changed while it was scored"):
        run(tmp_path / "out", source, chunk_rows=500, progress=change)
    source.write_bytes(content)
    assert run(tmp_path / "out", source, chunk_rows=500).n_resumed == 1000
    run(tmp_path / "clean", source, chunk_rows=500)
    assert contents(tmp_path / "out") == contents(tmp_path / "clean")


def test_an_input_that_is_cut_off_meanwhile_has_changed(run, table, tmp_path):
    """It is not called damaged."""
    source = tmp_path / "in.parquet"
    table(5000, seed=5).to_parquet(source, row_group_size=500)
    with pytest.raises(TryAgainError, match="changed while it was scored"):
        run(tmp_path / "out", source, chunk_rows=500, progress=lambda _: os.truncate(source, 1000))


def test_an_input_that_is_replaced_meanwhile_ends_the_run_without_success(run, own_source, write, table, tmp_path):
    """Its rows may be of two tables."""

    def replace(*_):
        write(table(1), "other.csv").replace(own_source)

    with pytest.raises(TryAgainError, match="changed while it was scored"):
        run(tmp_path / "out", own_source, progress=replace)
    assert not (tmp_path / "out" / "_SUCCESS").exists()
