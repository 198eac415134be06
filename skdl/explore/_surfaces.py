"""Predictions of classical models over pairs of the most important columns, for a comparison with the network."""

from __future__ import annotations

import base64
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import _safe_indexing

from skdl.explore._page import predict_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from skdl.explore._columns import PageColumns
    from skdl.explore._sources import TrainingRows

_N_COLUMNS = 4  # the most important ones
_MOST_LEVELS = 24  # of an axis
# Pairs, points of an axis, bits of a value: with 8 of them, contour lines of a smooth model have corners.
_GRIDS = ((6, 32, 16), (6, 32, 8), (6, 24, 8), (3, 24, 8), (1, 24, 8), (1, 16, 8))
_MOST_ROWS = 20_000  # that a model is fitted on


def fit_classical(models: Mapping[str, Any], rows: TrainingRows, seed: int = 0) -> dict[str, Any]:
    """Fit each model on all rows, or on some of very many; leave out one that cannot be fitted."""
    if len(rows.y) > _MOST_ROWS:
        chosen = np.sort(np.random.default_rng(seed).choice(len(rows.y), _MOST_ROWS, replace=False))
        by_row = {name: getattr(rows, name) for name in ("X", "y", "groups", "weights")}
        some = {name: _safe_indexing(one, chosen) for name, one in by_row.items() if one is not None}
        rows = replace(rows, **some)
    fitted = {}
    for name, model in models.items():
        try:
            fitted[name] = rows.fit(clone(model))
        except Exception:  # noqa: BLE001, S112 - of any package; a page without it is better than none
            continue
    return fitted


def surfaces_of(
    models: Mapping[str, Any], labels: Mapping[str, str], columns: PageColumns, order: tuple[int, ...], most_bytes: int
) -> dict[str, Any] | None:
    """Compute the surfaces of fitted models, by name, over pairs of the first columns of an order."""
    usable = [
        number
        for number in order
        if columns.columns[number].kind != "fixed"
        and (not columns.columns[number].has_levels or len(columns.columns[number].levels) <= _MOST_LEVELS)
        and (columns.columns[number].has_levels or columns.columns[number].minimum is not None)
    ][:_N_COLUMNS]
    # A single column is both axes of its pair, whose picture is a curve.
    pairs = list(combinations(usable, 2)) or [(number, number) for number in usable]
    if not models or not pairs:
        return None
    n_outputs = predict_model(next(iter(models.values())), columns.rows(columns.typical[None])).shape[1]
    n_values = len(models) * n_outputs
    # Base64 holds six bits a letter.
    fitting = (one for one in _GRIDS if n_values * one[0] * one[1] ** 2 * one[2] / 6 <= most_bytes)
    n_pairs, n_points, bits = next(fitting, _GRIDS[-1])
    axes = {number: _axis(columns, number, n_points) for number in usable}
    pairs = pairs[:n_pairs]
    values = {name: [_predict_grid(model, columns, pair, axes) for pair in pairs] for name, model in models.items()}
    is_classification = columns.schema.task == "classification"
    low = 0.0 if is_classification else min(float(one.min()) for of in values.values() for one in of)
    high = 1.0 if is_classification else max(float(one.max()) for of in values.values() for one in of)
    return {
        "pairs": [list(pair) for pair in pairs],
        "axes": {str(number): axes[number].tolist() for number in {one for pair in pairs for one in pair}},
        "models": [
            {"name": name, "label": labels.get(name, name), "values": [_encode(one, low, high, bits) for one in of]}
            for name, of in values.items()
        ],
        "bits": bits,
        "low": low,
        "high": high,
    }


# Room beyond the training range, so that rows at its ends are seen whole; the same as in the page's axes.ts.
_MARGIN = 0.03


def _axis(columns: PageColumns, number: int, n_points: int) -> NDArray[np.float64]:
    column = columns.columns[number]
    if column.has_levels:
        return np.arange(len(column.levels), dtype=np.float64)
    assert column.minimum is not None
    assert column.maximum is not None
    room = _MARGIN * (column.maximum - column.minimum)
    return np.linspace(column.minimum - room, column.maximum + room, n_points)


def _predict_grid(
    model: Any, columns: PageColumns, pair: tuple[int, int], axes: Mapping[int, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return predictions over two columns, (n_outputs, n_y, n_x)."""
    x, y = (axes[number] for number in pair)
    if pair[0] == pair[1]:
        y = columns.typical[[pair[0]]]
    cells = np.tile(columns.typical, (len(x) * len(y), 1))
    cells[:, pair[1]], cells[:, pair[0]] = np.repeat(y, len(x)), np.tile(x, len(y))
    return predict_model(model, columns.rows(cells)).T.reshape(-1, len(y), len(x))


def _encode(values: NDArray[np.float64], low: float, high: float, bits: int) -> str:
    largest = 2**bits - 1
    scaled = (values - low) / (high - low) if high > low else np.zeros_like(values)
    whole = np.rint(largest * np.clip(scaled, 0.0, 1.0)).astype("<u2" if bits == 16 else np.uint8)
    return base64.b64encode(whole.tobytes()).decode("ascii")
