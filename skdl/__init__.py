"""Is a neural net worth it on this table: the question, asked of Keras networks and classical models.

Keras networks as scikit-learn estimators, an honest comparison with the classical models, and verified batch scoring.
Names are imported when they are first used (PEP 562): ``import skdl`` loads neither Keras nor JAX. It does decide which
backend Keras will run on, so import it before Keras.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from skdl._backend import choose_backend

if TYPE_CHECKING:
    from skdl.comparison import Comparison as Comparison
    from skdl.comparison import compare as compare
    from skdl.diagnosis import diagnose_training as diagnose_training
    from skdl.estimators import KerasMLPClassifier as KerasMLPClassifier
    from skdl.estimators import KerasMLPRegressor as KerasMLPRegressor
    from skdl.estimators import TrainingCurveDisplay as TrainingCurveDisplay
    from skdl.estimators import freeze as freeze
    from skdl.pipeline import PipelineSpec as PipelineSpec
    from skdl.pipeline import read_pipeline as read_pipeline
    from skdl.saved_models import load_model as load_model
    from skdl.saved_models import save_model as save_model
    from skdl.scoring import score_batches as score_batches
    from skdl.scoring import score_table as score_table

__version__ = "0.1.0"

choose_backend()

_HOMES = {
    "Comparison": "skdl.comparison",
    "KerasMLPClassifier": "skdl.estimators",
    "KerasMLPRegressor": "skdl.estimators",
    "PipelineSpec": "skdl.pipeline",
    "TrainingCurveDisplay": "skdl.estimators",
    "compare": "skdl.comparison",
    "diagnose_training": "skdl.diagnosis",
    "freeze": "skdl.estimators",
    "load_model": "skdl.saved_models",
    "read_pipeline": "skdl.pipeline",
    "save_model": "skdl.saved_models",
    "score_batches": "skdl.scoring",
    "score_table": "skdl.scoring",
}

__all__ = [
    "Comparison",
    "KerasMLPClassifier",
    "KerasMLPRegressor",
    "PipelineSpec",
    "TrainingCurveDisplay",
    "compare",
    "diagnose_training",
    "freeze",
    "load_model",
    "read_pipeline",
    "save_model",
    "score_batches",
    "score_table",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
