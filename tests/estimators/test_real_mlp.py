"""RealMLP networks: raw tables in, the choice of the epoch, several networks, NumPy form."""

import datetime as dt
import pickle

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone

import skdl
from skdl import KerasRealMLPClassifier, KerasRealMLPRegressor
from skdl.estimators import describe_network
from skdl.exceptions import UsageError
from skdl.training import n_traces

# All on one structure a task, since each new one takes seconds to compile.
SMALL = {"hidden_layer_sizes": (16,), "epochs": 20, "random_state": 0}


@pytest.fixture(scope="module")
def table():
    """Numbers with gaps, a category of few values and one of many, a flag; both of them decide the target."""
    rng = np.random.default_rng(0)
    n = 300
    X = pd.DataFrame(
        {
            "size": rng.normal(1e6, 10.0, n),
            "age": np.where(rng.random(n) < 0.1, np.nan, rng.uniform(0, 50, n)),
            "town": rng.choice([f"town {number}" for number in range(12)], n),
            "kind": pd.Categorical(rng.choice(["a", "b", "c"], n)),
            "new": rng.random(n) < 0.5,
        }
    )
    y = (X["size"] - 1e6) / 10 + 2.0 * (X["kind"] == "a") + X["new"] + rng.normal(0, 0.1, n)
    return X, y.to_numpy()


@pytest.fixture(scope="module")
def regressor(table):
    return KerasRealMLPRegressor(**SMALL).fit(*table)


@pytest.fixture(scope="module")
def classifier(table):
    X, y = table
    return KerasRealMLPClassifier(**SMALL).fit(X, np.where(y > 1, "high", "low"))


def test_a_raw_table_is_learned(table, regressor, classifier):
    X, y = table
    assert regressor.score(X, y) > 0.8
    assert classifier.score(X, np.where(y > 1, "high", "low")) > 0.85
    assert regressor.n_features_in_ == 5
    assert list(regressor.feature_names_in_) == list(X)


def test_equal_seeds_give_equal_bits(table, regressor):
    X, y = table
    again = KerasRealMLPRegressor(**SMALL).fit(X, y)
    np.testing.assert_array_equal(again.predict(X), regressor.predict(X))
    assert joblib.hash(again) == joblib.hash(KerasRealMLPRegressor(**SMALL).fit(X, y))


def test_missing_and_new_values_are_predicted(table, regressor):
    X, y = table
    odd = X.head(2).assign(town=["nowhere", None], age=[None, 1e9], new=[True, False])
    odd["kind"] = pd.Categorical([None, "a"])
    predicted = regressor.predict(odd)
    assert np.isfinite(predicted).all()
    assert y.min() <= predicted.min() <= predicted.max() <= y.max()  # never beyond the range of training


@pytest.mark.parametrize("named", [True, False], ids=["frame", "array"])
def test_infinity_is_reported_in_the_column_of_the_raw_table(table, named):
    X, y = table
    X = X[["town", "size", "age"]].copy()
    X.loc[7, "age"] = np.inf
    column = "'age'" if named else "2"
    with pytest.raises(ValueError, match=f"got infinity .* first in row 7, column {column}"):
        KerasRealMLPRegressor(**SMALL).fit(X if named else X.to_numpy(object), y)


def test_a_category_of_another_type_is_no_new_value(table, regressor):
    """A number where fit had text: each would count as new, without a word."""
    X, _ = table
    with pytest.raises(ValueError, match="X must hold text in column 'town', as in fit; got 7"):
        regressor.predict(X.assign(town=7))
    assert len(regressor.predict(X.assign(town=None))) == len(X)


def test_rows_in_lists_keep_their_types(table, regressor):
    """NumPy would make text of all; None is a missing value."""
    X, y = table
    rows = X.astype(object).where(X.notna(), None).to_numpy().tolist()
    net = KerasRealMLPRegressor(**SMALL).fit(rows, y)
    np.testing.assert_array_equal(net.predict(rows), regressor.predict(X))


