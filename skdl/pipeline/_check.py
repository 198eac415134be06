"""Checks of models, parameters, searches and metrics, before a table is read."""

from __future__ import annotations

import importlib.util
import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from skdl._nearest import did_you_mean
from skdl._note import Note, TextPattern, note_of, note_of_text
from skdl._task import Task
from skdl.catalogue import catalogue, entry_named, find_class, package_of, parameters_of_class
from skdl.exceptions import MissingExtraError, PipelineFileError
from skdl.metrics import EXPECTED_COST
from skdl.pipeline._classes import class_weight_mode, find_class_problems
from skdl.pipeline._ensembles import find_ensemble_problems, key_of_members
from skdl.pipeline._metrics import COSTS_WITHOUT_CLASSES, find_metrics
from skdl.pipeline._search import find_space_problems, has_distribution, search_candidates, to_parameter
from skdl.spec import SAMPLERS, ClassesSpec, CompareSpec, KeyPath, ModelSpec, Problem, name_models, validate_partly

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl.spec import TuneSpec

_MAX_COMBINATIONS = 1_000_000_000  # scikit-learn counts them in a machine word
_INVALID = re.compile(
    r"The '[^']*' parameter of (?P<owner>\w+) must be (?P<constraint>.*?)\. Got (?P<value>.*) instead\.", re.DOTALL
)
# Between the alternatives of a constraint; the choices in braces are in quotes.
_OR = re.compile(r"(?:, | or )(?=an? |None)")
# As scikit-learn writes its constraint "boolean".
_BOOLEANS = re.compile(r"an instance of 'bool'(?:,| or) an instance of 'numpy\.bool_?'")
_ALTERNATIVES = (
    TextPattern("true_or_false", r"a boolean \(true or false\)"),
    TextPattern("int_in_range", r"an int in the range (?P<range>.+)"),
    TextPattern("float_in_range", r"a float in the range (?P<range>.+)"),
    TextPattern("one_among", r"a (?:str|float|int) among \{(?P<known>.+)\}"),
    TextPattern("instance_of", r"an instance of '(?P<type>.+)'"),
    TextPattern("a_callable", r"a callable"),
    TextPattern("an_array", r"an array-like"),
)


