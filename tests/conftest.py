"""Settings and fixtures of all tests."""

import functools
import gc
import multiprocessing
import os
import re
import secrets
from importlib.metadata import version
from pathlib import Path

# Several workers share the cores: threads of BLAS and OpenMP in each would wait for one another in busy loops.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # read when NumPy and scikit-learn are loaded, which is below
# Compiling takes most of the time of a network that trains for milliseconds, so XLA optimises little here, unless
# XLA_FLAGS is set: `just test-all` sets it to nothing, and test_compiled.py checks the programs that users have in a
# process of its own. A version of XLA that does not know a flag would end the process.
if version("jaxlib").startswith("0.10."):
    os.environ.setdefault(
        "XLA_FLAGS",
        "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
        " --xla_cpu_parallel_codegen_split_count=1",
    )

import pytest
from hypothesis import HealthCheck, settings

import skdl  # it chooses Keras' backend, whichever test imports Keras first

# How many examples each property gets. `quick` is CI's: the same examples in every run. `thorough`
# (HYPOTHESIS_PROFILE=thorough, `just test-all`) draws others each time. An example may write a file over
# that of the last one in the test's folder, or build a network, which takes its time.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}
settings.register_profile("quick", max_examples=20, derandomize=True, **_COMMON)
settings.register_profile("thorough", max_examples=300, print_blob=True, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# Words by which a test module, or an example in a docstring, shows what it needs.
_NEEDS = {
    "browser": {"CHROMIUM"},
    "networks": {"iris_networks", "keras", "keras_mlp", *(name for name in skdl.__all__ if name.startswith("Keras"))},
    "processes": {"Commands", "commands", "distributed", "forks", "multiprocessing", "n_jobs", "subprocess"},
    "reports": {"output_dir"},
}

# What most tests that start processes import: a fork server imports it once.
IMPORTS = [
    "distributed",
    "keras",
    "pytest",
    "skdl.comparison",
    "skdl.estimators",
    "sklearn.datasets",
    "matplotlib.figure",
]


def pytest_itemcollected(item):
    """Mark each test by what its module needs, so that the quick selection stays true without a list."""
    words = set(_WORD.findall(item.dtest.docstring)) if isinstance(item, pytest.DoctestItem) else _words_of(item.path)
    for marker, needs in _NEEDS.items():
        if words & needs:
            item.add_marker(marker)


def pytest_collection_finish():
    """Leave what is imported out of later garbage collections, each of which would visit a million objects."""
    gc.freeze()


_WORD = re.compile(r"\w+")


@functools.cache
def _words_of(path):
    return set(_WORD.findall(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def forks():
    """Return a way to start processes without repeating imports that take seconds; nothing is computed before."""
    if "forkserver" not in multiprocessing.get_all_start_methods():  # Windows
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTS)
    forkserver.ensure_running()
    return context


@pytest.fixture(scope="session")
def run_with_keras(forks):
    """Return a way to run code, which sees some names, in a process that has imported Keras and computed nothing."""

    def run(code, **names):
        process = forks.Process(target=exec, args=(code, names))
        process.start()
        process.join()
        assert process.exitcode == 0

    return run


@pytest.fixture(scope="session")
def commands(tmp_path_factory):
    """Run `skdl`, or code, as processes that have imported everything but Keras."""
    from helpers.forked_commands import Commands

    with Commands(tmp_path_factory.mktemp("commands")) as prepared:
        yield prepared


@pytest.fixture(scope="module")
def seed():
    """Draw a seed, and print it where a test fails."""
    drawn = secrets.randbits(32)
    print(f"seed {drawn}")  # noqa: T201 - to try it again
    return drawn


@pytest.fixture
def read(tmp_path):
    """Write a pipeline file and read it."""

    def write_and_read(text, overrides=(), *, name="x.yaml", **options):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return skdl.read_pipeline(path, overrides, **options)

    return write_and_read


@pytest.fixture
def pipeline(read, tmp_path):
    """Make a pipeline on a table, from the sections of a file."""

    def make(frame, *, data="", target="y", models="{linear: }", more=""):
        frame.to_csv(tmp_path / "t.csv", index=False)
        return read(
            f"data: {{source: t.csv, target: {target}{', ' + data if data else ''}}}\nmodels: {models}\n{more}\n"
        )

    return make


@pytest.fixture
def repository():
    """Return the root folder of the project."""
    return Path(__file__).parents[1]