def test_declared_categories_let_folds_without_rare_values_share_a_program(table):
    """Values that a fold lacks are coded as new ones, although they are declared."""
    X, y = table
    towns = pd.Categorical(["rare", *X["town"].iloc[1:-1], "rarer"])
    declared = X.assign(town=towns)
    net = KerasRealMLPRegressor(**{**SMALL, "max_one_hot": 40})
    first = clone(net).fit(declared[1:], y[1:])
    before = n_traces()
    clone(net).fit(declared[1:-1], y[1:-1])
    assert n_traces() == before
    np.testing.assert_array_equal(first.predict(declared[:1]), first.predict(declared[:1].assign(town=None)))
    np.testing.assert_allclose(skdl.freeze(first).predict(declared), first.predict(declared), rtol=1e-5, atol=1e-5)
    loaded = KerasRealMLPRegressor.from_keras(skdl.freeze(first).to_keras())
    np.testing.assert_allclose(loaded.predict(declared), first.predict(declared), rtol=1e-5, atol=1e-5)
    assert len(loaded.coder_.levels[0]) == loaded.coder_.sizes[0] - 1


@pytest.mark.parametrize("n_estimators", [1, 3])
def test_the_numpy_form_and_a_pickle_predict_the_same(table, n_estimators):
    X, y = table
    net = KerasRealMLPRegressor(**SMALL, n_estimators=n_estimators).fit(X, y)
    frozen = skdl.freeze(net)
    np.testing.assert_allclose(frozen.predict(X), net.predict(X), rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(net)).predict(X), net.predict(X))
    coded = frozen.coder_.transform(X).astype("float32")
    network = frozen.to_keras()
    np.testing.assert_allclose(network.predict(coded, verbose=0)[:, 0], net.predict(X), rtol=1e-5, atol=1e-5)
    loaded = KerasRealMLPRegressor.from_keras(network)
    np.testing.assert_allclose(loaded.predict(X), net.predict(X), rtol=1e-5, atol=1e-5)
    assert loaded.n_estimators == n_estimators


def test_the_numpy_form_of_a_classifier_has_its_probabilities(table, classifier):
    X, _ = table
    expected = classifier.predict_proba(X)
    np.testing.assert_allclose(skdl.freeze(classifier).predict_proba(X), expected, atol=1e-5)
    np.testing.assert_allclose(expected.sum(axis=1), 1.0)
    np.testing.assert_allclose(classifier.predict_log_proba(X), np.log(expected))


def test_its_curves_are_diagnosed(regressor):
    assert skdl.diagnose_training(regressor).n_epochs == 20


def test_several_networks_choose_their_epochs_on_the_folds(table):
    X, y = table
    net = KerasRealMLPRegressor(**SMALL, n_estimators=3).fit(X, y)
    assert len(net.best_epochs_) == len(net.histories_) == 3
    assert describe_network(net).architecture.startswith("mean of 3: 6 -> embedded columns (")
    expected = [history["val_loss"][epoch - 1] for history, epoch in zip(net.histories_, net.best_epochs_, strict=True)]
    assert expected == [min(history["val_loss"]) for history in net.histories_]
    np.testing.assert_allclose(net.history_["loss"], np.mean([one["loss"] for one in net.histories_], axis=0))
    with pytest.raises(ValueError, match="X_val must be left out"):
        net.fit(X, y, X_val=X, y_val=y)


def test_several_networks_that_stop_early_count_as_long_as_the_longest(table):
    X, y = table
    net = KerasRealMLPRegressor(**SMALL, n_estimators=3, patience=0).fit(X, y)
    lengths = [len(history["loss"]) for history in net.histories_]
    assert len(set(lengths)) > 1
    assert net.n_iter_ == len(net.history_["loss"]) == max(lengths)
    assert net.loss_ == pytest.approx(np.mean([history["loss"][-1] for history in net.histories_]))


def test_the_error_rate_chooses_the_last_of_equal_epochs(table):
    X, y = table
    net = KerasRealMLPClassifier(**SMALL, selection="error").fit(X, np.where(y > 1, "high", "low"))
    accuracy = np.array(net.history_["val_accuracy"])
    assert net.best_epoch_ == 1 + np.flatnonzero(accuracy == accuracy.max())[-1]


def test_a_metric_that_is_given_as_an_object_chooses_the_epoch(table):
    """As the error about a metric with several values advises."""
    X, y = table
    metrics = [keras.metrics.F1Score(average="macro"), keras.metrics.AUC(name="roc")]
    for name in ("f1_score", "roc"):
        net = KerasRealMLPClassifier((16,), epochs=3, metrics=metrics, selection=name, random_state=0).fit(X, y > 1)
        assert set(net.history_) == {f"{on}{one}" for on in ("", "val_") for one in ("loss", "f1_score", "roc")}
        assert net.history_[f"val_{name}"][net.best_epoch_ - 1] == max(net.history_[f"val_{name}"])


