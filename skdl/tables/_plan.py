"""Column plans: what each column of a table holds, how its cells are read, and the evidence for it.

A plan is made once, on all rows. Text columns are read by `read_columns`: plain numbers and flags by the rules of
`pandas.read_csv`, then numbers with marks or units (`_numbers`) and durations (`_durations`). What a cell means is
decided by agreement: a few cells that do not agree become missing, with a note; more of them are a question to the
person who runs it. The plan then goes into the `Reading`, with which the same model reads other tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

from skdl._note import Note
from skdl.tables._batches import LONG_COLUMN, EncodedTexts, distinct_values, encode_texts, in_threads, number_columns
from skdl.tables._numbers import FoundNumbers, find_clock_format, find_number_format, plain_numbers
from skdl.tables._numeric import LARGEST_WHOLE
from skdl.tables._parsing import CODES, WHOLE, are_groups, have_fractions, infer_column, may_be_versions
from skdl.tables._reading import NumberFormat, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from skdl.tables._kinds import ColumnKinds

Declared = Literal["number", "category", "text", "role"]
"""What a pipeline file says of a column: a number, a category as it is written, text that is kept, or that it is no
feature: such as a target, whose dates are not turned into parts."""

ColumnType = Literal[
    "number", "whole number", "category", "ordered category", "flag", "date", "date with time", "duration", "text",
    "identifier", "index", "constant", "other",
]  # fmt: skip

MAX_UNREADABLE = 0.01
_MOST_CODES = 10  # different numbers that may be codes
_MOST_ODD_WORDS = 3  # different words that could mean a missing value
_MOSTLY_NUMBERS = 0.9
_OPEN_END = r"^\s*(?:[<>\x{2264}\x{2265}]\s*=?\s*\d+|\d+\s*\+)\s*$"
_MOST_STEPS = 50  # of a scale with open ends, such as <1, 1, ..., 20, >20
_MOST_MISSING_WORDS = 100  # kept with a model
_N_SHOWN = 3
_N_LOOKED_AT = 1_000
_FEWEST_IDENTIFIERS, _DIGITS, _YEARS = 20, 8, (1800, 2100)
_MOST_GAPS = 1.2  # of a counter that lacks some rows, times the rows; other numbers of so small a range would repeat
_WORDS_OF_A_SENTENCE = 2.5
# Words of a scale; a column that has three or more of one and nothing else is ordered.
_SCALES = (
    "very low,low,medium,moderate,average,high,very high",
    "extra small,small,medium,large,extra large",
    "xxs,xs,s,m,l,xl,xxl,xxxl",
    "never,rarely,seldom,sometimes,often,usually,always",
    "none,mild,moderate,severe,critical",
    "very poor,poor,fair,average,good,very good,excellent",
    "po,fa,ta,gd,ex",
    "very bad,bad,medium,good,very good",
    "strongly disagree,disagree,neutral,neither,agree,strongly agree",
    "very dissatisfied,dissatisfied,neutral,satisfied,very satisfied",
    "하,중,상",
    "매우 낮음,낮음,보통,높음,매우 높음",
    "매우 불만,불만,보통,만족,매우 만족",
)
_FEWEST_STEPS = 3
FLAG_PAIRS = tuple(
    tuple(pair.split())
    for pair in (
        "true false", "yes no", "y n", "t f", "on off", "ja nein", "oui non", "si no", "sí no", "sì no", "sim não",
        "ja nee", "예 아니오", "예 아니요", "はい いいえ", "是 否",
    )
)  # fmt: skip
"""Words for true and false, in lower case."""


@dataclass(frozen=True)
class Cells:
    """How the cells of one text column were read.

    Attributes
    ----------
    column : pandas.Series
        Numbers, flags or text, missing cells ``NaN``.
    format : NumberFormat or None
        How its numbers are written, where they are not plain.
    n_odd : int
        Cells that do not agree with the others, and became missing.
    notes : tuple of Note
        What was not obvious.
    question : Note or None
        What only a person can decide; such a column stays text.
    guess : NumberFormat or None
        The likelier answer to the question: the format of the numbers, with the other texts as ``missing`` ones.
    """

    column: pd.Series
    format: NumberFormat | None = None
    n_odd: int = 0
    notes: tuple[Note, ...] = ()
    question: Note | None = None
    guess: NumberFormat | None = None

    @property
    def is_plain_float(self) -> bool:
        """Whether it holds numbers with a point, or with missing values."""
        return self.column.dtype.kind == "f" and self.format is None

    @property
    def decimal(self) -> str | None:
        """The decimal mark, where the column shows it; plain numbers with a point may have it between thousands."""
        if self.format is None:
            return None
        return self.format.decimal if self.format.decimal == "," or self.format.thousands == "," else None

    def asks(self, code: str) -> bool:
        """Whether its question has this code."""
        return self.question is not None and self.question.code == code

    def has_note(self, code: str) -> bool:
        """Whether one of its notes has this code."""
        return any(note.code == code for note in self.notes)


@dataclass(frozen=True)
class ColumnPlan:
    """What a column of a table holds, and the evidence for it.

    Attributes
    ----------
    name : str
    type : {"number", "whole number", "category", "ordered category", "flag", "date", "date with time", "duration", \
"text", "identifier", "index", "constant", "other"}
        ``index`` numbers the rows, ``other`` is nothing that a model can use, such as bytes.
    n_cells, n_missing, n_odd, n_distinct : int
        Rows; cells without a value; those of them that held something else than the column's type; different values.
    format : NumberFormat or None
        How numbers are written, where they are not plain.
    notes : tuple of Note
        Choices that were not obvious.
    """

    name: str
    type: ColumnType
    n_cells: int
    n_missing: int
    n_distinct: int
    n_odd: int = 0
    format: NumberFormat | None = None
    notes: tuple[Note, ...] = ()


def plan_columns(
    frame: pd.DataFrame, reading: Reading, cells: Mapping[str, Cells], kinds: ColumnKinds
) -> tuple[ColumnPlan, ...]:
    """Describe each column of a table that was read; parts of dates are no columns of the source."""
    parts = {part for added in reading.new_names().values() for part in added}
    columns = in_threads(_plan_numbers, number_columns(frame), are_long=len(frame) >= LONG_COLUMN)
    plain = {plan.name: plan for plans in columns for plan in plans if plan.name not in kinds.left_out}
    plans = []
    for name in map(str, frame.columns.tolist()):
        read = cells.get(name)
        is_clock = read is not None and read.format is not None and bool(read.format.clock)
        plan = plain.get(name)
        if plan is None:
            plan = _plan_column(name, frame[name], reading, kinds)
        plan = replace(plan, type="duration") if is_clock else plan
        plans.append(plan if read is None else replace(plan, n_odd=read.n_odd, format=read.format, notes=read.notes))
    return tuple(plan for plan in plans if plan.name not in parts)


def _plan_numbers(columns: tuple[list[Any], NDArray[Any]]) -> list[ColumnPlan]:
    """Describe columns of NumPy's numbers."""
    names, values = columns
    is_missing = np.isnan(values)
    n_missing = is_missing.sum(axis=1).tolist()
    if len(names) > 1:
        ordered = np.sort(values, axis=1)  # missing ones last
        is_new = (ordered[:, 1:] != ordered[:, :-1]) & ~np.isnan(ordered[:, 1:])
        counts = (is_new.sum(axis=1) + ~np.isnan(ordered[:, 0])).tolist()
    else:
        counts = [len(distinct_values(pd.Series(values[0], copy=False)))]
    broken: Any = have_fractions(values) if values.dtype.kind == "f" else np.zeros(len(names), bool)
    plans = []
    for row, name in enumerate(names):
        if counts[row] > 2 and broken[row]:
            found: ColumnType = "number"
        else:
            present = values[row][~is_missing[row]] if n_missing[row] else values[row]
            found = _type_of_numbers(present, counts[row])
        plans.append(ColumnPlan(str(name), found, values.shape[1], n_missing[row], counts[row]))
    return plans


