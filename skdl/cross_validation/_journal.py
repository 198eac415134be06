"""The journal: results of finished folds on disk, a line each, so that no model is fitted twice on the same rows.

A line is a CRC-32 and a JSON object: the key of a model's identity, and a record of that model. The records of models
that are not in the comparison at present stay, within bounds: such a model may come back. Reading a line runs no code
(no pickle) and accepts only values of the right types: pydantic validates each record strictly. Floats survive to the
bit, since ``repr`` of a float is exact; arrays are stored as their bytes.
"""

from __future__ import annotations

import errno
import json
import os
import re
import zlib
from collections import defaultdict
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, TypeAdapter

from skdl._note import Note
from skdl.cross_validation._array_json import array_to_json
from skdl.cross_validation._fold import FoldResult  # noqa: TC001 - pydantic reads it
from skdl.cross_validation._identity import Identity, estimator_identity, hash_value, key_of, what_changed
from skdl.exceptions import OutputError
from skdl.files import replace_file
from skdl.results import Insight  # noqa: TC001 - pydantic reads it
from skdl.saved_models import is_intact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl.cross_validation._fold import Job, Table
    from skdl.cross_validation._splits import Splits

JOURNAL_NAME = ".journal.jsonl"
_FORMAT = 4
_MAX_UNUSED_BYTES = 64 * 2**20  # of models that are not in the comparison


@dataclass(frozen=True)
class _Header:
    """The first line."""

    format: int


@dataclass(frozen=True)
class JournaledModel:
    """A model that the next lines are about: what its results depend on, from which later runs say what changed."""

    model: str
    identity: Identity
    kind: Literal["model"] = "model"


@dataclass(frozen=True)
class FinishedFold:
    """A result, the digest of its rows, and the seconds that the comparison took for it."""

    result: FoldResult
    rows: str
    seconds: float
    kind: Literal["fold"] = "fold"

    @property
    def model(self) -> str:
        """Name of the model."""
        return self.result.model


@dataclass(frozen=True)
class MeasuredSeeds:
    """Spread of a network's score over seeds; ``basis`` is the digest of the metric and the rows."""

    model: str
    basis: str
    spread: float
    kind: Literal["seeds"] = "seeds"


@dataclass(frozen=True)
class InspectedModel:
    """Model inspection; ``basis`` is the digest of the metric and the rows."""

    model: str
    basis: str
    inspection: Insight
    kind: Literal["inspection"] = "inspection"


@dataclass(frozen=True)
class SavedModel:
    """The model that a finished run saved, and its pin; ``basis`` is the digest of how its input is read."""

    model: str
    basis: str
    pin: str
    kind: Literal["saved_model"] = "saved_model"


Record = JournaledModel | FinishedFold | MeasuredSeeds | InspectedModel | SavedModel


@dataclass(frozen=True)
class _Line:
    key: str
    record: Annotated[Record, Field(discriminator="kind")]


_READER: TypeAdapter[_Line] = TypeAdapter(_Line)
_KEY = re.compile(rb'\{"key":"([0-9a-f]{40})","record":\{"kind":"(\w+)"')


def model_identities(job: Job, data_hash: str, versions: Mapping[str, str]) -> dict[str, Identity]:
    """Collect what the results of each model depend on, as plain values by the model's name.

    The model's own name, its place, the other models, the output folder, the number of processes and the time limits
    are not in it.
    """
    data = hash_value((data_hash, *_beside_the_values(job.table)))
    return {model.name: {"data": data, **estimator_identity(model.estimator, versions)} for model in job.models}


def _beside_the_values(table: Table) -> tuple[Any, ...]:
    """Return what a fit takes of the table besides the values of features and target."""
    # The types too: single and double precision of the same values do not give the same model. Time is not among them,
    # because it decides on the folds alone.
    types = list(table.X.dtypes.items()) if isinstance(table.X, pd.DataFrame) else None
    others = [getattr(table, field.name) for field in fields(table) if field.name not in ("X", "y", "time")]
    return types, str(getattr(table.y, "dtype", "")), others


