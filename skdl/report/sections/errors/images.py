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
    answers: OutOfFold, X: Any, labels: NDArray[Any], kinds: ColumnKinds | None = None
) -> list[results.MisreadImage]:
    """Give the images that a model misread, its surest mistakes first; none where rows are no images.

    Parameters
    ----------
    answers : OutOfFold
        The model's.
    X : array-like or DataFrame
        The table: images as they are, or a column a pixel.
    labels : ndarray of shape (n_classes,)
        The table's classes, sorted.
    kinds : ColumnKinds, default=None
        Names the columns that were left out because every image has the same value there.

    Returns
    -------
    list of MisreadImage
        Twelve at most.
    """
    if issparse(X):
        return []
    wrong = np.flatnonzero(answers.actual != answers.predicted)
    sure = np.zeros(len(wrong))
    if answers.class_scores is not None:
        sure = answers.class_scores.scores[wrong, np.searchsorted(labels, answers.predicted[wrong])]
    order = np.argsort(-sure, kind="stable")[:_MOST_IMAGES]
    wrong, sure = wrong[order], sure[order]
    looked_at = np.arange(min(_ROWS_LOOKED_AT, len(X)))
    images = _as_images(_safe_indexing(X, np.concatenate([looked_at, answers.rows[wrong]])), kinds)
    if images is None:
        return []
    brightest = float(images.max()) or 1.0
    has_probabilities = answers.class_scores is not None and answers.class_scores.kind == "probabilities"
    return [
        results.MisreadImage(
            row=int(answers.rows[place]) + 1,
            actual=str(answers.actual[place]),
            called=str(answers.predicted[place]),
            probability=float(rated) if has_probabilities else None,
            pixels=_thumbnail(image, brightest),
        )
        for place, rated, image in zip(wrong.tolist(), sure, images[len(looked_at) :], strict=True)
    ]


def _as_images(X: Any, kinds: ColumnKinds | None) -> NDArray[np.float64] | None:
    """Read rows as images of (height, width): given so, or as a square number of columns that look like pixels."""
    if isinstance(X, pd.DataFrame):
        X = _with_background(X, kinds)
        if not all(pd.api.types.is_numeric_dtype(kind) for kind in X.dtypes):
            return None
    values = np.asarray(X)
    if not np.issubdtype(values.dtype, np.number):
        return None
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
    """Put the columns back that hold one value, in the order of the numbers in their names: pixel_0_0, pixel_0_1."""
    lacking = [] if kinds is None else [name for name, why in kinds.left_out.items() if why.code == "one_value"]
    lacking = [name for name in lacking if name not in frame.columns]
    n_pixels = frame.shape[1] + len(lacking)
    if not lacking or math.isqrt(n_pixels) ** 2 != n_pixels:
        return frame
    ordered = sorted([*map(str, frame.columns), *lacking], key=_numbers_in)
    if [name for name in ordered if name not in lacking] != list(frame.columns):
        return frame
    return frame.reindex(columns=ordered, fill_value=0)  # the darkest, which borders mostly are


def _numbers_in(name: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", name)))


def _look_like_pixels(images: NDArray[np.float64]) -> bool:
    """Whether columns share one range from 0 on, and neighbours are more alike than any two."""
    brightest = images.max(axis=0)
    if not np.isfinite(images).all() or images.min() < 0 or np.mean(brightest >= brightest.max() / 2) < _BRIGHT_SHARE:
        return False
    flat = images.reshape(len(images), -1)
    shuffled = flat[:, np.random.default_rng(0).permutation(flat.shape[1])]
    apart = np.abs(flat - shuffled).mean()
    beside, below = (np.abs(np.diff(images, axis=axis)).mean() for axis in (2, 1))
    return bool(max(beside, below) < _ALIKE * apart)


def _thumbnail(image: NDArray[np.float64], brightest: float) -> list[list[int]]:
    """Shrink to 32 pixels at most by taking every so manyth, and scale to 0 to 255."""
    step = math.ceil(max(image.shape) / _LARGEST_THUMBNAIL)
    grey: list[list[int]] = np.clip(np.rint(255.0 * image[::step, ::step] / brightest), 0, 255).astype(int).tolist()
    return grey
