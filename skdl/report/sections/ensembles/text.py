"""Ensembles as text: a table of weights for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.report._format import fixed
from skdl.report.sections._scores import interval_text

if TYPE_CHECKING:
    from skdl.report._strings import Strings
    from skdl.results import EnsembleSummary, Summary

_DECIMALS = 2


def describe(summary: Summary, strings: Strings) -> dict[str, Any] | None:
    """Describe every ensemble, best first; None if there is none."""
    if not summary.ensembles:
        return None
    names = ", ".join(one.model for one in summary.ensembles)
    return {
        "contents": strings("ensembles.contents", models=names),
        "ensembles": [_describe(one, summary, strings) for one in summary.ensembles],
    }


def _describe(ensemble: EnsembleSummary, summary: Summary, strings: Strings) -> dict[str, Any]:
    is_saved = summary.saved is not None and summary.saved_name == ensemble.model
    saved = summary.saved.members if summary.saved is not None and is_saved else {}
    is_blend = ensemble.kind == "blend"
    keys = [*(["mean", "range", "folds"] if is_blend else ["coefficient", "range"]), *(["saved"] if saved else [])]
    lines = []
    for member in ensemble.members:
        cells = {
            "range": interval_text(member.low, member.high, _DECIMALS, strings),
            "folds": strings("ensembles.of", n=member.n_folds, folds=ensemble.n_folds),
            "saved": fixed(saved.get(member.model), _DECIMALS),
        }
        lines.append([member.model, *(cells.get(key, fixed(member.mean, _DECIMALS)) for key in keys)])
    return {
        "model": ensemble.model,
        "note": strings(f"ensembles.{ensemble.kind}"),
        "headings": [strings("table.model"), *(strings(f"ensembles.{key}") for key in keys)],
        "lines": lines,
    }
