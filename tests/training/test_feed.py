"""Sparse rows, trained by a compiled program."""

import keras
import numpy as np
import pytest
from helpers.weights import weights_of
from scipy import sparse

from skdl.training import EarlyStop, Rows, n_traces, train

RNG = np.random.default_rng(0)
X = RNG.normal(size=(151, 5)).astype("float32") * (RNG.random((151, 5)) < 0.5)
Y = X.sum(axis=1, keepdims=True).astype("float32")
WEIGHT = RNG.uniform(0.5, 2.0, 151).astype("float32")


def trained(form, *, norm=False, batch_size=16, **settings):
    """Train a small network on rows of this form, the same one every time."""
    kernel = keras.initializers.GlorotUniform(1)
    middle = [keras.layers.BatchNormalization()] if norm else []
    model = keras.Sequential([keras.layers.Input((5,)), *middle, keras.layers.Dense(1, kernel_initializer=kernel)])
    loss = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
    model.compile(keras.optimizers.Adam(0.05), loss, metrics=["mae"])
    rows, validation = Rows(form(X[:131]), Y[:131], WEIGHT[:131]), Rows(form(X[131:]), Y[131:])
    before = n_traces()
    result = train(model, rows, validation=validation, batch_size=batch_size, epochs=6, seed=0, **settings)
    return weights_of(model), result, n_traces() - before


@pytest.mark.parametrize(
    "stop",
    [None, EarlyStop(patience=1, min_delta=0.5), EarlyStop(patience=1, averaging=0.5)],
    ids=["to the end", "stopped early", "averaged weights"],
)
@pytest.mark.parametrize("batch_size", [16, 2], ids=["one block", "more than 64 batches"])
def test_sparse_rows_give_the_weights_and_history_of_dense_ones(batch_size, stop):
    """At most 64 batches are made dense at a time."""
    thin, result, traces = trained(sparse.csr_matrix, batch_size=batch_size, early_stop=stop)
    thick, expected, _ = trained(np.asarray, batch_size=batch_size, early_stop=stop)
    assert traces <= 3  # the steps, the evaluation and the update of early stopping
    assert len(result.history["loss"]) == len(expected.history["loss"])
    assert result.best_epoch == expected.best_epoch
    for name, values in expected.history.items():
        assert result.history[name] == pytest.approx(values, rel=1e-5)
    for mine, other in zip(thin, thick, strict=True):
        assert mine == pytest.approx(other, abs=1e-6)


@pytest.mark.parametrize("batch_size", [16, 2], ids=["one block", "more than 64 batches"])
def test_sparse_rows_that_must_not_be_padded_train_as_dense_ones(batch_size):
    """Batch normalisation over a last batch of its own size."""
    thin, result, traces = trained(sparse.csr_matrix, norm=True, batch_size=batch_size)
    thick, expected, _ = trained(np.asarray, norm=True, batch_size=batch_size)
    assert 0 < traces <= 5  # whole batches and the last one, of training and validation, and early stopping
    for name, values in expected.history.items():
        assert result.history[name] == pytest.approx(values, rel=1e-5)
    for mine, other in zip(thin, thick, strict=True):
        assert mine == pytest.approx(other, abs=1e-6)


def test_a_second_fit_on_sparse_rows_compiles_nothing():
    """The blocks have one shape."""
    trained(sparse.csr_matrix)
    assert trained(sparse.csr_array)[2] == 0
