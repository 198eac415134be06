"""Validation errors of pydantic, in the words of the pipeline file."""

from __future__ import annotations

import copy
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from skdl._nearest import did_you_mean
from skdl._note import Note, note_of
from skdl.spec._errors import KeyPath, Problem, shorten
from skdl.spec._pipeline import PipelineFile
from skdl.spec._section import UNION_TAG, Section

S = TypeVar("S", bound=Section)


def describe_validation_error(error: ValidationError, at: KeyPath = ()) -> list[Problem]:
    """Return one problem for each error of a `PipelineFile`, or of the section of one that is at a path."""
    return [_describe({**details, "loc": (*at, *details["loc"])}) for details in error.errors(include_url=False)]


def validate_partly(section: type[S], value: Any) -> S | None:
    """Validate a section as far as possible: a key with an error counts as left out; None where nothing is valid."""
    value = copy.deepcopy({} if value is None else value)
    while True:
        try:
            return section.model_validate(value)
        except ValidationError as error:
            # Each round removes at least one key, so that the loop ends.
            removed = [_remove(value, details["loc"]) for details in error.errors(include_url=False)]
            if not any(removed):  # a required key is missing, or the value is not a mapping
                return None


def _remove(value: Any, path: KeyPath) -> bool:
    """Remove the innermost mapping key on a path; False where there is none."""
    holder, found = None, None
    for step in path:
        if not isinstance(value, dict) or step not in value:
            break
        holder, found, value = value, step, value[step]
    if holder is None:
        return False
    del holder[found]
    return True


def _describe(details: dict[str, Any]) -> Problem:
    path: KeyPath = tuple(step for step in details["loc"] if not str(step).startswith(UNION_TAG))
    return Problem(path, _message(path, details), at_key=details["type"] == "extra_forbidden")


def _message(path: KeyPath, details: dict[str, Any]) -> Note:
    kind, given = details["type"], details.get("input")
    remedy: Note | str = ""
    if kind == "extra_forbidden":
        known = _keys_at(path[:-1])
        hint = did_you_mean(path[-1], known)
        if len(path) == 3 and path[0] == "models" and hint.code == "nothing_near":
            section = "search" if isinstance(given, list) else "params"
            template = " Write a parameter of the model as {section}: {{{key}: {given}}}."
            remedy = Note.of("model_parameter", template, section=section, key=path[-1], given=given)
        text = "no such key{hint}{remedy} Keys here: {known}."
        return Note.of("no_key", text, hint=hint, remedy=remedy, known=", ".join(known))
    if kind == "missing":
        return Note("no_required_key", "this key is required.")
    if kind == "literal_error":
        # pydantic gives the choices of a Literal as one text: 'a', 'b' or 'c'.
        expected = str(details["ctx"]["expected"])
        allowed = expected.replace("'", "").replace(" or ", ", ").split(", ")
        values = {"expected": expected, "known": ", ".join(allowed), "given": repr(given)}
        text = "must be {expected}; got {given}{hint}"
        return Note.of("no_choice", text, **values, hint=did_you_mean(given, allowed))
    shown = shorten(repr(given))
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        return _no_mapping(given, _keys_at(path), path)
    if kind == "string_pattern_mismatch":
        text = "must be usable as the name of a folder, without slashes; got {given}."
        return Note.of("no_folder_name", text, given=shown)
    if kind == "conflict":
        remedy = Note("two_keys", " Remove one of the two, or set it to null.")
    constraint = _describe_constraint(kind, details)
    return Note.of("bad_value", "{constraint}; got {given}.{remedy}", constraint=constraint, given=shown, remedy=remedy)


def _no_mapping(given: Any, known: list[str], path: KeyPath) -> Note:
    shown = shorten(repr(given))
    if len(path) == 3 and (path[0], path[2]) == ("models", "search"):
        text = (
            "must be default, or a mapping from parameters to their values, such as {{alpha: [0.1, 1]}}; "
            "got {given}{hint}"
        )
        return Note.of("no_search_space", text, given=shown, hint=did_you_mean(given, ["default"]))
    if path == ("models",):
        return Note.of("no_models", "must be names of models, each once; got {given}.", given=shown)
    if not known:
        return Note.of("no_mapping", "must be a mapping; got {given}.", given=shown)
    text = "must be a mapping of the keys {known}; got {given}."
    return Note.of("no_mapping_of", text, known=", ".join(known), given=shown)


# The texts are templates.
_CONSTRAINTS = {
    "bool_type": Note("must_be_flag", "must be true or false"),
    "finite_number": Note("must_be_finite", "must be finite"),
    "float_type": Note("must_be_number", "must be a number"),
    "int_type": Note("must_be_whole", "must be a whole number"),
    "string_type": Note("must_be_text", "must be text"),
    "string_too_short": Note("must_have_some", "must not be empty"),
    "too_short": Note("must_have_some", "must not be empty"),
    "tuple_type": Note("must_be_names", "must be a name or a list of names"),
    "greater_than": Note("must_be_above", "must be above {gt}"),
    "greater_than_equal": Note("must_be_least", "must be {ge} or more"),
    "less_than": Note("must_be_below", "must be below {lt}"),
}


def _describe_constraint(kind: str, details: dict[str, Any]) -> Note | str:
    context = details.get("ctx", {})
    if kind in _CONSTRAINTS:
        limits = {
            key: int(limit) if isinstance(limit, float) and limit.is_integer() else limit
            for key, limit in context.items()
        }
        constraint = _CONSTRAINTS[kind]
        return Note.of(constraint.code, constraint.text, **limits)
    if kind == "value_error":  # of a validator of skdl
        return note_of(context["error"])
    conflict: Note | str = context.get("what", str(details["msg"]))
    return conflict


def _keys_at(path: KeyPath) -> list[str]:
    """Return the keys that are allowed at a path of the file."""
    section: type[BaseModel] | None = PipelineFile
    for number, step in enumerate(path):
        if section is None:
            return []
        if number == 1 and path[0] == "models":
            continue  # the name of a model
        if isinstance(step, int):
            continue  # a place in a list
        field = section.model_fields.get(str(step))
        section = None if field is None else _section_in(field.annotation)
    return [] if section is None or path == ("models",) else [*section.model_fields, *(["extends"] if not path else [])]


def _section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section_in(part))), None)
