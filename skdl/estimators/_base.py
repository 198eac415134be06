"""SciKeras' ``BaseWrapper``, adapted to current scikit-learn; no other module imports SciKeras.

Importing SciKeras replaces methods by which Keras pickles and copies its classes, for the whole process. Importing skdl
must not change Keras, so the originals are restored, unless the user had imported SciKeras before. SciKeras also
imports TensorFlow where it is installed, for seeds that skdl never uses; that import takes seconds and is prevented.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras
from sklearn.base import BaseEstimator

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATCHED = (
    (keras.Model, "__reduce__"),
    (keras.Model, "__deepcopy__"),
    (keras.losses.Loss, "__reduce__"),
    (keras.metrics.Metric, "__reduce__"),
    (keras.optimizers.Optimizer, "__reduce__"),
)


def _import_base_wrapper() -> type:
    """Import SciKeras and restore the methods it replaces; where the user had imported it, they stay replaced."""
    before = [vars(owner).get(name) for owner, name in _PATCHED]
    with _tensorflow_hidden():
        from scikeras.wrappers import BaseWrapper

    for (owner, name), original in zip(_PATCHED, before, strict=True):
        _restore(owner, name, original)
    if "__sklearn_tags__" not in vars(BaseWrapper):
        # SciKeras 0.13 has only scikit-learn's old `_more_tags`; check_estimator requires the new method of each class
        # in the MRO. To remove with a SciKeras that has it.
        BaseWrapper.__sklearn_tags__ = BaseEstimator.__sklearn_tags__
    return BaseWrapper  # type: ignore[no-any-return]


@contextmanager
def _tensorflow_hidden() -> Iterator[None]:
    """Make TensorFlow appear not installed, unless Keras runs on it or the user has imported it."""
    if "tensorflow" in sys.modules or keras.backend.backend() == "tensorflow":
        yield
        return
    sys.modules["tensorflow"] = None  # type: ignore[assignment]  # Python raises ImportError for a module that is None here
    try:
        yield
    finally:
        del sys.modules["tensorflow"]


def _restore(owner: type, name: str, original: Any) -> None:
    if original is not None:
        setattr(owner, name, original)
    elif name in vars(owner):
        delattr(owner, name)


BaseWrapper = _import_base_wrapper()
