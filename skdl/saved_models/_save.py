"""Saving of a fitted pipeline: a folder that is complete or not there at all."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skdl.saved_models._describe import describe_model
from skdl.saved_models._file_entry import FileEntry
from skdl.saved_models._folder import replace_model
from skdl.saved_models._formats import DEFAULT_FORMAT
from skdl.saved_models._manifest import (
    MANIFEST_NAME,
    SIGNATURE_NAME,
    Manifest,
    SavedModel,
)
from skdl.saved_models._reference_predictions import check_reference_predictions, reference_predictions
from skdl.saved_models._signatures import sign_manifest
from skdl.saved_models._versions import current_versions
from skdl.tables import Reading

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from skdl.saved_models._signatures import Key

__all__ = ["as_saved", "save_model"]

_log = logging.getLogger("skdl")


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
    folder = Path(path)
    schema, rows = describe_model(pipeline, X, y)
    # Values of other kinds (dates, objects) have no form in the manifest's JSON.
    storable = rows is not None and all(column.kind != "other" for column in schema.columns)
    reference = reference_predictions(pipeline, schema, rows, y) if rows is not None and storable else None
    contents, keras_reason = DEFAULT_FORMAT.dump(pipeline)
    # The bytes are loaded again before anything is written, so a NumPy network that predicts otherwise than its Keras
    # network never replaces a saved model.
    if reference is not None:
        check_reference_predictions(DEFAULT_FORMAT.load(contents), schema, reference, where=str(folder))
    manifest = Manifest(
        files={name: FileEntry.of(content) for name, content in contents.items()},
        versions=current_versions(needs_keras=keras_reason is not None),
        schema=schema,
        reference=reference,
        needs_keras=keras_reason is not None,
        metadata=dict(metadata or {}),
        reading=reading or Reading(),
        n_rows=None if X is None else len(X),
    )
    manifest_bytes = manifest.to_bytes()
    files = {**contents, MANIFEST_NAME: manifest_bytes}
    # Signed are the bytes that are written, not the manifest object: verification must not depend on how JSON is
    # formatted.
    signature, signer = sign_manifest(manifest_bytes, private_key) or (None, None)
    if signature is not None:
        files[SIGNATURE_NAME] = signature
    replace_model(folder, files)
    if keras_reason is not None:
        _log.warning("%s: needs Keras to predict: %s. Load it with skdl.load_model.", folder.name, keras_reason)
    # Of the bytes in memory, not of the file read back: a change on disk must not get into the pin.
    pin = hashlib.sha256(manifest_bytes).hexdigest()
    return SavedModel(folder, pin, manifest, signature is not None, signer)


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
    contents, keras_reason = DEFAULT_FORMAT.dump(getattr(pipeline, "best_estimator_", pipeline))
    return DEFAULT_FORMAT.load(contents), sum(map(len, contents.values())), keras_reason is not None
