"""Learning curves of trained networks as a scikit-learn Display."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skdl.frozen import FrozenMLPClassifier, FrozenMLPRegressor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from numpy.typing import NDArray

_LOG_RATIO = 20.0  # greatest loss over least from which a linear scale hides the end of the curve; as in the report
_PANEL_SIZE = (5.2, 4.0)  # inches, of each of several axes side by side


class TrainingCurveDisplay:
    """Training and validation loss by epoch, of one network or of one for each fold.

    It is recommended to use :meth:`from_estimator` or :meth:`from_cv_results` to create one. All parameters are stored
    as attributes.

    One network has a line for the training rows and one for the validation rows. Several networks have thin lines each,
    and bold ones for their mean, up to the last epoch that all of them have. Training and validation differ by colour;
    circles mark the best epochs.

    Parameters
    ----------
    history : dict of str to list of float, or list of such dict
        As an estimator's ``history_``: ``loss``, perhaps ``val_loss``, and metrics. A list holds one for each network.
    best_epoch : int or list of int, default=None
        Epoch to mark, counted from 1; a list holds one (or None) for each network.
    metric : str or list of str, default="loss"
        Which list of the history is drawn, with its ``val_`` counterpart where there is one; several are drawn side by
        side. ``"f1_score"`` of ``f1_score_0``, ``f1_score_1``, ... is a thin line for each class and a bold one for
        their mean; ``"f1_score_1"`` is one class.
    name : str, default=None
        Prefix of each entry of the legend, for several displays in the same axes.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes or ndarray of Axes
        Axes of the curves; an array where ``metric`` is a list.
    figure_ : matplotlib.figure.Figure
        The figure of the axes.
    lines_ : list of matplotlib.lines.Line2D
        The curves: axes by axes, network by network, training before validation.
    mean_lines_ : list of matplotlib.lines.Line2D
        Their means, training before validation; empty where there is one network.

    See Also
    --------
    skdl.diagnose_training : Diagnosis of a curve.
    sklearn.model_selection.LearningCurveDisplay : Score by number of training rows.

    Examples
    --------
    >>> from skdl import TrainingCurveDisplay
    >>> display = TrainingCurveDisplay({"loss": [3.0, 2.0, 1.5], "val_loss": [3.1, 2.4, 2.6]}, best_epoch=2)
    >>> display.plot().ax_.get_xlabel()
    'epoch'
    """

    def __init__(
        self,
        history: Mapping[str, Sequence[float]] | Sequence[Mapping[str, Sequence[float]]],
        *,
        best_epoch: int | Sequence[int | None] | None = None,
        metric: str | Sequence[str] = "loss",
        name: str | None = None,
    ) -> None:
        self.history = history
        self.best_epoch = best_epoch
        self.metric = metric
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        metric: str | Sequence[str] = "loss",
        name: str | None = None,
        ax: Any = None,
        log_scale: bool | None = None,
        line_kw: Mapping[str, Any] | None = None,
        mean_line_kw: Mapping[str, Any] | None = None,
        best_epoch_kw: Mapping[str, Any] | None = None,
    ) -> TrainingCurveDisplay:
        """Draw the curve of a fitted estimator, or those inside a meta-estimator.

        Parameters
        ----------
        estimator : estimator, list of estimators, or dict
            A fitted `KerasMLPRegressor` or `KerasMLPClassifier`; a `Pipeline` that ends in one; a
            `TransformedTargetRegressor`; a search, of which the network refitted with the best parameters is drawn
            (those of its folds are not kept by scikit-learn); an ensemble or a list, of which each network is drawn; or
            the result of `cross_validate`, see :meth:`from_cv_results`.
        metric : str or list of str, default="loss"
            ``"loss"`` or one of the estimator's metrics; several are drawn side by side.
        name : str, default=None
            Prefix of each entry of the legend.
        ax : matplotlib.axes.Axes or list of Axes, default=None
            One axes for each metric; None makes a figure.
        log_scale : bool, default=None
            Logarithmic scale of the values. None uses it where they fall, are positive, and the greatest is at least 20
            times the least; False leaves the axes as they are.
        line_kw, mean_line_kw, best_epoch_kw : dict, default=None
            Passed to Matplotlib's ``plot`` for the curves, their means, and the marks of the best epochs.

        Returns
        -------
        TrainingCurveDisplay
            Drawn.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Where the estimator is not fitted.
        TypeError
            Where there is no Keras network in it, or a frozen one, which keeps no history.
        ValueError
            Where it was loaded from a Keras file and has no history, a search has ``refit=False``, or the history
            holds no such metric.

        Examples
        --------
        >>> import numpy as np
        >>> from skdl import KerasMLPRegressor, TrainingCurveDisplay
        >>> X = np.linspace(0.0, 1.0, 40).reshape(-1, 2)
        >>> net = KerasMLPRegressor((4,), epochs=3, validation_split=0.2, random_state=0).fit(X, X[:, 0])
        >>> TrainingCurveDisplay.from_estimator(net).lines_
        [<matplotlib.lines.Line2D ...>, <matplotlib.lines.Line2D ...>]
        """
        networks = _fitted_networks(estimator)
        best_epochs = [getattr(network, "best_epoch_", None) for network in networks]
        display = cls([network.history_ for network in networks], best_epoch=best_epochs, metric=metric, name=name)
        styles: dict[str, Any] = {"line_kw": line_kw, "mean_line_kw": mean_line_kw, "best_epoch_kw": best_epoch_kw}
        return display.plot(ax, log_scale=log_scale, **styles)

    @classmethod
    def from_cv_results(
        cls,
        cv_results: Mapping[str, Any],
        *,
        metric: str | Sequence[str] = "loss",
        name: str | None = None,
        ax: Any = None,
        log_scale: bool | None = None,
        line_kw: Mapping[str, Any] | None = None,
        mean_line_kw: Mapping[str, Any] | None = None,
        best_epoch_kw: Mapping[str, Any] | None = None,
    ) -> TrainingCurveDisplay:
        """Draw a line for each fold of a cross-validation.

        Parameters
        ----------
        cv_results : dict
            As returned by :func:`~sklearn.model_selection.cross_validate` with ``return_estimator=True``. Folds whose
            fit failed are left out.
        metric, name, ax, log_scale, line_kw, mean_line_kw, best_epoch_kw
            As in :meth:`from_estimator`.

        Returns
        -------
        TrainingCurveDisplay
            Drawn.

        Raises
        ------
        ValueError
            Where the result holds no estimators, and as in :meth:`from_estimator`.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.model_selection import cross_validate
        >>> from skdl import KerasMLPRegressor, TrainingCurveDisplay
        >>> X = np.linspace(0.0, 1.0, 60).reshape(-1, 2)
        >>> net = KerasMLPRegressor((4,), epochs=3, validation_split=0.2, random_state=0)
        >>> folds = cross_validate(net, X, X[:, 0], cv=3, return_estimator=True)
        >>> display = TrainingCurveDisplay.from_cv_results(folds)
        >>> len(display.lines_), len(display.mean_lines_)
        (6, 2)
        """
        styles: dict[str, Any] = {"line_kw": line_kw, "mean_line_kw": mean_line_kw, "best_epoch_kw": best_epoch_kw}
        return cls.from_estimator(cv_results, metric=metric, name=name, ax=ax, log_scale=log_scale, **styles)

    def plot(
        self,
        ax: Any = None,
        *,
        metric: str | Sequence[str] | None = None,
        log_scale: bool | None = None,
        line_kw: Mapping[str, Any] | None = None,
        mean_line_kw: Mapping[str, Any] | None = None,
        best_epoch_kw: Mapping[str, Any] | None = None,
    ) -> TrainingCurveDisplay:
        """Draw the curves.

        Parameters
        ----------
        metric : str or list of str, default=None
            Instead of the display's own.
        ax, log_scale, line_kw, mean_line_kw, best_epoch_kw
            As in :meth:`from_estimator`.

        Returns
        -------
        TrainingCurveDisplay
            Itself, with ``ax_``, ``figure_``, ``lines_`` and ``mean_lines_``.

        Raises
        ------
        ValueError
            Where the history is empty or holds no such metric, or there are not as many axes as metrics.
        """
        histories = [self.history] if isinstance(self.history, Mapping) else list(self.history)
        best = list(self.best_epoch) if isinstance(self.best_epoch, Sequence) else [self.best_epoch] * len(histories)
        metric = self.metric if metric is None else metric
        metrics = [metric] if isinstance(metric, str) else list(metric)
        _check_metrics(metrics, histories)
        panels = _panels(ax, len(metrics))
        self.lines_: list[Line2D] = []
        self.mean_lines_: list[Line2D] = []
        for one, panel in zip(metrics, panels, strict=True):
            recorded = _recorded_names(one, histories)
            parts = {
                part: [np.asarray(history[prefix + key], np.float64) for history in histories for key in recorded]
                for part, prefix in (("training", ""), ("validation", "val_"))
                if all(prefix + key in history for history in histories for key in recorded)
            }
            for part, curves in parts.items():
                self._draw(panel, part, curves, line_kw, mean_line_kw)
            marked = parts.get("validation", parts["training"])
            epochs = [epoch for epoch in best for _ in recorded]
            self._mark(panel, list(zip(marked, epochs, strict=True)), best_epoch_kw)
            _finish_axes(panel, one, list(parts.values()), log_scale)
        self.ax_ = panels[0] if isinstance(metric, str) else np.array(panels)
        self.figure_ = panels[0].figure
        return self

    def _label(self, text: str) -> str:
        return text if self.name is None else f"{self.name}: {text}"

    def _draw(
        self,
        ax: Axes,
        part: str,
        curves: Sequence[NDArray[np.float64]],
        line_kw: Mapping[str, Any] | None,
        mean_line_kw: Mapping[str, Any] | None,
    ) -> None:
        """Draw the curves of one part in one colour, the next of the axes' cycle."""
        several = len(curves) > 1
        style: dict[str, Any] = {"linewidth": 0.9, "alpha": 0.35} if several else {"label": self._label(part)}
        for curve in curves:
            drawn = _plot(ax, curve, {**style, **_long_names(line_kw)})
            style["color"] = drawn[0].get_color()
            self.lines_ += drawn
        if several:
            # Early stopping ends networks at different epochs. A mean over those that are left would jump at each end.
            shortest = min(len(curve) for curve in curves)
            mean = np.mean([curve[:shortest] for curve in curves], axis=0)
            style = {"color": style["color"], "linewidth": 2.2, "zorder": 3}
            style["label"] = self._label(f"{part} (mean of {len(curves)})")
            self.mean_lines_ += _plot(ax, mean, {**style, **_long_names(mean_line_kw)})

    def _mark(
        self,
        ax: Axes,
        marked: Sequence[tuple[NDArray[np.float64], int | None]],
        best_epoch_kw: Mapping[str, Any] | None,
    ) -> None:
        """Circle each curve at its best epoch."""
        points = [(epoch, curve[epoch - 1]) for curve, epoch in marked if epoch is not None]
        if not points:
            return
        epochs, values = zip(*points, strict=True)
        first, last = min(epochs), max(epochs)
        label = f"best epoch ({first})" if len(points) == 1 else f"best epochs ({first} to {last})"
        style = {
            "linestyle": "none",
            "marker": "o",
            "markersize": 6.5,
            "markerfacecolor": ax.get_facecolor(),
            "markeredgecolor": "0.25",
            "markeredgewidth": 1.4,
            "zorder": 4,
            "label": self._label(label),
        }
        ax.plot(epochs, values, **{**style, **_long_names(best_epoch_kw)})
        if len(points) == 1:
            ax.axvline(first, linestyle=":", linewidth=1.0, color="0.5", zorder=1)


