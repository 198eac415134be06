"""Manifest of a saved model: digests, versions, input schema, reference predictions, metadata, as JSON."""

from __future__ import annotations

import codecs
import json
import reprlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from skdl.exceptions import ModelFileError
from skdl.saved_models._file_entry import FileEntry
from skdl.saved_models._formats import FORMATS, format_of
from skdl.saved_models._json import (
    choice,
    count,
    flag,
    listed,
    many,
    number,
    optional,
    parse_json,
    plain_json,
    plain_object,
    prediction,
    record,
    scalar,
    table,
    text,
    that,
)
from skdl.saved_models._schema import ModelSchema
from skdl.tables import DATE_PARTS, Dates, Reading

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "FORMAT_VERSION",
    "MANIFEST_NAME",
    "SIGNATURE_NAME",
    "Manifest",
    "ReferencePredictions",
    "SavedModel",
    "is_file_of_model",
]

# Any other version is refused when it is read. Raise it for a change that older readers would misread.
FORMAT_VERSION = 1
MANIFEST_NAME = "manifest.json"
SIGNATURE_NAME = "manifest.sig"


def is_file_of_model(name: str) -> bool:
    """Whether `save_model` or `sign_model` can write a file of this name."""
    return name in {MANIFEST_NAME, SIGNATURE_NAME} or any(known.is_file(name) for known in FORMATS)


@dataclass(frozen=True)
class ReferencePredictions:
    """A few rows with the predictions of the model when it was saved. The key in ``manifest.json`` is ``golden``.

    Attributes
    ----------
    rows : dict of str to list
        Values by column; None where one is missing.
    predictions : list
        One entry a row.
    probabilities : list, optional
        One list a row.
    scale : float or list of float
        The target's scale, one a target where there are several; predictions agree within rtol 1e-5 and atol 1e-6
        times this.
    """

    rows: dict[str, list[Any]]
    predictions: list[Any]
    probabilities: list[list[float]] | None
    scale: float | list[float]


@dataclass(frozen=True)
class Manifest:
    """Contents of ``manifest.json``.

    Attributes
    ----------
    files : dict of str to FileEntry
        Every file of the folder except manifest and signature.
    versions : dict of str to str
        Python and packages with which it was saved.
    schema : ModelSchema
        Input columns and the form of the predictions.
    reference : ReferencePredictions, optional
        Rows with the predictions that a loaded model must repeat; None where no rows could be made.
    needs_keras : bool
        Whether loading imports Keras: a custom network has layers without a NumPy equivalent.
    metadata : dict
        The ``metadata`` argument of `save_model`.
    reading : Reading
        Format of the training table (separator, marks, types, names); scoring reads its inputs the same way.
    n_rows : int, optional
        Number of rows given to `save_model`.
    """

    files: dict[str, FileEntry]
    versions: dict[str, str]
    schema: ModelSchema
    reference: ReferencePredictions | None
    needs_keras: bool
    metadata: dict[str, Any]
    reading: Reading = field(default_factory=Reading)
    n_rows: int | None = None

    def to_bytes(self) -> bytes:
        """Content of the manifest file; the same manifest gives the same bytes."""
        plain = {
            "format": "skdl-model",
            "format_version": FORMAT_VERSION,
            "files": {name: entry.to_json() for name, entry in self.files.items()},
            "n_rows": self.n_rows,
            "versions": self.versions,
            "schema": self.schema.to_json(),
            "golden": None if self.reference is None else asdict(self.reference),
            "needs_keras": self.needs_keras,
            "metadata": self.metadata,
            "reading": self.reading.to_json(),
        }
        # Keys in a fixed order and a fixed indentation: the pin is the digest of these bytes.
        return (json.dumps(plain_json(plain), indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode()

    @classmethod
    def from_bytes(cls, content: bytes, where: str) -> Manifest:
        """Parse the content of a manifest file.

        Raises
        ------
        ModelFileError
            If it is not a manifest, or has another format version.
        """
        try:
            plain = plain_object(parse_json(content), "manifest")
            found = (plain["format"], plain["format_version"])
        except (ValueError, KeyError, RecursionError) as error:
            raise ModelFileError(
                f"{where}: not the manifest of a saved model, or damaged ({error}). Save the model again."
            ) from None
        if found != ("skdl-model", FORMAT_VERSION) or type(found[1]) is not int:  # True == 1 in Python
            raise ModelFileError(
                f"{where}: format must be 'skdl-model' {FORMAT_VERSION}; got {reprlib.repr(found[0])} "
                f"{reprlib.repr(found[1])}. Load it with the version of skdl that saved it."
            )
        try:
            return _MANIFEST(_by_field(plain), "manifest")
        except ValueError as error:
            raise ModelFileError(f"{where}: damaged manifest ({error}). Save the model again.") from None


def _by_field(plain: dict[str, Any]) -> dict[str, Any]:
    """Values by the field's name; the key of ``reference`` is ``golden`` in the file."""
    # The name of the field is no key of the file: with both keys it would not be clear which one counts.
    if "reference" in plain:
        raise ValueError("manifest must have no 'reference'")
    values = {key: item for key, item in plain.items() if key not in {"format", "format_version"}}
    if "golden" in values:
        values["reference"] = values.pop("golden")
    return values


def _are_files_of_a_model(files: dict[str, FileEntry]) -> bool:
    return format_of(files) is not None


def _is_encoding(name: str) -> bool:
    try:
        # lookup also finds codecs such as rot13 that encode no text; the next line refuses them.
        codecs.lookup(name)
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return True


_CHARACTER = that(text, lambda mark: len(mark) == 1 and mark not in '"\r\n', "one character")
_READING = record(
    Reading,
    separator=optional(that(_CHARACTER, lambda mark: mark == "\t" or (mark.isascii() and mark.isprintable()), "ASCII")),
    decimal=_CHARACTER,
    thousands=optional(_CHARACTER),
    encoding=optional(that(text, _is_encoding, "an encoding")),
    na_values=many(text),
    rename=table(text),
    dtypes=table(choice("string", "float", "int", "bool")),
    dates=table(record(Dates, parts=many(choice(*DATE_PARTS)), format=optional(text))),
)


def _scale(value: Any, where: str) -> float | list[float]:
    return listed(number)(value, where) if isinstance(value, list) else number(value, where)


_REFERENCE = record(
    ReferencePredictions,
    rows=table(listed(scalar)),
    predictions=listed(prediction),
    probabilities=optional(listed(prediction)),
    scale=_scale,
)
_MANIFEST = record(
    Manifest,
    # Only file names that a format can write are accepted, so no entry points outside the folder (``../``, absolute
    # paths).
    files=that(
        table(FileEntry.from_json),
        _are_files_of_a_model,
        "the files of a saved model",
    ),
    versions=that(table(text), lambda versions: "" not in versions, "versions by package"),
    schema=ModelSchema.from_json,
    reference=optional(_REFERENCE),
    needs_keras=flag,
    metadata=plain_object,
    reading=_READING,
    n_rows=optional(count),
)


@dataclass(frozen=True)
class SavedModel:
    """Folder of a saved model, its pin and its manifest.

    Attributes
    ----------
    path : pathlib.Path
        The folder.
    sha256 : str
        Digest of ``manifest.json``, which holds the digests of all other files: the pin to give to `load_model`.
    manifest : Manifest
        Contents of ``manifest.json``.
    is_signed : bool
        Whether there is a signature; only a public key can tell by whom.
    signer : str, optional
        Fingerprint of the key that signed it or that verified the signature.
    """

    path: Path
    sha256: str
    manifest: Manifest
    is_signed: bool = False
    signer: str | None = None
