"""The journal: results of finished folds on disk, a line each, so that a killed run can be resumed.

A line is a CRC-32 and a JSON object. Reading one runs no code (no pickle) and accepts only values of the right types:
pydantic validates each record strictly. Floats survive to the bit, since ``repr`` of a float is exact; arrays are
stored as their bytes.
"""

from __future__ import annotations

import errno
import json
import os
import zlib
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, TypeAdapter

from skdl._note import Note
from skdl.cross_validation._array_json import array_to_json
from skdl.cross_validation._fold import FoldResult  # noqa: TC001 - pydantic reads it
from skdl.cross_validation._identity import Identity, what_changed
from skdl.exceptions import OutputError
from skdl.results import Insight  # noqa: TC001 - pydantic reads it
from skdl.saved_models import is_intact

if TYPE_CHECKING:
    from pathlib import Path

JOURNAL_NAME = ".journal.jsonl"
_FORMAT = 3


@dataclass(frozen=True)
class _Header:
    """The first line: the comparison that the results belong to."""

    format: int
    identity: Identity


@dataclass(frozen=True)
class FinishedFold:
    """A result, and the seconds that the comparison had taken by then."""

    result: FoldResult
    seconds: float
    kind: Literal["fold"] = "fold"


@dataclass(frozen=True)
class MeasuredSeeds:
    """Spread of a network's score over seeds, after that many folds."""

    model: str
    n_folds: int
    spread: float
    kind: Literal["seeds"] = "seeds"


@dataclass(frozen=True)
class InspectedModel:
    """Model inspection, after that many folds."""

    model: str
    n_folds: int
    inspection: Insight
    kind: Literal["inspection"] = "inspection"


@dataclass(frozen=True)
class SavedModel:
    """The model that a finished run saved: its name in the comparison, and its pin."""

    model: str
    pin: str
    kind: Literal["saved_model"] = "saved_model"


Record = FinishedFold | MeasuredSeeds | InspectedModel | SavedModel
_READER: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])


class Journal:
    """Records of earlier runs of a comparison, and the file that the next ones are appended to; a context manager.

    The first line holds the comparison's identity, each other one a record. A line is written with one call; a line
    that a kill cut short is dropped, with all that follows it. The records of a comparison with another ``identity``
    are discarded, with ``fresh`` all. An OutputError is raised on entering, and where a line cannot be written.
    """

    def __init__(self, path: Path, identity: Identity, *, fresh: bool = False) -> None:
        self._path = path
        self._identity = json.loads(json.dumps(identity))  # as it will be read: lists for tuples
        self._fresh = fresh
        self.results: list[FoldResult] = []
        self.seconds = 0.0  # that the comparison has taken so far
        self.restart_reason: Note | None = None  # why the records of an earlier run were discarded
        self.seed_spreads: dict[tuple[str, int], float] = {}  # by model and number of folds
        self.inspections: dict[tuple[str, int], Insight] = {}  # by model and number of folds
        self.saved_model: SavedModel | None = None

    def __enter__(self) -> Self:
        try:
            n_valid_bytes = self._read()
            # Unbuffered: a line is on its way to the disk when `write` returns, also if the process is then killed.
            self._file: IO[bytes] = self._path.open("ab", buffering=0)
            # Before anything is appended: a new line after the rest of a cut line would be unreadable as well.
            self._file.truncate(n_valid_bytes)
        except OSError as error:
            raise _unwritable(self._path, error) from error
        if n_valid_bytes == 0:
            self._append(_encode(_Header(_FORMAT, self._identity)))
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, record: Record) -> None:
        """Append a record. One that JSON cannot hold (labels that are dates) counts for this run only."""
        try:
            content = _encode(record)
        except (TypeError, ValueError):
            pass
        else:
            self._append(content)
        self._take(record)

    def intact_pin(self, model: str, folder: Path) -> str | None:
        """Return the pin of the model that an earlier run saved in ``folder``, if it is this one and unchanged."""
        saved = self.saved_model
        if saved is None or saved.model != model:
            return None
        return saved.pin if is_intact(folder, sha256=saved.pin) else None

    def delete(self) -> None:
        """Delete the file, so that the next run starts over."""
        self._path.unlink(missing_ok=True)
        self.results.clear()

    def _read(self) -> int:
        """Take over the records of an earlier run; return the number of bytes that are valid."""
        if not self._path.exists():
            return 0
        if self._fresh:
            self.restart_reason = Note("fresh", "fresh was asked for")
            return 0
        lines = _valid_lines(self._path.read_bytes())
        try:
            header = TypeAdapter(_Header).validate_json(lines[0][0], strict=True)
        except (IndexError, ValueError):
            header = None
        if header is None or header.format != _FORMAT:
            self.restart_reason = Note("unreadable_journal", "the journal of the earlier run cannot be read")
            return 0
        self.restart_reason = what_changed(header.identity, self._identity)
        if self.restart_reason is not None:
            return 0
        n_valid_bytes = lines[0][1]
        for line, end in lines[1:]:
            try:
                # strict: a text is not read as a number, nor a number as a flag.
                record = _READER.validate_json(line, strict=True)
            except ValueError:  # of another version, or edited
                break
            self._take(record)
            n_valid_bytes = end
        return n_valid_bytes

    def _take(self, record: Record) -> None:
        match record:
            # `seconds` is a running total over all runs, so the last record has the sum.
            case FinishedFold(result, seconds):
                self.results.append(result)
                self.seconds = seconds
            case MeasuredSeeds(model, n_folds, spread):
                self.seed_spreads[model, n_folds] = spread
            case InspectedModel(model, n_folds, inspection):
                self.inspections[model, n_folds] = inspection
            case SavedModel():
                self.saved_model = record

    def _append(self, content: bytes) -> None:
        # CRC-32 finds lines that were cut or damaged; it is no protection against a person who edits the file. There is
        # no fsync: a kill loses nothing that was written, and the checksum finds what a power failure cuts off.
        line = b"%08x %b\n" % (zlib.crc32(content), content)
        try:
            n_written = self._file.write(line)
        except OSError as error:
            raise _unwritable(self._path, error) from error
        if n_written < len(line):  # an unbuffered file may write less where the disk is full
            raise _unwritable(self._path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


def _encode(record: _Header | Record) -> bytes:
    """Write a record as JSON; NaN and infinity as the constants that Python and pydantic read."""
    return json.dumps(asdict(record), default=_to_json, separators=(",", ":"), ensure_ascii=False).encode()


def _to_json(value: Any) -> Any:
    """Encode what JSON has no type for."""
    if isinstance(value, np.ndarray):
        return array_to_json(value)
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"no JSON form for {value!r}")


def _valid_lines(content: bytes) -> list[tuple[bytes, int]]:
    """Return the JSON of every line before the first damaged one, each with the offset at which the line ends."""
    lines: list[tuple[bytes, int]] = []
    start = 0
    while (end := content.find(b"\n", start)) >= 0:
        checksum, _, line = content[start:end].partition(b" ")
        # Nothing after a damaged line is used. The order of records matters: `seconds` is a running total.
        if checksum != b"%08x" % zlib.crc32(line):
            break
        lines.append((line, end + 1))
        start = end + 1
    return lines


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        Note.of(
            "journal_not_writable",
            "{folder}: finished folds must be writable there; {reason}. Free disk space or name another "
            "folder with --out.",
            folder=path.parent,
            reason=error.strerror or error,
        )
    )
