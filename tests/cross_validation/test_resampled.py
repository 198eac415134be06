"""Score after choosing: the leader's score, corrected for being the best of several."""

import numpy as np
import pytest
from scipy.stats import ttest_rel
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from skdl.analysis import bootstrap_counts, holm
from skdl.cross_validation import (
    ClassScores,
    ComparedModel,
    FinishedComparison,
    FoldResult,
    Job,
    Table,
    resampling_units,
    take_splits,
)
from skdl.metrics import resolve_metrics

N = 60
NAMES = ("a", "b", "c")
RNG = np.random.default_rng(0)
TRUTH = RNG.normal(size=N)
PREDICTED = {name: TRUTH + RNG.normal(size=N) for name in NAMES}
CLASSES = RNG.permutation(np.arange(N) % 2)
SCORES = {name: CLASSES + RNG.normal(size=N) for name in NAMES}


def finished(metric="rmse", groups=None, time=None, names=NAMES, folds=5, repeats=1):
    """Make a comparison of predictions that are given."""
    [measured] = resolve_metrics([metric], "regression" if metric != "roc_auc" else "classification")
    ranks, y = metric == "roc_auc", CLASSES if metric == "roc_auc" else TRUTH
    splits = take_splits([s for _ in range(repeats) for s in KFold(folds).split(y)], y[:, None], y)
    results = []
    for name in (*names, "dummy"):
        for split in splits.members:
            guess = np.zeros(N) if name == "dummy" else (SCORES if ranks else PREDICTED)[name]
            guess = guess[split.test]
            kept = {"class_scores": ClassScores(np.column_stack([-guess, guess]), "margins")} if ranks else {}
            value = 0.0 if measured.scorer_name else measured.measure(y[split.test], guess, guess, np.array([0, 1]))
            results.append(FoldResult(name, 0, split.fold, {metric: value}, predicted=guess, **kept))
    models = (*(ComparedModel(name, Ridge()) for name in names), ComparedModel("dummy", DummyRegressor()))
    job = Job(models, Table(y[:, None], y, groups, time), splits, (measured,))
    return FinishedComparison(job, splits, tuple(results), 0.0)


def naive(comparison, score, better):
    """Choose on each resample, and measure on the rows that it lacks, row by row."""
    verdict, y = comparison.verdict, comparison.table.y
    counts = np.concatenate(
        list(bootstrap_counts(N, n_draws=500, strata=y if comparison.task == "classification" else None))
    ).astype(int)
    losses = []
    for sample in counts:
        inside, outside = np.repeat(np.arange(N), sample), np.flatnonzero(sample == 0)
        chosen = better(NAMES, key=lambda name, rows=inside: score(name, rows))
        losses.append(score(verdict.leader, outside) - score(chosen, outside))
    return verdict.intervals[verdict.leader].mean - np.mean(losses)


def test_the_best_of_each_resample_is_measured_on_the_rows_left_out():
    """One resample at a time, with the rows written out."""
    comparison = finished()
    expected = naive(comparison, lambda name, rows: np.sqrt(np.mean((TRUTH[rows] - PREDICTED[name][rows]) ** 2)), min)
    choice = comparison.after_choosing
    assert choice.score == pytest.approx(expected, rel=1e-9)
    assert (choice.n_models, choice.missing) == (3, None)
    assert choice.score > comparison.verdict.intervals[comparison.verdict.leader].mean


def test_a_ranking_is_measured_within_folds():
    """Scores of different folds have no common scale; the area is the share of pairs of rows in the right order."""

    def auc(name, rows):
        folds = [rows[rows // 12 == fold] for fold in range(5)]
        sides = [(SCORES[name][r[CLASSES[r] == 1]], SCORES[name][r[CLASSES[r] == 0]]) for r in folds]
        return np.mean([np.mean(inside[:, None] > outside) for inside, outside in sides if len(inside) * len(outside)])

    comparison = finished("roc_auc")
    assert comparison.after_choosing.score == pytest.approx(naive(comparison, auc, max), rel=1e-9)


def test_repeated_folds_of_the_same_rows_change_nothing():
    """A row is in a resample for all folds that test it, or for none."""
    assert finished(repeats=3).after_choosing.score == pytest.approx(finished().after_choosing.score)


def test_groups_are_resampled_whole_and_rows_of_a_moment_stay_together():
    """Blocks of time have about n^(1/3) rows: 4 of 60."""
    groups = np.arange(N) // 4
    assert finished(groups=groups).after_choosing.score != finished().after_choosing.score
    rows = np.arange(N)
    assert resampling_units(finished(groups=groups, time=rows), rows).tolist() == groups.tolist()
    moments = np.repeat(np.arange(10), 6)[::-1]
    assert len(np.unique(np.column_stack([resampling_units(finished(time=moments), rows), moments]), axis=0)) == 10
    assert resampling_units(finished(time=rows), rows).tolist() == (rows // 4).tolist()


@pytest.mark.parametrize(
    ("comparison", "code"),
    [
        (finished(names=("a",)), "one_model"),
        (finished("neg_max_error"), "scorer"),
        (finished(groups=np.arange(N) // 10), "few_units"),
    ],
    ids=["one model", "scorer", "few groups"],
)
def test_a_score_that_cannot_be_corrected_has_its_reason(comparison, code):
    choice = comparison.after_choosing
    assert (choice.score, choice.missing.code) == (None, code)


def test_predictions_that_were_not_kept_are_a_reason():
    """As those of a journal of an older version."""
    comparison = finished()
    comparison.results[0].__dict__["predicted"] = None
    assert comparison.after_choosing.missing.code == "predictions"


def test_rows_are_tested_in_pairs_and_adjusted():
    """With SciPy's paired t-test of the squared errors, whose mean is the MSE."""
    squared = {name: (TRUTH - guess) ** 2 for name, guess in (*PREDICTED.items(), ("dummy", np.zeros(N)))}
    found = finished("mse").row_tests()
    expected = holm([ttest_rel(*(squared[name] for name in pair)).pvalue for pair in found])
    assert list(found.values()) == pytest.approx(expected)
    assert len(found) == 6
    assert len(finished("mse").row_tests("a")) == 3


@pytest.mark.parametrize(("metric", "code"), [("median_error", "no_mean"), ("neg_max_error", "no_mean")])
def test_a_metric_that_is_no_mean_has_no_test_by_rows(metric, code):
    assert finished(metric).row_tests().code == code


def test_groups_and_moments_are_the_units_of_the_test_by_rows():
    """Five groups are too few; a group a row changes nothing, and neighbours in time do."""
    rows = np.arange(N)
    assert finished("mse", groups=rows // 12).row_tests().code == "few_units"
    single, alone, in_time = (
        finished("mse", groups=g, time=t).row_tests() for g, t in ((None, None), (rows, rows), (None, rows))
    )
    assert alone == pytest.approx(single)
    assert in_time != pytest.approx(single)
