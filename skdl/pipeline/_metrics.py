"""Metrics of a pipeline file: names of the catalogue and of scorers, and functions of allowed packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl._note import Note
from skdl.catalogue import find_function
from skdl.exceptions import UsageError
from skdl.metrics import resolve_metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from skdl._task import Task
    from skdl.metrics import Metric


def find_metrics(
    given: Iterable[str | Callable[..., Any]] | None,
    task: Task,
    allow_packages: tuple[str, ...] = (),
    y: Any = None,
    *,
    weighted: bool = False,
) -> list[Metric]:
    """Look up metrics; a dotted name is that of a function or scorer of an allowed package, and is known by its end.

    For ``weighted`` rows all must take weights.

    Examples
    --------
    >>> [metric.name for metric in find_metrics(["r2", "sklearn.metrics.mean_squared_log_error"], "regression")]
    ['r2', 'mean_squared_log_error']
    """
    if given is None:
        return resolve_metrics(None, task)
    found: list[Any] = [
        (one.rpartition(".")[2], find_function(one, allow_packages=allow_packages))
        if isinstance(one, str) and "." in one
        else one
        for one in given
    ]
    metrics = resolve_metrics(found, task, y)
    unweighted = next((metric.name for metric in metrics if weighted and not metric.takes_weights), None)
    if unweighted is not None:
        text = "the metric {name} must take sample_weight, since rows have weights. Add the parameter, or name another."
        raise UsageError(Note.of("metric_unweighted", text, name=unweighted))
    return metrics
