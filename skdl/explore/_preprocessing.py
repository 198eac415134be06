"""The preprocessing of a fitted pipeline as steps that the page can compute, group by group of columns.

Scalers and imputers become their formulas. Whatever encodes categories becomes a table of what the fitted pipeline
itself makes of each category, so no encoder is implemented twice. What neither covers, such as the words of a text or
a projection of several columns, stays at the value of the typical row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import impute, preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from skdl.preprocessing import PiecewiseLinearEncoder, RobustSmoothClip, as_categories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from skdl._table_coder import TableCoder
    from skdl.explore._columns import PageColumn, PageColumns

_SMOOTH_LIMIT = 3.0
_N_CHECKED = 200
_MOST_NUMBERS = 100_000  # of the categories of a column


@dataclass(frozen=True)
class Part:
    """Columns that pass through the same transformers, and where their outputs are among the network's inputs."""

    columns: tuple[int, ...]
    steps: tuple[Any, ...]
    start: int
    stop: int
    later: tuple[Any, ...] = ()  # transformers of all inputs


@dataclass(frozen=True)
class Description:
    """What is done with a column: a key of the strings, with its values."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Preprocessing:
    """Groups of the page, the network's inputs, and what is done with each column."""

    groups: list[dict[str, Any]]
    inputs: list[tuple[str | Description, int]]  # label and column
    descriptions: list[list[Description]]  # by column
    fixed: list[int]  # columns that the page cannot compute
    no_missing: tuple[int, ...] = ()  # columns whose missing values it cannot fill in
    named: dict[int, tuple[int, ...]] = field(default_factory=dict)  # by column: its levels that the tables have


def flat_steps(transformers: Sequence[Any]) -> list[Any]:
    """Return the transformers of nested pipelines in a row, without those that change nothing."""
    found: list[Any] = []
    for one in transformers:
        if isinstance(one, Pipeline):
            found += flat_steps([step for _, step in one.steps])
        elif not _changes_nothing(one):
            found.append(one)
    return found


def _changes_nothing(transformer: Any) -> bool:
    if transformer is None or isinstance(transformer, str) or hasattr(transformer, "fit_resample"):
        return True
    # A fitted ColumnTransformer has this one for "passthrough". Categories of declared values have the same values.
    return type(transformer) is preprocessing.FunctionTransformer and transformer.func in {None, as_categories}


def find_parts(steps: Sequence[Any], names: Sequence[str], n_inputs: int) -> list[Part]:
    """Return the parts of a preprocessing, in the order of the network's inputs."""
    if not steps or not isinstance(steps[0], ColumnTransformer):
        return [Part(tuple(range(len(names))), tuple(steps), 0, n_inputs)]
    first, later = steps[0], tuple(steps[1:])
    parts = []
    for name, transformer, chosen in first.transformers_:
        where = first.output_indices_[name]
        columns = _positions(chosen, names)
        if where.stop > where.start and not (isinstance(transformer, str) and transformer == "drop"):
            parts.append(Part(columns, tuple(flat_steps([transformer])), where.start, where.stop, later))
    if later and any(part.stop > n_inputs for part in parts):  # a later step changes the number of columns
        return [Part(tuple(range(len(names))), tuple(steps), 0, n_inputs)]
    return sorted(parts, key=lambda part: part.start)


def takes_categories(part: Part) -> bool:
    """Whether the columns of a part are encoded as categories."""
    return any(hasattr(step, "categories_") for step in part.steps)


def _positions(chosen: Any, names: Sequence[str]) -> tuple[int, ...]:
    """Return the positions of a ColumnTransformer's selection: names, positions, a slice or a mask."""
    if isinstance(chosen, str):
        chosen = [chosen]
    if not isinstance(chosen, slice) and all(isinstance(one, str) for one in np.atleast_1d(np.asarray(chosen, object))):
        return tuple(list(names).index(one) for one in chosen)
    return tuple(np.atleast_1d(np.arange(len(names))[chosen]).tolist())


