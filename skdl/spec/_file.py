"""Reading a pipeline file: inheritance, overrides, environment variables and the path of the table."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl._source_name import is_local
from skdl.exceptions import PipelineFileError, UsageError
from skdl.spec._errors import KeyPath, Position, Positions, Problem, raise_problems, shorten
from skdl.spec._lock import open_lock
from skdl.spec._pipeline import models_by_name
from skdl.spec._yaml import Document, parse_yaml, read_document

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from skdl.spec._lock import Lock

_MAX_ANCESTORS = 10
_MAX_KEY_DEPTH = 20  # of an override
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# The only values that may contain environment variables: a file of unknown origin must not read them elsewhere.
_PATHS_WITH_VARIABLES = (("data", "source"), ("output", "dir"))


def resolve_file(
    file: Path, overrides: Iterable[str] = ()
) -> tuple[dict[str, Any], Positions, Lock | None, list[Problem]]:
    """Read a file on top of those that it extends, apply the overrides, and make its paths absolute.

    The values are plain and not validated yet. The positions of keys may be in a file that is extended; the lock is
    there where the file is one; the problems are those of environment variables.
    """
    document, lock = _read_with_ancestors(file, ())
    for override in overrides:
        document = _apply_override(document, override)
    value = {"name": file.stem, **_name_listed_models(document).value}
    problems = _expand_paths(value)
    _make_source_absolute(value, document.positions)
    return value, document.positions, lock, problems


def _read_with_ancestors(file: Path, descendants: tuple[Path, ...]) -> tuple[Document, Lock | None]:
    """Read a file on top of what it extends; of a lock, return the pipeline in it and the lock."""
    document, lock = open_lock(read_document(file))
    document = _name_listed_models(document)
    if "extends" not in document.value:
        return document, lock
    parent = document.value.pop("extends")
    where = document.positions.of(("extends",), at_key=False)
    if not isinstance(parent, str) or not parent:
        text = "{where}: extends: must be the path of a pipeline file; got {given}."
        raise PipelineFileError.of("extends_no_path", text, where=where, given=shorten(repr(parent)))
    raise_problems(_find_unset_variables(("extends",), parent), document.positions)
    # Resolved paths, so that links and spellings such as ../ cannot hide a cycle.
    chain = (*descendants, file.resolve())
    parent_file = file.parent / os.path.expanduser(_expand(parent))  # noqa: PTH111 - Path raises for an unknown user
    # os.path returns False where Path raises: a name too long, a loop of links, characters that no name has.
    if not os.path.isfile(parent_file):  # noqa: PTH113 - as above
        text = "{where}: extends: no such file as {given}. The path starts at this file's folder."
        raise PipelineFileError.of("extends_no_file", text, where=where, given=shorten(str(parent_file)))
    if parent_file.resolve() in chain:
        text = "{where}: extends: a file must not extend itself; {given} leads back here."
        raise PipelineFileError.of("extends_itself", text, where=where, given=parent)
    if len(chain) > _MAX_ANCESTORS:
        text = "{where}: extends: a chain must be {n} files long at most."
        raise PipelineFileError.of("extends_too_many", text, where=where, n=_MAX_ANCESTORS)
    if not parent_file.stat().st_size:  # as files of /proc, where reading may block for ever
        text = "{where}: extends: {given} must not be empty."
        raise PipelineFileError.of("extends_empty", text, where=where, given=parent_file)
    lower, _ = _read_with_ancestors(parent_file, chain)
    by_path = {**lower.positions.by_path, **document.positions.by_path}
    return Document(_merge(lower.value, document.value), Positions(document.positions.file, by_path)), None


def _name_listed_models(document: Document) -> Document:
    """Turn a list of models into a mapping, with the positions of its items."""
    models = document.value.get("models")
    by_name = models_by_name(models)
    if by_name is models:
        return document
    items = [models] if isinstance(models, str) else models
    by_path = dict(document.positions.by_path)
    for path, found in document.positions.by_path.items():
        if path[0] == "models" and len(path) > 1 and isinstance(path[1], int):
            item = items[path[1]]
            by_path[("models", item) if isinstance(item, str) else ("models", *path[2:])] = found
    positions = Positions(document.positions.file, by_path)
    return replace(document, value={**document.value, "models": by_name}, positions=positions)


def _merge(lower: Any, upper: Any) -> Any:
    """Merge mappings key by key; any other value of the upper document replaces that of the lower one."""
    if isinstance(lower, dict) and isinstance(upper, dict):
        return lower | {key: _merge(lower[key], value) if key in lower else value for key, value in upper.items()}
    return upper


def _apply_override(document: Document, override: str) -> Document:
    """Set one key, as ``--set`` does; null as a model removes it."""
    key, separator, text = override.partition("=")
    steps = tuple(key.strip().split("."))
    if not separator or not all(steps):
        template = "--set {given}: an override must be KEY=VALUE, with dots in the key; for example compare.cv.folds=5."
        raise UsageError.of("set_no_pair", template, given=shorten(override))
    if len(steps) > _MAX_KEY_DEPTH:
        template = "--set {given}: a key must have {n} parts at most."
        raise UsageError.of("set_too_deep", template, given=shorten(override, 300), n=_MAX_KEY_DEPTH)
    where = f"--set {shorten(override, 300)}"
    new = parse_yaml(text, where, located=False, at=steps)
    # Left empty, a model has its defaults, as in a file.
    removed = [path[1] for path in ((*steps, *null) for null in new.nulls) if len(path) == 2 and path[0] == "models"]
    if removed and len(steps) == 1 and len(removed) < len(new.value):
        template = (
            "{where}: null removes a model, and the others here replace the models of the file. Use one --set for each "
            "model; {{}} is a model with its defaults."
        )
        raise PipelineFileError.of("set_null_and_models", template, where=where)
    if removed:
        return replace(document, value=_remove_models(document.value, removed, where))
    section = document.value
    for number, step in enumerate(steps):
        if section is not None and not isinstance(section, dict):
            template = "{where}: {key} is {given}; there are no keys in it."
            raise PipelineFileError.of(
                "set_in_value", template, where=where, key=".".join(steps[:number]), given=shorten(repr(section))
            )
        section = (section or {}).get(step)
    # A parent that the override creates is positioned at the override; one of the file keeps its position. Later
    # entries replace earlier ones.
    here = (Position(where), Position(where))
    parents: dict[KeyPath, tuple[Position, Position]] = {steps[:end]: here for end in range(1, len(steps))}
    inner = {(*steps, *path): here for path in [(), *new.positions.by_path]}
    positions = Positions(document.positions.file, {**parents, **document.positions.by_path, **inner})
    return Document(_replace(document.value, steps, new.value), positions)


def _remove_models(value: dict[str, Any], names: Collection[str | int], where: str) -> dict[str, Any]:
    models = value.get("models")
    models = models if isinstance(models, dict) else {}
    known = shorten(", ".join(models)) or Note("nothing", "none")
    for name in names:
        if name not in models:
            text = "{where}: models.{name}: there is no such model to remove{hint} Models: {known}."
            raise PipelineFileError.of(
                "set_no_model", text, where=where, name=name, hint=did_you_mean(name, models), known=known
            )
    kept = {name: model for name, model in models.items() if name not in names}
    if not kept:
        text = "{where}: models: must not be empty; this removes the last one. Keep one."
        raise PipelineFileError.of("set_last_model", text, where=where)
    return {**value, "models": kept}


def _replace(value: Any, steps: tuple[str, ...], new: Any) -> Any:
    if not steps:
        return new
    inner: dict[str, Any] = value or {}
    return inner | {steps[0]: _replace(inner.get(steps[0]), steps[1:], new)}


def _expand(text: str) -> str:
    """Replace ``${NAME}`` by the environment variable; leave one that is not set."""
    # In one pass: a value that contains ${...} itself is not expanded again.
    return _VARIABLE.sub(lambda match: os.environ.get(match[1], match[0]), text)


def _find_unset_variables(path: KeyPath, text: str) -> list[Problem]:
    template = "the environment variable {name} is not set{hint}"
    return [
        Problem(path, Note.of("no_variable", template, name=name, hint=did_you_mean(name, os.environ)))
        for name in dict.fromkeys(_VARIABLE.findall(text))
        if name not in os.environ
    ]


def _expand_paths(value: dict[str, Any]) -> list[Problem]:
    """Replace environment variables in the paths of a file, and return their problems."""
    problems = []
    for section, key in _PATHS_WITH_VARIABLES:
        inner: Any = value.get(section)
        text = inner.get(key) if isinstance(inner, dict) else None
        if not isinstance(text, str) or not _VARIABLE.search(text):
            continue
        problems += _find_unset_variables((section, key), text)
        expanded = _expand(text)
        if is_local(text) and is_local(expanded):
            value[section] = {**inner, key: expanded}
        else:  # an address would send the value of the variable to another machine
            message = Note(
                "variable_in_address", "environment variables are for the paths of files; this is an address."
            )
            problems.append(Problem((section, key), message))
    return problems


def _make_source_absolute(value: dict[str, Any], positions: Positions) -> None:
    """Make a relative path absolute: from the folder of its file, or from the working directory for an override."""
    data: Any = value.get("data")
    source = data.get("source") if isinstance(data, dict) else None
    if not isinstance(source, str) or not source or not is_local(source):
        return
    position = positions.of(("data", "source"), at_key=False)
    base = Path(position.file).parent if position.line else Path.cwd()
    # os.path, for it removes ".." and leaves an unknown user alone.
    path = os.path.abspath(Path(base, os.path.expanduser(source)))  # noqa: PTH100, PTH111 - as above
    value["data"] = {**data, "source": path}
