"""Scores written to an address: the guarantees of a folder, as far as an object store can give them."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from skdl.cli import main
from skdl.exceptions import MissingExtraError, OutputError, TryAgainError, UsageError
from skdl.scoring import score_table

pytest.importorskip("fsspec")

import fsspec
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem

OTHER_MACHINE = {"token": "0", "machine": "another", "lock": "/nowhere"}


class Shelf(LocalFileSystem):
    """An object store in a folder: a put is whole or not at all, creating is exclusive, nothing is renamed.

    It outlives a process that is killed. After ``puts_left`` puts it is down.
    """

    protocol = "shelf"
    puts_left = None

    def pipe_file(self, path, value, mode="overwrite", **_):
        """Put an object."""
        if Shelf.puts_left == 0:
            raise ConnectionError("the shelf\nis down")
        Shelf.puts_left = Shelf.puts_left and Shelf.puts_left - 1
        path = Path(self._strip_protocol(path))
        path.parent.mkdir(parents=True, exist_ok=True)  # a store has no folders, so none are required
        draft = path.parent.parent / f"{path.name}.draft"
        draft.write_bytes(value)
        if mode == "create":
            path.hardlink_to(draft)  # raises FileExistsError
            draft.unlink()
        else:
            draft.replace(path)

    def put_file(self, lpath, rpath, *_, **__):
        """Put a file."""
        self.pipe_file(rpath, Path(lpath).read_bytes())


class Disk(DirFileSystem):
    """A remote disk: folders have to be created."""

    protocol = "disk"
    cachable = False
    root = None

    def __init__(self, **_):
        super().__init__(path=str(self.root), fs=LocalFileSystem())


class StoppedError(Exception):
    """Ends a run from within."""


def contents(folder):
    """Read every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def stop_after(n_rows):
    """Return a listener that ends the run when so many rows are done."""

    def listener(now):
        if now.n_rows >= n_rows:
            raise StoppedError

    return listener


@pytest.fixture
def source(table, write):
    """Write 600 people, three of them bad."""
    X = table(600, seed=4).astype({"children": object})
    X.loc[[5, 250, 599], "children"] = "?"
    return write(X, "in.csv")


@pytest.fixture
def run(saved, source):
    """Score them, 100 a part; options may differ."""

    def start(out, **options):
        options = {"sha256": saved.sha256, "chunk_rows": 100, "max_bad_frac": 0.1, **options}
        return score_table(saved.path, source, out, **options)

    return start


@pytest.fixture
def clean(run, tmp_path):
    """Return the files of a run into a folder of this machine."""
    run(tmp_path / "clean")
    return contents(tmp_path / "clean")


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """Return the folder that a store keeps its objects in, and its address."""
    fsspec.register_implementation("shelf", Shelf, clobber=True)
    monkeypatch.setattr(Shelf, "puts_left", None)
    return tmp_path / "shelf" / "out", f"shelf://{tmp_path}/shelf/out"


@pytest.fixture
def stopped(run, shelf):
    """Stop a run after its third part; give the folder and the address."""
    with pytest.raises(StoppedError):
        run(shelf[1], progress=stop_after(300))
    return shelf


