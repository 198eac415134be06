"""Building the models of a pipeline file as unfitted scikit-learn estimators.

A model is built from the inside out: the bare estimator, class weights and whatever else the model needs to give
probabilities; then preprocessing, and resampling between the two; then calibration and the tuning of the threshold;
last the search. So rows are resampled for fitting only, and calibration and threshold are learned on rows as they are
in the table, which no part of the pipeline was fitted on. An ensemble is made of whole models, searches included.

A saved model must load without `skdl.pipeline`: only classes of scikit-learn, of the model's own package, of
`skdl.estimators`, `skdl.ensemble` and `skdl.weighted` go into a pipeline, no function and no class of this package.
Searches and ensembles may hold a scorer or splitter of skdl, because only their fitted models are saved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from skdl._note import Note, note_of
from skdl._settings import default_settings, keep_output
from skdl.catalogue import entry_named, find_class, needs_scaling, package_of, parameters_of_class
from skdl.exceptions import UsageError
from skdl.metrics import Scorer, resolve_metrics
from skdl.pipeline._check import find_model_problems
from skdl.pipeline._classes import (
    ClassPlan,
    class_weight_mode,
    find_resampling_problems,
    find_threshold_problems,
    plan_classes,
)
from skdl.pipeline._ensembles import is_ensemble, members_of
from skdl.pipeline._folds import inner_splitter, n_training_rows, rarest_in_training
from skdl.pipeline._metrics import metrics_of_file
from skdl.pipeline._preprocess import ModelInputs, build_preprocessor
from skdl.pipeline._search import to_parameter, wrap_in_search
from skdl.spec import ModelSpec, Problem, raise_problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from skdl._task import Task
    from skdl.catalogue import ModelPackage
    from skdl.metrics import Metric
    from skdl.pipeline._folds import FoldPlan
    from skdl.pipeline._table import TrainingTable
    from skdl.spec import PipelineFile, PreprocessSpec

_CALIBRATION_FOLDS = 5
_SMOTE_NEIGHBORS = 5
_NO_THRESHOLD = {"threshold": "none"}
# Parameters of boosting that name columns by position, or choose trees without categories.
_WITHOUT_CODES = frozenset(
    {
        "booster", "cat_features", "categorical_features", "feature_types", "feature_weights",
        "interaction_constraints", "interaction_cst", "monotone_constraints", "monotonic_cst", "text_features",
        "tree_method",
    }
)  # fmt: skip
# Metrics of thresholds that scikit-learn has a named scorer for.
_NAMED_SCORERS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "f1_macro": "f1_macro",
    "f1_weighted": "f1_weighted",
    "mcc": "matthews_corrcoef",
}


@default_settings()
def build_estimators(spec: PipelineFile, table: TrainingTable) -> dict[str, Any]:
    """Build every model of a pipeline, unfitted and in the order of the file; a dummy last where the file has none."""
    tune, packages = spec.compare.tune, spec.origin.allow_packages
    problems = [
        *find_model_problems(spec.models, spec.classes, tune, table.task, packages),
        *find_threshold_problems(spec.models, spec.classes, table.y),
    ]
    if spec.task is None:
        text = "{problem} The task was inferred from the target as {task}; if that is wrong, set task:."
        problems = [
            replace(problem, message=Note.of("of_inferred_task", text, problem=problem.message, task=table.task))
            for problem in problems
        ]
    problems += [*_find_size_problems(spec.models, len(table.X)), *_find_target_problems(spec.models, table)]
    if spec.data.weights is not None:
        problems += find_resampling_problems(spec.models, spec.classes)
    raise_problems(problems, spec.origin.positions)
    models = dict(spec.models)
    if all(model.use != "dummy" for model in models.values()):
        # Every comparison has a baseline that ignores the features.
        models["dummy"] = ModelSpec(use="dummy")
    # Ensembles do not count: what their own models need is found below, and other models stay as they are without them.
    search_folds = tune.folds if any(model.search for model in models.values()) else None
    is_classification = table.task == "classification"
    inner = _InnerFolds(
        plan=table.plan,
        n_folds=tune.folds,
        seed=spec.compare.cv.seed,
        n_rarest=rarest_in_training(table.plan, table.y, search_folds) if is_classification else 0,
        min_rows=_min_rows_of_fit(table.plan, len(table.X), search_folds),
    )
    try:
        metrics = metrics_of_file(spec, table.task, table.y)
    except UsageError as error:  # of a user's function, whose direction is found on the target
        raise_problems([Problem(("compare", "metrics"), note_of(error))], spec.origin.positions)
        raise
    # A saved model is used in processes with other settings, so its transformers keep what they return.
    built = {
        name: _build_ensemble(name, spec, table, inner, metrics)
        if is_ensemble(model)
        else _build_model(model, spec, table, inner, metrics)
        for name, model in models.items()
    }
    return {name: keep_output(estimator) for name, estimator in built.items()}


def _find_size_problems(models: Mapping[str, ModelSpec], n_rows: int) -> list[Problem]:
    """Return the models whose memory grows with the square of the rows, where there are too many."""
    problems = []
    for name, model in models.items():
        entry = entry_named(model.use)
        if entry is not None and entry.max_rows is not None and n_rows > entry.max_rows:
            text = (
                "{use} takes {most:,} rows at most, because its memory grows with their square; got {n:,}. "
                "Remove the model, or use svm."
            )
            note = Note.of("too_many_rows", text, use=model.use, most=entry.max_rows, n=n_rows)
            problems.append(Problem(("models", name), note, at_key=True))
    return problems


def _find_target_problems(models: Mapping[str, ModelSpec], table: TrainingTable) -> list[Problem]:
    """Return the ensembles of a table with several targets."""
    if table.y.ndim == 1:
        return []
    note = Note("one_target", "an ensemble predicts one target; data.target names several. Remove the model.")
    return [Problem(("models", name), note, at_key=True) for name, model in models.items() if is_ensemble(model)]


@dataclass(frozen=True)
class _InnerFolds:
    """The folds inside a training part, for searches, calibration and thresholds; they split as the outer ones do."""

    plan: FoldPlan
    n_folds: int
    seed: int
    n_rarest: int  # rows of the rarest class in the smallest training part; 0 in a regression
    min_rows: int  # rows of the smallest part that anything is fitted on

    @property
    def inside(self) -> _InnerFolds:
        """The folds one level further in, where the training parts are smaller."""
        n_rarest = max(1, self.n_rarest - -(-self.n_rarest // self.n_folds))
        return replace(self, n_rarest=n_rarest, min_rows=_rows_inside(self.plan, self.min_rows, self.n_folds))

    def splitter(self, n_folds: int) -> Any:
        return inner_splitter(self.plan, n_folds, self.seed)

    def n_class_folds(self, n_rarest: int) -> int:
        """Number of inner folds that leave a row of the rarest class in each, at least 2."""
        return max(2, min(self.n_folds, n_rarest))


def _min_rows_of_fit(plan: FoldPlan, n_samples: int, inner_folds: int | None) -> int:
    """Return a number of rows that every fit has at least: in an outer fold, and inside a search in an inner one."""
    rows = n_training_rows(plan, n_samples)
    if inner_folds is not None:
        rows = _rows_inside(plan, rows, inner_folds)
    return rows // 2 if plan.by == "groups" else rows  # a guess: groups may be of any size


def _rows_inside(plan: FoldPlan, n_rows: int, inner_folds: int) -> int:
    # TimeSeriesSplit trains first on one of n + 1 stretches; k-fold leaves out a k-th part at most, rounded up.
    return n_rows // (inner_folds + 1) if plan.by == "time" else n_rows - -(-n_rows // inner_folds)


def _build_ensemble(
    name: str, spec: PipelineFile, table: TrainingTable, inner: _InnerFolds, metrics: Sequence[Metric]
) -> Any:
    """Build an ensemble of whole models, each as it is in the file but for a threshold: probabilities are combined."""
    model, task = spec.models[name], table.task
    # With a metric of probabilities, each classifier in it gets them.
    needed = [*metrics, *resolve_metrics(["log_loss"], task)] if task == "classification" else metrics
    members = [
        (other, _build_model(spec.models[other].model_copy(update=_NO_THRESHOLD), spec, table, inner.inside, needed))
        for other in members_of(name, spec.models)
    ]
    cls = find_class(model.use, task, allow_packages=spec.origin.allow_packages)
    ensemble = cls(members, cv=inner.splitter(inner.n_folds), **model.params)
    if "scoring" in ensemble.get_params(deep=False):
        ensemble.set_params(scoring=Scorer(metrics[0]))
    return (
        _tune_decisions(ensemble, plan_classes(spec.classes, model), inner, table.y)
        if task == "classification"
        else ensemble
    )


def _build_model(
    model: ModelSpec, spec: PipelineFile, table: TrainingTable, inner: _InnerFolds, metrics: Sequence[Metric]
) -> Any:
    """Build one model from the inside out."""
    task = table.task
    classes = plan_classes(spec.classes, model) if task == "classification" else ClassPlan()
    entry, given = entry_named(model.use), {*model.params, *model.search}
    # Of resampled rows copies would be among the training rows and the validation rows.
    stops = entry is not None and entry.stops_early(given) and not classes.resamples
    cls = find_class(model.use, task, allow_packages=spec.origin.allow_packages)
    weighting = class_weight_mode(cls) if classes.balance == "class_weight" else None
    # As weights of rows they count for the validation rows, too.
    weighting = "sample_weight" if weighting and stops else weighting
    bare = _make_estimator(cls, model, task, seed=inner.seed, weighting=weighting, stops=stops)
    package = package_of(cls)
    takes_categories = entry is not None and not classes.resamples and _WITHOUT_CODES.isdisjoint(given)
    inputs = ModelInputs(
        takes_sparse=entry is not None and entry.takes_sparse and not classes.resamples,
        is_penalised=model.use != "linear",
        takes_raw=entry is not None and entry.takes_raw and not classes.resamples and not model.preprocess.is_set,
        most_categories=entry.most_categories if entry is not None and takes_categories else 0,
        whole_categories=package.whole_categories,
        is_compiled=package.name == "skdl",
    )
    preprocess = _resolve_scale(model.preprocess.on_top_of(spec.preprocess), model.use)
    preprocessor, n_codes = build_preprocessor(
        preprocess, spec.data, table, inputs, min_rows=inner.min_rows, seed=inner.seed
    )
    # The wrapper also passes weights of rows to CatBoost, which scikit-learn's metadata routing does not know.
    passes_weights = spec.data.weights is None or hasattr(bare, "get_metadata_routing")
    is_wrapped = stops or n_codes > 0 or not passes_weights
    boosted = _wrap_boosting(bare, task, n_codes, stops=stops, seed=inner.seed) if is_wrapped else bare
    if classes.resamples and classes.calibrate == "none" and lacks_probabilities(bare, metrics):
        classes = replace(classes, calibrate="sigmoid")  # around the sampler, on rows as they are in the table
    completed = (
        _scale_target(boosted, model.use)
        if task == "regression"
        else _complete_classifier(boosted, classes, metrics, inner.n_rarest, weighting=weighting, package=package)
    )
    whole = _tune_decisions(_make_pipeline(preprocessor, completed, classes, inner), classes, inner, table.y)
    if not model.search:
        return whole
    return wrap_in_search(
        whole,
        bare,
        model.search,
        spec.compare.tune,
        table,
        scoring=Scorer(metrics[0]),
        splitter=inner.splitter(inner.n_folds),
        seed=inner.seed,
    )


def _make_estimator(cls: type, model: ModelSpec, task: Task, *, seed: int, weighting: str | None, stops: bool) -> Any:
    """Make the bare estimator: seed, threads and class weights, then the catalogue's defaults, then the file's keys."""
    entry, package = entry_named(model.use), package_of(cls)
    general: dict[str, Any] = {"random_state": seed}
    if cls.__module__.partition(".")[0] != "sklearn":
        general["n_jobs"] = 1  # scikit-learn's default is one thread already; other packages take all cores
    if weighting == "class_weight":
        # n_samples / (n_classes * rows of the class), computed by scikit-learn from the training rows of each fit.
        general["class_weight"] = "balanced"
    # Of the general parameters an estimator gets those that it has; of the file's keys all, which were checked.
    known = parameters_of_class(cls)
    params = {name: value for name, value in general.items() if name in known}
    given = {*model.params, *model.search}
    settings = dict(entry.settings if entry else package.defaults)
    if entry is not None and not stops:
        settings = {name: value for name, value in settings.items() if name not in entry.early_stopping}
    params |= settings
    if model.use == "gaussian_process":
        params["kernel"] = _make_kernel(task)
    overridden = package.overridden(given)
    params = {name: value for name, value in params.items() if name not in overridden}
    params |= {name: to_parameter(value) for name, value in model.params.items()}
    # CatBoost, which does not list what is not set, has no None.
    listed = cls().get_params(deep=False)
    return cls().set_params(**{name: value for name, value in params.items() if value is not None or name in listed})


def _make_kernel(task: Task) -> Any:
    """Make a kernel whose scale and noise are fitted: scikit-learn's default is one of a fixed scale, without noise."""
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    # For a standardised target, or log-odds. The amplitude is not fitted: it grows to its bound for a linear function,
    # or for classes that can be separated, and scikit-learn warns of that.
    kernel = ConstantKernel(10.0, "fixed") * RBF(1.0, (1e-2, 1e3))
    return kernel + WhiteKernel(0.1, (1e-8, 10.0)) if task == "regression" else kernel


