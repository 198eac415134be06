"""What a comparison found, for Python and for a notebook: tables, verdict, pictures, and the winner."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection._search import BaseSearchCV

from skdl import report, results
from skdl.cross_validation import fit_in_groups
from skdl.exceptions import UsageError
from skdl.tables import did_you_mean

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from skdl.cross_validation import FinishedComparison

__all__ = ["Comparison", "ComparisonVerdict", "fit_anew"]


@dataclass(frozen=True)
class ComparisonVerdict:
    """What may be said, and what to ship.

    Attributes
    ----------
    sentence : str
        The verdict in a sentence or two.
    winner : str or None
        The model that wins; None where none may be named.
    reasons : tuple of str
        Short codes of why none may be named: ``not_significant``, ``equivalent``, ``dummy``, ``few_folds``, ...
    recommended : str
        The model to ship.
    """

    sentence: str
    winner: str | None
    reasons: tuple[str, ...]
    recommended: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Attributes
    ----------
    summary : skdl.report.Summary
        Everything, as plain values.
    best : estimator
        What the verdict recommends, fitted on all rows. Where a finished folder was run again, it is the saved model,
        with frozen networks.
    folder : pathlib.Path or None
        Where the results were written.
    model_pin : str or None
        SHA-256 to give to :func:`skdl.load_model` for the saved model.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> import skdl
    >>> X, y = load_iris(return_X_y=True)
    >>> models = {"logistic": LogisticRegression(max_iter=1000), "knn": KNeighborsClassifier()}
    >>> comparison = skdl.compare(models, X, y, cv=5, repeats=1, metrics=["accuracy"])
    >>> comparison.verdict.winner, comparison.verdict.recommended
    (None, 'logistic')
    >>> sorted(comparison.leaderboard().index)
    ['dummy', 'knn', 'logistic']
    """

    summary: results.Summary
    comparison: FinishedComparison = field(repr=False)
    get_best: Callable[[], Any] = field(repr=False)
    folder: Path | None = None
    model_pin: str | None = None

    @cached_property
    def best(self) -> Any:
        """What the verdict recommends, fitted on all rows."""
        return self.get_best()

    @property
    def verdict(self) -> ComparisonVerdict:
        """Whether a winner may be named, and what to ship."""
        found = self.summary.verdict
        return ComparisonVerdict(
            sentence=report.verdict_sentence(self.summary),
            winner=found.winner,
            reasons=tuple(reason.code for reason in found.reasons),
            recommended=found.recommended,
        )

    def leaderboard(self) -> pd.DataFrame:
        """Give a row a model, best first.

        Returns
        -------
        pandas.DataFrame
            By model: tied group, rank, means of all metrics with ``_low`` and ``_high``, p against the leader, seconds.
        """
        return _read_csv(report.render_leaderboard(self.summary)).set_index("model")

    def folds(self) -> pd.DataFrame:
        """Give a row a model and fold.

        Returns
        -------
        pandas.DataFrame
            Columns ``model``, ``repeat``, ``fold``, one a metric, ``fit_s``, ``predict_s``, ``status``.
        """
        return _read_csv(report.render_folds(self.summary))

    def differences(self, reference: str | None = None) -> pd.DataFrame:
        """Hold every model against one, fold by fold, in the metric that ranks.

        Parameters
        ----------
        reference : str, default=None
            Name of that model; None is the one that was named before the comparison, or else the leader.

        Returns
        -------
        pandas.DataFrame
            By model: ``difference`` (its mean minus the reference's, in the metric's unit) with ``low`` and ``high``,
            ``p_value``, ``p_adjusted`` by Holm's method (over all pairs; over the other models alone for the reference
            that was named before), and the probabilities ``p_better``, ``p_equivalent`` and ``p_worse`` of being
            practically so.

        Raises
        ------
        UsageError
            If no model of that name has a score on every fold.
        """
        ranked = self.comparison.verdict.ranking
        reference = self.comparison.reference if reference is None else reference
        if reference not in ranked:
            raise UsageError(
                f"differences: reference must be a model with a score on every fold; got {reference!r}"
                f"{did_you_mean(reference, ranked) or '.'} There are: {', '.join(ranked)}."
            )
        rows = [
            {
                "model": found.model,
                "difference": found.mean,
                "low": found.low,
                "high": found.high,
                "p_value": found.p_raw,
                "p_adjusted": found.p_value,
                "p_better": found.p_better,
                "p_equivalent": found.p_equivalent,
                "p_worse": found.p_worse,
            }
            for found in self.comparison.differences(reference)
        ]
        columns = ["difference", "low", "high", "p_value", "p_adjusted", "p_better", "p_equivalent", "p_worse"]
        return pd.DataFrame(rows, columns=["model", *columns]).set_index("model").astype(np.float64)

    def refit(self, X: Any, y: Any, *, groups: Any = None, model: str | None = None) -> Any:
        """Fit a fresh copy of a model on rows of one's own.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features, with the columns that were compared on.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target.
        groups : array-like of shape (n_samples,), default=None
            Groups that a search keeps together; needed where the comparison had them and the model is a search.
        model : str, default=None
            Its name; None is the recommended one.

        Returns
        -------
        estimator
            Fitted; a search gives the best of its candidates.

        Raises
        ------
        UsageError
            If there is no such model.
        """
        name = self.summary.verdict.recommended if model is None else model
        known = {one.name: one.estimator for one in self.comparison.models}
        if name not in known:
            raise UsageError(
                f"refit: model must be one of {', '.join(known)}; got {name!r}{did_you_mean(name, known) or '.'}"
            )
        return fit_anew(known[name], X, y, groups)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each model's score on each fold, best model on top, with the mean and its interval.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        matplotlib.axes.Axes
            Title and labels can be changed there.
        """
        return report.plot_folds(self.summary, ax)

    def to_html(self, path: str | os.PathLike[str], *, lang: str = "en") -> Path:
        """Write the report page alone.

        Parameters
        ----------
        path : path-like
            The file.
        lang : str, default="en"
            Language of the page.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        return report.write_page(self.summary, Path(path), lang=lang)

    def _repr_html_(self) -> str:
        """Show verdict and leaderboard in a notebook."""
        return report.render_notebook(self.summary)


def fit_anew(estimator: Any, X: Any, y: Any, groups: Any = None) -> Any:
    """Fit a copy of an estimator; of a search, give the best candidate."""
    model = fit_in_groups(clone(estimator), X, y, groups)
    return model.best_estimator_ if isinstance(model, BaseSearchCV) else model


def _read_csv(text: str) -> pd.DataFrame:
    return pd.read_csv(StringIO(text), engine="python")  # it reads floats back to the bit
