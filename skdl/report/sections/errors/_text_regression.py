"""The errors of a regression as text: how large they are, model by model, and the rows missed by most."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.report._format import DASH, MINUS, count, decimals_of, fixed, shorten

if TYPE_CHECKING:
    from skdl.report._words import Words
    from skdl.results import Cloud, RegressionErrors, Summary, WorstRow

__all__ = ["MissesText", "ModelMisses", "TextTable", "misses_text"]

_LONGEST_VALUE = 20  # characters of a cell
_LARGE, _HUGE = 1e3, 1e9


@dataclass(frozen=True)
class TextTable:
    """A table: a heading a column, and lines whose first cell names them."""

    headings: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ModelMisses:
    """One model: how many rows its pictures hold."""

    model: str
    note: str


@dataclass(frozen=True)
class MissesText:
    """Absolute errors of the best models, a note a model, and the leader's worst rows."""

    sizes_note: str
    sizes: TextTable
    models: tuple[ModelMisses, ...]
    worst_title: str
    worst: TextTable


def misses_text(summary: Summary, words: Words) -> MissesText:
    """Say how large the errors are and where they are largest."""
    errors = summary.errors
    leader = errors.regression[0]
    decimals = decimals_of(leader.largest[0])
    sizes = [(one.model, *(fixed(value, decimals) for value in one.largest)) for one in errors.regression]
    target, unit = summary.data.target, summary.data.unit
    return MissesText(
        sizes_note=words("errors.sizes_note", target=target)
        if unit is None
        else words("errors.sizes_note_unit", target=target, unit=unit),
        sizes=TextTable(
            tuple(words(f"errors.{key}") for key in ("model", "within_50", "within_80", "within_95", "within_all")),
            tuple(sizes),
        ),
        models=tuple(_model(one, summary, words) for one in errors.regression),
        worst_title=words("errors.worst", model=leader.model, n=len(errors.worst)),
        worst=TextTable(
            (*(words(f"errors.{key}") for key in ("row", "actual", "predicted_value", "error")), *errors.worst_columns),
            tuple(_worst_line(row, decimals) for row in errors.worst),
        ),
    )


def _model(one: RegressionErrors, summary: Summary, words: Words) -> ModelMisses:
    rows = count(summary.errors.n_rows)
    parts = [words("errors.rows" if one.predicted.counts is None else "errors.binned", n=rows)]
    outside = _most_outside(one.predicted, one.errors)
    if outside:
        parts.append(words("errors.outside", n=count(outside)))
    return ModelMisses(one.model, "; ".join(parts))


def _most_outside(*clouds: Cloud) -> int:
    return max(cloud.n_outside for cloud in clouds)


def _worst_line(row: WorstRow, decimals: int) -> tuple[str, ...]:
    error = fixed(row.predicted - row.actual, decimals)
    signed = error if error.startswith(MINUS) else f"+{error}"
    return (
        count(row.row),
        fixed(row.actual, decimals),
        fixed(row.predicted, decimals),
        signed,
        *map(_value, row.cells),
    )


def _value(value: str | float | bool | None) -> str:
    """Write a cell of the table: text as it stood there, a broken number with four digits or its whole part."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return DASH
    if isinstance(value, float):
        value = f"{value:.0f}" if _LARGE <= abs(value) < _HUGE else f"{value:.4g}"
        return value.replace("-", MINUS)
    return shorten(str(value), _LONGEST_VALUE)
