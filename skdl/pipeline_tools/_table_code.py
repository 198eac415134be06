"""The ``data`` section as pandas code: the lines that make the table which `load_table` gives.

Each line is run as it is written, and what comes out is held against what `load_table` gave. Where plain pandas does
not come out equal, the script reads the table through skdl, so that it is right for whatever a file may ask of a table.
"""

from __future__ import annotations

import glob
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype

from skdl.pipeline_tools._code import Call, CodeWriter, Name
from skdl.tables import ENCODINGS, MISSING_WORDS, SEPARATORS, is_local

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from skdl.pipeline._load import LoadedTable
    from skdl.pipeline._spec import PipelineSpec
    from skdl.tables import Reading

__all__ = ["write_table"]

_NUMPY, _PANDAS = ("numpy", "as np"), ("pandas", "as pd")
_READERS = {".parquet": "read_parquet", ".pq": "read_parquet", ".feather": "read_feather", ".arrow": "read_feather"}
_COMPRESSED = (".gz", ".bz2", ".xz")

# Of pandas, where it calls a part of a date otherwise.
_DATE_PARTS = {"weekday": "day_name().str[:3]", "week": "isocalendar().week"}

# What makes the type of one column that of another: the plainest that does is written.
_TYPES = ('"int64"', '"float64"', "bool", "object")
_CONVERSIONS = (
    "{column}.map(str).astype(object)",
    '{column}.map(str, na_action="ignore").astype(object)',
    "{column}.astype(object).where({column}.notna(), np.nan)",
    'pd.to_numeric({column}).astype("float64")',
    'pd.to_numeric({column}.str.strip()).astype("float64")',
)  # fmt: skip


class _Differs(Exception):  # noqa: N818 - no error of a user's: the next way is tried
    """Plain pandas does not come out equal this way."""


class _Draft:
    """Lines of code, run as they are written."""

    def __init__(self, writer: CodeWriter) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}
        self.writer = writer

    def add(self, source: str, *imports: tuple[str, str]) -> None:
        """Write lines and run them."""
        self.writer.imports.update(imports)
        for module, name in imports:
            taken = f"import {module} {name}" if not name or name.startswith("as ") else f"from {module} import {name}"
            exec(taken, self.names)  # noqa: S102 - of this module's own writing, as all that is run here
        exec(source, self.names)  # noqa: S102 - likewise
        self.lines.append(source)

    def value(self, expression: str) -> Any:
        """Give what an expression comes to after the lines so far."""
        return eval(expression, {**self.names, "pd": pd, "np": np})  # noqa: S307 - likewise

    def set(self, name: str, value: Any, *imports: tuple[str, str]) -> None:
        """Write an assignment and run it."""
        self.add(self.writer.statement(name, value), *imports)


def write_table(
    writer: CodeWriter, spec: PipelineSpec, loaded: LoadedTable, parts: Mapping[str, list[str]]
) -> list[str]:
    """Write the lines that make ``X`` and ``y``, and ``groups``, ``time`` and ``folds`` where the file names them.

    Parameters
    ----------
    writer : CodeWriter
        Takes the imports, and the names of the lists of columns.
    spec : PipelineSpec
        The pipeline.
    loaded : LoadedTable
        What `load_table` gave for it.
    parts : mapping of str to list of str
        Lists of columns by the names they are to have; together they are all of them.

    Returns
    -------
    list of str
        Blocks of code; the first reads the table.
    """
    for read, imports in _ways_to_read(writer, spec.data.source, spec.data.reading()):
        trial = CodeWriter()
        draft = _Draft(trial)
        try:
            draft.add(read, *imports)
            n_lines = len(draft.lines)
            _write_names_and_dates(draft, spec)
            _write_rows(draft, spec, loaded)
            rows = draft.lines[n_lines:]
            n_lines = len(draft.lines)
            _write_columns(draft, spec, loaded, parts)
        except Exception:  # noqa: BLE001, S112 - whatever is in the way, the next way is tried
            continue
        for name, columns in parts.items():
            writer.statement(name, columns)
        writer.imports |= trial.imports
        return ["\n".join([draft.lines[0], *rows]), "\n".join(draft.lines[n_lines:])]
    return [_through_the_file(writer, spec, loaded)]


