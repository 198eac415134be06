"""What decisions cost by the user's own costs: of every model, of the same decision for every row, by threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import confusion_matrix

from skdl import results
from skdl.analysis import mean_interval
from skdl.cross_validation import out_of_fold
from skdl.report.sections.errors.compute import cost_by_threshold, seven_digits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from skdl.cross_validation import FinishedComparison
    from skdl.metrics import DecisionCosts, Metric
    from skdl.report._compute import RunInfo

    Floats = NDArray[np.float64]

_STEPS = 100  # of the thresholds that are drawn


def threshold_of(comparison: FinishedComparison, name: str) -> float | None:
    """Threshold of the last of two classes by which a model is decided; None where it is not, or without costs."""
    metric = _metric_of_costs(comparison)
    if metric is None or metric.costs is None or decided_by(comparison, name) != "probabilities":
        return None
    return metric.costs.threshold


def _metric_of_costs(comparison: FinishedComparison) -> Metric | None:
    return next((metric for metric in comparison.metrics if metric.costs is not None), None)


def compute(comparison: FinishedComparison, _: RunInfo) -> dict[str, Any]:
    """Compute the field ``decisions`` of the summary: None without costs."""
    metric = _metric_of_costs(comparison)
    if metric is None or metric.costs is None:
        return {"decisions": None}
    costs = metric.costs
    # A threshold is that of the class that is acted on, which need not be the last one.
    label = len(costs.classes) - 1 if costs.action is None else costs.action
    thresholds = _thresholds(costs)
    shown = thresholds if label else 1.0 - thresholds[::-1]
    models = [_of_model(comparison, name, costs, thresholds, label) for name in comparison.reported]
    return {
        "decisions": results.DecisionsSummary(
            classes=[str(one) for one in costs.classes],
            matrix=[list(row) for row in costs.matrix],
            unit=costs.unit,
            label=str(costs.classes[label]),
            is_action=costs.action is not None,
            threshold=None if costs.threshold is None else costs.threshold if label else 1.0 - costs.threshold,
            score_threshold=costs.threshold,
            perfect=float(np.mean(_by_fold(comparison, costs, None))),
            priced=_priced(comparison, metric, costs),
            thresholds=seven_digits(shown) if any(model.costs for model in models) else [],
            models=models,
        )
    }


def _by_fold(comparison: FinishedComparison, costs: DecisionCosts, decision: Any) -> Floats:
    """Mean cost of the test rows of each fold for the same decision on every row, or for perfect ones."""
    table, y = comparison.table, np.asarray(comparison.table.y)
    rows = [split.test for split in comparison.splits.members]
    decided = [y[test] if decision is None else np.full(len(test), decision, dtype=y.dtype) for test in rows]
    pairs = zip(rows, decided, strict=True)
    return np.array([costs(y[test], one, sample_weight=table.weights_of(test)) for test, one in pairs])


def _priced(comparison: FinishedComparison, metric: Metric, costs: DecisionCosts) -> list[results.PricedDecisions]:
    """Price every model that has a cost on every fold, and each class as the decision for every row; cheapest first."""

    def interval(values: Floats, bounds: tuple[float, float] = (-np.inf, np.inf)) -> results.Score:
        if len(values) == 1:
            return results.Score(float(values[0]), None, None, None)
        return mean_interval(values, test_train_ratio=comparison.test_train_ratio, bounds=bounds)

    # Model, or else the class that is decided for every row, and the cost on each fold.
    known: list[tuple[str | None, Any, Floats]] = [
        *((name, None, comparison.scores(name, metric.name)) for name in comparison.by_model),
        *((None, label, _by_fold(comparison, costs, label)) for label in costs.classes),
    ]
    known = [one for one in known if np.isfinite(one[2]).all()]
    recommended = comparison.verdict.recommended
    reference = next((values for model, _, values in known if model == recommended), None)
    priced = []
    for model, label, values in known:
        difference = None if reference is None or model == recommended else interval(values - reference)
        priced.append(
            results.PricedDecisions(
                model=model,
                always=str(label) if model is None else None,
                by=None if model is None else decided_by(comparison, model),
                cost=interval(values, metric.bounds),
                difference=difference.mean if difference else None,
                low=difference.low if difference else None,
                high=difference.high if difference else None,
            )
        )
    return sorted(priced, key=lambda one: one.cost.mean)


def decided_by(comparison: FinishedComparison, name: str) -> str | None:
    """What a model is decided by: "probabilities" or "predictions"; None where class scores were not kept."""
    if comparison.job.classes is None:
        return None
    first = [result.class_scores for result in comparison.by_model[name] if result.repeat == 0]
    kinds = {None if scores is None else scores.kind for scores in first}
    return "probabilities" if kinds == {"probabilities"} else "predictions"


def _of_model(
    comparison: FinishedComparison, name: str, costs: DecisionCosts, thresholds: Floats, label: int
) -> results.ModelDecisions:
    """Price a model on the test rows of the first repeat: as decided, as predicted, and by threshold."""
    known = out_of_fold(comparison, name)
    weights = np.ones(len(known.rows)) if known.weights is None else known.weights
    scores = known.class_scores
    probabilities = scores.scores if scores is not None and scores.kind == "probabilities" else None
    decided = costs.decide(known.predicted, probabilities, costs.classes)
    values: dict[str, Any] = {}
    if probabilities is not None and costs.threshold is not None:
        folds = [split.test for split in comparison.splits.members if split.repeat == 0]
        fold = np.repeat(np.arange(len(folds)), [len(test) for test in folds])
        values = _by_threshold(costs, known.actual, probabilities[:, 1], weights, fold, thresholds)
        if not label:
            values = {**values, "costs": values["costs"][::-1], "best_threshold": 1.0 - values["best_threshold"]}
    return results.ModelDecisions(
        model=name,
        cost=costs(known.actual, decided, sample_weight=weights),
        usual_cost=costs(known.actual, known.predicted, sample_weight=weights),
        counts=confusion_matrix(known.actual, decided, labels=costs.classes, sample_weight=known.weights).tolist(),
        **values,
    )


def _thresholds(costs: DecisionCosts) -> Floats:
    """Hundredths, and finer ones around the threshold of the costs, which is among them."""
    if costs.threshold is None:
        return np.empty(0)
    fine = costs.threshold * np.arange(2 * _STEPS // 5 + 1) * 5 / _STEPS
    return np.unique(np.concatenate([np.arange(_STEPS + 1) / _STEPS, fine.clip(max=1.0), [costs.threshold]]))


def _by_threshold(
    costs: DecisionCosts, actual: Any, given: Floats, weights: Floats, fold: NDArray[np.intp], thresholds: Floats
) -> dict[str, Any]:
    """Mean cost at each threshold of the last class, the cheapest one, and the cost of choosing so on other folds."""
    assert costs.threshold is not None
    # What each row adds where it is decided as the first class, and as the last one. (2, n_rows)
    first, last = (
        weights * costs.of_rows(actual, np.full(len(actual), label, dtype=np.asarray(actual).dtype))
        for label in costs.classes
    )
    totals = np.zeros((fold.max() + 1, len(thresholds)))
    for number in range(len(totals)):
        inside = fold == number
        totals[number] = cost_by_threshold(given[inside], first[inside], last[inside], thresholds)
    whole = totals.sum(axis=0)
    best = _cheapest(whole, thresholds, costs.threshold)
    judged = None
    if len(totals) > 1:
        chosen = [_cheapest(whole - own, thresholds, costs.threshold) for own in totals]
        judged = float(sum(own[choice] for own, choice in zip(totals, chosen, strict=True)) / weights.sum())
    return {
        "costs": seven_digits(whole / weights.sum()),
        "best_threshold": float(thresholds[best]),
        "best_cost": float(whole[best] / weights.sum()),
        "judged_cost": judged,
    }


def _cheapest(totals: Floats, thresholds: Floats, usual: float) -> int:
    """Position of the cheapest threshold; of equal ones the nearest to that of the costs."""
    # Sums of the same numbers in another order differ in the last bits.
    equal = np.flatnonzero(totals <= totals.min() + 1e-9 * np.abs(totals).max())
    return int(equal[np.argmin(np.abs(thresholds[equal] - usual))])
