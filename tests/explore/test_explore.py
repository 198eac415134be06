"""The page's data, as Python writes it: what is fitted, shown, left out and refused."""

import base64
import json
import re
import sys
import zlib
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.frozen_networks import frozen_regressor
from helpers.page_networks import export
from helpers.weights import untrained
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import skdl
from skdl.cli import main
from skdl.cross_validation import Table
from skdl.exceptions import DataError, NotTrustedError, UsageError
from skdl.explore import Source, explore_models, explore_strings, write_explore_page, write_page_of
from skdl.schema import ModelWithSchema, describe_model
from skdl.tables import Reading

FILE = """
data: {source: builtin:iris, target: species}
models:
  keras_mlp: {params: {hidden_layer_sizes: [6], epochs: 12, learning_rate: 0.02}}
  logistic:
compare: {cv: {folds: 3, repeats: 1}, insight: false}
"""


def data_of(page):
    """Read the data out of a page."""
    text = re.search(r'type="application/json">(.*?)</script>', page.path.read_text(encoding="utf-8"), re.DOTALL)
    return json.loads(text[1])


def arrays_of(network):
    """Decode the arrays of a network."""
    dtype = np.dtype(network["dtype"]).newbyteorder("<")
    packed = network["is_packed"]
    flat = unpack(network["data"], dtype) if packed else np.frombuffer(base64.b64decode(network["data"]), dtype)
    return [
        flat[one["offset"] : one["offset"] + int(np.prod(one["shape"]))].reshape(one["shape"])
        for one in network["arrays"]
    ]


def unpack(text, dtype):
    """Decode compressed numbers, of which all first bytes come first."""
    planes = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
    return np.frombuffer(planes.reshape(np.dtype(dtype).itemsize, -1).T.tobytes(), dtype)


def snapshots_of(data):
    """Decode the arrays of each snapshot, by epoch, with the largest error of each array."""
    snapshots, kept = data["snapshots"], arrays_of(data["network"])
    ends = np.cumsum([array.size for array in kept])[:-1]
    scales, basis = np.array(snapshots["scales"]), np.array(snapshots["basis"])
    numbers = np.array([unpack(text, "<u2") for text in snapshots["data"]], int)
    whole = np.split((numbers >> 1) ^ -(numbers & 1), ends, axis=1)
    found = {}
    for epoch, shares in zip(snapshots["epochs"], basis, strict=True):
        arrays = [
            array + ((shares * scales[:, number]) @ whole[number]).reshape(array.shape)
            for number, array in enumerate(kept)
        ]
        found[epoch] = arrays, np.abs(shares) @ scales
    return found


def exit_code(*arguments):
    """Run `skdl explore`."""
    with pytest.raises(SystemExit) as ended:
        main(["explore", *map(str, arguments)])
    return ended.value.code


def explored(models, X, y, path, *, task="classification"):
    """Write the page of the first of some models, as the comparison of them does, without the folds."""
    source = explore_models("table", models, Table(X, np.asarray(y)), task=task, target="y", ranking=list(models))
    page = write_page_of(source, out=path, rows=0, lang="en")
    return page, data_of(page)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Compare two models of iris; return the results folder, whose saved model is the network."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "iris.yaml").write_text(FILE)
    comparison = skdl.compare(folder / "iris.yaml", output_dir=folder / "results", save_model="keras_mlp")
    return comparison.folder, comparison.model_pin


@pytest.fixture(scope="module")
def page(report, tmp_path_factory):
    """Write the page of that report."""
    return write_explore_page(report[0], out=tmp_path_factory.mktemp("page") / "explore.html")


# What is fitted


