"""The output folder: parts committed one by one, by one writer, and ``_SUCCESS`` when all are there.

A part's record is written before the part, so that a run that was killed knows what is done. ``_SUCCESS``, with the
digest of every part, is written last: readers go by it. A store writes each file whole or not at all.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal, Self

import pyarrow as pa

from skdl._note import Note
from skdl.exceptions import OutputError
from skdl.files import sha256_of
from skdl.saved_models import current_versions
from skdl.scoring._chunk import Part, write_tables
from skdl.scoring._counts import Counts, json_reader
from skdl.scoring._plan import QUARANTINE, Format

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from skdl.scoring._inputs import Input
    from skdl.scoring._remote_store import RemoteStore
    from skdl.scoring._store import LocalStore

__all__ = ["OutputFolder", "Start", "run_key"]

Start = Literal["new", "resumed", "restarted", "done"]

_STARTED = ".started.json"  # marks the folder as skdl's, and holds the key of the run
_SUCCESS = "_SUCCESS"
_PART = re.compile(r"part-(\d{5,})\.(?:parquet|csv)")
_OF_SKDL = re.compile(
    r"\.(tmp|quarantine|done)-.*|part-\d{5,}\.(parquet|csv)|quarantine\.(parquet|csv)|\.started\.json"
)


class OutputFolder:
    """A folder that one run writes; a context manager, which locks it.

    Entering raises TryAgainError if another run writes into the folder, and OutputError if it holds another finished
    run or anything that is not skdl's.
    """

    def __init__(self, store: LocalStore | RemoteStore, file_format: Format, key: str | None = None) -> None:
        self._store = store
        self._format = file_format  # of parts and quarantine
        self._key = key  # identifies this run; None for one that cannot be resumed
        self._digests: dict[str, str] = {}
        self._with_bad_rows: set[int] = set()
        self._done: set[int] = set()
        # On entering: nothing was there, parts of this run were, parts of another were and are gone, or all of it was.
        self.start: Start = "new"
        self.counts = Counts()  # of what is done

    @property
    def out(self) -> Path | str:
        """The folder itself."""
        return self._store.at()

    @property
    def parts(self) -> tuple[Path | str, ...]:
        """Parts that are written, in input order."""
        return tuple(self._store.at(name) for name in self._part_names())

    @property
    def quarantine(self) -> Path | str:
        """Where bad rows are gathered."""
        return self._store.at(self._gathered)

    def is_done(self, number: int) -> bool:
        """Return whether a part was there before this run."""
        return number in self._done

    def __enter__(self) -> Self:
        self._store.lock()
        try:
            self._take_over()
        except BaseException as error:
            # Python calls __exit__ only after a successful __enter__.
            self._store.unlock()
            if isinstance(error, OSError) and not isinstance(error, OutputError):
                text = "{where}: cannot be used ({reason}). Check the folder."
                raise OutputError.of(
                    "folder_not_used", text, where=self._store.display_name(), reason=str(error)
                ) from error
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.unlock()

    def write_part(self, part: Part) -> None:
        """Commit one chunk: bad rows and record first, so that a part that is there has both."""
        number, bad = part.number, part.quarantined
        # A kill after the record leaves a record whose part is missing: the part is scored again. In the other order it
        # would leave a part without a record, which would look like a foreign file.
        digest = sha256_of(part.content)
        record = PartRecord(number, part.counts, digest, None if bad is None else sha256_of(bad))
        # In an object store another run may have taken over while this part was scored.
        self._store.check_lock()
        if bad is not None:
            self._store.put(_bad_rows_name(number), bad)
        self._store.put(_record_name(number), record.to_bytes())
        self._store.put(self._part(number), part.content)
        self._add_record(record)

    def gather_quarantine(self) -> None:
        """Write all bad rows, in input order, into one file."""
        tables = (_read_bad_rows(self._store.read(_bad_rows_name(number))) for number in sorted(self._with_bad_rows))
        self._store.put_stream(self._gathered, lambda file: write_tables(file, QUARANTINE, tables, self._format))
        # Read back from the store: the content was streamed and is not in memory.
        self._digests[self._gathered] = self._store.digest(self._gathered)

    def first_bad_row(self) -> dict[str, Any] | None:
        """Return a bad row of this run's quarantine; None of a finished run, and where some are lines, not rows."""
        if not self._with_bad_rows or self.start == "done" or self.counts.n_left_out:
            return None
        table = _read_bad_rows(self._store.read(_bad_rows_name(min(self._with_bad_rows))))
        row: dict[str, Any] = table.slice(0, 1).to_pylist()[0]
        return row

    def succeed(self, summary: dict[str, Any]) -> None:
        """Write ``_SUCCESS``, last of all, then remove what only an unfinished run needs."""
        files = {name: self._digests[name] for name in [*self._part_names(), self._gathered]}
        # The object holds its own digest, so that a cut or edited ``_SUCCESS`` is not taken for a finished run.
        plain = {**summary, "key": self._key, "files": files}
        content = json.dumps({**plain, "sha256": _digest_of(plain)}, indent=1, ensure_ascii=False) + "\n"
        self._store.check_lock()
        self._store.put(_SUCCESS, content.encode())
        # A kill before this leaves hidden files, which the next run removes when it finds ``_SUCCESS``.
        self._remove(self._store.names() - set(files))

    @property
    def _gathered(self) -> str:
        return f"quarantine.{self._format}"

    def _part_names(self) -> list[str]:
        names = [name for name in self._digests if name.startswith("part-")]
        # By number: part-100000 comes after part-99999.
        return sorted(names, key=lambda name: (len(name), name))

    def _part(self, number: int) -> str:
        return f"part-{number:05d}.{self._format}"

    def _add_record(self, record: PartRecord) -> None:
        self._digests[self._part(record.number)] = record.part
        if record.quarantined is not None:
            self._with_bad_rows.add(record.number)
        self.counts += record.counts

    def _take_over(self) -> None:
        """Read what is there: nothing, a finished run, or what an unfinished one left."""
        names = self._store.names()
        if _SUCCESS in names:
            self._take_over_finished()
            return
        foreign = sorted(name for name in names if not _is_of_skdl(name, names))
        lasting = {name for name in names if not name.startswith(".tmp-")}  # a kill may leave one
        if foreign or (lasting and _STARTED not in names):
            where, found = self._store.display_name(), repr((foreign or sorted(names))[0])
            text = (
                f"{where}: must be a new folder or one that an unfinished run left; it holds {found}. "
                "Choose another folder."
            )
            raise OutputError(Note("foreign_folder", text, {"where": where, "found": found}))
        # Parts are kept only if model, inputs, options and versions are the same.
        own = self._key is not None and self._read_json(_STARTED).get("key") == self._key
        for record in self._records(names) if own else ():
            # Comparing the digests of all parts may take longer than a lease lasts; this renews it.
            self._store.check_lock()
            self._add_record(record)
            self._done.add(record.number)
        self.start = "resumed" if self._done else "restarted" if any(not n.startswith(".") for n in names) else "new"
        kept = {self._part(number) for number in self._done} | {_record_name(number) for number in self._done}
        kept |= {_bad_rows_name(number) for number in self._with_bad_rows} | {_STARTED}
        # Before the new key is written: a kill in between leaves the old key, so that no part of an old run is ever
        # taken for one of this run.
        self._remove(names - kept)
        self._store.put(_STARTED, json.dumps({"key": self._key}).encode())

    def _records(self, names: set[str]) -> Iterator[PartRecord]:
        """Yield the records whose part and bad rows still have their digests."""
        for name in sorted(name for name in names if name.startswith(".done-")):
            try:
                record = PartRecord.from_bytes(self._store.read(name))
                # The record alone does not show that the part was written: it comes first.
                number, files = record.number, [(self._part(record.number), record.part)]
                if record.quarantined is not None:
                    files.append((_bad_rows_name(number), record.quarantined))
                whole = name == _record_name(number) and all(self._store.digest(file) == sha for file, sha in files)
            except (FileNotFoundError, ValueError):
                continue
            if whole:
                yield record

    def _take_over_finished(self) -> None:
        success = self._read_json(_SUCCESS)
        if self._key is None or success.get("key") != self._key:
            where = self._store.display_name()
            text = (
                f"{where}: must be a new folder; it holds a finished run with another model, other inputs (also the "
                "same ones by other paths) or other options. Choose another folder, or remove this one."
            )
            raise OutputError(Note("finished_folder", text, {"where": where}))
        if success.pop("sha256", None) != _digest_of(success):
            raise self._was_changed(_SUCCESS)
        try:
            content = json.dumps(success)
            counts, digests = (
                Counts.from_json(content),
                json_reader(_SuccessJson).validate_json(content, strict=True).files,
            )
        except ValueError as error:  # made by another program, though its digest fits
            raise self._was_changed(_SUCCESS) from error
        for name, digest in digests.items():
            # A name from the file is used as a path, so only names that skdl writes are looked up.
            if not _OF_SKDL.fullmatch(name) or self._digest(name) != digest:
                raise self._was_changed(name)
        self._digests, self.counts, self.start = digests, counts, "done"
        self._remove({name for name in self._store.names() if name.startswith(".")})

    def _was_changed(self, name: str) -> OutputError:
        text = (
            "{where}: must be as this run once wrote it; it was changed or removed since. Remove the folder and run "
            "again."
        )
        return OutputError.of("part_changed", text, where=self._store.display_name(name))

    def _remove(self, names: set[str]) -> None:
        for name in sorted(names, key=lambda name: name.startswith(".")):  # a part before its record
            if _OF_SKDL.fullmatch(name):
                self._store.remove(name)

    def _read_json(self, name: str) -> dict[str, Any]:
        """Read an object of JSON; an empty one where the file is missing or something else."""
        try:
            plain = json.loads(self._store.read(name))
        except (FileNotFoundError, ValueError):
            return {}
        return plain if isinstance(plain, dict) else {}

    def _digest(self, name: str) -> str | None:
        try:
            return self._store.digest(name)
        except FileNotFoundError:
            return None


