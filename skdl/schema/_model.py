"""A fitted model with its input schema: it converts every table to what it was fitted on before it predicts."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator, clone
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if

from skdl.schema._describe import describe_model
from skdl.schema._explain import explain_columns
from skdl.schema._rows import model_rows
from skdl.schema._stored import read_stored, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from skdl.schema._schema import ModelSchema
    from skdl.tables import Reading

__all__ = ["ModelWithSchema"]

# Other methods of estimators that take rows as their first argument.
_TAKE_ROWS = {
    "apply",
    "decision_path",
    "kneighbors",
    "predict_joint_log_proba",
    "score_samples",
    "staged_decision_function",
    "staged_predict",
    "staged_predict_proba",
    "transform",
}


def _has(method: str) -> Callable[[ModelWithSchema], bool]:
    return lambda model: hasattr(model.pipeline_, method)


class ModelWithSchema(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Fitted model that converts its input by the schema of its training table.

    What `skdl.load_model` returns, and what ``model.joblib`` holds. A table of pandas, polars, Arrow or NumPy becomes
    the columns that the model was fitted on, in their types, or a `DataError` names column, row and value. The columns
    of an array without names are taken in the order of training, with a warning where the model was fitted on names.

    Everything else is that of the model inside: parameters, ``classes_``, ``feature_names_in_``, the steps of a
    pipeline. A clone is an unfitted clone of the model inside, because a schema belongs to a fit.

    Parameters
    ----------
    pipeline : fitted estimator
        A `Pipeline`, a search around one, or any estimator that predicts.
    schema : ModelSchema
        Columns that it was fitted on.
    reading : Reading
        How the training table was read.

    Attributes
    ----------
    pipeline_ : fitted estimator
        The model inside. It takes the types of training alone.
    schema_ : ModelSchema
        Columns that it was fitted on; `explain_columns` shows them as a table.
    reading_ : Reading
        How the training table was read: names in its file, missing values, marks of numbers, dates.

    Examples
    --------
    >>> import pandas as pd, pyarrow as pa
    >>> from sklearn.linear_model import LinearRegression
    >>> from skdl.schema import ModelWithSchema, describe_model
    >>> from skdl.tables import Reading
    >>> X = pd.DataFrame({"size": [1.0, 2.0, 3.0]})
    >>> line = LinearRegression().fit(X, [2.0, 4.0, 6.0])
    >>> model = ModelWithSchema(line, describe_model(line, X)[0], Reading(decimal=","))
    >>> model
    ModelWithSchema(LinearRegression())
    >>> model.predict(pa.table({"name": ["a"], "size": ["1,5"]})).round(6).tolist()
    [3.0]
    >>> model.predict({"size": ["large"]})
    Traceback (most recent call last):
        ...
    skdl.exceptions.DataError: X: column 'size' must be a number; got 'large' in row 1. ...
    """

    __module__ = "skdl.schema"  # the name in pickles and in lists of trusted types

    pipeline_: Any
    schema_: ModelSchema
    reading_: Reading

    def __init__(self, pipeline: Any, schema: ModelSchema, reading: Reading) -> None:
        self.pipeline_ = pipeline
        self.schema_ = schema
        self.reading_ = reading

    def explain_columns(self) -> pd.DataFrame:
        """Return what each column holds and how it is read, a row a column, for people to look at.

        Returns
        -------
        DataFrame
            By column: ``type``; ``parsed``, how values are read; ``missing``, what counts as missing; ``values``, range
            or categories of training; ``source``, the column of the file that it is made from.
        """
        return explain_columns(self.schema_, self.reading_)

    @available_if(_has("predict"))  # type: ignore[untyped-decorator]
    def predict(self, X: Any, **params: Any) -> Any:
        """Predict each row of a table.

        Parameters
        ----------
        X : DataFrame, Table, structured array or array
            Rows; see the class.
        **params
            Passed to the model.

        Returns
        -------
        array
            Predictions of the model.

        Raises
        ------
        DataError
            If a column is missing, or a value is not of the kind that the model was fitted on.
        """
        return self.pipeline_.predict(self._rows(X), **params)

    @available_if(_has("predict_proba"))  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any, **params: Any) -> Any:
        """Predict a probability for each class; ``X`` and errors as in `predict`."""
        return self.pipeline_.predict_proba(self._rows(X), **params)

    @available_if(_has("predict_log_proba"))  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any, **params: Any) -> Any:
        """Predict the logarithm of each probability; ``X`` and errors as in `predict`."""
        return self.pipeline_.predict_log_proba(self._rows(X), **params)

    @available_if(_has("decision_function"))  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any, **params: Any) -> Any:
        """Compute the decision function; ``X`` and errors as in `predict`."""
        return self.pipeline_.decision_function(self._rows(X), **params)

    @available_if(_has("score"))  # type: ignore[untyped-decorator]
    def score(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Score the predictions; ``X`` and errors as in `predict`."""
        return self.pipeline_.score(self._rows(X), y, **params)

    @available_if(_has("fit"))  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any = None, **params: Any) -> ModelWithSchema:
        """Fit the model inside again, on rows as they are, and describe its columns anew."""
        self.pipeline_.fit(X, y, **params)
        self.schema_ = describe_model(self.pipeline_, X, y)[0]
        return self

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters of the model inside."""
        params: dict[str, Any] = self.pipeline_.get_params(deep=deep)
        return params

    def set_params(self, **params: Any) -> ModelWithSchema:
        """Set parameters of the model inside."""
        self.pipeline_.set_params(**params)
        return self

    def get_metadata_routing(self) -> Any:
        """Routing of the model inside."""
        return self.pipeline_.get_metadata_routing()

    def _rows(self, X: Any) -> Any:
        return model_rows(X, self.schema_, self.reading_)

    def __getattr__(self, name: str) -> Any:
        # Called where the class has no such attribute. Before unpickling has set the model there is nothing to ask.
        if name in {"pipeline_", "schema_", "reading_"} or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        value = getattr(self.pipeline_, name)
        if name in _TAKE_ROWS:
            return lambda X, *args, **params: value(self._rows(X), *args, **params)
        return value

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self.pipeline_)})

    @available_if(_has("__getitem__"))  # type: ignore[untyped-decorator]
    def __getitem__(self, index: Any) -> Any:
        return self.pipeline_[index]

    @available_if(_has("__len__"))  # type: ignore[untyped-decorator]
    def __len__(self) -> int:
        return len(self.pipeline_)

    @available_if(_has("__iter__"))  # type: ignore[untyped-decorator]
    def __iter__(self) -> Iterator[Any]:
        return iter(self.pipeline_)

    def __bool__(self) -> bool:
        return True

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        inner = self.pipeline_
        shown = inner.__repr__(N_CHAR_MAX=N_CHAR_MAX) if isinstance(inner, BaseEstimator) else repr(inner)
        return f"{type(self).__name__}({shown})"

    def __sklearn_tags__(self) -> Any:
        return deepcopy(get_tags(self.pipeline_))

    def __sklearn_clone__(self) -> Any:
        return clone(self.pipeline_)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __getstate__(self) -> dict[str, Any]:
        # Plain JSON, as in the manifest: a later version reads it, whatever its classes look like.
        return {"pipeline": self.pipeline_, **stored(self.schema_, self.reading_)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.pipeline_ = state["pipeline"]
        self.schema_, self.reading_ = read_stored(state)
