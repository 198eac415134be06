"""Rows of any table, from pandas, polars, Arrow or NumPy, as the input of a model's ``predict``.

A table's types are those of whoever made it: codes read as numbers, text for numbers, nulls of another library. Each
column becomes what the model was fitted on, by `parse_column`, or is refused with its name, row and value; nothing that
training did not have reaches the model. A column of the type of training is only checked, not copied.
"""

from __future__ import annotations

import os
import warnings
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import infer_dtype

from skdl._nearest import nearest
from skdl._note import Note
from skdl.exceptions import DataError
from skdl.schema._parse import (
    MUST_BE_LOCAL,
    MUST_HAVE_TIME,
    TWO_NUMBERS,
    column_rule,
    date_faults,
    may_have_marks,
    parse_both_ways,
    parse_column,
    parse_numbers,
)
from skdl.schema._schema import Column
from skdl.schema._typed import (
    UNCLEAR_GAP,
    Speller,
    fields_as_read,
    numbers_as_read,
    plain_type,
    type_problem,
    wrong_type,
)
from skdl.tables import NO_DATE, ColumnMap, check_moments, format_date_parts, without_invisible

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from skdl.schema._parse import ParsedColumn
    from skdl.schema._schema import ModelSchema
    from skdl.tables import Reading

__all__ = ["check_present", "model_rows"]

_LONGEST_VALUE = 60  # characters of a value in a message
_NUMBERS = {np.dtype(name): name for name in ("float64", "float32", "int64", "int32", "int16", "int8", "uint8")}
_N_SHOWN, _N_LOOKED_AT = 5, 100  # categories in a message, and rows in which they are looked for
_NO_SPELLING = "must be text, as in training"
_NO_GAP = "must not be empty: the model was fitted without gaps here"
_UNKNOWN = "must be a category that the model knows"
_REASONS = {
    str(note): note
    for note in (
        Note("must_be_number", "must be a number"),
        Note("must_be_boolean", "must be a boolean"),
        Note("must_be_finite", "must be finite"),
        Note("must_be_whole", "must be a whole number"),
        Note("must_be_date", "must be a date"),
        Note("must_be_local", MUST_BE_LOCAL),
        Note("must_have_time", MUST_HAVE_TIME),
        Note("must_be_spelled", _NO_SPELLING),
        Note("must_be_clear", TWO_NUMBERS),
        Note("must_have_value", _NO_GAP),
        Note("must_be_known", _UNKNOWN),
        Note("must_be_clear_gap", UNCLEAR_GAP),
    )
}


_Found = tuple[int, str | None]
"""Position of a column in a table, and the name of the dates that it is to be made of, if any."""


def model_rows(table: Any, schema: ModelSchema, reading: Reading, *, where: str = "X") -> Any:
    """Return the rows of a table as the input of ``predict``; for a model of unnamed columns an array as it is.

    Parameters
    ----------
    table : DataFrame, Table, structured array, dict of columns or list of dicts
        Of pandas, polars, Arrow (also any object with ``__arrow_c_stream__``) or NumPy. It has the model's columns in
        any order, under their names in training or in its file; other columns are ignored. The columns of an array
        without names are taken in the order of training, with a warning.
    schema : ModelSchema
        Columns of the model.
    reading : Reading
        How the training table was read: names in its file, missing values, marks of numbers, dates.
    where : str, default="X"
        Name of the table in messages.

    Returns
    -------
    DataFrame or array

    Raises
    ------
    DataError
        If there is no row, a column is missing, or one holds a value that is not of the kind that the model was fitted
        on.

    Examples
    --------
    >>> from skdl.schema import Column, ModelSchema
    >>> from skdl.tables import Reading
    >>> schema = ModelSchema((Column("age", "number", "float64"),), named=True, task="regression")
    >>> model_rows(pa.table({"age": ["36", "41.5"]}), schema, Reading())["age"].tolist()
    [36.0, 41.5]
    >>> model_rows({"age": ["36", "old"]}, schema, Reading())
    Traceback (most recent call last):
        ...
    skdl.exceptions.DataError: X: column 'age' must be a number; got 'old' in row 2. ...
    """
    source = _as_table(table, where, {*schema.by_name, *reading.rename, *reading.dates})
    if source is None and schema.named:
        _refuse_other_things(table, where)
        source = _with_names(table, list(schema.by_name), where)
    if source is None:
        return table
    if not len(source):
        text = "{where}: must have at least one row; got none. Leave out batches without rows."
        raise DataError.of("no_row", text, where=where)
    names: list[Any] = source.columns.to_list() if isinstance(source, pd.DataFrame) else source.column_names
    if not all(isinstance(name, str) for name in names):  # numbers and levels, as files have them
        names = list(map(str, names))
        source = source.set_axis(names, axis=1)
    wanted = list(schema.by_name)
    if not schema.named and len(names) == len(wanted) and not set(wanted) <= set(names):
        warnings.warn(  # as scikit-learn does
            f"{where} has column names, but the model was fitted without: its columns are taken in their order.",
            UserWarning,
            stacklevel=4,
        )
        names = wanted
        source = source.set_axis(names, axis=1) if isinstance(source, pd.DataFrame) else source.rename_columns(names)
    found = _find_columns(names, schema, reading, where)
    if isinstance(source, pd.DataFrame):
        frame = _converted_frame(source, names, schema, reading, found, where)
    else:
        cells = {name: source.column(position).combine_chunks() for name, (position, part) in found.items() if not part}
        cells |= _date_parts(source, found, names, reading, where)
        series = {one.name: _converted(one, cells[one.name], reading, where) for one in schema.columns}
        frame = pd.DataFrame(series, copy=False)
    return schema.as_input(frame)


