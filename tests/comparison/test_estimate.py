"""Estimated memory of a run, and why a model is slow."""

from dataclasses import replace

import pytest

import skdl
from skdl.comparison import estimate_run, too_large


@pytest.fixture(scope="module")
def spec():
    """Build a pipeline with a search over so many candidates that it is slow."""
    return skdl.PipelineSpec.model_validate(
        {
            "name": "x",
            "data": {"source": "builtin:blood_fat", "target": "blood_fat"},
            "models": {
                "linear": {},
                "knn": {"search": {"n_neighbors": [2, 3], "p": [1 + step / 1000 for step in range(1000)]}},
            },
            "compare": {"insight": False},
        }
    )


@pytest.fixture(scope="module")
def run(spec):
    table = spec.load_table()
    return estimate_run(spec, table, spec.estimators(table.X, table.y), start_s=1.0)


def test_a_slow_model_has_a_reason_and_a_remedy(run):
    """Its number of fits, from the file."""
    [note] = run.slow
    assert str(note) == (
        "knn is slow: its search fits 2,001 candidates on 3 inner folds in each of 30 folds, 180,120 times in all. "
        "compare.tune: {search: halving} or fewer values take less time."
    )


def test_processes_add_up_and_a_run_that_does_not_fit_is_warned_of(run, spec):
    one, four = run.memory.total(), run.memory.total(4)
    assert four > 2 * one
    assert too_large(replace(run, memory=replace(run.memory, available=four)), spec, 4) is None
    assert "One process would fit: leave out --jobs." in str(
        too_large(replace(run, memory=replace(run.memory, available=one)), spec, 4)
    )
    assert "Use a sample of the rows" in str(too_large(replace(run, memory=replace(run.memory, available=1)), spec, 1))


def test_seeds_of_a_network_that_may_win_are_in_the_whole_run(run, spec, monkeypatch):
    """Five seeds on three folds, and the compilation for the last fit; not where no winner can be named."""
    knn, linear, dummy = (
        replace(run.models[0], model=name, fit_s=1.0, predict_s=0.5) for name in ("knn", "linear", "dummy")
    )
    network = replace(knn, score=(knn.score or 0.0) + 1, seeds_s=100.0, compilation_s=7.0)
    table = spec.load_table()
    few_folds = replace(table, plan=replace(table.plan, repeats=1, folds=9))

    def estimate(*models, table=table):
        monkeypatch.setattr("skdl.comparison._estimate.estimate_times", lambda *_, **__: list(models))
        return estimate_run(spec, table, spec.estimators(table.X, table.y), start_s=1.0)

    assert estimate(knn, linear, dummy).seeds_s is None
    without_seeds = estimate(network, dummy)
    assert without_seeds.seeds_s is None  # there is no runner-up
    assert estimate(network, linear, dummy, table=few_folds).seeds_s is None
    assert estimate(network, linear).seconds == pytest.approx(
        without_seeds.seconds - dummy.seconds + linear.seconds + 100.0
    )
