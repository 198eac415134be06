"""Lookup of models: names of the catalogue, and dotted classes of allowed packages."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl.catalogue._entries import ENTRIES, PACKAGES, CatalogueEntry
from skdl.exceptions import MissingExtraError, PipelineFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl._task import Task


ALLOWED_PACKAGES = tuple(sorted(PACKAGES))

_DOTTED = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+")
# Parts of packages that run code when they are imported.
_TESTS = frozenset({"conftest", "tests"})
# Rank of a class that is not in the catalogue: above the forests, below the networks.
_UNKNOWN_RANK = 70


_BY_NAME: Mapping[str, CatalogueEntry] = MappingProxyType({entry.name: entry for entry in ENTRIES})
# By top package and name of the class: identifies a class without importing it.
_BY_CLASS: Mapping[tuple[str, str], CatalogueEntry] = MappingProxyType(
    {
        (path.partition(".")[0], path.rpartition(".")[2]): entry
        for entry in ENTRIES
        for path in (entry.regression, entry.classification)
        if path
    }
)


def catalogue() -> tuple[CatalogueEntry, ...]:
    """Return every entry, the simplest model first.

    Examples
    --------
    >>> [entry.name for entry in catalogue()][:3]
    ['dummy', 'linear', 'logistic']
    """
    return ENTRIES


def entry_named(use: str) -> CatalogueEntry | None:
    """Return the entry of that name, or None where ``use`` is a dotted class."""
    return _BY_NAME.get(use)


def _entry_of(cls: type) -> CatalogueEntry | None:
    return _BY_CLASS.get((cls.__module__.partition(".")[0], cls.__name__))


def simplicity(estimator: Any) -> int:
    """Return the rank of a model by complexity, to choose among models without a clear difference; lower is simpler.

    The model may be inside a pipeline, search, calibration or voting classifier of one model.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> simplicity(make_pipeline(MinMaxScaler(), Ridge()))
    11
    """
    entry = _entry_of(type(_innermost(estimator)))
    return _UNKNOWN_RANK if entry is None else entry.rank


def needs_scaling(use: str) -> bool:
    """Whether numbers are scaled for a model by default: not for trees; for a class that is not in the catalogue.

    Examples
    --------
    >>> needs_scaling("knn"), needs_scaling("sklearn.ensemble.RandomForestRegressor")
    (True, False)
    """
    # Without an import: a dotted class is recognised by its top package and its last name.
    entry = _BY_NAME.get(use) or _BY_CLASS.get((use.partition(".")[0], use.rpartition(".")[2]))
    return entry is None or entry.needs_scaling


def find_class(use: str, task: Task, *, allow_packages: tuple[str, ...] = ()) -> type:
    """Find the class that ``use`` in a pipeline file names: of the catalogue, or a dotted class of an allowed package.

    Errors have no position in the file yet.

    Examples
    --------
    >>> find_class("knn", "regression").__name__
    'KNeighborsRegressor'
    """
    entry = _BY_NAME.get(use)
    if entry is None:
        return _dotted_class(use, (*ALLOWED_PACKAGES, *allow_packages))
    path = entry.path_for(task)
    if path is None:
        raise PipelineFileError(f"{use} has no model for {task}. Use {entry.instead} instead.")
    module, _, name = path.rpartition(".")
    _require_package(module.partition(".")[0])
    found: type = getattr(importlib.import_module(module), name)
    return found


def default_parameters(entry: CatalogueEntry, task: Task) -> dict[str, Any]:
    """Return the parameters of a catalogue model with their defaults in a pipeline file.

    Examples
    --------
    >>> default_parameters(next(entry for entry in catalogue() if entry.name == "knn"), "regression")["n_neighbors"]
    5
    """
    return {**find_class(entry.name, task)().get_params(deep=False), **entry.defaults}


def _require_package(package: str) -> None:
    if importlib.util.find_spec(package) is not None:
        return
    extra = PACKAGES[package].extra if package in PACKAGES else None
    install = f"pip install 'skdl[{extra}]'" if extra else f"pip install {package}"
    raise MissingExtraError(
        f"{package} is needed by a model of this pipeline and is not installed. Install it: {install}"
    )


def _dotted_class(use: str, allowed: tuple[str, ...]) -> type:
    if not _DOTTED.fullmatch(use):
        names, hint = ", ".join(_BY_NAME), did_you_mean(use, _BY_NAME)
        what = "a private name" if "._" in use or use.startswith("_") else "no such model"
        text = f"{what}: {use!r}{hint} There are: {names}; or a dotted class such as sklearn.svm.NuSVR."
        raise PipelineFileError(Note("no_model", text, {"name": repr(use), "hint": hint, "known": names}))
    package = use.partition(".")[0]
    if package not in allowed:
        raise PipelineFileError(
            f"a class must come from one of the packages {', '.join(allowed)}; got {use!r}. "
            "Allow another on the command line with --allow-package."
        )
    # Checked before the import, which would run the code.
    if not _TESTS.isdisjoint(use.split(".")):
        raise PipelineFileError(f"{use} is in the tests of {package}. Name another class.")
    _require_package(package)
    module_name, _, class_name = use.rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise PipelineFileError(f"there is no module {module_name!r} ({error}).") from None
    except Exception as error:  # noqa: BLE001 - importing a module may raise anything
        raise PipelineFileError(f"the module {module_name!r} cannot be imported ({error}).") from None
    try:
        found = getattr(module, class_name, None)
    except ImportError as error:  # scikit-learn raises it for experimental classes
        raise PipelineFileError(f"{use} cannot be used ({error}).") from None
    if found is None:
        raise PipelineFileError(f"{module_name} has no class {class_name!r}{did_you_mean(class_name, dir(module))}")
    return _checked_estimator(use, found, allowed)


def _checked_estimator(use: str, found: Any, allowed: tuple[str, ...]) -> type:
    """Check a class by the package that defines it, not by the package that it was imported from."""
    from sklearn.base import BaseEstimator

    if not inspect.isclass(found):
        raise PipelineFileError(f"{use} must be a class; it is a {type(found).__name__}.")
    package = found.__module__.partition(".")[0]
    if package not in allowed:
        raise PipelineFileError(
            f"{use} comes from the package {package!r}, which is not allowed. Allow it with --allow-package."
        )
    if not issubclass(found, BaseEstimator) or not hasattr(found, "predict"):
        raise PipelineFileError(f"{use} must be a scikit-learn estimator with predict; it is not.")
    return found


def _innermost(estimator: Any) -> Any:
    """Unwrap pipelines, searches, calibrations, target transformers and voting classifiers of one model."""
    while _entry_of(type(estimator)) is None:
        # `is None`, not truth: an ensemble has a length, which is only defined once it is fitted.
        inner = getattr(estimator, "estimator", None)
        inner = getattr(estimator, "regressor", None) if inner is None else inner
        steps = getattr(estimator, "steps", None)
        voters = getattr(estimator, "estimators", None)
        if steps:
            estimator = steps[-1][1]
        elif hasattr(inner, "fit"):
            estimator = inner
        elif isinstance(voters, list) and len(voters) == 1:
            estimator = voters[0][1]
        else:
            break
    return estimator
