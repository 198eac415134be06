"""Identity of a model in a comparison: everything that its results depend on, besides folds and metrics.

A run may use the folds that an earlier one has fitted with the same identity on the same rows, whatever other models
stand beside it and whatever it is called.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import re
import sys
import sysconfig
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from joblib.hashing import NumpyHasher
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from skdl._note import Note
from skdl.metrics import CustomFunction, DecisionCosts, Scorer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from skdl.cross_validation._splits import Split
    from skdl.metrics import Metric

Identity = dict[str, Any]

# Files of installed packages are covered by their versions; only other files are hashed.
_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_NEVER_CUSTOM = {"skdl", *sys.builtin_module_names} - {"__main__"}
_HASH = re.compile("[0-9a-f]{32,64}")
_MAX_SHOWN = 100  # characters of a parameter; a longer one is hashed
# Versions that every model depends on; others by the packages that its parts are from.
_ALWAYS = ("python", "skdl", "scikit-learn", "numpy", "scipy", "pandas")
_OF_NETWORKS = ("keras", "jax")
_COVERED = {"builtins", "numpy", "pandas", "scipy", "skdl", "sklearn"}
# Steps of a path to a parameter that say nothing to a reader.
_STRUCTURE = {"class", "estimator", "estimators", "steps", "transformers"}

# In this order: a change of the table is named before the changes that follow from it.
_LABELS = {"data": "the table", "model": "the model", "versions": "a version", "code": "custom code"}


def key_of(identity: Identity) -> str:
    """Return the digest of an identity, by which its records are found."""
    return _sha1(json.dumps(identity).encode())


def metric_identity(metric: Metric) -> str:
    """Return what the scores of a metric depend on besides its name: empty for one of skdl or of scikit-learn."""
    function = metric.function
    if metric.scorer_name is not None or (inspect.isfunction(function) and _top_package(function) == "skdl"):
        return ""
    description = _Description()
    plain = [description.of(function), metric.greater_is_better, metric.response]
    return _sha1(json.dumps([plain, description.versions(), _custom_code(description.definitions)]).encode())


def basis_of(metric: Metric, splits: Iterable[Split], *others: str) -> str:
    """Return the digest of what a measurement besides the folds depends on, next to the model."""
    rows = [split.digest for split in splits]
    return _sha1(json.dumps([metric.name, metric_identity(metric), rows, others]).encode())


def what_changed(before: Identity, now: Identity) -> Note | None:
    """Describe the first difference between two identities; None where they are equal.

    Examples
    --------
    >>> print(what_changed({"data": "1a"}, {"data": "2b"}))
    the table changed
    >>> print(what_changed({"versions": {"keras": "3.14"}}, {"versions": {"keras": "3.15"}}))
    a version changed: keras 3.14, now 3.15
    """
    for key, label in _LABELS.items():
        if before.get(key) != now.get(key):
            path, *values = _first_difference(before.get(key), now.get(key))
            path = ".".join(step for step in path.split(".") if key != "model" or step not in _STRUCTURE)
            at = [path, path]
            if values:
                at = [f"{path} {one.format(*values)}".strip() for one in ("{}, now {}", "{} \N{RIGHTWARDS ARROW} {}")]
            english, symbols = (f": {one}" if one else "" for one in at)
            return Note("changed", f"{label} changed{english}", {"part": key, "at": symbols})
    return None


def _first_difference(before: Any, now: Any, path: str = "") -> tuple[str, ...]:
    """Return where the first difference is, and both values where they mean something to a reader."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in (*before, *now):
            if before.get(key) != now.get(key):
                return _first_difference(before.get(key), now.get(key), f"{path}.{key}" if path else str(key))
    if not path or isinstance(before, dict | list) or isinstance(now, dict | list):
        return (path,)
    if any(_HASH.search(str(value)) for value in (before, now)):  # alone, or behind the name of a metric
        return (path,)
    return path, *("none" if value is None else str(value) for value in (before, now))


def estimator_identity(estimator: Any, versions: Mapping[str, str]) -> Identity:
    """Describe an unfitted model, with the versions of its packages and hashes of the user's code in it."""
    description = _Description()
    model = description.of(estimator)
    names: tuple[str, ...] = _ALWAYS
    others = description.versions()
    if "keras" in others or any(_module_of(one).startswith("skdl.estimators") for one in description.definitions):
        names, others["backend"] = _ALWAYS + _OF_NETWORKS, os.environ.get("KERAS_BACKEND", "")
    own = {name: versions[name] for name in names if name in versions}
    return {"model": model, "versions": {**own, **others}, "code": _custom_code(description.definitions)}


