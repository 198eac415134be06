"""Misclassified images: tables whose columns are the pixels of an image."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.utils import _safe_indexing

from skdl import results

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from skdl.cross_validation import OutOfFold
    from skdl.tables import ColumnKinds


_MOST_IMAGES = 12
_SMALLEST_SIDE, _LARGEST_THUMBNAIL = 8, 32
_ROWS_LOOKED_AT = 500
_BRIGHT_SHARE = 0.3  # of the columns that reach half of the brightest pixel
_ALIKE = 0.8  # neighbours differ by less than this share of what any two pixels differ by


def misclassified_images(
    predictions: OutOfFold, X: Any, labels: NDArray[Any], kinds: ColumnKinds | None = None
) -> list[results.MisreadImage]:
    """At most twelve images that a model misclassified, the most confident first; empty if rows are not images.

    The table holds images as they are, or a column a pixel; ``labels`` are its classes, sorted, and ``kinds`` names the
    columns that were left out because every image has the same value there.
    """
    if issparse(X):
        return []
    wrong = np.flatnonzero(predictions.actual != predictions.predicted)
    confidence = np.zeros(len(wrong))
    if predictions.class_scores is not None:
        confidence = predictions.class_scores.scores[wrong, np.searchsorted(labels, predictions.predicted[wrong])]
    order = np.argsort(-confidence, kind="stable")[:_MOST_IMAGES]
    wrong, confidence = wrong[order], confidence[order]
    # The first rows decide whether rows are images; the misclassified ones follow them in the same array.
    sample = np.arange(min(_ROWS_LOOKED_AT, len(X)))
    images = _as_images(_safe_indexing(X, np.concatenate([sample, predictions.rows[wrong]])), kinds)
    if images is None:
        return []
    brightest = float(images.max()) or 1.0
    has_probabilities = predictions.class_scores is not None and predictions.class_scores.kind == "probabilities"
    return [
        results.MisreadImage(
            row=int(predictions.rows[index]) + 1,
            actual=str(predictions.actual[index]),
            called=str(predictions.predicted[index]),
            probability=float(score) if has_probabilities else None,
            pixels=_thumbnail(image, brightest),
        )
        for index, score, image in zip(wrong.tolist(), confidence, images[len(sample) :], strict=True)
    ]


def pixel_positions(X: Any, kinds: ColumnKinds | None = None) -> tuple[int, list[int]] | None:
    """Find the side of the square images that the rows of a table are, and the position of each column in them.

    Columns that were left out, because every image has the same value there, are counted. None where rows are no
    images.
    """
    if not isinstance(X, pd.DataFrame) or _as_images(X.iloc[:_ROWS_LOOKED_AT], kinds) is None:
        return None
    names = list(_with_background(X.iloc[:1], kinds).columns)
    places = {name: place for place, name in enumerate(names)}
    return math.isqrt(len(names)), [places[name] for name in X.columns]


def _as_images(X: Any, kinds: ColumnKinds | None) -> NDArray[np.float64] | None:
    """Rows as images of shape (height, width): given as such, or a square number of columns that look like pixels."""
    if isinstance(X, pd.DataFrame):
        X = _with_background(X, kinds)
        if not all(pd.api.types.is_numeric_dtype(kind) for kind in X.dtypes):
            return None
    values = np.asarray(X)
    if not np.issubdtype(values.dtype, np.number):
        return None
    # Unsigned bytes would wrap around in the differences of pixels below.
    values = values.astype(np.float64)
    if values.ndim == 4 and values.shape[3] in (1, 3):  # colours last
        values = values.mean(axis=3)
    if values.ndim == 3:  # images as they are
        return values if min(values.shape[1:]) >= _SMALLEST_SIDE else None
    side = math.isqrt(values.shape[1]) if values.ndim == 2 else 0  # a table
    if side < _SMALLEST_SIDE or side * side != values.shape[1]:
        return None
    images = values.reshape(-1, side, side)
    return images if _look_like_pixels(images) else None


def _with_background(frame: pd.DataFrame, kinds: ColumnKinds | None) -> pd.DataFrame:
    """Restore excluded constant columns, in the order of the numbers in their names: pixel_0_0, pixel_0_1."""
    lacking = [] if kinds is None else [name for name, why in kinds.left_out.items() if why.code == "one_value"]
    lacking = [name for name in lacking if name not in frame.columns]
    n_pixels = frame.shape[1] + len(lacking)
    if not lacking or math.isqrt(n_pixels) ** 2 != n_pixels:
        return frame
    ordered = sorted(
        [*map(str, frame.columns), *lacking], key=lambda name: [int(number) for number in re.findall(r"\d+", name)]
    )
    if [name for name in ordered if name not in lacking] != list(frame.columns):
        return frame
    return frame.reindex(columns=ordered, fill_value=0)  # black, as most borders are


def _look_like_pixels(images: NDArray[np.float64]) -> bool:
    """Whether columns share one range from 0 on, and neighbours differ less than any two columns."""
    brightest = images.max(axis=0)
    if not np.isfinite(images).all() or images.min() < 0 or np.mean(brightest >= brightest.max() / 2) < _BRIGHT_SHARE:
        return False
    flat = images.reshape(len(images), -1)
    # Any two pixels: each with the one at its position in a fixed permutation.
    shuffled = flat[:, np.random.default_rng(0).permutation(flat.shape[1])]
    apart = np.abs(flat - shuffled).mean()
    beside, below = (np.abs(np.diff(images, axis=axis)).mean() for axis in (2, 1))
    return bool(max(beside, below) < _ALIKE * apart)


def _thumbnail(image: NDArray[np.float64], brightest: float) -> list[list[int]]:
    """Shrink to at most 32 pixels by taking every n-th, and scale to 0..255."""
    step = math.ceil(max(image.shape) / _LARGEST_THUMBNAIL)
    grey: list[list[int]] = np.clip(np.rint(255.0 * image[::step, ::step] / brightest), 0, 255).astype(int).tolist()
    return grey
