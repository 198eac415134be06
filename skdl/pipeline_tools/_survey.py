"""Survey of a table without a description: how its file is written, and what each column seems to be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype

from skdl._note import Note
from skdl.exceptions import DataError, UsageError
from skdl.tables import (
    LIKELY_MISSING,
    MAX_UNREADABLE,
    Cells,
    Dates,
    FoundDates,
    PlannedTable,
    Reading,
    SplitTable,
    ask_about_dates,
    column_kinds,
    distinct_values,
    find_dates,
    find_scale,
    have_fractions,
    is_constant,
    is_free_text,
    is_ordered,
    may_hold_dates,
    number_columns,
    read_planned,
    suggest_column,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

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
_MOST = 0.9
_MOST_PARTS = 20  # different first letters, or titles, that could be a column
_MOST_CODES = 10
_WHITE = 255
_FEWEST_PIXELS = 16
_N_WORDS = 3  # in a note
_MOST_DIGITS = 15  # that a float holds
# More words than names of people and most addresses have. Chinese, Japanese and Korean put more into a word, or write
# no spaces: two or three of their characters are about a word.
_WORDS_OF_A_SENTENCE, _CHARACTERS_OF_A_WORD = 5, 2.5
_LETTERS_OF_EAST_ASIA = r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]"
_N_LOOKED_AT = 1_000


@dataclass(frozen=True)
class Survey:
    """A table, how its file is written, and what its columns seem to be."""

    frame: pd.DataFrame
    cells: Mapping[str, Cells]  # how the columns of texts were read
    reading: Reading
    marks: Note | None  # what was not certain about the decimal mark or the thousands separator
    ambiguous_dates: Mapping[str, str]  # columns of dates that fit another format too, and that format
    dropped: Mapping[str, Note]  # columns that should not be features, each with the reason
    constant: tuple[str, ...]  # columns with one value or none
    numeric: tuple[str, ...]  # columns of numbers that are written as text
    categorical: tuple[str, ...]
    text: tuple[str, ...]  # columns of sentences
    scales: Mapping[str, tuple[str, ...]]  # columns of categories that seem to be steps, from the lowest to the highest
    whole: tuple[str, ...]  # columns of whole numbers, some of which may be codes
    pixels: bool  # whether the numbers look like those of images
    notes: tuple[Note, ...] = ()  # what was not obvious about the rows, such as those that were left out


def survey_table(
    source: str, target: Sequence[str], *, encoding: str | None = None, split: SplitTable | None = None
) -> Survey:
    """Detect how a table is written, and what its columns are; ``target`` are the columns to predict.

    The encoding is detected, too, where it is not given. ``split`` keeps the fields of a text for another reading.

    >>> survey = survey_table("builtin:ice_cream", ["sales"])
    >>> survey.categorical, dict(survey.dropped)
    (('weekday',), {})
    """
    reading = Reading(encoding=encoding)
    split = SplitTable() if split is None else split
    table = read_planned(source, reading, declared=lambda name: "role" if name in target else None, split=split)
    reading = replace(reading, separator=table.separator)
    frame = table.frame
    listed = ", ".join(repr(column) for column in frame.columns[:30])
    if not target:
        text = "{source}: --target must name the column to predict. It has: {known}."
        raise UsageError.of("target_missing", text, source=source, known=listed)
    for name in target:
        if name not in frame.columns:
            hint = suggest_column(name, list(frame.columns))
            text = "{where}the table has no column {name}{hint} It has: {known}."
            raise DataError.of("no_column", text, where=f"{source}: ", name=repr(name), hint=hint, known=listed)
    reading, marks = _with_number_format(reading, table)
    dates, ambiguous, odd_dates = _dates(frame.drop(columns=list(target)))
    zeros = [name for name, cells in table.cells.items() if cells.has_note("leading_zeros")]
    codes = {name: "string" for name in zeros if name not in dates}
    # A string keeps words such as NA, but among codes they are missing values.
    words = {name: tuple(table.missing_words[name]) for name in codes if table.missing_words.get(name)}
    words |= {name: one.odd for name, one in odd_dates.items() if name in dates}
    na_values = {**reading.na_values, **words} if isinstance(reading.na_values, Mapping) else words or ()
    reading = replace(reading, dates=dates, dtypes=codes, na_values=na_values)
    if table.encoding is not None:
        reading = replace(reading, encoding=table.encoding)
    first = table
    if replace(reading, separator=None) != Reading():  # else it has been read like that
        table = read_planned(source, reading, split=split)
    # Declared marks do not tell what numbers mean that are written with several.
    mixed = {name: cells for name, cells in first.cells.items() if cells.asks("ask_unit") and cells.guess is None}
    for question in [*table.questions(target), *first.questions(set(target) & mixed.keys())]:
        raise DataError.of("ask", "{where}: {question}", where=source, question=question)
    survey = _survey_columns(table, reading, target, ambiguous)
    dropped = {name: _describe_odd_dates(one, frame[name]) for name, one in odd_dates.items() if name not in dates}
    dropped |= {name: _describe_question(cells) for name, cells in mixed.items() if name not in reading.dates}
    # Encoding and separator are keys of the file.
    notes = tuple(note for note in first.notes if note.code not in {"encoding", "separator"})
    return replace(survey, marks=marks, dropped={**survey.dropped, **dropped}, notes=notes)


def _with_number_format(reading: Reading, table: PlannedTable) -> tuple[Reading, Note | None]:
    """Declare the marks of the whole table and the words for missing values among numbers; note what is uncertain."""
    guesses = {name: cells.guess for name, cells in table.cells.items() if cells.question and cells.guess}
    formats = [*table.reading.formats.values(), *guesses.values()]
    in_several_ways = [form for name, form in guesses.items() if table.cells[name].asks("ask_unit")]
    in_doubt = [name for name in guesses if table.cells[name].asks("ask_marks")]
    certain = [form for form in formats if form not in in_several_ways] or formats
    decimal = "," if any(form.decimal == "," for form in certain) else "."
    groups = {form.thousands for form in formats if form.decimal == decimal and form.thousands}
    # Declared marks hold for all columns: plain numbers with a point must not be among them.
    if decimal == "," and not _has_points(table):
        reading = replace(reading, decimal=decimal, thousands=min(groups) if groups else None)
    elif in_doubt:
        groups = {form.thousands for form in formats if form.decimal == reading.decimal and form.thousands}
        reading = replace(reading, thousands=min(groups) if groups else None)
    words = {
        str(name): form.missing
        for name, form in guesses.items()
        if form.missing and all(map(_is_missing_word, form.missing))
    }
    marks = None
    if in_doubt and reading.has_marks:
        question = table.cells[in_doubt[0]].question
        assert question is not None
        columns = [*in_doubt, *(name for name, cells in table.cells.items() if cells.has_note("may_be_thousands"))]
        text = "numbers such as {shown} may be {one} or {two}: check which it is, in {columns}"
        values = {**question.values, "columns": ", ".join(columns)}  # noqa: PD011 - of a note, not of a Series
        marks = Note.of("init_marks_in_doubt", text, **values)
    return replace(reading, na_values=words or ()), marks


def _has_points(table: PlannedTable) -> bool:
    """Whether a column has plain numbers with a point, which is not one that may separate thousands."""
    whole = set(_whole_columns(table.frame))
    whole |= {name for name, cells in table.cells.items() if cells.has_note("may_be_thousands")}
    return any(
        dtype.kind == "f" and name not in table.reading.formats and name not in whole
        for name, dtype in table.frame.dtypes.items()
    )


def _is_missing_word(word: str) -> bool:
    return word.strip().casefold() in LIKELY_MISSING


def _dates(frame: pd.DataFrame) -> tuple[dict[str, Dates], dict[str, str], dict[str, FoundDates]]:
    """Find columns of dates and their formats, those that fit another format too, and those with other words."""
    found = {str(name): one for name in may_hold_dates(frame) if (one := find_dates(frame[name])) is not None}
    odd = {
        name: one
        for name, one in found.items()
        if ask_about_dates(name, one, 0, MAX_UNREADABLE) is not None
        and one.form is not None
        and one.form.share < 1 - MAX_UNREADABLE
    }
    unclear = {name for name, one in odd.items() if not all(map(_is_missing_word, one.odd))}
    unclear |= {name for name, one in found.items() if one.form and one.form.share < 1 - MAX_UNREADABLE} - {*odd}
    found = {name: one for name, one in found.items() if name not in unclear}
    ambiguous = {name: one.form.other for name, one in found.items() if one.form is not None and one.form.other}
    dates = {
        # Where only some have a zone, a comparison asks what that means; a draft takes all as written.
        name: replace(one.dates, utc=False) if one.form is not None and 0 < one.form.zoned_share < 1 else one.dates
        for name, one in found.items()
    }
    return dates, ambiguous, odd


def _survey_columns(
    table: PlannedTable, reading: Reading, target: Sequence[str], ambiguous_dates: Mapping[str, str]
) -> Survey:
    frame = table.frame
    features = frame.drop(columns=[*target, *reading.dates])
    codes = {name for name, dtype in reading.dtypes.items() if dtype == "string"}  # with leading zeros
    codes |= {name for name, cells in table.cells.items() if cells.has_note("codes_with_letter")}
    # Numbers as text can be used as numbers; not codes, and not those of many digits, which would be rounded.
    as_text = [
        name
        for name, reason in column_kinds(features, indexes=table.indexes).left_out.items()
        if reason.code == "numbers_as_text"
        and name not in codes
        and features[name].dropna().map(str).str.len().max() <= _MOST_DIGITS
    ]
    kinds = column_kinds(features, numeric=as_text, indexes=table.indexes)
    texts = [name for name, why in kinds.left_out.items() if is_free_text(why) and _are_sentences(features[name])]
    kinds = column_kinds(features, numeric=as_text, text=texts, indexes=table.indexes) if texts else kinds
    constant = tuple(name for name, reason in kinds.left_out.items() if is_constant(reason))
    unusable = {
        name: _describe_codes(features[name]) if name in codes else _why_unusable(name, features[name], why)
        for name, why in kinds.left_out.items()
    }
    unusable = {name: why for name, why in unusable.items() if name not in constant}
    unusable |= {name: _describe_question(table.cells[name]) for name in features.columns if table.questions([name])}
    dropped = dict(unusable)
    labels = _label_columns(features)
    for name in (*kinds.numeric, *kinds.categorical):
        if name not in labels:
            continue
        column = features[name]
        n_values = len(distinct_values(column))
        form = table.reading.formats.get(name)
        if form is not None and (form.unit or form.factors or form.thousands):  # amounts identify nothing
            continue
        if _FOLDS.fullmatch(name) and 1 < n_values <= _MOST_FOLDS and column.notna().all():
            text = "{n} folds, by its name; to use them as test folds, write folds: instead"
            dropped[name] = Note.of("init_fold_column", text, n=n_values)
        elif _is_identifier(name, column, n_values):
            dropped[name] = _describe_identifier(column)
        elif (
            _UNIT.search(name)
            and _have_digits(column)
            and n_values > max(_MOST_CODES, column.count() / _MOST_ROWS_A_UNIT)
        ):
            text = "an identifier with {n} different values; if its rows belong together, use groups: instead"
            dropped[name] = Note.of("init_groups", text, n=f"{n_values:,}")
    if {*kinds.used} <= {*dropped} and not reading.dates:
        # A column that may be an identifier is better than no column.
        dropped = unusable
    numbers = [name for name in kinds.numeric if name not in dropped]
    parts = {part for added in reading.new_names().values() for part in added}
    return Survey(
        frame=frame,
        cells=table.cells,
        reading=reading,
        marks=None,
        ambiguous_dates=ambiguous_dates,
        dropped=dropped,
        constant=constant,
        numeric=tuple(name for name in as_text if name not in dropped),
        categorical=tuple(name for name in kinds.categorical if name not in dropped),
        text=kinds.text,
        scales=_scales(features[[name for name in kinds.categorical if name not in dropped]]),
        whole=tuple(name for name in numbers if name in labels and name not in parts),
        pixels=_are_pixels(features[numbers]),
    )


def _are_sentences(column: pd.Series) -> bool:
    """Whether texts have more words than a name has, in the mean of the first ones."""
    texts = column.dropna().head(_N_LOOKED_AT).map(str)
    n_east_asian = texts.str.count(_LETTERS_OF_EAST_ASIA)
    n_words = np.maximum(texts.map(lambda text: len(text.split())), n_east_asian / _CHARACTERS_OF_A_WORD)
    return bool(n_words.mean() > _WORDS_OF_A_SENTENCE)


def _scales(categories: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the columns whose categories are steps of a scale and do not have an order yet."""
    plain = {str(name): column for name, column in categories.items() if not is_ordered(column)}
    found = {name: find_scale(distinct_values(column)) for name, column in plain.items()}
    return {name: steps for name, steps in found.items() if steps}


