"""What all tests share."""

import multiprocessing
from multiprocessing import forkserver

import pytest

import skdl  # noqa: F401 - it chooses Keras' backend, whichever test imports Keras first

IMPORTS = [
    "distributed",
    "keras",
    "pytest",
    "skdl.comparison",
    "skdl.estimators",
    "sklearn.datasets",
    "matplotlib.figure",
]


@pytest.fixture(scope="session")
def forks():
    """Give a way to start processes that need not import anew what takes seconds; nothing is computed before."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTS)
    forkserver.ensure_running()
    return context
