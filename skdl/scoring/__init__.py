"""A saved model over tables of any size: flat in memory, every row accounted for."""

from skdl.scoring._drift import ColumnDrift
from skdl.scoring._run import ScoreProgress, ScoreResult
from skdl.scoring._score import ScoredBatch, score_batches, score_table

__all__ = ["ColumnDrift", "ScoreProgress", "ScoreResult", "ScoredBatch", "score_batches", "score_table"]
