"""Whole tables: a source, as a pipeline file names it, as one pandas frame.

Every fault of a source is a `DataError` that names the source and the remedy.
"""

from __future__ import annotations

import base64
import glob
import io
import os
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather as pa_feather
import pyarrow.parquet as pa_parquet
from pandas.api.types import infer_dtype, is_integer_dtype

from skdl._backend import require_backend
from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl._source_name import is_local
from skdl.exceptions import DataError
from skdl.tables._batches import LONG_COLUMN, in_threads
from skdl.tables._builtin import load_builtin
from skdl.tables._dates import ask_about_dates, find_dates, may_hold_dates, note_on_parts, parse_dates
from skdl.tables._durations import minutes_of
from skdl.tables._encodings import UTF8, choose_encoding, first_text, refuse_binary
from skdl.tables._kinds import find_indexes
from skdl.tables._numbers import means_the_same_without
from skdl.tables._numeric import LARGEST_WHOLE, PlainNumbers, find_plain_numbers
from skdl.tables._parsing import apply_types, have_fractions, without_missing_words
from skdl.tables._plan import MAX_UNREADABLE, Cells, read_columns, read_long_numbers
from skdl.tables._reading import MISSING_WORDS, SEPARATORS, NumberFormat, Reading, check_distinct, fill_names
from skdl.tables._source import decompress, first_line, split_ending
from skdl.tables._text import (
    BELOW_LAST_ROW,
    REPEATS_HEADER,
    TOTAL_ROW,
    Preamble,
    count_surplus,
    decode_text,
    find_preamble,
    mark_footer,
    read_names,
    read_whole,
    split_header,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from skdl.tables._dates import FoundDates
    from skdl.tables._plan import Declared
    from skdl.tables._text import MalformedRow

_URL_TIMEOUT_S = 60
_HEAD_BYTES = 4 * 2**20  # read for the column names only, at first
_START_BYTES = 4096  # that show the format of a file
_BINARY = {".parquet": "Parquet", ".pq": "Parquet", ".feather": "Feather", ".arrow": "Feather"}
_SEPARATOR = b"separator"  # in the metadata of a table of texts
_BYTES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary)
_FLAG_STYLES = {
    word.encode(): " and ".join(pair[:2])
    for pair in (("yes", "no"), ("y", "n"), ("true", "false"), ("t", "f"), ("1", "0", "1.0", "0.0"))
    for word in pair
}
_ROWS_TRIED = 20
_WORKBOOKS = {".xlsx", ".xls", ".xlsm", ".ods"}
# Results of `pandas.api.types.infer_dtype`.
_KINDS = {
    **dict.fromkeys(("integer", "floating", "mixed-integer-float", "decimal"), "numbers"),
    **dict.fromkeys(("datetime64", "datetime", "date"), "dates"),
    "string": "text",
    "categorical": "categories",
    "boolean": "true and false",
}
_MANY_COLUMNS = 100
_ROWS_SHOWN, _SHOWN = 5, 60  # numbers of rows, and characters of a line, in a note


@dataclass
class _Found:
    """What is found while the files of a source are read, in their order."""

    max_unreadable: float = MAX_UNREADABLE
    notes: list[Note] = field(default_factory=list)
    encoding: str | None = None
    separator: str | None = None
    missing_words: dict[str, dict[str, int]] = field(default_factory=dict)
    starts: tuple[int, ...] = (0,)  # rows at which the files begin

    def note_encoding(self, where: str, encoding: str, reading: Reading, shown: str) -> None:
        """Describe the encoding of a file that is not the declared one or UTF-8; the same for other files only once."""
        if encoding == self.encoding:
            return
        self.encoding = self.encoding or encoding
        template = "{file}: read as {encoding}, for it is not {declared}: {shown!r}; set data.encoding to change that"
        declared, file = reading.encoding or "UTF-8", Path(where).name
        self.notes.append(Note.of("encoding", template, file=file, encoding=encoding, declared=declared, shown=shown))


# Options of a reading, beside separator and encoding, that decide how a text is split and what numbers are in it.
_OF_SPLITTING = ("decimal", "thousands", "keep_default_na", "short_rows", "rename")


class _TextColumns(NamedTuple):
    """What the fields of a text were read as, and by what."""

    read_by: Any
    cells: dict[str, Cells]
    missing_words: dict[str, dict[str, int]]


@dataclass
class SplitTable:
    """A text that `read_planned` has split into fields, so that it can be read again with other declarations.

    Of plain numbers the texts are not kept: a reading that needs these, or splits the text in another way, reads the
    source again.
    """

    reading: Reading = field(default_factory=Reading)  # with which it was split
    separator: str = ","  # that it has
    names: tuple[str, ...] = ()  # of the columns in the file
    fields: dict[str, pa.ChunkedArray] = field(default_factory=dict)  # by new name, without most plain numbers
    numbers: PlainNumbers = field(default_factory=PlainNumbers)
    found: _Found = field(default_factory=_Found)
    columns: _TextColumns | None = None  # that the fields were read as last

    @property
    def is_filled(self) -> bool:
        """Whether a text was split."""
        return bool(self.names)

    def read(
        self, reading: Reading, declared: Mapping[str, Declared | None], max_unreadable: float
    ) -> SplitTable | None:
        """Return what another reading splits the text into; None where it has to read the source again."""
        first, wanted = self.reading, _texts_wanted(reading, declared)
        words, first_words = (() if isinstance(one.na_values, Mapping) else one.na_values for one in (reading, first))
        is_same = (
            max_unreadable == self.found.max_unreadable
            and reading.separator in {first.separator, self.separator}
            and reading.encoding in {first.encoding, self.found.encoding or first.encoding}
            and all(getattr(reading, name) == getattr(first, name) for name in _OF_SPLITTING)
            and tuple(words) == tuple(first_words)
        )
        if not is_same or wanted & (self.numbers.columns.keys() - self.fields.keys()):
            return None
        columns = {name: values for name, values in self.numbers.columns.items() if name not in wanted}
        missing, groups = (some & columns.keys() for some in (self.numbers.missing, self.numbers.may_be_groups))
        fields = {name: one for name, one in self.fields.items() if name not in columns or name in missing | groups}
        has_decimals = self.numbers.has_decimals and any(
            values.dtype.kind == "f" and bool(have_fractions(values[None, :])[0]) for values in columns.values()
        )
        declares = {"separator": reading.separator is not None, "encoding": reading.encoding is not None}
        found = replace(
            self.found,
            notes=[note for note in self.found.notes if not declares.get(note.code)],
            encoding=None if declares["encoding"] else self.found.encoding,
            separator=None if declares["separator"] else self.found.separator,
            missing_words={},
        )
        numbers = PlainNumbers(columns, missing, groups, has_decimals)
        return SplitTable(reading, self.separator, self.names, fields, numbers, found, self.columns)