def test_the_network_of_a_report_is_fitted_again_and_repeats_the_saved_model(report, page):
    data, saved = data_of(page), skdl.load_model(report[0] / "model", sha256=report[1])
    assert any("gives the 8 reference predictions" in note for note in page.notes)
    for ours, theirs in zip(arrays_of(data["network"]), saved[-1].weights_, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_with_a_pin_the_weights_are_compared(report, tmp_path):
    page = write_explore_page(report[0] / "model", out=tmp_path / "x.html", sha256=report[1])
    assert "The network was fitted again on all rows, and its weights are those of the saved model." in page.notes


def test_another_table_is_named_in_a_note(report, tmp_path):
    frame = load_iris(as_frame=True).frame.iloc[::2]
    frame["species"] = np.array(["setosa", "versicolor", "virginica"])[frame.pop("target")]
    frame.to_csv(tmp_path / "half.csv", index=False)
    page = write_explore_page(report[0], data=tmp_path / "half.csv", out=tmp_path / "x.html")
    assert "The table is not the one that the models were compared on." in page.notes
    assert any("does not give the reference predictions" in note for note in page.notes)


def test_training_is_recorded(page):
    data = data_of(page)
    assert len(data["training"]["history"]["loss"]) == 12
    assert data["training"]["kept_epoch"] == 12
    assert data["training"]["parameters"]["learning_rate"] == "0.02"
    assert data["snapshots"]["epochs"] == list(range(13))
    assert data["snapshots"]["epochs"][data["snapshots"]["kept"]] == 12


@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_a_snapshot_holds_the_weights_of_a_network_that_was_trained_to_its_epoch(averaging, tmp_path):
    """Also where the weights that predict are averages over the epochs."""
    X, y = load_iris(return_X_y=True, as_frame=True)
    stop = {"early_stopping": True, "restore_best_weights": False, "patience": 50, "averaging": averaging}

    def net(epochs):
        return skdl.KerasMLPClassifier((4,), epochs=epochs, random_state=0, batch_size=32, **stop)

    models = {"net": net(9), "knn": KNeighborsClassifier()}
    _, data = explored(models, X, y, tmp_path / "x.html")
    assert {"patience": "50", "epochs": "9", "dropout": "0"}.items() <= data["training"]["parameters"].items()
    found, scales = snapshots_of(data)[5]
    for ours, theirs, scale in zip(found, skdl.freeze(net(5).fit(X, y)).weights_, scales, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=scale + 1e-6)


def test_a_strong_network_has_snapshots(tmp_path):
    """Its dropout falls over the epochs: a state that is no average, unlike its weights. Several have no kept epoch."""
    X, y = load_iris(return_X_y=True, as_frame=True)
    net = skdl.KerasRealMLPClassifier((4,), epochs=6, random_state=0, n_frequencies=8)
    _, data = explored({"net": net}, X, y, tmp_path / "x.html")
    assert len(data["snapshots"]["epochs"]) >= 6
    parameters = data["training"]["parameters"]
    assert parameters["n_frequencies"] == "8"  # not its default
    assert "category_size" not in parameters
    _, data = explored({"bag": clone(net).set_params(n_estimators=2)}, X, y, tmp_path / "y.html")
    assert data["snapshots"] is None
    training = data["training"]
    assert (training["kept_epoch"], training["n_networks"], training["diagnosis"]) == (None, 2, [])


def test_many_weights_are_rounded_to_keep_the_page_small(tmp_path):
    """A network of 256 and 128 units."""
    random = np.random.default_rng(0)
    X, y = random.normal(size=(60, 30)), random.normal(size=60)
    models = {"net": skdl.KerasMLPRegressor((256, 128), epochs=20, random_state=0)}
    page, data = explored(models, X, y, tmp_path / "x.html", task="regression")
    assert page.n_bytes < 1_500_000
    assert (data["network"]["is_packed"], data["snapshots"]["is_rounded"]) == (True, False)
    found = snapshots_of(data)
    assert len(found) >= 18
    for ours, exact in zip(found[20][0], arrays_of(data["network"]), strict=True):
        np.testing.assert_array_equal(ours, exact)
    model = skdl.freeze(skdl.KerasMLPRegressor((256, 128), epochs=5, random_state=0).fit(X, y))
    for ours, theirs in zip(found[5][0], model.weights_, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=0.002)


# What is shown


def test_units_that_do_not_react_are_dead_and_those_at_their_bounds_saturated():
    X = pd.DataFrame({"x": np.linspace(-1.0, 1.0, 50)})
    kernel, bias = np.array([[1.0, 1.0]]), np.array([0.0, -5.0])

    def states(activation):
        steep = 1.0 if activation == "relu" else 1000.0
        layers = [
            {"op": "dense", "kernel": 0, "bias": 1},
            {"op": "activation", "name": activation, "parameters": {}},
            {"op": "dense", "kernel": 2, "bias": None},
        ]
        arrays = [kernel * np.array([1.0, steep]), bias, np.ones((2, 1))]
        network = frozen_regressor(layers, arrays, (1,), feature_names_in=np.array(["x"], dtype=object))
        return export(network, X)[0]["network"]["members"][0]["stages"]

    hidden, output = states("relu")
    assert hidden["state"] == ["", "dead"]
    assert (hidden["kind"], hidden["n_units"], output["kind"], output["n_units"]) == ("hidden", 2, "output", 1)
    assert states("tanh")[0]["state"] == ["", "saturated"]


def test_columns_have_the_ranges_and_typical_values_of_the_table(page):
    X = load_iris(as_frame=True).data
    for column, (name, values) in zip(data_of(page)["columns"], X.items(), strict=True):
        assert (column["name"], column["kind"], column["whole"]) == (name, "number", False)
        found = [column[key] for key in ("minimum", "maximum", "typical")]
        assert found == pytest.approx([values.min(), values.max(), values.median()])
        assert sum(column["histogram"]) == pytest.approx(1, abs=0.01)
    assert max(column["importance"] for column in data_of(page)["columns"]) == 1


def test_a_column_that_the_network_ignores_has_no_importance():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 2)), columns=["used", "ignored"])
    layers = [{"op": "dense", "kernel": 0, "bias": None}]
    names = np.array(["used", "ignored"], dtype=object)
    network = frozen_regressor(layers, [[[1.0], [0.0]]], (2,), feature_names_in=names)
    assert [column["importance"] for column in export(network, X)[0]["columns"]] == [1.0, 0.0]


