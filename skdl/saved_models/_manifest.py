"""The manifest: what a saved model is, without unpickling it."""

from __future__ import annotations

import codecs
import json
import re
import reprlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from skdl.exceptions import ModelFileError
from skdl.saved_models._digest import FileEntry
from skdl.saved_models._plain import (
    answers,
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
    "MODEL_NAME",
    "SIGNATURE_NAME",
    "Golden",
    "Manifest",
    "SavedModel",
    "is_file_of_model",
    "keras_name",
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
            "files": {name: entry.to_json() for name, entry in self.files.items()},
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
            plain = plain_object(parse_json(content), "manifest")
            found = (plain["format"], plain["format_version"])
        except (ValueError, KeyError, RecursionError) as error:
            raise ModelFileError(
                f"{where}: not the manifest of a saved model, or damaged ({error}). Save the model again."
            ) from None
        if found != ("skdl-model", FORMAT_VERSION) or type(found[1]) is not int:  # true equals 1
            raise ModelFileError(
                f"{where}: format must be 'skdl-model' {FORMAT_VERSION}; got {reprlib.repr(found[0])} "
                f"{reprlib.repr(found[1])}. Load it with the version of skdl that saved it."
            )
        try:
            return _MANIFEST({name: plain[name] for name in plain.keys() - {"format", "format_version"}}, "manifest")
        except ValueError as error:
            raise ModelFileError(f"{where}: damaged manifest ({error}). Save the model again.") from None


def _are_files_of_a_model(files: dict[str, FileEntry]) -> bool:
    return files.keys() == {MODEL_NAME, *map(keras_name, range(len(files) - 1))}


def _is_encoding(name: str) -> bool:
    try:
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


_GOLDEN = record(
    Golden,
    rows=table(listed(scalar)),
    predictions=listed(answers),
    probabilities=optional(listed(answers)),
    scale=_scale,
)
_MANIFEST = record(
    Manifest,
    files=that(
        table(FileEntry.from_json),
        _are_files_of_a_model,
        f"{MODEL_NAME} and its networks",
    ),
    versions=that(table(text), lambda versions: "" not in versions, "versions by package"),
    schema=ModelSchema.from_json,
    golden=optional(_GOLDEN),
    needs_keras=flag,
    metadata=plain_object,
    reading=_READING,
    n_rows=optional(count),
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
