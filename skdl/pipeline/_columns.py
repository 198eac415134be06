"""The columns that a file names: whether the table has them, and which recipe of ``preprocess`` is for which."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pandas as pd
from pandas.api.types import is_numeric_dtype

from skdl.pipeline._faults import Fault, KeyPath
from skdl.pipeline._recipes import CATEGORICAL_IMPUTES
from skdl.tables import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from skdl.pipeline._data import DataSpec
    from skdl.pipeline._recipes import ColumnRecipe, PreprocessSpec
    from skdl.pipeline._spec import PipelineSpec
    from skdl.tables import ColumnKinds

__all__ = ["column_faults", "declared_kinds", "kind_faults", "listed_names", "recipe_of"]

_NAMES_LISTED = 8


def listed_names(names: Iterable[object]) -> str:
    """List names for a message, the first few of many.

    Examples
    --------
    >>> listed_names(["age", "fare"])
    "'age', 'fare'"
    """
    shown = [repr(str(name)) for name in names]
    more = f" and {len(shown) - _NAMES_LISTED:,} more" if len(shown) > _NAMES_LISTED else ""
    return ", ".join(shown[:_NAMES_LISTED]) + more


def recipe_of(column: str, recipes: Mapping[str, ColumnRecipe]) -> ColumnRecipe | None:
    """Find the recipe for a column: under its own name, else under the last pattern that fits it."""
    if column in recipes:
        return recipes[column]
    fitting = [recipe for pattern, recipe in recipes.items() if fnmatchcase(column, pattern)]
    return fitting[-1] if fitting else None


def declared_kinds(columns: Sequence[str], data: DataSpec, preprocess: PreprocessSpec) -> tuple[list[str], list[str]]:
    """Give the columns whose kind the file decides: numbers, then categories.

    Parameters
    ----------
    columns : sequence of str
        The columns that models are shown.
    data : DataSpec
        Its ``numeric`` and ``categorical``.
    preprocess : PreprocessSpec
        A recipe that scales or passes on says that its columns are numbers, one that encodes that they are categories;
        that goes before the lists of ``data``.
    """
    kinds: dict[str, str] = {}
    for name in columns:
        recipe = recipe_of(name, preprocess.columns)
        if recipe is not None and recipe.kind is not None:
            kinds[name] = recipe.kind
        elif name in data.numeric:
            kinds[name] = "numeric"
        elif name in data.categorical:
            kinds[name] = "categorical"
    return (
        [name for name, kind in kinds.items() if kind == "numeric"],
        [name for name, kind in kinds.items() if kind == "categorical"],
    )


def column_faults(spec: PipelineSpec, header: Sequence[str]) -> list[Fault]:
    """Find the names that the table does not have, and those that stand where they cannot.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline.
    header : sequence of str
        The columns as the file has them.

    Returns
    -------
    list of Fault
        Empty where every name is right.
    """
    data = spec.data
    other = next((mark for mark in ",;\t|" if len(header) == 1 and mark in header[0]), None)
    if other is not None:
        path: KeyPath = ("data", "separator" if data.separator else "source")
        return [Fault(path, f"the table's first line is one field, {header[0][:60]!r}. Say separator: {other!r}.")]
    faults = _rename_faults(data, header)
    renamed = [data.rename.get(name, name) for name in header]
    added = [name for names in data.reading().new_names().values() for name in names]
    known = [*renamed, *added]
    for path, name in _named(data):
        of_file = path[1] in {"dtypes", "dates"}
        if name not in (renamed if of_file else known):
            faults.append(_unknown(path, name, renamed if of_file else known, at_key=of_file))
    return [*faults, *_clashes(data), *_recipe_faults(spec, known)]


def _unknown(path: KeyPath, name: str, known: Sequence[str], *, at_key: bool = False) -> Fault:
    hint = did_you_mean(name, known) or "."
    return Fault(path, f"the table has no column {name!r}{hint} It has: {listed_names(known)}.", at_key=at_key)


def _rename_faults(data: DataSpec, header: Sequence[str]) -> list[Fault]:
    faults = []
    for old, new in data.rename.items():
        path: KeyPath = ("data", "rename", old)
        if old not in header:
            faults.append(_unknown(path, old, header, at_key=True))
        elif [data.rename.get(name, name) for name in header].count(new) > 1:
            faults.append(Fault(path, f"each column must have a name of its own; {new!r} would stand twice."))
    return faults


def _named(data: DataSpec) -> list[tuple[KeyPath, str]]:
    """Give every name of the data section with the way to it."""
    lists: dict[str, tuple[str, ...]] = {
        "target": data.target,
        "drop": data.drop,
        "numeric": data.numeric,
        "categorical": data.categorical,
        "groups": () if data.groups is None else (data.groups,),
        "time": () if data.time is None else (data.time,),
        "folds": () if data.folds is None else (data.folds,),
    }
    listed: list[tuple[KeyPath, str]] = [
        (("data", key, number) if len(names) > 1 else ("data", key), name)
        for key, names in lists.items()
        for number, name in enumerate(names)
    ]
    return [
        *listed,
        *((("data", "dtypes", name), name) for name in data.dtypes),
        *((("data", "dates", name), name) for name in data.dates),
    ]


def _clashes(data: DataSpec) -> list[Fault]:
    faults = []
    for path, name in _named(data):
        key = path[1]
        if name in data.target and key not in {"target", "dtypes"}:
            faults.append(Fault(path, f"{name!r} is the target; it cannot stand here too. Take it away."))
        elif name in data.drop and key not in {"drop", "target", "dtypes"}:
            faults.append(
                Fault(path, f"{name!r} is named in data.drop; it cannot stand here too. Take it away in one place.")
            )
        elif key == "categorical" and name in data.numeric:
            faults.append(Fault(path, f"{name!r} is declared in data.numeric too. Take it away in one place."))
        elif key == "dates" and name in data.dtypes:
            faults.append(Fault(path, f"{name!r} is declared in data.dtypes too. Take it away in one place."))
    return faults


def kind_faults(spec: PipelineSpec, frame: pd.DataFrame, kinds: ColumnKinds) -> list[Fault]:
    """Find recipes that do not fit what their columns hold.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline.
    frame : pandas.DataFrame
        The features.
    kinds : ColumnKinds
        What they are for all models.
    """
    sections: list[tuple[KeyPath, Mapping[str, ColumnRecipe]]] = [
        (("preprocess", "columns"), spec.preprocess.columns),
        *((("models", name, "preprocess", "columns"), model.preprocess.columns) for name, model in spec.models.items()),
    ]
    faults = []
    for path, recipes in sections:
        for key in recipes:
            ruled = [name for name in frame.columns if recipe_of(name, recipes) is recipes[key]]
            found = (_kind_fault(name, recipes[key], frame, kinds) for name in ruled)
            faults += [Fault((*path, key), message, at_key=True) for message in found if message][:1]
    return faults


def _kind_fault(name: str, recipe: ColumnRecipe, frame: pd.DataFrame, kinds: ColumnKinds) -> str | None:
    """Say why a recipe does not fit a column, where it does not."""
    if name in kinds.left_out:
        reason = kinds.left_out[name]
        if reason.code in {"one_value", "no_value"}:
            return None  # it may vary in another table
        what = reason.text.partition(";")[0]
        return f"{name!r} {what} and is left out; name it in data.categorical or data.numeric to use it."
    categorical = recipe.kind == "categorical" or (recipe.kind is None and name in kinds.categorical)
    if not categorical and not is_numeric_dtype(frame[name].dtype):
        odd = frame[name][frame[name].notna() & pd.to_numeric(frame[name].map(str), errors="coerce").isna()]
        if len(odd):
            return f"{name!r} holds {odd.iloc[0]!r}; this is for numbers. Narrow the pattern, or say encode."
    if categorical and recipe.impute is not None and recipe.impute not in CATEGORICAL_IMPUTES:
        return f"{name!r} holds categories; impute must be one of {', '.join(CATEGORICAL_IMPUTES)}."
    if not categorical and isinstance(recipe.fill_value, str):
        return f"{name!r} holds numbers; fill_value must be one too; got {recipe.fill_value!r}."
    return None


def _recipe_faults(spec: PipelineSpec, known: Sequence[str]) -> list[Fault]:
    faults = _section_faults(spec, ("preprocess",), spec.preprocess, spec.preprocess.columns, known)
    for name, model in spec.models.items():
        path: KeyPath = ("models", name, "preprocess")
        whole = model.preprocess.on_top_of(spec.preprocess)
        for key, of_kind in (("numeric", whole.numeric), ("categorical", whole.categorical)):
            conflict = of_kind.conflict()
            if conflict:
                faults.append(Fault((*path, key), f"{conflict}."))
        faults += _section_faults(spec, path, whole, model.preprocess.columns, known)
    return faults


def _section_faults(
    spec: PipelineSpec,
    path: KeyPath,
    whole: PreprocessSpec,
    recipes: Mapping[str, ColumnRecipe],
    known: Sequence[str],
) -> list[Fault]:
    faults = []
    for name, recipe in recipes.items():
        where: KeyPath = (*path, "columns", name)
        fitting = [column for column in known if column == name or fnmatchcase(column, name)]
        if not fitting:
            faults.append(_unknown(where, name, known, at_key=True))
        elif all(column in spec.data.hidden for column in fitting):
            faults.append(Fault(where, f"{fitting[0]!r} is shown to no model. Take it away here.", at_key=True))
        conflicts = [
            recipe.on_top_of(of_kind).conflict()
            for kind, of_kind in (("numeric", whole.numeric), ("categorical", whole.categorical))
            if recipe.kind in {kind, None} and not recipe.passthrough
        ]
        if conflicts and all(conflicts):
            faults.append(Fault(where, f"{conflicts[0]}."))
    return faults
