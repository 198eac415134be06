"""An object store, or another file system that fsspec reaches: each file is one put, and a lease replaces the lock.

An object store shows a put whole or not at all, and has no renames. The lease file is created only where there is none,
if the store can do that, and read again before each part and before ``_SUCCESS``. Between that read and the put that
follows another run may still take over, so readers go by ``_SUCCESS`` and its digests.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from skdl.exceptions import OutputError, SkdlError, TryAgainError
from skdl.files import sha256_of_file
from skdl.scoring._lease import Lease, LeaseHolder
from skdl.tables import redact_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

__all__ = ["RemoteStore"]

_LEASE = ".skdl-writer.json"


class RemoteStore:
    """A folder of an fsspec file system.

    Parameters
    ----------
    url : str
        Address, as the user gave it.
    system : fsspec.AbstractFileSystem
        The file system.
    root : str
        Path of the folder in it.
    """

    def __init__(self, url: str, system: Any, root: str) -> None:
        self._url = url.rstrip("/")
        self._system = system
        self._root = root.rstrip("/")

    def at(self, name: str = "") -> str:
        """Return the address."""
        return f"{self._url}/{name}".rstrip("/")

    def display_name(self, name: str = "") -> str:
        """Return the address without user name and password."""
        return redact_credentials(self.at(name))

    def lock(self) -> None:
        """Write a lease where no valid one is."""
        with self._output_errors("", "written"):
            self._holder = LeaseHolder()
        try:
            self._write_lease(self._holder.renewed_lease().to_bytes())
            # Read back: where two runs wrote a lease at the same time, only the run whose lease is there continues.
            self.check_lock()
        except BaseException:
            self._holder.end()
            raise

    def check_lock(self) -> None:
        """Check that the lease is still this run's, and renew it once a minute."""
        # Read again each time: while this run was suspended, its lease may have expired and another run begun.
        lease = self._read_lease()
        if lease is None or lease.token != self._holder.token:
            raise TryAgainError(
                f"{self.display_name()}: another run has begun to write here. Wait for it, then run again."
            )
        if lease.is_due:
            self.put(_LEASE, self._holder.renewed_lease().to_bytes())

    def unlock(self) -> None:
        """Remove the lease; where that fails it expires."""
        try:
            with suppress(OSError):
                lease = self._read_lease()
                # Another run may hold the folder by now; its lease stays.
                if lease is not None and lease.token == self._holder.token:
                    self.remove(_LEASE)
        finally:
            self._holder.end()

    def names(self) -> set[str]:
        """List the folder; a missing one is empty."""
        # fsspec caches listings, and another run may have changed the folder.
        self._system.invalidate_cache()
        try:
            with self._output_errors("", "listed"):
                found = self._system.ls(self._root, detail=False)
        except FileNotFoundError:
            return set()
        paths = {path.rstrip("/") for path in found} - {self._root}  # some list the folder itself too
        return {path.rpartition("/")[2] for path in paths} - {_LEASE}

    def read(self, name: str) -> bytes:
        """Get a file."""
        with self._output_errors(name, "read"):
            return bytes(self._system.cat_file(self._path(name)))

    def digest(self, name: str) -> str:
        """Read a file in pieces and digest them."""
        with self._output_errors(name, "read"), self._system.open(self._path(name), "rb") as file:
            return sha256_of_file(file)

    def put(self, name: str, content: bytes | pa.Buffer) -> None:
        """Put the content."""
        with self._output_errors(name, "written", missing=False):
            # fsspec takes bytes, not an Arrow buffer.
            self._system.pipe_file(self._path(name), bytes(content))

    def put_stream(self, name: str, fill: Callable[[IO[bytes]], Any]) -> None:
        """Write the content to a local file, and put that."""
        with (
            self._output_errors(name, "written", missing=False),
            tempfile.TemporaryDirectory(prefix="skdl-") as folder,
        ):
            local = Path(folder) / "content"  # closed before it is read: Windows opens a file once
            with local.open("wb") as file:
                fill(file)
            self._system.put_file(str(local), self._path(name))

    def remove(self, name: str) -> None:
        """Remove a file."""
        with suppress(FileNotFoundError), self._output_errors(name, "removed"):
            self._system.rm_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _read_lease(self) -> Lease | None:
        try:
            return Lease.from_bytes(self.read(_LEASE))
        except FileNotFoundError:
            return None

    def _write_lease(self, content: bytes) -> None:
        found = self._read_lease()
        if found is not None:
            self._check_expired(found)
            self.put(_LEASE, content)
            return
        try:
            # Exclusive creation, where the store has it: of two runs that found no lease only one succeeds.
            self._system.pipe_file(self._path(_LEASE), content, mode="create")
        except Exception:  # noqa: BLE001 - each system reports in its own way that there is one, or that it cannot do this
            # Either another run was faster, or the store has no exclusive creation, or the folder is missing.
            self._check_expired(self._read_lease())
            self._make_folder()
            self.put(_LEASE, content)

    def _check_expired(self, lease: Lease | None) -> None:
        if lease is not None and lease.is_valid:
            raise TryAgainError(
                f"{self.display_name()}: another run is writing here, from {lease.machine}. Wait for it, or choose "
                "another folder. The lease of a run that was killed on another machine expires after 15 minutes."
            )

    def _make_folder(self) -> None:
        """Make the folder, on systems that have folders; a missing bucket is not made."""
        # The part before the first slash: a bucket. Creating one is left to its owner.
        top = self._root[: (self._root + "/").find("/", 1)]
        with suppress(Exception):  # the put that follows reports what is wrong
            if self._system.exists(top):
                self._system.makedirs(self._root, exist_ok=True)

    @contextmanager
    def _output_errors(self, name: str, done: str, *, missing: bool = True) -> Iterator[None]:
        """Turn any error of the system into an OutputError; ``missing`` lets FileNotFoundError pass."""
        try:
            yield
        except SkdlError:
            raise
        except Exception as error:
            if missing and isinstance(error, FileNotFoundError):
                raise
            reason = (str(error) or type(error).__name__).split("\n", maxsplit=1)[0]
            raise OutputError(
                f"{self.display_name(name)}: cannot be {done} ({reason}). Check the address and your permissions "
                "there, and run again."
            ) from error
