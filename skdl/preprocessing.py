"""Preprocessing for networks that scikit-learn does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from skdl._table_coder import robust_scaling

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray

__all__ = ["RobustSmoothClip"]

_LIMIT = 3.0


class RobustSmoothClip(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
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
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan")
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
        X = validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")
        z: NDArray[np.float64] = (X - self.center_) * self.factor_
        # As hypot, which does not overflow: z / sqrt(1 + (z / 3)^2).
        return z / np.hypot(1.0, z / _LIMIT)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
