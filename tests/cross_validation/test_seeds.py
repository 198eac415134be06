"""The spread of a network's score over seeds, and its effect on the verdict."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skdl
from skdl.cross_validation import SeedSpread, check_seeds
from skdl.workers import Executor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 3))
Y = np.sin(2 * X[:, 0]) * 3 + X[:, 1] ** 2 + 0.3 * RNG.normal(size=400)
SEED = "kerasmlpregressor__random_state"


def network(epochs=40):
    """Make a pipeline that ends with a network."""
    net = skdl.KerasMLPRegressor((16,), epochs=epochs, learning_rate=0.01, random_state=0)
    return make_pipeline(StandardScaler(), net)


def compare(models, y=Y, **options):
    """Compare over ten folds by RMSE, unless the options say otherwise."""
    return skdl.compare(models, X, y, **{"cv": 10, "repeats": 1, "metrics": ["rmse"], "insight": False, **options})


@pytest.fixture(scope="module")
def clear():
    """Compare a network with a linear model that it beats clearly."""
    return compare({"net": network(), "linear": LinearRegression()})


def test_a_winning_network_is_fitted_with_five_seeds_on_three_folds(clear):
    """The pooled standard deviation over seeds, by hand."""
    variances = []
    for split in clear.comparison.splits.members[:3]:
        fits = [network().set_params(**{SEED: seed}).fit(X[split.train], Y[split.train]) for seed in range(5)]
        errors = [np.sqrt(np.mean((fit.predict(X[split.test]) - Y[split.test]) ** 2)) for fit in fits]
        variances.append(np.var(errors, ddof=1))
    (measured,) = clear.comparison.seed_spreads
    assert measured.spread == pytest.approx(np.sqrt(np.mean(variances)))


def test_a_difference_larger_than_the_spread_names_a_winner(clear):
    """The spread is in the summary."""
    assert clear.verdict.winner == "net"
    (net,) = clear.summary.networks
    assert net.seed_spread == clear.comparison.seed_spreads[0].spread < abs(clear.summary.verdict.difference)


def test_a_difference_smaller_than_the_spread_names_no_winner(clear):
    """The reason names the network, its spread and the difference."""
    wide = SeedSpread("net", spread=2.5, difference=1.6, n_seeds=5)
    verdict = replace(clear.comparison, seed_spreads=(wide,)).verdict
    (reason,) = verdict.reasons
    assert (verdict.winner, reason.code) == (None, "seed_spread")
    assert reason.values == {"model": "net", "spread": 2.5, "difference": 1.6, "n_seeds": 5}


def test_a_network_does_not_win_against_nearly_the_same_network():
    """Five epochs apart: over these folds one is significantly ahead."""
    found = compare({"net": network(60), "net2": network(55)}, repeats=3)
    assert {spread.model for spread in found.comparison.seed_spreads} == {"net", "net2"}
    assert set(found.verdict.reasons) == {"seed_spread"}


def test_the_seeds_of_a_search_are_fitted_without_searching_again(clear):
    """With the parameters that the fold chose: the same spread as without the search."""
    search = GridSearchCV(network(1), {"kerasmlpregressor__epochs": [40]}, cv=2)
    found = compare({"net": search, "linear": LinearRegression()})
    assert found.comparison.seed_spreads[0].spread == pytest.approx(clear.comparison.seed_spreads[0].spread)


@pytest.mark.slow
def test_a_network_is_fitted_inside_its_wrappers():
    """Calibration and threshold are part of the model whose spread counts."""
    net = make_pipeline(StandardScaler(), skdl.KerasMLPClassifier((8,), epochs=30, learning_rate=0.02, random_state=0))
    model = TunedThresholdClassifierCV(CalibratedClassifierCV(net, cv=2), cv=2, thresholds=10)
    labels = np.where(np.abs(X[:, 0]) < 0.7, "near", "far")
    found = compare({"net": model, "line": LogisticRegression()}, labels, metrics=["accuracy"])
    (spread,) = found.comparison.seed_spreads
    assert spread.model == "net"
    assert 0 < spread.spread < 0.2


def test_a_search_that_chose_no_network_on_a_fold_has_no_spread(clear):
    """A linear model has no seed."""
    search = GridSearchCV(make_pipeline(network(1)), {"pipeline": [LinearRegression(), network()]}, cv=2)
    comparison = compare({"net": search, "linear": LinearRegression()}).comparison
    without = replace(comparison.by_model["net"][1], candidate=0)
    results = [without if result.model == "net" and result.fold == 1 else result for result in comparison.results]
    by_folds_alone = replace(comparison, results=tuple(results), seed_spreads=())
    assert check_seeds(by_folds_alone, Executor()) is by_folds_alone


def test_no_seed_is_fitted_without_a_winner():
    """Five folds are a preview."""
    found = compare({"net": network(), "linear": LinearRegression()}, cv=5)
    assert found.comparison.seed_spreads == ()
    assert found.summary.networks[0].seed_spread is None


def test_a_winner_without_a_network_is_not_fitted_again():
    """Its score does not depend on one seed."""
    found = compare({"linear": LinearRegression()}, X @ [1.0, 2.0, 3.0])
    assert found.comparison.seed_spreads == ()


def test_a_run_that_was_stopped_before_the_seeds_has_the_same_verdict(tmp_path):
    """A class that a search chose has no JSON form; its index in the grid has."""
    grid = {"kerasmlpregressor__optimizer": [keras.optimizers.SGD, keras.optimizers.Adam]}
    models = {"net": GridSearchCV(network(15), grid, cv=2), "linear": LinearRegression()}
    whole = compare(models, output_dir=tmp_path)
    journal = tmp_path / ".journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(line for line in lines if b'"seeds"' not in line and b'"saved_model"' not in line))
    again = compare(models, output_dir=tmp_path)
    assert whole.verdict.winner == again.verdict.winner == "net"
    assert again.comparison.seed_spreads == whole.comparison.seed_spreads
