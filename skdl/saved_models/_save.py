"""Writing a fitted pipeline into a folder, whole or not at all."""

from __future__ import annotations

import hashlib
import logging
import pickle
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib

from skdl.exceptions import NeedsKerasError, UsageError
from skdl.frozen import networks_beside
from skdl.saved_models._describe import describe_model
from skdl.saved_models._digest import FileEntry
from skdl.saved_models._folder import write_folder
from skdl.saved_models._golden import check_golden, make_golden
from skdl.saved_models._load import unpickled
from skdl.saved_models._manifest import (
    MANIFEST_NAME,
    MODEL_NAME,
    SIGNATURE_NAME,
    Manifest,
    SavedModel,
    keras_name,
)
from skdl.saved_models._signature import signature_of
from skdl.saved_models._slim import without_training_parts
from skdl.saved_models._versions import current_versions
from skdl.tables import Reading

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from skdl.saved_models._keys import Key

__all__ = ["save_model", "saved_size"]

_log = logging.getLogger("skdl")
_COMPRESSION = ("zlib", 3)  # its checksum finds flipped bits even where nobody checks a digest


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

    Keras networks in it are replaced by their NumPy twins, so that scoring imports neither Keras nor JAX. A network of
    one's own with layers that have no twin goes into ``model.keras``; scoring it takes Keras, as log and manifest say.
    A folder that holds a saved model is replaced at once; if the save is killed, the old model stays whole.

    Parameters
    ----------
    pipeline : fitted estimator
        A `Pipeline`, a search around one, or any estimator that predicts. It is left as it is.
    path : str or path
        The folder to write.
    X : DataFrame or array, optional
        Rows it was fitted on: their columns' types and a few rows (stored in the manifest, in the clear) become what a
        loaded model is checked against. Without them, rows are made up from what the transformers learned.
    y : Series, DataFrame or array, optional
        Its target: name and scale are kept.
    metadata : mapping, optional
        Plain JSON types to keep beside it: metrics, data hash, pipeline file. NaN becomes null.
    reading : Reading, optional
        How the table was written, and how its columns were named, where ``data`` of a pipeline file says so:
        `score_table` reads others like it.
    private_key : str, bytes or path, optional
        Signs the model: a PEM file or its text, or the key's 32 bytes, in base64 too. Without it the environment's
        ``SKDL_PRIVATE_KEY`` signs, where it is set.

    Returns
    -------
    SavedModel
        ``.sha256`` is the pin to give to `load_model`; ``.path`` the folder; ``.manifest`` what was written.

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds something that is not a saved model.
    UsageError
        If the pipeline cannot be pickled, the metadata are not plain, or the key is none.
    MissingExtraError
        If a key is given, and the package ``cryptography`` is not installed.
    DataError
        If X lacks a column that the pipeline was fitted on.
    ModelFileError
        If the pipeline with frozen networks does not predict what it predicted.

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
    storable = rows is not None and all(column.kind != "other" for column in schema.columns)
    golden = make_golden(pipeline, schema, rows, y) if rows is not None and storable else None
    contents, needs_keras = _pickled(pipeline)
    if golden is not None:
        check_golden(unpickled(contents), schema, golden, where=str(folder))
    manifest = Manifest(
        files={name: FileEntry.of(content) for name, content in contents.items()},
        versions=current_versions(needs_keras=needs_keras),
        schema=schema,
        golden=golden,
        needs_keras=needs_keras,
        metadata=dict(metadata or {}),
        reading=reading or Reading(),
        n_rows=None if X is None else len(X),
    )
    manifest_bytes = manifest.to_bytes()
    files = {**contents, MANIFEST_NAME: manifest_bytes}
    signature, signer = signature_of(manifest_bytes, private_key) or (None, None)
    if signature is not None:
        files[SIGNATURE_NAME] = signature
    write_folder(folder, files)
    if needs_keras:
        why = _why_keras(contents)
        _log.warning("%s: needs Keras to score, for %s. Load it with skdl.load_model.", folder.name, why)
    pin = hashlib.sha256(manifest_bytes).hexdigest()
    return SavedModel(folder, pin, manifest, signature is not None, signer)


def saved_size(pipeline: Any) -> int | None:
    """Tell how many bytes a fitted model takes on disk, as `save_model` writes it.

    Parameters
    ----------
    pipeline : fitted estimator
        A `Pipeline`, a search around one, or any estimator that predicts.

    Returns
    -------
    int or None
        Bytes; None for a model that cannot be pickled.

    Examples
    --------
    >>> from sklearn.dummy import DummyRegressor
    >>> saved_size(DummyRegressor().fit([[0.0]], [1.0])) > 100
    True
    """
    try:
        contents, _ = _pickled(getattr(pipeline, "best_estimator_", pipeline))
    except UsageError:
        return None
    return sum(map(len, contents.values()))


def _pickled(pipeline: Any) -> tuple[dict[str, bytes], bool]:
    """Return the files' contents by name, and whether they need Keras: networks without a twin go beside the pickle."""
    content, networks = BytesIO(), list[bytes]()
    try:
        frozen, needs_keras = _frozen(pipeline)
        slim = without_training_parts(frozen)  # by a pickle of its own, whose networks stay inside
        with networks_beside(networks):
            joblib.dump(slim, content, compress=_COMPRESSION)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise UsageError(
            f"pipeline: must be possible to pickle ({error}). Put functions in a module, not lambdas."
        ) from error
    beside = {keras_name(number): network for number, network in enumerate(networks)}
    return {MODEL_NAME: content.getvalue(), **beside}, needs_keras or bool(networks)


def _why_keras(contents: Mapping[str, bytes]) -> str:
    if keras_name(0) in contents:
        return "a network in it has layers without a twin in NumPy"
    return "it holds objects of Keras"  # optimizers that a search tried, as an example


def _frozen(pipeline: Any) -> tuple[Any, bool]:
    """Freeze the networks; tell whether something of Keras is left."""
    if "skdl.estimators" not in sys.modules:
        return pipeline, False  # no Keras estimator can be in it
    from skdl.estimators import freeze

    try:
        return freeze(pipeline), False
    except NeedsKerasError:
        return freeze(pipeline, keep_keras=True), True
