"""Folders that are replaced whole: what a killed save leaves, and systems that cannot exchange two names."""

import ctypes
import errno
import fcntl
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from skdl.exceptions import OutputError
from skdl.files import temporary_sibling
from skdl.saved_models import load_model, save_model, verify_model

ONE, TWO = (LinearRegression().fit(np.eye(2), [1.0, target]) for target in (2.0, 3.0))
KILLED = """
import ctypes, os, signal, sys
import numpy as np
from sklearn.linear_model import LinearRegression
from skdl import save_model

def killed_at(call, number):
    calls = []
    def counted(*args):
        calls.append(args)
        return os.kill(os.getpid(), signal.SIGKILL) if len(calls) == number else call(*args)
    return counted

moment, path = sys.argv[1:]
if moment == "writing":
    os.fsync = killed_at(os.fsync, 2)
else:  # between the two renames of a system without renameat2
    ctypes.CDLL = lambda *args, **options: object()
    os.rename = killed_at(os.rename, 2)
save_model(LinearRegression().fit(np.eye(2), [1.0, 3.0]), path)
"""


def killed(moment, path):
    """Save in another process that is killed in a moment."""
    done = subprocess.run([sys.executable, "-c", KILLED, moment, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL


def names(folder):
    """List it."""
    return sorted(entry.name for entry in folder.iterdir())


@pytest.fixture
def in_two_steps(monkeypatch):
    """Have a system without renameat2."""
    monkeypatch.setattr(ctypes, "CDLL", lambda *args, **options: object())


def test_files_of_a_killed_save_are_removed_by_the_next(tmp_path):
    """Of another model in the same place, too."""
    killed("writing", tmp_path / "model")
    assert len(names(tmp_path)) == 1
    save_model(ONE, tmp_path / "other")
    assert names(tmp_path) == ["other"]


def test_files_of_a_running_save_are_kept(tmp_path):
    """Its lock is held."""
    with temporary_sibling(tmp_path / "model") as used:
        (used / "new").mkdir()
        save_model(ONE, tmp_path / "other")
        assert (used / "new").is_dir()
    assert names(tmp_path) == ["other"]


def test_concurrent_saves_do_not_disturb_each_other(tmp_path):
    """Also when one removes leftovers between the other's creating and locking of a folder."""

    def save(number):
        for _ in range(30):
            with temporary_sibling(tmp_path / f"model{number}") as used:
                (used / "file").write_text("")
                (used / "file").rename(used / "moved")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(save, range(8)))
    assert names(tmp_path) == []


def test_folders_of_other_names_are_left(tmp_path):
    """Hidden ones too; and what a link leads to."""
    (tmp_path / ".model.abcdefgh").mkdir()
    (tmp_path / "thesis" / "text").mkdir(parents=True)
    (tmp_path / ".model.saving-abcdefgh").symlink_to(tmp_path / "thesis")
    save_model(ONE, tmp_path / "model")
    assert names(tmp_path) == [".model.abcdefgh", ".model.saving-abcdefgh", "model", "thesis"]
    assert names(tmp_path / "thesis") == ["text"]


def test_a_file_system_without_locks_is_written_to(tmp_path, monkeypatch):
    """No leftovers are removed there, since folders in use cannot be recognised."""

    def refuse(*args):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    (tmp_path / ".model.saving-abcdefgh").mkdir()
    saved = save_model(ONE, tmp_path / "model")
    assert load_model(saved.path, sha256=saved.sha256)
    assert names(tmp_path) == [".model.saving-abcdefgh", "model"]


def test_a_system_that_cannot_exchange_names_replaces_a_model_in_two_steps(tmp_path, in_two_steps):
    """And leaves no temporary."""
    save_model(ONE, tmp_path / "model")
    saved = save_model(TWO, tmp_path / "model")
    assert verify_model(tmp_path / "model").sha256 == saved.sha256
    assert names(tmp_path) == ["model"]


def test_a_model_killed_between_the_two_steps_gets_its_name_back(tmp_path):
    """At the next save into the same parent folder."""
    saved = save_model(ONE, tmp_path / "model")
    killed("between", tmp_path / "model")
    assert "model" not in names(tmp_path)
    save_model(TWO, tmp_path / "other")
    assert names(tmp_path) == ["model", "other"]
    assert load_model(tmp_path / "model", sha256=saved.sha256)


@pytest.mark.parametrize(
    ("error", "raised"), [(OSError("full"), OutputError), (KeyboardInterrupt(), KeyboardInterrupt)]
)
def test_a_second_step_that_fails_brings_the_old_model_back(tmp_path, monkeypatch, in_two_steps, error, raised):
    saved, steps, rename = save_model(ONE, tmp_path / "model"), [], os.rename

    def fail_once(*args):
        steps.append(args)
        if len(steps) == 2:
            raise error
        rename(*args)

    monkeypatch.setattr(os, "rename", fail_once)
    with pytest.raises(raised, match=r"full|^$"):
        save_model(TWO, tmp_path / "model")
    assert verify_model(tmp_path / "model", sha256=saved.sha256)
    assert names(tmp_path) == ["model"]
