import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV, ParameterSampler

from skdl.exceptions import PipelineFileError

RNG = np.random.default_rng(0)
X = pd.DataFrame({"a": RNG.normal(size=900), "b": RNG.normal(size=900)})
FRAME = X.assign(y=X["a"] + RNG.normal(size=900), c=np.where(X["a"] > 1, "yes", "no"))
MANY = "{alpha: [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0, 10000.0, 100000.0]}"


@pytest.fixture
def build(pipeline):
    """Build a search on a table of numbers."""

    def make(search, tune, *, rows=900, model="ridge", target="y"):
        drop = "c" if target == "y" else "y"
        more = f"compare: {{cv: {{folds: 3, repeats: 1}}, tune: {tune}}}"
        models = f"{{{model}: {{search: {search}}}}}"
        return pipeline(FRAME[:rows], target=target, data=f"drop: {drop}", models=models, more=more)

    return make


def test_the_defaults_are_among_the_candidates_that_are_drawn(build):
    """The others are what scikit-learn's own random search would draw."""
    search = build("{alpha: {loguniform: [1e-3, 1e3]}}", "{iterations: 3}").estimators()["ridge"]
    space = {"model__alpha": __import__("scipy.stats").stats.loguniform(1e-3, 1e3)}
    drawn = [{"model__alpha": [one["model__alpha"]]} for one in ParameterSampler(space, 3, random_state=0)]
    assert search.param_grid == [*drawn, {"model__alpha": [1.0]}]


def test_defaults_that_were_drawn_are_not_added_again(build):
    """Of a list the default may be drawn too."""
    search = build("{alpha: [1.0, 2.0, 3.0], fit_intercept: [true]}", "{search: random, iterations: 2}")
    grid = search.estimators()["ridge"].param_grid
    assert len(grid) - 2 == ({"model__alpha": [1.0], "model__fit_intercept": [True]} not in grid[:2])


def test_halving_drops_two_thirds_of_the_candidates_a_round(build):
    """And ends on all rows with the one that is best on them."""
    spec = build(MANY, "{search: halving}")
    table = spec.load_table()
    search = spec.estimators(table.X, table.y)["ridge"].fit(table.X, table.y)
    assert (search.n_candidates_, search.n_resources_) == ([9, 3, 1], [100, 300, 900])
    assert search.best_params_["model__alpha"] < 1000


def test_halving_draws_as_many_candidates_as_iterations(build):
    """From lists or distributions; the defaults join them."""
    search = build("{alpha: {loguniform: [1e-3, 1e3]}}", "{search: halving, iterations: 5}").estimators()["ridge"]
    assert len(search.param_grid) == 6
    assert search.min_resources == "exhaust"


def test_halving_begins_with_rows_enough_for_the_rarest_class(build):
    """One in six is of it, and each of three folds is to have ten."""
    search = build("{C: [0.01, 0.1, 1.0, 10.0, 100.0, 3.0, 0.3, 30.0, 0.03]}", "{search: halving}", model="logistic",
                   target="c").estimators()["logistic"]  # fmt: skip
    share = (FRAME["c"] == "yes").mean()
    assert search.min_resources == int(np.ceil(30 / share))


def test_too_few_rows_are_not_halved_and_noted(build):
    """A round needs folds large enough to rank candidates."""
    spec = build(MANY, "{search: halving}", rows=150)
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
def test_a_search_and_its_iterations_fit_together(build, tune, message):
    with pytest.raises(PipelineFileError, match=message):
        build(MANY, tune)
