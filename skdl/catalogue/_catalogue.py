"""Lookup of models: names of the catalogue, and dotted classes of allowed packages."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from skdl._backend import require_backend
from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl.catalogue._entries import ENTRIES, PACKAGES, CatalogueEntry, ModelPackage
from skdl.exceptions import MissingExtraError, PipelineFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl._task import Task


ALLOWED_PACKAGES = tuple(sorted(PACKAGES))

_DOTTED = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+")
_NEEDED = ("fit", "get_params", "predict", "set_params", "__sklearn_tags__")
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
        text = "{use} has no model for {task}. Use {instead} instead."
        raise PipelineFileError.of("no_model_for_task", text, use=use, task=task, instead=entry.instead)
    module, _, name = path.rpartition(".")
    _require_package(module.partition(".")[0])
    if module == "skdl.estimators":  # networks
        require_backend()
    found: type = getattr(importlib.import_module(module), name)
    return found


def package_of(cls: type) -> ModelPackage:
    """Return the package of a class, with what a pipeline file sets for its classes.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> package_of(Ridge).distribution
    'scikit-learn'
    """
    name = cls.__module__.partition(".")[0]
    return PACKAGES.get(name) or ModelPackage(name=name, distribution=name)


def default_parameters(entry: CatalogueEntry, task: Task) -> dict[str, Any]:
    """Return the parameters of a catalogue model with their defaults in a pipeline file.

    Examples
    --------
    >>> default_parameters(next(entry for entry in catalogue() if entry.name == "knn"), "regression")["n_neighbors"]
    5
    """
    return {**parameters_of_class(find_class(entry.name, task)), **entry.settings}


def parameters_of_class(cls: type) -> dict[str, Any]:
    """Return the parameters of an estimator class with their defaults.

    They are in the order of the signature; then come those that only ``get_params`` has, because the constructor passes
    ``**kwargs`` to its parent. Some estimators, as those of CatBoost, list in ``get_params`` what was set and no more.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> parameters_of_class(Ridge)["alpha"]
    1.0
    """
    found: dict[str, Any] = {}
    with suppress(TypeError, ValueError):  # a class written in C may have no signature
        signature = inspect.signature(cls).parameters.values()
        found = {one.name: one.default for one in signature if one.kind not in {one.VAR_POSITIONAL, one.VAR_KEYWORD}}
    with suppress(AttributeError, TypeError, ValueError):  # no estimator, or one that needs arguments
        found |= {name: value for name, value in cls().get_params(deep=False).items() if name not in found}
    return found


def _require_package(package: str) -> None:
    if importlib.util.find_spec(package) is not None:
        return
    extra = PACKAGES[package].extra if package in PACKAGES else None
    install = f"pip install 'skdl[{extra}]'" if extra else f"pip install {package}"
    text = "{package} is needed by this pipeline and is not installed. Install it: {install}"
    raise MissingExtraError.of("needs_package", text, package=package, install=install)


def _dotted_class(use: str, allowed: tuple[str, ...]) -> type:
    if not _DOTTED.fullmatch(use):
        names, hint = ", ".join(_BY_NAME), did_you_mean(use, _BY_NAME)
        what = "a private name" if "._" in use or use.startswith("_") else "no such model"
        text = f"{what}: {use!r}{hint} There are: {names}; or a dotted class such as sklearn.svm.NuSVR."
        raise PipelineFileError(Note("no_model", text, {"name": repr(use), "hint": hint, "known": names}))
    return _checked_estimator(use, _find_object(use, allowed), allowed)


def find_function(path: str, *, allow_packages: tuple[str, ...] = ()) -> Any:
    """Find the function or scorer of an allowed package that a dotted name in a pipeline file names, for a metric.

    Examples
    --------
    >>> find_function("sklearn.metrics.mean_absolute_error").__name__
    'mean_absolute_error'
    """
    allowed = (*ALLOWED_PACKAGES, *allow_packages)
    if not _DOTTED.fullmatch(path):
        text = "{name}: a dotted name must be a package, modules and a function, none of them private."
        raise PipelineFileError.of("no_dotted_name", text, name=repr(path))
    found = _find_object(path, allowed)
    # Of a scorer, the package of its function.
    _check_origin(path, getattr(found, "_score_func", found), allowed)
    return found


def _find_object(use: str, allowed: tuple[str, ...]) -> Any:
    package = use.partition(".")[0]
    if package not in allowed:
        text = (
            "a dotted name must come from one of the packages {known}; got {use!r}. Allow another on the command "
            "line with --allow-package."
        )
        raise PipelineFileError.of("package_not_allowed", text, known=", ".join(allowed), use=use)
    # Checked before the import, which would run the code.
    if not _TESTS.isdisjoint(use.split(".")):
        text = "{use} is in the tests of {package}. Name another class."
        raise PipelineFileError.of("class_of_tests", text, use=use, package=package)
    _require_package(package)
    module_name, _, class_name = use.rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise PipelineFileError.of(
            "no_module", "there is no module {module!r} ({reason}).", module=module_name, reason=str(error)
        ) from None
    except Exception as error:  # noqa: BLE001 - importing a module may raise anything
        text = "the module {module!r} cannot be imported ({reason})."
        raise PipelineFileError.of("module_fails", text, module=module_name, reason=str(error)) from None
    try:
        found = getattr(module, class_name, None)
    except ImportError as error:  # scikit-learn raises it for experimental classes
        raise PipelineFileError.of(
            "class_fails", "{use} cannot be used ({reason}).", use=use, reason=str(error)
        ) from None
    if found is None:
        text = "{module} has no {name!r}{hint}"
        raise PipelineFileError.of(
            "no_class", text, module=module_name, name=class_name, hint=did_you_mean(class_name, dir(module))
        )
    return found


def _check_origin(use: str, found: Any, allowed: tuple[str, ...]) -> None:
    """Refuse what another package defines than those allowed, wherever it was imported from."""
    package = str(getattr(found, "__module__", None) or type(found).__module__).partition(".")[0]
    if package not in allowed:
        text = "{use} comes from the package {package!r}, which is not allowed. Allow it with --allow-package."
        raise PipelineFileError.of("origin_not_allowed", text, use=use, package=package)


def _checked_estimator(use: str, found: Any, allowed: tuple[str, ...]) -> type:
    """Check a class by the package that defines it."""
    if not inspect.isclass(found):
        raise PipelineFileError.of(
            "no_class_object", "{use} must be a class; it is a {kind}.", use=use, kind=type(found).__name__
        )
    _check_origin(use, found, allowed)
    # By what scikit-learn needs of an estimator: CatBoost's are no subclasses of its base class.
    if not all(hasattr(found, name) for name in _NEEDED):
        raise PipelineFileError.of(
            "no_estimator", "{use} must be a scikit-learn estimator with predict; it is not.", use=use
        )
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
