"""Ensembles of different models: a blend, whose weights are chosen greedily, and stacking.

Both learn how to combine models from predictions out of fold: of rows that the model was not fitted on. Then every
model is fitted on all rows, and scikit-learn's classes of averages and of stacking predict with them. scikit-learn's
own stacking cannot keep groups whole in its inner folds, nor follow the order of time, nor choose the weights.

Saved models hold scikit-learn's class with the fitted models inside, not a class of this module. The module's path
stays, because users' own pickles name it.
"""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone, is_classifier
from sklearn.ensemble import StackingClassifier, StackingRegressor, VotingClassifier, VotingRegressor
from sklearn.ensemble._base import _BaseHeterogeneousEnsemble
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.model_selection import check_cv
from sklearn.utils import Bunch, _safe_indexing, column_or_1d, indexable
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, assert_all_finite, check_is_fitted

from skdl._fitting import fit_with_groups
from skdl.weighted import FeaturesOfInner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Score = Callable[[NDArray[Any]], tuple[float, ...]]

__all__ = ["BlendClassifier", "BlendRegressor", "Ensemble", "StackClassifier", "StackRegressor", "greedy_weights"]


def greedy_weights(predictions: Sequence[NDArray[Any]], score: Score, n_steps: int) -> NDArray[np.float64]:
    """Choose weights by greedy selection with replacement (Caruana et al., ICML 2004).

    Each step adds the model with which the mean of all that were added scores best, the first of equal ones. Of the
    means after each step the best one counts, the earliest of equal ones.

    Parameters
    ----------
    predictions : sequence of ndarray of shape (n_samples,) or (n_samples, n_classes)
        Those of each model.
    score : callable
        Scores of a mean of predictions, greater is better; later ones break ties. NaN is the worst.
    n_steps : int
        Number of steps.

    Returns
    -------
    ndarray of shape (n_models,)
        Weights with the sum of 1.

    Examples
    --------
    >>> y = np.array([0.0, 1.0, 2.0])
    >>> greedy_weights([y + 1, y - 1, y + 5], lambda mean: (-float(np.square(mean - y).mean()),), n_steps=10)
    array([0.5, 0.5, 0. ])
    """
    counts, total = np.zeros(len(predictions)), np.zeros_like(predictions[0])
    best: tuple[float, ...] | None = None
    weights = counts
    for step in range(1, n_steps + 1):
        scores = [tuple(np.nan_to_num(score((total + one) / step), nan=-np.inf)) for one in predictions]
        added = max(range(len(scores)), key=scores.__getitem__)
        counts[added] += 1
        total = total + predictions[added]
        if best is None or scores[added] > best:
            best, weights = scores[added], counts / step
    return weights