def _digest_of(plain: dict[str, Any]) -> str:
    return sha256_of(json.dumps(plain, sort_keys=True).encode())


def _is_of_skdl(name: str, names: set[str]) -> bool:
    """Return whether a run wrote a file: no part is there without its record."""
    part = _PART.fullmatch(name)
    return _OF_SKDL.fullmatch(name) is not None and (part is None or _record_name(int(part[1])) in names)


def _read_bad_rows(content: bytes) -> pa.Table:
    with pa.ipc.open_file(content) as reader:
        return reader.read_all()


def run_key(pin: str | None, inputs: Sequence[Input]) -> str | None:
    """Return a digest of all that decides the output's bytes; None where that is not known.

    A model that was never saved has no pin; standard input is gone when it was read.
    """
    digests = [(one.plan.source, one.digest) for one in inputs]
    # Without these two nothing shows that the next run scores the same rows with the same model.
    if pin is None or any(digest is None for _, digest in digests):
        return None
    options = asdict(inputs[0].plan.options)
    decided = {
        "model": pin,
        "inputs": digests,
        "format": options.pop("file_format"),
        **options,
        # Other versions of NumPy or scikit-learn may change the last bits, and another Arrow the bytes of a file.
        "versions": current_versions() | {"pyarrow": version("pyarrow")},
    }
    return sha256_of(json.dumps(decided, sort_keys=True).encode())


