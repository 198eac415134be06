"""Network heads: the losses that fit a target, and the last layer's activation for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl.estimators._losses import loss_name, restore_loss, stock_loss, store_loss

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from skdl.estimators._targets import Coding, TargetRule

_RATIO = "mean_absolute_percentage_error"
_COUNTS = "poisson"
_LOGARITHMIC = "mean_squared_logarithmic_error"
_DIRECTION = "cosine_similarity"
_OF_NUMBERS = {"mean_squared_error", "mean_absolute_error", "huber", "log_cosh"}
_TARGET_RULES: dict[str, TargetRule] = {
    **dict.fromkeys(_OF_NUMBERS, "any"),
    _RATIO: "ratio",
    _COUNTS: "ratio",
    _LOGARITHMIC: "logarithm",
    _DIRECTION: "direction",
}

_INTEGER_CODES = {"sparse_categorical_crossentropy", "categorical_generalized_cross_entropy"}
_ONE_HOT = {
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "kl_divergence",
    _DIRECTION,
}
_UNIT_PER_LABEL = {"binary_crossentropy", "binary_focal_crossentropy", "hinge", "squared_hinge"}
_OF_LABELS = {*_UNIT_PER_LABEL, *_OF_NUMBERS, _COUNTS}  # under logarithms the threshold would not be one half
_OF_CLASSES = _INTEGER_CODES | _ONE_HOT | _OF_LABELS


@dataclass(frozen=True)
class Head:
    """Activation of the last layer, and the loss (a Keras name, class, function or instance)."""

    loss: Any
    activation: str
    target: TargetRule = "any"

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "loss": store_loss(self.loss)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, loss=restore_loss(state["loss"]))


@dataclass(frozen=True)
class ClassHead(Head):
    """A classifier's head, with the coding of its labels."""

    coding: Coding = "binary"


def regressor_head(loss: Any, where: str) -> Head:
    """Choose the output's activation for a regressor's loss; ``"auto"`` is the mean squared error.

    Losses of counts and of logarithms take an exponential output: it is positive, and the network learns the logarithm,
    in which the loss measures too. A user-defined function or class has a linear output.
    """
    loss = "mse" if _is_auto(loss) else loss
    stock = stock_loss(loss)
    if stock is None:
        return Head(loss, "linear")
    if stock not in _TARGET_RULES:
        raise ValueError(_refusal(where, "numbers", loss, _TARGET_RULES))
    return Head(loss, "exponential" if stock in {_COUNTS, _LOGARITHMIC} else "linear", _TARGET_RULES[stock])


def check_regression_target(loss: Any, y: NDArray[Any], where: str) -> None:
    """Refuse a target that a regressor's loss has no value for."""
    stock = None if _is_auto(loss) else stock_loss(loss)
    requirement = None
    if stock in {_COUNTS, _LOGARITHMIC} and (y < 0).any():
        requirement = f"hold no value below 0 for {stock}; got {float(np.min(y)):g}"
    if stock == _RATIO and (y == 0).any():
        requirement = f"hold no zero for {stock}; got {int(np.sum(y == 0))} of {y.size}"
    if stock == _DIRECTION and (y.ndim == 1 or y.shape[1] == 1):
        requirement = f"have two columns at least for {stock}; got one"
    if requirement is not None:
        raise ValueError(f"{where}: y must {requirement}. Take loss='mse', 'mae' or 'huber'.")


def classifier_head(loss: Any, where: str, *, n_classes: int, multilabel: bool) -> ClassHead:
    """Choose coding and activation for a classifier's loss.

    ``"auto"``: two classes ``binary_crossentropy`` on one sigmoid unit; more ``sparse_categorical_crossentropy`` on
    softmax; multilabel a sigmoid unit for each label. Losses of regression (``"mse"``) are accepted too: on one sigmoid
    unit, or on softmax with indicators.
    """
    two = n_classes == 2
    if _is_auto(loss):
        loss = "binary_crossentropy" if two or multilabel else "sparse_categorical_crossentropy"
    stock = stock_loss(loss)
    fitting, target = (_OF_LABELS, "several labels a row") if multilabel else (_OF_CLASSES, "classes")
    if stock is not None and stock not in fitting:
        raise ValueError(_refusal(where, target, loss, fitting))
    if multilabel:
        return ClassHead(loss, "sigmoid", coding="multilabel")
    # Losses of codes and of indicator rows need a unit for each class, also of two; all others take one unit for two.
    if stock in _INTEGER_CODES:
        return ClassHead(loss, "softmax", coding="integer")
    if stock in _ONE_HOT:
        return ClassHead(loss, "softmax", coding="one_hot")
    if two:
        return ClassHead(loss, "sigmoid", coding="binary")
    # A loss that judges each unit by itself takes sigmoids, whose outputs become probabilities by dividing by their
    # sum.
    return ClassHead(loss, "sigmoid" if stock in _UNIT_PER_LABEL else "softmax", coding="one_hot")


def _is_auto(loss: Any) -> bool:
    return isinstance(loss, str) and loss == "auto"


def _refusal(where: str, target: str, loss: Any, fitting: Any) -> str:
    given = repr(loss) if isinstance(loss, str) else loss_name(loss)
    return (
        f"{where}: loss must be 'auto' or one that fits {target}; got {given}. There are: {', '.join(sorted(fitting))}."
    )