def _ways_to_read(
    writer: CodeWriter, source: str, reading: Reading
) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Give lines that read the table, the plainest first."""
    name = writer.expression(source)
    if is_local(source) or source.startswith(("http://", "https://")):
        suffixes = [suffix.lower() for suffix in PurePath(source.partition("?")[0]).suffixes]
        suffix = "".join(suffixes[-2:-1] if suffixes[-1:] and suffixes[-1] in _COMPRESSED else suffixes[-1:])
        several = is_local(source) and glob.has_magic(source)
        one = "file" if several else "SOURCE"
        if suffix in _READERS:
            yield _read_call(name, f"pd.{_READERS[suffix]}({one})", several=several)
        separator = reading.separator or SEPARATORS.get(suffix)
        encodings = (reading.encoding,) if reading.encoding else ENCODINGS
        for encoding in encodings if separator is not None and suffix not in _READERS else ():
            call = _read_csv(source, one, replace(reading, separator=separator, encoding=encoding))
            yield _read_call(name, call, several=several)
    yield f"table = read_table({name})", (("skdl.tables", "read_table"),)


def _read_call(source: str, call: str, *, several: bool) -> tuple[str, tuple[tuple[str, str], ...]]:
    words = CodeWriter().statement("MISSING_WORDS", list(MISSING_WORDS))
    head = f"SOURCE = {source}\n" + (f"{words}\n" if "MISSING_WORDS" in call else "")
    if not several:
        return f"{head}table = {call}", (_PANDAS,)
    # Files of a pattern follow one another by name.
    files = "files = sorted(Path(name) for name in glob.glob(SOURCE, recursive=True))"
    inside = call.replace("\n", "\n    ")
    together = f"table = pd.concat(\n    [{inside} for file in files], ignore_index=True\n)"
    if "\n" in call:
        deeper = call.replace("\n", "\n        ")
        together = (
            f"table = pd.concat(\n    [\n        {deeper}\n        for file in files\n    ],\n    ignore_index=True,\n)"
        )
    return f"{head}{files}\n{together}", (_PANDAS, ("glob", ""), ("pathlib", "Path"))


def _read_csv(source: str, name: str, reading: Reading) -> str:
    words = Name(
        f"[*MISSING_WORDS, {', '.join(map(repr, reading.na_values))}]" if reading.na_values else "MISSING_WORDS"
    )
    original = {new: old for old, new in reading.rename.items()}
    as_text = [*reading.dates, *(column for column, word in reading.dtypes.items() if word == "string")]
    arguments: dict[str, Any] = {
        "sep": reading.separator,
        "encoding": reading.encoding,
        "decimal": None if reading.decimal == "." else reading.decimal,
        "thousands": reading.thousands,
        "index_col": False,
        "na_values": words,
        "keep_default_na": False,
        "dtype": {original.get(column, column): Name("str") for column in as_text} or None,
        "low_memory": False,
        "storage_options": None if is_local(source) else {"User-Agent": "skdl"},
    }
    said = {key: value for key, value in arguments.items() if value is not None}
    return CodeWriter().expression(Call("pd.read_csv", (Name(name),), said))


def _write_names_and_dates(draft: _Draft, spec: PipelineSpec) -> None:
    """Give columns their new names, and make columns of the parts of dates."""
    data = spec.data
    if data.rename:
        draft.set("table", Call("table.rename", (), {"columns": dict(data.rename)}))
    for name, dates in data.dates.items():
        column = f"table[{draft.writer.expression(name)}]"
        if not is_datetime64_any_dtype(draft.names["table"][name].dtype):
            moments = Call("pd.to_datetime", (Name(column),), {"format": dates.format or "ISO8601"})
            draft.set(column, moments, _PANDAS)
        for part in dates.parts:
            made = f"table[{draft.writer.expression(f'{name}_{part}')}]"
            draft.add(f"{made} = {column}.dt.{_DATE_PARTS.get(part, part)}")


def _write_rows(draft: _Draft, spec: PipelineSpec, loaded: LoadedTable) -> None:
    """Leave out rows without a target, draw the sample, put the rows in the order of time."""
    data, targets = spec.data, list(spec.data.target)
    draft.set("target", targets if len(targets) > 1 else targets[0])
    if draft.names["table"][targets].isna().any(axis=None):
        subset = Name("target" if len(targets) > 1 else "[target]")
        draft.set("table", Call("table.dropna", (), {"subset": subset, "ignore_index": True}))
    if data.sample is not None and data.sample < len(draft.names["table"]):
        draft.add(f"rng = np.random.default_rng({spec.compare.cv.seed})", _NUMPY)
        draft.add(f"rows = np.sort(rng.choice(len(table), size={data.sample}, replace=False))")
        draft.add("table = table.iloc[rows].reset_index(drop=True)")
    if data.time is not None and loaded.time is not None:
        column = f"table[{draft.writer.expression(data.time)}]"
        if loaded.time.dtype != draft.names["table"][data.time].dtype:
            draft.set(column, Call("pd.to_datetime", (Name(column),), {"format": "ISO8601"}), _PANDAS)
        draft.set("table", Call("table.sort_values", (data.time,), {"kind": "stable", "ignore_index": True}))


def _write_columns(draft: _Draft, spec: PipelineSpec, loaded: LoadedTable, parts: Mapping[str, list[str]]) -> None:
    """Take features, target, groups, time and folds out of the table, in their types."""
    for name, columns in parts.items():
        draft.set(name, columns)
    types: dict[str, str] = {}
    for name in loaded.X.columns:
        column = f"table[{draft.writer.expression(name)}]"
        way = _conversion(draft, column, loaded.X[name])
        if way in _TYPES:
            types[name] = way
        elif way:
            draft.add(f"{column} = {way}", *_imports_of(way))
    together = f"table[{' + '.join(parts)}]"
    draft.set("X", Call(f"{together}.astype", (_types_of_columns(types, parts),)) if types else Name(together))
    if any(_in_columns(draft.names["X"][names]) != _in_columns(loaded.X[names]) for names in parts.values()):
        # The same numbers laid out by rows are summed in another order, which shows in the last digits.
        draft.add("X = pd.DataFrame(dict(X))  # in memory column by column", _PANDAS)
    columns = [name for names in parts.values() for name in names]
    _hold(sorted(columns) == sorted(loaded.X.columns))
    pd.testing.assert_frame_equal(draft.names["X"], loaded.X[columns])
    _write_target(draft, list(spec.data.target), loaded.y)
    for key, held in (("groups", loaded.groups), ("time", loaded.time), ("folds", loaded.folds)):
        if held is not None:
            draft.add(f"{key} = table[{draft.writer.expression(held.name)}].to_numpy()")
            _hold(np.array_equal(draft.names[key], held.to_numpy()))


def _in_columns(frame: pd.DataFrame) -> bool:
    """Whether the values of a column lie together in memory."""
    return bool(frame.to_numpy().flags.f_contiguous)


def _write_target(draft: _Draft, names: list[str], y: pd.Series | pd.DataFrame) -> None:
    column = "table[target]"
    if isinstance(y, pd.DataFrame):
        for name in names:
            one = f"table[{draft.writer.expression(name)}]"
            way = _conversion(draft, one, y[name])
            if way:
                draft.add(f"{one} = {_converted(one, way)}", *_imports_of(way))
    else:
        way = _conversion(draft, column, y)
        column = _converted(column, way)
        draft.writer.imports.update(_imports_of(way))
    draft.add(f"y = {column}.to_numpy()", *_imports_of(column))
    found, expected = draft.names["y"], y.to_numpy()
    _hold(found.dtype == expected.dtype and np.array_equal(found, expected))


def _conversion(draft: _Draft, column: str, expected: pd.Series) -> str:
    """Find what turns a column into the one expected: nothing, a type's name, or an expression."""
    for way in ("", *_TYPES, *(way.format(column=column) for way in _CONVERSIONS)):
        try:
            found = draft.value(_converted(column, way))
        except (TypeError, ValueError, AttributeError):
            continue
        if found.dtype == expected.dtype and found.equals(expected):
            return way
    raise _Differs


