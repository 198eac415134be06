"""Tables whose columns are the pixels of an image, and the images that a model misread."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from skdl import report

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from skdl.comparison._out_of_fold import OutOfFold

__all__ = ["misread_images"]

_MOST_IMAGES = 12
_SMALLEST_SIDE, _LARGEST_THUMBNAIL = 8, 32
_ROWS_LOOKED_AT = 500
_BRIGHT_SHARE = 0.3  # of the columns that reach half of the brightest pixel
_ALIKE = 0.8  # neighbours differ by less than this share of what any two pixels differ by


def misread_images(answers: OutOfFold, X: Any, labels: NDArray[Any]) -> list[report.MisreadImage]:
    """Give the images that a model misread, its surest mistakes first; none where rows are no images."""
    wrong = np.flatnonzero(answers.actual != answers.predicted)
    images = _as_images(X) if len(wrong) else None
    if images is None:
        return []
    called = np.searchsorted(labels, answers.predicted[wrong])
    rated = None if answers.ratings is None else answers.ratings.numbers[wrong, called]
    order = np.arange(len(wrong)) if rated is None else np.argsort(-rated, kind="stable")
    is_probability = answers.ratings is not None and answers.ratings.are == "probabilities"
    brightest = float(_numbers(images[:_ROWS_LOOKED_AT]).max()) or 1.0
    return [
        report.MisreadImage(
            row=int(answers.rows[wrong[place]]) + 1,
            actual=str(answers.actual[wrong[place]]),
            called=str(answers.predicted[wrong[place]]),
            probability=float(rated[place]) if rated is not None and is_probability else None,
            pixels=_thumbnail(_numbers(images[answers.rows[wrong[place]]]), brightest),
        )
        for place in order[:_MOST_IMAGES].tolist()
    ]


def _as_images(X: Any) -> NDArray[Any] | None:
    """Read rows as images of (height, width): given so, or as a square number of columns that look like pixels."""
    values = np.asarray(X) if not isinstance(X, pd.DataFrame) else _frame_values(X)
    if values is None or not np.issubdtype(values.dtype, np.number):
        return None
    if values.ndim == 4 and values.shape[3] in (1, 3):  # noqa: PLR2004 - colours last
        values = values.mean(axis=3)
    if values.ndim == 3:  # noqa: PLR2004 - images as they are
        return values if min(values.shape[1:]) >= _SMALLEST_SIDE else None
    side = math.isqrt(values.shape[1]) if values.ndim == 2 else 0  # noqa: PLR2004 - a table
    if side < _SMALLEST_SIDE or side * side != values.shape[1]:
        return None
    images = values.reshape(-1, side, side)
    return images if _look_like_pixels(_numbers(images[:_ROWS_LOOKED_AT])) else None


def _frame_values(frame: pd.DataFrame) -> NDArray[Any] | None:
    """Give the numbers of a table with as many columns as an image has pixels; no other table is copied."""
    side = math.isqrt(frame.shape[1])
    if side < _SMALLEST_SIDE or side * side != frame.shape[1]:
        return None
    return frame.to_numpy() if all(pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes) else None


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


def _numbers(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)
