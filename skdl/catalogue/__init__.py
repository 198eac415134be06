"""The catalogue: models that a pipeline file can name, and the packages whose classes it can name."""

from skdl.catalogue._catalogue import (
    ALLOWED_PACKAGES,
    catalogue,
    default_parameters,
    entry_named,
    find_class,
    find_function,
    needs_scaling,
    package_of,
    parameters_of_class,
    simplicity,
)
from skdl.catalogue._entries import PACKAGES, CatalogueEntry, ModelPackage

__all__ = [
    "ALLOWED_PACKAGES",
    "PACKAGES",
    "CatalogueEntry",
    "ModelPackage",
    "catalogue",
    "default_parameters",
    "entry_named",
    "find_class",
    "find_function",
    "needs_scaling",
    "package_of",
    "parameters_of_class",
    "simplicity",
]
