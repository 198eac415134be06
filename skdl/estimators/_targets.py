"""Coding of targets: from the user's y to a network's numbers, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Coding = Literal["binary", "integer", "one_hot", "multilabel"]
"""Coding of labels for the loss.

``binary``: one unit, 0 or 1. ``integer``: a unit for each class, codes 0 to n_classes - 1. ``one_hot``: a unit for each
class, indicator rows. ``multilabel``: a unit for each label, indicator rows as the user passed them.
"""

TargetRule = Literal["any", "ratio", "logarithm", "direction"]
"""Scaling of a regressor's target that a loss allows.

``any``: shift and scale. ``ratio``: scale alone, since zero means zero. ``logarithm``, ``direction``: neither.
"""

_HALF = 0.5
_KERAS_EPSILON = 1e-7  # Keras replaces smaller arguments of a logarithm by it


@dataclass(frozen=True)
class RegressionTarget:
    """Scaling of a regressor's target: ``y = raw * scale + center`` for each output.

    ``one_dimensional``: y had the shape (n_samples,), so predictions have it too. ``start`` is the initial bias of the
    output layer, before its activation; None is zero.
    """

    center: NDArray[np.float64]  # (n_outputs,)
    scale: NDArray[np.float64]  # (n_outputs,)
    one_dimensional: bool
    start: tuple[float, ...] | None = None  # n_outputs of them

    @property
    def n_outputs(self) -> int:
        """Number of values predicted for a row."""
        return len(self.center)

    def encode(self, y: NDArray[Any], where: str) -> NDArray[np.float64]:
        """Scale y of shape (n_samples,) or (n_samples, n_outputs) to (n_samples, n_outputs)."""
        table = _as_table(y)
        _check_columns(where, table.shape[1], self.n_outputs)
        return (table - self.center) / self.scale

    def decode(self, raw: NDArray[Any]) -> NDArray[np.float64]:
        """Convert the network's outputs (n_samples, n_outputs) to the target's unit and shape."""
        table = np.asarray(raw, dtype=np.float64) * self.scale + self.center
        return table[:, 0] if self.one_dimensional else table


def fit_regression_target(
    y: NDArray[Any], sample_weight: NDArray[Any] | None, scaling: str | None, rule: TargetRule = "any"
) -> RegressionTarget:
    """Fit a target's scaling as far as the loss allows one; constant outputs keep their unit.

    ``any``: weighted mean and standard deviation, or minimum and range. ``ratio``: zero stays zero, and the weighted
    mean magnitude, or the largest, becomes 1. ``logarithm`` and ``direction``: own unit, and training starts at the
    best constant prediction: it may be far from 1, and a direction has no gradient at zero, where rows without an
    active unit would start.
    """
    table = _as_table(y)
    center, scale = np.zeros(table.shape[1]), np.ones(table.shape[1])
    if rule == "any" and scaling == "standard":
        center = np.average(table, axis=0, weights=sample_weight)
        # The population's deviation (divided by n), as in scikit-learn's StandardScaler.
        scale = np.sqrt(np.average((table - center) ** 2, axis=0, weights=sample_weight))
    elif rule == "any" and scaling == "minmax":
        center = table.min(axis=0)
        scale = table.max(axis=0) - center
    elif rule == "ratio" and scaling == "standard":
        scale = np.average(np.abs(table), axis=0, weights=sample_weight)
    elif rule == "ratio" and scaling == "minmax":
        scale = np.abs(table).max(axis=0)
    # The deviation of a constant column is not exactly 0 but the rounding of its mean: dividing by it would make noise.
    tiny = 10 * np.finfo(np.float64).eps * np.abs(center)
    scale = np.where(scale > tiny, scale, 1.0)
    start = _best_constant(table, sample_weight, rule)
    return RegressionTarget(center, scale, one_dimensional=np.ndim(y) == 1, start=start)


def _best_constant(
    table: NDArray[np.float64], sample_weight: NDArray[Any] | None, rule: TargetRule
) -> tuple[float, ...] | None:
    """Return the initial bias of each output, before the activation, where it is not zero.

    ``logarithm``: the constant c with the least squared error of log(1 + y), which is exp(mean(log(1 + y))) - 1; the
    exponential output takes its logarithm. ``direction``: the mean of the rows' unit vectors.
    """
    if rule == "logarithm":
        best = np.expm1(np.average(np.log1p(table), axis=0, weights=sample_weight))
        return tuple(np.log(np.maximum(best, _KERAS_EPSILON)).tolist())
    if rule == "direction":
        # Rows without a direction count as zero vectors.
        lengths = np.linalg.norm(table, axis=1, keepdims=True)
        mean = np.average(table / np.where(lengths > 0, lengths, 1.0), axis=0, weights=sample_weight)
        return tuple((mean if mean.any() else np.ones(len(mean))).tolist())
    return None


def _check_columns(where: str, found: int, n_columns: int) -> None:
    """Refuse a target of another width than in fit, which NumPy would broadcast over the outputs."""
    if found != n_columns:
        columns = "1 column" if n_columns == 1 else f"{n_columns} columns"
        raise ValueError(
            f"{where}: y must hold {columns}, as in fit; got {found}. Give the same targets, or fit a new network."
        )


def _as_table(y: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(y, dtype=np.float64).reshape(len(y), -1)


@dataclass(frozen=True)
class ClassTarget:
    """Coding of a classifier's labels as numbers, and of the network's outputs as labels."""

    classes: NDArray[Any]  # (n_classes,) sorted; column numbers for multilabel
    coding: Coding

    @property
    def start(self) -> None:
        """Initial bias of the output layer: None, for zeros."""

    @property
    def n_outputs(self) -> int:
        """Number of units of the last layer."""
        return 1 if self.coding == "binary" else len(self.classes)  # one unit: the second class's probability

    def encode(self, y: NDArray[Any], where: str) -> NDArray[np.float64]:
        """Code labels as (n_samples, 1) numbers, or (n_samples, n_classes) indicators."""
        multilabel = self.coding == "multilabel"
        _check_columns(where, y.shape[1] if y.ndim > 1 else 1, len(self.classes) if multilabel else 1)
        if multilabel:
            return np.asarray(y, dtype=np.float64)
        codes = self._codes(y, where)
        if self.coding == "one_hot":
            return np.eye(len(self.classes))[codes]
        return codes.astype(np.float64).reshape(-1, 1)

    def _codes(self, y: NDArray[Any], where: str) -> NDArray[np.intp]:
        """Return the position of each label among the classes."""
        sorter = np.argsort(self.classes)  # classes of a loaded network are in the order of its units
        position = np.searchsorted(self.classes, y, sorter=sorter).clip(max=len(self.classes) - 1)
        # (n_samples,) positions in `classes`, after searching in their sorted order.
        codes: NDArray[np.intp] = sorter[position]
        # searchsorted finds a position for every label: comparing shows which are none of the classes.
        unknown_rows = np.flatnonzero(self.classes[codes] != y)
        if len(unknown_rows):
            unknown = y[unknown_rows].tolist()[0]
            raise ValueError(
                f"{where}: y must hold only the classes {self.classes.tolist()}; got {unknown!r}. "
                "Name all labels in `classes` at the first partial_fit, or fit again without warm_start."
            )
        return codes

    def probabilities(self, raw: NDArray[Any]) -> NDArray[np.float64]:
        """Class probabilities (n_samples, n_classes), rows summing to 1 unless multilabel.

        Outputs without softmax need not sum to 1, and in float32 even those with it do not exactly: rows are divided by
        their sum. Where all outputs of a row are 0, all classes are equally likely.
        """
        table = np.asarray(raw, dtype=np.float64)
        if self.coding == "multilabel":
            return table
        if self.coding == "binary":
            positive = np.clip(table[:, 0], 0.0, 1.0)
            return np.column_stack([1.0 - positive, positive])
        total = table.sum(axis=1, keepdims=True)
        even = 1.0 / table.shape[1]
        shares: NDArray[np.float64] = np.divide(table, total, out=np.full_like(table, even), where=total > 0.0)
        return shares

    def decode(self, raw: NDArray[Any]) -> NDArray[Any]:
        """Labels in their own type: the likeliest class, or each label whose probability exceeds one half."""
        if self.coding == "multilabel":
            return (np.asarray(raw) > _HALF).astype(np.int64)
        labels: NDArray[Any] = self.classes[np.argmax(self.probabilities(raw), axis=1)]
        return labels
