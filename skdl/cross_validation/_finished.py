"""A finished comparison: results, verdict and evidence, from which summary and report are made.

The predictions of the test rows give the evidence of a hold-out set, the score after choosing, and tests by rows.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from skdl._note import Note
from skdl.analysis import (
    Cost,
    Difference,
    Holdout,
    OtherMetric,
    Verdict,
    bootstrap_counts,
    decide,
    differences_from,
    equivalence_region,
    holm,
    n_draws_for,
    optimism_of_choosing,
    row_ttest,
)
from skdl.catalogue import simplicity
from skdl.cross_validation._class_scores import ClassScores, scored_classes
from skdl.cross_validation._nested_estimators import is_dummy
from skdl.exceptions import UsageError
from skdl.metrics import Predictions, bootstrap_scores, row_values
from skdl.results import AfterChoosing, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from skdl._task import Task
    from skdl.cross_validation._fold import ComparedModel, FoldResult, Job, Table
    from skdl.cross_validation._splits import Splits
    from skdl.metrics import Metric

_MOST_DRAWS, _FEWEST_DRAWS = 500, 100
_MOST_CELLS = 50_000_000  # resamples x rows: a few seconds for ten models
FEWEST_UNITS = 10  # rows, groups or stretches of time


@dataclass(frozen=True)
class SeedSpread:
    """Standard deviation of a network's score over seeds, and the difference between leader and runner-up."""

    model: str
    spread: float
    difference: float
    n_seeds: int

    @property
    def exceeds(self) -> bool:
        """Whether another seed moves the score by more than the difference."""
        return self.spread > abs(self.difference)


@dataclass(frozen=True)
class RowScores:
    """Scores of some models on nested parts of the training rows, the last of which is all of them."""

    folds: tuple[int, ...] = ()  # positions among those of the comparison
    n_rows: NDArray[np.intp] | None = None  # (n_folds, n_sizes)
    scores: dict[str, NDArray[np.float64]] = field(default_factory=dict)  # (n_folds, n_sizes), the leader's first
    failed: tuple[str, ...] = ()  # models without a score on every part
    missing: Reason | None = None  # why there are no scores


