"""JSON Schema of pipeline files, with which an editor completes and checks them.

It is pydantic's schema of `PipelineSpec`, with the names of the catalogue, their parameters and the metrics put in. It
is as strict as it can be without refusing a file that `read_pipeline` accepts. What needs the data, the task or keys in
two places is left to `skdl check`, and so is a file that is extended: a model with a name of the catalogue is taken
for that model even where the other file gives it another ``use``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

from skdl._task import Task
from skdl.catalogue import catalogue, find_class
from skdl.exceptions import MissingExtraError
from skdl.metrics import metric_names, resolve_metrics, scorer_names
from skdl.pipeline import PipelineSpec
from skdl.pipeline_tools._parameters import Parameter, choices_of, parameters_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.catalogue import CatalogueEntry

__all__ = ["pipeline_schema"]

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DOTTED = r"^[A-Za-z]\w*(\.[A-Za-z]\w*)+$"
# Parameters that a pipeline sets where the file does not, whatever the class has as default.
_SET_BY_PIPELINE = {"random_state": "compare.cv.seed by default.", "n_jobs": "One by default."}
_SECTION = ["object", "null"]  # an empty section means the defaults
# Allows everything, but lets an editor expect a value.
_ANYTHING = ["string", "number", "boolean", "array", "object", "null"]
_SCORERS = "scikit-learn.scorers"  # these follow the installed version, as parameters do
_EXTENDS: Schema = {
    "description": "Pipeline file to start from, relative to this one; keys given here replace its own.",
    "type": "string",
    "minLength": 1,
}


def pipeline_schema() -> dict[str, Any]:
    """Describe pipeline files as JSON Schema, draft 2020-12.

    Returns
    -------
    dict
        Plain values. ``$defs`` holds the sections of a file, and ``NAME.params`` and ``NAME.search`` for each model of
        the catalogue: those follow the installed versions. Of a model whose package is not installed any parameter is
        accepted.

    Examples
    --------
    >>> schema = pipeline_schema()
    >>> schema["$defs"]["knn.params"]["properties"]["n_neighbors"]["default"]
    5
    """
    root = _for_files(PipelineSpec.model_json_schema())
    sections = root.pop("$defs")
    data = sections["DataSpec"]
    # A file that extends another may leave out what the other one has: the required keys apply in `else` alone.
    needed = {
        "required": ["data", "models"],
        "properties": {"data": {"required": data.pop("required")}, "models": _models_with_use()},
    }
    properties = root["properties"]
    properties["data"]["type"] = "object"  # may not be empty, nor may models
    folder = sections["OutputSpec"]  # by default named after the file
    del folder["required"]
    folder["properties"]["dir"]["type"] = ["string", "null"]
    sections["CompareSpec"]["properties"]["metrics"] |= {"anyOf": _one_or_several({"$ref": "#/$defs/Metric"})}
    _add_catalogue(properties["models"], sections["ModelSpec"])
    return {
        "$schema": _DIALECT,
        "title": "Pipeline file of skdl",
        "description": root["description"],
        "type": "object",
        "additionalProperties": False,
        "properties": {"extends": _EXTENDS, **properties},
        "if": {"required": ["extends"]},
        "else": needed,
        "$defs": {
            **sections,
            "Metric": _metric(),
            _SCORERS: {"enum": [name for name in scorer_names() if name not in _metrics()]},
            "SearchValues": _search_values(),
            **_estimator_definitions(),
        },
    }


def _for_files(value: Any) -> Any:
    """Turn pydantic's schema of values into that of a file: every section may be empty, and no text is a title."""
    if isinstance(value, list):
        return [_for_files(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _for_files(item) for key, item in value.items() if not (key == "title" and isinstance(item, str))}
    if found.get("type") == "object":
        found["type"] = list(_SECTION)
    if isinstance(found.get("description"), str):
        found["description"] = " ".join(found["description"].split("\n\n")[0].split())
    return found


def _one_or_several(item: Schema) -> list[Schema]:
    return [item, {"type": "array", "items": item, "minItems": 1, "uniqueItems": True}, {"type": "null"}]


# Metrics, models and what a search may hold.


def _metrics() -> dict[str, str]:
    metrics = [metric for task in get_args(Task) for metric in resolve_metrics(metric_names(task), task)]
    return {metric.name: f"For {metric.task}: {metric.description}" for metric in metrics}


def _metric() -> Schema:
    own = {"enum": list(_metrics()), "enumDescriptions": list(_metrics().values())}
    return {"anyOf": [own, {"$ref": f"#/$defs/{_SCORERS}"}]}


def _add_catalogue(models: Schema, model: Schema) -> None:
    """Offer the catalogue as names of models and for ``use``, and tie the parameters to them."""
    del models["minProperties"]  # a file that extends another may add none
    models["type"] = "object"
    models["properties"] = {entry.name: _named_model(entry) for entry in catalogue()}
    del model["required"]
    names = {"enum": [e.name for e in catalogue()], "enumDescriptions": [_description_of(e) for e in catalogue()]}
    dotted = {"type": "string", "pattern": _DOTTED}
    description = model["properties"]["use"]["description"]
    model["properties"]["use"] = {"description": description, "anyOf": [names, dotted, {"type": "null"}]}
    model["allOf"] = [
        {"if": {"properties": {"use": {"const": entry.name}}, "required": ["use"]}, "then": _parameters_as_in(entry)}
        for entry in catalogue()
    ]


def _named_model(entry: CatalogueEntry) -> Schema:
    """Describe a model that has a name of the catalogue: it is that model, unless it has another ``use``."""
    found = {
        "description": _description_of(entry),
        "type": list(_SECTION),  # editors read the type of a key next to allOf, but not next to $ref
        "allOf": [{"$ref": "#/$defs/ModelSpec"}],
        "if": {"properties": {"use": {"type": "null"}}},
        "then": _parameters_as_in(entry),
    }
    if entry.name == "dummy":  # the baseline keeps its name for itself
        found["else"] = {"properties": {"use": {"const": entry.name}}}
    return found


def _parameters_as_in(entry: CatalogueEntry) -> Schema:
    return {"properties": {key: {"$ref": f"#/$defs/{entry.name}.{key}"} for key in ("params", "search")}}


def _description_of(entry: CatalogueEntry) -> str:
    tasks = [task for task in get_args(Task) if entry.path_for(task)]
    alone = f" For {tasks[0]} only." if len(tasks) == 1 else ""
    extra = f" Needs pip install 'skdl[{entry.extra}]'." if entry.extra else ""
    return f"{entry.description}{alone}{extra}"


def _models_with_use() -> Schema:
    """Require ``use`` where the name of a model is neither of the catalogue nor a class."""
    return {
        "minProperties": 1,
        "properties": {entry.name: True for entry in catalogue()},
        "patternProperties": {_DOTTED: True},
        "additionalProperties": {"type": "object", "required": ["use"], "properties": {"use": {"type": "string"}}},
    }


def _search_values() -> Schema:
    """Describe a list of values or a distribution, without ``anyOf``, so that an error is shown at the value."""

    def ends(described: str, item: Schema) -> Schema:
        return {"description": described, "type": "array", "items": item, "minItems": 2, "maxItems": 2}

    positive = {"type": "number", "exclusiveMinimum": 0}
    return {
        "type": ["object", "array"],
        "minItems": 1,
        "minProperties": 1,
        # Not maxProperties: editors take the key being typed for the one that there may be.
        "not": {"type": "object", "minProperties": 2},
        "additionalProperties": False,
        "properties": {
            "loguniform": ends("[lowest, highest], both above 0; every order of magnitude equally likely.", positive),
            "uniform": ends("[lowest, highest]; every number between them equally likely.", {"type": "number"}),
            "randint": ends("[lowest, highest]; every whole number equally likely.", {"type": "integer"}),
        },
    }


# Parameters of estimators.


def _estimator_definitions() -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for entry in catalogue():
        described = _described_parameters(entry)
        for key in ("params", "search"):
            closed = {"additionalProperties": False, "properties": described[key]} if described["params"] else {}
            found[f"{entry.name}.{key}"] = {"type": ["object", "null"], **closed}
    return found


def _described_parameters(entry: CatalogueEntry) -> dict[str, dict[str, Schema]]:
    """Describe each parameter that the model has for either task, as given and as searched."""
    classes = _classes_of(entry)
    parameters = {task: parameters_of(cls) for task, cls in classes.items()}
    found: dict[str, dict[str, Schema]] = {"params": {}, "search": {}}
    for name in sorted({name for known in parameters.values() for name in known}):
        by_task = {task: known[name] for task, known in parameters.items() if name in known}
        words = _words(name, by_task, n_tasks=len(parameters))
        default = _default(entry, list(by_task.values()))
        choices = choices_of((classes[task] for task in by_task), name)
        if choices is not None:
            found["params"][name] = {**words, "enum": choices, **default}
            found["search"][name] = {**words, "type": "array", "items": {"enum": choices}, "minItems": 1}
        else:
            found["params"][name] = {**words, **(default or {"type": _ANYTHING})}
            found["search"][name] = {**words, "$ref": "#/$defs/SearchValues"}
    return found


def _classes_of(entry: CatalogueEntry) -> dict[Task, type]:
    try:
        return {task: find_class(entry.name, task) for task in get_args(Task) if entry.path_for(task)}
    except MissingExtraError:
        return {}


def _words(name: str, by_task: dict[Task, Parameter], *, n_tasks: int) -> Schema:
    """Join type and meaning; each task has its own where they differ, or where the other has no such parameter."""
    texts = {
        task: "\n".join(text for text in (parameter.type_text, parameter.description) if text)
        for task, parameter in by_task.items()
    }
    if len(by_task) == n_tasks and len(set(texts.values())) == 1:
        text = next(iter(texts.values()))
    else:
        text = "\n".join(f"For {task}: {text}" if text else f"For {task}." for task, text in texts.items())
    text = "\n".join(part for part in (text, _SET_BY_PIPELINE.get(name)) if part)
    retired = {"deprecated": True} if all(p.default == "deprecated" for p in by_task.values()) else {}
    return {**({"description": text} if text else {}), **retired}


def _default(entry: CatalogueEntry, parameters: Sequence[Parameter]) -> Schema:
    """Return the default where there is one and JSON can represent it."""
    first = parameters[0]
    if first.name in _SET_BY_PIPELINE or "deprecated" in [repr(p.default).strip("'") for p in parameters]:
        return {}
    if first.name in entry.defaults:
        return {"default": entry.defaults[first.name]}
    # The model of each task may have another default.
    if len({repr(parameter.default) for parameter in parameters}) > 1:
        return {}
    try:
        # NaN, infinity and objects have no JSON form; tuples become lists.
        return {"default": json.loads(json.dumps(first.default, allow_nan=False))}
    except (TypeError, ValueError):
        return {}
