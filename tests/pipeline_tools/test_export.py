"""Scripts of pipelines: each gives the numbers of its comparison."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from helpers.cases import cases
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier

import skdl
from skdl.exceptions import UsageError
from skdl.metrics import metric_names, resolve_metrics
from skdl.pipeline_tools import export_code
from skdl.tables import load_builtin

RNG = np.random.default_rng(0)
TREE = "tree: {use: decision_tree, params: {max_depth: 3}}"
N = 90
SHOPS = pd.DataFrame(
    {
        "when": pd.date_range("2024-01-01", periods=N // 3).repeat(3).strftime("%Y-%m-%d"),
        "shop": np.arange(N) % 11,
        "size": RNG.normal(size=N).round(3),
        "open": RNG.random(N) > 0.5,
        "sign": pd.Series(RNG.random(N) > 0.5, dtype=object).where(RNG.random(N) > 0.2),
        "색": RNG.choice(["빨강", "파랑", None], N),
        "note": [f"note {number}" for number in range(N)],
    }
)
SHOPS["sales"] = (SHOPS["size"] + SHOPS["open"]).round(3).where(RNG.random(N) > 0.1)
SHOPS["class"] = pd.cut(SHOPS["size"], [-9, -0.5, 0.5, 9], labels=["few", "some", "many"]).astype(str)
SHOPS = SHOPS.sample(frac=1, random_state=0)
TWO_KINDS = "preprocess: {categorical: {encode: target}}\n"


@pytest.fixture
def run_alone(tmp_path):
    """Run the script of a pipeline in a process of its own and give the finished process."""

    def run_script(spec, *arguments):
        (tmp_path / "script.py").write_text(export_code(spec), encoding="utf-8")
        command = [sys.executable, "script.py", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    return run_script


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the script of a pipeline in this process, which has imported everything already."""

    def run_script(spec, *arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["script.py", *arguments])
        capsys.readouterr()
        exec(export_code(spec), {})  # noqa: S102 - of our own writing, as all that is run here
        printed = capsys.readouterr()
        return subprocess.CompletedProcess("script.py", 0, printed.out, printed.err)

    return run_script


@pytest.fixture
def assert_same_numbers(run, tmp_path):
    """Compare the scores that the script of a pipeline writes with those of its comparison."""

    def check(spec, run=run):
        done = run(spec, "folds.csv")
        assert done.stderr == ""
        found = pd.read_csv(tmp_path / "folds.csv", engine="python")
        expected = skdl.compare(spec, insight=False, output_dir=tmp_path / "results").folds()
        pd.testing.assert_frame_equal(found, expected[found.columns], rtol=1e-12, atol=0)
        assert set(expected.columns) - set(found.columns) == {"fit_s", "predict_s", "status", "peak_memory_mb"}

    return check


def settings(metrics="null", folds=3, repeats=1):
    """Return the section on how to compare."""
    return f"compare: {{cv: {{folds: {folds}, repeats: {repeats}, seed: 2}}, tune: {{folds: 2}}, metrics: {metrics}}}"


def test_a_small_table_gives_the_same_numbers(read, assert_same_numbers, run_alone):
    """Repeats, a scaled target and a Keras network too; in a new process, which has imported nothing."""
    network = "keras_mlp: {params: {epochs: 3, hidden_layer_sizes: [4]}}"
    models = f"models: {{linear: , svm: , {network}}}"
    text = f"data: {{source: 'builtin:blood_fat', target: blood_fat}}\n{models}\n{settings(repeats=2)}"
    assert_same_numbers(read(text), run_alone)


def test_probabilities_and_a_search_give_the_same_numbers(read, assert_same_numbers):
    """The search ranks by log loss; ridge is calibrated."""
    text = (
        "data: {source: 'builtin:iris', target: species}\n"
        "models: {knn: {search: {n_neighbors: [1, 5]}}, ridge: , naive_bayes: }\n"
    )
    assert_same_numbers(read(text + settings("[log_loss, roc_auc, brier, accuracy, neg_brier_score, f1_micro]")))


