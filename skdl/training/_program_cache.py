"""Least-recently-used cache of compiled programs, and a count of traces."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_PROGRAMS_KEPT = 64


class ProgramCache:
    """A bounded cache by structure, safe to use from several threads; its entries hold no training data.

    Examples
    --------
    >>> cache, built = ProgramCache(2), []
    >>> for key in ("one", "two", "one", "three", "one", "two"):
    ...     _ = cache.get(key, lambda: built.append(key))
    >>> built
    ['one', 'two', 'three', 'two']
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._programs: OrderedDict[Any, Any] = OrderedDict()  # least recently used first
        self._lock = threading.Lock()
        self.n_traces = 0

    def get(self, key: Any, build: Callable[[], Any]) -> Any:
        """Return the entry of a structure, built where it is missing."""
        # The lock is held while building: threads that ask for one structure at once would otherwise build it twice.
        with self._lock:
            if key in self._programs:
                self._programs.move_to_end(key)
            else:
                self._programs[key] = build()
                if len(self._programs) > self._capacity:
                    # The first entry is the least recently used one; programs in use stay alive by their references.
                    self._programs.popitem(last=False)
            return self._programs[key]

    def count_trace(self) -> None:
        """Count a trace, the first step of each compilation; traced functions call it, compiled ones do not."""
        self.n_traces += 1


CACHE = ProgramCache(_PROGRAMS_KEPT)


def n_traces() -> int:
    """Return how often a program was traced in this process; a fit that adds none compiled nothing."""
    return CACHE.n_traces
