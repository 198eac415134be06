"""Whether what a file says makes sense: models, their parameters, metrics; before anything runs.

These checks read the plain value of a file, so that they find their faults even where its shape has others.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from skdl.catalogue import entry_named, find_class
from skdl.exceptions import PipelineFileError
from skdl.metrics import resolve_metrics
from skdl.pipeline._classes import class_faults, weight_faults
from skdl.pipeline._faults import Fault, KeyPath
from skdl.pipeline._search import candidates_of, has_distribution, parameter_value, search_faults
from skdl.tables import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl.pipeline._spec import Origin

__all__ = ["check_meaning", "check_models"]

Task = Literal["regression", "classification"]

_NO_MODEL = "no model for"  # words of every message about a model that is for the other task
_MOST_COMBINATIONS = 1_000_000_000  # scikit-learn counts them in a machine word

_INVALID = re.compile(
    r"The '[^']*' parameter of (?P<owner>\w+) must be (?P<constraint>.*?)\. Got (?P<value>.*) instead\.", re.DOTALL
)


def check_meaning(value: Mapping[str, Any], origin: Origin) -> list[Fault]:
    """Find what is wrong with the models and metrics of a file.

    Parameters
    ----------
    value : mapping
        The plain value of the file, whatever its shape.
    origin : Origin
        Which packages ``use`` may name.

    Returns
    -------
    list of Fault
        Where the task is left out, those for the task that more of the models are for, or else with fewer faults.

    Raises
    ------
    MissingExtraError
        If a model needs a package that is not installed.
    """
    task = value.get("task")
    tasks: tuple[Task, ...] = tuple(each for each in get_args(Task) if each == task) or get_args(Task)
    others = _reference_faults(value)
    found = {each: [*check_models(value, each, origin), *_metric_faults(value, each), *others] for each in tasks}
    best = min(found, key=lambda each: (sum(_NO_MODEL in fault.message for fault in found[each]), len(found[each])))
    if len(tasks) == 1:
        return found[best]
    guess = f" The other models here are for {best}; a file is for one task."
    return [replace(f, message=f.message + guess) if _NO_MODEL in f.message else f for f in found[best]]


def check_models(value: Mapping[str, Any], task: Task, origin: Origin) -> list[Fault]:
    """Find what is wrong with the models for one task."""
    models = value.get("models")
    if not isinstance(models, dict):
        return []
    faults: list[Fault] = []
    for name, model in models.items():
        if model is None or isinstance(model, dict):
            faults += _model_faults(name, model or {}, task, origin)
            faults += _iteration_faults(name, model or {}, value)
    return [*faults, *class_faults(value, task)]


def _model_faults(name: str, model: Mapping[str, Any], task: Task, origin: Origin) -> list[Fault]:
    path: KeyPath = ("models", name)
    use = model.get("use") or name
    if not isinstance(use, str):
        return []  # its shape is wrong, and that is said elsewhere
    at: KeyPath = path if use == name else (*path, "use")
    if name == "dummy" and use != "dummy":
        return [Fault(at, f"the name dummy belongs to the baseline; got use: {use}. Give the model another name.")]
    try:
        cls = find_class(use, task, allow_packages=origin.allow_packages)
    except PipelineFileError as error:
        return [Fault(at, str(error), at_key=at == path)]
    try:
        entry = entry_named(use)
        # What the catalogue sets can be set otherwise, though a class may not own to it.
        known, fits = {**(entry.defaults if entry else {}), **cls().get_params()}, _fits(cls, task)
    except Exception as error:  # noqa: BLE001 - what a class without its arguments raises is its own affair
        return [Fault(at, f"{use} cannot be made from plain values ({error}). Choose another class.")]
    if not fits:
        return [Fault(at, f"{use} is {_NO_MODEL} {task}. Choose one that is, or correct the task.")]
    weighted = weight_faults(path, cls, model.get("balance")) if task == "classification" else []
    return weighted + [
        fault
        for section in ("params", "search")
        if isinstance(model.get(section), dict)
        for key, given in model[section].items()
        for fault in _parameter_faults((*path, section, key), cls, given, known)
    ]


def _fits(cls: type, task: Task) -> bool:
    from sklearn.base import is_classifier, is_regressor

    return bool(is_regressor(cls()) if task == "regression" else is_classifier(cls()))


def _parameter_faults(path: KeyPath, cls: type, given: Any, known: Mapping[str, Any]) -> list[Fault]:
    section, key = str(path[-2]), str(path[-1])
    if key not in known:
        hint = did_you_mean(key, known)
        listed = "" if hint else f" It has: {', '.join(name for name in known if '__' not in name)}."
        return [Fault(path, f"no such parameter of {cls.__name__}{hint or '.'}{listed}", at_key=True)]
    if section == "params":
        return _value_faults(path, cls, key, parameter_value(given))
    faults = search_faults(path, given)
    if faults:
        return faults
    inside: KeyPath = (*path, next(iter(given))) if isinstance(given, dict) else path
    return [
        fault
        for number, candidate in enumerate(candidates_of(given))
        for fault in _value_faults((*inside, number), cls, key, candidate)
    ]


def _value_faults(path: KeyPath, cls: type, key: str, value: Any) -> list[Fault]:
    """Ask scikit-learn's own parameter validation, where the class has it."""
    from sklearn.utils._param_validation import InvalidParameterError, validate_parameter_constraints

    constraints = getattr(cls, "_parameter_constraints", {})
    if not isinstance(constraints, dict) or key not in constraints:
        return []
    try:
        validate_parameter_constraints({key: constraints[key]}, {key: value}, cls.__name__)
    except InvalidParameterError as error:
        found = _INVALID.fullmatch(str(error))
        if found is None:
            return [Fault(path, str(error))]
        hint = did_you_mean(value, re.findall(r"'(\w+)'", found["constraint"])) if isinstance(value, str) else ""
        return [Fault(path, f"must be {found['constraint']}; got {found['value']}{hint or '.'}")]
    return []


