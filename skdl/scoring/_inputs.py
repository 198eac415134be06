"""Inputs of a run: found, opened and checked before any row of one is read, and stamped to see later changes."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skdl.exceptions import DataError, TryAgainError, UsageError
from skdl.scoring._plan import FILE, Format, Plan, make_plan
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

    from skdl.saved_models import ModelSchema
    from skdl.tables import Reading, Source, Span, TableStream

__all__ = ["Input", "Options", "find_inputs", "open_inputs", "resolve_options", "stamp_input", "stamp_of"]

_STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Options:
    """Options that hold for every input.

    Attributes
    ----------
    proba : bool
        Whether probabilities are written.
    keep : tuple of str
        Columns that pass into the output.
    threshold : float, optional
        The last of two classes is predicted from this probability on.
    chunk_rows : int, optional
        Rows a part.
    file_format : {"parquet", "csv"}
        Of the output.
    """

    proba: bool = False
    keep: tuple[str, ...] = ()
    threshold: float | None = None
    chunk_rows: int | None = None
    file_format: Format = "parquet"


@dataclass(frozen=True)
class InputStamp:
    """State of an input when its run began, to see whether it has changed since.

    Attributes
    ----------
    source : Source
        The input.
    stamp : tuple
        Changes with its bytes, and costs nothing to read again: size, times, an object's tag.
    digest : str, optional
        Identifies its bytes; None where they are not known beforehand, as of standard input.
    """

    source: Source
    stamp: tuple[Any, ...]
    digest: str | None

    def check_unchanged(self) -> None:
        """Compare the stamp with the input as it is now.

        Raises
        ------
        TryAgainError
            If it was changed, replaced or removed.
        """
        try:
            unchanged = self.source.stamp() == self.stamp
        except (OSError, DataError):
            unchanged = False
        if not unchanged:
            raise TryAgainError(f"{self.source.name}: changed while it was scored. Run again when it stays as it is.")


@dataclass(frozen=True)
class Input:
    """One table to score.

    Attributes
    ----------
    stream : TableStream
        The opened table.
    plan : Plan
        How it is scored.
    stamp : InputStamp, optional
        Its state when the run began.
    spans : tuple of Span, optional
        Where the rows of each chunk are, for workers that read them; None where the table has to be read in one go.
    """

    stream: TableStream
    plan: Plan
    stamp: InputStamp | None = None
    spans: tuple[Span, ...] | None = None


def find_inputs(names: Sequence[str | os.PathLike[str]], *, input_format: str = "csv") -> list[Source]:
    """Resolve files, patterns, folders, addresses and ``-`` to tables, in this order.

    Raises
    ------
    DataError
        If one of them matches nothing, or cannot be read.
    UsageError
        If a table is named twice.
    """
    sources = [source for name in names for source in _sources_of(os.fspath(name), input_format)]
    if not sources:
        raise UsageError("score: the input must be at least one table; got none. Name a file.")
    known: set[str] = set()
    # Compared by resolved path: one file under two names (a link, a relative path) would be scored twice.
    for source in sources:
        place = _place_of(source)
        if place in known:
            raise UsageError(f"score: each input must be named once; got {source.name!r} twice. Leave one out.")
        known.add(place)
    return sources


def _sources_of(name: str, input_format: str) -> list[Source]:
    if not name:
        raise UsageError("score: the input must be a table; got ''. Name a file, or '.' for those of this folder.")
    try:
        found = _sources(name, input_format)
    except OSError as error:
        if isinstance(error, DataError):
            raise
        raise _not_found(name, error) from error
    for source in found:
        if not _is_text(source.name):
            raise DataError(f"{source.name!r}: the name must be text in UTF-8; got other bytes in it. Rename the file.")
    return found


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _place_of(source: Source) -> str:
    if not isinstance(source, LocalFile):
        return source.name
    try:
        return str(source.path.resolve())
    except (OSError, RuntimeError) as error:  # links in a circle
        raise _not_found(source.name, error) from error


def _not_found(name: str, error: Exception) -> DataError:
    return DataError(f"{name}: cannot be read ({error}). Check the name, and that it may be read.")


def _sources(name: str, input_format: str) -> list[Source]:
    if name == _STANDARD_INPUT:
        return [StandardInput(input_format)]
    if is_url(name):
        return list(find_remote_files(name))
    path = Path(name)
    if path.is_dir():
        # Sorted, because a folder is listed in no fixed order, and the output follows the order of the inputs.
        found = sorted(entry for entry in path.iterdir() if _is_table(entry))
        if not found:
            raise DataError(f"{name}: the folder holds no table. Name one with .csv, .tsv or .parquet files.")
    elif not path.exists() and glob.has_magic(name):
        found = sorted(Path(match) for match in glob.glob(name, recursive=True) if Path(match).is_file())  # noqa: PTH207 - absolute patterns too
        if not found:
            raise DataError(f"{name}: no such file. Check the pattern.")
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
    opened = [_open_input(source, schema, reading, options, named=len(sources) > 1) for source in sources]
    first = opened[0].plan
    for other in (one.plan for one in opened[1:]):
        odd = [name for name in other.keep if name in first.keep and _type(other, name) != _type(first, name)]
        if odd or other.keep != first.keep:
            name = odd[0] if odd else next(name for name in other.keep if name not in first.keep)
            raise DataError(
                f"{other.source}: column {name!r}, which is kept, must be as in {first.source}. "
                "Score the two apart, or leave the column out of keep."
            )
    return opened


def resolve_options(options: Options, inputs: Sequence[Input]) -> Options:
    """Fill in what the inputs decide, the same for all: names of kept columns after renaming, and rows a chunk."""
    plan = inputs[0].plan
    return replace(options, keep=plan.keep, chunk_rows=plan.chunk_rows)


def _type(plan: Plan, name: str) -> object:
    return plan.output.field(name).type


def _open_input(source: Source, schema: ModelSchema, reading: Reading, options: Options, *, named: bool) -> Input:
    stream = open_stream(source, reading)
    if named and FILE in stream.types and FILE in options.keep:
        raise UsageError(f"keep: {FILE!r} would occur twice in the output. Leave it out of keep.")
    plan = make_plan(
        schema,
        stream.types,
        source=source.name,
        keep=[_shown_name(name, stream) for name in options.keep],
        proba=options.proba,
        threshold=options.threshold,
        reading=stream.reading,
        chunk_rows=options.chunk_rows,
        named=named,
        file_format=options.file_format,
    )
    return Input(stream, plan)


def _shown_name(name: str, stream: TableStream) -> str:
    """Find a column by its name, by its name before renaming, or by either with blanks around it."""
    rename = stream.reading.rename
    meant = (name, rename.get(name), name.strip(), rename.get(name.strip()))
    return next((one for one in meant if one is not None and one in stream.types), name.strip())


def stamp_input(one: Input, *, cut: bool) -> Input:
    """Add the stamp of an input as it is now; ``cut`` adds the spans of its chunks, if the format allows it.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    source, reading, n_rows = one.stream.source, one.stream.reading, one.plan.chunk_rows
    # The stamp comes before the digest: an input that is changed while it is digested then has another stamp at the
    # first check.
    stamp = stamp_of(source)
    spans: list[Span] | None = None
    try:
        if isinstance(source, StandardInput):
            return replace(one, stamp=InputStamp(source, stamp, None))
        # Borders depend on row numbers alone. If they depended on the number of workers, so would the last bits of
        # predictions.
        if cut and reading.separator is None:
            spans = split_parquet_file(source, n_rows=n_rows)
        if cut and isinstance(source, LocalFile) and reading.separator is not None:
            # One pass over the text gives its digest and the borders of its chunks.
            digest, spans = split_text_file(
                source, separator=reading.separator, encoding=reading.encoding or "utf-8", n_rows=n_rows
            )
            return replace(one, stamp=InputStamp(source, stamp, digest), spans=None if spans is None else tuple(spans))
        stamp_now = InputStamp(source, stamp, source.digest())
    except OSError as error:
        raise DataError(f"{source.name}: cannot be read ({error}). Check that it is there and may be read.") from error
    return replace(one, stamp=stamp_now, spans=None if spans is None else tuple(spans))


def stamp_of(source: Source) -> tuple[Any, ...]:
    """Return the stamp of an input.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    try:
        return source.stamp()
    except OSError as error:
        raise _unreadable(source, error) from error


def _unreadable(source: Source, error: OSError) -> DataError:
    return DataError(f"{source.name}: cannot be read ({error}). Check that it is there and may be read.")
