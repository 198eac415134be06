"""Results as JSON and back."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from skdl.cross_validation._encoding import decode_result, encode_result
from skdl.cross_validation._fold import FoldResult
from skdl.cross_validation._network_trace import NetworkTrace
from skdl.estimators import NetworkDescription

RESULT = FoldResult(
    "net", 1, 2, {"rmse": 0.1 + 0.2, "mape": float("nan")}, 0.5, 0.25, np.array([1.5, -2.0], dtype=np.float32)
)

TRACE = NetworkTrace({"loss": [0.5, 0.25]}, 2, 1.0, NetworkDescription("2 -> 1 linear", "mse", 3), 1, 0.125)


def through_json(result):
    """Encode, write, read and decode."""
    return decode_result(json.loads(json.dumps(encode_result(result))))


def test_numbers_come_back_to_the_bit():
    """Scores, NaN among them, and predictions with their type."""
    found = through_json(RESULT)
    assert found.scores["rmse"] == RESULT.scores["rmse"]
    assert np.isnan(found.scores["mape"])
    assert found.predicted.dtype == np.float32
    assert found.predicted.tolist() == [1.5, -2.0]


@pytest.mark.parametrize("labels", [np.array(["a", "b"]), np.array(["a", 1, None], dtype=object), np.array([[1], [2]])])
def test_labels_of_every_kind_come_back(labels):
    """Text, objects, and more than one column."""
    found = through_json(replace(RESULT, predicted=labels)).predicted
    assert found.dtype == labels.dtype
    assert found.tolist() == labels.tolist()


def test_a_value_without_a_form_is_refused():
    """Labels that are dates, for one: such a fold is fitted again."""
    with pytest.raises(ValueError, match="no form for datetime"):
        encode_result(replace(RESULT, predicted=np.array([date(2026, 1, 1)], dtype=object)))


def test_the_training_of_a_network_comes_back():
    """History, best and kept epoch, description, the loss on its own rows."""
    assert through_json(replace(RESULT, trace=TRACE)).trace == TRACE


def test_a_training_of_which_less_was_noted_is_read():
    """As an earlier version wrote it."""
    encoded = encode_result(replace(RESULT, trace=TRACE))
    del encoded["trace"]["kept_epoch"], encoded["trace"]["inference_loss"]
    assert decode_result(encoded).trace == replace(TRACE, kept_epoch=None, inference_loss=None)


def test_something_else_is_refused():
    """A line that another version wrote."""
    with pytest.raises(ValueError, match="not the result of a fold"):
        decode_result({"model": "net"})
