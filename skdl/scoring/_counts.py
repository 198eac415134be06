"""Counts of scored rows, part by part: rows read, bad rows, unseen categories, drift of each column."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from math import sqrt
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

from skdl._note import Note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import TypeAdapter

__all__ = ["ColumnDrift", "Counts", "json_reader"]

Kind = TypeVar("Kind")

_MIN_EXCESS = 0.01  # of the rows, beyond what training had
_N_STANDARD_ERRORS = 3.0  # so that a short table does not drift by chance


@dataclass(frozen=True)
class ColumnDrift:
    """How a column's values differ from training's.

    Attributes
    ----------
    n_rows : int
        Well-formed rows, bad values among them.
    n_null, n_outside, n_unseen : int
        Rows whose value is missing, outside the range of training, or of a category that training did not have.
    null_share_in_training : float, optional
        Share of missing values in training; None where the model does not hold it.

    Examples
    --------
    >>> drift = ColumnDrift(n_rows=1000, n_null=400, n_outside=0, n_unseen=1, null_share_in_training=0.1)
    >>> drift.notes()
    ('40.0% of the values are missing; in training 10.0%',)
    """

    n_rows: int
    n_null: int
    n_outside: int
    n_unseen: int
    null_share_in_training: float | None = None

    @property
    def null_share(self) -> float:
        """Share of missing values."""
        return self.n_null / max(self.n_rows, 1)

    @property
    def outside_share(self) -> float:
        """Share of values outside training's range."""
        return self.n_outside / max(self.n_rows, 1)

    @property
    def unseen_share(self) -> float:
        """Share of values of a category that training did not have."""
        return self.n_unseen / max(self.n_rows, 1)

    @property
    def excess(self) -> float:
        """Largest of the shares, that of missing values beyond training's."""
        return max(share for share, _ in self._excesses())

    def describe_excess(self) -> Note:
        """Describe the largest of the shares.

        >>> print(ColumnDrift(n_rows=1000, n_null=0, n_outside=2, n_unseen=1).describe_excess())
        0.2% outside the training range
        """
        share, note = max(self._excesses(), key=itemgetter(0))
        return Note.of(note.code, note.text, share=share)

    def _excesses(self) -> list[tuple[float, Note]]:
        """Return the shares, each with the template of its description."""
        known = self.null_share_in_training
        more_missing = 0.0 if known is None else self.null_share - known
        return [
            (self.outside_share, Note("excess_outside", "{share:.1%} outside the training range")),
            (self.unseen_share, Note("excess_unseen", "{share:.1%} in categories not seen in training")),
            (more_missing, Note("excess_missing", "{share:.1%} more missing values than in training")),
        ]

    def notes(self) -> tuple[str, ...]:
        """Describe what stands out; empty where the column is like training's."""
        return tuple(map(str, self.describe()))

    def describe(self) -> tuple[Note, ...]:
        """Describe what stands out, as notes that can be translated."""
        notes = []
        known = self.null_share_in_training
        if known is not None and self._stands_out(self.null_share, known):
            text = "{share:.1%} of the values are missing; in training {known:.1%}"
            notes.append(Note.of("drift_missing", text, share=self.null_share, known=known))
        if self._stands_out(self.outside_share):
            text = "{share:.1%} of the values are outside the training range"
            notes.append(Note.of("drift_outside", text, share=self.outside_share))
        if self._stands_out(self.unseen_share):
            text = "{share:.1%} of the values are categories not seen in training"
            notes.append(Note.of("drift_unseen", text, share=self.unseen_share))
        return tuple(notes)

    def to_json(self) -> dict[str, Any]:
        """Return the counts, and training's share of missing values."""
        return {
            "rows": self.n_rows,
            "null": self.n_null,
            "outside": self.n_outside,
            "unseen": self.n_unseen,
            "null_share_in_training": self.null_share_in_training,
        }

    def _stands_out(self, share: float, known: float = 0.0) -> bool:
        """Return whether a share exceeds training's by enough to matter, and not by chance."""
        # share > p + 3 * sqrt(p / n), where p is training's share plus 0.01. sqrt(p / n) is at least the
        # standard error sqrt(p * (1 - p) / n), and close to it for small p.
        matters = known + _MIN_EXCESS
        return share > matters + _N_STANDARD_ERRORS * sqrt(matters / max(self.n_rows, 1))

    def __add__(self, other: ColumnDrift) -> ColumnDrift:
        return ColumnDrift(
            self.n_rows + other.n_rows,
            self.n_null + other.n_null,
            self.n_outside + other.n_outside,
            self.n_unseen + other.n_unseen,
            self.null_share_in_training,
        )


def _add_drift(first: Mapping[str, ColumnDrift], second: Mapping[str, ColumnDrift]) -> dict[str, ColumnDrift]:
    """Add up what two parts of a table have, by column."""
    # Counts without rows have no columns; adding them on either side changes nothing.
    return {name: first[name] + drift if name in first else drift for name, drift in second.items()} or dict(first)


@dataclass(frozen=True)
class Counts:
    """Counts of one part, or of several."""

    n_rows: int = 0  # rows read
    n_bad: int = 0  # those of them in quarantine
    unseen: Counter[str] = field(default_factory=Counter)  # scored rows by column whose category the model never saw
    drift: dict[str, ColumnDrift] = field(default_factory=dict)
    n_left_out: int = 0  # lines in quarantine that are no rows of the table: column names again, lines below the rows

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.n_rows + other.n_rows,
            self.n_bad + other.n_bad,
            self.unseen + other.unseen,
            _add_drift(self.drift, other.drift),
            self.n_left_out + other.n_left_out,
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types, in an order that does not depend on the parts' own."""
        # Unseen categories are listed in the order of the model's columns. Parts end in any order, and ``_SUCCESS``
        # must have the same bytes in every run.
        return {
            "rows": self.n_rows,
            "scored": self.n_rows - self.n_bad,
            "quarantined": self.n_bad,
            "unseen": {name: self.unseen[name] for name in self.drift if name in self.unseen},
            "drift": {name: drift.to_json() for name, drift in self.drift.items()},
            **({"left_out": self.n_left_out} if self.n_left_out else {}),
        }

    @classmethod
    def from_json(cls, content: bytes | str) -> Counts:
        """Read back what `to_json` gave, without other keys; raises ValueError on anything else."""
        counts = json_reader(_CountsJson).validate_json(content, strict=True)
        drift = {
            name: ColumnDrift(one.rows, one.null, one.outside, one.unseen, one.null_share_in_training)
            for name, one in counts.drift.items()
        }
        return cls(counts.rows, counts.quarantined, Counter(counts.unseen), drift, counts.left_out)


@dataclass(frozen=True)
class _DriftJson:
    rows: int
    null: int
    outside: int
    unseen: int
    null_share_in_training: float | None


@dataclass(frozen=True)
class _CountsJson:
    rows: int
    quarantined: int
    unseen: dict[str, int]
    drift: dict[str, _DriftJson]
    left_out: int = 0


@cache
def json_reader(kind: type[Kind]) -> TypeAdapter[Kind]:
    """Return a reader of JSON that gives instances of a dataclass."""
    from pydantic import TypeAdapter  # a tenth of a second, and workers read no such file

    return TypeAdapter(kind)