def _texts_wanted(reading: Reading, declared: Mapping[str, Declared | None]) -> set[str]:
    """Return the columns whose texts a reading needs, also where they are plain numbers."""
    own_words = reading.na_values if isinstance(reading.na_values, Mapping) else {}
    return {*own_words, *reading.formats, *(name for name, known in declared.items() if known == "text")}


@dataclass(frozen=True)
class PlannedTable:
    """A table as it was read, and how.

    Attributes
    ----------
    frame : pandas.DataFrame
        The rows. A column with a question holds text.
    reading : Reading
        The options given, with what was found out: the number formats of columns, and the forms of dates.
    cells : dict of str to Cells
        How each column of texts was read, but for plain numbers; columns of files with types are there if they hold
        texts.
    encoding : str or None
        Encoding that was found, where it is not UTF-8 and none was declared.
    notes : tuple of Note
        What was not obvious about the rows: those that were left out.
    missing_words : dict of dict of str to int
        By column the default words for a missing value that its cells had, and the number of cells.
    separator : str or None
        Separator of the fields that was found, where it is not the usual one and none was declared.
    indexes : tuple of str
        Columns without a name that number the rows.
    """

    frame: pd.DataFrame
    reading: Reading
    cells: dict[str, Cells]
    encoding: str | None = None
    notes: tuple[Note, ...] = ()
    missing_words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    separator: str | None = None
    indexes: tuple[str, ...] = ()

    def questions(self, names: Iterable[str]) -> list[Note]:
        """Return what a person must decide about some of the columns."""
        asked = (self.cells[name].question for name in names if name in self.cells)
        return [question for question in asked if question is not None]


def read_table(
    source: str | Path,
    reading: Reading | None = None,
    *,
    base: str | Path | None = None,
    check_names: Callable[[tuple[str, ...]], None] | None = None,
) -> pd.DataFrame:
    """Read a table as `read_planned` does, and return its rows alone.

    >>> read_table("builtin:blood_fat").shape
    (25, 3)
    """
    return read_planned(source, reading, base=base, check_names=check_names).frame


def read_planned(
    source: str | Path,
    reading: Reading | None = None,
    *,
    base: str | Path | None = None,
    check_names: Callable[[tuple[str, ...]], None] | None = None,
    declared: Callable[[str], Declared | None] | None = None,
    max_unreadable: float = MAX_UNREADABLE,
    with_dates: bool = False,
    split: SplitTable | None = None,
) -> PlannedTable:
    """Read a table from a file, several files, the web or the built-in ones, and say how it was read.

    ``source`` is a path or a glob pattern (csv, tsv, parquet or feather; csv and tsv also as .gz, .bz2 or .xz), an
    ``http(s)://`` address, ``builtin:NAME`` or ``keras:mnist``. The encoding of a text is detected where none is
    declared. A relative path starts at ``base``, by default the working directory. ``check_names`` is called with the
    names of the columns as the file has them; before the rows are read if that is cheaper. ``declared`` says what a
    column holds, by its new name, where that is known. Of a column of numbers or dates, a share of up to
    ``max_unreadable`` of the cells may be something else; they become missing, with a note. ``with_dates`` makes parts
    of the columns that hold dates, whether or not the reading names them. ``split`` keeps the fields of a text for
    another reading of the same source, which then takes a part of the time.

    The table has at least one row, columns with distinct names, and rows numbered from 0. Files of a glob pattern
    follow one another by name, and the type of a column is that of all files together.
    """
    reading = reading or Reading()
    header = split.names if split is not None and split.is_filled else None
    if check_names and header is None:
        header = read_header(source, reading, base=base)
    if check_names and header is not None:
        check_names(header)
    found, again = _Found(max_unreadable), None
    if split is not None and split.is_filled:
        new_names = _check_rename(str(source), split.names, reading)
        known = {name: _declared_type(name, reading, declared) for name in new_names}
        again = split.read(reading, known, max_unreadable)
    if again is not None:
        found, separated = again.found, replace(reading, separator=again.separator)
        frame, cells = _infer_types(again.fields, new_names, separated, known, found, again.numbers, again)
    else:
        check_late = check_names if header is None else None
        frame, cells, known = _read_columns(str(source), reading, base, check_late, declared, found, split)
    by_themselves = _find_dates(frame, cells, known, max_unreadable) if with_dates else {}
    all_dates = {**reading.dates, **{name: one.dates for name, one in by_themselves.items()}}
    parsed = parse_dates(frame, all_dates, max_unreadable=max_unreadable)
    dates = {}
    for name, one in parsed.items():
        notes = one.notes
        if name not in reading.dates:
            notes += (note_on_parts(name, one.dates, by_themselves[name].form, frame[name]),)
        before = cells.get(name, Cells(frame[name]))  # days such as 20240331 are numbers at first
        cells[name] = Cells(one.instants, n_odd=one.n_unreadable + before.n_odd, notes=(*before.notes, *notes))
        missing = before.format.missing if before.format else ()
        dates[name] = replace(one.dates, missing=(*missing, *one.dates.missing))
    formats = {name: one.format for name, one in cells.items() if one.format is not None}
    encoding = reading.encoding or found.encoding
    reading = replace(reading, formats={**reading.formats, **formats}, dates=dates, encoding=encoding)
    frame = apply_types(frame, reading, parsed)
    return PlannedTable(
        frame,
        reading,
        cells,
        found.encoding,
        tuple(found.notes),
        found.missing_words,
        found.separator,
        tuple(find_indexes(frame, found.starts)),
    )


