"""What makes two runs the same contest, so that one may go on with the folds of the other."""

from __future__ import annotations

import inspect
import os
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from typing import TYPE_CHECKING, Any

import joblib
import yaml

from skdl.comparison._networks import final_estimator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from skdl.comparison._fold import Contestant
    from skdl.comparison._splits import Splits
    from skdl.pipeline import Metric, PipelineSpec

__all__ = ["Identity", "contest_identity", "what_changed"]

Identity = dict[str, Any]

_WORDS = {
    "pipeline": "the pipeline",
    "models": "the models",
    "data": "the table",
    "folds": "the folds",
    "metrics": "the metrics",
    "versions": "a version",
}


def contest_identity(
    contestants: Sequence[Contestant],
    splits: Splits,
    metrics: Sequence[Metric],
    *,
    data_hash: str,
    versions: Mapping[str, str],
    spec: PipelineSpec | None,
) -> Identity:
    """Gather everything that the numbers of a contest depend on.

    Parameters
    ----------
    contestants : sequence of Contestant
        The models.
    splits : Splits
        The folds.
    metrics : sequence of Metric
        What is measured; the first one ranks.
    data_hash : str
        Of the table.
    versions : mapping of str to str
        Of Python and packages.
    spec : PipelineSpec or None
        The file, where there is one; else the models are known by a hash of their parameters.

    Returns
    -------
    dict
        Plain values. Where results are written, how many processes work and how long they may is not in it.
    """
    own = {name: found for one in contestants for name, found in _package_of(one.estimator)}
    identity: Identity = {
        "data": data_hash,
        "folds": splits.digest,
        "metrics": [metric.name for metric in metrics],
        "versions": {**versions, **own, "backend": os.environ.get("KERAS_BACKEND", "")},
    }
    if spec is None:
        identity["models"] = {one.name: _hash_of(one.estimator) for one in contestants}
    else:
        plain = yaml.safe_load(spec.to_yaml())
        identity["pipeline"] = {key: value for key, value in plain.items() if key not in ("name", "output")}
    return identity


def what_changed(before: Identity, now: Identity) -> str | None:
    """Say in words what differs between two contests; None where nothing does.

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
    if isinstance(before, str) and len(before) == len(str(now)) == 40:  # noqa: PLR2004 - two hashes say nothing
        return path
    return f"{path} {before if before is not None else 'none'}, now {now if now is not None else 'none'}"


def _package_of(estimator: Any) -> Iterator[tuple[str, str]]:
    """Give the version of the package that a model is from."""
    package = type(final_estimator(estimator)).__module__.partition(".")[0]
    for name in packages_distributions().get(package, ()) if package not in ("sklearn", "skdl") else ():
        try:
            yield name, version(name)
        except PackageNotFoundError:  # its files are going away under us
            continue


def _hash_of(estimator: Any) -> str:
    """Hash a model with its parameters, and the text of classes and functions of one's own, which may change."""
    own = [text for value in _walk(estimator) if (text := _own_source(value)) is not None]
    return str(joblib.hash((estimator, own), hash_name="sha1"))


def _walk(estimator: Any) -> Iterator[Any]:
    yield type(estimator)
    params = estimator.get_params(deep=True) if hasattr(estimator, "get_params") else {}
    for _, value in sorted(params.items()):
        yield value if inspect.isroutine(value) or inspect.isclass(value) else type(value)


def _own_source(value: Any) -> str | None:
    """Give the source of what is not from an installed package; None for all else."""
    package = str(getattr(value, "__module__", "")).partition(".")[0]
    if package in sys.stdlib_module_names - {"__main__"} or package in packages_distributions():
        return None
    try:
        return inspect.getsource(value)
    except (OSError, TypeError):  # typed at a prompt
        return None
