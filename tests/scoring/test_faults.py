"""The fault matrix: what happens to a scoring job that is killed, starved, lied to or raced, each as often as it takes.

Kill points and flips are drawn by a seed that is printed where a test fails.
"""

import hashlib
import json
import os
import pickle
import shutil
import signal
import subprocess
import time
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from helpers.crash_points import CrashPoints
from helpers.forked_commands import Commands, wait_until
from helpers.scored_folders import contents

from skdl.cli import main
from skdl.exceptions import NotTrustedError
from skdl.saved_models import load_model, new_keys, save_model, sign_model
from skdl.scoring import score_table

N_KILLS = 50
N_ROWS = 1_200
CHUNK_ROWS = 200


@pytest.fixture(scope="module")
def source(table, tmp_path_factory):
    """Write people, 1 % of them bad; give the file."""
    X = table(N_ROWS, seed=4).astype({"children": object})
    X.loc[50::100, "children"] = "?"
    path = tmp_path_factory.mktemp("source") / "in.csv"
    X.to_csv(path, index=False)
    return path


@pytest.fixture
def run(capsys):
    """Run `skdl score`; give its exit code."""

    def command(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["score", *map(str, arguments)])
        capsys.readouterr()
        return ended.value.code or 0

    return command


@pytest.fixture(scope="module")
def light(logistic, tmp_path_factory):
    """Save a fast model, so that faults happen while parts are written."""
    return save_model(logistic, tmp_path_factory.mktemp("light") / "model")


@pytest.fixture
def job(light, source):
    """Return the command that scores them, all but its folder."""
    options = ["--sha256", light.sha256, "--chunk-rows", CHUNK_ROWS, "--max-bad-frac", 0.1]
    return ["score", light.path, source, *options, "--out"]


@pytest.fixture(scope="module")
def clean(light, source, tmp_path_factory):
    """Return the files of a run without faults."""
    return contents(score(light, source, tmp_path_factory.mktemp("clean")).out)


def score(saved, source, out, **options):
    """Score in this process."""
    options = {"sha256": saved.sha256, "chunk_rows": CHUNK_ROWS, "max_bad_frac": 0.1, **options}
    return score_table(saved.path, source, out, **options)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_job_stopped_before_any_change_of_its_folder_resumes_to_the_same_bytes(light, source, tmp_path):
    """Every crash point once: no row is lost or duplicated, and no partial part has its final name."""

    def run(out):
        return lambda: score(light, source, out, chunk_rows=600)

    n_points = CrashPoints(tmp_path / "clean").count(run(tmp_path / "clean"))
    clean = contents(tmp_path / "clean")
    assert n_points > 20
    for at in range(n_points):
        out = tmp_path / f"out{at}"
        CrashPoints(out).kill(run(out), at, half_written=True)
        left = {path.name: path.read_bytes() for path in out.glob("[!.]*")}
        assert left.items() <= clean.items()
        assert "_SUCCESS" not in left or left.keys() == clean.keys()
        run(out)()
        assert contents(out) == clean, f"stopped before change {at}"


@pytest.mark.parametrize("n_parts", [0, 1, 5])
def test_a_killed_job_resumes_to_the_same_bytes(job, clean, commands, tmp_path, n_parts):
    """By SIGKILL, when so many parts are there."""
    out = tmp_path / "out"
    killed = commands.begin(*job, out)
    wait_until(lambda: len(list(out.glob("part-*"))) >= n_parts)
    killed.send(signal.SIGKILL)
    killed.wait()
    assert commands.run(*job, out) == 0
    assert contents(out) == clean


@pytest.mark.slow
def test_a_job_killed_at_any_moment_resumes_to_the_same_bytes(job, clean, commands, tmp_path, seed):
    """Fifty commands, each killed by SIGKILL at a random moment and restarted: no row is lost or duplicated."""
    moments, left, began = np.random.default_rng(seed), set(), time.monotonic()
    assert commands.run(*job, tmp_path / "whole") == 0
    whole_s = time.monotonic() - began
    for trial in range(N_KILLS):
        out = tmp_path / f"out{trial}"
        killed = commands.begin(*job, out)
        time.sleep(moments.uniform(0.0, whole_s))
        killed.send(signal.SIGKILL)
        killed.wait()
        left.add(len(list(out.glob("part-*"))))
        assert commands.run(*job, out) == 0
        assert contents(out) == clean
        shutil.rmtree(out)
    assert len(left) > 2, "the kills must fall at different moments"


