"""Whether someone vouches for a saved model: asked before anything of it is believed."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from typing import TYPE_CHECKING

from skdl.exceptions import NotTrustedError, UsageError
from skdl.saved_models._keys import PUBLIC_KEY_VARIABLE
from skdl.saved_models._signature import check_signature

if TYPE_CHECKING:
    from skdl.saved_models._keys import Key

__all__ = ["check_trust"]


def check_trust(
    manifest: bytes, signature: bytes | None, where: str, *, sha256: str | None, public_key: Key | None, trust: bool
) -> tuple[str, str | None]:
    """Check a manifest's bytes against what the caller vouches by; return their digest, and the signer's fingerprint.

    A digest that lies beside the model proves that it is whole, not who made it: pin and key come from the caller. All
    that is given is checked. The environment's key is asked where the call gives neither pin nor key nor trust, so it
    can take the place of no check.

    Raises
    ------
    NotTrustedError
        If the pin is another one, the signature is not by the key, or nobody vouches at all.
    UsageError
        If the pin is no SHA-256 digest, or the key is none.
    """
    source = "public_key"
    if sha256 is None and public_key is None and not trust:
        public_key, source = os.environ.get(PUBLIC_KEY_VARIABLE) or None, PUBLIC_KEY_VARIABLE
        if public_key is None:
            raise NotTrustedError(
                f"{where}: loading a model runs what is in it, and nobody vouches for this one. "
                "Pass sha256, its pin, which save_model returned and skdl compare printed; public_key, of whoever "
                "signed it; or trust_pickle, if you trust whoever can write there. (The command: --sha256, "
                "--public-key, --trust-pickle.)"
            )
    found = hashlib.sha256(manifest).hexdigest()
    if sha256 is not None:
        _check_pin(found, sha256, where)
    if public_key is None:
        return found, None
    return found, check_signature(manifest, signature, where, public_key, source)


def _check_pin(found: str, sha256: str, where: str) -> None:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise UsageError(f"sha256: must be 64 hexadecimal digits; got {sha256!r}. save_model returns it.")
    if not hmac.compare_digest(found, sha256.lower()):
        raise NotTrustedError(
            f"{where}: the manifest's sha256 must be the pin {sha256.lower()}; got {found}. "
            "The model was replaced, changed or damaged since the pin was taken."
        )
