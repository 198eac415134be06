"""How often the types of columns are read right: tables with known types, written the way people write them.

Each table is drawn with known types and values (numbers, categories, flags, dates, durations, text, identifiers, ...)
and written with the marks, quotes, encodings and oddities that files have. Every way in reads it: the file that
``skdl init`` drafts (``init``), a pipeline file with source and target alone (``read``), a data frame (``frames``),
and, for one table in twenty, a saved linear model (``score``), whose predictions must be the same from the file and
from every kind of frame. For each column the outcome is

- right: its type and its values are those that were drawn;
- asked: the run stopped with a question;
- noted: something else, but a note names the column;
- silent: something else, and nothing was said.

    python benchmarks/column_types.py --tables 2000 --seed 0 [--out FILE.jsonl] [--ways init read frames score]

At the end stand a table by type and way of writing, and the smallest table of each kind of failure. It is not called
``types``: scripts of this folder would import it in place of Python's own module.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import re
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

import skdl
from skdl.exceptions import SkdlError
from skdl.pipeline_tools import draft_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from skdl.pipeline import PipelineSpec

WAYS = ("init", "read", "frames", "score")
OUTCOMES = ("right", "asked", "noted", "silent", "crashed")
FILE = "(file)"  # stands for the table itself among its columns
SCORED_EVERY = 20  # one table in this many is trained on and scored
ASK_FROM = 0.01  # share of cells that do not agree from which on a question is right

# ---------------------------------------------------------------------------------------------------------------------
# Columns: what they hold, and how it is written
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a table: its true values, and its cells as they are written."""

    name: str
    type: str
    way: str  # of writing
    truth: NDArray[Any]  # float, datetime64 or object (n_rows,); missing: NaN, NaT or None
    cells: NDArray[np.object_]  # text (n_rows,)
    accepted: frozenset[str]  # types that are right
    odd: NDArray[np.bool_]  # cells that do not agree: to be missing, with a note
    may_ask: Callable[[Sequence[str]], bool] | None = None  # whether the written cells leave a doubt
    oddity: str = ""  # in words

    def take(self, rows: NDArray[np.intp]) -> Column:
        """Return the column of some rows."""
        return replace(self, truth=self.truth[rows], cells=self.cells[rows], odd=self.odd[rows])

    @property
    def label(self) -> str:
        """The name that the column has once it is read."""
        return self.name or "Unnamed: 0"

    @property
    def is_in_doubt(self) -> bool:
        """Whether the cells leave a doubt, so that a note or a question is right whatever the column is taken for."""
        return self.may_ask is not None and self.may_ask(self.cells[~self.odd].tolist())

    @property
    def may_stop(self) -> bool:
        """Whether a question is right: in doubt, or where too many cells hold words that may mean a missing value."""
        n_cells = int(np.sum(_is_present(self.truth) | self.odd))  # that are filled
        return bool(self.is_in_doubt or self.odd.sum() > ASK_FROM * n_cells)


@dataclass(frozen=True)
class Style:
    """How a whole file is written."""

    separator: str = ","
    decimal: str = "."
    thousands: str = ","
    encoding: str = "utf-8"
    quote: str = "minimal"  # minimal, all
    line_end: str = "\n"
    language: str = "en"
    extras: tuple[str, ...] = ()  # footer, preamble, index, ...

    @property
    def way(self) -> str:
        """The style in words."""
        marks = {"\t": "tab", " ": "blank", "\u00a0": "nbsp", "\u202f": "narrow nbsp"}
        parts = [f"separator {marks.get(self.separator, self.separator)}"] if self.separator != "," else []
        parts += [f"decimal {self.decimal}"] if self.decimal != "." else []
        parts += [self.encoding] if self.encoding not in {"utf-8", "ascii"} else []
        parts += [f"quote {self.quote}"] if self.quote != "minimal" else []
        parts += ["line end"] if self.line_end != "\n" else []
        return ", ".join([*parts, *self.extras]) or "plain"


@dataclass(frozen=True, eq=False)
class Table:
    """Columns, the last of which is the target, and how they are written."""

    columns: tuple[Column, ...]
    style: Style
    target: str

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.columns[0].cells)

    def take(self, rows: NDArray[np.intp]) -> Table:
        """Return some rows."""
        return replace(self, columns=tuple(column.take(rows) for column in self.columns))

    def without(self, name: str) -> Table:
        """Return the other columns."""
        return replace(self, columns=tuple(column for column in self.columns if column.name != name))

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)


_LEVELS = {
    "en": ["north", "south", "east", "west", "red", "green", "blue", "car", "bus", "train", "bike", "gold", "silver",
           "basic", "premium", "new", "used", "online", "store", "phone", "urban", "rural", "oak", "pine", "elm"],
    "western": ["Köln", "Zürich", "São Paulo", "Málaga", "Genève", "Ålesund", "Besançon", "Mönchen", "grün", "weiß",
                "château", "élevé", "niño", "año", "öffentlich", "privé", "südlich", "nördlich", "Straße", "Gebäude"],
    "ko": ["서울", "부산", "대구", "인천", "광주", "대전", "울산", "남자", "여자", "빨강", "파랑", "높은층",
           "아파트", "단독주택", "버스"],
    "ja": ["東京", "大阪", "京都", "横浜", "札幌", "福岡", "男性", "女性", "青い", "赤い", "電車", "バス"],
}  # fmt: skip
_TRICKY = {
    "None among levels": ["None", "Mild", "Severe"],
    "NA among levels": ["NA", "EU", "APAC", "LATAM"],
    "null among levels": ["null", "full", "half"],
    "ranges": ["18-25", "26-35", "36-50", "51-65", ">65"],
    "ranges of months": ["1-2", "3-4", "5-6", "7-8", "9-10", "11-12"],
    "versions": ["1.2.3", "1.10.0", "2.0.1", "2.1.0"],
    "sizes": ["10x20", "20x30", "30x40"],
    "letters and digits": ["A12", "B07", "C33", "E10", "F5"],
    "codes like powers of ten": ["1E5", "2E4", "7E1", "3D4", "A12"],
    "grades": ["A+", "A", "A-", "B+", "B", "B-", "C"],
    "with separators": ["red, dark", "red; light", "blue | grey", "green\tpale"],
    "with quotes": ['5" pipe', '3" pipe', "6' board", 'the "best"'],
    "with line breaks": ["first\nsecond", "first\nthird", "one line"],
    "with blanks around": [" left", "right ", " both ", "none at all"],
    "single letters": ["M", "F", "U"],
    "names of months": ["Jan", "Feb", "Mar", "Apr", "May", "Jun"],
    "names of days": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    "quarters": ["Q1", "Q2", "Q3", "Q4"],
    "star signs": ["*", "**", "***", "****"],
    "brackets": ["(a)", "(b)", "(c)"],
    "with plus and minus": ["+", "-", "++", "--"],
}
_ORDERED = [
    ["low", "medium", "high"], ["S", "M", "L", "XL"], ["never", "rarely", "sometimes", "often", "always"],
    ["strongly disagree", "disagree", "neutral", "agree", "strongly agree"],
    ["1 - poor", "2 - fair", "3 - good", "4 - excellent"], ["primary", "secondary", "tertiary"],
    ["small", "medium", "large"], ["first class", "second class", "third class"], ["< 10", "10-50", "> 50"],
]  # fmt: skip
_FLAGS = [
    ("yes", "no"), ("Yes", "No"), ("Y", "N"), ("y", "n"), ("TRUE", "FALSE"), ("True", "False"), ("true", "false"),
    ("T", "F"), ("1", "0"), ("on", "off"), ("ja", "nein"), ("oui", "non"), ("si", "no"), ("X", ""), ("YES", "NO"),
    ("1.0", "0.0"),
]  # fmt: skip
_KNOWN_MISSING = ("", "", "", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "n/a", "#N/A", "<NA>", " ")
_OTHER_MISSING = ("-", "?", "unknown", "missing", "--", ".", "nil", "k.A.", "(blank)", "not available", "TBD", "*")
_STRAYS = ("unknown", "#DIV/0!", "#VALUE!", "#REF!", "see note", "12 or 13", "<5", "~30", "error", "1,2,3", "12:30",
           "-", "n.d.", "too low", "O", "l2", "ERR")  # fmt: skip