def _have_digits(column: pd.Series) -> bool:
    """Whether most labels are numbers or have a digit, unlike words."""
    if is_numeric_dtype(column.dtype):
        return True
    return bool(column.dropna().map(str).str.contains(r"\d").mean() > _MOST)


def _label_columns(frame: pd.DataFrame) -> set[str]:
    """Return the columns that may identify something: text, or whole numbers, which missing values have made floats."""
    labels = {str(name) for name, dtype in frame.dtypes.items() if not is_numeric_dtype(dtype)}
    for name in _whole_columns(frame):
        is_written_as_decimals = frame[name].dtype.kind == "f" and not frame[name].hasnans
        if not is_written_as_decimals:
            labels.add(name)
    return labels


def _whole_columns(frame: pd.DataFrame) -> Iterator[str]:
    """Yield the columns of whole numbers, which missing values may have made floats."""
    plain = set()
    for names, values in number_columns(frame):
        plain |= set(names)
        whole = names
        if values.dtype.kind == "f":
            rows = np.flatnonzero(~have_fractions(values))  # few, so that the others are not searched for infinity
            whole = [names[row] for row in rows[~np.isinf(values[rows]).any(axis=1)]]
        yield from whole
    for name, dtype in frame.dtypes.items():
        if name in plain or not is_numeric_dtype(dtype) or is_bool_dtype(dtype):
            continue
        if (frame[name].dropna() % 1 == 0).all():
            yield str(name)


