"""Hyperparameter search: the candidates of grids, draws and successive halving, and the number of fits."""

import sys

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    ParameterSampler,
    RandomizedSearchCV,
    TimeSeriesSplit,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdl.catalogue import catalogue
from skdl.exceptions import MissingExtraError, PipelineFileError
from skdl.pipeline import PipelineSpec, n_fits, search_rounds
from skdl.tables import load_builtin

FAT = """\
data: {source: builtin:blood_fat, target: blood_fat}
models: {m: {use: ridge, search: SEARCH}}
compare: {tune: TUNE}
"""
ITERATE = "{folds: 3, iterations: 4}"
RNG = np.random.default_rng(0)
X = pd.DataFrame({"a": RNG.normal(size=900), "b": RNG.normal(size=900)})
FRAME = X.assign(y=X["a"] + RNG.normal(size=900), c=np.where(X["a"] > 1, "yes", "no"))
MANY = "{alpha: [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0, 10000.0, 100000.0]}"
MODEL = LogisticRegression()
GRID = {"C": [1.0, 2.0, 3.0, 4.0]}


def build(read, search, tune="{folds: 3}", text=FAT):
    """Return the one model of a file with that search."""
    return read(text.replace("SEARCH", search).replace("TUNE", tune)).estimators()["m"]


def test_lists_become_a_grid_with_the_defaults_among_the_candidates(read):
    """A search cannot do worse for lack of the default."""
    search = build(read, "{alpha: [0.1, 10.0], fit_intercept: [true]}")
    assert isinstance(search, GridSearchCV)
    assert search.param_grid == [
        {"model__alpha": [0.1, 10.0], "model__fit_intercept": [True]},
        {"model__alpha": [1.0], "model__fit_intercept": [True]},
    ]


def test_defaults_that_are_listed_are_not_added_again(read):
    """The file's own parameters are the defaults."""
    text = FAT.replace("search:", "params: {alpha: 5.0}, search:")
    assert build(read, "{alpha: [5.0, 10.0]}", text=text).param_grid == [{"model__alpha": [5.0, 10.0]}]


def test_iterations_draw_that_many_candidates_from_their_distributions(read):
    """Both ends of a range of whole numbers included; the defaults come last."""
    search = build(
        read, "{alpha: {loguniform: [1e-3, 1e3]}, tol: {uniform: [0, 1]}, max_iter: {randint: [5, 6]}}", ITERATE
    )
    *drawn, default = search.param_grid
    assert default == {"model__alpha": [1.0], "model__tol": [1e-4], "model__max_iter": [None]}
    assert len(drawn) == 4
    assert all(1e-3 <= one["model__alpha"][0] <= 1e3 and 0 <= one["model__tol"][0] <= 1 for one in drawn)
    assert {one["model__max_iter"][0] for one in drawn} == {5, 6}


def test_a_grid_smaller_than_the_iterations_is_searched_whole(read):
    assert isinstance(build(read, "{alpha: [0.1, 1.0]}", ITERATE), GridSearchCV)


@pytest.mark.parametrize("entry", [entry for entry in catalogue() if entry.search], ids=lambda entry: entry.name)
def test_every_space_of_the_catalogue_fits_its_classes(read, entry):
    """Parameters and both ends of their ranges are what the class allows; a file with others could not be read."""
    pytest.importorskip(entry.package.name)
    text = FAT.replace("ridge", entry.name).replace("SEARCH", "default").replace("TUNE", ITERATE)
    for task in ("regression", "classification"):
        if entry.path_for(task):
            assert read(f"task: {task}\n{text}").models["m"].search == entry.search


def test_a_default_search_is_the_catalogue_s_without_what_params_set(read):
    text = FAT.replace("ridge", "knn").replace("search:", "params: {p: 1}, search:")
    spec = read(text.replace("SEARCH", "default").replace("TUNE", "{iterations: 3}"))
    space = next(entry.search for entry in catalogue() if entry.name == "knn")
    assert spec.models["m"].search == {name: values for name, values in space.items() if name != "p"}
    assert all(set(grid) == {"model__n_neighbors", "model__weights"} for grid in spec.estimators()["m"].param_grid)


@pytest.mark.parametrize("use", ["linear", "sklearn.svm.NuSVR"])
def test_a_model_without_a_space_names_those_that_have_one(read, use):
    with pytest.raises(PipelineFileError, match=rf"models\.m\.search: {use} has no search space .*alpha.*ridge"):
        build(read, "default", text=FAT.replace("ridge", use))


def test_plain_values_may_ask_for_the_default_search():
    value = {"name": "fat", "data": {"source": "builtin:blood_fat", "target": "blood_fat"}}
    tune = {"compare": {"tune": {"iterations": 2}}}
    spec = PipelineSpec.model_validate({**value, **tune, "models": {"ridge": {"search": "default"}}})
    assert spec.models["ridge"].search == {"alpha": {"loguniform": [0.001, 1000]}}
    with pytest.raises(ValueError, match="linear has no search space"):
        PipelineSpec.model_validate({**value, "models": {"linear": {"search": "default"}}})


