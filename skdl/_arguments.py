"""Checks of the arguments of public functions, whose errors say what was expected and what came."""

from __future__ import annotations

import math
import os
import sys
from numbers import Integral, Real
from typing import Any

from skdl.exceptions import UsageError

__all__ = ["check_path", "is_number", "is_whole", "shown"]


def check_path(subject: str, value: Any, remedy: str = "") -> None:
    """Raise a UsageError for anything but a path; ``subject`` begins the message.

    Examples
    --------
    >>> check_path("load_model: path", None)
    Traceback (most recent call last):
        ...
    skdl.exceptions.UsageError: load_model: path must be a path, as text or pathlib.Path; got None.
    """
    if not isinstance(value, str | os.PathLike):
        raise UsageError(
            f"{subject} must be a path, as text or pathlib.Path; got {shown(value)}.{remedy and ' '}{remedy}"
        )


def is_whole(value: Any, least: float = -math.inf) -> bool:
    """Whether a value is a whole number of this size or more; True and False are none."""
    return not isinstance(value, bool) and isinstance(value, Integral) and int(value) >= least


def is_number(value: Any, low: float = -sys.float_info.max, high: float = sys.float_info.max) -> bool:
    """Whether a value is a number in this range, both ends included; True, False and NaN are none."""
    return not isinstance(value, bool) and isinstance(value, Real) and low <= float(value) <= high


def shown(value: Any) -> str:
    """Return a plain value as it is written, a class by its name, and the kind of any other object.

    Examples
    --------
    >>> shown("x"), shown(dict), shown({})
    ("'x'", 'the class dict', 'a dict')
    """
    if isinstance(value, type):
        return f"the class {value.__name__}"
    plain = isinstance(value, str | bytes | int | float) or value is None
    return repr(value)[:80] if plain else f"a {type(value).__name__}"
