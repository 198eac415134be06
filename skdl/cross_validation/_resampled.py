"""What the predictions of the test rows show: evidence of a hold-out set, score after choosing, tests by rows."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from skdl.analysis import Holdout, bootstrap_counts, holm, n_draws_for, optimism_of_choosing, row_ttest
from skdl.exceptions import UsageError
from skdl.metrics import Predictions, bootstrap_scores, row_values
from skdl.results import AfterChoosing, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from skdl.cross_validation._finished import FinishedComparison
    from skdl.metrics import Metric

_MOST_DRAWS, _FEWEST_DRAWS = 500, 100
_MOST_CELLS = 50_000_000  # resamples x rows: a few seconds for ten models
_FEWEST_UNITS = 10  # rows, groups or stretches of time


class TestedFold(NamedTuple):
    """Test rows of one fold, and what each model predicted for them."""

    rows: NDArray[np.intp]  # of the table
    models: dict[str, Predictions]


def tested_folds(comparison: FinishedComparison, names: Sequence[str]) -> list[TestedFold]:
    """Predictions of the models, with class scores where the first metric needs them; of folds that kept all of them.

    Empty where the first repeat lacks those of a model on any fold. Those of further repeats need not be kept.
    """
    y, splits = np.asarray(comparison.table.y), comparison.splits.members
    folds = []
    for number, split in enumerate(splits):
        models = {}
        for name in names:
            result = comparison.by_model[name][number]
            response, classes = None, None
            if comparison.task == "classification":
                response, classes = result.class_scores and result.class_scores.scores, np.unique(y)
            if comparison.task == "classification" and len(splits) == 1:
                # Kept for every size; its columns are the classes of the training rows.
                response, classes = result.response, np.unique(y[split.train])
            if result.predicted is not None and (comparison.metrics[0].response == "predict" or response is not None):
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
    where the metric cannot be computed from the predictions, or is not defined on half of the samples.
    """
    metric, names = comparison.metrics[0], comparison.ranked
    # A scorer of scikit-learn calls the model itself, which a fold does not keep. All models must be measurable:
    # evidence is paired.
    folds = [] if metric.scorer_name is not None or not names else tested_folds(comparison, names)
    if not folds:
        return None
    [(rows, predictions)] = folds
    y = np.asarray(comparison.table.y)
    groups = None if comparison.table.groups is None else comparison.table.groups[rows]
    blocks = bootstrap_counts(
        len(rows),
        n_draws=n_draws_for(len(predictions)),
        strata=y[rows] if comparison.task == "classification" and y.ndim == 1 else None,
        groups=groups,
    )
    resampled = [[bootstrap_scores(metric, known, counts) for known in predictions.values()] for counts in blocks]
    scores = np.concatenate(resampled, axis=1)  # (n_models, n_samples)
    defined = np.isfinite(scores).all(axis=0)  # a sample of few groups may lack a class
    # The other samples would be a selected half, on which the metric happens to be defined.
    if defined.mean() < 0.5:
        return None
    return Holdout(
        {name: comparison.by_model[name][0].scores[metric.name] for name in predictions},
        dict(zip(predictions, scores[:, defined], strict=True)),
        None if groups is None else len(np.unique(groups)),
    )


def score_after_choosing(comparison: FinishedComparison) -> AfterChoosing:
    """Correct the leader's score for being the best of the ranked models, by the predictions that were kept.

    Whole groups are resampled, and in time order stretches of neighbouring rows. The dummy cannot be chosen.
    """
    metric, verdict = comparison.metrics[0], comparison.verdict
    names = [name for name in verdict.ranking if name != comparison.dummy]
    if len(names) < 2:
        return _without("one_model", names)
    if metric.scorer_name is not None:
        return _without("scorer", names, metric=metric.label)
    folds = tested_folds(comparison, names)
    if not folds:
        return _without("predictions", names)
    # A row that several folds test is in a resample for all of them or for none.
    rows = np.unique(np.concatenate([fold.rows for fold in folds]))
    units = resampling_units(comparison, rows)
    n_units = len(rows) if units is None else len(np.unique(units))
    if n_units < _FEWEST_UNITS:
        return _without("few_units", names, n=n_units, needed=_FEWEST_UNITS)
    if metric.response != "score":
        folds = [_pool(folds)]
    y = np.asarray(comparison.table.y)
    # A metric without a form on counts is called for each resample, and a user's function may take a millisecond.
    most_draws = _FEWEST_DRAWS if metric.on_counts is None else _MOST_DRAWS
    blocks = bootstrap_counts(
        len(rows),
        n_draws=int(np.clip(_MOST_CELLS // len(rows), _FEWEST_DRAWS, most_draws)),
        strata=y[rows] if comparison.task == "classification" and y.ndim == 1 else None,
        groups=units,
    )
    places = [np.searchsorted(rows, fold.rows) for fold in folds]
    inside, outside = [], []
    for counts in blocks:
        inside.append(_scores(metric, folds, places, counts))
        outside.append(_scores(metric, folds, places, (counts == 0.0).astype(np.float64)))
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
    pooled = _pool(folds)
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
    if n_units < _FEWEST_UNITS:
        return Reason("few_units", {"n": n_units, "needed": _FEWEST_UNITS})
    # The number of lags is the rule of Newey & West (1994).
    lags = int(4 * (n_units / 100) ** (2 / 9)) if table.groups is None and table.time is not None else 0
    pairs = [pair for pair in combinations(names, 2) if reference is None or reference in pair]
    found = [row_ttest(means[first] - means[second], units=units, lags=lags).p_value for first, second in pairs]
    return {frozenset(pair): p for pair, p in zip(pairs, map(float, holm(found)), strict=True)}


def _pool(folds: Sequence[TestedFold]) -> TestedFold:
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


def _scores(
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
