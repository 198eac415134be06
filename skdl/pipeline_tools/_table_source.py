"""Source code that reads the table of a pipeline: plain pandas where that gives the same table, else through skdl.

Every step is a method of pandas that is called here while it is written, so that its result can be compared with the
table that the comparison loads.
"""

from __future__ import annotations

import glob
import warnings
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.errors import ParserWarning

from skdl._source_name import is_local
from skdl.pipeline import reading_options
from skdl.pipeline_tools._source import Name, SourceWriter
from skdl.tables import SEPARATORS, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from skdl.pipeline import LoadedTable, PipelineSpec
    from skdl.tables import Reading

_READERS = {".parquet": "read_parquet", ".pq": "read_parquet", ".feather": "read_feather", ".arrow": "read_feather"}
_COMPRESSED = (".gz", ".bz2", ".xz")
# Conversions of columns, the simplest first: as source and as function.
_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "": lambda columns: columns,
    ".astype('int64')": lambda columns: columns.astype("int64"),
    ".astype('float64')": lambda columns: columns.astype("float64"),
    ".astype(bool)": lambda columns: columns.astype(bool),
    ".astype(object)": lambda columns: columns.astype(object),
    ".map(str).astype(object)": lambda columns: columns.map(str).astype(object),
    ".map(str, na_action='ignore').astype(object)": lambda columns: columns.map(str, na_action="ignore").astype(object),
    ".astype(object).fillna(np.nan)": lambda columns: columns.astype(object).fillna(np.nan),
}


class _DiffersError(Exception):
    """Plain pandas does not give the same table this way."""


def table_source(
    writer: SourceWriter, spec: PipelineSpec, loaded: LoadedTable, parts: Mapping[str, list[str]]
) -> list[str]:
    """Write the blocks of code that make ``X``, ``y`` and what the file has of ``groups``, ``time`` and ``folds``.

    The first block reads the table. ``parts`` holds lists of columns by the names they are to have; together they are
    all features.
    """
    plain = not spec.data.dates and spec.data.sample is None  # else several lines a column, or those of a generator
    # In the encoding that was found, where none is declared.
    reading = replace(reading_options(spec.data), encoding=loaded.reading.encoding or "utf-8-sig")
    for read, imports, lines in _ways_to_read(spec.data.source, reading) if plain else ():
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
    function, options = _pandas_reader(source, reading)
    if function:
        read = partial(getattr(pd, function), **options)
        lines = [f"SOURCE = {source!r}"]
        written = dict(options)
        if "na_values" in options:
            lines.append(SourceWriter().assign("MISSING_WORDS", options["na_values"]))
            written["na_values"] = Name("MISSING_WORDS")
        several = is_local(source) and glob.has_magic(source)
        call = SourceWriter().call(f"pd.{function}", Name("file" if several else "SOURCE"), **written).text
        if several:  # the files of a pattern follow one another by name
            lines.append("files = sorted(Path(name) for name in glob.glob(SOURCE, recursive=True))")
            lines.append(f"table = pd.concat([{call} for file in files], ignore_index=True)")
            yield partial(_read_all, source, read), {"import glob", "from pathlib import Path"}, lines
        else:
            yield partial(read, source), set(), [*lines, f"table = {call}"]
    yield partial(read_table, source), {"from skdl.tables import read_table"}, [f"table = read_table({source!r})"]


def _pandas_reader(source: str, reading: Reading) -> tuple[str, dict[str, Any]]:
    """Return the function of pandas that reads a source, empty where there is none, and its options."""
    if not (is_local(source) or source.startswith(("http://", "https://"))):
        return "", {}
    suffixes = [suffix.lower() for suffix in PurePath(source.partition("?")[0]).suffixes]
    suffix = "".join(suffixes[-2:-1] if suffixes[-1:] and suffixes[-1] in _COMPRESSED else suffixes[-1:])
    separator = reading.separator or SEPARATORS.get(suffix)
    if suffix in _READERS or separator is None:
        return _READERS.get(suffix, ""), {}
    return "read_csv", _csv_options(source, replace(reading, separator=separator))


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
        "na_values": list(reading.missing_words),
        "keep_default_na": False,
        "dtype": {original.get(column, column): str for column in as_text} or None,
        "low_memory": False,
        "storage_options": None if is_local(source) else {"User-Agent": "skdl"},
    }
    return {key: value for key, value in options.items() if value is not None}