def _read_columns(
    source: str,
    reading: Reading,
    base: str | Path | None,
    check_names: Callable[[tuple[str, ...]], None] | None,
    declared: Callable[[str], Declared | None] | None,
    found: _Found,
    split: SplitTable | None,
) -> tuple[pd.DataFrame, dict[str, Cells], dict[str, Declared | None]]:
    """Read a source and decide what its columns hold; keep the fields of a text in ``split``."""
    content = _read_source(source, reading, base, found)
    names = tuple(_names_of(content))
    if check_names:
        check_names(names)
    new_names = _check_rename(source, names, reading)
    known = {name: _declared_type(name, reading, declared) for name in new_names}
    if not isinstance(content, pa.Table):
        return *_infer_types(content, new_names, reading, known, found), known
    separated = _with_separator(reading, content)
    fields = dict(zip(new_names, content.columns, strict=True))
    del content  # so that its columns are free as soon as they are read
    numbers = _find_numbers(fields, separated, known)
    if split is not None:
        split.reading, split.separator, split.names = reading, str(separated.separator), names
        split.fields, split.numbers, split.found = dict(fields), numbers, replace(found, notes=list(found.notes))
    return *_infer_types(fields, new_names, separated, known, found, numbers, split), known


def _find_dates(
    frame: pd.DataFrame, cells: dict[str, Cells], declared: Mapping[str, Declared | None], max_unreadable: float
) -> dict[str, FoundDates]:
    """Find the columns that hold dates, and ask where that is not clear."""
    found = {}
    for name in may_hold_dates(frame):
        column, known = frame[name], cells.get(str(name))
        is_declared = declared.get(str(name)) is not None or isinstance(column.dtype, pd.CategoricalDtype)
        if is_declared or (known is not None and not _may_hold_dates(known)):
            continue
        dates = None if known is not None and known.question is not None else find_dates(column)
        if dates is None or any(f"{name}_{part}" in frame.columns for part in dates.dates.parts):
            continue
        question = ask_about_dates(str(name), dates, int(column.notna().sum()), max_unreadable)
        if question is not None:
            cells[str(name)] = Cells(column, question=question)
        elif dates.form is None or dates.form.share >= 1 - max_unreadable:
            found[str(name)] = dates
    return found


def _may_hold_dates(cells: Cells) -> bool:
    """Whether a column of text was not read as something else: among days such as 20240331 are cells that are none."""
    is_plain = cells.format is None or replace(cells.format, missing=()) == NumberFormat()
    return is_plain and all(note.code == "odd_cells" for note in cells.notes)


def _declared_type(name: str, reading: Reading, declared: Callable[[str], Declared | None] | None) -> Declared | None:
    # Dates and declared text keep their spelling: inferred numbers would lose leading zeros and separators.
    of_type: dict[str, Declared] = {"string": "text", "float": "number", "int": "number", "bool": "category"}
    if name in reading.dates:
        return "text"
    if name in reading.dtypes:
        return of_type[reading.dtypes[name]]
    return declared(name) if declared else None


def _infer_types(
    content: dict[str, pa.ChunkedArray] | pd.DataFrame,
    new_names: Sequence[str],
    reading: Reading,
    declared: Mapping[str, Declared | None],
    found: _Found,
    numbers: PlainNumbers | None = None,
    split: SplitTable | None = None,
) -> tuple[pd.DataFrame, dict[str, Cells]]:
    """Decide what each column of a whole source holds; return the table under its new names.

    The plain ``numbers`` of texts are found here, unless they are given. Texts are not read again where ``split`` has
    them as they were read in the same way.

    The texts of a file, by new name, are removed from ``content`` as they are read, to free their memory.
    """
    if isinstance(content, dict):
        numbers = _find_numbers(content, reading, declared) if numbers is None else numbers
        for name in numbers.missing:
            found.missing_words[name] = _count_words(content[name], without_missing_words(content[name], reading))
        small = {name: content.pop(name) for name in numbers.may_be_groups}
        perhaps_groups = {name: without_missing_words(one, reading).cast(pa.string()) for name, one in small.items()}
        for name in numbers.columns:
            content.pop(name, None)
        read_by = (
            {name: (declared.get(name), replace(reading.for_column(name), encoding=None)) for name in content},
            (numbers.has_decimals, small.keys(), found.max_unreadable),
        )
        if split is not None and split.columns is not None and split.columns.read_by == read_by:
            cells = dict(split.columns.cells)
            found.missing_words |= split.columns.missing_words
        else:
            cells, words = _read_text_columns(content, reading, declared, found, numbers, perhaps_groups)
            found.missing_words |= words
            if split is not None:
                split.columns = _TextColumns(read_by, dict(cells), words)
        columns = {**dict.fromkeys(new_names), **numbers.columns, **{name: one.column for name, one in cells.items()}}
        # pandas computes faster with a block of columns than with thousands of columns; the copy of a long table that
        # this takes would need as much memory as the table.
        return pd.DataFrame(columns, copy=len(columns) > _MANY_COLUMNS), cells
    frame = content.set_axis(list(new_names), axis=1)
    texts = {name: _as_texts(frame[name]) for name in new_names if _holds_texts(frame[name])}
    # Declared marks are those of text files; a program that makes a data frame writes points as decimal marks.
    plain = replace(reading, decimal=".", thousands=None, separator=",")
    cells = read_columns(texts, plain, declared, max_unreadable=found.max_unreadable, typed=True)
    cells |= read_long_numbers(frame, declared)
    cells |= {
        name: Cells(
            minutes, NumberFormat(clock="hours"), notes=(Note.of("typed_durations", _MINUTES, column=repr(name)),)
        )
        for name in new_names
        if declared.get(name) in {None, "number"} and (minutes := minutes_of(frame[name])) is not None
    }
    changed = {name: one.column for name, one in cells.items() if one.format is not None or name not in texts}
    for name, column in texts.items():
        if name not in changed and column.null_count > frame[name].isna().sum():
            # Numbers or dates that are texts for the sake of blank cells alone; other texts keep these.
            one = read_columns({name: column}, plain, declared, max_unreadable=found.max_unreadable)[name]
            if one.column.dtype.kind in "iuf" or find_dates(one.column) is not None:
                changed[name], cells[name] = one.column, one
    return frame.assign(**changed) if changed else frame, cells


