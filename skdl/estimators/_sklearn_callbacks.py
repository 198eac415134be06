"""scikit-learn's own callbacks (``sklearn.callback``, from 1.9 on), called at each epoch."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

import keras

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["CallbackSupportMixin", "epoch_callbacks", "with_callbacks"]  # for mypy: the first is re-exported

_Method = TypeVar("_Method", bound="Callable[..., Any]")

# To remove when scikit-learn 1.8 is no longer supported: it has no callbacks.
try:
    from sklearn.callback import CallbackSupportMixin
    from sklearn.callback import with_callbacks as _with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """An empty mixin."""

    _with_callbacks = None


def with_callbacks(method: _Method) -> _Method:
    """Decorate a fit so that scikit-learn tears its callbacks down afterwards, also after an error."""
    return method if _with_callbacks is None else cast("_Method", _with_callbacks(method))


@contextmanager
def epoch_callbacks(estimator: Any, X: Any, y: Any, sample_weight: Any) -> Iterator[list[Any]]:
    """Report the begin and the end of a fit to scikit-learn's callbacks; yield a Keras callback that reports epochs.

    Without callbacks the list is empty: a callback of Keras would make training return to Python at each epoch.
    """
    if not hasattr(estimator, "_init_callback_context"):
        yield []
        return
    context = estimator._init_callback_context(max_subtasks=estimator.epochs)  # noqa: SLF001 - scikit-learn's way
    metadata = None if sample_weight is None else {"sample_weight": sample_weight}
    arguments = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
    context.call_on_fit_task_begin(**arguments)
    # scikit-learn has no public attribute for the callbacks that were set.
    has_callbacks = bool(getattr(estimator, "_skl_callbacks", ()))
    yield [_EpochTasks(context, arguments)] if has_callbacks else []
    context.call_on_fit_task_end(**arguments, reconstruction_attributes=dict)


class _EpochTasks(keras.callbacks.Callback):
    """Makes each epoch a task of scikit-learn's callbacks, and stops the training where one of them asks for it."""

    def __init__(self, context: Any, arguments: dict[str, Any]) -> None:
        super().__init__()
        self._context = context
        self._arguments = arguments
        self._task: Any = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """Begin the task."""
        self._task = self._context.subcontext(task_name="epoch")
        self._task.call_on_fit_task_begin(**self._arguments)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras' signature
        """End the task; a copy of the estimator, which a callback may ask for, predicts with the present weights."""
        if self._task.call_on_fit_task_end(**self._arguments, reconstruction_attributes=dict):
            self.model.stop_training = True
