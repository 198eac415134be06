"""An object store, or another file system that fsspec reaches: each file is one put, and a lease replaces the lock.

An object store shows a put whole or not at all, and has no renames and no locks. A lease file allows one writer at a
time. It is created only where there is none, if the store can do that, and read again before each part and before
``_SUCCESS``. Between that read and the put that follows another run may still take over, so readers go by ``_SUCCESS``
and its digests.

A lease expires 15 minutes after its last renewal. On the machine that it names it expires at once when its run ends: it
also names a lock file there, and a lock ends with its process.
"""

from __future__ import annotations

import json
import platform
import secrets
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from skdl._note import Note
from skdl.exceptions import OutputError, SkdlError, TryAgainError
from skdl.files import LockFile, is_locked, sha256_of_file
from skdl.tables import redact_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

__all__ = ["RemoteStore"]

_LEASE = ".skdl-writer.json"
# A lease is renewed between parts only, so it has to outlast the slowest part. A run that loses its lease notices that
# before its next write.
_VALID_S = 15 * 60
_RENEWED_AFTER_S = 60

# What cannot be done.
_WRITTEN, _LISTED = Note("be_written", "written"), Note("be_listed", "listed")
_READ, _REMOVED = Note("be_read", "read"), Note("be_removed", "removed")


@dataclass(frozen=True)
class _Lease:
    """The content of a lease file: its run, the machine and lock file of that run, and when it was last renewed."""

    token: str
    machine: str
    lock: str
    renewed: float  # seconds since 1970, by the clock of that machine

    @property
    def age_s(self) -> float:
        """Seconds since it was renewed; positive also where its clock is ahead, which must not block for years."""
        return abs(time.time() - self.renewed)

    @property
    def is_valid(self) -> bool:
        """Whether its run may still be writing."""
        # On the same machine the lock file decides, whatever the age of the lease: a killed run blocks no other, and a
        # suspended one keeps its folder. None (another machine, or a lock file that cannot be opened) leaves it to the
        # age.
        locked = is_locked(self.lock) if self.machine == platform.node() else None
        return self.age_s < _VALID_S if locked is None else locked