def test_a_column_that_the_preprocessing_drops_is_not_used():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 3)), columns=["a", "b", "c"])
    chosen = ColumnTransformer([("scale", StandardScaler(), ["a"]), ("keep", "passthrough", ["c"])])
    model = untrained(chosen, skdl.KerasMLPRegressor((2,), random_state=0), X, X["a"])
    data, _ = export(model, X)
    assert [column["preprocessing"] for column in data["columns"]] == [
        "scaled to mean 0 and standard deviation 1",
        "not used by the model",
        "as it is",
    ]
    assert [one["label"] for one in data["inputs"]] == ["a", "c"]


def test_surfaces_are_the_predictions_of_the_classical_models(report, tmp_path):
    """Of a model of the report, over its two most important columns, all others at the median."""
    data = data_of(write_explore_page(report[0], out=tmp_path / "x.html"))
    surfaces, X = data["surfaces"], load_iris(as_frame=True).data
    assert [model["name"] for model in surfaces["models"]] == ["logistic", "knn", "random_forest"]
    x, y = surfaces["pairs"][0]
    axes = [np.array(surfaces["axes"][str(number)]) for number in (x, y)]
    rows = pd.DataFrame([X.median()] * axes[0].size * axes[1].size)
    rows[X.columns[x]], rows[X.columns[y]] = np.tile(axes[0], axes[1].size), np.repeat(axes[1], axes[0].size)
    spec = skdl.read_pipeline(report[0] / "lock.yaml")
    table, target = spec.load()
    expected = spec.estimators()["logistic"].fit(table, target).predict_proba(rows).T
    found = np.frombuffer(base64.b64decode(surfaces["models"][0]["values"][0]), "<u2") / 65535
    np.testing.assert_allclose(found.reshape(3, -1), expected, atol=1e-5)


def test_a_model_without_a_network_shows_its_surface(report, tmp_path):
    page = write_explore_page(report[0], model="logistic", out=tmp_path / "x.html")
    data = data_of(page)
    assert data["network"] is None
    assert data["surfaces"]["models"][0]["name"] == "logistic"
    assert any(note.startswith("logistic has no hidden layers: ") for note in page.notes)


def test_a_network_that_only_keras_computes_shows_its_surface(tmp_path):
    import keras

    def branching(input_shape, n_outputs, output_activation):
        start = keras.Input(input_shape)
        sides = [keras.layers.Dense(3, activation="relu")(start) for _ in range(2)]
        return keras.Model(
            start, keras.layers.Dense(n_outputs, activation=output_activation)(keras.layers.Add()(sides))
        )

    X, y = load_iris(return_X_y=True, as_frame=True)
    models = {"net": skdl.KerasMLPClassifier(model=branching, epochs=1, random_state=0)}
    page, data = explored(models, X, y, tmp_path / "x.html")
    assert any("that the page cannot compute" in note for note in page.notes)
    assert data["surfaces"]["models"][0]["name"] == "net"


def test_an_image_has_all_of_its_pixels(read, tmp_path):
    """Three pixels of the digits have one value in all rows, and no model gets them."""
    file = tmp_path / "digits.yaml"
    file.write_text(
        "data: {source: builtin:digits, target: digit, sample: 200}\n"
        "models: {keras_mlp: {params: {hidden_layer_sizes: [4], epochs: 1}}}\n"
    )
    data = data_of(write_explore_page(file, out=tmp_path / "x.html"))
    table, _ = read(file.read_text()).load()
    assert (data["image"]["height"], data["image"]["width"], data["image"]["ink"]) == (8, 8, 16)
    assert len(data["columns"]) == len(data["image"]["mean"]) == 64
    by_name = {column["name"]: number for number, column in enumerate(data["columns"])}
    assert len(table.columns) < 64
    for name in table:
        row, column = map(int, re.findall(r"\d+", name))
        assert by_name[name] == 8 * row + column
        assert data["image"]["mean"][by_name[name]] == pytest.approx(table[name].mean(), abs=0.06)


