"""Saving and signing of a fitted pipeline: a reader finds the old folder or file, or the new one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skdl._arguments import check_path, shown
from skdl._settings import default_settings
from skdl.exceptions import OutputError, UsageError
from skdl.files import replace_file, replace_folder, sha256_of, temporary_sibling
from skdl.saved_models._load import verified
from skdl.saved_models._manifest import MANIFEST_NAME, SIGNATURE_NAME, FileEntry, Manifest, SavedModel
from skdl.saved_models._model_files import dump_model, load_files
from skdl.saved_models._reference_predictions import check_reference_predictions, reference_predictions
from skdl.saved_models._signatures import PRIVATE_KEY_VARIABLE, sign_manifest
from skdl.saved_models._versions import current_versions
from skdl.schema import ModelWithSchema, describe_model
from skdl.tables import Reading

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from skdl.saved_models._signatures import Key

__all__ = ["as_saved", "save_model", "sign_model"]

_log = logging.getLogger("skdl")


@default_settings()
def save_model(
    pipeline: Any,
    path: str | os.PathLike[str],
    *,
    X: Any = None,
    y: Any = None,
    metadata: Mapping[str, Any] | None = None,
    reading: Reading | None = None,
    private_key: Key | None = None,
) -> SavedModel:
    """Save a fitted pipeline as a folder that `load_model` verifies before it unpickles.

    Keras networks in it are replaced by NumPy networks, so that scoring imports neither Keras nor JAX. A custom network
    with layers that have no NumPy equivalent is stored as ``model.keras``; scoring it needs Keras, as log and manifest
    say. A folder that holds a saved model is replaced atomically: if saving is killed, the old model stays complete.

    Parameters
    ----------
    pipeline : fitted estimator
        A `Pipeline`, a search around one, or any estimator that predicts. It is not changed.
    path : str or path
        Folder to write.
    X : DataFrame or array, optional
        Training rows. Column types and a few rows (stored in the manifest, unencrypted) become the input schema and the
        reference predictions. Without them, rows are made from the fitted transformers.
    y : Series, DataFrame or array, optional
        Training target; name and scale are stored.
    metadata : mapping, optional
        Plain JSON values to store: metrics, data hash, pipeline file. NaN becomes null.
    reading : Reading, optional
        Format of the training table from the ``data`` section of a pipeline file; `score_table` reads its inputs the
        same way.
    private_key : str, bytes or path, optional
        Key that signs the model: PEM file, PEM text, or the 32 bytes of the key, also in base64. Where left out,
        ``SKDL_PRIVATE_KEY`` is used if it is set.

    Returns
    -------
    SavedModel
        ``.sha256`` is the pin for `load_model`; ``.path`` the folder; ``.manifest`` its manifest.

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds anything but a saved model.
    UsageError
        If the pipeline cannot be pickled, the metadata are not plain JSON, or the key is not an ed25519 key.
    MissingExtraError
        If a key is given, and the package ``cryptography`` is not installed.
    DataError
        If X lacks a column that the pipeline was fitted on.
    ModelFileError
        If the pipeline with NumPy networks gives other predictions.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import LinearRegression
    >>> from skdl import load_model, save_model
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saved = save_model(LinearRegression().fit(X, y), f"{folder}/model", X=X, y=y)
    ...     model = load_model(saved.path, sha256=saved.sha256)
    >>> model.predict(X[:1])
    array([206.1...])
    """
    check_path("save_model: path", path)
    if metadata is not None and not isinstance(metadata, Mapping):
        raise UsageError(f"save_model: metadata must be a mapping; got {shown(metadata)}.")
    if reading is not None and not isinstance(reading, Reading):
        raise UsageError(f"save_model: reading must be a Reading; got {shown(reading)}.")
    n_rows = None if X is None else int(X.shape[0]) if hasattr(X, "shape") else len(X)  # a sparse matrix has no len
    if n_rows is not None and y is not None and n_rows != len(y):
        raise UsageError(f"save_model: X and y must have the same number of rows; got {n_rows} and {len(y)}.")
    folder = Path(path)
    loaded = pipeline if isinstance(pipeline, ModelWithSchema) else None
    if loaded is not None:  # saved again: what it knows of its columns stays
        pipeline, reading = loaded.pipeline_, reading or loaded.reading_
    reading = reading or Reading()
    schema, rows = describe_model(pipeline, X, y)
    if loaded is not None and X is None:
        schema = loaded.schema_
    # Values of other kinds (dates, objects) have no form in the manifest's JSON.
    storable = rows is not None and all(column.kind != "other" for column in schema.columns)
    reference = reference_predictions(pipeline, schema, rows, y) if rows is not None and storable else None
    contents, keras_reason = dump_model(ModelWithSchema(pipeline, schema, reading))
    # The bytes are loaded again before anything is written, so a NumPy network that predicts otherwise than its Keras
    # network never replaces a saved model.
    if reference is not None:
        check_reference_predictions(load_files(contents).pipeline_, schema, reference, where=str(folder))
    manifest = Manifest(
        files={name: FileEntry.of(content) for name, content in contents.items()},
        versions=current_versions(needs_keras=keras_reason is not None),
        schema=schema,
        reference=reference,
        needs_keras=keras_reason is not None,
        metadata=dict(metadata or {}),
        reading=reading,
        n_rows=n_rows,
    )
    saved = _write_model(folder, contents, manifest, private_key)
    if keras_reason is not None:
        _log.warning("%s: needs Keras to predict: %s. Load it with skdl.load_model.", folder.name, keras_reason)
    return saved


def copy_model(path: Path, to: Path, *, sha256: str, metadata: Mapping[str, Any]) -> SavedModel:
    """Copy a saved model with other metadata, and so with another pin; nothing is unpickled.

    The copy is signed with the key of ``SKDL_PRIVATE_KEY``, if that is set. The errors are those of `save_model` and
    `load_model`.
    """
    saved, contents = verified(path, sha256=sha256, public_key=None, trust=True)
    contents = {name: contents[name] for name in saved.manifest.files}
    return _write_model(to, contents, replace(saved.manifest, metadata=dict(metadata)), None)


def _write_model(
    folder: Path, contents: Mapping[str, bytes], manifest: Manifest, private_key: Key | None
) -> SavedModel:
    manifest_bytes = manifest.to_bytes()
    files = {**contents, MANIFEST_NAME: manifest_bytes}
    # Signed are the bytes that are written, not the manifest object: verification must not depend on how JSON is
    # formatted.
    signature, signer = sign_manifest(manifest_bytes, private_key) or (None, None)
    if signature is not None:
        files[SIGNATURE_NAME] = signature
    _check_replaceable(folder)
    with _writing(folder):
        replace_folder(folder, files)
    # Of the bytes in memory, not of the file read back: a change on disk must not get into the pin.
    return SavedModel(folder, sha256_of(manifest_bytes), manifest, signature is not None, signer)


def sign_model(
    path: str | os.PathLike[str], private_key: Key | None = None, *, sha256: str | None = None
) -> SavedModel:
    """Sign a saved model, so that it can be loaded with the public key and without a pin.

    Its files are compared with the manifest first; nothing is unpickled. An existing signature is replaced.

    Parameters
    ----------
    path : str or path
        Folder written by `save_model`.
    private_key : str, bytes or path, optional
        PEM file, PEM text, or the 32 bytes of the key, also in base64; None uses ``SKDL_PRIVATE_KEY``.
    sha256 : str, optional
        Pin of the model; a model with another pin is not signed.

    Returns
    -------
    SavedModel
        The same pin, with the fingerprint of the key.

    Raises
    ------
    UsageError
        If there is no key, or it is not an ed25519 key.
    ModelFileError
        If the folder is not a saved model, or is damaged.
    NotTrustedError
        If the pin differs.
    OutputError
        If the signature cannot be written.
    MissingExtraError
        Without the package ``cryptography``.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.dummy import DummyRegressor
    >>> from skdl.saved_models import load_model, new_keys, save_model, sign_model
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     keys = new_keys(f"{folder}/team")
    ...     saved = save_model(DummyRegressor().fit([[0.0]], [1.0]), f"{folder}/model")
    ...     signed = sign_model(saved.path, keys.private_key)
    ...     model = load_model(saved.path, public_key=keys.public_key)
    >>> signed.is_signed, model
    (True, ModelWithSchema(DummyRegressor()))
    """
    folder = Path(path)
    # trust=True asks for no signature: this call makes it. Digests, and the pin where one is given, are checked all the
    # same.
    saved, contents = verified(folder, sha256=sha256, public_key=None, trust=True)
    signed = sign_manifest(contents[MANIFEST_NAME], private_key)
    if signed is None:
        text = "private_key: must be given, or set in {variable}; got none."
        raise UsageError.of("no_private_key", text, variable=PRIVATE_KEY_VARIABLE)
    signature, signer = signed
    # The temporary file is outside of the model's folder, which holds nothing but the model's files, also after a kill.
    with (
        _writing(folder),
        temporary_sibling(folder) as temporary,
        replace_file(folder / SIGNATURE_NAME, within=temporary) as file,
    ):
        file.write_bytes(signature)
    return replace(saved, is_signed=True, signer=signer)


def as_saved(pipeline: Any) -> tuple[Any, int, bool]:
    """Return a fitted model as scoring loads it from a saved model.

    Parameters
    ----------
    pipeline : fitted estimator
        A `Pipeline`, a search around one, or any estimator that predicts.

    Returns
    -------
    tuple of (estimator, int, bool)
        The model with NumPy networks, its bytes on disk, and whether it needs Keras to predict.

    Raises
    ------
    UsageError
        If the model cannot be pickled.

    Examples
    --------
    >>> from sklearn.dummy import DummyRegressor
    >>> model, size, needs_keras = as_saved(DummyRegressor().fit([[0.0]], [1.0]))
    >>> model, size > 100, needs_keras
    (DummyRegressor(), True, False)
    """
    contents, keras_reason = dump_model(getattr(pipeline, "best_estimator_", pipeline))
    return load_files(contents), sum(map(len, contents.values())), keras_reason is not None


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        text = "{folder}: the model cannot be written ({reason}). Check the folder and the disk."
        raise OutputError.of("model_not_written", text, folder=folder, reason=str(error)) from error


def _check_replaceable(folder: Path) -> None:
    # Replacing deletes the whole folder, and a mistyped path may name any folder: only a saved model or an empty one
    # qualifies.
    if folder.is_dir() and (not any(folder.iterdir()) or (folder / MANIFEST_NAME).is_file()):
        return
    if folder.exists() or folder.is_symlink():
        text = "{folder}: must be a new folder, an empty one or a saved model. Choose another path."
        raise OutputError.of("folder_not_empty", text, folder=folder)
