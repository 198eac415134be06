"""The base class of all sections of a pipeline file, and the types that they share."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr

from skdl._note import Note


class Section(BaseModel):
    """A section of the file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def empty_to_section(value: Any) -> Any:
    """Turn a key without a value into an empty section, so that it means the defaults."""
    return {} if value is None else value


# Begins the tag of each kind of a union; pydantic adds the tag to the path of an error, where it is no key of the file.
UNION_TAG = "union:"
T = TypeVar("T")
OrEmpty = Annotated[T, BeforeValidator(empty_to_section)]


def optional(description: str, default: Any = None) -> Any:
    """Define a key that may be left out."""
    return Field(default=default, description=description)


def _to_list(value: Any) -> Any:
    """Turn one name into a list of one."""
    return (value,) if isinstance(value, str) else value


def _check_duplicates(names: tuple[str, ...]) -> tuple[str, ...]:
    duplicates = sorted(name for name, count in Counter(names).items() if count > 1)
    if duplicates:
        raise ValueError(Note.of("names_twice", "names must be distinct; got {name!r} twice", name=duplicates[0]))
    return names


Name = Annotated[StrictStr, Field(min_length=1)]
_NameOrNames = Name | Annotated[list[Name], Field(json_schema_extra={"uniqueItems": True})]
Names = Annotated[
    tuple[Name, ...],
    BeforeValidator(_to_list, json_schema_input_type=_NameOrNames),
    AfterValidator(_check_duplicates),
]
