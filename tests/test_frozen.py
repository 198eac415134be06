"""Frozen networks: NumPy networks that are scikit-learn estimators."""

import keras
import numpy as np
import pandas as pd
import pytest
from helpers.frozen_networks import frozen_classifier
from helpers.frozen_networks import frozen_regressor as regressor
from scipy.sparse import csr_matrix
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from threadpoolctl import threadpool_limits

from skdl.exceptions import ModelFileError, UsageError
from skdl.frozen import ACTIVATIONS, FrozenMLPClassifier, FrozenMLPRegressor

DENSE = {"op": "dense", "kernel": 0, "bias": None}


def activation(name, n_outputs, dtype="float32", **parameters):
    """Make a regressor that is one activation."""
    layers = [{"op": "activation", "name": name, "parameters": parameters}]
    return regressor(layers, [], (n_outputs,), dtype, n_outputs=n_outputs, one_dimensional=False)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_each_activation_equals_keras(name):
    """Between -30 and 30, tails and kinks included."""
    x = np.linspace(-30, 30, 602).reshape(-1, 2).astype("float32")
    expected = np.asarray(keras.activations.get(name)(keras.ops.convert_to_tensor(x)))
    layers = [{"op": "activation", "name": name, "parameters": {}}]
    frozen = regressor(layers, [], (2,), n_outputs=expected.shape[1] if name != "glu" else 1, one_dimensional=False)
    np.testing.assert_allclose(frozen.predict(x), expected, rtol=1e-5, atol=1e-6)


def test_what_is_too_small_is_zero_under_every_setting_of_numpy():
    with np.errstate(all="raise"):
        assert activation("softmax", 2).predict([[0.0, 200.0]]).tolist() == [[0.0, 1.0]]


def test_every_keras_activation_is_known_but_one():
    """`threshold` cannot be named alone."""
    named = {function.__name__ for function in keras.src.activations.ALL_OBJECTS}
    assert named - {"threshold"} == set(ACTIVATIONS)


def test_a_correct_sparsemax_projects_onto_the_simplex():
    """Values by hand, a tie among them; Keras 3.15 computes another function."""
    x = np.array([[3.0, 2.8, -1.0], [0.5, 0.5, 0.5], [9.0, 0.0, 0.0]])
    expected = [[0.6, 0.4, 0.0], [1 / 3, 1 / 3, 1 / 3], [1.0, 0.0, 0.0]]
    np.testing.assert_allclose(activation("sparsemax", 3, "float64", summed=False).predict(x), expected)


def test_an_activation_of_a_later_version_is_refused():
    """The message names the remedy."""
    with pytest.raises(ModelFileError, match=r"must be one of this version's; got 'new'\. Update skdl"):
        activation("new", 2).predict([[1.0, 2.0]])


@pytest.mark.parametrize(
    "parameters",
    [
        {"negative_slope": 0.1},
        {"max_value": 1.5},
        {"threshold": 0.5},
        {"negative_slope": 0.2, "max_value": 2.0, "threshold": 1.0},
    ],
    ids=",".join,
)
def test_relu_with_parameters_equals_keras(parameters):
    """The ReLU layer's slope, cap and threshold."""
    x = np.linspace(-3, 3, 62).reshape(-1, 2).astype("float32")
    expected = np.asarray(keras.layers.ReLU(**parameters)(x))
    np.testing.assert_allclose(activation("relu", 2, **parameters).predict(x), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("n_rows", [20_001, 150_001])
def test_dense_layers_multiply_in_many_chunks(n_rows):
    """20,000 rows are several chunks, the last one partial; 150,000 rows are so many that threads compute them."""
    rng = np.random.default_rng(0)
    X, first, bias, second = (rng.normal(size=shape) for shape in [(n_rows, 3), (3, 70), (70,), (70, 1)])
    layers = [{"op": "dense", "kernel": 0, "bias": 1}, {"op": "dense", "kernel": 2, "bias": None}]
    frozen = regressor(layers, [first, bias, second], dtype="float64")
    with threadpool_limits(2, user_api="blas"):
        predicted = frozen.predict(X)
    # NumPy is the oracle.
    np.testing.assert_allclose(predicted, ((X @ first + bias) @ second)[:, 0], rtol=1e-10, atol=1e-12)


def test_affine_subtracts_scales_and_shifts():
    """(x - mean) * scale + shift, by hand."""
    layers = [{"op": "affine", "mean": 0, "scale": 1, "shift": 2}]
    frozen = regressor(layers, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], (2,), n_outputs=2)
    np.testing.assert_array_equal(frozen.predict([[2.0, 4.0]]), [[8.0, 14.0]])


def test_maxout_is_the_larger_piece():
    """Reshape to (pieces, units), largest over the pieces."""
    layers = [{"op": "reshape", "shape": [2, 3]}, {"op": "max"}]
    frozen = regressor(layers, [], (6,), n_outputs=3)
    np.testing.assert_array_equal(frozen.predict([[1.0, 5.0, 2.0, 4.0, 0.0, 3.0]]), [[4.0, 5.0, 3.0]])


