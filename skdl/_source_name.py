"""Names of tables, as ``data.source`` and the command line take them."""

from __future__ import annotations


def is_local(source: str) -> bool:
    """Whether a source names files of this machine, rather than a web address or a built-in table.

    >>> is_local("data/boston.csv"), is_local("builtin:iris")
    (True, False)
    """
    scheme, separator, rest = source.partition(":")
    return not separator or not (scheme in {"builtin", "keras"} or rest.startswith("//"))