def _plain_lines(
    writer: SourceWriter, read: Any, spec: PipelineSpec, loaded: LoadedTable, parts: Mapping[str, list[str]]
) -> list[str]:
    """Write the lines after the one that reads the table: those for the rows, then those for the columns.

    Everything that is written is done here too, to compare the result with the table of the comparison.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ParserWarning)  # that pandas cannot read the table is seen by the result
        frame = read()
    targets = list(spec.data.target)
    rows: list[str] = []

    def call(method: str, **arguments: Any) -> None:
        nonlocal frame
        rows.append(f"table = {writer.call(f'table.{method}', **arguments).text}")
        frame = getattr(frame, method)(**arguments)

    if spec.data.rename:
        call("rename", columns=dict(spec.data.rename))
    if frame[targets].isna().any(axis=None):
        call("dropna", subset=targets, ignore_index=True)
    if spec.data.time is not None:
        call("sort_values", by=spec.data.time, kind="stable", ignore_index=True)
    lines = [writer.assign(name, columns) for name, columns in parts.items()]
    lines += _convert(writer, frame, pd.concat([loaded.X, loaded.y], axis="columns"))
    columns = [name for names in parts.values() for name in names]
    X = frame[columns]
    lines.append(f"X = table[{' + '.join(parts)}]")
    if any(_is_by_column(X[names]) != _is_by_column(loaded.X[names]) for names in parts.values()):
        # The same numbers laid out by rows are summed in another order, which shows in the last digits.
        lines.append("X = pd.DataFrame(dict(X))  # in memory column by column")
        X = pd.DataFrame(dict(X))
    pd.testing.assert_frame_equal(X, loaded.X[columns])
    others = {key: getattr(loaded, key) for key in ("groups", "time", "folds")}
    target: Any = targets if isinstance(loaded.y, pd.DataFrame) else targets[0]
    named = {"y": (target, loaded.y), **{key: (held.name, held) for key, held in others.items() if held is not None}}
    for key, (column, held) in named.items():
        lines.append(f"{key} = table[{column!r}].to_numpy()")
        found, values = frame[column].to_numpy(), held.to_numpy()
        if found.dtype != values.dtype or not np.array_equal(found, values):
            raise _DiffersError
    return ["\n".join(rows), "\n".join(lines)]


def _convert(writer: SourceWriter, frame: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
    """Convert columns to the types expected; return a line for all columns of the same conversion."""
    alike: dict[str, list[str]] = {}
    for name in expected.columns:
        alike.setdefault(_conversion(frame[name], expected[name]), []).append(name)
    lines = []
    for conversion, names in alike.items():
        if conversion:
            columns = f"table[{writer.source(names)}]"
            lines.append(f"{columns} = {columns}{conversion}")
            frame[names] = _CONVERSIONS[conversion](frame[names])
        if "np." in conversion:
            writer.imports.add("import numpy as np")
    return lines


def _conversion(column: pd.Series, expected: pd.Series) -> str:
    """Find the simplest conversion that turns a column into the one expected."""
    for source, convert in _CONVERSIONS.items():
        with suppress(TypeError, ValueError):
            found = convert(column)
            if found.dtype == expected.dtype and found.equals(expected):
                return source
    raise _DiffersError


def _is_by_column(frame: pd.DataFrame) -> bool:
    """Whether the values of a column are contiguous in memory."""
    return bool(frame.to_numpy().flags.f_contiguous)