def _plan_column(name: str, column: pd.Series, reading: Reading, kinds: ColumnKinds) -> ColumnPlan:
    present = column.dropna()
    try:
        distinct: Any = distinct_values(column)
    except TypeError:  # lists
        distinct = present
    found = _type_of(name, present, distinct, kinds, is_date=name in reading.dates)
    return ColumnPlan(name, found, len(column), len(column) - len(present), len(distinct))


def _type_of(name: str, present: pd.Series, distinct: Any, kinds: ColumnKinds, *, is_date: bool) -> ColumnType:
    if is_datetime64_any_dtype(present.dtype) or is_date:
        has_time = len(present) and bool((present.dt.normalize() != present).any())
        return "date with time" if has_time else "date"
    if len(distinct) <= 1:
        return "constant"
    reason = kinds.left_out.get(name)
    if reason is not None and reason.code == "row_index":
        return "index"
    if isinstance(present.dtype, pd.CategoricalDtype):
        return "ordered category" if present.cat.ordered else "category"
    if is_numeric_dtype(present.dtype):
        return _type_of_numbers(present.to_numpy(), len(distinct))
    is_flag = name not in kinds.text and _is_flag(distinct)
    return "text" if name in kinds.text else "flag" if is_flag else _type_of_texts(present, distinct, reason)


