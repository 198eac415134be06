"""What an unfinished folder says of itself: whose it is, and which parts of it are done."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from skdl.saved_models import current_versions
from skdl.scoring._tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from skdl.scoring._chunk import Format
    from skdl.scoring._inputs import Input
    from skdl.scoring._place import Place

__all__ = ["Record", "read_records", "record_name", "run_key", "shard_name"]


def run_key(pin: str | None, inputs: Sequence[Input], file_format: Format) -> str | None:
    """Tell a run by all that decides its bytes; None where that cannot be told.

    A model that was never saved has no pin; standard input is gone when it was read.
    """
    plan = inputs[0].plan
    digests = [(one.plan.source, one.mark.digest if one.mark is not None else None) for one in inputs]
    if pin is None or any(digest is None for _, digest in digests):
        return None
    decided = {
        "model": pin,
        "inputs": digests,
        "format": file_format,
        "proba": plan.proba,
        "keep": plan.keep,
        "threshold": plan.threshold,
        "chunk_rows": plan.chunk_rows,
        "versions": current_versions() | {"pyarrow": version("pyarrow")},
    }
    return hashlib.sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Record:
    """What is written beside a part before the part itself: its counts and digests.

    Attributes
    ----------
    number : int
        Of the part.
    tally : Tally
        Its counts.
    part : str
        Digest of its file.
    quarantined : str, optional
        Digest of its bad rows; None where it has none.
    """

    number: int
    tally: Tally
    part: str
    quarantined: str | None

    def to_bytes(self) -> bytes:
        """Return the file's content, its own digest first."""
        plain = {**self.tally.to_json(), "number": self.number, "part": self.part, "bad": self.quarantined}
        content = json.dumps(plain).encode()
        return hashlib.sha256(content).hexdigest().encode() + b"\n" + content

    @classmethod
    def from_bytes(cls, content: bytes) -> Record:
        """Read back what `to_bytes` gave; raises KeyError, TypeError, AttributeError or ValueError on other bytes."""
        digest, _, content = content.partition(b"\n")
        if hashlib.sha256(content).hexdigest().encode() != digest:
            raise ValueError("damaged")
        plain: dict[str, Any] = json.loads(content)
        return cls(int(plain["number"]), Tally.from_json(plain), str(plain["part"]), plain["bad"])


def record_name(number: int) -> str:
    """Name the file of a record."""
    return f".done-{number:05d}.json"


def shard_name(number: int) -> str:
    """Name the file of a part's bad rows."""
    return f".quarantine-{number:05d}.arrow"


def read_records(place: Place, names: set[str], ending: str) -> Iterator[Record]:
    """Read the records whose part, and whose bad rows, lie there as they were written."""
    for name in sorted(name for name in names if name.startswith(".done-")):
        try:
            record = Record.from_bytes(place.read(name))
            files = [(f"part-{record.number:05d}.{ending}", record.part)]
            if record.quarantined is not None:
                files.append((shard_name(record.number), record.quarantined))
            whole = name == record_name(record.number) and all(place.digest(file) == sha for file, sha in files)
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            continue
        if whole:
            yield record