def _check_metrics(metrics: Sequence[str], histories: Sequence[Mapping[str, Sequence[float]]]) -> None:
    if not histories or not all(histories):
        raise ValueError(
            "TrainingCurveDisplay: history must hold at least one epoch; got none. "
            "A network that was loaded or not yet trained has no history; fit it."
        )
    common = set.intersection(*(set(history) for history in histories))
    known = sorted(name for name in common if name.removeprefix("val_") == name)
    for metric in metrics or [""]:
        if metric not in known and (metric.startswith("val_") or not _recorded_names(metric, histories)):
            raise ValueError(
                f"TrainingCurveDisplay: metric must be one of {known}; got {metric!r}. Name it in the estimator's "
                "`metrics` to have it recorded; its values on validation rows are drawn with it."
            )


def _recorded_names(metric: str, histories: Sequence[Mapping[str, Sequence[float]]]) -> list[str]:
    """Return the metric's name, or where it has a value for each class the names of all: ``f1_score_0``, ..."""
    common = set.intersection(*(set(history) for history in histories))
    if metric in common:
        return [metric]
    numbers = [name.removeprefix(f"{metric}_") for name in common if name.startswith(f"{metric}_")]
    return [f"{metric}_{number}" for number in sorted((one for one in numbers if one.isdecimal()), key=int)]