def test_lessons_hold_their_rows(tmp_path):
    page = write_explore_page("builtin:xor", out=tmp_path / "x.html")
    rows, table = data_of(page)["rows"], pd.DataFrame(data_of(page)["rows"]["cells"])
    assert (page.n_rows, rows["n"], table.shape) == (400, 400, (2, 400))
    assert [one["title"] for one in data_of(page)["training"]["diagnosis"]] == ["Healthy"]
    assert data_of(page)["try_it"] == {
        "learning_rate": 0.02,
        "batch_size": 32,
        "activation": "tanh",
        "hidden_layer_sizes": [8],
        "l2": 0.0,
    }


@pytest.mark.parametrize(
    ("settings", "note"),
    [
        ({"calibrate": "sigmoid"}, "The model calibrates them afterwards"),
        ({"threshold": "f1"}, "The model uses a threshold that was tuned"),
        ({"search": {"learning_rate": [0.01, 0.02]}}, "This page holds no rows"),
        ({"balance": "oversample"}, "This page holds no rows"),
    ],
    ids=["calibration", "threshold", "search", "resampling"],
)
def test_a_network_in_wrappers_is_found_with_its_training(settings, note, tmp_path):
    model = {"params": {"hidden_layer_sizes": [3], "epochs": 3}, **settings}
    file = tmp_path / "x.yaml"
    content = {
        "data": {"source": "builtin:breast_cancer", "target": "diagnosis"},
        "models": {"keras_mlp": model},
        "compare": {"cv": {"folds": 2, "repeats": 1}, "tune": {"folds": 2}},
    }
    file.write_text(yaml.safe_dump(content))
    page = write_explore_page(file, out=tmp_path / "x.html")
    data = data_of(page)
    assert any(note in one for one in page.notes)
    assert [stage["n_units"] for stage in data["network"]["members"][0]["stages"]] == [3, 1]
    assert data["snapshots"]["epochs"] == [0, 1, 2, 3]
    last = snapshots_of(data)[3][0]
    for ours, exact in zip(last, arrays_of(data["network"]), strict=True):
        np.testing.assert_allclose(ours, exact, atol=1e-3)


# What is left out


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    """Write a table with a text and categories that a page must not hold, or not end with; and its pipeline file."""
    folder = tmp_path_factory.mktemp("letters")
    random = np.random.default_rng(0)
    n = 60
    frame = pd.DataFrame(
        {
            "size": random.normal(size=n).round(6) + 1000,
            "kind": np.array(["</script><b>", "<!--", "a"])[np.arange(n) % 3],
            "letter": [f"dear friend number{number} come soon to our quiet house" for number in range(n)],
            "y": np.arange(n) % 2,
        }
    )
    frame.to_csv(folder / "letters.csv", index=False)
    (folder / "letters.yaml").write_text(
        "data: {source: letters.csv, target: y, text: [letter]}\n"
        "models: {keras_mlp: {params: {hidden_layer_sizes: [3], epochs: 2}}}\n"
        "preprocess: {text: {components: 2}}\n"
    )
    return frame, folder / "letters.yaml"


@pytest.fixture(scope="module")
def letters_page(letters):
    """Write their page."""
    return write_explore_page(letters[1], out=letters[1].with_name("x.html"))


def test_a_page_holds_no_rows_unless_they_were_asked_for(letters, letters_page):
    """No text of a row, and no number but the smallest and the largest."""
    frame, page = letters[0], letters_page
    text = page.path.read_text(encoding="utf-8")
    inner = frame["size"].sort_values().iloc[1:-1]
    assert "number7" not in text
    assert [value for value in inner if repr(value) in text] == []
    assert page.notes[-1] == "This page holds no rows of the table."
    assert any("stay at their typical value" in note and "letter" in note for note in page.notes)


def test_rows_that_were_asked_for_are_rows_of_the_table(letters, tmp_path):
    frame, file = letters
    page = write_explore_page(file, out=tmp_path / "x.html", rows=20)
    data = data_of(page)
    cells = pd.DataFrame(dict(enumerate(data["rows"]["cells"]))).assign(y=data["rows"]["target"][0])
    expected = pd.DataFrame(
        {0: frame["size"], 1: frame["kind"].map({"</script><b>": 1.0, "<!--": 0.0, "a": 2.0}), 2: 0.0, "y": frame["y"]}
    )
    assert len(cells) == 20
    known = set(map(tuple, expected.itertuples(index=False)))
    assert [row for row in map(tuple, cells.itertuples(index=False)) if row not in known] == []
    assert "20 rows of the table. Whoever gets it" in page.notes[-1]


