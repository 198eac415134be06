"""Parsing rules: what the cells of a table mean. Training and scoring share them.

Cells of a text file are missing words, numbers with marks, flags, dates or text. Training parses whole columns and
infers what each holds (`infer_column`); scoring knows from the model what a column holds, and parses it chunk by chunk
with a mask of the cells that are something else (`cast_cells`). Both use the same rule for each kind of cell.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import is_bool_dtype

from skdl._note import Note
from skdl.exceptions import DataError
from skdl.tables._dates import date_part, parse_dates, spell_value
from skdl.tables._kinds import as_numbers, check_cells

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from skdl.tables._dates import ParsedDates
    from skdl.tables._reading import Reading

_FLAG_WORDS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "1.0"), 1),
    **dict.fromkeys(("false", "f", "no", "n", "0", "0.0"), 0),
}
_INFERRED_FLAGS = pa.array(["true", "false"])
WHOLE = r"^[-+]?[0-9]+$"
CODES = r"^\s*\d+(?:[eE]\d+)?\s*$"  # digits, perhaps with a letter that could be that of a power of ten
GROUPS = r"^\s*[-+]?[1-9]\d{0,2}(?:\.\d{3})*\s*$|^\s*0\s*$"  # whole numbers, perhaps with points between thousands
_N_FIRST, _N_TRIED = 100, 3  # cells that are tried before all of them
_N_VERSIONS = 1_000  # of which two are to be the same number
_INT64, _UINT64 = range(-(2**63), 2**63), range(2**64)


def is_raw_text(column_type: pa.DataType, reading: Reading) -> bool:
    """Return whether values are the unparsed fields of a text file."""
    return reading.separator is not None and pa.types.is_binary(column_type)


def without_missing_words(values: pa.ChunkedArray | pa.Array, reading: Reading) -> pa.ChunkedArray | pa.Array:
    """Replace the words for a missing value by nulls in fields of a text file; return other values unchanged."""
    if not is_raw_text(values.type, reading):
        return values
    missing = pc.is_in(values, value_set=_encode_words(reading.missing_words, values.type))
    return pc.if_else(missing, None, values) if pc.any(missing).as_py() else values


@cache
def _encode_words(words: tuple[str, ...], cells: pa.DataType) -> pa.Array:
    return pa.array([word.encode() for word in words], cells)


def replace_marks(
    texts: pa.ChunkedArray | pa.Array, reading: Reading
) -> tuple[pa.ChunkedArray | pa.Array, pa.ChunkedArray | pa.Array]:
    """Rewrite numbers with a decimal point and no thousands separator; return a mask of the cells that are numbers.

    A cell with other marks than the declared ones, such as a clock time or a version, is none.
    """
    plain = pc.replace_substring(texts, reading.thousands, "") if reading.thousands else texts
    plain = pc.replace_substring(plain, reading.decimal, ".") if reading.decimal else plain
    return plain, pc.match_substring_regex(texts, reading.number_pattern)


def parse_flags(texts: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return 1 for yes, true and the like, 0 for no, false and the like, null for everything else."""
    words = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    # index_in returns null for any other word, and take passes nulls on.
    indices = pc.index_in(words, pa.array(list(_FLAG_WORDS)))
    return pc.take(pa.array(list(_FLAG_WORDS.values()), pa.int8()), indices)