def fill_default_searches(value: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Replace ``search: default`` by the search space that the catalogue has for the model.

    What ``params`` sets is not searched. A model without such a space is a problem, and then has no search.
    """
    named = value["models"] if isinstance(value.get("models"), dict) else {}
    filled, problems = {}, []
    for name, model in named.items():
        if not isinstance(model, dict) or model.get("search") != "default":
            continue
        use = str(model.get("use") or name)
        entry = entry_named(use)
        space = {} if entry is None else entry.search
        if entry is not None and entry.is_ensemble:
            problems.append(Problem(("models", name, "search"), key_of_members("search"), at_key=True))
        elif not space:
            known = ", ".join(entry.name for entry in catalogue() if entry.search)
            text = (
                "{use} has no search space in the catalogue. Give the values of each parameter, such as "
                "search: {{alpha: [0.1, 1]}}; search: default is for {known}."
            )
            note = Note.of("no_default_search", text, use=use, known=known)
            problems.append(Problem(("models", name, "search"), note))
        given = model.get("params")
        fixed = given if isinstance(given, dict) else {}
        filled[name] = {**model, "search": {key: values for key, values in space.items() if key not in fixed}}
    return {**value, "models": {**named, **filled}} if filled else dict(value), problems


def find_file_problems(value: Mapping[str, Any], allow_packages: tuple[str, ...]) -> list[Problem]:
    """Return the problems of the models and metrics of a file, also where other parts of it are not valid.

    Where the task is left out, those for the task that more of the models are for, or else with fewer problems.
    """
    named = value["models"] if isinstance(value.get("models"), dict) else {}
    # Sections with errors are used as far as they are valid, so that one run reports all problems of a file.
    partly = {name: validate_partly(ModelSpec, model) for name, model in name_models(named).items()}
    models = {name: model for name, model in partly.items() if model is not None}
    classes = validate_partly(ClassesSpec, value.get("classes")) or ClassesSpec()
    compare = validate_partly(CompareSpec, value.get("compare")) or CompareSpec()
    is_list = isinstance(value.get("compare"), dict) and isinstance(value["compare"].get("metrics"), list)
    tasks: tuple[Task, ...] = tuple(task for task in get_args(Task) if task == value.get("task")) or get_args(Task)
    by_task = {
        task: [
            *find_model_problems(models, classes, compare.tune, task, allow_packages),
            *_find_metric_problems(compare, task, allow_packages, listed=is_list),
        ]
        for task in tasks
    }
    # Fewest models of the wrong task first, then fewest problems: a typing error in one model must not decide the task.
    task = min(by_task, key=lambda task: (sum(each.is_wrong_task for each in by_task[task]), len(by_task[task])))
    problems = by_task[task]
    if len(tasks) > 1:
        hint = f" The other models here are for {task}; all models of a file are for one task."
        problems = [replace(each, message=f"{each.message}{hint}") if each.is_wrong_task else each for each in problems]
    return [*problems, *(_find_reference_problems(compare.reference, named) if named else ())]


def find_model_problems(
    models: Mapping[str, ModelSpec],
    classes: ClassesSpec,
    tune: TuneSpec,
    task: Task,
    allow_packages: tuple[str, ...],
) -> list[Problem]:
    """Return the problems of models, searches and the treatment of classes for one task."""
    if tune.search == "tpe" and importlib.util.find_spec("optuna") is None:
        text = "compare.tune.search: tpe needs Optuna, which is not installed. Install it: pip install 'skdl[optuna]'"
        raise MissingExtraError(Note("needs_optuna", text))
    problems: list[Problem] = []
    for name, model in models.items():
        problems += _find_problems_of_model(name, model, task, allow_packages)
        problems += _find_search_size_problems(("models", name, "search"), model.search, tune)
    return [*problems, *find_ensemble_problems(models), *find_class_problems(models, classes, task)]


def _find_problems_of_model(name: str, model: ModelSpec, task: Task, allow_packages: tuple[str, ...]) -> list[Problem]:
    path: KeyPath = ("models", name)
    use = model.use
    at: KeyPath = path if use == name else (*path, "use")
    if name == "dummy" and use != "dummy":
        text = "the name dummy is for the baseline; got use: {use}. Give the model another name."
        return [Problem(at, Note.of("dummy_name", text, use=use))]
    entry = entry_named(use)
    try:
        cls = find_class(use, task, allow_packages=allow_packages)
    except PipelineFileError as error:
        is_wrong_task = entry is not None and entry.path_for(task) is None
        return [Problem(at, note_of(error), at_key=at == path, is_wrong_task=is_wrong_task)]
    try:
        known = {**package_of(cls).defaults, **parameters_of_class(cls), **cls().get_params()}
        fits_task = _fits_task(cls, task)
    except Exception as error:  # noqa: BLE001 - a class without its arguments may raise anything
        text = "{use} cannot be made from plain values ({reason}). Choose another class."
        return [Problem(at, Note.of("not_from_plain_values", text, use=use, reason=str(error)))]
    if not fits_task:
        text = "{use} is no model for {task}. Choose one that is, or correct the task."
        return [Problem(at, Note.of("wrong_task", text, use=use, task=task), is_wrong_task=True)]
    problems = [
        problem
        for section, parameters in (("params", model.params), ("search", model.search))
        for key, given in parameters.items()
        for problem in _find_parameter_problems((*path, section, key), cls, given, known)
    ]
    if task == "classification" and model.balance == "class_weight" and class_weight_mode(cls) is None:
        samplers = ", ".join(SAMPLERS)
        text = "{model} takes no class weights; got {given!r}. Resample the rows instead: {samplers}."
        message = Note.of("no_class_weights", text, model=cls.__name__, given=model.balance, samplers=samplers)
        problems.insert(0, Problem((*path, "balance"), message))
    return problems


def _fits_task(cls: type, task: Task) -> bool:
    from sklearn.base import is_classifier, is_regressor

    return bool(is_regressor(cls()) if task == "regression" else is_classifier(cls()))


def _find_parameter_problems(path: KeyPath, cls: type, given: Any, known: Mapping[str, Any]) -> list[Problem]:
    section, key = str(path[-2]), str(path[-1])
    if key not in known:
        hint = did_you_mean(key, known)
        listed = Note("", "")
        if hint.code == "nothing_near":
            names = ", ".join(name for name in known if "__" not in name)
            listed = Note.of("parameters_are", " It has: {names}.", names=names)
        text = "no such parameter of {model}{hint}{listed}"
        note = Note.of("no_parameter", text, model=cls.__name__, hint=hint, listed=listed)
        return [Problem(path, note, at_key=True)]
    if section == "params":
        return _find_value_problems(path, cls, key, to_parameter(given))
    problems = find_space_problems(path, given)
    if problems:
        return problems
    inside: KeyPath = (*path, next(iter(given))) if isinstance(given, dict) else path
    return [
        problem
        for number, candidate in enumerate(search_candidates(given))
        for problem in _find_value_problems((*inside, number), cls, key, candidate)
    ]


def _find_value_problems(path: KeyPath, cls: type, key: str, value: Any) -> list[Problem]:
    """Run scikit-learn's own validation of a parameter, where the class has it; names of Keras are those it knows."""
    from sklearn.utils._param_validation import InvalidParameterError, validate_parameter_constraints

    constraints = getattr(cls, "_parameter_constraints", {})
    if not isinstance(constraints, dict) or key not in constraints:
        return []
    try:
        validate_parameter_constraints({key: constraints[key]}, {key: value}, cls.__name__)
    except InvalidParameterError as error:
        # scikit-learn's message names class and parameter, which the position in the file names already. The words
        # themselves may change with its version: then the whole message is shown.
        match = _INVALID.fullmatch(str(error))
        if match is None:
            return [Problem(path, str(error))]
        allowed = re.findall(r"'(\w+)'", match["constraint"]) if isinstance(value, str) else []
        hint = did_you_mean(value, allowed)
        text = "must be {constraint}; got {given}{hint}"
        note = Note.of(
            "bad_parameter", text, constraint=_describe_allowed(match["constraint"]), given=match["value"], hint=hint
        )
        return [Problem(path, note)]
    find_choices = getattr(cls, "_name_choices", {}).get(key)
    choices = find_choices(value) if find_choices is not None and isinstance(value, str) else []
    if choices:
        known = ", ".join(choices)
        text = "must be one of {known}; got {given}{hint}"
        note = Note.of("no_choice", text, known=known, given=repr(value), hint=did_you_mean(value, choices))
        return [Problem(path, note)]
    return []


def _describe_allowed(text: str) -> Note | str:
    """Describe what scikit-learn allows; what it has no translation for stays in its words."""
    text = _BOOLEANS.sub("a boolean (true or false)", text)
    first, *others = (note_of_text(part, _ALTERNATIVES) for part in _OR.split(text))
    described = first
    for other in others:
        described = Note("either", text, {"one": described, "other": other})
    return described


def _find_search_size_problems(path: KeyPath, search: Mapping[str, Any], tune: TuneSpec) -> list[Problem]:
    if has_distribution(search):
        if tune.iterations is not None:
            return []
        text = "a distribution has infinitely many values. Give the number of draws: compare: {tune: {iterations: 20}}."
        return [Problem(path, Note("infinite_values", text))]
    # Python's integers cannot overflow here; scikit-learn's count of the grid can.
    n_combinations = math.prod(len(values) for values in search.values() if isinstance(values, list))
    if n_combinations <= _MAX_COMBINATIONS:
        return []
    text = "must have {n:,} combinations at most. Give fewer values."
    return [Problem(path, Note.of("too_many_combinations", text, n=_MAX_COMBINATIONS))]


def _find_metric_problems(
    compare: CompareSpec, task: Task, allow_packages: tuple[str, ...], *, listed: bool
) -> list[Problem]:
    problems = []
    if compare.costs is not None and task == "regression":
        problems.append(Problem(("compare", "costs"), COSTS_WITHOUT_CLASSES, at_key=True))
    for number, name in enumerate(compare.metrics or ()):
        if name == EXPECTED_COST and compare.costs is not None:
            continue  # the classes are known with the table
        path: KeyPath = ("compare", "metrics", number) if listed else ("compare", "metrics")
        try:
            find_metrics([name], task, allow_packages)
        except ValueError as error:
            problems.append(Problem(path, note_of(error)))
    return problems


def _find_reference_problems(reference: str | None, models: Mapping[str, Any]) -> list[Problem]:
    known = [*models, "dummy"]
    if reference is None or reference in known:
        return []
    hint = did_you_mean(reference, known)
    note = Note.of("no_reference", "must be the name of a model; got {given!r}{hint}", given=reference, hint=hint)
    return [Problem(("compare", "reference"), note)]