def _panels(ax: Any, n_metrics: int) -> list[Axes]:
    """Return one axes for each metric: the given ones, or those of a new figure."""
    if ax is None:
        import matplotlib.pyplot as plt

        if n_metrics == 1:
            return [plt.subplots()[1]]
        width, height = _PANEL_SIZE
        return list(plt.subplots(1, n_metrics, figsize=(width * n_metrics, height), layout="constrained")[1])
    panels = list(np.ravel(ax))
    if len(panels) != n_metrics:
        raise ValueError(
            f"TrainingCurveDisplay: ax must be as many axes as there are metrics, {n_metrics}; got {len(panels)}. "
            "Make them by plt.subplots(1, n), or leave ax out."
        )
    return panels


def _long_names(style: Mapping[str, Any] | None) -> dict[str, Any]:
    """Expand Matplotlib's short names (``lw``, ``c``), which would conflict with the long ones."""
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.lines import Line2D

    return dict(normalize_kwargs(dict(style or {}), Line2D))


def _plot(ax: Axes, curve: NDArray[np.float64], style: Mapping[str, Any]) -> list[Line2D]:
    only = {"marker": "."} if len(curve) == 1 else {}  # a line takes two points
    return ax.plot(np.arange(1, len(curve) + 1), curve, **{**only, **style})


