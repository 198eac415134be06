"""Survey of a table without a description: how its file is written, and what each column seems to be."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_integer_dtype, is_numeric_dtype

from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl._source_name import is_local
from skdl.exceptions import DataError, UsageError
from skdl.tables import (
    Dates,
    Reading,
    column_kinds,
    is_constant,
    is_free_text,
    parse_datetimes,
    read_header,
    read_table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SEPARATORS = (";", "\t", "|")
# Names that identifiers have: the end of a name, or a whole word in it. A name alone decides nothing: the values must
# be text or whole numbers, nearly all different.
_IDENTIFIER = re.compile(
    r"(?i:(?:^|[\s_.-])(?:id|ids|uuid|guid|key|index|idx|no|nr|num|number|nummer|ticket|serial|account|ssn)\.?)$"
    r"|[a-z](?:Id|ID|No|Nr|Key|Number|Index|nummer)$|(?:(?<!우편)번호|아이디|식별자)$",
)
# Names of what identifies a unit with several rows, such as a customer; a number or an index is mostly an amount then.
_UNIT = re.compile(
    r"(?i:(?:^|[\s_.-])(?:id|ids|uuid|guid|key|ticket|serial|ssn))$|[a-z](?:Id|ID|Key)$|(?:(?<!우편)번호|아이디|식별자)$"
)
_MOST_ROWS_A_UNIT = 20  # on average; with more of them the model can learn about each unit
_NEARLY_ALL = 0.95
# Identifiers only where all values differ: repeated, they are categories.
_CODE = re.compile(r"(?i:(?:^|[\s_.-])code)$|[a-z]Code$|코드$|우편번호$")
_WHOLE_NAME = re.compile(r"(?:unnamed: \d+|index|rownames?|row_?id)$", re.IGNORECASE)
_FOLDS = re.compile(r"(?:cv|k|outer)?[\s_.-]*folds?(?:[\s_.-]*(?:id|no|nr|num|number|idx|index))?", re.IGNORECASE)
_MOST_FOLDS = 20
_YEARS = (1800, 2100)
_DATE_FORMS = ("%Y년 %m월 %d일", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y", "%Y.%m.%d", "%Y%m%d", "%d-%m-%Y")
# Words for a missing value; any other word among numbers may be a category.
_MISSING = frozenset(
    ("?", "??", "-", "--", ".", "..", "*", "#", "x", "na", "n.a.", "nil", "none", "missing", "unknown", "empty", "k.a.")
) | {"없음", "미상", "결측", "모름"}
_MOST = 0.9
_AMOUNT = re.compile(r"[-+]?\d+(?:[.,' ]\d+)*")
_UNIT_MARKS = re.compile(r"[^\d\s\w#]{0,2}\s?#\s?(?:[^\d\s\w#]|[A-Za-z]{1,3}|원)?")  # after the number became #
_MOST_AMOUNTS = 15  # different texts with a unit that are taken as categories
_MOST_PARTS = 20  # different first letters, or titles, that could be a column
_MOST_CODES = 10
_WHITE = 255
_FEWEST_PIXELS = 16


@dataclass(frozen=True)
class Survey:
    """A table, how its file is written, and what its columns seem to be."""

    frame: pd.DataFrame
    reading: Reading
    ambiguous_dates: Mapping[str, str]  # columns of dates that fit another format too, and that format
    dropped: Mapping[str, Note]  # columns that should not be features, each with the reason
    constant: tuple[str, ...]  # columns with one value or none
    numeric: tuple[str, ...]  # columns of numbers that are written as text
    categorical: tuple[str, ...]
    whole: tuple[str, ...]  # columns of whole numbers, some of which may be codes
    pixels: bool  # whether the numbers look like those of images


def survey_table(source: str, target: Sequence[str]) -> Survey:
    """Detect how a table is written, and what its columns are; ``target`` are the columns to predict.

    >>> survey = survey_table("builtin:ice_cream", ["sales"])
    >>> survey.categorical, dict(survey.dropped)
    (('weekday',), {})
    """
    reading = _with_separator(source)
    frame = read_table(source, reading)
    listed = ", ".join(repr(column) for column in frame.columns[:30])
    if not target:
        text = f"{source}: --target must name the column to predict. It has: {listed}."
        raise UsageError(Note("target_missing", text, {"source": source, "known": listed}))
    for name in target:
        if name not in frame.columns:
            hint = did_you_mean(name, frame.columns)
            text = f"{source}: the table has no column {name!r}{hint} It has: {listed}."
            values = {"where": f"{source}: ", "name": repr(name), "hint": hint, "known": listed}
            raise DataError(Note("no_column", text, values))
    reading = _with_number_format(reading, frame, target)
    dates, ambiguous = _dates(frame.drop(columns=list(target)))
    zeros = _with_leading_zeros(source, reading, frame.drop(columns=[*target, *dates]))
    reading = replace(reading, dates=dates, dtypes=dict.fromkeys(zeros, "string"))
    if "encoding" in frame.attrs:
        reading = replace(reading, encoding=_check_encoding(source, reading, frame))
    return _survey_columns(read_table(source, reading), reading, target, ambiguous)


def _with_separator(source: str) -> Reading:
    """Detect a separator that is not the usual one for the name of the file."""
    for separator in (None, *_SEPARATORS):
        reading = Reading(separator=separator)
        with suppress(DataError):
            # The header decides: one field with the usual separator, several with another.
            names = read_header(source, reading)
            if names is None or len(names) > 1:
                return reading
    return Reading()


def _with_leading_zeros(source: str, reading: Reading, frame: pd.DataFrame) -> list[str]:
    """Find integers with leading zeros, such as postcodes, which would lose them as numbers."""
    if not is_local(source) or read_header(source, reading) is None:  # only text can have them
        return []
    whole = [str(name) for name in frame.columns if is_numeric_dtype(frame[name].dtype) and _are_labels(frame[name])]
    if not whole:
        return []
    # Read again as text, because numbers have lost their zeros.
    text = read_table(source, replace(reading, dtypes=dict.fromkeys(whole, "string")))
    return [name for name in whole if text[name].dropna().map(str).str.fullmatch(r"0\d+").any()]


def _check_encoding(source: str, reading: Reading, frame: pd.DataFrame) -> str:
    """Return the detected encoding if the text is mostly Hangul, otherwise one of western Europe."""
    names = "".join(map(str, frame.columns))
    cells = "".join(str(value) for name in frame.select_dtypes(exclude="number") for value in frame[name].head(200))
    letters = [letter for letter in names + cells if not letter.isascii()]
    # Some western text decodes as cp949 too, but then yields few Hangul syllables that are in use, which are those of
    # EUC-KR, in two bytes each: the degree sign before a C, for example, becomes another one.
    if sum("가" <= letter <= "힣" and len(letter.encode("euc_kr")) == 2 for letter in letters) >= len(letters) / 2:
        return str(frame.attrs["encoding"])
    try:
        read_table(source, replace(reading, encoding="cp1252"))
    except DataError:
        return "latin-1"
    return "cp1252"


def _with_number_format(reading: Reading, frame: pd.DataFrame, target: Sequence[str]) -> Reading:
    """Detect decimal commas, and the words for missing values among numbers."""
    texts = {
        name: frame[name].dropna().map(str).astype(object)
        for name in frame.columns
        if not is_numeric_dtype(frame[name].dtype) and not is_datetime64_any_dtype(frame[name].dtype)
    }
    found = [marks for cells in texts.values() if (marks := _number_format(cells, reading.separator))]
    if found:
        decimal = "," if "," in {mark for mark, _ in found} else "."
        groups = {group for mark, group in found if group and group != decimal}
        reading = replace(reading, decimal=decimal, thousands=min(groups) if groups else None)
    # na_values apply to the whole table: a word that occurs in another column of text may be a category there.
    n_columns = Counter(word for cells in texts.values() for word in set(cells))
    words: list[str] = []
    for name, cells in texts.items():
        fits = cells.str.fullmatch(reading.number_pattern)
        if name in target or not fits.mean() > _MOST or cells[fits].nunique() <= _MOST_CODES:
            continue
        odd = sorted(set(cells[~fits]))
        if all(word.strip().casefold() in _MISSING and n_columns[word] == 1 for word in odd):
            words += odd
    return replace(reading, na_values=tuple(words))


def _number_format(cells: pd.Series, separator: str | None) -> tuple[str, str | None] | None:
    """Detect the decimal mark and the thousands separator of a column of numbers that pandas reads as text."""
    if cells.empty or pd.to_numeric(cells, errors="coerce").notna().mean() > _MOST:
        return None  # 1.234 is read as it is, unless other columns show what a point means
    # The first format that fits wins: 1.234 alone fits several of them.
    ways = [(",", "."), (",", None), (".", ","), (".", "'"), (".", " "), (",", " ")]
    if separator is None:  # between commas, 1,234 is a thousand and more
        ways.sort(key=lambda way: way[0] != ".")
    for decimal, thousands in ways:
        if cells.str.fullmatch(Reading(decimal=decimal, thousands=thousands).number_pattern).mean() > _MOST:
            return decimal, thousands
    return None


def _dates(frame: pd.DataFrame) -> tuple[dict[str, Dates], dict[str, str]]:
    """Find columns of dates and their formats, and the columns that fit another format too."""
    found, ambiguous = {}, {}
    for name in frame.columns:
        present = frame[name].dropna()
        forms: tuple[str | None, ...] = (None, *_DATE_FORMS)
        if is_numeric_dtype(present.dtype):  # numbers such as 20240331
            is_day = is_integer_dtype(present.dtype) and present.between(19000101, 21001231).all()
            forms = ("%Y%m%d",) if is_day else ()
        fitting: dict[str | None, pd.Series] = {}
        for form in forms if len(present) else ():
            with suppress(DataError):
                fitting[form] = parse_datetimes(present, str(name), date_format=form)
                if form is None:
                    break
        if fitting:
            # Where day and month cannot be distinguished, the right format mostly gives the shorter time span.
            best = min(fitting, key=lambda form: fitting[form].max() - fitting[form].min())
            fields = fitting[best].dt
            parts = {"year": fields.year, "month": fields.month, "weekday": fields.day_of_week, "hour": fields.hour}
            varying = tuple(part for part, values in parts.items() if values.min() < values.max())
            found[str(name)] = Dates(varying or Dates().parts, best)
            others = [form for form in fitting if form not in {best, None}]
            if others:
                ambiguous[str(name)] = str(others[0])
    return found, ambiguous


def _survey_columns(
    frame: pd.DataFrame, reading: Reading, target: Sequence[str], ambiguous_dates: Mapping[str, str]
) -> Survey:
    features = frame.drop(columns=[*target, *reading.dates])
    as_text = [name for name, reason in column_kinds(features).left_out.items() if reason.code == "numbers_as_text"]
    kinds = column_kinds(features, numeric=as_text)
    constant = tuple(name for name, reason in kinds.left_out.items() if is_constant(reason))
    unusable = {name: _why_unusable(name, features[name], why) for name, why in kinds.left_out.items()}
    unusable = {name: why for name, why in unusable.items() if name not in constant}
    dropped = dict(unusable)
    for name in kinds.used:
        column = features[name]
        n_values = int(column.nunique())
        if not _are_labels(column):
            continue
        if _FOLDS.fullmatch(name) and 1 < n_values <= _MOST_FOLDS and column.notna().all():
            text = f"{n_values} folds, by its name; to use them as test folds, write folds: instead"
            dropped[name] = Note("init_fold_column", text, {"n": n_values})
        elif _is_identifier(name, column):
            dropped[name] = _describe_identifier(column)
        elif _UNIT.search(name) and n_values > max(_MOST_CODES, column.count() / _MOST_ROWS_A_UNIT):
            text = f"an identifier with {n_values:,} different values; if its rows belong together, use groups: instead"
            dropped[name] = Note("init_groups", text, {"n": f"{n_values:,}"})
        elif n_values > _MOST_AMOUNTS and (shown := value_with_unit(column)):
            dropped[name] = _describe_unit(shown)
    if {*kinds.used} <= {*dropped} and not reading.dates:
        # A column that may be an identifier is better than no column.
        dropped = unusable
    numbers = [name for name in kinds.numeric if name not in dropped]
    parts = {part for added in reading.new_names().values() for part in added}
    whole = [name for name in numbers if name not in parts and not is_bool_dtype(features[name].dtype)]
    whole = [name for name in whole if _are_labels(features[name])]
    return Survey(
        frame=frame,
        reading=reading,
        ambiguous_dates=ambiguous_dates,
        dropped=dropped,
        constant=constant,
        numeric=tuple(name for name in as_text if name not in dropped),
        categorical=tuple(name for name in kinds.categorical if name not in dropped),
        whole=tuple(whole),
        pixels=_are_pixels(features[numbers]),
    )


def _are_labels(column: pd.Series) -> bool:
    """Whether values may identify something: text, or whole numbers, which missing values have made floats."""
    if is_bool_dtype(column.dtype) or not is_numeric_dtype(column.dtype):
        return not is_bool_dtype(column.dtype)
    present = column.dropna()
    return bool((present % 1 == 0).all())


def _is_identifier(name: str, column: pd.Series) -> bool:
    """Whether labels identify rows: nearly all of them differ, and their name or order shows it."""
    present = column.dropna()
    if present.nunique() < _NEARLY_ALL * len(column):
        return False
    if not is_numeric_dtype(column.dtype):
        return bool(_IDENTIFIER.search(name) or _CODE.search(name))
    # Years rise by one from row to row in a time series, and are a feature.
    if present.between(*_YEARS).all():
        return False
    # A counter may run upwards or downwards.
    counts = bool((column.diff().iloc[1:].abs() == 1).all()) and len(column) > 2  # two rows always count
    return counts or any(pattern.search(name) for pattern in (_IDENTIFIER, _CODE, _WHOLE_NAME))


def _why_unusable(name: str, column: pd.Series, reason: Note) -> Note:
    """Describe why a column cannot be used as it is, with what to do about it."""
    if shown := value_with_unit(column):
        return _describe_unit(shown)
    if is_free_text(reason):
        return _describe_identifier(column) if _is_identifier(name, column) else _describe_text(column)
    # The advice after the semicolon is for a pipeline file that does not drop the column.
    return reason.within(f"init_{reason.code}", reason.text.partition(";")[0])


def _describe_identifier(column: pd.Series) -> Note:
    values = {"n": f"{column.nunique():,}", "n_rows": f"{len(column):,}"}
    return Note("init_identifier", "{n} different values in {n_rows} rows: an identifier".format(**values), values)


def _describe_unit(shown: str) -> Note:
    text = f"numbers with marks or a unit, such as {shown!r}; to use them, write numbers alone"
    return Note("init_unit", text, {"shown": repr(shown)})


def value_with_unit(column: pd.Series) -> str | None:
    """Return the first value of a column of numbers that all have the same marks or unit, such as $ or cm."""
    if is_numeric_dtype(column.dtype) or column.isna().all():
        return None
    texts = column.dropna().map(str).astype(object)
    units = texts.str.strip().str.replace(_AMOUNT, "#", n=1, regex=True).value_counts(normalize=True)
    is_unit = units.iloc[0] > _MOST and _UNIT_MARKS.fullmatch(units.index[0]) and units.index[0] != "#"
    return str(texts.iloc[0]) if is_unit else None


def _describe_text(column: pd.Series) -> Note:
    """Describe a free text, with what in it could be a column: a first letter, or a title that many rows have."""
    texts = column.dropna().map(str).astype(object)
    n = f"{texts.nunique():,}"
    what = f"free text with {n} different values"
    for code, name, pattern in (
        ("init_text_with_letter", "first letter", r"^\s*([^\W\d])"),
        ("init_text_with_title", "title", r"\b([^\W\d]{2,}\.)"),
    ):
        parts = texts.str.extract(pattern)[0]
        common = parts.value_counts()
        if parts.notna().mean() > _MOST and 1 < len(common) <= min(_MOST_PARTS, len(texts) / _MOST_PARTS):
            listed = ", ".join(common.index[:3])
            text = f"{what}; its {name} ({listed}, ...) could be a column"
            return Note(code, text, {"n": n, "listed": listed})
    return Note("init_text", what, {"n": n})


def _are_pixels(numbers: pd.DataFrame) -> bool:
    if numbers.shape[1] < _FEWEST_PIXELS or not all(is_integer_dtype(dtype) for dtype in numbers.dtypes):
        return False
    # Brightness reaches into the upper half of 0 to 255; small counts do not.
    return bool(numbers.to_numpy().min() >= 0 and _WHITE // 2 < numbers.to_numpy().max() <= _WHITE)
