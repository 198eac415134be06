"""The results of finished folds on disk, a line each, so that a run that was killed goes on where it stopped."""

from __future__ import annotations

import errno
import json
import os
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Self

from skdl.cross_validation._encoding import decode_result, encode_result
from skdl.cross_validation._identity import Identity, what_changed
from skdl.exceptions import OutputError
from skdl.saved_models import is_intact

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from skdl.cross_validation._fold import FoldResult

__all__ = ["JOURNAL_NAME", "Journal", "SavedWinner"]

JOURNAL_NAME = ".journal.jsonl"
_FORMAT = 1


@dataclass(frozen=True)
class SavedWinner:
    """The model that a finished run saved: its name in the comparison, and its pin."""

    model: str
    pin: str


class Journal:
    """What is known of a comparison before it goes on, and where its next results go; a context manager.

    Each line is a checksum and a JSON value: first the comparison's identity, then a line a result. A line is
    written in one go; one that was cut by a kill, and all that might follow it, is dropped.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    identity : dict
        Of the comparison that is to run. Another one's results are left behind.
    fresh : bool, default=False
        Leave everything behind.

    Attributes
    ----------
    results : list of FoldResult
        Of this very comparison, as they were.
    seconds : float
        That earlier runs of it took.
    afresh_because : str or None
        Why an earlier comparison was left behind; None where there was none.
    seed_spreads : dict of (str, int) to float
        Spread over seeds, by model and number of folds.
    insights : dict of (str, int) to dict
        What was found out about a model, as plain values, by model and number of folds.
    winner : SavedWinner or None
        What an earlier run that finished saved.

    Raises
    ------
    OutputError
        On entering, and where a line cannot be written.
    """

    def __init__(self, path: Path, identity: Identity, *, fresh: bool = False) -> None:
        self._path = path
        self._identity = json.loads(json.dumps(identity))
        self._fresh = fresh
        self.results: list[FoldResult] = []
        self.seconds = 0.0
        self.afresh_because: str | None = None
        self.seed_spreads: dict[tuple[str, int], float] = {}
        self.insights: dict[tuple[str, int], dict[str, Any]] = {}
        self.winner: SavedWinner | None = None

    def __enter__(self) -> Self:
        try:
            kept = self._read()
            self._file: IO[bytes] = self._path.open("ab", buffering=0)
            self._file.truncate(kept)
        except OSError as error:
            raise _unwritable(self._path, error) from error
        if kept == 0:
            self._write({"format": _FORMAT, "identity": self._identity})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, result: FoldResult, seconds: float) -> None:
        """Keep a result, and the seconds that the comparison has taken so far.

        One that has no form in a file is kept for this run alone.
        """
        with suppress(ValueError):
            self._write({"result": encode_result(result), "seconds": seconds})
        self.results.append(result)

    def add_seed_spread(self, model: str, n_folds: int, spread: float) -> None:
        """Keep how far a network's score moves with its seed."""
        self._write({"seeds_of": model, "folds": n_folds, "spread": spread})
        self.seed_spreads[model, n_folds] = spread

    def add_insight(self, model: str, n_folds: int, insight: dict[str, Any]) -> None:
        """Keep what was found out about a model."""
        self._write({"insight_into": model, "folds": n_folds, "insight": insight})
        self.insights[model, n_folds] = insight

    def finish(self, winner: SavedWinner) -> None:
        """Note which model was saved."""
        self._write({"model": winner.model, "pin": winner.pin})
        self.winner = winner

    def pin_of(self, model: str, folder: Path) -> str | None:
        """Give the pin of a model that an earlier run saved, where it is still there as it was."""
        if self.winner is None or self.winner.model != model:
            return None
        return self.winner.pin if is_intact(folder, sha256=self.winner.pin) else None

    def forget(self) -> None:
        """Leave nothing to go on with."""
        self._path.unlink(missing_ok=True)
        self.results.clear()

    def _read(self) -> int:
        """Take over what is there; return how many bytes of it are to stay."""
        if not self._path.exists():
            return 0
        if self._fresh:
            self.afresh_because = "fresh was asked for"
            return 0
        lines = list(_whole_lines(self._path.read_bytes()))
        head = lines[0][0] if lines else {}
        if head.get("format") != _FORMAT or not isinstance(head.get("identity"), dict):
            self.afresh_because = "the journal of the earlier run cannot be read"
            return 0
        self.afresh_because = what_changed(head["identity"], self._identity)
        if self.afresh_because is not None:
            return 0
        kept = lines[0][1]
        for line, end in lines[1:]:
            try:
                self._take(line)
            except (KeyError, TypeError, ValueError):  # a line of another version, or of another hand
                break
            kept = end
        return kept

    def _take(self, line: dict[str, Any]) -> None:
        if "result" in line:
            result, self.seconds = decode_result(line["result"]), float(line["seconds"])
            self.results.append(result)
        elif "seeds_of" in line:
            self.seed_spreads[str(line["seeds_of"]), int(line["folds"])] = float(line["spread"])
        elif "insight_into" in line:
            self.insights[str(line["insight_into"]), int(line["folds"])] = dict(line["insight"])
        elif "pin" in line:
            self.winner = SavedWinner(str(line["model"]), str(line["pin"]))

    def _write(self, value: dict[str, Any]) -> None:
        content = json.dumps(value, separators=(",", ":")).encode()
        line = b"%08x %b\n" % (zlib.crc32(content), content)
        try:
            n_written = self._file.write(line)
        except OSError as error:
            raise _unwritable(self._path, error) from error
        if n_written < len(line):
            raise _unwritable(self._path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


def _whole_lines(content: bytes) -> list[tuple[dict[str, Any], int]]:
    """Give every line up to the first that is damaged, each with the place where it ends."""
    found: list[tuple[dict[str, Any], int]] = []
    start = 0
    while (end := content.find(b"\n", start)) >= 0:
        checksum, _, line = content[start:end].partition(b" ")
        if not line.startswith(b"{") or checksum != b"%08x" % zlib.crc32(line):
            break
        try:
            found.append((json.loads(line), end + 1))
        except (ValueError, RecursionError):
            break
        start = end + 1
    return found


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path.parent}: finished folds must be writable there; {error.strerror or error}. "
        "Free the place or name another with --out."
    )
