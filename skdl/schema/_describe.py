"""Input schema of a fitted pipeline: columns, types, categories, missing values; form of its predictions.

Names, kinds and categories come from the training rows, where they are given, and from the fitted transformers.
Whether a column may be missing, or hold an unseen category, is found by prediction: the pipeline predicts a row with
and without such a value. So the result holds for unknown transformers too.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_bool_dtype, is_numeric_dtype, is_string_dtype
from scipy import sparse
from sklearn.base import is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skdl._arguments import shown
from skdl.exceptions import DataError, UsageError
from skdl.schema._schema import Answer, Column, Kind, ModelSchema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["Sample", "describe_model"]

_N_REFERENCE_ROWS = 8
_ANSWERS: dict[str, Answer] = {"f": "float", "i": "integer", "u": "integer", "b": "boolean"}
_UNSEEN_CATEGORY = "\x00 unseen"

Sample = dict[str, list[Any]]
"""A few rows, as values by column."""


@dataclass(frozen=True)
class _Group:
    """Columns that pass through the same chain of transformers."""

    names: list[str]
    steps: list[Any]

    def categories(self) -> dict[str, tuple[Any, ...]]:
        """Categories of each column from an encoder of the chain, while the columns are still those of the table."""
        for step in self.steps:
            # If the number of columns differs, an earlier step has combined or selected columns.
            coder = getattr(step, "coder_", None)  # of a network that takes raw tables
            if coder is not None and coder.n_columns == len(self.names):
                coded = zip(coder.categories, coder.levels, strict=True)
                return {self.names[position]: tuple(levels) for position, levels in coded}
            known = getattr(step, "categories_", None)
            if known is not None and len(known) == len(self.names):
                return {
                    name: tuple(value for value in values.tolist() if not pd.isna(value))
                    for name, values in zip(self.names, known, strict=True)
                }
        return {}

    def reads_text(self) -> bool:
        """Whether the chain counts words of a text."""
        return any(hasattr(step, "build_analyzer") for step in self.steps)

    def typical(self, position: int) -> list[float]:
        """Three values in the range that a scaler of the chain was fitted on."""
        for step in self.steps:
            # Fitted attributes of MinMaxScaler, StandardScaler and RobustScaler: start and width of the range of each
            # column.
            for low, width in (("data_min_", "data_range_"), ("mean_", "scale_"), ("center_", "scale_")):
                start, step_width = (np.ravel(getattr(step, name, [])) for name in (low, width))
                if len(start) == len(step_width) == len(self.names):
                    return [float(start[position] + share * step_width[position]) for share in (0.5, 0.0, 1.0)]
        return [0.0, 1.0, 2.0]


def describe_model(estimator: Any, X: Any = None, y: Any = None) -> tuple[ModelSchema, Sample | None]:
    """Describe the input and the predictions of a fitted estimator.

    Parameters
    ----------
    estimator : fitted estimator
        Any estimator with ``predict``; usually a `Pipeline`.
    X : DataFrame or array, optional
        Training rows. Without them, or with a sparse matrix or images, kinds come from the transformers: categories of
        an encoder, else numbers.
    y : Series, DataFrame or array, optional
        Training target; its name is stored.

    Returns
    -------
    schema : ModelSchema
        Input columns and the form of the predictions.
    rows : dict of str to list, optional
        A few rows that it can predict, from X or made from the transformers; None where there are none.

    Raises
    ------
    DataError
        If X lacks a column that the estimator was fitted on.
    UsageError
        If it is no estimator, or is not fitted.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> schema, _ = describe_model(DecisionTreeClassifier().fit(X, y), X, y)
    >>> schema.task, schema.target, schema.classes, schema.columns[0].name
    ('classification', 'target', (0, 1, 2), 'sepal length (cm)')
    """
    # The order matters: columns first, then rows that the model can predict, then one prediction for each property that
    # only the model itself knows.
    try:
        check_is_fitted(estimator)
    except (NotFittedError, TypeError) as error:
        what = "one that is not fitted" if isinstance(error, NotFittedError) else shown(estimator)
        remedy = "Call its fit first" if isinstance(error, NotFittedError) else "For a saved model, pass its path"
        raise UsageError(f"the model must be a fitted estimator; got {what}. {remedy}.") from error
    named, names = _input_names(estimator, X)
    groups = list(_groups(estimator, names))
    categories = {name: values for group in groups for name, values in group.categories().items()}
    table = None if X is None else _as_table(X, names, named=named)
    if table is not None:
        columns = [_column_of_table(name, values, categories.get(str(name))) for name, values in table.items()]
        types = _polars_types(X)
        columns = [
            replace(one, dtype=types.get(one.name, one.dtype)) if one.kind != "other" else one for one in columns
        ]
    else:
        texts = {name for group in groups if group.reads_text() for name in group.names}
        columns = [
            Column(name, "text", "object") if name in texts else _column_of_encoder(name, categories.get(name))
            for name in names
        ]
    schema = ModelSchema(tuple(columns), named, "classification" if is_classifier(estimator) else "regression")
    rows = _rows_from_transformers(schema, groups) if table is None else _sample_rows(table)
    predictions = _try(estimator, schema, rows) if any(rows.values()) else None
    if predictions is None:
        return _with_predictions(schema, estimator, None, y), None
    schema = replace(schema, columns=_probe_columns(estimator, schema, groups, rows, table))
    return _with_predictions(schema, estimator, predictions, y), rows


def _sample_rows(table: pd.DataFrame) -> Sample:
    """Rows spread evenly over a table, without rows that hold an infinite number, which JSON does not have."""
    finite = np.ones(len(table), dtype=bool)
    for name in table:
        if _kind_of(table[name]) == "number":
            finite &= ~np.isinf(_as_floats(table[name]))
    rows = np.flatnonzero(finite)
    # Evenly spaced over the table, which may be sorted by target or time: its first rows may be of one class.
    positions = rows[np.unique(np.linspace(0, max(len(rows) - 1, 0), min(_N_REFERENCE_ROWS, len(rows))).astype(int))]
    return {
        str(name): [None if pd.isna(value) else value for value in column.iloc[positions].tolist()]
        for name, column in table.items()
    }


def _input_names(estimator: Any, X: Any) -> tuple[bool, list[str]]:
    """Whether columns have names, and which; an estimator without ``feature_names_in_`` gets those of X."""
    if hasattr(estimator, "feature_names_in_"):
        return True, list(estimator.feature_names_in_)
    if not hasattr(estimator, "n_features_in_") and hasattr(X, "columns"):
        return True, list(X.columns)
    n_columns = estimator.n_features_in_ if X is None or hasattr(estimator, "n_features_in_") else np.shape(X)[1]
    return False, [f"x{i}" for i in range(n_columns)]


def _as_table(X: Any, names: list[str], *, named: bool) -> pd.DataFrame | None:
    """Rows with the column names of the model; by position where the model was fitted without names.

    None for a sparse matrix, which is large as a table, and for images, which are none.
    """
    if sparse.issparse(X) or len(getattr(X, "shape", (0, 0))) > 2:
        return None
    X = X.to_pandas() if hasattr(X, "to_pandas") else X  # of polars and Arrow
    table = X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X), columns=names)
    if not named:
        return table.set_axis(names, axis=1)
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise DataError(f"X: must hold every column that the model was fitted on; {missing[0]!r} is missing.")
    return table[names]


def _polars_types(X: Any) -> dict[str, str]:
    """Types of the columns of a frame of polars; none for other tables."""
    if type(X).__module__.partition(".")[0] != "polars":
        return {}
    return {name: f"polars.{'Enum' if type(dtype).__name__ == 'Enum' else dtype}" for name, dtype in X.schema.items()}


def _groups(estimator: Any, names: list[str]) -> Iterator[_Group]:
    """Walk into a pipeline down to the step that mixes columns."""
    if isinstance(estimator, CalibratedClassifierCV):  # its copies were fitted on different rows but the same columns
        estimator = estimator.calibrated_classifiers_[0].estimator
    if isinstance(estimator, TunedThresholdClassifierCV):
        yield from _groups(estimator.estimator_, names)
        return
    if hasattr(estimator, "named_estimators_"):  # an ensemble of whole models: the first one stands for all
        first = next(iter(estimator.named_estimators_.values()))
        yield from _groups(getattr(first, "estimator", first) if isinstance(first, FrozenEstimator) else first, names)
        return
    for wrapper in ("best_estimator_", "regressor_"):
        if hasattr(estimator, wrapper):
            yield from _groups(getattr(estimator, wrapper), names)
            return
    steps = _steps(estimator)
    if isinstance(steps[0], ColumnTransformer):
        for _, transformer, chosen in steps[0].transformers_:
            columns = _names_of(chosen, names)
            if columns and not (isinstance(transformer, str) and transformer == "drop"):
                # A column that passes through unchanged meets the next step of the pipeline.
                yield _Group(columns, _steps(transformer) if not isinstance(transformer, str) else steps[1:])
    else:
        yield _Group(names, steps)


def _steps(estimator: Any) -> list[Any]:
    if not isinstance(estimator, Pipeline):
        return [estimator]
    return [step for _, step in estimator.steps if step is not None and step != "passthrough"] or [estimator]


def _names_of(chosen: Any, names: list[str]) -> list[str]:
    """Column names of a ColumnTransformer's selection: names, positions, a slice or a mask."""
    if isinstance(chosen, str):
        return [chosen]
    if isinstance(chosen, slice) or not all(isinstance(one, str) for one in np.atleast_1d(np.asarray(chosen, object))):
        return list(np.atleast_1d(np.asarray(names, dtype=object)[chosen]))
    return list(chosen)


