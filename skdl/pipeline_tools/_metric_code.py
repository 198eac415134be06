"""Metrics as source: the values of `skdl.pipeline`'s own, from scikit-learn's functions and a few short ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from skdl.pipeline_tools._code import LINE_LENGTH, Name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from skdl.metrics import Metric

__all__ = ["MetricCode", "metric_code", "scoring_of"]


@dataclass(frozen=True)
class MetricCode:
    """The function ``measure(model, X_test, y_test)`` with the functions it needs, and what they import."""

    source: str
    imports: frozenset[tuple[str, str]]


_MAPE = '''
def mape(truth, predicted):
    """Give the mean error as a share of the truth, which has none where it is zero."""
    if (truth == 0).any():
        return np.nan
    return np.mean(np.abs((truth - predicted) / truth))
'''
_SMAPE = '''
def smape(truth, predicted):
    """Give the mean error as a share of the mean of both sizes."""
    size = np.abs(truth) + np.abs(predicted)
    error = 2 * np.abs(truth - predicted)
    return np.mean(np.divide(error, size, out=np.zeros(size.shape), where=size > 0))
'''
_DEVIANCE = '''
def deviance(truth, predicted, power):
    """Give the mean deviance of Poisson (1) or gamma (2) laws, where there is one."""
    possible = (truth >= 0).all() if power == 1 else (truth > 0).all()
    if truth.ndim > 1 or not possible or (predicted <= 0).any():
        return np.nan
    return mean_tweedie_deviance(truth, predicted, power=power)
'''
_EXPLAINED = '''
def explained_variance(truth, predicted):
    """Give the share of the variance explained, which a single row has none of."""
    return explained_variance_score(truth, predicted) if len(truth) > 1 else np.nan
'''
_AVERAGE_PRECISION = '''
def average_precision(truth, scores, classes):
    """Give the area under precision over recall; of several classes the mean."""
    judged = [k for k, label in enumerate(classes) if (truth == label).any()]
    if len(classes) == 2:
        judged = [k for k in judged if k == 1]
    if not judged:
        return np.nan
    return np.mean(
        [average_precision_score(truth == classes[k], scores[:, k]) for k in judged]
    )
'''
_KAPPA = '''
def kappa(truth, predicted):
    """Give the agreement beyond guessing; one class alone, all of it right, is 1."""
    alike = len(np.union1d(truth, predicted)) == 1
    return 1.0 if alike else cohen_kappa_score(truth, predicted)
'''
_COUNTED = '''
def counted_classes(truth, predicted, classes):
    """Give the second class of two; of more classes all that occur, each counts the same."""
    known = np.union1d(classes, truth)
    return known[-1:] if len(known) == 2 else np.union1d(truth, predicted)
'''
_ROC_AUC = '''
def roc_auc(truth, scores, classes):
    """Give the area under the curve; of several classes the mean over each."""
    counts = [np.sum(truth == label) for label in classes]
    judged = [k for k, count in enumerate(counts) if 0 < count < len(truth)]
    if not judged:
        return np.nan
    if len(classes) == 2:
        judged = [1]
    return np.mean([roc_auc_score(truth == classes[k], scores[:, k]) for k in judged])
'''
_LOG_LOSS = '''
def log_loss(truth, probabilities, classes):
    """Give the mean surprise at the true classes."""
    column = np.searchsorted(classes, truth)
    share = probabilities[np.arange(len(truth)), column] / probabilities.sum(axis=1)
    return -np.mean(np.log(np.clip(share, np.finfo(np.float64).eps, None)))
'''
_BRIER = '''
def brier(truth, probabilities, classes):
    """Give the mean squared distance of probabilities and truth, halved for two classes."""
    distance = ((probabilities - (truth[:, None] == classes)) ** 2).sum(axis=1).mean()
    return distance / 2 if len(classes) == 2 else distance
'''
_PROBABILITIES = '''
def class_scores(model, X):
    """Give each class of a model a column with its probabilities."""
    return model.predict_proba(X).astype(np.float64)
'''
_SCORES = '''
def class_scores(model, X):
    """Give each class of a model a column: probabilities, or else what it orders rows by."""
    if hasattr(model, "predict_proba"):
        return model.predict_proba(X).astype(np.float64)
    scores = model.decision_function(X)
    return np.column_stack([-scores, scores]) if scores.ndim == 1 else scores
'''
_EVERY_CLASS = '''
def with_every_class(scores, classes, truth):
    """Give a column of zeros to each class that the training rows lacked."""
    labels = np.union1d(classes, truth)
    wide = np.zeros((len(scores), len(labels)))
    wide[:, np.searchsorted(labels, classes)] = scores
    return wide, labels
'''
_NUMPY = ("numpy", "as np")
_OWN = "{}(y_test, predicted)"
_BY_CLASS = '{}(y_test, predicted, labels=counted, average="macro", zero_division=0)'
_AVERAGED = 'f1_score(y_test, predicted, average="{}", zero_division=0)'
_BY_SCORES = "{}(y_test, scores, classes)"

# Metric: its call, the function of scikit-learn's in it, the function to define before it.
_CALLS = {
    "rmse": (_OWN.format("root_mean_squared_error"), "root_mean_squared_error", ""),
    "mse": (_OWN.format("mean_squared_error"), "mean_squared_error", ""),
    "mae": (_OWN.format("mean_absolute_error"), "mean_absolute_error", ""),
    "median_error": (_OWN.format("median_absolute_error"), "median_absolute_error", ""),
    "mape": (_OWN.format("mape"), "", _MAPE),
    "smape": (_OWN.format("smape"), "", _SMAPE),
    "explained_variance": (_OWN.format("explained_variance"), "explained_variance_score", _EXPLAINED),
    "poisson_deviance": ("deviance(y_test, predicted, power=1)", "mean_tweedie_deviance", _DEVIANCE),
    "gamma_deviance": ("deviance(y_test, predicted, power=2)", "mean_tweedie_deviance", _DEVIANCE),
    "pinball_10": ("mean_pinball_loss(y_test, predicted, alpha=0.1)", "mean_pinball_loss", ""),
    "pinball_50": ("mean_pinball_loss(y_test, predicted, alpha=0.5)", "mean_pinball_loss", ""),
    "pinball_90": ("mean_pinball_loss(y_test, predicted, alpha=0.9)", "mean_pinball_loss", ""),
    "r2": (_OWN.format("r2_score"), "r2_score", ""),
    "max_error": ("np.max(np.abs(y_test - predicted))", "", ""),
    "accuracy": (_OWN.format("accuracy_score"), "accuracy_score", ""),
    "balanced_accuracy": (_OWN.format("balanced_accuracy_score"), "balanced_accuracy_score", ""),
    "f1": (_BY_CLASS.format("f1_score"), "f1_score", _COUNTED),
    "f1_macro": (_AVERAGED.format("macro"), "f1_score", ""),
    "f1_weighted": (_AVERAGED.format("weighted"), "f1_score", ""),
    "precision": (_BY_CLASS.format("precision_score"), "precision_score", _COUNTED),
    "recall": (_BY_CLASS.format("recall_score"), "recall_score", _COUNTED),
    "roc_auc": (_BY_SCORES.format("roc_auc"), "roc_auc_score", _ROC_AUC),
    "average_precision": (_BY_SCORES.format("average_precision"), "average_precision_score", _AVERAGE_PRECISION),
    "log_loss": (_BY_SCORES.format("log_loss"), "", _LOG_LOSS),
    "brier": (_BY_SCORES.format("brier"), "", _BRIER),
    "kappa": (_OWN.format("kappa"), "cohen_kappa_score", _KAPPA),
    "mcc": (_OWN.format("matthews_corrcoef"), "matthews_corrcoef", ""),
}  # fmt: skip
# What scikit-learn ranks by in the very same way; all others go by `measure`.
_SCORINGS = {
    "rmse": "neg_root_mean_squared_error",
    "mse": "neg_mean_squared_error",
    "mae": "neg_mean_absolute_error",
    "median_error": "neg_median_absolute_error",
    "r2": "r2",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "f1_macro": "f1_macro",
    "f1_weighted": "f1_weighted",
    "mcc": "matthews_corrcoef",
}
_SEARCH_SCORE = '''
def search_score(model, X_test, y_test):
    """Give the first metric as a search wants it: greater is better."""
    return {sign}measure(model, X_test, y_test)["{name}"]
'''


def scoring_of(metric: Metric) -> str | Name:
    """Give what a search ranks by: scikit-learn's name of the metric, or a function that the script defines.

    Examples
    --------
    >>> from skdl.pipeline import resolve_metrics
    >>> [scoring_of(metric) for metric in resolve_metrics(["accuracy", "log_loss"], "classification")]
    ['accuracy', Name(text='search_score')]
    """
    if metric.scorer_name is not None:
        return metric.scorer_name
    return _SCORINGS.get(metric.name, Name("search_score"))


def metric_code(
    metrics: Sequence[Metric], *, always_probabilities: bool, may_lack_classes: bool, searches: bool
) -> MetricCode:
    """Write ``measure(model, X_test, y_test)``, which gives a dict of the metrics.

    Parameters
    ----------
    metrics : sequence of Metric
        What is measured; the first one ranks.
    always_probabilities : bool
        Whether every model has ``predict_proba``.
    may_lack_classes : bool
        Whether training rows may lack a class that test rows hold.
    searches : bool
        Whether a search ranks by the first one.

    Returns
    -------
    MetricCode
        Function definitions, two empty lines between them.
    """
    parts = {metric.name: _parts_of(metric) for metric in metrics}
    by_scores = any(metric.response != "predict" and metric.scorer_name is None for metric in metrics)
    functions = [function for _, _, function in parts.values()]
    if by_scores:
        functions.append(_PROBABILITIES if always_probabilities else _SCORES)
        functions.append(_EVERY_CLASS if may_lack_classes else "")
    calls = {name: call for name, (call, _, _) in parts.items()}
    functions.append(_measure(calls, by_scores=by_scores, may_lack_classes=may_lack_classes))
    if searches and isinstance(scoring_of(metrics[0]), Name):
        sign = "" if metrics[0].greater_is_better else "-"
        functions.append(_SEARCH_SCORE.format(sign=sign, name=metrics[0].name))
    source = "\n\n\n".join(function.strip("\n") for function in dict.fromkeys(functions) if function)
    imports = {("sklearn.metrics", imported) for _, imported, _ in parts.values() if imported}
    return MetricCode(source, frozenset(imports | ({_NUMPY} if "np." in source else set())))


def _parts_of(metric: Metric) -> tuple[str, str, str]:
    """Give the call of a metric, what it takes from scikit-learn, and the function to define before it."""
    if metric.scorer_name is None:
        return _CALLS[metric.name]
    sign = "" if metric.greater_is_better else "-"
    return f'{sign}get_scorer("{metric.scorer_name}")(model, X_test, y_test)', "get_scorer", ""


def _measure(calls: Mapping[str, str], *, by_scores: bool, may_lack_classes: bool) -> str:
    lines = ["def measure(model, X_test, y_test):", '    """Give the scores of a fitted model on other rows."""']
    if any("predicted" in call for call in calls.values()):
        lines.append("    predicted = model.predict(X_test)")
    if any("counted" in call for call in calls.values()):
        lines.append("    counted = counted_classes(y_test, predicted, model.classes_)")
    if by_scores and may_lack_classes:
        lines.append("    scores = class_scores(model, X_test)")
        lines.append("    scores, classes = with_every_class(scores, model.classes_, y_test)")
    elif by_scores:
        lines.append("    scores, classes = class_scores(model, X_test), model.classes_")
    pairs = [f'        "{name}": {call},' for name, call in calls.items()]
    return "\n".join([*lines, "    return {", *(_in_lines(pair) for pair in pairs), "    }"])


def _in_lines(pair: str) -> str:
    """Break a call that is too long for its line."""
    if len(pair) <= LINE_LENGTH:
        return pair
    head, _, inside = pair.rstrip(",").removesuffix(")").partition("(")
    return "\n".join([f"{head}(", f"            {inside}", "        ),"])
