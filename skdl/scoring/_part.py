"""One chunk: rows in, predictions and quarantine out."""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pyarrow as pa
from threadpoolctl import ThreadpoolController

from skdl.scoring._plan import FILE
from skdl.scoring._rows import BadRow, ValidatedRows, quarantine_table, validate_rows
from skdl.tables import cast_cells

if TYPE_CHECKING:
    from collections import Counter

    from numpy.typing import NDArray

    from skdl.scoring._drift import ColumnDrift
    from skdl.scoring._plan import Plan
    from skdl.tables import Piece

__all__ = ["Part", "Predictor", "score_piece"]


@dataclass(frozen=True)
class Part:
    """A scored chunk: every row of it is in one of the two tables."""

    scored: pa.Table
    quarantined: pa.Table
    unseen: Counter[str]
    drift: dict[str, ColumnDrift]

    @property
    def n_rows(self) -> int:
        """Rows read."""
        return int(self.scored.num_rows + self.quarantined.num_rows)


_predicting = threading.Lock()  # the limit on threads is the whole process's


class Predictor:
    """A model that answers the same bits every time: one job, one thread."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._threads = ThreadpoolController()  # after the model, whose libraries it limits, is loaded

    def predict(self, table: Any, plan: Plan) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """Return predictions, and probabilities where the plan needs them."""
        with (
            _predicting,
            warnings.catch_warnings(),
            self._threads.limit(limits=1),
            joblib.parallel_config(backend="sequential"),
        ):
            warnings.filterwarnings("ignore", message="Found unknown categories")  # they are counted
            if plan.threshold is not None:
                probabilities = np.asarray(self._model.predict_proba(table))
                chosen = (probabilities[:, 1] >= plan.threshold).astype(np.intp)
                return np.asarray(plan.schema.classes)[chosen], probabilities
            predictions = np.asarray(self._model.predict(table))
            return predictions, np.asarray(self._model.predict_proba(table)) if plan.proba else None


@dataclass(frozen=True)
class _Answers:
    """What the model said of a chunk: one entry a row, those of bad rows without meaning."""

    columns: list[NDArray[Any]]
    good: NDArray[np.bool_]
    refused: dict[int, BadRow]


def score_piece(predictor: Predictor, plan: Plan, piece: Piece) -> Part:
    """Score one chunk: each of its rows comes out scored or quarantined."""
    rows = validate_rows(piece, plan)
    answers = _answer(predictor, plan, rows, piece.start)
    numbers = np.flatnonzero(answers.good) + piece.start
    positions = pa.array(np.flatnonzero(np.isin(piece.numbers, numbers)))
    kept = [
        cast_cells(piece.rows[name].combine_chunks().take(positions), plan.output.field(name).type)[0]
        for name in plan.keep
    ]
    answered = [
        pa.array(values[answers.good], field.type)
        for values, field in zip(answers.columns, list(plan.output)[plan.n_before :], strict=True)
    ]
    place = [pa.array(numbers, pa.int64())]
    if plan.output.names[0] == FILE:
        place.insert(0, pa.array([plan.source] * len(numbers), pa.string()))
    scored = pa.table([*place, *kept, *answered], schema=plan.output)
    quarantined = quarantine_table({**rows.bad, **answers.refused}, plan.source)
    return Part(scored, quarantined, rows.unseen, rows.drift)


def _answer(predictor: Predictor, plan: Plan, rows: ValidatedRows, start: int) -> _Answers:
    n_answers = len(plan.output) - plan.n_before
    nothing = [np.empty(len(rows.good), dtype=object)] * n_answers
    if rows.table is None:
        return _Answers(nothing, rows.good, {})
    table, good, reasons = rows.table, rows.good.copy(), {}
    try:
        predictions, probabilities = predictor.predict(table, plan)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever a model raises on some rows, the others are scored
        reasons = _refusals(predictor, plan, table, np.flatnonzero(good))
        good[list(reasons)] = False
        if not good.any():
            return _Answers(nothing, good, _refused(reasons, start))
        origin = np.where(good, np.arange(len(good)), np.flatnonzero(good)[0])
        predictions, probabilities = predictor.predict(_take(table, origin), plan)
    columns = [*np.atleast_2d(predictions.T), *(probabilities.T if probabilities is not None else [])]
    for values in columns:
        if values.dtype.kind == "f":
            odd = np.flatnonzero(good & ~np.isfinite(values))
            reasons.update(dict.fromkeys(odd.tolist(), "the model's answer is not a finite number"))
            good[odd] = False
    return _Answers(columns[:n_answers], good, _refused(reasons, start))


def _refusals(predictor: Predictor, plan: Plan, table: Any, positions: NDArray[np.intp]) -> dict[int, str]:
    """Halve until the rows that the model raises on stand alone."""
    try:
        predictor.predict(_take(table, positions), plan)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - likewise
        if len(positions) == 1:
            reason = (str(error) or repr(error)).splitlines()[0]
            return {int(positions[0]): f"the model refuses it: {reason}"}
        middle = len(positions) // 2
        halves = positions[:middle], positions[middle:]
        return _refusals(predictor, plan, table, halves[0]) | _refusals(predictor, plan, table, halves[1])
    return {}


def _refused(reasons: dict[int, str], start: int) -> dict[int, BadRow]:
    return {start + position: BadRow(start + position, None, None, reason) for position, reason in reasons.items()}


def _take(table: Any, positions: NDArray[np.intp]) -> Any:
    return table.iloc[positions] if hasattr(table, "iloc") else table[positions]
