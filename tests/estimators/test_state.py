"""State of an estimator in copies, clones and pickles; and Keras' own state, which skdl leaves unchanged."""

import copy
import json
import os
import pickle
import subprocess
import sys
from io import BytesIO

import cloudpickle
import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from helpers.weights import weights_of
from sklearn.base import clone

import skdl
from skdl import (
    KerasMLPClassifier,
    KerasMLPRegressor,
    KerasRealMLPClassifier,
    KerasRealMLPRegressor,
    freeze,
    preprocessing,
    trusted_types,
)

X = np.random.default_rng(0).normal(size=(60, 4))
Y = X[:, 0] + X[:, 1] ** 2
LABELS = np.array(["low", "middle", "high"])[np.digitize(Y, [-0.5, 1.0])]


FRAME = pd.DataFrame(X, columns=list("abcd"))


def fitted(estimator, y):
    """Fit a network with all that has a state: dropout, batch normalisation, validation rows, callbacks, metrics."""
    stopper = keras.callbacks.EarlyStopping(monitor="loss", patience=5, restore_best_weights=True)
    parts = {"dropout": 0.2, "batch_normalization": True, "validation_split": 0.2, "callbacks": [stopper]}
    net = estimator((4,), epochs=3, metrics=[keras.metrics.MeanAbsoluteError()], random_state=0, **parts)
    return net.fit(FRAME, y)


@pytest.fixture(scope="module")
def nets():
    return {"regressor": fitted(KerasMLPRegressor, Y), "classifier": fitted(KerasMLPClassifier, LABELS)}


@pytest.fixture(params=["regressor", "classifier"])
def net(request, nets):
    return nets[request.param]


def raw(net):
    """Predict values, or probabilities."""
    return net.predict_proba(FRAME) if hasattr(net, "predict_proba") else net.predict(FRAME)


def by_joblib(net):
    """Write with joblib and load."""
    file = BytesIO()
    joblib.dump(net, file)
    return joblib.load(file)


@pytest.mark.parametrize(
    "copied",
    [
        lambda net: pickle.loads(pickle.dumps(net)),
        by_joblib,
        lambda net: cloudpickle.loads(cloudpickle.dumps(net)),
        copy.deepcopy,
    ],
    ids=["pickle", "joblib", "cloudpickle", "deepcopy"],
)
def test_a_copy_predicts_the_same_bits_and_keeps_the_history(net, copied):
    """Parameters, column names and best epoch too."""
    other = copied(net)
    assert np.array_equal(raw(other), raw(net))
    assert other.history_ == net.history_
    assert (other.best_epoch_, list(other.feature_names_in_)) == (net.best_epoch_, list("abcd"))
    assert repr(other.get_params()["hidden_layer_sizes"]) == repr(net.hidden_layer_sizes)


def test_a_clone_of_a_fitted_network_holds_nothing_of_the_fit(net):
    """No network, history or optimizer state is in it or in its callbacks."""
    fresh = clone(net)
    assert vars(fresh).keys() == net.get_params().keys()
    assert net.callbacks[0].model is None
    assert len(pickle.dumps(fresh)) == len(pickle.dumps(clone(fresh)))
    assert net.callbacks_[0].model is net.model_  # the fit's own copy is the one that saw the network


def test_the_optimizer_is_new_after_unpickling():
    """The weights are kept."""
    net = KerasMLPRegressor((4,), epochs=5, random_state=0).fit(X, Y)
    loaded = pickle.loads(pickle.dumps(net))
    assert np.array_equal(weights_of(loaded.model_)[0], weights_of(net.model_)[0])
    assert loaded.partial_fit(X, Y).n_iter_ == 6
    assert (int(net.model_.optimizer.iterations), int(loaded.model_.optimizer.iterations)) == (5, 1)


WIDE = pd.DataFrame(np.tile(X, 15), columns=[f"column number {number}" for number in range(60)])
DEEP = KerasMLPRegressor((4,) * 20, batch_normalization=True, dropout=0.2)
SIZES = {
    "trained, large": lambda: KerasMLPRegressor((512, 256), epochs=1).fit(X, Y),
    "trained long": lambda: KerasMLPRegressor((4,), epochs=2000).fit(X, Y),
    "deep": lambda: DEEP.initialize(X, Y),
    "of many columns": lambda: KerasMLPRegressor((4,)).initialize(WIDE, Y),
    "of three classes": lambda: KerasMLPClassifier((4,)).initialize(X, LABELS),
}


@pytest.mark.parametrize("make", SIZES.values(), ids=SIZES.keys())
def test_a_pickle_is_little_larger_than_the_weights(make):
    """At most 1.2 times the weights, 20 kB, and 16 bytes a history value; Adam's state alone is twice the weights."""
    net = make()
    weights = sum(weight.nbytes for weight in weights_of(net.model_))
    values = sum(len(series) for series in net.history_.values())
    assert len(pickle.dumps(net)) <= 1.2 * weights + 20_000 + 16 * values


