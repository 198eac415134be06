"""What is counted of scored rows, part by part."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from skdl.scoring._drift import ColumnDrift, add_drift

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl.scoring._part import Part

__all__ = ["Tally"]


@dataclass(frozen=True)
class Tally:
    """Counts of one part, or of several.

    Attributes
    ----------
    n_rows, n_bad : int
        Rows read, and those in quarantine.
    unseen : Counter
        Scored rows by column whose category the model never saw.
    drift : dict of str to ColumnDrift
        How each column differs from training's.
    """

    n_rows: int = 0
    n_bad: int = 0
    unseen: Counter[str] = field(default_factory=Counter)
    drift: dict[str, ColumnDrift] = field(default_factory=dict)

    @classmethod
    def of(cls, part: Part) -> Tally:
        """Count a part."""
        return cls(part.n_rows, part.quarantined.num_rows, part.unseen, part.drift)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.n_rows + other.n_rows,
            self.n_bad + other.n_bad,
            self.unseen + other.unseen,
            add_drift(self.drift, other.drift),
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types, in an order that does not depend on the parts' own."""
        return {
            "rows": self.n_rows,
            "scored": self.n_rows - self.n_bad,
            "quarantined": self.n_bad,
            "unseen": {name: self.unseen[name] for name in self.drift if name in self.unseen},
            "drift": {name: drift.to_json() for name, drift in self.drift.items()},
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Tally:
        """Read back what `to_json` gave; raises KeyError, TypeError or ValueError on anything else."""
        drift = {name: ColumnDrift.from_json(one) for name, one in plain["drift"].items()}
        return cls(int(plain["rows"]), int(plain["quarantined"]), Counter(plain["unseen"]), drift)
