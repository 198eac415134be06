"""Boosting as its libraries mean it: with categories as categories, and as many rounds as help on validation rows.

Saved models do not hold these classes: they hold the fitted model inside. The module's path stays, because users' own
pickles name it.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin, clone, is_classifier
from sklearn.metrics import log_loss, mean_pinball_loss, mean_squared_error
from sklearn.utils import _safe_indexing, check_random_state, column_or_1d, get_tags, indexable
from sklearn.utils.validation import check_is_fitted

from skdl._randomness import split_rows
from skdl.weighted import EstimatorWrapper

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray

__all__ = ["BoostingClassifier", "BoostingRegressor"]

_MAX_SEED = 2**31 - 1
_TREES_AT_ONCE = 50  # trained before the validation rows are asked again


class _Boosting(EstimatorWrapper):
    def __init__(
        self,
        estimator: Any,
        *,
        n_categories: int = 0,
        early_stopping: bool = True,
        patience: int = 50,
        validation_share: float = 0.2,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_categories = n_categories
        self.early_stopping = early_stopping
        self.patience = patience
        self.validation_share = validation_share
        self.random_state = random_state

    # With metadata routing, groups that a search or skdl's comparison has also reach the model.
    __metadata_request__fit: ClassVar = {"groups": True}

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Choose the number of rounds, and fit a copy of the model on all rows.

        Parameters
        ----------
        X : array or DataFrame of shape (n_samples, n_features)
            Features, categories first.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, also in validation.
        groups : array-like of shape (n_samples,), default=None
            Groups of the rows: validation rows are then whole groups, where there are two or more.

        Returns
        -------
        self
            The fitted estimator.

        Raises
        ------
        ValueError
            If there is no target, or no row for validation.
        """
        name = type(self).__name__
        if y is None:
            raise ValueError(f"{name} requires y to be passed, but the target y is None")
        X, y, groups = indexable(X, np.asarray(y), groups)
        model = clone(self.estimator)
        if self.n_categories:
            model.set_params(**_category_parameters(model, self.n_categories, X.shape[1]))
        weights = {} if sample_weight is None else {"sample_weight": np.asarray(sample_weight)}
        if self.early_stopping:
            if len(y) < 2:
                raise ValueError(f"{name}: X must have 2 rows or more, to hold one out; got {len(y)} sample.")
            strata = np.unique(y, return_inverse=True)[1] if is_classifier(self) else None
            seed = int(check_random_state(self.random_state).randint(_MAX_SEED))
            grouped = None if groups is None else column_or_1d(groups)
            training, validation = split_rows(
                len(y), share=self.validation_share, seed=seed, strata=strata, groups=grouped
            )
            parts = [
                tuple(_safe_indexing(values, rows) for values in (X, y, *weights.values()))
                for rows in (training, validation)
            ]
            # The number of rounds is chosen on the validation rows; then all rows train that many.
            model.set_params(**_rounds(clone(model), *parts, patience=self.patience))
        self.estimator_ = model.fit(X, y, **weights)
        return self

    def __sklearn_tags__(self) -> Any:
        tags, inner = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.input_tags, tags.target_tags = inner.input_tags, inner.target_tags
        return tags


class BoostingRegressor(RegressorMixin, _Boosting):
    """A boosting regressor whose number of rounds is chosen on validation rows, and which gets categories as such.

    Validation rows are drawn at random, or are whole groups. After the number of rounds is known, all rows train that
    many: on eleven tables of some thousand rows that is clearly more accurate than to leave the validation rows out.

    Parameters
    ----------
    estimator : estimator
        Of LightGBM, XGBoost or scikit-learn's gradient boosting, with histograms or without; without early stopping
        also of CatBoost or interpret. Its own number of rounds is the largest.
    n_categories : int, default=0
        That many of the first columns are codes of categories: whole numbers from 0, or NaN.
    early_stopping : bool, default=True
        Whether the number of rounds is chosen.
    patience : int, default=50
        Rounds without improvement before the training stops.
    validation_share : float, default=0.2
        Share of the rows that choose.
    random_state : int, RandomState instance or None, default=None
        Draws the validation rows.

    Attributes
    ----------
    estimator_ : estimator
        The model, fitted on all rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.ensemble import HistGradientBoostingRegressor
    >>> X = np.linspace(0, 1, 200).reshape(-1, 1)
    >>> model = BoostingRegressor(HistGradientBoostingRegressor(max_iter=500), random_state=0).fit(X, X[:, 0] > 0.5)
    >>> model.estimator_.max_iter < 500
    True
    """


