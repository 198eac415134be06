import pytest
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    StratifiedKFold,
    TimeSeriesSplit,
)

from skdl.exceptions import PipelineFileError
from skdl.tables import load_builtin

FAT = """\
data: {source: builtin:blood_fat, target: blood_fat}
models: {m: {use: ridge, search: SEARCH}}
compare: {tune: TUNE}
"""
ITERATE = "{folds: 3, iterations: 4}"


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
    ("data", "splitter"),
    [
        ("{source: builtin:iris, target: species}", StratifiedKFold),
        ("{source: builtin:blood_fat, target: blood_fat}", KFold),
        ("{source: builtin:blood_fat, target: blood_fat, groups: age}", GroupKFold),
        ("{source: builtin:blood_fat, target: blood_fat, time: age}", TimeSeriesSplit),
    ],
    ids=["classes", "numbers", "groups", "time"],
)
def test_the_inner_folds_are_made_as_the_outer_ones(read, data, splitter):
    """Stratified for classes, whole groups, never training on the future."""
    search = read(f"data: {data}\nmodels: {{knn: {{search: {{n_neighbors: [1, 2]}}}}}}\n").estimators()["knn"]
    assert type(search.cv) is splitter
    assert search.cv.n_splits == 3


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
