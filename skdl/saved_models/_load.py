"""Reading a saved model back: trust, then digests, then versions, then the pickle, then its own rows."""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib

from skdl.exceptions import ModelFileError, NeedsKerasError, NotTrustedError
from skdl.frozen import networks_beside
from skdl.saved_models._golden import check_golden
from skdl.saved_models._keys import PUBLIC_KEY_VARIABLE
from skdl.saved_models._manifest import (
    MANIFEST_NAME,
    MODEL_NAME,
    SIGNATURE_NAME,
    Manifest,
    SavedModel,
    is_file_of_model,
    keras_name,
)
from skdl.saved_models._trust import check_trust
from skdl.saved_models._versions import check_versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl.saved_models._digest import FileEntry
    from skdl.saved_models._keys import Key

__all__ = [
    "is_intact",
    "is_saved_model",
    "load_artefact",
    "load_model",
    "read_manifest",
    "unpickled",
    "verified",
    "verify_model",
]


def load_model(
    path: str | os.PathLike[str],
    *,
    sha256: str | None = None,
    public_key: Key | None = None,
    trust_pickle: bool = False,
    allow_other_versions: bool = False,
) -> Any:
    """Load a saved model, verified before it is unpickled.

    The order: the manifest's bytes are read; then the caller's pin, key, or trust; then size and digest of every file;
    then versions; only then are *those bytes* unpickled; at last the model must predict the manifest's rows as when
    saved. All that is given is checked: a pin and a key must both fit.

    Parameters
    ----------
    path : str or path
        Folder written by `save_model`.
    sha256 : str, optional
        The pin that `save_model` returned and your job keeps; 64 hexadecimal digits.
    public_key : str, bytes or path, optional
        Of whoever signed the model: a PEM file or its text, or the key's 32 bytes, in base64 too. The environment's
        ``SKDL_PUBLIC_KEY`` stands in for it where neither pin nor key nor trust is given. A signature says who saved a
        model, not which of theirs it is: to rule out an older one, give the pin.
    trust_pickle : bool, default=False
        Load without a pin, because you trust whoever can write to the folder.
    allow_other_versions : bool, default=False
        Load also where another minor version of scikit-learn saved it; the log says so. What it predicts for its own
        rows is checked as ever.

    Returns
    -------
    fitted estimator
        With ``feature_names_in_``, where it was fitted on a DataFrame.

    Raises
    ------
    NotTrustedError
        Without a pin, a key and trust; with another pin; unsigned, or signed by another key.
    ModelFileError
        If the folder is no saved model, is damaged, or comes from another minor version of scikit-learn.
    NeedsKerasError
        If a network in it needs Keras, and Keras is not installed.
    UsageError
        If the pin or the key is none.
    MissingExtraError
        If a key is given, and the package ``cryptography`` is not installed.

    Examples
    --------
    >>> load_model("model")
    Traceback (most recent call last):
        ...
    skdl.exceptions.ModelFileError: model: no saved model here (No such file or directory). ...
    """
    return load_artefact(
        path,
        sha256=sha256,
        public_key=public_key,
        trust_pickle=trust_pickle,
        allow_other_versions=allow_other_versions,
    )[0]


def load_artefact(
    path: str | os.PathLike[str],
    *,
    sha256: str | None = None,
    public_key: Key | None = None,
    trust_pickle: bool = False,
    allow_other_versions: bool = False,
) -> tuple[Any, SavedModel]:
    """Load a saved model as `load_model` does; return it with its manifest."""
    saved, contents = verified(path, sha256=sha256, public_key=public_key, trust=trust_pickle, both=False)
    manifest, where = saved.manifest, str(saved.path)
    check_versions(manifest.versions, where, allow_others=allow_other_versions)
    if manifest.needs_keras and find_spec("keras") is None:
        raise NeedsKerasError(
            f"{where}: a network in it has layers without a twin in NumPy, so it needs Keras, which is not installed "
            "here. Install it with: pip install keras jax."
        )
    try:
        model = unpickled(contents)
    except Exception as error:
        raise ModelFileError(
            f"{where}: cannot be unpickled here ({type(error).__name__}: {error}). "
            "Install the packages that it was saved with; manifest.json names their versions."
        ) from error
    if manifest.golden is not None:
        check_golden(model, manifest.schema, manifest.golden, where=where)
    return model, saved


