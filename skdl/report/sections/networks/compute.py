"""Networks over the folds: layers, training curves, their diagnoses, and remedies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection._search import BaseSearchCV

from skdl import results
from skdl.cross_validation import final_estimator, parameter_prefix
from skdl.diagnosis import diagnose_training, is_underfit, over_folds, remedy_yaml
from skdl.report.sections.tuning.compute import search_spaces

if TYPE_CHECKING:
    from skdl.cross_validation import FinishedComparison, FoldResult, NetworkTrace
    from skdl.report._compute import RunInfo


def compute(comparison: FinishedComparison, info: RunInfo) -> dict[str, Any]:
    """Compute the field ``networks`` of the summary; remedies are YAML only where there is a pipeline file."""
    has_file = info.pipeline is not None
    networks = [network_summary(comparison, name, from_file=has_file) for name in comparison.by_model]
    return {"networks": [network for network in networks if network is not None]}


def network_summary(comparison: FinishedComparison, name: str, *, from_file: bool) -> results.NetworkSummary | None:
    """Summarise a network's training; None for other models.

    ``from_file``: the remedies are also given as part of a pipeline file.
    """
    traced = [(result, result.trace) for result in comparison.by_model[name] if result.trace is not None]
    if not traced:
        return None
    first = traced[0][1].description
    parameters = _fixed_parameters(comparison.job.estimators[name])
    return results.NetworkSummary(
        model=name,
        architecture=first.architecture,
        loss=first.loss,
        n_parameters=first.n_parameters,
        curves=[_curve(result, trace) for result, trace in traced],
        readings=[
            results.CurveReading(code, share, remedy_yaml(name, code, parameters) if from_file else None)
            for code, share in _diagnoses(comparison, name, [trace for _, trace in traced])
        ],
        seed_spread=next((found.spread for found in comparison.seed_spreads if found.model == name), None),
        layers=[results.Layer(one.kind, one.units, list(one.details), one.n_parameters) for one in first.layers],
    )


def _curve(result: FoldResult, trace: NetworkTrace) -> results.Curve:
    history = trace.history
    where = result.repeat + 1, result.fold + 1
    return results.Curve(*where, history["loss"], history.get("val_loss"), trace.best_epoch, trace.baseline_loss)


def _diagnoses(comparison: FinishedComparison, name: str, traces: list[NetworkTrace]) -> list[tuple[str, float]]:
    """Diagnose the curves of all folds; a network with healthy curves may still underfit."""
    found = over_folds(
        [
            diagnose_training(
                trace.history,
                baseline_loss=trace.baseline_loss,
                initial_penalty=trace.initial_penalty,
                inference_loss=trace.inference_loss,
                kept_epoch=trace.kept_epoch,
            )
            for trace in traces
        ]
    )
    # Training curves alone cannot show underfitting: it takes the score of another kind of model.
    is_small = _is_underfit(comparison, name, list(found))
    return [("underfit" if is_small and code == "healthy" else code, share) for code, share in found.items()]


def _is_underfit(comparison: FinishedComparison, name: str, codes: list[str]) -> bool:
    """Whether the network scores worse on training rows than the best classical model on test rows."""
    first = comparison.metrics[0]
    trained = [result.train_score for result in comparison.by_model[name]]
    classical = [
        float(comparison.scores(other, first.name).mean())
        for other in comparison.ranked
        if other != comparison.dummy and all(result.trace is None for result in comparison.by_model[other])
    ]
    if not classical or any(score is None for score in trained):
        return False
    return is_underfit(
        codes,
        train_score=float(np.mean(np.array(trained, dtype=np.float64))),
        classical_score=max(classical) if first.greater_is_better else min(classical),
        greater_is_better=first.greater_is_better,
        region=comparison.equivalence,
    )


def _fixed_parameters(estimator: Any) -> dict[str, Any]:
    """The network's parameters without those that a search chooses."""
    searched: set[str] = set()
    if isinstance(estimator, BaseSearchCV):
        searched = {key for space in search_spaces(estimator) for key in space}
        estimator = estimator.estimator
    way = parameter_prefix(estimator)
    parameters = final_estimator(estimator).get_params(deep=False)
    return {key: value for key, value in parameters.items() if f"{way}{key}" not in searched}
