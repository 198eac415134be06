"""Limits of OpenMP threads."""

import joblib
import numpy as np
import pytest
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_info, threadpool_limits

import skdl
from skdl.workers import limit_openmp_threads


def n_threads(user_api="openmp"):
    """Largest pool of this thread."""
    return max((pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == user_api), default=1)


@pytest.mark.parametrize("n_rows", [150, 10**9], ids=["few rows", "many rows"])
def test_openmp_leaves_half_of_the_cores_and_blas_is_left_alone(n_rows):
    half = max(1, joblib.cpu_count() // 2)
    with threadpool_limits(4 * half):
        with limit_openmp_threads(n_rows):
            assert n_threads() == (1 if n_rows < 20_000 else half)
            assert n_threads("blas") == 4 * half
        assert n_threads() == 4 * half


def test_a_lower_limit_stays():
    with threadpool_limits(1), limit_openmp_threads(10**9):
        assert n_threads() == 1


found = []  # what was called, with how many rows and threads


class Recorded(Ridge):
    """A model that records its threads."""

    def fit(self, X, y):
        found.append(("fit", len(y), n_threads()))
        return super().fit(X, y)

    def predict(self, X):
        found.append(("predict", len(X), n_threads()))
        return super().predict(X)


def test_folds_inspection_and_the_model_of_all_rows_have_the_limit():
    found.clear()
    X = np.random.default_rng(0).normal(size=(60, 2))
    with threadpool_limits(4):
        skdl.compare({"recorded": Recorded()}, X, X[:, 0], cv=3, repeats=1, metrics=["rmse"], insight=False)
    assert {n_rows for what, n_rows, _ in found if what == "fit"} == {40, 60}
    assert {threads for *_, threads in found} == {1}
