"""Estimated times of models."""

from time import process_time, sleep
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import skdl
from skdl.cross_validation import estimate_times
from skdl.workers import reset_peak_memory


def spec_of(models=None, *, source="builtin:blood_fat", target="blood_fat", data=None, **sections):
    """Make a pipeline on a table, a built-in one by default."""
    data = {"source": source, "target": target, **(data or {})}
    value = {"name": "x", "data": data, "models": models or {"linear": None}, **sections}
    return skdl.PipelineSpec.model_validate(value)


def estimated(models, *, source="builtin:blood_fat", target="blood_fat", compare=None, **options):
    """Estimate a pipeline on a built-in table; return the estimates by model."""
    spec = spec_of(models, source=source, target=target, compare=compare or {})
    table = spec.load_table()
    estimates = estimate_times(spec, table, spec.estimators(table.X, table.y), **options)
    return {estimate.model: estimate for estimate in estimates}


def test_every_model_is_timed_and_its_fits_are_counted():
    """The dummy too; a search counts its inner fits."""
    found = estimated({"linear": None, "knn": {"search": {"n_neighbors": [3, 5]}}})
    assert {name: estimate.n_fits for name, estimate in found.items()} == {
        "linear": 30,
        "knn": 30 * (2 * 3 + 1),
        "dummy": 30,
    }
    assert all(estimate.seconds > 0 for estimate in found.values())
    assert found["knn"].seconds > found["linear"].seconds


def test_a_failing_model_has_its_error():
    """Before the comparison runs."""
    found = estimated({"linear": None, "knn": {"params": {"n_neighbors": 24}}}, compare={"cv": {"folds": 2}})
    assert found["knn"].seconds is None
    assert "n_neighbors" in found["knn"].error
    assert found["linear"].error is None


def test_an_ensemble_takes_the_time_of_its_models_in_each_inner_fold():
    """It is not tried itself; a model that fails makes it fail."""
    names = []
    knn, blend = {"search": {"n_neighbors": [3, 5]}}, {"of": ["linear", "knn"]}
    models = {"linear": None, "knn": knn, "blend": blend, "late": {"use": "ridge"}}
    found = estimated(models, on_model=names.append)
    assert "blend" not in names
    assert list(found) == ["linear", "knn", "blend", "late", "dummy"]
    assert found["blend"].n_fits == (3 + 1) * (found["linear"].n_fits + found["knn"].n_fits)
    assert found["blend"].seconds == pytest.approx(3 * (found["linear"].seconds + found["knn"].seconds))
    bad = estimated({**models, "knn": {"params": {"n_neighbors": 24}}}, compare={"cv": {"folds": 2}})
    assert bad["blend"].error == f"knn: {bad['knn'].error}"


def test_no_model_is_tried_when_the_time_is_up():
    """Their fits are counted all the same."""
    names = []
    found = estimated({"linear": None, "knn": None}, budget_s=0, on_model=names.append)
    assert names == []
    assert [estimate.seconds for estimate in found.values()] == [None] * 3


def test_dear_models_of_a_large_table_leave_time_for_cheap_ones_and_are_tried_on_more_rows():
    """A forest takes most of the time, whatever its place in the file."""
    names = []
    models = {"random_forest": {"params": {"n_estimators": 60}}, "linear": None}
    found = estimated(
        models, source="builtin:ice_cream?n_samples=9000", target="sales", on_model=names.append, budget_s=600
    )
    assert names[:3] == ["dummy", "linear", "random_forest"]
    assert names[-1] == "random_forest"
    assert names.count("random_forest") == 3  # 500, 2,000 and all rows of a fold
    assert found["random_forest"].seconds > found["linear"].seconds > 0


class Patient(skdl.KerasMLPRegressor):
    """Takes 1 ms an epoch, and learns nothing."""

    trained: ClassVar[list[int]] = []

    def __sklearn_is_fitted__(self):
        return True

    def fit(self, X, y):
        self.trained.append(self.epochs)
        end = process_time() + 0.001 * self.epochs
        while process_time() < end:
            pass
        return self

    def predict(self, X):
        return np.zeros(len(X))


def test_a_network_that_trains_for_long_is_timed_by_a_part_of_its_epochs():
    """After one epoch, by which it is compiled, and one that shows what is not multiplied."""
    spec = spec_of()
    # A model that cannot be pickled has no known cost, so that Patient needs no weights.
    model = make_pipeline(FunctionTransformer(lambda X: X), Patient(epochs=2400))
    [estimate] = estimate_times(spec, spec.load_table(), {"patient": model})
    assert Patient.trained == [1, 1, 300]
    assert estimate.fit_s > 2.0
    assert estimate.seconds > 30 * estimate.fit_s


