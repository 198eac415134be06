"""The loss on training rows in inference mode: `evaluate` is the oracle."""

import copy
import pickle

import keras
import numpy as np
import pytest
from helpers.cases import cases
from scipy.sparse import csr_matrix
from sklearn.pipeline import make_pipeline

from skdl import KerasMLPClassifier, KerasMLPRegressor, diagnose_training
from skdl.exceptions import UsageError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3))
Y = X.sum(axis=1) + RNG.normal(size=120)
LABELS = np.array(["low", "high"])[(Y > 0).astype(int)]
VALIDATION = {"X_val": X[100:], "y_val": Y[100:]}


def net(kind=KerasMLPRegressor, **settings):
    """Make a small network."""
    return kind(**{"hidden_layer_sizes": (8,), "epochs": 12, "random_state": 0, **settings})


def user_defined_network(n_features_in):
    """Build a user-defined network with a penalty."""
    return keras.Sequential([keras.Input((n_features_in,)), keras.layers.Dense(1, kernel_regularizer="l2")])


CASES = {
    "plain": {},
    "dropout": {"dropout": 0.5},
    "penalty": {"l1": 0.01, "l2": 0.1},
    "batch norm": {"batch_normalization": True},
    "own network": {"model": user_defined_network},
}


@pytest.mark.parametrize("settings", cases(CASES, {"dropout", "batch norm", "own network"}))
def test_it_is_the_loss_of_the_training_rows_in_inference_mode(settings):
    """Penalties are part of it, as they are of the recorded losses; dropout is not."""
    fitted = net(**settings).fit(X[:100], Y[:100], **VALIDATION)
    assert fitted.inference_loss_ == pytest.approx(fitted.evaluate(X[:100], Y[:100])["loss"], rel=1e-4)


@pytest.fixture(scope="module")
def stopped():
    """Fit a network that early stopping ends."""
    return net(epochs=200, learning_rate=0.05, early_stopping=True, patience=5).fit(X[:100], Y[:100], **VALIDATION)


def test_it_is_that_of_the_restored_weights(stopped):
    assert stopped.best_epoch_ < stopped.n_iter_
    assert stopped.inference_loss_ == pytest.approx(stopped.evaluate(X[:100], Y[:100])["loss"], rel=1e-4)


def test_a_diagnosis_of_an_estimator_takes_from_it_what_the_rules_need(stopped):
    """The baseline, the inference loss, and the epoch whose weights were restored; also inside a pipeline."""
    given = {"baseline_loss": stopped.baseline_loss_, "inference_loss": stopped.inference_loss_}
    expected = diagnose_training(stopped.history_, **given, kept_epoch=stopped.best_epoch_)
    assert diagnose_training(stopped) == diagnose_training(make_pipeline(stopped)) == expected


@pytest.mark.parametrize("fitted", [net(), None], ids=["unfitted", "None"])
def test_a_diagnosis_without_a_history_is_an_error(fitted):
    with pytest.raises(UsageError, match=r"history must be a fitted Keras estimator, .* without a training history"):
        diagnose_training(fitted)


def test_classes_and_sparse_tables_have_it_too():
    """The rows stay sparse."""
    fitted = net(KerasMLPClassifier, validation_split=0.2).fit(csr_matrix(X), LABELS)
    assert 0.0 < fitted.inference_loss_ < 2.0


def test_a_large_table_is_sampled_by_the_seed():
    """The same bits again, and close to the loss of all rows."""
    big = RNG.normal(size=(3000, 3))
    target = big.sum(axis=1)
    settings = {"validation_split": 0.1, "early_stopping": False}
    fitted, again = (net(**settings).fit(big, target) for _ in range(2))
    assert fitted.inference_loss_ == again.inference_loss_
    assert fitted.inference_loss_ == pytest.approx(fitted.evaluate(big, target)["loss"], rel=0.3)


def test_of_many_rows_some_choose_the_epoch():
    """By default; the loss of the epoch that is kept is that of its weights."""
    big = RNG.normal(size=(3000, 3))
    target = big.sum(axis=1) + RNG.normal(size=3000)
    fitted = net(epochs=60, patience=1, learning_rate=0.5, validation_split=0.1).fit(big, target)
    assert fitted.kept_epoch == fitted.best_epoch_ < fitted.n_iter_
    kept = fitted.history_["val_loss"][fitted.kept_epoch - 1]
    assert kept == pytest.approx(fitted.evaluate(big, target)["loss"], rel=0.3)


def test_without_validation_rows_there_is_none():
    """There is no validation loss to compare it with."""
    assert net().fit(X, Y).inference_loss_ is None


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda fitted: pickle.loads(pickle.dumps(fitted))])
def test_copies_hold_no_training_rows(copied):
    """A pickle of a model must not contain data."""
    fitted = net(validation_split=0.2).fit(X, Y)
    assert fitted.inference_loss_ is not None
    assert copied(fitted).inference_loss_ is None


def test_an_unfitted_network_has_none():
    """As with every fitted attribute."""
    assert not hasattr(net(), "inference_loss_")
