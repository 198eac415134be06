"""Formats of the model files in a saved model: how a fitted pipeline becomes bytes, and back.

A further format (skops, ONNX) is one module with a class that has the methods of `Format`, and a line in `FORMATS`.
The manifest, digests, signatures and versions are the same for every format. A saved model does not name its format:
it is the one whose files it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from skdl.saved_models._formats._joblib import JoblibFormat

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["DEFAULT_FORMAT", "FORMATS", "Format", "format_of"]


class Format(Protocol):
    """Fitted pipeline <-> named file contents. File names are fixed, so no manifest can point outside its folder."""

    def dump(self, pipeline: Any) -> tuple[dict[str, bytes], str | None]:
        """Return contents by file name, and why they need Keras to predict (None where they do not)."""

    def load(self, contents: Mapping[str, bytes]) -> Any:
        """Return the pipeline from contents that were verified before."""

    def is_file(self, name: str) -> bool:
        """Whether `dump` can write a file of this name."""

    def is_complete(self, names: Collection[str]) -> bool:
        """Whether these are all files of one saved pipeline, and no others."""


DEFAULT_FORMAT: Format = JoblibFormat()
FORMATS: tuple[Format, ...] = (DEFAULT_FORMAT,)


def format_of(names: Collection[str]) -> Format | None:
    """Format whose complete set of files these names are; None where there is none."""
    return next((known for known in FORMATS if known.is_complete(names)), None)