def _type_of_numbers(present: NDArray[Any], n_distinct: int) -> ColumnType:
    if n_distinct <= 1:
        return "constant"
    if present.dtype.kind == "b" or (n_distinct == 2 and present.min() == 0 and present.max() == 1):
        return "flag"
    if present.dtype.kind not in "iu" and (present != np.rint(present)).any():
        return "number"
    return "identifier" if n_distinct == len(present) and are_identifiers(present) else "whole number"


def are_identifiers(numbers: NDArray[Any]) -> bool:
    """Whether different whole numbers seem to identify the rows: nearly each of 1 to n once, or all of many digits."""
    low, high, n = int(numbers.min()), int(numbers.max()), len(numbers)
    if n < _FEWEST_IDENTIFIERS or (_YEARS[0] <= low and high <= _YEARS[1]):
        return False
    return high - low < _MOST_GAPS * n or (low >= 10**_DIGITS and len(str(low)) == len(str(high)))


def find_scale(categories: Iterable[Any]) -> tuple[str, ...]:
    """Return categories that are steps of a scale, from the lowest to the highest; empty for others.

    >>> find_scale(["High", "Low", "Medium"]), find_scale(["Red", "Low", "Medium"])
    (('Low', 'Medium', 'High'), ())
    """
    written = {str(category).strip().casefold(): str(category) for category in categories}
    scales = [scale.split(",") for scale in _SCALES if written.keys() <= set(scale.split(","))]
    if len(written) < _FEWEST_STEPS or not scales:
        return ()
    return tuple(written[step] for step in scales[0] if step in written)


def _type_of_texts(present: pd.Series, distinct: Any, reason: Note | None) -> ColumnType:
    if reason is None:
        return "ordered category" if find_scale(distinct) else "category"
    if reason.code == "numbers_as_text":  # by declaration, or too long to compute with
        return "identifier"
    if reason.code != "free_text":
        return "other"
    n_words = present.head(_N_LOOKED_AT).map(lambda value: len(str(value).split()))
    return "text" if n_words.mean() > _WORDS_OF_A_SENTENCE else "identifier"


def _is_flag(distinct: Any) -> bool:
    """Whether the values of a column are two that mean yes and no."""
    if len(distinct) != 2:
        return False
    words = frozenset(str(value).strip().casefold() for value in distinct)
    return any(words == {*pair} for pair in FLAG_PAIRS)


