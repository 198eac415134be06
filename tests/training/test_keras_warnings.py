"""Warnings of Keras' own code, which are ignored while its callbacks and files run."""

import warnings

import keras
import pytest

from skdl.training import without_array_warnings


def test_warnings_of_keras_variables_are_ignored_inside_the_context_alone():
    """Nested or in several threads; the filters of the process are as before."""
    variable, before = keras.Variable([1.0]), list(warnings.filters)
    with without_array_warnings():
        with without_array_warnings():
            variable.numpy()
        assert variable.numpy() == 1.0
        with pytest.raises(UserWarning):
            warnings.warn("another", UserWarning, stacklevel=1)
    assert warnings.filters == before


def test_a_filter_of_the_user_stays():
    message = "__array__ implementation doesn't accept a copy keyword"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message, DeprecationWarning)
        with without_array_warnings():
            pass
        assert keras.Variable([1.0]).numpy() == 1.0
