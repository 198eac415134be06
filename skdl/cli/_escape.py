"""Escaping of names and values that come from files: control characters could steer the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["escape_control", "list_first"]


def escape_control(text: str, *, keep: str = "") -> str:
    r"""Escape control characters, except those in ``keep``.

    Examples
    --------
    >>> print(escape_control("\x1b[31mred\n"))
    \x1b[31mred\n
    """
    return "".join(one if one.isprintable() or one in keep else one.encode("unicode_escape").decode() for one in text)


def list_first(names: Sequence[str], n_shown: int) -> str:
    """List the first names and the number of the others.

    Examples
    --------
    >>> list_first(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = f" and {len(names) - n_shown:,} more" if len(names) > n_shown else ""
    return ", ".join(escape_control(name) for name in names[:n_shown]) + more
