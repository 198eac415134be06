"""Ensembles of a pipeline file: which models they combine, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl.catalogue import entry_named
from skdl.spec import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from skdl.spec import ModelSpec

# Parameters of scikit-learn's classes that predict, which the models in them must not be called.
_TAKEN = frozenset(
    {
        "cv", "estimators", "final_estimator", "flatten_transform", "n_jobs", "n_steps", "passthrough", "scoring",
        "stack_method", "verbose", "voting", "weights",
    }
)  # fmt: skip
_SET_BY_FILE = {"estimators": "of", "cv": "compare.tune.folds", "scoring": "compare.metrics"}


def is_ensemble(model: ModelSpec) -> bool:
    """Whether a model combines others of the file."""
    entry = entry_named(model.use)
    return entry is not None and entry.is_ensemble


def has_inner_folds(models: Iterable[ModelSpec]) -> bool:
    """Whether a model is fitted on inner folds: by a search, or in an ensemble."""
    return any(model.search or is_ensemble(model) for model in models)


def members_of(name: str, models: Mapping[str, ModelSpec]) -> list[str]:
    """Return the names of the models that an ensemble combines, in the order of the file.

    Examples
    --------
    >>> from skdl.spec import ModelSpec
    >>> models = {name: ModelSpec(use=name) for name in ("dummy", "svm", "blend", "knn", "stacking")}
    >>> members_of("blend", models)
    ['svm', 'knn']
    """
    of = models[name].of
    if of is None:
        return [other for other, model in models.items() if model.use != "dummy" and not is_ensemble(model)]
    return [other for other in models if other in of]


def find_ensemble_problems(models: Mapping[str, ModelSpec]) -> list[Problem]:
    """Return what is wrong with the keys of ensembles, and with the models that they name."""
    problems: list[Problem] = []
    for name, model in models.items():
        problems += _find_problems_of_ensemble(name, models) if is_ensemble(model) else []
        if model.of is not None and not is_ensemble(model):
            text = "of is for an ensemble (use: blend, or stacking); {use} is none. Remove the key."
            problems.append(
                Problem(("models", name, "of"), Note.of("of_no_ensemble", text, use=model.use), at_key=True)
            )
    return problems


def key_of_members(key: str) -> Note:
    """Say that a key is for the models of an ensemble."""
    text = "{key} is for the models of an ensemble, which have it already. Remove the key."
    return Note.of("key_of_members", text, key=key)


def _find_problems_of_ensemble(name: str, models: Mapping[str, ModelSpec]) -> list[Problem]:
    model, problems = models[name], list[Problem]()
    given = {
        "search": model.search,
        "preprocess": model.preprocess.is_set,
        "balance": model.balance not in {None, "none"},
    }
    problems += [
        Problem(("models", name, key), key_of_members(key), at_key=True) for key, is_given in given.items() if is_given
    ]
    text = "{key} of an ensemble follows from {other}. Remove the key."
    problems += [
        Problem(("models", name, "params", key), Note.of("set_by_file", text, key=key, other=other), at_key=True)
        for key, other in _SET_BY_FILE.items()
        if key in model.params
    ]
    known = [other for other, its in models.items() if not is_ensemble(its)]
    for number, other in enumerate(model.of or ()):
        if other not in known:
            hint = did_you_mean(other, known)
            text = "must be the name of a model of this file that is no ensemble; got {given!r}{hint}"
            note = Note.of("no_member", text, given=other, hint=hint)
            problems.append(Problem(("models", name, "of", number), note))
    members = members_of(name, models)
    if len(members) < 2 and not problems:
        text = "an ensemble must have two models or more; got {n}. Add models to the file, or to of."
        path = ("models", name) if model.of is None else ("models", name, "of")
        problems.append(Problem(path, Note.of("few_members", text, n=len(members)), at_key=model.of is None))
    for other in members:
        if other in _TAKEN or "__" in other:
            text = "a model of an ensemble must have another name than {given!r}. Rename it, and set use."
            problems.append(Problem(("models", other), Note.of("member_name", text, given=other), at_key=True))
    return problems