@dataclass(frozen=True)
class FinishedComparison:
    """A finished comparison: the job and the results on the folds that all models have finished."""

    job: Job
    splits: Splits  # folds that every model has finished: fewer than planned where the time budget ended the run
    results: tuple[FoldResult, ...]  # in the order of models and folds
    elapsed_s: float
    seed_spreads: tuple[SeedSpread, ...] = ()  # of leader and runner-up, where they are networks and one would win
    row_scores: RowScores | None = None  # None where they were not asked for

    @property
    def task(self) -> Task:
        """Return "regression" or "classification"."""
        return self.job.task

    @property
    def models(self) -> tuple[ComparedModel, ...]:
        """The models, unfitted."""
        return self.job.models

    @property
    def table(self) -> Table:
        """The data."""
        return self.job.table

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics; the first one ranks."""
        return self.job.metrics

    @property
    def planned(self) -> Splits:
        """All folds of the plan."""
        return self.job.splits

    @cached_property
    def test_train_ratio(self) -> float:
        """Rows in a test fold over rows in a training fold; of weighted rows, the sums of their weights."""
        weights, members = self.table.weights, self.splits.members
        if weights is None:
            return self.splits.test_train_ratio
        return float(sum(weights[one.test].sum() for one in members) / sum(weights[one.train].sum() for one in members))

    @cached_property
    def by_model(self) -> dict[str, list[FoldResult]]:
        """Results by model, in the order of the folds."""
        by_model: dict[str, list[FoldResult]] = {model.name: [] for model in self.models}
        for result in self.results:
            by_model[result.model].append(result)
        return by_model

    @cached_property
    def errors(self) -> dict[str, Note | str]:
        """First error of each model that failed on a fold, with the number of folds that did."""
        errors = {}
        for name, results in self.by_model.items():
            failed = [result for result in results if result.error is not None]
            if failed:
                errors[name] = _error(failed, len(results))
        return errors

    @property
    def unranked(self) -> Note:
        """Why a model without an error has no rank."""
        label = self.metrics[0].label
        return Note("undefined_somewhere", f"{label} is not defined on every fold", {"metric": label})

    def scores(self, name: str, metric: str) -> NDArray[np.float64]:
        """Scores of a model over the folds; NaN on a fold that failed or where the metric is not defined."""
        return np.array([result.scores.get(metric, np.nan) for result in self.by_model[name]])

    def seconds(self, name: str) -> tuple[float | None, float | None]:
        """Mean seconds to fit and to predict a fold, over the folds without an error."""
        fits = [r.fit_s for r in self.by_model[name] if r.fit_s is not None]
        predicts = [r.predict_s for r in self.by_model[name] if r.predict_s is not None]
        return (float(np.mean(fits)) if fits else None, float(np.mean(predicts)) if predicts else None)

    def cost(self, name: str) -> Cost:
        """Cost of using a model, as measured on the first fold."""
        return next((result.cost for result in self.by_model[name] if result.cost is not None), Cost())

    def is_network(self, name: str) -> bool:
        """Whether a model is a network on any fold: a search may choose one on some alone."""
        return any(result.trace is not None for result in self.by_model[name])

    @cached_property
    def dummy(self) -> str:
        """Name of the model that ignores every column."""
        return next(model.name for model in self.models if is_dummy(model.estimator))

    @property
    def reported(self) -> list[str]:
        """Models whose errors and inspection are reported: the recommended one, then the leader; never the dummy."""
        names = dict.fromkeys((self.verdict.recommended, self.verdict.leader))
        models = [name for name in names if name != self.dummy]
        # Where the dummy leads, the best model that uses the features.
        return models or [name for name in self.verdict.ranking if name != self.dummy][:1]

    @property
    def any_finished(self) -> bool:
        """Whether any model but the dummy finished."""
        return any(name != self.dummy for name in self.ranked)

    @cached_property
    def ranked(self) -> tuple[str, ...]:
        """Models with a score on every fold in the metric that ranks: only they can be compared."""
        first = self.metrics[0].name
        return tuple(name for name in self.by_model if np.isfinite(self.scores(name, first)).all())

    @cached_property
    def verdict(self) -> Verdict:
        """Leader, winner if one may be named, and recommended model, by the ranking metric."""
        first = self.metrics[0]
        return decide(
            self._evidence,
            greater_is_better=first.greater_is_better,
            test_train_ratio=self.test_train_ratio,
            rope=self.equivalence,
            bounds=first.bounds,
            simplicity={model.name: simplicity(model.estimator) for model in self.models},
            costs={name: self.cost(name) for name in self.ranked},
            others=[self._other(metric) for metric in self.metrics[1:]],
            dummy=self.dummy,
            min_test_rows=self.splits.fewest_test_rows,
            min_minority_rows=self._fewest_minority_rows(),
            flaws=self._flaws(),
        )

    @cached_property
    def after_choosing(self) -> AfterChoosing:
        """Score to expect of the leader, corrected for being the best of several."""
        return score_after_choosing(self)

    def row_tests(self, reference: str | None = None) -> dict[frozenset[str], float] | Reason:
        """P-values by the differences of the rows, of all pairs or those of a reference; or why there are none."""
        return row_tests(self, reference)

    @property
    def reference(self) -> str:
        """Model that the others are compared with: the one that the rules name, unless it failed; else the leader."""
        reference = self.job.reference
        return reference if reference is not None and reference in self.ranked else self.verdict.leader

    def differences(self, reference: str) -> list[Difference]:
        """Difference of every model to the reference, in the ranking metric; best first."""
        first = self.metrics[0]
        return differences_from(
            reference,
            self._evidence,
            named_before=reference == self.job.reference,
            greater_is_better=first.greater_is_better,
            test_train_ratio=self.test_train_ratio,
            rope=self.equivalence,
            bounds=first.bounds,
        )

    @cached_property
    def _evidence(self) -> dict[str, NDArray[np.float64]] | Holdout:
        """Scores over the folds; for a single split, scores on resampled test rows."""
        # With one split there is nothing to average over, so the test rows are resampled instead.
        return self._holdout or {name: self.scores(name, self.metrics[0].name) for name in self.ranked}

    @cached_property
    def _holdout(self) -> Holdout | None:
        return resample_holdout(self) if len(self.splits.members) == 1 else None

    @property
    def equivalence(self) -> float:
        """Half the width of the region within which two models are practically equivalent."""
        if self.job.equivalence is not None:
            return self.job.equivalence
        # For an unbounded metric the dummy's error gives the scale of the target; a bounded one has a fixed region.
        return self._region(self.metrics[0])

    def _region(self, metric: Metric) -> float:
        return equivalence_region(bounded=metric.bounded, dummy_score=self.dummy_error(metric))

    def dummy_error(self, metric: Metric) -> float:
        """Mean score of the dummy; of costs, what its decisions cost more than perfect ones, which may cost, too."""
        score = float(self.scores(self.dummy, metric.name).mean())
        if metric.costs is None:
            return score
        y = np.asarray(self.table.y)
        perfect = [
            metric.costs(y[one.test], y[one.test], sample_weight=self.table.weights_of(one.test))
            for one in self.splits.members
        ]
        return score - float(np.mean(perfect))

    def _other(self, metric: Metric) -> OtherMetric:
        """Scores in a metric that does not rank; no region where the dummy has no score, so that it never counts."""
        region = self._region(metric) if np.isfinite(self.scores(self.dummy, metric.name)).all() else np.inf
        scores = {name: self.scores(name, metric.name) for name in self.ranked}
        return OtherMetric(metric.name, scores, metric.greater_is_better, region)

    def _fewest_minority_rows(self) -> int | None:
        """Smallest number of rows of any class in a test fold."""
        if self.task != "classification" or np.ndim(self.table.y) > 1:
            return None
        # minlength counts a class that a test fold lacks as 0 rows.
        labels, codes = np.unique(np.asarray(self.table.y), return_inverse=True)
        return min(int(np.bincount(codes[split.test], minlength=len(labels)).min()) for split in self.splits.members)

    def _flaws(self) -> Sequence[tuple[str, dict[str, Any]]]:
        """Return reasons against a winner that do not show in the scores, each a code with values.

        A model that failed on every fold does not count; one that failed on some may have failed on the hard ones.
        """
        flaws: list[tuple[str, dict[str, Any]]] = []
        # A model that failed everywhere is not ranked and cannot have led.
        partly = [name for name in self.errors if any(result.error is None for result in self.by_model[name])]
        if partly:
            flaws.append(("failed_folds", {"models": partly}))
        if self.table.groups is not None and self.splits.cut(self.table.groups):
            flaws.append(("shuffled_groups", {}))
        if self.table.time is not None and self.splits.look_ahead(self.table.time):
            flaws.append(("shuffled_time", {}))
        if len(self.splits.members) == 1 and self._holdout is None:
            flaws.append(("holdout_untested", {"metric": self.metrics[0].label}))
        return flaws + [("seed_spread", asdict(spread)) for spread in self.seed_spreads if spread.exceeds]


def _error(failed: list[FoldResult], n_folds: int) -> Note | str:
    """Describe the first error: an exception's text as it is, what ended a fold from outside as a note."""
    first = failed[0]
    where = "" if len(failed) == n_folds else f" (on {len(failed)} of {n_folds} folds)"
    text = f"{first.error}{where}"
    values = {"n": len(failed), "n_folds": n_folds}
    if first.cut_short is None:
        return Note("failed_on_some", text, {**values, "error": first.error}) if where else text
    limit = next((result.limit_s for result in failed if result.cut_short == "timeout"), None)
    return Note("lost", text, values) if limit is None else Note("timeout", text, {**values, "limit": f"{limit:g}"})


