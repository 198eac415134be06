"""Cost of using a fitted model: seconds to predict, size on disk, and packages to install."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from skdl.analysis import Cost
from skdl.saved_models import as_saved

__all__ = ["measure_cost"]

_ROWS = 100_000  # a test fold may have 50 rows, whose time is that of the call alone
_MAX_CELLS = 1_000_000  # of the rows that are timed: 8 MB
_MAX_S = 0.5
# Packages that skdl itself requires, so that every model may need them.
_REQUIRED = {"builtins", "joblib", "numpy", "pandas", "scipy", "sklearn", "skdl"}


def measure_cost(estimator: Any, X: Any) -> Cost:
    """Measure a fitted model in the form in which it is saved and loaded, networks as NumPy networks.

    ``predict`` is timed on one row and on many (the rows of ``X`` repeated, up to 100,000): the difference gives the
    seconds of each further row. With the rows of one small fold alone, the time would be that of the call.
    """
    saved = as_saved(estimator)
    model, size_bytes, needs_keras = (estimator, None, False) if saved is None else saved
    n_given = X.shape[0] if hasattr(X, "shape") else len(X)
    n_columns = X.shape[1] if len(getattr(X, "shape", ())) > 1 else 1
    one = _safe_indexing(X, [0])
    model.predict(one)  # the first call may import, compile, or start threads
    call_s = min(_seconds(model, one) for _ in range(3))
    n_rows = max(2, min(n_given, _MAX_CELLS // n_columns))
    given_s = _seconds(model, _safe_indexing(X, np.resize(np.arange(n_given), n_rows)))
    # As many rows as fit into the time, by what the given ones took.
    per_row = max(given_s - call_s, 1e-9) / (n_rows - 1)
    n_rows = max(n_rows, min(_ROWS, _MAX_CELLS // n_columns, int(_MAX_S / per_row)))
    many = _safe_indexing(X, np.resize(np.arange(n_given), n_rows))
    many_s = min(_seconds(model, many) for _ in range(2))
    packages = {"keras"} if needs_keras else set[str]()
    parts = [model, *(model.get_params().values() if hasattr(model, "get_params") else ())]
    packages |= {type(part).__module__.partition(".")[0] for part in parts if hasattr(part, "fit")}
    # Where a call costs more than all its rows, the difference may be lost in noise: then the whole time is the bound.
    row_s = (many_s - call_s if many_s > call_s else many_s) / (n_rows - 1)
    return Cost(call_s, row_s, size_bytes, tuple(sorted(packages - _REQUIRED)))


def _seconds(model: Any, X: Any) -> float:
    started = perf_counter()
    model.predict(X)
    return perf_counter() - started
