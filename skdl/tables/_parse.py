"""Parsing of one whole file: its bytes as a pandas frame, or the names of its columns only."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pandas as pd

from skdl.exceptions import DataError
from skdl.tables._reading import fill_names, parse_marked_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from skdl.tables._reading import Reading

__all__ = ["ENCODINGS", "MISSING_WORDS", "SEPARATORS", "check_names", "check_table", "parse_file"]


def _gunzip(content: IO[bytes]) -> gzip.GzipFile:
    return gzip.GzipFile(fileobj=content)


# What counts as an empty cell in a text file: pandas' own list, fixed so that training and scoring cannot drift apart.
MISSING_WORDS = (
    "", " ", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN",
    "None", "n/a", "nan", "null",
)  # fmt: skip

SEPARATORS = {".csv": ",", ".tsv": "\t"}
_BINARY = {".parquet": "Parquet", ".pq": "Parquet", ".feather": "Feather", ".arrow": "Feather"}
_COMPRESSED: dict[str, Callable[[IO[bytes]], Any]] = {".gz": _gunzip, ".bz2": bz2.BZ2File, ".xz": lzma.LZMAFile}
_WORKBOOKS = {".xlsx", ".xls", ".xlsm", ".ods"}
# Tried in this order where nobody says what the text is.
ENCODINGS = ("utf-8-sig", "cp949")


def parse_file(
    where: str, name: str, opened: Callable[[], IO[bytes]], reading: Reading, *, header_only: bool = False
) -> pd.DataFrame:
    """Parse bytes by the ending of their name; the names of the columns alone give a table without rows."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes[-2:]]
    wrap = _COMPRESSED.get(suffixes[-1]) if suffixes else None
    suffix = "".join(suffixes[-2:-1] if wrap else suffixes[-1:])
    separator = reading.separator or SEPARATORS.get(suffix)
    if suffix in _WORKBOOKS:
        raise DataError(f"{where}: a workbook is no table that can be read here. Save its sheet as CSV (UTF-8).")
    if (wrap or suffix not in _BINARY) and separator is None:
        raise DataError(
            f"{where}: a table must end in .csv, .tsv (also with .gz, .bz2 or .xz), .parquet or .feather; "
            f"got {''.join(suffixes)!r}. Rename the file, or say with data.separator what stands between its fields."
        )
    try:
        if suffix in _BINARY and not wrap:
            return _parse_binary(where, suffix, opened, header_only=header_only)
        return _parse_text(where, replace(reading, separator=separator), wrap, opened, header_only=header_only)
    except (OSError, EOFError, lzma.LZMAError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{where}: cannot be read ({error}). Check that the file is whole and may be read.") from error


def _parse_text(
    where: str,
    reading: Reading,
    wrap: Callable[[IO[bytes]], Any] | None,
    opened: Callable[[], IO[bytes]],
    *,
    header_only: bool,
) -> pd.DataFrame:
    for encoding in (reading.encoding,) if reading.encoding else ENCODINGS:
        try:
            with opened() as raw:
                content = wrap(raw) if wrap else raw
                frame = _parse_csv(where, content, reading, encoding, header_only=header_only)
                return frame if encoding == ENCODINGS[0] or reading.encoding else _guessed(frame, encoding)
        except UnicodeError:
            continue
    if reading.encoding:
        raise DataError(f"{where}: the text is not {reading.encoding}. Correct data.encoding, or save it as UTF-8.")
    raise DataError(
        f"{where}: text must be UTF-8 or cp949; it is neither. Say what it is with data.encoding, or save it as UTF-8."
    )


def _guessed(frame: pd.DataFrame, encoding: str) -> pd.DataFrame:
    """Note on a table that nobody said what its text is, for those who want to know."""
    frame.attrs["encoding"] = encoding
    return frame


def _parse_csv(where: str, content: IO[bytes], reading: Reading, encoding: str, *, header_only: bool) -> pd.DataFrame:
    try:
        with warnings.catch_warnings(), io.TextIOWrapper(content, encoding=encoding, newline="") as text:
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a row longer than the header
            fields: dict[str, Any] = {"sep": reading.separator, "index_col": False, "keep_default_na": False}
            rows = pd.read_csv(text, header=None, dtype=str, nrows=1, na_values=[], **fields)
            header = fill_names(str(name) for name in rows.iloc[0])
            _check_header(where, header, str(reading.separator))
            if header_only:
                return pd.DataFrame(columns=header)
            text.seek(0)
            as_text = {*reading.dates, *(name for name, word in reading.dtypes.items() if word == "string")}
            frame: pd.DataFrame = pd.read_csv(
                text,
                header=0,
                names=header,
                dtype={name: str for name in header if reading.has_marks or reading.rename.get(name, name) in as_text},
                na_values=[*MISSING_WORDS, *reading.na_values],
                low_memory=False,
                **fields,
            )
            return parse_marked_numbers(frame, reading) if reading.has_marks else frame
    except pd.errors.EmptyDataError:
        raise DataError(
            f"{where}: the file is empty. A table needs a line of column names and rows under it."
        ) from None
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise DataError(
            f"{where}: not a table as its ending says ({reason}). Every row must have as many fields as the first line."
        ) from error


def _check_header(where: str, header: list[str], separator: str) -> None:
    if len(header) == 1 and separator == "," and any(other in header[0] for other in ";\t|"):
        other = next(other for other in ";\t|" if other in header[0])
        raise DataError(
            f"{where}: fields of a .csv must stand between commas; the first line has {other!r}. "
            f"Say so with data.separator: {other!r}, or save it with commas."
        )
    check_names(where, header)


def _parse_binary(where: str, suffix: str, opened: Callable[[], IO[bytes]], *, header_only: bool) -> pd.DataFrame:
    import pyarrow as pa

    kind = _BINARY[suffix]
    try:
        with opened() as content:
            if header_only:
                frame: pd.DataFrame = _schema_of(kind, content).empty_table().to_pandas()
            else:
                frame = pd.read_parquet(content) if kind == "Parquet" else pd.read_feather(content)
    except (pa.ArrowException, ValueError, TypeError) as error:
        reason = str(error).split("\n", maxsplit=1)[0]
        raise DataError(f"{where}: not a {kind} file, or damaged ({reason}). Write it again.") from error
    named = [name for name in frame.index.names if name is not None]
    frame = frame.reset_index(level=named) if named else frame
    return frame.rename(columns=str)


def _schema_of(kind: str, content: IO[bytes]) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pa_parquet

    return pa_parquet.read_schema(content) if kind == "Parquet" else pa.ipc.open_file(content).schema


def check_table(where: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Give a table whose columns have distinct names and that has rows, numbered from 0; else raise DataError."""
    check_names(where, list(frame.columns))
    if frame.columns.empty:
        raise DataError(f"{where}: the table has no columns. Check how it was written.")
    if frame.empty:
        raise DataError(f"{where}: the table has no rows, only column names. Check how it was written.")
    return frame.reset_index(drop=True)


def check_names(where: str, names: list[str]) -> None:
    """Raise DataError where a column has the name of another."""
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        listed = ", ".join(repr(name) for name in twice)
        raise DataError(
            f"{where}: each column must have a name of its own; {listed} stands more than once. Rename one."
        )