def unpickled(contents: Mapping[str, bytes]) -> Any:
    """Unpickle a model; the files are given by name, and have been vouched for."""
    networks = [contents[name] for name in map(keras_name, range(len(contents))) if name in contents]
    with networks_beside(networks):
        return joblib.load(BytesIO(contents[MODEL_NAME]))


def verify_model(
    path: str | os.PathLike[str], *, sha256: str | None = None, public_key: Key | None = None
) -> SavedModel:
    """Check that a saved model is whole, and whose it is where a pin or a key is given; nothing is unpickled.

    Parameters
    ----------
    path : str or path
        Folder written by `save_model`.
    sha256, public_key
        As in `load_model`. Without either, and without ``SKDL_PUBLIC_KEY``, only damage is found: whoever changes a
        model can change its digests.

    Returns
    -------
    SavedModel
        What the manifest says.

    Raises
    ------
    NotTrustedError
        With another pin; unsigned, or signed by another key.
    ModelFileError
        If the folder is no saved model, or is damaged.
    UsageError
        If the pin or the key is none.
    MissingExtraError
        If a key is given, and the package ``cryptography`` is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.dummy import DummyRegressor
    >>> from skdl.saved_models import save_model, verify_model
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saved = save_model(DummyRegressor().fit([[0.0]], [1.0]), f"{folder}/model")
    ...     verify_model(saved.path, sha256=saved.sha256) == saved
    True
    """
    nobody = sha256 is None and public_key is None and not os.environ.get(PUBLIC_KEY_VARIABLE)
    return verified(path, sha256=sha256, public_key=public_key, trust=nobody)[0]


def verified(
    path: str | os.PathLike[str],
    *,
    sha256: str | None,
    public_key: Key | None,
    trust: bool,
    both: bool = True,
) -> tuple[SavedModel, dict[str, bytes]]:
    """Ask who vouches, then compare every file with the manifest; return the bytes that were compared, by name.

    ``both``: with SHA-256 too, which takes ten times as long as BLAKE3 alone.
    """
    folder = Path(path)
    manifest, signature = _read(folder, MANIFEST_NAME), _signature(folder)
    pin, signer = check_trust(manifest, signature, str(folder), sha256=sha256, public_key=public_key, trust=trust)
    known = Manifest.from_bytes(manifest, f"{folder}/{MANIFEST_NAME}")
    contents = {name: _read_verified(folder, name, entry, both=both) for name, entry in known.files.items()}
    return SavedModel(folder, pin, known, signature is not None, signer), {MANIFEST_NAME: manifest, **contents}


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
    manifest = Manifest.from_bytes(content, f"{folder}/{MANIFEST_NAME}")
    return SavedModel(folder, hashlib.sha256(content).hexdigest(), manifest, _signature(folder) is not None)


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
    try:
        verify_model(path, sha256=sha256)
    except (ModelFileError, NotTrustedError):
        return False
    return True


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
    return all(is_file_of_model(entry.name) for entry in folder.iterdir())


def _signature(folder: Path) -> bytes | None:
    return _read(folder, SIGNATURE_NAME) if (folder / SIGNATURE_NAME).exists() else None


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise ModelFileError(
            f"{folder}: no saved model here ({reason}). "
            f"Name a folder that save_model or skdl compare wrote; it holds {name}."
        ) from None


def _read_verified(folder: Path, name: str, entry: FileEntry, *, both: bool) -> bytes:
    """Read a file once; the bytes that are verified are the bytes that are used."""
    content = _read(folder, name)
    missed = entry.missed_by(content, both=both)
    if missed is not None:
        raise ModelFileError(
            f"{folder / name}: must be {entry.size} bytes of {missed}; got {len(content)} others. "
            "Copy or save the model again."
        )
    return content
