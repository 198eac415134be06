"""``${NAME}`` in the paths of a pipeline file, and nowhere else."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from skdl.pipeline._faults import Fault, KeyPath
from skdl.tables import did_you_mean, is_local

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["environment_faults", "filled_in", "with_environment"]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# The only places that a variable of the environment can reach.
_PATHS: tuple[KeyPath, ...] = (("data", "source"), ("output", "dir"))


def filled_in(text: str) -> str:
    """Put the values of environment variables in their places; one that is not set stays as it is.

    Examples
    --------
    >>> import os
    >>> os.environ["SKDL_EXAMPLE"] = "tables"
    >>> filled_in("${SKDL_EXAMPLE}/a.csv"), filled_in("$SKDL_EXAMPLE/a.csv")
    ('tables/a.csv', '$SKDL_EXAMPLE/a.csv')
    """
    return _VARIABLE.sub(lambda found: os.environ.get(found[1], found[0]), text)


def environment_faults(path: KeyPath, text: object) -> list[Fault]:
    """Find the variables that a path names and that are not set."""
    names = _VARIABLE.findall(text) if isinstance(text, str) else []
    return [
        Fault(path, f"the environment variable {name} is not set{did_you_mean(name, os.environ) or '.'}")
        for name in dict.fromkeys(names)
        if name not in os.environ
    ]


def with_environment(value: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """Fill in the paths of a file's plain value.

    Parameters
    ----------
    value : mapping
        The file, whatever its shape.

    Returns
    -------
    value : dict
        The same with its paths filled in.
    faults : list of Fault
        Variables that are not set.
    """
    filled, faults = dict(value), []
    for section, key in _PATHS:
        inner = filled.get(str(section))
        if isinstance(inner, dict) and isinstance(inner.get(key), str) and _VARIABLE.search(inner[key]):
            path: KeyPath = (section, key)
            faults += environment_faults(path, inner[key])
            text = filled_in(inner[key])
            if is_local(inner[key]) and is_local(text):
                filled[str(section)] = {**inner, key: text}
            else:  # an address would carry what the variable holds out of this machine
                faults.append(Fault(path, "environment variables are for the paths of files; this is an address."))
    return filled, faults