def test_numbers_have_no_log_loss(table):
    with pytest.raises(ValueError, match="KerasRealMLPRegressor: selection must be 'error' or"):
        KerasRealMLPRegressor((16,), selection="log_loss").fit(*table)


def test_a_selection_that_is_no_metric_is_named(table):
    message = "selection: the name must be 'error', 'log_loss' or one of Keras' metrics; got 'acuracy'; did you mean"
    with pytest.raises(ValueError, match=message):
        KerasRealMLPClassifier((16,), selection="acuracy").fit(table[0], table[1] > 1)


def test_few_rows_are_all_trained_on(table):
    X, y = table
    net = KerasRealMLPRegressor(**SMALL).fit(X.head(40), y[:40])
    assert "val_loss" not in net.history_


def test_the_number_of_epochs_and_the_rate_compile_nothing(table, regressor):
    X, y = table
    before = n_traces()
    KerasRealMLPRegressor(**SMALL | {"epochs": 7}, learning_rate=0.1).fit(X, y)
    assert n_traces() == before


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="skdl compiles networks on JAX alone")
def test_dropout_and_weight_decay_compile_nothing_and_have_their_effect(table, regressor, monkeypatch):
    """The oracle is a program of their own, traced with them as constants."""
    X, y = table
    other = {**SMALL, "epochs": 5, "dropout": 0.1, "weight_decay": 0.1}
    before = n_traces()
    net = KerasRealMLPRegressor(**other).fit(X, y)
    changed = KerasRealMLPRegressor(**other | {"weight_decay": 0.02}).fit(X, y)
    assert n_traces() == before
    monkeypatch.setattr("skdl.training._traced_hyperparameters._slots", lambda model, optimizer: [])
    monkeypatch.setattr("skdl.training._structure.mask_hyperparameters", lambda config, model: config)
    monkeypatch.setattr("skdl.training._lazy_model._TEMPLATES.get", lambda key, make: make())
    alone = KerasRealMLPRegressor(**other).fit(X, y)
    assert n_traces() > before
    np.testing.assert_allclose(net.predict(X), alone.predict(X), rtol=1e-4)
    assert np.abs(changed.predict(X) - alone.predict(X)).max() > 1e-3


def test_warm_start_continues_with_the_weights(table):
    X, y = table
    net = KerasRealMLPRegressor(**SMALL, warm_start=True).fit(X, y)
    first = net.history_["loss"][0]
    net.fit(X, y)
    assert len(net.history_["loss"]) == 40
    assert net.history_["loss"][20] < first / 2
    assert not hasattr(net, "partial_fit")


def test_warm_start_does_not_continue_several_networks_as_one(table):
    net = KerasRealMLPRegressor(**SMALL, n_estimators=3).fit(*table).set_params(n_estimators=1, warm_start=True)
    with pytest.raises(ValueError, match="must continue a single network"):
        net.fit(*table)


def test_rows_of_weight_zero_are_no_rows(table):
    X, y = table
    weight = np.ones(len(X))
    weight[200:] = 0.0
    weighted = KerasRealMLPRegressor(**SMALL).fit(X, y, sample_weight=weight)
    cut = KerasRealMLPRegressor(**SMALL).fit(X.head(200), y[:200], sample_weight=np.ones(200))
    np.testing.assert_array_equal(weighted.predict(X), cut.predict(X))


def test_what_it_cannot_take_is_said(table):
    X, y = table
    with pytest.raises(ValueError, match=r"got datetime64.* in column 'day'"):
        KerasRealMLPRegressor(**SMALL).fit(X.assign(day=pd.Timestamp("2024-01-01")), y)
    with pytest.raises(ValueError, match=r"Complex data not supported; got complex128 in column 'wave'"):
        KerasRealMLPRegressor(**SMALL).fit(X.assign(wave=1j), y)
    with pytest.raises(ValueError, match="whole number of units, 1 or more; got 0"):
        KerasRealMLPRegressor((0,)).fit(X, y)
    with pytest.raises(ValueError, match="got a date in column 'day'"):
        KerasRealMLPRegressor(**SMALL).fit(X.assign(day=dt.date(2024, 1, 1)), y)
    with pytest.raises(ValueError, match="each with a name of its own; got 'age' several times"):
        KerasRealMLPRegressor(**SMALL).fit(X.rename(columns={"size": "age"}), y)
    with pytest.raises(ValueError, match=r"1 or more columns.*; got none"):
        KerasRealMLPRegressor(**SMALL).fit(X[[]], y)
    with pytest.raises(ValueError, match="got a list in column 'tags'"):
        KerasRealMLPRegressor(**SMALL).fit(X.assign(tags=[["a"]] * len(X)), y)
    with pytest.raises(TypeError, match=r"X must be dense.* got a sparse matrix\. Pass X\.toarray"):
        KerasRealMLPRegressor(**SMALL).fit(csr_array(np.eye(3)), np.ones(3))
    with pytest.raises(ValueError, match=r"finite numbers; got infinity.* column 'age'"):
        KerasRealMLPRegressor(**SMALL).fit(X.assign(age=np.inf), y)
    with pytest.raises(ValueError, match="numbers in column 'age'"):
        KerasRealMLPRegressor(**SMALL).fit(X, y).predict(X.assign(age="old"))