def test_a_file_size_limit_leaves_no_partial_part_and_the_job_can_resume(job, clean, commands, tmp_path):
    """A limit of 3 kB ends one process with 74; another without the limit finishes."""
    out = tmp_path / "out"
    assert commands.run(*job, out, file_bytes=3000) == 74
    assert "cannot be written" in commands.said.read_text()
    assert_whole_parts(out, clean)
    assert commands.run(*job, out) == 0
    assert contents(out) == clean


def assert_whole_parts(out, clean):
    """Check that each file named as a part is that part, and that nothing marks the job as done."""
    left = {path.name: path.read_bytes() for path in out.glob("[!.]*")}
    assert left.items() <= clean.items()
    assert "_SUCCESS" not in left


@pytest.fixture
def small_disk(tmp_path):
    """Return commands that see a disk of 128 kB, nearly full, and the way to it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = 'mount -t tmpfs -o size=128k none "$0"'
    alone = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-c"]
    try:
        subprocess.run([*alone, mount, disk], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a separate disk cannot be mounted here: {error}")
    filled = f'{mount} && head -c 104k /dev/zero > "$0/filler" && exec "$@"'
    with Commands(tmp_path, before=[*alone, filled, disk]) as there:
        yield there, disk, Path(f"/proc/{there.process.pid}/root{disk}")


def test_a_full_disk_leaves_no_partial_part_and_the_job_can_resume(job, clean, small_disk):
    """A command ends with 74; when there is room, the same command finishes."""
    there, disk, seen = small_disk
    assert there.run(*job, disk / "out") == 74
    assert "No space left on device" in there.said.read_text()
    assert_whole_parts(seen / "out", clean)
    (seen / "filler").unlink()
    assert there.run(*job, disk / "out") == 0
    assert contents(seen / "out") == clean


@pytest.mark.parametrize(("streams", "code"), [({"stdout": "/dev/full"}, 74), ({"stderr": "/dev/full"}, 0)])
def test_a_closed_output_stream_loses_no_row(job, clean, commands, tmp_path, streams, code):
    """The folder is complete; the exit code reports that output could not be printed."""
    assert commands.run(*job, tmp_path / "out", **streams) == code
    assert contents(tmp_path / "out") == clean


def test_a_device_is_not_a_folder(job, commands):
    """Exit code 74, as for any folder that cannot be created."""
    assert commands.run(*job, "/dev/full") == 74


def test_ctrl_c_ends_with_130_and_keeps_the_parts_that_are_done(saved, table, write, commands, tmp_path):
    """Interrupted while parts are written."""
    source, out = write(table(20_000), "long.csv"), tmp_path / "out"
    running = commands.begin("score", saved.path, source, "--sha256", saved.sha256, "--chunk-rows", 100, "--out", out)
    wait_until(lambda: list(out.glob("part-*")))
    running.send(signal.SIGINT)
    assert running.wait() == 130
    output = commands.said.read_text()
    assert ("interrupted" in output, "Traceback" in output) == (True, False)
    assert not (out / "_SUCCESS").exists()


def test_a_refused_table_ends_every_process_with_its_exit_code(saved, commands, tmp_path):
    """Six at a time, without a crash in Arrow's running threads: empty, a column missing, no input."""
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "short.csv").write_text("age\n" + "30\n1,2\n" * 100)
    running = [
        commands.begin("score", saved.path, source, "--sha256", saved.sha256, "--out", tmp_path / "out")
        for source in (tmp_path / "empty.csv", tmp_path / "short.csv", "-") * 2
    ]
    assert [one.wait() for one in running] == [65] * 6


class Opens:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("check", ["wrong pin", "no pin", "wrong signature"])
def test_code_in_an_untrusted_model_never_runs(saved, source, run, tmp_path, check):
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
    assert run(folder, source, "--out", tmp_path / "out", *options[check]) == 77
    assert not trap.exists()
    assert not (tmp_path / "out").exists()
    joblib.load(folder / "model.joblib").close()  # without a check it runs
    assert trap.exists()