def _column_of_table(name: Any, values: pd.Series[Any], categories: tuple[Any, ...] | None) -> Column:
    kind, dtype = _kind_of(values), str(values.dtype)
    numbers = _as_floats(values) if kind == "number" else np.empty(0)
    finite = numbers[np.isfinite(numbers)]
    return Column(
        str(name),
        kind,
        dtype,
        categories=tuple(values.cat.categories) if dtype == "category" else categories,
        minimum=float(finite.min()) if len(finite) else None,
        maximum=float(finite.max()) if len(finite) else None,
        null_share=float(values.isna().mean()) if len(values) else None,
        infinite=bool(np.isinf(numbers).any()),
        ordered=dtype == "category" and bool(values.cat.ordered),
    )


def _column_of_encoder(name: str, categories: tuple[Any, ...] | None) -> Column:
    """Column by the categories of its encoder; numbers where it has none."""
    if any(isinstance(value, str) for value in categories or ()):
        return Column(name, "text", "object", categories=categories)
    if categories and all(isinstance(value, bool) for value in categories):
        return Column(name, "boolean", "bool", categories=categories)
    return Column(name, "number", "float64", categories=categories)


def _as_floats(values: pd.Series[Any]) -> NDArray[np.float64]:
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _kind_of(values: pd.Series[Any]) -> Kind:
    if is_bool_dtype(values.dtype):
        return "boolean"
    if is_numeric_dtype(values.dtype):
        return "number"
    if isinstance(values.dtype, pd.CategoricalDtype):
        return _kind_of(values.cat.categories.to_series())
    if values.dtype != np.dtype(object):
        return "text" if is_string_dtype(values.dtype) else "other"
    # pandas has objects for text, for booleans with missing values, for numbers in arrays of objects, and for mixtures.
    kinds: dict[str, Kind] = {"empty": "text", "string": "text", "boolean": "boolean"}
    numbers = {"integer", "floating", "decimal", "mixed-integer-float"}
    found = infer_dtype(values, skipna=True)
    return "number" if found in numbers else kinds.get(found, "other")


