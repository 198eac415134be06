"""Reading a pipeline file: inheritance, overrides, and every fault at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from skdl.exceptions import PipelineFileError, UsageError
from skdl.pipeline._check import check_meaning
from skdl.pipeline._environment import environment_faults, filled_in, with_environment
from skdl.pipeline._faults import KeyPath, Place, Places, raise_faults, short
from skdl.pipeline._locked import unlocked
from skdl.pipeline._shape import shape_faults
from skdl.pipeline._spec import Origin, PipelineSpec
from skdl.pipeline._yaml import Document, parse_yaml, read_document
from skdl.tables import is_local

if TYPE_CHECKING:
    from collections.abc import Iterable

    from skdl.pipeline._locked import Locked

__all__ = ["read_pipeline"]

_MOST_ANCESTORS = 10
_MOST_STEPS = 20  # of the key of an override
_SOURCE: KeyPath = ("data", "source")


def read_pipeline(
    path: str | Path, overrides: Iterable[str] = (), *, allow_packages: Iterable[str] = ()
) -> PipelineSpec:
    r"""Read and check a pipeline file.

    Parameters
    ----------
    path : str or pathlib.Path
        The YAML file; or the ``lock.yaml`` of a report, which runs again what it was made of.
    overrides : iterable of str, default=()
        ``KEY=VALUE`` each, the key with dots, the value in YAML: ``"models.knn.params.n_neighbors=7"``.
    allow_packages : iterable of str, default=()
        Packages besides scikit-learn, xgboost, lightgbm, catboost and skdl whose classes ``use`` may name.

    Returns
    -------
    PipelineSpec
        The pipeline, with ``data.source`` made absolute where it is a path.

    Raises
    ------
    PipelineFileError
        If anything is wrong with the file; the message has a line for each fault, with file, line, column and key.
    MissingExtraError
        If a model needs a package that is not installed.
    UsageError
        If an override is not of the form ``KEY=VALUE``.

    Examples
    --------
    >>> import tempfile
    >>> text = "data: {source: builtin:iris, target: species}\nmodels: {knn: {params: {n_neighbors: 3}}}\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "flowers.yaml")
    ...     _ = file.write_text(text)
    ...     spec = read_pipeline(file, ["models.knn.params.n_neighbors=7"])
    >>> spec.name, spec.models["knn"].params
    ('flowers', {'n_neighbors': 7})
    """
    file = Path(path)
    document, locked = _with_ancestors(file, ())
    for override in overrides:
        document = _overridden(document, override)
    value, faults = with_environment({"name": file.stem, **document.value})
    _resolve_source(value, document.places)
    origin = Origin(places=document.places, allow_packages=tuple(allow_packages), locked=locked)
    faults += check_meaning(value, origin)
    try:
        spec = PipelineSpec.model_validate(value)
    except ValidationError as error:
        faults = [*shape_faults(error), *faults]
        raise_faults(faults, document.places)
        raise
    raise_faults(faults, document.places)
    return spec.with_origin(origin)


def _with_ancestors(file: Path, descendants: tuple[Path, ...]) -> tuple[Document, Locked | None]:
    """Read a file on top of what it extends; of a lock, the pipeline in it, and what it holds that to."""
    document, locked = unlocked(read_document(file))
    if "extends" not in document.value:
        return document, locked
    parent = document.value.pop("extends")
    where = document.places.of(("extends",), at_key=False)
    if not isinstance(parent, str) or not parent:
        raise PipelineFileError(f"{where}: extends: must be the path of a pipeline file; got {short(repr(parent))}.")
    raise_faults(environment_faults(("extends",), parent), document.places)
    chain = (*descendants, file.resolve())
    parent_file = file.parent / os.path.expanduser(filled_in(parent))  # noqa: PTH111 - an unknown user is no error
    # os.path answers no where Path raises: a name too long, a loop of links, characters that no name has.
    if not os.path.isfile(parent_file):  # noqa: PTH113 - as above
        raise PipelineFileError(
            f"{where}: extends: no such file as {short(str(parent_file))}. The path starts at this file's folder."
        )
    if parent_file.resolve() in chain:
        raise PipelineFileError(f"{where}: extends: a file must not extend itself; {parent} leads back here.")
    if len(chain) > _MOST_ANCESTORS:
        raise PipelineFileError(f"{where}: extends: a chain must be {_MOST_ANCESTORS} files long at most.")
    if not parent_file.stat().st_size:  # so do the files of /proc look, and reading some of them waits for ever
        raise PipelineFileError(f"{where}: extends: {parent_file} must hold something; it is empty.")
    return _on_top(_with_ancestors(parent_file, chain)[0], document), None


def _on_top(lower: Document, upper: Document) -> Document:
    """Merge mappings key by key; anything else in the upper document replaces what was there."""
    places = Places(
        upper.places.file, {**lower.places.keys, **upper.places.keys}, {**lower.places.values, **upper.places.values}
    )
    return Document(_merged(lower.value, upper.value), places)


def _merged(lower: Any, upper: Any) -> Any:
    if isinstance(lower, dict) and isinstance(upper, dict):
        return lower | {key: _merged(lower[key], value) if key in lower else value for key, value in upper.items()}
    return upper


def _overridden(document: Document, override: str) -> Document:
    """Set one key, as ``--set`` does."""
    key, separator, text = override.partition("=")
    steps = tuple(key.strip().split("."))
    if not separator or not all(steps):
        raise UsageError(
            f"--set {short(override)}: an override must be KEY=VALUE, with dots in the key; "
            "for example compare.cv.folds=5."
        )
    if len(steps) > _MOST_STEPS:
        raise UsageError(f"--set {short(override, 300)}: a key must have {_MOST_STEPS} parts at most.")
    where = f"--set {short(override, 300)}"
    given = parse_yaml(text, where, located=False)
    nested: Any = given.value
    for step in reversed(steps):
        nested = {step: nested}
    inside: dict[KeyPath, Place] = {steps[:end]: Place(where) for end in range(1, len(steps) + 1)}
    keys = {(*steps, *path): place for path, place in given.places.keys.items()}
    values = {(*steps, *path): place for path, place in given.places.values.items()}
    _check_way(document.value, steps, where)
    value = _replaced(document.value, steps, given.value)
    lower = document.places
    return Document(
        value,
        Places(lower.file, {**inside, **lower.keys, **keys, steps: Place(where)}, {**inside, **lower.values, **values}),
    )


def _check_way(value: Any, steps: tuple[str, ...], where: str) -> None:
    for number, step in enumerate(steps):
        if value is not None and not isinstance(value, dict):
            raise PipelineFileError(
                f"{where}: {'.'.join(steps[:number])} holds {short(repr(value))}; there are no keys in it."
            )
        value = (value or {}).get(step)


def _replaced(value: Any, steps: tuple[str, ...], new: Any) -> Any:
    if not steps:
        return new
    inner: dict[str, Any] = value or {}
    return inner | {steps[0]: _replaced(inner.get(steps[0]), steps[1:], new)}


def _resolve_source(value: dict[str, Any], places: Places) -> None:
    """Make a relative path absolute: from the file it stands in, or from the working directory for an override."""
    data = value.get("data")
    if not isinstance(data, dict):
        return
    source = data.get("source")
    if not isinstance(source, str) or not source or not is_local(source):
        return
    place = places.of(_SOURCE, at_key=False)
    base = Path(place.file).parent if place.line else Path.cwd()
    path = os.path.abspath(Path(base, os.path.expanduser(source)))  # noqa: PTH100, PTH111 - it takes away "..", and an unknown user is no error
    value["data"] = {**data, "source": path}