def read_columns(
    texts: Mapping[str, pa.ChunkedArray],
    reading: Reading,
    declared: Mapping[str, Declared | None],
    *,
    max_unreadable: float = MAX_UNREADABLE,
    typed: bool = False,
    has_decimals: bool = False,
    perhaps_groups: Mapping[str, pa.ChunkedArray] = MappingProxyType({}),
) -> dict[str, Cells]:
    """Decide what each column of texts holds, and read it; missing cells are null.

    ``typed`` texts are those of a file with types: plain numbers among them are text by declaration. The table
    ``has_decimals`` if another column shows that the point is its decimal mark. Columns of ``perhaps_groups`` are plain
    numbers, and are read here only if the point turns out to be the mark of thousands.

    Whether a comma or a point is the decimal mark is a matter of the whole table: a column that leaves it open is read
    as the others are.

    >>> from skdl.tables import Reading
    >>> columns = {"rate": pa.chunked_array([["12.5%", "3%", None]])}
    >>> cells = read_columns(columns, Reading(), {})["rate"]
    >>> cells.column.tolist(), cells.format.unit
    ([12.5, 3.0, nan], '%')
    """

    def read_one(name: str) -> Cells:
        return _read_texts(name, texts[name], reading.for_column(name), declared.get(name), max_unreadable, typed=typed)

    n_rows = max(map(len, texts.values()), default=0)
    read = dict(zip(texts, in_threads(read_one, texts, are_long=n_rows >= LONG_COLUMN), strict=True))
    if reading.has_marks:
        return read
    # Between commas 1,234 is a thousand and more, unless another column shows that the comma is the decimal mark.
    weak = [name for name, cells in read.items() if cells.decimal == "." and not _is_grouped_for_certain(texts[name])]
    marks = {cells.decimal for name, cells in read.items() if name not in weak} - {None}
    marks = marks or {"." for _ in weak}
    if marks <= {"."}:
        decimals = [
            name for name, cells in read.items() if cells.is_plain_float and texts[name].null_count < len(texts[name])
        ]
        # Most tables have a column that decides it at once.
        is_decided = has_decimals or any(
            _has_fraction(texts[name]) and not are_groups(texts[name]) for name in decimals
        )
        if is_decided or _has_decimal_point(texts, read):
            marks = {"."}
        else:
            read |= {name: _note_on_groups(name, read[name], texts[name]) for name in decimals}
    if len(marks) != 1:
        return read
    decimal = str(marks.pop())
    for name, written in [*texts.items(), *perhaps_groups.items()]:
        cells = read.get(name)
        if (cells is not None and cells.asks("ask_marks")) or (decimal == "," and name in weak):
            read[name] = _read_odd_numbers(
                name, written, written.to_pandas(), reading, declared.get(name), max_unreadable, decimal=decimal
            )
        elif decimal == "," and (cells is None or cells.is_plain_float) and are_groups(written):
            grouped = NumberFormat(",", ".")
            values = infer_column(plain_numbers(written, grouped)[0], reading)
            read[name] = Cells(
                values,
                grouped,
                notes=(_note_on_marks(name, written, grouped, is_feature=declared.get(name) != "role"),),
            )
    return read


def _is_grouped_for_certain(texts: pa.ChunkedArray) -> bool:
    """Whether a number with commas has a point or several groups too, as 1,234.5 and 1,234,567 have."""
    return bool(pc.any(pc.match_substring_regex(texts, r"\d\.\d|,\d{2,3},")).as_py())


def _has_fraction(texts: pa.ChunkedArray) -> bool:
    """Whether any number has a fraction; whole numbers with gaps, such as 1.0, decide nothing."""
    pattern = r"\.\d*[1-9]"
    return any(re.search(pattern, text) for text in texts.slice(0, _N_SHOWN).to_pylist() if text is not None) or bool(
        pc.any(pc.match_substring_regex(texts, pattern)).as_py()
    )


def _has_decimal_point(texts: Mapping[str, pa.ChunkedArray], read: Mapping[str, Cells]) -> bool:
    """Whether numbers with marks or units have a point that is none between thousands."""
    pattern = r"\.(?:\d{1,2}|\d{4,})(?:\D|$)"
    formatted = (name for name, cells in read.items() if cells.format is not None and not cells.format.clock)
    return any(pc.any(pc.match_substring_regex(texts[name], pattern)).as_py() for name in formatted)


def _note_on_groups(name: str, cells: Cells, texts: pa.ChunkedArray) -> Cells:
    """Note that points may be between thousands, as each is followed by three digits and no column decides it."""
    pointed = texts.filter(pc.match_substring(texts, "."))
    if not len(pointed) or len(texts) < _FEWEST_IDENTIFIERS:
        return cells
    shown = pointed[0].as_py()
    text = (
        "{column}: the point in {shown} is read as the decimal mark, though three digits follow it everywhere; if "
        "it separates thousands, set data.thousands: '.' and data.decimal: ','"
    )
    return replace(cells, notes=(*cells.notes, Note.of("may_be_thousands", text, column=repr(name), shown=repr(shown))))


