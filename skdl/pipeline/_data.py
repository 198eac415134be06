"""The ``data`` section: where the table is, how it is written, and which of its columns is what."""

from __future__ import annotations

import codecs
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, StrictStr, model_validator

from skdl.pipeline._section import Name, Names, Section, as_section
from skdl.tables import Dates, Reading

__all__ = ["DataSpec", "DateSpec"]

DatePart = Literal["year", "quarter", "month", "week", "day", "day_of_year", "weekday", "hour", "minute"]
DataType = Literal["string", "float", "int", "bool"]


def _as_character(value: Any) -> Any:
    """Let the two characters that many write for a tab stand for one."""
    return "\t" if isinstance(value, str) and value in {r"\t", "tab"} else value


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)
        codecs.lookup(name)
    except (LookupError, UnicodeError, ValueError):
        raise ValueError("must be a text encoding that Python knows, such as utf-8, cp949 or latin-1") from None
    return name


def _as_mapping(value: Any) -> Any:
    """Let names alone stand for the usual parts of each."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list | tuple) and all(isinstance(name, str) for name in value):
        return dict.fromkeys(value)
    return as_section(value)


def _as_date(value: Any) -> Any:
    """Let a list of parts stand for the whole entry."""
    return {"parts": value} if isinstance(value, list | tuple) else as_section(value)


def _plain_character(value: str) -> str:
    if not (value == "\t" or (value.isascii() and value.isprintable() and not value.isalnum() and value not in '"\\')):
        raise ValueError("must be a tab or a printable ASCII character, no letter, digit, quote or backslash")
    return value


Character = Annotated[
    StrictStr,
    Field(min_length=1, max_length=1),
    AfterValidator(_plain_character),
    BeforeValidator(_as_character, json_schema_input_type=Annotated[str, Field(pattern=r"^(.|\t|\\t|tab)$")]),
]


def _grouping(value: str) -> str:
    if value.isalnum() or value in '"\\\n\r':
        raise ValueError("must be one character, no letter, digit, quote or backslash")
    return value


def _some(parts: tuple[DatePart, ...]) -> tuple[DatePart, ...]:
    if not parts:
        raise ValueError("must not be empty")
    return parts


Grouping = Annotated[StrictStr, Field(min_length=1, max_length=1), AfterValidator(_grouping)]


class DateSpec(Section):
    """What is made of a column of dates; the column itself is shown to no model."""

    parts: Annotated[tuple[DatePart, ...], AfterValidator(_some)] = Field(
        default=("year", "month", "weekday"), description="Each becomes a column NAME_PART."
    )
    format: Name | None = Field(
        default=None, description="How dates are written, as '%d/%m/%Y'; 2024-03-31 where left out."
    )


Date = Annotated[
    DateSpec,
    BeforeValidator(_as_date, json_schema_input_type=DateSpec | Annotated[list[DatePart], Field(min_length=1)] | None),
]


class DataSpec(Section):
    """The table, and which of its columns is what."""

    source: Name = Field(
        description="Path, glob pattern, http(s) address, builtin:NAME or keras:mnist; ${HOME} and the like in a path."
    )
    target: Annotated[Names, Field(min_length=1)] = Field(
        description="The column to predict; several for multi-output regression."
    )
    unit: Name | None = Field(default=None, description="Of the target, for the report: thousand dollars, kWh.")
    drop: Names = Field(default=(), description="Columns never shown to a model.")
    numeric: Names = Field(default=(), description="Columns that are numbers, whatever they look like.")
    categorical: Names = Field(default=(), description="Columns that are categories, whatever they look like.")
    groups: Name | None = Field(default=None, description="Column; folds never split a group of equal values.")
    time: Name | None = Field(default=None, description="Column; folds never train on the future.")
    folds: Name | None = Field(default=None, description="Column of fold numbers; each value is tested once.")
    sample: Annotated[StrictInt, Field(ge=1)] | None = Field(
        default=None, description="That many rows, drawn with compare.cv.seed."
    )
    rename: Annotated[dict[Name, Name], BeforeValidator(as_section)] = Field(
        default={}, description="Column in the file: its new name. All other keys speak of the new names."
    )
    dtypes: Annotated[dict[Name, DataType], BeforeValidator(as_section)] = Field(
        default={}, description="Column: its type. A string is kept as it is written, leading zeros included."
    )
    dates: Annotated[dict[Name, Date], BeforeValidator(_as_mapping)] = Field(
        default={}, description="Columns of dates, and which parts of each become columns."
    )
    separator: Character | None = Field(
        default=None, description="Between the fields of a text file; by its ending where left out."
    )
    decimal: Character = Field(default=".", description="Decimal mark of a text file.")
    thousands: Grouping | None = Field(default=None, description="What groups the digits of a text file by threes.")
    encoding: Annotated[Name, AfterValidator(_known_encoding)] | None = Field(
        default=None, description="Of a text file; UTF-8, then cp949, where left out."
    )
    na_values: Names = Field(default=(), description="Words for a missing value, besides NA, null and the like.")

    @model_validator(mode="after")
    def _marks_differ(self) -> DataSpec:
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands must be different characters")
        return self

    @property
    def hidden(self) -> frozenset[str | None]:
        """Columns that no model is shown."""
        return frozenset((*self.target, *self.drop, *self.dates, self.groups, self.time, self.folds))

    def reading(self) -> Reading:
        """Give what the reader of tables needs to know."""
        return Reading(
            separator=self.separator,
            decimal=self.decimal,
            thousands=self.thousands,
            encoding=self.encoding,
            na_values=self.na_values,
            rename=self.rename,
            dtypes=self.dtypes,
            dates={name: Dates(dates.parts, dates.format) for name, dates in self.dates.items()},
        )
