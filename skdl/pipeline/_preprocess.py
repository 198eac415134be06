"""The ``preprocess`` section as a scikit-learn `ColumnTransformer`, fitted inside each fold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from skdl.exceptions import DataError
from skdl.tables import column_kinds

if TYPE_CHECKING:
    from skdl.pipeline._spec import PipelineSpec

__all__ = ["build_preprocessor"]

_MOST_QUANTILES = 1000
_ENCODER_FOLDS = 5


def build_preprocessor(
    spec: PipelineSpec, X: pd.DataFrame, y: pd.Series | pd.DataFrame, task: Literal["regression", "classification"]
) -> Any:
    """Build the preprocessing of a pipeline.

    Parameters
    ----------
    spec : PipelineSpec
        The pipeline.
    X, y : pandas objects
        Features and target, for the kinds of columns and the number of rows.
    task : {"regression", "classification"}
        What the target is for.

    Returns
    -------
    sklearn.compose.ColumnTransformer
        Parts ``numeric`` and ``categorical``, each where there are such columns; every column is named.

    Raises
    ------
    DataError
        If there is no column to learn from.
    """
    from sklearn.compose import ColumnTransformer

    kinds = column_kinds(
        X,
        numeric=[name for name in spec.data.numeric if name in X.columns],
        categorical=[name for name in spec.data.categorical if name in X.columns],
    )
    parts = []
    if kinds.numeric:
        parts.append(("numeric", _numeric(spec, len(X)), list(kinds.numeric)))
    if kinds.categorical:
        parts.append(("categorical", _categorical(spec, y, task), list(kinds.categorical)))
    if not parts:
        raise DataError(f"{spec.data.source}: no column is left to learn from. Name fewer in data.drop.")
    return ColumnTransformer(parts, remainder="drop", sparse_threshold=0, verbose_feature_names_out=False)


def _numeric(spec: PipelineSpec, n_samples: int) -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    numeric = spec.preprocess.numeric
    steps = []
    if numeric.impute != "none":
        steps.append(SimpleImputer(strategy=numeric.impute, keep_empty_features=True))
    if numeric.scale != "none":
        steps.append(_scaler(numeric.scale, spec, n_samples))
    return make_pipeline(*steps) if steps else "passthrough"


def _scaler(scale: str, spec: PipelineSpec, n_samples: int) -> Any:
    from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

    if scale == "quantile":
        n_quantiles = min(_MOST_QUANTILES, max(2, _smallest_part(spec, n_samples)))
        return QuantileTransformer(n_quantiles=n_quantiles, random_state=spec.compare.cv.seed)
    return {"minmax": MinMaxScaler, "standard": StandardScaler, "robust": RobustScaler}[scale]()


def _smallest_part(spec: PipelineSpec, n_samples: int) -> int:
    """Give the rows that every fit surely has: a fold's training part, or that of a search inside it."""
    rows = n_samples
    searching = any(model.search for model in spec.models.values())
    for folds in (spec.compare.cv.folds, spec.compare.tune.folds) if searching else (spec.compare.cv.folds,):
        # In the order of time the first training part has one share of the rows; groups may be of any size.
        rows = rows // (folds + 1) if spec.data.time is not None else rows - -(-rows // folds)
    return rows // 2 if spec.data.groups is not None else rows


def _categorical(spec: PipelineSpec, y: pd.Series | pd.DataFrame, task: Literal["regression", "classification"]) -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    impute = spec.preprocess.categorical.impute
    return make_pipeline(SimpleImputer(strategy=impute, keep_empty_features=True), _encoder(spec, y, task))


def _encoder(spec: PipelineSpec, y: pd.Series | pd.DataFrame, task: Literal["regression", "classification"]) -> Any:
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

    encode = spec.preprocess.categorical.encode
    if encode == "onehot":
        return OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    if encode == "ordinal":
        return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    if isinstance(y, pd.DataFrame):
        raise DataError(f"{spec.data.source}: encode: target needs one target column; got {y.shape[1]}. Choose onehot.")
    return _target_encoder(spec, y, task)


def _target_encoder(spec: PipelineSpec, y: pd.Series, task: Literal["regression", "classification"]) -> Any:
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
