"""Metrics of users: functions and scorers as metrics."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import (
    brier_score_loss,
    fbeta_score,
    hinge_loss,
    log_loss,
    make_scorer,
    mean_absolute_error,
    roc_auc_score,
)

from skdl.exceptions import UsageError
from skdl.metrics import Scorer, resolve_metrics

X, CODES = load_iris(return_X_y=True)
X, CODES = X[50:, :2], CODES[50:]
WORDS = np.array(["", "early", "late"])[CODES]


def hours_late(y_true, y_pred):
    """Hours that a prediction is late."""
    return np.mean(np.maximum(y_pred - y_true, 0.0))


def n_rows(y_true, y_pred):
    return len(y_true) + 0 * len(y_pred)


def in_words(y_true, y_pred):
    return f"{len(y_true)} of {len(y_pred)}"


@pytest.mark.parametrize(
    ("scorer", "model"),
    [
        (make_scorer(log_loss, greater_is_better=False, response_method="predict_proba"), LogisticRegression()),
        (make_scorer(brier_score_loss, response_method="predict_proba", pos_label="early"), LogisticRegression()),
        (make_scorer(roc_auc_score, response_method=("decision_function", "predict_proba")), RidgeClassifier()),
        (make_scorer(fbeta_score, beta=2, pos_label="early"), LogisticRegression()),
    ],
    ids=["a loss of probabilities", "those of the first class", "decision values", "predictions"],
)
def test_a_scorer_gives_what_scikit_learn_gives(scorer, model):
    """Direction, keywords and response are those of make_scorer."""
    model.fit(X, WORDS)
    metric = resolve_metrics([("one", scorer)], "classification")[0]
    assert Scorer(metric)(model, X, WORDS) == pytest.approx(scorer(model, X, WORDS))


def test_the_direction_of_a_function_is_found_on_the_target():
    """Perfect predictions are better than shuffled ones."""
    late, precise = resolve_metrics([hours_late, ("precise", fbeta_score_of_codes)], "regression", CODES)
    assert (late.greater_is_better, precise.greater_is_better) == (False, True)
    assert str(late.note).startswith("hours_late: lower is better, since it is 0 for perfect predictions and 0.")


def fbeta_score_of_codes(y_true, y_pred):
    return fbeta_score(y_true, y_pred, beta=2)


def test_a_direction_that_predictions_contradict_is_noted():
    """make_scorer takes greater as better where nothing is said."""
    metric = resolve_metrics([make_scorer(mean_absolute_error)], "regression", CODES)[0]
    assert metric.greater_is_better
    assert "check greater_is_better" in str(metric.note)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([n_rows], "the metric n_rows must say which direction is better: it is 100 for perfect .* and 100 for"),
        ([in_words], "the metric in_words must return a number; it returned '100 of 100'"),
        ([lambda y_true, y_pred: 0.0], "a metric must be a named function of .*; got a function"),
        ([LogisticRegression], "the metric LogisticRegression must be a named function .*; got the class"),
        ([make_scorer(hinge_loss, response_method="decision_function")], "got response_method='decision_function'"),
        ([hours_late, hours_late], "must have different names, also from skdl's own; got another hours_late"),
        ([("rmse", hours_late)], "got another rmse. Rename"),
        ([("late", lambda model, X, y: 0.0)], r"got late\(model, X, y\)"),
    ],
    ids=["no direction", "text", "no name", "a class", "another response", "twice", "name of skdl", "of estimators"],
)
def test_what_is_no_metric_is_refused(given, message):
    with pytest.raises(UsageError, match=message):
        resolve_metrics(given, "regression", CODES)
