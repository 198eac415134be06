"""Finding the training histories inside whatever scikit-learn wraps around a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skdl.frozen import FrozenMLPClassifier, FrozenMLPRegressor

__all__ = ["Histories", "collect_histories"]

# Where scikit-learn's meta-estimators keep what they fitted. Bagging has `estimator_` too, unfitted, so it comes last.
_HOLDERS = ("best_estimator_", "regressor_", "estimators_", "calibrated_classifiers_", "estimator_")


@dataclass(frozen=True)
class Histories:
    """What networks recorded while they trained, and their best epochs: one each a network."""

    histories: list[dict[str, list[float]]]
    best_epochs: list[int | None]


def collect_histories(fitted: Any) -> Histories:
    """Collect the histories of all networks in a fitted estimator, a list of some, or a result of `cross_validate`.

    Parameters
    ----------
    fitted : estimator, list of estimators, or dict
        See :meth:`TrainingCurveDisplay.from_estimator`.

    Returns
    -------
    Histories
        At least one.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        Where it is not fitted.
    TypeError
        Where there is no Keras network in it.
    ValueError
        Where the networks in it keep no history.
    """
    if isinstance(fitted, Mapping):
        fitted = _folds(fitted)
    elif not isinstance(fitted, list | tuple):
        fitted = [fitted]
    networks = []
    for one in fitted:
        inside = _networks(one)
        if not inside:
            raise _refusal(one)
        networks += inside
    return Histories([one.history_ for one in networks], [getattr(one, "best_epoch_", None) for one in networks])


def _folds(cv_results: Mapping[str, Any]) -> list[Any]:
    """Return the estimators of the folds whose fit went well; all, where none did."""
    if "estimator" not in cv_results:
        raise ValueError(
            "TrainingCurveDisplay: cv_results must hold the fitted estimators; "
            f"got the keys {sorted(map(str, cv_results))}. Call cross_validate with return_estimator=True."
        )
    estimators = list(cv_results["estimator"])
    return [one for one in estimators if _is_fitted(one)] or estimators


def _networks(fitted: Any) -> list[Any]:
    """Return the networks in an estimator that have a history, in order."""
    if isinstance(fitted, Pipeline):
        return _networks(fitted[-1])
    if isinstance(fitted, FrozenEstimator):
        return _networks(fitted.estimator)
    if isinstance(getattr(fitted, "history_", None), Mapping):
        return [fitted]
    if isinstance(fitted, FrozenMLPClassifier | FrozenMLPRegressor):
        raise TypeError(
            f"TrainingCurveDisplay: the network must keep its history; got a {type(fitted).__name__}, which keeps "
            "what it needs to predict. Draw the estimator that it was frozen from."
        )
    for holder in _HOLDERS:
        if hasattr(fitted, holder):
            held = getattr(fitted, holder)
            return [network for one in _several(holder, held) for network in _networks(one)]
    return []


def _several(holder: str, held: Any) -> list[Any]:
    if holder == "calibrated_classifiers_":
        return [one.estimator for one in held]
    if isinstance(held, np.ndarray):  # boosting's trees stand in a table
        return list(held.ravel())
    return list(held) if holder == "estimators_" else [held]


def _is_fitted(estimator: Any) -> bool:
    try:
        check_is_fitted(estimator)
    except (NotFittedError, TypeError):
        return False
    return True


def _refusal(given: Any) -> Exception:
    """Say why there is no history in what was given."""
    where, kind = "TrainingCurveDisplay: estimator must", type(given).__name__
    if getattr(given, "refit", True) is False and hasattr(given, "cv_results_"):
        return ValueError(
            f"{where} keep its best network; got a {kind} with refit=False, which keeps none. "
            "Set refit=True, or fit the network with the parameters found."
        )
    if hasattr(given, "fit") and not _is_fitted(given):
        unfitted: Exception = NotFittedError(f"{where} be fitted; got a {kind} that is not. Call its fit first.")
        return unfitted
    return TypeError(
        f"{where} be a KerasMLPRegressor, a KerasMLPClassifier, or hold one; got a {kind} without. "
        "To draw score by number of rows, see sklearn.model_selection.LearningCurveDisplay."
    )