def _read_text_columns(
    content: dict[str, pa.ChunkedArray],
    reading: Reading,
    declared: Mapping[str, Declared | None],
    found: _Found,
    numbers: PlainNumbers,
    perhaps_groups: Mapping[str, pa.ChunkedArray],
) -> tuple[dict[str, Cells], dict[str, dict[str, int]]]:
    """Decide what the fields hold that are no plain numbers, and count the words for missing values in each.

    The fields are removed from ``content`` as they are read, to free their memory.
    """
    names, n_rows = list(content), max(map(len, content.values()), default=0)

    def as_texts(name: str) -> tuple[pa.ChunkedArray, dict[str, int] | None]:
        fields = content.pop(name)
        present = without_missing_words(fields, reading.for_column(name))
        words = _count_words(fields, present) if present.null_count > fields.null_count else None
        # The whole text was decoded strictly, so every cell is UTF-8.
        return pa.chunked_array([chunk.view(pa.string()) for chunk in present.chunks], pa.string()), words

    read = dict(zip(names, in_threads(as_texts, names, are_long=n_rows >= LONG_COLUMN), strict=True))
    cells = read_columns(
        {name: one for name, (one, _) in read.items()},
        reading,
        declared,
        max_unreadable=found.max_unreadable,
        has_decimals=numbers.has_decimals,
        perhaps_groups=perhaps_groups,
    )
    return cells, {name: words for name, (_, words) in read.items() if words is not None}


def _with_separator(reading: Reading, texts: pa.Table) -> Reading:
    return replace(reading, separator=str((texts.schema.metadata or {}).get(_SEPARATOR, b","), "utf-8"))


def _find_numbers(
    texts: dict[str, pa.ChunkedArray], reading: Reading, declared: Mapping[str, Declared | None]
) -> PlainNumbers:
    """Find the columns of plain numbers among those of which nothing else is known; most are removed from ``texts``."""
    odd = _texts_wanted(reading, declared)
    reading = replace(reading, na_values=()) if isinstance(reading.na_values, Mapping) else reading
    if reading.has_marks or reading.missing_numbers:
        return PlainNumbers()
    return find_plain_numbers(texts, reading, without=odd)


def _count_words(fields: pa.ChunkedArray, present: pa.ChunkedArray) -> dict[str, int]:
    """Count the default words, but not blanks, that were taken for a missing value."""
    counts = fields.filter(pc.and_(fields.is_valid(), present.is_null())).value_counts().to_pylist()
    words = {count["values"].decode(): count["counts"] for count in counts}
    return {word: n for word, n in words.items() if word in MISSING_WORDS and word.strip()}


def _holds_texts(column: pd.Series) -> bool:
    """Whether a column of a file with types holds texts, which may be numbers with marks."""
    if isinstance(column.dtype, pd.StringDtype):
        return True
    return column.dtype == object and infer_dtype(column, skipna=True) == "string"


_MINUTES = "{column} holds durations or times of day, and is read as numbers of minutes"


def _as_texts(column: pd.Series) -> pa.ChunkedArray:
    """Return texts, blank ones as missing."""
    texts = pa.chunked_array([pa.array(column, pa.string(), from_pandas=True)])
    is_blank = pc.match_substring_regex(texts, r"^\s*$")
    return pc.if_else(is_blank, None, texts) if pc.any(is_blank).as_py() else texts


def read_header(
    source: str | Path, reading: Reading | None = None, *, base: str | Path | None = None
) -> tuple[str, ...] | None:
    r"""Read the names of a table's columns alone, as the file has them; the parameters are those of `read_table`.

    None where reading the names costs as much as reading the table: on the web, and for built-in tables.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "ages.csv")
    ...     _ = path.write_text("name,age\nAda,36\n")
    ...     read_header(path)
    ('name', 'age')
    """
    if not is_local(str(source)):
        return None
    return tuple(
        _names_of(_read_file(_files(str(source), base)[0], reading or Reading(), _Found(), base, header_only=True))
    )


def read_fields(source: str | Path, reading: Reading) -> tuple[pa.Table | pd.DataFrame, tuple[Note, ...]]:
    """Read the fields of a text file as bytes in UTF-8, or the columns of a file with types, under their names there.

    A malformed row is an error, and the notes name lines that are no rows. Nothing is inferred, so that the same field
    means the same in every table.
    """
    found = _Found(max_unreadable=0.0)
    return _read_source(str(source), reading, None, found), tuple(found.notes)


def _read_source(source: str, reading: Reading, base: str | Path | None, found: _Found) -> pa.Table | pd.DataFrame:
    """Read a source: the texts of text files, and the columns of files that have types."""
    scheme, _, rest = source.partition(":")
    if scheme == "builtin":
        return load_builtin(rest)
    if scheme == "keras":
        return _read_keras(rest)
    if scheme in {"http", "https"}:
        try:
            name = urlsplit(source).path
        except ValueError:
            text = "{source}: an address must be well-formed. Correct it."
            raise DataError.of("bad_address", text, source=source) from None
        return _parse_file(source, name, lambda: io.BytesIO(_download(source)), reading, found)
    if not is_local(source):
        text = "{source}: a source must be a path, http(s)://, builtin:NAME or keras:mnist; got {scheme!r} in front."
        raise DataError.of("no_such_source", text, source=source, scheme=scheme)
    tables = [(path, _read_file(path, reading, found, base)) for path in _files(source, base)]
    return _concatenate(tables, reading, found)


