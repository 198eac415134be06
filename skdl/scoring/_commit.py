"""The output folder: one writer, each file whole or absent, and a mark when all is there.

A file is written under a name that begins with a dot, synced to disk and renamed. A part's record is written before the
part, so that a run that was killed knows what is done. ``_SUCCESS`` is written last.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from hashlib import sha256
from typing import IO, TYPE_CHECKING, Any, Literal, Self

import pyarrow as pa

from skdl.exceptions import OutputError, TryAgainError
from skdl.scoring._chunk import Finished, Format, write_tables
from skdl.scoring._digest import digest_file
from skdl.scoring._plan import QUARANTINE
from skdl.scoring._resume import Record, read_records, record_name, shard_name
from skdl.scoring._tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

__all__ = ["OutputFolder", "Start"]

Start = Literal["new", "resumed", "restarted", "done"]

_LOCK = ".lock"
_STARTED = ".started.json"  # says that what lies here is skdl's own, and of which run it is
_SUCCESS = "_SUCCESS"
_PART = re.compile(r"part-(\d{5,})\.(?:parquet|csv)")
_OWN = re.compile(r"\.(tmp|quarantine|done)-.*|part-\d{5,}\.(parquet|csv)|quarantine\.(parquet|csv)|\.started\.json")


class OutputFolder:
    """A folder held by one run; a context manager.

    Parameters
    ----------
    path : pathlib.Path
        New, empty, left by a run that did not finish, or finished by this very one.
    file_format : {"parquet", "csv"}
        Of parts and quarantine.
    key : str, optional
        Tells this run; None for one that cannot be gone on with.

    Attributes
    ----------
    start : {"new", "resumed", "restarted", "done"}
        On entering: nothing was there, parts of this run were, parts of another run were and are gone, or all of this
        run was.
    tally : Tally
        Counts of what is done.
    n_resumed : int
        Parts that were there.

    Raises
    ------
    TryAgainError
        On entering, if another run holds the folder.
    OutputError
        On entering, if it holds another finished run or anything that is not skdl's; later, if a file cannot be
        written.
    """

    def __init__(self, path: Path, file_format: Format, key: str | None = None) -> None:
        self._path = path
        self._format = file_format
        self._key = key
        self._digests: dict[str, str] = {}
        self._shards: set[int] = set()
        self._done: set[int] = set()
        self.start: Start = "new"
        self.tally = Tally()

    @property
    def n_resumed(self) -> int:
        """Parts that were done before this run."""
        return len(self._done)

    @property
    def parts(self) -> tuple[Path, ...]:
        """Parts that are written, in input order."""
        names = [name for name in self._digests if name.startswith("part-")]
        return tuple(self._path / name for name in sorted(names, key=lambda name: (len(name), name)))

    @property
    def quarantine(self) -> Path:
        """Where bad rows are gathered."""
        return self._path / f"quarantine.{self._format}"

    def is_done(self, number: int) -> bool:
        """Tell whether a part was there before this run."""
        return number in self._done

    def __enter__(self) -> Self:
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(self._path / _LOCK)
        except OSError as error:
            raise OutputError(f"{self._path}: cannot be written ({error}). Check the folder and the disk.") from error
        try:
            self._take_over()
        except BaseException as error:
            self._release()
            if isinstance(error, OSError) and not isinstance(error, OutputError):
                raise OutputError(f"{self._path}: cannot be used ({error}). Check the folder.") from error
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    def write_part(self, finished: Finished) -> None:
        """Commit one chunk: bad rows and record first, so that a part that is there has both."""
        number, bad = finished.number, finished.quarantined
        digest = sha256(finished.content).hexdigest()
        record = Record(number, finished.tally, digest, None if bad is None else sha256(bad).hexdigest())
        if bad is not None:
            self._write(shard_name(number), lambda file: file.write(bad))
        self._write(record_name(number), lambda file: file.write(record.to_bytes()))
        self._write(self._part(number), lambda file: file.write(finished.content))
        self._know(record)

    def gather_quarantine(self) -> None:
        """Write all bad rows, in input order, into one file."""
        tables = (_read_shard(self._path / shard_name(number)) for number in sorted(self._shards))
        name = self.quarantine.name
        self._write(name, lambda file: write_tables(file, QUARANTINE, tables, self._format))
        self._digests[name] = digest_file(self.quarantine)

    def succeed(self, summary: dict[str, Any]) -> None:
        """Write ``_SUCCESS``, last of all, then remove what only an unfinished run needs."""
        files = {path.name: self._digests[path.name] for path in [*self.parts, self.quarantine]}
        content = json.dumps({**summary, "key": self._key, "files": files}, indent=1, ensure_ascii=False) + "\n"
        self._write(_SUCCESS, lambda file: file.write(content.encode()))
        self._remove({entry.name for entry in self._path.iterdir()} - set(files))

    def _part(self, number: int) -> str:
        return f"part-{number:05d}.{self._format}"

    def _know(self, record: Record) -> None:
        self._digests[self._part(record.number)] = record.part
        if record.quarantined is not None:
            self._shards.add(record.number)
        self.tally += record.tally

    def _take_over(self) -> None:
        """Look at what is there: nothing, a finished run, or what an unfinished one left."""
        names = {entry.name for entry in self._path.iterdir()} - {_LOCK}
        if _SUCCESS in names:
            self._take_over_finished()
            return
        foreign = sorted(name for name in names if not _is_own(name, names))
        lasting = {name for name in names if not name.startswith(".tmp-")}  # a kill may leave one
        if foreign or (lasting and _STARTED not in names):
            raise OutputError(
                f"{self._path}: must be a new folder or one that an unfinished run left; "
                f"it holds {(foreign or sorted(names))[0]!r}. Choose another folder."
            )
        own = self._key is not None and _read_json(self._path / _STARTED).get("key") == self._key
        for record in read_records(self._path, self._format) if own else ():
            self._know(record)
            self._done.add(record.number)
        self.start = "resumed" if self._done else "restarted" if any(not n.startswith(".") for n in names) else "new"
        kept = {self._part(number) for number in self._done} | {record_name(number) for number in self._done}
        kept |= {shard_name(number) for number in self._shards} | {_STARTED}
        self._remove(names - kept)
        self._write(_STARTED, lambda file: file.write(json.dumps({"key": self._key}).encode()))

    def _take_over_finished(self) -> None:
        success = _read_json(self._path / _SUCCESS)
        if self._key is None or success.get("key") != self._key:
            raise OutputError(
                f"{self._path}: must be a new folder; it holds a finished run. Choose another, or remove this one."
            )
        try:
            tally, digests = Tally.from_json(success), dict(success["files"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._was_changed(_SUCCESS) from error
        for name, digest in digests.items():
            if not _OWN.fullmatch(name) or _digest(self._path / name) != digest:
                raise self._was_changed(name)
        self._digests, self.tally, self.start = digests, tally, "done"
        self._remove({entry.name for entry in self._path.iterdir() if entry.name.startswith(".")})

    def _was_changed(self, name: str) -> OutputError:
        return OutputError(
            f"{self._path / name}: must be as this run once wrote it; it was changed or removed since. "
            "Remove the folder and run again."
        )

    def _remove(self, names: set[str]) -> None:
        for name in sorted(names, key=lambda name: name.startswith(".")):  # a part before its record
            if _OWN.fullmatch(name):
                (self._path / name).unlink()

    def _write(self, name: str, fill: Callable[[IO[bytes]], Any]) -> None:
        temporary = self._path / f".tmp-{name}"
        try:
            with temporary.open("wb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path / name)
            descriptor = os.open(self._path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise OutputError(f"{self._path / name}: cannot be written ({error}). Make room and run again.") from error

    def _release(self) -> None:
        (self._path / _LOCK).unlink(missing_ok=True)
        self._lock.close()


def _is_own(name: str, names: set[str]) -> bool:
    """Tell whether a run wrote a file: no part is there without its record."""
    part = _PART.fullmatch(name)
    return _OWN.fullmatch(name) is not None and (part is None or record_name(int(part[1])) in names)


def _lock(path: Path) -> IO[bytes]:
    """Take the lock, which ends with the process however it ends."""
    file = path.open("ab")
    if not (_try_lock(file) and _is_at(file, path)):
        file.close()
        raise TryAgainError(f"{path.parent}: another run is writing here. Wait for it, or choose another folder.")
    return file


def _try_lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(file: IO[bytes], path: Path) -> bool:
    """Whether the opened file still bears this name: the run before removes it when it ends."""
    try:
        return os.fstat(file.fileno()).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False


def _read_shard(path: Path) -> pa.Table:
    with pa.ipc.open_file(path) as reader:
        return reader.read_all()


def _read_json(path: Path) -> dict[str, Any]:
    """Read what another run wrote; nothing where it is no such thing."""
    try:
        plain = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return plain if isinstance(plain, dict) else {}


def _digest(path: Path) -> str | None:
    try:
        return digest_file(path)
    except OSError:
        return None