def test_nothing_that_is_kept_grows_with_the_data():
    """With ten times the rows the pickle is as long, up to the bytes of a number."""
    few = KerasMLPRegressor((4,), epochs=1, random_state=0).fit(X, Y)
    many = clone(few).fit(np.tile(X, (10, 1)), np.tile(Y, 10))
    assert len(pickle.dumps(many)) == pytest.approx(len(pickle.dumps(few)), abs=64)


ON_NUMPY = """
import os
os.environ["KERAS_BACKEND"] = "numpy"
import joblib, keras
regressor, classifier, rows = joblib.load({nets!r})
assert keras.backend.backend() == "numpy"
joblib.dump((regressor.predict(rows), classifier.predict_proba(rows), classifier.history_), {predictions!r})
"""


def test_a_pickle_loads_where_keras_runs_on_another_backend(nets, commands, tmp_path):
    """Keras' own NumPy backend represents all others."""
    regressor, classifier = nets["regressor"], nets["classifier"]
    files = {name: str(tmp_path / f"{name}.joblib") for name in ("nets", "predictions")}
    joblib.dump((regressor, classifier, FRAME), files["nets"])
    commands.output_of(ON_NUMPY.format(**files))
    predicted, probabilities, history = joblib.load(files["predictions"])
    assert predicted == pytest.approx(raw(regressor), rel=1e-5, abs=1e-6)
    assert probabilities == pytest.approx(raw(classifier), abs=1e-6)
    assert history == classifier.history_


AROUND_THE_IMPORT = """
import json, logging, os, sys, warnings
import skdl, jax, keras, numpy

def seen():
    parts = ["Model", "Sequential", "layers.Layer", "losses.Loss", "metrics.Metric", "optimizers.Optimizer", "Variable"]
    owners = [keras, keras.ops, keras.saving, numpy]
    for part in parts:
        owner = keras
        for name in part.split("."):
            owner = getattr(owner, name)
        owners.append(owner)
    config = keras.config
    return {
        "attributes": [{name: id(value) for name, value in vars(owner).items()} for owner in owners],
        "settings": [config.floatx(), config.epsilon(), config.image_data_format(), config.dtype_policy().name],
        "registered": sorted(name for name in keras.saving.get_custom_objects() if not name.startswith("skdl>")),
        "jax": {name: repr(value) for name, value in jax.config.values.items()},
        "warnings": repr(warnings.filters),
        "environment": dict(os.environ),
        "logging": {str(logger): logger.level for logger in logging.root.manager.loggerDict.values()
                    if isinstance(logger, logging.Logger)} | {"root": [logging.root.level, len(logging.root.handlers)]},
        "numpy errors": numpy.geterr(),
        "tensorflow": "tensorflow" in sys.modules,
    }

before = seen()
import skdl.estimators
after = seen()
json.dump([name for name in before if before[name] != after[name]], sys.stdout)
"""


def test_importing_the_estimators_changes_nothing_for_other_users_of_keras(tmp_path):
    """Not even where SciKeras finds a TensorFlow that it would import; XLA's cache, which skdl does turn on, is off."""
    (tmp_path / "tensorflow.py").touch()
    variables = {**os.environ, "SKDL_CACHE_DIR": "off", "PYTHONPATH": str(tmp_path), "KERAS_BACKEND": "jax"}
    changed = subprocess.check_output([sys.executable, "-c", AROUND_THE_IMPORT], env=variables)
    assert json.loads(changed) == []


AFTER_SCIKERAS = """
import skdl, keras
import scikeras
theirs = [keras.Model.__reduce__, keras.Model.__deepcopy__, keras.losses.Loss.__reduce__]
import skdl.estimators
assert theirs == [keras.Model.__reduce__, keras.Model.__deepcopy__, keras.losses.Loss.__reduce__]
assert theirs[0].__module__.startswith("scikeras")
"""


def test_scikeras_imported_before_keeps_its_pickling(commands):
    """The user may rely on it."""
    commands.output_of(AFTER_SCIKERAS)


class RecordsClasses(pickle.Unpickler):
    """Unpickles, and records the classes of a package that the pickle names."""

    def __init__(self, written, package):
        super().__init__(BytesIO(written))
        self.package, self.names = package, set()

    def find_class(self, module, name):
        if module.partition(".")[0] == self.package:
            self.names.add(f"{module}.{name}")
        return super().find_class(module, name)


def named_classes(net, package="skdl"):
    reader = RecordsClasses(pickle.dumps(net), package)
    reader.load()
    return reader.names


