"""Cost of using a fitted model: seconds to predict, size on disk, and packages to install."""

from __future__ import annotations

from contextlib import suppress
from time import perf_counter, process_time
from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.utils import _safe_indexing

from skdl.analysis import Cost
from skdl.saved_models import as_saved

__all__ = ["expected_cost_s", "measure_cost"]

_FIRST_ROWS = 10_000  # that are timed first: of all rows of a large fold, nearest neighbors take a quarter of an hour
_LONG_S = 1.0  # a longer time is measured once
_MAX_ROWS = 100_000
_MAX_CELLS = 1_000_000  # of the rows that are timed: 8 MB
_ENOUGH_S = 0.02  # time of the rows beside that of the call, far above the noise of the clock
_FACTOR = 10
# Packages that skdl itself requires, so that every model may need them.
_REQUIRED = {"builtins", "joblib", "numpy", "pandas", "scipy", "sklearn", "skdl"}


def measure_cost(estimator: Any, X: Any) -> Cost:
    """Measure a fitted model in the form in which it is saved and loaded, networks as NumPy networks.

    ``predict`` is timed on one row and on many (the first rows of ``X``, or few rows repeated): the difference gives
    the seconds of each further row. On the rows of a small fold alone, the time would be that of the call. A model that
    cannot be saved and loaded has no known cost; that it predicts is enough to compare it.
    """
    try:
        model, size_bytes, needs_keras = as_saved(estimator)
    except Exception:  # noqa: BLE001 - classes of users may raise anything when they are pickled and loaded
        return Cost()
    n_given = X.shape[0] if hasattr(X, "shape") else len(X)
    n_columns = X.shape[1] if len(getattr(X, "shape", ())) > 1 else 1
    n_most = max(n_given, min(_MAX_ROWS, _MAX_CELLS // n_columns))
    one = _safe_indexing(X, [0])
    _seconds(model, one)  # the first call may import, compile, or start threads
    call_s = min(_seconds(model, one) for _ in range(3))
    n_rows = min(n_given, _FIRST_ROWS)
    # Ten times as many rows until the time is long enough: never more than about ten times that time.
    while True:
        many = _safe_indexing(X, np.resize(np.arange(n_given), n_rows))
        many_s = _seconds(model, many)
        if many_s - call_s >= _ENOUGH_S or n_rows >= n_most:
            if many_s < _LONG_S:
                many_s = min(many_s, _seconds(model, many))  # another process may have had the core the first time
            if many_s - call_s >= _ENOUGH_S or n_rows >= n_most:
                break
        n_rows = min(_FACTOR * n_rows, n_most)
    # Where a call costs more than all its rows, the difference is lost in noise: then the whole time is the bound.
    row_s = (many_s - call_s if many_s > call_s else many_s) / max(1, n_rows - 1)
    return Cost(call_s, row_s, size_bytes, _packages(model, needs_keras=needs_keras))


def expected_cost_s(predict_s: float, n_rows: int) -> float:
    """Return the seconds of predictions in `measure_cost`, for a model that takes ``predict_s`` for ``n_rows`` rows."""
    timed_s = predict_s * min(1.0, _FIRST_ROWS / max(1, n_rows))
    return timed_s if timed_s > _LONG_S else 2 * timed_s


def _seconds(model: Any, X: Any) -> float:
    """Seconds of a call; its CPU time where other programs interrupted it."""
    switches, started, cpu_started = _involuntary_switches(), perf_counter(), process_time()
    model.predict(X)
    seconds, cpu_s = perf_counter() - started, process_time() - cpu_started
    # A model that waits, for a file or a server, is not interrupted: its time counts whole.
    return min(seconds, cpu_s) if _involuntary_switches() > switches else seconds


def _involuntary_switches() -> int:
    """Count the involuntary context switches of this process; 0 on Windows, which has no such count."""
    with suppress(ImportError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw
    return 0


def _packages(model: Any, *, needs_keras: bool) -> tuple[str, ...]:
    """Packages that loading the model imports, besides those that skdl requires."""
    parts = [model]
    for part in parts:  # which grows: the parameters of a frozen estimator are not among those of what holds it
        if part is model or isinstance(part, FrozenEstimator):
            inner = part.estimator if isinstance(part, FrozenEstimator) else part
            parts += inner.get_params().values() if hasattr(inner, "get_params") else ()
    packages = {type(part).__module__.partition(".")[0] for part in parts if hasattr(part, "fit")} - _REQUIRED
    return tuple(sorted(packages | {"keras"} if needs_keras else packages))
