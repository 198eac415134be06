"""Class weights for classifiers that take sample weights alone, such as scikit-learn's gradient boosting.

Saved models do not hold this class: they hold the fitted classifier inside it. The module's path stays, because users'
own pickles name it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import column_or_1d, get_tags
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["ClassWeightedClassifier", "EstimatorWrapper", "FeaturesOfInner"]


def _has(name: str) -> Any:
    return lambda self: hasattr(getattr(self, "estimator_", self.estimator), name)


class FeaturesOfInner:
    """The features of an estimator are those of ``estimator_``, the fitted one inside it."""

    estimator_: Any

    @property
    def n_features_in_(self) -> int:
        """Number of features in fit."""
        check_is_fitted(self)
        number: int = self.estimator_.n_features_in_
        return number

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """Names of the features in fit, where they had names."""
        names: NDArray[Any] = self.estimator_.feature_names_in_
        return names


class EstimatorWrapper(FeaturesOfInner, MetaEstimatorMixin, BaseEstimator):
    """An estimator that predicts as ``estimator_``, a fitted copy of ``estimator``."""

    estimator: Any

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict each row."""
        check_is_fitted(self)
        predicted: NDArray[Any] = self.estimator_.predict(X)
        return predicted

    @available_if(_has("predict_proba"))  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Predict the probability of each class for each row."""
        check_is_fitted(self)
        predicted: NDArray[Any] = self.estimator_.predict_proba(X)
        return predicted

    @available_if(_has("decision_function"))  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any) -> NDArray[Any]:
        """Return the classifier's decision values for each row."""
        check_is_fitted(self)
        predicted: NDArray[Any] = self.estimator_.decision_function(X)
        return predicted


class ClassWeightedClassifier(ClassifierMixin, EstimatorWrapper):
    """A classifier fitted with a weight for each row by its class.

    Parameters
    ----------
    estimator : estimator
        A classifier whose ``fit`` takes ``sample_weight``.
    class_weight : "balanced" or dict, default="balanced"
        Weight of each class; "balanced" gives every class the same sum of weights.

    Attributes
    ----------
    estimator_ : estimator
        The fitted classifier.
    classes_ : ndarray of shape (n_classes,)
        Classes of the target.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X, y = np.arange(10.0).reshape(-1, 1), np.repeat(["many", "few"], [8, 2])
    >>> ClassWeightedClassifier(GaussianNB()).fit(X, y).estimator_.class_prior_
    array([0.5, 0.5])
    """

    def __init__(self, estimator: Any, *, class_weight: Mapping[Any, float] | str = "balanced") -> None:
        self.estimator = estimator
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> ClassWeightedClassifier:
        """Fit a copy of the classifier.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features, as the classifier takes them.
        y : array-like of shape (n_samples,)
            Classes.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, multiplied with those of their classes.

        Returns
        -------
        ClassWeightedClassifier
            The fitted estimator.

        Raises
        ------
        ValueError
            If there is no target.
        """
        if y is None:
            raise ValueError("ClassWeightedClassifier requires y to be passed, but the target y is None")
        y = column_or_1d(y, warn=True)
        weights = np.ones(len(y)) if sample_weight is None else _check_sample_weight(sample_weight, X, copy=True)
        # A row of weight 0 does not exist: its label must neither become a class nor count in the classes' frequencies.
        counted = weights > 0
        classes, codes = np.unique(y[counted], return_inverse=True)
        by_class = compute_class_weight(
            self.class_weight, classes=classes, y=y[counted], sample_weight=weights[counted]
        )
        weights[counted] *= by_class[codes]
        self.estimator_ = clone(self.estimator).fit(X, y, sample_weight=weights)
        self.classes_ = self.estimator_.classes_
        return self

    def __sklearn_tags__(self) -> Any:
        tags, inner = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.input_tags, tags.classifier_tags = inner.input_tags, inner.classifier_tags
        return tags