def test_pickles_name_classes_that_stay_in_their_modules(tmp_path):
    """Pickles of users hold these names: a class that moves makes them unreadable."""
    objects = {"loss": keras.losses.Huber(), "metrics": [keras.metrics.MeanAbsoluteError()]}
    regressor = KerasMLPRegressor((4,), **objects, epochs=1, random_state=0).fit(X, Y)
    regressor.export_keras(tmp_path / "network.keras")
    loaded = KerasMLPRegressor.from_keras(tmp_path / "network.keras")
    classifier = KerasMLPClassifier((4,), epochs=1, random_state=0).fit(X, LABELS)
    regression = {"_regressor.KerasMLPRegressor", "_heads.Head", "_targets.RegressionTarget"}
    losses = {*regression, "_losses._StoredLoss", "_loaded.StoredConfig"}
    assert named_classes(regressor) == {f"skdl.estimators.{name}" for name in losses}
    assert named_classes(loaded) == {f"skdl.estimators.{name}" for name in {*regression, "_loaded.LoadedNetwork"}}
    classification = {"_classifier.KerasMLPClassifier", "_heads.ClassHead", "_targets.ClassTarget"}
    assert named_classes(classifier) == {f"skdl.estimators.{name}" for name in classification}
    frozen = named_classes(freeze(regressor)) | named_classes(freeze(classifier))
    named = frozen.union(*map(named_classes, (regressor, loaded, classifier)))
    X_raw = [["a", 1.0], ["b", 2.0]] * 5
    for kind in (KerasRealMLPRegressor, KerasRealMLPClassifier):
        strong = kind((4,), epochs=1, random_state=0).fit(X_raw, [0, 1] * 5)
        named |= named_classes(strong)
        assert not named_classes(strong, "keras")  # whoever loads it need not trust Keras' classes too
    assert "skdl._table_coder.TableCoder" in named
    others = {"skdl.frozen.KerasFile", "skdl.schema.ModelWithSchema", "skdl.weighted.ClassWeightedClassifier"}
    others |= {"skdl.boosting.BoostingClassifier", "skdl.boosting.BoostingRegressor"}
    others |= {f"skdl.ensemble.{kind}{task}" for kind in ("Blend", "Stack") for task in ("Classifier", "Regressor")}
    others |= {f"skdl.preprocessing.{name}" for name in preprocessing.__all__}
    assert named | others == set(trusted_types())
    public = [getattr(skdl, name) for name in skdl.__all__ if name.startswith("Keras")]
    assert {f"{cls.__module__}.{cls.__name__}" for cls in public} <= named


def with_objects():
    """Make a network with objects of Keras as parameters, which Keras itself would pickle with timestamps."""
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    objects = {"optimizer": keras.optimizers.SGD(schedule), "learning_rate": schedule}
    return KerasMLPRegressor((4,), **objects, metrics=(keras.metrics.MeanAbsoluteError(),), epochs=2, random_state=0)


@pytest.mark.parametrize(
    "make", [with_objects, lambda: KerasMLPRegressor((4,), epochs=1, random_state=0)], ids=["objects", "names"]
)
def test_two_equal_fits_have_equal_pickles(make):
    """And equal hashes, by which joblib's Memory and dask know values."""
    one, other = (make().fit(X, Y) for _ in range(2))
    assert joblib.hash(one) == joblib.hash(other)
    assert pickle.dumps(one) == pickle.dumps(other)


IN_A_FORK = """
import multiprocessing, pickle, warnings
warnings.simplefilter("ignore", DeprecationWarning)
net, rows = pickle.loads(pickled)
def predicted():
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply_async(net.predict, (rows,)).get(timeout=60)
before = predicted()
assert before.tolist() == net.predict(rows).tolist()
try:
    predicted()
except RuntimeError as error:
    assert "get_context('spawn')" in str(error)
else:
    raise AssertionError("the second fork should be refused")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows does not fork")
def test_a_forked_process_predicts_or_says_why_it_cannot(run_with_keras):
    """A loaded network is restored in the child; once the parent used JAX, a child would wait forever."""
    net = KerasMLPRegressor((4,), epochs=1, random_state=0).fit(X, Y)
    run_with_keras(IN_A_FORK, pickled=pickle.dumps((net, X[:5])))


def test_a_pickle_of_an_older_version_gets_the_parameters_that_came_later():
    """With their defaults, so that it can be cloned and shown."""
    state = KerasMLPRegressor(epochs=3).__getstate__()
    del state["averaging"]
    net = KerasMLPRegressor.__new__(KerasMLPRegressor)
    net.__setstate__(state)
    assert net.get_params() == KerasMLPRegressor(epochs=3).get_params()