def _is_identifier(name: str, column: pd.Series, n_values: int) -> bool:
    """Whether labels identify rows: nearly all of them differ, and their name or order shows it."""
    if n_values < _NEARLY_ALL * len(column):
        return False
    present = column.dropna()
    if not is_numeric_dtype(column.dtype):
        return bool(_IDENTIFIER.search(name) or _CODE.search(name))
    # Years rise by one from row to row in a time series, and are a feature.
    if present.between(*_YEARS).all() or (present < 0).any():
        return False
    # A counter may run upwards or downwards.
    counts = bool((column.diff().iloc[1:].abs() == 1).all()) and len(column) > 2  # two rows always count
    return counts or any(pattern.search(name) for pattern in (_IDENTIFIER, _CODE, _WHOLE_NAME))


def _describe_question(cells: Cells) -> Note:
    """Describe a column that holds numbers and other words, which nobody but a person can explain."""
    assert cells.question is not None
    if cells.question.code != "ask_odd_cells":
        return cells.question.within("init_asked", str(cells.question).partition(". ")[0], question=cells.question)
    known: dict[str, Any] = cells.question.values  # noqa: PD011 - of a note, not of a Series
    values = {key: known[key] for key in ("n", "n_cells", "words")}
    text = "numbers, and {n:,} of {n_cells:,} cells with other words ({words}); declare those under na_values to use it"
    return Note.of("init_odd_cells", text, **values)