def has_fraction(values: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Return a mask of the finite numbers that are not whole."""
    is_broken: NDArray[np.bool_] = np.isfinite(values) & (values != np.rint(values))
    return is_broken


def have_fractions(table: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Return for each row of a table whether a number is not whole."""
    for some in (table[:, :_N_FIRST], table):  # the first ones show it of most columns, at no cost
        found: NDArray[np.bool_] = np.any(has_fraction(some), axis=1)
        if found.all():
            break
    return found


def are_groups(texts: pa.ChunkedArray) -> bool:
    """Whether numbers with points may be whole numbers with points between thousands."""
    first = texts.slice(0, _N_TRIED).to_pylist()  # which exclude most columns, at no cost
    if not all(re.match(GROUPS, text) for text in first if text is not None):
        return False
    return bool(pc.all(pc.match_substring_regex(texts, GROUPS)).as_py())


def may_be_versions(texts: pa.ChunkedArray) -> bool:
    """Whether some of the first numbers have one digit behind the point and others two, of which the last is a zero."""
    first = texts.slice(0, _N_VERSIONS)
    return all(pc.any(pc.match_substring_regex(first, ending)).as_py() for ending in (r"\.[1-9]0\s*$", r"\.[1-9]\s*$"))


def cast_cells(raw: pa.Array, wanted: pa.DataType, *, flags: bool = False) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Cast values to another type; return them with a mask of the unreadable ones, which become null.

    With ``flags`` the words true and false mean 1 and 0.
    """
    if pa.types.is_dictionary(raw.type):
        # Cells share the values of a dictionary: decoded, each has its own value, and unreadable cells can be marked.
        raw = raw.dictionary_decode()
    unreadable = np.zeros(len(raw), dtype=bool)
    try:
        return raw.cast(options=_cast_options(wanted)), unreadable
    except pa.ArrowInvalid:
        pass  # at least one value is unreadable: find out which
    # Bytes become text first, because bytes that are not UTF-8 are unreadable whatever the type wanted.
    if pa.types.is_binary(raw.type) and not pa.types.is_string(wanted):
        raw, unreadable = cast_cells(raw, pa.string())
    if pa.types.is_string(raw.type) and not pa.types.is_string(wanted):
        raw = pc.utf8_trim_whitespace(raw)
        if flags:
            words = pc.utf8_lower(raw)
            raw = pc.if_else(pc.equal(words, "true"), "1", pc.if_else(pc.equal(words, "false"), "0", raw))
    values, failed = _cast_halves(raw, wanted)
    return values, unreadable | failed


def _cast_options(wanted: pa.DataType) -> Any:
    return pc.CastOptions(wanted, allow_float_truncate=True, allow_decimal_truncate=True)


def _cast_halves(raw: pa.Array, wanted: pa.DataType) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Cast by halves until the unreadable values are alone, so that good values cost one call."""
    try:
        return raw.cast(options=_cast_options(wanted)), np.zeros(len(raw), dtype=bool)
    except pa.ArrowInvalid:
        if len(raw) == 1:
            return pa.nulls(1, wanted), np.ones(1, dtype=bool)
    middle = len(raw) // 2
    parts = [_cast_halves(raw[:middle], wanted), _cast_halves(raw[middle:], wanted)]
    return pa.concat_arrays([part for part, _ in parts]), np.concatenate([mask for _, mask in parts])


def infer_column(texts: pa.ChunkedArray, reading: Reading, *, as_text: bool = False) -> pd.Series:
    """Infer what a whole column of text holds, by the rules of `pandas.read_csv`.

    It becomes ``int64``, or ``uint64`` beyond it, if every cell is a whole number; ``float64`` if every cell is a
    number, or a whole number and others are missing; ``bool`` (``object`` with missing values) if every cell is true
    or false; else text. With number marks it becomes numbers or text, and text if ``as_text`` declares it so.

    >>> from skdl.tables import Reading
    >>> infer_column(pa.chunked_array([["1", None, "2.5"]]), Reading()).tolist()
    [1.0, nan, 2.5]
    """
    is_empty = texts.null_count == len(texts)
    values: pd.Series | None
    if as_text or (is_empty and reading.has_marks):
        values = None
    elif is_empty:  # floats to pandas.read_csv
        values = pd.Series(np.full(len(texts), np.nan))
    elif reading.has_marks:
        plain, is_number = replace_marks(texts, reading)
        values = _infer_numbers(plain, reading) if pc.all(is_number).as_py() else None
    else:
        values = _infer_numbers(texts, reading)
        values = _infer_flags(texts) if values is None else values
    return texts.to_pandas() if values is None else values


def _infer_numbers(texts: pa.ChunkedArray, reading: Reading) -> pd.Series | None:
    """Return a column of numbers; None if any cell is something else."""
    # pandas.read_csv ignores blanks around numbers.
    try:
        pc.ascii_trim_whitespace(texts.slice(0, _N_FIRST)).cast(pa.float64())  # most texts are no numbers: at no cost
        trimmed = pc.ascii_trim_whitespace(texts)
        values = trimmed.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    if np.isnan(values).sum() > texts.null_count or (np.isinf(values).any() and _has_padded_infinity(texts)):
        return None  # Arrow reads more words than pandas: NAN, and inf with blanks around it
    if not has_fraction(values).any() and pc.all(pc.match_substring_regex(trimmed, WHOLE)).as_py():
        return _infer_whole_numbers(trimmed)
    if np.nanmax(values) >= _UINT64.stop and _is_long_number_first(trimmed, values):
        return None
    # Numbers that mean a missing value are compared as numbers: with 99 declared, 99.0 is missing too.
    missing_numbers = reading.missing_numbers
    return pd.Series(np.where(np.isin(values, missing_numbers), np.nan, values) if missing_numbers else values)


def _has_padded_infinity(texts: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, r"(?i)^\s+[-+]?inf|(?:inf|y)\s+$")).as_py())


