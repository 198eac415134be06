"""Names and values of files as a terminal may show them: the files may be anybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["listed", "plain"]


def plain(text: str, *, but: str = "") -> str:
    r"""Spell out what would steer the terminal, except the characters in ``but``.

    Examples
    --------
    >>> print(plain("\x1b[31mred\n"))
    \x1b[31mred\n
    """
    return "".join(one if one.isprintable() or one in but else one.encode("unicode_escape").decode() for one in text)


def listed(names: Sequence[str], n_shown: int) -> str:
    """Name the first few and count the others.

    Examples
    --------
    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = f" and {len(names) - n_shown:,} more" if len(names) > n_shown else ""
    return ", ".join(plain(name) for name in names[:n_shown]) + more
