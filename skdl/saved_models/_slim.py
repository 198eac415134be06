"""Leaving out what a fitted pipeline needed for fitting alone.

Rows are drawn anew and weighted while a model learns; when it predicts, imbalanced-learn and the class that weighs have
nothing to do. As networks are frozen, so are these replaced: wherever they sit, by pickling in memory.
"""

from __future__ import annotations

import io
import operator
import pickle
import sys
from typing import Any

from sklearn.pipeline import Pipeline

__all__ = ["without_training_parts"]

_TRAINING_PARTS = ("imblearn.pipeline", "skdl.weighted")
_ITSELF = operator.itemgetter(0)  # a pickle makes each object by a call; this one gives what is there already


def without_training_parts(fitted: Any) -> Any:
    """Copy a fitted estimator with plain pipelines and classifiers in place of those that sample and weigh.

    Parameters
    ----------
    fitted : estimator
        Anything that can be pickled.

    Returns
    -------
    estimator
        One that predicts the same; itself where there can be nothing to leave out.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skdl.weighted import ClassWeightedClassifier
    >>> X, y = np.arange(10.0).reshape(-1, 1), np.repeat([0, 1], [8, 2])
    >>> without_training_parts(ClassWeightedClassifier(GaussianNB()).fit(X, y))
    GaussianNB()
    """
    if not any(module in sys.modules for module in _TRAINING_PARTS):
        return fitted
    written = io.BytesIO()
    _Slimmer(written, protocol=pickle.HIGHEST_PROTOCOL).dump(fitted)
    return pickle.loads(written.getvalue())  # noqa: S301 - written in the line above


class _Slimmer(pickle.Pickler):
    """Writes what predicts where something that samples or weighs stands."""

    def reducer_override(self, obj: Any) -> Any:
        """Say how to pickle an object; called for all but plain containers and values."""
        kind = type(obj)
        if kind.__module__ == "imblearn.pipeline" and isinstance(obj, Pipeline):
            steps = [(name, step) for name, step in obj.steps if not hasattr(step, "fit_resample")]
            plain = Pipeline(steps, transform_input=obj.transform_input, memory=obj.memory, verbose=obj.verbose)
            return _ITSELF, ((plain,),)
        if kind.__module__ == "skdl.weighted":
            return _ITSELF, ((getattr(obj, "estimator_", obj.estimator),),)
        return NotImplemented
