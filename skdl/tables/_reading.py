"""Reading options: how a table is written, and which names and types its columns get."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl.exceptions import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SEPARATORS = {".csv": ",", ".tsv": "\t"}
# Words for a missing value in a text file: those of pandas, fixed here so that another pandas reads the same.
MISSING_WORDS = (
    "", " ", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "NaT",
    "None", "n/a", "nan", "null",
)  # fmt: skip
_EMPTY = ("", " ")
# Other words that often mean a missing value, in lower case; among numbers any other word may be a category.
LIKELY_MISSING = frozenset([
    "?", "??", "-", "--", ".", "..", "*", "#", "x", "na", "n.a.", "n.d.", "nd", "nil", "none", "missing", "unknown",
    "empty", "k.a.", "tbd", "(blank)", "(leer)", "not available", "#div/0!", "#value!", "#ref!", "#name?", "#num!",
    "0000-00-00", "00/00/0000", "00.00.0000", "00-00-0000", "0000-00-00 00:00:00", "\\n", "#nv", "#n/d", "n/d", "s/d",
    "keine angabe", "entfällt", "non renseigné", "sin dato", "없음", "미상", "결측", "모름", "무응답", "해당없음",
    "해당 없음", "不明", "不詳", "欠測", "未知", "无", "暂无", "缺失",
])  # fmt: skip
# As `fill_names` names columns without a name; pandas adds a number where the name is taken.
UNNAMED = re.compile(r"Unnamed: \d+(?:\.\d+)?")


@dataclass(frozen=True)
class Dates:
    """Parts that are made of a column of dates, each of them a column ``NAME_PART``.

    They are numbers; the weekday is a text from ``Mon`` to ``Sun``. Times with a zone are taken as written, which is
    the local time, or in UTC.
    """

    parts: tuple[str, ...] = ("year", "month", "weekday")  # of `DATE_PARTS`
    # Codes of `strftime`, or ISO8601 for dates such as 2024-03-31 or 2024-03-31T12:00. None tries ISO 8601 first and
    # finds another form where that does not fit; the reading of a table says which one it was.
    format: str | None = None
    # Whether parts are of the time in UTC, where times without a zone are in UTC. False takes all times as written;
    # None too, but refuses to train on a column in which only some have a zone.
    utc: bool | None = None
    missing: tuple[str, ...] = ()  # cells of the training table that were no dates, and were read as missing
    # Offsets of local times in the training table, in minutes: times in UTC that are none of them are refused.
    offsets: tuple[int, ...] = ()
    # Whether all cells of the training table had a time of day: others would count as midnight, and are refused.
    timed: bool = False


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of one column are written.

    Attributes
    ----------
    decimal : str
        Decimal mark.
    thousands : str or None
        Mark between groups of digits.
    unit : str
        Currency, percent sign or unit before or behind each number; empty where there is none. It is removed and does
        not change the number: ``12.5%`` is 12.5. Numbers without it are unreadable, except zero, unless it is a
        currency or counts things.
    factors : tuple of str
        Words behind a number that multiply it, as in 1.2k and 3M.
    clock : str
        ``hours`` for times and durations such as 1:30, ``minutes`` for those of which the first field is minutes, as in
        59:30; they are numbers of minutes. Empty for numbers.
    missing : tuple of str
        Texts that are no numbers and mean a missing value in this column.
    """

    decimal: str = "."
    thousands: str | None = None
    unit: str = ""
    factors: tuple[str, ...] = ()
    clock: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """How to read a table; encoding, separator and the marks of numbers are those of a text file."""

    separator: str | None = None  # of fields; None for that of the file's ending, a comma for .csv and a tab for .tsv
    decimal: str = "."
    thousands: str | None = None
    encoding: str | None = None  # None detects it
    # Words for a missing value besides the default ones: of all columns, or of some by their (new) name.
    na_values: tuple[str, ...] | Mapping[str, tuple[str, ...]] = ()
    keep_default_na: bool = True  # whether `MISSING_WORDS` are missing values; an empty field always is
    # Whether a row with too few fields is malformed, or the fields that it lacks at its end are missing values.
    short_rows: str = "malformed"
    # By name in the file. All other options use the new names.
    rename: Mapping[str, str] = field(default_factory=dict)
    # string, float, int or bool. A string is kept as it is written, leading zeros and words such as NA included.
    dtypes: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, Dates] = field(default_factory=dict)
    # Whether words such as NA are values in columns declared as strings. Not so in models of before 2026-11-29.
    strings_keep_words: bool = True
    # How the numbers of single columns are written, as it was found in the training table.
    formats: Mapping[str, NumberFormat] = field(default_factory=dict)

    @property
    def has_marks(self) -> bool:
        """Whether numbers have a thousands separator, or another decimal mark than a point."""
        return self.decimal != "." or self.thousands is not None

    @property
    def number_pattern(self) -> str:
        """Regular expression of a cell that is a number with these marks; thousands are groups of three digits.

        >>> [bool(re.match(Reading(decimal=",").number_pattern, cell)) for cell in ("1,5", "-,5e3", "5,", ",")]
        [True, True, True, False]
        """
        mark = re.escape(self.decimal)
        plain = r"\d+" if self.thousands is None else rf"(?:\d{{1,3}}(?:{re.escape(self.thousands)}\d{{3}})+|\d+)"
        return rf"^\s*[-+]?(?:{plain}(?:{mark}\d*)?|{mark}\d+)(?:[eE][-+]?\d+)?\s*$"

    def for_column(self, name: str) -> Reading:
        """Return how one column is read, by its new name: its own words for a missing value, as a tuple.

        >>> reading = Reading(na_values={"age": ("?",)}, dtypes={"region": "string"})
        >>> "?" in reading.for_column("age").missing_words, "NA" in reading.for_column("region").missing_words
        (True, False)
        """
        words = self.na_values if isinstance(self.na_values, tuple) else tuple(self.na_values.get(name, ()))
        is_literal = self.strings_keep_words and self.dtypes.get(name) == "string"
        keep_default_na = self.keep_default_na and not is_literal
        if words == self.na_values and keep_default_na == self.keep_default_na:
            return self
        return replace(self, na_values=words, keep_default_na=keep_default_na)

    @property
    def missing_words(self) -> tuple[str, ...]:
        """Words for a missing value; those that are whole numbers in both spellings, with and without ``.0``."""
        words = [*(MISSING_WORDS if self.keep_default_na else _EMPTY), *self._declared_words]
        # As pandas does: with 99 declared, the text 99.0 is missing too, and the other way round.
        for number in self._declared_numbers():
            words += [f"{int(number)}.0", str(int(number))] if number.is_integer() else []
        return tuple(dict.fromkeys(words))

    @property
    def missing_numbers(self) -> tuple[float, ...]:
        """Numbers that mean a missing value however they are written; none if numbers have marks."""
        return () if self.has_marks else tuple(self._declared_numbers())

    @property
    def _declared_words(self) -> tuple[str, ...]:
        # Words of single columns are those of `for_column`.
        return self.na_values if isinstance(self.na_values, tuple) else ()

    def _declared_numbers(self) -> Iterator[float]:
        for word in self._declared_words:
            with suppress(ValueError):
                yield float(word)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types, without the options that have their default."""
        options, defaults = asdict(self), asdict(Reading())
        plain = {key: value for key, value in options.items() if value != defaults[key]}
        # Always written where it matters: manifests without it are older.
        return {**plain, "strings_keep_words": self.strings_keep_words} if self.dtypes else plain

    def new_names(self) -> dict[str, tuple[str, ...]]:
        """Return the names of the columns that are made of each column of dates."""
        return {name: tuple(f"{name}_{part}" for part in dates.parts) for name, dates in self.dates.items()}

    def date_of(self, column: str) -> str | None:
        """Return the column of dates that a column is a part of, None if it is none."""
        return next((name for name, added in self.new_names().items() if column in added), None)


def fill_names(header: Iterable[str]) -> list[str]:
    """Name the columns without a name as pandas does.

    >>> fill_names(["", "a"])
    ['Unnamed: 0', 'a']
    """
    return [name or f"Unnamed: {index}" for index, name in enumerate(header)]


def check_distinct(where: str, names: Sequence[str]) -> None:
    """Raise DataError if two columns have the same name."""
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated and hold_values(names):
        shown = ", ".join(map(repr, names[:3]))
        text = (
            "{where}: the first line must hold the names of the columns; it has values ({shown}). Write a line of "
            "names above it, such as a,b,c."
        )
        raise DataError.of("values_for_names", text, where=where, shown=shown)
    if repeated:
        listed = ", ".join(map(repr, repeated))
        text = "{where}: column names must be distinct; several columns are named {listed}. Rename them."
        raise DataError.of("same_names", text, where=where, listed=listed)


def suggest_column(name: str, names: Sequence[object]) -> Note:
    """Suggest what is meant by a name that a table does not have: a similar name, or that its names are values."""
    if hold_values([str(one) for one in names]):
        text = ". The first line seems to hold values and no names: write a line of column names above it."
        return Note("headless", text)
    return did_you_mean(name, names)


def hold_values(names: Sequence[str]) -> bool:
    """Whether a line of column names has values instead: most are numbers, one with a fraction or there twice.

    >>> hold_values(["5.1", "3.5", "setosa"]), hold_values(["country", "2023", "2024"])
    (True, False)
    """
    numbers = [name for name in names if re.fullmatch(r"\s*[-+]?\d+(?:[.,]\d+)?\s*", name)]
    has_fraction = any(not number.strip().lstrip("+-").isdigit() for number in numbers)
    return 2 * len(numbers) > len(names) and (has_fraction or len(set(numbers)) < len(numbers))