def _iteration_faults(name: str, model: Mapping[str, Any], value: Mapping[str, Any]) -> list[Fault]:
    search = model.get("search")
    if not isinstance(search, dict):
        return []
    if not has_distribution(search):
        n_combinations = math.prod(len(values) for values in search.values() if isinstance(values, list))
        if n_combinations <= _MOST_COMBINATIONS:
            return []
        return [
            Fault(
                ("models", name, "search"), f"must have {_MOST_COMBINATIONS:,} combinations at most. Give fewer values."
            )
        ]
    compare = value.get("compare")
    tune = compare.get("tune") if isinstance(compare, dict) else None
    if isinstance(tune, dict) and tune.get("iterations") is not None:
        return []
    return [
        Fault(
            ("models", name, "search"),
            "a distribution has no end of values. Say how many to draw: compare: {tune: {iterations: 20}}.",
        )
    ]


def _metric_faults(value: Mapping[str, Any], task: Task) -> list[Fault]:
    compare = value.get("compare")
    names = compare.get("metrics") if isinstance(compare, dict) else None
    listed = [names] if isinstance(names, str) else names
    if not isinstance(listed, list):
        return []
    faults: list[Fault] = []
    for number, name in enumerate(listed):
        path: KeyPath = ("compare", "metrics") if isinstance(names, str) else ("compare", "metrics", number)
        if isinstance(name, str):
            try:
                resolve_metrics([name], task)
            except ValueError as error:
                faults.append(Fault(path, str(error)))
    return faults


def _reference_faults(value: Mapping[str, Any]) -> list[Fault]:
    compare, models = value.get("compare"), value.get("models")
    reference = compare.get("reference") if isinstance(compare, dict) else None
    if not isinstance(reference, str) or not isinstance(models, dict):
        return []
    known = [*map(str, models), "dummy"]
    if reference in known:
        return []
    hint = did_you_mean(reference, known) or "."
    return [Fault(("compare", "reference"), f"must be the name of a model; got {reference!r}{hint}")]
