"""Threads of OpenMP: fewer than there are cores, so that a busy machine does not slow a fit many times over."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

import joblib
from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from collections.abc import Iterator

# Boosting starts its threads some ten thousand times a fit, and each time the fastest waits for the slowest. Where
# another program has the core of one of them, 100,000 rows take 22 s with two threads and 1.8 s with one; 800 rows take
# 3.1 s and 0.2 s. With fewer rows a thread, the time is that of the waiting also on an idle machine.
_ROWS_A_THREAD = 20_000


@contextmanager
def limit_openmp_threads(n_rows: int) -> Iterator[None]:
    """Limit the OpenMP threads of the calling thread: one for each 20,000 rows, at most half the cores.

    A lower limit, as by ``OMP_NUM_THREADS``, stays. The pools of BLAS are left alone, because its sums depend on them,
    and so are threads that an estimator starts by its own ``n_jobs``.
    """
    # By the cores and the rows alone, not by the load: what is computed must not depend on other programs.
    most = max(1, min(n_rows // _ROWS_A_THREAD, joblib.cpu_count() // 2))
    pools = _thread_pools(len(sys.modules)).select(user_api="openmp")
    with pools.limit(limits=min([most, *(pool.num_threads for pool in pools.lib_controllers)])):
        yield


@lru_cache(maxsize=1)
def _thread_pools(n_modules: int) -> ThreadpoolController:  # noqa: ARG001 - the key of the cache
    """Find the thread pools of this process: again once modules were imported, which may have loaded a library."""
    return ThreadpoolController()
