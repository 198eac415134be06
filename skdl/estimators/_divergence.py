"""What is said of a training whose loss ceased to be a number."""

from __future__ import annotations

import warnings
from typing import Any

from sklearn.exceptions import ConvergenceWarning

__all__ = ["warn_of_divergence"]


def warn_of_divergence(estimator: Any) -> None:
    """Say where training ended, which weights were kept, and what to try."""
    best = estimator.best_epoch_
    kept = "the first weights were" if best is None else f"the weights of epoch {best} were"
    warnings.warn(
        f"{type(estimator).__name__}: the loss must stay a finite number; it did not in epoch {estimator.n_iter_}, "
        f"where training ended, and {kept} kept. Scale X (MinMaxScaler), lower learning_rate, or clip the gradients: "
        "optimizer=keras.optimizers.Adam(clipnorm=1.0).",
        ConvergenceWarning,
        stacklevel=5,
    )
