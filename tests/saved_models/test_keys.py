"""Keys: generated once, read from every supported form."""

import base64
import stat
import subprocess

import pytest

from skdl.exceptions import OutputError, UsageError
from skdl.saved_models import fingerprint, new_keys, public_key_of, save_model, sign_model, verify_model

pytest.importorskip("cryptography")
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519


@pytest.fixture
def keys(tmp_path):
    """Make a pair."""
    return new_keys(tmp_path / "team")


def test_the_private_key_is_its_owners_alone(keys):
    """No other user can read it; two files, named by the prefix."""
    assert stat.S_IMODE(keys.private_key.stat().st_mode) == 0o600
    assert (keys.private_key.name, keys.public_key.name) == ("team.private.pem", "team.public.pem")


@pytest.mark.parametrize("name", ["team.private.pem", "team.public.pem"])
def test_a_key_is_never_written_over(tmp_path, name):
    """Neither of the two is touched where one is there."""
    (tmp_path / name).write_text("precious")
    with pytest.raises(OutputError, match="a key is never overwritten"):
        new_keys(tmp_path / "team")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["precious"]


def raw(path):
    """Return the 32 bytes of a private and of a public key."""
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    return key.private_bytes_raw(), key.public_key().public_bytes_raw()


FORMS = {
    "a path": lambda path, content: path,
    "a path as text": lambda path, content: str(path),
    "PEM text": lambda path, content: path.read_text(),
    "PEM bytes": lambda path, content: path.read_bytes(),
    "32 bytes": lambda path, content: content,
    "base64": lambda path, content: base64.b64encode(content).decode() + "\n",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_key_is_read_from_every_supported_form(keys, line, tmp_path, form):
    """Both the one that signs and the one that verifies."""
    private, public = raw(keys.private_key)
    save_model(line, tmp_path / "model")
    sign_model(tmp_path / "model", form(keys.private_key, private))
    assert verify_model(tmp_path / "model", public_key=form(keys.public_key, public)).is_signed


def test_a_file_may_hold_base64(keys, tmp_path):
    """A line of text, as secrets are often kept."""
    (tmp_path / "key").write_text(base64.b64encode(raw(keys.private_key)[1]).decode() + "\n")
    assert fingerprint(public_key_of(tmp_path / "key")) == keys.fingerprint


def test_the_fingerprint_equals_that_of_openssl_and_sha256sum(keys):
    """SHA-256 of the DER form."""
    der = ["openssl", "pkey", "-pubin", "-in", keys.public_key, "-outform", "DER"]
    printed = subprocess.run(der, capture_output=True, check=True).stdout
    found = subprocess.run(["sha256sum"], input=printed, capture_output=True, check=True).stdout
    assert found.decode().split()[0] == keys.fingerprint


def pem(key, *, password=None):
    """Write a private key as PEM."""
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)


WRONG = {
    "another kind": (pem(ec.generate_private_key(ec.SECP256R1())), "must be an ed25519 private key"),
    "locked": (pem(ed25519.Ed25519PrivateKey.generate(), password=b"x"), "must be a key without a password"),
    "no key": (b"hello", "must be an ed25519 private key"),
    "no file": ("nowhere/key.pem", "must be a file that can be read, PEM text or 32 bytes in base64"),
}


@pytest.mark.parametrize(("given", "message"), WRONG.values(), ids=WRONG)
def test_an_invalid_private_key_is_refused(line, tmp_path, given, message):
    with pytest.raises(UsageError, match=message):
        save_model(line, tmp_path / "model", private_key=given)
    assert not list(tmp_path.iterdir())


def test_a_misspelt_private_key_is_not_repeated_in_the_message(line, tmp_path):
    """Messages end in logs; 43 characters of base64 are one too few."""
    secret = base64.b64encode(bytes(range(32))).decode()[:-1]
    with pytest.raises(UsageError, match="got text that is neither") as refused:
        save_model(line, tmp_path / "model", private_key=secret)
    assert secret not in str(refused.value)


def test_a_private_key_that_is_not_there_is_named(line, tmp_path):
    """A file's name has a point, and no key has."""
    with pytest.raises(UsageError, match=r"got 'team\.private\.pen'"):
        save_model(line, tmp_path / "model", private_key="team.private.pen")


def test_a_private_key_does_not_pass_for_a_public_one(keys, line, tmp_path):
    """Private keys must not be used where models are loaded."""
    saved = save_model(line, tmp_path / "model", private_key=keys.private_key)
    with pytest.raises(UsageError, match="must be the public key; got the private key"):
        verify_model(saved.path, public_key=keys.private_key)


def test_without_cryptography_the_extra_is_named(line, commands, tmp_path):
    """In a process that cannot import it; loading by pin still works there without it."""
    saved = save_model(line, tmp_path / "model")
    printed = commands.output_of(
        "import sys; sys.modules['cryptography'] = None; import skdl\n"
        f"skdl.load_model({str(saved.path)!r}, sha256={saved.sha256!r})\n"
        "from skdl.exceptions import MissingExtraError\n"
        f"try: skdl.load_model({str(saved.path)!r}, public_key='A' * 43 + '=')\n"
        "except MissingExtraError as error: print(error)"
    )
    assert "pip install 'skdl[sign]'" in printed
