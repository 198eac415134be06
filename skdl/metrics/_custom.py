"""Metrics written by users: functions of (y_true, y_pred), and scorers made by scikit-learn's ``make_scorer``."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from functools import partial
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from skdl._arguments import shown
from skdl._note import Note
from skdl.exceptions import UsageError
from skdl.metrics._metric import Array, Metric

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from skdl._task import Task

_MAX_ROWS = 10_000  # on which the direction of a metric is tried
_RESPONSES: Mapping[Any, Literal["predict", "proba", "score"]] = {
    "predict": "predict",
    "predict_proba": "proba",
    ("decision_function", "predict_proba"): "score",
    ("predict_proba", "decision_function"): "score",
}


@dataclass(frozen=True)
class CustomFunction:
    """A user's function, called as scikit-learn's scorers do; its errors name the metric."""

    name: str
    function: Callable[..., Any]
    keywords: Mapping[str, Any] = field(default_factory=dict)

    @property
    def takes_weights(self) -> bool:
        """Whether the function takes ``sample_weight``."""
        return _takes_two(self.function, {**self.keywords, "sample_weight": None})

    def __call__(
        self, truth: Array, values: Array, classes: Array | None = None, *, sample_weight: Array | None = None
    ) -> float:
        """Compute the metric from predictions, or from class scores with a column for each of the classes."""
        try:
            if classes is not None and len(classes) == 2:
                values = values[:, list(classes).index(self._positive(classes))]
            weights = {} if sample_weight is None else {"sample_weight": sample_weight}
            result = self.function(truth, values, **self.keywords, **weights)
        except Exception as error:  # whatever a user's function raises
            reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
            text = "the metric {name} failed ({reason})"
            raise UsageError.of("metric_failed", text, name=self.name, reason=reason) from error
        if isinstance(result, np.ndarray) and result.ndim == 0:
            result = result.item()
        if not isinstance(result, Real):
            text = "the metric {name} must return a number; it returned {given}"
            raise UsageError.of("metric_no_number", text, name=self.name, given=shown(result))
        return float(result)

    def _positive(self, classes: Array) -> Any:
        """Return the class whose scores a function of two classes gets, as in scikit-learn's scorers."""
        parameter = inspect.signature(self.function).parameters.get("pos_label")
        default = None if parameter is None else parameter.default
        positive = self.keywords.get("pos_label", default)
        return classes[1] if positive is None else positive


def custom_metric(given: Any, task: Task, y: Any = None, name: str | None = None) -> Metric:
    """Make a metric of a user's function or scorer.

    A scorer says its direction. That of a plain function is found on the target ``y``: perfect predictions must score
    better than shuffled ones. Without ``y`` it is not known yet, and higher counts as better.
    """
    function, keywords, methods, declared = given, dict[str, Any](), "predict", None
    if hasattr(given, "_score_func"):  # a scorer has no public attribute for what make_scorer was given
        function, keywords = given._score_func, dict(given._kwargs)  # noqa: SLF001 - as above
        methods, declared = given._response_method, given._sign > 0  # noqa: SLF001
    response = _RESPONSES.get(methods if isinstance(methods, str) else tuple(methods))
    name = name or _name_of(function)
    if name is None or response is None or inspect.isclass(function) or not _takes_two(function, keywords):
        subject = Note("a_metric", "a metric") if name is None else Note("", f"the metric {name}")
        what = shown(given)
        if name is not None and response is None:
            what = f"response_method={methods!r}"
        elif name is not None and callable(function) and not inspect.isclass(function):
            what = f"{name}{inspect.signature(function)}"
        text = (
            "{metric} must be a named function of (y_true, y_pred), or a scorer that make_scorer made of one, with "
            "response_method 'predict', 'predict_proba' or ('decision_function', 'predict_proba'); got {given}."
        )
        raise UsageError.of("no_metric_function", text, metric=subject, given=what)
    measured = CustomFunction(name, function, keywords)
    greater_is_better, note = _direction(measured, declared, response, y)
    unit = getattr(given, "unit", getattr(function, "unit", None))
    label = name.replace("_", " ")
    return Metric(
        name=name,
        label=label[:1].upper() + label[1:],
        description=(inspect.getdoc(function) or name).partition("\n")[0],
        task=task,
        function=measured,
        greater_is_better=greater_is_better,
        response=response,
        bounds=(-np.inf, np.inf),
        is_weighted=measured.takes_weights,
        unit=None if unit is None else str(unit),
        note=note,
    )


def _name_of(function: Any) -> str | None:
    if isinstance(function, partial):
        return _name_of(function.func)
    name = getattr(function, "__name__", None)
    return name.strip("_") if isinstance(name, str) and name.isidentifier() else None


def _takes_two(function: Any, keywords: Mapping[str, Any]) -> bool:
    """Whether a function can be called with true values and predictions."""
    try:
        inspect.signature(function).bind(None, None, **keywords)
    except TypeError:
        return False
    except ValueError:  # a function of C without a signature
        return True
    return True


def _direction(measured: CustomFunction, declared: bool | None, response: str, y: Any) -> tuple[bool, Note | None]:
    """Return whether greater is better, with a note where that was found, or contradicts what was declared."""
    if y is None:
        return declared is not False, None
    truth = np.asarray(y)
    truth = truth[:: 1 + len(truth) // _MAX_ROWS]
    shuffled = truth[np.random.default_rng(0).permutation(len(truth))]
    classes = None if response == "predict" else np.unique(truth)
    try:
        perfect, other = (
            measured(truth, predicted if classes is None else np.equal.outer(predicted, classes) * 1.0, classes)
            for predicted in (truth, shuffled)
        )
    except UsageError:
        if declared is None:
            raise
        return declared, None  # it may need what predictions have and true values lack; the folds will show
    values = {"name": measured.name, "perfect": f"{perfect:.6g}", "other": f"{other:.6g}"}
    if declared is None and (perfect == other or not np.isfinite([perfect, other]).all()):
        text = (
            "the metric {name} must say which direction is better: it is {perfect} for perfect predictions and {other} "
            "for shuffled ones. Give make_scorer({name}, greater_is_better=True), or False."
        )
        raise UsageError.of("metric_direction", text, **values)
    is_up = bool(perfect > other)
    if declared is None and is_up:
        text = "{name}: higher is better, since it is {perfect} for perfect predictions and {other} for shuffled ones"
        return is_up, Note.of("metric_up", text, **values)
    if declared is None:
        text = "{name}: lower is better, since it is {perfect} for perfect predictions and {other} for shuffled ones"
        return is_up, Note.of("metric_down", text, **values)
    if declared != is_up and perfect != other:
        text = (
            "{name} has the direction that make_scorer was given, but it is {perfect} for perfect predictions and "
            "{other} for shuffled ones; check greater_is_better"
        )
        return declared, Note.of("metric_declared", text, **values)
    return declared, None
