"""Keys that sign saved models: ed25519, from a file, from text or from the environment.

The package ``cryptography`` does the work; it is an extra, and imported when a key is first needed. No message repeats
what was given for a private key, unless it is a path, or has a point in it as only a file's name has.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skdl.exceptions import MissingExtraError, OutputError, UsageError

__all__ = [
    "PRIVATE_KEY_VARIABLE",
    "PUBLIC_KEY_VARIABLE",
    "Key",
    "KeyFiles",
    "fingerprint",
    "new_keys",
    "private_key_of",
    "public_key_of",
]

Key = str | bytes | os.PathLike[str]
"""A path; PEM text; the 32 bytes of the key themselves, or their base64 (44 characters)."""

PRIVATE_KEY_VARIABLE = "SKDL_PRIVATE_KEY"
PUBLIC_KEY_VARIABLE = "SKDL_PUBLIC_KEY"
_N_BYTES = 32
_BASE64 = re.compile(r"[A-Za-z0-9+/]{43}=")
_PEM = "-----BEGIN"


@dataclass(frozen=True)
class KeyFiles:
    """A new pair of keys.

    Attributes
    ----------
    private_key : pathlib.Path
        Signs; readable by its owner alone.
    public_key : pathlib.Path
        Verifies; goes to whoever loads.
    fingerprint : str
        SHA-256 of the public key in its DER form.
    """

    private_key: Path
    public_key: Path
    fingerprint: str


def new_keys(prefix: str | os.PathLike[str]) -> KeyFiles:
    """Make a pair of keys and write them as ``PREFIX.private.pem`` and ``PREFIX.public.pem``.

    Parameters
    ----------
    prefix : str or path
        Where, and the beginning of the files' names.

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
    ...     made = new_keys(f"{folder}/team")
    >>> made.private_key.name, made.public_key.name
    ('team.private.pem', 'team.public.pem')
    """
    serialization, ed25519 = _cryptography()
    made = ed25519.Ed25519PrivateKey.generate()
    secret = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    shown = made.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    files = KeyFiles(Path(f"{prefix}.private.pem"), Path(f"{prefix}.public.pem"), fingerprint(made.public_key()))
    for file in (files.private_key, files.public_key):
        if file.exists() or file.is_symlink():
            raise OutputError(f"{file}: is there already, and a key is never written over. Choose another prefix.")
    for file, content, mode in ((files.private_key, secret, 0o600), (files.public_key, shown, 0o644)):
        try:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as writing:
                writing.write(content)
        except OSError as error:
            raise OutputError(f"{file}: the key cannot be written ({error.strerror}). Choose another place.") from error
    return files


def private_key_of(given: Key, where: str = "private_key") -> Any:
    """Read a private key.

    Raises
    ------
    UsageError
        If it is none of ed25519, or is locked by a password.
    MissingExtraError
        Without the package ``cryptography``.
    """
    serialization, ed25519 = _cryptography()
    content = _content(given, where, secret=True)
    if len(content) == _N_BYTES:
        return ed25519.Ed25519PrivateKey.from_private_bytes(content)
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except TypeError:
        raise UsageError(f"{where}: must be a key without a password. Unlock it with: openssl pkey.") from None
    except ValueError:
        key = None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise UsageError(f"{where}: must be an ed25519 private key. `skdl keys new` makes one.")
    return key


def public_key_of(given: Key, where: str = "public_key") -> Any:
    """Read a public key.

    Raises
    ------
    UsageError
        If it is none of ed25519.
    MissingExtraError
        Without the package ``cryptography``.
    """
    serialization, ed25519 = _cryptography()
    content = _content(given, where, secret=False)
    if len(content) == _N_BYTES:
        return ed25519.Ed25519PublicKey.from_public_bytes(content)
    if b"PRIVATE KEY" in content:
        raise UsageError(f"{where}: must be the public key; this is the private one, which only its signer may have.")
    try:
        key = serialization.load_pem_public_key(content)
    except ValueError:
        key = None
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise UsageError(f"{where}: must be an ed25519 public key. `skdl keys new` makes one.")
    return key


def fingerprint(public_key: Any) -> str:
    """Return the SHA-256 of a public key in DER, as `openssl pkey -pubin -outform DER | sha256sum` prints it."""
    serialization, _ = _cryptography()
    der = public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _content(given: Key, where: str, *, secret: bool) -> bytes:
    """Return a key's 32 bytes, or its PEM text."""
    if isinstance(given, bytes):
        content = given
    elif isinstance(given, str) and (_PEM in given or _BASE64.fullmatch(given.strip())):
        content = given.encode()
    else:
        try:
            content = Path(given).read_bytes()
        except (OSError, ValueError):
            hidden = secret and isinstance(given, str) and "." not in given  # as a file's name has, and no key
            shown = "text that is none of them" if hidden else repr(str(given))
            raise UsageError(
                f"{where}: must be a file that can be read, PEM text or {_N_BYTES} bytes in base64; got {shown}."
            ) from None
    if len(content) == _N_BYTES:
        return content
    text = content.strip()
    return base64.b64decode(text) if _BASE64.fullmatch(text.decode("latin-1")) else text


def _cryptography() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise MissingExtraError(
            "signatures need the package cryptography; it is not installed here. "
            "Install it with: pip install 'skdl[sign]'."
        ) from error
    return serialization, ed25519