def test_a_forest_is_tried_on_all_rows_with_a_part_of_its_trees():
    """The time of the trees that are not grown is in the estimate. A forest of 15 trees is tried with all of them."""

    def forest(n_trees):
        models = {"forest": {"use": "random_forest", "params": {"n_estimators": n_trees}}}
        options = {"source": "builtin:ice_cream?n_samples=3700", "target": "sales", "budget_s": 600}
        return estimated(models, **options)["forest"]

    many, few = forest(60), forest(15)
    assert many.tried_rows == many.n_rows
    assert 2 * few.fit_s < many.fit_s < 8 * few.fit_s
    assert few.peak_bytes < many.peak_bytes


def test_a_model_that_needs_more_rows_gets_them():
    """A first part of 500 rows is too small for it, the table is not."""
    found = estimated(
        {"knn": {"params": {"n_neighbors": 600}}}, source="builtin:xor?n_samples=4000", target="xor", budget_s=600
    )
    assert found["knn"].error is None
    assert found["knn"].seconds > 0


def test_an_estimate_is_near_the_actual_time():
    """Within a factor of four on a machine with other work; a thousand would be no estimate."""
    models = {"random_forest": {"params": {"n_estimators": 60}}, "linear": None}
    compare = {"cv": {"folds": 4, "repeats": 1}}
    spec = spec_of(models, source="builtin:diabetes", target="progression", compare=compare)
    table = spec.load_table()
    forest, *_ = estimate_times(spec, table, spec.estimators(table.X, table.y))
    folds = skdl.compare(spec.estimators(table.X, table.y), table.X, table.y, cv=4, repeats=1, insight=False).folds()
    took = folds[folds.model == "random_forest"][["fit_s", "predict_s"]].to_numpy().sum()
    assert took / 4 < forest.seconds < took * 4


class Greedy(RegressorMixin, BaseEstimator):
    """Takes some bytes a row and for itself, and more time than there is for a second trial."""

    def __init__(self, of_row=0, fixed=0):
        self.of_row, self.fixed = of_row, fixed

    def fit(self, X, y):
        sleep(0.3)
        self.mean_ = np.ones(len(X) * self.of_row + self.fixed, dtype=np.int8).mean()
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_)


@pytest.mark.skipif(reset_peak_memory() is None, reason="the system does not measure memory")
@pytest.mark.parametrize(
    ("model", "n_bytes"),
    [(Greedy(of_row=200_000), 8100 * 200_000), (Greedy(fixed=2**24), 2**24)],
    ids=["of rows", "fixed"],
)
def test_the_memory_of_all_rows_follows_from_that_of_a_part(model, n_bytes):
    """8,100 training rows, of which 500 are tried. Some megabytes are no memory of rows."""
    spec = spec_of(source="builtin:ice_cream?n_samples=9000", target="sales")
    [estimate] = estimate_times(spec, spec.load_table(), {"greedy": model}, budget_s=0.3)
    assert estimate.tried_rows == 500
    assert n_bytes / 2 < estimate.peak_bytes < 2 * n_bytes


class Bounded(RegressorMixin, BaseEstimator):
    """A model of a kilobyte for each row, of some thousand rows at most, as boosted trees of limited depth are."""

    def __init__(self, most_rows=1000):
        self.most_rows = most_rows

    def fit(self, X, y):
        self.kept_ = np.random.default_rng(0).bytes(1000 * min(len(X), self.most_rows))
        return self

    def predict(self, X):
        return np.zeros(len(X))


@pytest.mark.skipif(reset_peak_memory() is None, reason="the system does not measure memory")
@pytest.mark.parametrize(
    ("most_rows", "least", "most"), [(2000, 10, 150), (10**6, 200, 2000)], ids=["bounded", "linear"]
)
def test_a_model_that_stops_growing_takes_no_memory_for_all_rows(most_rows, least, most):
    """Saving takes many times the file, which is measured on 500, 2,000 and 8,000 of the rows."""
    spec = spec_of(source="builtin:ice_cream?n_samples=60000", target="sales")
    [estimate] = estimate_times(spec, spec.load_table(), {"bounded": Bounded(most_rows)}, budget_s=60)
    assert least < estimate.refit_bytes / 1e6 < most


def test_columns_of_the_encoded_table_are_counted(tmp_path):
    """Categories of the whole table, also where few rows are tried."""
    codes = [f"c{row % 300}" for row in range(900)]
    pd.DataFrame({"code": codes, "x": range(900), "y": np.arange(900) % 7}).to_csv(tmp_path / "t.csv", index=False)
    spec = spec_of(
        {"decision_tree": None},
        source=str(tmp_path / "t.csv"),
        target="y",
        data={"categorical": ["code"]},
        task="regression",
        preprocess={"categorical": {"encode": "onehot"}},
    )
    table = spec.load_table()
    tree, *_ = estimate_times(spec, table, spec.estimators(table.X, table.y), budget_s=0)
    assert (tree.n_columns, tree.widest) == (301, ("code", 300))