class RemoteStore:
    """A folder of an fsspec file system, with the methods of `LocalStore`; ``root`` is its path there."""

    def __init__(self, url: str, system: Any, root: str) -> None:
        self._url = url.rstrip("/")
        self._system = system
        self._root = root.rstrip("/")
        # Random, because process ids repeat and machines may have the same name.
        self._token = secrets.token_hex(16)

    def at(self, name: str = "") -> str:
        """Return the address."""
        return f"{self._url}/{name}".rstrip("/")

    def display_name(self, name: str = "") -> str:
        """Return the address without user name and password."""
        return redact_credentials(self.at(name))

    def lock(self) -> None:
        """Write a lease where no valid one is."""
        self._lock_path = Path(tempfile.gettempdir()) / f"skdl-{self._token}.lock"
        with self._output_errors("", _WRITTEN):
            self._lock = LockFile(self._lock_path)
        try:
            self._write_lease()
            # Read back: where two runs wrote a lease at the same time, only the run whose lease is there continues.
            self.check_lock()
        except BaseException:
            self._lock.release()
            raise

    def check_lock(self) -> None:
        """Check that the lease is still this run's, and renew it once a minute."""
        # Read again each time: while this run was suspended, its lease may have expired and another run begun.
        lease = self._read_lease()
        if lease is None or lease.token != self._token:
            text = "{where}: another run has begun to write here. Wait for it, then run again."
            raise TryAgainError.of("store_taken", text, where=self.display_name())
        if lease.age_s > _RENEWED_AFTER_S:
            self.put(_LEASE, self._renewed_lease())

    def unlock(self) -> None:
        """Remove the lease; where that fails it expires."""
        try:
            with suppress(OSError):
                lease = self._read_lease()
                # Another run may hold the folder by now; its lease stays.
                if lease is not None and lease.token == self._token:
                    self.remove(_LEASE)
        finally:
            self._lock.release()

    def names(self) -> set[str]:
        """List the folder; a missing one is empty."""
        # fsspec caches listings, and another run may have changed the folder.
        self._system.invalidate_cache()
        try:
            with self._output_errors("", _LISTED):
                found = self._system.ls(self._root, detail=False)
        except FileNotFoundError:
            return set()
        paths = {path.rstrip("/") for path in found} - {self._root}  # some list the folder itself too
        return {path.rpartition("/")[2] for path in paths} - {_LEASE}

    def read(self, name: str) -> bytes:
        """Get a file."""
        with self._output_errors(name, _READ):
            return bytes(self._system.cat_file(self._path(name)))

    def digest(self, name: str) -> str:
        """Read a file in pieces and digest them."""
        with self._output_errors(name, _READ), self._system.open(self._path(name), "rb") as file:
            return sha256_of_file(file)

    def put(self, name: str, content: bytes | pa.Buffer) -> None:
        """Put the content."""
        with self._output_errors(name, _WRITTEN, missing=False):
            # fsspec takes bytes, not an Arrow buffer.
            self._system.pipe_file(self._path(name), bytes(content))

    def put_stream(self, name: str, fill: Callable[[IO[bytes]], Any]) -> None:
        """Write the content to a local file, and put that."""
        with (
            self._output_errors(name, _WRITTEN, missing=False),
            tempfile.TemporaryDirectory(prefix="skdl-") as folder,
        ):
            local = Path(folder) / "content"  # closed before it is read: Windows opens a file once
            with local.open("wb") as file:
                fill(file)
            self._system.put_file(str(local), self._path(name))

    def remove(self, name: str) -> None:
        """Remove a file."""
        with suppress(FileNotFoundError), self._output_errors(name, _REMOVED):
            self._system.rm_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _renewed_lease(self) -> bytes:
        lease = _Lease(self._token, platform.node(), str(self._lock_path), time.time())
        return json.dumps(asdict(lease)).encode()

    def _read_lease(self) -> _Lease | None:
        """Return the lease that is there; None where there is none, or other bytes."""
        try:
            plain = json.loads(self.read(_LEASE))
            types = {name: type(value) for name, value in plain.items()}
        except (FileNotFoundError, ValueError, AttributeError, RecursionError):
            return None
        return _Lease(**plain) if types == {"token": str, "machine": str, "lock": str, "renewed": float} else None

    def _write_lease(self) -> None:
        content = self._renewed_lease()
        found = self._read_lease()
        if found is None:
            with suppress(Exception):  # each system reports in its own way that there is one, or that it cannot do this
                # Exclusive creation, where the store has it: of two runs that found no lease only one succeeds.
                self._system.pipe_file(self._path(_LEASE), content, mode="create")
                return
            # Either another run was faster, or the store has no exclusive creation, or the folder is missing.
            found = self._read_lease()
        if found is not None and found.is_valid:
            text = (
                "{where}: another run is writing here, from {machine}. Wait for it, or choose another folder. The "
                "lease of a run that was killed on another machine expires after 15 minutes."
            )
            raise TryAgainError.of("store_in_use", text, where=self.display_name(), machine=found.machine)
        self._make_folder()
        self.put(_LEASE, content)

    def _make_folder(self) -> None:
        """Make the folder, on systems that have folders; a missing bucket is not made."""
        # The part before the first slash: a bucket. Creating one is left to its owner.
        top = self._root[: (self._root + "/").find("/", 1)]
        with suppress(Exception):  # the put that follows reports what is wrong
            if self._system.exists(top):
                self._system.makedirs(self._root, exist_ok=True)

    @contextmanager
    def _output_errors(self, name: str, done: Note, *, missing: bool = True) -> Iterator[None]:
        """Turn any error of the system into an OutputError; ``missing`` lets FileNotFoundError pass."""
        try:
            yield
        except SkdlError:
            raise
        except Exception as error:
            if missing and isinstance(error, FileNotFoundError):
                raise
            reason = (str(error) or type(error).__name__).split("\n", maxsplit=1)[0]
            text = "{where}: cannot be {done} ({reason}). Check the address and your permissions there, and run again."
            raise OutputError.of(
                "remote_failed", text, where=self.display_name(name), done=done, reason=reason
            ) from error