def _read_texts(
    name: str,
    texts: pa.ChunkedArray,
    reading: Reading,
    declared: Declared | None,
    max_unreadable: float,
    *,
    typed: bool,
) -> Cells:
    known = reading.formats.get(name)
    if known is not None:
        plain, is_number = plain_numbers(texts, known)
        return Cells(_as_numbers(plain, is_number, reading), known)
    if declared == "text":
        return Cells(infer_column(texts, reading, as_text=True))
    values = texts.to_pandas() if typed else infer_column(texts, reading)
    held = pd.api.types.infer_dtype(values, skipna=True)
    if held == "integer" and values.dtype == object and declared is None:
        return _as_long_codes(name, texts, reading)
    if declared != "number" and typed and _are_plain_numbers(texts):
        return Cells(values)
    if held == "string" and declared != "category":
        return _read_odd_numbers(name, texts, values, reading, declared, max_unreadable)
    return _read_codes(name, texts, values, reading) if declared != "number" else Cells(values)


def _are_plain_numbers(texts: pa.ChunkedArray) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, r"^\s*[-+]?\d+(\.\d+)?\s*$")).as_py())


def _read_codes(name: str, texts: pa.ChunkedArray, values: pd.Series, reading: Reading) -> Cells:
    """Keep codes as text: whole numbers with leading zeros, and those with more digits than a float has."""
    is_decimal = values.dtype.kind == "f" and bool(have_fractions(values.to_numpy()[None, :])[0])
    if is_decimal and not reading.has_marks:
        return Cells(values, notes=tuple(_notes_on_same_numbers(name, texts)))
    if values.dtype.kind not in "iuf" or reading.has_marks:
        return Cells(values)
    is_long = values.max() > LARGEST_WHOLE or values.min() < -LARGEST_WHOLE
    if is_long and pc.all(pc.match_substring_regex(texts, rf"^\s*{WHOLE[1:-1]}\s*$")).as_py():
        return _as_long_codes(name, texts, reading)
    if not pc.all(pc.match_substring_regex(texts, CODES)).as_py():
        return Cells(values)
    padded = pc.match_substring_regex(texts, r"^\s*0\d+(?:[eE]\d+)?\s*$")
    if not pc.any(padded).as_py():
        return _read_codes_with_letter(name, texts, values, reading)
    shown = texts.filter(padded)[0].as_py()
    text = (
        "{column} has leading zeros ({shown}) and is read as text, so that codes keep them; "
        "name it in data.numeric to read numbers"
    )
    note = Note.of("leading_zeros", text, column=repr(name), shown=repr(shown))
    return Cells(infer_column(texts, reading, as_text=True), notes=(note,))


def _read_codes_with_letter(name: str, texts: pa.ChunkedArray, values: pd.Series, reading: Reading) -> Cells:
    """Keep codes of one length such as 12E4 as text, though they are spelled as powers of ten."""
    with_letter = texts.filter(pc.match_substring_regex(texts, "[eE]"))
    length = pc.min_max(pc.utf8_length(pc.utf8_trim_whitespace(texts)))
    if not len(with_letter) or values.min() == values.max():
        return Cells(values)
    shown = with_letter[0].as_py()
    if length["min"] != length["max"]:
        return Cells(values, notes=(_note_on_power(name, shown),))
    text = (
        "{column} holds digits with an E, all of one length ({shown}), and is read as text, as codes are; name it in "
        "data.numeric to read powers of ten"
    )
    note = Note.of("codes_with_letter", text, column=repr(name), shown=repr(shown))
    return Cells(infer_column(texts, reading, as_text=True), notes=(note,))


def _note_on_power(name: str, shown: str) -> Note:
    text = (
        "{column}: {shown} is read as the power of ten {number}; if such cells are codes, set data.dtypes: "
        "{{{name}: string}}"
    )
    number = f"{float(shown):g}"
    return Note.of("powers_of_ten", text, column=repr(name), name=name, shown=repr(shown), number=number)


def _notes_on_same_numbers(name: str, texts: pa.ChunkedArray) -> Iterator[Note]:
    """Name two texts that are the same number, as the versions 1.1 and 1.10 are."""
    if not may_be_versions(texts):
        return
    written = {text.strip() for text in texts.unique().to_pylist() if text is not None}
    longer = sorted(text for text in written if text.endswith("0") and text.rstrip("0") in written)
    if longer:
        text = (
            "{column}: {one} and {two} are read as the same number; if they are versions or sections, set data.dtypes: "
            "{{{name}: string}}"
        )
        one, two = repr(longer[0].rstrip("0")), repr(longer[0])
        yield Note.of("same_number", text, column=repr(name), name=name, one=one, two=two)