class _Description:
    """An unfitted model as plain values: classes and parameters, which is all that a clone of it keeps.

    Plain parameters are written as Python does, since 1, 1.0 and True, or a list and a tuple, may not mean the same.
    ``definitions`` are the classes and functions in it.
    """

    def __init__(self) -> None:
        self.definitions: list[Any] = []

    def of(self, value: Any) -> Any:  # noqa: PLR0911 - a kind of value a line
        value = value.item() if isinstance(value, np.generic) else value
        if _is_plain(value):
            text = repr(value)
            return text if len(text) <= _MAX_SHOWN else _sha1(text.encode("utf-8", "backslashreplace"))
        if isinstance(value, list | tuple):
            return self._of_sequence(value)
        if isinstance(value, dict):
            return {str(key): self.of(item) for key, item in value.items()}
        definition = value if inspect.isroutine(value) or inspect.isclass(value) else type(value)
        self.definitions.append(definition)
        if isinstance(value, Scorer):
            return f"{value.metric.name} {metric_identity(value.metric)}".strip()
        if inspect.isclass(value):
            return f"{value.__module__}.{value.__qualname__}"
        if isinstance(value, partial):
            return self.of([value.func, value.args, value.keywords])
        if isinstance(value, CustomFunction):
            return self.of([value.function, dict(value.keywords)])
        if isinstance(value, DecisionCosts):
            return self.of([value.classes, value.matrix])
        if inspect.isfunction(value) and value.__qualname__.isidentifier():
            return f"{value.__module__}.{value.__qualname__}"  # its code is in its file
        return self._of_estimator(value) if _is_cloned_by_parameters(value) else hash_value(value)

    def versions(self) -> dict[str, str]:
        """Return the versions of the packages that the classes and functions are from, unless they count anyway."""
        packages = {_top_package(definition) for definition in self.definitions} - _COVERED
        found = {name: getattr(sys.modules.get(name), "__version__", None) for name in sorted(packages)}
        return {name: str(version) for name, version in found.items() if version is not None}

    def _of_estimator(self, value: Any) -> dict[str, Any]:
        # Besides parameters, a clone keeps what `set_output` and `set_fit_request` have set.
        kept = {name: repr(vars(value).get(name)) for name in ("_sklearn_output_config", "_metadata_request")}
        return {
            "class": type(value).__name__,
            **{name: self.of(parameter) for name, parameter in value.get_params(deep=False).items()},
            **{name: setting for name, setting in kept.items() if setting != "None"},
            "module": type(value).__module__,
        }

    def _of_sequence(self, values: list[Any] | tuple[Any, ...]) -> Any:
        """Describe named steps by name, other values by position."""
        is_named = all(isinstance(item, tuple) and len(item) > 1 and isinstance(item[0], str) for item in values)
        if not is_named or len({item[0] for item in values}) < len(values):
            return [type(values).__name__, *map(self.of, values)]
        return {
            name: self.of(step) if not more else {"estimator": self.of(step), "columns": list(map(self.of, more))}
            for name, step, *more in values
        }


def _module_of(definition: Any) -> str:
    return str(getattr(definition, "__module__", ""))  # a method descriptor has none


def _top_package(definition: Any) -> str:
    return _module_of(definition).partition(".")[0]


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(_is_plain(key) and _is_plain(item) for key, item in value.items())
    return value is None or type(value) in (bool, int, float, complex, str, bytes)


def _is_cloned_by_parameters(value: Any) -> bool:
    if not hasattr(value, "get_params"):
        return False
    own = getattr(type(value), "__sklearn_clone__", None)
    return own is None or own is BaseEstimator.__sklearn_clone__


class _Hasher(NumpyHasher):  # type: ignore[misc]  # joblib has no types
    """As `joblib.hash`, but without the state of NumPy's global random generator, which differs from run to run.

    SciPy's distributions hold that generator.
    """

    def save(self, obj: Any) -> None:
        super().save("numpy.random" if obj is check_random_state(None) else obj)


def hash_value(value: Any) -> str:
    """Hash a value; a random one for what cannot be pickled, so that the model is fitted again."""
    try:
        return str(_Hasher(hash_name="sha1").hash(value))
    except Exception:  # noqa: BLE001 - a parameter may raise anything when it is pickled
        return uuid4().hex


def _sha1(content: bytes) -> str:
    # usedforsecurity=False: systems in FIPS mode refuse SHA-1 otherwise.
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _custom_code(definitions: Iterable[Any]) -> dict[str, str]:
    """Return a hash of each user-written file that defines one of the classes and functions: its code may change."""
    code = {}
    for definition in definitions:
        module = sys.modules.get(_module_of(definition))
        path = getattr(module, "__file__", None)
        if module is None or module.__name__.partition(".")[0] in _NEVER_CUSTOM or str(path).startswith(_INSTALLED):
            continue
        # In a notebook __main__ has no file, so the source of each definition is hashed separately.
        name = module.__name__ if path is not None else f"__main__.{definition.__name__}"
        code[name] = _hash_code(definition, path)
    return code


def _hash_code(definition: Any, path: str | None) -> str:
    """Hash the file, or the source of a notebook cell; a random value where there is no source."""
    try:
        # The whole file, because the definition may call helpers in it. A change of an unrelated line then costs a new
        # run, never a wrong resume.
        return _sha1(Path(path).read_bytes() if path is not None else inspect.getsource(definition).encode())
    except (OSError, TypeError):
        return uuid4().hex
