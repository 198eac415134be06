"""What the page computes is what the NumPy network computes: in Chromium, from the data that Python writes.

Networks have random weights: nothing is trained.
"""

import json

import numpy as np
import pandas as pd
import pytest
from helpers.page_networks import N_ROWS, Weights, act, export, numbers, rows_to_compare, target
from sklearn import impute, preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline, make_pipeline

import skdl
from skdl.explore import SnapshotSize, encode_snapshots, predict_model, write_explore_page
from skdl.frozen import ACTIVATIONS
from skdl.preprocessing import PiecewiseLinearEncoder, RobustSmoothClip

pytestmark = pytest.mark.browser

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}


def check(compute, model, X, y):
    """Compare the predictions of page and model; return the page's data and columns, the rows, and what it computed."""
    data, columns = export(model, X, y)
    cells = rows_to_compare(columns)
    computed = compute(data, cells)
    expected = predict_model(model, columns.rows(cells))
    np.testing.assert_allclose(computed["outputs"], expected, **TOLERANCE)
    assert len(np.unique(expected[:, 0])) > len(columns.columns)  # else each column might be ignored
    return data, columns, cells, computed


# Activations


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_activation(compute, dtype):
    """Between -30 and 30, with tails and kinks."""
    x = np.linspace(-30.0, 30.0, 241)
    X = pd.DataFrame({"a": x, "b": np.roll(x, 7), "c": -x / 5, "d": np.sign(x)})

    def network(name):
        return Weights().regressor(4, [act(name)], n_outputs=2 if name == "glu" else 4, dtype=dtype)

    data, columns = export(network("linear"), X, np.zeros((len(X), 4)))
    cells, wrong = columns.cells(X), []
    for name in ACTIVATIONS:
        frozen = network(name)
        (member,) = data["network"]["members"]
        center, scale = frozen.target_center_.tolist(), frozen.target_scale_.tolist()
        of_name = {
            "outputs": data["outputs"][: len(center)],
            "target_center": center,
            "target_scale": scale,
            "network": {**data["network"], "members": [{**member, "layers": [act(name)]}]},
        }
        computed = compute({**data, **of_name}, cells)["outputs"]
        if not np.allclose(computed, predict_model(frozen, columns.rows(cells)), **TOLERANCE):
            wrong.append(name)
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("celu", {"alpha": 0.4}),
        ("elu", {"alpha": 0.4}),
        ("gelu", {"approximate": True}),
        ("hard_shrink", {"threshold": 1.5}),
        ("leaky_relu", {"negative_slope": 0.05}),
        ("relu", {"negative_slope": 0.1}),
        ("relu", {"max_value": 1.5}),
        ("relu", {"max_value": None, "threshold": 0.5}),
        ("relu", {"negative_slope": 0.2, "max_value": 2.0, "threshold": 1.0}),
        ("soft_shrink", {"threshold": 1.5}),
        ("sparsemax", {"summed": False}),
    ],
)
def test_parameters_of_activations(compute, name, parameters):
    frozen = Weights().regressor(3, [act(name, **parameters)], n_outputs=3)
    check(compute, frozen, numbers(3, scale=3.0), np.zeros((N_ROWS, 3)))


# Layers


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_dense_layers(compute, activation):
    """Of sizes that fill the blocks of a product and that do not."""
    for sizes in [(5, 1), (4, 7, 1), (3, 16, 9, 1)]:
        weights = Weights()
        frozen = weights.regressor(sizes[0], weights.layers(*sizes, activation=activation))
        check(compute, frozen, numbers(sizes[0]), target())


def test_one_row_is_computed_as_many(compute):
    weights = Weights()
    data, columns = export(weights.regressor(6, weights.layers(6, 8, 3, 1)), numbers(6), target())
    cells = rows_to_compare(columns)
    together = compute(data, cells)["outputs"]
    alone = np.vstack([compute(data, cells[[row]])["outputs"] for row in range(5)])
    np.testing.assert_allclose(alone, together[:5], rtol=1e-12)


