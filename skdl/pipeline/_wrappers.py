"""What is put around a model so that it gives what a file asks for: weights, samples, probabilities, a threshold.

From the inside out: class weights belong to the classifier, samples are drawn between preprocessing and classifier,
and whatever is learned from held-out rows stands around the whole of it. So rows are drawn anew for fitting alone, and
calibration and threshold are learned on rows as the table has them, which no part of the pipeline was fitted on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from skdl.catalogue import entry_named
from skdl.metrics import resolve_metrics
from skdl.pipeline._classes import class_weight_way
from skdl.pipeline._inner import inner_splitter, rarest_in_training

if TYPE_CHECKING:
    import pandas as pd

    from skdl.pipeline._classes import ClassPlan
    from skdl.pipeline._folds import FoldPlan
    from skdl.pipeline._spec import ModelSpec, PipelineSpec

__all__ = ["around_model", "around_pipeline", "in_pipeline", "lacks_probabilities"]

Task = Literal["regression", "classification"]

_CALIBRATION_FOLDS = 5
_SMOTE_NEIGHBOURS = 5
# Metrics that scikit-learn has under a name, for thresholds.
_NAMED = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "f1_macro": "f1_macro",
    "f1_weighted": "f1_weighted",
    "mcc": "matthews_corrcoef",
}


def around_model(
    estimator: Any,
    model: ModelSpec,
    spec: PipelineSpec,
    y: pd.Series | pd.DataFrame,
    plan: FoldPlan,
    task: Task,
    classes: ClassPlan,
) -> tuple[Any, str]:
    """Give a bare model what it lacks, and the way to it from outside.

    Some models need a target of unit variance. A classifier without probabilities is calibrated where a metric needs
    them. XGBoost takes no classes but 0, 1, ...; a vote of one encodes and decodes them.
    """
    if task == "regression":
        return _with_scaled_target(estimator, model)
    package, inside = type(estimator).__module__.partition(".")[0], ""
    if classes.balance == "class_weight" and class_weight_way(type(estimator)) == "sample_weight":
        from skdl.weighted import ClassWeightedClassifier

        estimator, inside = ClassWeightedClassifier(estimator), "estimator__"
    if package == "xgboost":
        from sklearn.ensemble import VotingClassifier

        return VotingClassifier([("classifier", estimator)], voting="soft", n_jobs=1), f"classifier__{inside}"
    if classes.calibrate == "none" and lacks_probabilities(estimator, spec):
        from sklearn.calibration import CalibratedClassifierCV

        folds = max(2, min(_CALIBRATION_FOLDS, rarest_in_training(spec, y, plan)))
        return CalibratedClassifierCV(estimator, ensemble=False, cv=folds, n_jobs=1), f"estimator__{inside}"
    return estimator, inside


def lacks_probabilities(estimator: Any, spec: PipelineSpec) -> bool:
    """Whether a metric needs probabilities that a classifier does not give."""
    needs = any(metric.response == "proba" for metric in resolve_metrics(spec.compare.metrics, "classification"))
    return needs and not hasattr(estimator, "predict_proba")


def _with_scaled_target(estimator: Any, model: ModelSpec) -> tuple[Any, str]:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    entry = entry_named(model.use)
    if entry is None or not entry.scales_target:
        return estimator, ""
    return TransformedTargetRegressor(estimator, transformer=StandardScaler()), "regressor__"


def in_pipeline(
    preprocessor: Any,
    model: Any,
    spec: PipelineSpec,
    y: pd.Series | pd.DataFrame,
    plan: FoldPlan,
    classes: ClassPlan,
) -> Any:
    """Put a model behind its preprocessing; where rows are drawn anew, that stands between the two."""
    from sklearn.pipeline import Pipeline

    if not classes.samples:
        return Pipeline([("preprocess", preprocessor), ("model", model)])
    from imblearn.over_sampling import SMOTE, RandomOverSampler
    from imblearn.pipeline import Pipeline as PipelineThatSamples
    from imblearn.under_sampling import RandomUnderSampler

    seed = spec.compare.cv.seed
    if classes.balance == "smote":
        neighbours = max(1, min(_SMOTE_NEIGHBOURS, _rarest_when_sampled(spec, y, plan, classes) - 1))
        sampler = SMOTE(k_neighbors=neighbours, random_state=seed)
    else:
        sampler = {"oversample": RandomOverSampler, "undersample": RandomUnderSampler}[classes.balance](
            random_state=seed
        )
    return PipelineThatSamples([("preprocess", preprocessor), ("balance", sampler), ("model", model)])


def around_pipeline(
    pipeline: Any, spec: PipelineSpec, y: pd.Series | pd.DataFrame, plan: FoldPlan, classes: ClassPlan
) -> tuple[Any, str]:
    """Calibrate a pipeline and tune its threshold, and give the way to it from outside.

    Groups and time forbid what one calibrated copy is made of: a prediction of every row by a model that was fitted
    on the others. There the copies of all inner folds are averaged.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import TunedThresholdClassifierCV

    if classes.calibrate == classes.threshold == "none":
        return pipeline, ""
    way = ""
    folds = max(2, min(spec.compare.tune.folds, rarest_in_training(spec, y, plan)))
    splitter = inner_splitter(spec, plan, folds)
    if classes.calibrate != "none":
        pipeline = CalibratedClassifierCV(
            pipeline, method=classes.calibrate, cv=splitter, ensemble=plan.by in ("groups", "time"), n_jobs=1
        )
        way = "estimator__"
    if classes.threshold != "none":
        scoring = _threshold_scoring(classes.threshold, y)
        pipeline = TunedThresholdClassifierCV(pipeline, scoring=scoring, cv=splitter, n_jobs=1)
        way += "estimator__"
    return pipeline, way


def _rarest_when_sampled(spec: PipelineSpec, y: pd.Series | pd.DataFrame, plan: FoldPlan, classes: ClassPlan) -> int:
    """Count the rows of the rarest class that the innermost fit of a pipeline is left with."""
    count = rarest_in_training(spec, y, plan)
    for key in (classes.calibrate, classes.threshold):
        if key != "none":
            count -= -(-count // max(2, min(spec.compare.tune.folds, count)))
    return count


def _threshold_scoring(name: str, y: pd.Series | pd.DataFrame) -> Any:
    """Give a metric as the tuning of a threshold wants it, which takes scikit-learn's own scorers alone."""
    from sklearn.metrics import cohen_kappa_score, f1_score, make_scorer, precision_score

    if name in _NAMED:
        return _NAMED[name]
    if name == "kappa":
        return make_scorer(cohen_kappa_score)
    second = max(y.to_numpy().tolist())  # of two classes, as the metrics have it
    return make_scorer({"f1": f1_score, "precision": precision_score}[name], pos_label=second, zero_division=0)