_NAMES = {
    "number": ["heat_index", "cons.price.idx", "Refractive Index", "net amount", "unit_price", "body_mass", "avg temp",
               "wind_speed", "total_cost", "ticket_price", "serial_resistance", "key_rate", "account_balance",
               "flow (l/s)", "Price ($)", "loss_ratio", "order number mean", "half_life", "dose_mg", "x_coordinate"],
    "whole number": ["age_years", "room_count", "n_visits", "floor_no", "num_rooms", "total_points", "items_sold",
                     "page_number", "lot_size", "number of claims", "children_no", "engine_cc", "stock_level"],
    "category": ["home_region", "fuel_type", "main_color", "plan_code", "status_key", "shop_kind", "id_type",
                 "segment_no", "group_label", "data_source", "birth place", "sales-channel"],
    "ordered category": ["income_level", "risk_grade", "answer_q1", "shirt_size", "school_level"],
    "flag": ["is_member", "has_garden", "smoker_yn", "active_flag", "paid_already", "newsletter_ok"],
    "date": ["visit_day", "sold_on", "birth_date", "Start Date", "due_date", "first_seen", "record_created"],
    "datetime": ["logged_at", "start_time", "time_stamp", "last_update", "order_datetime"],
    "duration": ["trip_length", "work_hours", "time_spent", "call_duration", "lap_time"],
    "text": ["long_comment", "product_description", "full_name", "street_address", "free_remark"],
    "identifier": ["customer_id", "record_uuid", "order_no", "ticket_number", "row_id", "sample_key", "account_ref"],
    "code": ["zip_code", "area_code", "dept_code", "branch_nr", "icd_short", "product_code"],
    "constant": ["same_everywhere", "unit_text", "survey_year", "empty_column"],
}  # fmt: skip
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December")  # fmt: skip


def _no_odd(n_rows: int) -> NDArray[np.bool_]:
    return np.zeros(n_rows, dtype=bool)


def _objects(values: Iterable[Any]) -> NDArray[np.object_]:
    """Return an object array; NumPy would make others of nested or equal values."""
    listed = list(values)
    made = np.empty(len(listed), dtype=object)
    made[:] = listed
    return made


