"""Weights of several epochs as text: differences from epoch to epoch in whole numbers, compressed."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SMALL_ARRAY = 1000  # values


@dataclass(frozen=True)
class SnapshotSize:
    """How many snapshots to encode, and how finely, if that takes no more than a number of bytes.

    ``largest`` is the whole number that the largest difference of an array becomes; small ones compress well.
    """

    n_snapshots: int
    bits: int
    largest: int
    most_bytes: int


def encode_snapshots(
    snapshots: Sequence[Sequence[NDArray[Any]]], epochs: Sequence[int], kept: int, size: SnapshotSize
) -> dict[str, Any]:
    """Encode the arrays of each epoch as `Snapshots` of the page.

    A difference is taken from what the page has decoded so far, so that errors of rounding do not add up: what one
    snapshot lacks is in the next. The first one, of random weights, and small arrays have as fine steps as the bits
    allow.
    """
    finest = 2 ** (size.bits - 1) - 1
    dtype = np.dtype("<i2") if size.bits == 16 else np.dtype("i1")
    present = [np.zeros(array.shape) for array in snapshots[0]]
    scales, parts = [], []
    for snapshot, arrays in enumerate(snapshots):
        of_epoch = []
        for number, array in enumerate(arrays):
            largest = size.largest if snapshot and array.size > _SMALL_ARRAY else finest
            difference = array.astype(np.float64) - present[number]
            scale = float(np.abs(difference).max(initial=0.0)) / largest
            whole = np.rint(difference / scale) if scale > 0.0 else np.zeros(array.shape)
            present[number] = present[number] + whole * scale
            of_epoch.append(scale)
            parts.append(whole.astype(dtype).tobytes())
        scales.append(of_epoch)
    packed = zlib.compress(b"".join(parts), 9)
    return {
        "epochs": list(epochs),
        "kept": list(epochs).index(kept),
        "bits": size.bits,
        "scales": scales,
        "data": base64.b64encode(packed).decode("ascii"),
    }