def _finish_axes(ax: Axes, metric: str, parts: Sequence[Sequence[NDArray[np.float64]]], log_scale: bool | None) -> None:
    """Set scales, ticks, labels and legend."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

    if log_scale or (log_scale is None and _is_steep(parts)):
        ax.set_yscale("log")
        low, high = ax.get_ylim()
        # Within few decades the powers of ten alone would be too few ticks.
        few = math.log10(high / low) < 3  # decades; with more of them no ticks are needed between
        ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0) if few else (1.0,)))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.minorticks_off()
    ax.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    ax.grid(visible=True, alpha=0.3)
    ax.set(xlabel="epoch", ylabel=metric.replace("_", " "))
    ax.legend(loc="best", framealpha=0.8)


def _is_steep(parts: Sequence[Sequence[NDArray[np.float64]]]) -> bool:
    """Return whether curves fall so far that a linear scale would show only their beginning."""
    curves = [curve[np.isfinite(curve)] for part in parts for curve in part]
    curves = [curve for curve in curves if len(curve) > 0]
    if sum(curve[-1] - curve[0] for curve in curves) >= 0.0:
        return False
    values = np.concatenate(curves)
    return bool(values.min() > 0.0 and values.max() / values.min() >= _LOG_RATIO)


# Attributes in which scikit-learn's meta-estimators keep what they fitted. Bagging has an unfitted `estimator_`
# besides, so that one comes last.
_FITTED_ATTRIBUTES = (
    "best_estimator_",
    "regressor_",
    "estimators_",
    "calibrated_classifiers_",
    "estimator_",
    "pipeline_",
)


def _fitted_networks(fitted: Any) -> list[Any]:
    """Return the networks with a history in an estimator, a list of some, or a result of `cross_validate`: one or more.

    Errors are those of :meth:`TrainingCurveDisplay.from_estimator`.
    """
    if isinstance(fitted, Mapping):
        fitted = _folds(fitted)
    elif not isinstance(fitted, list | tuple):
        fitted = [fitted]
    networks = []
    for one in fitted:
        found = _networks(one)
        if not found:
            raise _no_history(one)
        networks += found
    return networks


def _folds(cv_results: Mapping[str, Any]) -> list[Any]:
    """Return the estimators of the folds whose fit succeeded; all of them where none did."""
    if "estimator" not in cv_results:
        raise ValueError(
            "TrainingCurveDisplay: cv_results must hold the fitted estimators; "
            f"got the keys {sorted(map(str, cv_results))}. Call cross_validate with return_estimator=True."
        )
    estimators = list(cv_results["estimator"])
    return [one for one in estimators if _is_fitted(one)] or estimators


def _networks(fitted: Any) -> list[Any]:
    """Return the networks in an estimator that have a history, in order."""
    if isinstance(fitted, Pipeline):
        return _networks(fitted[-1])
    if isinstance(fitted, FrozenEstimator):
        return _networks(fitted.estimator)
    if isinstance(getattr(fitted, "history_", None), Mapping):
        return [fitted]
    if isinstance(fitted, FrozenMLPClassifier | FrozenMLPRegressor):
        raise TypeError(
            f"TrainingCurveDisplay: the network must keep its history; got a {type(fitted).__name__}, which only "
            "keeps what it needs to predict. Draw the estimator that was frozen."
        )
    for attribute in _FITTED_ATTRIBUTES:
        if hasattr(fitted, attribute):
            inner = _as_list(attribute, getattr(fitted, attribute))
            return [network for one in inner for network in _networks(one)]
    return []


def _as_list(attribute: str, value: Any) -> list[Any]:
    if attribute == "calibrated_classifiers_":
        return [one.estimator for one in value]
    if isinstance(value, np.ndarray):  # gradient boosting has an array (n_rounds, n_classes)
        return list(value.ravel())
    return list(value) if attribute == "estimators_" else [value]


def _is_fitted(estimator: Any) -> bool:
    try:
        check_is_fitted(estimator)
    except (NotFittedError, TypeError):
        return False
    return True


def _no_history(given: Any) -> Exception:
    """Return the error that explains why an object has no history."""
    where, kind = "TrainingCurveDisplay: estimator must", type(given).__name__
    if getattr(given, "refit", True) is False and hasattr(given, "cv_results_"):
        return ValueError(
            f"{where} keep its best network; got a {kind} with refit=False, which keeps none. "
            "Set refit=True, or fit the network with the parameters found."
        )
    if hasattr(given, "fit") and not _is_fitted(given):
        unfitted: Exception = NotFittedError(f"{where} be fitted; got a {kind} that is not. Call its fit first.")
        return unfitted
    return TypeError(
        f"{where} be a Keras network of skdl, such as a KerasMLPRegressor, or hold one; got a {kind} without. "
        "To draw score by number of rows, see sklearn.model_selection.LearningCurveDisplay."
    )