def _files(source: str, base: str | Path | None) -> list[Path]:
    path = Path(base or ".", os.path.expanduser(source))  # noqa: PTH111 - an unknown user is no error
    # A file whose own name has brackets or stars is read as it is; only otherwise is the name a pattern.
    if os.path.exists(path) or not glob.has_magic(source):  # noqa: PTH110 - Path raises where a name is too long
        return [path]
    files = sorted(Path(name) for name in glob.glob(str(path), recursive=True))  # noqa: PTH207 - the pattern may be absolute
    if not files:
        text = "{path}: no file matches this pattern. Check the folder and the ending."
        raise DataError.of("no_match", text, path=path)
    return files


def _check_rename(where: str, names: Sequence[str], reading: Reading) -> list[str]:
    """Return the new names of the columns."""
    for name in reading.rename:
        if name not in names:
            text = "{where}: there is no column {name!r} to rename{hint} Correct data.rename."
            raise DataError.of("rename_no_column", text, where=where, name=name, hint=did_you_mean(name, names))
    new_names = [reading.rename.get(name, name) for name in names]
    check_distinct(where, new_names)
    words = reading.na_values if isinstance(reading.na_values, Mapping) else {}
    for name in (*reading.dtypes, *reading.dates, *words):
        if name not in new_names:
            text = "{where}: there is no column {name!r}{hint} Correct data.dtypes, data.dates or data.na_values."
            raise DataError.of("declared_missing", text, where=where, name=name, hint=did_you_mean(name, new_names))
    return new_names


def _read_file(
    path: Path, reading: Reading, found: _Found, base: str | Path | None, *, header_only: bool = False
) -> pa.Table | pd.DataFrame:
    if os.path.isdir(path):  # noqa: PTH112 - as above
        text = "{path}: a source must be a file; this is a folder. Name a file in it, or all of them with {path}/*.csv."
        raise DataError.of("source_is_folder", text, path=path)
    if not os.path.isfile(path):  # noqa: PTH113 - as above
        in_folder = os.path.isdir(path.parent)  # noqa: PTH112 - as above
        hint = did_you_mean(path.name, [file.name for file in path.parent.iterdir()] if in_folder else [])
        if not in_folder:
            hint = Note.of("no_folder", "; nor is there a folder {folder}.", folder=str(path.parent))
        if base is None:
            raise DataError.of("no_file", "{file}: no such file{hint}", file=str(path), hint=hint)
        text = "{file}: no such file{hint} In a pipeline file, a relative path starts at its folder."
        raise DataError.of("no_table", text, file=str(path), hint=hint)
    return _parse_file(str(path), path.name, lambda: path.open("rb"), reading, found, header_only=header_only)


def _concatenate(
    tables: list[tuple[Path, pa.Table | pd.DataFrame]], reading: Reading, found: _Found
) -> pa.Table | pd.DataFrame:
    """Concatenate the contents of several files, which must have the same columns."""
    first_file, first = tables[0]
    files, names = [file for file, _ in tables], list(_names_of(first))
    for file, table in tables[1:]:
        differing = sorted(set(names) ^ set(_names_of(table)))
        if differing:
            listed = ", ".join(repr(name) for name in differing[:5])
            text = "{file}: files read together must have the same columns as {first}; they differ in {listed}."
            raise DataError.of("other_columns", text, file=file, first=first_file.name, listed=listed)
    if len(tables) == 1:
        return first
    found.starts = tuple(accumulate((len(table) for _, table in tables[:-1]), initial=0))
    if all(isinstance(table, pa.Table) for _, table in tables):
        # The separator of each file is in its metadata; that of the first file is kept.
        texts: list[Any] = [table for _, table in tables]
        for name in names:
            if reading.rename.get(name, name) not in reading.dtypes:
                _check_same_flags([table[name] for table in texts], files, reading, name)
        return pa.concat_tables([one.select(names).replace_schema_metadata(texts[0].schema.metadata) for one in texts])
    read: list[tuple[pd.DataFrame, dict[str, Cells]]] = [
        _infer_types({name: table[name] for name in names}, names, _with_separator(reading, table), {}, found)
        if isinstance(table, pa.Table)
        else (table[names], {})
        for _, table in tables
    ]
    for name in names:
        new_name = reading.rename.get(name, name)
        if new_name not in reading.dtypes and new_name not in reading.dates:
            kinds = [_kind_of(frame[name], cells.get(name)) for frame, cells in read]
            _check_alike(kinds, files, new_name, "string")
    return pd.concat(_with_joint_categories([frame for frame, _ in read], found), ignore_index=True)


def _with_joint_categories(frames: list[pd.DataFrame], found: _Found) -> list[pd.DataFrame]:
    """Give declared categories those of all files; otherwise different ones would become plain values."""
    for name in frames[0].select_dtypes("category").columns:
        columns = [frame[name] for frame in frames]
        held = {one.dtype.categories.dtype if isinstance(one.dtype, pd.CategoricalDtype) else None for one in columns}
        if len(held) == 1 and len({one.dtype for one in columns}) > 1:
            joint = pd.api.types.union_categoricals(columns, ignore_order=True).dtype
            orders = list(dict.fromkeys(tuple(one.cat.categories) for one in columns if one.cat.ordered))
            if orders:
                text = (
                    "{column}: the files declare its categories differently ({orders}), so that they have no order; "
                    "write it in data.ordered: {{{name}: [...]}}"
                )
                shown = "; ".join(", ".join(map(str, order)) for order in orders[:2])
                found.notes.append(Note.of("orders_differ", text, column=repr(name), name=name, orders=shown))
            frames = [frame.assign(**{name: frame[name].astype(joint)}) for frame in frames]
    return frames


def _check_same_flags(columns: Sequence[pa.ChunkedArray], files: Sequence[Path], reading: Reading, name: str) -> None:
    """Raise DataError if a column of texts holds yes and no in one file and 1 and 0, say, in another."""
    held: list[str | None] = []
    new_name = reading.rename.get(name, name)
    for column in columns:
        beginning = [cell for cell in column.slice(0, _ROWS_TRIED).to_pylist() if cell is not None]
        if beginning and not any(cell.strip().lower() in _FLAG_STYLES for cell in beginning):
            break  # most columns, at once
        present = without_missing_words(column, replace(reading, separator=",").for_column(new_name))
        words = {cell.strip().lower() for cell in present.unique().to_pylist() if cell is not None}
        styles = {_FLAG_STYLES.get(word) for word in words}
        if not styles:
            held.append(None)
            continue
        if len(styles) > 1 or None in styles:
            break
        held.append(str(styles.pop()))
    _check_alike(held, files[: len(held)], new_name, "bool")


