"""KerasMLPRegressor, behaviour by behaviour."""

import numpy as np
import pytest
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
    net = fitted(hidden_layer_sizes=(), epochs=1500, learning_rate=0.05, batch_size=442, dtype="float64")
    assert net.predict(X) == pytest.approx(LinearRegression().fit(X, Y).predict(X), abs=1.0)


def test_one_of_the_validation_arguments_alone_is_an_error():
    with pytest.raises(ValueError, match="X_val and y_val must be given together"):
        KerasMLPRegressor(epochs=1).fit(X, Y, X_val=X)


def test_fit_of_two_epochs_equals_fit_of_one_and_partial_fit():
    """The optimizer, the row order and dropout continue."""
    one = fitted(epochs=1, dropout=0.2).partial_fit(X, Y)
    assert np.array_equal(one.predict(X), fitted(epochs=2, dropout=0.2).predict(X))
    assert one.n_iter_ == 2


@pytest.mark.parametrize(
    ("parameter", "value"), [("epochs", 0), ("dropout", 1.0), ("dtype", "float16"), ("target_scaling", "log")]
)
def test_a_parameter_out_of_range_is_named(parameter, value):
    """scikit-learn's own message form."""
    with pytest.raises(ValueError, match=f"The '{parameter}' parameter of KerasMLPRegressor must be"):
        KerasMLPRegressor(**{parameter: value}).fit(X, Y)