def test_rows_that_differ_in_two_columns(compute):
    """Then all other inputs are multiplied once."""
    weights = Weights()
    frozen = weights.regressor(9, weights.layers(9, 8, 1))
    data, columns = export(frozen, numbers(9), target())
    cells = np.tile(columns.typical, (40, 1))
    cells[:, [2, 7]] = np.random.default_rng(0).normal(size=(40, 2))
    np.testing.assert_allclose(compute(data, cells)["outputs"][:, 0], frozen.predict(columns.rows(cells)), **TOLERANCE)


def test_batch_normalisation_and_a_large_mean(compute):
    """Float32 loses digits of a number before its mean is subtracted, and the page loses the same."""
    weights = Weights()
    X = numbers(3) + 1e5
    affine = {"op": "affine", "mean": weights.add(3), "scale": weights.add(3), "shift": weights.add(3)}
    weights.arrays[affine["mean"]] = np.full(3, 1e5)
    check(compute, weights.regressor(3, [affine, *weights.layers(3, 4, 1)]), X, target())


def test_maxout(compute):
    weights = Weights()
    maxout = [weights.dense(4, 15), {"op": "reshape", "shape": [3, 5]}, {"op": "max"}]
    check(compute, weights.regressor(4, [*maxout, weights.dense(5, 1)]), numbers(4), target())


def test_layers_on_the_last_of_several_axes(compute):
    """A reshape with an axis that is left open, a dense layer on each part, and softmax in each part."""
    weights = Weights()
    layers = [
        {"op": "reshape", "shape": [-1, 3]},
        weights.dense(3, 4),
        act("softmax"),
        {"op": "affine", "mean": weights.add(4), "scale": weights.add(4), "shift": weights.add(4)},
        {"op": "reshape", "shape": [8]},
        weights.dense(8, 1),
    ]
    check(compute, weights.regressor(6, layers), numbers(6), target())


def test_parametric_activations_and_the_range_of_outputs(compute):
    weights = Weights()
    share, low, high = weights.add(6), weights.add(2), weights.add(2)
    weights.arrays[low], weights.arrays[high] = np.array([-0.3, -0.2]), np.array([0.1, 0.4])
    layers = [
        weights.dense(4, 6),
        {"op": "blend", "name": "mish", "share": share},
        weights.dense(6, 2),
        {"op": "clip", "low": low, "high": high},
    ]
    _, _, _, computed = check(compute, weights.regressor(4, layers, n_outputs=2), numbers(4), np.zeros((N_ROWS, 2)))
    assert len(np.unique(computed["outputs"][:, 0])) < len(computed["outputs"])  # some were clipped


def test_a_bag_of_networks(compute):
    weights = Weights()
    members = [weights.layers(4, 6, 2) for _ in range(3)]
    frozen = weights.regressor(4, [{"op": "average", "members": members}], n_outputs=2)
    check(compute, frozen, numbers(4), np.zeros((N_ROWS, 2)))


# Outputs


def test_several_targets(compute):
    weights = Weights()
    frozen = weights.regressor(4, weights.layers(4, 5, 3), n_outputs=3)
    check(compute, frozen, numbers(4), np.zeros((N_ROWS, 3)))


@pytest.mark.parametrize("last", ["sigmoid", None], ids=["sigmoid", "beyond 0 and 1"])
def test_two_classes(compute, last):
    weights = Weights()
    frozen = weights.classifier(4, weights.layers(4, 5, 1, last=last), "binary", ["no", "yes"])
    frozen.weights_[-1][:] = 0.5
    check(compute, frozen, numbers(4), pd.Series(["no", "yes"] * 30))


@pytest.mark.parametrize("last", ["softmax", "relu"], ids=["softmax", "sums that are not 1, and 0"])
def test_many_classes(compute, last):
    weights = Weights(seed=1)
    frozen = weights.classifier(4, weights.layers(4, 5, 3, last=last), "one_hot", ["a", "b", "c"])
    if last == "relu":
        frozen.weights_[-1][:] = -0.5
    _, _, _, computed = check(compute, frozen, numbers(4, scale=3.0), pd.Series(["a", "b", "c"] * 20))
    assert (computed["outputs"] == 1 / 3).all(axis=1).any() == (last == "relu")