@dataclass(frozen=True)
class OutOfFold:
    """Out-of-fold predictions of a model for the test rows of the first repeat.

    ``missing_scores`` is the reason why there are no class scores: "too_many" for the memory, or "none" from the model.
    """

    model: str
    rows: NDArray[np.intp]  # of the table, from 0
    actual: NDArray[Any]
    predicted: NDArray[Any]
    class_scores: ClassScores | None
    missing_scores: str = "none"
    weights: NDArray[np.float64] | None = None  # scaled to a mean of 1, so that they add up to the rows


def out_of_fold(comparison: FinishedComparison, name: str) -> OutOfFold:
    """Concatenate predictions and class scores of the first repeat of a ranked model."""
    results = [result for result in comparison.by_model[name] if result.repeat == 0]
    # Results and folds are in the same order, so row i belongs to prediction i.
    rows = np.concatenate([split.test for split in comparison.splits.members if split.repeat == 0])
    scores = [result.class_scores for result in results if result.class_scores is not None]
    kinds = {score.kind for score in scores}
    # Only if every fold has scores of the same kind: probabilities and margins have no common scale.
    class_scores = None
    if len(kinds) == 1 and len(scores) == len(results):
        class_scores = ClassScores(np.concatenate([score.scores for score in scores]), kinds.pop())
    are_too_many = (
        class_scores is None
        and comparison.task == "classification"
        and scored_classes(comparison.table.y, len(comparison.models)) is None
    )
    weights = comparison.table.weights_of(rows)
    return OutOfFold(
        model=name,
        rows=rows,
        actual=np.asarray(comparison.table.y)[rows],
        predicted=np.concatenate([np.ravel(result.predicted) for result in results if result.predicted is not None]),
        class_scores=class_scores,
        missing_scores="too_many" if are_too_many else "none",
        weights=None if weights is None else weights / weights.mean(),
    )


