"""A warning of Keras' own code, which users of skdl can do nothing about."""

from __future__ import annotations

import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK = threading.Lock()
_FILTERS: list[object] = []  # the filter, once for each thread inside the context; None where a user has the same


@contextmanager
def without_array_warnings() -> Iterator[None]:
    """Ignore that Keras' variables do not take NumPy's ``copy`` argument, while Keras' callbacks or files run.

    Under ``-W error`` they would fail. Only there, because filters are of the whole process; the last thread that
    leaves removes the filter, which ``warnings.catch_warnings`` could not do. To remove when no supported version of
    Keras warns (3.15 does).
    """
    with _LOCK:
        if _FILTERS:
            _FILTERS.append(_FILTERS[0])
        else:
            before = list(warnings.filters)
            warnings.filterwarnings(
                "ignore", "__array__ implementation doesn't accept a copy keyword", DeprecationWarning
            )
            _FILTERS.append(None if warnings.filters[0] in before else warnings.filters[0])
    try:
        yield
    finally:
        with _LOCK:
            entry = _FILTERS.pop()
            if not _FILTERS and entry in warnings.filters:
                warnings.filters.remove(entry)  # type: ignore[attr-defined]