def _converted(column: str, way: str) -> str:
    return f"{column}.astype({way})" if way in _TYPES else way or column


def _imports_of(expression: str) -> tuple[tuple[str, str], ...]:
    return tuple(pair for short, pair in (("np.", _NUMPY), ("pd.", _PANDAS)) if short in expression)


def _types_of_columns(types: Mapping[str, str], parts: Mapping[str, list[str]]) -> Any:
    """Give the types of columns; of a whole list of columns at once where they are its own."""
    if len(set(types.values())) == 1:
        kind = Name(next(iter(types.values())))
        for name, columns in parts.items():
            if set(types) == set(columns):
                return kind if len(parts) == 1 else Call("dict.fromkeys", (Name(name), kind))
    return {name: Name(kind) for name, kind in types.items()}


def _hold(condition: bool) -> None:
    if not condition:
        raise _Differs


def _through_the_file(writer: CodeWriter, spec: PipelineSpec, loaded: LoadedTable) -> str:
    """Let skdl make the table, from the pipeline as it was read."""
    writer.imports.add(("skdl", "PipelineSpec"))
    lines = [
        writer.statement("declared", spec.model_dump(exclude_defaults=True)),
        "loaded = PipelineSpec.model_validate(declared).load_table()",
        "X, y = loaded.X, loaded.y.to_numpy()",
    ]
    lines += [
        f"{key} = loaded.{key}.to_numpy()" for key in ("groups", "time", "folds") if getattr(loaded, key) is not None
    ]
    return "\n".join(lines)
