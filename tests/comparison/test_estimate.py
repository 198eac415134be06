"""Estimated memory of a run, and why a model is slow."""

from dataclasses import replace

import pytest
from sklearn.linear_model import LinearRegression

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


@pytest.mark.parametrize(
    ("repeats", "remedy"),
    [
        (3, "Use fewer repeats (compare.cv.repeats: 1) or a sample of the rows (data.sample)."),
        (1, "Use a sample of the rows (data.sample)."),
    ],
    ids=["three repeats", "one repeat"],
)
def test_fewer_repeats_are_a_remedy_only_where_there_are_several(run, spec, monkeypatch, repeats, remedy):
    slow = replace(run.models[0], model="linear", seconds=1e4, fit_s=100.0, predict_s=0.5, growth=None, widest=None)
    monkeypatch.setattr("skdl.comparison._estimate.estimate_times", lambda *_, **__: [slow])
    table = spec.load_table()
    table = replace(table, plan=replace(table.plan, repeats=repeats))
    [note] = estimate_run(spec, table, spec.estimators(table.X, table.y), start_s=1.0).slow
    assert str(note).endswith(f", and there are {slow.n_fits}. {remedy}")


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


def test_the_learning_curve_is_in_the_whole_run_where_it_is_asked_for(run, spec, monkeypatch):
    """Fits on 1/8, 1/4 and 1/2 of the rows of ten folds, of the best two and the best network, by hand."""
    one = replace(run.models[0], n_rows=800, growth=None, predict_s=0.5)
    models = [
        replace(one, model="far", score=1.0, fit_s=100.0),
        replace(one, model="second", score=2.0, fit_s=8.0, growth=2.0),
        replace(one, model="first", score=3.0, fit_s=8.0),
        replace(one, model="net", score=1.5, fit_s=80.0, seeds_s=1.0, compilation_s=7.0),
    ]
    monkeypatch.setattr("skdl.comparison._estimate.estimate_times", lambda *_, **__: models)
    table, estimators = spec.load_table(), dict.fromkeys(("far", "second", "first", "net"), LinearRegression())
    asked = spec.model_copy(update={"compare": spec.compare.model_copy(update={"learning_curve": True})})
    without, found = (estimate_run(one, table, estimators, start_s=1.0) for one in (spec, asked))
    assert without.curve_s is None
    assert found.curve_s == pytest.approx(10 * (8 * 7 / 8 + 8 * 21 / 64 + 80 * 7 / 8 + 9 * 0.5) + 3 * 7.0)
    assert found.seconds - without.seconds == pytest.approx(found.curve_s)
