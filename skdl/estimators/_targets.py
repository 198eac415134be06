"""From the user's y to what a network trains on, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ClassTarget", "Coding", "RegressionTarget", "fit_regression_target"]

Coding = Literal["binary", "integer", "one_hot", "multilabel"]
"""How labels stand before the loss.

``binary``: one unit, 0 or 1. ``integer``: a unit a class, codes 0 to n_classes - 1. ``one_hot``: a unit a class,
indicator rows. ``multilabel``: a unit a label, indicator rows as they came.
"""

_HALF = 0.5


@dataclass(frozen=True)
class RegressionTarget:
    """How a regressor's target is scaled: ``y = raw * scale + center``, an output each.

    ``one_dimensional`` says that y came as (n_samples,), so that predictions leave in that shape.
    """

    center: NDArray[np.float64]  # (n_outputs,)
    scale: NDArray[np.float64]  # (n_outputs,)
    one_dimensional: bool

    @property
    def n_outputs(self) -> int:
        """Number of values predicted a row."""
        return len(self.center)

    def encode(self, y: NDArray[Any]) -> NDArray[np.float64]:
        """Scale y of shape (n_samples,) or (n_samples, n_outputs) to (n_samples, n_outputs)."""
        return (_as_table(y) - self.center) / self.scale

    def decode(self, raw: NDArray[Any]) -> NDArray[np.float64]:
        """Bring the network's (n_samples, n_outputs) back to the target's unit and shape."""
        table = np.asarray(raw, dtype=np.float64) * self.scale + self.center
        return table[:, 0] if self.one_dimensional else table


def fit_regression_target(y: NDArray[Any], sample_weight: NDArray[Any] | None, scaling: str | None) -> RegressionTarget:
    """Learn a target's scaling: weighted mean and spread, range, or nothing; constant outputs keep their unit."""
    table = _as_table(y)
    if scaling == "standard":
        center = np.average(table, axis=0, weights=sample_weight)
        scale = np.sqrt(np.average((table - center) ** 2, axis=0, weights=sample_weight))
    elif scaling == "minmax":
        center = table.min(axis=0)
        scale = table.max(axis=0) - center
    else:
        center, scale = np.zeros(table.shape[1]), np.ones(table.shape[1])
    tiny = 10 * np.finfo(np.float64).eps * np.maximum(np.abs(center), 1.0)  # a spread that is rounding alone
    return RegressionTarget(center, np.where(scale > tiny, scale, 1.0), one_dimensional=np.ndim(y) == 1)


def _as_table(y: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(y, dtype=np.float64).reshape(len(y), -1)


@dataclass(frozen=True)
class ClassTarget:
    """How a classifier's labels become numbers, and the network's outputs labels again."""

    classes: NDArray[Any]  # (n_classes,) sorted; column numbers for multilabel
    coding: Coding

    @property
    def n_outputs(self) -> int:
        """Number of units of the last layer."""
        return 1 if self.coding == "binary" else len(self.classes)

    def encode(self, y: NDArray[Any]) -> NDArray[np.float64]:
        """Turn labels into (n_samples, 1) codes, or (n_samples, n_classes) indicators."""
        if self.coding == "multilabel":
            return np.asarray(y, dtype=np.float64)
        codes = self.codes(y)
        if self.coding == "one_hot":
            return np.eye(len(self.classes))[codes]
        return codes.astype(np.float64).reshape(-1, 1)

    def codes(self, y: NDArray[Any]) -> NDArray[np.intp]:
        """Find the number of each label among the classes.

        Raises
        ------
        ValueError
            Where a label is none of them.
        """
        sorter = np.argsort(self.classes)
        place = np.searchsorted(self.classes, y, sorter=sorter).clip(max=len(self.classes) - 1)
        codes: NDArray[np.intp] = sorter[place]
        strange = np.flatnonzero(self.classes[codes] != y)
        if len(strange):
            raise ValueError(
                f"KerasMLPClassifier: y must hold only the classes {self.classes.tolist()}; got {y[strange[0]]!r}. "
                "Name all labels in `classes` at the first partial_fit, or fit again without warm_start."
            )
        return codes

    def probabilities(self, raw: NDArray[Any]) -> NDArray[np.float64]:
        """Class probabilities (n_samples, n_classes), rows summing to 1 unless multilabel.

        A head without softmax may not sum to 1 by itself, nor does float32: rows are divided by their sum.
        """
        table = np.asarray(raw, dtype=np.float64)
        if self.coding == "multilabel":
            return table
        if self.coding == "binary":
            positive = np.clip(table[:, 0], 0.0, 1.0)
            return np.column_stack([1.0 - positive, positive])
        shares: NDArray[np.float64] = table / table.sum(axis=1, keepdims=True)
        return shares

    def decode(self, raw: NDArray[Any]) -> NDArray[Any]:
        """Labels in their own type: the likeliest class, or each label whose probability exceeds one half."""
        if self.coding == "multilabel":
            return (np.asarray(raw) > _HALF).astype(np.int64)
        labels: NDArray[Any] = self.classes[np.argmax(self.probabilities(raw), axis=1)]
        return labels