def _converted_frame(
    source: pd.DataFrame,
    names: Sequence[Any],
    schema: ModelSchema,
    reading: Reading,
    found: Mapping[str, _Found],
    where: str,
) -> pd.DataFrame:
    """Return the columns of a frame in the types of training; the frame itself where it needs no change."""
    checked = _checked_at_once(source, schema, reading, found)
    parts = _date_parts(source, found, names, reading, where)
    changed = {}
    for column in () if len(checked) == len(schema.columns) else schema.columns:
        if column.name not in checked:
            given = parts.get(column.name)
            given = source[names[found[column.name][0]]] if given is None else given
            values = _converted(column, given, reading, where)
            if values is not given:
                values.index = source.index
                changed[column.name] = values
    positions = [position for position, _ in found.values()]
    is_whole = positions == list(range(source.shape[1])) and names == list(schema.by_name)
    if is_whole:
        return source.assign(**changed) if changed else source
    series = {name: changed.get(name, source[names[position]]) for name, (position, _) in found.items()}
    return pd.DataFrame(series, copy=False)


def _as_table(table: Any, where: str, needed: Collection[str]) -> pd.DataFrame | pa.Table | None:
    """Return any maker's table as one of pandas or Arrow; None for what has no column names.

    Of types that Arrow does not have, such as whole numbers of 128 bits, the ``needed`` columns become text.
    """
    if isinstance(table, pd.DataFrame | pa.Table):
        return table
    if isinstance(table, np.ndarray):
        return None if table.dtype.names is None else pd.DataFrame({name: table[name] for name in table.dtype.names})
    if isinstance(table, dict) and not any(map(np.ndim, table.values())):
        table = [table]  # one row
    if isinstance(table, dict) or (isinstance(table, list) and table and isinstance(table[0], dict)):
        return pd.DataFrame(table)
    if not isinstance(table, pd.Series) and hasattr(table, "__arrow_c_stream__"):
        try:
            return pa.table(table)
        except (pa.ArrowException, ValueError, TypeError) as error:
            if _kind_of(table) == "polars.DataFrame":
                return pa.table(
                    {name: _column_of_polars(table, name, where) for name in table.columns if name in needed}
                )
            text = "{where}: must be a table; got {kind} ({error}). Make a data frame of it."
            raise DataError.of("no_frame", text, where=where, kind=_kind_of(table), error=str(error)) from error
    if hasattr(table, "collect") and hasattr(table, "collect_schema"):
        text = "{where}: must be a table; got {kind}, which has not been computed. Call its collect() first."
        raise DataError.of("lazy_frame", text, where=where, kind=_kind_of(table))
    return None


def _column_of_polars(table: Any, name: str, where: str) -> pa.ChunkedArray:
    with suppress(pa.ArrowException, ValueError, TypeError):
        return pa.table(table.select(name)).column(0)
    try:
        return pa.table(table.select(table.get_column(name).cast(str))).column(0)
    except Exception as error:  # of polars, which may not be installed here
        text = "{where}: column {column!r} must be of a type that Arrow has; got {found}. Cast it."
        found = str(table.get_column(name).dtype)
        raise DataError.of("type_not_in_arrow", text, where=where, column=name, found=found) from error


