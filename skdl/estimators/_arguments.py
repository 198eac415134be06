"""Arguments of Keras' and others' methods that ours do not take: an error that says what takes their position."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, TypeVar, cast

from skdl._nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

_Method = TypeVar("_Method", bound="Callable[..., Any]")

_VALIDATION_ROWS = "Give X_val= and y_val=, or make the estimator with validation_split=0.2"
_NO_NEED = "Leave it out: rows are predicted in chunks, without output"
_REMEDIES = {
    "validation_data": _VALIDATION_ROWS,
    "eval_set": _VALIDATION_ROWS,
    "validation_fraction": "Make the estimator with validation_split=0.2",
    "max_iter": "Make the estimator with epochs=200",
    "initial_epoch": "Continue with partial_fit, or with warm_start=True",
    "classes": "Only partial_fit takes it, in its first call",
}


def explain_arguments(method: _Method) -> _Method:
    """Decorate a method: an argument that it does not have raises a TypeError that says what to write instead."""
    known = [name for name in inspect.signature(method).parameters if name != "self"]

    @functools.wraps(method)
    def explained(self: Any, *args: Any, **kwargs: Any) -> Any:
        for name in kwargs:
            if name not in known:
                raise TypeError(_message(self, method.__name__, known, name))
        return method(self, *args, **kwargs)

    return cast("_Method", explained)


def _message(estimator: Any, method: str, known: list[str], name: str) -> str:
    trains = method in {"fit", "partial_fit"}
    if not trains and name in {"batch_size", "callbacks", "steps", "verbose"}:
        remedy = _NO_NEED
    elif trains and name in estimator.get_params(deep=False):
        remedy = f"It is a parameter of the estimator: {type(estimator).__name__}({name}=...), or set_params"
    else:
        remedy = _REMEDIES.get(name, "") if trains else ""
    return (
        f"{type(estimator).__name__}.{method}: the arguments must be among {', '.join(known)}; got {name!r}"
        f"{f'. {remedy}.' if remedy else did_you_mean(name, known)}"
    )
