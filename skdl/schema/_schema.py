"""Input schema of a model: its columns, and the form of its predictions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from skdl._json import Scalar, that
from skdl._task import Task  # noqa: TC001 - read by the validator of the manifest
from skdl.tables import MISSING_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Answer", "Column", "Kind", "ModelSchema"]

Kind = Literal["number", "boolean", "text", "other"]
Answer = Literal["float", "integer", "boolean", "text"]
_Categories = Annotated[
    tuple[Any, ...], that(tuple[Scalar, ...], lambda values: len(set(values)) == len(values), "distinct values")
]
_WHOLE = frozenset(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))


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
        Type of the training column; ``polars.Int64`` and the like, where the model was fitted on a frame of polars.
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
    ordered : bool
        Whether the categories have an order, which is that of ``categories``.
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
    ordered: bool = False

    @property
    def is_flag(self) -> bool:
        """Whether the values are only 0 and 1, so that the text ``True`` can mean 1."""
        return self.kind == "number" and (self.minimum, self.maximum) == (0.0, 1.0)

    @cached_property
    def known(self) -> frozenset[Any]:
        """Categories, for fast look-ups."""
        return frozenset(self.categories or ())

    @cached_property
    def gap_like(self) -> str | None:
        """A category that pandas reads as a missing value, such as NA, of a column without gaps in training.

        A missing value of a data frame may then be this category, or be missing.
        """
        if self.kind != "text" or self.null_share != 0.0:
            return None
        return next((word for word in self.categories or () if word in MISSING_WORDS and word.strip()), None)

    def series(self, values: NDArray[Any] | Sequence[Any] | pd.Series[Any]) -> Any:
        """Convert values (missing: None or NaN) to the type of the training column."""
        # The categories of training, in their order: a model that takes categories as they are may compute with their
        # codes.
        if self.dtype == "category":
            known = pd.Series(_objects(values))
            known = known.where(known.isin(self.categories or ()))  # another category is a missing one
            return pd.Series(pd.Categorical(known, categories=self.categories, ordered=self.ordered))
        if self.kind == "number":
            return self._numbers(np.asarray(values, dtype=np.float32 if self.dtype == "float32" else np.float64))
        if self.kind == "text" and self.dtype in {"str", "string"}:
            return pd.Series(values if isinstance(values, pd.Series) else _objects(values), dtype=self.dtype)
        objects = _objects(values)
        if self.kind == "boolean" and not pd.isna(objects).any():
            return _as_extension(pd.Series(objects.astype(np.bool_)), self.dtype)
        return (
            _as_extension(pd.Series(objects, dtype=object), self.dtype) if self.kind != "other" else pd.Series(values)
        )

    def _numbers(self, numbers: NDArray[np.floating[Any]]) -> Any:
        """Return numbers in the type of training; floats where a column of whole numbers has gaps or fractions."""
        series = pd.Series(numbers)
        if self.dtype in _WHOLE:
            bounds = np.iinfo(self.dtype)
            # False for NaN; the largest whole number of 64 bits is no float, and its float is outside.
            is_whole = (numbers >= bounds.min) & (numbers < bounds.max) & (numbers == np.round(numbers))
            return series.astype(np.dtype(self.dtype)) if is_whole.all() else series
        return _as_extension(series, self.dtype)


def _as_extension(series: pd.Series[Any], dtype: str) -> Any:
    """Convert to a type of pandas' own or Arrow's, such as ``Int64``; unchanged for others, and where it cannot be."""
    if dtype in {"float64", "float32", "object", "bool"}:
        return series
    try:
        wanted = pd.api.types.pandas_dtype(dtype)
        return series if isinstance(wanted, np.dtype) else series.astype(wanted)
    except (TypeError, ValueError, pa.ArrowException):
        return series


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
        return self.as_input(pd.DataFrame({column.name: column.series(values[column.name]) for column in self.columns}))

    def as_input(self, frame: pd.DataFrame) -> Any:
        """Return columns in the types of training as what the model was fitted on: this frame, polars' or an array."""
        if not self.named:
            return frame.to_numpy()
        return _as_polars(frame, self.columns) if any(map(_polars_type, self.columns)) else frame


_POLARS = "polars."


def _polars_type(column: Column) -> str | None:
    return column.dtype.removeprefix(_POLARS) if column.dtype.startswith(_POLARS) else None


def _as_polars(frame: pd.DataFrame, columns: Sequence[Column]) -> Any:
    import polars as pl

    made = []
    for column in columns:
        values = pl.from_pandas(frame[column.name], nan_to_null=True)
        name = _polars_type(column)
        wanted: Any = pl.Enum(map(str, column.categories or ())) if name == "Enum" else getattr(pl, name or "", None)
        # A type with parameters, such as a decimal, has no such name; a fraction is not cut off.
        is_type = name == "Enum" or (isinstance(wanted, type) and issubclass(wanted, pl.DataType))
        if is_type and not (wanted.is_integer() and ((values % 1) != 0).any()):
            values = values.cast(wanted)
        made.append(values.alias(column.name))
    return pl.DataFrame(made)
