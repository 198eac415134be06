"""Loading of a saved model: trust, digests, versions, unpickling, reference predictions, in this order."""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skdl._arguments import check_path
from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl._settings import default_settings
from skdl.exceptions import ModelFileError, NeedsKerasError, NotTrustedError
from skdl.saved_models._manifest import MANIFEST_NAME, SIGNATURE_NAME, Manifest, SavedModel
from skdl.saved_models._model_files import is_model_file, load_files
from skdl.saved_models._reference_predictions import check_reference_predictions
from skdl.saved_models._signatures import PUBLIC_KEY_VARIABLE, check_trust
from skdl.saved_models._versions import check_versions
from skdl.schema import ModelWithSchema

if TYPE_CHECKING:
    from skdl.saved_models._signatures import Key

__all__ = ["is_intact", "is_saved_model", "load_artefact", "load_model", "read_manifest", "verified", "verify_model"]


def load_model(
    path: str | os.PathLike[str],
    *,
    sha256: str | None = None,
    public_key: Key | None = None,
    trust_pickle: bool = False,
    allow_other_versions: bool = False,
) -> ModelWithSchema:
    """Load a saved model, verified before it is unpickled.

    The order: read the manifest; check pin, public key or trust; compare size and digest of every file; check the
    versions; unpickle *the bytes that were compared*; compare the reference predictions. Everything that is given is
    checked: with a pin and a key, both must match.

    Parameters
    ----------
    path : str or path
        Folder written by `save_model`.
    sha256 : str, optional
        Pin from `save_model`, kept by your job; 64 hexadecimal digits.
    public_key : str, bytes or path, optional
        Key of the signer: PEM file, PEM text, or the 32 bytes of the key, also in base64. Where neither pin nor key
        nor trust is given, ``SKDL_PUBLIC_KEY`` is used. A signature shows who saved a model, not which of their models
        it is: to exclude an older one, give the pin.
    trust_pickle : bool, default=False
        Load without a pin, because you trust everybody who can write to the folder.
    allow_other_versions : bool, default=False
        Load also a model of another minor version of scikit-learn, with a warning in the log. The reference predictions
        are still compared.

    Returns
    -------
    ModelWithSchema
        The model, which converts its input to the types of training: tables of pandas, polars, Arrow and NumPy give
        the predictions of `skdl score`, or a `DataError`. ``explain_columns()`` shows what it expects;
        ``pipeline_`` is the fitted pipeline.

    Raises
    ------
    NotTrustedError
        Without pin, key and trust; with another pin; without a signature, or with that of another key.
    ModelFileError
        If the folder is not a saved model, is damaged, or was saved by another minor version of scikit-learn.
    NeedsKerasError
        If a network in it needs Keras, and Keras is not installed.
    UsageError
        If the pin or the key is malformed.
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


@default_settings()
def load_artefact(
    path: str | os.PathLike[str],
    *,
    sha256: str | None = None,
    public_key: Key | None = None,
    trust_pickle: bool = False,
    allow_other_versions: bool = False,
) -> tuple[ModelWithSchema, SavedModel]:
    """Load a saved model as `load_model` does, together with its manifest."""
    saved, contents = verified(path, sha256=sha256, public_key=public_key, trust=trust_pickle, both=False)
    manifest, where = saved.manifest, str(saved.path)
    # Before unpickling: a pickle of another scikit-learn version may fail in any way, or predict something else.
    check_versions(manifest.versions, where, allow_others=allow_other_versions)
    # find_spec looks for Keras without importing it, which takes seconds.
    if manifest.needs_keras and find_spec("keras") is None:
        text = (
            "{where}: a network in it has layers without a NumPy equivalent, so it needs Keras, which is not "
            "installed. Install it with: pip install keras jax."
        )
        raise NeedsKerasError.of("keras_not_installed", text, where=where)
    try:
        model = load_files(contents)
    except Exception as error:
        text = (
            "{where}: cannot be unpickled here ({kind}: {reason}). Install the packages that it was saved with; "
            "manifest.json names their versions."
        )
        raise ModelFileError.of(
            "not_unpickled", text, where=where, kind=type(error).__name__, reason=str(error)
        ) from error
    if not isinstance(model, ModelWithSchema):  # saved before 2026-11-29
        model = ModelWithSchema(model, manifest.schema, manifest.reading)
    # Last, because it runs the model: equal digests do not show that the packages here compute the same.
    if manifest.reference is not None:
        check_reference_predictions(model.pipeline_, manifest.schema, manifest.reference, where=where)
    return model, saved


def verify_model(
    path: str | os.PathLike[str], *, sha256: str | None = None, public_key: Key | None = None
) -> SavedModel:
    """Check that a saved model is complete, and by pin or key that it is the right one; nothing is unpickled.

    Parameters
    ----------
    path : str or path
        Folder written by `save_model`.
    sha256, public_key
        As in `load_model`. Without both, and without ``SKDL_PUBLIC_KEY``, only damage is found: a person who changes a
        model can change its digests too.

    Returns
    -------
    SavedModel
        Folder, pin and manifest.

    Raises
    ------
    NotTrustedError
        With another pin; unsigned, or signed by another key.
    ModelFileError
        If the folder is no saved model, or is damaged.
    UsageError
        If the pin or the key is malformed.
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
    without_check = sha256 is None and public_key is None and not os.environ.get(PUBLIC_KEY_VARIABLE)
    return verified(path, sha256=sha256, public_key=public_key, trust=without_check)[0]