def _is_long_number_first(trimmed: pa.ChunkedArray, values: NDArray[np.float64]) -> bool:
    """Return whether a whole number of more than 64 bits precedes the first other number: text to pandas."""
    is_whole = pc.match_substring_regex(trimmed, WHOLE).fill_null(fill_value=True).to_numpy()
    is_long = is_whole & (values >= _UINT64.stop)
    return bool(is_long.any() and np.argmax(is_long) < np.argmin(is_whole))


def _infer_whole_numbers(trimmed: pa.ChunkedArray) -> pd.Series | None:
    """Return a column of whole numbers in the type that holds them all; None if there is none."""
    plain = pc.utf8_ltrim(trimmed, "+")  # which Arrow does not read
    try:
        return pd.Series(plain.cast(pa.int64()).to_numpy())
    except pa.ArrowInvalid:
        pass  # more than 64 bits
    try:
        numbers = [None if text is None else int(text) for text in plain.to_pylist()]
    except ValueError:  # more digits than Python takes
        return None
    if any(number not in _INT64 and number not in _UINT64 for number in numbers if number is not None):
        # Beyond 64 bits Python integers keep every digit.
        return pd.Series([np.nan if number is None else number for number in numbers], dtype=object)
    # uint64 holds neither a missing value nor a sign, so such a column stays text.
    if trimmed.null_count or pc.any(pc.starts_with(trimmed, "-")).as_py():
        return None
    return pd.Series(np.array(numbers, dtype=np.uint64))


def _infer_flags(texts: pa.ChunkedArray) -> pd.Series | None:
    """Return a column of True and False; None if any cell is something else."""
    for some in (texts.slice(0, _N_FIRST), texts):
        words = pc.ascii_lower(some)
        if not pc.all(pc.is_in(words, value_set=_INFERRED_FLAGS).filter(some.is_valid())).as_py():
            return None
    flags: pd.Series = pc.equal(words, "true").to_pandas()
    return flags.astype(object).where(flags.notna(), np.nan) if texts.null_count else flags


def apply_types(frame: pd.DataFrame, reading: Reading, parsed: Mapping[str, ParsedDates] | None = None) -> pd.DataFrame:
    """Convert columns to their declared types, and add the parts of dates as columns.

    The columns of ``frame`` are renamed already; ``parsed`` has the columns of dates, where they are known. A column of
    dates stays, as datetimes in UTC; its parts follow the others.

    >>> from skdl.tables import Dates, Reading
    >>> frame = pd.DataFrame({"day": ["2024-03-31"], "open": ["yes"]})
    >>> apply_types(frame, Reading(dtypes={"open": "bool"}, dates={"day": Dates(("month", "weekday"))}))
             day  open  day_month day_weekday
    0 2024-03-31     1          3         Sun
    """
    parsed = parse_dates(frame, reading.dates) if parsed is None else parsed
    changed = {name: _to_type(frame[name], name, declared) for name, declared in reading.dtypes.items()}
    parts: dict[str, pd.Series] = {}
    for name, one in parsed.items():
        changed[name] = one.instants
        for part in one.dates.parts:
            column = f"{name}_{part}"
            if column in frame.columns:
                text = (
                    "column {column!r}: already in the table, so that no part of {name!r} can have this name. Rename "
                    "it with data.rename."
                )
                raise DataError.of("name_taken", text, column=column, name=name)
            values = date_part(one.moments, part)
            parts[column] = values if part == "weekday" else as_numbers(values, part)
    return frame.assign(**changed, **parts) if changed else frame


def _to_type(column: pd.Series, name: str, declared: str) -> pd.Series:
    if declared == "string":
        return column.map(spell_value, na_action="ignore").astype(object).where(column.notna(), np.nan)
    if declared == "bool":
        return _to_flags(column, name)
    numbers = as_numbers(column, name)
    if declared == "float":
        return numbers.astype(np.float64)
    broken = has_fraction(numbers.to_numpy(np.float64))
    remedy = Note("no_whole_number", "Correct the cell, or declare the column a float.")
    check_cells(numbers, name, broken, Note("wanted_whole", "whole numbers (data.dtypes)"), remedy)
    return numbers if numbers.isna().any() else numbers.astype(np.int64)


def _to_flags(column: pd.Series, name: str) -> pd.Series:
    if is_bool_dtype(column.dtype) and not column.isna().any():
        return column.astype(np.int64)
    texts = pa.array(column.map(str, na_action="ignore"), pa.string(), from_pandas=True)
    flags = pd.Series(parse_flags(texts).to_numpy(zero_copy_only=False), index=column.index, name=name, dtype=float)
    wanted = Note("wanted_flags", "yes and no, true and false, or 1 and 0 (data.dtypes)")
    remedy = Note("no_flag", "Correct the cell, or remove the declaration.")
    check_cells(column, name, flags.isna() & column.notna(), wanted, remedy)
    return flags.astype(np.int64) if flags.notna().all() else flags
