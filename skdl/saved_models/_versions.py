"""Versions of Python and packages: at saving and now, and the check when a model is loaded."""

from __future__ import annotations

import logging
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from skdl._note import Note
from skdl.catalogue import PACKAGES
from skdl.exceptions import ModelFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["check_versions", "current_versions", "versions_here"]

_PACKAGES = (*(package.distribution for package in PACKAGES.values()), "numpy", "scipy", "pandas", "joblib")
_OF_NETWORKS = ("keras", "jax", "tensorflow", "torch")
_log = logging.getLogger("skdl")


def current_versions(*, needs_keras: bool = False) -> dict[str, str]:
    """Versions to save with a model, by package; with Keras and its backends where it needs Keras."""
    found = versions_here(("python", *_PACKAGES, *(_OF_NETWORKS if needs_keras else ())))
    return {name: one for name, one in found.items() if one is not None}


def versions_here(packages: Iterable[str]) -> dict[str, str | None]:
    """Installed version of each package; None where it is not installed."""
    return {name: _version_here(name) for name in packages}


@cache  # a search through all folders of packages
def _version_here(name: str) -> str | None:
    try:
        return platform.python_version() if name == "python" else version(name)
    except PackageNotFoundError:
        return None


def check_versions(saved: Mapping[str, str], where: str, *, allow_others: bool) -> None:
    """Refuse another minor version of scikit-learn, whose pickles are not compatible across versions.

    ``allow_others`` accepts it, with a warning in the log.

    Raises
    ------
    ModelFileError
        Where the minor version differs and others are not allowed.
    """
    before, here = str(saved.get("scikit-learn", "")), version("scikit-learn")
    if before.split(".")[:2] == here.split(".")[:2]:
        return
    if not allow_others:
        wanted = before or Note("named_version", "named in the manifest")
        text = (
            "{where}: scikit-learn must be {wanted}, as when it was saved; got {here}. Install that version, or train "
            "and save the model again. To load it anyway, allow other versions: the reference predictions must then "
            "still match."
        )
        raise ModelFileError.of("other_sklearn", text, where=where, wanted=wanted, here=here)
    # Of all packages, not of scikit-learn alone: the log line is where a later difference is looked up.
    others = [f"{name} {saved[name]}, here {one}" for name, one in versions_here(saved).items() if one != saved[name]]
    _log.warning(
        "%s: loaded with other versions than those it was saved with, as allowed (saved with %s). "
        "The reference predictions are still compared.",
        where,
        "; ".join(others) or "no version of scikit-learn named",
    )