def export_preprocessing(
    parts: Sequence[Part], columns: PageColumns, transform: Callable[[Any], Any], seed: int = 0
) -> Preprocessing:
    """Export the preprocessing; ``transform`` turns the model's input into the network's, (n_rows, n_inputs)."""

    def inputs_of(cells: NDArray[np.float64]) -> NDArray[np.float64]:
        found = transform(columns.rows(cells))
        return np.asarray(found.toarray() if hasattr(found, "toarray") else found, dtype=np.float64)

    groups: list[dict[str, Any]] = []
    inputs: list[tuple[str | Description, int]] = []
    descriptions: list[list[Description]] = [[] for _ in columns.columns]
    fixed: list[int] = []
    named: dict[int, tuple[int, ...]] = {}
    for part in parts:
        kinds = {columns.columns[number].kind for number in part.columns}
        made = None
        if "category" not in kinds and "fixed" not in kinds:
            made = _numeric(part, columns)
        if made is None and kinds <= {"category", "flag"}:
            made = _tables(part, columns, inputs_of, seed)
        if made is None:
            made = _constant(part, columns, inputs_of)
            fixed += part.columns
        groups.append({"columns": list(part.columns), "steps": made.steps})
        inputs += made.inputs
        for number, positions in made.named.items():  # a column may be in several parts
            named[number] = min(positions, named.get(number, positions), key=len)
        for number, description in zip(part.columns, made.descriptions, strict=True):
            descriptions[number] += description
    _shorten_tables(groups, named)
    by_neighbours = _filled_by_neighbours(parts)
    return Preprocessing(groups, inputs, descriptions, sorted(set(fixed)), tuple(by_neighbours), named)


def _filled_by_neighbours(parts: Sequence[Part]) -> list[int]:
    """Return columns whose gaps are filled from rows of the table, which the page does not hold."""
    return [
        number
        for part in parts
        if any(isinstance(step, impute.KNNImputer) for step in part.steps)
        for number in part.columns
    ]


def _shorten_tables(groups: Sequence[dict[str, Any]], named: Mapping[int, Sequence[int]]) -> None:
    """Keep the vectors of the categories that the page has."""
    for group in groups:
        for step in group["steps"]:
            if step["op"] == "lookup":
                tables = zip(group["columns"], step["tables"], strict=True)
                step["tables"] = [[table[place] for place in named[number]] for number, table in tables]


@dataclass(frozen=True)
class _Group:
    steps: list[dict[str, Any]]
    inputs: list[tuple[str | Description, int]]
    descriptions: list[list[Description]]
    named: dict[int, tuple[int, ...]] = field(default_factory=dict)


def _constant(part: Part, columns: PageColumns, inputs_of: Callable[[NDArray[np.float64]], Any]) -> _Group:
    values = inputs_of(columns.typical[None])[0, part.start : part.stop]
    of = part.columns[0]
    labels: list[tuple[str | Description, int]] = [
        (f"{columns.columns[of].name} [{number + 1}]", of) for number in range(len(values))
    ]
    fixed = [[Description("fixed")] for _ in part.columns]
    return _Group([{"op": "constant", "values": values.tolist()}], labels, fixed)


# Categories: what the pipeline makes of each.