def _refuse_other_things(table: Any, where: str) -> None:
    """Raise DataError for a column or a row of pandas, the name of a file, or nothing, in place of a table."""
    if isinstance(table, pd.Series):
        text = "{where}: must be a table; got a Series. Pass row.to_frame().T or column.to_frame()."
        raise DataError.of("series_for_table", text, where=where)
    if isinstance(table, str | bytes | os.PathLike):
        text = "{where}: must be a table; got {given!r}. Read a file with skdl.read_input(model, file)."
        raise DataError.of("path_for_table", text, where=where, given=str(table))
    if table is None:
        raise DataError.of("none_for_table", "{where}: must be a table; got None.", where=where)


def _with_names(table: Any, names: list[str], where: str) -> pd.DataFrame | None:
    """Return an array as a table of the columns of training, in their order; None for other things, such as images."""
    is_rows = isinstance(table, list) and table and all(isinstance(row, list | tuple) for row in table)
    if not is_rows and not (isinstance(table, np.ndarray) and table.ndim == 2):
        return None
    frame = pd.DataFrame(table)
    if frame.shape[1] != len(names):
        text = (
            "{where}: must be a table with column names; got {n} columns without, and the model needs {needed}. Make a "
            "data frame of it."
        )
        raise DataError.of("no_names", text, where=where, n=frame.shape[1], needed=len(names))
    warnings.warn(
        f"{where} has no column names; its columns are taken in the order of training. Pass a data frame.",
        UserWarning,
        stacklevel=4,
    )
    return frame.set_axis(names, axis=1)


def _kind_of(table: Any) -> str:
    return f"{type(table).__module__.partition('.')[0]}.{type(table).__name__}"


def _find_columns(names: Sequence[Any], schema: ModelSchema, reading: Reading, where: str) -> dict[str, _Found]:
    """Find the position of each column of the model, and the name of the dates that it is a part of."""
    if list(names) == list(schema.by_name):
        return {name: (position, None) for position, name in enumerate(names)}
    positions = {name: position for position, name in reversed(list(enumerate(names)))}
    # Under the name in the file, where there is no column of the new name.
    named = {new: positions[old] for old, new in reading.rename.items() if old in positions} | positions
    dates = {column: name for name, added in reading.new_names().items() for column in added}
    origin = {name: name if name in named else dates.get(name, name) for name in schema.by_name}
    missing = [name for name in dict.fromkeys(origin.values()) if name not in named]
    check_present(missing, list(named), where, _NEEDED, schema)
    repeated = {name for name, n in Counter(names).items() if n > 1}
    twice = next((one for one in origin.values() if names[named[one]] in repeated), None)
    if twice is not None:
        text = "{where}: column names must be distinct; several columns are named {column!r}. Rename or drop them."
        raise DataError.of("column_twice", text, where=where, column=twice)
    return {name: (named[one], None if one == name else one) for name, one in origin.items()}


_NEEDED = Note("needed", "the model needs")


def check_present(
    missing: Sequence[str], known: Sequence[str], where: str, asked: Note, schema: ModelSchema | None
) -> None:
    """Raise DataError where columns are missing, with the known ones that have a similar name."""
    if not missing:
        return
    similar = {name: nearest(name, known) for name in missing[:5]}
    listed = ", ".join(f"{name!r} (did you mean {near}?)" if near else repr(name) for name, near in similar.items())
    columns = ", ".join(f"{name!r} ({near}?)" if near else repr(name) for name, near in similar.items())
    columns += ", ..." if len(missing) > 5 else ""
    more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
    plural = "s" if len(known) != 1 else ""
    found = [Note("n_columns", f"The input has {len(known)} column{plural}.", {"n": len(known)})]
    other = next((mark for mark in ";\t|," if mark in known[0]), None) if len(known) == 1 else None
    if other is not None:
        text = (
            f"The input has 1 column, with {other!r} in its name: the model's table had another separator. "
            "Save the table so, or declare data.separator where the model is made."
        )
        found = [Note("other_separator", text, {"mark": repr(other)})]
    if schema is not None and not schema.named:
        found.append(Note("unnamed", "It was fitted without column names: call them x0, x1, ..."))
    text = f"{where}: {asked} columns that are missing: {listed}{more}. {' '.join(map(str, found))}"
    values = {"where": where, "asked": asked, "n": len(missing), "columns": columns, "found": found}
    raise DataError(Note("missing_columns", text, values))