@pytest.fixture
def memory():
    """Return fsspec's file system in memory, empty."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


@pytest.mark.parametrize("address", ["memory://x/y", "memory://x/y/"])
def test_an_object_store_gets_the_bytes_of_a_folder(run, clean, memory, address):
    """Parts, quarantine and `_SUCCESS`, and nothing else."""
    run(address)
    assert {name.rpartition("/")[2]: memory.cat_file(name) for name in memory.find("/x/y")} == clean


def test_folders_are_made_where_there_are_such(run, clean, tmp_path, monkeypatch):
    """But not the first: buckets are created by their owner."""
    fsspec.register_implementation("disk", Disk, clobber=True)
    monkeypatch.setattr(Disk, "root", tmp_path)
    (tmp_path / "bucket").mkdir()
    run("disk://bucket/a/b")
    assert contents(tmp_path / "bucket" / "a" / "b") == clean
    with pytest.raises(OutputError, match=r"disk://no-bucket/.*: cannot be written"):
        run("disk://no-bucket/a/b")
    assert not (tmp_path / "no-bucket").exists()


def test_the_result_has_addresses_that_pandas_reads(run, shelf):
    """Addresses, as text."""
    result = run(shelf[1])
    assert (result.out, result.quarantine) == (shelf[1], f"{shelf[1]}/quarantine.parquet")
    assert len(pd.concat(map(pd.read_parquet, result.parts))) + len(pd.read_parquet(result.quarantine)) == 600


def test_an_address_of_this_machine_is_a_folder(run, clean, tmp_path):
    """With its lock, and with paths in the result."""
    result = run(f"file://{tmp_path}/out")
    assert result.parts[0] == tmp_path / "out" / "part-00000.parquet"
    assert contents(tmp_path / "out") == clean


def test_a_stopped_run_is_resumed_and_ends_with_the_same_bytes(run, stopped, clean):
    """No wait for the lease of the stopped run."""
    result = run(stopped[1])
    assert (result.start, result.n_resumed) == ("resumed", 300)
    assert contents(stopped[0]) == clean


def test_a_killed_run_is_resumed_and_ends_with_the_same_bytes(saved, source, run, shelf, clean):
    """Its lease still exists."""
    code = (
        f"import os, signal, sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_remote_store as its;"
        "its.fsspec.register_implementation('shelf', its.Shelf);"
        "die = lambda now: os.kill(os.getpid(), signal.SIGKILL) if now.n_rows >= 300 else None;"
        f"its.score_table({str(saved.path)!r}, {str(source)!r}, {shelf[1]!r}, trust_pickle=True, chunk_rows=100,"
        " progress=die)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert (shelf[0] / ".skdl-writer.json").exists()
    assert run(shelf[1]).n_resumed == 300
    assert contents(shelf[0]) == clean


@pytest.mark.parametrize("name", ["part-00001.parquet", ".quarantine-00002.arrow", ".done-00001.json"])
def test_a_part_counts_only_where_its_bytes_hold(run, stopped, clean, name):
    """One flipped bit in it, its bad rows or its record, and it is scored again."""
    content = bytearray((stopped[0] / name).read_bytes())
    content[len(content) // 2] ^= 1
    (stopped[0] / name).write_bytes(content)
    assert run(stopped[1]).n_resumed == 200
    assert contents(stopped[0]) == clean


def test_other_options_start_over(run, stopped):
    """Files of the earlier run are removed, and never resumed."""
    with pytest.raises(StoppedError):
        run(stopped[1], proba=True, progress=stop_after(100))
    assert run(stopped[1], proba=True).n_resumed == 100


def test_a_finished_run_is_left_as_it_is(run, shelf):
    """By the same one; any other is refused."""
    run(shelf[1])
    before = {path: path.stat().st_mtime_ns for path in shelf[0].iterdir()}
    assert run(shelf[1]).start == "done"
    with pytest.raises(OutputError, match="it holds a finished run"):
        run(shelf[1], proba=True)
    assert {path: path.stat().st_mtime_ns for path in shelf[0].iterdir()} == before


def test_a_finished_run_with_a_missing_part_is_reported(run, shelf):
    """The run does not count as done."""
    run(shelf[1])
    (shelf[0] / "part-00003.parquet").unlink()
    with pytest.raises(OutputError, match=r"part-00003\.parquet: must be as this run once wrote it"):
        run(shelf[1])


@pytest.mark.parametrize("name", ["part-00000.parquet", "notes.txt"])
def test_files_of_others_are_left_alone(run, shelf, name):
    """Even if they are named like a part."""
    shelf[0].mkdir(parents=True)
    (shelf[0] / name).write_text("mine")
    with pytest.raises(OutputError, match=f"it holds '{name}'"):
        run(shelf[1])
    assert contents(shelf[0]) == {name: b"mine"}


def test_a_second_writer_is_refused(run, shelf, clean):
    """The second is asked to retry, and changes nothing."""
    refused = []

    def second(_):
        with pytest.raises(TryAgainError, match="another run is writing here"):
            run(shelf[1])
        refused.append(True)

    run(shelf[1], progress=second)
    assert len(refused) == 6
    assert contents(shelf[0]) == clean


@pytest.mark.parametrize(("age_s", "is_refused"), [(60, True), (3600, False), (-3600, False)])
def test_a_lease_of_another_machine_is_valid_for_a_while(run, stopped, age_s, is_refused):
    """Its process cannot be checked, and a wrong clock must not block forever."""
    lease = stopped[0] / ".skdl-writer.json"
    lease.write_text(json.dumps({**OTHER_MACHINE, "renewed": time.time() - age_s}))
    if is_refused:
        with pytest.raises(TryAgainError, match="another run is writing here, from another"):
            run(stopped[1])
    else:
        assert run(stopped[1]).n_resumed == 300
        assert not lease.exists()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"token": 1}'])
def test_a_lease_without_content_is_not_valid(run, stopped, content):
    """As one that was cut off."""
    (stopped[0] / ".skdl-writer.json").write_bytes(content)
    assert run(stopped[1]).start == "resumed"


def test_of_two_runs_that_begin_at_once_one_gets_the_lease(run, shelf, monkeypatch):
    """Here the other's lease is written between the check and the put."""
    lease, looks = shelf[0] / ".skdl-writer.json", iter(["too early"])

    def look(self, path, **_):
        if next(looks, None):
            shelf[0].mkdir(parents=True)
            lease.write_text(json.dumps({**OTHER_MACHINE, "renewed": time.time()}))
            raise FileNotFoundError(path)
        return LocalFileSystem.cat_file(self, path)

    monkeypatch.setattr(Shelf, "cat_file", look)
    with pytest.raises(TryAgainError, match="another run is writing here"):
        run(shelf[1])
    assert list(shelf[0].iterdir()) == [lease]


