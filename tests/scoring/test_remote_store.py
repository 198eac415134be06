"""Scores written to an address: the guarantees of a folder, as far as an object store can give them."""

import json
import signal
import time

import pandas as pd
import pytest

from skdl.cli import main
from skdl.exceptions import MissingExtraError, OutputError, TryAgainError, UsageError

pytest.importorskip("fsspec")

import fsspec
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem
from helpers.object_store import Shelf
from helpers.scored_folders import contents

OTHER_MACHINE = {"token": "0", "machine": "another", "lock": "/nowhere"}


class Disk(DirFileSystem):
    """A remote disk: folders have to be created."""

    protocol = "disk"
    cachable = False
    root = None

    def __init__(self, **_):
        super().__init__(path=str(self.root), fs=LocalFileSystem())


@pytest.fixture
def output(shelf):
    """Return the object store, and its address."""
    return shelf


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


def test_a_killed_run_is_resumed_and_ends_with_the_same_bytes(saved, source, run, shelf, clean, commands):
    """Its lease still exists."""
    code = (
        "import fsspec, os, signal; from helpers.object_store import Shelf; from skdl.scoring import score_table;"
        "fsspec.register_implementation('shelf', Shelf);"
        "die = lambda now: os.kill(os.getpid(), signal.SIGKILL) if now.n_rows >= 300 else None;"
        f"score_table({str(saved.path)!r}, {str(source)!r}, {shelf[1]!r}, trust_pickle=True, chunk_rows=100,"
        " progress=die)"
    )
    assert commands.run("-c", code) == -signal.SIGKILL
    assert (shelf[0] / ".skdl-writer.json").exists()
    assert run(shelf[1]).n_resumed == 300
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
