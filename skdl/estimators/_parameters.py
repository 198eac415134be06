"""What each parameter that both estimators share must be, in the terms of scikit-learn's own checks."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import keras
from sklearn.utils._param_validation import Interval, StrOptions

__all__ = ["PARAMETER_CONSTRAINTS"]

PARAMETER_CONSTRAINTS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [str],
    "dropout": [Interval(Real, 0, 1, closed="left")],
    "l1": [Interval(Real, 0, None, closed="left")],
    "l2": [Interval(Real, 0, None, closed="left")],
    "batch_normalization": ["boolean"],
    "optimizer": [str, type, keras.optimizers.Optimizer],
    "learning_rate": [
        Interval(Real, 0, None, closed="neither"),
        keras.optimizers.schedules.LearningRateSchedule,
    ],
    "loss": [str, callable],
    "metrics": [None, "array-like", str, callable],
    "epochs": [Interval(Integral, 1, None, closed="left")],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "shuffle": ["boolean"],
    "validation_split": [None, Interval(Real, 0, 1, closed="neither")],
    "early_stopping": ["boolean"],
    "monitor": [str],
    "patience": [Interval(Integral, 0, None, closed="left")],
    "min_delta": [Interval(Real, 0, None, closed="left")],
    "restore_best_weights": ["boolean"],
    "callbacks": [None, list, dict, keras.callbacks.Callback, type],
    "model": [None, callable],
    "dtype": [StrOptions({"float32", "float64"})],
    "warm_start": ["boolean"],
    "verbose": [Interval(Integral, 0, 2, closed="both"), "boolean"],
    "random_state": ["random_state"],
}
