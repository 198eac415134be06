"""A place that fsspec reaches: each file is one put, and a mark stands for the lock.

An object store shows a put whole or not at all, and knows no renaming. Where two writers meet, the mark lets one in: it
is created only where none is, if the store can do that, and looked at again before each part and before ``_SUCCESS``.
Between such a look and the put that follows another run may still come, so readers go by ``_SUCCESS`` and its digests.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any

from skdl.exceptions import OutputError, SkdlError, TryAgainError
from skdl.files import sha256_of_file
from skdl.scoring._writer import Mark, Writer
from skdl.tables import redact_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

__all__ = ["RemotePlace"]

_MARK = ".skdl-writer.json"


class RemotePlace:
    """A place of an fsspec file system.

    Parameters
    ----------
    url : str
        Its address, as it was given.
    system : fsspec.AbstractFileSystem
        What reaches it.
    root : str
        Its path there.
    """

    def __init__(self, url: str, system: Any, root: str) -> None:
        self._url = url.rstrip("/")
        self._system = system
        self._root = root.rstrip("/")

    def at(self, name: str = "") -> str:
        """Give the address."""
        return f"{self._url}/{name}".rstrip("/")

    def shown(self, name: str = "") -> str:
        """Give the address without the name and password that it may hold."""
        return redact_credentials(self.at(name))

    def hold(self) -> None:
        """Leave a mark where none holds."""
        with self._told("", "written"):
            self._writer = Writer()
        try:
            self._leave_mark(self._writer.mark().to_bytes())
            self.check_held()
        except BaseException:
            self._writer.end()
            raise

    def check_held(self) -> None:
        """Look whether the mark is still this run's, and renew it now and then."""
        mark = self._mark()
        if mark is None or mark.token != self._writer.token:
            raise TryAgainError(f"{self.shown()}: another run has begun to write here. Wait for it, and run again.")
        if mark.is_old:
            self.put(_MARK, self._writer.mark().to_bytes())

    def release(self) -> None:
        """Take the mark away; where that fails, it holds no longer all the same."""
        try:
            with suppress(OSError):
                mark = self._mark()
                if mark is not None and mark.token == self._writer.token:
                    self.remove(_MARK)
        finally:
            self._writer.end()

    def names(self) -> set[str]:
        """List the place; one that is not there is empty."""
        self._system.invalidate_cache()
        try:
            with self._told("", "listed"):
                found = self._system.ls(self._root, detail=False)
        except FileNotFoundError:
            return set()
        paths = {path.rstrip("/") for path in found} - {self._root}  # some list the folder's own mark too
        return {path.rpartition("/")[2] for path in paths} - {_MARK}

    def read(self, name: str) -> bytes:
        """Get a file."""
        with self._told(name, "read"):
            return bytes(self._system.cat_file(self._path(name)))

    def digest(self, name: str) -> str:
        """Get a file in pieces, and digest them."""
        with self._told(name, "read"), self._system.open(self._path(name), "rb") as file:
            return sha256_of_file(file)

    def put(self, name: str, content: bytes | pa.Buffer) -> None:
        """Put it at once."""
        with self._told(name, "written", missing=False):
            self._system.pipe_file(self._path(name), bytes(content))

    def put_filled(self, name: str, fill: Callable[[IO[bytes]], Any]) -> None:
        """Write it to a file here, and put that."""
        with self._told(name, "written", missing=False), tempfile.NamedTemporaryFile(prefix="skdl-") as file:
            fill(file)
            file.flush()
            self._system.put_file(file.name, self._path(name))

    def remove(self, name: str) -> None:
        """Remove a file."""
        with suppress(FileNotFoundError), self._told(name, "removed"):
            self._system.rm_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _mark(self) -> Mark | None:
        try:
            return Mark.from_bytes(self.read(_MARK))
        except FileNotFoundError:
            return None

    def _leave_mark(self, content: bytes) -> None:
        left = self._mark()
        if left is not None:
            self._check_left(left)
            self.put(_MARK, content)
            return
        try:
            self._system.pipe_file(self._path(_MARK), content, mode="create")
        except Exception:  # noqa: BLE001 - each system says in its own way that one is there, or that it cannot do this
            self._check_left(self._mark())
            self._make_folder()
            self.put(_MARK, content)

    def _check_left(self, mark: Mark | None) -> None:
        if mark is not None and mark.holds:
            raise TryAgainError(
                f"{self.shown()}: another run is writing here, from {mark.machine}. Wait for it, or choose another "
                "folder. A run that was killed on another machine counts as ended after a quarter of an hour."
            )

    def _make_folder(self) -> None:
        """Make the folder, for systems that have such; a bucket that is not there is not made."""
        top = self._root[: (self._root + "/").find("/", 1)]
        with suppress(Exception):  # what is put next says what is wrong
            if self._system.exists(top):
                self._system.makedirs(self._root, exist_ok=True)

    @contextmanager
    def _told(self, name: str, done: str, *, missing: bool = True) -> Iterator[None]:
        """Turn whatever the system raises into an OutputError; ``missing`` lets it say that something is not there."""
        try:
            yield
        except SkdlError:
            raise
        except Exception as error:
            if missing and isinstance(error, FileNotFoundError):
                raise
            reason = (str(error) or type(error).__name__).split("\n", maxsplit=1)[0]
            raise OutputError(
                f"{self.shown(name)}: cannot be {done} ({reason}). Check the address and what may be done there, "
                "and run again."
            ) from error
