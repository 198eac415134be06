"""The output folder: one writer, each file whole or absent, and a mark when all is there.

A file is written under a name that begins with a dot, synced to disk and renamed. ``_SUCCESS`` is written last: a
folder without it is unfinished, and a new run in it starts over.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from typing import IO, TYPE_CHECKING, Any, Literal, Self

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from skdl.exceptions import OutputError, TryAgainError
from skdl.scoring._digest import digest_file
from skdl.scoring._plan import QUARANTINE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

__all__ = ["Format", "OutputFolder"]

Format = Literal["parquet", "csv"]

_LOCK = ".lock"
_STARTED = ".started.json"  # says that what lies here is skdl's own, so that a new run may clear it away
_SUCCESS = "_SUCCESS"
_OWN = re.compile(r"\.(tmp|quarantine)-.*|part-\d{5,}\.(parquet|csv)|quarantine\.(parquet|csv)|\.started\.json")


class OutputFolder:
    """A folder held by one run; a context manager.

    Parameters
    ----------
    path : pathlib.Path
        New, empty, or left by a run that did not finish.
    file_format : {"parquet", "csv"}
        Of parts and quarantine.

    Raises
    ------
    TryAgainError
        On entering, if another run holds the folder.
    OutputError
        On entering, if it holds a finished run or anything that is not skdl's; later, if a file cannot be written.
    """

    def __init__(self, path: Path, file_format: Format) -> None:
        self._path = path
        self._format = file_format
        self._digests: dict[str, str] = {}
        self._shards: list[Path] = []

    @property
    def parts(self) -> tuple[Path, ...]:
        """Parts written so far."""
        return tuple(self._path / name for name in self._digests if name.startswith("part-"))

    @property
    def quarantine(self) -> Path:
        """Where bad rows are gathered."""
        return self._path / f"quarantine.{self._format}"

    def __enter__(self) -> Self:
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(self._path / _LOCK)
        except OSError as error:
            raise OutputError(f"{self._path}: cannot be written ({error}). Check the folder and the disk.") from error
        try:
            self._clear()
            self._write(_STARTED, lambda file: file.write(b"{}\n"))
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    def write_part(self, number: int, scored: pa.Table, quarantined: pa.Table) -> None:
        """Commit one chunk: its bad rows first, so that a part that is there has its quarantine."""
        if quarantined.num_rows:
            shard = f".quarantine-{number:05d}.arrow"
            self._write(shard, lambda file: _write_shard(file, quarantined))
            self._shards.append(self._path / shard)
        name = f"part-{number:05d}.{self._format}"
        self._digests[name] = self._write(name, lambda file: _write_table(file, scored.schema, [scored], self._format))

    def gather_quarantine(self) -> None:
        """Write all bad rows, in input order, into one file."""
        tables = (_read_shard(shard) for shard in self._shards)
        self._digests[self.quarantine.name] = self._write(
            self.quarantine.name, lambda file: _write_table(file, QUARANTINE, tables, self._format)
        )

    def succeed(self, summary: dict[str, Any]) -> None:
        """Write ``_SUCCESS``, last of all, then remove what only an unfinished run needs."""
        content = json.dumps({**summary, "files": self._digests}, indent=1, ensure_ascii=False) + "\n"
        self._write(_SUCCESS, lambda file: file.write(content.encode()))
        for leftover in [*self._shards, self._path / _STARTED]:
            leftover.unlink(missing_ok=True)

    def _clear(self) -> None:
        names = {entry.name for entry in self._path.iterdir()} - {_LOCK}
        if _SUCCESS in names:
            raise OutputError(
                f"{self._path}: must be a new folder; it holds a finished run. Choose another, or remove this one."
            )
        foreign = sorted(name for name in names if not _OWN.fullmatch(name))
        if foreign or (names and _STARTED not in names):
            raise OutputError(
                f"{self._path}: must be a new folder or one that an unfinished run left; "
                f"it holds {(foreign or sorted(names))[0]!r}. Choose another folder."
            )
        for name in names - {_STARTED}:
            (self._path / name).unlink()

    def _write(self, name: str, fill: Callable[[IO[bytes]], Any]) -> str:
        temporary = self._path / f".tmp-{name}"
        try:
            with temporary.open("wb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            digest = digest_file(temporary)
            temporary.replace(self._path / name)
            descriptor = os.open(self._path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise OutputError(f"{self._path / name}: cannot be written ({error}). Make room and run again.") from error
        return digest

    def _release(self) -> None:
        (self._path / _LOCK).unlink(missing_ok=True)
        self._lock.close()


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


def _write_table(file: IO[bytes], schema: pa.Schema, tables: Any, file_format: Format) -> None:
    if file_format == "csv":
        with pa_csv.CSVWriter(file, schema) as writer:
            for table in tables:
                writer.write_table(table)
    else:
        with pa_parquet.ParquetWriter(file, schema) as writer:
            for table in tables:
                writer.write_table(table)


def _write_shard(file: IO[bytes], table: pa.Table) -> None:
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def _read_shard(path: Path) -> pa.Table:
    with pa.ipc.open_file(path) as reader:
        return reader.read_all()