def _checked_at_once(
    frame: pd.DataFrame, schema: ModelSchema, reading: Reading, found: Mapping[str, _Found]
) -> frozenset[str]:
    """Find the columns of numbers as in training that need neither check nor change, in one pass over all."""
    plain = numbers_as_read(reading)
    dtypes = frame.dtypes.to_list()
    # By identity: a dtype's hash is slow, and a wide table has a few of them.
    kinds = {number: _NUMBERS.get(dtype) for number, dtype in {id(dtype): dtype for dtype in dtypes}.items()}
    chosen = [
        column.name
        for column in schema.columns
        if column.kind == "number"
        and kinds[id(dtypes[found[column.name][0]])] == column.dtype
        and (column.open or column.categories is None)
        and found[column.name][1] is None
        and reading.dtypes.get(column.name) != "int"
        and not (reading.na_values and plain.for_column(column.name).missing_numbers)
    ]
    if not chosen or not len(frame):
        return frozenset()
    positions = [found[name][0] for name in chosen]
    block = frame if positions == list(range(len(dtypes))) else frame.take(positions, axis=1)
    values = block.to_numpy()  # (n_rows, n_chosen)
    with np.errstate(all="ignore"):
        # A NaN or an infinite number makes the sum one.
        suspect = np.flatnonzero(~np.isfinite(values.sum(axis=0)))
    refused = set()
    for position, part in zip(suspect.tolist(), values[:, suspect].T, strict=True):
        column = schema.by_name[chosen[position]]
        if (not column.infinite and np.isinf(part).any()) or (not column.nullable and np.isnan(part).any()):
            refused.add(column.name)
    return frozenset(chosen) - refused


def _date_parts(
    source: pd.DataFrame | pa.Table,
    found: Mapping[str, _Found],
    names: Sequence[str],
    reading: Reading,
    where: str,
) -> dict[str, pa.Array]:
    """Make the columns that are parts of dates: text, as scoring makes it of a file."""
    made: dict[str, pa.Array] = {}
    for dates in {one for _, one in found.values() if one is not None}:
        columns = [name for name, (_, one) in found.items() if one == dates]
        position = found[columns[0]][0]
        given = source.iloc[:, position] if isinstance(source, pd.DataFrame) else source.column(position)
        if _has_several_offsets(given):
            parts = format_date_parts(given, reading.dates[dates])
            by_name = dict(zip(reading.new_names()[dates], parts.values(), strict=True))
            made |= {name: pa.array(by_name[name], pa.string()) for name in columns}
        else:
            cells = _cells(given)
            check_moments(where, str(names[position]), cells.type, reading.dates[dates])
            as_read = reading
            if pa.types.is_string(cells.type):
                cells, as_read = cells.cast(pa.binary()), fields_as_read(reading)
            table = ColumnMap(as_read, columns, [names[position]]).apply(pa.table({names[position]: cells}))
            made |= {name: table[name].combine_chunks() for name in columns}
        text = made[columns[0]]
        _check(Column(str(names[position]), "text", "object"), given, date_faults(text), where)
    return made


def _has_several_offsets(given: Any) -> bool:
    """Whether a column holds Python's own times in several zones: Arrow has one a column, and would turn all to it."""
    if not isinstance(given, pd.Series) or given.dtype != np.dtype(object) or infer_dtype(given) != "datetime":
        return False
    return len({value.utcoffset() for value in given.dropna()}) > 1


def _converted(column: Column, given: Any, reading: Reading, where: str) -> Any:
    """Return a column in the type of training; the column itself where it is of this type and needs no change."""
    is_series = isinstance(given, pd.Series)
    dtype = given.dtype if is_series else None
    if column.kind == "other":
        return _of_other_kind(column, given, where)
    if is_series and column.kind == "text" and _holds_known_texts(column, given):
        return given
    if is_series and column.kind == "number" and isinstance(dtype, np.dtype) and dtype.kind in "fiu":
        rule = column_rule(column, numbers_as_read(reading))
        parsed = parse_numbers(column, given.to_numpy(np.float64), rule)
        n_missing = int(given.isna().sum())
    else:
        parsed = _parse(column, given, reading, where)
        n_missing = int(given.isna().sum()) if is_series else -1
    _check(column, given, parsed.faults, where)
    _warn_of_unknown(column, given, parsed, where)
    is_unchanged = is_series and int(parsed.missing.sum()) == n_missing
    if is_unchanged and _is_type_of_training(column, given):
        return given
    values = parsed.values  # noqa: PD011 - of no pandas object
    return column.series(values.to_pandas() if isinstance(values, pa.Array) else values)


