"""Preprocessing for networks that scikit-learn does not have."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted, validate_data

from skdl._table_coder import robust_scaling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from numpy.typing import NDArray

__all__ = ["PiecewiseLinearEncoder", "RobustSmoothClip", "as_categories"]

_LIMIT = 3.0


def as_categories(X: pd.DataFrame, categories: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Make columns of a table pandas categories with declared values, whichever of them occur in its rows.

    ``KerasRealMLP*`` networks then have the same layers in all folds, and train with one compiled program.

    Parameters
    ----------
    X : pandas.DataFrame or polars.DataFrame of shape (n_samples, n_features)
        Rows.
    categories : dict of str to sequence
        Values of each column that becomes a category. Other values become missing; a column without any of these
        values stays as it is, as does one of lists, so that a model can say what it got.

    Returns
    -------
    pandas.DataFrame of shape (n_samples, n_features)
        The same columns, in the same order.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.preprocessing import FunctionTransformer
    >>> from skdl.preprocessing import as_categories
    >>> towns = FunctionTransformer(as_categories, kw_args={"categories": {"town": ["Bonn", "Ulm"]}})
    >>> towns.transform(pd.DataFrame({"town": ["Ulm", "Paris"]}))["town"].tolist()
    ['Ulm', nan]
    """
    X = X if isinstance(X, pd.DataFrame) else X.to_pandas()  # a frame of polars, or an Arrow table
    made = {}
    for name, values in categories.items():
        try:
            codes = pd.Index(values, dtype=object).get_indexer(pd.Index(X[name].astype(object)))  # -1 for other values
        except TypeError:  # lists and the like, which have no hash
            continue
        if (codes >= 0).any():
            made[name] = pd.Categorical.from_codes(codes, pd.Index(values))
    return X.assign(**made)


class _NumberTransformer(TransformerMixin, BaseEstimator):
    """A transformer of numbers, in which missing values stay missing."""

    def _check(self, X: Any, *, reset: bool) -> NDArray[np.float64]:
        checked: NDArray[np.float64] = validate_data(
            self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan"
        )
        return checked

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class RobustSmoothClip(OneToOneFeatureMixin, _NumberTransformer):
    """Scale each column by its median and quartiles, and clip it smoothly to -3 and 3.

    ``z = (x - median) / (q75 - q25)``, then ``z / sqrt(1 + (z / 3)^2)``: values near the median stay as they are, and
    no outlier reaches a network as a large number. Where the quartiles are equal, half of the range takes the place of
    their distance; a constant becomes 0. From Holzmueller, Grinsztajn and Steinwart, "Better by Default"
    (arXiv 2407.04491). Missing values stay missing.

    Attributes
    ----------
    center_ : ndarray of shape (n_features,)
        Median of each column.
    factor_ : ndarray of shape (n_features,)
        What a column is multiplied with after subtracting its median.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Names of the columns, where X has any.

    See Also
    --------
    sklearn.preprocessing.RobustScaler : The same scaling without the clip.

    Examples
    --------
    >>> import numpy as np
    >>> from skdl.preprocessing import RobustSmoothClip
    >>> X = np.array([[1.0], [2.0], [3.0], [4.0], [1000.0]])
    >>> RobustSmoothClip().fit_transform(X).round(2).ravel()
    array([-0.95, -0.49,  0.  ,  0.49,  3.  ])
    """

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Learn median and quartiles of each column.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : None
            Ignored.

        Returns
        -------
        self
            The fitted transformer.
        """
        X = self._check(X, reset=True)
        self.center_, self.factor_ = robust_scaling(X)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Scale and clip rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Values between -3 and 3.
        """
        check_is_fitted(self)
        X = self._check(X, reset=False)
        z: NDArray[np.float64] = (X - self.center_) * self.factor_
        # As hypot, which does not overflow: z / sqrt(1 + (z / 3)^2).
        return z / np.hypot(1.0, z / _LIMIT)


class PiecewiseLinearEncoder(_NumberTransformer):
    """Encode a number as its standard score and its position in each of some bins.

    A network of few layers follows a steep or bent function of a single column with difficulty; behind this encoding
    such a function is linear. The edges of the bins are quantiles of the training rows. A position is 0 below its bin,
    1 above it, and rises linearly in between. Of values that are equal in many rows fewer bins are made, of two values
    none. From Gorishniy, Rubachev and Babenko, "On Embeddings for Numerical Features in Tabular Deep Learning"
    (arXiv 2203.05556). Missing values stay missing.

    Parameters
    ----------
    n_bins : int, default=16
        Most bins of a column.

    Attributes
    ----------
    edges_ : list of ndarray
        Edges of each column's bins; without any where there are no two bins.
    mean_, scale_ : ndarray of shape (n_features,)
        Of the standard scores.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Names of the columns, where X has any.

    See Also
    --------
    sklearn.preprocessing.SplineTransformer : With ``degree=1``, a smooth basis of the same functions.

    Examples
    --------
    >>> import numpy as np
    >>> from skdl.preprocessing import PiecewiseLinearEncoder
    >>> X = np.array([[1.0], [2.0], [3.0], [5.0], [9.0]])
    >>> PiecewiseLinearEncoder(n_bins=2).fit(X).transform([[2.0], [6.0]]).round(2)
    array([[-0.71,  0.5 ,  0.  ],
           [ 0.71,  1.  ,  0.5 ]])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"n_bins": [Interval(Integral, 2, None, closed="left")]}

    def __init__(self, n_bins: int = 16) -> None:
        self.n_bins = n_bins

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Learn mean, standard deviation and quantiles of each column.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : None
            Ignored.

        Returns
        -------
        self
            The fitted transformer.
        """
        self._validate_params()
        X = self._check(X, reset=True)
        scaler = StandardScaler().fit(X)
        self.mean_, self.scale_ = scaler.mean_, scaler.scale_
        self.edges_ = [self._edges(column[np.isfinite(column)]) for column in X.T]
        return self

    def _edges(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if not len(values):
            return values
        # Observed values: between the two of a flag there is nothing to tell apart.
        edges = np.unique(np.quantile(values, np.linspace(0, 1, self.n_bins + 1), method="inverted_cdf"))
        return edges if len(edges) > 2 else edges[:0]  # a single bin would be the standard score again

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Encode rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_features_out)
            Standard scores of all columns, then the positions in the first one's bins, in the second one's, ...
        """
        check_is_fitted(self)
        X = self._check(X, reset=False)
        encoded = [(X - self.mean_) / self.scale_]
        for column, edges in zip(X.T, self.edges_, strict=True):
            if len(edges):
                encoded.append(np.clip((column[:, None] - edges[:-1]) / np.diff(edges), 0.0, 1.0))  # (n_rows, n_bins)
        return np.hstack(encoded)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the names of the encoded columns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns where X had none.

        Returns
        -------
        ndarray of str
            Those of the columns, then ``column_bin1``, ``column_bin2``, ...
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        bins = [
            f"{name}_bin{number}"
            for name, edges in zip(names, self.edges_, strict=True)
            for number in range(1, len(edges))
        ]
        return np.asarray([*names, *bins], dtype=object)
