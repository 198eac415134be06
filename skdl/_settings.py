"""Settings of the process that computing depends on: at their defaults while skdl computes.

A caller may have changed how scikit-learn, pandas, NumPy and warnings behave (``sklearn.set_config``,
``pandas.set_option``, ``numpy.seterr``, ``python -W error``). Workers do not have these settings, nor has the process
that scores with the model later, so numbers must not depend on them. `default_settings` is the one place that resets
them; every function in which skdl computes runs in it. Settings of Keras and JAX are reset around each fit and
prediction of a network (`skdl.training.precision`).
"""

from __future__ import annotations

import re
import sys
import warnings
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["default_settings", "keep_output", "transform_output"]

_SKLEARN = {
    "assume_finite": False,
    "working_memory": 1024,
    "print_changed_only": True,
    "display": "diagram",
    "pairwise_dist_chunk_size": 256,
    "enable_cython_pairwise_dist": True,
    "array_api_dispatch": False,
    "transform_output": "default",
    "enable_metadata_routing": False,
    "skip_parameter_validation": False,
    "sparse_interface": "spmatrix",  # since scikit-learn 1.9
}
_PANDAS = {
    "compute.use_bottleneck": True,
    "compute.use_numba": False,
    "compute.use_numexpr": True,
    "future.distinguish_nan_and_na": False,
    "future.infer_string": True,
    "future.python_scalars": False,
    "io.parquet.engine": "auto",
    "mode.string_storage": "auto",
}
_OURS = re.compile(r"skdl\b")


@contextmanager
def default_settings() -> Iterator[None]:
    """Reset the settings of NumPy, scikit-learn, pandas and warnings inside the block, or inside a decorated function.

    A library that is not imported yet has its defaults.
    """
    with ExitStack() as at_end:
        at_end.enter_context(np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"))
        at_end.enter_context(_warnings_not_raised())
        sklearn: Any = sys.modules.get("sklearn")
        pandas: Any = sys.modules.get("pandas")
        if hasattr(sklearn, "config_context"):  # not while another thread imports it
            settings = sklearn.get_config()
            defaults = {name: value for name, value in _SKLEARN.items() if name in settings}
            at_end.enter_context(sklearn.config_context(**defaults))
        if hasattr(pandas, "set_option"):
            at_end.enter_context(_pandas_defaults(pandas))
        yield


@contextmanager
def _pandas_defaults(pandas: Any) -> Iterator[None]:
    def set_options(values: dict[str, Any]) -> dict[str, Any]:
        """Set options, and return the earlier values of those that were different."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some are deprecated
            before = {}
            for name, value in values.items():
                with suppress(KeyError):  # pandas has other options in another version
                    if (current := pandas.get_option(name)) != value:
                        before[name] = current
                        pandas.set_option(name, value)
            return before

    before = set_options(_PANDAS)
    try:
        yield
    finally:
        set_options(before)


@contextmanager
def _warnings_not_raised() -> Iterator[None]:
    """Show warnings that would be raised as errors, unless the code that is warned is skdl's own."""
    with warnings.catch_warnings():
        filters = []
        for one in warnings.filters:
            action, message, category, module, line = one
            if action != "error":
                filters.append(one)
                continue
            if module is None:
                filters.append((action, message, category, _OURS, line))
            filters.append(("default", message, category, module, line))
        warnings.filters[:] = filters  # type: ignore[index]  # a list, and catch_warnings has copied it
        yield


def transform_output() -> str:
    """Return what the caller's transformers return, as ``sklearn.set_config(transform_output=...)`` has it."""
    sklearn = sys.modules.get("sklearn")
    return "default" if sklearn is None else str(sklearn.get_config()["transform_output"])


def keep_output(estimator: Any, container: str = "default") -> Any:
    """Have the transformers of an estimator always return this container, wherever it is fitted and used.

    It is ``set_output`` for every transformer inside that has no output of its own. Clones and pickles keep it.
    """
    for part in (estimator, *estimator.get_params(deep=True).values()):
        if hasattr(part, "set_output") and not isinstance(part, type):
            # As set_output keeps it. Called on a pipeline, that would replace what a step of the pipeline has set.
            vars(part).setdefault("_sklearn_output_config", {}).setdefault("transform", container)
    return estimator