class Ensemble(FeaturesOfInner, _BaseHeterogeneousEnsemble):
    """Fits models in inner folds, learns from their predictions how to combine them, and fits them on all rows."""

    # Inner folds may need groups: metadata routing then passes them.
    __metadata_request__fit: ClassVar = {"groups": True}

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Any:
        """Learn how to combine the models, and fit them on all rows.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Features, as the models take them.
        y : array-like of shape (n_samples,)
            Target.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, for the models that take them and for the combination.
        groups : array-like of shape (n_samples,), default=None
            Groups of the rows, for ``cv`` and the models' own inner folds.

        Returns
        -------
        self
            The fitted estimator.

        Raises
        ------
        ValueError
            If there are fewer than two models, or one of them is of another kind.
        """
        name = type(self).__name__
        if y is None:
            raise ValueError(f"{name} requires y to be passed, but the target y is None")
        self._validate_params()
        if len(self.estimators) < 2:
            raise ValueError(f"{name}: estimators must be two or more; got {len(self.estimators)}.")
        names, models = self._validate_estimators()
        lacking = next((one for one, model in zip(names, models, strict=True) if not self._suits(model)), None)
        if lacking is not None:
            raise ValueError(f"{name}: every model must have predict_proba; {lacking!r} has not. Calibrate it first.")
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        if is_classifier(self):
            check_classification_targets(y)
            self.classes_ = np.unique(y)
        X, y, groups = indexable(X, y, groups)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        splits = list(check_cv(self.cv, y, classifier=is_classifier(self)).split(X, y, groups))

        def fit(model: Any, rows: NDArray[np.intp] | None = None) -> Any:
            # `_safe_indexing` returns the values themselves where rows is None.
            given = [None if values is None else _safe_indexing(values, rows) for values in (X, y, groups, weights)]
            fitted = fit_with_groups(clone(model), *given)
            return getattr(fitted, "best_estimator_", fitted)  # of a search, which is not needed to predict

        # In the order of time, the first rows are in no test part: they have no prediction out of fold.
        rows = np.concatenate([test for _, test in splits])
        predictions = [
            np.concatenate([self._predict_with(fit(model, train), _safe_indexing(X, test)) for train, test in splits])
            for model in models
        ]
        out_of_fold = [None if values is None else _safe_indexing(values, rows) for values in (X, y, weights)]
        used = self._combine(predictions, *out_of_fold)
        self.named_estimators_ = Bunch(**{names[number]: fit(models[number]) for number in used})
        # One row of each class, and two of a regression: what is frozen is not fitted.
        few = np.unique(y, return_index=True)[1] if is_classifier(self) else np.arange(min(2, len(y)))
        parts = [(one, FrozenEstimator(fitted)) for one, fitted in self.named_estimators_.items()]
        self.estimator_ = self._predictor(parts).fit(_safe_indexing(X, few), _safe_indexing(y, few))
        return self

    def predicting_part(self) -> Any:
        """Return the estimator of scikit-learn that predicts; an empty one of an ensemble that is not fitted."""
        if hasattr(self, "estimator_"):
            return self.estimator_
        # The template of a fitted copy, as in a TunedThresholdClassifierCV, which asks it for its kind.
        return VotingClassifier([], voting="soft") if is_classifier(self) else VotingRegressor([])

    def _suits(self, model: Any) -> bool:
        return not is_classifier(self) or hasattr(model, "predict_proba")

    def _predict_with(self, fitted: Any, X: Any) -> NDArray[np.float64]:
        """Predict numbers; of classes probabilities, with a column for each class of the whole target."""
        if not is_classifier(self):
            return np.asarray(fitted.predict(X), dtype=np.float64).reshape(-1)
        probabilities = fitted.predict_proba(X)
        aligned = np.zeros((len(probabilities), len(self.classes_)))
        aligned[:, np.searchsorted(self.classes_, fitted.classes_)] = probabilities
        return aligned

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict each row.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of shape (n_samples,)
            Numbers or classes.
        """
        check_is_fitted(self)
        predicted: NDArray[Any] = self.estimator_.predict(X)
        return predicted

    @available_if(is_classifier)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Predict the probability of each class for each row.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns in the order of ``classes_``.
        """
        check_is_fitted(self)
        predicted: NDArray[np.float64] = self.estimator_.predict_proba(X)
        return predicted


class _Blend(Ensemble):
    _parameter_constraints: ClassVar = {
        "estimators": ["array-like"],
        "cv": ["cv_object"],
        "scoring": [StrOptions(set(get_scorer_names())), callable, None],
        "n_steps": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, estimators: Any = (), *, cv: Any = None, scoring: Any = None, n_steps: int = 25) -> None:
        super().__init__(estimators)
        self.cv = cv
        self.scoring = scoring
        self.n_steps = n_steps

    def _combine(
        self, predictions: list[NDArray[np.float64]], X: Any, y: NDArray[Any], weights: NDArray[Any] | None
    ) -> NDArray[np.intp]:
        """Choose the weights; return the positions of the models that have one."""
        scorer = get_scorer(self.scoring)
        classes = self.classes_ if is_classifier(self) else None
        given = {} if weights is None else {"sample_weight": weights}

        def score(mean: NDArray[np.float64]) -> tuple[float, ...]:
            # By classes, as accuracy is, many blends are equally good: among them the loss decides.
            loss = _loss(y, mean, classes, weights)
            if scorer is None:
                return (-loss,)
            averaged = _Averaged(mean) if classes is None else _AveragedClassifier(mean, classes)
            return float(scorer(averaged, X, y, **given)), -loss

        self.weights_ = greedy_weights(predictions, score, self.n_steps)
        return np.flatnonzero(self.weights_)

    def _predictor(self, parts: list[tuple[str, Any]]) -> Any:
        weights = self.weights_[self.weights_ > 0].tolist()
        if is_classifier(self):
            return VotingClassifier(parts, voting="soft", weights=weights)
        return VotingRegressor(parts, weights=weights)