def _describe_odd_dates(found: FoundDates, column: pd.Series) -> Note:
    """Describe a column of dates and other words."""
    texts = column.dropna().map(str)
    values = {"n": int(texts.isin(found.odd).sum()), "n_cells": len(texts)}
    words = ", ".join(map(repr, found.odd[:_N_WORDS])) + (", ..." if len(found.odd) > _N_WORDS else "")
    text = "dates, and {n:,} of {n_cells:,} cells with other words ({words}); declare those under na_values to use it"
    return Note.of("init_odd_dates", text, **values, words=words)


def _why_unusable(name: str, column: pd.Series, reason: Note) -> Note:
    """Describe why a column cannot be used as it is, with what to do about it."""
    if reason.code == "numbers_as_text":
        return _describe_identifier(column)
    if is_free_text(reason):
        is_identifier = _is_identifier(name, column, int(column.nunique()))
        return _describe_identifier(column) if is_identifier else _describe_text(column)
    # The advice after the semicolon is for a pipeline file that does not drop the column.
    return reason.within(f"init_{reason.code}", reason.text.partition(";")[0])


def _describe_identifier(column: pd.Series) -> Note:
    text = "{n} different values in {n_rows} rows: an identifier"
    return Note.of("init_identifier", text, n=f"{column.nunique():,}", n_rows=f"{len(column):,}")


def _describe_codes(column: pd.Series) -> Note:
    text = "{n} different codes, such as {shown}; to use them as numbers, name the column in numeric"
    return Note.of("init_codes_left_out", text, n=f"{column.nunique():,}", shown=column.dropna().iloc[0])


def _describe_text(column: pd.Series) -> Note:
    """Describe a free text, with what in it could be a column: a first letter, or a title that many rows have."""
    texts = column.dropna().map(str).astype(object)
    n, what = f"{texts.nunique():,}", "free text with {n} different values"
    for code, name, pattern in (
        ("init_text_with_letter", "first letter", r"^\s*([^\W\d])"),
        ("init_text_with_title", "title", r"\b([^\W\d]{2,}\.)"),
    ):
        parts = texts.str.extract(pattern)[0]
        common = parts.value_counts()
        if parts.notna().mean() > _MOST and 1 < len(common) <= min(_MOST_PARTS, len(texts) / _MOST_PARTS):
            text = f"{what}; its {name} ({{listed}}, ...) could be a column"
            return Note.of(code, text, n=n, listed=", ".join(common.index[:3]))
    return Note.of("init_text", what, n=n)


def _are_pixels(numbers: pd.DataFrame) -> bool:
    if numbers.shape[1] < _FEWEST_PIXELS or not all(is_integer_dtype(dtype) for dtype in numbers.dtypes):
        return False
    # Brightness reaches into the upper half of 0 to 255; small counts do not.
    return bool(numbers.to_numpy().min() >= 0 and _WHITE // 2 < numbers.to_numpy().max() <= _WHITE)
