"""Run the commands: their output, files and exit codes."""

import gzip
import json
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pandas as pd
import pytest
import sklearn
from helpers.run_command import run_in
from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skdl
from skdl.tables import load_builtin

PIPELINE = """
data: {source: table.csv, target: fat}
models: {linear: {}, knn: {params: {n_neighbors: 3}}}
compare:
  cv: {folds: 5, repeats: 1}
"""


@pytest.fixture
def run(folder):
    """Run a command in the folder of the test."""
    return partial(run_in, folder)


def fill(folder, pipeline):
    """Put a table and a pipeline file that fit it into a folder."""
    load_builtin("blood_fat").rename(columns={"blood_fat": "fat"}).to_csv(folder / "table.csv", index=False)
    (folder / "fat.yaml").write_text(pipeline)
    return folder


@pytest.fixture
def folder(tmp_path):
    """Make a folder with a table and a pipeline file that fit."""
    return fill(tmp_path, PIPELINE + "  insight: false\n")


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Run `skdl compare` once; return the folder and the printed output."""
    folder = fill(tmp_path_factory.mktemp("compared"), PIPELINE)
    return folder, run_in(folder, "compare", "fat.yaml")


@pytest.fixture(scope="module")
def quiet(compared):
    """Run it all once more, quietly."""
    return run_in(compared[0], "compare", "fat.yaml", "--quiet", "--fresh")


def test_compare_prints_the_verdict_and_the_folder_of_the_results(compared):
    """The report is written to reports/NAME in the working directory."""
    folder, done = compared
    assert done.returncode == 0, done.stderr
    assert "Ship " in done.stdout
    assert "reports/fat/report.html" in done.stdout
    assert "linear: 5 folds" in done.stderr
    assert (folder / "reports" / "fat" / "report.html").is_file()


def test_the_terminal_speaks_the_language_of_the_file_unless_the_command_names_one(compared):
    folder, _ = compared
    asked = (folder, "compare", "fat.yaml", "--set", "lang=ko")
    korean, english = run_in(*asked), run_in(*asked, "--lang", "en")
    assert "폴드 15개 중 15개는 이미 끝났습니다" in korean.stderr
    assert re.search("^확인용 해시", korean.stdout, re.MULTILINE)
    assert not re.search("Report|Its pin|Score a table|note:", korean.stdout)
    assert re.search("^Its pin", english.stdout, re.MULTILINE)


OWN_NET = """
import keras
from skdl import KerasMLPRegressor

def build(n_features_in, n_outputs):
    parts = [keras.layers.Dense(8), keras.layers.LayerNormalization(), keras.layers.Dense(n_outputs)]
    return keras.Sequential([keras.Input((n_features_in,)), *parts])

class OwnNet(KerasMLPRegressor):
    def __init__(self, model=build, epochs=100, learning_rate=0.03, random_state=None):
        super().__init__(model=model, epochs=epochs, learning_rate=learning_rate, random_state=random_state)