def test_names_and_categories_cannot_end_the_data(letters_page):
    """The browser looks for the end of a script before it reads JSON."""
    assert data_of(letters_page)["columns"][1]["categories"] == ["<!--", "</script><b>", "a"]
    text = letters_page.path.read_text(encoding="utf-8")
    assert text.count("</script>") == 2
    assert "<!--" not in text.partition("application/json")[2].partition("</script>")[0]


def test_a_page_loads_nothing_from_outside(page):
    text = page.path.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", text) == []


# Saved models without a table


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Save a network from Python, with its rows."""
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = untrained(StandardScaler(), skdl.KerasMLPClassifier((5,), random_state=0), X, y)
    return skdl.save_model(model, tmp_path_factory.mktemp("saved") / "model", X=X, y=y)


def test_a_saved_model_is_shown_without_a_table(saved, tmp_path):
    page = write_explore_page(saved.path, out=tmp_path / "x.html", sha256=saved.sha256)
    data = data_of(page)
    assert (data["training"], data["snapshots"], data["surfaces"], data["rows"]) == (None, None, None, None)
    assert data["columns"][0]["minimum"] == pytest.approx(4.3)
    assert len(data["network"]["members"][0]["stages"]) == 2
    assert any("no training to replay" in note for note in page.notes)


def test_a_saved_model_of_which_nothing_can_be_drawn_says_so(tmp_path):
    """Behind a projection, and without the ranges of its columns."""
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = untrained(PCA(2), skdl.KerasMLPClassifier((2,), random_state=0), X, y)
    schema = describe_model(model, X, y)[0]
    columns = tuple(replace(column, minimum=None, maximum=None) for column in schema.columns)
    source = Source("iris", "net", fitted=ModelWithSchema(model, replace(schema, columns=columns), Reading()))
    page = write_page_of(source, out=tmp_path / "x.html", rows=None, lang=None)
    assert page.notes[0] == (
        "There is no picture of net: the page cannot compute it as a network, and the ranges of its columns are not "
        "known. Make the page again with --data TABLE, which has them."
    )


def test_a_saved_model_that_is_not_trusted_is_not_loaded(saved, tmp_path):
    with pytest.raises(NotTrustedError, match="nothing shows that this one can be trusted"):
        write_explore_page(saved.path, out=tmp_path / "x.html")


# In Python, and refused


def test_a_comparison_writes_the_page_of_its_best_network(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, y = load_iris(return_X_y=True, as_frame=True)
    net = make_pipeline(StandardScaler(), skdl.KerasMLPClassifier((5,), epochs=2, random_state=0))
    models = {"knn": KNeighborsClassifier(), "net": net, "logistic": LogisticRegression(max_iter=500)}
    comparison = skdl.compare(models, X, y, cv=3, repeats=1, insight=False)
    page = comparison.explore(rows=7, lang="ko")
    assert (page.model, page.n_rows, page.path.name) == ("net", 7, "explore.html")
    assert page._repr_html_().startswith('<a href="explore.html" target="_blank">explore.html</a><br>이 페이지에는')
    data = data_of(page)
    assert data["lang"] == "ko"
    assert sorted(model["name"] for model in data["surfaces"]["models"]) == ["knn", "logistic"]
    with pytest.raises(UsageError, match=r"--model must be one of .*; got 'nte'; did you mean net"):
        comparison.explore(model="nte")


def test_too_many_columns_are_refused():
    X = np.random.default_rng(0).normal(size=(40, 201))
    models = {"net": skdl.KerasMLPRegressor((2,), epochs=1, random_state=0)}
    with pytest.raises(DataError, match="must have 200 columns at most, unless they are the pixels of images; got 201"):
        explored(models, X, X[:, 0], "x.html", task="regression")


def test_a_file_that_is_no_such_page_is_not_overwritten(tmp_path):
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    with pytest.raises(UsageError, match="was not written by skdl explore"):
        write_explore_page("builtin:xor", out=tmp_path / "mine.html")
    assert (tmp_path / "mine.html").read_text() == "<p>mine</p>"


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ("nowhere", 65, "nowhere must be the results folder of skdl compare, "),
        ("nowhere --lang ko", 65, "nowhere: skdl compare의 결과 폴더, "),
        ("builtin:xro", 65, "builtin:xro: no such table; did you mean xor?"),
        ("builtin:xor --rows 2001", 2, "--rows must be a whole number from 0 to 2,000; got 2001."),
        ("builtin:xor --data table.csv", 2, "--data must be left out with builtin:xor"),
        ("builtin:xor --model knn", 2, "--model must be one of keras_mlp, dummy; got 'knn'"),
        ("builtin:xor --out .", 2, "--out must be a file; got the folder ."),
        ("{report} --model knn", 2, "--model must be one of "),
        ("{report} --data nowhere.csv", 65, "nowhere.csv: no such file"),
        ("{report} --data other.csv", 65, "other.csv: must have the columns of the training; the table has no column "),
    ],
)
def test_bad_input_is_one_line(arguments, code, text, report, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n3,4\n")
    assert exit_code(*arguments.format(report=report[0]).split()) == code
    reading, message = capsys.readouterr().err.splitlines()
    assert arguments.split()[0].format(report=report[0]) in reading
    assert text in message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.csv"]


def test_a_wrong_language_is_one_line(capsys):
    assert exit_code("builtin:xor", "--lang", "fr") == 2
    assert capsys.readouterr().err == "skdl: lang must be one of en, ko; got 'fr'.\n"


@pytest.mark.parametrize(
    ("backend", "code", "text"),
    [
        ("torch", 78, "networks need torch, because KERAS_BACKEND is torch, and it is not installed. Install it: pip"),
        ("jax", 78, "networks need jax, which is not installed. Install it: pip install jax"),
        ("absent", 2, "KERAS_BACKEND must be one of jax, numpy, openvino, tensorflow, torch; got 'absent'."),
    ],
    ids=["torch", "jax", "unknown"],
)
def test_a_missing_backend_is_one_line_that_says_what_to_install(backend, code, text, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == backend else name)
    assert exit_code("builtin:xor", "--out", tmp_path / "x.html") == code
    assert text in capsys.readouterr().err.splitlines()[-1]


def test_columns_that_the_pipeline_drops_may_be_absent_from_another_table(tmp_path):
    table = pd.DataFrame({"id": range(40), "x": np.arange(40.0) % 7, "y": np.arange(40.0)})
    table.to_csv(tmp_path / "whole.csv", index=False)
    table[["x", "y"]].to_csv(tmp_path / "less.csv", index=False)
    file = tmp_path / "drops.yaml"
    file.write_text("data: {source: whole.csv, target: y, drop: [id], dtypes: {id: string}}\nmodels: {linear: }\n")
    page = write_explore_page(file, data=tmp_path / "less.csv", out=tmp_path / "x.html")
    data = data_of(page)
    assert [column["name"] for column in data["columns"]] == ["x"]
    assert data["surfaces"]["pairs"] == [[0, 0]]  # a curve
    assert len(base64.b64decode(data["surfaces"]["models"][0]["values"][0])) == 2 * 32


def test_a_table_that_is_gone_is_named_with_the_remedy(pipeline, letters, tmp_path, capsys):
    spec = pipeline(letters[0][["size", "y"]], models="{logistic: }", more="compare: {cv: {folds: 2}, insight: false}")
    skdl.compare(spec, output_dir=tmp_path / "results")
    (tmp_path / "t.csv").unlink()
    assert exit_code(tmp_path / "results") == 65
    assert re.search(r"t\.csv: the table .* Name it with --data TABLE; or show", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("lang", "steps", "wrote"),
    [
        (
            "en",
            ["reading builtin:xor", "fitting keras_mlp", "fitting knn, to compare with"],
            "Wrote {file}: keras_mlp, ",
        ),
        (
            "ko",
            ["builtin:xor를 읽는 중", "keras_mlp를 학습하는 중", "비교할 knn을 학습하는 중"],
            "{file}을 썼습니다: keras_mlp, ",
        ),
    ],
)
def test_the_command_says_what_it_does_and_what_it_wrote(lang, steps, wrote, tmp_path, capsys):
    file = tmp_path / "x.html"
    assert exit_code("builtin:xor", "--out", file, "--lang", lang) == 0
    printed = capsys.readouterr()
    assert [step for step in steps if step not in printed.err.splitlines()] == []
    note, last = printed.out.splitlines()
    assert "400" in note
    assert last.startswith(wrote.format(file=file))


# Strings


def test_both_languages_have_the_same_strings_with_the_same_values():
    english, korean = (explore_strings(lang)[0].table for lang in ("en", "ko"))
    own = yaml.safe_load(files("skdl.explore").joinpath("strings.en.yaml").read_text(encoding="utf-8"))
    keys = [f"{group}.{key}" for group, strings in own.items() for key in strings]

    def values(text):
        return set(re.findall(r"\{(\w+)", text))

    assert [key for key in keys if key not in korean or values(english[key]) != values(korean[key])] == []
    other = yaml.safe_load(files("skdl.explore").joinpath("strings.ko.yaml").read_text(encoding="utf-8"))
    assert [f"{group}.{key}" for group, strings in other.items() for key in strings] == keys


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_string_takes_its_values(lang):
    """Also where a particle follows a value."""
    strings = explore_strings(lang)[0]
    own = [key for key in strings.table if key.startswith(("explore.", "model_label.", "preprocessing.", "remark."))]
    assert len(own) > 40
    for key in own:
        names = set(re.findall(r"\{(\w+)", strings.table[key]))
        assert "{" not in strings(key, **dict.fromkeys(names, "value"))


def test_every_string_that_the_page_asks_for_is_there():
    source = files("skdl.explore").joinpath("page", "src")
    asked = {
        key
        for path in source.rglob("*.ts")
        for key in re.findall(r"\bt\(\s*\"([a-z_]+\.[a-z_0-9]+)\"", path.read_text(encoding="utf-8"))
    }
    assert len(asked) > 50
    assert sorted(asked - explore_strings("en")[1].keys()) == []


# Categories that may identify a row


def tickets(n=120):
    """Make a table of frequent and rare categories, and of names that occur once."""
    places = np.arange(n)
    return pd.DataFrame(
        {
            "name": [f"Passenger{place:03d}" for place in places],
            "ticket": np.where(
                places < 80, np.array(["one-way", "return"])[places % 2], "No. " + pd.Index(places).astype(str)
            ),
            "age": np.random.default_rng(0).normal(40.0, 10.0, n),
            "y": places % 2,
        }
    )


TICKETS = """
data: {source: tickets.csv, target: y, categorical: [name, ticket]}
models: {keras_mlp: {params: {hidden_layer_sizes: [3], epochs: 1}}}
preprocess: {categorical: {encode: %s}}
"""


@pytest.mark.parametrize("encode", ["onehot", "ordinal", "target"])
def test_rare_categories_are_not_named(encode, tmp_path):
    """Two occur in 40 rows each, and all others once."""
    tickets().to_csv(tmp_path / "tickets.csv", index=False)
    (tmp_path / "x.yaml").write_text(TICKETS % encode)
    page = write_explore_page(tmp_path / "x.yaml", out=tmp_path / "x.html")
    text, data = page.path.read_text(encoding="utf-8"), data_of(page)
    assert re.findall(r"Passenger\d+|No\. \d+", text.partition("application/json")[2].partition("</script>")[0]) == []
    assert [column["categories"] for column in data["columns"][:2]] == [["other"], ["one-way", "return", "other"]]
    assert data["columns"][1]["histogram"] == pytest.approx([1 / 3] * 3, abs=1e-3)
    assert any(note.endswith("name (120), ticket (40).") for note in page.notes)
    if encode == "onehot":
        labels = [one["label"] for one in data["inputs"]]
        assert {"ticket = one-way", "ticket (rare 1)", "ticket (rare 40)", "name (rare 120)"} <= set(labels)


def test_rows_of_the_page_keep_their_own_categories(tmp_path):
    """Whoever embeds rows chose to show them."""
    frame = tickets()
    frame.to_csv(tmp_path / "tickets.csv", index=False)
    (tmp_path / "x.yaml").write_text(TICKETS % "onehot")
    data = data_of(write_explore_page(tmp_path / "x.yaml", out=tmp_path / "x.html", rows=10))
    names = [data["columns"][0]["categories"][cell] for cell in data["rows"]["cells"][0]]
    assert len(data["columns"][0]["categories"]) == 11
    assert len(set(names)) == 10
    known = frame.set_index("name")
    for name, age in zip(names, data["rows"]["cells"][2], strict=True):
        assert known.loc[name, "age"] == pytest.approx(age)


def test_many_categories_are_the_most_frequent_ones(tmp_path):
    """Of 300 with at least 5 rows, and of fewer where each is a long vector."""
    places = np.concatenate([np.repeat(np.arange(1300), 5), np.repeat(np.arange(100, 400), 2)])
    frame = pd.DataFrame({"code": "K" + pd.Index(places).astype(str), "x": places % 7, "y": places % 2})
    frame.to_csv(tmp_path / "tickets.csv", index=False)
    text = (TICKETS % "onehot").replace("[name, ticket]", "[code]")
    # 100 trees on 1,600 columns would take a minute.
    (tmp_path / "x.yaml").write_text(text.replace("models: {", "models: {random_forest: {params: {n_estimators: 2}}, "))
    page = write_explore_page(tmp_path / "x.yaml", out=tmp_path / "x.html")
    column = data_of(page)["columns"][0]
    assert len(column["categories"]) == 100_000 // 1300 + 1
    assert {int(name[1:]) for name in column["categories"][:-1]} <= set(range(100, 400))
    assert page.n_bytes < 1_500_000


def test_a_model_that_refuses_unknown_categories_has_other_ones(tmp_path):
    """Then a rare one stands for all, without its name; predictions for the others are exact."""
    X, y = tickets().drop(columns=["name", "y"]), tickets()["y"]
    chosen = ColumnTransformer([("kind", OneHotEncoder(sparse_output=False), ["ticket"])], remainder="passthrough")
    model = untrained(chosen, skdl.KerasMLPClassifier((2,), random_state=0), X, y)
    data, _ = export(model, X, y, lang="ko")
    assert data["columns"][0]["categories"] == ["one-way", "return", "기타"]
    (table,) = data["groups"][0]["steps"][0]["tables"]
    expected = chosen.fit(X).transform(pd.DataFrame({"ticket": ["one-way", "return", "No. 100"], "age": 0.0}))[:, :-1]
    np.testing.assert_array_equal(np.array(table)[:2], expected[:2])
    assert np.sum(table[2]) == 1


def test_without_a_table_many_categories_are_not_named(tmp_path):
    X, y = tickets()[["name", "age"]], tickets()["y"]
    saved = skdl.save_model(
        skdl.KerasRealMLPClassifier((3,), random_state=0).initialize(X, y), tmp_path / "model", X=X, y=y
    )
    page = write_explore_page(saved.path, out=tmp_path / "x.html", sha256=saved.sha256)
    assert data_of(page)["columns"][0]["categories"] == ["other"]
    assert "Passenger" not in page.path.read_text(encoding="utf-8")
    assert any(note.endswith("“other”: name (120).") for note in page.notes)


def test_an_ensemble_of_networks_and_a_transformed_target_are_named_as_such(tmp_path):
    """A saved model has no other one to choose."""
    X, y = tickets()[["age"]], tickets()["y"]
    classifier = skdl.KerasMLPClassifier((2,), epochs=1, random_state=0)
    regressor = skdl.KerasMLPRegressor((2,), epochs=1, random_state=0)
    models = {
        "calibrated": (CalibratedClassifierCV(classifier, cv=2), "combines several models", y),
        "bagged": (BaggingClassifier(classifier, n_estimators=2, random_state=0), "combines several models", y),
        "transformed": (TransformedTargetRegressor(regressor), "that the page cannot compute", X["age"]),
        "plain": (LogisticRegression(), "LogisticRegression has no hidden layers", y),
    }
    for name, (model, text, target) in models.items():
        saved = skdl.save_model(model.fit(X, target), tmp_path / name, X=X, y=target)
        steps = []
        page = write_explore_page(
            saved.path,
            out=tmp_path / "x.html",
            sha256=saved.sha256,
            on_step=lambda step, _, found=steps: found.append(step),
        )
        assert any(text in note for note in page.notes), name
        assert not any("--model" in note for note in page.notes)
        with pytest.raises(UsageError, match=f"--model must be left out: .*{name} holds one model"):
            write_explore_page(saved.path, model="knn", sha256=saved.sha256)
        assert "fit" not in steps


def test_labels_have_the_names_of_their_columns():
    X = tickets()[["age"]]
    y = pd.DataFrame({"old": (X["age"] > 40).astype(int), "even": np.arange(len(X)) % 2})
    model = skdl.KerasMLPClassifier((2,), random_state=0).initialize(X, y)
    assert export(model, X, y)[0]["outputs"] == ["old", "even"]


@pytest.mark.parametrize("given", [{"rows": "x"}, {"rows": 2.5}, {"rows": True}, {"out": 5}], ids=str)
def test_arguments_of_other_types_are_refused_before_fitting(given):
    with pytest.raises(UsageError, match=f"{next(iter(given))} must be a "):
        write_explore_page("builtin:xor", on_step=lambda step, _: pytest.fail(step) if step == "fit" else None, **given)


def test_a_network_behind_a_projection_of_all_columns_is_shown_by_its_surface(tmp_path):
    """No column can be moved in the network itself."""
    X, y = load_iris(return_X_y=True, as_frame=True)
    net = skdl.KerasMLPClassifier((3,), epochs=1, random_state=0)
    models = {"net": make_pipeline(StandardScaler(), PCA(2), net), "knn": KNeighborsClassifier()}
    page, data = explored(models, X, y, tmp_path / "x.html")
    assert (data["network"], data["snapshots"]) == (None, None)
    assert [one["name"] for one in data["surfaces"]["models"]] == ["net", "knn"]
    assert any("that the page cannot compute" in note for note in page.notes)