class TestedFold(NamedTuple):
    """Test rows of one fold, and what each model predicted for them."""

    rows: NDArray[np.intp]  # of the table
    models: dict[str, Predictions]


def tested_folds(comparison: FinishedComparison, names: Sequence[str]) -> list[TestedFold]:
    """Predictions of the models, with class scores where the first metric needs them; of folds that kept all of them.

    Empty where the first repeat lacks those of a model on any fold. Those of further repeats need not be kept.
    """
    y, splits = np.asarray(comparison.table.y), comparison.splits.members
    metric, folds = comparison.metrics[0], list[TestedFold]()
    if metric.costs is not None and comparison.job.classes is None and len(splits) > 1:
        return []  # probabilities were not kept
    for number, split in enumerate(splits):
        models = {}
        for name in names:
            result = comparison.by_model[name][number]
            response, classes = None, None
            if comparison.task == "classification":
                scores = result.class_scores
                is_of_use = scores is not None and (metric.costs is None or scores.kind == "probabilities")
                response, classes = scores.scores if scores is not None and is_of_use else None, np.unique(y)
            if comparison.task == "classification" and len(splits) == 1:
                # Kept for every size; its columns are the classes of the training rows.
                response, classes = result.response, np.unique(y[split.train])
            takes_predicted = metric.response == "predict" or metric.costs is not None
            if result.predicted is not None and (takes_predicted or response is not None):
                weights = comparison.table.weights_of(split.test)
                models[name] = Predictions(y[split.test], result.predicted, response, classes, weights)
        if len(models) == len(names):
            folds.append(TestedFold(split.test, models))
        elif split.repeat == 0:
            return []
    return folds


def resample_holdout(comparison: FinishedComparison) -> Holdout | None:
    """Resample the test rows of a single split, and measure every ranked model on the same samples.

    Groups are resampled whole; in a classification each sample has as many rows of each class as the test part. None
    where the metric cannot be computed from the predictions, is the error of one row, or is not defined on half of the
    samples.
    """
    metric, names = comparison.metrics[0], comparison.ranked
    # A scorer of scikit-learn calls the model itself, which a fold does not keep. All models must be measurable:
    # evidence is paired.
    cannot_resample = metric.scorer_name is not None or metric.of_one_row
    folds = [] if cannot_resample or not names else tested_folds(comparison, names)
    if not folds:
        return None
    [(rows, predictions)] = folds
    groups = None if comparison.table.groups is None else comparison.table.groups[rows]
    blocks = resample(comparison, rows, n_draws_for(len(predictions)), groups)
    resampled = [[bootstrap_scores(metric, known, counts) for known in predictions.values()] for counts in blocks]
    scores = defined_samples(np.concatenate(resampled, axis=1))  # (n_models, n_samples)
    if scores is None:
        return None
    return Holdout(
        {name: comparison.by_model[name][0].scores[metric.name] for name in predictions},
        dict(zip(predictions, scores, strict=True)),
        None if groups is None else len(np.unique(groups)),
    )