def read_long_numbers(frame: pd.DataFrame, declared: Mapping[str, Declared | None]) -> dict[str, Cells]:
    """Read whole numbers of columns with types as text where they have more digits than models compute with.

    >>> read_long_numbers(pd.DataFrame({"key": [2**60, 2**60 + 1], "n": [1, 2]}), {})["key"].column.tolist()
    ['1152921504606846976', '1152921504606846977']
    """
    highest: dict[str, Any] = {}
    for names, values in number_columns(frame):
        if values.dtype.kind in "iu" and values.dtype.itemsize == 8 and values.size:
            highest |= zip(names, np.maximum(values.max(axis=1), -values.min(axis=1).astype(np.float64)), strict=True)
    for name, dtype in frame.dtypes.items():
        if isinstance(dtype, pd.Int64Dtype | pd.UInt64Dtype):
            highest[str(name)] = frame[name].abs().max()
    return {
        name: _as_long_codes(name, pa.chunked_array([pa.array(frame[name]).cast(pa.string())]), Reading())
        for name, largest in highest.items()
        if pd.notna(largest) and largest > LARGEST_WHOLE and declared.get(name) is None
    }


def _as_long_codes(name: str, texts: pa.ChunkedArray, reading: Reading) -> Cells:
    shown = max(texts.drop_null().to_pylist(), key=len).strip()
    text = (
        "{column} holds whole numbers with more digits than models compute with ({shown}), and is read as text; "
        "name it in data.numeric to use rounded numbers"
    )
    note = Note.of("long_numbers", text, column=repr(name), shown=repr(shown))
    return Cells(infer_column(texts, reading, as_text=True), notes=(note,))


def _read_odd_numbers(
    name: str,
    texts: pa.ChunkedArray,
    values: pd.Series,
    reading: Reading,
    declared: Declared | None,
    max_unreadable: float,
    *,
    decimal: str | None = None,
) -> Cells:
    """Read a column of which some cells are numbers with marks, units or other words."""
    encoded = encode_texts(values)
    distinct, counts = encoded.distinct, encoded.counts
    found = find_number_format(distinct, counts, reading, declared=declared == "number", decimal=decimal)
    found = found or find_clock_format(distinct, counts)
    if found is None:
        return Cells(values)
    n_cells, n_odd = int(counts.sum()), int(counts[~found.is_number].sum())
    words = distinct.filter(pa.array(~found.is_number)).to_pylist()
    n_numbers = int(found.is_number.sum())
    odd = _OddNumbers(name, encoded, found, n_cells, n_odd, is_feature=declared != "role")
    if n_odd > max_unreadable * n_cells:
        several = found.n_otherwise > max_unreadable * n_cells
        is_scale = not several and _is_open_scale(distinct, found.is_number)
        are_few = not several and not _is_worth_asking(words, n_odd / n_cells, n_numbers)
        if declared != "number" and (is_scale or are_few):
            are_codes = 1 < n_numbers <= _MOST_CODES and len(words) <= _MOST_ODD_WORDS  # and -- among 1, 2 and 3
            are_codes = are_codes or is_scale
            return Cells(values, notes=(odd.note_on_codes(),) if are_codes else ())
        question = odd.ask_for_unit() if several else odd.ask(max_unreadable)
        guess = None if found.is_mixed else replace(found.format, missing=tuple(words))
        return Cells(values, question=question, guess=guess)
    codes = [word for word in words if any(map(str.isdigit, word)) and not _is_damaged(word)]
    if declared != "number" and n_numbers <= _MOST_CODES and codes:
        return Cells(values, notes=(odd.note_on_codes(),))  # 3+ among 0, 1 and 2 is a category
    if found.other is not None:
        return Cells(values, question=odd.ask_for_marks(), guess=found.format)
    form = replace(found.format, missing=tuple(words[:_MOST_MISSING_WORDS]))
    plain, is_number = plain_numbers(texts, form)
    return Cells(_as_numbers(plain, is_number, reading), form, n_odd, tuple(odd.notes(form)))


