"""The fault matrix: what happens to a scoring job that is killed, starved, lied to or raced, each as often as it takes.

Kill points and flips are drawn by a seed that is printed where a test fails.
"""

import hashlib
import json
import multiprocessing
import os
import pickle
import secrets
import shutil
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest

from skdl.artefact import load_model, new_keys, save_model, sign_model
from skdl.cli import main
from skdl.exceptions import ModelFileError, NotTrustedError
from skdl.scoring import score_table

pytestmark = pytest.mark.faults

N_KILLS = 50
N_DAMAGES = 1000
CHUNK_ROWS = 250

# Runs in a process of its own, which is not this module's: hence text.
SCORE = """
import sys
from skdl.scoring import score_table
started.set()
score_table(model, source, out, sha256=pin, chunk_rows=250, max_bad_frac=0.1)
"""


@pytest.fixture(scope="module")
def seed():
    """Draw a seed, and print it where a test fails."""
    drawn = secrets.randbits(32)
    print(f"seed {drawn}")  # noqa: T201 - to try it again
    return drawn


@pytest.fixture
def source(table, write):
    """Write 5,000 people, 1 % of them bad; give the file."""
    X = table(5_000, seed=4).astype({"children": object})
    X.loc[50::100, "children"] = "?"
    return write(X, "in.csv")


@pytest.fixture
def run(capsys):
    """Run `skdl score`; give its exit code."""

    def command(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["score", *map(str, arguments)])
        capsys.readouterr()
        return ended.value.code or 0

    return command