"""


@pytest.mark.parametrize(("model", "needs_keras"), [("linear: {}", False), ("own: {use: own_net.OwnNet}", True)])
def test_compare_notes_that_the_saved_model_needs_keras(folder, run, monkeypatch, model, needs_keras):
    """The network of `own_net` has a layer without a NumPy equivalent."""
    (folder / "own_net.py").write_text(OWN_NET)
    monkeypatch.syspath_prepend(folder)
    (folder / "fat.yaml").write_text(PIPELINE.replace("linear: {}, knn: {params: {n_neighbors: 3}}", model))
    done = run("compare", "fat.yaml", "--set", "compare.cv.folds=2", "--allow-package", "own_net")
    assert done.returncode == 0, done.stderr
    assert ("Keras to predict: a network has layers without a NumPy equivalent" in done.stdout) == needs_keras


def test_compare_prints_the_detectable_difference(compared, quiet):
    """Printed below the verdict because 25 rows separate no models; --quiet omits it."""
    assert "With these folds, a difference of " in compared[1].stdout
    assert "With these folds" not in quiet.stdout


def test_compare_says_what_the_recommended_model_achieves(compared, quiet):
    """Printed below the verdict; --quiet omits it."""
    sentence = r"Half of the predictions of \w+ are within [\d.]+ of the actual \w+, 80 % within [\d.]+\."
    assert re.search(sentence, compared[1].stdout)
    assert "Half of the predictions" not in quiet.stdout


def test_a_metric_that_the_target_rules_out_is_explained(folder, run):
    """A note as the second metric; an error before any fit as the first metric."""
    table = pd.read_csv(folder / "table.csv")
    table.assign(fat=table["fat"].where(table.index > 1, 0.0)).to_csv(folder / "table.csv", index=False)
    assert "MAPE is not defined: 2 rows have fat 0" in run("compare", "fat.yaml").stdout
    done = run("compare", "fat.yaml", "--set", "compare.metrics=[mape, rmse]")
    assert done.returncode == 2
    assert "2 rows have fat 0; smape takes zeros" in done.stderr


@pytest.mark.parametrize(
    ("settings", "checked", "compared"),
    [
        (("compare.cv={holdout: 0.25}",), "hold-out of 25 %, seed 0", "3 columns, hold-out of 25 %"),
        (("data.folds=part",), "4, of column part", "2 columns, 4 folds of column part"),
        (("data.time=part", "compare.cv.folds=3"), "3, time-ordered", "2 columns, time-ordered, 3 folds"),
    ],
    ids=["hold-out", "column", "time"],
)
def test_the_splits_are_described(folder, run, settings, checked, compared):
    """By `skdl check`, and above the leaderboard of `skdl compare`."""
    table = pd.read_csv(folder / "table.csv")
    table.assign(part=np.arange(len(table)) % 4).to_csv(folder / "table.csv", index=False)
    (folder / "fat.yaml").write_text(PIPELINE.replace("cv: {folds: 5, repeats: 1}", "insight: false"))
    asked = [word for setting in settings for word in ("--set", setting)]
    assert checked in run("check", "fat.yaml", "--no-time", *asked).stdout
    assert compared in run("compare", "fat.yaml", *asked).stdout


def test_check_shows_every_note_up_to_thirty(folder, run):
    """`skdl init` refers to it for more, and a comparison to the report, which does not exist yet."""
    table = pd.read_csv(folder / "table.csv")
    amounts = {f"a{n}": [f"${row}.{n}5" for row in range(len(table))] for n in range(12)}
    table.assign(**amounts).to_csv(folder / "table.csv", index=False)
    shown = run("check", "fat.yaml", "--no-time").stdout
    assert shown.count("holds numbers with marks") == 12
    assert "more notes" not in shown


def test_quiet_prints_the_verdict_alone(quiet):
    assert quiet.stderr == ""
    assert "Ship " in quiet.stdout
    assert "report.html" not in quiet.stdout


def test_set_overrides_a_key_and_out_moves_the_results(folder, run):
    done = run("compare", "fat.yaml", "--set", "compare.cv.folds=3", "--out", "here")
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(folder / "here" / "folds.csv").query("model == 'knn'")) == 3


def test_check_prints_the_plan_and_runs_nothing(folder, run):
    done = run("check", "fat.yaml")
    assert done.returncode == 0
    assert "25 rows" in done.stdout
    assert done.stdout.split("total")[1].split()[0] == "15"
    assert not (folder / "reports").exists()


def test_models_lists_the_catalogue_and_one_model_its_parameters(run):
    assert "keras_mlp" in run("models").stdout
    assert "n_neighbors" in run("models", "knn").stdout


def test_scores_of_the_command_are_those_of_the_live_model(compared, folder, run):
    """From a compressed CSV to Parquet, by the pin that compare printed."""
    shutil.copytree(compared[0] / "reports", folder / "reports")
    pin = json.loads((folder / "reports/fat/results.json").read_text())["model_pin"]
    (folder / "new.csv.gz").write_bytes(gzip.compress((folder / "table.csv").read_bytes()))
    done = run("score", "reports/fat/model", "new.csv.gz", "--out", "scores", "--sha256", pin, "--keep", "age")
    assert done.returncode == 0, done.stderr
    scored = pd.read_parquet(folder / "scores" / "part-00000.parquet")
    table = pd.read_csv(folder / "table.csv")
    model = skdl.load_model(folder / "reports/fat/model", sha256=pin)
    assert scored.prediction.tolist() == pytest.approx(model.predict(table).tolist(), rel=1e-12)
    assert scored.age.astype(int).tolist() == table.age.tolist()


@pytest.fixture
def saved(folder):
    """Save the linear model of the pipeline file."""
    spec = skdl.read_pipeline(folder / "fat.yaml")
    X, y = spec.load()
    return skdl.save_model(spec.estimators(X, y)["linear"].fit(X, y), folder / "model", X=X, y=y)


@pytest.fixture
def scoring(folder, run, saved):
    """Score the table and a second one with a saved model, each time with other options."""
    table = pd.read_csv(folder / "table.csv")
    table.assign(age=table["age"] + 1000).to_csv(folder / "old.csv", index=False)

    def score(*options):
        return run("score", "model", "table.csv", "old.csv", "--out", "scores", "--sha256", saved.sha256, *options)

    return score


def test_score_accepts_several_tables_and_names_the_columns_that_drift(folder, scoring):
    """Half of the rows are much older than any in training."""
    done = scoring("--chunk-rows", "10")
    assert done.returncode == 0, done.stderr
    assert "age: 50.0% of the values are outside the training range" in done.stdout
    assert set(pd.read_parquet(folder / "scores" / "part-00000.parquet")["_file"]) == {"table.csv"}


def test_score_reports_what_an_earlier_run_did(folder, scoring):
    """The run was complete, or partial, or had other options and is removed."""
    scoring("--chunk-rows", "10")
    assert "already done: the folder holds the result of this run" in scoring("--chunk-rows", "10").stdout
    (folder / "scores" / "_SUCCESS").unlink()
    parts = (folder / "scores").glob("part-*")
    for name in (".started.json", *(f".done-{part.stem[5:]}.json" for part in parts)):  # as another run leaves them
        (folder / "scores" / name).write_text("{}")
    assert "was removed from the folder" in scoring("--chunk-rows", "10", "--jobs", "2").stdout


def test_score_reads_standard_input(folder, saved):
    test = "skdl.cli.main(['score', 'model', '-', '--out', 'scores', '--trust-pickle'])"
    code = [sys.executable, "-c", f"import skdl.cli; {test}"]
    subprocess.run(code, cwd=folder, input=(folder / "table.csv").read_bytes(), check=True)
    assert len(pd.read_parquet(folder / "scores" / "part-00000.parquet")) == 25


BAD_INPUT = {
    "missing pipeline file": (["check", "nowhere.yaml"], 78, "nowhere.yaml"),
    "unknown key": (["compare", "fat.yaml", "--set", "modles.a=1"], 78, "did you mean models?"),
    "unknown parameter": (
        ["compare", "fat.yaml", "--set", "models.knn.params.n_neighbours=1"],
        78,
        "did you mean n_neighbors?",
    ),
    "unknown model to remove": (["compare", "fat.yaml", "--set", "models.kn=null"], 78, "did you mean knn?"),
    "unknown model to save": (["compare", "fat.yaml", "--save-model", "kn"], 2, "did you mean knn?"),
    "missing table": (["compare", "fat.yaml", "--set", "data.source=none.csv"], 65, "none.csv"),
    "target not there": (["compare", "fat.yaml", "--set", "data.target=fats"], 78, "did you mean fat?"),
    "table without rows": (["compare", "fat.yaml", "--set", "data.source=empty.csv"], 65, "empty.csv"),
    "text in a numeric column": (
        ["compare", "fat.yaml", "--set", "data.source=text.csv", "--set", "data.numeric=[age]"],
        65,
        "old",
    ),
    "class with one row": (["compare", "fat.yaml", "--set", "data.source=rare.csv"], 65, "rare"),
    "output that is a file": (["compare", "fat.yaml", "--out", "table.csv"], 74, "table.csv"),
    "model without a pin": (["score", "model", "table.csv", "--out", "scores"], 77, "sha256"),
    "no model": (["score", "nowhere", "table.csv", "--out", "scores", "--trust-pickle"], 78, "nowhere"),
    "unknown model": (["models", "svn"], 2, "did you mean svm?"),
    "unknown option": (["compare", "fat.yaml", "--folds", "3"], 2, "--folds"),
    "no jobs": (["compare", "fat.yaml", "--jobs", "0"], 2, "--jobs"),
}


@pytest.mark.parametrize(("arguments", "code", "message"), BAD_INPUT.values(), ids=BAD_INPUT.keys())
def test_bad_input_ends_in_one_message_and_its_exit_code(folder, run, request, arguments, code, message):
    """No traceback, and no folder that looks like a result."""
    (folder / "empty.csv").write_text("weight,age,fat\n")
    (folder / "text.csv").write_text("weight,age,fat\n" + "70,30,200\n" * 20 + "71,old,300\n")
    (folder / "rare.csv").write_text("weight,age,fat\n" + "70,30,common\n" * 20 + "71,31,rare\n")
    if arguments[1] == "model":
        request.getfixturevalue("saved")
    done = run(*arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert not list(folder.rglob("report.html"))


def test_ctrl_c_ends_with_130_and_keeps_the_folds_that_are_done(folder):
    """Interrupted while folds are running: no report is written, and the same command resumes."""
    # A test run in the background may have been started with SIGINT ignored, and its children inherit that.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from skdl.cli import main;"
        "main(['compare', 'fat.yaml', '--set', 'compare.cv.repeats=1000'])"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=folder, stderr=subprocess.PIPE, text=True)
    journal = folder / "reports" / "fat" / ".journal.jsonl"
    while not journal.exists() or journal.read_bytes().count(b"\n") < 20:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, output = process.communicate(timeout=300)
    assert (process.returncode, "interrupted" in output, "Traceback" in output) == (130, True, False)
    assert "folds are saved; the same command resumes there" in output
    assert not list(folder.rglob("report.html"))


def test_an_interrupted_run_resumes(folder, run):
    """The output names the number of finished folds."""
    run("compare", "fat.yaml", "--time-budget", "0.001s")
    done = run("compare", "fat.yaml")
    assert "resuming: 3 of 15 folds are already done" in done.stderr
    assert "starting from the beginning: fresh was asked for" in run("compare", "fat.yaml", "--fresh").stderr
    changed = run("compare", "fat.yaml", "--set", "models.knn.params.n_neighbors=5").stderr
    assert "reuses 2 of 3 models; fits knn: the model changed: model.n_neighbors 3, now 5" in changed


@pytest.mark.parametrize("time", ["soon", "0s", "-5", "1h30", "10 parsecs"])
def test_an_invalid_duration_is_a_usage_error(run, time):
    done = run("compare", "fat.yaml", "--model-timeout", time)
    assert done.returncode == 2
    assert "90s, 10m or 1h30m" in done.stderr


def test_every_model_failing_is_exit_code_1_with_the_errors(folder, run):
    """k-NN cannot have more neighbours than rows."""
    settings = ["--set", "models={knn: {params: {n_neighbors: 500}}}"]
    done = run("compare", "fat.yaml", *settings)
    assert done.returncode == 1
    assert "every model failed" in done.stderr
    assert "knn: ValueError" in done.stderr
    assert not (folder / "reports" / "fat").exists()


def test_import_skdl_loads_neither_keras_nor_jax():
    code = "import skdl, sys; print([name for name in ('keras', 'jax', 'sklearn', 'pandas') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_network_that_was_compared_scores_without_keras(folder):
    """The saved pipeline holds a NumPy network, and predicts as the Keras network."""
    X, y = load_wine(return_X_y=True, as_frame=True)
    net = make_pipeline(StandardScaler(), skdl.KerasMLPClassifier((8,), epochs=3, random_state=0)).fit(X, y)
    saved = skdl.save_model(net, folder / "net", X=X, y=y)
    X.to_csv(folder / "wine.csv", index=False)
    code = (
        "import sys, pandas as pd, joblib; model = joblib.load('net/model.joblib');"
        "print(model.predict_proba(pd.read_csv('wine.csv')).tolist());"
        "assert not {'keras', 'jax', 'scikeras'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=True)
    assert json.loads(done.stdout) == [pytest.approx(row, rel=1e-5, abs=1e-6) for row in net.predict_proba(X).tolist()]
    assert saved.sha256


@pytest.mark.parametrize("options", [("--version", "--verbose"), ("--verbose", "--version")], ids="".join)
def test_verbose_adds_python_platform_backend_and_packages_to_the_version(run, options):
    """An issue report needs nothing else."""
    done = run(*options)
    lines = dict(line.split(maxsplit=1) for line in done.stdout.replace("keras backend", "backend").splitlines())
    assert (done.returncode, done.stderr) == (0, "")
    assert lines["skdl"] == skdl.__version__
    assert lines["python"].startswith(platform.python_version())
    assert lines["backend"] == "jax"
    assert lines["scikit-learn"] == sklearn.__version__
    assert {"cpus", "platform", "jaxlib", "lightgbm", "tensorflow"} <= set(lines)
    assert not {"pytest", "sphinx"} & set(lines)


def test_version_is_one_line_and_verbose_alone_is_a_usage_error(run):
    """--verbose belongs to --version, not to other commands."""
    assert run("--version").stdout == f"skdl {skdl.__version__}\n"
    assert run("--verbose").returncode == run("--verbose", "models").returncode == 2


def test_init_writes_a_file_that_runs(folder, run):
    """Named after the table, in the working directory."""
    done = run("init", "table.csv", "--target", "fat")
    assert done.returncode == 0, done.stderr
    assert "Wrote table.yaml" in done.stdout
    assert run("check", "table.yaml", "--no-time").returncode == 0


def test_init_lists_what_it_decided_or_only_the_path(folder, run):
    done = run("init", "table.csv", "--target", "fat")
    listed = {line.split("  ")[0].strip() for line in done.stdout.splitlines()}
    assert {"target", "task", "rows", "columns", "rank by", "folds", "network"} <= listed
    assert done.stdout.splitlines()[-1] == "Check it, then run: skdl compare table.yaml"
    assert run("init", "table.csv", "--target", "fat", "--force", "--quiet").stdout == "table.yaml\n"
    assert "문제 유형" in run("init", "table.csv", "--target", "fat", "--force", "--lang", "ko").stdout
    assert "lang: ko" in (folder / "table.yaml").read_text()


def test_init_prints_where_it_is_asked_to(folder, run):
    done = run("init", "table.csv", "--target", "fat", "--out", "-")
    assert done.stdout.startswith("# table: predict fat from")
    assert not (folder / "table.yaml").exists()


def test_init_writes_over_nothing_unasked(folder, run):
    (folder / "table.yaml").write_text("mine")
    done = run("init", "table.csv", "--target", "fat")
    assert (done.returncode, (folder / "table.yaml").read_text()) == (2, "mine")
    assert "table.yaml already exists" in done.stderr
    assert run("init", "table.csv", "--target", "fat", "--force").returncode == 0


def test_init_into_another_folder_finds_the_table_from_there(folder, run):
    """The path in the file starts at the file."""
    assert run("init", "table.csv", "-t", "fat", "--out", "sub/new.yaml").returncode == 0
    assert "source: ../table.csv" in (folder / "sub" / "new.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("table.csv", "-t", "fatt"), 65, "no column 'fatt'; did you mean fat?"),
        (("tabel.csv", "-t", "fat"), 65, "tabel.csv: no such file; did you mean table.csv?"),
        (("table.csv",), 2, "table.csv: --target must name the column to predict. It has: '"),
    ],
    ids=["column", "file", "no target"],
)
def test_init_reports_errors_and_writes_nothing(folder, run, arguments, code, message):
    done = run("init", *arguments)
    assert done.returncode == code
    assert message in " ".join(done.stderr.split())
    assert "In a pipeline file" not in done.stderr
    assert not (folder / "table.yaml").exists()


def test_check_speaks_the_language_of_the_file(folder, run):
    (folder / "fat.yaml").write_text("lang: ko\n" + PIPELINE)
    done = run("check", "fat.yaml")
    assert "올바른 파일입니다." in done.stdout
    words = re.sub(r"fat|linear|knn|dummy|table\.csv|reports/\w+|K-", "", done.stdout)
    assert set(re.findall("[A-Za-z_]{2,}", words)) <= {"age", "weight", "rmse", "mae", "mape", "r2", "MB", "GB"}


def test_check_estimates_the_time(run):
    """Per model and in total; omitted when the trial fit is switched off."""
    timed, counted = run("check", "fat.yaml"), run("check", "fat.yaml", "--no-time")
    assert "about" in timed.stdout
    assert "total" in timed.stdout
    parts = ["total", "start and table", "recommended model", "report", "whole run"]
    rest = timed.stdout
    for part in parts:
        assert (rest := rest.partition(f"\n{part} ")[2]).splitlines()[0].partition(" s")[1]
    assert re.search(" [MG]B$", rest.splitlines()[0])  # of the whole run
    assert "about" not in counted.stdout
    assert "whole run" not in counted.stdout
    assert timed.stdout.count("The file is valid.") == counted.stdout.count("The file is valid.") == 1


def test_check_counts_the_folds_that_are_run(folder, run):
    """Time-ordered folds have no repeats, whether or not the fits are timed."""
    table = pd.read_csv(folder / "table.csv")
    table.assign(day=range(len(table))).to_csv(folder / "table.csv", index=False)
    settings = ["--set", "data.time=day", "--set", "compare.cv={folds: 4, repeats: 3}"]
    for option in ("--time", "--no-time"):
        shown = run("check", "fat.yaml", option, *settings).stdout
        assert shown.split("total")[1].split()[0] == "12"
        assert "repeats" not in shown


def test_check_names_a_model_that_needs_more_rows(run):
    done = run("check", "fat.yaml", "--set", "models.knn.params.n_neighbors=24")
    assert "knn failed to fit: " in done.stdout
    assert "not every model can be fitted on this table" in done.stdout


def test_compare_prints_how_it_inferred_the_task(compared):
    assert "note: task: regression, inferred from " in compared[1].stdout


def test_columns_go_by_the_names_in_the_table(folder, run):
    """Korean names and values of a cp949 file, from error to report."""
    table = pd.read_csv(folder / "table.csv").rename(columns={"fat": "혈중지방", "age": "나이"})
    table["도시"] = ["서울", "부산", "제주", "대구", "광주"] * 5
    table.to_csv(folder / "table.csv", index=False, encoding="cp949")
    assert "table.csv: the table has no column '혈증지방'; did you mean 혈중지방?".partition(": ")[2] in (
        run("check", "fat.yaml", "--set", "data.target=혈증지방").stderr
    )
    done = run("compare", "fat.yaml", "--set", "data.target=혈중지방")
    assert done.returncode == 0, done.stderr
    assert "혈중지방" in run("check", "fat.yaml", "--no-time", "--set", "data.target=혈중지방").stdout
    assert "혈중지방" in (folder / "reports" / "fat" / "report.html").read_text(encoding="utf-8")


def test_models_describes_one_model_when_to_use_it_and_what_it_needs(run):
    output = " ".join(run("models", "knn").stdout.split())
    assert "when Few features that all matter" in output
    assert "scaling Needed: it computes distances" in output
    assert "n_neighbors 5 Number of neighbors to use by default" in output


def test_models_shows_parameters_per_task_where_they_differ(run):
    assert run("models", "knn").stdout.count("\n  n_neighbors ") == 1
    assert run("models", "ridge").stdout.count("\n  alpha ") == 2
    assert "Indifferent" in run("models", "random_forest").stdout


@pytest.mark.parametrize(
    ("redirected", "code"),
    [("> /dev/full", 74), ("2> /dev/full", 0), ("2>&1 | head -1", 0)],
    ids=["out", "err", "head"],
)
def test_a_closed_output_stream_does_not_stop_a_comparison(folder, redirected, code):
    """The report is written; output that could not be printed is reported where possible."""
    command = f"set -o pipefail; {sys.executable} -m skdl compare fat.yaml {redirected}"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stdout + done.stderr
    assert (folder / "reports" / "fat" / "report.html").exists()
