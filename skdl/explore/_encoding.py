"""Weights of several epochs as text: what they differ by from the kept ones, as a sum of few changes, compressed.

In training, weights move along few directions: of the 140,000 weights of a ``keras_real_mlp`` over 28 epochs, six
directions hold 99 % of the variance. So each snapshot is the kept weights plus a sum of changes, which are the
principal components over the epochs. The components are orthogonal: rounding all of them with equal steps gives all
epochs equal errors, and most numbers of the small components are 0, which compresses well.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_SMALL_ARRAY = 1000  # values
_STEP_OF_SMALL = 0.05  # at most: biases take little room, and count much
_LARGEST = 2**15 - 1
_ROUNDED = 0.1  # from this step on, predictions differ visibly


@dataclass(frozen=True)
class SnapshotSize:
    """How many snapshots to encode, and how finely, if that takes no more than a number of bytes.

    ``step`` is what the whole number 1 stands for, as a share of the root mean square by which the weights of an array
    change; 0 is as fine as 16 bits allow. Coarse steps compress well.
    """

    n_snapshots: int
    step: float
    most_bytes: int


def encode_snapshots(
    snapshots: Sequence[Sequence[NDArray[Any]]], epochs: Sequence[int], kept: int, sizes: Iterable[SnapshotSize]
) -> dict[str, Any] | None:
    """Encode the arrays of each epoch as `Snapshots` of the page, in the first of some sizes that holds them."""
    position = list(epochs).index(kept)
    arrays = [np.stack([of_epoch[number].ravel() for of_epoch in snapshots]) for number in range(len(snapshots[0]))]
    differences = [array - array[position].astype(np.float64) for array in arrays]  # each (n_snapshots, n_values)
    _, basis = np.linalg.eigh(sum(one @ one.T for one in differences))
    basis = basis[:, ::-1]  # the largest change first; (n_snapshots, n_changes)
    basis[position] = 0.0  # it differs by nothing; only rounding says otherwise
    changes = [basis.T @ one for one in differences]  # each (n_changes, n_values)
    spreads = [float(np.sqrt((one**2).mean())) for one in differences]
    for size in sizes:
        rounded = _round_changes(changes, spreads, size)
        if rounded is not None:
            scales, data, used = rounded
            return {
                "epochs": list(epochs),
                "kept": position,
                "basis": [[_short(share) for share in row] for row in basis[:, used].tolist()],
                "scales": scales,
                "data": data,
                "is_rounded": size.step >= _ROUNDED,
            }
    return None


def _round_changes(
    changes: Sequence[NDArray[np.float64]], spreads: Sequence[float], size: SnapshotSize
) -> tuple[list[list[float]], list[str], list[int]] | None:
    """Return scales, numbers and positions of the changes that are not 0 when rounded; None if they are too large."""
    scales, data, used, n_bytes = [], [], [], 0
    for change in range(len(changes[0])):
        of_change, numbers = [], []
        for array, spread in zip(changes, spreads, strict=True):
            values = array[change]
            step = size.step if values.size > _SMALL_ARRAY else min(size.step, _STEP_OF_SMALL)
            scale = _short(max(float(np.abs(values).max(initial=0.0)) / _LARGEST, step * spread))
            whole = np.rint(values / scale) if scale > 0.0 else np.zeros(values.shape)
            of_change.append(scale)
            numbers.append(np.clip(whole, -_LARGEST, _LARGEST).astype(np.int32))
        joined = np.concatenate(numbers)
        # 0, -1, 1, -2, ... as 0, 1, 2, 3, ...: the high bytes of small numbers are 0 whatever their sign.
        joined = ((joined << 1) ^ (joined >> 31)).astype("<u2")
        if joined.any():
            scales.append(of_change)
            data.append(base64.b64encode(compress(joined)).decode("ascii"))
            used.append(change)
            n_bytes += len(data[-1])
            if n_bytes > size.most_bytes:
                return None
    return scales, data, used


def _short(value: float) -> float:
    """Round to a number that is short in JSON, and that the page multiplies with."""
    return float(f"{value:.6g}")


def compress(numbers: NDArray[Any]) -> bytes:
    """Compress numbers: first their lowest bytes, then the next ones, since the bytes of one place are alike."""
    planes = np.ascontiguousarray(numbers).view(np.uint8).reshape(len(numbers), -1).T.tobytes()
    # Runs alone: the search for other repetitions takes far longer, and finds nothing in such numbers.
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)
    return packer.compress(planes) + packer.flush()
