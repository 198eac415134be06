"""What a network that embeds its columns learned of them: input scales, vectors of categories, curves of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from skdl.frozen import EMBEDDING_ARRAYS, embed_table
from skdl.keras_layers import InputScale, TableEmbedding
from skdl.results import CategoryEmbedding, LearnedInputs, NumberEmbedding
from skdl.results import InputScale as ColumnScale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from skdl.estimators._estimator import NetworkEstimator

_MOST_COLUMNS = 1000  # of more, a single one does not matter
_MOST_LEVELS = 100
_N_EMBEDDINGS = 2  # of categories, and of numbers
_N_POINTS = 101  # of a curve


def describe_inputs(estimator: NetworkEstimator) -> LearnedInputs | None:
    """Describe what a fitted network learned of its columns; of several networks the scales are means over them.

    Parameters
    ----------
    estimator : KerasRealMLPRegressor or KerasRealMLPClassifier
        Fitted.

    Returns
    -------
    LearnedInputs or None
        None for networks that embed no columns, and for more than 1,000 columns.

    Examples
    --------
    >>> import numpy as np
    >>> from skdl import KerasRealMLPRegressor
    >>> X = np.linspace(0.0, 1.0, 20).reshape(-1, 2)
    >>> net = KerasRealMLPRegressor((16,), random_state=0).initialize(X, X[:, 0])
    >>> [(scale.column, scale.mean) for scale in describe_inputs(net).scales]
    [('x0', 1.0), ('x1', 1.0)]
    """
    coder = getattr(estimator, "coder_", None)
    if coder is None or coder.n_columns > _MOST_COLUMNS:
        return None
    network = estimator.model_
    members = [layer for layer in network.layers if hasattr(layer, "layers")] or [network]
    found = [_layers(member) for member in members]
    if any(layer is None for pair in found for layer in pair):  # a network from elsewhere
        return None
    names = [str(name) for name in getattr(estimator, "feature_names_in_", map("x{}".format, range(coder.n_columns)))]
    embedding = found[0][0]
    factors = [np.asarray(scale.scale, np.float64) for _, scale in found]
    parts = _parts(embedding, coder)
    # Column of each part: numbers, categories, and the columns that say what was missing.
    owners = [*coder.numbers, *coder.categories, *coder.gaps]
    means = np.zeros(coder.n_columns)
    for column in range(coder.n_columns):
        own = np.concatenate([part for part, owner in zip(parts, owners, strict=True) if owner == column])
        if len(own):  # none of a column whose declared values training lacked
            means[column] = np.mean([np.abs(factor[own]).mean() for factor in factors])
    order = np.argsort(-means, kind="stable")
    return LearnedInputs(
        n_folds=1,
        scales=[ColumnScale(names[column], *[_rounded(means[column])] * 3) for column in order],
        categories=_categories(embedding, coder, names, factors[0], parts),
        numbers=_numbers(embedding, coder, names, factors[0], parts, means),
    )


def _layers(network: Any) -> tuple[Any, Any]:
    kinds = {type(layer): layer for layer in network.layers}
    return kinds.get(TableEmbedding), kinds.get(InputScale)


def _parts(layer: TableEmbedding, coder: Any) -> list[NDArray[np.intp]]:
    """Return the positions of each column's inputs among those of the network.

    Without indicators of values that are declared and were not in training.
    """
    n, waves = layer.n_numbers, layer.number_size - 1
    parts = [np.append(np.arange(waves) + number * waves, n * waves + number) for number in range(n)]
    start = n * layer.number_size
    n_values = [*map(len, coder.levels), *(2 for _ in coder.gaps)]
    for size, n_used in zip(layer.cardinalities, n_values, strict=True):
        width = layer.width_of(size)
        parts.append(np.arange(start, start + (min(width, n_used) if size <= layer.max_one_hot else width)))
        start += width
    return parts


def _categories(
    layer: TableEmbedding, coder: Any, names: list[str], factor: NDArray[Any], parts: Sequence[NDArray[np.intp]]
) -> list[CategoryEmbedding]:
    embedded = [number for number, size in enumerate(layer.cardinalities) if size > layer.max_one_hot]
    # A column of declared values may have been empty in training.
    known = [number for number in embedded if number < len(coder.levels) and coder.levels[number]]
    found = []
    for number in sorted(known, key=lambda number: -layer.cardinalities[number])[:_N_EMBEDDINGS]:
        levels = [str(level) for level in coder.levels[number]]
        # Row 0 stands for missing and new values; rows beyond the levels pad the table.
        vectors = np.asarray(layer.tables[embedded.index(number)], np.float64)[1 : len(levels) + 1]
        points, explained = _principal_components(vectors * factor[parts[coder.n_numbers + number]])
        shown = slice(_MOST_LEVELS)
        x, y = ([_rounded(value) for value in points[shown, axis]] for axis in (0, 1))
        column = names[coder.categories[number]]
        found.append(CategoryEmbedding(column, levels[shown], x, y, _rounded(explained), len(levels)))
    return found


def _principal_components(vectors: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the first two principal components of each row, and the share of the variance that they hold."""
    centred = vectors - vectors.mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(vectors), 2))
    points[:, : min(2, len(singular))] = (left * singular)[:, :2]
    # The sign of a component is arbitrary: its largest value is made positive.
    largest = points[np.abs(points).argmax(axis=0), [0, 1]]
    variance = np.square(singular)
    explained = variance[:2].sum() / variance.sum() if variance.sum() > 0.0 else 0.0
    return points * np.where(largest < 0.0, -1.0, 1.0), float(explained)


def _numbers(
    layer: TableEmbedding,
    coder: Any,
    names: list[str],
    factor: NDArray[Any],
    parts: Sequence[NDArray[np.intp]],
    means: NDArray[np.float64],
) -> list[NumberEmbedding]:
    varying = [number for number in range(coder.n_numbers) if coder.factor[number] > 0.0]
    if not varying:
        return []
    arrays = {name: np.asarray(getattr(layer, name), np.float64) for name in EMBEDDING_ARRAYS}
    # The distance of the quartiles, on either side of the median, but not beyond the values of training; a network from
    # a file knows no such values. In units of that distance, (2, n_numbers).
    reach = np.array([[-1.0], [1.0]]) * np.ones(coder.n_numbers)
    if hasattr(coder, "ends"):
        reach = np.clip((coder.ends - coder.center) * coder.factor, -1.0, 1.0)
    # All numbers at once: no column has an influence on the embedding of another.
    grid = np.linspace(reach[0], reach[1], _N_POINTS)  # (n_points, n_numbers)
    embedded = embed_table(grid, (), layer.max_one_hot, arrays, ())
    found = []
    for number in sorted(varying, key=lambda number: -means[coder.numbers[number]])[:_N_EMBEDDINGS]:
        curves = embedded[:, parts[number]] * factor[parts[number]]
        values = coder.center[number] + grid[:, number] / coder.factor[number]
        found.append(
            NumberEmbedding(
                names[coder.numbers[number]],
                [_rounded(value) for value in values],
                [[_rounded(value) for value in curve] for curve in (curves - curves.mean(axis=0)).T],
            )
        )
    return found


def _rounded(value: float) -> float:
    """Round to five digits, more than a picture shows."""
    return float(f"{value:.5g}")
