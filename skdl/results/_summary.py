"""The summary of a comparison: the one input of every renderer.

``dataclasses.asdict`` of it is ``results.json``. Values are plain (str, int, float, bool, None, list, dict), so that a
summary can be written, read again and rendered. Scores have their natural unit and sign: an RMSE is never negative.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from skdl.results._data import DataSummary
from skdl.results._errors import ErrorsSummary
from skdl.results._evidence import Against, Pair
from skdl.results._inspection import Insight
from skdl.results._leaderboard import FoldRow, ModelRow, ScoreColumn
from skdl.results._networks import NetworkSummary
from skdl.results._ship import SavedModelSummary
from skdl.results._tuning import TuningSummary
from skdl.results._verdict import Protocol, VerdictSummary

__all__ = ["Summary"]


@dataclass(frozen=True)
class Summary:
    """Everything that a report shows."""

    name: str
    created: str  # ISO 8601, UTC
    data: DataSummary
    protocol: Protocol
    columns: list[ScoreColumn]  # metrics, the first one ranks
    verdict: VerdictSummary
    models: list[ModelRow]  # best first, failed last
    folds: list[FoldRow]
    networks: list[NetworkSummary]
    versions: dict[str, str]
    command: str
    model_pin: str | None  # sha256 of the saved model's manifest
    against: Against | None = None
    pairs: list[Pair] = field(default_factory=list)  # of the ranked models, the better one first
    saved: SavedModelSummary | None = None
    pipeline: str | None = None  # the file that was run, resolved, as YAML
    tuning: list[TuningSummary] = field(default_factory=list)  # of the tuned models, best first
    errors: ErrorsSummary = field(default_factory=ErrorsSummary)  # of the three best models
    insight: Insight | None = None  # model inspection of the recommended model, if requested