def _tables(
    part: Part, columns: PageColumns, inputs_of: Callable[[NDArray[np.float64]], Any], seed: int
) -> _Group | None:
    """Ask the pipeline for the vector of each category; None where the columns of the part are mixed."""
    base = columns.typical
    rows, places = [base], []  # the typical row, then a row for each category and one for a missing value
    for number in part.columns:
        column = columns.columns[number]
        values = [*map(float, range(len(column.levels))), *([np.nan] if column.missing else [])]
        places.append(range(len(rows), len(rows) + len(values)))
        for value in values:
            row = base.copy()
            row[number] = value
            rows.append(row)
    found = inputs_of(np.array(rows))[:, part.start : part.stop]
    owners = _owners(found, places)
    if owners is None:
        return None
    tables: list[Any] = []
    missing: list[list[float]] = []
    labels: list[tuple[str | Description, int]] = []
    descriptions: list[list[Description]] = []
    named: dict[int, tuple[int, ...]] = {}
    for place, number, own in zip(places, part.columns, owners, strict=True):
        column = columns.columns[number]
        table = found[place.start : place.start + len(column.levels), own]
        last = found[place.stop - 1, own] if column.missing else found[0, own]
        tables.append(table.tolist())
        missing.append(last.tolist())
        named[number] = column.named(_MOST_NUMBERS // max(1, table.shape[1]))
        labels += [(label, number) for label in _labels(column, table)]
        descriptions.append(list(_of_encoder(part.steps, table.shape)))
    step = {"op": "lookup", "tables": tables, "missing": missing}
    if not _is_separable(part, columns, inputs_of, step, seed):
        return None
    return _Group([step], labels, descriptions, named)


def _owners(found: NDArray[np.float64], places: Sequence[range]) -> list[slice] | None:
    """Return the outputs of each column: those that change with it, and constant ones between; None if they mix."""
    changes = np.array([(found[place.start : place.stop] != found[0]).any(axis=0) for place in places])
    if (changes.sum(axis=0) > 1).any():
        return None
    owner = np.where(changes.any(axis=0), changes.argmax(axis=0), -1)
    last = 0
    for position, one in enumerate(owner):
        if one < 0:
            owner[position] = last
        elif one < last:
            return None
        last = int(owner[position])
    edges = np.searchsorted(owner, np.arange(len(places) + 1))
    return [slice(int(low), int(high)) for low, high in pairwise(edges)]


def _is_separable(
    part: Part,
    columns: PageColumns,
    inputs_of: Callable[[NDArray[np.float64]], Any],
    step: dict[str, Any],
    seed: int,
) -> bool:
    """Compare rows of random categories with what their tables say."""
    if len(part.columns) == 1:
        return True
    random = np.random.default_rng(seed)
    cells = np.tile(columns.typical, (_N_CHECKED, 1))
    for number in part.columns:
        cells[:, number] = random.integers(len(columns.columns[number].levels), size=_N_CHECKED)
    expected = inputs_of(cells)[:, part.start : part.stop]
    picked = [
        np.asarray(table, dtype=np.float64).reshape(len(table), -1)[cells[:, number].astype(int)]
        for table, number in zip(step["tables"], part.columns, strict=True)
    ]
    return bool(np.allclose(np.hstack(picked), expected, rtol=1e-9, atol=1e-12))


def _labels(column: PageColumn, table: NDArray[np.float64]) -> Iterator[str | Description]:
    """Name each output: by the category for which it is 1, where it is an indicator, and the page may name that."""
    name, n_outputs = column.name, table.shape[1]
    stand_in = None if column.ranked is None else len(column.levels) - 1
    known = set(column.named()) - {stand_in}
    n_rare = 0
    for values in table.T:
        on = np.flatnonzero(values == 1.0).tolist()
        is_indicator = set(np.unique(values)) == {0.0, 1.0} and n_outputs > 1
        if is_indicator and len(on) == 1 and on[0] in known:
            yield f"{name} = {column.levels[on[0]]}"
        elif is_indicator and stand_in in on and not known.intersection(on):
            yield Description("input_other", {"column": name})
        elif is_indicator and len(on) == 1:
            n_rare += 1
            yield Description("input_rare", {"column": name, "n": n_rare})
        else:
            yield name if n_outputs == 1 else f"{name} = ..."


def _of_encoder(steps: Sequence[Any], shape: tuple[int, ...]) -> Iterator[Description]:
    for step in steps:
        if isinstance(step, preprocessing.OneHotEncoder):
            yield Description("onehot", {"n": shape[1]})
        elif isinstance(step, preprocessing.OrdinalEncoder):
            yield Description("ordinal")
        elif isinstance(step, preprocessing.TargetEncoder):
            yield Description("target")
        elif not isinstance(step, impute.SimpleImputer):
            yield Description("other", {"name": type(step).__name__})


# A network that embeds the columns of a raw table.


def export_coded(
    coder: TableCoder, parts: Sequence[Part], columns: PageColumns, transform: Callable[[Any], Any]
) -> Preprocessing:
    """Export the preprocessing of a network that codes its rows; ``transform`` does what comes before the coding."""
    if not any(part.steps or part.later for part in parts):
        return _raw_coded(coder, [number for part in parts for number in part.columns], columns)
    exported = export_preprocessing(parts, columns, transform)
    if coder.categories or coder.gaps or coder.numbers != list(range(coder.n_columns)):
        whole = Part(tuple(range(len(columns.columns))), (), 0, 1 << 30)
        coded = _constant(whole, columns, lambda cells: coder.transform(transform(columns.rows(cells))))
        groups = [{"columns": list(whole.columns), "steps": coded.steps}]
        return Preprocessing(groups, coded.inputs, coded.descriptions, list(whole.columns))
    for part, group in zip(parts, exported.groups, strict=True):
        own = slice(part.start, part.stop)
        group["steps"].extend(_of_numbers(coder.center[own], coder.factor[own]))
    return exported


def _raw_coded(coder: TableCoder, order: Sequence[int], columns: PageColumns) -> Preprocessing:
    """Export the coding of a raw table: numbers, then categories, then which numbers are missing.

    ``order`` are the columns as the coder gets them.
    """
    names = [column.name for column in columns.columns]
    groups: list[dict[str, Any]] = []
    inputs: list[tuple[str | Description, int]] = []
    descriptions: list[list[Description]] = [[] for _ in names]
    numbers, categories, gaps = ([order[place] for place in of] for of in (coder.numbers, coder.categories, coder.gaps))
    if numbers:
        groups.append({"columns": numbers, "steps": _of_numbers(coder.center, coder.factor)})
        for number in numbers:
            inputs.append((names[number], number))
            descriptions[number].append(Description("robust_embedded"))

    def named_levels(number: int) -> list[Any]:
        column = columns.columns[number]
        return [column.levels[place] for place in column.named()]

    if categories:
        # A category's position from 1 on; 0 is a missing one, or one that was not there in training.
        places = [
            [[float(levels.index(value) + 1) if value in levels else 0.0] for value in named_levels(number)]
            for number, levels in zip(categories, coder.levels, strict=True)
        ]
        step = {"op": "lookup", "tables": places, "missing": [[0.0]] * len(places)}
        groups.append({"columns": categories, "steps": [step]})
        for number in categories:
            inputs.append((names[number], number))
            descriptions[number].append(Description("embedded"))
    if gaps:
        # 2 where there is a number, and 1 where it is missing.
        n = len(gaps)
        steps = [_affine(n, 0.0, 0.0, 2.0), {"op": "impute", "values": [1.0] * n, "indicator": []}]
        groups.append({"columns": gaps, "steps": steps})
        inputs += [(f"{names[number]} (?)", number) for number in gaps]
    return Preprocessing(groups, inputs, descriptions, [])


def _of_numbers(center: NDArray[np.float64], factor: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Return the steps of a coder of numbers: a missing one becomes 0 after the scaling."""
    n = len(center)
    return [_affine(n, center, factor, 0.0), {"op": "impute", "values": [0.0] * n, "indicator": []}]


# Numbers: the formulas of the transformers.


def _numeric(part: Part, columns: PageColumns) -> _Group | None:
    """Export a chain of transformers of numbers; None where one is not known."""
    names = [columns.columns[number].name for number in part.columns]
    inputs: list[tuple[str | Description, int]] = list(zip(names, part.columns, strict=True))
    steps: list[dict[str, Any]] = []
    described: list[list[Description]] = [[] for _ in part.columns]
    for transformer in part.steps:
        made = _of_transformer(transformer, inputs)
        if made is None:
            return None
        steps += made.steps
        inputs = made.inputs
        for of_column, more in zip(described, made.descriptions, strict=False):
            of_column.extend(more)
    if len(inputs) != part.stop - part.start:
        return None
    for transformer in part.later:
        made = _of_later(transformer, part, inputs)
        if made is None:
            return None
        steps += made.steps
        for of_column, more in zip(described, made.descriptions, strict=False):
            of_column.extend(more)
    return _Group(steps, inputs, described)


def _of_later(transformer: Any, part: Part, inputs: list[tuple[str | Description, int]]) -> _Group | None:
    """Export what a transformer of all inputs does with those of a part."""
    width = max(part.stop, getattr(transformer, "n_features_in_", 0))
    whole = _of_transformer(transformer, [("", 0)] * width)
    if whole is None or len(whole.inputs) != width:  # it adds columns
        return None
    own = slice(part.start, part.stop)
    steps = [
        {key: value[own] if isinstance(value, list) and key in _BY_COLUMN else value for key, value in step.items()}
        for step in whole.steps
    ]
    return _Group(steps, inputs, [whole.descriptions[0]] * len(part.columns))


# Lists of steps that have an entry a column.
_BY_COLUMN = {"values", "subtract", "multiply", "add", "low", "high", "center", "factor", "mean", "scale", "quantiles"}


def _of_transformer(transformer: Any, inputs: list[tuple[str | Description, int]]) -> _Group | None:
    export = _EXPORTS.get(type(transformer))
    made = None if export is None else export(transformer, len(inputs))
    if made is None:
        return None
    steps, description = made
    added = [(one, "(?)") for one in steps[0].get("indicator", ())]
    added += [(one, f"[{k}]") for one, edges in enumerate(steps[0].get("edges", ())) for k in range(1, len(edges))]
    labels = [*inputs, *((f"{inputs[one][0]} {mark}", inputs[one][1]) for one, mark in added)]
    return _Group(steps, labels, [[description]] * len(inputs))


_Exported = tuple[list[dict[str, Any]], Description]


def _affine(n: int, subtract: Any, multiply: Any, add: Any) -> dict[str, Any]:
    values = {"subtract": subtract, "multiply": multiply, "add": add}
    lists = {name: np.broadcast_to(value, n).astype(float).tolist() for name, value in values.items()}
    return {"op": "affine", **lists}


def _of_imputer(imputer: Any, n: int) -> _Exported | None:
    if not (isinstance(imputer.missing_values, float) and np.isnan(imputer.missing_values)):
        return None
    if isinstance(imputer, impute.KNNImputer):
        # The neighbours are rows of the table, which the page does not hold: such columns take no missing value there.
        values = np.nanmean(imputer._fit_X, axis=0)  # noqa: SLF001 - never used, as nothing is missing
        description = Description("impute_knn")
    else:
        values = np.asarray(imputer.statistics_, dtype=object).astype(np.float64)
        description = Description(f"impute_{imputer.strategy}")
    if len(values) != n or np.isnan(values).any():  # a column without a value is dropped
        return None
    indicator = imputer.indicator_.features_.tolist() if imputer.add_indicator else []
    return [{"op": "impute", "values": values.tolist(), "indicator": indicator}], description


def _of_minmax(scaler: Any, n: int) -> _Exported:
    # x * scale + min, as MinMaxScaler computes it.
    steps = [_affine(n, 0.0, scaler.scale_, scaler.min_)]
    if scaler.clip:
        low, high = scaler.feature_range
        steps.append({"op": "clip", "low": [float(low)] * n, "high": [float(high)] * n})
    return steps, Description("minmax")


def _of_standard(scaler: Any, n: int) -> _Exported:
    mean = 0.0 if scaler.mean_ is None or not scaler.with_mean else scaler.mean_
    scale = 1.0 if scaler.scale_ is None else scaler.scale_
    return [_affine(n, mean, 1.0 / np.asarray(scale), 0.0)], Description("standard")


def _of_robust(scaler: Any, n: int) -> _Exported:
    center = scaler.center_ if scaler.with_centering else 0.0
    scale = scaler.scale_ if scaler.with_scaling else 1.0
    return [_affine(n, center, 1.0 / np.asarray(scale), 0.0)], Description("robust")


def _of_maxabs(scaler: Any, n: int) -> _Exported:
    return [_affine(n, 0.0, 1.0 / scaler.scale_, 0.0)], Description("maxabs")


def _of_function(transformer: Any, n: int) -> _Exported | None:
    """Export a multiplication, as the pixels of images have."""
    function = transformer.func
    is_product = isinstance(function, partial) and function.func is np.multiply and len(function.args) == 1
    if not is_product or function.keywords or transformer.kw_args:
        return None
    return [_affine(n, 0.0, function.args[0], 0.0)], Description("multiply", {"factor": function.args[0]})


def _of_smooth_clip(transformer: Any, n: int) -> _Exported:  # noqa: ARG001 - of all exports
    step = {
        "op": "smooth_clip",
        "center": transformer.center_.tolist(),
        "factor": transformer.factor_.tolist(),
        "limit": _SMOOTH_LIMIT,
    }
    return [step], Description("smooth_clip")


def _of_piecewise(transformer: Any, n: int) -> _Exported:  # noqa: ARG001 - of all exports
    step = {
        "op": "piecewise",
        "mean": transformer.mean_.tolist(),
        "scale": transformer.scale_.tolist(),
        "edges": [np.asarray(one, dtype=np.float64).tolist() for one in transformer.edges_],
    }
    return [step], Description("piecewise")


def _of_quantile(transformer: Any, n: int) -> _Exported:  # noqa: ARG001 - of all exports
    step = {
        "op": "quantile",
        "quantiles": transformer.quantiles_.T.tolist(),  # a list a column
        "references": transformer.references_.tolist(),
        "distribution": transformer.output_distribution,
    }
    return [step], Description("quantile")


_EXPORTS: dict[type, Callable[[Any, int], _Exported | None]] = {
    impute.KNNImputer: _of_imputer,
    impute.SimpleImputer: _of_imputer,
    preprocessing.FunctionTransformer: _of_function,
    preprocessing.MaxAbsScaler: _of_maxabs,
    preprocessing.MinMaxScaler: _of_minmax,
    preprocessing.QuantileTransformer: _of_quantile,
    preprocessing.RobustScaler: _of_robust,
    preprocessing.StandardScaler: _of_standard,
    PiecewiseLinearEncoder: _of_piecewise,
    RobustSmoothClip: _of_smooth_clip,
}
