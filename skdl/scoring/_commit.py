"""The output folder: one writer, each file whole or absent, and a mark when all is there.

A part's record is written before the part, so that a run that was killed knows what is done. ``_SUCCESS``, with the
digest of every part, is written last: it says what a reader may count on. How a file comes to lie there is its place's.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, Self

import pyarrow as pa

from skdl.exceptions import OutputError
from skdl.scoring._chunk import Finished, Format, write_tables
from skdl.scoring._plan import QUARANTINE
from skdl.scoring._resume import Record, read_records, record_name, shard_name
from skdl.scoring._tally import Tally

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from skdl.scoring._place import Place

__all__ = ["OutputFolder", "Start"]

Start = Literal["new", "resumed", "restarted", "done"]

_STARTED = ".started.json"  # says that what lies here is skdl's own, and of which run it is
_SUCCESS = "_SUCCESS"
_PART = re.compile(r"part-(\d{5,})\.(?:parquet|csv)")
_OWN = re.compile(r"\.(tmp|quarantine|done)-.*|part-\d{5,}\.(parquet|csv)|quarantine\.(parquet|csv)|\.started\.json")


class OutputFolder:
    """A folder held by one run; a context manager.

    Parameters
    ----------
    place : Place
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

    def __init__(self, place: Place, file_format: Format, key: str | None = None) -> None:
        self._place = place
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
    def out(self) -> Path | str:
        """The folder itself."""
        return self._place.at()

    @property
    def parts(self) -> tuple[Path | str, ...]:
        """Parts that are written, in input order."""
        return tuple(self._place.at(name) for name in self._part_names())

    @property
    def quarantine(self) -> Path | str:
        """Where bad rows are gathered."""
        return self._place.at(self._gathered)

    def is_done(self, number: int) -> bool:
        """Tell whether a part was there before this run."""
        return number in self._done

    def __enter__(self) -> Self:
        self._place.hold()
        try:
            self._take_over()
        except BaseException as error:
            self._place.release()
            if isinstance(error, OSError) and not isinstance(error, OutputError):
                raise OutputError(f"{self._place.shown()}: cannot be used ({error}). Check the folder.") from error
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._place.release()

    def write_part(self, finished: Finished) -> None:
        """Commit one chunk: bad rows and record first, so that a part that is there has both."""
        number, bad = finished.number, finished.quarantined
        digest = sha256(finished.content).hexdigest()
        record = Record(number, finished.tally, digest, None if bad is None else sha256(bad).hexdigest())
        self._place.check_held()
        if bad is not None:
            self._place.put(shard_name(number), bad)
        self._place.put(record_name(number), record.to_bytes())
        self._place.put(self._part(number), finished.content)
        self._know(record)

    def gather_quarantine(self) -> None:
        """Write all bad rows, in input order, into one file."""
        tables = (_read_shard(self._place.read(shard_name(number))) for number in sorted(self._shards))
        self._place.put_filled(self._gathered, lambda file: write_tables(file, QUARANTINE, tables, self._format))
        self._digests[self._gathered] = self._place.digest(self._gathered)

    def succeed(self, summary: dict[str, Any]) -> None:
        """Write ``_SUCCESS``, last of all, then remove what only an unfinished run needs."""
        files = {name: self._digests[name] for name in [*self._part_names(), self._gathered]}
        plain = {**summary, "key": self._key, "files": files}
        content = json.dumps({**plain, "sha256": _digest_of(plain)}, indent=1, ensure_ascii=False) + "\n"
        self._place.check_held()
        self._place.put(_SUCCESS, content.encode())
        self._remove(self._place.names() - set(files))

    @property
    def _gathered(self) -> str:
        return f"quarantine.{self._format}"

    def _part_names(self) -> list[str]:
        names = [name for name in self._digests if name.startswith("part-")]
        return sorted(names, key=lambda name: (len(name), name))

    def _part(self, number: int) -> str:
        return f"part-{number:05d}.{self._format}"

    def _know(self, record: Record) -> None:
        self._digests[self._part(record.number)] = record.part
        if record.quarantined is not None:
            self._shards.add(record.number)
        self.tally += record.tally

    def _take_over(self) -> None:
        """Look at what is there: nothing, a finished run, or what an unfinished one left."""
        names = self._place.names()
        if _SUCCESS in names:
            self._take_over_finished()
            return
        foreign = sorted(name for name in names if not _is_own(name, names))
        lasting = {name for name in names if not name.startswith(".tmp-")}  # a kill may leave one
        if foreign or (lasting and _STARTED not in names):
            raise OutputError(
                f"{self._place.shown()}: must be a new folder or one that an unfinished run left; "
                f"it holds {(foreign or sorted(names))[0]!r}. Choose another folder."
            )
        own = self._key is not None and self._read_json(_STARTED).get("key") == self._key
        for record in read_records(self._place, names, self._format) if own else ():
            self._place.check_held()
            self._know(record)
            self._done.add(record.number)
        self.start = "resumed" if self._done else "restarted" if any(not n.startswith(".") for n in names) else "new"
        kept = {self._part(number) for number in self._done} | {record_name(number) for number in self._done}
        kept |= {shard_name(number) for number in self._shards} | {_STARTED}
        self._remove(names - kept)
        self._place.put(_STARTED, json.dumps({"key": self._key}).encode())

    def _take_over_finished(self) -> None:
        success = self._read_json(_SUCCESS)
        if self._key is None or success.get("key") != self._key:
            raise OutputError(
                f"{self._place.shown()}: must be a new folder; it holds a finished run. "
                "Choose another, or remove this one."
            )
        try:
            whole = success.pop("sha256") == _digest_of(success)
            tally, digests = Tally.from_json(success), dict(success["files"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._was_changed(_SUCCESS) from error
        if not whole:
            raise self._was_changed(_SUCCESS)
        for name, digest in digests.items():
            if not _OWN.fullmatch(name) or self._digest(name) != digest:
                raise self._was_changed(name)
        self._digests, self.tally, self.start = digests, tally, "done"
        self._remove({name for name in self._place.names() if name.startswith(".")})

    def _was_changed(self, name: str) -> OutputError:
        return OutputError(
            f"{self._place.shown(name)}: must be as this run once wrote it; it was changed or removed since. "
            "Remove the folder and run again."
        )

    def _remove(self, names: set[str]) -> None:
        for name in sorted(names, key=lambda name: name.startswith(".")):  # a part before its record
            if _OWN.fullmatch(name):
                self._place.remove(name)

    def _read_json(self, name: str) -> dict[str, Any]:
        """Read what another run wrote; nothing where it is no such thing."""
        try:
            plain = json.loads(self._place.read(name))
        except (FileNotFoundError, ValueError):
            return {}
        return plain if isinstance(plain, dict) else {}

    def _digest(self, name: str) -> str | None:
        try:
            return self._place.digest(name)
        except FileNotFoundError:
            return None


def _digest_of(plain: dict[str, Any]) -> str:
    return sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _is_own(name: str, names: set[str]) -> bool:
    """Tell whether a run wrote a file: no part is there without its record."""
    part = _PART.fullmatch(name)
    return _OWN.fullmatch(name) is not None and (part is None or record_name(int(part[1])) in names)


def _read_shard(content: bytes) -> pa.Table:
    with pa.ipc.open_file(content) as reader:
        return reader.read_all()
