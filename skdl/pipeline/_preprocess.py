"""The ``preprocess`` section as a scikit-learn `ColumnTransformer`, fitted inside each fold."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from skdl.catalogue import needs_scaling
from skdl.exceptions import DataError
from skdl.pipeline._columns import declared_kinds, recipe_of
from skdl.pipeline._inner import n_training_rows
from skdl.pipeline._recipes import CategoricalSpec, NumericSpec
from skdl.tables import column_kinds

if TYPE_CHECKING:
    from skdl.pipeline._folds import FoldPlan
    from skdl.pipeline._recipes import PreprocessSpec
    from skdl.pipeline._spec import ModelSpec, PipelineSpec

__all__ = ["build_preprocessor"]

Task = Literal["regression", "classification"]
# What is done to columns: a recipe for numbers or for categories, or nothing.
_Recipe = NumericSpec | CategoricalSpec | Literal["passthrough"]

_MOST_QUANTILES = 1000
_ENCODER_FOLDS = 5
_WHITE = 255  # of a pixel
_GAP = "missing"


def build_preprocessor(
    spec: PipelineSpec, model: ModelSpec, X: pd.DataFrame, y: pd.Series | pd.DataFrame, plan: FoldPlan, task: Task
) -> Any:
    """Build the preprocessing of one model.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline.
    model : ModelSpec
        The model: what it gets otherwise than the rest, and whether it needs scaled columns.
    X, y : pandas objects
        Features and target, for the kinds of columns and the number of rows.
    plan : FoldPlan
        How the table is split.
    task : {"regression", "classification"}
        What the target is for.

    Returns
    -------
    sklearn.compose.ColumnTransformer
        A part for all columns that the same is done to, ``numeric`` and ``categorical`` first; every column is named.

    Raises
    ------
    DataError
        If there is no column to learn from.
    """
    from sklearn.compose import ColumnTransformer

    preprocess = model.preprocess.on_top_of(spec.preprocess)
    if preprocess.numeric.scale == "auto":
        scale = "minmax" if needs_scaling(model.use) else "none"
        preprocess = preprocess.model_copy(update={"numeric": preprocess.numeric.model_copy(update={"scale": scale})})
    n_rows = _smallest_part(spec, plan, len(X))
    parts = [
        (name, _transformer(recipe, spec, n_rows, y, task), columns)
        for name, recipe, columns in _parts(spec, preprocess, X)
    ]
    if not parts:
        raise DataError(f"{spec.data.source}: no column is left to learn from. Name fewer in data.drop.")
    return ColumnTransformer(parts, remainder="drop", sparse_threshold=0, verbose_feature_names_out=False)


def _parts(spec: PipelineSpec, preprocess: PreprocessSpec, X: pd.DataFrame) -> list[tuple[str, _Recipe, list[str]]]:
    """Put columns that the same is done to together, under a name each."""
    numeric, categorical = declared_kinds(list(X.columns), spec.data, preprocess)
    kinds = column_kinds(X, numeric=numeric, categorical=categorical)
    together: dict[_Recipe, list[str]] = {preprocess.numeric: [], preprocess.categorical: []}
    usual: tuple[tuple[NumericSpec | CategoricalSpec, tuple[str, ...]], ...] = (
        (preprocess.numeric, kinds.numeric),
        (preprocess.categorical, kinds.categorical),
    )
    for of_kind, columns in usual:
        for column in columns:
            own = recipe_of(column, preprocess.columns)
            recipe: _Recipe = of_kind if own is None else "passthrough" if own.passthrough else own.on_top_of(of_kind)
            if isinstance(recipe, CategoricalSpec) and recipe.impute == "constant":
                recipe = recipe.model_copy(update={"fill_value": _gap_of(X[column], recipe.fill_value)})
            together.setdefault(recipe, []).append(column)
    together = {done: columns for done, columns in together.items() if columns}
    names: list[str] = []
    for done in together:
        stem = done if isinstance(done, str) else "numeric" if isinstance(done, NumericSpec) else "categorical"
        taken = sum(name.startswith(stem) for name in names)
        names.append(f"{stem}_{taken + 1}" if taken else stem)
    return [(name, done, columns) for name, (done, columns) in zip(names, together.items(), strict=True)]


def _gap_of(categories: pd.Series, asked: object) -> Any:
    """Give what stands for a gap among categories: of their own type, and a category of its own."""
    if not is_numeric_dtype(categories.dtype):
        return _GAP if asked is None else str(asked)
    if isinstance(asked, int | float):
        return asked
    lowest = categories.min()
    return float(np.floor(lowest)) - 1 if pd.notna(lowest) else -1.0


def _transformer(recipe: _Recipe, spec: PipelineSpec, n_rows: int, y: pd.Series | pd.DataFrame, task: Task) -> Any:
    from sklearn.pipeline import make_pipeline

    if isinstance(recipe, str):
        return recipe
    if isinstance(recipe, CategoricalSpec):
        return make_pipeline(_categorical_imputer(recipe), _encoder(recipe, spec, y, task))
    steps = [] if recipe.impute == "none" else [_numeric_imputer(recipe)]
    if recipe.scale != "none":
        steps.append(_scaler(recipe.scale, spec, n_rows))
    return make_pipeline(*steps) if steps else "passthrough"


def _numeric_imputer(recipe: NumericSpec) -> Any:
    from sklearn.impute import KNNImputer, SimpleImputer

    shared = {"keep_empty_features": True, "add_indicator": recipe.indicator}
    if recipe.impute == "knn":
        return KNNImputer(**shared)
    return SimpleImputer(strategy=recipe.impute, fill_value=recipe.fill_value, **shared)


def _categorical_imputer(recipe: CategoricalSpec) -> Any:
    from sklearn.impute import SimpleImputer

    return SimpleImputer(strategy=recipe.impute, fill_value=recipe.fill_value, keep_empty_features=True)


def _scaler(scale: str, spec: PipelineSpec, n_rows: int) -> Any:
    from sklearn.preprocessing import (
        FunctionTransformer,
        MinMaxScaler,
        QuantileTransformer,
        RobustScaler,
        StandardScaler,
    )

    if scale == "quantile":
        n_quantiles = min(_MOST_QUANTILES, max(2, n_rows))
        return QuantileTransformer(n_quantiles=n_quantiles, random_state=spec.compare.cv.seed)
    if scale == "pixels":  # one range for all of them: a pixel that was always dark is not blown up
        return FunctionTransformer(partial(np.multiply, 1 / _WHITE), feature_names_out="one-to-one")
    return {"minmax": MinMaxScaler, "standard": StandardScaler, "robust": RobustScaler}[scale]()


def _smallest_part(spec: PipelineSpec, plan: FoldPlan, n_samples: int) -> int:
    """Give the rows that every fit surely has: a fold's training part, or that of a search inside it."""
    rows = n_training_rows(plan, n_samples)
    if any(model.search for model in spec.models.values()):
        folds = spec.compare.tune.folds
        rows = rows // (folds + 1) if plan.by == "time" else rows - -(-rows // folds)
    return rows // 2 if plan.by == "groups" else rows  # groups may be of any size