def test_a_file_is_loaded_as_the_estimator_that_wrote_it(table, classifier, tmp_path):
    """With coding, names and labels; a clone trains the same structure."""
    X, y = table
    classifier.export_keras(tmp_path / "net.keras")
    loaded = KerasRealMLPClassifier.from_keras(tmp_path / "net.keras", epochs=20)
    np.testing.assert_array_equal(loaded.predict_proba(X), classifier.predict_proba(X))
    assert loaded.evaluate(X, np.where(y > 1, "high", "low"))["loss"] == pytest.approx(
        classifier.history_["loss"][-1], 1
    )
    assert list(loaded.classes_) == ["high", "low"]
    with pytest.raises(ValueError, match="feature names should match"):
        loaded.predict(X.rename(columns={"age": "years"}))
    own = {name: value for name, value in classifier.get_params().items() if name != "random_state"}
    assert own.items() <= loaded.get_params().items()
    assert "coding" not in classifier.model_.get_layer("embedding").get_config()
    with pytest.raises(UsageError, match=r"Use KerasRealMLPClassifier\.from_keras"):
        KerasRealMLPRegressor.from_keras(tmp_path / "net.keras")


def test_a_loaded_network_continues_with_its_weights(table, regressor, tmp_path):
    regressor.export_keras(tmp_path / "net.keras")
    net = KerasRealMLPRegressor.from_keras(tmp_path / "net.keras", epochs=20, warm_start=True, random_state=0)
    assert net.fit(*table).history_["loss"][0] < regressor.history_["loss"][0] / 2


def test_a_network_without_the_coding_of_a_table_is_refused():
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    with pytest.raises(UsageError, match=r"coding of a table.*Load it by KerasMLPRegressor\.from_keras"):
        KerasRealMLPRegressor.from_keras(network)


def test_numbers_as_an_array_need_no_names():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    net = KerasRealMLPRegressor(**SMALL).fit(X, np.column_stack([X[:, 0], X[:, 1] ** 2]))
    assert net.predict(X).shape == (120, 2)


def test_activations_and_the_cosine_are_keras_own():
    from skdl.keras_layers import cos_of_turns, mish, selu

    x = np.linspace(-30.0, 30.0, 2001, dtype="float32")
    np.testing.assert_allclose(mish(x), keras.activations.mish(x), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(selu(x), keras.activations.selu(x), rtol=1e-5, atol=1e-6)
    turns = np.linspace(-3.0, 3.0, 2001, dtype="float32")
    np.testing.assert_allclose(cos_of_turns(turns), np.cos(2.0 * np.pi * turns.astype(float)), atol=2e-6)


def test_dropout_keeps_the_mean_and_fades():
    from skdl.keras_layers import FadingDropout

    layer = FadingDropout(0.25)
    layer.build((None, 100))
    rows = np.ones((200, 100), dtype="float32")
    layer.step.assign(0.0)
    layer.n_steps.assign(10.0)
    dropped = np.asarray(layer(rows, training=True))
    assert (dropped == 0).mean() == pytest.approx(0.25, abs=0.01)
    assert dropped.mean() == pytest.approx(1.0, abs=0.02)
    assert (np.asarray(layer(rows, training=True)) != dropped).any()  # other values in the next step
    layer.step.assign(10.0)
    np.testing.assert_array_equal(layer(rows, training=True), rows)


def test_constant_columns_leave_the_shares_of_the_classes():
    """The first weights are divided by deviations that are only rounding."""
    X, y = pd.DataFrame({"same": np.ones(200)}), np.where(np.arange(200) % 10 == 0, "yes", "no")
    net = skdl.KerasRealMLPClassifier(**SMALL).fit(X, y)
    assert net.score(X, y) == 0.9
    assert net.predict_proba(X[:1])[0, 1] < 0.4
