import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdl.boosting import BoostingClassifier, BoostingRegressor

N = 300
RNG = np.random.default_rng(0)
TOWN = RNG.integers(0, 8, N).astype(float)
X = np.column_stack([TOWN, RNG.normal(size=N)])
Y = np.isin(TOWN, [1, 4, 6]) * 3.0 + X[:, 1] + RNG.normal(size=N)


TREES = "sklearn.ensemble"  # gradient boosting without histograms
ROUNDS = {"sklearn": "max_iter", TREES: "n_estimators", "lightgbm": "n_estimators", "xgboost": "n_estimators"}


def regressor(package, **options):
    """Make a regressor of a library whose rounds can be chosen, of 200 of them."""
    library = pytest.importorskip(package)
    if package == "sklearn":
        return HistGradientBoostingRegressor(**{"max_iter": 200, **options})
    if package == TREES:
        return GradientBoostingRegressor(**{"n_estimators": 200, "random_state": 0, **options})
    if package == "lightgbm":
        return library.LGBMRegressor(**{"n_estimators": 200, "n_jobs": 1, "verbose": -1, **options})
    return library.XGBRegressor(**{"n_estimators": 200, "n_jobs": 1, **options})


@parametrize_with_checks([BoostingRegressor(HistGradientBoostingRegressor(max_iter=5), random_state=0)])
def test_it_keeps_the_contract_of_an_estimator(estimator, check):
    """All of scikit-learn's own checks."""
    check(estimator)


@pytest.mark.parametrize(("package", "rounds"), ROUNDS.items(), ids=ROUNDS)
@pytest.mark.parametrize("weighted", [False, True])
def test_all_rows_train_the_chosen_number_of_rounds(package, rounds, weighted):
    """The result equals a plain fit with that number, which is below the largest."""
    weight = np.linspace(0.5, 1.5, N) if weighted else None
    found = clone(BoostingRegressor(regressor(package), patience=10, random_state=0)).fit(X, Y, weight).estimator_
    chosen = found.get_params()[rounds]
    assert 1 < chosen < 200
    plain = regressor(package, **{rounds: chosen}).fit(X, Y, sample_weight=weight)
    np.testing.assert_allclose(found.predict(X), plain.predict(X))


@pytest.mark.parametrize(("package", "rounds"), ROUNDS.items(), ids=ROUNDS)
def test_noise_takes_fewer_rounds_than_a_signal(package, rounds):
    """On training rows alone, every further round would seem to help."""
    noise = np.random.default_rng(1).normal(size=N)
    chosen = [
        BoostingRegressor(regressor(package), patience=10, random_state=0).fit(X, y).estimator_.get_params()[rounds]
        for y in (noise, X[:, 1])
    ]
    assert chosen[0] < 10 < chosen[1]


def test_validation_rows_are_whole_groups():
    """What is learned of a patient says nothing about others, though it does about further rows of the patient."""
    patient = np.repeat(np.arange(30), 10)
    y = RNG.normal(size=30)[patient]
    model = BoostingRegressor(regressor("sklearn"), patience=10, random_state=0)
    rounds = [model.fit(patient[:, None], y, groups=groups).estimator_.max_iter for groups in (None, patient)]
    assert rounds[1] < 10 < rounds[0]


@pytest.mark.parametrize("package", ["sklearn", "lightgbm", "xgboost"])
def test_the_first_columns_are_categories(package):
    """One split separates three of eight towns from the others, which no threshold does."""
    leaves = {"sklearn": "max_leaf_nodes", "lightgbm": "num_leaves", "xgboost": "max_leaves"}[package]
    stump = regressor(package, **{leaves: 2, ROUNDS[package]: 1, "learning_rate": 1.0})
    y = np.isin(TOWN, [1, 4, 6]) * 3.0
    by_codes = BoostingRegressor(stump, n_categories=1, early_stopping=False).fit(X, y)
    assert by_codes.score(X, y) > 0.95
    assert stump.fit(X, y).score(X, y) < 0.5
    assert np.isfinite(by_codes.predict([[np.nan, 0.0]])).all()


def test_a_quantile_chooses_trees_by_its_own_loss():
    """Squared errors would choose four times as many."""
    random = np.random.default_rng(3)
    Z = random.uniform(-2, 2, (600, 1))
    y = Z[:, 0] + 2 * random.exponential(size=600)
    by_pinball = BoostingRegressor(regressor(TREES, loss="quantile", alpha=0.9), patience=10, random_state=0)
    assert by_pinball.fit(Z, y).estimator_.n_estimators < 30


@pytest.mark.parametrize("package", ["sklearn", TREES, "lightgbm"])
def test_a_classifier_has_classes_and_probabilities_and_needs_no_second_row_of_a_class(package):
    library = pytest.importorskip(package)
    y = np.where(Y > 1, "high", "low")
    y[0] = "once"
    kinds = {
        "sklearn": HistGradientBoostingClassifier,
        TREES: GradientBoostingClassifier,
        "lightgbm": getattr(library, "LGBMClassifier", None),
    }
    options = {"n_jobs": 1, "verbose": -1} if package == "lightgbm" else {}
    model = BoostingClassifier(kinds[package](**{ROUNDS[package]: 30}, **options), random_state=0).fit(X, y)
    assert model.classes_.tolist() == ["high", "low", "once"]
    assert model.predict_proba(X).shape == (N, 3)
    assert model.score(X, y) > 0.8
