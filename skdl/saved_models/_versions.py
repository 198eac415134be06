"""Versions of what a model's predictions depend on: those it was saved with, and those here."""

from __future__ import annotations

import logging
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from skdl.exceptions import ModelFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_versions", "current_versions", "versions_here"]

_PACKAGES = ("skdl", "scikit-learn", "numpy", "scipy", "pandas", "joblib", "xgboost", "lightgbm")
_OF_NETWORKS = ("keras", "jax", "tensorflow", "torch")
_log = logging.getLogger("skdl")


def current_versions(*, needs_keras: bool = False) -> dict[str, str]:
    """Return the versions to save with a model, by package; those of Keras and its backends where it needs them."""
    found = versions_here(_PACKAGES + (_OF_NETWORKS if needs_keras else ()))
    return {"python": platform.python_version()} | {name: one for name, one in found.items() if one is not None}


def versions_here(packages: tuple[str, ...] | Mapping[str, str]) -> dict[str, str | None]:
    """Return the version of each package that is installed here, None where it is not."""
    return {name: platform.python_version() if name == "python" else _version(name) for name in packages}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def check_versions(saved: Mapping[str, str], where: str, *, allow_others: bool) -> None:
    """Refuse another minor version of scikit-learn: it promises nothing for pickles across them.

    Parameters
    ----------
    saved : mapping of str to str
        What the model was saved with.
    where : str
        The model, for messages.
    allow_others : bool
        Go on all the same, and say so in the log.

    Raises
    ------
    ModelFileError
        Where the minor version differs and others are not allowed.
    """
    before, here = str(saved.get("scikit-learn", "")), version("scikit-learn")
    if before.split(".")[:2] == here.split(".")[:2]:
        return
    if not allow_others:
        raise ModelFileError(
            f"{where}: scikit-learn must be {before or 'named in the manifest'}, as when it was saved; got {here}. "
            "Install that version, or train and save the model again. To load it all the same, allow other versions: "
            "its own rows must then still get the predictions that they got."
        )
    others = [f"{name} {saved[name]}, here {one}" for name, one in versions_here(saved).items() if one != saved[name]]
    _log.warning(
        "%s: loaded under other versions than it was saved with, as allowed (saved with %s). "
        "Its own rows must still get the predictions that they got.",
        where,
        "; ".join(others) or "no version of scikit-learn named",
    )