def resample(
    comparison: FinishedComparison, rows: NDArray[np.intp], n_draws: int, units: NDArray[Any] | None
) -> Iterator[NDArray[np.float64]]:
    """Draw bootstrap samples of rows, as blocks of counts; of each class as many rows as there are, units whole."""
    y = np.asarray(comparison.table.y)
    strata = y[rows] if comparison.task == "classification" and y.ndim == 1 else None
    return bootstrap_counts(len(rows), n_draws=n_draws, strata=strata, groups=units)


def defined_samples(scores: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the samples, of shape (n_models, n_samples), on which all models have a score; None if few have that."""
    defined = np.isfinite(scores).all(axis=0)  # a sample of few groups may lack a class
    # The other samples would be a selected half, on which the metric happens to be defined.
    return scores[:, defined] if defined.mean() >= 0.5 else None


def score_after_choosing(comparison: FinishedComparison) -> AfterChoosing:
    """Correct the leader's score for being the best of the ranked models, by the predictions that were kept.

    Whole groups are resampled, and in time order stretches of neighbouring rows. The dummy cannot be chosen.
    """
    metric, verdict = comparison.metrics[0], comparison.verdict
    names = [name for name in verdict.ranking if name != comparison.dummy]
    if len(names) < 2:
        return _without("one_model", names)
    if metric.scorer_name is not None or metric.of_one_row:
        return _without("one_row" if metric.of_one_row else "scorer", names, metric=metric.label)
    folds = tested_folds(comparison, names)
    if not folds:
        return _without("predictions", names)
    # A row that several folds test is in a resample for all of them or for none.
    rows = np.unique(np.concatenate([fold.rows for fold in folds]))
    units = resampling_units(comparison, rows)
    n_units = len(rows) if units is None else len(np.unique(units))
    if n_units < FEWEST_UNITS:
        return _without("few_units", names, n=n_units, needed=FEWEST_UNITS)
    if metric.response != "score":
        folds = [pool_folds(folds)]
    blocks = resample(comparison, rows, n_draws_of(metric, len(rows)), units)
    places = [np.searchsorted(rows, fold.rows) for fold in folds]
    inside, outside = [], []
    for counts in blocks:
        inside.append(score_samples(metric, folds, places, counts))
        outside.append(score_samples(metric, folds, places, (counts == 0.0).astype(np.float64)))
    optimism = optimism_of_choosing(
        np.concatenate(inside, axis=1),
        np.concatenate(outside, axis=1),
        names.index(verdict.leader),
        greater_is_better=metric.greater_is_better,
    )
    if optimism is None:
        return _without("undefined", names, metric=metric.label)
    sign = 1.0 if metric.greater_is_better else -1.0
    return AfterChoosing(verdict.intervals[verdict.leader].mean - sign * optimism, len(names))


def _without(code: str, names: Sequence[str], **values: Any) -> AfterChoosing:
    return AfterChoosing(None, len(names), Reason(code, values))


def n_draws_of(metric: Metric, n_rows: int) -> int:
    """Number of resamples for a standard error or a mean over them, at most a few seconds for ten models."""
    # A metric without a form on counts is called for each resample, and a user's function may take a millisecond.
    most = _FEWEST_DRAWS if metric.on_counts is None else _MOST_DRAWS
    return int(np.clip(_MOST_CELLS // n_rows, _FEWEST_DRAWS, most))


def n_lags(n_units: int) -> int:
    """Number of steps over which neighbours in time may depend on each other: the rule of Newey & West (1994)."""
    return int(4 * (n_units / 100) ** (2 / 9))


def resampling_units(comparison: FinishedComparison, rows: NDArray[np.intp]) -> NDArray[Any] | None:
    """Label the rows that are resampled together: those of a group, or of a stretch of time; None for single rows."""
    if comparison.table.groups is not None:
        groups: NDArray[Any] = comparison.table.groups[rows]
        return groups
    if comparison.table.time is None:
        return None
    # Blocks of n^(1/3) rows, the rate of Hall, Horowitz & Jing (1995); rows of one moment are never split.
    time = comparison.table.time[rows]
    first_of_moment = np.searchsorted(np.sort(time), time)
    return np.asarray(first_of_moment // int(np.ceil(len(rows) ** (1 / 3))))


def row_tests(comparison: FinishedComparison, reference: str | None = None) -> dict[frozenset[str], float] | Reason:
    """P-values of every pair of ranked models by the differences of their rows, adjusted by Holm's method.

    With a reference only its pairs are tested. Rows of a group are summed, and in time order those of a moment, whose
    neighbours may depend on each other. A reason where the metric is no mean of rows, or predictions were not kept.
    """
    metric, names = comparison.metrics[0], comparison.verdict.ranking
    folds = [] if metric.scorer_name is not None else tested_folds(comparison, names)
    if not folds:
        return Reason("no_mean" if metric.scorer_name is not None else "predictions", {"metric": metric.label})
    pooled = pool_folds(folds)
    values = {name: row_values(metric, known) for name, known in pooled.models.items()}
    rows, place = np.unique(pooled.rows, return_inverse=True)
    times = np.bincount(place)
    # A row that several folds test has the mean of its values; a weighted mean is the mean of the values times their
    # weights. (n_rows,) of each model
    weights = comparison.table.weights_of(rows)
    scale = 1.0 if weights is None else weights / weights.mean()
    means = {name: np.bincount(place, weights=v) / times * scale for name, v in values.items() if v is not None}
    if len(means) < len(names):
        return Reason("no_mean", {"metric": metric.label})
    table = comparison.table
    labels = table.time if table.groups is None else table.groups
    units = rows if labels is None else labels[rows]
    n_units = len(np.unique(units))
    if n_units < FEWEST_UNITS:
        return Reason("few_units", {"n": n_units, "needed": FEWEST_UNITS})
    lags = n_lags(n_units) if table.groups is None and table.time is not None else 0
    pairs = [pair for pair in combinations(names, 2) if reference is None or reference in pair]
    found = [row_ttest(means[first] - means[second], units=units, lags=lags).p_value for first, second in pairs]
    return {frozenset(pair): p for pair, p in zip(pairs, map(float, holm(found)), strict=True)}


def pool_folds(folds: Sequence[TestedFold]) -> TestedFold:
    """Concatenate the folds: their predictions and probabilities have one scale, unlike scores that only rank."""
    if len(folds) == 1:
        return folds[0]
    models = {}
    for name, first in folds[0].models.items():
        parts = [fold.models[name] for fold in folds]
        responses = [part.response for part in parts if part.response is not None]
        weights = [part.weights for part in parts if part.weights is not None]
        models[name] = Predictions(
            np.concatenate([part.truth for part in parts]),
            np.concatenate([part.predicted for part in parts]),
            np.concatenate(responses) if len(responses) == len(parts) else None,
            first.classes,
            np.concatenate(weights) if weights else None,
        )
    return TestedFold(np.concatenate([fold.rows for fold in folds]), models)


def score_samples(
    metric: Metric, folds: Sequence[TestedFold], places: Sequence[NDArray[np.intp]], counts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Score each model on each sample, shape (n_models, n_samples): the mean over the folds where it is defined."""
    total = np.zeros((len(folds[0].models), len(counts)))
    n_defined = np.zeros(len(counts))
    # A small fold may have no row in a sample, or lack a class there.
    with np.errstate(divide="ignore", invalid="ignore"):
        for fold, place in zip(folds, places, strict=True):
            of_fold = counts[:, place]
            try:
                scores = np.array([bootstrap_scores(metric, known, of_fold) for known in fold.models.values()])
            except UsageError:  # of a user's function, which some rows make fail
                continue
            defined = np.isfinite(scores).all(axis=0)
            total[:, defined] += scores[:, defined]
            n_defined += defined
        return np.asarray(total / n_defined)