@pytest.mark.parametrize("n_rows", [300, 600], ids=["before a part", "before success"])
def test_a_run_whose_lease_was_taken_over_ends(run, shelf, n_rows):
    """It writes nothing more, and the other's lease stays."""
    lease = shelf[0] / ".skdl-writer.json"

    def take_over(now):
        if now.n_rows == n_rows:
            lease.write_text(json.dumps({**OTHER_MACHINE, "renewed": time.time()}))

    with pytest.raises(TryAgainError, match="another run has begun to write here"):
        run(shelf[1], progress=take_over)
    assert len(list(shelf[0].glob("part-*"))) == n_rows // 100
    assert json.loads(lease.read_text())["machine"] == "another"
    assert not (shelf[0] / "_SUCCESS").exists()


@pytest.mark.parametrize("n_puts", [0, 1, 2, 6, 17, 18], ids="after {} puts".format)
def test_a_store_that_fails_leaves_no_success_and_can_be_resumed(run, shelf, clean, monkeypatch, n_puts):
    """The error is one line, whatever the store raised."""
    monkeypatch.setattr(Shelf, "puts_left", n_puts)
    with pytest.raises(OutputError, match=r"^shelf://.*: cannot be written \(the shelf\)\. [^\n]*$"):
        run(shelf[1])
    assert not (shelf[0] / "_SUCCESS").exists()
    monkeypatch.setattr(Shelf, "puts_left", None)
    assert run(shelf[1]).n_rows == 600
    assert contents(shelf[0]) == clean


@pytest.mark.parametrize(
    ("address", "error"),
    [("nowhere://x", UsageError), ("sftp://me:secret@host/out", MissingExtraError)],
    ids=["no such place", "a package that is missing"],
)
def test_an_unreachable_address_is_reported_first(run, address, error):
    """Before the model is loaded, and without the password."""
    with pytest.raises(error) as raised:
        run(address, sha256="0" * 64)
    assert "secret" not in str(raised.value)


def test_the_command_accepts_an_address(saved, source, memory, capsys):
    options = ["--sha256", saved.sha256, "--max-bad-frac", "0.1"]
    with pytest.raises(SystemExit) as ended:
        main(["score", str(saved.path), str(source), "--out", "memory://x/y", *options])
    assert ended.value.code in (0, None)
    assert "memory://x/y" in capsys.readouterr().out
    assert memory.exists("/x/y/_SUCCESS")