def _as_numbers(plain: Any, is_number: Any, reading: Reading) -> pd.Series:
    return infer_column(pc.if_else(is_number, plain, None), replace(reading, decimal=".", thousands=None))


def _is_damaged(word: str) -> bool:
    """Whether a cell has a control character, which no code has."""
    return re.search(r"[\x00-\x08\x0e-\x1f\x7f]", word) is not None


def _is_worth_asking(words: Sequence[str], odd_share: float, n_numbers: int) -> bool:
    """Whether a column seems to hold numbers, rather than codes of which many are numbers."""
    if all(map(_is_damaged, words)):
        return True
    if n_numbers <= _MOST_CODES:
        return False
    return 1 - odd_share >= _MOSTLY_NUMBERS or len(words) <= _MOST_ODD_WORDS


def _is_open_scale(distinct: pa.Array, is_number: NDArray[np.bool_]) -> bool:
    """Whether cells are the steps of a scale whose first or last one is open: whole numbers, <1 and 20+.

    An open end is no missing value, and has no number. Decimals and many numbers are measurements, of which those
    beyond a limit are a question.
    """
    numbers, ends = distinct.filter(pa.array(is_number)), distinct.filter(pa.array(~is_number))
    are_steps = pc.match_substring_regex(numbers, r"^\s*\d+\s*$"), pc.match_substring_regex(ends, _OPEN_END)
    return len(distinct) <= _MOST_STEPS and all(pc.all(one).as_py() for one in are_steps)


@dataclass(frozen=True)
class _OddNumbers:
    """A column of texts that are mostly numbers, for notes about it."""

    name: str
    encoded: EncodedTexts
    found: FoundNumbers
    n_cells: int
    n_odd: int
    is_feature: bool

    def _odd(self) -> dict[str, Any]:
        """Values of a note about the cells that are no numbers: the first words, and the row of the first one."""
        odd = np.flatnonzero(~self.found.is_number)
        words = [repr(self.encoded.distinct[int(index)].as_py()) for index in odd[:_N_SHOWN]]
        return {
            "column": repr(self.name),
            "n": self.n_odd,
            "n_cells": self.n_cells,
            "words": ", ".join(words) + (", ..." if len(odd) > _N_SHOWN else ""),
            "row": 1 + int(np.argmax(self.encoded.codes == odd[0])),
        }

    def _row_of(self, text: str) -> int:
        """Return the first row of a text, from 1."""
        return 1 + int(np.argmax(self.encoded.codes == pc.index(self.encoded.distinct, text).as_py()))

    def notes(self, form: NumberFormat) -> list[Note]:
        """Say how the numbers were read, and which cells became missing."""
        notes = []
        numbers = self.encoded.distinct.filter(pa.array(self.found.is_number))
        if not (form.unit or form.factors or form.thousands or form.clock or form.decimal != "."):
            # Then only signs such as that of 5- and (5), and digits of other alphabets, are worth a note.
            rewritten = pc.not_equal(plain_numbers(numbers, form)[0], pc.utf8_trim_whitespace(numbers))
            numbers = numbers.filter(rewritten)
        if len(numbers):
            notes.append(_note_on_marks(self.name, numbers, form, self._row_of, is_feature=self.is_feature))
        if self.n_odd:
            text = (
                "{column}: {n:,} of {n_cells:,} cells are not numbers like the others and are read as missing: "
                "{words}, first in row {row:,}; "
            )
            if self.is_feature:
                text += "to use the texts as categories, name the column in data.categorical"
                notes.append(Note.of("odd_cells", text, **self._odd()))
            else:
                text += "to keep all texts, set data.dtypes: {{{name}: string}}"
                notes.append(Note.of("odd_cells_of_role", text, **self._odd(), name=self.name))
        return notes

    def note_on_codes(self) -> Note:
        text = (
            "{column} holds numbers and {words} (first in row {row:,}), and is used as categories; to use it as "
            "numbers, correct these cells and name it in data.numeric"
        )
        return Note.of("codes_with_digits", text, **self._odd())

    def ask(self, max_unreadable: float) -> Note:
        """Ask whether other words than numbers mean a missing value."""
        text = (
            "column {column}: {n:,} of {n_cells:,} cells are not numbers, but the others are: {words}, first in row "
            "{row:,}. If they mean a missing value, write data.na_values: {{{name}: [{word}]}}; "
        )
        rest = "Up to {share} of the cells would be read as missing, with a note (data.max_unreadable)."
        odd = self._odd()
        word = odd["words"].removesuffix(", ...")
        values = {**odd, "name": self.name, "word": word, "share": f"{100 * max_unreadable:g} %"}
        if not self.is_feature:  # such as the target, which can be no category and not be left out
            text += "to keep all texts, such as classes, data.dtypes: {{{name}: string}}. " + rest
            return Note.of("ask_odd_cells_of_role", text, **values)
        text += "to use the column as categories, data.categorical: [{name}]; to leave it out, data.drop: [{name}]. "
        return Note.of("ask_odd_cells", text + rest, **values)

    def ask_for_unit(self) -> Note:
        """Ask what numbers that are written in several ways mean."""
        numbers = self.encoded.distinct.filter(pa.array(self.found.is_number))
        text = (
            "column {column}: the numbers are written in several ways: {shown}, but {n:,} of {n_cells:,} cells as "
            "{words}, first in row {row:,}. Write them in one way, or name the column in data.drop."
        )
        return Note.of("ask_unit", text, **self._odd(), shown=repr(_written(numbers)))

    def ask_for_marks(self) -> Note:
        """Ask whether a mark is that of decimals or of thousands."""
        shown = _written(self.encoded.distinct.filter(pa.array(self.found.is_number)))
        other = self.found.other
        assert other is not None
        one, two = (plain_numbers(pa.array([shown]), form)[0][0].as_py() for form in (self.found.format, other))
        text = (
            "column {column}: {shown} may be {one} or {two}, and no other cell decides it. Write data.decimal or "
            "data.thousands with the mark."
        )
        return Note.of("ask_marks", text, column=repr(self.name), shown=repr(shown), one=one, two=two)