CLASSES = """
classes: {threshold: accuracy}
models:
  naive_bayes: {balance: class_weight, search: {var_smoothing: [1.0e-9]}}
  gradient_boosting: {balance: class_weight, params: {n_estimators: 3}, threshold: none}
  tree: {use: decision_tree, params: {max_depth: 3}, threshold: none, calibrate: sigmoid}
  histograms: {use: hist_gradient_boosting, params: {max_iter: 20}, threshold: none}
"""


@pytest.mark.parametrize("key", ["groups", pytest.param("time", marks=pytest.mark.slow)])
def test_balance_calibration_and_threshold_give_the_same_numbers(read, assert_same_numbers, tmp_path, key):
    """Inner folds respect groups and time, and validation rows groups."""
    a, b = np.random.default_rng(1).normal(size=(2, 240))
    table = pd.DataFrame({"a": a, "b": b, "place": np.arange(240) // 6, "left": np.where(a + b > 1, "yes", "no")})
    table.to_csv(tmp_path / "t.csv", index=False)
    text = f"data: {{source: t.csv, target: left, {key}: place}}\n{CLASSES}{settings('[f1]', folds=2)}"
    assert_same_numbers(read(text))


def test_resampling_and_halving_give_the_same_numbers(read, assert_same_numbers):
    """Two packages have a Pipeline."""
    pytest.importorskip("imblearn")
    text = (
        "data: {source: 'builtin:breast_cancer', target: diagnosis}\n"
        "models: {logistic: {balance: smote, search: {C: [0.01, 0.1, 10.0]}}, tree: {use: decision_tree}}\n"
        "compare: {cv: {folds: 3, repeats: 1}, tune: {folds: 2, search: halving}, metrics: [log_loss]}"
    )
    spec = read(text)
    assert "enable_halving_search_cv" in export_code(spec)
    assert_same_numbers(spec)


def test_mixed_columns_with_gaps_give_the_same_numbers(read, assert_same_numbers):
    """And a search that draws at random."""
    text = (
        "data: {source: 'builtin:ice_cream?n_samples=80', target: sales, sample: 70}\n"
        f"models: {{ridge: {{search: {{alpha: {{loguniform: [0.01, 10]}}}}}}, {TREE}}}\n"
        "compare: {cv: {folds: 3, repeats: 1}, tune: {folds: 2, iterations: 2}}"
    )
    assert_same_numbers(read(text))


@pytest.mark.parametrize(
    ("data", "metrics", "more"),
    [
        ("target: class, drop: [sales], groups: shop", "[roc_auc, f1, recall]", TWO_KINDS),
        ("target: sales, drop: [class], time: when", "[mae, r2]", ""),
        ("target: [sales, size], drop: [class]", "[rmse]", ""),
        ("target: open, drop: [sales, class], categorical: [shop]", "[f1, precision, mcc]", ""),
    ],
    ids=["groups", "time", "two targets", "booleans"],
)
def test_a_file_gives_the_same_numbers(read, tmp_path, assert_same_numbers, data, metrics, more):
    """Text, booleans, gaps, and rows without a target."""
    SHOPS.to_csv(tmp_path / "shops.csv", index=False)
    search = "" if "[sales" in data else ", knn: {search: {n_neighbors: [1, 4]}}"
    text = f"data: {{source: shops.csv, {data}}}\nmodels: {{{TREE}{search}}}\n{more}{settings(metrics)}"
    assert_same_numbers(read(text))


SPLITS = {
    "hold-out": ("target: class, drop: [sales]", "holdout: 0.3"),
    "groups by class": ("target: class, drop: [sales], groups: shop", "holdout: 0.3, seed: 1"),
    "groups by quantiles": ("target: sales, drop: [class], groups: shop", "holdout: 0.3, stratify: true"),
    "last stretch": ("target: sales, drop: [class], time: when", "holdout: 0.3"),
    "column": ("target: sales, drop: [class], folds: shop", "seed: 1"),
    "quantiles": ("target: sales, drop: [class]", "folds: 3, repeats: 2, seed: 1, stratify: true"),
    "no strata": ("target: class, drop: [sales]", "folds: 3, repeats: 1, stratify: false"),
}


@pytest.mark.parametrize(("data", "cv"), cases(SPLITS, {"groups by class", "last stretch", "column"}))
def test_every_way_to_split_gives_the_same_numbers(read, tmp_path, assert_same_numbers, data, cv):
    """A search inside splits as the comparison's does."""
    SHOPS.to_csv(tmp_path / "shops.csv", index=False)
    models = "models: {knn: {search: {n_neighbors: [1, 5]}}}"
    more = f"compare: {{cv: {{{cv}}}, tune: {{folds: 2}}}}"
    assert_same_numbers(read(f"data: {{source: shops.csv, {data}}}\n{models}\n{more}"))


@pytest.mark.slow  # thresholds and hold-outs each have a test that runs by default
def test_a_threshold_inside_a_hold_out_gives_the_same_numbers(read, tmp_path, assert_same_numbers):
    """Groups reach the calibration inside a search."""
    SHOPS.assign(left=SHOPS["class"].eq("many").map({True: "yes", False: "no"})).to_csv(tmp_path / "shops.csv")
    data = "data: {source: shops.csv, target: left, drop: [sales, class, note], groups: shop}"
    models = "models: {logistic: {search: {C: [0.1, 10.0]}}}\nclasses: {calibrate: sigmoid, threshold: accuracy}"
    assert_same_numbers(read(f"{data}\n{models}\ncompare: {{cv: {{holdout: 0.3}}, tune: {{folds: 2}}}}"))


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.csv.gz", "t.parquet", "t-*.csv", "korean.csv", "odd.csv"])
def test_any_simple_file_is_read_by_pandas_alone(read, tmp_path, name):
    """By its ending, its encoding, and several by a pattern."""
    table = SHOPS.drop(columns=["class", "when"])
    if name == "odd.csv":
        table = table.rename(columns={"색": 'say "it\'s"'})
    if name == "t.parquet":
        table.to_parquet(tmp_path / name)
    else:
        options = {"sep": "\t" if name.endswith("tsv") else ",", "encoding": "cp949" if "korean" in name else "utf-8"}
        for file in [name.replace("*", number) for number in ("1", "2")]:
            table.to_csv(tmp_path / file, index=False, **options)
    spec = read(f"data: {{source: '{name}', target: sales}}\nmodels: {{linear: }}")
    code = export_code(spec)
    assert "from skdl" not in code
    assert_table_is_read_as_by(spec, code)


def names_before(end, code):
    """Run a script up to some text, and return what it has defined."""
    names = {}
    exec(code.partition(end)[0], names)  # noqa: S102 - of our own writing
    return names


def assert_table_is_read_as_by(spec, code):
    """Hold the table that a script reads against that of the comparison."""
    names, loaded = names_before("\ndef ", code), spec.load_table()
    pd.testing.assert_frame_equal(names["X"][loaded.X.columns], loaded.X)
    np.testing.assert_array_equal(names["y"], loaded.y)


def test_a_table_with_dates_is_read_through_skdl_and_gives_the_same_numbers(read, tmp_path, assert_same_numbers):
    """Marks, names, types, dates; and recipes of single columns."""
    table = SHOPS.assign(zip=[f"0{n % 7}" for n in range(N)], size=SHOPS["size"].map(str).str.replace(".", ","))
    table.to_csv(tmp_path / "t.txt", sep=";", index=False, encoding="cp949", decimal=",", na_rep="?")
    text = (
        "data: {source: t.txt, separator: ';', decimal: ',', encoding: cp949, na_values: '?', target: sales,"
        " rename: {색: colour}, dtypes: {zip: string}, dates: {when: [month, weekday, week]}, drop: [sign]}\n"
        "preprocess: {columns: {size: {scale: robust}, 'when_*': {impute: most_frequent}, zip: {max_categories: 3}}}\n"
        f"models: {{ridge: , knn: {{preprocess: {{numeric: {{scale: standard}}}}}}}}\n{settings()}"
    )
    assert_same_numbers(read(text))


def test_marks_names_and_types_of_a_text_file_are_read_by_pandas_alone(read, tmp_path):
    table = SHOPS.assign(zip=[f"0{n % 7}" for n in range(N)])[["size", "zip", "색", "sales"]]
    table.to_csv(tmp_path / "t.txt", sep=";", index=False, encoding="cp949", decimal=",", na_rep="?")
    text = (
        "data: {source: t.txt, separator: ';', decimal: ',', encoding: cp949, na_values: '?', target: sales,"
        " rename: {색: colour}, dtypes: {zip: string}}\nmodels: {ridge: }\n"
    )
    spec = read(text)
    code = export_code(spec)
    assert "from skdl" not in code
    assert_table_is_read_as_by(spec, code)


def test_names_in_a_table_run_nothing(read, tmp_path, run):
    """They are in the script as text."""
    names = ['"]; open("left", "w"); x = ["', "\"\"\"); open('left', 'w')  #", "a\nopen('left', 'w')", "{open('left')}"]
    frame = SHOPS[["size", "open", "shop"]].set_axis(names[:3], axis=1).assign(**{names[3]: SHOPS["sales"]})
    frame.to_parquet(tmp_path / "t.parquet")
    data = {"source": str(tmp_path / "t.parquet"), "target": names[3], "rename": {names[0]: names[0] + "b"}}
    spec = skdl.PipelineSpec.model_validate(
        {"name": names[0].replace("/", ""), "data": data, "models": {"linear": None}}
    )
    assert "linear" in run(spec).stdout
    assert not (tmp_path / "left").exists()


def test_a_built_in_table_is_read_through_skdl(read):
    """Pandas does not know it."""
    code = export_code(read("data: {source: builtin:xor, target: xor}\nmodels: {knn: }"))
    assert "table = read_table('builtin:xor')" in code


def test_a_table_that_pandas_alone_does_not_give_is_read_through_skdl(read, tmp_path, run):
    """Booleans with missing values that are declared as categories; the same fallback serves future options."""
    SHOPS.to_parquet(tmp_path / "t.parquet")
    text = "data: {source: t.parquet, target: sales, drop: [class], categorical: [sign]}\nmodels: {linear: }\n"
    spec = read(text + settings())
    assert "PipelineSpec.model_validate(declared).load_table()" in export_code(spec)
    assert "linear" in run(spec).stdout


def test_columns_have_the_memory_layout_of_a_comparison(read):
    """A sum in another order has other last digits."""
    spec = read("data: {source: 'builtin:wine', target: cultivar}\nmodels: {logistic: }")
    names = names_before("\ndef ", export_code(spec))
    assert names["X"].to_numpy().strides == spec.load()[0].to_numpy().strides


@pytest.mark.parametrize(
    ("task", "lacking"),
    [("regression", False), ("two classes", False), ("classification", False), ("classification", True)],
    ids=["regression", "two classes", "three classes", "a class lacks"],
)
def test_every_metric_measures_as_the_comparison_does(pipeline_on, task, lacking):
    """Over every metric there is, so that a new one is not forgotten."""
    X = pd.DataFrame({"a": RNG.normal(size=60), "b": RNG.normal(size=60)})
    task, classes = ("classification", "aab") if task == "two classes" else (task, "abc")
    y = X["a"].to_numpy() if task == "regression" else np.repeat(list(classes), 20).astype(object)
    rows = slice(0, 40) if lacking else slice(None)
    model = (LinearRegression() if task == "regression" else LogisticRegression()).fit(X[rows], y[rows])
    metrics = resolve_metrics(metric_names(task), task)
    spec = pipeline_on(X.assign(y=y), "linear" if task == "regression" else "logistic", [m.name for m in metrics])
    found = functions_of(spec)["measure"](model, X, y)
    scores = model.predict_proba(X) if task == "classification" else None
    expected = {m.name: m.measure(y, model.predict(X), scores, getattr(model, "classes_", None)) for m in metrics}
    assert found == pytest.approx(expected, rel=1e-12, abs=0, nan_ok=True)


@pytest.mark.parametrize("model", [RidgeClassifier(), DummyClassifier()], ids=["decision", "probabilities"])
def test_an_order_of_rows_is_enough_for_the_area_under_the_curve(pipeline_on, model):
    """Whether a model gives probabilities or not."""
    X, y = load_builtin("breast_cancer").iloc[:60, :3], np.repeat([False, True], 30)
    spec = pipeline_on(X.assign(y=y), "ridge", ["roc_auc"])
    fitted = model.fit(X, y)
    scores = fitted.predict_proba(X) if hasattr(fitted, "predict_proba") else fitted.decision_function(X)
    (metric,) = resolve_metrics(["roc_auc"], "classification")
    assert functions_of(spec)["measure"](fitted, X, y)["roc_auc"] == metric.measure(y, None, scores, fitted.classes_)


@pytest.fixture
def pipeline_on(read, tmp_path):
    """Make a pipeline on a table, with one model and some metrics."""

    def make(frame, model, metrics):
        frame.to_csv(tmp_path / "t.csv", index=False)
        return read(
            f"data: {{source: t.csv, target: y}}\nmodels: {{{model}: }}\ncompare: {{metrics: [{', '.join(metrics)}]}}\n"
        )

    return make


def functions_of(spec):
    """Return what a script defines before its loop over the models."""
    return names_before("\nrows = []", export_code(spec))


def test_a_script_prints_the_means_and_writes_no_file_without_a_path(read, run, tmp_path):
    """A row a model, the dummy too."""
    spec = read(f"data: {{source: 'builtin:blood_fat', target: blood_fat}}\nmodels: {{linear: }}\n{settings()}")
    shown = run(spec).stdout
    assert [line.split()[0] for line in shown.splitlines()] == ["rmse", "model", "linear", "dummy"]
    assert {file.name for file in tmp_path.iterdir()} == {"x.yaml"}


def test_a_model_that_fails_does_not_stop_the_others(read, run):
    """Its error is printed."""
    models = "{knn: {params: {n_neighbors: 500}}, linear: }"
    done = run(read(f"data: {{source: 'builtin:blood_fat', target: blood_fat}}\nmodels: {models}\n{settings()}"))
    assert "'model': 'knn', 'repeat': 1, 'fold': 3} failed: Expected n_neighbors" in done.stderr
    assert "linear" in done.stdout


@pytest.mark.parametrize("name", ["blood_fat", "breast_cancer", "digits", "ice_cream", "iris"])
def test_scripts_of_the_declared_pipelines_are_clean(repository, tmp_path, name):
    """Ruff finds no name that is not defined, and none that is not used."""
    file = tmp_path / "script.py"
    file.write_text(export_code(skdl.read_pipeline(repository / "pipelines" / f"{name}.yaml")), encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "check", "--select=F,E9,W", "--isolated", str(file)]
    done = subprocess.run(ruff, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "All checks passed!\n")


def test_groups_and_time_together_are_refused(read, tmp_path):
    SHOPS.to_csv(tmp_path / "shops.csv", index=False)
    spec = read("data: {source: shops.csv, target: sales, groups: shop, time: when}\nmodels: {linear: }")
    with pytest.raises(UsageError, match="groups or time, not both"):
        export_code(spec)


def test_costs_are_refused(read):
    """A script would decide without them."""
    text = "data: {source: builtin:iris, target: species}\nmodels: [knn]\ncompare: {costs: {matrix: {a: {a: 0}}}}\n"
    with pytest.raises(UsageError, match=r"compare\.costs is not written into scripts"):
        export_code(read(text))
