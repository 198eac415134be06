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
_FIRST_STEP = 0.25  # of the random weights before training, at most


@dataclass(frozen=True)
class SnapshotSize:
    """How many snapshots to encode, and how finely, if that takes no more than a number of bytes.

    ``step`` is what the whole number 1 stands for, in standard deviations of the differences of an array; 0 is as fine
    as the bits allow. Coarse steps compress well.
    """

    n_snapshots: int
    bits: int
    step: float
    most_bytes: int


def encode_snapshots(
    snapshots: Sequence[Sequence[NDArray[Any]]], epochs: Sequence[int], kept: int, size: SnapshotSize
) -> dict[str, Any]:
    """Encode the arrays of each epoch as `Snapshots` of the page.

    A difference is taken from what the page has decoded so far, so that errors of rounding do not add up: what one
    snapshot lacks is in the next. Small arrays, such as biases, have as fine steps as the bits allow.
    """
    dtype = np.dtype("<i2") if size.bits == 16 else np.dtype("i1")
    largest = 2 ** (size.bits - 1) - 1
    present = [np.zeros(array.shape) for array in snapshots[0]]
    scales, parts = [], []
    for snapshot, arrays in enumerate(snapshots):
        step = size.step if snapshot else min(size.step, _FIRST_STEP)
        of_epoch = []
        for number, array in enumerate(arrays):
            difference = array.astype(np.float64) - present[number]
            scale = float(np.abs(difference).max(initial=0.0)) / largest
            if array.size > _SMALL_ARRAY:
                scale = max(scale, step * float(difference.std()))
            scale = float(f"{scale:.6g}")  # short in JSON, and what the page multiplies with
            whole = np.rint(difference / scale) if scale > 0.0 else np.zeros(array.shape)
            present[number] = present[number] + whole * scale
            of_epoch.append(scale)
            parts.append(whole.astype(dtype).tobytes())
        scales.append(of_epoch)
    return {
        "epochs": list(epochs),
        "kept": list(epochs).index(kept),
        "bits": size.bits,
        "scales": scales,
        "data": base64.b64encode(_compress(b"".join(parts))).decode("ascii"),
    }


def _compress(content: bytes) -> bytes:
    """Compress with and without the search for repetitions, which in random numbers finds nothing worth its codes."""
    packed = []
    for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY):
        packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, 9, strategy)
        packed.append(packer.compress(content) + packer.flush())
    return min(packed, key=len)
