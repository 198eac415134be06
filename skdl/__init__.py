"""Is a neural net worth it on this table: the question, asked of Keras networks and classical models.

Keras networks as scikit-learn estimators, an honest comparison with the classical models, and verified batch scoring.
Names are imported when they are first used (PEP 562): ``import skdl`` loads neither Keras nor JAX. It does decide which
backend Keras will run on, so import it before Keras.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from skdl import exceptions as exceptions
from skdl._backend import choose_backend
from skdl._trusted_types import trusted_types

if TYPE_CHECKING:
    from skdl.comparison import Comparison, compare
    from skdl.diagnosis import diagnose_training
    from skdl.estimators import (
        KerasMLPClassifier,
        KerasMLPRegressor,
        KerasRealMLPClassifier,
        KerasRealMLPRegressor,
        TrainingCurveDisplay,
        freeze,
    )
    from skdl.pipeline import PipelineSpec, read_pipeline
    from skdl.saved_models import load_model, read_input, save_model
    from skdl.scoring import score_batches, score_table

__version__ = "0.1.0"

choose_backend()

__all__ = [
    "Comparison",
    "KerasMLPClassifier",
    "KerasMLPRegressor",
    "KerasRealMLPClassifier",
    "KerasRealMLPRegressor",
    "PipelineSpec",
    "TrainingCurveDisplay",
    "compare",
    "diagnose_training",
    "freeze",
    "load_model",
    "read_input",
    "read_pipeline",
    "save_model",
    "score_batches",
    "score_table",
    "trusted_types",
]


_PACKAGES = {
    "comparison": ("Comparison", "compare"),
    "diagnosis": ("diagnose_training",),
    "estimators": (
        "KerasMLPClassifier",
        "KerasMLPRegressor",
        "KerasRealMLPClassifier",
        "KerasRealMLPRegressor",
        "TrainingCurveDisplay",
        "freeze",
    ),
    "pipeline": ("PipelineSpec", "read_pipeline"),
    "saved_models": ("load_model", "read_input", "save_model"),
    "scoring": ("score_batches", "score_table"),
}


def __getattr__(name: str) -> Any:
    for package, names in _PACKAGES.items():
        if name in names:
            return getattr(importlib.import_module(f"skdl.{package}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
