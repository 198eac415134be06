"""The learning curve of a trained network as a scikit-learn Display."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["TrainingCurveDisplay"]


class TrainingCurveDisplay:
    """Training and validation loss by epoch.

    Parameters
    ----------
    history : dict of str to list of float
        As an estimator's ``history_``: ``loss``, perhaps ``val_loss``, and metrics.
    best_epoch : int, default=None
        Epoch to mark, counted from 1.
    metric : str, default="loss"
        Which list of the history is drawn, with its ``val_`` sister where there is one.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where the curve was drawn.
    figure_ : matplotlib.figure.Figure
        The figure around it.
    lines_ : list of matplotlib.lines.Line2D
        Training curve, and validation curve where there is one.

    Examples
    --------
    >>> from skdl import TrainingCurveDisplay
    >>> display = TrainingCurveDisplay({"loss": [3.0, 2.0, 1.5], "val_loss": [3.1, 2.4, 2.6]}, best_epoch=2)
    >>> display.plot().ax_.get_xlabel()
    'epoch'
    """

    def __init__(
        self, history: Mapping[str, Sequence[float]], *, best_epoch: int | None = None, metric: str = "loss"
    ) -> None:
        self.history = history
        self.best_epoch = best_epoch
        self.metric = metric

    @classmethod
    def from_estimator(cls, estimator: Any, *, metric: str = "loss", ax: Any = None) -> TrainingCurveDisplay:
        """Draw the curve of a fitted estimator, or of a pipeline that ends in one.

        Parameters
        ----------
        estimator : KerasMLPRegressor, KerasMLPClassifier or Pipeline
            Fitted.
        metric : str, default="loss"
            ``"loss"`` or one of the estimator's metrics.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        TrainingCurveDisplay
            Drawn.
        """
        network = estimator[-1] if isinstance(estimator, Pipeline) else estimator
        check_is_fitted(network, "history_")
        return cls(network.history_, best_epoch=network.best_epoch_, metric=metric).plot(ax=ax)

    def plot(self, ax: Any = None) -> TrainingCurveDisplay:
        """Draw the curve.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        TrainingCurveDisplay
            Itself, with ``ax_``, ``figure_`` and ``lines_``.

        Raises
        ------
        ValueError
            Where the history holds no such metric.
        """
        if not self.history:
            raise ValueError(
                "TrainingCurveDisplay: history must hold at least one epoch; got none. "
                "A network that was loaded has no history; fit it."
            )
        if self.metric not in self.history:
            raise ValueError(
                f"TrainingCurveDisplay: metric must be one of {sorted(self.history)}; got {self.metric!r}. "
                "Name it in the estimator's `metrics` to have it recorded."
            )
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        self.lines_ = []
        for name, label in ((self.metric, "training"), (f"val_{self.metric}", "validation")):
            if name in self.history:
                epochs = range(1, len(self.history[name]) + 1)
                self.lines_ += ax.plot(epochs, self.history[name], label=label)
        if self.best_epoch is not None:
            ax.axvline(self.best_epoch, linestyle=":", color="0.5", label=f"best epoch ({self.best_epoch})")
        ax.set(xlabel="epoch", ylabel=self.metric)
        ax.legend()
        self.ax_ = ax
        self.figure_ = ax.figure
        return self