class Drawing:
    """Draws one table: the random generator, the style and the names that are taken."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.n_rows = int(rng.choice([60, 120, 150, 200, 300, 500]))
        self.style = self._style()
        self.names: set[str] = set()

    def chance(self, share: float) -> bool:
        """Return True for a share of the calls."""
        return bool(self.rng.random() < share)

    def one_of(self, values: Sequence[Any], p: Sequence[float] | None = None) -> Any:
        """Draw one of some values."""
        return values[int(self.rng.choice(len(values), p=None if p is None else np.asarray(p) / np.sum(p)))]

    def name(self, kind: str) -> str:
        """Draw a name that the table does not have yet."""
        free = [name for name in _NAMES[kind] if name not in self.names]
        name = self.one_of(free) if free else f"{kind.replace(' ', '_')}_{len(self.names)}x"
        if self.style.language != "en" and self.chance(0.2):
            name += f" ({self.one_of(_LEVELS[self.style.language])})"
        self.names.add(name)
        return str(name)

    def _style(self) -> Style:
        # Most files are plain; the others combine a few habits.
        marks = [(".", ","), (".", " "), (".", "'"), (",", "."), (",", "\u00a0"), (",", "\u202f"), (",", " ")]
        decimal, thousands = self.one_of(marks, [12, 1, 1, 5, 1, 1, 1])
        separators = [";", "\t", ","] if decimal == "," else [",", ";", "\t", "|"]
        separator = self.one_of(separators, [8, 2, 1] if decimal == "," else [14, 2, 2, 1])
        language = self.one_of(["en", "western", "ko", "ja"], [10, 5, 2, 1])
        encodings = {
            "en": ["utf-8", "utf-8-sig"], "western": ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"],
            "ko": ["utf-8", "utf-8-sig", "cp949", "utf-16"], "ja": ["utf-8", "utf-8-sig", "shift_jis"],
        }[language]  # fmt: skip
        encoding = self.one_of(encodings, [4, 1, 2, 1, 1][: len(encodings)])
        extras = [
            extra
            for extra, share in {
                "footer": 0.03, "preamble": 0.02, "index column": 0.07, "short rows": 0.02, "marks at line ends": 0.02,
                "blank lines": 0.03, "sep= line": 0.01, "no last line end": 0.1, "two files": 0.04, "gzip": 0.03,
            }.items()
            if self.chance(share)
        ]  # fmt: skip
        return Style(
            separator=separator,
            decimal=decimal,
            thousands=thousands,
            encoding=encoding,
            quote=self.one_of(["minimal", "all"], [8, 1]),
            line_end=self.one_of(["\n", "\r\n"], [3, 1]),
            language=language,
            extras=tuple(extras[:2]),
        )

    # -- numbers ------------------------------------------------------------------------------------------------------

    def spell(self, value: float, digits: int, *, grouped: bool = False) -> str:
        """Write a number with the marks of the file."""
        text = f"{value:,.{digits}f}" if grouped else f"{value:.{digits}f}"
        return text.translate(str.maketrans({",": self.style.thousands, ".": self.style.decimal}))

    def values(self, *, whole: bool, large: bool, signed: bool) -> tuple[NDArray[np.float64], int]:
        """Draw numbers and the digits after the mark."""
        rng, n = self.rng, self.n_rows
        digits = 0 if whole else int(rng.choice([1, 2, 2, 3]))
        if large:
            numbers = rng.lognormal(rng.uniform(7, 10), 0.9, n)
        elif whole:
            numbers = rng.integers(int(rng.integers(0, 20)), int(rng.choice([6, 40, 120, 900])) + 21, n).astype(float)
        else:
            numbers = rng.lognormal(rng.uniform(0, 5), 0.7, n) if self.chance(0.5) else rng.normal(20, 9, n)
            numbers = numbers if signed else np.abs(numbers)
        numbers = numbers * rng.choice([-1, 1], n, p=[0.2, 0.8]) if signed else numbers
        numbers = np.round(numbers, digits) + 0.0  # no negative zero
        return numbers, digits

    def number(self) -> Column:
        """Draw numbers, and one of the ways in which people write them."""
        way = self.one_of(list(_NUMBER_WAYS), list(_NUMBER_WAYS.values()))
        whole = (
            self.chance(0.4) and "exponent" not in way and way not in {"no zero before the mark", "two decimal marks"}
        )
        large = "thousands" in way or "Indian" in way or ("currency" in way and self.chance(0.6))
        signed = way in {"brackets for negatives", "minus behind", "Unicode minus", "plus sign", "sign and currency"}
        numbers, digits = self.values(whole=whole, large=large, signed=signed or (not whole and self.chance(0.2)))
        if way == "thousands in few cells":
            numbers = np.where(self.rng.random(self.n_rows) < 0.05, numbers, np.round(numbers % 1000, digits))
        if way == "no zero before the mark":
            numbers, digits = np.round(self.rng.uniform(-1, 1, self.n_rows), 2), 2
        if way == "years":
            numbers, digits, whole = self.rng.integers(1950, 2025, self.n_rows).astype(float), 0, True
        if "exponent" in way:
            numbers = np.array([float(f"{value:.3e}") for value in numbers * 10.0 ** self.rng.integers(-6, 7)])
        cells = _objects(self._number_cells(way, numbers, digits))
        type_ = "whole number" if whole else "number"
        column = Column(
            self.name(type_), type_, way, numbers, cells, frozenset({"number", "whole number"}), _no_odd(self.n_rows)
        )
        column = self._accept_more(column, way)
        if way in _DOUBTFUL:
            return column
        return self._stray(column) if self.chance(0.12) else self._with_missing(column)

    def _accept_more(self, column: Column, way: str) -> Column:
        # Whole numbers with few values may be codes; years may be dates; with one mark 1.234 may be 1234.
        accepted = set(column.accepted)
        if column.type == "whole number" and len(np.unique(column.truth)) <= 20:
            accepted |= {"category", "flag"}
        if way == "years":
            accepted |= {"date"}
        if way in _DOUBTFUL:
            return replace(column, accepted=frozenset(), may_ask=_always)
        # Whatever surrounds the numbers, three digits behind a mark in all cells leave it open what the mark is.
        doubt = functools.partial(_is_thousand_or_decimal, marks=self.style.decimal + self.style.thousands)
        if (
            way == "plain"
            and re.search(r"(?:no|number)\b", column.name)
            and len(np.unique(column.truth)) == self.n_rows
        ):
            doubt = _always  # different whole numbers under the name of an identifier
        return replace(column, accepted=frozenset(accepted), may_ask=doubt)

    def _number_cells(self, way: str, numbers: NDArray[np.float64], digits: int) -> Iterator[str]:
        """Write numbers in one way; what surrounds them is the same in the whole column."""
        one = Spelling(
            currency=self.one_of(["$", "€", "£", "₩", "¥", "USD ", "EUR ", "R$ ", "CHF "]),
            behind=self.one_of([" €", "€", " USD", " kr", "원", " zł", " EUR"]),
            unit=self.one_of([" kg", "cm", " mm", " km/h", "mg", " m2", " kWh", " pcs"]),
            brackets=self.one_of(["(#)", "(#)", "($#)"]),
            decimal=self.style.decimal,
        )
        grouped = self.chance(0.5)
        spelled = _SPELLINGS.get(way, lambda one: one.plain)
        for row, value in enumerate(numbers.tolist()):
            text, with_groups = self.spell(value, digits), self.spell(value, digits, grouped=True)
            if way == "Indian thousands":
                with_groups = _indian(text, self.style)
            yield spelled(
                replace(
                    one, row=row, value=value, plain=text, grouped=with_groups, amount=with_groups if grouped else text
                )
            )

    def _with_missing(self, column: Column, words: Sequence[str] | None = None) -> Column:
        """Leave out some values."""
        share = float(self.one_of([0, 0.02, 0.15], [6, 2, 2]))
        if not share:
            return column
        other = words is None and self.chance(0.2)
        word = self.one_of(words or (_OTHER_MISSING if other else _KNOWN_MISSING))
        rows = self.rng.random(self.n_rows) < share
        oddity = f"missing as {word}" if other and rows.any() else column.oddity
        truth, cells = column.truth.copy(), column.cells.copy()
        truth[rows] = np.datetime64("NaT") if truth.dtype.kind == "M" else np.nan if truth.dtype.kind == "f" else None
        cells[rows] = word
        return replace(column, truth=truth, cells=cells, oddity=oddity, odd=column.odd | (rows & other))

    def _stray(self, column: Column, words: Sequence[str] = _STRAYS) -> Column:
        """Put a few cells in that do not agree."""
        several = self.chance(0.2)
        word = self.one_of(words)
        rows = self.rng.choice(self.n_rows, 5 if several else 1, replace=False)
        truth, cells, odd = column.truth.copy(), column.cells.copy(), column.odd.copy()
        truth[rows], cells[rows], odd[rows] = np.datetime64("NaT") if truth.dtype.kind == "M" else np.nan, word, True
        return replace(column, truth=truth, cells=cells, odd=odd, oddity=f"stray {word}")

    # -- categories ---------------------------------------------------------------------------------------------------

    def category(self) -> Column:
        """Draw levels."""
        accepted = {"category"}
        if self.chance(0.45):
            way = self.one_of(list(_TRICKY))
            levels = _TRICKY[way]
            accepted |= {"ordered category"}
        elif self.chance(0.2):
            way, levels = "many levels", self._made_levels(int(self.rng.integers(20, max(21, self.n_rows // 4))))
        else:
            way, pool = "plain", _LEVELS[self.style.language]
            levels = [str(level) for level in self.rng.permutation(pool)[: int(self.rng.integers(3, 8))]]
            way = "plain" if self.style.language == "en" else f"in {self.style.language}"
        if "\t" in "".join(levels) and self.style.separator == "\t":
            levels = [level.replace("\t", " ") for level in levels]
        p = self.rng.dirichlet(np.full(len(levels), 3.0))
        drawn = _objects(self.rng.choice(np.array(levels, dtype=object), self.n_rows, p=p))
        name = self.name("category")
        column = Column(name, "category", way, drawn, drawn.copy(), frozenset(accepted), _no_odd(self.n_rows))
        if "among levels" in way:
            return replace(column, may_ask=_always)  # kept, or a note or a question
        return self._with_missing(column, ["", "", "NA", "N/A"])

    def _made_levels(self, n: int) -> list[str]:
        syllables = ["ba", "ko", "ri", "men", "tal", "su", "ver", "do", "lin", "hart", "ford", "es"]
        names = {"".join(self.rng.choice(syllables, int(self.rng.integers(2, 5)))).title() for _ in range(n)}
        return sorted(names)

    def ordered(self) -> Column:
        """Draw levels with an order."""
        levels = self.one_of(_ORDERED)
        drawn = _objects(self.rng.choice(np.array(levels, dtype=object), self.n_rows))
        accepted = frozenset({"ordered category", "category"})
        name, way = self.name("ordered category"), levels[0]
        column = Column(name, "ordered category", way, drawn, drawn.copy(), accepted, _no_odd(self.n_rows))
        return self._with_missing(column, ["", "NA"])

    def flag(self) -> Column:
        """Draw two values."""
        pair = self.one_of(_FLAGS)
        if self.style.language == "ko" and self.chance(0.5):
            pair = ("예", "아니오")
        drawn = _objects(self.rng.choice(np.array(pair, dtype=object), self.n_rows, p=[0.4, 0.6]))
        way = "/".join(word or "blank" for word in pair)
        accepted = {"flag", "category"} | ({"number", "whole number"} if pair[0] in {"1", "1.0"} else set())
        doubt = (_always) if pair[1] == "" else None
        name = self.name("flag")
        column = Column(name, "flag", way, drawn, drawn.copy(), frozenset(accepted), _no_odd(self.n_rows), doubt)
        return column if pair[1] == "" else self._with_missing(column, ["", "NA", "null"])

    def code(self) -> Column:
        """Draw codes with leading zeros."""
        width = int(self.rng.integers(2, 6))
        n_codes = int(self.rng.integers(4, min(10**width, 40)))
        pool = self.rng.choice(10 ** min(width, 6), n_codes, replace=False)
        pool[0] %= 10 ** (width - 1)  # at least one has a zero in front
        drawn = _objects(f"{number:0{width}d}" for number in self.rng.choice(pool, self.n_rows).tolist())
        way = "leading zeros"
        if self.chance(0.2) and any(cell[0] == "0" for cell in drawn):  # 7 and 007 differ
            way, drawn = "zeros in some", _objects(cell if cell[0] == "0" else cell.lstrip("0")[:2] for cell in drawn)
        accepted = frozenset({"category"})
        name = self.name("code")
        column = Column(name, "code", way, drawn, drawn.copy(), accepted, _no_odd(self.n_rows))
        column = self._with_missing(column, ["", "NA"])
        # Without a zero in front in any cell, nobody can tell codes from numbers.
        has_zero = any(cell[:1] == "0" for cell in column.cells)
        return column if has_zero else replace(column, accepted=accepted | {"number", "whole number", "flag"})

    # -- dates and durations ------------------------------------------------------------------------------------------

    def date(self) -> Column:
        """Draw days."""
        way = self.one_of(list(_DATE_FORMS))
        start = np.datetime64(f"{int(self.rng.integers(1995, 2024))}-{int(self.rng.integers(1, 13)):02d}-01")
        days = start + self.rng.integers(0, int(self.rng.choice([300, 700, 3000])), self.n_rows)
        truth = days.astype("datetime64[s]")
        if self.chance(0.05) and "first" in way:  # no day above 12: the form is in doubt
            truth = np.array(
                [f"{str(day)[:8]}{1 + number % 12:02d}" for number, day in enumerate(days)], "datetime64[s]"
            )
            way += ", all days up to 12"
        form = _DATE_FORMS[way.removesuffix(", all days up to 12")]
        cells = _objects(form(stamp) for stamp in pd.DatetimeIndex(truth))
        doubt = None
        if way.startswith("two digits"):
            doubt = _always
        elif "first" in way:
            doubt = _fits_both_orders
        accepted = {"date", "datetime"}
        if way in {"2024-03", "Mar 2024"}:
            truth, accepted = truth.astype("datetime64[M]").astype("datetime64[s]"), accepted | {"category"}
        column = Column(self.name("date"), "date", way, truth, cells, frozenset(accepted), _no_odd(self.n_rows), doubt)
        column = self._with_missing(column, ["", "NA", "NaT"] if self.chance(0.8) else None)
        return self._stray(column, _BAD_DATES) if self.chance(0.08) else column

    def datetime(self) -> Column:
        """Draw days with times, some of them with zones."""
        way = self.one_of(list(_TIME_FORMS))
        start = np.datetime64(f"{int(self.rng.integers(2005, 2024))}-{int(self.rng.integers(1, 13)):02d}-01T00:00:00")
        truth = start + self.rng.integers(0, int(self.rng.choice([40, 400, 2000])) * 86400, self.n_rows)
        truth = truth.astype("datetime64[m]").astype("datetime64[s]")
        cells = _objects(_TIME_FORMS[way](stamp) for stamp in pd.DatetimeIndex(truth))
        accepted = frozenset({"datetime"})
        doubt = _fits_both_orders if "first" in way else None
        column = Column(self.name("datetime"), "datetime", way, truth, cells, accepted, _no_odd(self.n_rows), doubt)
        column = self._with_missing(column, ["", "NA"])
        return self._stray(column, _BAD_DATES) if self.chance(0.08) else column

    def duration(self) -> Column:
        """Draw minutes or seconds, written as hours and minutes."""
        way = self.one_of(list(_DURATION_FORMS))
        top = 24 * 60 if self.chance(0.5) else 40 * 60
        seconds = self.rng.integers(5, top, self.n_rows) * 60 + (
            self.rng.integers(0, 60, self.n_rows) if "ss" in way else 0
        )
        cells = _objects(_DURATION_FORMS[way](int(value)) for value in seconds)
        accepted = frozenset({"duration", "time"} if way != "in words" else {"duration"})
        if way == "2:05 PM":
            seconds = seconds // 60 % 1440 * 60
        name = self.name("duration")
        column = Column(name, "duration", way, seconds.astype(float), cells, accepted, _no_odd(self.n_rows))
        strays = [word for word in _STRAYS if word != "12:30"]  # which is a duration
        return self._stray(column, strays) if self.chance(0.06) else self._with_missing(column, ["", "NA"])

    # -- others -------------------------------------------------------------------------------------------------------

    def text(self) -> Column:
        """Draw sentences, or names of people."""
        way = self.one_of(["sentences", "names", "addresses", "with separators and line breaks"])
        words = [*_LEVELS[self.style.language], *_LEVELS["en"]]
        cells = []
        for _ in range(self.n_rows):
            some = [str(word) for word in self.rng.choice(words, int(self.rng.integers(4, 14)))]
            if way == "names":
                cells.append(" ".join(self._made_levels(3)[:2]))
            elif way == "addresses":
                cells.append(f"{int(self.rng.integers(1, 200))} {self._made_levels(2)[0]} Street, {some[0]}")
            else:
                text = " ".join(some).capitalize() + "."
                cells.append(text if way == "sentences" else text.replace(" ", ", ", 1).replace(" ", ";\n", 1))
        held = _objects(cells)
        accepted = frozenset({"text", "identifier"} if way in {"names", "addresses"} else {"text"})
        column = Column(self.name("text"), "text", way, held, held.copy(), accepted, _no_odd(self.n_rows))
        return self._with_missing(column, [""])

    def identifier(self) -> Column:
        """Draw values that name rows."""
        way = self.one_of(
            ["counter", "shuffled counter", "long numbers", "20 digits", "prefix and number", "uuid", "mail"]
        )
        n, rng = self.n_rows, self.rng
        first = int(rng.choice([1, 1001, 4000]) + rng.integers(0, 200))  # no years
        if way in {"counter", "shuffled counter"}:
            numbers = np.arange(first, first + n)
            cells = [str(number) for number in (numbers if way == "counter" else rng.permutation(numbers))]
        elif way == "long numbers":
            cells = [str(number) for number in rng.choice(10**7, n, replace=False) + 10**9]
        elif way == "20 digits":
            cells = [f"{number}{number:010d}" for number in (rng.choice(10**9, n, replace=False) + 10**9).tolist()]
        elif way == "prefix and number":
            cells = [f"CU-{number:06d}" for number in rng.permutation(np.arange(first, first + n))]
        elif way == "mail":
            cells = [f"{name.lower()}{number}@example.com" for number, name in enumerate(self._made_levels(n) * n)][:n]
        else:
            cells = [rng.bytes(16).hex() for _ in range(n)]
            cells = [f"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:]}" for one in cells]
        held = _objects(cells)
        accepted = frozenset(
            {"identifier", "index"} | ({"text"} if way in {"mail", "uuid", "prefix and number"} else set())
        )
        return Column(self.name("identifier"), "identifier", way, held, held.copy(), accepted, _no_odd(n))

    def constant(self) -> Column:
        """Draw one value for all rows, or none."""
        way, cell = self.one_of([("a word", "all"), ("a number", "2024"), ("empty", ""), ("value or missing", "x1")])
        cells = _objects([cell] * self.n_rows)
        if way == "value or missing":
            cells[self.rng.random(self.n_rows) < 0.3] = ""
            cells[0] = "x1"
        doubt = (_always) if way == "value or missing" else None
        accepted = frozenset({"constant"} | ({"category", "flag"} if way == "value or missing" else set()))
        return Column(
            self.name("constant"), "constant", way, cells, cells.copy(), accepted, _no_odd(self.n_rows), doubt
        )

    # -- tables -------------------------------------------------------------------------------------------------------

    def table(self) -> Table:
        """Draw columns and a target that depends on some of them."""
        drawers = [
            (self.number, 8), (self.category, 4), (self.ordered, 1), (self.flag, 2), (self.code, 1), (self.date, 3),
            (self.datetime, 2), (self.duration, 1), (self.text, 1), (self.identifier, 1.5), (self.constant, 0.5),
        ]  # fmt: skip
        makers, weights = zip(*drawers, strict=True)
        columns = [self.one_of(makers, weights)() for _ in range(int(self.rng.integers(3, 10)))]
        if not any(column.type in {"number", "whole number", "category", "flag"} for column in columns):
            columns.append(self.number())
        target = self._target(columns)
        style = self.style
        if self.chance(0.05):  # types are declared in it
            style = Style(extras=("parquet",))
            columns = list(without_oddities(Table(tuple(columns), style, "")).columns)
            columns = [replace(one, way="in Parquet") for one in columns if "" not in one.way.split("/")]
        if "index column" in style.extras:  # that pandas writes
            numbers = _objects(str(number) for number in range(self.n_rows))
            kinds = frozenset({"index", "identifier"})
            columns.insert(0, Column("", "index", "first column", numbers, numbers, kinds, _no_odd(self.n_rows)))
        columns = [column for column in columns if column.name != target.name]
        columns.insert(int(self.rng.integers("index column" in style.extras, len(columns) + 1)), target)
        try:
            "".join(itertools.chain(*([column.name, *column.cells] for column in columns))).encode(style.encoding)
        except UnicodeEncodeError:  # a currency, a minus or a blank that the encoding does not have
            style = replace(style, encoding="utf-8")
        return Table(tuple(columns), style, target.name)

    def _target(self, columns: Sequence[Column]) -> Column:
        signal = np.zeros(self.n_rows)
        for column in columns:
            if column.truth.dtype.kind == "f":
                values = np.nan_to_num(column.truth, nan=float(np.nanmedian(column.truth)))
                signal += (values - values.mean()) / (values.std() or 1)
        signal += 0.3 * self.rng.normal(size=self.n_rows)
        way = self.one_of(
            ["plain", "thousands", "percent", "currency in front", "yes/no", "words", "None among levels", "0/1",
             "leading zeros", "missing"],
            [6, 2, 1, 1, 2, 3, 1, 2, 1, 1],
        )  # fmt: skip
        n = self.n_rows
        if way in {"plain", "thousands", "percent", "currency in front", "missing"}:
            scale, digits = (20000.0, 0) if way in {"thousands", "currency in front"} else (20.0, 2)
            numbers = np.round(signal * scale / 4 + 3 * scale, digits) + 0.0
            cells = _objects(self._number_cells(way, numbers, digits))
            if way == "missing":
                rows = self.rng.choice(n, 5, replace=False)
                numbers[rows], cells[rows] = np.nan, ""
            doubt = functools.partial(_is_thousand_or_decimal, marks=self.style.decimal + self.style.thousands)
            accepted = frozenset({"number", "whole number"})
            return Column("target y", "target", way, numbers, cells, accepted, _no_odd(n), doubt)
        levels = {
            "yes/no": ["no", "yes"], "words": ["bad", "fair", "good"], "None among levels": ["None", "Mild", "Severe"],
            "0/1": ["0", "1"], "leading zeros": ["001", "007", "012"],
        }[way]  # fmt: skip
        ranks = signal.argsort().argsort() * len(levels) // n
        labels = _objects(levels[rank] for rank in ranks)
        doubt = (_always) if way == "None among levels" else None
        kinds = frozenset({"category", "flag", "ordered category", "whole number"})
        return Column("target y", "target", way, labels, labels.copy(), kinds, _no_odd(n), doubt)


@dataclass(frozen=True)
class Spelling:
    """A number and what people write around it."""

    currency: str
    behind: str
    unit: str
    brackets: str
    decimal: str
    row: int = 0
    value: float = 0.0
    plain: str = ""
    grouped: str = ""  # with thousands
    amount: str = ""  # with thousands in some columns

    @property
    def positive(self) -> str:
        """The number without its sign."""
        return self.plain.lstrip("-")

    @property
    def sign(self) -> str:
        """The sign of a negative number."""
        return "-" if self.value < 0 else ""


_SPELLINGS: dict[str, Callable[[Spelling], str]] = {
    "thousands": lambda one: one.grouped,
    "thousands in few cells": lambda one: one.grouped,
    "Indian thousands": lambda one: one.grouped,
    "percent": lambda one: f"{one.plain}%",
    "percent after a blank": lambda one: f"{one.plain} %",
    "currency in front": lambda one: one.sign + one.currency + one.amount.lstrip("-"),
    "currency behind": lambda one: one.amount + one.behind,
    "brackets for negatives": lambda one: (
        one.brackets.replace("#", one.positive) if one.value < 0 else one.brackets.strip("()").replace("#", one.plain)
    ),
    "minus behind": lambda one: one.positive + one.sign,
    "Unicode minus": lambda one: one.plain.replace("-", "\u2212"),
    "sign and currency": lambda one: (one.sign or "+") + one.currency + one.positive,
    "unit": lambda one: one.plain + one.unit,
    "plus sign": lambda one: f"+{one.plain}" if one.value > 0 else one.plain,
    "exponent": lambda one: f"{one.value:.3e}".replace(".", one.decimal),
    "exponent as in Excel": lambda one: f"{one.value:.3E}".replace(".", one.decimal),
    "no zero before the mark": lambda one: re.sub(r"^(-?)0(?=\D)", r"\1", one.plain),
    "padded": lambda one: f"{one.plain:>12}",
    "decimals of whole numbers": lambda one: one.plain if one.decimal in one.plain else f"{one.plain}{one.decimal}0",
    "two currencies": lambda one: ("$" if one.row % 3 else "€") + one.positive,
    "two units": lambda one: one.plain + (" kg" if one.row % 3 else " g"),
    "percent in some cells": lambda one: one.plain + ("%" if one.row % 3 else ""),
    "two decimal marks": lambda one: one.plain.translate(str.maketrans(".,", ",.")) if one.row % 3 else one.plain,
}
# What cannot be read without knowing more: a question or a note is right, and nothing else.
_DOUBTFUL = {"two currencies", "two units", "percent in some cells", "two decimal marks"}
_NUMBER_WAYS = {
    "plain": 10, "thousands": 4, "thousands in few cells": 2, "percent": 2, "percent after a blank": 1,
    "currency in front": 2, "currency behind": 1.5, "brackets for negatives": 1, "minus behind": 0.7,
    "Unicode minus": 0.7, "sign and currency": 0.5, "unit": 1, "plus sign": 0.7, "exponent": 0.7,
    "no zero before the mark": 0.7, "padded": 0.7, "Indian thousands": 0.5, "years": 0.7,
    "decimals of whole numbers": 0.5, "exponent as in Excel": 0.4, "two currencies": 0.3, "two units": 0.3,
    "percent in some cells": 0.3, "two decimal marks": 0.3,
}  # fmt: skip
_BAD_DATES = ("unknown", "0000-00-00", "31.02.2024", "tomorrow", "n.d.", "00/00/0000")


def _indian(plain: str, style: Style) -> str:
    """Write groups of two digits above the thousands."""
    sign, digits, fraction = re.fullmatch(r"(-?)(\d+)(.*)", plain).groups()  # type: ignore[union-attr]
    head, tail = digits[:-3], digits[-3:]
    groups = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    return sign + style.thousands.join([*groups, tail]) + fraction


def _always(_: Sequence[str]) -> bool:
    return True


def _is_thousand_or_decimal(cells: Sequence[str], marks: str) -> bool:
    """Whether the marks of all cells fit a decimal mark as well as a thousands separator."""
    numbers = [re.sub(rf"[^\d{re.escape(marks)}]", "", cell) for cell in cells]
    one_mark = re.compile(rf"\d{{1,3}}(?:[{re.escape(marks)}]\d{{3}})?")
    has_mark = any(not number.isdigit() for number in numbers if number)
    return has_mark and all(one_mark.fullmatch(number) for number in numbers if number)


def _fits_both_orders(cells: Sequence[str]) -> bool:
    """Whether every date fits with the day first and with the month first."""
    found = [re.match(r"(\d{1,2})\D(\d{1,2})\D", cell) for cell in cells]
    return all(int(one[1]) <= 12 and int(one[2]) <= 12 for one in found if one)


def _offset(stamp: pd.Timestamp, offset: str) -> str:
    return f"{stamp:%Y-%m-%dT%H:%M:%S}{offset}"


_DATE_FORMS: dict[str, Callable[[pd.Timestamp], str]] = {
    "2024-03-31": lambda t: f"{t:%Y-%m-%d}",
    "day first, 31/03/2024": lambda t: f"{t:%d/%m/%Y}",
    "month first, 03/31/2024": lambda t: f"{t:%m/%d/%Y}",
    "day first, 31.03.2024": lambda t: f"{t:%d.%m.%Y}",
    "day first, 31-03-2024": lambda t: f"{t:%d-%m-%Y}",
    "day first without zeros, 5/3/2024": lambda t: f"{t.day}/{t.month}/{t.year}",
    "month first without zeros, 3/5/2024": lambda t: f"{t.month}/{t.day}/{t.year}",
    "2024/03/31": lambda t: f"{t:%Y/%m/%d}",
    "2024.03.31": lambda t: f"{t:%Y.%m.%d}",
    "20240331": lambda t: f"{t:%Y%m%d}",
    "31 Mar 2024": lambda t: f"{t.day} {_MONTHS[t.month - 1]} {t.year}",
    "31-Mar-2024": lambda t: f"{t.day:02d}-{_MONTHS[t.month - 1]}-{t.year}",
    "March 31, 2024": lambda t: f"{_LONG_MONTHS[t.month - 1]} {t.day}, {t.year}",
    "Mar 31 2024": lambda t: f"{_MONTHS[t.month - 1]} {t.day} {t.year}",
    "2024-03": lambda t: f"{t:%Y-%m}",
    "Mar 2024": lambda t: f"{_MONTHS[t.month - 1]} {t.year}",
    "Sun, 31 Mar 2024": lambda t: f"{t:%a}, {t.day} {_MONTHS[t.month - 1]} {t.year}",
    "two digits of the year, 31/03/24": lambda t: f"{t:%d/%m/%y}",
    "two digits of the year, 3/31/24": lambda t: f"{t.month}/{t.day}/{t:%y}",
}
_TIME_FORMS: dict[str, Callable[[pd.Timestamp], str]] = {
    "2024-03-31 14:05:00": lambda t: f"{t:%Y-%m-%d %H:%M:%S}",
    "2024-03-31T14:05": lambda t: f"{t:%Y-%m-%dT%H:%M}",
    "fractions of a second": lambda t: f"{t:%Y-%m-%dT%H:%M:%S}.123",
    "zone Z": lambda t: _offset(t, "Z"),
    "zone +09:00": lambda t: _offset(t, "+09:00"),
    "zone +0530": lambda t: f"{t:%Y-%m-%d %H:%M:%S}+0530",
    "zones of summer and winter": lambda t: _offset(t, "+02:00" if 4 <= t.month <= 9 else "+01:00"),
    "day first, 31/03/2024 14:05": lambda t: f"{t:%d/%m/%Y %H:%M}",
    "day first, 31.03.2024 14:05:00": lambda t: f"{t:%d.%m.%Y %H:%M:%S}",
    "month first, 3/31/2024 2:05 PM": lambda t: f"{t.month}/{t.day}/{t.year} {(t.hour - 1) % 12 + 1}:{t:%M %p}",
    "31 Mar 2024 14:05": lambda t: f"{t.day} {_MONTHS[t.month - 1]} {t:%Y %H:%M}",
    "31/Mar/2024:14:05:00": lambda t: f"{t.day:02d}/{_MONTHS[t.month - 1]}/{t:%Y:%H:%M:%S}",
}
_DURATION_FORMS: dict[str, Callable[[int], str]] = {
    "hh:mm": lambda s: f"{s // 3600:02d}:{s // 60 % 60:02d}",
    "h:mm": lambda s: f"{s // 3600}:{s // 60 % 60:02d}",
    "hh:mm:ss": lambda s: f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}",
    "2:05 PM": lambda s: f"{(s // 3600 - 1) % 12 + 1}:{s // 60 % 60:02d} {'PM' if s // 3600 % 24 >= 12 else 'AM'}",
    "in words": lambda s: f"{s // 3600}h {s // 60 % 60:02d}m",
}


def draw_table(seed: int, number: int) -> Table:
    """Draw one table of a run."""
    return Drawing(np.random.default_rng([seed, number])).table()


# ---------------------------------------------------------------------------------------------------------------------
# Files and frames
# ---------------------------------------------------------------------------------------------------------------------


def write_table(table: Table, folder: Path) -> str:
    """Write a table in its style; return the source that a pipeline file names."""
    extras = table.style.extras
    ending = ".tsv" if table.style.separator == "\t" else ".csv"
    for old in folder.glob("table*.*"):
        old.unlink()
    if "two files" in extras and table.n_rows > 3:
        half = table.n_rows // 2
        for number, rows in enumerate((np.arange(half), np.arange(half, table.n_rows))):
            (folder / f"table{number}{ending}").write_bytes(file_bytes(table.take(rows)))
        return str(folder / f"table*{ending}")
    if "parquet" in extras:
        pq.write_table(as_arrow(typed_frame(table), table), folder / "table.parquet")
        return str(folder / "table.parquet")
    content = file_bytes(table)
    if "gzip" in extras:
        import gzip

        content, ending = gzip.compress(content, mtime=0), f"{ending}.gz"
    (folder / f"table{ending}").write_bytes(content)
    return str(folder / f"table{ending}")


def file_bytes(table: Table) -> bytes:
    """Return the content of a table's file."""
    style, extras = table.style, table.style.extras
    mark = style.separator
    special = re.compile(rf'[{re.escape(mark)}"\n\r]')

    def quoted(cell: str) -> str:
        needs_quotes = style.quote == "all" or special.search(cell)
        return '"' + cell.replace('"', '""') + '"' if needs_quotes else cell

    end = mark if "marks at line ends" in extras else ""
    header = mark.join(quoted(column.name) for column in table.columns) + end
    lines = [mark.join(map(quoted, row)) + end for row in zip(*(column.cells for column in table.columns), strict=True)]
    if "short rows" in extras:
        lines = [line.rstrip(mark) if line.endswith(mark) and line.strip(mark) else line for line in lines]
    if "footer" in extras:
        lines.append(mark.join(_footer(table)) + end)
    if "blank lines" in extras:
        lines.insert(len(lines) // 2, "")
        lines.append("")
    above = ["sep=" + mark] if "sep= line" in extras else []
    above += ["Report of the sales department", "created 2024-05-01", ""] if "preamble" in extras else []
    text = style.line_end.join([*above, header, *lines])
    return (text + ("" if "no last line end" in extras else style.line_end)).encode(style.encoding)


def _footer(table: Table) -> Iterator[str]:
    """Return a last row of sums."""
    for number, column in enumerate(table.columns):
        if number == 0:
            yield "Total"
        elif column.truth.dtype.kind == "f" and column.type in {"number", "whole number", "target"}:
            yield f"{np.nansum(column.truth):.2f}".replace(".", table.style.decimal)
        else:
            yield ""


def without_oddities(table: Table) -> Table:
    """Return the table that frames with types hold: no cell is odd, and nothing is in doubt."""
    columns = []
    for column in table.columns:
        may_ask = column.may_ask if "" in column.way.split("/") else None  # X or blank is still in doubt
        accepted = column.accepted or frozenset({"number", "whole number"})
        columns.append(replace(column, oddity="", odd=_no_odd(table.n_rows), may_ask=may_ask, accepted=accepted))
    return replace(table, columns=tuple(columns))


def frame_kinds(table: Table) -> list[str]:
    """Return the kinds of frame that hold a table; Parquet holds true values only."""
    return [kind for kind in FRAMES if kind.startswith("typed") or "parquet" not in table.style.extras]


def frame_kind(table: Table) -> str:
    """Return the kind of frame that a table is read from."""
    kinds = frame_kinds(table)
    return kinds[(table.n_rows + 7 * len(table.columns)) % len(kinds)]


def typed_frame(table: Table) -> pd.DataFrame:
    """Return the true values in the types that a data frame has for them."""
    columns = {}
    for column in table.columns:
        values = pd.Series(column.truth)
        if column.truth.dtype.kind == "f":
            is_whole = column.type == "whole number" and not np.isnan(column.truth).any()
            values = values.astype("int64") if is_whole else values
            values = pd.to_timedelta(values, unit="s") if column.type == "duration" else values
        elif "+0" in column.cells[0] or column.cells[0].endswith("Z"):
            # The same moments: a model of times in UTC turns others to UTC.
            values = values.dt.tz_localize("UTC" if column.cells[0].endswith("Z") else "Asia/Seoul")
        elif column.type == "flag" and (pair := next((one for one in _FLAGS if {*values.dropna()} == {*one}), None)):
            values = values.map(dict(zip(pair, (True, False), strict=True)))
            values = values.astype("boolean") if values.isna().any() else values.astype(bool)
        elif column.type == "ordered category":
            levels = next(levels for levels in _ORDERED if {*values.dropna()} <= {*levels})
            values = values.astype(pd.CategoricalDtype(levels, ordered=True))
        elif column.type in {"identifier", "index"} and values.str.fullmatch(r"\d{1,18}").all():
            values = values.astype("int64")
        elif column.type == "category" and len(column.name) % 2:
            values = values.astype("category")
        columns[column.label] = values
    return pd.DataFrame(columns)


FRAMES = ("pandas", "nullable", "polars", "arrow", "typed pandas", "typed polars", "typed arrow")


def make_frame(table: Table, kind: str, folder: Path) -> Any:
    """Return a table as one kind of data frame: of its true values, or as pandas reads its file."""
    if kind.startswith("typed"):
        frame = typed_frame(table)
    else:
        style = replace(table.style, extras=())
        (folder / "frame.csv").write_bytes(file_bytes(replace(table, style=style)))
        frame = pd.read_csv(
            folder / "frame.csv",
            sep=style.separator,
            decimal=style.decimal,
            thousands=style.thousands,
            encoding=style.encoding,
        )
        # What pandas itself changes for good is put back, as careful people do.
        for column in table.columns:
            # Of a mark such as U+202F pandas takes the last byte alone, which is that of a slash.
            marks = {style.thousands, chr(ord(style.thousands) % 256)}
            has_mark = column.truth.dtype.kind != "f" and any(mark in cell for mark in marks for cell in column.cells)
            is_changed = column.type == "code" or column.way in {"20 digits", *_DOUBTFUL} or "1,2,3" in column.oddity
            if is_changed or has_mark or "among levels" in column.way:
                keeps = _is_present(column.truth) | column.odd
                frame[column.label] = pd.Series(np.where(keeps, column.cells, None))
    if kind == "nullable":
        return frame.convert_dtypes()
    if kind.endswith("polars"):
        import polars as pl

        return pl.from_pandas(frame)
    if kind.endswith("arrow"):
        return as_arrow(frame, table)
    return frame


def as_arrow(frame: pd.DataFrame, table: Table) -> pa.Table:
    """Return a frame in Arrow's types: days as dates, some numbers as decimals."""
    made = pa.Table.from_pandas(frame, preserve_index=False)
    for number, column in enumerate(table.columns):
        values = made[number]
        if column.type == "date" and pa.types.is_timestamp(values.type):
            values = values.cast(pa.date32())
        elif column.type == "number" and len(column.name) % 3 == 0 and pa.types.is_floating(values.type):
            as_decimals = pc.round(values, 4).cast(pa.decimal128(24, 4), safe=False)
            is_same = pc.equal(as_decimals.cast(pa.float64()), values)
            values = as_decimals if pc.all(is_same).as_py() else values
        made = made.set_column(number, column.label, values)
    return made


# ---------------------------------------------------------------------------------------------------------------------
# Ways in
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What a column was taken for: its type, the features made of it, and whether a note names it."""

    type: str
    features: dict[str, pd.Series]  # by part: "" for the column itself
    noted: bool


_LEFT_OUT = {"no_value": "constant", "one_value": "constant", "free_text": "text", "row_index": "index"}
_NOT_USED = {"constant", "index", "identifier", "text"}


def seen_columns(table: Table, loaded: Any, texts: Sequence[str], dropped: dict[str, str]) -> dict[str, Seen]:
    """Return what each column of a loaded table was taken for: the only place that knows how skdl says it."""
    planned = {one.name: one.type for one in getattr(loaded, "columns", ())}
    seen = {}
    for column in table.columns:
        name = column.label
        noted = any(_names(text, name) for text in texts)
        features = {"": loaded.X[name]} if name in loaded.X else {}
        features |= {one[len(name) + 1 :]: loaded.X[one] for one in loaded.X if one.startswith(f"{name}_")}
        if name == table.target:
            type_, features = "number" if loaded.task == "regression" else "category", {"": loaded.y}
        elif name in dropped:
            type_ = planned[name] if planned.get(name) in _NOT_USED else dropped[name]
        elif name in planned and (features or planned[name] in _NOT_USED):
            type_ = planned[name].replace("date with time", "datetime")
        elif name in loaded.kinds.numeric:
            type_ = "flag" if set(loaded.X[name].dropna()) <= {0, 1} else "number"
        elif name in loaded.kinds.categorical:
            type_ = "category"
        elif name in loaded.kinds.left_out:
            type_ = _LEFT_OUT.get(loaded.kinds.left_out[name].code, "left out")
        elif features:
            type_ = "datetime" if "hour" in features else "date"
        else:
            type_ = "left out"
        seen[column.name] = Seen(type_, features, noted)
    return seen


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def read_by_init(table: Table, folder: Path) -> tuple[dict[str, Seen], int, list[str]]:
    """Read a table by the file that ``skdl init`` drafts for it."""
    source = write_table(table, folder)
    draft = draft_pipeline(source, [table.target], file=folder / "draft.yaml")
    spec = _spec(draft.text, folder)
    loaded = spec.load_table()
    # The names of all columns stand in the title and in some lists; only what is said about one column is a note.
    lines = draft.text.splitlines()
    comments = [line for line in lines[1:] if "#" in line and "# time:" not in line]
    drops = [line for line in lines if line.startswith("    - ")]
    said = [
        str(decision)
        for subject, decision in draft.decisions
        if subject in {"", "dropped", "reading", "codes", "constant"} or decision.code == "init_ambiguous_date"
    ]
    notes = [str(note) for note in loaded.notes if getattr(note, "code", "") != "task"]
    texts = [*comments, *said, *notes]
    codes: dict[str, str] = {}
    for line in drops:
        name = next((c.label for c in table.columns if _names(line.partition("#")[0], c.label)), "")
        reason = line.partition("#")[2]
        codes[name] = "text" if "text" in reason else "identifier" if "identifier" in reason else "left out"
    return seen_columns(table, loaded, texts, codes), len(loaded.X), texts


def read_by_file(table: Table, folder: Path) -> tuple[dict[str, Seen], int, list[str]]:
    """Read a table by a pipeline file that names source and target alone."""
    return _read_source(table, write_table(table, folder), folder)


def _read_source(table: Table, source: str, folder: Path) -> tuple[dict[str, Seen], int, list[str]]:
    data = {"source": source, "target": table.target}
    loaded = _spec(json.dumps({"name": "t", "data": data, "models": {"linear": None}}), folder).load_table()
    texts = [str(note) for note in loaded.notes if getattr(note, "code", "") != "task"]
    return seen_columns(table, loaded, texts, {}), len(loaded.X), texts


def read_by_frame(table: Table, folder: Path) -> tuple[dict[str, Seen], int, list[str]]:
    """Read a table as a data frame, by way of Parquet, which keeps its types."""
    kind = frame_kind(table)
    frame = make_frame(table, kind, folder)
    if kind.endswith("polars"):
        frame.write_parquet(folder / "frame.parquet")
    else:
        frame = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
        pq.write_table(frame, folder / "frame.parquet")
    return _read_source(table, str(folder / "frame.parquet"), folder)


def _spec(text: str, folder: Path) -> PipelineSpec:
    file = folder / "draft.yaml"
    file.write_text(text, encoding="utf-8")
    return skdl.read_pipeline(file)


READERS: dict[str, Callable[[Table, Path], tuple[dict[str, Seen], int, list[str]]]] = {
    "init": read_by_init,
    "read": read_by_file,
    "frames": read_by_frame,
}

# ---------------------------------------------------------------------------------------------------------------------
# Judgement
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """How one column was read by one way."""

    outcome: str
    detail: str = ""


def judge(column: Column, seen: Seen, has_target: NDArray[np.bool_]) -> Outcome:
    """Compare what a column was taken for with what was drawn."""
    # Few whole numbers may be categories, unless a cell among them is none.
    is_odd_number = column.oddity and column.truth.dtype.kind == "f"
    accepted = column.accepted - {"category", "flag"} if is_odd_number else column.accepted
    wrong = "" if seen.type in accepted else f"taken for {seen.type}"
    wrong = wrong or _wrong_values(column, seen, has_target)
    if not wrong and not seen.noted and column.odd.any():
        wrong = "cells became missing without a note"
    # A column that is left out with a note on what to correct is a question, too.
    is_asked = seen.noted and (column.is_in_doubt or (column.may_stop and seen.type in {"left out", "other"}))
    if not wrong or is_asked:
        return Outcome("right")
    return Outcome("noted" if seen.noted else "silent", wrong)


def _wrong_values(column: Column, seen: Seen, has_target: NDArray[np.bool_]) -> str:
    truth = column.truth[has_target]
    for part, values in seen.features.items():
        if len(values) != len(truth):
            return ""  # rows are judged once, for the file
        if column.truth.dtype.kind == "M":
            wanted = pd.DatetimeIndex(truth)
            if part in {"year", "month", "day", "hour", "minute"}:
                held = pd.to_numeric(values).to_numpy(float)
                if not np.array_equal(held, np.asarray(getattr(wanted, part), float), equal_nan=True):
                    return f"another {part}"
        elif column.truth.dtype.kind == "f" and seen.type != "category":
            held = pd.to_numeric(values, errors="coerce").to_numpy(float)
            if not _proportional(held, truth):
                return "other numbers"
        elif part == "" and (values.isna().to_numpy() & _is_present(truth)).any():
            return "a level vanished"
        elif part == "" and not _same_groups(values, truth):
            return "other levels"
    return ""


def _proportional(held: NDArray[np.float64], truth: NDArray[np.float64]) -> bool:
    """Whether two columns are equal but for a unit such as per cent."""
    if not np.array_equal(np.isnan(held), np.isnan(truth)):
        return False
    held, truth = held[~np.isnan(held)], truth[~np.isnan(truth)]
    scales = (1.0, 0.01, 1 / 60, 1 / 3600, 1 / 86400, 1000.0, 1e9)
    return any(np.allclose(held, truth * scale, rtol=1e-9, atol=1e-12) for scale in scales)


def _same_groups(values: pd.Series, truth: NDArray[Any]) -> bool:
    """Whether the same rows have equal levels; a missing value is one of them."""
    first = pd.factorize(values.astype(object).where(values.notna(), None), use_na_sentinel=False)[0]
    second = pd.factorize(_objects("" if one is None else one for one in truth), use_na_sentinel=False)[0]
    return bool(np.array_equal(first, second))


def outcomes_of(table: Table, way: str, folder: Path) -> dict[str, Outcome]:
    """Read a table by one way; after each question, leave out what was asked about and read again."""
    if way == "score":
        return predict_by_all_ways(table, folder)
    found: dict[str, Outcome] = {}
    if way == "frames" and frame_kind(table).startswith("typed"):
        table = without_oddities(table)
    while len(table.columns) > 1:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                seen, n_read, texts = READERS[way](table, folder)
            except SkdlError as error:
                text = " ".join(str(error).split()).replace(str(folder), "")
                name = _asked_about(table, text)
                if name in found:  # asked again: there is no answer
                    return found | {one.name: Outcome("asked", text) for one in table.columns if one.name not in found}
                is_right = name != FILE and table.column(name).may_stop
                found[name] = Outcome("right") if is_right else Outcome("asked", text)
                table = _answered(table, name)
                continue
            except Exception as error:  # noqa: BLE001 - a fault that the user sees as a traceback
                return found | {FILE: Outcome("crashed", f"{type(error).__name__}: {error}"[:300])}
        target = table.column(table.target)
        has_target = _is_present(target.truth)
        vanished = has_target & np.isin(target.cells.astype(str), _KNOWN_MISSING)
        if vanished.any() and n_read <= (has_target & ~vanished).sum():  # a level of the target was taken for missing
            noted = seen[target.name].noted
            found[target.name] = Outcome("right" if noted else "silent", "" if noted else "a level vanished")
            has_target = has_target & ~vanished
        if FILE not in found:
            found[FILE] = _judge_file(table, int(has_target.sum()), n_read, texts)
        for column in table.columns:
            found.setdefault(column.name, judge(column, seen[column.name], has_target))
        break
    return found


def _is_present(truth: NDArray[Any]) -> NDArray[np.bool_]:
    return ~pd.isna(pd.Series(truth)).to_numpy(copy=True)


def _judge_file(table: Table, n_rows: int, n_read: int, texts: Sequence[str]) -> Outcome:
    if n_rows == n_read:
        return Outcome("right")
    row = f"{table.n_rows + 1:,}"
    noted = any(re.search(rf"row {row}|last row|footer|total|malformed", text, re.IGNORECASE) for text in texts)
    return Outcome("noted" if noted else "silent", f"{n_read} rows in place of {n_rows}")


def _asked_about(table: Table, text: str) -> str:
    """Return the column that a question is about, or `FILE`."""
    if "footer" in table.style.extras and re.search(rf"\b{table.n_rows + 1:,}\b", text):
        return FILE
    if "no column" in text:
        return FILE
    named = [column.name for column in table.columns if repr(column.label) in text]
    return named[0] if len(named) == 1 else FILE


def _answered(table: Table, name: str) -> Table:
    """Return a table without what was asked about."""
    if name == FILE:
        return replace(table, style=replace(table.style, separator=",", encoding="utf-8", extras=()))
    if name != table.target:
        return table.without(name)
    # Another target, which nobody asks about.
    labels = _objects(("bad", "good")[row % 2] for row in range(table.n_rows))
    plain = replace(table.column(name), truth=labels, cells=labels, odd=_no_odd(table.n_rows))
    columns = tuple(plain if column.name == name else column for column in table.columns)
    return replace(table, columns=columns)


# ---------------------------------------------------------------------------------------------------------------------
# Predictions
# ---------------------------------------------------------------------------------------------------------------------


def predict_by_all_ways(table: Table, folder: Path) -> dict[str, Outcome]:
    """Train and save a linear model on the drafted file; compare its predictions from the file and from frames."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while True:  # after each question that is right, leave out what was asked about
            try:
                source, loaded = _trained(table, folder)
                break
            except SkdlError as error:
                name = _asked_about(table, str(error))
                if name == FILE or not table.column(name).may_stop:
                    return {"training": Outcome("asked", str(error))}
                table = _answered(table, name)
                if len(table.columns) == 1:
                    return {}
            except Exception as error:  # noqa: BLE001 - a fault that the user sees as a traceback
                return {"training": Outcome("crashed", f"{type(error).__name__}: {error}"[:300])}
        saved = folder / "out" / "model"
        loaded_model = skdl.load_model(saved, trust_pickle=True)
        target = table.column(table.target)
        has_target = _is_present(target.truth)
        if len(loaded.X) != has_target.sum():
            has_target &= ~np.isin(target.cells.astype(str), _KNOWN_MISSING)
        if len(loaded.X) != has_target.sum():
            return {}  # `read` and `init` count what happened to the rows
        is_odd = np.any([column.odd for column in table.columns], axis=0)[has_target]
        wanted = loaded_model.predict(loaded.X)
        ways = {"score": functools.partial(_scored, saved, source, folder / "scored", table.n_rows)}
        ways["read_input"] = lambda: loaded_model.predict(skdl.read_input(saved, source))
        plain = replace(table, style=replace(table.style, extras=()))
        ways |= {
            kind: functools.partial(loaded_model.predict, make_frame(plain, kind, folder))
            for kind in frame_kinds(table)
        }
        return {name: _compared(wanted, predict, has_target, is_odd) for name, predict in ways.items()}


def _trained(table: Table, folder: Path) -> tuple[str, Any]:
    """Draft a file for a table, and train and save its linear model; return the source and the loaded table."""
    source = write_table(table, folder)
    draft = yaml.safe_load(draft_pipeline(source, [table.target], file=folder / "draft.yaml").text)
    model = "ridge" if draft["task"] == "regression" else "logistic"
    draft["models"], draft["compare"]["cv"] = {model: None}, {"folds": 2, "repeats": 1}
    spec = _spec(json.dumps(draft), folder)
    loaded = spec.load_table()
    skdl.compare(spec, output_dir=folder / "out", save_model=model, insight=False, fresh=True)
    return source, loaded


def _scored(model: Path, source: str, out: Path, n_rows: int) -> NDArray[Any]:
    """Return the predictions of ``skdl score``, None for the rows in quarantine; a footer below the rows is none."""
    shutil.rmtree(out, ignore_errors=True)
    result = skdl.score_table(model, source, out, trust_pickle=True, max_bad_frac=1.0)
    parts = pd.concat([pd.read_parquet(part) for part in result.parts])
    order = ["_file", "_row"] if "_file" in parts else ["_row"]
    bad = pd.read_parquet(result.quarantine)[["_row"]].drop_duplicates().assign(prediction=None)
    if "_file" in parts:
        return parts.sort_values(order)["prediction"].to_numpy()
    everything = pd.concat([parts, bad]).sort_values(order)
    return everything[~((everything["_row"] >= n_rows) & everything["_row"].isin(bad["_row"]))]["prediction"].to_numpy()


def _compared(
    wanted: NDArray[Any], predict: Callable[[], NDArray[Any]], has_target: NDArray[np.bool_], is_odd: NDArray[np.bool_]
) -> Outcome:
    try:
        found = np.asarray(predict())
    except SkdlError as error:
        return Outcome("asked", str(error))
    except Exception as error:  # noqa: BLE001 - a fault that the user sees as a traceback
        return Outcome("crashed", f"{type(error).__name__}: {error}"[:300])
    if len(found) != len(has_target):
        return Outcome("silent", f"{len(found)} predictions for {len(has_target)} rows")
    found = found[has_target]
    if wanted.dtype.kind == "f":
        is_equal = np.isclose(found.astype(float), wanted, rtol=1e-9)
    else:
        is_equal = found.astype(str) == wanted.astype(str)
    if is_equal.all():
        return Outcome("right")
    set_apart = pd.isna(found)
    if (is_equal | set_apart).all():  # in quarantine, which says why
        return Outcome("right" if is_odd[set_apart].all() else "asked", f"{set_apart.sum()} rows in quarantine")
    return Outcome("silent", f"other predictions in {(~is_equal).sum()} of {len(wanted)} rows")


# ---------------------------------------------------------------------------------------------------------------------
# Shrinking and report
# ---------------------------------------------------------------------------------------------------------------------


def shrink(table: Table, way: str, name: str, outcome: Outcome, folder: Path) -> Table:
    """Drop what a failure does not need: columns, oddities of the file, rows."""

    def still_fails(smaller: Table) -> bool:
        found = outcomes_of(smaller, way, folder).get(name)
        return found is not None and found.outcome == outcome.outcome and found.detail[:20] == outcome.detail[:20]

    kept = {name, table.target}
    alone = replace(table, columns=tuple(column for column in table.columns if column.name in kept))
    if name != FILE and len(alone.columns) > 1 and still_fails(alone):
        table = alone
    for column in table.columns:
        if column.name not in kept and len(table.columns) > 2 and still_fails(table.without(column.name)):
            table = table.without(column.name)
    plain = replace(table.style, extras=())
    for style in (replace(plain, separator=",", encoding="utf-8", quote="minimal", line_end="\n"), plain):
        if style != table.style and still_fails(replace(table, style=style)):
            table = replace(table, style=style)
            break
    step = table.n_rows // 2
    while step >= max(1, table.n_rows // 16):
        for start in range(0, table.n_rows, step):
            rows = np.delete(np.arange(table.n_rows), slice(start, start + step))
            if len(rows) >= 12 and still_fails(table.take(rows)):
                table = table.take(rows)
                break
        else:
            step //= 2
    return table


def show(table: Table, n_lines: int = 9) -> str:
    """Return the first lines of a table's file."""
    lines = file_bytes(table).decode(table.style.encoding).splitlines()
    return "\n".join(f"    {line[:150]}" for line in lines[:n_lines]) + ("\n    ..." if len(lines) > n_lines else "")


@dataclass
class Report:
    """Counts by way in, type and way of writing, and an example of each kind of failure."""

    counts: dict[tuple[str, str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    failures: dict[tuple[str, str, str, str, str], list[tuple[int, str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, number: int, table: Table, way: str, name: str, outcome: Outcome) -> dict[str, Any]:
        """Count the outcome of one column; return it as a record."""
        type_, written, oddity = FILE, table.style.way, ""
        if way == "score":
            type_, written = "prediction", name
        elif name != FILE:
            column = table.column(name)
            type_, written, oddity = column.type, column.way, column.oddity
        with_oddity = f"{written} + {oddity.partition(' ')[0]}" if oddity else written
        self.counts[way, type_, with_oddity][outcome.outcome] += 1
        if outcome.outcome != "right":
            key = (outcome.outcome, way, type_, with_oddity, _kind(outcome.detail))
            self.failures[key].append((number, name, outcome.detail))
        return {"table": number, "way": way, "column": name, "type": type_, "written": written, "oddity": oddity,
                "outcome": outcome.outcome, "detail": outcome.detail}  # fmt: skip


def _kind(detail: str) -> str:
    """Return a detail without the names and numbers in it."""
    return re.sub(r"'[^']*'|\d[\d,]*", "#", detail)[:60]


def rates(report: Report) -> str:
    """Return the rates of each way in, and the rows by type and way of writing that are not all right."""
    lines = []
    for way in sorted({key[0] for key in report.counts}):
        total = sum((counts for key, counts in report.counts.items() if key[0] == way), Counter())
        n = total.total()
        shares = ", ".join(f"{name} {total[name]} ({100 * total[name] / n:.2f} %)" for name in OUTCOMES)
        lines.append(f"{way}: {n} columns: {shares}")
    lines.append(
        f"\n{'way':6} {'type':16} {'written':42} {'right':>6} {'asked':>6} {'noted':>6} {'silent':>6} {'crash':>6}"
    )
    order = sorted(report.counts.items(), key=lambda item: (item[0][0], item[0][1], item[0][2]))
    for (way, type_, written), counts in order:
        if counts["right"] < counts.total():
            numbers = " ".join(f"{counts[name]:6}" for name in OUTCOMES)
            lines.append(f"{way:6} {type_:16} {written[:42]:42} {numbers}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--tables", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="number of the first table")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--out", type=Path, help="file for one line of JSON for each column")
    parser.add_argument("--examples", type=int, default=40, help="kinds of failure that are shrunk and shown")
    parser.add_argument("--scored-every", type=int, default=SCORED_EVERY, help="one table in this many is scored")
    parser.add_argument("--rates-only", action="store_true", help="no shrinking")
    options = parser.parse_args(arguments)
    report, start = Report(), time.perf_counter()
    out = options.out.open("w", encoding="utf-8") if options.out else None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(options.first, options.first + options.tables):
            table = draw_table(options.seed, number)
            for way in options.ways:
                if way == "score" and number % options.scored_every:
                    continue
                for column, outcome in outcomes_of(table, way, folder).items():
                    record = report.add(number, table, way, column, outcome)
                    if out is not None:
                        out.write(json.dumps(record, ensure_ascii=False) + "\n")
        seconds = time.perf_counter() - start
        print(rates(report))
        print(f"\n{options.tables} tables in {seconds:.0f} s: {seconds / options.tables:.2f} s a table", flush=True)
        worst = sorted(report.failures.items(), key=lambda item: (OUTCOMES[::-1].index(item[0][0]), -len(item[1])))
        for (outcome, way, type_, written, _), found in worst[: options.examples]:
            number, column, detail = found[0]
            print(
                f"\n{outcome}: {way}, {type_}, {written}: {len(found)} times; {column!r} of table {number} "
                f"({draw_table(options.seed, number).style.way}): {detail[:200]}"
            )
            if not options.rates_only and way != "score":
                table = draw_table(options.seed, number)
                print(show(shrink(table, way, column, Outcome(outcome, detail), folder)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
