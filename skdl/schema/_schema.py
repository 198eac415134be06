"""Input schema of a model: its columns, and the form of its predictions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd

from skdl._json import Scalar, that
from skdl._task import Task  # noqa: TC001 - read by the validator of the manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Answer", "Column", "Kind", "ModelSchema"]

Kind = Literal["number", "boolean", "text", "other"]
Answer = Literal["float", "integer", "boolean", "text"]
_Categories = Annotated[
    tuple[Any, ...], that(tuple[Scalar, ...], lambda values: len(set(values)) == len(values), "distinct values")
]


@dataclass(frozen=True)
class Column:
    """One input column.

    Attributes
    ----------
    name : str
        Name in training; ``x0``, ``x1``, ... where the model was fitted on an array.
    kind : {"number", "boolean", "text", "other"}
        Kind of the values.
    dtype : str
        Type of the training column.
    nullable : bool
        Whether the model accepts a missing value.
    categories : tuple, optional
        Categories of the column's encoder, without the missing value.
    open : bool
        Whether the model accepts a value that is not in ``categories``.
    minimum, maximum : float, optional
        Range of the finite numbers in the rows given to `save_model`.
    null_share : float, optional
        Share of missing values in them.
    infinite : bool
        Whether a number in them was infinite.
    """

    name: str
    kind: Kind
    dtype: str
    nullable: bool = False
    categories: _Categories | None = None
    open: bool = True
    minimum: float | None = None
    maximum: float | None = None
    null_share: float | None = None
    infinite: bool = False

    @property
    def is_flag(self) -> bool:
        """Whether the values are only 0 and 1, so that the text ``True`` can mean 1."""
        return self.kind == "number" and (self.minimum, self.maximum) == (0.0, 1.0)

    @cached_property
    def known(self) -> frozenset[Any]:
        """Categories, for fast look-ups."""
        return frozenset(self.categories or ())

    def series(self, values: NDArray[Any] | Sequence[Any] | pd.Series[Any]) -> Any:
        """Convert values (missing: None or NaN) to the type of the training column."""
        # The categories of training, in their order: a model that takes categories as they are may compute with their
        # codes.
        if self.dtype == "category":
            return pd.Series(pd.Categorical(_objects(values), categories=self.categories))
        # Floats also for a training column of integers, which may have gaps when it is scored.
        if self.kind == "number":
            return pd.Series(np.asarray(values, dtype=np.float32 if self.dtype == "float32" else np.float64))
        if self.kind == "text" and self.dtype in {"str", "string"}:
            return pd.Series(values if isinstance(values, pd.Series) else _objects(values), dtype=self.dtype)
        objects = _objects(values)
        if self.kind == "boolean" and not pd.isna(objects).any():
            return pd.Series(objects.astype(np.bool_))
        return pd.Series(objects, dtype=object) if self.kind != "other" else pd.Series(values)


def _objects(values: NDArray[Any] | Sequence[Any] | pd.Series[Any]) -> NDArray[Any]:
    """Object array with NaN for missing values, which scikit-learn's encoders expect."""
    objects = np.empty(len(values), dtype=object)
    # Assigned into an array of objects, since np.asarray would turn mixed values into text.
    objects[:] = values
    objects[pd.isna(objects)] = np.nan
    return objects


@dataclass(frozen=True)
class ModelSchema:
    """Input columns in the order of the model, and the form of its predictions.

    Attributes
    ----------
    columns : tuple of Column
        In the order of ``feature_names_in_``.
    named : bool
        Whether the model was fitted on a DataFrame; else it takes arrays.
    task : {"regression", "classification"}
        Task of the model.
    target : str, optional
        Name of the target, where known.
    classes : tuple, optional
        Class labels in the order of ``predict_proba``.
    outputs : tuple of str, optional
        Names of several outputs; None for one value a row.
    answer : {"float", "integer", "boolean", "text"}
        Type of a prediction.
    has_proba : bool
        Whether the model gives a probability a class.
    """

    columns: tuple[Column, ...]
    named: bool
    task: Task
    target: str | None = None
    classes: tuple[Scalar, ...] | None = None
    outputs: tuple[str, ...] | None = None
    answer: Answer = "float"
    has_proba: bool = False

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by name."""
        return {column.name: column for column in self.columns}

    def rows(self, values: Mapping[str, NDArray[Any] | Sequence[Any] | pd.Series[Any]]) -> Any:
        """Input of ``predict``: a DataFrame, or an array where the model was fitted on one."""
        frame = pd.DataFrame({column.name: column.series(values[column.name]) for column in self.columns})
        return frame if self.named else frame.to_numpy()