def contents(folder):
    """Read every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def score(saved, source, out, **options):
    """Score in this process."""
    options = {"sha256": saved.sha256, "chunk_rows": CHUNK_ROWS, "max_bad_frac": 0.1, **options}
    return score_table(saved.path, source, out, **options)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_job_killed_at_any_moment_goes_on_to_the_same_bytes(saved, source, tmp_path, seed):
    """Fifty jobs, each killed by SIGKILL at a moment of its own and started again: no row is lost, none comes twice."""
    clean = score(saved, source, tmp_path / "clean")
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["skdl.scoring", "sklearn.ensemble"])  # importing takes longer than scoring
    moments, n_resumed = np.random.default_rng(seed), []
    for trial in range(N_KILLS):
        out, started = tmp_path / f"out{trial}", processes.Event()
        given = {"model": str(saved.path), "pin": saved.sha256, "source": str(source), "out": str(out)}
        job = processes.Process(target=exec, args=(SCORE, {**given, "started": started}))
        job.start()
        assert started.wait(60)
        job.join(moments.uniform(0.0, 1.5 * clean.duration_s))
        job.kill()
        job.join()
        n_resumed.append(score(saved, source, out).n_resumed)
        assert contents(out) == contents(tmp_path / "clean")
        shutil.rmtree(out)
    assert len(set(n_resumed)) > 2, "the kills must fall at different moments"


def test_a_full_disk_leaves_no_half_part_and_the_job_can_go_on(saved, source, tmp_path):
    """Files may grow to 3 kB in one process, which ends with 74; another without that limit finishes."""
    code = (
        "import resource, sys; from skdl.cli import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000)); main(sys.argv[1:])"
    )
    options = ["--out", tmp_path / "out", "--sha256", saved.sha256, "--chunk-rows", CHUNK_ROWS, "--max-bad-frac", 0.1]
    command = [sys.executable, "-c", code, "score", saved.path, source, *options]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 74, done.stderr
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    left = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("part-*")}
    score(saved, source, tmp_path / "out")
    score(saved, source, tmp_path / "clean")
    whole = contents(tmp_path / "clean")
    assert left.items() <= whole.items()
    assert contents(tmp_path / "out") == whole


def test_a_damaged_model_is_refused_before_it_is_unpickled(saved, tmp_path, seed, monkeypatch):
    """A thousand flipped bits and cut files: 77 where the pinned manifest was hit, 78 where the model was."""
    folder, drawn = tmp_path / "model", np.random.default_rng(seed)
    shutil.copytree(saved.path, folder)
    monkeypatch.setattr(joblib, "load", pytest.fail)
    whole = {name: (saved.path / name).read_bytes() for name in ("manifest.json", "model.joblib")}
    for trial in range(N_DAMAGES):
        name = ("manifest.json", "model.joblib")[trial % 2]
        content = bytearray(whole[name])
        place = int(drawn.integers(len(content)))
        if trial % 4 < 2:
            content[place] ^= 1 << int(drawn.integers(8))
        else:
            del content[place:]
        (folder / name).write_bytes(content)
        with pytest.raises(NotTrustedError if name == "manifest.json" else ModelFileError):
            load_model(folder, sha256=saved.sha256)
        (folder / name).write_bytes(whole[name])


class Opens:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("vouched", ["wrong pin", "no pin", "wrong signature"])
def test_code_in_a_model_that_nobody_vouches_for_never_runs(saved, source, run, tmp_path, vouched):
    """Though the manifest was rewritten to match it: 77."""
    folder, trap = tmp_path / "model", tmp_path / "trap"
    shutil.copytree(saved.path, folder)
    keys, others = (new_keys(tmp_path / name) for name in ("mine", "theirs"))
    content = pickle.dumps(Opens(trap))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["model.joblib"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    (folder / "model.joblib").write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    sign_model(folder, others.private_key)
    options = {
        "wrong pin": ["--sha256", saved.sha256],
        "no pin": [],
        "wrong signature": ["--public-key", keys.public_key],
    }
    assert run(folder, source, "--out", tmp_path / "out", *options[vouched]) == 77
    assert not trap.exists()
    assert not (tmp_path / "out").exists()


def test_a_cut_input_is_bad_data(saved, table, write, run, tmp_path):
    """A Parquet file without its end, and a compressed one: 65, and no `_SUCCESS`."""
    whole = write(table(2000), "in.parquet")
    table(2000).to_csv(tmp_path / "in.csv.gz", index=False)
    for path in (whole, tmp_path / "in.csv.gz"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        assert run(saved.path, path, "--out", tmp_path / f"out-{path.name}", "--sha256", saved.sha256) == 65
        assert not (tmp_path / f"out-{path.name}" / "_SUCCESS").exists()


def test_an_input_that_changes_meanwhile_is_no_success(saved, source, run, tmp_path, monkeypatch):
    """A row is added while the job runs: 75."""
    written = []

    def grow(out_of, *arguments):
        written.append(out_of)
        if len(written) == 3:
            with source.open("a") as file:
                file.write("30,1,Ulm,f\n")
        return replace(out_of, *arguments)

    replace = os.replace
    monkeypatch.setattr("pathlib.os.replace", grow)
    options = ["--sha256", saved.sha256, "--chunk-rows", CHUNK_ROWS, "--max-bad-frac", 0.1]
    assert run(saved.path, source, "--out", tmp_path / "out", *options) == 75
    assert not (tmp_path / "out" / "_SUCCESS").exists()


def test_bad_rows_are_named_and_the_others_are_as_without_them(saved, table, write, source, tmp_path):
    """File, row, column and reason of each; the rest equals a run in which every value is right."""
    mixed, clean = (
        score(saved, source, tmp_path / "mixed"),
        score(saved, write(table(5_000, seed=4), "c.csv"), tmp_path / "o"),
    )
    bad = pd.read_parquet(mixed.quarantine)
    assert bad["_row"].tolist() == list(range(50, 5_000, 100))
    assert set(zip(bad["file"], bad["column"], bad["value"], bad["reason"], strict=True)) == {
        (str(source), "children", "?", "must be a number")
    }
    scored, whole = (pd.concat(map(pd.read_parquet, result.parts)) for result in (mixed, clean))
    pd.testing.assert_frame_equal(
        scored.reset_index(drop=True), whole[~whole["_row"].isin(bad["_row"])].reset_index(drop=True)
    )


@pytest.mark.parametrize("name", ["in.csv", "in.parquet", "line.csv"])
def test_an_empty_input_gives_a_valid_empty_output(saved, table, write, run, tmp_path, name):
    """One part without rows, and success; a header needs no line break."""
    source = write(table(5).iloc[:0], name)
    if name == "line.csv":
        source.write_bytes(source.read_bytes().rstrip())
    assert run(saved.path, source, "--out", tmp_path / "out", "--sha256", saved.sha256) == 0
    assert pd.read_parquet(tmp_path / "out" / "part-00000.parquet").shape == (0, 2)
    assert (tmp_path / "out" / "_SUCCESS").exists()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_of_two_writers_one_wins_and_the_other_is_told_to_try_again(saved, source, run, tmp_path):
    """The second one ends with 75 and touches nothing."""
    codes = []

    def second(now):
        if not codes:
            codes.append(run(saved.path, source, "--out", tmp_path / "out", "--sha256", saved.sha256))

    score(saved, source, tmp_path / "out", progress=second)
    score(saved, source, tmp_path / "clean")
    assert codes == [75]
    assert contents(tmp_path / "out") == contents(tmp_path / "clean")


def test_a_saved_model_replaced_meanwhile_is_another_model(saved, source, tmp_path):
    """What was begun with one pin does not go on with another."""
    folder = tmp_path / "model"
    shutil.copytree(saved.path, folder)
    model = load_model(folder, sha256=saved.sha256)
    other = save_model(model, folder, metadata={"new": True})
    with pytest.raises(NotTrustedError, match="must be the pin"):
        score_table(folder, source, tmp_path / "out", sha256=saved.sha256)
    assert other.sha256 != saved.sha256