def test_lists_of_numbers_reach_the_estimator_as_tuples(read):
    """As scikit-learn and Keras document layer sizes."""
    text = FAT.replace("ridge", "sklearn_mlp")
    search = build(read, "{hidden_layer_sizes: [[8], [8, 4]]}", text=text)
    assert search.param_grid[0] == {"model__regressor__hidden_layer_sizes": [(8,), (8, 4)]}


def test_a_search_fits_and_ranks_by_the_first_metric(read):
    """Greater is better for the search, so an error is negative there."""
    frame = load_builtin("blood_fat")
    search = build(read, "{alpha: [1e-3, 1e3]}").fit(frame[["weight", "age"]], frame["blood_fat"])
    assert search.best_params_ == {"model__alpha": 1e-3}
    assert search.best_score_ < 0


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ("{alpah: [1]}", r"models.m.search.alpah: no such parameter of Ridge; did you mean alpha\?"),
        ("{alpha: []}", "models.m.search.alpha: must have at least one value"),
        ("{alpha: 3}", "must be a list of values, or a distribution"),
        ("{alpha: [1.0, -1]}", r"models.m.search.alpha.1: must be .*; got -1"),
        ("{alpha: {logunifrm: [1, 2]}}", r"did you mean loguniform\?"),
        ("{alpha: {loguniform: [0, 2]}}", r"alpha.loguniform: must be \[lowest, highest\].* both above 0"),
        ("{alpha: {uniform: [2, 1]}}", "lowest below highest"),
        ("{alpha: {uniform: [2]}}", "two numbers"),
        ("{max_iter: {randint: [1.5, 2]}}", "two whole numbers"),
        ("{alpha: {uniform: [-1, 1]}}", r"alpha.uniform.0: must be .*; got -1"),
        ("{alpha: {uniform: [0, .inf]}}", "lowest below highest"),
        ("{alpha: {uniform: [0, 1], randint: [0, 1]}}", "must be one of loguniform, uniform, randint"),
    ],
)
def test_a_wrong_search_is_refused(read, search, message):
    with pytest.raises(PipelineFileError, match=message):
        build(read, search, ITERATE)


def test_a_distribution_needs_a_number_of_draws(read):
    """It has infinitely many values."""
    with pytest.raises(PipelineFileError, match="Give the number of draws"):
        build(read, "{alpha: {uniform: [0, 1]}}")


@pytest.fixture
def on_table(pipeline):
    """Make a pipeline with a search on a table of numbers."""

    def make(search, tune, *, rows=900, model="ridge", target="y"):
        drop = "c" if target == "y" else "y"
        more = f"compare: {{cv: {{folds: 3, repeats: 1}}, tune: {tune}}}"
        models = f"{{{model}: {{search: {search}}}}}"
        return pipeline(FRAME[:rows], target=target, data=f"drop: {drop}", models=models, more=more)

    return make


def test_the_defaults_are_among_the_candidates_that_are_drawn(on_table):
    """The others are what scikit-learn's own random search would draw."""
    search = on_table("{alpha: {loguniform: [1e-3, 1e3]}}", "{iterations: 3}").estimators()["ridge"]
    space = {"model__alpha": scipy.stats.loguniform(1e-3, 1e3)}
    drawn = [{"model__alpha": [one["model__alpha"]]} for one in ParameterSampler(space, 3, random_state=0)]
    assert search.param_grid == [*drawn, {"model__alpha": [1.0]}]


def test_defaults_that_were_drawn_are_not_added_again(on_table):
    """Of a list the default may be drawn too."""
    search = on_table("{alpha: [1.0, 2.0, 3.0], fit_intercept: [true]}", "{search: random, iterations: 2}")
    grid = search.estimators()["ridge"].param_grid
    assert len(grid) - 2 == ({"model__alpha": [1.0], "model__fit_intercept": [True]} not in grid[:2])


def test_halving_drops_two_thirds_of_the_candidates_a_round(on_table):
    """And ends on all rows with the one that is best on them."""
    spec = on_table(MANY, "{search: halving}")
    table = spec.load_table()
    search = spec.estimators(table.X, table.y)["ridge"].fit(table.X, table.y)
    assert (search.n_candidates_, search.n_resources_) == ([9, 3, 1], [100, 300, 900])
    assert search.best_params_["model__alpha"] < 1000


def test_halving_draws_as_many_candidates_as_iterations(on_table):
    """From lists or distributions; the defaults join them."""
    search = on_table("{alpha: {loguniform: [1e-3, 1e3]}}", "{search: halving, iterations: 5}").estimators()["ridge"]
    assert len(search.param_grid) == 6
    assert search.min_resources == "exhaust"


def test_halving_begins_with_rows_enough_for_the_rarest_class(on_table):
    """One in six is of it, and each of three folds is to have ten."""
    search = on_table("{C: [0.01, 0.1, 1.0, 10.0, 100.0, 3.0, 0.3, 30.0, 0.03]}", "{search: halving}", model="logistic",
                   target="c").estimators()["logistic"]  # fmt: skip
    share = (FRAME["c"] == "yes").mean()
    assert search.min_resources == int(np.ceil(30 / share))