def _check_alike(held: Sequence[str | None], files: Sequence[Path], name: str, dtype: str) -> None:
    """Raise DataError if a file of a pattern holds something else in a column than the first one; None is no values."""
    present = [(file, one) for file, one in zip(files, held, strict=True) if one is not None]
    for file, one in present:
        first, first_kind = present[0]
        if one != first_kind:
            text = (
                "{file}: column {column} holds {held}, but {first_kind} in {first}. Write the files alike, or declare "
                "one type for all: data.dtypes: {{{name}: {dtype}}}."
            )
            raise DataError.of(
                "other_flags" if dtype == "bool" else "other_kind",
                text,
                file=str(file),
                column=repr(name),
                name=name,
                held=one,
                first=first.name,
                first_kind=first_kind,
                dtype=dtype,
            )


def _kind_of(column: pd.Series, cells: Cells | None) -> str | None:
    """Name what a column of one file holds: text, say, or numbers; None where it has no values."""
    if column.isna().all():
        return None
    kind = _KINDS.get(infer_dtype(column, skipna=True), "other values")
    unit = "" if cells is None or cells.format is None else cells.format.unit
    return kind if means_the_same_without(unit) else f"{kind} with {unit!r}"


def _names_of(content: pa.Table | pd.DataFrame) -> Sequence[str]:
    names: Sequence[str] = content.column_names if isinstance(content, pa.Table) else list(content.columns)
    return names


def _download(address: str) -> bytes:
    request = urllib.request.Request(address, headers={"User-Agent": "skdl"})  # noqa: S310 - the caller checked that it is http(s)
    try:
        with urllib.request.urlopen(request, timeout=_URL_TIMEOUT_S) as response:  # noqa: S310 - likewise
            content: bytes = response.read()
            return content
    except (OSError, ValueError) as error:
        text = (
            "{where}: cannot be fetched ({reason}). Check the address and the network, or save the file and name its "
            "path."
        )
        raise DataError.of("not_fetched", text, where=address, reason=str(error)) from error


def _read_keras(name: str) -> pd.DataFrame:
    """Read the handwritten digits of ``keras.datasets``: 70,000 rows of 28 x 28 pixels."""
    if name != "mnist":
        text = "keras:{name}: no such table{hint} There is keras:mnist."
        raise DataError.of("keras_no_table", text, name=name, hint=did_you_mean(name, ["mnist"]))
    require_backend()
    import keras

    try:
        (train_images, train_labels), (test_images, test_labels) = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception where the download fails
        text = (
            "keras:mnist: cannot be fetched ({reason}). Check the network, or save the table and name its path as "
            "data.source."
        )
        raise DataError.of("mnist_not_fetched", text, reason=str(error)) from error
    pixels = np.concatenate([train_images, test_images]).reshape(-1, 784)
    frame = pd.DataFrame(pixels, columns=[f"f{number}" for number in range(784)])
    return frame.assign(Label=np.concatenate([train_labels, test_labels]).astype(np.int64))


def _parse_file(
    where: str,
    name: str,
    opened: Callable[[], IO[bytes]],
    reading: Reading,
    found: _Found,
    *,
    header_only: bool = False,
) -> pa.Table | pd.DataFrame:
    """Read a file by its ending; with ``header_only``, its column names as a table without rows."""
    suffix, compression = split_ending(name)
    usual = reading.separator or SEPARATORS.get(suffix)
    is_binary = suffix in _BINARY and not compression
    if suffix in _WORKBOOKS:
        text = "{where}: Excel workbooks cannot be read. Save the sheet as CSV (UTF-8)."
        raise DataError.of("workbook", text, where=where)
    if not is_binary and usual is None:
        with suppress(OSError), opened() as raw:
            refuse_binary(where, raw.read(_START_BYTES))
        text = (
            "{where}: a table must end in .csv, .tsv (also with .gz, .bz2 or .xz), .parquet or .feather; got "
            "{ending!r}. Rename it, or declare the separator of its fields with data.separator."
        )
        raise DataError.of("no_ending", text, where=where, ending=suffix + compression)
    try:
        with opened() as raw:
            if is_binary:
                content = _parse_binary(where, _BINARY[suffix], raw, header_only=header_only)
            else:
                file = decompress(raw, name)
                content = _parse_text(where, file, reading, str(usual), found, header_only=header_only)
    except OSError as error:
        text = "{where}: cannot be read ({reason}). Check that the file is whole and may be read."
        raise DataError.of("not_read", text, where=where, reason=str(error)) from error
    if header_only:
        return content
    check_distinct(where, _names_of(content))
    if not _names_of(content):
        raise DataError.of("no_columns", "{where}: the table has no columns. Check how it was written.", where=where)
    if not len(content):
        text = "{where}: the table has no rows, only column names. Check how it was written."
        raise DataError.of("no_rows", text, where=where)
    return content if isinstance(content, pa.Table) else content.reset_index(drop=True)


def _decode(where: str, content: bytes, reading: Reading, *, is_head: bool = False) -> tuple[bytes, str]:
    """Decode a text in the declared encoding, else in the one that was detected; return UTF-8 and the encoding."""
    encoding = choose_encoding(where, content, reading.encoding)
    with suppress(UnicodeError):
        return decode_text(content, encoding, is_head=is_head), encoding
    text = (
        "{where}: text must be {encoding}; it is not. Declare its encoding with data.encoding or --encoding, or save "
        "it as UTF-8."
    )
    raise DataError.of("no_encoding_fits", text, where=where, encoding=reading.encoding or "UTF-8")


