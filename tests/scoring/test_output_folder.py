"""The output folder: one writer, whole files, nothing of others touched."""

import resource
import signal
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skdl.exceptions import OutputError, TryAgainError
from skdl.scoring import score_table


@pytest.fixture
def source(tmp_path):
    """Write 1,000 rows."""
    pq.write_table(pa.table({"children": [row % 5 for row in range(1000)]}), tmp_path / "in.parquet")
    return tmp_path / "in.parquet"


def test_a_second_writer_is_refused(logistic, source, tmp_path):
    """The second starts while the first is in its first part."""
    refused = []

    def second(*_):
        with pytest.raises(TryAgainError, match="another run is writing here"):
            score_table(logistic, source, tmp_path / "out")
        refused.append(True)

    result = score_table(logistic, source, tmp_path / "out", chunk_rows=500, progress=second)
    assert (refused, result.n_scored) == ([True, True], 1000)


def test_an_input_that_changes_during_the_run_ends_without_success(logistic, source, tmp_path):
    """Its rows may be of two tables."""

    def change(*_):
        pq.write_table(pa.table({"children": [1]}), tmp_path / "other")
        (tmp_path / "other").replace(source)

    with pytest.raises(TryAgainError, match="changed while it was scored"):
        score_table(logistic, source, tmp_path / "out", chunk_rows=500, progress=change)
    assert not (tmp_path / "out" / "_SUCCESS").exists()


@pytest.mark.parametrize("name", ["part-00000.parquet", "notes.txt"])
def test_files_of_others_are_left_alone(logistic, source, tmp_path, name):
    """Even if they are named like a part."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("mine")
    with pytest.raises(OutputError, match=f"it holds '{name}'"):
        score_table(logistic, source, tmp_path / "out")
    assert (tmp_path / "out" / name).read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_an_output_error(logistic, source, tmp_path):
    """A file has the name of the folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        score_table(logistic, source, tmp_path / "file" / "out")


def test_a_full_disk_leaves_no_half_part(logistic, source, tmp_path):
    """Simulated by the process's own limit on file size."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
        with pytest.raises(OutputError, match="cannot be written"):
            score_table(logistic, source, tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert not list((tmp_path / "out").glob("[!.]*"))


def test_scoring_imports_neither_keras_nor_jax(saved, table, tmp_path):
    """In a fresh process."""
    table(5).to_csv(tmp_path / "in.csv", index=False)
    code = (
        "import sys; from skdl import score_table;"
        f"score_table({str(saved.path)!r}, {str(tmp_path / 'in.csv')!r}, {str(tmp_path / 'out')!r}, trust_pickle=True);"
        "assert not {'keras', 'jax', 'scikeras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_kill_before_the_first_file_leaves_a_folder_that_can_be_used(logistic, source, tmp_path):
    """It holds only the temporary of the file that marks the run as started."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".tmp-.started.json").write_text("{")
    (tmp_path / "out" / ".lock").touch()
    assert score_table(logistic, source, tmp_path / "out").n_scored == 1000
    assert not list((tmp_path / "out").glob(".tmp-*"))
