"""What pydantic found wrong with the shape of a file, in words for the one who wrote it."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from skdl.pipeline._faults import Fault, KeyPath
from skdl.pipeline._spec import PipelineSpec
from skdl.tables import did_you_mean

__all__ = ["shape_faults"]


def shape_faults(error: ValidationError) -> list[Fault]:
    """Turn each error of pydantic into a fault.

    Parameters
    ----------
    error : pydantic.ValidationError
        What validating a `PipelineSpec` raised.

    Returns
    -------
    list of Fault
        One for each.
    """
    return [_fault(dict(details)) for details in error.errors(include_url=False)]


def _fault(details: dict[str, Any]) -> Fault:
    path: KeyPath = tuple(details["loc"])
    kind, given = details["type"], details.get("input")
    if kind == "extra_forbidden":
        known = _keys_at(path[:-1])
        return Fault(
            path, f"no such key{did_you_mean(path[-1], known) or '.'} Keys here: {', '.join(known)}.", at_key=True
        )
    if kind == "missing":
        return Fault(path, "this key must be given.")
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        known = _keys_at(path)
        takes = f" of the keys {', '.join(known)}" if known else ""
        return Fault(path, f"must be a mapping{takes}; got {given!r}.")
    if kind == "literal_error":
        nearest = did_you_mean(
            given, str(details["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        )
        return Fault(path, f"must be {details['ctx']['expected']}; got {given!r}{nearest or '.'}")
    if kind == "string_pattern_mismatch":
        return Fault(path, f"must be a name that can name a folder, without slashes; got {given!r}.")
    remedy = " Take one of the two away, or set it to null." if kind == "clash" else ""
    return Fault(path, f"{_constraint(kind, details)}; got {given!r}.{remedy}")


_CONSTRAINTS = {
    "bool_type": "must be true or false",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "tuple_type": "must be a name or a list of names",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be below {lt}",
}


def _constraint(kind: str, details: dict[str, Any]) -> str:
    limits = details.get("ctx", {}).items()
    context = {key: int(limit) if isinstance(limit, float) and limit.is_integer() else limit for key, limit in limits}
    if kind in _CONSTRAINTS:
        return _CONSTRAINTS[kind].format(**context)
    return str(details["msg"]).removeprefix("Value error, ")


def _keys_at(path: KeyPath) -> list[str]:
    """Give the keys that are known at a place of the file."""
    section: type[BaseModel] | None = PipelineSpec
    for number, step in enumerate(path):
        if section is None:
            return []
        if number == 1 and path[0] == "models":
            continue  # the model's own name
        field = section.model_fields.get(str(step))
        section = None if field is None else _section_in(field.annotation)
    return [] if section is None or path == ("models",) else [*section.model_fields, *(["extends"] if not path else [])]


def _section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section_in(part))), None)