def test_several_labels(compute):
    weights = Weights()
    frozen = weights.classifier(4, weights.layers(4, 5, 3, last="sigmoid"), "multilabel", [0, 1, 2])
    check(compute, frozen, numbers(4), np.tile([[0, 1, 1], [1, 0, 0]], (30, 1)))


# Preprocessing


def behind(transformer, X, y):
    """Fit a transformer, and put a network of random weights behind it."""
    n_inputs = transformer.fit(X, y).transform(X).shape[1]
    weights = Weights()
    network = weights.regressor(n_inputs, weights.layers(n_inputs, 6, 1, activation="tanh"))
    steps = transformer.steps if isinstance(transformer, Pipeline) else [("preprocess", transformer)]
    return Pipeline([*steps, ("network", network)])


def check_preprocessing(compute, transformer, X, y, *, fixed=()):
    """Compare predictions, and each input of the network; ``fixed`` are the columns that the page cannot compute."""
    model = behind(transformer, X, y)
    data, columns, cells, computed = check(compute, model, X, y)
    expected = np.asarray(model[:-1].transform(columns.rows(cells)), dtype=float)
    np.testing.assert_allclose(computed["inputs"], expected, **TOLERANCE)
    assert len(data["inputs"]) == expected.shape[1]
    assert [column.name for column in columns.columns if column.kind == "fixed"] == list(fixed)
    return data, columns


