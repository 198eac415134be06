"""Tables that are ready for models."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from skdl.pipeline._doubts import DOUBTS
from skdl.tables import batches, distinct_values, number_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from skdl._note import Note
    from skdl._task import Task
    from skdl.pipeline._folds import FoldPlan
    from skdl.pipeline._slices import RowSlices
    from skdl.tables import ColumnKinds, ColumnPlan, Reading

_MOST_TEXTS = 1000


@dataclass(frozen=True, kw_only=True)
class TrainingTable:
    """Features and target with task and folds: what building the models of a pipeline needs."""

    X: pd.DataFrame  # numbers, and categories as text
    y: pd.Series | pd.DataFrame  # without missing values
    task: Task
    plan: FoldPlan
    kinds: ColumnKinds | None = None  # of the features without the recipes of single models, where that is known
    _counts: dict[str, int] = field(default_factory=dict, repr=False, compare=False)
    _texts: dict[str, list[str] | None] = field(default_factory=dict, repr=False, compare=False)

    def n_distinct(self, name: str) -> int:
        """Return the number of different values of a feature, counted once for all models."""
        if name not in self._counts:
            self._counts[name] = int(self.X[name].nunique())
        return self._counts[name]

    def texts(self, name: str) -> list[str] | None:
        """Return the different texts of a feature, sorted, found once for all models.

        None where it holds other values too, or more than 1,000 texts, which no model needs to keep.
        """
        if name not in self._texts:
            values = list(distinct_values(self.X[name])) if self.n_distinct(name) <= _MOST_TEXTS else []
            texts = sorted(value for value in values if isinstance(value, str))
            self._texts[name] = texts if len(texts) == self.n_distinct(name) else None
        return self._texts[name]


@dataclass(frozen=True, kw_only=True)
class LoadedTable(TrainingTable):
    """A table that was read, with everything that was decided on the way.

    Attributes
    ----------
    X : pandas.DataFrame of shape (n_samples, n_features)
        The features: numbers, and categories as text.
    y : pandas.Series or pandas.DataFrame
        The target, without missing values; a frame where it has several columns.
    task : {"regression", "classification"}
        The task of the file or, where that is left out, the one inferred from the target.
    plan : FoldPlan
        The folds.
    groups, time, folds, weights : pandas.Series or None
        The columns of those names in the file. With ``time`` the rows are in its order.
    kinds : ColumnKinds
        Which features are numbers and which are categories, for all models but those with other recipes; and the
        columns that were left out, with the reason.
    notes : list of Note
        What was decided: rows and columns left out, the inferred task.
    source : str
        The source of the table, for people.
    reading : Reading
        How the table was read, with the number formats that were found; a saved model reads its inputs by it.
    slices : tuple of RowSlices
        The slices of the rows, by the columns of ``compare.slices``.
    """

    groups: pd.Series | None
    time: pd.Series | None
    folds: pd.Series | None
    weights: pd.Series | None = None
    kinds: ColumnKinds
    notes: list[Note]
    source: str
    reading: Reading
    slices: tuple[RowSlices, ...] = ()
    _describe: Callable[[], tuple[ColumnPlan, ...]] = field(repr=False, compare=False)

    @cached_property
    def columns(self) -> tuple[ColumnPlan, ...]:
        """What each column of the source holds, and the evidence; counted when first asked for."""
        columns = self._describe()
        object.__setattr__(self, "_describe", partial(tuple, columns))  # so that the rows as they were read are freed
        return columns

    @property
    def doubts(self) -> list[Note]:
        """Notes on values that may mean something else than they say."""
        return [note for note in self.notes if note.code in DOUBTS]

    @cached_property
    def data_hash(self) -> str:
        """SHA-256 over names, types and values of features and target; equal for the same table in any file format."""
        digest = hashlib.sha256()
        target = self.y if isinstance(self.y, pd.DataFrame) else self.y.to_frame()
        for part in (self.X, target):
            for names in batches(list(part.columns), len(part)):
                some = part[names]
                hashes: dict[str, Any] = {}
                for numbers, values in number_columns(some):  # value by value, so that they can be hashed together
                    flat = pd.util.hash_array(np.ascontiguousarray(values).ravel())
                    hashes |= zip(numbers, flat.reshape(values.shape), strict=True)
                for name, dtype in some.dtypes.items():
                    # A zero byte ends each part, so that no name can run into the next part. The kind of the dtype, not
                    # its width, which differs between file formats.
                    digest.update(f"{name}\x00{dtype.kind}\x00".encode())
                    if name not in hashes:
                        hashes[name] = pd.util.hash_pandas_object(some[name], index=False).to_numpy()
                    digest.update(hashes[name])
        return digest.hexdigest()
