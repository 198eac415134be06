"""Catalogue of metrics: lookup by name, the defaults of a task, and scikit-learn's scorers as metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl.exceptions import UsageError
from skdl.metrics._classification import CLASSIFICATION, EXPECTED_COST
from skdl.metrics._custom import custom_metric
from skdl.metrics._metric import Metric
from skdl.metrics._regression import MEAN_DEVIANCE_SCORERS, REGRESSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from skdl._task import Task

_METRICS: Mapping[str, Metric] = {metric.name: metric for metric in (*REGRESSION, *CLASSIFICATION)}
# Where a file names none; the first one ranks.
_DEFAULTS: Mapping[Task, tuple[str, ...]] = {
    "regression": ("rmse", "mae", "mape", "r2"),
    "classification": ("accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "log_loss"),
}
# Modules of scikit-learn that hold the functions of scorers; those of clusterings are left out.
_TASK_OF_MODULE: Mapping[str, Task] = {
    "_regression": "regression",
    "_classification": "classification",
    "_ranking": "classification",
}


def metric_names(task: Task) -> tuple[str, ...]:
    """Return the names of the metrics for a task, in the catalogue's order."""
    return tuple(name for name, metric in _METRICS.items() if metric.task == task)


def resolve_metrics(
    given: Iterable[str | Callable[..., Any] | tuple[str, Any]] | None, task: Task, y: Any = None
) -> list[Metric]:
    """Look up metrics by name, of the catalogue or of scikit-learn's scorers; None for the defaults of the task.

    A user's function or scorer may stand in place of a name, alone or with its name before it. On the target ``y`` its
    direction is found, where it is not said.

    Examples
    --------
    >>> [metric.name for metric in resolve_metrics(None, "regression")]
    ['rmse', 'mae', 'mape', 'r2']
    >>> resolve_metrics(["rsme"], "regression")
    Traceback (most recent call last):
        ...
    skdl.exceptions.UsageError: no such metric for regression: 'rsme'; did you mean rmse? There are: rmse, mse, ...
    """
    metrics: list[Metric] = []
    for one in _DEFAULTS[task] if given is None else given:
        if not isinstance(one, str):
            own_name, function = one if isinstance(one, tuple) else (None, one)
            metrics.append(_unlike(metrics, custom_metric(function, task, y, own_name)))
            continue
        name, metric = one, _METRICS.get(one) or _from_scorer(one)
        known = metric_names(task)
        if metric is None:
            hint, listed = did_you_mean(name, (*known, EXPECTED_COST)), ", ".join(known)
            text = (
                f"no such metric for {task}: {name!r}{hint} There are: {listed}; "
                "and the names of scikit-learn's scorers."
            )
            raise UsageError(Note("no_metric", text, {"task": task, "name": repr(name), "hint": hint, "known": listed}))
        if metric.task != task:
            text = "{name} is a metric for {of}, not for {task}. There are: {known}."
            raise UsageError.of(
                "metric_of_other_task", text, name=name, of=metric.task, task=task, known=", ".join(known)
            )
        metrics.append(metric)
    return metrics


def _unlike(others: list[Metric], metric: Metric) -> Metric:
    """Return a user's metric, whose name no other one may have: scores are known by it."""
    taken = metric.name in _METRICS or _from_scorer(metric.name) or metric.name in {other.name for other in others}
    if taken:
        text = (
            "metrics must have different names, also from skdl's own; got another {name}. Rename the function, or name "
            "skdl's."
        )
        raise UsageError.of("same_metric_name", text, name=metric.name)
    return metric


def scorer_names() -> tuple[str, ...]:
    """Return the names of scikit-learn's scorers that measure a regression or a classification."""
    from sklearn.metrics import get_scorer_names

    return tuple(name for name in get_scorer_names() if _from_scorer(name) is not None)


def _from_scorer(name: str) -> Metric | None:
    """Make a metric of a scorer, under its own name and in its natural sign; None for any other name."""
    from sklearn.metrics import get_scorer, get_scorer_names

    if name not in get_scorer_names():
        return None
    scorer = get_scorer(name)
    function = scorer._score_func  # noqa: SLF001 - no public attribute gives the task of a scorer
    task = _TASK_OF_MODULE.get(str(getattr(function, "__module__", "")).rpartition(".")[2])
    if task is None:
        return None
    responses: Mapping[str, Literal["predict", "proba"]] = {"predict": "predict", "predict_proba": "proba"}
    # scikit-learn negates losses and marks them by neg_; metrics here keep their natural sign.
    is_loss = name.startswith("neg_")
    label = name.removeprefix("neg_").replace("_", " ")
    return Metric(
        name=name,
        label=label[:1].upper() + label[1:],
        description=f"scikit-learn's {name}" + (", with its sign turned back." if is_loss else "."),
        task=task,
        function=function,
        is_weighted=scorer._accept_sample_weight(),  # noqa: SLF001 - as above
        greater_is_better=not is_loss,
        response=responses.get(scorer._response_method, "score"),  # noqa: SLF001 - as above
        bounds=(0.0 if is_loss else -np.inf, np.inf),
        undefined=MEAN_DEVIANCE_SCORERS.get(name),
        scorer_name=name,
    )