class BlendRegressor(RegressorMixin, _Blend):
    """The weighted mean of several regressors, with weights chosen on predictions out of fold.

    The weights are chosen greedily, with replacement: at each of ``n_steps`` steps the model is added with which the
    mean of all that were added is best; how often a model was added is its weight. A model may have none. [1]_

    Parameters
    ----------
    estimators : list of (str, estimator)
        Two models or more, by name. They are cloned.
    cv : int, splitter or iterable, default=None
        Inner folds, as scikit-learn's stacking takes them; None is five. Not every row must be in a test part.
    scoring : str, callable or None, default=None
        Scorer that is best for the chosen weights; None is the root mean squared error, which also breaks ties.
    n_steps : int, default=25
        Number of steps; a weight is a multiple of one over the steps taken.

    Attributes
    ----------
    weights_ : ndarray of shape (n_estimators,)
        Weight of each model, in the order of ``estimators``; the sum is 1.
    named_estimators_ : Bunch
        The models with a weight, by name, fitted on all rows; of a search its best estimator.
    estimator_ : VotingRegressor
        What predicts.
    n_features_in_ : int
        Number of features in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features in fit, where they had names.

    See Also
    --------
    BlendClassifier : The same for classes.
    StackRegressor : A linear model combines the predictions.

    References
    ----------
    .. [1] Caruana, Niculescu-Mizil, Crew, Ksikes, "Ensemble selection from libraries of models", ICML 2004.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> blend = BlendRegressor([("ridge", Ridge(0.01)), ("knn", KNeighborsRegressor(20))]).fit(X, y)
    >>> blend.weights_.round(2)
    array([0.68, 0.32])
    """


class BlendClassifier(ClassifierMixin, _Blend):
    """The weighted mean of the probabilities of several classifiers, with weights chosen on predictions out of fold.

    Parameters and attributes are those of `BlendRegressor`; ``scoring=None`` is the log loss.

    Parameters
    ----------
    estimators : list of (str, estimator)
        Two classifiers or more with ``predict_proba``, by name. They are cloned.
    cv : int, splitter or iterable, default=None
        Inner folds, as scikit-learn's stacking takes them; None is five, stratified. Not every row must be in a test
        part.
    scoring : str, callable or None, default=None
        Scorer that is best for the chosen weights; None is the log loss, which also breaks ties.
    n_steps : int, default=25
        Number of steps; a weight is a multiple of one over the steps taken.

    Attributes
    ----------
    weights_ : ndarray of shape (n_estimators,)
        Weight of each model, in the order of ``estimators``; the sum is 1.
    named_estimators_ : Bunch
        The models with a weight, by name, fitted on all rows; of a search its best estimator.
    estimator_ : VotingClassifier
        What predicts.
    classes_ : ndarray of shape (n_classes,)
        Classes of the target.
    n_features_in_ : int
        Number of features in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features in fit, where they had names.

    See Also
    --------
    BlendRegressor : The same for numbers.
    StackClassifier : A logistic regression combines the predictions.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X, y = load_iris(return_X_y=True)
    >>> models = [("logistic", LogisticRegression(max_iter=500)), ("bayes", GaussianNB())]
    >>> blend = BlendClassifier(models).fit(X, y)
    >>> blend.weights_.sum(), blend.predict(X[:2])
    (np.float64(1.0), array([0, 0]))
    """


class _Stack(Ensemble):
    _parameter_constraints: ClassVar = {
        "estimators": ["array-like"],
        "final_estimator": [HasMethods("fit"), None],
        "cv": ["cv_object"],
    }

    def __init__(self, estimators: Any = (), final_estimator: Any = None, *, cv: Any = None) -> None:
        super().__init__(estimators)
        self.final_estimator = final_estimator
        self.cv = cv

    def _combine(
        self, predictions: list[NDArray[np.float64]], X: Any, y: NDArray[Any], weights: NDArray[Any] | None
    ) -> NDArray[np.intp]:
        """Fit the final estimator; return the positions of all models."""
        del X
        final = self.final_estimator
        if is_classifier(self):
            # As scikit-learn's class passes them: of two classes the second column, and of the target the codes.
            first = 1 if len(self.classes_) == 2 else 0
            predictions = [one[:, first:] for one in predictions]
            y, final = np.searchsorted(self.classes_, y), LogisticRegression() if final is None else final
        inputs = np.column_stack(predictions)  # (n_samples, n_models * n_columns)
        self.final_estimator_ = fit_with_groups(clone(RidgeCV() if final is None else final), inputs, y, None, weights)
        return np.arange(len(predictions))

    def _predictor(self, parts: list[tuple[str, Any]]) -> Any:
        final = FrozenEstimator(self.final_estimator_)
        if is_classifier(self):
            return StackingClassifier(parts, final, cv="prefit", stack_method="predict_proba")
        return StackingRegressor(parts, final, cv="prefit")

    @property
    def weights_(self) -> NDArray[np.float64]:
        """Coefficient of each model, where the final estimator is linear.

        Of three classes or more, the mean over the classes of the coefficient of the model's probability of that class.
        """
        check_is_fitted(self)
        coefficients = np.asarray(self.final_estimator_.coef_, dtype=np.float64)
        n_classes = len(coefficients) if coefficients.ndim > 1 else 1
        if n_classes == 1:
            return coefficients.reshape(-1)
        by_class = coefficients.reshape(n_classes, -1, n_classes)  # (n_classes, n_models, n_classes)
        weights: NDArray[np.float64] = np.einsum("cmc->m", by_class) / n_classes
        return weights


