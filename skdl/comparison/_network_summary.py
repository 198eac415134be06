"""One network over the folds: its layers, its training curves, what they show, and what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection._search import BaseSearchCV

from skdl import report
from skdl.analysis import diagnose_training, is_underfit, over_folds, remedy_yaml
from skdl.comparison._networks import final_estimator, way_to_final

if TYPE_CHECKING:
    from skdl.comparison._contest import Contest
    from skdl.comparison._fold import FoldResult
    from skdl.comparison._networks import NetworkTrace

__all__ = ["network_summary"]


def network_summary(contest: Contest, name: str, *, from_file: bool) -> report.NetworkSummary | None:
    """Put together what is known of a network's training; None for every other model.

    ``from_file`` gives the advice as a piece of a pipeline file too.
    """
    traced = [(result, result.trace) for result in contest.by_model[name] if result.trace is not None]
    if not traced:
        return None
    first = traced[0][1].description
    parameters = _fixed_parameters(next(one.estimator for one in contest.contestants if one.name == name))
    return report.NetworkSummary(
        model=name,
        architecture=first.architecture,
        loss=first.loss,
        n_parameters=first.n_parameters,
        curves=[_curve(result, trace) for result, trace in traced],
        readings=[
            report.CurveReading(code, share, remedy_yaml(name, code, parameters) if from_file else None)
            for code, share in _readings(contest, name, [trace for _, trace in traced])
        ],
        seed_spread=next((found.spread for found in contest.seed_spreads if found.model == name), None),
        layers=[report.Layer(one.kind, one.units, list(one.details), one.n_parameters) for one in first.layers],
    )


def _curve(result: FoldResult, trace: NetworkTrace) -> report.Curve:
    history = trace.history
    where = result.repeat + 1, result.fold + 1
    return report.Curve(*where, history["loss"], history.get("val_loss"), trace.best_epoch, trace.baseline_loss)


def _readings(contest: Contest, name: str, traces: list[NetworkTrace]) -> list[tuple[str, float]]:
    """Read the curves of all folds; one that looks healthy may still be of a network that is too small."""
    found = over_folds(
        [
            diagnose_training(
                trace.history,
                baseline_loss=trace.baseline_loss,
                inference_loss=trace.inference_loss,
                kept_epoch=trace.kept_epoch,
            )
            for trace in traces
        ]
    )
    is_small = _is_small(contest, name, [finding.code for finding in found])
    return [("underfit" if is_small and one.code == "healthy" else one.code, one.share) for one in found]


def _is_small(contest: Contest, name: str, codes: list[str]) -> bool:
    """Whether the network does worse on rows it was trained on than the best classical model on new ones."""
    first = contest.metrics[0]
    trained = [result.train_score for result in contest.by_model[name]]
    classical = [
        float(contest.scores(other, first.name).mean())
        for other in contest.ranked
        if other != contest.dummy and all(result.trace is None for result in contest.by_model[other])
    ]
    if not classical or any(score is None for score in trained):
        return False
    return is_underfit(
        codes,
        train_score=float(np.mean(np.array(trained, dtype=np.float64))),
        classical_score=max(classical) if first.greater_is_better else min(classical),
        greater_is_better=first.greater_is_better,
        region=contest.equivalence,
    )


def _fixed_parameters(estimator: Any) -> dict[str, Any]:
    """Give the network's parameters but those that a search chooses."""
    searched: set[str] = set()
    if isinstance(estimator, BaseSearchCV):
        grid = getattr(estimator, "param_grid", None) or getattr(estimator, "param_distributions", {})
        grids = [grid] if isinstance(grid, dict) else grid
        searched = {key for one in grids for key in one}
        estimator = estimator.estimator
    way = way_to_final(estimator)
    parameters = final_estimator(estimator).get_params(deep=False)
    return {key: value for key, value in parameters.items() if f"{way}{key}" not in searched}
