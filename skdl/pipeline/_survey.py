"""A first look at a table that nobody has described: how it is written, and what its columns seem to be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_integer_dtype, is_numeric_dtype

from skdl.exceptions import DataError
from skdl.tables import Dates, Reading, as_moments, column_kinds, did_you_mean, read_header, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Survey", "survey_table"]

_SEPARATORS = (";", "\t", "|")
# Names that people give to what tells rows apart; the end of a name, or a whole word in it.
_IDENTIFIER = re.compile(
    r"(?:^|[\s_.-])(?:id|ids|uuid|guid|key|index|idx|no|nr|num|number|code|ticket|serial|account|ssn)$"
    r"|[a-z](?:Id|ID|No|Nr|Key|Number|Code|Index)$|(?:번호|아이디|식별자|코드)$",
)
_WHOLE_NAME = re.compile(r"(?:unnamed: \d+|index|rownames?|row_?id|x)$", re.IGNORECASE)
_DATE_FORMS = ("%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y", "%Y.%m.%d", "%Y%m%d", "%d-%m-%Y")
_EUROPEAN = re.compile(r"\s*[-+]?\d{1,3}(?:\.?\d{3})*,\d+\s*")
_MOSTLY = 0.9
_MOST_ODD_WORDS = 3
_MOST_CODES = 10
_WHITE = 255
_FEWEST_PIXELS = 16


@dataclass(frozen=True)
class Survey:
    """What was seen.

    Attributes
    ----------
    frame : pandas.DataFrame
        The table, read as ``reading`` says.
    reading : Reading
        How it is written.
    set_aside : mapping of str to str
        Columns that no model should be shown, each with the reason.
    constant : tuple of str
        Columns that hold one value or none.
    numeric : tuple of str
        Numbers that are written as text.
    categorical : tuple of str
        Categories.
    codes : tuple of str
        Columns of whole numbers with few values, which may be categories.
    repeated : mapping of str to int
        Identifiers that stand in several rows, and how many different ones there are.
    pixels : bool
        Whether the numbers look like those of images.
    """

    frame: pd.DataFrame
    reading: Reading
    set_aside: Mapping[str, str] = field(default_factory=dict)
    constant: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    repeated: Mapping[str, int] = field(default_factory=dict)
    pixels: bool = False


def survey_table(source: str, target: Sequence[str]) -> Survey:
    """Look at a table.

    Parameters
    ----------
    source : str
        As `read_table` takes it.
    target : sequence of str
        The columns to predict.

    Returns
    -------
    Survey
        What was seen, from which a pipeline can be drafted.

    Raises
    ------
    DataError
        If the table cannot be read, or does not have the target.

    Examples
    --------
    >>> survey = survey_table("builtin:ice_cream", ["sales"])
    >>> survey.categorical, dict(survey.set_aside)
    (('weekday',), {})
    """
    reading = _written(source)
    frame = read_table(source, reading)
    for name in target:
        if name not in frame.columns:
            hint = did_you_mean(name, frame.columns) or "."
            listed = ", ".join(repr(column) for column in frame.columns[:30])
            raise DataError(f"{source}: the table has no column {name!r}{hint} It has: {listed}.")
    reading = _with_marks(reading, frame)
    reading = replace(reading, dates=_dates(frame.drop(columns=list(target))))
    frame = read_table(source, reading)
    return _sorted(frame, reading, target)


def _written(source: str) -> Reading:
    """Find the separator of a text file whose ending says another one."""
    reading = Reading()
    try:
        header = read_header(source, reading)
    except DataError:
        header = ("",)
    for separator in _SEPARATORS if header is not None and len(header) == 1 else ():
        try:
            names = read_header(source, Reading(separator=separator))
        except DataError:
            continue
        if names is not None and len(names) > 1:
            return Reading(separator=separator)
    return reading


def _with_marks(reading: Reading, frame: pd.DataFrame) -> Reading:
    """Find decimal commas, and the words that stand for a gap among numbers."""
    words: dict[str, None] = {}
    for name in frame.columns:
        present = frame[name].dropna()
        if present.empty or is_numeric_dtype(present.dtype) or is_datetime64_any_dtype(present.dtype):
            continue
        texts = present.map(str)
        if reading.separator and texts.map(lambda text: bool(_EUROPEAN.fullmatch(text))).mean() > _MOSTLY:
            dotted = texts.str.contains(".", regex=False).any()
            reading = replace(reading, decimal=",", thousands="." if dotted else None)
            continue
        odd = texts[pd.to_numeric(texts, errors="coerce").isna()].unique()
        if len(odd) <= _MOST_ODD_WORDS and texts.isin(odd).mean() < 1 - _MOSTLY:
            words.update(dict.fromkeys(odd))
    return replace(reading, na_values=tuple(words))


def _dates(frame: pd.DataFrame) -> dict[str, Dates]:
    found = {}
    for name in frame.columns:
        present = frame[name].dropna()
        if present.empty or is_numeric_dtype(present.dtype):
            continue
        for form in (None, *_DATE_FORMS):
            try:
                moments = as_moments(present, str(name), date_format=form)
            except DataError:
                continue
            found[str(name)] = Dates(("year", "month", "weekday"), form) if moments.notna().all() else Dates()
            break
    return found


def _sorted(frame: pd.DataFrame, reading: Reading, target: Sequence[str]) -> Survey:
    features = frame.drop(columns=[*target, *reading.dates])
    as_text = [
        name
        for name, reason in column_kinds(features).left_out.items()
        if reason.startswith("holds numbers written as text")
    ]
    kinds = column_kinds(features, numeric=as_text)
    constant = tuple(name for name, reason in kinds.left_out.items() if "one value" in reason or "no value" in reason)
    aside = {name: _shortly(reason) for name, reason in kinds.left_out.items() if name not in constant}
    repeated = {}
    for name in kinds.used:
        column = features[name]
        if _tells_rows_apart(name, column):
            aside[name] = f"a different value in each of {len(column):,} rows: an identifier"
        elif _IDENTIFIER.search(name) and column.nunique() > _MOST_CODES:
            repeated[name] = int(column.nunique())
    numbers = [name for name in kinds.numeric if name not in aside]
    return Survey(
        frame=frame,
        reading=reading,
        set_aside=aside,
        constant=constant,
        numeric=tuple(name for name in as_text if name not in aside),
        categorical=tuple(name for name in kinds.categorical if name not in aside and name not in repeated),
        codes=tuple(name for name in numbers if _like_codes(features[name])),
        repeated=repeated,
        pixels=_like_pixels(features[numbers]),
    )


def _tells_rows_apart(name: str, column: pd.Series) -> bool:
    """Whether a column only names its rows: all values differ, and name or order say so."""
    present = column.dropna()
    if len(present) < len(column) or is_bool_dtype(column.dtype) or present.nunique() < len(present):
        return False
    if not is_integer_dtype(column.dtype):
        return bool(_IDENTIFIER.search(name)) and not is_numeric_dtype(column.dtype)
    counts = bool((column.diff().iloc[1:].abs() == 1).all()) and len(column) > 2  # noqa: PLR2004 - two rows always count
    return counts or bool(_IDENTIFIER.search(name) or _WHOLE_NAME.match(name))


def _like_codes(column: pd.Series) -> bool:
    if not is_integer_dtype(column.dtype):
        return False
    n_values = int(column.nunique())
    return 2 < n_values <= _MOST_CODES  # noqa: PLR2004 - two values are as good as a category


def _like_pixels(numbers: pd.DataFrame) -> bool:
    if numbers.shape[1] < _FEWEST_PIXELS or not all(is_integer_dtype(dtype) for dtype in numbers.dtypes):
        return False
    return bool(numbers.to_numpy().min() >= 0 and _WHITE // 2 < numbers.to_numpy().max() <= _WHITE)


def _shortly(reason: str) -> str:
    """Say why a column is left out, without the advice to name it here."""
    return reason.partition(";")[0]
