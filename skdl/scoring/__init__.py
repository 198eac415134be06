"""Batch scoring: a saved model over tables of any size, in flat memory, with every row accounted for.

The way of the data, with the type that each step hands on:

1. find: names, patterns and addresses become `tables.Source` (`find_inputs`), and the output a store (`find_store`).
2. open: each source becomes an `Input`: an opened `tables.TableStream`, its `Plan`, its stamp and its digest.
3. plan: `Plan` holds what is decided before the first row is read: columns in and out, and where a chunk ends.
4. chunk: an input is cut into `Chunk`, the rows of one part, read already (`tables.Piece`) or still to be read
   (`tables.Span`).
5. score: `score_chunk` makes a `Part` of a chunk: the bytes of its file, its bad rows and its `Counts`. `skdl.workers`
   runs it here, in other processes or on a cluster.
6. commit: `OutputFolder` writes parts as they come, each after its record, and ``_SUCCESS`` last of all.
"""

from skdl.scoring._counts import ColumnDrift
from skdl.scoring._run import ScoreProgress, ScoreResult
from skdl.scoring._score import ScoredBatch, score_batches, score_table

__all__ = ["ColumnDrift", "ScoreProgress", "ScoreResult", "ScoredBatch", "score_batches", "score_table"]