class BoostingClassifier(ClassifierMixin, _Boosting):
    """A boosting classifier whose number of rounds is chosen on validation rows, and which gets categories as such.

    Each class is in the validation rows in its share. Parameters are those of `BoostingRegressor`.

    Attributes
    ----------
    estimator_ : estimator
        The model, fitted on all rows.
    classes_ : ndarray of shape (n_classes,)
        Classes of the target.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = BoostingClassifier(HistGradientBoostingClassifier(max_iter=500), random_state=0).fit(X, y)
    >>> model.estimator_.max_iter < 500, float(model.score(X, y)) > 0.9
    (True, True)
    """

    @property
    def classes_(self) -> NDArray[Any]:
        """Classes of the target."""
        check_is_fitted(self)
        classes: NDArray[Any] = self.estimator_.classes_
        return classes


def _package(model: Any) -> str:
    return type(model).__module__.partition(".")[0]


def _category_parameters(model: Any, n_categories: int, n_columns: int) -> dict[str, Any]:
    """Return the parameters that make categories of the first columns."""
    positions, n_numbers = range(n_categories), n_columns - n_categories
    by_package: dict[str, dict[str, Any]] = {
        "catboost": {"cat_features": tuple(positions)},  # of a list CatBoost makes copies, which cannot be cloned
        "interpret": {"feature_types": ["nominal"] * n_categories + ["continuous"] * n_numbers},
        # One of the aliases of categorical_feature, which the library reserves for the argument of ``fit``.
        "lightgbm": {"categorical_column": list(positions)},
        "sklearn": {"categorical_features": list(positions)},
        "xgboost": {"enable_categorical": True, "feature_types": ["c"] * n_categories + ["q"] * n_numbers},
    }
    return by_package[_package(model)]


def _rounds(model: Any, training: Any, validation: Any, *, patience: int) -> dict[str, Any]:
    """Train until the loss of the validation rows no longer improves; return the parameters of the best round."""
    (X, y, *weights), (X_val, y_val, *weights_val) = training, validation
    given = {"sample_weight": weights[0]} if weights else {}
    package = _package(model)
    if package == "sklearn" and hasattr(model, "n_estimators"):
        return _number_of_trees(model, training, validation, patience=patience)
    if package == "sklearn":
        others = {"sample_weight_val": weights_val[0]} if weights else {}
        model.set_params(early_stopping=True, n_iter_no_change=patience)
        model.fit(X, y, **given, X_val=X_val, y_val=y_val, **others)
        # The first score is that of the constant that boosting starts from.
        return {"max_iter": max(1, int(np.argmax(model.validation_score_))), "early_stopping": False}
    others = {"sample_weight_eval_set": weights_val} if weights else {}
    if package == "xgboost":
        model.set_params(early_stopping_rounds=model.early_stopping_rounds or patience)
        model.fit(X, y, **given, eval_set=[(X_val, y_val)], **others, verbose=False)
        return {"n_estimators": model.best_iteration + 1, "early_stopping_rounds": None}
    import lightgbm

    others = {"eval_sample_weight": weights_val} if weights else {}
    stop = lightgbm.early_stopping(patience, verbose=False)
    with warnings.catch_warnings():
        # LightGBM 4.7 deprecates eval_set, but does not encode the classes of eval_y, which takes its place.
        warnings.filterwarnings("ignore", message="The argument 'eval_set' is deprecated")
        model.fit(X, y, **given, eval_set=[(X_val, y_val)], **others, callbacks=[stop])
    return {"n_estimators": max(1, model.best_iteration_)}


def _number_of_trees(model: Any, training: Any, validation: Any, *, patience: int) -> dict[str, Any]:
    """Train scikit-learn's gradient boosting some trees at a time, because it takes no validation rows."""
    (X, y, *weights), (X_val, y_val, *weights_val) = training, validation
    given = {"sample_weight": weights[0]} if weights else {}
    if is_classifier(model):
        staged, measure = model.staged_predict_proba, partial(log_loss, labels=np.unique(y))
    else:
        staged = model.staged_predict
        quantile = {"absolute_error": 0.5, "quantile": model.alpha}.get(model.loss)
        measure = mean_squared_error if quantile is None else partial(mean_pinball_loss, alpha=quantile)
    measure = partial(measure, **({"sample_weight": weights_val[0]} if weights else {}))
    n_most, losses = model.n_estimators, [np.inf]  # losses[k] is that of k trees
    model.set_params(warm_start=True)
    while len(losses) <= n_most and len(losses) - int(np.argmin(losses)) <= patience:
        model.set_params(n_estimators=min(n_most, len(losses) - 1 + _TREES_AT_ONCE)).fit(X, y, **given)
        losses = [np.inf, *(measure(y_val, predicted) for predicted in staged(X_val))]
    return {"n_estimators": max(1, int(np.argmin(losses))), "warm_start": False}
