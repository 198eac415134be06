"""Columns that a file names: whether the table has them, and which recipe of ``preprocess`` each one gets."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_numeric_dtype

from skdl._note import Note
from skdl.spec import CATEGORICAL_IMPUTES, KeyPath, Problem
from skdl.tables import Dates, Reading, column_kinds, is_ordered, suggest_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from skdl.spec import ColumnRecipe, DataSpec, ModelSpec, PreprocessSpec, SliceSpec
    from skdl.tables import ColumnKinds, Declared

_MAX_NAMES = 8


def list_names(names: Iterable[object]) -> str:
    """List names for a message, the first few of many.

    Examples
    --------
    >>> list_names(["age", "fare"])
    "'age', 'fare'"
    """
    shown = [repr(str(name)) for name in names]
    more = f" and {len(shown) - _MAX_NAMES:,} more" if len(shown) > _MAX_NAMES else ""
    return ", ".join(shown[:_MAX_NAMES]) + more


def reading_options(data: DataSpec) -> Reading:
    """Return the keys of the ``data`` section that define how a table is read."""
    return Reading(
        separator=data.separator,
        decimal=data.decimal,
        thousands=data.thousands,
        encoding=data.encoding,
        na_values=data.na_values,
        keep_default_na=data.keep_default_na,
        short_rows=data.short_rows,
        rename=data.rename,
        dtypes=data.dtypes,
        dates={name: Dates(dates.parts, dates.format, dates.utc) for name, dates in data.dates.items()},
    )


def find_recipe(column: str, recipes: Mapping[str, ColumnRecipe]) -> ColumnRecipe | None:
    """Return the recipe of a column: that of its name, else that of the last pattern that matches."""
    if column in recipes:
        return recipes[column]
    matching = [recipe for pattern, recipe in recipes.items() if fnmatchcase(column, pattern)]
    # Later patterns override earlier ones, so that a general pattern can come first.
    return matching[-1] if matching else None


def kinds_of_columns(
    features: pd.DataFrame,
    data: DataSpec,
    preprocess: PreprocessSpec,
    indexes: Iterable[str] | None = None,
    known: ColumnKinds | None = None,
) -> ColumnKinds:
    """Sort the features into numbers and categories, by their values where the file does not decide it.

    A recipe with scaling or passthrough makes its columns numbers, one with an encoding makes them categories; it
    overrides the lists ``data.numeric`` and ``data.categorical``. The kinds without a model's own recipes may be
    ``known``.
    """
    declared: dict[str, list[str]] = {"numeric": [], "categorical": [], "text": []}
    of_values: dict[str, Literal["numeric", "categorical"]] = {}
    if known is not None:
        of_values |= dict.fromkeys(known.numeric, "numeric")
        of_values |= dict.fromkeys(known.categorical, "categorical")
    for name in features.columns.tolist():
        kind = _declared_kind(name, data, preprocess)
        if kind is None and name in of_values and find_recipe(name, preprocess.columns) is None:
            kind = of_values[name]
        if kind is not None:
            declared[kind].append(name)
    return column_kinds(features, **declared, indexes=indexes)


def declared_type(name: str, data: DataSpec, preprocess: PreprocessSpec) -> Declared | None:
    """Return what the file says of the cells of a column: numbers, categories as they are written, or text."""
    kind = _declared_kind(name, data, preprocess)
    if name == data.weights:
        return "number"
    if kind is None:
        return "role" if name in data.hidden else None
    declared: dict[str, Declared] = {"numeric": "number", "categorical": "category", "text": "text"}
    return declared[kind]


def _declared_kind(
    name: str, data: DataSpec, preprocess: PreprocessSpec
) -> Literal["numeric", "categorical", "text"] | None:
    if name in data.text:
        return "text"
    if name in data.ordered:
        return "categorical"
    recipe = find_recipe(name, preprocess.columns)
    if recipe and recipe.kind:
        return recipe.kind
    return "numeric" if name in data.numeric else "categorical" if name in data.categorical else None


def with_order(frame: pd.DataFrame, data: DataSpec) -> tuple[pd.DataFrame, list[Problem]]:
    """Turn the columns of ``data.ordered`` into ordered categories; return what the file says wrongly of them, too."""
    problems, columns = [], {}
    for name, levels in data.ordered.items():
        column = frame[name].astype(object) if isinstance(frame[name].dtype, pd.CategoricalDtype) else frame[name]
        known: Sequence[Any] = levels if is_numeric_dtype(column.dtype) else [str(level) for level in levels]
        unknown = np.flatnonzero(column.notna() & ~column.isin(known))
        if len(unknown):
            text = (
                "must name every category of {name!r}, from the lowest to the highest; it does not have {value!r}, "
                "which is in row {row:,}. Add it, or name it in data.na_values."
            )
            value = column.iloc[unknown[0]]
            value = value.item() if isinstance(value, np.generic) else value
            note = Note.of("no_level", text, name=name, value=value, row=int(unknown[0]) + 1)
            problems.append(Problem(("data", "ordered", name), note))
        else:
            columns[name] = pd.Series(pd.Categorical(column, list(known), ordered=True), index=frame.index)
    return (frame.assign(**columns) if columns else frame), problems


def find_text_problems(data: DataSpec, frame: pd.DataFrame) -> list[Problem]:
    """Return the columns of ``data.text`` that hold something else than text."""
    problems = []
    for place, name in enumerate(data.text):
        held = infer_dtype(frame[name], skipna=True)
        if held not in {"string", "categorical", "empty"}:
            note = Note.of("no_text", "{name!r} holds {held} values, no text. Remove it here.", name=name, held=held)
            problems.append(Problem(("data", "text", place) if len(data.text) > 1 else ("data", "text"), note))
    return problems


def no_features(data: DataSpec) -> Note:
    """Return the error of a table that has no feature."""
    if not data.drop:
        return Note.of("only_target", "{source}: the table has no column but the target.", source=data.source)
    text = "{source}: no column is left to learn from. Name fewer in data.drop."
    return Note.of("no_features", text, source=data.source)


def find_column_problems(
    data: DataSpec,
    preprocess: PreprocessSpec,
    models: Mapping[str, ModelSpec],
    header: Sequence[str],
    slices: Sequence[SliceSpec] = (),
) -> list[Problem]:
    """Return the names that the table does not have, and those with two roles that exclude each other.

    The header has the columns of the table before they are renamed.
    """
    # A header of one field that contains a usual separator was split by the wrong one.
    other = next((mark for mark in ",;\t|" if len(header) == 1 and mark in header[0]), None)
    if other is not None:
        path: KeyPath = ("data", "separator" if data.separator else "source")
        text = "the first line of the table has one field, {given!r}. Set separator: {mark!r}."
        return [Problem(path, Note.of("one_field", text, given=header[0][:60], mark=other))]
    renamed = [data.rename.get(name, name) for name in header]
    problems = _find_rename_problems(data, header, renamed)
    added = [name for names in reading_options(data).new_names().values() for name in names]
    known = [*renamed, *added]
    for path, name in _named_columns(data):
        of_file = path[1] in {"dtypes", "dates", "na_values", "ordered"}
        columns = renamed if of_file else known
        if name not in columns:
            problems.append(_unknown_column(path, name, columns, at_key=of_file))
    problems += _find_slice_problems(data, slices, known)
    return [*problems, *_find_role_conflicts(data), *_find_recipe_problems(data, preprocess, models, known)]


def _find_slice_problems(data: DataSpec, slices: Sequence[SliceSpec], known: Sequence[str]) -> list[Problem]:
    """Return the columns of ``compare.slices`` that the table does not have, or that are its target."""
    problems = []
    for number, one in enumerate(slices):
        path: KeyPath = ("compare", "slices", number)
        if one.column not in known:
            problems.append(_unknown_column(path, one.column, known))
        elif one.column in data.target:
            text = (
                "{name!r} is the target: rows that are chosen by the outcome favour any model that predicts it, the "
                "dummy too. Remove it; errors by class or size are in the report anyway."
            )
            problems.append(Problem(path, Note.of("slice_target", text, name=one.column)))
    return problems


def _unknown_column(path: KeyPath, name: str, known: Sequence[str], *, at_key: bool = False) -> Problem:
    hint, listed = suggest_column(name, known), list_names(known)
    text = f"the table has no column {name!r}{hint} It has: {listed}."
    shown, n_more = ", ".join(repr(str(one)) for one in known[:_MAX_NAMES]), len(known) - _MAX_NAMES
    some = Note("and_more", listed, {"names": shown, "n": n_more}) if n_more > 0 else listed
    note = Note("no_column", text, {"where": "", "name": repr(name), "hint": hint, "known": some})
    return Problem(path, note, at_key=at_key)


def _find_rename_problems(data: DataSpec, header: Sequence[str], renamed: list[str]) -> list[Problem]:
    problems = []
    for old, new in data.rename.items():
        path: KeyPath = ("data", "rename", old)
        if old not in header:
            problems.append(_unknown_column(path, old, header, at_key=True))
        elif renamed.count(new) > 1:
            text = "column names must be distinct; two columns would be named {name!r}."
            problems.append(Problem(path, Note.of("same_new_name", text, name=new)))
    return problems


def _named_columns(data: DataSpec) -> list[tuple[KeyPath, str]]:
    """Return every column name in the data section, with the path of its key."""
    named: list[tuple[KeyPath, str]] = []
    for key in ("target", "drop", "numeric", "categorical", "text", "groups", "time", "folds", "weights"):
        value = getattr(data, key)
        names = value if isinstance(value, tuple) else () if value is None else (value,)
        named += [(("data", key, n) if len(names) > 1 else ("data", key), name) for n, name in enumerate(names)]
    words = data.na_values if isinstance(data.na_values, dict) else {}
    by_name: dict[str, Iterable[str]] = {
        "ordered": data.ordered,
        "dtypes": data.dtypes,
        "dates": data.dates,
        "na_values": words,
    }
    named += [(("data", key, name), name) for key, names in by_name.items() for name in names]
    return named


# Keys that say what a column holds, and those that say something else of it.
_EXCLUDED = {
    "categorical": ("numeric",),
    "ordered": ("numeric", "categorical"),
    "text": ("numeric", "categorical", "ordered"),
    "dates": ("dtypes", "ordered", "text"),
}


def _find_role_conflicts(data: DataSpec) -> list[Problem]:
    problems = []
    for path, name in _named_columns(data):
        key = path[1]
        if name in data.target and key not in {"target", "dtypes", "na_values"}:
            note = Note.of("is_target", "{name!r} is the target; it cannot be here, too. Remove it.", name=name)
            problems.append(Problem(path, note))
        elif name in data.drop and key not in {"drop", "target", "dtypes", "na_values"}:
            text = "{name!r} is in data.drop; it cannot be here, too. Remove one of the two."
            problems.append(Problem(path, Note.of("is_dropped", text, name=name)))
        elif other := next((other for other in _EXCLUDED.get(str(key), ()) if name in getattr(data, other)), None):
            text = "{name!r} is in data.{other}, too. Remove one of the two."
            problems.append(Problem(path, Note.of("is_there_too", text, name=name, other=other)))
    return problems


def find_kind_problems(
    preprocess: PreprocessSpec, models: Mapping[str, ModelSpec], frame: pd.DataFrame, kinds: ColumnKinds
) -> list[Problem]:
    """Return recipes, of all models or of one, that do not fit the values of their columns."""
    sections: list[tuple[KeyPath, Mapping[str, ColumnRecipe]]] = [
        (("preprocess", "columns"), preprocess.columns),
        *((("models", name, "preprocess", "columns"), model.preprocess.columns) for name, model in models.items()),
    ]
    problems = []
    for path, recipes in sections:
        for key in recipes:
            matching = [name for name in frame.columns.tolist() if find_recipe(name, recipes) is recipes[key]]
            matching = [name for name in matching if name not in kinds.text]
            messages = (_describe_kind_problem(name, recipes[key], frame, kinds) for name in matching)
            problems += [Problem((*path, key), message, at_key=True) for message in messages if message][:1]
    return problems


def _describe_kind_problem(name: str, recipe: ColumnRecipe, frame: pd.DataFrame, kinds: ColumnKinds) -> Note | None:
    """Describe why a recipe does not fit a column; None where it does."""
    if name in kinds.left_out:
        reason = kinds.left_out[name]
        if reason.code in {"one_value", "no_value"}:
            return None  # it may have several values in another table
        left_out = f"{name!r} {reason.text.partition(';')[0]} and is left out"
        text = f"{left_out}; name it in data.categorical or data.numeric to use it."
        return reason.within("recipe_left_out", text, columns=repr(name), because=reason.code)
    has_order = is_ordered(frame[name])  # places in an order are numbers
    categorical = recipe.kind == "categorical" or (recipe.kind is None and name in kinds.categorical and not has_order)
    if not categorical and not has_order and not is_numeric_dtype(frame[name].dtype):
        odd = frame[name][frame[name].notna() & pd.to_numeric(frame[name].map(str), errors="coerce").isna()]
        if len(odd):
            text = "{name!r} has the value {value!r}; this is for numbers. Narrow the pattern, or use encode."
            return Note.of("recipe_not_numeric", text, name=name, value=odd.iloc[0])
    if categorical and recipe.impute is not None and recipe.impute not in CATEGORICAL_IMPUTES:
        text = "{name!r} has categories; impute must be one of {known}."
        return Note.of("recipe_impute", text, name=name, known=", ".join(CATEGORICAL_IMPUTES))
    if not categorical and isinstance(recipe.fill_value, str):
        text = "{name!r} has numbers; fill_value must be a number, too; got {given!r}."
        return Note.of("recipe_fill", text, name=name, given=recipe.fill_value)
    return None


def _find_recipe_problems(
    data: DataSpec, preprocess: PreprocessSpec, models: Mapping[str, ModelSpec], known: Sequence[str]
) -> list[Problem]:
    problems = _find_section_problems(data, ("preprocess",), preprocess, preprocess.columns, known)
    for name, model in models.items():
        path: KeyPath = ("models", name, "preprocess")
        whole = model.preprocess.on_top_of(preprocess)
        for key, of_kind in (("numeric", whole.numeric), ("categorical", whole.categorical)):
            conflict = of_kind.conflict()
            if conflict:
                problems.append(Problem((*path, key), conflict.within(conflict.code, f"{conflict}.")))
        problems += _find_section_problems(data, path, whole, model.preprocess.columns, known)
    return problems


def _find_section_problems(
    data: DataSpec,
    path: KeyPath,
    whole: PreprocessSpec,
    recipes: Mapping[str, ColumnRecipe],
    known: Sequence[str],
) -> list[Problem]:
    problems = []
    for name, recipe in recipes.items():
        where: KeyPath = (*path, "columns", name)
        matching = [column for column in known if column == name or fnmatchcase(column, name)]
        if not matching:
            problems.append(_unknown_column(where, name, known, at_key=True))
        elif all(column in data.hidden for column in matching):
            note = Note.of("no_feature", "{name!r} is not a feature. Remove it here.", name=matching[0])
            problems.append(Problem(where, note, at_key=True))
        elif name in data.text:
            note = Note.of("recipe_text", "{name!r} is text. Remove it here; preprocess.text is for text.", name=name)
            problems.append(Problem(where, note, at_key=True))
        conflicts = [
            recipe.on_top_of(of_kind).conflict()
            for kind, of_kind in (("numeric", whole.numeric), ("categorical", whole.categorical))
            if recipe.kind in {kind, None} and not recipe.passthrough
        ]
        found = [conflict for conflict in conflicts if conflict]
        if found and len(found) == len(conflicts):
            problems.append(Problem(where, found[0].within(found[0].code, f"{found[0]}.")))
    return problems
