"""Saved models under faults: a save that is killed, bits that flip."""

import ctypes
import time

import numpy as np
import pytest
from helpers.crash_points import CrashPoints
from sklearn.dummy import DummyRegressor

from skdl.exceptions import ModelFileError, NotTrustedError
from skdl.saved_models import is_intact, is_saved_model, load_model, new_keys, read_manifest, save_model, verify_model

N_DAMAGES = 1000

# Runs in a process of its own, which is not this module's: hence text.
SAVE_FOR_EVER = """
import itertools
from sklearn.dummy import DummyRegressor
from skdl.saved_models import save_model
if not exchanges:
    import ctypes
    ctypes.CDLL = lambda *args, **options: object()  # what a system without renameat2 has
models = [DummyRegressor(constant=float(one), strategy="constant").fit([[0.0]], [1.0]) for one in (1, 2)]
for turn in itertools.count():
    save_model(models[turn % 2], path, metadata={"filling": "x" * 200_000 * (turn % 2)})
    (started.set() if turn == 1 else None)
"""


def save_and_kill(forks, path, exchanges, seconds):
    """Save over and over in another process, and kill it so long after it began."""
    started = forks.Event()
    given = {"path": str(path), "started": started, "exchanges": exchanges}
    saving = forks.Process(target=exec, args=(SAVE_FOR_EVER, given))
    saving.start()
    assert started.wait(60)
    time.sleep(seconds)
    saving.kill()
    saving.join()


@pytest.fixture(params=[True, False], ids=["exchanged at once", "in two steps"])
def exchanges(request):
    """Whether the system can exchange two names in one step."""
    return request.param


def test_a_save_stopped_before_any_change_leaves_a_whole_model(tmp_path, monkeypatch, exchanges):
    """The old one or the new one, and nothing else once the next save has swept; every crash point once."""
    if not exchanges:
        monkeypatch.setattr(ctypes, "CDLL", lambda *args, **options: object())  # what a system without renameat2 has
    old, new = (DummyRegressor(constant=one, strategy="constant").fit([[0.0]], [1.0]) for one in (1.0, 2.0))

    def save_over_old(folder):
        save_model(old, folder / "model")
        return lambda: save_model(new, folder / "model")

    found, first = set(), tmp_path / "counted"
    n_points = CrashPoints(first).count(save_over_old(first))
    assert n_points > 8
    for at in range(n_points):
        folder = tmp_path / str(at)
        CrashPoints(folder).kill(save_over_old(folder), at)
        save_model(old, folder / "other")
        left = verify_model(folder / "model")  # every file matches its manifest
        found.add(float(load_model(left.path, sha256=left.sha256).predict([[0.0]])[0]))
        assert {entry.name for entry in folder.iterdir()} == {"model", "other"}, f"stopped before change {at}"
    assert found == {1.0, 2.0}


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("n_kills", [3, pytest.param(24, marks=pytest.mark.slow)])
def test_a_save_killed_at_any_moment_leaves_a_whole_model(tmp_path, forks, seed, exchanges, n_kills):
    """The old one or the new one, and nothing else; killed by SIGKILL, which cannot be caught."""
    path, moments, found = tmp_path / "model", np.random.default_rng(seed), set()
    other = DummyRegressor().fit([[0.0]], [1.0])
    save_model(other, path)
    for _ in range(n_kills):
        save_and_kill(forks, path, exchanges, moments.uniform(0.0, 0.05))
        if not exchanges:
            save_model(other, tmp_path / "other")  # gives the model its name back, had the kill left it without one
        left = verify_model(path)  # every file matches its manifest
        found.add(float(load_model(path, sha256=left.sha256).predict([[0.0]])[0]))
        assert is_saved_model(path)
    assert found <= {1.0, 2.0}
    save_model(other, tmp_path / "other")
    assert {entry.name for entry in tmp_path.iterdir()} == {"model", "other"}


def flip(content, bit):
    """Change a bit."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return changed


def cut(content, bit):
    """End before the byte of that bit."""
    return content[: bit // 8]


def damages(saved, seed):
    """Return damages of manifest and model: at both ends and in the middle, or anywhere where a seed is given."""
    drawn = None if seed is None else np.random.default_rng(seed)
    for file in (saved.path / "manifest.json", saved.path / "model.joblib"):
        last_bit = file.stat().st_size * 8 - 1
        bits = (0, last_bit // 2, last_bit) if drawn is None else drawn.integers(last_bit + 1, size=N_DAMAGES // 4)
        yield from ((file, damage, int(bit)) for damage in (flip, cut) for bit in bits)


@pytest.mark.parametrize("everywhere", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["at ends", "anywhere"])
@pytest.mark.parametrize("check", ["pin", "key"])
def test_a_damaged_model_is_refused_before_anything_is_unpickled(tmp_path, tracing, seed, check, everywhere):
    """77 where the manifest is damaged, 78 where the model is: the digests cover every byte."""
    pytest.importorskip("cryptography") if check == "key" else None
    keys = new_keys(tmp_path / "team") if check == "key" else None
    saved, trace = tracing(tmp_path / "model", private_key=keys and keys.private_key)
    trust = {"public_key": keys.public_key} if keys else {"sha256": saved.sha256}
    for file, damage, bit in damages(saved, seed if everywhere else None):
        whole = file.read_bytes()
        file.write_bytes(damage(whole, bit))
        expected = NotTrustedError if file.name == "manifest.json" else ModelFileError
        with pytest.raises(expected, match=r"replaced, changed or damaged|must be .* bytes of (blake3|sha256)"):
            load_model(saved.path, **trust)
        file.write_bytes(whole)
    assert not trace.exists()
    assert load_model(saved.path, **trust)


def test_a_flipped_bit_in_the_signature_is_refused(tmp_path, line):
    """Each of its 512."""
    pytest.importorskip("cryptography")
    keys = new_keys(tmp_path / "team")
    saved = save_model(line, tmp_path / "model", private_key=keys.private_key)
    whole = (saved.path / "manifest.sig").read_bytes()
    for bit in range(len(whole) * 8):
        (saved.path / "manifest.sig").write_bytes(flip(whole, bit))
        with pytest.raises(NotTrustedError, match="must be valid for public_key"):
            verify_model(saved.path, public_key=keys.public_key)


def test_an_intact_model_has_its_pin_and_all_its_bytes(tmp_path, line):
    """A folder without a model is refused."""
    saved = save_model(line, tmp_path / "model")
    assert is_intact(saved.path, sha256=saved.sha256)
    assert not is_intact(saved.path, sha256="0" * 64)
    assert not is_intact(tmp_path, sha256=saved.sha256)
    (saved.path / "model.joblib").write_bytes(b"")
    assert not is_intact(saved.path, sha256=read_manifest(saved.path).sha256)
