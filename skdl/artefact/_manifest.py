"""The manifest: what a saved model is, without unpickling it."""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl.artefact._schema import ModelSchema
from skdl.exceptions import ModelFileError, UsageError
from skdl.tables import Reading

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "FORMAT_VERSION",
    "MANIFEST_NAME",
    "MODEL_NAME",
    "SIGNATURE_NAME",
    "FileEntry",
    "Golden",
    "Manifest",
    "SavedModel",
    "is_file_of_model",
    "keras_name",
    "plain_json",
]

FORMAT_VERSION = 1
MANIFEST_NAME = "manifest.json"
SIGNATURE_NAME = "manifest.sig"
MODEL_NAME = "model.joblib"
_KERAS_NAME = re.compile(r"model(-[1-9]\d{0,3})?\.keras")


def keras_name(number: int) -> str:
    """Name the file of a model's network, counted from 0: ``model.keras``, ``model-1.keras``, ..."""
    return f"model-{number}.keras" if number else "model.keras"


def is_file_of_model(name: str) -> bool:
    """Tell whether `save_model` or `sign_model` writes a file of this name: names are fixed, so none lies elsewhere."""
    return name in {MANIFEST_NAME, SIGNATURE_NAME, MODEL_NAME} or _KERAS_NAME.fullmatch(name) is not None


@dataclass(frozen=True)
class FileEntry:
    """Size in bytes and digest of one file."""

    sha256: str
    size: int

    @classmethod
    def of(cls, content: bytes) -> FileEntry:
        """Describe these bytes."""
        return cls(hashlib.sha256(content).hexdigest(), len(content))


@dataclass(frozen=True)
class Golden:
    """A few rows with the predictions that the live pipeline gave for them.

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
    """All that is known of a saved model.

    Attributes
    ----------
    files : dict of str to FileEntry
        Every file of the folder but the manifest.
    versions : dict of str to str
        Python and packages that saved it.
    schema : ModelSchema
        Input columns and the form of the answers.
    golden : Golden, optional
        Rows that a loaded model must predict as the live one did; None where none could be made.
    needs_keras : bool
        Whether unpickling imports Keras: a network of one's own with layers that have no NumPy twin.
    metadata : dict
        What the caller of `save_model` gave.
    reading : Reading
        How the table it was fitted on was written, and how its columns were named; scoring reads others like it.
    n_rows : int, optional
        How many rows were given to `save_model`.
    """

    files: dict[str, FileEntry]
    versions: dict[str, str]
    schema: ModelSchema
    golden: Golden | None
    needs_keras: bool
    metadata: dict[str, Any]
    reading: Reading = field(default_factory=Reading)
    n_rows: int | None = None

    def to_bytes(self) -> bytes:
        """Return the manifest file's content, the same bytes for the same manifest."""
        plain = {
            "format": "skdl-model",
            "format_version": FORMAT_VERSION,
            "files": {name: asdict(entry) for name, entry in self.files.items()},
            "n_rows": self.n_rows,
            "versions": self.versions,
            "schema": self.schema.to_json(),
            "golden": None if self.golden is None else asdict(self.golden),
            "needs_keras": self.needs_keras,
            "metadata": self.metadata,
            "reading": self.reading.to_json(),
        }
        return (json.dumps(plain_json(plain), indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode()

    @classmethod
    def from_bytes(cls, content: bytes, where: str) -> Manifest:
        """Read a manifest file's content.

        Raises
        ------
        ModelFileError
            If it is no manifest, or one of another format.
        """
        try:
            plain = json.loads(content)
            found = (plain["format"], plain["format_version"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ModelFileError(
                f"{where}: not the manifest of a saved model, or damaged. Save the model again."
            ) from None
        if found != ("skdl-model", FORMAT_VERSION):
            raise ModelFileError(
                f"{where}: format must be 'skdl-model' {FORMAT_VERSION}; got {found[0]!r} {found[1]!r}. "
                "Load it with the version of skdl that saved it."
            )
        try:
            return cls._from_plain(plain)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelFileError(f"{where}: damaged manifest ({error}). Save the model again.") from None

    @classmethod
    def _from_plain(cls, plain: dict[str, Any]) -> Manifest:
        files = {name: FileEntry(**entry) for name, entry in plain["files"].items()}
        if files.keys() != {MODEL_NAME, *map(keras_name, range(len(files) - 1))}:
            raise ValueError(f"files must be {MODEL_NAME} and its networks; got {sorted(files)}")
        return cls(
            files=files,
            versions=dict(plain["versions"]),
            schema=ModelSchema.from_json(plain["schema"]),
            golden=None if plain["golden"] is None else Golden(**plain["golden"]),
            needs_keras=bool(plain["needs_keras"]),
            metadata=dict(plain["metadata"]),
            reading=Reading.from_json(plain.get("reading", {})),
            n_rows=None if plain.get("n_rows") is None else int(plain["n_rows"]),
        )


@dataclass(frozen=True)
class SavedModel:
    """A saved model's place, its pin and its manifest.

    Attributes
    ----------
    path : pathlib.Path
        The folder.
    sha256 : str
        Digest of ``manifest.json``, which holds the digests of all other files: the pin to give to `load_model`.
    manifest : Manifest
        What the model is.
    is_signed : bool
        Whether a signature lies beside the manifest; by whom, only a public key can tell.
    signer : str, optional
        Fingerprint of the key that signed it, or that its signature was checked with.
    """

    path: Path
    sha256: str
    manifest: Manifest
    is_signed: bool = False
    signer: str | None = None


def plain_json(value: Any) -> Any:
    """Turn NumPy values and tuples into JSON's own types, and what is not finite into None: JSON has none."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise UsageError(f"metadata: must be plain JSON types; got {type(value).__name__!r}. Turn it into text or numbers.")
