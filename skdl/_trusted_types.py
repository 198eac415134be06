"""Names of the classes and functions of skdl that fitted estimators hold, for readers that ask whom to trust."""

from __future__ import annotations

__all__ = ["trusted_types"]

_TYPES = {
    "skdl._table_coder": ("TableCoder",),
    "skdl.estimators._classifier": ("KerasMLPClassifier",),
    "skdl.estimators._heads": ("ClassHead", "Head"),
    "skdl.estimators._loaded": ("LoadedNetwork", "StoredConfig"),
    "skdl.estimators._losses": ("_StoredLoss",),
    "skdl.estimators._real_mlp": ("KerasRealMLPClassifier", "KerasRealMLPRegressor"),
    "skdl.estimators._regressor": ("KerasMLPRegressor",),
    "skdl.estimators._targets": ("ClassTarget", "RegressionTarget"),
    "skdl.boosting": ("BoostingClassifier", "BoostingRegressor"),
    "skdl.ensemble": ("BlendClassifier", "BlendRegressor", "StackClassifier", "StackRegressor"),
    "skdl.frozen": ("FrozenMLPClassifier", "FrozenMLPRegressor", "KerasFile"),
    "skdl.schema": ("ModelWithSchema",),
    "skdl.preprocessing": ("PiecewiseLinearEncoder", "RobustSmoothClip", "as_categories"),
    "skdl.weighted": ("ClassWeightedClassifier",),
}


def trusted_types() -> list[str]:
    """Return the full names of all classes and functions of skdl that its fitted estimators hold, for skops and MLflow.

    Objects of Keras and functions of your own that you pass as parameters (a loss, an optimizer), and Keras' loss with
    label smoothing, are not among them: add those that you know.

    Returns
    -------
    list of str
        As ``skops.io.load(file, trusted=...)`` and MLflow's ``skops_trusted_types`` take them.

    Examples
    --------
    >>> import skdl
    >>> skdl.trusted_types()[0]
    'skdl._table_coder.TableCoder'
    """
    return [f"{module}.{name}" for module, names in _TYPES.items() for name in names]
