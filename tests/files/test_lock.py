"""Lock files: one holder at a time, and none that outlives its process."""

import os
import signal
import subprocess
import sys

import pytest

from skdl.files import LockedError, LockFile, is_locked

HOLD = """
import sys, time
from pathlib import Path
from skdl.files import LockFile
lock = LockFile(Path(sys.argv[1]))
print("locked", flush=True)
time.sleep(3600)
"""


@pytest.fixture
def path(tmp_path):
    """Name a lock file."""
    return tmp_path / ".lock"


@pytest.fixture
def other_process(path):
    """Start a process that holds it."""
    with subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "locked\n"
        yield process
        process.kill()


def test_a_second_holder_is_refused_at_once(path):
    """Also in the same process, and in the same thread."""
    with LockFile(path), pytest.raises(LockedError, match="locked by another process"):
        LockFile(path)


def test_a_released_lock_leaves_no_file_and_can_be_taken_again(path):
    for _ in range(2):
        with LockFile(path):
            assert path.exists()
        assert not path.exists()


def test_a_lock_of_another_process_ends_when_that_is_killed(path, other_process):
    """Its file stays, and locks nothing."""
    assert is_locked(path)
    with pytest.raises(LockedError, match="locked by another process"):
        LockFile(path)
    other_process.send_signal(signal.SIGKILL)
    other_process.wait()
    assert path.exists()
    assert not is_locked(path)
    LockFile(path).release()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.filterwarnings(r"ignore:os\.fork\(\) was called:RuntimeWarning")  # by JAX, where another test imported it
def test_a_forked_child_does_not_keep_its_parents_lock(path):
    """Otherwise the lock would outlive a killed parent."""
    read, write = os.pipe()
    lock = LockFile(path)
    child = os.fork()
    if child == 0:
        os.read(read, 1)
        os._exit(0)
    try:
        lock.release()
        LockFile(path).release()
    finally:
        os.write(write, b".")
        os.waitpid(child, 0)
        os.close(read)
        os.close(write)


def test_a_missing_file_is_not_locked_and_the_check_creates_none(path):
    """The path may come from another machine."""
    assert is_locked(path) is False
    assert not path.exists()


def test_a_file_that_cannot_be_opened_is_unknown(path):
    """Neither locked nor free: here a file has the name of its folder."""
    path.touch()
    assert is_locked(path / "lock") is None
