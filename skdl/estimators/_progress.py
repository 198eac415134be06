"""scikit-learn's own callbacks (``sklearn.callback``, from 1.9 on), told of each epoch."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

import keras

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["CallbackSupportMixin", "epoch_tasks", "with_callbacks"]

_Method = TypeVar("_Method", bound="Callable[..., Any]")

try:
    from sklearn.callback import CallbackSupportMixin
    from sklearn.callback import with_callbacks as _managed
except ImportError:  # scikit-learn 1.8 has no callbacks

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Nothing to support."""

    _managed = None


def with_callbacks(method: _Method) -> _Method:
    """Let scikit-learn tear its callbacks down after a fit, however it ends."""
    return method if _managed is None else cast("_Method", _managed(method))


@contextmanager
def epoch_tasks(estimator: Any, X: Any, y: Any, sample_weight: Any) -> Iterator[list[Any]]:
    """Announce a fit and its end to scikit-learn's callbacks; yield what tells them of each epoch.

    Without callbacks nothing is yielded, so that training need not stop at each epoch.
    """
    if not hasattr(estimator, "_init_callback_context"):
        yield []
        return
    context = estimator._init_callback_context(max_subtasks=estimator.epochs)  # noqa: SLF001 - scikit-learn's way
    metadata = None if sample_weight is None else {"sample_weight": sample_weight}
    told = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
    context.call_on_fit_task_begin(**told)
    heard = bool(getattr(estimator, "_skl_callbacks", ()))
    yield [_EpochTask(context, told)] if heard else []
    context.call_on_fit_task_end(**told, reconstruction_attributes=dict)


class _EpochTask(keras.callbacks.Callback):
    """One of scikit-learn's fit tasks an epoch; a callback of theirs that asks to stop is heard."""

    def __init__(self, context: Any, told: dict[str, Any]) -> None:
        super().__init__()
        self._context = context
        self._told = told
        self._task: Any = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Begin the task."""
        self._task = self._context.subcontext(task_name="epoch")
        self._task.call_on_fit_task_begin(**self._told)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """End it: a copy of the estimator, which a callback may ask for, predicts with the weights of now."""
        if self._task.call_on_fit_task_end(**self._told, reconstruction_attributes=dict):
            self.model.stop_training = True
