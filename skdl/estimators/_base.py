"""The one place that touches SciKeras: its ``BaseWrapper``, made fit for today's scikit-learn.

Importing SciKeras replaces how Keras pickles and copies its classes, for the whole process. Nobody who imports skdl
asked for that, so the originals are put back, unless the user had imported SciKeras before. It also imports TensorFlow
wherever that is installed, for seeds that skdl never uses; it is kept from that, for it takes seconds.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras
from sklearn.base import BaseEstimator

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BaseWrapper"]

_PATCHED = (
    (keras.Model, "__reduce__"),
    (keras.Model, "__deepcopy__"),
    (keras.losses.Loss, "__reduce__"),
    (keras.metrics.Metric, "__reduce__"),
    (keras.optimizers.Optimizer, "__reduce__"),
)


def _import_base_wrapper() -> type:
    """Import SciKeras and leave Keras' classes as they were: its own already, where the user had imported it."""
    before = [vars(owner).get(name) for owner, name in _PATCHED]
    with _tensorflow_left_alone():
        from scikeras.wrappers import BaseWrapper

    for (owner, name), original in zip(_PATCHED, before, strict=True):
        _put_back(owner, name, original)
    if "__sklearn_tags__" not in vars(BaseWrapper):
        # SciKeras 0.13 has scikit-learn's old `_more_tags` alone; check_estimator walks the MRO and asks for the new
        # method.
        BaseWrapper.__sklearn_tags__ = BaseEstimator.__sklearn_tags__
    return BaseWrapper  # type: ignore[no-any-return]


@contextmanager
def _tensorflow_left_alone() -> Iterator[None]:
    """Let TensorFlow seem not to be installed, unless Keras runs on it or the user has imported it."""
    if "tensorflow" in sys.modules or keras.backend.backend() == "tensorflow":
        yield
        return
    sys.modules["tensorflow"] = None  # type: ignore[assignment]  # Python's own mark of what cannot be imported
    try:
        yield
    finally:
        del sys.modules["tensorflow"]


def _put_back(owner: type, name: str, original: Any) -> None:
    if original is not None:
        setattr(owner, name, original)
    elif name in vars(owner):
        delattr(owner, name)


BaseWrapper = _import_base_wrapper()
