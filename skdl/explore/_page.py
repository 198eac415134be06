"""The data of the page, put together from a fitted model and what is known of its table and its training."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier

from skdl.explore._columns import PageColumn, PageColumns, page_columns
from skdl.explore._inside import Inside, look_inside
from skdl.explore._network import bare_network, network_data, predict_inputs
from skdl.explore._preprocessing import (
    Description,
    Part,
    Preprocessing,
    export_coded,
    export_preprocessing,
    find_parts,
    takes_categories,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from skdl._table_coder import TableCoder
    from skdl.report import Strings
    from skdl.schema import ModelSchema

_N_ROWS = 500  # that importance and the states of units are of
_N_RANDOM = 300  # rows drawn from the ranges, where there is no table
FORMAT = 1


@dataclass(frozen=True)
class Subject:
    """A fitted model, and the table that it was fitted on, where there is one."""

    title: str
    name: str  # of the model
    model: Any
    schema: ModelSchema
    X: pd.DataFrame | None = field(default=None, repr=False)
    y: Any = field(default=None, repr=False)
    shown: NDArray[np.int_] | None = field(default=None, repr=False)  # positions of the rows that the page holds


@dataclass(frozen=True)
class Prepared:
    """A subject taken apart: what all further parts of the page are computed from."""

    subject: Subject
    inside: Inside
    columns: PageColumns
    preprocessing: Preprocessing | None
    cells: NDArray[np.float64]  # some rows of the table, or rows drawn from the ranges of the columns
    inputs: NDArray[np.float64] | None  # these rows as they enter the network
    order: tuple[int, ...]  # columns, most important first
    importance: NDArray[np.float64]  # by column, 1 for the most important one


def prepare(subject: Subject, seed: int = 0) -> Prepared:
    """Take a model apart, and measure which columns count."""
    inside = look_inside(subject.model)
    names = [column.name for column in subject.schema.columns]
    network = inside.network
    coder = None if network is None else network.coder_
    n_inputs = 1 << 30 if network is None else network.n_features_in_
    parts = find_parts(inside.steps, names, n_inputs)
    categorical = [names[number] for part in parts if takes_categories(part) for number in part.columns]
    levels = (
        {} if coder is None or any(part.steps or part.later for part in parts) else _coder_levels(coder, parts, names)
    )
    columns = page_columns(subject.schema, subject.X, categorical, levels, subject.shown)
    columns = columns.with_known(lambda cells, known: _accepts(subject.model, known.rows(cells)))
    preprocessing = None
    if network is not None:
        preprocessing = (
            export_preprocessing(parts, columns, inside.transform)
            if coder is None
            else export_coded(coder, parts, columns, inside.transform)
        )
        if {number for part in parts for number in part.columns} <= {*preprocessing.fixed}:
            # Nothing could be moved, as behind a PCA: the predictions alone show more.
            inside, preprocessing = replace(inside, network=None, is_keras_only=True), None
        else:
            columns = columns.limited(fixed=preprocessing.fixed, no_missing=preprocessing.no_missing)
    random = np.random.default_rng(seed)
    cells = _some_cells(columns, random)
    inputs = None
    if preprocessing is not None:
        rows = columns.rows(cells)
        inputs = inside.inputs(rows)
        assert inside.network is not None
        bare = bare_network(inside.network)
        owners = np.array([column for _, column in preprocessing.inputs])
        importance = _importance(lambda moved: predict_inputs(bare, moved), inputs, owners, len(names), random)
    else:
        importance = _importance(
            lambda moved: predict_model(subject.model, columns.rows(moved)),
            cells,
            np.arange(len(names)),
            len(names),
            random,
        )
    columns = columns.without_rare({} if preprocessing is None else preprocessing.named)
    importance[[column.kind == "fixed" for column in columns.columns]] = 0.0
    order = tuple(np.argsort(-importance, kind="stable").tolist())
    largest = float(importance.max(initial=0.0))
    return Prepared(
        subject, inside, columns, preprocessing, cells, inputs, order, importance / largest if largest else importance
    )


def _accepts(model: Any, rows: Any) -> bool:
    """Whether a model predicts for rows with a category that it may not know."""
    try:
        return bool(np.isfinite(predict_model(model, rows)).all())
    except Exception:  # noqa: BLE001 - of any package
        return False


def _coder_levels(coder: TableCoder, parts: Sequence[Part], names: Sequence[str]) -> dict[str, list[Any]]:
    """Return the categories of each column that a network embeds, by the name of the column."""
    order = [number for part in parts for number in part.columns]
    return {names[order[place]]: known for place, known in zip(coder.categories, coder.levels, strict=True)}


def _some_cells(columns: PageColumns, random: np.random.Generator) -> NDArray[np.float64]:
    """Take rows of the table; without one, draw rows evenly from the ranges."""
    if columns.X is not None:
        n = len(columns.X)
        chosen = np.sort(random.choice(n, min(n, _N_ROWS), replace=False))
        return columns.cells(columns.X.iloc[chosen])
    drawn = []
    for column in columns.columns:
        if column.kind == "fixed":
            drawn.append(np.zeros(_N_RANDOM))
        elif column.has_levels:
            drawn.append(random.integers(len(column.levels), size=_N_RANDOM).astype(float))
        else:
            low, high = column.minimum, column.maximum
            low, high = (0.0, 1.0) if low is None or high is None else (low, high)
            values = random.uniform(low, high, _N_RANDOM)
            drawn.append(np.round(values) if column.whole else values)
    return np.column_stack(drawn)


def predict_model(model: Any, rows: Any) -> NDArray[np.float64]:
    """Return predictions of any model, (n_rows, n_outputs): probabilities, or targets."""
    inner = getattr(model, "pipeline_", model)
    has_proba = hasattr(inner, "predict_proba")
    found = np.asarray(inner.predict_proba(rows) if has_proba else inner.predict(rows))
    if not has_proba and is_classifier(inner):  # labels: 1 for the predicted class
        found = found[:, None] == np.asarray(inner.classes_)[None]
    outputs: NDArray[np.float64] = found.astype(np.float64).reshape(len(found), -1)
    return outputs


def _importance(
    predict: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    values: NDArray[np.float64],
    owners: NDArray[np.int_],
    n: int,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Measure how much predictions change where the values of one of ``n`` columns are those of other rows.

    ``owners`` are the columns that the values, (n_rows, n_values), belong to.
    """
    before = predict(values)
    changes = np.zeros(n)
    for number in np.unique(owners):
        shuffled, own = values.copy(), owners == number
        shuffled[:, own] = values[random.permutation(len(values))][:, own]
        changes[number] = np.abs(predict(shuffled) - before).mean()
    return changes


