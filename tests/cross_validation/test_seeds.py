"""The spread of a network over its seeds, and what it does to a verdict."""

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
from skdl.cross_validation._seeds import SeedSpread, with_seed_spreads

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 3))
Y = np.sin(2 * X[:, 0]) * 3 + X[:, 1] ** 2 + 0.3 * RNG.normal(size=400)
SEED = "kerasmlpregressor__random_state"


def network(epochs=40):
    """Put a network at the end of a pipeline."""
    net = skdl.KerasMLPRegressor((16,), epochs=epochs, learning_rate=0.01, random_state=0)
    return make_pipeline(StandardScaler(), net)


def compare(models, **options):
    """Compare over ten folds by RMSE."""
    return skdl.compare(models, X, Y, cv=10, repeats=1, metrics=["rmse"], insight=False, **options)


@pytest.fixture(scope="module")
def clear():
    """Let a network be far ahead of a line."""
    return compare({"net": network(), "linear": LinearRegression()})


def test_a_winning_network_is_fitted_with_five_seeds_on_three_folds(clear):
    """The pooled standard deviation over seeds, by hand."""
    variances = []
    for split in clear.comparison.splits.members[:3]:
        fits = [network().set_params(**{SEED: seed}).fit(X[split.train], Y[split.train]) for seed in range(5)]
        errors = [np.sqrt(np.mean((fit.predict(X[split.test]) - Y[split.test]) ** 2)) for fit in fits]
        variances.append(np.var(errors, ddof=1))
    (found,) = clear.comparison.seed_spreads
    assert found.spread == pytest.approx(np.sqrt(np.mean(variances)))


def test_a_difference_that_seeds_do_not_make_stands(clear):
    """The spread is in the summary, and the winner is named."""
    assert clear.verdict.winner == "net"
    (net,) = clear.summary.networks
    assert net.seed_spread == clear.comparison.seed_spreads[0].spread < abs(clear.summary.verdict.difference)


def test_a_difference_that_a_seed_makes_names_no_winner(clear):
    """The reason names the network, its spread and the difference."""
    wide = SeedSpread("net", spread=2.5, difference=1.6, n_seeds=5)
    verdict = replace(clear.comparison, seed_spreads=(wide,)).verdict
    (reason,) = verdict.reasons
    assert (verdict.winner, reason.code) == (None, "seed_spread")
    assert reason.values == {"model": "net", "spread": 2.5, "difference": 1.6, "n_seeds": 5}


def test_a_network_that_leads_itself_by_luck_does_not_win():
    """The same network twice, five epochs apart: over these folds the one is significantly ahead."""
    found = skdl.compare(
        {"net": network(60), "net2": network(55)}, X, Y, cv=10, repeats=3, metrics=["rmse"], insight=False
    )
    assert {spread.model for spread in found.comparison.seed_spreads} == {"net", "net2"}
    assert set(found.verdict.reasons) == {"seed_spread"}


def test_a_search_is_not_searched_again(clear):
    """Its network has the parameters that the fold chose: the same spread as without the search."""
    search = GridSearchCV(network(1), {"kerasmlpregressor__epochs": [40]}, cv=2)
    found = compare({"net": search, "linear": LinearRegression()})
    assert found.comparison.seed_spreads[0].spread == pytest.approx(clear.comparison.seed_spreads[0].spread)


@pytest.mark.slow
def test_what_stands_around_a_network_is_fitted_with_it():
    """Calibrated copies too, none of which shows its training curve for the others."""
    net = make_pipeline(StandardScaler(), skdl.KerasMLPClassifier((8,), epochs=30, learning_rate=0.02, random_state=0))
    model = TunedThresholdClassifierCV(CalibratedClassifierCV(net, cv=2), cv=2, thresholds=10)
    labels = np.where(np.abs(X[:, 0]) < 0.7, "near", "far")
    found = skdl.compare(
        {"net": model, "line": LogisticRegression()}, X, labels, cv=10, repeats=1, metrics=["accuracy"], insight=False
    )
    (spread,) = found.comparison.seed_spreads
    assert spread.model == "net"
    assert 0 < spread.spread < 0.2


def test_a_search_that_chose_no_network_on_a_fold_is_not_seeded(clear):
    """There is nothing to seed."""
    search = GridSearchCV(make_pipeline(network(1)), {"pipeline": [LinearRegression(), network()]}, cv=2)
    comparison = compare({"net": search, "linear": LinearRegression()}).comparison
    without = replace(comparison.by_model["net"][1], candidate=0)
    results = [without if one.model == "net" and one.fold == 1 else one for one in comparison.results]
    assert with_seed_spreads(replace(comparison, results=tuple(results), seed_spreads=())).seed_spreads == ()


def test_nothing_is_fitted_where_no_winner_would_be_named():
    """Five folds are a preview."""
    found = skdl.compare(
        {"net": network(), "linear": LinearRegression()}, X, Y, cv=5, repeats=1, metrics=["rmse"], insight=False
    )
    assert found.comparison.seed_spreads == ()
    assert found.summary.networks[0].seed_spread is None


def test_a_winner_without_networks_is_not_fitted_again():
    """Nothing there hangs on one seed."""
    found = skdl.compare(
        {"linear": LinearRegression()}, X, X @ [1.0, 2.0, 3.0], cv=10, repeats=1, metrics=["rmse"], insight=False
    )
    assert found.comparison.seed_spreads == ()


def test_a_verdict_that_was_cut_off_before_its_seeds_is_the_same_when_it_goes_on(tmp_path):
    """What the search chose has no form in a file: its place in the grid has."""
    grid = {"kerasmlpregressor__optimizer": [keras.optimizers.SGD, keras.optimizers.Adam]}
    models = {"net": GridSearchCV(network(15), grid, cv=2), "linear": LinearRegression()}
    whole = compare(models, output_dir=tmp_path)
    journal = tmp_path / ".journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(line for line in lines if b"seeds_of" not in line and b'"pin"' not in line))
    again = compare(models, output_dir=tmp_path)
    assert whole.verdict.winner == again.verdict.winner == "net"
    assert again.comparison.seed_spreads == whole.comparison.seed_spreads
