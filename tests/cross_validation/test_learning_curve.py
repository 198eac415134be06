"""Learning curves over rows: parts of the training rows, the fits on them, and which are made once."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from helpers.counting_models import Counted
from helpers.crash_points import KilledError
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsRegressor

from skdl.cross_validation import (
    ComparedModel,
    Job,
    Journal,
    PartFitted,
    Split,
    Table,
    draw_splits,
    measure_rows,
    model_identities,
    nested_parts,
    run_folds,
)
from skdl.metrics import resolve_metrics
from skdl.pipeline import resolve_folds
from skdl.workers import Executor

X, Y = load_diabetes(return_X_y=True)
X, Y = X[:240], Y[:240]
SHARES = np.array([0.125, 0.25, 0.5, 1.0])
ROWS = np.arange(400, 880)
SPLIT = Split(0, 1, ROWS, np.arange(400))
RNG = np.random.default_rng(0)


def parts_of(y, *, are_classes=False, seed=0, **columns):
    """Draw the parts of the last 480 of 880 rows."""
    return nested_parts(SPLIT, SHARES, Table(np.zeros((880, 1)), y, **columns), are_classes=are_classes, seed=seed)


def are_nested(parts):
    """Whether each part is within the next, and the last is all rows in their order."""
    within = all(np.isin(small, large).all() for small, large in pairwise(parts))
    return within and parts[-1].tolist() == ROWS.tolist() and all((np.diff(part) > 0).all() for part in parts)


def test_parts_are_nested_and_drawn_by_the_seed():
    y = RNG.normal(size=880)
    parts, again, other = parts_of(y), parts_of(y), parts_of(y, seed=1)
    assert are_nested(parts)
    assert [len(part) for part in parts] == [60, 120, 240, 480]
    assert [part.tolist() for part in parts] == [part.tolist() for part in again]
    assert parts[0].tolist() != other[0].tolist()


def test_each_part_has_its_share_of_each_class_and_one_row_at_least():
    y = np.array(["often"] * 600 + ["seldom"] * 277 + ["rare"] * 3)
    RNG.shuffle(y)
    y[400:403] = "rare"
    parts = parts_of(y, are_classes=True)
    assert are_nested(parts)
    for part, share in zip(parts, SHARES, strict=True):
        for label in ("often", "seldom", "rare"):
            n_all, n = (y[ROWS] == label).sum(), (y[part] == label).sum()
            assert n >= 1
            assert abs(n - share * n_all) <= 2


def test_groups_are_whole():
    groups = RNG.integers(0, 40, 880)
    parts = parts_of(RNG.normal(size=880), groups=groups)
    assert are_nested(parts)
    for part, share in zip(parts, SHARES, strict=True):
        assert not np.isin(groups[np.setdiff1d(ROWS, part)], groups[part]).any()
        assert len(part) == pytest.approx(share * 480, abs=12)


def test_in_the_order_of_time_the_parts_are_the_latest_rows():
    time = RNG.permutation(880)
    parts = parts_of(RNG.normal(size=880), time=time)
    assert are_nested(parts)
    assert time[parts[0]].min() == np.sort(time[ROWS])[-60]


MODELS = {"ridge": Ridge(0.01), "knn": KNeighborsRegressor(), "stiff": Ridge(100.0), "dummy": DummyRegressor()}


def job_of(models, y=Y, *, n_folds=3, repeats=1, metrics=("rmse",), **columns):
    """Make the job of a comparison."""
    splits = draw_splits(resolve_folds(len(y), folds=n_folds, repeats=repeats), y)
    compared = tuple(ComparedModel(name, model) for name, model in {"dummy": DummyRegressor(), **models}.items())
    table, found = Table(X[: len(y)], y, **columns), tuple(resolve_metrics(metrics, "regression"))
    return Job(compared, table, splits, found, measures_cost=False)


def measure(job, path=None, executor=None, **options):
    """Run the folds and the fits on parts, with a journal where a path is given."""
    executor = executor or Executor()
    if path is None:
        return measure_rows(run_folds(job, executor), executor, **options)
    with Journal(path, model_identities(job, "table", {})) as journal:
        return measure_rows(run_folds(job, executor, journal=journal), executor, journal, **options)


@pytest.fixture(scope="module")
def measured():
    """Measure three models."""
    return measure(job_of(MODELS, repeats=2))


def parts_in(comparison, fold):
    """Draw the parts of a fold, by hand."""
    split = comparison.splits.members[fold]
    return split, nested_parts(split, SHARES, comparison.table, are_classes=False, seed=0)


def error_of(model, split, part):
    """Fit a model on a part, and measure it on the test rows."""
    return root_mean_squared_error(Y[split.test], clone(model).fit(X[part], Y[part]).predict(X[split.test]))


def test_the_two_leading_models_are_measured_on_the_folds_of_the_first_repeat(measured):
    rows = measured.row_scores
    assert tuple(rows.scores) == measured.verdict.ranking[:2] == ("ridge", "knn")
    assert rows.folds == (0, 1, 2)
    assert rows.n_rows.tolist() == [[20, 40, 80, 160]] * 3


def test_scores_are_those_of_fits_on_the_parts(measured):
    for name, scores in measured.row_scores.scores.items():
        for fold in range(3):
            split, parts = parts_in(measured, fold)
            by_hand = [error_of(MODELS[name], split, part) for part in parts]
            assert scores[fold] == pytest.approx(by_hand, rel=1e-12)


def test_the_results_of_the_folds_stay_as_they_are(measured):
    alone = run_folds(measured.job, Executor())
    assert [result.scores for result in alone.results] == [result.scores for result in measured.results]
    assert alone.row_scores is None


def test_the_best_network_is_measured_as_well(measured):
    """Where the third model is taken for one."""
    results = [replace(one, trace="history") if one.model == "stiff" else one for one in measured.results]
    found = measure_rows(replace(measured, results=tuple(results)), Executor()).row_scores.scores
    assert list(found) == ["ridge", "knn", "stiff"]


def test_a_search_keeps_what_it_chose_on_all_training_rows():
    search = GridSearchCV(Ridge(), {"alpha": [0.01, 0.1, 100.0]}, cv=2)
    comparison = measure(job_of({"search": search}))
    for fold, result in enumerate(comparison.by_model["search"]):
        split, parts = parts_in(comparison, fold)
        error = error_of(Ridge(**result.parameters), split, parts[0])
        assert comparison.row_scores.scores["search"][fold, 0] == pytest.approx(error)


def test_weights_reach_the_fits_and_the_scores():
    weights = np.where(np.arange(240) % 3, 1.0, 5.0)
    comparison = measure(job_of({"ridge": Ridge(0.01)}, weights=weights))
    split, parts = parts_in(comparison, 0)
    fit = Ridge(0.01).fit(X[parts[0]], Y[parts[0]], sample_weight=weights[parts[0]])
    by_hand = root_mean_squared_error(Y[split.test], fit.predict(X[split.test]), sample_weight=weights[split.test])
    assert comparison.row_scores.scores["ridge"][0, 0] == pytest.approx(by_hand)


def as_lists(comparison):
    """Return the scores on parts as plain values."""
    return {name: scores.tolist() for name, scores in comparison.row_scores.scores.items()}


def n_fits(log):
    """Count the fits on parts and on all training rows, and forget them."""
    rows = [int(line.split()[0]) for line in log.read_text().splitlines()] if log.exists() else []
    log.unlink(missing_ok=True)
    return sum(n < 160 for n in rows), sum(n == 160 for n in rows)


def test_fits_on_parts_are_made_once(tmp_path):
    """A stopped run resumes among them; a finished one, another metric and another model make none again."""
    log, path = tmp_path / "log", tmp_path / "journal"
    models = {f"ridge_{alpha}": Counted(str(log), alpha=alpha) for alpha in (0.01, 100.0)}

    def stop(event):
        if event.done == 10:
            raise KilledError

    with pytest.raises(KilledError):
        measure(job_of(models), path, on_event=stop)
    assert n_fits(log) == (10, 6)
    events = []
    resumed = measure(job_of(models), path, on_event=events.append)
    assert n_fits(log) == (8, 0)
    assert events == [PartFitted(done, 18) for done in range(11, 19)]
    again = measure(job_of(models), path)
    more = measure(job_of({**models, "far": Counted(str(log), alpha=1000.0)}, metrics=["mae", "rmse"]), path)
    assert n_fits(log) == (0, 3)
    fresh = measure(job_of(models))
    assert as_lists(resumed) == as_lists(again) == as_lists(fresh)
    by_mae = measure(job_of(models, metrics=["mae"])).row_scores.scores
    assert more.row_scores.scores["ridge_0.01"].tolist() == by_mae["ridge_0.01"].tolist()


@pytest.mark.slow  # starting processes takes seconds; folds do so in test_processes
def test_processes_give_the_same_numbers(measured):
    assert as_lists(measure_rows(measured, Executor(n_jobs=2))) == as_lists(measured)


class NeedsRows(Ridge):
    """A model that fails on few rows."""

    def fit(self, X, y):
        """Fit, or fail."""
        if len(y) < 30:
            raise ValueError("too few rows")
        return super().fit(X, y)


def test_a_model_that_fails_on_a_part_has_no_curve():
    rows = measure(job_of({"needs": NeedsRows(0.01), "knn": KNeighborsRegressor()})).row_scores
    assert (list(rows.scores), rows.failed, rows.missing) == (["knn"], ("needs",), None)


def test_what_is_missing_has_a_reason(measured):
    found = {
        "few_folds": measure(job_of(MODELS, n_folds=2)),
        "few_rows": measure(job_of(MODELS, Y[:45])),
        "few_groups": measure(job_of(MODELS, groups=np.arange(240) % 4)),
        "failed": measure(job_of({"needs": NeedsRows(0.01)})),
        "time": measure_rows(measured, Executor(), time_left=0.0),
    }
    assert {code: one.row_scores.missing.code for code, one in found.items()} == dict(zip(found, found, strict=True))