def _split_text(where: str, text: bytes, reading: Reading, usual: str) -> tuple[list[str], int, Preamble]:
    """Return the column names of a text in UTF-8, where their line ends, and what stands above it."""
    preamble = find_preamble(text, reading, usual)
    reading = replace(reading, separator=preamble.separator)
    line, end = split_header(text, preamble.separator, preamble.end)
    if not line:
        template = "{where}: the file is empty. A table needs a line of column names and rows under it."
        raise DataError.of("empty_file", template, where=where)
    try:
        names = fill_names(read_names(line, reading))
    except pa.ArrowInvalid as error:  # a quote is never closed
        raise _malformed_error(where, first_line(error)) from error
    other = next((mark for mark in ";\t|" if mark in names[0]), None)
    if len(names) == 1 and reading.separator == "," and other:
        template = (
            "{where}: fields of a .csv must be separated by commas; the first line has {mark!r}. Declare "
            "data.separator: {mark!r}, or save it with commas."
        )
        raise DataError.of("no_commas", template, where=where, mark=other)
    check_distinct(where, names)
    return names, end, preamble


def _parse_text(
    where: str, file: IO[bytes], reading: Reading, usual: str, found: _Found, *, header_only: bool
) -> pa.Table | pd.DataFrame:
    """Parse a text file: decode it, and split it into fields; missing ones are null."""
    if header_only:
        head = file.read(_HEAD_BYTES)
        text = _decode(where, head, reading, is_head=True)[0]
        names, start, _ = _split_text(where, text, reading, usual)
        if start == len(text):  # the header may be longer; the file is read on, not opened a second time
            names, _, _ = _split_text(where, _decode(where, head + file.read(), reading)[0], reading, usual)
        return pd.DataFrame(columns=names)
    text, encoding = _decode(where, file.read(), reading)
    names, start, preamble = _split_text(where, text, reading, usual)
    reading = replace(reading, separator=preamble.separator)
    if preamble.is_detected and found.separator is None:
        found.separator = preamble.separator
        template = "{file}: fields are separated by {mark!r}; set data.separator to change that"
        found.notes.append(Note.of("separator", template, file=Path(where).name, mark=preamble.separator))
    if preamble.comment is not None:
        template = "{file}: lines above the column names are comments: {comment}"
        found.notes.append(Note.of("comment", template, file=Path(where).name, comment=repr(preamble.comment[:_SHOWN])))
    if encoding not in {UTF8, reading.encoding}:
        found.note_encoding(where, encoding, reading, first_text(text, str(reading.separator)))
    held = [text]  # from where its reader takes it and frees it
    del text
    try:
        # The declared encoding no longer holds: `_decode` has converted the text to UTF-8.
        table = _read_rows(where, held, start, replace(reading, encoding="utf-8"), names, found)
    except (pa.ArrowException, EOFError) as error:
        raise _malformed_error(where, first_line(error)) from error
    return table.replace_schema_metadata({_SEPARATOR: str(reading.separator).encode()})


def _malformed_error(where: str, reason: Note | str, remedy: Note | str = "") -> DataError:
    text = "{where}: malformed table ({reason}). Every row must have as many fields as the first line.{remedy}"
    return DataError.of("malformed_table", text, where=where, reason=reason, remedy=remedy)


def _read_rows(
    where: str, held: list[bytes], start: int, reading: Reading, names: list[str], found: _Found
) -> pa.Table:
    """Read the rows from a position on as binary columns, without the malformed ones if these are few."""
    surplus = count_surplus(held[0], start, len(names), reading)
    table, malformed = read_whole(held, start, reading, names, surplus=surplus)
    if malformed:
        malformed = mark_footer(malformed, table.num_rows + len(malformed), len(names))
        found.notes += _notes_on_malformed(where, table.num_rows, malformed, len(names), found.max_unreadable)
    return table


def _notes_on_lines(file: str, malformed: Sequence[MalformedRow]) -> Iterator[Note]:
    """Describe the lines that are no rows, though they have as many fields."""
    repeated, totals = ([row for row in malformed if row.reason == reason] for reason in (REPEATS_HEADER, TOTAL_ROW))
    if repeated:
        text = "{file}: lines that repeat the column names were left out ({rows})"
        yield Note.of("repeated_header", text, file=file, n=len(repeated), rows=_list_rows(repeated))
    if totals:
        text = "{file}: the last row seems to be a total and was left out ({rows}): {shown}"
        shown = repr(totals[0].text[:_SHOWN])
        yield Note.of("total_left_out", text, file=file, n=len(totals), rows=_list_rows(totals), shown=shown)


def _notes_on_malformed(
    where: str, n_good: int, malformed: Sequence[MalformedRow], n_columns: int, max_unreadable: float
) -> list[Note]:
    """Describe the rows that are left out; raise DataError where they are too many."""
    n_rows, file = n_good + len(malformed), Path(where).name
    notes = list(_notes_on_lines(file, malformed))
    footer = [row for row in malformed if row.reason == BELOW_LAST_ROW]
    others = [row for row in malformed if not row.is_no_row]
    if footer:
        shown = footer[0].text.strip()
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
        template = "{file}: lines below the last row were left out ({n:,}): {shown}"
        notes.append(Note.of("footer", template, file=file, n=len(footer), shown=repr(shown)))
    if not others:
        return notes
    first, n_others = others[0], len(others)
    quote = Note("unclosed_quote", "") if "\n" in first.text else ""  # which the reason says in English
    values = {"row": first.row + 1, "expected": n_columns, "n": first.n_fields, "quote": quote}
    reason = Note("malformed_row", f"row {first.row + 1:,} {first.reason}", values)
    if n_good and n_others <= max_unreadable * n_rows:
        template = (
            "{file}: {n:,} of {n_rows:,} rows are malformed and were left out ({rows}: {reason}); correct them, or set "
            "data.short_rows: missing if fields at the end may be left out"
        )
        shown = _list_rows(others)
        left_out = Note.of("malformed_rows", template, file=file, n=n_others, n_rows=n_rows, rows=shown, reason=reason)
        return [*notes, left_out]
    if n_others > 1:
        reason = Note.of(
            "malformed_row_first", "{first}; {n:,} of {n_rows:,} rows", first=reason, n=n_others, n_rows=n_rows
        )
    remedy: Note | str = ""
    if all(row.n_fields < n_columns for row in others):
        remedy = Note("short_rows_remedy", " If fields at the end may be left out, set data.short_rows: missing.")
    elif not n_good and n_columns == 1:
        text = " The first line must hold the column names: if it is a title, remove it."
        remedy = Note("title_remedy", text)
    elif not n_good and all(row.n_fields == n_columns + 1 for row in others):
        text = " Perhaps the first column has no name, as R's row names: add one to the first line."
        remedy = Note("no_first_name_remedy", text)
    raise _malformed_error(where, reason, remedy)


