"""XLA's on-disk cache, seen from processes that import skdl anew."""

import pytest
from helpers.fresh_imports import run_code

FIT = """
import numpy as np
from skdl import KerasMLPRegressor
KerasMLPRegressor((4,), epochs=1).fit(np.eye(4), np.arange(4.0))
"""
COMPILE = """
import jax, skdl.training
jax.jit(lambda x: x + 1)(1.0)
"""


@pytest.fixture
def exit_code(forks):
    """Compile a program with these environment variables; a network takes three seconds, and is compiled alike."""

    def run(code=COMPILE, warnings="error", **environment):
        process = forks.Process(target=run_code, args=(code, environment, warnings))
        process.start()
        process.join(120)
        return process.exitcode

    return run


def test_programs_are_kept_in_the_folder_that_the_variable_names(exit_code, tmp_path):
    """A fit leaves compiled programs there."""
    assert exit_code(FIT, SKDL_CACHE_DIR=str(tmp_path)) == 0
    assert any(path.is_file() for path in tmp_path.rglob("*"))


def test_programs_that_cannot_be_read_are_compiled_again(exit_code, tmp_path):
    """A killed process may leave half a file; JAX warns of it."""
    exit_code(SKDL_CACHE_DIR=str(tmp_path))
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        path.write_bytes(path.read_bytes()[:20])
    assert exit_code(SKDL_CACHE_DIR=str(tmp_path), warnings="default") == 0


def test_off_writes_nothing(exit_code, tmp_path):
    """The user's cache folder stays empty."""
    assert exit_code(SKDL_CACHE_DIR="off", XDG_CACHE_HOME=str(tmp_path)) == 0
    assert not (tmp_path / "skdl").exists()


@pytest.mark.parametrize("broken", ["/dev/null/cache", "/proc/cache"], ids=["no folder", "not writable"])
def test_a_folder_that_cannot_be_written_is_no_error(exit_code, broken):
    """Programs are compiled in each process."""
    assert exit_code(SKDL_CACHE_DIR=broken) == 0


def test_a_user_without_a_home_directory_is_no_error(exit_code, tmp_path):
    """As in a container with an arbitrary user; named or not, a folder is only looked up where it is needed."""
    homeless = "import pathlib\ndef home(cls): raise RuntimeError('no home directory')\n"
    homeless += "pathlib.Path.home = classmethod(home)\n"
    for environment in ({"SKDL_CACHE_DIR": str(tmp_path)}, {"SKDL_CACHE_DIR": "", "XDG_CACHE_HOME": ""}):
        assert exit_code(homeless + COMPILE, **environment) == 0
    assert any(path.is_file() for path in tmp_path.rglob("*"))
