"""Text for terminals: names of files and tables without control characters, and numbers without an interval."""

from __future__ import annotations

__all__ = ["escape_control", "four_digits"]


def escape_control(text: str, *, keep: str = "") -> str:
    r"""Escape control characters, which could steer the terminal, except those in ``keep``.

    >>> print(escape_control("\x1b[31mred\n"))
    \x1b[31mred\n
    """
    return "".join(one if one.isprintable() or one in keep else one.encode("unicode_escape").decode() for one in text)


def four_digits(value: float) -> str:
    """Write a number with four digits at least, those before the point in full.

    >>> four_digits(0.83), four_digits(12345.6)
    ('0.8300', '12,346')
    """
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e12 else f"{value:#.4g}".rstrip(".")