def _warn_of_unknown(column: Column, given: Any, parsed: ParsedColumn, where: str) -> None:
    """Warn of known values in another spelling, and of several values of which the model knows none.

    Both are perhaps coded otherwise; a single unknown value may be a new one.
    """
    unknown = np.flatnonzero(parsed.unseen)
    if not len(unknown):
        return
    known = {_spelling(category): category for category in column.categories or () if isinstance(category, str)}
    rows = {value: row for row in unknown[:_N_LOOKED_AT][::-1] if isinstance(value := _value_at(given, row), str)}
    other = [(rows[value], value, known[_spelling(value)]) for value in rows if _spelling(value) in known]
    if other:
        row, value, category = min(other)
        more = f" ({len(other) - 1:,} more values differ so)" if len(other) > 1 else ""
        warnings.warn(
            f"{where}: column {column.name!r} has {value!r} in row {row + 1:,}, and training had {category!r}{more}; "
            "they are different categories. Write it as in training.",
            UserWarning,
            stacklevel=5,
        )
    if not (parsed.unseen | parsed.missing).all():
        return
    shown = list(dict.fromkeys(_shown(given, row) for row in unknown[:_N_LOOKED_AT]))
    if len(shown) > 1:
        wanted = ", ".join(map(repr, islice(column.categories or (), _N_SHOWN)))
        warnings.warn(
            f"{where}: column {column.name!r} holds no value that training had, such as {wanted}; got "
            f"{', '.join(shown[:_N_SHOWN])}. If it is coded otherwise, convert it.",
            UserWarning,
            stacklevel=5,
        )


def _spelling(text: str) -> str:
    """Return a text without differences of case and blanks."""
    return " ".join(without_invisible(text).split()).casefold()


def _holds_known_texts(column: Column, given: pd.Series) -> bool:
    """Whether a column of text, as in training, holds known categories alone, and NaN where it may."""
    if column.dtype not in {"object", "str"} or str(given.dtype) not in {"object", "str"}:
        return False
    if column.gap_like is not None and given.hasnans:
        return False
    try:
        distinct = set(given.unique().tolist() if len(given) > 1 else given.tolist())
    except TypeError:  # lists and the like
        return False
    others = distinct - column.known
    # None is another missing value than NaN to an encoder.
    return not others or (column.nullable and all(isinstance(value, float) and np.isnan(value) for value in others))


def _is_type_of_training(column: Column, given: pd.Series) -> bool:
    if isinstance(given.dtype, pd.CategoricalDtype):
        return column.dtype == "category" and tuple(given.cat.categories) == column.categories
    # Objects may be of any type, and None is another missing value than NaN.
    return given.dtype != np.dtype(object) and str(given.dtype) == column.dtype


def _of_other_kind(column: Column, given: Any, where: str) -> Any:
    """Return a column of a kind that has no parsing rule, such as moments: of the type of training, or refused."""
    values = given if isinstance(given, pd.Series) else given.to_pandas()
    if str(values.dtype) == column.dtype:
        return values
    try:
        wanted = pd.api.types.pandas_dtype(column.dtype)
        if wanted.kind in "mM" and values.dtype.kind == wanted.kind:  # moments in other units
            return values.astype(wanted)
    except (TypeError, ValueError, AttributeError):
        pass
    text = "{where}: column {column!r} must be of type {wanted}, as in training; got {found}. Convert it."
    found = str(values.dtype)
    raise DataError.of("other_type", text, where=where, column=column.name, wanted=column.dtype, found=found)


