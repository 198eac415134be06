"""Keras networks that are scikit-learn estimators in every respect."""

from skdl.estimators._classifier import KerasMLPClassifier
from skdl.estimators._describe import LayerDescription, NetworkDescription, describe_network
from skdl.estimators._display import TrainingCurveDisplay
from skdl.estimators._freeze import freeze
from skdl.estimators._regressor import KerasMLPRegressor

__all__ = [
    "KerasMLPClassifier",
    "KerasMLPRegressor",
    "LayerDescription",
    "NetworkDescription",
    "TrainingCurveDisplay",
    "describe_network",
    "freeze",
]