@dataclass(frozen=True)
class PartRecord:
    """Counts and digests of a part, written before the part itself."""

    number: int
    counts: Counts
    part: str  # digest of its file
    quarantined: str | None  # digest of its bad rows; None where it has none

    def to_bytes(self) -> bytes:
        """Return the file's content, its own digest first."""
        plain = {**self.counts.to_json(), "number": self.number, "part": self.part, "bad": self.quarantined}
        content = json.dumps(plain).encode()
        # The digest in the first line finds a record that was cut or damaged.
        return sha256_of(content).encode() + b"\n" + content

    @classmethod
    def from_bytes(cls, content: bytes) -> PartRecord:
        """Read back what `to_bytes` gave; raises ValueError on other bytes."""
        digest, _, content = content.partition(b"\n")
        if sha256_of(content).encode() != digest:
            raise ValueError("damaged")
        record = json_reader(_RecordJson).validate_json(content, strict=True)
        return cls(record.number, Counts.from_json(content), record.part, record.bad)


@dataclass(frozen=True)
class _RecordJson:
    """A record's file, without the counts."""

    number: int
    part: str
    bad: str | None


@dataclass(frozen=True)
class _SuccessJson:
    """``_SUCCESS``, as far as it is read back besides the counts."""

    files: dict[str, str]


def _record_name(number: int) -> str:
    """Name the file of a record."""
    return f".done-{number:05d}.json"


def _bad_rows_name(number: int) -> str:
    """Name the file of a part's bad rows."""
    return f".quarantine-{number:05d}.arrow"