MIXED = pd.DataFrame(
    {
        "size": np.where(np.arange(N_ROWS) % 9, np.arange(N_ROWS) % 7 + 0.5, np.nan),
        "skewed": np.exp(np.random.default_rng(3).normal(size=N_ROWS) * 2),
        "tied": np.arange(N_ROWS) // 5 % 3 * (np.arange(N_ROWS) % 4 > 0),
        "constant": 7.0,
        "flag": np.arange(N_ROWS) % 2 == 0,
        "code": np.arange(N_ROWS) % 5 * 10,
        "town": ["Ulm", "Bonn", "Köln", "Ulm", None] * (N_ROWS // 5),
        "rare": ["a"] * (N_ROWS - 8) + list("bbcccdef"),
        "grade": ["low", "high", "middle", "high"] * (N_ROWS // 4),
        "y": np.random.default_rng(4).normal(size=N_ROWS),
    }
)
COLUMNS = "categorical: [code], ordered: {grade: [low, middle, high]}"

SECTIONS = {
    "defaults": "{}",
    **{
        f"scale: {scale}": f"{{numeric: {{scale: {scale}}}}}"
        for scale in ("minmax", "standard", "robust", "robust_clip", "piecewise", "quantile", "pixels", "none")
    },
    **{
        f"impute: {impute}": f"{{numeric: {{impute: {impute}, indicator: true}}}}"
        for impute in ("median", "mean", "most_frequent", "constant")
    },
    "impute: constant 5, piecewise": "{numeric: {impute: constant, fill_value: 5, indicator: true, scale: piecewise}}",
    "impute: knn": "{numeric: {impute: knn, indicator: true, scale: standard}}",
    **{f"encode: {encode}": f"{{categorical: {{encode: {encode}}}}}" for encode in ("onehot", "ordinal", "target")},
    "one-hot, at most 3": "{categorical: {encode: onehot, max_categories: 3}}",
    "ordinal, rare ones merged": "{categorical: {encode: ordinal, min_frequency: 3}}",
    "missing ones a category of their own": "{columns: {town: {impute: constant, encode: onehot}}}",
    "missing ones as Ulm": "{columns: {town: {impute: constant, fill_value: Ulm, encode: ordinal}}}",
    "by column": "{columns: {tied: passthrough, skewed: {scale: quantile}, code: {scale: robust}}}",
}


@pytest.fixture(scope="module")
def preprocessing_of(tmp_path_factory):
    """Return a function of a section's number: the unfitted preprocessing, rows and target; from one pipeline file."""
    folder = tmp_path_factory.mktemp("pipeline")
    MIXED.to_csv(folder / "t.csv", index=False)
    models = [
        f"  m{number}: {{use: keras_mlp, preprocess: {section}}}" for number, section in enumerate(SECTIONS.values())
    ]
    text = "\n".join([f"data: {{source: t.csv, target: y, {COLUMNS}}}", "models:", *models])
    (folder / "pipeline.yaml").write_text(text, encoding="utf-8")
    spec = skdl.read_pipeline(folder / "pipeline.yaml")
    X, y = spec.load()
    estimators = spec.estimators(X, y)
    return lambda number: (estimators[f"m{number}"][0], X, y)


@pytest.mark.parametrize("number", range(len(SECTIONS)), ids=SECTIONS)
def test_what_a_pipeline_file_can_ask_for(compute, preprocessing_of, number):
    check_preprocessing(compute, *preprocessing_of(number))


@pytest.mark.parametrize("classes", [2, 3])
def test_target_encoding_of_classes(compute, pipeline, classes):
    """Of three classes each category becomes three numbers."""
    table = MIXED.assign(y=np.array(["a", "b", "c"])[np.arange(N_ROWS) // 3 % classes])
    more = "preprocess: {categorical: {encode: target}}"
    spec = pipeline(table, data=COLUMNS, models="{keras_mlp: }", more=more)
    X, y = spec.load()
    check_preprocessing(compute, spec.estimators(X, y)["keras_mlp"][0], X, y)


def test_missing_numbers_that_the_model_takes(compute):
    """Missing values pass through the scalers; an imputer comes last."""
    X = numbers(3)
    X.iloc[::7, 1] = np.nan
    for scaler in (
        preprocessing.MinMaxScaler(clip=True),
        preprocessing.StandardScaler(),
        RobustSmoothClip(),
        PiecewiseLinearEncoder(5),
        preprocessing.QuantileTransformer(n_quantiles=20, output_distribution="normal"),
    ):
        imputer = impute.SimpleImputer(strategy="constant", fill_value=-1.0)
        check_preprocessing(compute, make_pipeline(scaler, imputer), X, target())


def test_quantiles_that_are_close_to_one_another(compute):
    """What lies within 1e-7 of the lowest or highest one counts as it, which is a part of the rows here."""
    scaler = preprocessing.QuantileTransformer(n_quantiles=20, output_distribution="normal")
    data, _ = check_preprocessing(compute, scaler, numbers(3) * 1e-7, target())
    assert data["groups"][0]["steps"][0]["op"] == "quantile"


def test_text_keeps_its_typical_value(compute, pipeline):
    """Page and model agree on rows of that text."""
    words = ["a fine day", "rain and wind", "sun", "no wind at all"]
    table = MIXED.assign(words=[f"{words[n % 4]}, {words[n // 4 % 4]}, {n}" for n in range(N_ROWS)])
    spec = pipeline(table, data="text: [words]", models="{keras_mlp: {preprocess: {text: {components: 3}}}}", more="")
    X, y = spec.load()
    check_preprocessing(compute, spec.estimators(X, y)["keras_mlp"][0], X, y, fixed=["words"])


def test_a_column_transformer_of_ones_own(compute):
    """Parts in another order than the columns, one that is dropped, and the rest passed through and scaled."""
    X = MIXED[["size", "town", "skewed", "flag", "tied", "constant"]].fillna({"size": 0.0, "town": "Ulm"})
    X["flag"] = X["flag"].astype(int)
    parts = [
        ("town", preprocessing.OneHotEncoder(drop="first", sparse_output=False), ["town"]),
        ("dropped", "drop", ["constant"]),
        ("number", preprocessing.PowerTransformer(), ["skewed"]),
    ]
    columns = ColumnTransformer(parts, remainder="passthrough")
    check_preprocessing(compute, make_pipeline(columns, preprocessing.StandardScaler()), X, target(), fixed=["skewed"])


def test_a_network_that_embeds_its_columns(compute):
    """Its own coding of numbers, missing ones, flags and categories, and a range of outputs."""
    X = MIXED.drop(columns="y")
    sizes = {"n_frequencies": 5, "number_size": 3, "category_size": 3, "max_one_hot": 4}
    frozen = skdl.freeze(skdl.KerasRealMLPRegressor((6,), random_state=0, **sizes).initialize(X, MIXED["y"]))
    random = np.random.default_rng(0)
    # Untrained, predictions hardly vary.
    frozen.weights_[:-2] = [random.normal(size=array.shape).astype(array.dtype) for array in frozen.weights_[:-2]]
    data, _, _, _ = check(compute, frozen, X, MIXED["y"])
    operations = [layer["op"] for layer in data["network"]["members"][0]["layers"]]
    assert operations == ["embed", "dense", "blend", "dense", "clip"]


# Hidden layers, snapshots


def test_stages_are_the_values_of_the_hidden_layers(compute):
    weights = Weights()
    frozen = weights.regressor(4, weights.layers(4, 6, 5, 1))
    _, _, cells, computed = check(compute, frozen, numbers(4), target())
    x = cells.astype("float32")
    w = frozen.weights_
    first = np.maximum(x @ w[0] + w[1], 0.0)
    second = np.maximum(first @ w[2] + w[3], 0.0)
    for stage, expected in zip(computed["stages"], [first, second, second @ w[4] + w[5]], strict=True):
        np.testing.assert_allclose(stage, expected, **TOLERANCE)


@pytest.mark.parametrize(("step", "tolerance"), [(0.05, 0.1), (0.0, 1e-3)])
def test_snapshots(compute, step, tolerance):
    """The weights of other epochs are rounded; the kept ones are exact."""
    networks = []
    for seed in range(3):
        weights = Weights(seed)
        networks.append(weights.regressor(4, weights.layers(4, 6, 1)))
    data, columns = export(networks[1], numbers(4), target())
    sizes = [SnapshotSize(3, step, most_bytes=10), SnapshotSize(3, step, most_bytes=10_000)]
    of_epochs = [network.weights_ for network in networks]
    data["snapshots"] = encode_snapshots(of_epochs, [0, 3, 9], kept=3, sizes=sizes)
    cells = rows_to_compare(columns)
    for snapshot, network in [(2, networks[2]), (0, networks[0]), (1, networks[1]), (None, networks[1])]:
        expected = predict_model(network, columns.rows(cells))
        found = compute(data, cells, snapshot)["outputs"]
        is_kept = network is networks[1]
        np.testing.assert_allclose(found, expected, **(TOLERANCE if is_kept else {"rtol": 0.0, "atol": tolerance}))
        assert is_kept or not np.allclose(found, expected, **TOLERANCE)


# The whole way


def test_a_written_page_predicts_as_the_saved_model(browser, tmp_path):
    """By the names of its columns and categories, as a reader enters them; loaded by its own script."""
    parts = [
        ("number", make_pipeline(impute.SimpleImputer(add_indicator=True), RobustSmoothClip()), ["size", "skewed"]),
        ("town", preprocessing.OneHotEncoder(handle_unknown="ignore"), ["town", "grade"]),
    ]
    X, y = MIXED.drop(columns="y"), pd.Series(np.where(MIXED["y"] > 0, "yes", "no"), name="answer")
    transformer = ColumnTransformer(parts).fit(X)
    weights = Weights()
    n_inputs = transformer.transform(X).shape[1]
    network = weights.classifier(n_inputs, weights.layers(n_inputs, 6, 1, last="sigmoid"), "binary", ["no", "yes"])
    model = Pipeline([("columns", transformer), ("network", network)])
    skdl.save_model(model, tmp_path / "model", X=X, y=y)
    written = write_explore_page(tmp_path / "model", out=tmp_path / "explore.html", trust_pickle=True)
    page = browser.new_page()
    page.goto(written.path.as_uri())
    page.wait_for_function("window.skdlExplore?.model !== undefined")
    data = json.loads(page.locator("#page-data").text_content())

    def cell(column, value):
        if column["kind"] == "fixed":  # what the model drops
            return column["typical"]
        if pd.isna(value):
            return None
        return column["categories"].index(str(value)) if column["categories"] else float(value)

    names = [column["name"] for column in data["columns"]]
    cells = [
        [cell(column, value) for column, value in zip(data["columns"], row, strict=True)]
        for row in X[names].itertuples(index=False)
    ]
    found = page.evaluate("(rows) => skdlExplore.predict(rows)", cells)
    assert data["outputs"] == ["no", "yes"]
    np.testing.assert_allclose(found, model.predict_proba(X), **TOLERANCE)
    page.close()