def _encoder(recipe: CategoricalSpec, spec: PipelineSpec, y: pd.Series | pd.DataFrame, task: Task) -> Any:
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

    rare = {"min_frequency": recipe.min_frequency, "max_categories": recipe.max_categories}
    if recipe.encode == "onehot":
        grouping = any(limit is not None for limit in rare.values())
        unknown = "infrequent_if_exist" if grouping else "ignore"
        return OneHotEncoder(handle_unknown=unknown, sparse_output=False, **rare)
    if recipe.encode == "ordinal":
        return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, **rare)
    if isinstance(y, pd.DataFrame):
        raise DataError(f"{spec.data.source}: encode: target needs one target column; got {y.shape[1]}. Choose onehot.")
    return _target_encoder(spec, y, task)


def _target_encoder(spec: PipelineSpec, y: pd.Series, task: Task) -> Any:
    from sklearn.model_selection import KFold
    from sklearn.preprocessing import TargetEncoder

    by_classes = "binary" if y.nunique() == 2 else "multiclass"  # noqa: PLR2004 - two classes
    target_type = "continuous" if task == "regression" else by_classes
    # scikit-learn 1.9 wants a splitter and deprecates the seed; 1.8 knows the seed alone. The second way goes with 1.8.
    if TargetEncoder().shuffle == "deprecated":
        return TargetEncoder(
            target_type=target_type, cv=KFold(_ENCODER_FOLDS, shuffle=True, random_state=spec.compare.cv.seed)
        )
    return TargetEncoder(target_type=target_type, cv=_ENCODER_FOLDS, random_state=spec.compare.cv.seed)
