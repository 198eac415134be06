"""Signatures and trust: who may have made a saved model, asked before anything in it is used.

A pin (the SHA-256 of ``manifest.json``) identifies the model; a signature identifies its signer. ``manifest.sig`` holds
the 64 bytes of an ed25519 signature of the exact bytes of ``manifest.json``, which holds the digests of all other
files. Other tools can verify it: ``openssl pkeyutl -verify -pubin -inkey KEY -rawin -in manifest.json -sigfile
manifest.sig``.

The package ``cryptography`` (an extra) does the work; it is imported when a key is first used. No message repeats the
text of a private key: what was given is shown only if it contains a dot, as a file name does and a key does not.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from skdl._note import Note
from skdl.exceptions import MissingExtraError, NotTrustedError, OutputError, UsageError
from skdl.files import sha256_of

__all__ = ["Key", "KeyFiles", "check_trust", "fingerprint", "new_keys", "public_key_of", "sign_manifest"]

PRIVATE_KEY_VARIABLE = "SKDL_PRIVATE_KEY"
PUBLIC_KEY_VARIABLE = "SKDL_PUBLIC_KEY"

Key = str | bytes | os.PathLike[str]
"""A path; PEM text; the 32 bytes of the key themselves, or their base64 (44 characters)."""

_N_BYTES = 32
_BASE64 = re.compile(r"[A-Za-z0-9+/]{43}=")


@dataclass(frozen=True)
class KeyFiles:
    """A new pair of keys.

    Attributes
    ----------
    private_key : pathlib.Path
        Key that signs; only its owner can read the file.
    public_key : pathlib.Path
        Key that verifies; give it to everybody who loads the models.
    fingerprint : str
        SHA-256 of the public key in its DER form.
    """

    private_key: Path
    public_key: Path
    fingerprint: str


def new_keys(prefix: str | os.PathLike[str]) -> KeyFiles:
    """Create a key pair and write it as ``PREFIX.private.pem`` and ``PREFIX.public.pem``.

    Parameters
    ----------
    prefix : str or path
        Folder and first part of the file names.

    Returns
    -------
    KeyFiles
        The two files, and the public key's fingerprint.

    Raises
    ------
    OutputError
        If one of the files is there already, or cannot be written.
    MissingExtraError
        Without the package ``cryptography``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = new_keys(f"{folder}/team")
    >>> files.private_key.name, files.public_key.name
    ('team.private.pem', 'team.public.pem')
    """
    serialization, ed25519 = _cryptography()
    key = ed25519.Ed25519PrivateKey.generate()
    private_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public_pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    files = KeyFiles(Path(f"{prefix}.private.pem"), Path(f"{prefix}.public.pem"), fingerprint(key.public_key()))
    for file in (files.private_key, files.public_key):
        if file.exists() or file.is_symlink():
            text = "{file}: already exists, and a key is never overwritten. Choose another prefix."
            raise OutputError.of("key_exists", text, file=file)
    for file, content, mode in ((files.private_key, private_pem, 0o600), (files.public_key, public_pem, 0o644)):
        try:
            # O_EXCL fails where a file or link has appeared since the check above. The mode is set when the file is
            # created, so the private key is never readable by others, not even for a moment.
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as writing:
                writing.write(content)
        except OSError as error:
            text = "{file}: cannot be written ({reason}). Choose another folder."
            raise OutputError.of("key_not_written", text, file=file, reason=error.strerror) from error
    return files


def public_key_of(given: Key, where: str = "public_key") -> Any:
    """Read a public key; raises UsageError if it is not an ed25519 key."""
    return _read_key(given, where, "public")


def _read_key(given: Key, where: str, kind: Literal["private", "public"]) -> Any:
    """Read an ed25519 key.

    Raises
    ------
    UsageError
        If it is no such key, or has a password.
    MissingExtraError
        Without the package ``cryptography``.
    """
    serialization, ed25519 = _cryptography()
    content = _content(given, where, secret=kind == "private")
    # A separate message, because this mistake gives the private key to every user of the model.
    if kind == "public" and b"PRIVATE KEY" in content:
        text = "{where}: must be the public key; got the private key, which only the signer should have."
        raise UsageError.of("private_as_public", text, where=where)
    is_raw = len(content) == _N_BYTES
    try:
        if kind == "public":
            expected = ed25519.Ed25519PublicKey
            key = expected.from_public_bytes(content) if is_raw else serialization.load_pem_public_key(content)
        else:
            expected = ed25519.Ed25519PrivateKey
            key = expected.from_private_bytes(content) if is_raw else serialization.load_pem_private_key(content, None)
    except TypeError:
        # cryptography raises TypeError for an encrypted key where no password is given.
        text = "{where}: must be a key without a password. Unlock it with: openssl pkey."
        raise UsageError.of("key_with_password", text, where=where) from None
    except ValueError:
        key = None
    if not isinstance(key, expected):
        if kind == "public":
            text = "{where}: must be an ed25519 public key. `skdl keys new` makes one."
            raise UsageError.of("no_public_key_type", text, where=where)
        text = "{where}: must be an ed25519 private key. `skdl keys new` makes one."
        raise UsageError.of("no_private_key_type", text, where=where)
    return key


def fingerprint(public_key: Any) -> str:
    """Return the SHA-256 of a public key in DER, as `openssl pkey -pubin -outform DER | sha256sum` prints it."""
    serialization, _ = _cryptography()
    der = public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return sha256_of(der)


def check_trust(
    manifest: bytes, signature: bytes | None, where: str, *, sha256: str | None, public_key: Key | None, trust: bool
) -> tuple[str, str | None]:
    """Check a manifest against the caller's pin, public key or trust; return its SHA-256 and the signer's fingerprint.

    A digest stored with the model proves that it is complete, not who made it: pin and key must come from the caller.
    Everything that is given is checked.

    Raises
    ------
    NotTrustedError
        If the pin differs, the signature is not valid for the key, or there is no pin, key or trust.
    UsageError
        If the pin is not a SHA-256 digest, or the key is not an ed25519 key.
    """
    source = "public_key"
    # The variable applies only where the call gives nothing, so that a key in the environment can neither replace nor
    # weaken a check that the caller asked for.
    if sha256 is None and public_key is None and not trust:
        public_key, source = os.environ.get(PUBLIC_KEY_VARIABLE) or None, PUBLIC_KEY_VARIABLE
        if public_key is None:
            text = (
                f"{where}: loading a model runs code from it, and nothing shows that this one can be trusted. "
                "Pass sha256, the pin that save_model returned and skdl compare printed; or public_key, the key of its "
                "signer; or trust_pickle, if you trust everybody who can write to the folder. (The command: --sha256, "
                "--public-key, --trust-pickle.)"
            )
            raise NotTrustedError(Note("no_pin", text, {"where": str(where)}))
    found = sha256_of(manifest)
    if sha256 is not None and not (isinstance(sha256, str) and re.fullmatch(r"[0-9a-fA-F]{64}", sha256)):
        text = (
            f"sha256: must be 64 hexadecimal digits; got {sha256!r}. Pass the pin that skdl compare prints, or "
            "save_model returns."
        )
        raise UsageError(Note("no_digest", text, {"given": repr(sha256)}))
    # Lower case, because some tools print digests in capital letters.
    if sha256 is not None and not hmac.compare_digest(found, sha256.lower()):
        text = (
            f"{where}: the manifest's sha256 must be the pin {sha256.lower()}; got {found}. "
            "The model was replaced, changed or damaged since the pin was taken."
        )
        raise NotTrustedError(Note("wrong_pin", text, {"where": str(where), "pin": sha256.lower(), "found": found}))
    return found, None if public_key is None else _check_signature(manifest, signature, where, public_key, source)


def _check_signature(manifest: bytes, signature: bytes | None, where: str, public_key: Key, source: str) -> str:
    """Check that the owner of a public key, given by ``source``, signed a manifest; return the key's fingerprint."""
    key = public_key_of(public_key, source)
    if signature is None:
        text = (
            "{where}: must be signed, because {source} is given; there is no manifest.sig. Sign it with `skdl sign` "
            "where it was saved, or give its pin."
        )
        raise NotTrustedError.of("no_signature", text, where=where, source=source)
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(signature, manifest)
    except InvalidSignature:
        text = (
            "{where}: the signature must be valid for {source} and this manifest; it is not. Another key signed it, or "
            "the model was replaced, changed or damaged since."
        )
        raise NotTrustedError.of("wrong_signature", text, where=where, source=source) from None
    return fingerprint(key)