class Journal:
    """Records of earlier runs in a results folder, and the file that the next ones are appended to; a context manager.

    ``identities`` holds what the results of each model of the comparison depend on, by name. Records are found by the
    key of this identity, not by the name. A line is written with one call; a line that a kill cut short is dropped,
    with all that follows it. With ``fresh`` all records are discarded. An OutputError is raised on entering, and where
    a line cannot be written.
    """

    def __init__(self, path: Path, identities: Mapping[str, Identity], *, fresh: bool = False) -> None:
        self._path = path
        # As they will be read: lists for tuples.
        self._identities = {name: json.loads(json.dumps(identity)) for name, identity in identities.items()}
        self._keys = {name: key_of(identity) for name, identity in self._identities.items()}
        self._fresh = fresh
        self.restart_reason: Note | None = None  # why the records of an earlier run were discarded
        # By key; then by name, rows, repeat and fold.
        self._folds: dict[str, dict[tuple[str, str, int, int], FinishedFold]] = defaultdict(dict)
        self._spreads: dict[tuple[str, str], float] = {}  # by key and basis
        self._inspections: dict[tuple[str, str], Insight] = {}  # likewise
        self._saved: tuple[str, SavedModel] | None = None  # the last one with its key, where that is in the comparison
        self._earlier: dict[str, Identity] = {}  # the last identity of each name

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
            self._append(_to_bytes(asdict(_Header(_FORMAT))))
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, record: Record) -> None:
        """Append a record. One that JSON cannot hold (labels that are dates) counts for this run only."""
        key = self._keys[record.model]
        try:
            content = _encode(key, record)
        except (TypeError, ValueError):
            pass
        else:
            self.introduce(record.model)
            self._append(content)
        self._take(key, record)

    def introduce(self, model: str) -> None:
        """Append what the results of a model depend on, unless that is what the last run had under this name."""
        identity = self._identities[model]
        if self._earlier.get(model) != identity:
            record = JournaledModel(model, identity)
            self._append(_encode(self._keys[model], record))
            self._take(self._keys[model], record)

    def folds(self, model: str) -> dict[tuple[str, int, int], FinishedFold]:
        """Return what earlier runs have fitted of an equal model, by rows, repeat and fold.

        Two models of a comparison may be equal: each has the folds that were fitted under its name. Folds under names
        that are not in the comparison belong to the first equal model without folds of its own.
        """
        key = self._keys[model]
        equal = [name for name, other in self._keys.items() if other == key]
        names = dict.fromkeys(name for name, *_ in self._folds[key])
        without = [name for name in equal if name not in names] or equal
        sources = [*(name for name in names if name not in self._keys and model == without[0]), model]
        return {
            (rows, repeat, fold): record
            for source in sources
            for (name, rows, repeat, fold), record in self._folds[key].items()
            if name == source
        }

    def n_folds(self, splits: Splits) -> int:
        """Count the folds of the models of the comparison."""
        wanted = {(split.digest, split.repeat, split.fold) for split in splits.members}
        return sum(len(wanted & self.folds(model).keys()) for model in self._keys)

    def why_unknown(self, model: str) -> Note:
        """Say why there are no folds of a model: it is new, or something changed."""
        before = self._earlier.get(model)
        if before is None or before == self._identities[model]:
            return Note("new_model", "new")
        return what_changed(before, self._identities[model]) or Note("changed_model", "changed")

    def seed_spread(self, model: str, basis: str) -> float | None:
        """Return the spread over seeds, where it was measured."""
        return self._spreads.get((self._keys[model], basis))

    def inspection(self, model: str, basis: str) -> Insight | None:
        """Return the inspection of an equal model, under this name."""
        known = self._inspections.get((self._keys[model], basis))
        return None if known is None else replace(known, model=model)

    def intact_pin(self, model: str, basis: str, folder: Path) -> str | None:
        """Return the pin of the model that an earlier run saved in ``folder``, if it is this one and unchanged."""
        key, saved = self._saved or (None, None)
        if saved is None or key != self._keys[model] or saved.basis != basis:
            return None
        return saved.pin if is_intact(folder, sha256=saved.pin) else None

    def forget(self) -> None:
        """Delete what is known of the models of this comparison, so that the next run fits them again."""
        self._file.close()
        unused = [line for line, _ in _valid_lines(self._path.read_bytes())[1:] if self._is_unused(line)]
        if unused:
            self._rewrite(unused)
        else:
            self._path.unlink(missing_ok=True)
        self._folds.clear()

    def _read(self) -> int:
        """Take over the records of earlier runs; return the number of bytes that are valid."""
        if not self._path.exists():
            return 0
        if self._fresh:
            self.restart_reason = Note("fresh", "fresh was asked for")
            return 0
        lines = _valid_lines(self._path.read_bytes())
        try:
            found = TypeAdapter(_Header).validate_json(lines[0][0], strict=True).format
        except (IndexError, ValueError):
            found = None
        if found != _FORMAT:
            self.restart_reason = Note("unreadable_journal", "the journal of the earlier run cannot be read")
            if found is not None:
                self.restart_reason = Note("journal_format", "the folder was written by another version of skdl")
            return 0
        n_valid_bytes = lines[0][1]
        for line, end in lines[1:]:
            head = _KEY.match(line)
            if head is None:
                break
            # Of a model that is not in the comparison, only its identity is read.
            if not self._is_unused(line) or head[2] == b"model":
                try:
                    # strict: a text is not read as a number, nor a number as a flag.
                    read = _READER.validate_json(line, strict=True)
                except ValueError:  # of another version, or edited
                    break
                self._take(read.key, read.record)
            n_valid_bytes = end
        return self._compact([line for line, end in lines[1:] if end <= n_valid_bytes]) or n_valid_bytes

    def _is_unused(self, line: bytes) -> bool:
        return line[8:48] not in {key.encode() for key in self._keys.values()}

    def _compact(self, lines: list[bytes]) -> int:
        """Drop the oldest lines of unused models where there is too much of them; return the bytes of the new file."""
        excess = sum(len(line) for line in lines if self._is_unused(line)) - _MAX_UNUSED_BYTES
        if excess <= 0:
            return 0
        sizes: dict[bytes, int] = {}
        for line in filter(self._is_unused, lines):
            sizes[line[8:48]] = sizes.pop(line[8:48], 0) + len(line)  # in the order of the last lines
        dropped: set[bytes] = set()
        for key, size in sizes.items():  # whole models, the oldest first
            if excess > 0:
                dropped.add(key)
                excess -= size
        return self._rewrite([line for line in lines if line[8:48] not in dropped])

    def _rewrite(self, lines: list[bytes]) -> int:
        """Replace the file, whole or not at all; return its bytes."""
        content = b"".join(map(_checked, [_to_bytes(asdict(_Header(_FORMAT))), *lines]))
        # In a folder that the next run removes, if this one is killed.
        with (
            TemporaryDirectory(prefix=".skdl-", dir=self._path.parent) as folder,
            replace_file(self._path, within=Path(folder)) as file,
        ):
            file.write_bytes(content)
        return len(content)

    def _take(self, key: str, record: Record) -> None:
        match record:
            case JournaledModel(model, identity):
                self._earlier[model] = identity
            case FinishedFold(result, rows):
                self._folds[key][result.model, rows, result.repeat, result.fold] = record
            case MeasuredSeeds(_, basis, spread):
                self._spreads[key, basis] = spread
            case InspectedModel(_, basis, inspection):
                self._inspections[key, basis] = inspection
            case SavedModel():
                self._saved = key, record

    def _append(self, content: bytes) -> None:
        # There is no fsync: a kill loses nothing that was written, and the checksum finds what a power failure cuts
        # off.
        line = _checked(content)
        try:
            n_written = self._file.write(line)
        except OSError as error:
            raise _unwritable(self._path, error) from error
        if n_written < len(line):  # an unbuffered file may write less where the disk is full
            raise _unwritable(self._path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


def _checked(content: bytes) -> bytes:
    """Return a line: CRC-32 finds lines that were cut or damaged; it is no protection against a person who edits."""
    return b"%08x %b\n" % (zlib.crc32(content), content)


def _encode(key: str, record: Record) -> bytes:
    # The kind comes first, so that it is known without reading the record.
    plain = {"kind": record.kind, **asdict(record)}
    if isinstance(record, FinishedFold) and record.result.kept is not None and record.result.kept.test is not None:
        # They follow from the outputs.
        plain["result"] |= {"predicted": None, "response": None, "class_scores": None}
    return _to_bytes({"key": key, "record": plain})


def _to_bytes(plain: Mapping[str, Any]) -> bytes:
    """Write JSON; NaN and infinity as the constants that Python and pydantic read."""
    return json.dumps(plain, default=_to_json, separators=(",", ":"), ensure_ascii=False).encode()


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
        # Nothing after a damaged line is used: what is left of the file is what a run has written.
        if checksum != b"%08x" % zlib.crc32(line):
            break
        lines.append((line, end + 1))
        start = end + 1
    return lines


def _unwritable(path: Path, error: OSError) -> OutputError:
    text = (
        "{folder}: finished folds must be writable there; {reason}. Free disk space or name another folder with --out."
    )
    return OutputError.of("journal_not_writable", text, folder=path.parent, reason=error.strerror or error)
