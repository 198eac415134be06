"""Inputs of a run: found, opened and checked before any row of one is read, and stamped to see later changes."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skdl._note import Note
from skdl.exceptions import DataError, TryAgainError, UsageError
from skdl.scoring._plan import make_plan
from skdl.tables import (
    LocalFile,
    StandardInput,
    find_remote_files,
    is_table_name,
    is_url,
    open_stream,
    split_parquet_file,
    split_text_file,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.schema import ModelSchema
    from skdl.scoring._plan import Options, Plan
    from skdl.tables import Reading, Source, Span, TableStream

__all__ = ["Input", "find_inputs", "open_inputs", "stamp_input"]


@dataclass(frozen=True)
class Input:
    """One table to score, as it was when the run began."""

    stream: TableStream  # the opened table
    plan: Plan  # how it is scored
    stamp: tuple[Any, ...] = ()  # size, times, an object's tag: changes with the bytes, and costs nothing to read again
    digest: str | None = None  # of its bytes; None where they are not known beforehand, as of standard input
    spans: tuple[Span, ...] | None = None  # of each chunk, for workers that read it; None where it is read in one go

    def check_unchanged(self) -> None:
        """Compare the stamp with the source as it is now; raises TryAgainError where it was changed or removed."""
        source = self.stream.source
        try:
            unchanged = source.stamp() == self.stamp
        except (OSError, DataError):
            unchanged = False
        if not unchanged:
            text = "{where}: changed while it was scored. Run again when it stays as it is."
            raise TryAgainError.of("input_changed", text, where=source.name)


def find_inputs(names: Sequence[str | os.PathLike[str]], *, input_format: str = "csv") -> list[Source]:
    """Resolve files, patterns, folders, addresses and ``-`` to tables, in this order.

    Raises
    ------
    DataError
        If one of them matches nothing, or cannot be read.
    UsageError
        If a table is named twice.
    """
    sources: dict[str, Source] = {}
    for name in (os.fspath(name) for name in names):
        if not name:
            text = "score: the input must be a table; got ''. Name a file, or '.' for those of this folder."
            raise UsageError(Note("empty_input_name", text))
        try:
            found = [(_identity(source), source) for source in _sources(name, input_format)]
        except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
            text = "{where}: cannot be read ({reason}). Check the name, and that it may be read."
            raise DataError.of("name_not_read", text, where=name, reason=str(error)) from error
        for path, source in found:
            try:
                source.name.encode()
            except UnicodeEncodeError:
                text = "{name!r}: the name must be text in UTF-8; got other bytes in it. Rename the file."
                raise DataError.of("name_no_utf8", text, name=source.name) from None
            if path in sources:
                text = "score: each input must be named once; got {name!r} twice. Leave one out."
                raise UsageError.of("input_twice", text, name=source.name)
            sources[path] = source
    if not sources:
        raise UsageError(Note("no_score_input", "score: the input must be at least one table; got none. Name a file."))
    return list(sources.values())


def _identity(source: Source) -> str:
    # The resolved path: one file under two names (a link, a relative path) would be scored twice.
    return str(source.path.resolve()) if isinstance(source, LocalFile) else source.name


def _sources(name: str, input_format: str) -> list[Source]:
    if name == "-":
        return [StandardInput(input_format)]
    if is_url(name):
        return list(find_remote_files(name))
    path = Path(name)
    if path.is_dir():
        # Sorted, because a folder is listed in no fixed order, and the output follows the order of the inputs.
        found = sorted(entry for entry in path.iterdir() if _is_table(entry))
        if not found:
            text = "{where}: the folder holds no table. Name one with .csv, .tsv or .parquet files."
            raise DataError.of("no_table_in_folder", text, where=name)
    elif not path.exists() and glob.has_magic(name):
        found = sorted(Path(match) for match in glob.glob(name, recursive=True) if Path(match).is_file())  # noqa: PTH207 - absolute patterns too
        if not found:
            raise DataError.of("no_input_match", "{where}: no such file. Check the pattern.", where=name)
    else:
        found = [path]
    return [LocalFile(file) for file in found]


def _is_table(entry: Path) -> bool:
    return entry.is_file() and not entry.name.startswith(".") and is_table_name(entry.name)


def open_inputs(sources: Sequence[Source], schema: ModelSchema, reading: Reading, options: Options) -> list[Input]:
    """Open every input and check its columns; several have their name in the output.

    Raises
    ------
    DataError
        If a column is missing or of a wrong type, or the inputs do not fit together.
    """
    opened = []
    for source in sources:
        stream = open_stream(source, reading)
        plan = make_plan(schema, stream.types, source.name, stream.reading, options, named=len(sources) > 1)
        opened.append(Input(stream, plan))
    first = opened[0].plan
    for other in (one.plan for one in opened[1:]):
        for name, expected in zip(other.options.keep, first.options.keep, strict=True):
            if name != expected or other.output.field(name).type != first.output.field(name).type:
                text = (
                    "{where}: column {name!r}, which is kept, must be as in {first}. Score the two apart, or leave the "
                    "column out of keep."
                )
                raise DataError.of("kept_differs", text, where=other.source, name=name, first=first.source)
    return opened


def stamp_input(one: Input, *, cut: bool) -> Input:
    """Add the stamp of an input as it is now; ``cut`` adds the spans of its chunks, if the format allows it.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    source, reading, n_rows = one.stream.source, one.stream.reading, one.plan.chunk_rows
    spans: list[Span] | None = None
    stream = one.stream
    try:
        # The stamp comes before the digest: an input that is changed while it is digested then has another stamp at the
        # first check.
        stamp = source.stamp()
        # Borders depend on row numbers alone. If they depended on the number of workers, so would the last bits of
        # predictions.
        if cut and isinstance(source, LocalFile) and reading.separator is not None and not one.stream.has_preamble:
            # One pass over the text gives its digest and the borders of its chunks.
            digest, spans = split_text_file(
                source, separator=reading.separator, encoding=reading.encoding or "utf-8", n_rows=n_rows
            )
            stream = stream if spans is None else stream.with_end(spans)
        else:
            if cut and reading.separator is None:
                spans = split_parquet_file(source, n_rows=n_rows)
            # That of standard input is known when it was read to its end.
            digest = None if isinstance(source, StandardInput) else source.digest()
    except OSError as error:
        text = "{where}: cannot be read ({reason}). Check that it is there and may be read."
        raise DataError.of("input_not_read", text, where=source.name, reason=str(error)) from error
    return replace(one, stream=stream, stamp=stamp, digest=digest, spans=None if spans is None else tuple(spans))
