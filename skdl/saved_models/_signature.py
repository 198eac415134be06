"""Signatures: a pin says which model it is, a signature says who saved it.

``manifest.sig`` holds the 64 bytes of an ed25519 signature over the exact bytes of ``manifest.json``, which holds the
digests of all other files. Other tools read it too: ``openssl pkeyutl -verify -pubin -inkey KEY -rawin -in
manifest.json -sigfile manifest.sig``.
"""

from __future__ import annotations

import os

from skdl.exceptions import NotTrustedError
from skdl.saved_models._keys import PRIVATE_KEY_VARIABLE, Key, fingerprint, private_key_of, public_key_of

__all__ = ["check_signature", "signature_of"]


def signature_of(manifest: bytes, private_key: Key | None) -> tuple[bytes, str] | None:
    """Sign a manifest's bytes with the key given, else the environment's; return signature and the key's fingerprint.

    None where there is neither key.
    """
    if private_key is not None:
        key = private_key_of(private_key)
    elif os.environ.get(PRIVATE_KEY_VARIABLE):
        key = private_key_of(os.environ[PRIVATE_KEY_VARIABLE], PRIVATE_KEY_VARIABLE)
    else:
        return None
    return bytes(key.sign(manifest)), fingerprint(key.public_key())


def check_signature(manifest: bytes, signature: bytes | None, where: str, public_key: Key, source: str) -> str:
    """Check that the owner of a public key signed a manifest; return the key's fingerprint.

    Parameters
    ----------
    manifest : bytes
        What was signed.
    signature : bytes or None
        What lies beside it.
    where : str
        The model, for messages.
    public_key : str, bytes or path
        The key.
    source : str
        Where the key came from, for messages.

    Raises
    ------
    NotTrustedError
        If nobody signed, or another key, or another manifest.
    UsageError
        If the key is none.
    """
    key = public_key_of(public_key, source)
    if signature is None:
        raise NotTrustedError(
            f"{where}: must be signed, for {source} was given; there is no manifest.sig. "
            "Sign it with `skdl sign` where it was saved, or give its pin."
        )
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(signature, manifest)
    except InvalidSignature:
        raise NotTrustedError(
            f"{where}: the signature must be by the owner of {source}, of this manifest; it is not. "
            "Another key signed it, or the model was replaced, changed or damaged since."
        ) from None
    return fingerprint(key)
