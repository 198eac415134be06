"""The catalogue: the models that a pipeline file can name, and the classes that it may name by their path."""

from skdl.catalogue._catalogue import (
    ALLOWED_PACKAGES,
    catalogue,
    default_parameters,
    entry_named,
    find_class,
    needs_scaling,
    simplicity,
)
from skdl.catalogue._entries import ENTRIES, CatalogueEntry

__all__ = [
    "ALLOWED_PACKAGES",
    "ENTRIES",
    "CatalogueEntry",
    "catalogue",
    "default_parameters",
    "entry_named",
    "find_class",
    "needs_scaling",
    "simplicity",
]
