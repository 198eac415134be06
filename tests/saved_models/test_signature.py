"""Signatures: verified before anything is unpickled."""

import base64
import subprocess

import pytest

from skdl.exceptions import ModelFileError, NotTrustedError, UsageError
from skdl.saved_models import is_saved_model, load_model, new_keys, read_manifest, save_model, sign_model, verify_model

pytest.importorskip("cryptography")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Make two pairs."""
    folder = tmp_path_factory.mktemp("keys")
    return new_keys(folder / "ours"), new_keys(folder / "theirs")


@pytest.fixture
def signed(line, keys, tmp_path):
    """Save a signed regression."""
    return save_model(line, tmp_path / "model", private_key=keys[0].private_key)


def test_a_signed_model_loads_without_a_pin(signed, keys):
    """The public key verifies it."""
    assert signed.is_signed
    assert load_model(signed.path, public_key=keys[0].public_key).predict([[1.0, 1.0]]) == pytest.approx([3.0])


def test_openssl_verifies_the_signature_too(signed, keys):
    """Over the very bytes of manifest.json."""
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", keys[0].public_key, "-rawin"]
    files = ["-in", signed.path / "manifest.json", "-sigfile", signed.path / "manifest.sig"]
    assert b"Verified Successfully" in subprocess.run([*command, *files], capture_output=True, check=True).stdout


SPOILERS = {
    "unsigned": (lambda folder: (folder / "manifest.sig").unlink(), "must be signed, because public_key is given"),
    "cut short": (lambda folder: (folder / "manifest.sig").write_bytes(b"short"), "must be valid for public_key"),
    "a changed manifest": (
        lambda folder: (folder / "manifest.json").write_bytes((folder / "manifest.json").read_bytes() + b" "),
        "must be valid for public_key",
    ),
}


@pytest.mark.parametrize(("spoil", "message"), SPOILERS.values(), ids=SPOILERS)
@pytest.mark.parametrize("trust", [False, True], ids=["", "with trust"])
def test_without_the_right_signature_nothing_is_unpickled(keys, tmp_path, tracing, spoil, message, trust):
    """A given key is checked, with trust=True too."""
    saved, trace = tracing(tmp_path / "model", private_key=keys[0].private_key)
    spoil(saved.path)
    with pytest.raises(NotTrustedError, match=message):
        load_model(saved.path, public_key=keys[0].public_key, trust_pickle=trust)
    assert not trace.exists()


def test_a_signature_by_another_key_is_refused(signed, keys):
    with pytest.raises(NotTrustedError, match="Another key signed it"):
        load_model(signed.path, public_key=keys[1].public_key)


def test_pin_and_key_must_both_fit(line, keys, tmp_path):
    """An older model of the same signer has the right signature and the wrong pin."""
    older = save_model(line, tmp_path / "older", metadata={"v": 1}, private_key=keys[0].private_key)
    newer = save_model(line, tmp_path / "newer", metadata={"v": 2}, private_key=keys[0].private_key)
    assert load_model(newer.path, sha256=newer.sha256, public_key=keys[0].public_key)
    with pytest.raises(NotTrustedError, match="must be the pin"):
        load_model(older.path, sha256=newer.sha256, public_key=keys[0].public_key)
    with pytest.raises(NotTrustedError, match="Another key"):
        load_model(newer.path, sha256=newer.sha256, public_key=keys[1].public_key)


def test_the_environments_key_verifies_where_no_key_or_pin_is_given(signed, keys, monkeypatch):
    """By path or in base64."""
    monkeypatch.setenv("SKDL_PUBLIC_KEY", str(keys[0].public_key))
    assert load_model(signed.path)
    monkeypatch.setenv("SKDL_PUBLIC_KEY", str(keys[1].public_key))
    with pytest.raises(NotTrustedError, match="valid for SKDL_PUBLIC_KEY"):
        load_model(signed.path)


def test_the_environments_key_replaces_no_other_check(signed, keys, monkeypatch):
    """A wrong pin and a wrong key are refused though the environment's key fits."""
    monkeypatch.setenv("SKDL_PUBLIC_KEY", str(keys[0].public_key))
    with pytest.raises(NotTrustedError, match="must be the pin 0000"):
        load_model(signed.path, sha256="0" * 64)
    with pytest.raises(NotTrustedError, match="valid for public_key"):
        load_model(signed.path, public_key=keys[1].public_key)


def test_the_environments_key_leaves_a_pinned_model_alone(line, keys, tmp_path, monkeypatch):
    """An unsigned model still loads by its pin."""
    monkeypatch.setenv("SKDL_PUBLIC_KEY", str(keys[0].public_key))
    saved = save_model(line, tmp_path / "model")
    assert load_model(saved.path, sha256=saved.sha256)


def test_an_empty_variable_counts_as_unset(signed, line, tmp_path, monkeypatch):
    """As in a job without a key."""
    monkeypatch.setenv("SKDL_PUBLIC_KEY", "")
    monkeypatch.setenv("SKDL_PRIVATE_KEY", "")
    with pytest.raises(NotTrustedError, match="can be trusted"):
        load_model(signed.path)
    assert not save_model(line, tmp_path / "other").is_signed


def test_the_environments_private_key_signs_what_is_saved(line, keys, tmp_path, monkeypatch):
    """A given key takes precedence."""
    monkeypatch.setenv("SKDL_PRIVATE_KEY", keys[0].private_key.read_text())
    save_model(line, tmp_path / "one")
    save_model(line, tmp_path / "two", private_key=keys[1].private_key)
    assert load_model(tmp_path / "one", public_key=keys[0].public_key)
    assert load_model(tmp_path / "two", public_key=keys[1].public_key)


def test_a_saved_model_is_signed_later(line, keys, tmp_path):
    """Its pin stays the same, so it still loads; no temporary is left."""
    saved = save_model(line, tmp_path / "model")
    assert sign_model(saved.path, keys[0].private_key, sha256=saved.sha256).sha256 == saved.sha256
    assert read_manifest(saved.path).is_signed
    assert is_saved_model(saved.path)
    assert load_model(saved.path, public_key=keys[0].public_key)
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]


def test_a_new_signature_replaces_the_old_one(signed, keys):
    sign_model(signed.path, keys[1].private_key)
    assert verify_model(signed.path, public_key=keys[1].public_key)


def test_saving_again_unsigned_removes_the_signature(signed, line):
    """It was of another manifest."""
    save_model(line, signed.path)
    assert not (signed.path / "manifest.sig").exists()


def test_a_damaged_model_is_not_signed(line, keys, tmp_path):
    """Nor one with another pin."""
    saved = save_model(line, tmp_path / "model")
    with pytest.raises(NotTrustedError, match="must be the pin"):
        sign_model(saved.path, keys[0].private_key, sha256="0" * 64)
    (saved.path / "model.joblib").write_bytes(b"")
    with pytest.raises(ModelFileError, match=r"must be .* bytes"):
        sign_model(saved.path, keys[0].private_key)
    assert not (saved.path / "manifest.sig").exists()


def test_signing_needs_a_key(line, tmp_path):
    """Neither given nor in the environment."""
    with pytest.raises(UsageError, match="private_key: must be given, or set in SKDL_PRIVATE_KEY; got none"):
        sign_model(save_model(line, tmp_path / "model").path)


def test_a_malformed_key_is_a_usage_error(signed, monkeypatch):
    """Not an untrusted model."""
    monkeypatch.setenv("SKDL_PUBLIC_KEY", base64.b64encode(b"short").decode())
    with pytest.raises(UsageError, match="SKDL_PUBLIC_KEY: must be a file"):
        load_model(signed.path)
