"""Signing of a model that is already saved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from skdl.exceptions import UsageError
from skdl.saved_models._folder import replace_file_of_model
from skdl.saved_models._load import verified
from skdl.saved_models._manifest import MANIFEST_NAME, SIGNATURE_NAME, SavedModel
from skdl.saved_models._signatures import PRIVATE_KEY_VARIABLE, sign_manifest

if TYPE_CHECKING:
    import os

    from skdl.saved_models._signatures import Key

__all__ = ["sign_model"]


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
    (True, DummyRegressor())
    """
    folder = Path(path)
    # trust=True asks for no signature: this call makes it. Digests, and the pin where one is given, are checked all the
    # same.
    saved, contents = verified(folder, sha256=sha256, public_key=None, trust=True)
    signed = sign_manifest(contents[MANIFEST_NAME], private_key)
    if signed is None:
        raise UsageError(f"private_key: must be given, or set in {PRIVATE_KEY_VARIABLE}; got none.")
    signature, signer = signed
    replace_file_of_model(folder, SIGNATURE_NAME, signature)
    return replace(saved, is_signed=True, signer=signer)
