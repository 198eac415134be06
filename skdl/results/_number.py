"""A measured number, NaN included: JSON has no NaN, and writes null."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

__all__ = ["Number"]


def _read(value: Any) -> Any:
    return math.nan if value is None else value


Number = Annotated[float, BeforeValidator(_read), WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "null"}]})]
