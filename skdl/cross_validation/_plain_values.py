"""Values of parameters in the form that JSON has for them."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["plain_value"]


def plain_value(value: Any) -> Any:
    """Keep numbers, text, None and lists of them, and give the text of everything else.

    Examples
    --------
    >>> plain_value((np.float64(0.5), 32)), plain_value({"a": 1})
    ([0.5, 32], "{'a': 1}")
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    return value if isinstance(value, str | int | float | bool) or value is None else repr(value)
