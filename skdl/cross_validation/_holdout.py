"""A single split as evidence: the rows of its test part are drawn again, and every model is measured on the draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from skdl.analysis import Holdout, bootstrap_counts, n_draws_for
from skdl.cross_validation._replicates import Answers, replicates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl.cross_validation._fold import FoldResult, Table
    from skdl.cross_validation._splits import Split
    from skdl.metrics import Metric

__all__ = ["holdout_of"]


def holdout_of(
    results: Mapping[str, FoldResult], table: Table, split: Split, metric: Metric, *, task: str
) -> Holdout | None:
    """Draw the test rows of the one split again, and measure every model on each draw.

    Parameters
    ----------
    results : mapping of str to FoldResult
        What each ranked model did on the split.
    table : Table
        The data; its groups are drawn whole.
    split : Split
        The one split.
    metric : Metric
        The one that ranks.
    task : {"regression", "classification"}
        Of classes each draw has as many rows as the test part.

    Returns
    -------
    Holdout or None
        None where answers do not suffice for the metric, or where it has no value on half of the draws.
    """
    answers = {name: _answers(result, table, split, metric) for name, result in results.items()}
    known = {name: answer for name, answer in answers.items() if answer is not None}
    if metric.scorer_name is not None or not known or len(known) < len(answers):
        return None
    truth = next(iter(known.values())).truth
    groups = None if table.groups is None else table.groups[split.test]
    blocks = bootstrap_counts(
        len(truth),
        n_draws=n_draws_for(len(known)),
        strata=truth if task == "classification" and truth.ndim == 1 else None,
        groups=groups,
    )
    drawn = [[replicates(metric, answer, counts) for answer in known.values()] for counts in blocks]
    scores = np.concatenate(drawn, axis=1)  # (n_models, n_draws)
    defined = np.isfinite(scores).all(axis=0)  # a draw of few groups may lack a class
    if defined.mean() < 0.5:  # noqa: PLR2004 - half of the draws
        return None
    return Holdout(
        {name: result.scores[metric.name] for name, result in results.items()},
        dict(zip(known, scores[:, defined], strict=True)),
        None if groups is None else len(np.unique(groups)),
    )


def _answers(result: FoldResult, table: Table, split: Split, metric: Metric) -> Answers | None:
    if result.predicted is None or (metric.response != "predict" and result.response is None):
        return None
    y = np.asarray(table.y)
    classes = np.unique(y[split.train]) if metric.task == "classification" else None
    return Answers(y[split.test], result.predicted, result.response, classes)
