"""Metrics of a pipeline file: names of the catalogue and of scorers, functions of allowed packages, expected cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl.catalogue import find_function
from skdl.exceptions import UsageError
from skdl.metrics import EXPECTED_COST, DecisionCosts, cost_metric, resolve_metrics
from skdl.spec import CostsSpec, Problem, describe_validation_error, raise_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from skdl._task import Task
    from skdl.metrics import Metric
    from skdl.spec import KeyPath, PipelineFile

_PATH = ("compare", "costs")
COSTS_WITHOUT_CLASSES = Note(
    "costs_without_classes",
    "must be left out where there are no classes to decide between, as in a regression or with several targets.",
)


def find_metrics(
    given: Iterable[str | Callable[..., Any]] | None,
    task: Task,
    allow_packages: tuple[str, ...] = (),
    y: Any = None,
    *,
    weighted: bool = False,
    costs: DecisionCosts | None = None,
) -> list[Metric]:
    """Look up metrics; a dotted name is that of a function or scorer of an allowed package, and is known by its end.

    For ``weighted`` rows all must take weights. With ``costs`` there is the expected cost, last where it is not named.

    Examples
    --------
    >>> [metric.name for metric in find_metrics(["r2", "sklearn.metrics.mean_squared_log_error"], "regression")]
    ['r2', 'mean_squared_log_error']
    """
    names: list[Any] | None = None if given is None else list(given)
    if names is not None and EXPECTED_COST in names and costs is None:
        text = "{name} needs costs. Give compare.costs: a matrix by class, or action, gain and loss."
        raise UsageError.of("costs_needed", text, name=EXPECTED_COST)
    found: list[Any] | None = names and [
        (one.rpartition(".")[2], find_function(one, allow_packages=allow_packages))
        if isinstance(one, str) and "." in one
        else one
        for one in names
        if one != EXPECTED_COST
    ]
    metrics = resolve_metrics(found, task, y)
    if costs is not None:
        place = names.index(EXPECTED_COST) if names is not None and EXPECTED_COST in names else len(metrics)
        metrics.insert(place, cost_metric(costs))
    unweighted = next((metric.name for metric in metrics if weighted and not metric.takes_weights), None)
    if unweighted is not None:
        text = "the metric {name} must take sample_weight, since rows have weights. Add the parameter, or name another."
        raise UsageError.of("metric_unweighted", text, name=unweighted)
    return metrics


def metrics_of_file(spec: PipelineFile, task: Task, y: Any) -> list[Metric]:
    """Look up the metrics of a pipeline file for a target; raise a PipelineFileError where the costs do not fit it."""
    return find_metrics(
        spec.compare.metrics,
        task,
        spec.origin.allow_packages,
        y,
        weighted=spec.data.weights is not None,
        costs=costs_of_file(spec, task, y),
    )


def costs_of_file(spec: PipelineFile, task: Task, y: Any) -> DecisionCosts | None:
    """Return the costs of a pipeline file for the classes of a target; raise a PipelineFileError where they misfit."""
    if spec.compare.costs is None:
        return None
    found = resolve_costs(spec.compare.costs, task, y)
    raise_problems([found] if isinstance(found, Problem) else [], spec.origin.positions)
    return found if isinstance(found, DecisionCosts) else None


def read_costs(given: Any) -> CostsSpec:
    """Read the costs that `skdl.compare` was given, as those of a pipeline file; classes may be of any type."""
    try:
        return CostsSpec.model_validate(_with_text_keys(given))
    except ValidationError as error:
        raise _misfit(describe_validation_error(error, _PATH)[0]) from None


def _with_text_keys(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    items = {_class_name(key): _with_text_keys(item) for key, item in value.items()}
    return items | ({"action": _class_name(items["action"])} if items.get("action") is not None else {})


def _class_name(label: Any) -> str:
    """Write a class as in a file: 1 also where the target has it as 1.0."""
    return str(int(label) if isinstance(label, float) and label.is_integer() else label)


def costs_of_argument(costs: CostsSpec | None, task: Task, y: Any) -> DecisionCosts | None:
    """Return the costs that `skdl.compare` was given for the classes of a target; raise a UsageError on a misfit."""
    if costs is None:
        return None
    found = resolve_costs(costs, task, y)
    if isinstance(found, Problem):
        raise _misfit(found)
    return found


def _misfit(problem: Problem) -> UsageError:
    where = ".".join(map(str, problem.path[1:]))
    return UsageError.of("compare_costs", "compare: {where}: {problem}", where=where, problem=problem.message)


def resolve_costs(spec: CostsSpec, task: Task, y: Any) -> DecisionCosts | Problem:
    """Return costs for the classes of a target, or what is wrong with them."""
    if task == "regression" or np.ndim(y) > 1:
        return Problem(_PATH, COSTS_WITHOUT_CLASSES, at_key=True)
    labels = np.unique(np.asarray(y)).tolist()
    names = list(map(_class_name, labels))
    if spec.matrix is not None:
        found = _read_matrix(spec.matrix, names)
        if isinstance(found, Problem):
            return found
        return _find_odd_costs(found, names) or DecisionCosts(tuple(labels), found, spec.unit)
    assert spec.action is not None
    assert spec.gain is not None
    assert spec.loss is not None
    if len(names) != 2:
        text = "an action is for two classes; got {n}. Give a matrix."
        return Problem((*_PATH, "action"), Note.of("costs_action_of_many", text, n=len(names)))
    if spec.action not in names:
        return _no_class(("action",), spec.action, names)
    action = names.index(spec.action)
    # Not acting costs nothing, whatever the row is.
    matrix = [[0.0, 0.0], [0.0, 0.0]]
    matrix[action][action], matrix[1 - action][action] = -spec.gain, spec.loss
    return DecisionCosts(tuple(labels), tuple(map(tuple, matrix)), spec.unit, action)


def _no_class(at: KeyPath, given: str, names: list[str]) -> Problem:
    text = "no such class{hint} Classes: {known}."
    note = Note.of("costs_no_class", text, hint=did_you_mean(given, names), known=", ".join(names[:20]))
    return Problem((*_PATH, *at), note, at_key=at[0] == "matrix")


def _read_matrix(
    matrix: Mapping[str, Mapping[str, float]], names: list[str]
) -> tuple[tuple[float, ...], ...] | Problem:
    for actual, row in matrix.items():
        if actual not in names:
            return _no_class(("matrix", actual), actual, names)
        for decided in row:
            if decided not in names:
                return _no_class(("matrix", actual, decided), decided, names)
    for actual in names:
        for decided in names:
            if decided not in matrix.get(actual, {}):
                text = "must have a cost for each actual class and each prediction of it; there is none for {cell}."
                cell = f"{actual}: {{{decided}: ...}}"
                at = (*_PATH, "matrix", *([actual] if actual in matrix else []))
                return Problem(at, Note.of("costs_missing", text, cell=cell), at_key=True)
    return tuple(tuple(matrix[actual][decided] for decided in names) for actual in names)


def _find_odd_costs(matrix: tuple[tuple[float, ...], ...], names: list[str]) -> Problem | None:
    """Return where a wrong prediction is cheaper than the right one, or one prediction never dearer than others."""
    for number, (actual, row) in enumerate(zip(names, matrix, strict=True)):
        cheapest = int(np.argmin(row))
        if row[cheapest] < row[number]:
            text = (
                "the right prediction of {actual} costs {right:g}, more than the wrong {decided} with {wrong:g}. "
                "Correct the costs; a gain is a cost below 0."
            )
            values = {"actual": actual, "right": row[number], "decided": names[cheapest], "wrong": row[cheapest]}
            return Problem((*_PATH, "matrix", actual), Note.of("costs_of_right", text, **values), at_key=True)
    for number, decided in enumerate(names):
        if all(row[number] == row[actual] for actual, row in enumerate(matrix)):
            text = "predicting {decided} never costs more than another class: no model could help. Correct the costs."
            return Problem((*_PATH, "matrix"), Note.of("costs_one_sided", text, decided=decided), at_key=True)
    return None
