"""Libraries that take scikit-learn estimators, with plain and strong networks; what is not installed is skipped.

CI installs a few of them, `.github/workflows/nightly.yml` all, in their newest versions.
"""

import joblib
import keras
import numpy as np
import pandas as pd
import pytest

import skdl

pytestmark = pytest.mark.filterwarnings("default")  # of one such library about another
RNG = np.random.default_rng(0)
N = 90
X = pd.DataFrame({"size": RNG.normal(size=N), "age": RNG.normal(size=N), "town": RNG.choice(["Ulm", "Bonn"], N)})
X.loc[::9, "age"] = np.nan
NUMBERS = RNG.normal(size=(N, 2))
Y = NUMBERS[:, 0] + X["size"].to_numpy()
LABELS = np.where(Y > 0.3, "high", "low")

REGRESSORS = {
    "plain": skdl.KerasMLPRegressor((8,), epochs=3, random_state=0),
    "strong": skdl.KerasRealMLPRegressor((8,), epochs=3, random_state=0),
}
CLASSIFIERS = {
    "plain": skdl.KerasMLPClassifier((8,), epochs=3, random_state=0),
    "strong": skdl.KerasRealMLPClassifier((8,), epochs=3, random_state=0),
}
regressors = pytest.mark.parametrize("regressor", REGRESSORS.values(), ids=REGRESSORS)
classifiers = pytest.mark.parametrize("classifier", CLASSIFIERS.values(), ids=CLASSIFIERS)


@pytest.mark.parametrize("n_estimators", [1, 2])
def test_skops_loads_what_trusted_types_names(n_estimators):
    pytest.importorskip("skops")
    import skops.io

    strong = skdl.KerasRealMLPClassifier((8,), epochs=3, n_estimators=n_estimators, random_state=0).fit(X, LABELS)
    plain = CLASSIFIERS["plain"].fit(NUMBERS, LABELS)
    for net, rows in ((strong, X), (skdl.freeze(strong), X), (plain, NUMBERS), (skdl.freeze(plain), NUMBERS)):
        loaded = skops.io.loads(skops.io.dumps(net), trusted=skdl.trusted_types())
        np.testing.assert_array_equal(loaded.predict_proba(rows), net.predict_proba(rows))


@pytest.mark.parametrize(
    "objects",
    [
        {"optimizer": keras.optimizers.SGD(0.1)},
        {"metrics": [keras.metrics.MeanAbsoluteError()]},
        {"loss": keras.losses.Huber(2.0)},
    ],
    ids=["optimizer", "metric", "loss"],
)
def test_skops_keeps_objects_of_keras(objects):
    pytest.importorskip("skops")
    import skops.io

    net = skdl.KerasMLPRegressor((8,), epochs=3, random_state=0, **objects).fit(NUMBERS, Y)
    written = skops.io.dumps(net)
    loaded = skops.io.loads(written, trusted=skops.io.get_untrusted_types(data=written))
    np.testing.assert_array_equal(loaded.predict(NUMBERS), net.predict(NUMBERS))


@classifiers
def test_imbalanced_learn_resamples_before_a_network(classifier):
    pytest.importorskip("imblearn")
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.pipeline import make_pipeline
    from sklearn.model_selection import cross_val_predict

    proba = cross_val_predict(
        make_pipeline(RandomOverSampler(random_state=0), classifier), NUMBERS, LABELS, cv=3, method="predict_log_proba"
    )
    assert np.isfinite(proba).all()


@regressors
def test_optuna_sets_parameters(regressor):
    pytest.importorskip("optuna")
    import optuna
    from sklearn.base import clone
    from sklearn.model_selection import cross_val_score

    def objective(trial):
        net = clone(regressor).set_params(learning_rate=trial.suggest_float("rate", 1e-3, 0.1, log=True))
        return cross_val_score(net, NUMBERS, Y, cv=3).mean()

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(objective, n_trials=2)
    assert np.isfinite(study.best_value)


@regressors
def test_dask_runs_folds_through_joblib(regressor):
    pytest.importorskip("distributed")
    from distributed import Client
    from sklearn.model_selection import cross_val_score

    one = cross_val_score(regressor, NUMBERS, Y, cv=2)
    with (
        Client(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None),
        joblib.parallel_config("dask"),
    ):
        assert cross_val_score(regressor, NUMBERS, Y, cv=2, n_jobs=2).tolist() == one.tolist()


@regressors
def test_mapie_makes_intervals(regressor):
    pytest.importorskip("mapie")
    from mapie.regression import CrossConformalRegressor

    net = CrossConformalRegressor(regressor, confidence_level=0.8, cv=3).fit_conformalize(NUMBERS, Y)
    _, intervals = net.predict_interval(NUMBERS[:5])
    assert (intervals[:, 0] < intervals[:, 1]).all()


@regressors
def test_crepes_calibrates(regressor):
    pytest.importorskip("crepes")
    from crepes import WrapRegressor

    net = WrapRegressor(regressor)
    net.fit(NUMBERS[:50], Y[:50])
    net.calibrate(NUMBERS[50:], Y[50:])
    intervals = net.predict_int(NUMBERS[:5], confidence=0.8)
    assert (intervals[:, 0] < intervals[:, 1]).all()


@classifiers
def test_mlxtend_selects_columns(classifier):
    pytest.importorskip("mlxtend")
    from mlxtend.feature_selection import SequentialFeatureSelector

    selector = SequentialFeatureSelector(classifier, k_features=1, cv=2).fit(NUMBERS, LABELS)
    assert len(selector.k_feature_idx_) == 1


@classifiers
def test_fairlearn_reweighs_rows(classifier):
    pytest.importorskip("fairlearn")
    from fairlearn.reductions import DemographicParity, ExponentiatedGradient

    net = ExponentiatedGradient(classifier, DemographicParity(), max_iter=2)
    net.fit(NUMBERS, (LABELS == "high").astype(int), sensitive_features=X["town"])
    assert set(net.predict(NUMBERS, random_state=0)) <= {0, 1}


@classifiers
def test_skrub_prepares_a_raw_table(classifier):
    pytest.importorskip("skrub")
    from skrub import tabular_pipeline

    assert tabular_pipeline(classifier).fit(X, LABELS).predict_proba(X).shape == (N, 2)
