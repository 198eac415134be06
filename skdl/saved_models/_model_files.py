"""Files of a fitted pipeline: one in a format of `FORMATS`, such as ``model.joblib``, and ``model.keras``.

Keras networks are replaced by NumPy networks (`skdl.freeze`). A custom network with layers that have no NumPy
equivalent is stored as ``model.keras``, ``model-1.keras``, ... next to the pickle; such a model needs Keras to predict.
File names are fixed, so no manifest can point outside its folder.
"""

from __future__ import annotations

import io
import operator
import pickle
import re
import sys
from typing import TYPE_CHECKING, Any, Protocol

from sklearn.pipeline import Pipeline

from skdl.exceptions import NeedsKerasError, UsageError
from skdl.frozen import networks_beside
from skdl.saved_models import _joblib_format

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["are_model_files", "dump_model", "is_model_file", "load_files"]


class _Format(Protocol):
    """A format of saved models: a module with these names.

    In the pipeline that ``dump`` takes, Keras networks are replaced, and parts that only fitting needs are left out.
    """

    FILE_NAME: str

    def dump(self, pipeline: Any) -> bytes: ...

    def load(self, content: bytes) -> Any: ...


# A saved model is loaded in the format that the name of its file tells.
FORMATS: dict[str, _Format] = {"joblib": _joblib_format}
_KERAS_NAME = re.compile(r"model(-[1-9]\d{0,3})?\.keras")
_TRAINING_PARTS = ("imblearn.pipeline", "skdl.boosting", "skdl.ensemble", "skdl.weighted")
_ITSELF = operator.itemgetter(0)  # a pickle creates each object by a call; this call returns its argument


def dump_model(pipeline: Any, format_name: str = "joblib") -> tuple[dict[str, bytes], str | None]:
    """Return the contents of the files by name, and why they need Keras to predict (None where they do not).

    Raises
    ------
    UsageError
        If the pipeline cannot be pickled.
    """
    networks = list[bytes]()
    try:
        frozen, holds_keras = _freeze(pipeline)
        small = _without_training_parts(frozen)  # by its own pickle round trip: the networks stay inside
        # In this context the pickle holds an index in place of a Keras network, whose bytes are added to `networks`.
        with networks_beside(networks):
            content = FORMATS[format_name].dump(small)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        text = "pipeline: must be possible to pickle ({reason}). Define functions in a module, not as lambdas."
        raise UsageError.of("not_pickled", text, reason=str(error)) from error
    keras_files = {_keras_name(index): network for index, network in enumerate(networks)}
    reason = None
    if keras_files:
        reason = "a network in it has layers without a NumPy equivalent"
    elif holds_keras:
        reason = "it holds objects of Keras"  # for example optimizers among the candidates of a search
    return {FORMATS[format_name].FILE_NAME: content, **keras_files}, reason


def load_files(contents: Mapping[str, bytes]) -> Any:
    """Load the pipeline from contents that were verified before."""
    [saved] = [saved for saved in FORMATS.values() if saved.FILE_NAME in contents]
    # In the order of the indices that the pickle holds.
    networks = [contents[name] for name in map(_keras_name, range(len(contents))) if name in contents]
    with networks_beside(networks):
        return saved.load(contents[saved.FILE_NAME])


def is_model_file(name: str) -> bool:
    """Whether `dump_model` can write a file of this name."""
    return any(name == saved.FILE_NAME for saved in FORMATS.values()) or _KERAS_NAME.fullmatch(name) is not None


def are_model_files(names: Collection[str]) -> bool:
    """Whether these are all files of one saved pipeline, and no others."""
    keras_files = set(map(_keras_name, range(len(names) - 1)))
    return any(set(names) == {saved.FILE_NAME, *keras_files} for saved in FORMATS.values())


def _keras_name(index: int) -> str:
    """Name of the file of a network, counted from 0: ``model.keras``, ``model-1.keras``, ..."""
    return f"model-{index}.keras" if index else "model.keras"


def _freeze(pipeline: Any) -> tuple[Any, bool]:
    """Pipeline with NumPy networks, and whether objects of Keras are left in it."""
    if "skdl.estimators" not in sys.modules:
        return pipeline, False  # no Keras estimator can be in it
    from skdl.estimators import freeze

    try:
        return freeze(pipeline), False
    except NeedsKerasError:
        return freeze(pipeline, keep_keras=True), True


def _without_training_parts(fitted: Any) -> Any:
    """Copy a fitted estimator without the parts that only fitting needs.

    imbalanced-learn's samplers and the wrappers of class weights, boosting and ensembles do nothing in ``predict``; an
    ensemble also holds unfitted models, searches among them. A pickle round trip in memory replaces them wherever they
    are nested, as `skdl.freeze` replaces networks.
    """
    # No instance can exist of a class whose module was never imported; the round trip copies the whole model.
    if not any(module in sys.modules for module in _TRAINING_PARTS):
        return fitted
    written = io.BytesIO()
    _Slimmer(written, protocol=pickle.HIGHEST_PROTOCOL).dump(fitted)
    return pickle.loads(written.getvalue())  # noqa: S301 - written in the line above


class _Slimmer(pickle.Pickler):
    """Pickler that writes the predicting part in place of a sampler or a wrapper."""

    def reducer_override(self, obj: Any) -> Any:
        """Return the reduction of an object; not called for plain containers and values."""
        kind = type(obj)
        if kind.__module__ == "imblearn.pipeline" and isinstance(obj, Pipeline):
            steps = [(name, step) for name, step in obj.steps if not hasattr(step, "fit_resample")]
            # scikit-learn's own pipeline, so that the saved model loads without imbalanced-learn.
            plain = Pipeline(steps, transform_input=obj.transform_input, memory=obj.memory, verbose=obj.verbose)
            return _ITSELF, ((plain,),)
        if kind.__module__ == "skdl.ensemble":
            return _ITSELF, ((obj.predicting_part(),),)
        if kind.__module__ in {"skdl.boosting", "skdl.weighted"}:
            return _ITSELF, ((getattr(obj, "estimator_", obj.estimator),),)
        return NotImplemented
