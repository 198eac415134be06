"""The ``data`` section: the table, how to read it, and the roles of its columns."""

from __future__ import annotations

import codecs
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    Tag,
    model_validator,
)

from skdl._note import Note
from skdl.spec._section import UNION_TAG, Name, Names, OrEmpty, Section, empty_to_section, optional

DatePart = Literal["year", "quarter", "month", "week", "day", "day_of_year", "weekday", "hour", "minute"]
DataType = Literal["string", "float", "int", "bool"]


def _expand_tab(value: Any) -> Any:
    """Turn a backslash with t, or the word tab, into a tab."""
    return "\t" if isinstance(value, str) and value in {r"\t", "tab"} else value


def _check_encoding(name: str) -> str:
    try:
        "".encode(name)
        codecs.lookup(name)
    except (LookupError, UnicodeError, ValueError):
        raise ValueError(
            Note("no_python_encoding", "must be a text encoding of Python, such as utf-8, cp949 or latin-1")
        ) from None
    return name


def _names_to_mapping(value: Any) -> Any:
    """Turn a list of names into a mapping, with the default parts for each."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list | tuple) and all(isinstance(name, str) for name in value):
        return dict.fromkeys(value)
    return empty_to_section(value)


def _parts_to_section(value: Any) -> Any:
    """Turn a list of parts into a section."""
    return {"parts": value} if isinstance(value, list | tuple) else empty_to_section(value)


def _check_character(value: str) -> str:
    if not (value == "\t" or (value.isascii() and value.isprintable() and not value.isalnum() and value not in '"\\')):
        raise ValueError(
            Note("no_separator", "must be a tab or a printable ASCII character, no letter, digit, quote or backslash")
        )
    return value


Character = Annotated[
    StrictStr,
    Field(min_length=1, max_length=1),
    AfterValidator(_check_character),
    BeforeValidator(_expand_tab, json_schema_input_type=Annotated[str, Field(pattern=r"^(.|\t|\\t|tab)$")]),
]


def _check_thousands(value: str) -> str:
    if value.isalnum() or value in '"\\\n\r':
        raise ValueError(Note("no_mark", "must be one character, no letter, digit, quote or backslash"))
    return value


Grouping = Annotated[StrictStr, Field(min_length=1, max_length=1), AfterValidator(_check_thousands)]


class DateSpec(Section):
    """The features made from a column of dates; the column itself is not a feature."""

    parts: Annotated[tuple[DatePart, ...], Field(min_length=1)] = optional(
        "Parts of the date; each becomes a feature NAME_PART.", ("year", "month", "weekday")
    )
    format: Name | None = optional(
        "Format of the dates, such as '%d/%m/%Y'; by default it is found, and asked for where two fit."
    )
    utc: StrictBool | None = optional(
        "Whether parts are of the time in UTC; by default times with a zone are taken as written, which is local time."
    )


Date = Annotated[
    DateSpec,
    BeforeValidator(
        _parts_to_section, json_schema_input_type=DateSpec | Annotated[list[DatePart], Field(min_length=1)] | None
    ),
]


Level = StrictStr | StrictInt | StrictFloat


def _check_levels(levels: tuple[Any, ...]) -> tuple[Any, ...]:
    if len({str(level) for level in levels}) < len(levels):
        raise ValueError(Note("same_level", "must name each category once, from the lowest to the highest"))
    return levels


Levels = Annotated[tuple[Level, ...], Field(min_length=2), AfterValidator(_check_levels)]

Words = Annotated[
    Annotated[Names, Tag(UNION_TAG + "names")] | Annotated[dict[Name, Names], Tag(UNION_TAG + "mapping")],
    Discriminator(lambda value: UNION_TAG + ("mapping" if isinstance(value, dict) else "names")),
]


class DataSpec(Section):
    """The table, how to read it, and the roles of its columns."""

    source: Name = Field(
        description="Path, glob pattern, http(s) address, builtin:NAME or keras:mnist. A path may contain environment "
        "variables, such as ${HOME}."
    )
    target: Annotated[Names, Field(min_length=1)] = Field(
        description="Column to predict; several columns for multi-output regression."
    )
    unit: Name | None = optional("Unit of the target, shown in the report: thousand dollars, kWh.")
    drop: Names = optional("Columns that are not used as features.", ())
    numeric: Names = optional("Columns to read as numbers, whatever their values look like.", ())
    categorical: Names = optional("Columns to use as categories, whatever their values look like.", ())
    ordered: OrEmpty[dict[Name, Levels]] = optional(
        "Columns of categories with an order, as NAME: CATEGORIES from the lowest to the highest; models get their "
        "places in the order.",
        {},
    )
    text: Names = optional(
        "Columns of text, such as reviews or descriptions; models get the words in them (preprocess.text).", ()
    )
    groups: Name | None = optional("Column of groups; rows with equal values are always in the same fold.")
    time: Name | None = optional("Column of times; models are trained on the past and tested on the future.")
    folds: Name | None = optional("Column of folds; the rows of each value are tested once.")
    weights: Name | None = optional(
        "Column of weights: a row of weight 2 counts as two rows, in fits, metrics and statistics. It is not a feature."
    )
    sample: Annotated[StrictInt, Field(ge=1)] | None = optional(
        "Number of rows to draw at random, with compare.cv.seed; all rows by default."
    )
    rename: OrEmpty[dict[Name, Name]] = optional(
        "New names of columns, as OLD: NEW. All other keys use the new names.", {}
    )
    dtypes: OrEmpty[dict[Name, DataType]] = optional(
        "Types of columns, as NAME: TYPE. A string keeps its leading zeros, and words such as NA or None as values.", {}
    )
    dates: Annotated[
        dict[Name, Date],
        BeforeValidator(_names_to_mapping, json_schema_input_type=dict[Name, Date] | list[Name] | Name | None),
    ] = optional("Columns of dates, and the parts of each that become features.", {})
    separator: Character | None = optional(
        "Separator of the fields of a text file; by default from the name of the file."
    )
    decimal: Character = optional("Decimal separator of a text file.", ".")
    thousands: Grouping | None = optional("Thousands separator of a text file.")
    encoding: Annotated[Name, AfterValidator(_check_encoding)] | None = optional(
        "Encoding of a text file, such as utf-8, cp949, cp1252 or utf-16; detected by default, with a note."
    )
    na_values: Words = optional(
        "Words for a missing value, besides NA, null and similar words: of all columns, or of some as NAME: WORDS.", ()
    )
    keep_default_na: StrictBool = optional(
        "Whether NA, None, null, nan and similar words are missing values; if false, only empty fields and na_values.",
        default=True,
    )
    short_rows: Literal["malformed", "missing"] = optional(
        "What a row of a text file with too few fields is: malformed, or a row whose last values are missing.",
        "malformed",
    )
    max_unreadable: Annotated[StrictFloat | StrictInt, Field(ge=0, lt=0.5)] = optional(
        "Share of the cells of a column of numbers or dates that may be something else; they become missing, with a "
        "note; and share of the rows that may be malformed, which are left out. With more of them the run stops and "
        "asks.",
        0.01,
    )

    @model_validator(mode="after")
    def _marks_differ(self) -> DataSpec:
        if self.decimal == self.thousands:
            raise ValueError(Note("same_marks", "decimal and thousands must be different characters"))
        return self

    @property
    def hidden(self) -> frozenset[str | None]:
        """Columns that are not features."""
        return frozenset((*self.target, *self.drop, *self.dates, self.groups, self.time, self.folds, self.weights))
