"""What the scored rows have that training's had not: gaps, numbers outside the range, categories."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ColumnDrift", "add_drift"]

_NOTICED = 0.01  # of the rows, beyond what training had
_ERRORS = 3.0  # standard errors of a share, so that a short table is not taken for another one


@dataclass(frozen=True)
class ColumnDrift:
    """How a column's values differ from training's.

    Attributes
    ----------
    n_rows : int
        Well-formed rows, bad values among them.
    n_null, n_outside, n_unseen : int
        Rows whose value is missing, outside the range of training, or of a category that training had not.
    null_share_in_training : float, optional
        Share of missing values in training; None where the model does not know.

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
        """Share of values of a category that training had not."""
        return self.n_unseen / max(self.n_rows, 1)

    @property
    def excess(self) -> float:
        """Largest of the shares, that of missing values beyond training's."""
        known = self.null_share_in_training
        gaps = 0.0 if known is None else self.null_share - known
        return max(gaps, self.outside_share, self.unseen_share)

    def notes(self) -> tuple[str, ...]:
        """Say what stands out; nothing where the column is like training's."""
        said = []
        known = self.null_share_in_training
        if known is not None and self._stands_out(self.null_share, known):
            said.append(f"{self.null_share:.1%} of the values are missing; in training {known:.1%}")
        if self._stands_out(self.outside_share):
            said.append(f"{self.outside_share:.1%} of the values are outside training's range")
        if self._stands_out(self.unseen_share):
            said.append(f"{self.unseen_share:.1%} of the values are of categories that training had not")
        return tuple(said)

    def to_json(self) -> dict[str, Any]:
        """Return shares beside what they are compared with."""
        return {
            "rows": self.n_rows,
            "null": self.n_null,
            "outside": self.n_outside,
            "unseen": self.n_unseen,
            "null_share_in_training": self.null_share_in_training,
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> ColumnDrift:
        """Read back what `to_json` gave."""
        return cls(*(plain[name] for name in ("rows", "null", "outside", "unseen", "null_share_in_training")))

    def _stands_out(self, share: float, known: float = 0.0) -> bool:
        """Tell whether a share is larger than training's by enough to matter, and not by chance."""
        matters = known + _NOTICED
        return share > matters + _ERRORS * sqrt(matters / max(self.n_rows, 1))

    def __add__(self, other: ColumnDrift) -> ColumnDrift:
        return ColumnDrift(
            self.n_rows + other.n_rows,
            self.n_null + other.n_null,
            self.n_outside + other.n_outside,
            self.n_unseen + other.n_unseen,
            self.null_share_in_training,
        )


def add_drift(first: Mapping[str, ColumnDrift], second: Mapping[str, ColumnDrift]) -> dict[str, ColumnDrift]:
    """Add up what two parts of a table have, by column."""
    return {name: first[name] + drift if name in first else drift for name, drift in second.items()} or dict(first)