def sign_manifest(manifest: bytes, private_key: Key | None) -> tuple[bytes, str] | None:
    """Sign a manifest with the given key, or with that of ``SKDL_PRIVATE_KEY``.

    Returns the signature and the fingerprint of the key; None where there is no key.
    """
    source = "private_key"
    if private_key is None:
        private_key, source = os.environ.get(PRIVATE_KEY_VARIABLE) or None, PRIVATE_KEY_VARIABLE
    if private_key is None:
        return None
    key = _read_key(private_key, source, "private")
    return bytes(key.sign(manifest)), fingerprint(key.public_key())


def _content(given: Key, where: str, *, secret: bool) -> bytes:
    """Return a key's 32 bytes, or its PEM text."""
    if isinstance(given, bytes):
        content = given
    elif isinstance(given, str) and ("-----BEGIN" in given or _BASE64.fullmatch(given.strip())):
        content = given.encode()
    else:
        try:
            content = Path(given).read_bytes()
        except (OSError, ValueError, TypeError):
            hidden = secret and isinstance(given, str) and "." not in given  # a file name has a dot, base64 has none
            shown = Note("hidden_key", "text that is neither") if hidden else repr(str(given))
            text = "{where}: must be a file that can be read, PEM text or {n} bytes in base64; got {given}."
            raise UsageError.of("no_key_file", text, where=where, n=_N_BYTES, given=shown) from None
    # Exactly 32 bytes are a raw key: PEM text and base64 are longer.
    if len(content) == _N_BYTES:
        return content
    stripped = content.strip()
    # latin-1 decodes any bytes, so binary content does not raise here.
    return base64.b64decode(stripped) if _BASE64.fullmatch(stripped.decode("latin-1")) else stripped


def _cryptography() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        text = (
            "signatures need the package cryptography; it is not installed here. Install it with: pip install "
            "'skdl[sign]'."
        )
        raise MissingExtraError(Note("needs_cryptography", text)) from error
    return serialization, ed25519
