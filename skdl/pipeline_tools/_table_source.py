"""Source code that reads the table of a pipeline: plain pandas where that gives the same table, else through skdl.

Every step is a method of pandas that is called here while it is written, so that its result can be compared with the
table that the comparison loads.
"""

from __future__ import annotations

import glob
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from skdl._source_name import is_local
from skdl.pipeline import reading_options
from skdl.pipeline_tools._source import Name, SourceWriter
from skdl.tables import ENCODINGS, MISSING_WORDS, SEPARATORS, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from skdl.pipeline import LoadedTable, PipelineSpec
    from skdl.tables import Reading

__all__ = ["table_source"]

_READERS = {".parquet": "read_parquet", ".pq": "read_parquet", ".feather": "read_feather", ".arrow": "read_feather"}
_COMPRESSED = (".gz", ".bz2", ".xz")
# Name, arguments and keywords of a method. Those of a conversion make a column what another one is; the simplest first.
_Method = tuple[str, tuple[Any, ...], dict[str, Any]]
_AS_OBJECT: _Method = ("astype", (object,), {})
_CONVERSIONS: tuple[tuple[_Method, ...], ...] = (
    (),
    (("astype", ("int64",), {}),),
    (("astype", ("float64",), {}),),
    (("astype", (bool,), {}),),
    (_AS_OBJECT,),
    (("map", (str,), {}), _AS_OBJECT),
    (("map", (str,), {"na_action": "ignore"}), _AS_OBJECT),
    (_AS_OBJECT, ("fillna", (np.nan,), {})),
)


class _DiffersError(Exception):
    """Plain pandas does not give the same table this way."""


def table_source(
    writer: SourceWriter, spec: PipelineSpec, loaded: LoadedTable, parts: Mapping[str, list[str]]
) -> list[str]:
    """Write the lines that make ``X`` and ``y``, and ``groups``, ``time`` and ``folds`` where the file names them.

    Parameters
    ----------
    writer : SourceWriter
        Takes the imports, and the names of the lists of columns.
    spec : PipelineSpec
        The pipeline.
    loaded : LoadedTable
        Its table.
    parts : mapping of str to list of str
        Lists of columns by the names they are to have; together they are all features.

    Returns
    -------
    list of str
        Blocks of code; the first reads the table.
    """
    plain = not spec.data.dates and spec.data.sample is None  # else several lines a column, or those of a generator
    for read, imports, lines in _ways_to_read(spec.data.source, reading_options(spec.data)) if plain else ():
        # A writer for the trial, so that one that fails leaves no imports behind.
        trial = SourceWriter()
        try:
            rows, columns = _plain_lines(trial, read, spec, loaded, parts)
        except Exception:  # noqa: BLE001, S112 - whatever fails, the next way is tried
            continue
        for name, listed in parts.items():
            writer.assign(name, listed)
        writer.imports |= trial.imports | imports
        return ["\n".join([*lines, *filter(None, [rows])]), columns]
    writer.imports.add("from skdl import PipelineSpec")
    others = [key for key in ("groups", "time", "folds") if getattr(loaded, key) is not None]
    lines = [
        writer.assign("declared", spec.model_dump(exclude_defaults=True)),
        "loaded = PipelineSpec.model_validate(declared).load_table()",
        "X, y = loaded.X, loaded.y.to_numpy()",
        *(f"{key} = loaded.{key}.to_numpy()" for key in others),
    ]
    return ["\n".join(lines)]


def _ways_to_read(source: str, reading: Reading) -> Iterator[tuple[Any, set[str], list[str]]]:
    """Yield functions that read the table, the simplest first, each with imports and lines that do the same."""
    for function, options in _pandas_readers(source, reading):
        lines = [f"SOURCE = {source!r}"]
        if "na_values" in options:
            lines.append(SourceWriter().assign("MISSING_WORDS", options["na_values"]))
        written = {key: Name("MISSING_WORDS") if key == "na_values" else value for key, value in options.items()}
        if not (is_local(source) and glob.has_magic(source)):
            call = SourceWriter().call(f"pd.{function}", Name("SOURCE"), **written).text
            yield partial(getattr(pd, function), source, **options), set(), [*lines, f"table = {call}"]
            continue
        # Files of a pattern follow one another by name.
        lines.append("files = sorted(Path(name) for name in glob.glob(SOURCE, recursive=True))")
        call = SourceWriter().call(f"pd.{function}", Name("file"), **written).text
        lines.append(f"table = pd.concat([{call} for file in files], ignore_index=True)")
        yield (
            partial(_read_all, source, partial(getattr(pd, function), **options)),
            {"import glob", "from pathlib import Path"},
            lines,
        )
    yield partial(read_table, source), {"from skdl.tables import read_table"}, [f"table = read_table({source!r})"]


