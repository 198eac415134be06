"""A NumPy network as the page's data: steps, arrays, the layers as they are drawn, and the state of their units."""

from __future__ import annotations

import base64
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl.explore._encoding import compress
from skdl.frozen import FrozenMLPRegressor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.frozen import FrozenMLPClassifier

    FrozenNetwork = FrozenMLPClassifier | FrozenMLPRegressor

# Bounds of activations that level off on both sides.
_BOUNDS = {
    "hard_sigmoid": (0.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "sigmoid": (0.0, 1.0),
    "softsign": (-1.0, 1.0),
    "sparse_sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
}
_AT_BOUND = 0.02  # share of the range of an activation
_SATURATED = 0.95  # share of the rows
_CONSTANT = 1e-6
_PACKED = 10_000  # numbers, from which on they are compressed: by a sixth, since the exponents of weights are alike


def _stages(steps: Sequence[dict[str, Any]]) -> list[tuple[str, int, int]]:
    """Return kind, first and last step of each layer as it is drawn.

    Steps are cut before each dense one; what comes before the first belongs to it, but for embeddings.
    """
    dense = [number for number, step in enumerate(steps) if step["op"] == "dense"]
    embeds = bool(dense) and any(step["op"] == "embed" for step in steps[: dense[0]])
    starts = [0, *(dense if embeds else dense[1:])]
    kinds = ["embedding"] * embeds + ["hidden"] * (len(starts) - embeds - 1) + ["output"]
    ends = [*(start - 1 for start in starts[1:]), len(steps) - 1]
    return list(zip(kinds, starts, ends, strict=True))


def network_data(frozen: FrozenNetwork, inputs: NDArray[np.float64]) -> dict[str, Any]:
    """Return the network as `NetworkData` of the page; ``inputs`` are rows that the states of its units are of."""
    layers = frozen.configuration_["layers"]
    # The networks whose outputs are averaged; most often one.
    members = next((step["members"] for step in layers if step["op"] == "average"), [layers])
    offset, arrays = 0, []
    for array in frozen.weights_:
        arrays.append({"shape": list(array.shape), "offset": offset})
        offset += array.size
    return {
        "dtype": frozen.configuration_["dtype"],
        "input_shape": frozen.configuration_["input_shape"],
        "members": [
            {"layers": steps, "stages": [_stage_data(frozen, steps, *stage, inputs) for stage in _stages(steps)]}
            for steps in members
        ],
        "arrays": arrays,
        **_encode_numbers(frozen.weights_, frozen.configuration_["dtype"]),
    }


def _encode_numbers(arrays: Sequence[NDArray[Any]], dtype: str) -> dict[str, Any]:
    """Return arrays one after the other as base64 of little-endian numbers; many of them compressed, without loss."""
    # A network of an activation alone has no arrays.
    numbers = np.concatenate([np.empty(0), *map(np.ravel, arrays)]).astype(np.dtype(dtype).newbyteorder("<"))
    is_packed = len(numbers) > _PACKED
    content = compress(numbers) if is_packed else numbers.tobytes()
    return {"is_packed": is_packed, "data": base64.b64encode(content).decode("ascii")}


def _stage_data(
    frozen: FrozenNetwork,
    steps: Sequence[dict[str, Any]],
    kind: str,
    first: int,
    last: int,
    inputs: NDArray[np.float64],
) -> dict[str, Any]:
    units = activations(frozen, steps[: last + 1], inputs)  # (n_rows, n_units)
    names = [step["name"] for step in steps[first : last + 1] if step["op"] in {"activation", "blend"}]
    activation = names[-1] if names else ""
    low, high, mean = units.min(axis=0), units.max(axis=0), units.mean(axis=0)
    state = np.full(units.shape[1], "", dtype=object)
    if kind == "hidden":
        if activation in _BOUNDS:
            bottom, top = _BOUNDS[activation]
            near = np.minimum(units - bottom, top - units) < _AT_BOUND * (top - bottom)
            state[near.mean(axis=0) >= _SATURATED] = "saturated"
        state[high - low <= _CONSTANT * np.maximum(1.0, np.abs(high))] = "dead"
    return {
        "kind": kind,
        "first": first,
        "last": last,
        "n_units": int(units.shape[1]),
        "activation": activation,
        "state": state.tolist(),
        "minimum": _short(low),
        "maximum": _short(high),
        "mean": _short(mean),
    }


def _short(values: NDArray[np.float64]) -> list[float]:
    """Round to the digits that a picture needs."""
    return [float(f"{value:.5g}") for value in values]


def activations(
    frozen: FrozenNetwork, steps: Sequence[dict[str, Any]], inputs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what the last of some steps of a network puts out, (n_rows, n_units)."""
    configuration = {
        "dtype": frozen.configuration_["dtype"],
        "input_shape": frozen.configuration_["input_shape"],
        "layers": list(steps),
    }
    # The first steps of a network are a network themselves: no second implementation of the steps is needed.
    part = FrozenMLPRegressor.from_network(
        configuration,
        frozen.weights_,
        target_center=np.zeros(1),
        target_scale=np.ones(1),
        one_dimensional=False,
    )
    found: NDArray[np.float64] = part.predict(inputs)
    return found


def bare_network(frozen: FrozenNetwork) -> FrozenNetwork:
    """Return the network for rows as they enter it: without the names and the coding of a table."""
    bare = copy(frozen)
    bare.coder_ = None
    bare.n_features_in_ = frozen.configuration_["input_shape"][0]
    if hasattr(bare, "feature_names_in_"):
        del bare.feature_names_in_
    return bare


def predict_inputs(bare: FrozenNetwork, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return predictions for rows as they enter a network, (n_rows, n_outputs): probabilities, or targets."""
    found = bare.predict_proba(inputs) if hasattr(bare, "predict_proba") else bare.predict(inputs)
    return np.asarray(found, dtype=np.float64).reshape(len(inputs), -1)
