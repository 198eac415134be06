"""Training a Keras model on rows, against Keras itself."""

import keras
import numpy as np
import pytest
from helpers.keras_training import weight_vector as weights

from skdl.training import Rows, n_traces, predict, train


def network(n_outputs=1):
    """Build a small compiled network, the same one every time."""
    layers = [
        keras.layers.Input((3,)),
        keras.layers.Dense(4, "relu", kernel_initializer=keras.initializers.GlorotUniform(1)),
        keras.layers.Dense(n_outputs, kernel_initializer=keras.initializers.GlorotUniform(2)),
    ]
    made = keras.Sequential(layers)
    made.compile(keras.optimizers.Adam(0.01), keras.losses.MeanSquaredError())
    return made


@pytest.fixture(scope="module")
def rows():
    """Sixty rows of a linear law with noise; the last batch of 16 has 12."""
    draw = np.random.default_rng(0)
    X = draw.normal(size=(60, 3)).astype("float32")
    y = (X @ [[1.0], [2.0], [3.0]] + 0.1 * draw.normal(size=(60, 1))).astype("float32")
    return Rows(X, y)


def test_unshuffled_training_equals_keras_fit_to_the_bit(rows):
    """The oracle is keras.Model.fit(shuffle=False) on the same arrays."""
    ours, theirs = network(), network()
    trained = train(ours, rows, batch_size=16, epochs=3, shuffle=False, seed=0)
    history = theirs.fit(rows.X, rows.y, batch_size=16, epochs=3, shuffle=False, verbose=0).history
    assert np.array_equal(weights(ours), weights(theirs))
    assert trained.history["loss"] == pytest.approx(history["loss"], rel=1e-6)


def test_a_large_table_is_trained_by_a_program_of_its_own(rows):
    """One that takes longer to compile; it equals keras.Model.fit as the other does."""
    small, ours, theirs = network(), network(), network()
    train(small, rows, batch_size=60, epochs=1, shuffle=False, seed=0)
    before = n_traces()
    many = Rows(np.tile(rows.X, (30_000, 1)), np.tile(rows.y, (30_000, 1)))
    train(ours, many, batch_size=180_000, epochs=1, shuffle=False, seed=0)
    assert n_traces() == before + 1
    theirs.fit(many.X, many.y, batch_size=180_000, epochs=1, shuffle=False, verbose=0)
    assert weights(ours) == pytest.approx(weights(theirs), abs=1e-6)


def test_two_epochs_equal_one_and_one_more(rows):
    """The row order depends on the epoch's number alone."""
    at_once, in_two = network(), network()
    train(at_once, rows, batch_size=16, epochs=2, seed=5)
    train(in_two, rows, batch_size=16, epochs=1, seed=5)
    train(in_two, rows, batch_size=16, epochs=1, first_epoch=1, seed=5)
    assert np.array_equal(weights(at_once), weights(in_two))


def test_another_seed_visits_rows_in_another_order(rows):
    first, second = network(), network()
    train(first, rows, batch_size=16, epochs=1, seed=1)
    train(second, rows, batch_size=16, epochs=1, seed=2)
    assert not np.array_equal(weights(first), weights(second))


def test_a_prediction_does_not_depend_on_its_neighbours(rows):
    """One row at a time gives the bits of all rows at once."""
    model = network(2)
    whole = predict(model, rows.X)
    single = np.concatenate([predict(model, rows.X[i : i + 1]) for i in range(10)])
    assert whole.dtype == np.float64
    assert np.array_equal(whole[:10], single)


def test_more_rows_than_a_chunk_are_predicted_alike(rows):
    """No row is lost between chunks."""
    model = network()
    many = np.tile(rows.X, (200, 1))
    assert np.array_equal(predict(model, many), np.tile(predict(model, rows.X), (200, 1)))


def test_one_progress_bar_counts_epochs(rows, capsys):
    train(network(), rows, batch_size=60, epochs=3, seed=0, verbose=1)
    assert "3/3" in capsys.readouterr().out