def _pandas_readers(source: str, reading: Reading) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield functions of pandas and their options; a text file may be in one of several encodings."""
    if not (is_local(source) or source.startswith(("http://", "https://"))):
        return
    suffixes = [suffix.lower() for suffix in PurePath(source.partition("?")[0]).suffixes]
    suffix = "".join(suffixes[-2:-1] if suffixes[-1:] and suffixes[-1] in _COMPRESSED else suffixes[-1:])
    separator = reading.separator or SEPARATORS.get(suffix)
    if suffix in _READERS:
        yield _READERS[suffix], {}
    elif separator is not None:
        for encoding in (reading.encoding,) if reading.encoding else ENCODINGS:
            yield "read_csv", _csv_options(source, replace(reading, separator=separator, encoding=encoding))


def _read_all(pattern: str, read: Any) -> pd.DataFrame:
    files = sorted(Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207 - it may be absolute
    table: pd.DataFrame = pd.concat([read(file) for file in files], ignore_index=True)
    return table


def _csv_options(source: str, reading: Reading) -> dict[str, Any]:
    original = {new: old for old, new in reading.rename.items()}
    as_text = [column for column, kind in reading.dtypes.items() if kind == "string"]
    options = {
        "sep": reading.separator,
        "encoding": reading.encoding,
        "decimal": None if reading.decimal == "." else reading.decimal,
        "thousands": reading.thousands,
        "index_col": False,
        "na_values": [*MISSING_WORDS, *reading.na_values],
        "keep_default_na": False,
        "dtype": {original.get(column, column): str for column in as_text} or None,
        "low_memory": False,
        "storage_options": None if is_local(source) else {"User-Agent": "skdl"},
    }
    return {key: value for key, value in options.items() if value is not None}


class _Table:
    """A table, and the lines that make it."""

    def __init__(self, writer: SourceWriter, frame: pd.DataFrame) -> None:
        self.writer = writer
        self.frame = frame
        self.lines: list[str] = []

    def call(self, method: str, **arguments: Any) -> None:
        """Call a method of the table, and write the call."""
        self.lines.append(f"table = {self.writer.call(f'table.{method}', **arguments).text}")
        self.frame = getattr(self.frame, method)(**arguments)

    def convert(self, expected: pd.DataFrame) -> None:
        """Convert columns to the types expected, with one line for all columns of the same conversion."""
        alike: dict[int, list[str]] = {}
        for name in expected.columns:
            alike.setdefault(_conversion(self.frame[name], expected[name]), []).append(name)
        for number, names in alike.items():
            if number:
                columns = f"table[{self.writer.source(names)}]"
                calls = [self.writer.call(f".{m}", *given, **named).text for m, given, named in _CONVERSIONS[number]]
                self.lines.append(f"{columns} = {columns}{''.join(calls)}")
                self.frame[names] = _converted(self.frame[names], number)


def _plain_lines(
    writer: SourceWriter, read: Any, spec: PipelineSpec, loaded: LoadedTable, parts: Mapping[str, list[str]]
) -> list[str]:
    """Write the lines after the one that reads the table: those for the rows, then those for the columns."""
    data, targets = spec.data, list(spec.data.target)
    table = _Table(writer, read())
    if data.rename:
        table.call("rename", columns=dict(data.rename))
    if table.frame[targets].isna().any(axis=None):
        table.call("dropna", subset=targets, ignore_index=True)
    if data.time is not None:
        table.call("sort_values", by=data.time, kind="stable", ignore_index=True)
    rows, table.lines = table.lines, [writer.assign(name, columns) for name, columns in parts.items()]
    table.convert(pd.concat([loaded.X, loaded.y], axis="columns"))
    columns = [name for names in parts.values() for name in names]
    X = table.frame[columns]
    table.lines.append(f"X = table[{' + '.join(parts)}]")
    if any(_is_by_column(X[names]) != _is_by_column(loaded.X[names]) for names in parts.values()):
        # The same numbers laid out by rows are summed in another order, which shows in the last digits.
        table.lines.append("X = pd.DataFrame(dict(X))  # in memory column by column")
        X = pd.DataFrame(dict(X))
    pd.testing.assert_frame_equal(X, loaded.X[columns])
    target: Any = targets if isinstance(loaded.y, pd.DataFrame) else targets[0]
    table.lines.append(f"y = table[{target!r}].to_numpy()")
    _check_equal(table.frame[target], loaded.y)
    for key in ("groups", "time", "folds"):
        if (column := getattr(loaded, key)) is not None:
            table.lines.append(f"{key} = table[{column.name!r}].to_numpy()")
            _check_equal(table.frame[column.name], column)
    return ["\n".join(rows), "\n".join(table.lines)]


def _conversion(column: pd.Series, expected: pd.Series) -> int:
    """Find the conversion that turns a column into the one expected."""
    # The first conversion that gives the expected column is the simplest one.
    for number in range(len(_CONVERSIONS)):
        try:
            found = _converted(column, number)
        except (TypeError, ValueError):
            continue
        if found.dtype == expected.dtype and found.equals(expected):
            return number
    raise _DiffersError


def _converted(columns: Any, number: int) -> Any:
    for method, arguments, named in _CONVERSIONS[number]:
        columns = getattr(columns, method)(*arguments, **named)
    return columns


def _check_equal(column: Any, expected: Any) -> None:
    found, values = column.to_numpy(), expected.to_numpy()
    if found.dtype != values.dtype or not np.array_equal(found, values):
        raise _DiffersError


def _is_by_column(frame: pd.DataFrame) -> bool:
    """Whether the values of a column are contiguous in memory."""
    return bool(frame.to_numpy().flags.f_contiguous)