def _list_rows(rows: Sequence[MalformedRow]) -> str:
    """List numbers of rows, counted from 1, the first few of many."""
    shown = ", ".join(f"{row.row + 1:,}" for row in rows[:_ROWS_SHOWN])
    more = ", ..." if len(rows) > _ROWS_SHOWN else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def _parse_binary(where: str, kind: str, content: IO[bytes], *, header_only: bool) -> pd.DataFrame:
    try:
        schema = _parquet_schema(content) if kind == "Parquet" else pa.ipc.open_file(content).schema
        check_distinct(where, schema.names)  # pandas reads no table with a name twice
        if header_only:
            frame: pd.DataFrame = schema.empty_table().to_pandas()
        else:
            content.seek(0)
            frame = pd.read_parquet(content) if kind == "Parquet" else pd.read_feather(content)
            for position, dtype in enumerate(frame.dtypes):
                if isinstance(dtype, pd.ArrowDtype):
                    frame.isetitem(position, _of_plain_pandas(frame.iloc[:, position]).array)
            odd = [one for one in schema if one.name in frame.columns and _has_odd_type(one.type)]
            frame = frame.assign(**{one.name: _of_declared_type(frame[one.name], one.type) for one in odd})
            rounded = [one.name for one in schema if _is_rounded(frame, one)]
            if rounded:
                content.seek(0)
                read = pa_parquet.read_table if kind == "Parquet" else pa_feather.read_table
                whole = read(content, columns=rounded)
                frame = frame.assign(**{name: _whole_numbers(whole[name], frame.index) for name in rounded})
    except DataError:
        raise
    except (pa.ArrowException, ValueError, TypeError) as error:
        text = "{where}: not a {kind} file, or damaged ({reason}). Write it again."
        raise DataError.of("no_binary_table", text, where=where, kind=kind, reason=first_line(error)) from error
    # pandas restores the index from the metadata; here it is a column like any other, under its name in the file.
    # An unnamed index of whole numbers only numbers the rows.
    levels = {
        level: f"__index_level_{level}__" if name is None else name
        for level, name in enumerate(frame.index.names)
        if name is not None or not is_integer_dtype(frame.index.get_level_values(level).dtype)
    }
    frame = frame.reset_index(level=[*levels], names=[*levels.values()]) if levels else frame
    # Names of several levels become the text that Arrow has for them, such as "('size', 'mean')".
    return frame.set_axis([str(name) for name in frame.columns.to_flat_index()], axis=1)


def _parquet_schema(content: IO[bytes]) -> pa.Schema:
    """Return the types of a Parquet file as they were before it was written: it has no dictionaries of numbers."""
    file = pa_parquet.ParquetFile(content)
    written = (file.metadata.metadata or {}).get(b"ARROW:schema")
    return file.schema_arrow if written is None else pa.ipc.read_schema(pa.py_buffer(base64.b64decode(written)))


def _is_rounded(frame: pd.DataFrame, declared: pa.Field) -> bool:
    """Whether pandas rounded whole numbers of a file, which become floats where some are missing."""
    if declared.name not in frame.columns or not pa.types.is_integer(declared.type) or declared.type.bit_width < 64:
        return False
    column = frame[declared.name]
    return column.dtype == np.float64 and bool(column.abs().max() >= LARGEST_WHOLE)


def _whole_numbers(column: pa.ChunkedArray, index: pd.Index) -> pd.Series:
    """Convert whole numbers to those of pandas that may be missing."""
    of_pandas = {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype()}
    numbers: pd.Series = column.to_pandas(types_mapper=of_pandas.get)
    return numbers.set_axis(index)


def _of_plain_pandas(column: pd.Series) -> pd.Series:
    """Convert a column that pandas keeps in Arrow, which lacks operations such as the remainder, to pandas' own."""
    cells = pa.array(column, from_pandas=True)
    # Those that may be missing hold whole numbers of any size, and flags.
    of_pandas = {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype(), pa.bool_(): pd.BooleanDtype()}
    plain: pd.Series = cells.to_pandas(types_mapper=of_pandas.get if cells.null_count else None)
    return plain.set_axis(column.index)


def _has_odd_type(declared: pa.DataType) -> bool:
    of = pa.types
    return any(is_such(declared) for is_such in (of.is_dictionary, of.is_float16, of.is_decimal, *_BYTES))


def _of_declared_type(column: pd.Series, declared: pa.DataType) -> pd.Series:
    """Convert a column of a file by its type there: categories stay so, decimals are numbers, and bytes may be text."""
    if pa.types.is_dictionary(declared) and not isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype(pd.CategoricalDtype(ordered=declared.ordered))
    if pa.types.is_float16(declared):
        return column.astype(np.float32)
    if pa.types.is_decimal(declared):
        numbers = pa.array(column, declared, from_pandas=True)
        try:
            # Of a key with more digits than a float holds, text keeps all.
            # Fractions by way of text, which is rounded correctly.
            whole = declared.scale <= 0
            numbers = numbers.cast(pa.int64()) if whole else numbers.cast(pa.string()).cast(pa.float64())
        except pa.ArrowInvalid:
            numbers = numbers.cast(pa.string())
        return pd.Series(numbers.to_pandas(), index=column.index)
    if column.dtype == object:  # of bytes
        with suppress(UnicodeError):
            return column.map(bytes.decode, na_action="ignore")
    return column
