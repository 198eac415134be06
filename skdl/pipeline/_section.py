"""What all parts of a pipeline file have in common, and the words that they share."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr

__all__ = ["Name", "Names", "Section", "as_section"]


class Section(BaseModel):
    """A part of the file: fixed once read, and without room for unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def as_section(value: Any) -> Any:
    """Let a key with nothing behind it stand for the defaults."""
    return {} if value is None else value


def _as_list(value: Any) -> Any:
    """Let one name stand for a list of one."""
    return (value,) if isinstance(value, str) else value


def _all_different(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise ValueError(f"names must be different; {twice[0]!r} stands more than once")
    return names


Name = Annotated[StrictStr, Field(min_length=1)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_as_list), AfterValidator(_all_different)]
