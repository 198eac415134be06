"""Cost of using a fitted model."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

import skdl
from skdl.cross_validation import measure_cost

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = X @ [3.0, 2.0, 1.0]


class SlowRows(RegressorMixin, BaseEstimator):
    """Needs 2 ms for each row."""

    def fit(self, X, y):
        self.mean_ = float(np.mean(y))
        return self

    def predict(self, X):
        time.sleep(0.002 * len(X))
        return np.full(len(X), self.mean_)


class Interrupted(SlowRows):
    """A row takes no time, but every second call 25 ms more, as if another process had the processor meanwhile."""

    calls_ = 0

    def predict(self, X):
        self.calls_ += 1
        time.sleep(0.005 if self.calls_ < 5 or self.calls_ % 2 == 0 else 0.03)
        return np.full(len(X), self.mean_)


class Recorded(SlowRows):
    """Needs more than a second for 10,000 rows; keeps the numbers of rows that it predicts."""

    sizes = []  # noqa: RUF012 - of all copies

    def predict(self, X):
        self.sizes.append(len(X))
        # Processor time, which other programs do not change: a single measurement must do.
        end = time.process_time() + 0.00012 * len(X)
        while time.process_time() < end:
            pass
        return np.full(len(X), self.mean_)


class NotLoaded(SlowRows):
    """Can be pickled, but not loaded again."""

    def __setstate__(self, state):
        raise RuntimeError("this state is of another version")


def test_a_forest_costs_more_than_a_line():
    line = measure_cost(make_pipeline(MinMaxScaler(), LinearRegression()).fit(X, Y), X)
    forest = measure_cost(RandomForestRegressor(n_estimators=50).fit(X, Y), X)
    assert forest.size_bytes > 10 * line.size_bytes
    assert forest.row_s > line.row_s > 0.0
    assert (line.packages, forest.packages) == ((), ())


def test_the_seconds_of_a_row_are_those_of_further_rows():
    """Also from two rows, and in a bounded time: 50,000 rows would take 100 seconds."""
    started = time.perf_counter()
    assert measure_cost(SlowRows().fit(X, Y), X[:2]).row_s == pytest.approx(0.002, rel=0.5)
    assert time.perf_counter() - started < 10.0


def test_of_many_rows_some_are_timed_and_a_long_time_once():
    """All rows of a fold of 500,000 took nearest neighbors a quarter of an hour, each of three times."""
    cost = measure_cost(Recorded().fit(X, Y), np.resize(X, (25_000, 3)))
    assert cost.row_s == pytest.approx(0.00012, rel=0.5)
    assert [size for size in Recorded.sizes if size > 1] == [10_000]


@pytest.mark.parametrize("n_rows", [2, 40])
def test_an_interruption_is_not_counted_as_the_time_of_the_rows(n_rows):
    assert measure_cost(Interrupted().fit(X, Y), X[:n_rows]).row_s < 1e-6


class BusyRows(SlowRows):
    """Computes for each row."""

    def predict(self, X):
        for _ in range(len(X)):
            sum(range(5_000))
        return np.full(len(X), self.mean_)


def test_the_time_of_other_programs_is_not_that_of_the_model():
    """Eight processes on each core would make it many times as long."""
    model, wasted = BusyRows().fit(X, Y), []
    calm_s = measure_cost(model, X).row_s
    try:
        wasted += [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(8 * os.cpu_count())]
        busy_s = measure_cost(model, X).row_s
    finally:
        for process in wasted:
            process.kill()
            process.wait()
    assert busy_s < 3.0 * calm_s


def test_a_package_of_the_model_is_named():
    """The class of this test stands for one of another package."""
    assert measure_cost(SlowRows().fit(X, Y), X).packages == (__name__.partition(".")[0],)


@pytest.mark.parametrize("rows", [X.tolist(), X[:1]], ids=["a list", "one row"])
def test_rows_of_any_kind_are_timed(rows):
    assert measure_cost(DummyRegressor().fit(X, Y), rows).row_s > 0.0


def test_a_model_that_cannot_be_loaded_is_compared_without_a_cost():
    """Whether it can be saved is another question than how good it is."""
    comparison = skdl.compare({"own": NotLoaded()}, X, Y, cv=3, repeats=1, metrics=["rmse"], insight=False)
    row = next(row for row in comparison.summary.models if row.model == "own")
    assert (row.status, row.saved_bytes, row.rows_per_s) == ("ok", None, None)