def _resolve_scale(preprocess: PreprocessSpec, use: str) -> PreprocessSpec:
    """Replace scale: auto by what the model needs."""
    if preprocess.numeric.scale != "auto":
        return preprocess
    scale = "minmax" if needs_scaling(use) else "none"
    return preprocess.model_copy(update={"numeric": preprocess.numeric.model_copy(update={"scale": scale})})


def _scale_target(estimator: Any, use: str) -> Any:
    """Standardise the target for models whose defaults need it."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    entry = entry_named(use)
    if entry is None or not entry.scales_target:
        return estimator
    return TransformedTargetRegressor(estimator, transformer=StandardScaler())


def _wrap_boosting(estimator: Any, task: Task, n_codes: int, *, stops: bool, seed: int) -> Any:
    """Have validation rows choose the number of rounds, and the first columns be categories, where a model has that."""
    from skdl.boosting import BoostingClassifier, BoostingRegressor

    wrapper = BoostingRegressor if task == "regression" else BoostingClassifier
    return wrapper(estimator, n_categories=n_codes, early_stopping=stops, random_state=seed)


def _complete_classifier(
    estimator: Any,
    classes: ClassPlan,
    metrics: Sequence[Metric],
    n_rarest: int,
    *,
    weighting: str | None,
    package: ModelPackage,
) -> Any:
    """Add class weights by rows, text labels or probabilities where a classifier lacks them."""
    if weighting == "sample_weight":
        from skdl.weighted import ClassWeightedClassifier

        estimator = ClassWeightedClassifier(estimator)
    if package.encodes_classes:
        from sklearn.ensemble import VotingClassifier

        # It encodes the classes as 0, 1, ..., and takes the predicted class from the probabilities.
        return VotingClassifier([("classifier", estimator)], voting="soft", n_jobs=1)
    if classes.calibrate == "none" and lacks_probabilities(estimator, metrics):
        from sklearn.calibration import CalibratedClassifierCV

        folds = max(2, min(_CALIBRATION_FOLDS, n_rarest))
        return CalibratedClassifierCV(estimator, ensemble=False, cv=folds, n_jobs=1)
    return estimator


def lacks_probabilities(estimator: Any, metrics: Sequence[Metric]) -> bool:
    """Whether a metric needs probabilities that a classifier does not have."""
    return any(metric.needs_proba for metric in metrics) and not hasattr(estimator, "predict_proba")


def _make_pipeline(preprocessor: Any, model: Any, classes: ClassPlan, inner: _InnerFolds) -> Any:
    """Join preprocessing and model; a sampler is placed between the two, where there is one."""
    from sklearn.pipeline import Pipeline

    if not classes.resamples:
        return Pipeline([("preprocess", preprocessor), ("model", model)])
    from imblearn.over_sampling import SMOTE, RandomOverSampler
    from imblearn.pipeline import Pipeline as ResamplingPipeline
    from imblearn.under_sampling import RandomUnderSampler

    if classes.balance == "smote":
        # Rows of the rarest class in the innermost fit: calibration and threshold each hold out a part. Rounded up,
        # since the fold that holds out most rows of the class decides.
        count = inner.n_rarest
        for key in (classes.calibrate, classes.threshold):
            count -= 0 if key == "none" else -(-count // inner.n_class_folds(count))
        # SMOTE interpolates between a row and its neighbours of the same class, of which there must be enough.
        sampler = SMOTE(k_neighbors=max(1, min(_SMOTE_NEIGHBORS, count - 1)), random_state=inner.seed)
    else:
        samplers = {"oversample": RandomOverSampler, "undersample": RandomUnderSampler}
        sampler = samplers[classes.balance](random_state=inner.seed)
    return ResamplingPipeline([("preprocess", preprocessor), ("balance", sampler), ("model", model)])


def _tune_decisions(pipeline: Any, classes: ClassPlan, inner: _InnerFolds, y: pd.Series | pd.DataFrame) -> Any:
    """Calibrate a pipeline and tune its threshold."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import TunedThresholdClassifierCV

    if classes.calibrate == classes.threshold == "none":
        return pipeline
    splitter = inner.splitter(inner.n_class_folds(inner.n_rarest))
    if classes.calibrate != "none":
        # ensemble=False needs a prediction of every row by a model that was fitted on all the others. Groups and time
        # do not allow that; there the calibrated models of all inner folds are averaged.
        ensemble = inner.plan.by in {"groups", "time"}
        pipeline = CalibratedClassifierCV(pipeline, method=classes.calibrate, cv=splitter, ensemble=ensemble, n_jobs=1)
    if classes.threshold != "none":
        scoring = _make_threshold_scorer(classes.threshold, y)
        pipeline = TunedThresholdClassifierCV(pipeline, scoring=scoring, cv=splitter, n_jobs=1)
    return pipeline


def _make_threshold_scorer(name: str, y: pd.Series | pd.DataFrame) -> Any:
    """Make the scorer of a threshold: TunedThresholdClassifierCV takes scikit-learn's own scorers only."""
    from sklearn.metrics import cohen_kappa_score, f1_score, make_scorer, precision_score

    if name in _NAMED_SCORERS:
        return _NAMED_SCORERS[name]
    if name == "kappa":
        return make_scorer(cohen_kappa_score)
    positive = max(y.to_numpy().tolist())  # the second of two classes, as in the metrics
    return make_scorer({"f1": f1_score, "precision": precision_score}[name], pos_label=positive, zero_division=0)
