"""Complaints about other wrappers, as far as no other test covers them; docs/estimators.md lists all."""

import gc
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import KFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from skdl import KerasMLPClassifier, KerasMLPRegressor
from skdl.training import n_traces

X = np.random.default_rng(0).normal(size=(63, 4))
Y = X[:, 0] + X[:, 1] ** 2
LABELS = np.digitize(Y, [0.0, 1.0])

# TensorFlow keeps the graph of each network that was ever trained, and compiles one for each: keras#20245, keras#12786.
on_jax = pytest.mark.skipif(keras.backend.backend() != "jax", reason="skdl compiles networks on JAX alone")


@pytest.mark.parametrize("kind", ["regressor", "classifier"])
def test_tags_are_scikit_learn_s_own_through_a_pipeline(kind):
    """scikeras#332, skorch#1079: since scikit-learn 1.6 wrappers lack tags."""
    net = KerasMLPRegressor() if kind == "regressor" else KerasMLPClassifier()
    assert get_tags(net).estimator_type == get_tags(make_pipeline(net)).estimator_type == kind
    assert get_tags(net).input_tags.sparse


@pytest.mark.parametrize("given", [None, "0.5"], ids=["unset", "set by the user"])
def test_workers_share_a_gpu(given):
    """skorch#95: JAX and TensorFlow reserve a GPU's memory, so that none is left for a second worker."""
    names = {"XLA_PYTHON_CLIENT_PREALLOCATE": given or "false", "TF_FORCE_GPU_ALLOW_GROWTH": given or "true"}
    variables = {name: value for name, value in os.environ.items() if name not in names}
    variables |= dict.fromkeys(names, given) if given else {}
    script = f"import os, skdl; print([os.environ[name] for name in {list(names)}])"
    seen = subprocess.check_output([sys.executable, "-c", script], env=variables, text=True)
    assert seen.strip() == str(list(names.values()))


@on_jax
def test_memory_does_not_grow_from_fit_to_fit():
    """keras#20245: nothing of a deleted fit stays in memory; benchmarks/memory_of_fits.py measures it."""

    def alive_after_a_fit(seed):
        KerasMLPRegressor((4,), epochs=1, early_stopping=True, random_state=seed).fit(X, Y).predict(X)
        gc.collect()
        return len(gc.get_objects())

    gc.freeze()  # what is there already is neither visited nor counted
    counts = [alive_after_a_fit(seed) for seed in range(6)]
    kept = KerasMLPRegressor((4,), epochs=1, early_stopping=True, random_state=0).fit(X, Y)
    assert kept.model_.built
    assert max(counts[3:]) - counts[2] < 100 < len(gc.get_objects()) - counts[-1]


@on_jax
def test_later_folds_are_not_slower():
    """keras#12786: each fold compiled its own network; here the first fold's programs serve folds of 50 and 51 rows."""
    net = KerasMLPRegressor((5,), epochs=2, batch_size=16, random_state=0)
    first = n_traces()
    net.fit(X[:50], Y[:50]).predict(X[50:])
    before = n_traces()
    cross_validate(net, X, Y, cv=KFold(5))
    assert before > first
    assert n_traces() == before


def test_no_weights_leak_into_the_next_fit():
    """skorch#740, #1073: a second fit, or a clone's, equals a first one; instances as parameters keep no state."""
    parts = {
        "optimizer": keras.optimizers.Adam(0.05),
        "loss": keras.losses.Huber(),
        "metrics": [keras.metrics.MeanAbsoluteError()],
    }
    net = KerasMLPRegressor((4,), epochs=3, random_state=0, **parts).fit(X[:30], Y[:30])
    again, cloned = net.fit(X, Y), clone(net).fit(X, Y)
    fresh = KerasMLPRegressor((4,), epochs=3, random_state=0, **parts).fit(X, Y)
    assert np.array_equal(again.predict(X), fresh.predict(X))
    assert again.history_ == cloned.history_ == fresh.history_


def test_held_out_rows_are_not_the_tail():
    """keras#597, #8346: the last fifth of a sorted table is one class; validation rows hold each class in its share."""
    order = np.argsort(LABELS, kind="stable")[-60:]
    labels = np.repeat(["a", "b", "c"], 20)
    net = KerasMLPClassifier((4,), epochs=1, validation_split=0.2, random_state=0).fit(X[order], labels)
    assert net.baseline_loss_ == pytest.approx(np.log(3))  # of the validation rows; of one class alone it would be 0


def test_held_out_rows_are_whole_groups():
    """Groups reach the network through a pipeline by metadata routing. The target is the same within a group."""
    groups = np.repeat(np.arange(5.0), len(X) // 5)
    pipeline = make_pipeline(StandardScaler(), KerasMLPRegressor((4,), epochs=1, validation_split=0.2, random_state=0))
    with config_context(enable_metadata_routing=True):
        pipeline.fit(X[: len(groups)], groups, groups=groups)
    # The mean of the training rows is off by as much on all validation rows.
    others = [np.delete(np.arange(5.0), group) for group in range(5)]
    expected = [np.square((group - other.mean()) / other.std()) for group, other in enumerate(others)]
    assert min(abs(np.array(expected) - pipeline[-1].baseline_loss_)) < 1e-6


def test_held_out_rows_pass_through_the_pipeline():
    """scikeras#131: they are split off after the scaler."""
    net = KerasMLPRegressor((4,), epochs=3, early_stopping=True, random_state=0)
    pipeline = make_pipeline(StandardScaler(), net).fit(1000 * X + 5000, Y)
    by_hand = clone(net).fit(StandardScaler().fit_transform(1000 * X + 5000), Y)
    assert pipeline[-1].history_["val_loss"] == by_hand.history_["val_loss"]
    assert pipeline[-1].history_["val_loss"][0] < 10


def test_score_is_scikit_learn_s_and_greater_is_better():
    """keras#5577: score was the loss, and a search picked the worst network."""
    regressor = KerasMLPRegressor((4,), epochs=3, random_state=0).fit(X, Y)
    classifier = KerasMLPClassifier((4,), epochs=3, random_state=0).fit(X, LABELS)
    weight = np.linspace(0.5, 2.0, len(X))
    assert regressor.score(X, Y, weight) == r2_score(Y, regressor.predict(X), sample_weight=weight)
    assert classifier.score(X, LABELS) == accuracy_score(LABELS, classifier.predict(X))


@pytest.mark.parametrize("dtype", [float, int])
def test_class_weights_leave_the_sample_weights_as_they_are(dtype):
    """SciKeras multiplies them in place, into the caller's array, and fails where they are integers."""
    weight = np.arange(len(X), dtype=dtype)
    before = weight.copy()
    net = KerasMLPClassifier((4,), epochs=2, class_weight={0: 1.5, 1: 1.0, 2: 4.0}, random_state=0)
    net.fit(X, LABELS, sample_weight=weight)
    product = weight * np.array([1.5, 1.0, 4.0])[LABELS]
    by_hand = clone(net).set_params(class_weight=None).fit(X, LABELS, sample_weight=product)
    assert np.array_equal(weight, before)
    assert np.array_equal(net.predict_proba(X), by_hand.predict_proba(X))
