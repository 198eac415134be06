"""`Comparison`: the results for Python and for notebooks, as tables, verdict, plot and the recommended model."""

from __future__ import annotations

from dataclasses import asdict, astuple, dataclass, field, replace
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection._search import BaseSearchCV

from skdl import report, results
from skdl._nearest import did_you_mean
from skdl._settings import default_settings
from skdl.cross_validation import fit_with_groups
from skdl.exceptions import UsageError
from skdl.report.sections.slices.text import slice_label
from skdl.saved_models import load_model

if TYPE_CHECKING:
    import os

    from matplotlib.axes import Axes

    from skdl.cross_validation import FinishedComparison
    from skdl.explore import ExplorePage
    from skdl.schema import ModelWithSchema


@dataclass(frozen=True)
class ComparisonVerdict:
    """The verdict of a comparison.

    Attributes
    ----------
    sentence : str
        The verdict in a sentence or two.
    winner : str or None
        The winner; None where the evidence does not allow one.
    reasons : tuple of str
        Codes of the reasons against a winner: ``not_significant``, ``equivalent``, ``dummy``, ``few_folds``, ...
    recommended : str
        The recommended model.
    """

    sentence: str
    winner: str | None
    reasons: tuple[str, ...]
    recommended: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True)
class Comparison:
    """The results of a comparison.

    Attributes
    ----------
    summary : skdl.results.Summary
        All results, as plain values.
    best : skdl.schema.ModelWithSchema
        The recommended model, or the one that ``save_model`` names, fitted on all rows. As `skdl.load_model` does, it
        converts its input to the types of training, or raises a `DataError`; ``best.pipeline_`` is the model inside. If
        a finished folder was run again, it is the saved model, whose networks are frozen.
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
    fitted: ModelWithSchema | None = field(repr=False)  # on all rows; None where it was saved by an earlier run
    folder: Path | None = None
    model_pin: str | None = None

    @cached_property
    def best(self) -> Any:
        """The recommended model, or the one that was to be saved, fitted on all rows, with its input schema."""
        if self.fitted is not None or self.folder is None:
            return self.fitted
        # Loaded when it is first asked for, and verified against the pin again.
        return load_model(self.folder / "model", sha256=self.model_pin)

    @property
    def verdict(self) -> ComparisonVerdict:
        """The verdict: winner if one may be named, and recommended model."""
        verdict = self.summary.verdict
        return ComparisonVerdict(
            sentence=report.verdict_sentence(self.summary, self.summary.lang),
            winner=verdict.winner,
            reasons=tuple(reason.code for reason in verdict.reasons),
            recommended=verdict.recommended,
        )

    def leaderboard(self) -> pd.DataFrame:
        """Return the leaderboard: a row a model, best first.

        Returns
        -------
        pandas.DataFrame
            Indexed by model: tied group, rank, means of all metrics with ``_low`` and ``_high``, p against the leader,
            seconds.
        """
        return _read_csv(report.render_leaderboard(self.summary)).set_index("model")

    def folds(self) -> pd.DataFrame:
        """Return the scores of every fold: a row a model and fold.

        Returns
        -------
        pandas.DataFrame
            Columns ``model``, ``repeat``, ``fold``, one a metric, ``fit_s``, ``predict_s``, ``status``.
        """
        return _read_csv(report.render_folds(self.summary))

    def differences(self, reference: str | None = None) -> pd.DataFrame:
        """Compare every model with one of them, fold by fold, in the ranking metric.

        Parameters
        ----------
        reference : str, default=None
            Name of that model; None is the reference that was given to `compare`, or else the leader.

        Returns
        -------
        pandas.DataFrame
            Indexed by model: ``difference`` (its mean minus the reference's, in the metric's unit) with ``low`` and
            ``high``, ``p_value``, ``p_adjusted`` by Holm's method (over all pairs; over the other models alone for the
            reference that was given to `compare`), and ``p_better``, ``p_equivalent`` and ``p_worse``, the
            probabilities of being better, practically equivalent and worse.

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
                f"{did_you_mean(reference, ranked)} There are: {', '.join(ranked)}."
            )
        names = {"mean": "difference", "p_raw": "p_value", "p_value": "p_adjusted"}
        columns = ["model", "mean", "low", "high", "p_raw", "p_value", "p_better", "p_equivalent", "p_worse"]
        rows = [asdict(difference) for difference in self.comparison.differences(reference)]
        return pd.DataFrame(rows, columns=columns).rename(columns=names).set_index("model").astype(np.float64)

    def slices(self) -> pd.DataFrame:
        """Scores in the ranking metric by slices of the rows, and what separates the other models from the recommended.

        Returns
        -------
        pandas.DataFrame
            A row for each slice and model: the ``column`` (empty for all rows) and the ``slice`` of it, ``n_rows``,
            ``model``, ``score`` with ``low`` and ``high``; ``difference`` (the recommended model's score minus that of
            the model), ``difference_low``, ``difference_high`` and ``p_value``, adjusted over all slices.

        Raises
        ------
        UsageError
            If `compare` was given no slices.
        """
        found = self.summary.slices
        if found is None:
            raise UsageError("slices: compare must be given slices; got none. Name them: slices=['region'].")
        strings, rows = report.strings_of("en"), []
        for row in found.rows:
            for model, score in row.scores.items():
                against = row.differences.get(model)
                tested = (None,) * 4 if against is None else astuple(against)
                place = (row.slice.column or "", slice_label(row.slice, strings), row.n_rows, model)
                rows.append((*place, *astuple(score), *tested))
        numbers = ["score", "low", "high", "difference", "difference_low", "difference_high", "p_value"]
        table = pd.DataFrame(rows, columns=["column", "slice", "n_rows", "model", *numbers])
        return table.astype(dict.fromkeys(numbers, np.float64))

    @default_settings()
    def refit(self, X: Any, y: Any, *, groups: Any = None, model: str | None = None) -> Any:
        """Fit a clone of a model on other rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features, with the columns of the comparison.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target.
        groups : array-like of shape (n_samples,), default=None
            Groups that inner folds keep together; needed if the comparison had groups and the model is a search.
        model : str, default=None
            Its name; None is the recommended one.

        Returns
        -------
        estimator
            Fitted; of a search, the best candidate.

        Raises
        ------
        UsageError
            If there is no such model.
        """
        name = self.summary.verdict.recommended if model is None else model
        estimators = self.comparison.job.estimators
        if name not in estimators:
            raise UsageError(
                f"refit: model must be one of {', '.join(estimators)}; got {name!r}{did_you_mean(name, estimators)}"
            )
        return fit_on_all_rows(estimators[name], X, y, groups)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Plot each model's score on each fold, best model on top, with the mean and its interval.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; None makes a figure.

        Returns
        -------
        matplotlib.axes.Axes
            The axes, for changes of title and labels.
        """
        return report.plot_folds(self.summary, ax)

    def to_html(self, path: str | os.PathLike[str], *, lang: str | None = None) -> Path:
        """Write the report page alone.

        Parameters
        ----------
        path : path-like
            The file.
        lang : {"en", "ko"}, default=None
            Language of the page; None is that of the comparison.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        OutputError
            If it cannot be written.
        UsageError
            For another language.
        """
        return report.write_page(self.summary, Path(path), lang=lang)

    def explore(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        model: str | None = None,
        rows: int = 0,
        lang: str | None = None,
    ) -> ExplorePage:
        """Write a page that shows what happens in the hidden layers of a network.

        One HTML file that loads nothing from outside: the network drawn with its weights, each unit as a picture, its
        training replayed, and its prediction as you move the columns. The network is fitted on all rows for it.

        Parameters
        ----------
        path : path-like, default=None
            The file; None is ``explore.html``, in the output folder where there is one.
        model : str, default=None
            Name of the model; None is the recommended one if it is a network, else the best network.
        rows : int, default=0
            Rows of the table that the page holds, at most 2,000: it shows them as points, and can train on them.
        lang : {"en", "ko"}, default=None
            Language of the page; None is that of the comparison.

        Returns
        -------
        skdl.explore.ExplorePage
            File, size, and notes.

        Raises
        ------
        DataError
            If the table has more columns than a page can show, or is no table.
        OutputError
            If the page cannot be written.
        UsageError
            If there is no such model, or the file is not one that this method wrote.
        """
        from skdl.explore import explore_models, write_page_of

        verdict, table = self.comparison.verdict, self.comparison.table
        source = explore_models(
            self.summary.name,
            self.comparison.job.estimators,
            table,
            task=self.comparison.task,
            ranking=[verdict.recommended, *verdict.ranking],
            model=model,
            target=self.summary.data.target,
        )
        source = replace(source, folder=self.folder, lang=self.summary.lang)
        return write_page_of(source, out=path, rows=rows, lang=lang)

    def __repr__(self) -> str:
        """Return leaderboard and verdict as a short text, best model first."""
        text = report.render_text(self.summary)
        if self.folder is None:
            return text
        return f"{text}\n{report.strings_of(self.summary.lang)('terminal.results', folder=self.folder)}"

    def _repr_html_(self) -> str:
        """Return verdict and leaderboard as HTML, for a notebook."""
        return report.render_notebook(self.summary)


def fit_on_all_rows(estimator: Any, X: Any, y: Any, groups: Any = None, sample_weight: Any = None) -> Any:
    """Fit a clone of an estimator; of a search, return the best candidate."""
    model = fit_with_groups(clone(estimator), X, y, groups, sample_weight)
    # The search object would carry the scores of all its candidates along.
    return model.best_estimator_ if isinstance(model, BaseSearchCV) else model


def _read_csv(text: str) -> pd.DataFrame:
    return pd.read_csv(StringIO(text), engine="python")  # the default engine may be off in the last bit of a float
