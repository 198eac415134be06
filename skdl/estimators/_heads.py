"""Which loss a network is trained with, and what its last layer must be for it."""

from __future__ import annotations

import copy
import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Callable

    from skdl.estimators._targets import Coding

__all__ = [
    "ClassHead",
    "Head",
    "classifier_head",
    "loss_name",
    "make_loss",
    "make_metrics",
    "make_optimizer",
    "regressor_head",
]

_ONE_UNIT_OF_TWO = {"binary_crossentropy", "binary_focal_crossentropy"}
_INTEGER_CODES = {"sparse_categorical_crossentropy"}
_ONE_HOT = {"categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge", "kl_divergence"}
_MARGIN = {"hinge", "squared_hinge"}
_CAPITALS = {"kl": "KL"}
_WEIGHTED_MEAN = "mean_with_sample_weight"
_SHORT_NAMES = {"bce": "binary_crossentropy", "kld": "kl_divergence", "kl_div": "kl_divergence"}


@dataclass(frozen=True)
class Head:
    """The last layer's activation, and the loss (a Keras name, class, function or instance)."""

    loss: Any
    activation: str


@dataclass(frozen=True)
class ClassHead(Head):
    """A classifier's head: also how labels are coded for it."""

    coding: Coding


def regressor_head(loss: Any) -> Head:
    """Linear output; ``"auto"`` is the mean squared error."""
    return Head("mse" if loss == "auto" else loss, "linear")


def classifier_head(loss: Any, *, n_classes: int, multilabel: bool) -> ClassHead:
    """Choose coding and activation for a classifier's loss.

    ``"auto"``: two classes ``binary_crossentropy`` on one sigmoid unit; more ``sparse_categorical_crossentropy`` on
    softmax; multilabel a sigmoid unit a label. Losses of regression (``"mse"``) work too: on one sigmoid unit, or on
    softmax with indicators.
    """
    two = n_classes == 2  # noqa: PLR2004 - two classes
    if multilabel:
        return ClassHead("binary_crossentropy" if loss == "auto" else loss, "sigmoid", "multilabel")
    if loss == "auto":
        loss = "binary_crossentropy" if two else "sparse_categorical_crossentropy"
    name = loss_name(loss)
    if name in _INTEGER_CODES:
        return ClassHead(loss, "softmax", "integer")
    if name in _ONE_HOT:
        return ClassHead(loss, "softmax", "one_hot")
    if two:
        return ClassHead(loss, "sigmoid", "binary")
    return ClassHead(loss, "sigmoid" if name in _ONE_UNIT_OF_TWO | _MARGIN else "softmax", "one_hot")


def loss_name(loss: Any) -> str:
    """Return the snake-case name of a loss given as a name, a function, a class or an instance."""
    if isinstance(loss, str):
        name = loss
    elif inspect.isclass(loss) or inspect.isfunction(loss):
        name = loss.__name__
    else:
        name = type(loss).__name__
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return _SHORT_NAMES.get(snake, snake)


def make_loss(loss: Any, dtype: str) -> Any:
    """Make the loss that a fit compiles: weighted means, this dtype, probabilities in.

    Keras' default reduction divides by the number of rows in the batch; dividing by the sum of the weights makes a row
    of weight 2 equal two rows. An instance that asks for another reduction keeps it.
    """
    name = loss_name(loss)
    given = _copy_loss(loss) if isinstance(loss, keras.losses.Loss) else None
    reduction = _WEIGHTED_MEAN if given is None or given.reduction == "sum_over_batch_size" else given.reduction
    if given is None:
        stock = loss if inspect.isclass(loss) else _stock_class(loss)
        if stock is not None and name not in _MARGIN:
            return stock(reduction=reduction, dtype=dtype)
        inner = stock().call if stock is not None else _resolve(loss)
    elif given.dtype == dtype and name not in _MARGIN:
        given.reduction = reduction
        return given
    else:
        inner = given.call
    return _TrainingLoss(inner, margin=name in _MARGIN, reduction=reduction, name=name, dtype=dtype)


def _stock_class(loss: Any) -> type | None:
    """Return Keras' own class for a loss's name or function, so that saved networks name nothing of skdl."""
    words = getattr(_resolve(loss), "__name__", "").split("_")
    found = getattr(keras.losses, "".join(_CAPITALS.get(word, word.capitalize()) for word in words), None)
    return found if inspect.isclass(found) else None


def _copy_loss(loss: Any) -> Any:
    """Copy an instance whole: some of Keras' losses leave arguments out of their configuration."""
    config = loss.get_config()
    if config.get("from_logits"):  # the last layer has its sigmoid or softmax already
        return type(loss).from_config({**config, "from_logits": False})
    return copy.deepcopy(loss)


def _resolve(loss: Any) -> Any:
    """Return the function that a name stands for; a function is its own."""
    try:
        return keras.losses.get(loss)
    except ValueError:
        raise ValueError(
            f"loss: must be 'auto', or the name, class or instance of a Keras loss; got {loss!r}. "
            "Try 'mse', 'mae', 'huber', 'binary_crossentropy' or 'sparse_categorical_crossentropy'."
        ) from None


class _TrainingLoss(keras.losses.Loss):
    """A loss without a stock class, or in another dtype; hinge losses see probabilities mapped to -1 .. 1."""

    def __init__(self, inner: Callable[[Any, Any], Any], *, margin: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._inner = inner
        self._margin = margin

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss a row."""
        if self._margin:
            y_true, y_pred = 2.0 * y_true - 1.0, 2.0 * y_pred - 1.0
        return self._inner(y_true, y_pred)


def make_optimizer(optimizer: Any, learning_rate: Any) -> Any:
    """Make a fresh optimizer from a name, a class or an instance; an instance keeps its own learning rate."""
    if isinstance(optimizer, keras.optimizers.Optimizer):
        return type(optimizer).from_config(optimizer.get_config())
    if isinstance(optimizer, str):
        try:
            optimizer = type(keras.optimizers.get(optimizer))
        except ValueError:
            raise ValueError(
                f"optimizer: must be the name, class or instance of a Keras optimizer; got {optimizer!r}. "
                "Try 'adam', 'adamw', 'sgd' or 'rmsprop'."
            ) from None
    return optimizer(learning_rate=learning_rate)


def make_metrics(metrics: Any) -> list[Any] | None:
    """Copy metrics for one fit: they hold state. Names and functions pass as they are."""
    if metrics is None:
        return None
    given = list(metrics) if isinstance(metrics, list | tuple) else [metrics]
    return [
        type(metric).from_config(metric.get_config()) if isinstance(metric, keras.metrics.Metric) else metric
        for metric in given
    ]