def test_a_cut_input_is_bad_data(saved, table, write, run, tmp_path):
    """A Parquet file without its end, and a compressed one: 65, and no `_SUCCESS`."""
    whole = write(table(2000), "in.parquet")
    table(2000).to_csv(tmp_path / "in.csv.gz", index=False)
    for path in (whole, tmp_path / "in.csv.gz"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        assert run(saved.path, path, "--out", tmp_path / f"out-{path.name}", "--sha256", saved.sha256) == 65
        assert not (tmp_path / f"out-{path.name}" / "_SUCCESS").exists()


def test_an_input_that_changes_during_the_job_is_no_success(saved, own_source, run, tmp_path, monkeypatch):
    """A row is added while the job runs: 75."""
    written = []

    def grow(out_of, *arguments):
        written.append(out_of)
        if len(written) == 3:
            with own_source.open("a") as file:
                file.write("30,1,Ulm,f\n")
        return replace(out_of, *arguments)

    replace = os.replace
    monkeypatch.setattr("pathlib.os.replace", grow)
    options = ["--sha256", saved.sha256, "--chunk-rows", CHUNK_ROWS, "--max-bad-frac", 0.1]
    assert run(saved.path, own_source, "--out", tmp_path / "out", *options) == 75
    assert not (tmp_path / "out" / "_SUCCESS").exists()


def test_bad_rows_are_named_and_the_others_are_as_without_them(saved, table, write, source, tmp_path):
    """File, row, column and reason of each; the rest equals a run in which every value is right."""
    mixed = score(saved, source, tmp_path / "mixed")
    right = score(saved, write(table(N_ROWS, seed=4), "right.csv"), tmp_path / "right")
    bad = pd.read_parquet(mixed.quarantine)
    assert bad["_row"].tolist() == list(range(50, N_ROWS, 100))
    assert set(zip(bad["file"], bad["column"], bad["value"], bad["reason"], strict=True)) == {
        (str(source), "children", "?", "must be a number")
    }
    scored, whole = (pd.concat(map(pd.read_parquet, result.parts)) for result in (mixed, right))
    pd.testing.assert_frame_equal(
        scored.reset_index(drop=True), whole[~whole["_row"].isin(bad["_row"])].reset_index(drop=True)
    )


@pytest.mark.parametrize("name", ["in.csv", "in.parquet", "line.csv", "in.csv.gz", "in.csv.bz2"])
def test_an_empty_input_gives_a_valid_empty_output(saved, table, write, run, tmp_path, name):
    """One part without rows, and success; a header needs no line break."""
    source = write(table(5).iloc[:0], name)
    if name == "line.csv":
        source.write_bytes(source.read_bytes().rstrip())
    assert run(saved.path, source, "--out", tmp_path / "out", "--sha256", saved.sha256, "--proba") == 0
    empty = pd.read_parquet(tmp_path / "out" / "part-00000.parquet")
    assert (len(empty), list(empty)) == (0, ["_row", "prediction", "proba_few", "proba_many"])
    assert (tmp_path / "out" / "_SUCCESS").exists()


def test_of_two_writers_one_wins_and_the_other_is_asked_to_retry(light, source, clean, run, tmp_path):
    """The second one ends with 75 and changes nothing."""
    codes = []

    def second(now):
        if not codes:
            codes.append(run(light.path, source, "--out", tmp_path / "out", "--sha256", light.sha256))

    score(light, source, tmp_path / "out", progress=second)
    assert codes == [75]
    assert contents(tmp_path / "out") == clean


def test_a_saved_model_replaced_during_the_job_is_another_model(saved, source, tmp_path):
    """A run that began with one pin does not resume with another."""
    folder = tmp_path / "model"
    shutil.copytree(saved.path, folder)
    model = load_model(folder, sha256=saved.sha256)
    other = save_model(model, folder, metadata={"new": True})
    with pytest.raises(NotTrustedError, match="must be the pin"):
        score_table(folder, source, tmp_path / "out", sha256=saved.sha256)
    assert other.sha256 != saved.sha256
