"""KerasMLPRegressor, behaviour by behaviour."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression

from skdl import KerasMLPRegressor

X, Y = load_diabetes(return_X_y=True, scaled=False)
X = (X - X.mean(axis=0)) / X.std(axis=0)


def fitted(**parameters):
    """Fit a small network on the diabetes data."""
    settings = {"hidden_layer_sizes": (8,), "epochs": 5, "learning_rate": 0.01, "random_state": 0}
    return KerasMLPRegressor(**{**settings, **parameters}).fit(X, Y)


def test_a_network_without_hidden_layers_finds_the_least_squares_plane():
    """The oracle is LinearRegression."""
    net = fitted(hidden_layer_sizes=(), epochs=300, learning_rate=0.05, batch_size=442, dtype="float64")
    assert net.predict(X) == pytest.approx(LinearRegression().fit(X, Y).predict(X), abs=1.0)


@pytest.mark.parametrize("scaling", ["standard", "minmax", None])
def test_predictions_come_back_in_the_target_s_own_unit(scaling):
    """Whatever the target is scaled to, the mean prediction is near the mean target."""
    net = fitted(target_scaling=scaling, epochs=60, learning_rate=0.05 if scaling else 0.5)
    assert net.predict(X).mean() == pytest.approx(Y.mean(), rel=0.1)


@pytest.mark.parametrize(
    "activation", ["relu", "tanh", "leaky_relu", "elu", "selu", "gelu", "mish", "sigmoid", "maxout"]
)
def test_every_activation_trains(activation):
    """The loss falls."""
    history = fitted(activation=activation, epochs=10).history_["loss"]
    assert history[-1] < history[0]


def test_early_stopping_holds_out_rows_and_restores_the_best_epoch():
    """The last epochs after the best one are not kept."""
    net = fitted(early_stopping=True, patience=3, epochs=200, learning_rate=0.05)
    assert net.n_iter_ == len(net.history_["val_loss"]) == net.best_epoch_ + 3


def test_given_validation_rows_replace_the_split():
    """X_val and y_val are watched as they are."""
    net = KerasMLPRegressor((8,), epochs=3, random_state=0).fit(X[:300], Y[:300], X_val=X[300:], y_val=Y[300:])
    assert len(net.history_["val_loss"]) == 3


def test_one_of_the_validation_arguments_alone_is_an_error():
    """X_val without y_val says what is missing."""
    with pytest.raises(ValueError, match="X_val and y_val must be given together"):
        KerasMLPRegressor(epochs=1).fit(X, Y, X_val=X)


def test_several_targets_are_predicted_at_once():
    """Each output has its own unit."""
    both = np.column_stack([Y, 1000 * Y])
    predicted = KerasMLPRegressor((8,), epochs=40, learning_rate=0.05, random_state=0).fit(X, both).predict(X)
    assert predicted.shape == both.shape
    assert predicted.mean(axis=0) == pytest.approx(both.mean(axis=0), rel=0.05)


def test_the_same_random_state_gives_the_same_bits():
    """Two fits agree, and a third of another seed does not."""
    assert np.array_equal(fitted(dropout=0.2).predict(X), fitted(dropout=0.2).predict(X))
    assert not np.array_equal(fitted().predict(X), fitted(random_state=1).predict(X))


def test_four_threads_give_the_bits_of_one():
    """No seed passes through global state."""
    alone = fitted(dropout=0.2).predict(X)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: fitted(dropout=0.2).predict(X), range(4)))
    assert all(np.array_equal(alone, predicted) for predicted in together)


def test_fit_of_two_epochs_equals_fit_of_one_and_partial_fit():
    """The optimizer, the row order and dropout go on where they were."""
    one = fitted(epochs=1, dropout=0.2).partial_fit(X, Y)
    assert np.array_equal(one.predict(X), fitted(epochs=2, dropout=0.2).predict(X))
    assert one.n_iter_ == 2


def test_a_pickle_predicts_the_same_and_keeps_the_history():
    """Weights, history and parameters survive; the optimizer's state does not weigh on the file."""
    net = fitted()
    loaded = pickle.loads(pickle.dumps(net))
    assert np.array_equal(loaded.predict(X), net.predict(X))
    assert loaded.history_ == net.history_
    assert loaded.partial_fit(X, Y).n_iter_ == 6


def test_callbacks_are_copied_for_each_fit():
    """The parameter stays clean; the fit's copy saw the epochs."""
    stopper = keras.callbacks.EarlyStopping(monitor="loss", patience=1, min_delta=1e9)
    net = fitted(callbacks=[stopper], epochs=50)
    assert net.n_iter_ == 2
    assert net.callbacks_[0] is not stopper
    assert clone(net).fit(X, Y).n_iter_ == 2


