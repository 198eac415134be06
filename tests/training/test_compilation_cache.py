"""XLA's on-disk cache, seen from fresh processes."""

import os
import subprocess
import sys

import pytest

FIT = """
import numpy as np
from skdl import KerasMLPRegressor
KerasMLPRegressor((4,), epochs=1).fit(np.eye(4), np.arange(4.0))
"""
COMPILE = """
import jax, skdl.training
jax.jit(lambda x: x + 1)(1.0)
"""


def run_in_a_fresh_process(code=COMPILE, warnings="error", **environment):
    """Compile a program with these environment variables; a network takes three seconds, and is compiled alike."""
    variables = {**os.environ, **environment}
    command = [sys.executable, "-W", f"{warnings}::UserWarning", "-c", code]
    return subprocess.run(command, env=variables, capture_output=True, check=False)


def test_programs_are_kept_in_the_folder_that_the_variable_names(tmp_path):
    """A fit leaves compiled programs there."""
    assert run_in_a_fresh_process(FIT, SKDL_CACHE_DIR=str(tmp_path)).returncode == 0
    assert any(path.is_file() for path in tmp_path.rglob("*"))


def test_programs_that_cannot_be_read_are_compiled_again(tmp_path):
    """A killed process may leave half a file; JAX warns of it."""
    run_in_a_fresh_process(SKDL_CACHE_DIR=str(tmp_path))
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        path.write_bytes(path.read_bytes()[:20])
    result = run_in_a_fresh_process(SKDL_CACHE_DIR=str(tmp_path), warnings="default")
    assert result.returncode == 0, result.stderr.decode()


def test_off_writes_nothing(tmp_path):
    """The user's cache folder stays empty."""
    assert run_in_a_fresh_process(SKDL_CACHE_DIR="off", XDG_CACHE_HOME=str(tmp_path)).returncode == 0
    assert not (tmp_path / "skdl").exists()


@pytest.mark.parametrize("broken", ["/dev/null/cache", "/proc/cache"], ids=["no folder", "not writable"])
def test_a_folder_that_cannot_be_written_is_no_error(broken):
    """Programs are compiled in each process."""
    result = run_in_a_fresh_process(SKDL_CACHE_DIR=broken)
    assert result.returncode == 0, result.stderr.decode()


def test_a_user_without_a_home_directory_is_no_error(tmp_path):
    """As in a container with an arbitrary user; named or not, a folder is only looked up where it is needed."""
    homeless = "import pathlib\ndef home(cls): raise RuntimeError('no home directory')\n"
    homeless += "pathlib.Path.home = classmethod(home)\n"
    for environment in ({"SKDL_CACHE_DIR": str(tmp_path)}, {"SKDL_CACHE_DIR": "", "XDG_CACHE_HOME": ""}):
        result = run_in_a_fresh_process(homeless + COMPILE, **environment)
        assert result.returncode == 0, result.stderr.decode()
    assert any(path.is_file() for path in tmp_path.rglob("*"))