def _note_on_marks(
    name: str,
    numbers: pa.Array | pa.ChunkedArray,
    form: NumberFormat,
    row_of: Callable[[str], int] | None = None,
    *,
    is_feature: bool = True,
) -> Note:
    """Say how numbers are read, with one of them; ``row_of`` is for numbers that are not those of the rows in order."""
    shown = _written(numbers)
    number = plain_numbers(pa.array([shown]), form)[0][0].as_py()
    number = f"{Decimal(number):f}" if form.factors else f"{float(number):.7g}" if form.clock else number
    row = 1 + pc.index(numbers, shown).as_py() if row_of is None else row_of(shown)
    # A target can be no category.
    key = f"data.categorical: [{name}]" if is_feature else f"data.dtypes: {{{name}: string}}"
    values = {"column": repr(name), "shown": repr(shown), "row": row, "number": number, "key": key}
    if form.clock:
        text = (
            "{column} holds durations or times of day: {shown} in row {row:,} is read as {number} minutes; {key} "
            "keeps the texts"
        )
        return Note.of("durations", text, **values)
    is_clear = bool(pc.any(pc.match_substring_regex(numbers, r"[.,]\d+[.,]")).as_py())
    if form.thousands and not is_clear and is_feature and re.fullmatch(r"\D*\d{1,3}[.,]\d{3}\D*", shown):
        text = (
            "{column} holds numbers with marks: {shown} in row {row:,} is read as {number}; data.decimal: '{mark}' "
            "reads fractions, and {key} keeps the texts"
        )
        return Note.of("marked_thousands", text, **values, mark=form.thousands)
    text = "{column} holds numbers with marks: {shown} in row {row:,} is read as {number}; {key} keeps the texts"
    return Note.of("marked_numbers", text, **values)


def _written(numbers: pa.Array) -> str:
    """Return a number as it is written, with several marks or a unit if one has them: $1,250.00 rather than 12.5."""
    for marks in (r"\d[,' ]\d", r"[^-+\d.].*\d\.\d|\d\.\d.*[^-+\d.]", r"[^-+\d.]", r"\d\.\d"):
        marked = numbers.filter(pc.match_substring_regex(numbers, marks))
        if len(marked):
            return str(marked[0].as_py())
    return str(numbers[0].as_py())
