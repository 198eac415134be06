"""Manifest of a saved model: digests, versions, input schema, reference predictions, metadata, as JSON."""

from __future__ import annotations

import json
import re
import reprlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from skdl._json import Count, Nested, Scalar, parse_json, plain_json, reader_of, that
from skdl.exceptions import ModelFileError
from skdl.files import blake3_of, sha256_of
from skdl.saved_models._model_files import are_model_files
from skdl.schema import ModelSchema, StoredReading  # noqa: TC001 - read by `reader_of`
from skdl.tables import Reading

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MANIFEST_NAME", "SIGNATURE_NAME", "FileEntry", "Manifest", "ReferencePredictions", "SavedModel"]

# Any other version is refused when it is read. Raise it for a change that older readers would misread.
_FORMAT_VERSION = 1
MANIFEST_NAME = "manifest.json"
SIGNATURE_NAME = "manifest.sig"


_Digest = Annotated[str, that(str, re.compile(r"[0-9a-f]{64}").fullmatch, "64 hexadecimal digits")]


@dataclass(frozen=True)
class FileEntry:
    """A file of a model: size in bytes, SHA-256 as `sha256sum` prints it, and BLAKE3, which is compared.

    SHA-256 reads a few hundred megabytes a second where the processor has no instructions for it: a tenth of the time
    that a large forest takes to load. BLAKE3 reads gigabytes. Models of before 2026-11-22 have no BLAKE3.
    """

    sha256: _Digest
    size: Count
    blake3: _Digest | None = None

    @classmethod
    def of(cls, content: bytes) -> FileEntry:
        """Describe these bytes."""
        return cls(sha256_of(content), len(content), blake3_of(content))

    def mismatch(self, content: bytes, *, both: bool) -> str | None:
        """Return the digest that differs from that of these bytes, with its name; None where they are the file's.

        BLAKE3 alone is compared; ``both`` compares SHA-256 too, on which other programs may rely.
        """
        whole = len(content) == self.size
        if whole and self.blake3 is not None and blake3_of(content) != self.blake3:
            return f"blake3 {self.blake3}"
        if not whole or ((both or self.blake3 is None) and sha256_of(content) != self.sha256):
            return f"sha256 {self.sha256}"
        return None


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

    rows: dict[str, list[Scalar]]
    predictions: list[Nested]
    probabilities: list[Nested] | None
    scale: float | list[float]


# Only file names that `save_model` can write are accepted, so no entry points outside the folder (``../``, absolute
# paths).
_Files = Annotated[dict[str, FileEntry], that(dict[str, FileEntry], are_model_files, "the files of a saved model")]
_Versions = Annotated[dict[str, str], that(dict[str, str], lambda versions: "" not in versions, "versions by package")]


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

    files: _Files
    versions: _Versions
    schema: ModelSchema
    reference: ReferencePredictions | None
    needs_keras: bool
    metadata: dict[str, Any]
    reading: StoredReading = field(default_factory=Reading)
    n_rows: Count | None = None

    def to_bytes(self) -> bytes:
        """Content of the manifest file; the same manifest gives the same bytes."""
        plain = {
            "format": "skdl-model",
            "format_version": _FORMAT_VERSION,
            "files": {name: asdict(entry) for name, entry in self.files.items()},
            "n_rows": self.n_rows,
            "versions": self.versions,
            "schema": asdict(self.schema),
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
            plain = reader_of(dict[str, Any])(parse_json(content), "manifest")
            found = (plain.pop("format"), plain.pop("format_version"))
        except (ValueError, KeyError, RecursionError) as error:
            text = "{where}: not the manifest of a saved model, or damaged ({reason}). Save the model again."
            raise ModelFileError.of("no_manifest", text, where=where, reason=str(error)) from None
        if found != ("skdl-model", _FORMAT_VERSION) or type(found[1]) is not int:  # True == 1 in Python
            text = (
                "{where}: format must be 'skdl-model' {version}; got {found} {found_version}. Load it with the version "
                "of skdl that saved it."
            )
            shown = {"found": reprlib.repr(found[0]), "found_version": reprlib.repr(found[1])}
            raise ModelFileError.of("model_format", text, where=where, version=_FORMAT_VERSION, **shown)
        try:
            manifest: Manifest = _read_manifest(_by_field(plain), "manifest")
        except ValueError as error:
            text = "{where}: damaged manifest ({reason}). Save the model again."
            raise ModelFileError.of("damaged_manifest", text, where=where, reason=str(error)) from None
        return manifest


def _by_field(plain: dict[str, Any]) -> dict[str, Any]:
    """Values by the field's name; the key of ``reference`` is ``golden`` in the file."""
    # The name of the field is no key of the file: with both keys it would not be clear which one counts.
    if "reference" in plain:
        raise ValueError("manifest must have no 'reference'")
    reading = plain.get("reading")
    if isinstance(reading, dict) and "dtypes" in reading:  # a manifest of before 2026-11-29 has not this key
        plain["reading"] = {"strings_keep_words": False, **reading}
    return {"reference" if key == "golden" else key: item for key, item in plain.items()}


_read_manifest = reader_of(Manifest)


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