def _rows_from_transformers(schema: ModelSchema, groups: Sequence[_Group]) -> Sample:
    made: Sample = {name: [0.0, 1.0, 2.0] for name in schema.by_name}
    for group in groups:
        for position, name in enumerate(group.names):
            categories = schema.by_name[name].categories
            made[name] = [categories[i % len(categories)] for i in range(3)] if categories else group.typical(position)
            made[name] = ["a text"] * 3 if schema.by_name[name].kind == "text" and not categories else made[name]
    return made


def _try(estimator: Any, schema: ModelSchema, rows: Sample) -> Any:
    """Predictions; None where the estimator raises, or a prediction is missing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            predictions = np.asarray(estimator.predict(schema.rows(rows)))
    except Exception:  # noqa: BLE001 - any exception means that the pipeline does not accept the row
        return None
    # A model that passes a missing value through to its prediction does not accept it.
    return None if pd.isna(predictions).any() else predictions


def _probe_columns(
    estimator: Any, schema: ModelSchema, groups: Sequence[_Group], rows: Sample, table: pd.DataFrame | None
) -> tuple[Column, ...]:
    """Find whether each column may be missing or hold an unseen category; numbers of a group share one result."""
    # One row that the model predicts; each probe changes a single column of it.
    base = {name: values[:1] for name, values in rows.items()}

    def accepts(name: str, value: Any) -> bool:
        return _try(estimator, schema, {**base, name: [value]}) is not None

    group_of = {name: number for number, group in enumerate(groups) for name in group.names}
    imputed = {name for group in groups if _imputes(group) for name in group.names}
    accepts_missing: dict[Any, bool] = {}
    columns = []
    for column in schema.columns:
        # Numbers of one type that pass through the same transformers behave alike. One probe for all of them keeps a
        # table of a thousand columns fast.
        key = (group_of.get(column.name), column.dtype) if column.kind == "number" else column.name
        if key not in accepts_missing:
            accepts_missing[key] = any(value is None for value in rows[column.name]) or accepts(column.name, None)
        unseen = _UNSEEN_CATEGORY if column.kind == "text" else max(column.categories or (0,)) + 1
        is_open = not column.categories or column.kind == "boolean" or accepts(column.name, unseen)
        # Trees accept a missing number even if there was none in training; such predictions are untested.
        learned = column.kind != "number" or table is None or column.name in imputed or table[column.name].isna().any()
        columns.append(replace(column, nullable=bool(learned and accepts_missing[key]), open=is_open))
    return tuple(columns)


def _imputes(group: _Group) -> bool:
    return any("Imputer" in type(step).__name__ for step in group.steps)


def _with_predictions(schema: ModelSchema, estimator: Any, predictions: Any, y: Any) -> ModelSchema:
    is_classification = schema.task == "classification"
    classes = getattr(estimator, "classes_", None)
    labels = classes if isinstance(classes, np.ndarray) else None
    target = getattr(y, "name", None)
    outputs = None
    if predictions is not None and predictions.ndim > 1:
        outputs = tuple(map(str, y.columns if isinstance(y, pd.DataFrame) else range(predictions.shape[1])))
    # The type of class labels is known even where no row could be predicted.
    sample = next(one for one in (predictions, labels, np.zeros(1)) if one is not None)
    return replace(
        schema,
        answer=_ANSWERS.get(sample.dtype.kind, "text") if is_classification else "float",
        target=None if target is None else str(target),
        classes=tuple(labels.tolist()) if is_classification and labels is not None else None,
        outputs=outputs,
        has_proba=is_classification and hasattr(estimator, "predict_proba"),
    )
