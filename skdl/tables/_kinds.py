"""Kinds of columns: numeric, categorical, or left out with a reason that a person can act on."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import (
    infer_dtype,
    is_bool_dtype,
    is_complex_dtype,
    is_datetime64_any_dtype,
    is_integer_dtype,
    is_numeric_dtype,
    is_timedelta64_dtype,
)

from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl.exceptions import DataError
from skdl.tables._batches import LONG_COLUMN, distinct_values, encode_texts, in_threads, is_text, number_columns
from skdl.tables._reading import UNNAMED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

# A text column is free text, not categories, if it exceeds both.
_MOST_CATEGORIES = 50
_MOST_DISTINCT_SHARE = 0.5
# From this number of rows on, texts that are all different are names or free text; fewer rows say little.
_FEWEST_COUNTED = 10  # rows on average of tables that were put below each other
_FEWEST_NAMES = 20
# From this share of numbers on, a text column is reported as numbers with a few other words.
_MOSTLY_NUMBERS = 0.9
_N_TRIED = 100  # cells that are tried before all of them

# An amount with marks or a unit: 1,234.50 or 12 % or \u20a91,234.
_WITH_UNIT = r"[^\d\s\w]{0,2}\s?[-+]?\d+(?:[.,' ]\d+)*\s?(?:[^\d\s\w]|[A-Za-z]{1,3}|\uc6d0)?"

# Results of `pandas.api.types.infer_dtype`.
_TIMES = {"date", "datetime", "datetime64", "time", "timedelta", "timedelta64", "period", "interval"}
_NUMBERS = {"boolean", "integer", "floating", "mixed-integer-float", "decimal"}
_UNUSABLE = {
    "times": Note("times", "holds dates or times; make columns such as year, month or weekday of it"),
    "complex": Note("complex_numbers", "holds complex numbers, which no model here takes"),
    "bytes": Note("raw_bytes", "holds raw bytes, which no model here takes"),
    "nested": Note("nested", "holds lists or other nested values; make columns of it"),
}


@dataclass(frozen=True)
class ColumnKinds:
    """The columns of a table by kind, each in the table's order.

    Booleans are numeric. Text with few distinct values is categorical, as is what was declared so. Text is what was
    declared so. No model is shown the columns that are left out for a reason.
    """

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    left_out: Mapping[str, Note]
    text: tuple[str, ...] = ()

    @property
    def used(self) -> tuple[str, ...]:
        """Numeric columns, then categorical ones, then text."""
        return self.numeric + self.categorical + self.text


def column_kinds(
    frame: pd.DataFrame,
    *,
    numeric: Iterable[str] = (),
    categorical: Iterable[str] = (),
    text: Iterable[str] = (),
    indexes: Iterable[str] | None = None,
) -> ColumnKinds:
    """Sort the columns of a table into numbers, categories, text and what is left out.

    ``numeric``, ``categorical`` and ``text`` are columns with a declared kind; they are never left out. ``indexes`` are
    those that number the rows, found in the frame by default.

    >>> people = pd.DataFrame({"age": [20, 30], "sex": ["f", "m"], "planet": ["Earth", "Earth"]})
    >>> kinds = column_kinds(people)
    >>> kinds.numeric, kinds.categorical, str(kinds.left_out["planet"])
    (('age',), ('sex',), 'holds one value only')
    """
    declared = (
        dict.fromkeys(numeric, "numeric") | dict.fromkeys(categorical, "categorical") | dict.fromkeys(text, "text")
    )
    for name in declared:
        if name not in frame.columns:
            template = "column {name!r}: declared {kind}, but not in the table{hint} Correct the name."
            raise DataError.of(
                "declared_no_column", template, name=name, kind=declared[name], hint=did_you_mean(name, frame.columns)
            )
    both = sorted(set(numeric) & set(categorical))
    if both:
        template = "column {name!r}: must be declared numeric or categorical; got both. Remove one."
        raise DataError.of("two_kinds", template, name=both[0])
    names = frame.columns.tolist()
    numbers = set() if all(name in declared for name in names) else _varying_numbers(frame)
    kinds = {name: declared.get(name) or ("numeric" if name in numbers else _kind_of(frame[name])) for name in names}
    for name in find_indexes(frame) if indexes is None else indexes:
        if name not in declared and isinstance(kinds.get(name), str):
            kinds[name] = Note("row_index", "has no name and numbers the rows; name it in data.numeric to use it")
    return ColumnKinds(
        numeric=tuple(name for name, kind in kinds.items() if kind == "numeric"),
        categorical=tuple(name for name, kind in kinds.items() if kind == "categorical"),
        left_out=MappingProxyType({name: reason for name, reason in kinds.items() if isinstance(reason, Note)}),
        text=tuple(name for name, kind in kinds.items() if kind == "text"),
    )


def _varying_numbers(frame: pd.DataFrame) -> set[Any]:
    """Return the columns of numbers that are not all the same."""
    varying: set[Any] = set()
    for names, values in number_columns(frame):
        for some in (values[:, :_N_TRIED], values) if len(frame) else ():  # the first ones show it of most columns
            varies = np.fmin.reduce(some, axis=1) < np.fmax.reduce(some, axis=1)
            varying |= {name for name, differ in zip(names, varies, strict=True) if differ}
            if varies.all():
                break
    return varying


def is_constant(reason: Note) -> bool:
    """Whether a column was left out because it does not vary."""
    return reason.code in {"no_value", "one_value"}


def is_free_text(reason: Note) -> bool:
    """Whether a column was left out because nearly every row has a different text."""
    return reason.code == "free_text"


def plain_columns(frame: pd.DataFrame, kinds: ColumnKinds) -> pd.DataFrame:
    """Return the used columns in types that every estimator takes.

    Numbers become NumPy integers or floats (booleans 0 and 1), categories text or numbers, a missing value ``NaN``;
    ordered categories stay categories of pandas. The columns keep their order.

    >>> frame = pd.DataFrame({"rain": pd.array([True, None], dtype="boolean")})
    >>> plain_columns(frame, column_kinds(frame, numeric=["rain"]))["rain"].tolist()
    [1.0, nan]
    """
    used, numeric = set(kinds.used), set(kinds.numeric)
    plain = frame[[name for name in frame.columns.tolist() if name in used]]
    # Finite numbers of NumPy's types, which may be ten thousand columns, stay as they are.
    finite = {
        name
        for names, values in number_columns(plain)
        for name, is_infinite in zip(names, np.isinf(values).any(axis=1), strict=True)
        if not is_infinite
    }

    def convert(position: int) -> Any:
        name, column = plain.columns[position], plain.iloc[:, position]
        return as_numbers(column, name) if name in numeric else _as_categories(column)

    others = [position for position, name in enumerate(plain.columns) if name not in finite]
    for position, values in zip(others, in_threads(convert, others, are_long=len(plain) >= LONG_COLUMN), strict=True):
        plain.isetitem(position, values)
    return plain


def as_numbers(column: pd.Series, name: str) -> pd.Series:
    """Turn a column of numbers, booleans or text that spells numbers into finite NumPy numbers, missing ones ``NaN``.

    They are integers where the column held integers and none is missing, else floats.

    >>> as_numbers(pd.Series(["1", None, "2.5"]), "size").tolist()
    [1.0, nan, 2.5]
    >>> as_numbers(pd.Series(["1", "two"]), "size")
    Traceback (most recent call last):
        ...
    skdl.exceptions.DataError: column 'size': must hold numbers; got 'two' in row 2. ...
    """
    if is_numeric_dtype(column.dtype) and isinstance(column.dtype, np.dtype) and not is_complex_dtype(column.dtype):
        numbers = column.astype(np.int64) if is_bool_dtype(column.dtype) else column
    else:
        # By way of objects, so that extension dtypes, decimals and text become float64 by one rule.
        values = column.astype(object).where(column.notna(), None)
        numbers = pd.to_numeric(values.map(_number, na_action="ignore"), errors="coerce").astype(np.float64)
        remedy = Note(
            "no_number",
            "Correct or empty the cell, declare the column in data.categorical, or name it in data.drop.",
        )
        check_cells(values, name, numbers.isna() & column.notna(), Note("wanted_numbers", "numbers"), remedy)
        # Whole numbers of an extension dtype, such as Int64, become integers again. Text that spells them stays float.
        if is_numeric_dtype(column.dtype) and not column.isna().any() and (numbers == numbers.round()).all():
            numbers = numbers.astype(np.int64)
    infinite = np.isinf(numbers.to_numpy(dtype=np.float64))
    remedy = Note("infinite_number", "Empty the cell or drop the column.")
    check_cells(numbers, name, infinite, Note("wanted_finite", "finite numbers"), remedy)
    return numbers


def check_cells(column: pd.Series, name: str, is_bad: ArrayLike, wanted: Note, remedy: Note) -> None:
    """Raise DataError at the first bad cell of a column; the message has the row, counted from 1."""
    rows = np.flatnonzero(is_bad)
    if len(rows):
        value = column.iloc[rows[0]]
        shown = str(value) if isinstance(value, np.generic) else repr(value)  # 1.5, not np.float64(1.5)
        text = "column {name!r}: must hold {wanted}; got {shown} in row {row}. {remedy}"
        raise DataError.of("bad_cell", text, name=name, wanted=wanted, shown=shown, row=rows[0] + 1, remedy=remedy)


def _number(value: object) -> object:
    """Convert booleans and decimals to floats, for `pandas.to_numeric`."""
    if isinstance(value, str):
        return value.strip()
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)


def is_ordered(column: pd.Series) -> bool:
    """Whether a column holds categories with an order."""
    return isinstance(column.dtype, pd.CategoricalDtype) and bool(column.dtype.ordered)


def _as_categories(column: pd.Series) -> pd.Series:
    if is_ordered(column):
        return column
    column = plain_categories(column)
    if is_bool_dtype(column.dtype) and not column.isna().any():
        return column.astype(np.int64)
    if is_numeric_dtype(column.dtype):
        return column if isinstance(column.dtype, np.dtype) else column.astype(np.float64)
    if is_text(column):
        # One object for each category, not for each cell: these would take several times the memory of the texts.
        texts = encode_texts(column)
        shared = np.array([*texts.distinct.to_pylist(), np.nan], dtype=object)  # the last one for missing cells
        return pd.Series(shared.take(texts.codes), index=column.index, name=column.name, dtype=object, copy=False)
    values = column.astype(object)
    # Encoders sort the categories.
    if infer_dtype(values, skipna=True) not in {"string", "empty"}:
        values = values.map(str, na_action="ignore")  # mixed types cannot be sorted
    return values.where(column.notna(), np.nan)


def plain_categories(column: pd.Series) -> pd.Series:
    """Return declared categories that are numbers as numbers, and other columns as they are.

    >>> plain_categories(pd.Series(pd.Categorical([3, 1, 3]))).tolist()
    [3, 1, 3]
    """
    if isinstance(column.dtype, pd.CategoricalDtype) and is_numeric_dtype(column.dtype.categories.dtype):
        has_gaps = bool(column.isna().any())
        return column.astype(np.float64 if has_gaps else column.dtype.categories.dtype)
    return column


def counts_rows(column: pd.Series) -> bool:
    """Whether whole numbers rise by one from row to row."""
    return bool(is_integer_dtype(column.dtype) and len(column) > 1 and (column.diff().iloc[1:] == 1).all())


def find_indexes(frame: pd.DataFrame, starts: Sequence[int] = (0,)) -> list[str]:
    """Find the columns without a name that number the rows, as pandas and R write the index of a data frame.

    Their whole numbers increase, perhaps with gaps, in each of the files that begin at the rows ``starts``. In front of
    all columns with a name they may be in any order, as after a random split, but differ; or they count from 0 several
    times, as where tables were put below each other.

    >>> find_indexes(pd.DataFrame({"Unnamed: 0": [3, 4, 9], "x": [1, 2, 3]}))
    ['Unnamed: 0']
    """
    found, is_leading = [], True
    for name in frame.columns.tolist():
        if not UNNAMED.fullmatch(str(name)):
            is_leading = False
        elif is_integer_dtype(frame[name].dtype) and not frame[name].isna().any():
            parts = np.split(frame[name].to_numpy(), starts[1:])
            increases = len(frame) > 1 and all((part[1:] > part[:-1]).all() for part in parts)
            if increases or (is_leading and len(frame) >= _FEWEST_NAMES and all(map(_may_be_index, parts))):
                found.append(str(name))
    return found


def _may_be_index(numbers: NDArray[np.integer[Any]]) -> bool:
    """Whether whole numbers of rows all differ, or count up from 0 several times."""
    if numbers.min() >= 0 and len(np.unique(numbers)) == len(numbers):
        return True
    begins = numbers == 0
    counts = bool(begins[0] and (begins[1:] | (np.diff(numbers) == 1)).all())
    return counts and int(begins.sum()) * _FEWEST_COUNTED <= len(numbers)


def _kind_of(column: pd.Series) -> str | Note:
    """Return ``numeric``, ``categorical``, or the reason why the column is left out."""
    present = column.dropna()
    if present.empty:
        return Note("no_value", "holds no value in any row")
    is_declared = isinstance(column.dtype, pd.CategoricalDtype)
    content = _content_of(present.astype(object) if is_declared else present)
    if content in _UNUSABLE:
        return _UNUSABLE[content]
    n_distinct = len(distinct_values(column))
    if n_distinct == 1:
        return Note("one_value", "holds one value only")
    if is_declared:
        return "categorical"
    return "numeric" if content == "numbers" else _kind_of_text(present, n_distinct)


def _content_of(present: pd.Series) -> str:
    """Return ``numbers``, ``text``, ``times``, ``complex``, ``bytes`` or ``nested``, whatever the dtype is called."""
    # By the values: a column of dtype object may hold dates, decimals or bytes.
    inferred = infer_dtype(present, skipna=True)
    if is_datetime64_any_dtype(present.dtype) or is_timedelta64_dtype(present.dtype) or inferred in _TIMES:
        return "times"
    if inferred in {"complex", "bytes"}:
        return inferred
    if is_numeric_dtype(present.dtype) or inferred in _NUMBERS:
        return "numbers"
    if inferred == "string":  # at once, as the values of a text column may be millions
        return "text"
    # infer_dtype returns "mixed" both for lists and for text among numbers, so the types of the values decide.
    nested = present.map(lambda value: isinstance(value, list | dict | set | tuple | np.ndarray)).any()
    return "nested" if nested else "text"


def _kind_of_text(present: pd.Series, n_distinct: int) -> str | Note:
    # Tested first: a column of few distinct texts is categorical even where the texts are numbers or amounts.
    if is_ordered(present):
        return "categorical"
    few = n_distinct <= _MOST_CATEGORIES or n_distinct <= _MOST_DISTINCT_SHARE * len(present)
    if few and not n_distinct == len(present) >= _FEWEST_NAMES:
        return "categorical"
    numbers = pd.to_numeric(present.astype(object).map(str), errors="coerce")
    if numbers.notna().mean() > _MOSTLY_NUMBERS:
        odd = present[numbers.isna()]
        if odd.empty:
            return Note("numbers_as_text", "holds numbers written as text; name it in data.numeric")
        text = "holds numbers and text such as {shown}; correct it and name it in data.numeric"
        return Note.of("numbers_and_text", text, shown=repr(odd.iloc[0]))
    # Only after plain numbers were excluded, since the pattern matches those as well.
    units = present.astype(object).map(str).str.fullmatch(_WITH_UNIT)
    if units.mean() > _MOSTLY_NUMBERS:
        text = (
            "holds numbers with marks or a unit, such as {shown}; write numbers alone, or declare data.thousands and "
            "data.decimal"
        )
        return Note.of("numbers_with_units", text, shown=repr(present.iloc[0]))
    text = (
        "holds {n_distinct:,} different texts in {n_rows:,} rows, like a name or free text; name it in data.text to "
        "use its words, in data.categorical, or in data.drop"
    )
    return Note.of("free_text", text, n_distinct=n_distinct, n_rows=len(present))
