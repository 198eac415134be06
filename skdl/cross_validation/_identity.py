"""Identity of a comparison: everything that its numbers depend on.

A run may use the folds of an earlier one only if both have the same identity.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import re
import sys
import sysconfig
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import joblib
import yaml

from skdl._note import Note
from skdl.cross_validation._nested_estimators import final_estimator
from skdl.metrics import CustomFunction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from skdl.cross_validation._fold import Job
    from skdl.metrics import Metric
    from skdl.pipeline import PipelineSpec

Identity = dict[str, Any]

# Files of installed packages are covered by their versions; only other files are hashed.
_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_NEVER_CUSTOM = {"skdl", *sys.builtin_module_names} - {"__main__"}
_HASH = re.compile("[0-9a-f]{40,64}")

_LABELS = {
    "pipeline": "the pipeline",
    "models": "the models",
    "data": "the table",
    "folds": "the folds",
    "metrics": "the metrics",
    "versions": "a version",
    "code": "custom code",
}


def comparison_identity(job: Job, data_hash: str, versions: Mapping[str, str], spec: PipelineSpec | None) -> Identity:
    """Collect everything that the numbers of a comparison depend on, as plain values.

    The output folder, the number of processes and the time limits are not in it. Without a pipeline file, models are
    identified by a hash of their parameters.
    """
    parts = (*(model.estimator for model in job.models), *(metric.function for metric in job.metrics))
    other_versions = {name: version for part in parts for name, version in _package_version(part)}
    identity: Identity = {
        # With the groups, which decide what the inner folds of a search keep together.
        "data": joblib.hash((data_hash, job.table.groups), hash_name="sha1"),
        "folds": job.splits.digest,
        "metrics": [_metric_identity(metric) for metric in job.metrics],
        "versions": {**versions, **other_versions, "backend": os.environ.get("KERAS_BACKEND", "")},
        "code": {name: digest for part in parts for name, digest in _custom_code(part)},
    }
    if spec is None:
        identity["models"] = {model.name: _hash_estimator(model.estimator) for model in job.models}
    else:
        plain = yaml.safe_load(spec.to_yaml())
        # Name, language and output folder do not change a number, and a renamed run can be resumed.
        identity["pipeline"] = {key: value for key, value in plain.items() if key not in ("name", "lang", "output")}
        # They change how scores are read, not the scores.
        for key in ("reference", "equivalence", "insight", "insight_seconds"):
            identity["pipeline"]["compare"].pop(key)
    return identity


def what_changed(before: Identity, now: Identity) -> Note | None:
    """Describe the first difference between two identities; None where they are equal.

    Examples
    --------
    >>> print(what_changed({"data": "1a"}, {"data": "2b"}))
    the table changed
    >>> print(what_changed({"versions": {"keras": "3.14"}}, {"versions": {"keras": "3.15"}}))
    a version changed: keras 3.14, now 3.15
    """
    # In the order of the labels: a change of the pipeline is named before the changes that follow from it.
    for key in (*_LABELS, *before, *now):
        if before.get(key) != now.get(key):
            path, *values = _first_difference(before.get(key), now.get(key))
            text = f"{_LABELS.get(key, key)} changed{f': {path}' if path else ''}"
            at = f": {path}" if path else ""
            if values:
                text += " {}, now {}".format(*values)
                at += " {} \N{RIGHTWARDS ARROW} {}".format(*values)
            return Note("changed", text, {"part": key, "at": at})
    return None


def _first_difference(before: Any, now: Any, path: str = "") -> tuple[str, ...]:
    """Return where the first difference is, and both values where they mean something to a reader."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in (*before, *now):
            if before.get(key) != now.get(key):
                return _first_difference(before.get(key), now.get(key), f"{path}.{key}" if path else str(key))
    if not path or isinstance(before, dict | list) or isinstance(now, dict | list):
        return (path,)
    if any(_HASH.fullmatch(str(value)) for value in (before, now)):
        return (path,)
    return path, *("none" if value is None else str(value) for value in (before, now))


def _metric_identity(metric: Metric) -> Any:
    """Return the name of a metric; of a user's also what it is called with, and its direction."""
    if not isinstance(metric.function, CustomFunction):
        return metric.name
    keywords = joblib.hash(dict(metric.function.keywords), hash_name="sha1")
    return [metric.name, metric.greater_is_better, metric.response, keywords]


def _package_version(part: Any) -> Iterator[tuple[str, str]]:
    """Yield the version of the package that a model or a user's metric is from, unless it is recorded anyway."""
    # The package is imported already: an instance of its class exists.
    source = _unwrapped(part.function) if isinstance(part, CustomFunction) else type(final_estimator(part))
    package = str(source.__module__).partition(".")[0]
    version = getattr(sys.modules.get(package), "__version__", None)
    if version is not None and package not in ("sklearn", "skdl"):
        yield package, str(version)


def _hash_estimator(estimator: Any) -> str:
    """Hash a model with its parameters; a random value for one that cannot be pickled, so that it is fitted again."""
    try:
        return str(joblib.hash(estimator, hash_name="sha1"))
    except Exception:  # noqa: BLE001 - a parameter may raise anything when it is pickled
        return uuid4().hex


def _custom_code(part: Any) -> Iterator[tuple[str, str]]:
    """Yield a hash of each user-written file that defines a class or function of a model or metric: it may change."""
    values = (part, *part.get_params(deep=True).values()) if hasattr(part, "get_params") else (part,)
    if isinstance(part, CustomFunction):
        values = (_unwrapped(part.function), *part.keywords.values())
    for value in values:
        definition = value if inspect.isroutine(value) or inspect.isclass(value) else type(value)
        module = sys.modules.get(str(getattr(definition, "__module__", None)))  # a method descriptor has no module
        path = getattr(module, "__file__", None)
        if module is None or module.__name__.partition(".")[0] in _NEVER_CUSTOM or str(path).startswith(_INSTALLED):
            continue
        # In a notebook __main__ has no file, so the source of each definition is hashed separately.
        name = module.__name__ if path is not None else f"__main__.{definition.__name__}"
        yield name, _hash_code(definition, path)


def _unwrapped(function: Any) -> Any:
    return _unwrapped(function.func) if isinstance(function, partial) else function


def _hash_code(definition: Any, path: str | None) -> str:
    """Hash the file, or the source of a notebook cell; a random value where there is no source."""
    try:
        # The whole file, because the definition may call helpers in it. A change of an unrelated line then costs a new
        # run, never a wrong resume.
        code = Path(path).read_bytes() if path is not None else inspect.getsource(definition).encode()
    except (OSError, TypeError):
        return uuid4().hex
    # usedforsecurity=False: systems in FIPS mode refuse SHA-1 otherwise.
    return hashlib.sha1(code, usedforsecurity=False).hexdigest()
