"""Losses of Keras: their names, and the loss of one fit."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras

from skdl._nearest import did_you_mean

WEIGHTED_MEAN = "mean_with_sample_weight"
_MARGIN = frozenset({"hinge", "squared_hinge"})
_ONE_DIMENSIONAL = frozenset({"categorical_generalized_cross_entropy"})
_ADAPTED = _MARGIN | _ONE_DIMENSIONAL
_ALIASES = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "kl_div": "kl_divergence",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _folded(name: str) -> str:
    """Return one spelling of ``LogCosh``, ``log_cosh`` and ``logcosh``."""
    return name.replace("_", "").lower()


_CLASSES: dict[str, Any] = {
    _snake(name): found
    for name, found in vars(keras.losses).items()
    if inspect.isclass(found) and issubclass(found, keras.losses.Loss) and found is not keras.losses.Loss
}
_NAMES_OF = {found: name for name, found in _CLASSES.items()}
_FUNCTIONS = {getattr(keras.losses, name): name for name in _CLASSES if hasattr(keras.losses, name)}
_NAMES = {_folded(name): name for name in _CLASSES} | {_folded(short): name for short, name in _ALIASES.items()}


def stock_loss(loss: Any) -> str | None:
    """Return Keras' name of a loss given as a name, class, function or instance; None where it is user-defined.

    A subclass of one of Keras' classes has that class' name: it takes the same targets.

    Raises
    ------
    ValueError
        Where a name is none of Keras'.

    Examples
    --------
    >>> stock_loss("mse"), stock_loss(keras.losses.KLDivergence())
    ('mean_squared_error', 'kl_divergence')
    >>> stock_loss(lambda y_true, y_pred: 0.0) is None
    True
    """
    if isinstance(loss, str):
        if _folded(loss) not in _NAMES:
            hint = did_you_mean(loss, [*_CLASSES, *_ALIASES])
            raise ValueError(
                f"loss: the name must be 'auto' or one of Keras' losses; got {loss!r}{hint} "
                "Try 'mse', 'mae', 'huber', 'binary_crossentropy' or 'sparse_categorical_crossentropy'."
            )
        return _NAMES[_folded(loss)]
    if isinstance(loss, partial):
        return stock_loss(loss.func)
    if inspect.isfunction(loss):
        return _FUNCTIONS.get(loss)
    kind = loss if inspect.isclass(loss) else type(loss)
    return next((_NAMES_OF[base] for base in kind.__mro__ if base in _NAMES_OF), None)


def loss_choices(name: str) -> list[str]:
    """Return the names that ``loss`` may have where the given one is none of them, otherwise an empty list."""
    return [] if name == "auto" or _folded(name) in _NAMES else ["auto", *_CLASSES, *_ALIASES]


def loss_name(loss: Any) -> str:
    """Return the snake-case name of a loss given as a name, a function, a class or an instance."""
    if isinstance(loss, partial):
        return loss_name(loss.func)
    if isinstance(loss, str):
        name = loss
    elif inspect.isclass(loss) or inspect.isfunction(loss):
        name = loss.__name__
    else:
        name = type(loss).__name__
    return _snake(name)


def make_loss(loss: Any, dtype: str) -> Any:
    """Make the loss that a fit compiles: a weighted mean, in this dtype, of probabilities and not logits.

    Keras' default reduction divides by the number of rows in the batch; dividing by the sum of the weights makes a row
    of weight 2 equal two rows. An instance with another reduction keeps it. Where Keras has a class, the loss is of
    that class, so that saved networks name nothing of skdl.
    """
    stock = stock_loss(loss)
    kind = loss if inspect.isclass(loss) else type(loss)
    if isinstance(loss, str) or (inspect.isfunction(loss) and stock is not None):
        given = _CLASSES[str(stock)]()
    elif issubclass(kind, keras.losses.Loss):
        given = loss() if inspect.isclass(loss) else _on_probabilities(copy_loss(loss))
    else:
        given = None
    reduction = WEIGHTED_MEAN if given is None else _reduction(given)
    if given is None or stock in _ADAPTED:
        inner = loss if given is None else given
        return _TrainingLoss(inner, stock, reduction=reduction, name=loss_name(loss), dtype=dtype)
    # In place: rebuilding it from its configuration may lose arguments (see copy_loss).
    keras.losses.Loss.__init__(given, given.name, reduction, dtype)
    return given


def _reduction(loss: Any) -> str:
    """Return the reduction in training; Keras' default becomes the weighted mean."""
    if loss.reduction in {None, "none"}:
        raise ValueError(
            f"loss: the reduction must make one number of a batch; got {loss.reduction!r} in {type(loss).__name__}. "
            "Leave it out, or take 'sum'."
        )
    return WEIGHTED_MEAN if loss.reduction == "sum_over_batch_size" else str(loss.reduction)


def copy_loss(loss: Any) -> Any:
    """Copy an instance with all its attributes.

    Keras 3.15 copies by configuration, which may leave arguments out (Huber's delta). To remove when no supported
    version of Keras does.
    """
    return restore_loss(store_loss(loss))


@dataclass(frozen=True)
class _StoredLoss:
    kind: type
    parts: dict[str, Any]


def store_loss(loss: Any) -> Any:
    """Return a loss in a form that pickles whole: an instance as its class and attributes, anything else as it is."""
    return _StoredLoss(type(loss), dict(vars(loss))) if isinstance(loss, keras.losses.Loss) else loss


def restore_loss(stored: Any) -> Any:
    """Return the loss that :func:`store_loss` stored."""
    if not isinstance(stored, _StoredLoss):
        return stored
    loss: Any = object.__new__(stored.kind)
    vars(loss).update(stored.parts)
    return loss


def _on_probabilities(loss: Any) -> Any:
    """Return the loss for probabilities instead of logits: the last layer has its sigmoid or softmax already."""
    config = loss.get_config()
    return type(loss).from_config({**config, "from_logits": False}) if config.get("from_logits") else loss


class _TrainingLoss(keras.losses.Loss):
    """A function as a loss, or one of Keras' losses that needs its targets in another form than networks here have."""

    def __init__(self, inner: Any, stock: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # Not the instance: Keras pickles it as an archive with timestamps, and equal losses must have equal digests.
        self._inner = store_loss(inner)
        self._stock = stock

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each row."""
        if self._stock in _MARGIN:  # labels and probabilities, 0 to 1, become -1 to 1
            y_true, y_pred = 2.0 * y_true - 1.0, 2.0 * y_pred - 1.0
        elif self._stock in _ONE_DIMENSIONAL:  # Keras 3.15 pairs each row of a column with every row
            y_true = keras.ops.squeeze(y_true, axis=-1)
        inner = restore_loss(self._inner)
        return inner.call(y_true, y_pred) if isinstance(inner, keras.losses.Loss) else inner(y_true, y_pred)
