"""The models that a pipeline file can name, and what it takes for a dotted class to be let in."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from skdl._nearest import did_you_mean
from skdl.catalogue._entries import ENTRIES, CatalogueEntry
from skdl.exceptions import MissingExtraError, PipelineFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl._task import Task

__all__ = [
    "ALLOWED_PACKAGES",
    "catalogue",
    "default_parameters",
    "entry_named",
    "find_class",
    "needs_scaling",
    "simplicity",
]


ALLOWED_PACKAGES = ("catboost", "lightgbm", "skdl", "sklearn", "xgboost")

_DOTTED = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+")
# Parts of packages that do things when they are imported.
_TESTS = frozenset({"conftest", "tests"})
# The rank of a model that the catalogue does not know: behind the forests, before the networks.
_UNKNOWN_RANK = 70


_BY_NAME: Mapping[str, CatalogueEntry] = MappingProxyType({entry.name: entry for entry in ENTRIES})
# (top package, class name) is enough to know a class again without importing anything.
_BY_CLASS: Mapping[tuple[str, str], CatalogueEntry] = MappingProxyType(
    {
        (path.partition(".")[0], path.rpartition(".")[2]): entry
        for entry in ENTRIES
        for path in (entry.regression, entry.classification)
        if path
    }
)


def catalogue() -> tuple[CatalogueEntry, ...]:
    """Give every entry, the simplest model first.

    Returns
    -------
    tuple of CatalogueEntry
        Names are distinct.

    Examples
    --------
    >>> [entry.name for entry in catalogue()][:3]
    ['dummy', 'linear', 'logistic']
    """
    return ENTRIES


def entry_named(use: str) -> CatalogueEntry | None:
    """Give the entry of that name, or None where ``use`` is a dotted class."""
    return _BY_NAME.get(use)


def _entry_of(cls: type) -> CatalogueEntry | None:
    return _BY_CLASS.get((cls.__module__.partition(".")[0], cls.__name__))


def simplicity(estimator: Any) -> int:
    """Say how simple a model is, for choosing among models that cannot be told apart.

    Parameters
    ----------
    estimator : estimator
        A model as it is, or inside a pipeline, a search, a calibration or a vote of one.

    Returns
    -------
    int
        Lower is simpler: 0 for the dummy, 90 for a Keras network, 70 for a class that the catalogue does not know.

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
    """Say whether columns are brought to one range for a model, where a file does not say otherwise.

    Parameters
    ----------
    use : str
        A name of the catalogue, or a dotted class; one that the catalogue does not know is better scaled than not.

    Returns
    -------
    bool
        False for trees, which any unit will do for.

    Examples
    --------
    >>> needs_scaling("knn"), needs_scaling("sklearn.ensemble.RandomForestRegressor")
    (True, False)
    """
    entry = _BY_NAME.get(use) or _BY_CLASS.get((use.partition(".")[0], use.rpartition(".")[2]))
    return entry is None or entry.needs_scaling


def find_class(use: str, task: Task, *, allow_packages: tuple[str, ...] = ()) -> type:
    """Find the class that a pipeline file means by ``use``.

    Parameters
    ----------
    use : str
        A name of the catalogue, or a dotted class of an allowed package.
    task : {"regression", "classification"}
        What the model is for.
    allow_packages : tuple of str, default=()
        Packages allowed besides `ALLOWED_PACKAGES`.

    Returns
    -------
    type
        A scikit-learn estimator class with ``predict``.

    Raises
    ------
    PipelineFileError
        If there is no such class, it lives elsewhere, or is no estimator. The message has no place in it yet.
    MissingExtraError
        If its package is not installed.

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
    """Give the parameters of a catalogue model with what they are where a file says nothing.

    Parameters
    ----------
    entry : CatalogueEntry
        The model.
    task : {"regression", "classification"}
        What it is for.

    Returns
    -------
    dict of str to object
        In alphabetical order.

    Raises
    ------
    MissingExtraError
        If its package is not installed.

    Examples
    --------
    >>> default_parameters(next(entry for entry in catalogue() if entry.name == "knn"), "regression")["n_neighbors"]
    5
    """
    return {**find_class(entry.name, task)().get_params(deep=False), **entry.defaults}


def _require_package(package: str) -> None:
    if importlib.util.find_spec(package) is not None:
        return
    extra = next((entry.extra for entry in ENTRIES if (entry.regression or "").startswith(f"{package}.")), None)
    install = f"pip install 'skdl[{extra}]'" if extra else f"pip install {package}"
    raise MissingExtraError(
        f"{package} is needed by a model of this pipeline and is not installed. Install it: {install}"
    )


def _dotted_class(use: str, allowed: tuple[str, ...]) -> type:
    if not _DOTTED.fullmatch(use):
        names = ", ".join(_BY_NAME)
        what = "a private name" if "._" in use or use.startswith("_") else "no such model"
        raise PipelineFileError(
            f"{what}: {use!r}{did_you_mean(use, _BY_NAME) or '.'} "
            f"There are: {names}; or a dotted class such as sklearn.svm.NuSVR."
        )
    package = use.partition(".")[0]
    if package not in allowed:
        raise PipelineFileError(
            f"a class must come from one of the packages {', '.join(allowed)}; got {use!r}. "
            "Allow another on the command line with --allow-package."
        )
    if not _TESTS.isdisjoint(use.split(".")):
        raise PipelineFileError(f"{use} belongs to the tests of {package}. Name a class that is meant for use.")
    _require_package(package)
    module_name, _, class_name = use.rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise PipelineFileError(f"there is no module {module_name!r} ({error}).") from None
    except Exception as error:  # noqa: BLE001 - a module that cannot be imported may say so in any way
        raise PipelineFileError(f"the module {module_name!r} cannot be imported ({error}).") from None
    try:
        found = getattr(module, class_name, None)
    except ImportError as error:  # so does scikit-learn keep back what is experimental
        raise PipelineFileError(f"{use} cannot be used ({error}).") from None
    if found is None:
        raise PipelineFileError(
            f"{module_name} has no class {class_name!r}{did_you_mean(class_name, dir(module)) or '.'}"
        )
    return _checked_estimator(use, found, allowed)


def _checked_estimator(use: str, found: Any, allowed: tuple[str, ...]) -> type:
    """Judge a class by where it really lives and what it is, not by the name it goes by."""
    from sklearn.base import BaseEstimator

    if not inspect.isclass(found):
        raise PipelineFileError(f"{use} must be a class; it is a {type(found).__name__}.")
    home = found.__module__.partition(".")[0]
    if home not in allowed:
        raise PipelineFileError(
            f"{use} comes from the package {home!r}, which is not allowed. Allow it with --allow-package."
        )
    if not issubclass(found, BaseEstimator) or not hasattr(found, "predict"):
        raise PipelineFileError(f"{use} must be a scikit-learn estimator with predict; it is not.")
    return found


_INSIDE = ("estimator", "regressor")


def _innermost(estimator: Any) -> Any:
    """Look through pipelines, searches, calibrations, target scalings and votes of one."""
    while _entry_of(type(estimator)) is None:
        # By None, not by truth: an ensemble's length is asked of its fitted trees.
        inner = next((found for name in _INSIDE if (found := getattr(estimator, name, None)) is not None), None)
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