def test_images_are_flattened_row_by_row():
    """A (2, 2) image through reshape and dense."""
    layers = [{"op": "reshape", "shape": [4]}, DENSE]
    frozen = regressor(layers, [[[1.0], [10.0], [100.0], [1000.0]]], (2, 2))
    np.testing.assert_array_equal(frozen.predict(np.array([[[1.0, 2.0], [3.0, 4.0]]])), [4321.0])


def test_sparse_rows_predict_as_dense_ones():
    """CSR input is made dense a chunk at a time."""
    X = np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 0.0]])
    frozen = regressor([DENSE], [[[1.0], [2.0], [3.0]]])
    np.testing.assert_array_equal(frozen.predict(csr_matrix(X)), frozen.predict(X))


def test_predicting_leaves_the_callers_rows_alone():
    """Layers overwrite a copy."""
    X = np.full((2, 1), -1.0, dtype="float32")
    activation("relu", 1).predict(X)
    assert (X == -1.0).all()


def test_predictions_are_in_the_targets_unit():
    """Raw 3 with scale 2 and centre 10 is 16."""
    unit = {"target_center": np.array([10.0]), "target_scale": np.array([2.0])}
    frozen = regressor([DENSE], [[[3.0]]], (1,), **unit)
    assert frozen.predict([[1.0]]).tolist() == [16.0]


def classifier(raw, classes, coding):
    """Make a classifier whose network multiplies its one column by `raw`."""
    return frozen_classifier([DENSE], [[raw]], coding, classes, (1,), dtype="float64")


def test_one_unit_predicts_two_classes():
    """The unit is the second class's probability."""
    frozen = classifier([0.75], ["no", "yes"], "binary")
    np.testing.assert_allclose(frozen.predict_proba([[1.0]]), [[0.25, 0.75]])
    np.testing.assert_allclose(frozen.predict_log_proba([[1.0], [2.0]]), [np.log([0.25, 0.75]), [-np.inf, 0.0]])
    assert frozen.predict([[1.0]]).tolist() == ["yes"]


def test_probabilities_of_several_classes_sum_to_one():
    """A head without softmax is divided by its sum; where that is 0, as in Keras' estimator, no class is likelier."""
    frozen = classifier([1.0, 2.0, 1.0], [7, 8, 9], "integer")
    np.testing.assert_allclose(frozen.predict_proba([[1.0], [0.0]]), [[0.25, 0.5, 0.25], [1 / 3, 1 / 3, 1 / 3]])
    assert frozen.predict([[1.0]]).tolist() == [8]


def test_multilabel_predicts_each_label_by_itself():
    """Above one half is 1."""
    frozen = classifier([0.9, 0.2], [0, 1], "multilabel")
    np.testing.assert_array_equal(frozen.predict([[1.0]]), [[1, 0]])


def test_scikit_learn_recognises_the_kinds():
    """Regressor and classifier tags."""
    assert is_regressor(regressor([DENSE], [np.ones((3, 1))]))
    assert is_classifier(classifier([0.5], [0, 1], "binary"))


def test_an_unfitted_one_raises_an_error():
    """A clone holds no network."""
    with pytest.raises(NotFittedError, match="not fitted"):
        clone(regressor([DENSE], [np.ones((3, 1))])).predict([[1.0, 2.0, 3.0]])


def test_a_frozen_network_refuses_to_be_trained():
    """The message says what to fit."""
    with pytest.raises(UsageError, match="Fit the Keras estimator and freeze it again"):
        FrozenMLPClassifier().fit([[1.0]], [0])


def test_columns_in_another_order_are_refused():
    """As scikit-learn does, by name."""
    frozen = regressor([DENSE], [np.ones((2, 1))], (2,), feature_names_in=np.array(["a", "b"], dtype=object))
    with pytest.raises(ValueError, match="must be in the same order"):
        frozen.predict(pd.DataFrame({"b": [1.0], "a": [2.0]}))


def test_images_of_another_shape_are_refused():
    """Not only the first dimension counts."""
    frozen = regressor([{"op": "reshape", "shape": [4]}], [], (2, 2), n_outputs=4)
    with pytest.raises(ValueError, match=r"must be of shape \(n_samples, 2, 2\); got \(1, 2, 3\)"):
        frozen.predict(np.ones((1, 2, 3)))


def test_the_state_of_saved_models_stays_as_it_is():
    """Saved models hold these attributes, and load in later versions."""
    network = {"configuration_", "weights_", "n_features_in_"}
    frozen = regressor([DENSE], [[[1.0], [2.0], [3.0]]])
    assert set(vars(frozen)) == {*network, "target_center_", "target_scale_", "n_outputs_"}
    assert frozen.configuration_ == {
        "format": 1,
        "dtype": "float32",
        "input_shape": [3],
        "layers": [DENSE],
        "one_dimensional": True,
    }
    of_classes = classifier([0.75], ["no", "yes"], "binary")
    assert set(vars(of_classes)) == {*network, "classes_"}
    assert of_classes.configuration_["coding"] == "binary"


def test_a_state_of_a_newer_format_is_refused():
    """An older version must not read half of it."""
    with pytest.raises(ModelFileError, match="format must be at most 1; got 2"):
        FrozenMLPRegressor().__setstate__({"configuration_": {"format": 2}})


def test_importing_it_loads_neither_keras_nor_jax(commands):
    commands.output_of("import sys, skdl.frozen; assert not {'keras', 'jax', 'scikeras'} & set(sys.modules)")
