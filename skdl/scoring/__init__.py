"""A saved model over tables of any size: flat in memory, every row accounted for."""

from skdl.scoring._score import ScoredBatch, ScoreResult, score_batches, score_table

__all__ = ["ScoreResult", "ScoredBatch", "score_batches", "score_table"]