class StackRegressor(RegressorMixin, _Stack):
    """Stacking of regressors: a final regressor of their predictions, fitted on predictions out of fold.

    As `sklearn.ensemble.StackingRegressor`, with inner folds that may keep groups whole or follow the order of time.

    Parameters
    ----------
    estimators : list of (str, estimator)
        Two models or more, by name. They are cloned.
    final_estimator : estimator or None, default=None
        Regressor of the predictions; None is `sklearn.linear_model.RidgeCV`.
    cv : int, splitter or iterable, default=None
        Inner folds, as scikit-learn's stacking takes them; None is five. Not every row must be in a test part.

    Attributes
    ----------
    final_estimator_ : estimator
        The fitted final regressor.
    weights_ : ndarray of shape (n_estimators,)
        Its coefficients, where it is linear.
    named_estimators_ : Bunch
        The models by name, fitted on all rows; of a search its best estimator.
    estimator_ : StackingRegressor
        What predicts.
    n_features_in_ : int
        Number of features in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features in fit, where they had names.

    See Also
    --------
    BlendRegressor : A weighted mean, which extrapolates no further than its models.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> stack = StackRegressor([("ridge", Ridge(0.01)), ("knn", KNeighborsRegressor(20))]).fit(X, y)
    >>> stack.weights_.round(2)
    array([0.59, 0.54])
    """


class StackClassifier(ClassifierMixin, _Stack):
    """Stacking of classifiers: a final classifier of their probabilities, fitted on predictions out of fold.

    As `sklearn.ensemble.StackingClassifier`, with inner folds that may keep groups whole or follow the order of time.

    Parameters
    ----------
    estimators : list of (str, estimator)
        Two classifiers or more with ``predict_proba``, by name. They are cloned.
    final_estimator : estimator or None, default=None
        Classifier of the probabilities; None is `sklearn.linear_model.LogisticRegression`.
    cv : int, splitter or iterable, default=None
        Inner folds, as scikit-learn's stacking takes them; None is five, stratified. Not every row must be in a test
        part.

    Attributes
    ----------
    final_estimator_ : estimator
        The fitted final classifier.
    weights_ : ndarray of shape (n_estimators,)
        Its coefficients, where it is linear; of three classes or more, the mean over the classes of the coefficient of
        a model's probability of that class.
    named_estimators_ : Bunch
        The models by name, fitted on all rows; of a search its best estimator.
    estimator_ : StackingClassifier
        What predicts.
    classes_ : ndarray of shape (n_classes,)
        Classes of the target.
    n_features_in_ : int
        Number of features in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features in fit, where they had names.

    See Also
    --------
    BlendClassifier : A weighted mean of the probabilities.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X, y = load_iris(return_X_y=True)
    >>> models = [("logistic", LogisticRegression(max_iter=500)), ("bayes", GaussianNB())]
    >>> StackClassifier(models).fit(X, y).predict(X[:2])
    array([0, 0])
    """


class _Averaged(RegressorMixin, BaseEstimator):
    """Predictions as a fitted model, for scorers; they are for the rows that the scorer gets."""

    def __init__(self, mean: NDArray[np.float64]) -> None:
        self.mean = mean

    def predict(self, X: Any) -> NDArray[Any]:
        del X
        return self.mean


class _AveragedClassifier(ClassifierMixin, BaseEstimator):
    """Probabilities as a fitted classifier, for scorers."""

    def __init__(self, mean: NDArray[np.float64], classes_: NDArray[Any]) -> None:
        self.mean = mean
        self.classes_ = classes_

    def predict(self, X: Any) -> NDArray[Any]:
        del X
        predicted: NDArray[Any] = self.classes_[self.mean.argmax(axis=1)]
        return predicted

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        del X
        return self.mean


def _loss(y: NDArray[Any], mean: NDArray[Any], classes: NDArray[Any] | None, weights: NDArray[Any] | None) -> float:
    """Log loss of probabilities; root mean squared error of numbers."""
    if classes is None:
        return float(np.sqrt(np.average(np.square(mean - y), weights=weights)))
    given = mean[np.arange(len(mean)), np.searchsorted(classes, y)]  # probability of the true class
    # Probabilities of 0 as scikit-learn's log loss takes them.
    return float(np.average(-np.log(np.clip(given, np.finfo(np.float64).eps, 1.0)), weights=weights))
