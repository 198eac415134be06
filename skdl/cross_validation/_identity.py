"""What makes two runs the same comparison, so that one may go on with the folds of the other."""

from __future__ import annotations

import hashlib
import inspect
import os
import re
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import joblib
import yaml

from skdl.cross_validation._network_trace import final_estimator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from skdl.cross_validation._fold import ComparedModel
    from skdl.cross_validation._splits import Splits
    from skdl.metrics import Metric
    from skdl.pipeline import PipelineSpec

__all__ = ["Identity", "comparison_identity", "what_changed"]

Identity = dict[str, Any]

_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_NEVER_OWN = {"skdl", *sys.builtin_module_names} - {"__main__"}
_A_HASH = re.compile("[0-9a-f]{40,64}")

_WORDS = {
    "pipeline": "the pipeline",
    "models": "the models",
    "data": "the table",
    "folds": "the folds",
    "metrics": "the metrics",
    "versions": "a version",
    "code": "code of your own",
}


def comparison_identity(
    models: Sequence[ComparedModel],
    splits: Splits,
    metrics: Sequence[Metric],
    *,
    data_hash: str,
    versions: Mapping[str, str],
    spec: PipelineSpec | None,
) -> Identity:
    """Gather everything that the numbers of a comparison depend on.

    Parameters
    ----------
    models : sequence of ComparedModel
        The models.
    splits : Splits
        The folds.
    metrics : sequence of Metric
        What is measured; the first one ranks.
    data_hash : str
        Of the table, groups included.
    versions : mapping of str to str
        Of Python and packages.
    spec : PipelineSpec or None
        The file, where there is one; else the models are known by a hash of their parameters.

    Returns
    -------
    dict
        Plain values. Where results are written, how many processes work and how long they may is not in it.
    """
    others = {name: found for one in models for name, found in _version_of(one.estimator)}
    identity: Identity = {
        "data": data_hash,
        "folds": splits.digest,
        "metrics": [metric.name for metric in metrics],
        "versions": {**versions, **others, "backend": os.environ.get("KERAS_BACKEND", "")},
        "code": {name: found for one in models for name, found in _own_code(one.estimator)},
    }
    if spec is None:
        identity["models"] = {one.name: _hash_of(one.estimator) for one in models}
    else:
        plain = yaml.safe_load(spec.to_yaml())
        identity["pipeline"] = {key: value for key, value in plain.items() if key not in ("name", "output")}
        for key in ("reference", "equivalence", "insight"):  # how scores are read, not what they are
            identity["pipeline"]["compare"].pop(key)
    return identity


def what_changed(before: Identity, now: Identity) -> str | None:
    """Say in words what differs between two comparisons; None where nothing does.

    Examples
    --------
    >>> what_changed({"data": "1a"}, {"data": "2b"})
    'the table changed'
    >>> what_changed({"versions": {"keras": "3.14"}}, {"versions": {"keras": "3.15"}})
    'a version changed: keras 3.14, now 3.15'
    """
    for key in (*_WORDS, *before, *now):
        if before.get(key) != now.get(key):
            place = _first_difference(before.get(key), now.get(key))
            return f"{_WORDS.get(key, key)} changed{f': {place}' if place else ''}"
    return None


def _first_difference(before: Any, now: Any, path: str = "") -> str:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in (*before, *now):
            if before.get(key) != now.get(key):
                return _first_difference(before.get(key), now.get(key), f"{path}.{key}" if path else str(key))
    if not path or isinstance(before, dict | list) or isinstance(now, dict | list):
        return path
    if any(_A_HASH.fullmatch(str(value)) for value in (before, now)):  # which says nothing to anybody
        return path
    return f"{path} {before if before is not None else 'none'}, now {now if now is not None else 'none'}"


def _version_of(estimator: Any) -> Iterator[tuple[str, str]]:
    """Give the version of the package that a model is from, where it is none of those that are noted anyway."""
    package = type(final_estimator(estimator)).__module__.partition(".")[0]
    found = getattr(sys.modules.get(package), "__version__", None)
    if found is not None and package not in ("sklearn", "skdl"):
        yield package, str(found)


def _hash_of(estimator: Any) -> str:
    """Hash a model with its parameters; one that cannot be pickled is never the same again."""
    try:
        return str(joblib.hash(estimator, hash_name="sha1"))
    except Exception:  # noqa: BLE001 - whatever a parameter raises when it is pickled
        return uuid4().hex


def _own_code(estimator: Any) -> Iterator[tuple[str, str]]:
    """Give a hash of each file of one's own that classes and functions of a model are from: it may change."""
    params = estimator.get_params(deep=True).values() if hasattr(estimator, "get_params") else ()
    for value in (estimator, *params):
        named = value if inspect.isroutine(value) or inspect.isclass(value) else type(value)
        module = sys.modules.get(str(getattr(named, "__module__", None)))  # methods of types have none
        path = getattr(module, "__file__", None)
        if module is None or module.__name__.partition(".")[0] in _NEVER_OWN or str(path).startswith(_INSTALLED):
            continue
        yield module.__name__ if path is not None else f"__main__.{named.__name__}", _hash_of_code(named, path)


def _hash_of_code(named: Any, path: str | None) -> str:
    """Hash the file, or the text that was typed into a notebook; what was typed elsewhere is never the same again."""
    try:
        code = Path(path).read_bytes() if path is not None else inspect.getsource(named).encode()
    except (OSError, TypeError):
        return uuid4().hex
    return hashlib.sha1(code, usedforsecurity=False).hexdigest()