def test_too_few_rows_are_not_halved_and_noted(on_table):
    """A round needs folds large enough to rank candidates."""
    spec = on_table(MANY, "{search: halving}", rows=150)
    table = spec.load_table()
    assert any("successive halving needs 180 rows to train on" in note.text for note in table.notes)
    assert type(spec.estimators(table.X, table.y)["ridge"]) is GridSearchCV


@pytest.mark.parametrize(
    ("tune", "message"),
    [
        ("{search: grid, iterations: 3}", "compare.tune: must have no iterations with search: grid"),
        ("{search: random}", "compare.tune: must have a number of draws with search: random"),
        ("{search: halfing}", r"compare.tune.search: must be .*; did you mean halving\?"),
    ],
)
def test_a_search_and_its_iterations_fit_together(on_table, tune, message):
    with pytest.raises(PipelineFileError, match=message):
        on_table(MANY, tune)


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        (MODEL, 1),
        (CalibratedClassifierCV(MODEL, ensemble=False, cv=5), 6),
        (CalibratedClassifierCV(MODEL, cv=TimeSeriesSplit(4)), 4),
        (make_pipeline(MinMaxScaler(), CalibratedClassifierCV(MODEL, ensemble=False, cv=3)), 4),
        (TunedThresholdClassifierCV(MODEL, cv=3), 4),
        (RandomizedSearchCV(MODEL, GRID, n_iter=2, cv=3), 7),
        (GridSearchCV(TunedThresholdClassifierCV(MODEL, cv=2), GRID, cv=3), (4 * 3 + 1) * 3),
        (HalvingGridSearchCV(MODEL, GRID, cv=3), (4 + 2) * 3 + 1),
    ],
    ids=["plain", "calibrated", "averaged", "in a pipeline", "threshold", "random", "nested", "halving"],
)
def test_every_fit_of_the_innermost_model_is_counted(estimator, expected):
    """On each of two folds."""
    assert n_fits(estimator, 2) == 2 * expected


@pytest.mark.parametrize("first", ["exhaust", 60, 200])
def test_rounds_are_those_that_scikit_learn_runs(first):
    """For any number of rows in the first round."""
    X, y = make_classification(500, random_state=0)
    grid = {"C": [10.0**power for power in range(-5, 5)]}
    search = HalvingGridSearchCV(MODEL, grid, cv=2, min_resources=first).fit(X, y)
    rounds = search_rounds(search, 500)
    assert [candidates for candidates, _ in rounds] == search.n_candidates_
    shares = zip(rounds, search.n_resources_, strict=True)
    assert {round(share * 500 / rows, 1) for (_, share), rows in shares} == {1.0}


def test_parzen_candidates_follow_the_defaults_and_the_seed(read):
    """Within their ranges, of the types of the file, and as many as the file asks for beside the defaults."""
    pytest.importorskip("optuna")
    space = "{alpha: {loguniform: [0.001, 1000]}, max_iter: {randint: [5, 6]}, solver: [auto, lsqr]}"
    tried = []
    for _ in range(2):
        search = build(read, space, "{folds: 3, search: tpe, iterations: 12}").fit(*load_fat(read))
        tried.append(search.cv_results_["params"])
    assert tried[0] == tried[1]
    assert tried[0][0] == {"model__alpha": 1.0, "model__max_iter": None, "model__solver": "auto"}
    drawn = tried[0][1:]
    assert len(drawn) == 12
    assert all(0.001 <= one["model__alpha"] <= 1000 for one in drawn)
    assert {one["model__solver"] for one in drawn} == {"auto", "lsqr"}
    assert {one["model__max_iter"] for one in drawn} == {5, 6}
    assert search_rounds(search) == [(13, 1.0)]


def load_fat(read):
    """Return features and target of the file."""
    return read(FAT.replace("SEARCH", "{}").replace("TUNE", "{}")).load()


def test_parzen_candidates_come_closer_than_random_ones(read):
    """Of 30 draws the last ten are nearer to the best one than the first ten, which are random."""
    pytest.importorskip("optuna")
    X, y = load_fat(read)
    search = build(read, "{alpha: {loguniform: [0.000001, 1000000]}}", "{folds: 3, search: tpe, iterations: 30}")
    search.fit(X, y)
    alphas = np.log10([one["model__alpha"] for one in search.cv_results_["params"][1:]])
    best = np.log10(search.best_params_["model__alpha"])
    assert np.abs(alphas[-10:] - best).mean() < np.abs(alphas[:10] - best).mean()


def test_a_parzen_search_needs_a_number_of_draws(read):
    with pytest.raises(PipelineFileError, match="must have a number of draws with search: tpe"):
        build(read, "{alpha: [0.1, 1.0]}", "{search: tpe}")


def test_a_parzen_search_names_its_missing_package(read, monkeypatch):
    """None in sys.modules is how Python marks a package as absent."""
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'skdl\[optuna\]'"):
        build(read, "{alpha: [0.1, 1.0]}", "{search: tpe, iterations: 3}")
