"""Evidence of a single hold-out set: its rows are resampled, and every model is measured on the same samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from skdl.analysis import Holdout, bootstrap_counts, n_draws_for
from skdl.metrics import Predictions, bootstrap_scores

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl.cross_validation._fold import FoldResult, Table
    from skdl.cross_validation._splits import Split
    from skdl.metrics import Metric

__all__ = ["resample_holdout"]


def resample_holdout(
    results: Mapping[str, FoldResult], table: Table, split: Split, metric: Metric, *, task: str
) -> Holdout | None:
    """Resample the test rows of the one split, and measure every model on each sample.

    Parameters
    ----------
    results : mapping of str to FoldResult
        Of each ranked model on the split.
    table : Table
        The data; its groups are resampled whole.
    split : Split
        The one split.
    metric : Metric
        The one that ranks.
    task : {"regression", "classification"}
        In a classification each sample has as many rows of each class as the test part.

    Returns
    -------
    Holdout or None
        None where the metric cannot be computed from the predictions, or is not defined on half of the samples.
    """
    predictions = {name: _predictions(result, table, split, metric) for name, result in results.items()}
    known = {name: predicted for name, predicted in predictions.items() if predicted is not None}
    # A scorer of scikit-learn calls the model itself, which a fold does not keep. All models must be measurable:
    # evidence is paired.
    if metric.scorer_name is not None or not known or len(known) < len(predictions):
        return None
    truth = next(iter(known.values())).truth
    groups = None if table.groups is None else table.groups[split.test]
    blocks = bootstrap_counts(
        len(truth),
        n_draws=n_draws_for(len(known)),
        strata=truth if task == "classification" and truth.ndim == 1 else None,
        groups=groups,
    )
    resampled = [[bootstrap_scores(metric, predicted, counts) for predicted in known.values()] for counts in blocks]
    scores = np.concatenate(resampled, axis=1)  # (n_models, n_samples)
    defined = np.isfinite(scores).all(axis=0)  # a sample of few groups may lack a class
    # The other samples would be a selected half, on which the metric happens to be defined.
    if defined.mean() < 0.5:
        return None
    return Holdout(
        {name: result.scores[metric.name] for name, result in results.items()},
        dict(zip(known, scores[:, defined], strict=True)),
        None if groups is None else len(np.unique(groups)),
    )


def _predictions(result: FoldResult, table: Table, split: Split, metric: Metric) -> Predictions | None:
    if result.predicted is None or (metric.response != "predict" and result.response is None):
        return None
    y = np.asarray(table.y)
    # The columns of the class scores are the classes of the training rows.
    classes = np.unique(y[split.train]) if metric.task == "classification" else None
    return Predictions(y[split.test], result.predicted, result.response, classes)
