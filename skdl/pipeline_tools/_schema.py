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
from skdl.metrics import EXPECTED_COST, metric_names, resolve_metrics, scorer_names
from skdl.pipeline import PipelineSpec
from skdl.pipeline_tools._parameters import Parameter, choices_of, parameters_of
from skdl.spec import NAME_KEYS

if TYPE_CHECKING:
    from skdl.catalogue import CatalogueEntry

Schema = dict[str, Any]

_DOTTED = r"^[A-Za-z]\w*(\.[A-Za-z]\w*)+$"
# Parameters that a pipeline sets where the file does not, whatever the class has as default.
_SET_BY_PIPELINE = {"random_state": "compare.cv.seed by default.", "n_jobs": "One by default."}
_SECTION = ["object", "null"]  # an empty section means the defaults
_DEFAULT = "^default$"  # a search space that is that of the catalogue
# Allows everything, but lets an editor expect a value.
_ANYTHING = ["string", "number", "boolean", "array", "object", "null"]
_SCORERS = "scikit-learn.scorers"  # these follow the installed version, as parameters do


def pipeline_schema() -> Schema:
    """Describe pipeline files as JSON Schema, draft 2020-12.

    ``$defs`` holds the sections of a file, and ``NAME.params`` and ``NAME.search`` for each model of the catalogue:
    those follow the installed versions. Of a model whose package is not installed any parameter is accepted.

    >>> pipeline_schema()["$defs"]["knn.params"]["properties"]["n_neighbors"]["default"]
    5
    """
    root = _for_files(PipelineSpec.model_json_schema())
    sections = root.pop("$defs")
    properties, data, folder = root["properties"], sections["DataSpec"], sections["OutputSpec"]
    metrics = {
        metric.name: f"For {metric.task}: {metric.description}"
        for task in get_args(Task)
        for metric in resolve_metrics(metric_names(task), task)
    }
    metrics[EXPECTED_COST] = "For classification, with costs: mean cost a row."
    # A file that extends another may leave out what the other one has: the required keys apply in `else` alone.
    needed = {
        "required": ["data", "models"],
        "properties": {"data": {"required": data.pop("required")}, "models": _models_with_use()},
    }
    properties["data"]["type"] = "object"  # may not be empty, nor may models
    del folder["required"]  # by default named after the file
    folder["properties"]["dir"]["type"] = ["string", "null"]
    for key in (*NAME_KEYS, "dates"):
        data["properties"][key] = _for_names(data["properties"][key])
    comparing = sections["CompareSpec"]["properties"]
    comparing["slices"] = _for_names(comparing["slices"])
    sections["SliceSpec"]["properties"]["column"]["type"] = ["string", "number", "boolean"]
    metric = {"$ref": "#/$defs/Metric"}
    several = {"type": "array", "items": metric, "minItems": 1, "uniqueItems": True}
    comparing["metrics"] |= {"anyOf": [metric, several, {"type": "null"}]}
    _add_catalogue(properties["models"], sections["ModelSpec"])
    extends = {
        "description": "Pipeline file to start from, relative to this one; keys given here replace its own.",
        "type": "string",
        "minLength": 1,
    }
    dotted = {
        "type": "string",
        "pattern": r"^[A-Za-z]\w*(\.[A-Za-z]\w*)+$",
        "description": "Function of (y_true, y_pred), or scorer, of an allowed package.",
    }
    own = {"enum": list(metrics), "enumDescriptions": list(metrics.values())}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Pipeline file of skdl",
        "description": root["description"],
        "type": "object",
        "additionalProperties": False,
        "properties": {"extends": extends, **properties},
        "if": {"required": ["extends"]},
        "else": needed,
        "$defs": {
            **sections,
            "Metric": {"anyOf": [own, {"$ref": f"#/$defs/{_SCORERS}"}, dotted]},
            _SCORERS: {"enum": [name for name in scorer_names() if name not in metrics]},
            "SearchValues": _search_values(),
            **{f"{entry.name}.{key}": found for entry in catalogue() for key, found in _parameters(entry).items()},
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


def _for_names(value: Any) -> Any:
    """Allow names of columns that are numbers or booleans to YAML; they are read as they are written."""
    if value == {"type": "string", "minLength": 1}:
        return {"type": ["string", "number", "boolean"], "minLength": 1}
    if isinstance(value, dict):
        return {key: _for_names(item) for key, item in value.items()}
    return [_for_names(item) for item in value] if isinstance(value, list) else value


def _add_catalogue(models: Schema, model: Schema) -> None:
    """Offer the catalogue as names of models and for ``use``, and tie the parameters to them."""
    del models["minProperties"]  # a file that extends another may add none
    del model["required"]
    # A list of names, and a single name, are models with their defaults.
    items = {"type": ["string", "object"]}
    models |= {"type": ["object", "array", "string"], "items": items, "minItems": 1, "minLength": 1, "properties": {}}
    model["properties"]["search"] |= {"type": [*_SECTION, "string"], "pattern": _DEFAULT}
    model["allOf"] = []
    described: dict[str, str] = {}
    for entry in catalogue():
        tasks = [task for task in get_args(Task) if entry.path_for(task)]
        alone = f" For {tasks[0]} only." if len(tasks) == 1 else ""
        extra = f" Needs pip install 'skdl[{entry.extra}]'." if entry.extra else ""
        described[entry.name] = f"{entry.description}{alone}{extra}"
        parameters = {"properties": {key: {"$ref": f"#/$defs/{entry.name}.{key}"} for key in ("params", "search")}}
        uses_it = {"properties": {"use": {"const": entry.name}}}
        model["allOf"].append({"if": {**uses_it, "required": ["use"]}, "then": parameters})
        # A model that has a name of the catalogue is that model, unless it has another ``use``.
        models["properties"][entry.name] = {
            "description": described[entry.name],
            "type": list(_SECTION),  # editors read the type of a key next to allOf, but not next to $ref
            "allOf": [{"$ref": "#/$defs/ModelSpec"}],
            "if": {"properties": {"use": {"type": "null"}}},
            "then": parameters,
            **({"else": uses_it} if entry.name == "dummy" else {}),  # the baseline keeps its name for itself
        }
    names = {"enum": list(described), "enumDescriptions": list(described.values())}
    dotted = {"type": "string", "pattern": _DOTTED}
    use = model["properties"]["use"]
    model["properties"]["use"] = {"description": use["description"], "anyOf": [names, dotted, {"type": "null"}]}


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


def _parameters(entry: CatalogueEntry) -> dict[str, Schema]:
    """Describe the parameters that the model has for either task, as given (params) and as searched (search)."""
    try:
        classes = {task: find_class(entry.name, task) for task in get_args(Task) if entry.path_for(task)}
    except MissingExtraError:
        return {"params": {"type": list(_SECTION)}, "search": {"type": [*_SECTION, "string"], "pattern": _DEFAULT}}
    by_task = {task: parameters_of(cls) for task, cls in classes.items()}
    params: dict[str, Schema] = {}
    search: dict[str, Schema] = {}
    for name in sorted({name for known in by_task.values() for name in known}):
        tasks = {task: known[name] for task, known in by_task.items() if name in known}
        words = _words(name, tasks, n_tasks=len(by_task))
        default = _default(entry, *tasks.values())
        choices = choices_of((classes[task] for task in tasks), name)
        if choices is not None:
            params[name] = {**words, "enum": choices, **default}
            search[name] = {**words, "type": "array", "items": {"enum": choices}, "minItems": 1}
        else:
            params[name] = {**words, **(default or {"type": _ANYTHING})}
            search[name] = {**words, "$ref": "#/$defs/SearchValues"}
    closed = {"type": list(_SECTION), "additionalProperties": False}
    word = {"type": [*_SECTION, "string"], "pattern": _DEFAULT} if entry.search else {}
    return {"params": {**closed, "properties": params}, "search": {**closed, **word, "properties": search}}


def _words(name: str, by_task: dict[Task, Parameter], *, n_tasks: int) -> Schema:
    """Join type and meaning; each task has its own where they differ, or where the other has no such parameter."""
    texts = {task: "\n".join(filter(None, (one.type_text, one.description))) for task, one in by_task.items()}
    if len(by_task) == n_tasks and len(set(texts.values())) == 1:
        text = next(iter(texts.values()))
    else:
        text = "\n".join(f"For {task}: {text}" if text else f"For {task}." for task, text in texts.items())
    text = "\n".join(filter(None, (text, _SET_BY_PIPELINE.get(name))))
    retired = {"deprecated": True} if all(one.default == "deprecated" for one in by_task.values()) else {}
    return {**({"description": text} if text else {}), **retired}


def _default(entry: CatalogueEntry, first: Parameter, *others: Parameter) -> Schema:
    """Return the default where the models of both tasks have the same, and JSON can represent it."""
    defaults = {repr(parameter.default) for parameter in (first, *others)}
    if first.name in _SET_BY_PIPELINE or "'deprecated'" in defaults:
        return {}
    if first.name in entry.settings:
        return {"default": entry.settings[first.name]}
    if len(defaults) > 1:
        return {}
    try:
        # NaN, infinity and objects have no JSON form; tuples become lists.
        return {"default": json.loads(json.dumps(first.default, allow_nan=False))}
    except (TypeError, ValueError):
        return {}