def _cells(given: Any, spell: Callable[[Any], str | None] = str) -> pa.Array:
    """Return a column as an Arrow array; objects of several types as text, each spelled by itself."""
    if isinstance(given, pd.Series):
        if isinstance(given.dtype, pd.SparseDtype):
            given = pd.Series(np.asarray(given), index=given.index)
        try:
            given = pa.array(given, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            given = _spelled(given, spell)
    return plain_type(given.combine_chunks() if isinstance(given, pa.ChunkedArray) else given)


def _spelled(values: pd.Series, spell: Callable[[Any], str | None]) -> pa.Array:
    missing = values.isna().to_numpy()
    texts = [None if no else spell(value) for value, no in zip(values, missing, strict=True)]
    # A lone surrogate cannot be encoded.
    texts = [None if text is None else text.encode("utf-8", "backslashreplace").decode() for text in texts]
    return pa.array(texts, pa.string())


def _parse(column: Column, given: Any, reading: Reading, where: str) -> ParsedColumn:
    """Parse a column of any type; raise DataError where the type itself has no meaning in it."""
    speller = Speller(column) if column.kind == "text" else None
    cells = _cells(given, speller.spell if speller else partial(_spell_field, mark=_decimal_mark(column, reading)))
    is_given = (
        given.notna().to_numpy()
        if isinstance(given, pd.Series)
        else ~cells.is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
    )
    problem = type_problem(column, cells.type, reading) if cells.null_count < len(cells) else None
    if problem == "kind":
        raise wrong_type(column, str(given.dtype if isinstance(given, pd.Series) else given.type), where)
    if speller is not None:
        unspelled = is_given if problem else is_given & cells.is_null().to_numpy(zero_copy_only=False)
        _check(column, given, {_NO_SPELLING: unspelled}, where)
    if not may_have_marks(column, cells.type, reading):
        return parse_column(column, cells, reading)
    # The whole column is here: one cell that is a number in one way alone decides for all.
    marked, plain = parse_both_ways(column, cells, reading)
    is_marked, is_plain = (not one.faults["must be a number"].any() for one in (marked, plain))
    if is_marked and is_plain:
        differ = ~np.isclose(marked.values, plain.values, rtol=0.0, atol=0.0, equal_nan=True)
        _check(column, given, {TWO_NUMBERS: differ}, where)
    return plain if is_plain and not is_marked else marked


def _decimal_mark(column: Column, reading: Reading) -> str:
    return reading.formats[column.name].decimal if column.name in reading.formats else reading.decimal


def _spell_field(value: Any, mark: str) -> str:
    """Write a value of a mixed column as the training table would."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value).replace(".", mark) if isinstance(value, float | Decimal | np.floating) else str(value)


def _check(column: Column, given: Any, faults: Mapping[str, NDArray[np.bool_]], where: str) -> None:
    """Raise DataError at the first fault of a column."""
    for reason, mask in faults.items():
        rows = np.flatnonzero(mask)
        if not len(rows):
            continue
        if reason == _NO_SPELLING:
            text = (
                "Its spelling{such} is lost: read the column as text (dtype={{{column!r}: str}} in pandas.read_csv), "
                "or the file with skdl.read_input."
            )
            example = Speller(column).example
            such = Note.of("such_text", ", such as {example!r},", example=example) if example else ""
            remedy = Note.of("read_as_text", text, column=column.name, such=such)
        elif reason == _NO_GAP:
            remedy = Note("fill_cell", "Fill it, or leave the row out.")
        elif reason == UNCLEAR_GAP:
            text = (
                "If it is {word!r}, read the file by skdl.read_input, or with keep_default_na=False; if it is missing, "
                "leave the row out."
            )
            remedy = Note.of("unclear_gap", text, word=column.gap_like)
        elif reason == MUST_BE_LOCAL:
            text = "It is in UTC: convert it to the local zone, or train with data.dates: {{{column}: {{utc: true}}}}."
            remedy = Note.of("local_time", text, column=column.name)
        elif reason == _UNKNOWN:
            known = ", ".join(map(repr, islice(column.categories or (), _N_SHOWN)))
            known += ", ..." if len(column.categories or ()) > _N_SHOWN else ""
            remedy = Note.of("known_categories", "It knows {known}.", known=known)
        else:
            remedy = Note("correct_cell", "Correct or empty the cell; skdl score puts such rows into quarantine.")
        more = Note.of("more_rows", " and {n:,} more", n=len(rows) - 1) if len(rows) > 1 else ""
        text = "{where}: column {column!r} {reason}; got {value} in row {row:,}{more}. {remedy}"
        raise DataError.of(
            "refused_cell",
            text,
            where=where,
            column=column.name,
            reason=_REASONS.get(reason, reason),
            value=_shown(given, rows[0]),
            row=int(rows[0]) + 1,
            more=more,
            remedy=remedy,
        )


def _value_at(given: Any, row: Any) -> Any:
    value = given.iloc[row] if isinstance(given, pd.Series) else given[int(row)].as_py()
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value


def _shown(given: Any, row: Any) -> str:
    value = _value_at(given, row)
    if isinstance(value, str):
        value = value.removesuffix(NO_DATE)
    shown = str(value) if isinstance(value, np.generic) else repr(value)  # 1.5, not np.float64(1.5)
    return shown if len(shown) <= _LONGEST_VALUE else shown[:_LONGEST_VALUE] + "..."