def verified(
    path: str | os.PathLike[str], *, sha256: str | None, public_key: Key | None, trust: bool, both: bool = True
) -> tuple[SavedModel, dict[str, bytes]]:
    """Check the trust, compare every file with the manifest, and return the compared bytes by file name.

    ``both`` also compares SHA-256, which takes ten times as long as BLAKE3 alone.
    """
    folder = _folder(path)
    manifest, signature = _read(folder, MANIFEST_NAME), _signature(folder)
    # Trust is checked on the exact bytes before they are parsed, so loading never interprets a manifest that the caller
    # has not trusted.
    pin, signer = check_trust(manifest, signature, str(folder), sha256=sha256, public_key=public_key, trust=trust)
    known = Manifest.from_bytes(manifest, f"{folder}/{MANIFEST_NAME}")
    contents = {MANIFEST_NAME: manifest}
    for name, entry in known.files.items():
        # Read once: the verified bytes are the bytes that are used, so a swap in between has no effect.
        contents[name] = _read(folder, name)
        mismatch = entry.mismatch(contents[name], both=both)
        if mismatch is not None:
            text = "{where}: must be {size} bytes of {mismatch}; got {n} others. Copy or save the model again."
            size, n = entry.size, len(contents[name])
            raise ModelFileError.of("damaged_model", text, where=folder / name, size=size, mismatch=mismatch, n=n)
    return SavedModel(folder, pin, known, signature is not None, signer), contents


def read_manifest(path: str | os.PathLike[str]) -> SavedModel:
    """Read the manifest of a saved model; nothing is unpickled.

    Only its form is checked: its contents can be trusted as far as the folder can.

    Parameters
    ----------
    path : str or path
        Folder written by `save_model`.

    Returns
    -------
    SavedModel
        The pin is that of the manifest as it is now.

    Raises
    ------
    ModelFileError
        If there is no manifest, or a damaged one.
    """
    folder = _folder(path)
    content = _read(folder, MANIFEST_NAME)
    manifest = Manifest.from_bytes(content, f"{folder}/{MANIFEST_NAME}")
    # The pin of the manifest as found. It identifies the folder's content, but proves nothing by itself.
    return SavedModel(folder, hashlib.sha256(content).hexdigest(), manifest, _signature(folder) is not None)


def is_intact(path: str | os.PathLike[str], *, sha256: str) -> bool:
    """Whether a saved model has a given pin and every file is unchanged; False also where there is no model."""
    try:
        verify_model(path, sha256=sha256)
    except (ModelFileError, NotTrustedError):
        return False
    return True


def is_saved_model(path: str | os.PathLike[str]) -> bool:
    """Whether a folder holds only files that `save_model` or `sign_model` can write, by their names.

    True also where nothing exists, and for the rest of a model whose removal was killed.
    """
    folder = Path(path)
    if not folder.is_dir():
        return not folder.exists()
    names = {entry.name for entry in folder.iterdir()}
    return all(map(is_model_file, names - {MANIFEST_NAME, SIGNATURE_NAME}))


def _folder(path: Any) -> Path:
    saved = isinstance(path, SavedModel)
    check_path("the saved model", path, "Pass its path, and sha256=saved.sha256." if saved else "")
    return Path(path)


def _signature(folder: Path) -> bytes | None:
    return _read(folder, SIGNATURE_NAME) if (folder / SIGNATURE_NAME).exists() else None


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        reason = error.strerror or error
        inner = folder / "model"  # of a report
        hint = did_you_mean(str(inner), [inner] if (inner / name).is_file() else [])
        text = (
            f"{folder}: no saved model here ({reason}){hint} "
            f"Name a folder that save_model wrote, or model/ in the results of skdl compare; it holds {name}."
        )
        raise ModelFileError(Note("no_model_folder", text, {"folder": str(folder), "hint": hint})) from None
