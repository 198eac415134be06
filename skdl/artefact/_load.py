"""Reading a saved model back: trust, then digests, then versions, then the pickle, then its own rows."""

from __future__ import annotations

from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib

from skdl.artefact._golden import check_golden
from skdl.artefact._manifest import MANIFEST_NAME, MODEL_NAME, FileEntry, Manifest, SavedModel
from skdl.artefact._trust import check_trust
from skdl.exceptions import ModelFileError

if TYPE_CHECKING:
    import os

__all__ = ["is_intact", "is_saved_model", "load_artefact", "load_model", "read_manifest"]


def load_model(path: str | os.PathLike[str], *, sha256: str | None = None, trust_pickle: bool = False) -> Any:
    """Load a saved model, verified before it is unpickled.

    The order: the manifest's bytes are read; then the caller's pin, or trust; then size and digest of every file; then
    versions; only then are *those bytes* unpickled; at last the model must predict the manifest's rows as when saved.

    Parameters
    ----------
    path : str or path
        Folder written by `save_model`.
    sha256 : str, optional
        The pin that `save_model` returned and your job keeps; 64 hexadecimal digits.
    trust_pickle : bool, default=False
        Load without a pin, because you trust whoever can write to the folder.

    Returns
    -------
    fitted estimator
        With ``feature_names_in_``, where it was fitted on a DataFrame.

    Raises
    ------
    NotTrustedError
        Without a pin and without trust, or with another pin.
    ModelFileError
        If the folder is no saved model, is damaged, or comes from another minor version of scikit-learn.

    Examples
    --------
    >>> load_model("model")
    Traceback (most recent call last):
        ...
    skdl.exceptions.ModelFileError: model: no saved model here (No such file or directory). ...
    """
    return load_artefact(path, sha256=sha256, trust_pickle=trust_pickle)[0]


def load_artefact(
    path: str | os.PathLike[str], *, sha256: str | None = None, trust_pickle: bool = False
) -> tuple[Any, SavedModel]:
    """Load a saved model as `load_model` does; return it with its manifest."""
    folder = Path(path)
    manifest_bytes = _read(folder, MANIFEST_NAME)
    where = str(folder)
    pin = check_trust(manifest_bytes, where, sha256=sha256, trust_pickle=trust_pickle)
    manifest = Manifest.from_bytes(manifest_bytes, f"{where}/{MANIFEST_NAME}")
    contents = {name: _read_verified(folder, name, entry) for name, entry in manifest.files.items()}
    _check_versions(manifest, where)
    try:
        model = joblib.load(BytesIO(contents[MODEL_NAME]))
    except Exception as error:
        raise ModelFileError(
            f"{where}: cannot be unpickled here ({type(error).__name__}: {error}). "
            "Install the packages that it was saved with; manifest.json names their versions."
        ) from error
    if manifest.golden is not None:
        check_golden(model, manifest.schema, manifest.golden, where=where)
    return model, SavedModel(folder, pin, manifest)


def read_manifest(path: str | os.PathLike[str]) -> SavedModel:
    """Read what a saved model says of itself, unpickling nothing.

    Nothing is verified but the manifest's form: what it says is as trustworthy as the folder.

    Parameters
    ----------
    path : str or path
        Folder written by `save_model`.

    Returns
    -------
    SavedModel
        With the pin of the manifest as it is now.

    Raises
    ------
    ModelFileError
        If there is no manifest, or a damaged one.
    """
    folder = Path(path)
    content = _read(folder, MANIFEST_NAME)
    return SavedModel(folder, FileEntry.of(content).sha256, Manifest.from_bytes(content, f"{folder}/{MANIFEST_NAME}"))


def is_intact(path: str | os.PathLike[str], *, sha256: str) -> bool:
    """Tell whether a saved model is the one with a pin, every file of it as it was, unpickling nothing.

    Parameters
    ----------
    path : str or path
        Folder written by `save_model`.
    sha256 : str
        The pin.

    Returns
    -------
    bool
        False also where there is no model.
    """
    folder = Path(path)
    try:
        saved = read_manifest(folder)
        for name, entry in saved.manifest.files.items():
            _read_verified(folder, name, entry)
    except ModelFileError:
        return False
    return saved.sha256 == sha256


def is_saved_model(path: str | os.PathLike[str]) -> bool:
    """Tell whether a folder holds nothing but what `save_model` writes, by the names of its files.

    Parameters
    ----------
    path : str or path
        Any place.

    Returns
    -------
    bool
        True also where there is nothing, and for what is left of a model whose removal was killed.
    """
    folder = Path(path)
    if not folder.is_dir():
        return not folder.exists()
    return {entry.name for entry in folder.iterdir()} <= {MANIFEST_NAME, MODEL_NAME}


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise ModelFileError(
            f"{folder}: no saved model here ({reason}). "
            f"Name a folder that save_model or skdl compare wrote; it holds {name}."
        ) from None


def _read_verified(folder: Path, name: str, entry: FileEntry) -> bytes:
    """Read a file once; the bytes that are verified are the bytes that are used."""
    content = _read(folder, name)
    if FileEntry.of(content) != entry:
        raise ModelFileError(
            f"{folder / name}: must be {entry.size} bytes of sha256 {entry.sha256}; got {len(content)} others. "
            "Copy or save the model again."
        )
    return content


def _check_versions(manifest: Manifest, where: str) -> None:
    """Refuse another minor version of scikit-learn: it promises nothing for pickles across them."""
    saved, here = str(manifest.versions.get("scikit-learn", "")), version("scikit-learn")
    if saved.split(".")[:2] != here.split(".")[:2]:
        raise ModelFileError(
            f"{where}: scikit-learn must be {saved or 'named in the manifest'}, as when it was saved; got {here}. "
            "Install that version, or train and save the model again."
        )