def test_metrics_stand_in_the_history():
    """A metric by name is recorded an epoch."""
    assert len(fitted(metrics=["mae"]).history_["mae"]) == 5


@pytest.mark.parametrize(
    "optimizer", ["sgd", keras.optimizers.RMSprop, keras.optimizers.Adam(0.01)], ids=["name", "class", "instance"]
)
def test_optimizers_go_by_name_class_and_instance(optimizer):
    """All of them train; an instance is not used up by a fit."""
    net = fitted(optimizer=optimizer)
    assert net.history_["loss"][-1] < net.history_["loss"][0]
    assert clone(net).fit(X, Y).history_ == net.history_


@pytest.mark.parametrize(
    "loss",
    ["mae", "huber", keras.losses.LogCosh, keras.losses.Huber(delta=0.5)],
    ids=["mae", "huber", "class", "instance"],
)
def test_losses_go_by_name_class_and_instance(loss):
    """All of them train."""
    history = fitted(loss=loss, epochs=10).history_["loss"]
    assert history[-1] < history[0]


def test_a_learning_rate_schedule_is_taken():
    """Keras' schedules stand for a number."""
    schedule = keras.optimizers.schedules.ExponentialDecay(0.05, decay_steps=3, decay_rate=0.5)
    assert fitted(learning_rate=schedule).history_["loss"][-1] < 1.0


def test_a_network_of_one_s_own_replaces_the_mlp():
    """The function gets what its signature names."""

    def build(n_features_in, n_outputs, activation):
        inputs = keras.Input((n_features_in,))
        wide = keras.layers.Dense(4, activation=activation)(inputs)
        return keras.Model(inputs, keras.layers.Dense(n_outputs)(keras.layers.Concatenate()([inputs, wide])))

    net = fitted(model=build)
    assert "concatenate" in " ".join(layer.name for layer in net.model_.layers)
    assert np.array_equal(net.predict(X), fitted(model=build).predict(X))


def test_a_network_with_the_wrong_last_layer_is_an_error():
    """The message says how many units the target needs."""

    def build():
        return keras.Sequential([keras.layers.Input((10,)), keras.layers.Dense(3)])

    with pytest.raises(ValueError, match="last layer must have 1 units"):
        fitted(model=build)


def test_an_exported_network_answers_in_the_target_s_unit(tmp_path):
    """The .keras file holds the rescaling."""
    net = fitted()
    net.export_keras(tmp_path / "net.keras")
    loaded = keras.saving.load_model(tmp_path / "net.keras")
    assert loaded.predict(X.astype("float32"), verbose=0)[:, 0] == pytest.approx(net.predict(X), rel=1e-5)


def test_a_keras_file_becomes_a_fitted_estimator(tmp_path):
    """It predicts as the network that was exported, and its clones can be fitted."""
    net = fitted()
    net.export_keras(tmp_path / "net.keras")
    loaded = KerasMLPRegressor.from_keras(tmp_path / "net.keras", epochs=2)
    assert loaded.predict(X) == pytest.approx(net.predict(X), rel=1e-5)
    assert clone(loaded).fit(X, Y).n_iter_ == 2


def test_evaluate_names_loss_and_metrics():
    """The loss is the scaled mean squared error of the predictions."""
    net = fitted(metrics=["mae"])
    scaled = (net.predict(X) - Y) / Y.std()
    assert net.evaluate(X, Y) == pytest.approx({"loss": np.mean(scaled**2), "mae": np.mean(np.abs(scaled))}, rel=1e-4)


def test_images_are_flattened_by_the_network():
    """Rows of shape (n_rows, n_columns) go in as they are."""
    images = X[:, :8].reshape(-1, 2, 4)
    flat = KerasMLPRegressor((4,), epochs=2, random_state=0).fit(X[:, :8], Y).predict(X[:, :8])
    assert np.array_equal(KerasMLPRegressor((4,), epochs=2, random_state=0).fit(images, Y).predict(images), flat)


@pytest.mark.parametrize(
    ("parameter", "value"), [("epochs", 0), ("dropout", 1.0), ("dtype", "float16"), ("target_scaling", "log")]
)
def test_a_parameter_out_of_range_is_named(parameter, value):
    """scikit-learn's own message form."""
    with pytest.raises(ValueError, match=f"The '{parameter}' parameter of KerasMLPRegressor must be"):
        KerasMLPRegressor(**{parameter: value}).fit(X, Y)


@pytest.mark.parametrize("parameter", ["optimizer", "loss"])
def test_an_unknown_keras_name_is_an_error_that_offers_names(parameter):
    """The message names the parameter, the value and what to try."""
    with pytest.raises(ValueError, match=f"{parameter}: must be .* got 'nonsense'. Try"):
        KerasMLPRegressor(**{parameter: "nonsense"}, epochs=1).fit(X, Y)
