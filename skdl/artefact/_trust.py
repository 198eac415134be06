"""Whether someone vouches for a saved model: asked before anything of it is believed."""

from __future__ import annotations

import hashlib
import hmac
import re

from skdl.exceptions import NotTrustedError, UsageError

__all__ = ["check_trust"]


def check_trust(manifest: bytes, where: str, *, sha256: str | None, trust_pickle: bool) -> str:
    """Check a manifest's bytes against the caller's pin and return their digest.

    A digest that lies beside the model proves that it is whole, not who made it: the pin comes from the caller.

    Raises
    ------
    NotTrustedError
        If the pin is another one, or there is none and the caller does not trust the folder as it is.
    UsageError
        If the pin is no SHA-256 digest.
    """
    found = hashlib.sha256(manifest).hexdigest()
    if sha256 is not None:
        if not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
            raise UsageError(f"sha256: must be 64 hexadecimal digits; got {sha256!r}. save_model returns it.")
        if not hmac.compare_digest(found, sha256.lower()):
            raise NotTrustedError(
                f"{where}: the manifest's sha256 must be the pin {sha256.lower()}; got {found}. "
                "The model was replaced, changed or damaged since the pin was taken."
            )
    elif not trust_pickle:
        raise NotTrustedError(
            f"{where}: loading a model runs what is in it, and nobody vouches for this one. "
            "Pass the sha256 that save_model returned, or trust_pickle=True if you trust whoever can write there."
        )
    return found