def _descriptions(exported: Preprocessing) -> list[list[Description]]:
    """Return what is done with each column; a ColumnTransformer may leave columns out."""
    used = {number for group in exported.groups for number in group["columns"]}
    return [done if number in used else [Description("unused")] for number, done in enumerate(exported.descriptions)]


def _label(label: str | Description, strings: Strings) -> str:
    return label if isinstance(label, str) else strings(f"preprocessing.{label.key}", **label.values)


def _categories(column: PageColumn, strings: Strings) -> list[str]:
    if column.kind not in {"category", "flag"}:
        return []
    names = [str(level) for level in column.levels]
    return [*names[:-1], strings("preprocessing.other_category")] if column.has_other else names


def page_data(prepared: Prepared, strings: Strings, page_strings: dict[str, str]) -> dict[str, Any]:
    """Return the page's data without training, surfaces, rows and notes."""
    subject, inside, schema = prepared.subject, prepared.inside, prepared.subject.schema
    network, exported = inside.network, prepared.preprocessing
    coding = "" if schema.task == "regression" else "binary" if len(schema.classes or ()) == 2 else "one_hot"
    center, scale = [], []
    if network is not None:
        coding = network.configuration_.get("coding", "")
        coding = "one_hot" if coding == "integer" else coding  # another coding of the target, the same outputs
        if schema.task == "regression":
            center, scale = network.target_center_.tolist(), network.target_scale_.tolist()
    if schema.task == "regression":
        outputs = list(schema.outputs or [schema.target or "prediction"])
    elif coding == "multilabel" and len(schema.outputs or ()) == len(schema.classes or ()):
        outputs = [str(one) for one in schema.outputs or ()]
    else:
        outputs = [str(one) for one in schema.classes or ()]
    described = [[] for _ in schema.columns] if exported is None else _descriptions(exported)
    return {
        "format": FORMAT,
        "lang": strings.lang,
        "strings": page_strings,
        "title": subject.title,
        "model": subject.name,
        "task": schema.task,
        "coding": coding,
        "target": schema.target or "",
        "has_table": prepared.columns.X is not None,
        "outputs": outputs,
        "columns": [
            {
                "name": column.name,
                "kind": column.kind,
                "whole": column.whole,
                "minimum": column.minimum,
                "maximum": column.maximum,
                "categories": _categories(column, strings),
                "typical": None if np.isnan(column.typical) else column.typical,
                "missing": column.missing,
                "importance": round(float(importance), 4),
                "histogram": [round(share, 4) for share in column.histogram],
                "preprocessing": ", ".join(strings(f"preprocessing.{one.key}", **one.values) for one in descriptions)
                or strings("preprocessing.none"),
            }
            for column, importance, descriptions in zip(
                prepared.columns.columns, prepared.importance, described, strict=True
            )
        ],
        "groups": [] if exported is None else exported.groups,
        "inputs": []
        if exported is None
        else [{"label": _label(label, strings), "column": of} for label, of in exported.inputs],
        "network": None if network is None or prepared.inputs is None else network_data(network, prepared.inputs),
        "target_center": center,
        "target_scale": scale,
        "snapshots": None,
        "training": None,
        "surfaces": None,
        "rows": None,
        "image": None,
        "try_it": None,
        "notes": [],
    }
