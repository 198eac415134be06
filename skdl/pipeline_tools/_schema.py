"""The JSON Schema of pipeline files, with which an editor completes and checks them.

It starts from what pydantic says of `PipelineSpec` and is corrected to what a *file* may say: pydantic's schema does
not know the validators that run before a type is looked at, as where one name stands for a list. They are asked
instead, by validating small documents; a key that is added to the specification is thereby described as it behaves.

The schema is as strict as it can be without refusing a file that `read_pipeline` takes. What needs the data, the task
or keys in two places is left to `skdl check`, and so is a file that is inherited from: a model that has a name of the
catalogue is taken for that model even where the other file gives it another ``use``.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

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
Path = tuple[str, ...]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DOTTED = r"^[A-Za-z]\w*(\.[A-Za-z]\w*)+$"
# The smallest document; a key is judged by what is said of it when it is put into this.
_SMALLEST: dict[str, Any] = {"name": "x", "data": {"source": "x", "target": "x"}, "models": {"linear": {}}}
# What a file need not give although the specification does: `read_pipeline` takes the file's own name.
_FROM_THE_FILE: tuple[Path, ...] = (("name",),)
# Parameters that a pipeline sets itself where a file says nothing, whatever the class has as default.
_SET_BY_PIPELINE = {"random_state": "Where left out, compare.cv.seed.", "n_jobs": "Where left out, one."}
_SECTION = ("object", "null")
# Says nothing, but tells an editor that there is a value to type.
_ANYTHING = ("string", "number", "boolean", "array", "object", "null")
_MODEL = "#/$defs/ModelSpec"
_SCORERS = "scikit-learn.scorers"  # these follow the installed version, as parameters do
_TEXT: Schema = {"type": "string", "minLength": 1}
_EXTENDS: Schema = {"description": "Pipeline file to start from, seen from this one; keys given here win.", **_TEXT}


def pipeline_schema() -> dict[str, Any]:
    """Describe pipeline files as JSON Schema, draft 2020-12.

    Returns
    -------
    dict
        Plain values. ``$defs`` holds the sections of a file, and ``NAME.params`` and ``NAME.search`` for each model of
        the catalogue: those follow the installed versions; the rest depends on this package alone. Of a model whose
        package is not installed any parameter is taken.

    Examples
    --------
    >>> schema = pipeline_schema()
    >>> schema["$defs"]["knn.params"]["properties"]["n_neighbors"]["default"]
    5
    """
    written = PipelineSpec.model_json_schema()
    definitions = written["$defs"]
    sections: dict[str, Schema] = {}
    root = {**_described(written), **_section(written, definitions, sections, ())}
    root["properties"] = {"extends": _EXTENDS, **root["properties"]}
    shared = {**sections, **_metric_definition(), "SearchValues": _search_values()}
    _name_metrics(shared)
    _name_models(root, shared, _described(definitions["ModelSpec"]))
    return {
        "$schema": _DIALECT,
        "title": "Pipeline file of skdl",
        **root,
        "if": {"required": ["extends"]},
        "else": _with_models_that_say_what_they_are(_requirements(written, definitions, ())),
        "$defs": {**shared, **_estimator_definitions()},
    }


# Sections: pydantic's schema, corrected by asking the specification.


def _section(written: Schema, definitions: Schema, sections: dict[str, Schema], path: Path) -> Schema:
    """Describe a mapping with fixed keys; the sections inside it are added to ``sections``."""
    properties = {
        key: _key(_untitled(value), definitions, sections, (*path, key)) for key, value in written["properties"].items()
    }
    # Where a section may not be null, the key that refers to it says so.
    return {"type": list(_SECTION) if path else "object", "additionalProperties": False, "properties": properties}


def _key(value: Schema, definitions: Schema, sections: dict[str, Schema], path: Path) -> Schema:
    """Describe what stands behind one key."""
    _collect(value, definitions, sections, path)
    if "$ref" in value:
        found = {**_described(definitions[_ref_name(value["$ref"])]), **value}
        return found if _accepts(path, None) else _narrowed(found, {"type": "object"})
    found = _flat(value)
    if "array" in _kinds(found):
        found = _list(found, path)
    elif "additionalProperties" in found:
        found = _mapping(found, path)
    return _with_null(found) if _accepts(path, None) else found


def _collect(value: Any, definitions: Schema, sections: dict[str, Schema], path: Path) -> None:
    """Describe the sections that a key refers to, wherever in its schema it does."""
    if isinstance(value, list):
        for item in value:
            _collect(item, definitions, sections, path)
    if not isinstance(value, dict):
        return
    if "$ref" in value and (name := _ref_name(value["$ref"])) not in sections:
        written = definitions[name]
        sections[name] = {}  # known from here on, should it refer to itself
        fixed = "properties" in written
        sections[name] = _section(written, definitions, sections, path) if fixed else _untitled(written)
    for key, inner in value.items():
        within = (*path, "linear") if key == "additionalProperties" else path
        _collect(inner, definitions, sections, within)


def _flat(value: Schema) -> Schema:
    """Write "this or null" as a list of types, which editors put into plainer messages."""
    kinds = value.get("anyOf", [])
    others = [kind for kind in kinds if kind != {"type": "null"}]
    if len(others) != 1 or len(kinds) == 1 or not isinstance(others[0].get("type"), str):
        return value
    outer = {key: inner for key, inner in value.items() if key != "anyOf"}
    return _with_null({**others[0], **outer})


def _with_null(value: Schema) -> Schema:
    if "anyOf" in value:
        return {**value, "anyOf": [*(kind for kind in value["anyOf"] if kind != {"type": "null"}), {"type": "null"}]}
    kinds = _kinds(value)
    if not kinds or "null" in kinds:
        return value
    return {**value, "type": [*kinds, "null"], **({"enum": [*value["enum"], None]} if "enum" in value else {})}


def _kinds(value: Schema) -> list[str]:
    kinds = value.get("type", [])
    return kinds if isinstance(kinds, list) else [kinds]


def _list(value: Schema, path: Path) -> Schema:
    """Describe a list, and whether one text may stand for a list of one."""
    found = {("minItems" if key == "minLength" else key): inner for key, inner in value.items()}
    items = found.get("items", {})
    if items.get("type") != "string" or "enum" in items:
        return found
    if _accepts(path, ["a", "b"]) and not _accepts(path, ["a", "a"]):
        found["uniqueItems"] = True
    if _accepts(path, "a"):
        return {**items, **found, "type": ["string", *_kinds(found)]}
    return found


def _mapping(value: Schema, path: Path) -> Schema:
    """Describe a mapping with free keys, and whether a key or a list of them may stand for it."""
    more = [kind for kind, given in (("string", "a"), ("array", ["a", "b"])) if _accepts(path, given)]
    return {**value, "type": [*_kinds(value), *more], "minLength": 1, "items": _TEXT} if more else value


def _accepts(path: Path, value: Any) -> bool:
    """Whether the specification finds nothing wrong with a key or what is inside it."""
    return not any(tuple(error["loc"])[: len(path)] == path for error in _errors(path, value))


def _errors(path: Path, value: Any, *, leave_out: bool = False) -> Sequence[Any]:
    document: dict[str, Any] = copy.deepcopy(_SMALLEST)
    around = document
    for step in path[:-1]:
        around = around.setdefault(step, {})
    if leave_out:
        around.pop(path[-1], None)
    else:
        around[path[-1]] = value
    try:
        PipelineSpec.model_validate(document)
    except ValidationError as error:
        return error.errors(include_url=False)
    return ()


def _requirements(written: Schema, definitions: Schema, path: Path) -> Schema:
    """Give what a file must say where it extends no other."""
    inside = {}
    for key, value in written.get("properties", {}).items():
        found = _requirements(definitions.get(_ref_name(value.get("$ref", "")), {}), definitions, (*path, key))
        if value.get("minProperties"):
            found = {**found, "minProperties": value["minProperties"]}
        if found:
            inside[key] = {"type": "object", **found}
    needed = [key for key in written.get("required", ()) if _must_be_given((*path, key))]
    return {**({"required": needed} if needed else {}), **({"properties": inside} if inside else {})}


def _must_be_given(path: Path) -> bool:
    left_out = _errors(path, None, leave_out=True)
    return path not in _FROM_THE_FILE and any(tuple(error["loc"]) == path for error in left_out)


# Metrics, models and what a search may hold.


def _metric_definition() -> dict[str, Schema]:
    metrics = [metric for task in get_args(Task) for metric in resolve_metrics(metric_names(task), task)]
    described = [f"For {metric.task}: {metric.description}" for metric in metrics]
    own = {"enum": [metric.name for metric in metrics], "enumDescriptions": described}
    others = [name for name in scorer_names() if name not in own["enum"]]
    return {"Metric": {"anyOf": [own, {"$ref": f"#/$defs/{_SCORERS}"}]}, _SCORERS: {"enum": others}}


def _name_metrics(shared: dict[str, Schema]) -> None:
    """Offer the names of metrics where ``compare.metrics`` is names alone; leave it where it may be more."""
    properties = shared.get("CompareSpec", {}).get("properties", {})
    value = properties.get("metrics", {})
    if value.get("items") != _TEXT or "string" not in value.get("type", ()):
        return
    metric = {"$ref": "#/$defs/Metric"}
    listed = {key: value[key] for key in ("minItems", "uniqueItems") if key in value}
    kinds = [metric, {"type": "array", "items": metric, **listed}, {"type": "null"}]
    properties["metrics"] = {**_words_of(value), "anyOf": kinds if "null" in value["type"] else kinds[:2]}


def _name_models(root: Schema, shared: dict[str, Schema], words: Schema) -> None:
    """Offer the catalogue as names of models and behind ``use``, and tie parameters to them."""
    models, model = root["properties"]["models"], shared["ModelSpec"]
    models.pop("minProperties", None)  # an extending file may add none; see the requirements
    models["properties"] = {entry.name: _named_model(entry) for entry in catalogue()}
    models["additionalProperties"] = {**words, "$ref": _MODEL}
    model["properties"]["use"] = _use(model["properties"]["use"])
    model["allOf"] = [
        {"if": {"properties": {"use": {"const": entry.name}}, "required": ["use"]}, "then": _parameters_as_in(entry)}
        for entry in catalogue()
    ]


def _use(written: Schema) -> Schema:
    names = {"enum": [e.name for e in catalogue()], "enumDescriptions": [_description_of(e) for e in catalogue()]}
    dotted = {"type": "string", "pattern": _DOTTED}
    return {**_words_of(written), "anyOf": [names, dotted, {"type": "null"}]}


def _named_model(entry: CatalogueEntry) -> Schema:
    """Describe a model that has a name of the catalogue: it is that model, unless it says otherwise."""
    itself = {"if": {"properties": {"use": {"type": "null"}}}, "then": _parameters_as_in(entry)}
    found = _narrowed({"description": _description_of(entry), "$ref": _MODEL}, {"type": list(_SECTION), **itself})
    if entry.name == "dummy":  # the baseline keeps its name for itself
        found["else"] = {"properties": {"use": {"const": entry.name}}}
    return found


def _parameters_as_in(entry: CatalogueEntry) -> Schema:
    return {"properties": {key: {"$ref": f"#/$defs/{entry.name}.{key}"} for key in ("params", "search")}}


def _description_of(entry: CatalogueEntry) -> str:
    tasks = [task for task in get_args(Task) if entry.path_for(task)]
    alone = f" For {tasks[0]} alone." if len(tasks) == 1 else ""
    extra = f" Needs pip install 'skdl[{entry.extra}]'." if entry.extra else ""
    return f"{entry.description}{alone}{extra}"


def _with_models_that_say_what_they_are(requirements: Schema) -> Schema:
    """Ask for ``use`` where the name of a model is neither of the catalogue nor a class."""
    models = {
        **requirements["properties"]["models"],
        "properties": {entry.name: True for entry in catalogue()},
        "patternProperties": {_DOTTED: True},
        "additionalProperties": {"type": "object", "required": ["use"], "properties": {"use": {"type": "string"}}},
    }
    return {**requirements, "properties": {**requirements["properties"], "models": models}}


def _search_values() -> Schema:
    """Describe a list of values or a distribution in one, so that a fault is placed at the value."""

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
            found["params"][name] = {**words, **(default or {"type": list(_ANYTHING)})}
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
    """Give the default where it is one and JSON can say it."""
    first = parameters[0]
    if first.name in _SET_BY_PIPELINE or "deprecated" in [repr(p.default).strip("'") for p in parameters]:
        return {}
    if first.name in entry.defaults:
        return {"default": entry.defaults[first.name]}
    if len({repr(parameter.default) for parameter in parameters}) > 1:
        return {}
    try:
        return {"default": json.loads(json.dumps(first.default, allow_nan=False))}
    except (TypeError, ValueError):
        return {}


def _untitled(value: Any) -> Any:
    """Take away the titles that pydantic makes of names: they say nothing more."""
    if isinstance(value, list):
        return [_untitled(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _untitled(inner) for key, inner in value.items() if not (key == "title" and isinstance(inner, str))}


def _ref_name(ref: str) -> str:
    return ref.rpartition("/")[2]


def _words_of(value: Schema) -> Schema:
    return {key: inner for key, inner in value.items() if key in {"description", "default"}}


def _described(written: Schema) -> Schema:
    """Give the first paragraph of a section's docstring."""
    words = " ".join(written.get("description", "").split("\n\n")[0].split())
    return {"description": words} if words else {}


def _narrowed(value: Schema, more: Schema) -> Schema:
    """Ask more of what is referred to. Editors see the type of a key where it stands beside ``allOf``, not ``$ref``."""
    rest = {key: inner for key, inner in value.items() if key != "$ref"}
    return {**rest, **more, "allOf": [{"$ref": value["$ref"]}]}
