import numpy as np
import pandas as pd
import pytest
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, StandardScaler

from skdl.exceptions import PipelineFileError
from skdl.training import n_traces

N = 60
FRAME = pd.DataFrame(
    {
        "size": np.where(np.arange(N) % 9, np.arange(N) % 7 + 0.5, np.nan),
        "flag": np.arange(N) % 2,
        "px_1": np.arange(N) % 256,
        "px_2": 255,
        "city": ["Seoul", "Busan", "Jeju", *["Seoul"] * 3] * (N // 6),
        "y": np.arange(N) / 4,
    }
)
FRAME.loc[0, "px_2"] = 0


def built(pipeline, more, *, models="{ridge: }", name="ridge", frame=FRAME):
    """Fit one model and give its ColumnTransformer with what it makes of the table."""
    spec = pipeline(frame, models=models, more=f"compare: {{cv: {{folds: 3}}}}\n{more}")
    X, y = spec.load()
    preprocess = spec.estimators(X, y)[name].fit(X, y)[0]
    return preprocess, pd.DataFrame(preprocess.transform(X), columns=preprocess.get_feature_names_out())


def scaler_of(preprocess, column):
    """Find what the last step is that a column goes through."""
    for _, transformer, columns in preprocess.transformers_:
        if column in columns:
            return transformer[-1] if hasattr(transformer, "steps") else transformer
    return None


@pytest.mark.parametrize(
    ("model", "scaled"), [("knn", True), ("svm", True), ("keras_mlp", True), ("random_forest", False)]
)
def test_columns_are_scaled_for_the_models_that_need_it(pipeline, model, scaled):
    """Trees get unscaled columns."""
    spec = pipeline(FRAME, models=f"{{{model}: }}")
    X, y = spec.load()
    preprocess = spec.estimators(X, y)[model][0]
    (numeric,) = [transformer for name, transformer, _ in preprocess.transformers if name == "numeric"]
    assert any(isinstance(step, MinMaxScaler) for step in numeric) == scaled


def test_a_dotted_class_is_scaled_by_its_type(pipeline):
    """An unknown class gets scaled columns."""
    models = "{a: {use: sklearn.tree.DecisionTreeRegressor}, b: {use: sklearn.svm.NuSVR}}"
    trees, _ = built(pipeline, "", models=models, name="a")
    others, _ = built(pipeline, "", models=models, name="b")
    assert not isinstance(scaler_of(trees, "size"), MinMaxScaler)
    assert isinstance(scaler_of(others, "size"), MinMaxScaler)


def test_a_scale_that_the_file_names_holds_for_every_model(pipeline):
    """A declaration takes precedence over inference."""
    preprocess, _ = built(
        pipeline, "preprocess: {numeric: {scale: standard}}", models="{decision_tree: }", name="decision_tree"
    )
    assert isinstance(scaler_of(preprocess, "size"), StandardScaler)


def test_one_model_can_override_the_scale(pipeline):
    """The other models keep the common scale."""
    models = "{ridge: {preprocess: {numeric: {scale: quantile}}}, knn: }"
    ridge, _ = built(pipeline, "", models=models)
    knn, _ = built(pipeline, "", models=models, name="knn")
    assert isinstance(scaler_of(ridge, "size"), QuantileTransformer)
    assert isinstance(scaler_of(knn, "size"), MinMaxScaler)


def test_a_column_can_override_the_recipe(pipeline):
    """Steps missing in its recipe are those of its kind."""
    preprocess, made = built(pipeline, "preprocess: {columns: {size: {scale: standard}}}")
    assert isinstance(scaler_of(preprocess, "size"), StandardScaler)
    assert isinstance(scaler_of(preprocess, "flag"), MinMaxScaler)
    assert made["size"].notna().all()


def test_a_pattern_matches_many_columns_and_pixels_have_one_range(pipeline):
    """A column name takes precedence over a pattern."""
    _, made = built(pipeline, 'preprocess: {columns: {"px_*": {scale: pixels}, px_2: passthrough}}')
    np.testing.assert_allclose(made["px_1"], FRAME["px_1"] / 255)
    np.testing.assert_array_equal(made["px_2"], FRAME["px_2"])


def test_a_later_pattern_takes_precedence(pipeline):
    """A name takes precedence over both, at any position."""
    more = (
        'preprocess: {columns: {px_2: passthrough, "px_*": {scale: standard},'
        ' "*_1": {scale: quantile}, "p*2": {scale: none}}}'
    )
    preprocess, _ = built(pipeline, more)
    assert isinstance(scaler_of(preprocess, "px_1"), QuantileTransformer)
    assert preprocess.named_transformers_["passthrough"] is scaler_of(preprocess, "px_2")


def test_missing_categories_are_a_category(pipeline):
    """Also for numeric categories, where 0 is a category already."""
    frame = FRAME.assign(grade=np.where(np.arange(N) % 4, np.arange(N) % 3, np.nan))
    more = "preprocess: {categorical: {impute: constant}, columns: {grade: {encode: onehot}}}"
    _, made = built(pipeline, more, frame=frame)
    assert [name for name in made if name.startswith("grade")] == ["grade_-1.0", "grade_0.0", "grade_1.0", "grade_2.0"]
    assert made["grade_-1.0"].sum() == N // 4


def test_an_encoded_column_is_a_category_whatever_its_values(pipeline):
    spec = pipeline(FRAME, more="preprocess: {columns: {flag: {encode: onehot}}}")
    assert spec.load_table().kinds.categorical == ("flag", "city")
    _, made = built(pipeline, "preprocess: {columns: {flag: {encode: onehot}}}")
    assert {"flag_0", "flag_1"} <= set(made)


def test_rare_categories_count_as_one(pipeline):
    """By a number of rows, or by how many are kept."""
    _, by_rows = built(pipeline, "preprocess: {categorical: {min_frequency: 20}}")
    _, by_number = built(pipeline, "preprocess: {columns: {city: {max_categories: 2}}}")
    for made in (by_rows, by_number):
        assert [name for name in made if name.startswith("city")] == ["city_Seoul", "city_infrequent_sklearn"]


def test_another_encoding_drops_the_options_of_the_first(pipeline):
    """The same holds for imputation."""
    more = (
        "preprocess: {numeric: {impute: constant, fill_value: 0}, categorical: {min_frequency: 5},"
        " columns: {city: {encode: target}, size: {impute: mean}}}"
    )
    preprocess, made = built(pipeline, more)
    assert type(scaler_of(preprocess, "city")).__name__ == "TargetEncoder"
    assert made["size"].notna().all()


def test_missing_values_can_be_marked_and_imputed_by_neighbours(pipeline):
    """An added column marks where they were."""
    preprocess, made = built(pipeline, "preprocess: {columns: {size: {impute: knn, indicator: true}}}")
    assert type(preprocess.named_transformers_["numeric_2"][0]).__name__ == "KNNImputer"
    np.testing.assert_array_equal(made["missingindicator_size"], FRAME["size"].isna())


def test_missing_values_can_be_imputed_by_a_constant(pipeline):
    """For numbers and for categories."""
    frame = FRAME.assign(city=FRAME["city"].where(FRAME["city"] != "Jeju"))
    more = (
        "preprocess: {numeric: {impute: constant, fill_value: -1, scale: none},"
        " categorical: {impute: constant, fill_value: gap}}"
    )
    _, made = built(pipeline, more, frame=frame)
    assert (made["size"][frame["size"].isna()] == -1).all()
    assert made["city_gap"].sum() == 10


@pytest.mark.parametrize("lowest", [0, 7, np.iinfo(np.int64).min], ids=str)
def test_whole_numbers_as_categories_get_a_constant_that_is_none_of_them(pipeline, lowest):
    """SimpleImputer refuses a float for a column of whole numbers."""
    frame = FRAME.assign(city=np.where(np.arange(len(FRAME)) % 2, lowest, 9))
    more = "preprocess: {columns: {city: {impute: constant, encode: onehot}}}"
    preprocess, made = built(pipeline, more, frame=frame)
    (imputer,) = (transformer[0] for _, transformer, columns in preprocess.transformers_ if "city" in columns)
    assert imputer.fill_value not in set(frame["city"])
    assert made.filter(like="city_").shape[1] == 2


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("{columns: {sise: {scale: none}}}", "preprocess.columns.sise: the table has no column .*; did you mean size"),
        ('{columns: {"q*": passthrough}}', r"preprocess.columns.q\*: the table has no column 'q\*'"),
        ("{columns: {y: passthrough}}", "preprocess.columns.y: 'y' is not a feature"),
        ("{columns: {size: {scale: none, encode: onehot}}}", "scale is for numbers and encode for categories"),
        ("{columns: {size: {passthrough: true, impute: mean}}}", "passthrough must have no other key"),
        ("{columns: {size: pass}}", "preprocess.columns.size: must be a mapping"),
        ("{numeric: {impute: knn, fill_value: 1}}", "fill_value is for impute: constant"),
        ("{numeric: {impute: none, indicator: true}}", "indicator needs an impute"),
        ("{categorical: {encode: target, min_frequency: 2}}", "target encoding takes no min_frequency"),
        ("{numeric: {fill_value: a}}", "fill_value"),
        ("{columns: {city: {impute: mean}}}", "'city' has categories; impute must be one of most_frequent, constant"),
        ("{columns: {city: {impute: knn, encode: onehot}}}", "impute: knn is for numbers and encode for categories"),
        ("{columns: {size: {impute: constant, fill_value: abc}}}", "'size' has numbers; fill_value must be a number"),
    ],
    ids=[
        "name", "pattern", "target", "kinds", "passed", "word", "fill", "indicator", "target encoding", "text",
        "mean of categories", "neighbours of categories", "text among numbers",
    ],
)  # fmt: skip
def test_an_invalid_recipe_is_refused_at_its_position(pipeline, more, message):
    with pytest.raises(PipelineFileError, match=rf"x.yaml:\d+:\d+: .*{message}"):
        pipeline(FRAME, more=f"preprocess: {more}").load_table()


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("city: passthrough", "'city' has the value 'Seoul'; this is for numbers. Narrow the pattern"),
        ("city: {indicator: true}", "'city' has the value 'Seoul'; this is for numbers. Narrow the pattern"),
        ("who: {encode: target}", "'who' holds 60 different texts .* is left out; name it in data.categorical"),
    ],
    ids=["passed", "indicator", "left out"],
)
def test_an_invalid_recipe_of_one_model_is_refused_too(pipeline, recipe, message):
    """Rather than fail in every fold, or do nothing in silence."""
    frame = FRAME.assign(who=[f"person {number}" for number in range(N)])
    models = f"{{ridge: {{preprocess: {{columns: {{{recipe}}}}}}}}}"
    with pytest.raises(PipelineFileError, match=rf"models.ridge.preprocess.columns.\w+: {message}"):
        pipeline(frame, models=models).load_table()


def test_many_categories_are_sparse_or_encoded_by_the_target(pipeline):
    """A dense column for each of thousands of them would take gigabytes; the note says what was done."""
    frame = pd.DataFrame({"user": [f"u{n % 250}" for n in range(600)], "y": np.arange(600.0)})
    spec = pipeline(frame, models="{ridge: , decision_tree: , keras_mlp: }", more="compare: {cv: {folds: 3}}")
    table = spec.load_table()
    assert "250 categories" in str(next(note for note in table.notes if note.code == "many_categories"))
    models = spec.estimators(table.X, table.y).items()
    made = {name: model[0].fit_transform(table.X, table.y) for name, model in models}
    assert issparse(made["ridge"])
    assert made["ridge"].shape == (600, 250)
    assert made["decision_tree"].shape == made["keras_mlp"].shape == (600, 1)


GOOD, BAD = "quick delivery and a lovely colour", "it broke again and nobody answered"
REVIEWS = pd.DataFrame(
    {
        "review": [f"{GOOD if row % 2 else BAD} {row}" for row in range(N)],
        "grade": [["low", "high", "mid"][row % 3] for row in range(N)],
        "y": np.arange(N) % 2 + np.arange(N) / 100,
    }
)
REVIEWS.loc[3, ["review", "grade"]] = None


def test_text_is_sparse_for_penalised_linear_models_and_a_few_components_for_others(pipeline):
    models = "{ridge: , linear: , knn: {preprocess: {text: {encode: drop}}}}"
    spec = pipeline(REVIEWS, models=models, data="text: review", more="preprocess: {text: {components: 4}}")
    X, y = spec.load()
    made = {name: model[0].fit_transform(X, y) for name, model in spec.estimators(X, y).items()}
    assert {name: (part.shape[1], issparse(part)) for name, part in made.items() if name != "dummy"} == {
        "ridge": (3 + 2**14, True),
        "linear": (3 + 4, False),
        "knn": (3, False),
    }
    assert made["ridge"][3, 3:].nnz == 0  # a missing text has no words
    good, bad = made["linear"][1, 3:], made["linear"][0, 3:]
    assert np.linalg.norm(made["linear"][5, 3:] - good) < np.linalg.norm(bad - good) / 2


@pytest.mark.parametrize(
    ("recipe", "kept"), [("", ["category"]), ("preprocess: {numeric: {scale: standard}}", ["float64"])]
)
def test_a_network_that_codes_columns_itself_gets_them_raw(pipeline, recipe, kept):
    """Numbers with gaps and texts with their values, unless the file says how to preprocess them for this model."""
    models = f"{{keras_real_mlp: {{params: {{hidden_layer_sizes: [8], epochs: 1}}, {recipe}}}}}"
    spec = pipeline(FRAME, models=models, more="compare: {cv: {folds: 3}}")
    X, y = spec.load()
    made = spec.estimators(X, y)["keras_real_mlp"][0].fit(X, y).transform(X)
    raw = not recipe
    assert isinstance(made, pd.DataFrame) == raw
    if raw:
        assert sorted(made) == sorted(X)
        assert made["size"].isna().any()
        assert str(made["city"].dtype) in kept
    else:
        assert str(made.dtype) in kept


@pytest.mark.parametrize("network", ["keras_mlp", "keras_real_mlp"])
def test_folds_without_rare_values_train_one_program_of_a_network(pipeline, network):
    """All values of the table are declared, whichever a fold has; those it lacks are predicted as new ones."""
    models = f"{{{network}: {{params: {{hidden_layer_sizes: [8], epochs: 20}}}}}}"
    towns, values = ["Bonn", "Ulm", "Mainz"] * 7, [1.0, 2.0, 3.0] * 7
    frame = pd.DataFrame({"town": ["rare", *towns, "rarer"], "y": [90.0, *values, -90.0]})
    spec = pipeline(frame, models=models, more="compare: {cv: {folds: 3}}")
    X, y = spec.load()
    model = spec.estimators(X, y)[network]
    model.fit(X, y)
    before = n_traces()
    first, last = (clone(model).fit(X[fold], y[fold]) for fold in (slice(1, None), slice(None, -1)))
    assert n_traces() == before
    unseen = pd.DataFrame({"town": ["rare", "elsewhere"]})
    assert len(set(first.predict(unseen).tolist())) == 1
    assert len(set(last.predict(unseen).tolist())) == 2


def test_a_missing_category_is_declared_too(pipeline):
    """So that a fold without gaps has the same columns; other models get those of their rows."""
    recipe = "preprocess: {categorical: {impute: constant}}"
    frame = pd.DataFrame({"town": [None, *["Bonn", "Ulm"] * 10], "y": range(21)})
    spec = pipeline(frame, models=f"{{keras_mlp: {{{recipe}}}, ridge: {{{recipe}}}}}")
    X, y = spec.load()
    models = spec.estimators(X, y)
    widths = {name: models[name][0].fit(X[1:], y[1:]).transform(X).shape[1] for name in ("keras_mlp", "ridge")}
    assert widths == {"keras_mlp": 3, "ridge": 2}


def test_ordered_categories_are_places_in_their_order(pipeline):
    spec = pipeline(REVIEWS, models="{knn: , ridge: {preprocess: {columns: {grade: {encode: onehot}}}}}", data=ORDER)
    X, y = spec.load()
    models = spec.estimators(X, y)
    places = models["knn"][0].fit(X, y).transform(X.assign(grade=["mid", "huge", *X.grade[2:]]))
    assert places[:5].ravel().tolist() == [0.5, 0.5, 0.5, 0.5, 1.0]  # unknown and missing ones are the median
    assert models["ridge"][0].fit_transform(X, y).shape == (N, 3)


ORDER = "ordered: {grade: [low, mid, high]}"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("ordered: {grade: [low, mid]}", r"data\.ordered\.grade: must name every .*.high., which is in row 2"),
        ("ordered: {grade: [low, low]}", r"data\.ordered\.grade: must name each category once"),
        ("text: review, categorical: review", r"data\.text: 'review' is in data\.categorical, too"),
    ],
)
def test_wrong_declarations_are_refused_at_their_position(pipeline, data, message):
    with pytest.raises(PipelineFileError, match=message):
        pipeline(REVIEWS, data=data).load()


@pytest.mark.parametrize(("encode", "n_columns"), [("auto", 1), ("onehot", 3)])
def test_ordered_types_of_files_are_declarations(read, tmp_path, encode, n_columns):
    """An encoding that the file names overrides them."""
    grades = pd.Categorical(REVIEWS.grade, ["low", "mid", "high"], ordered=True)
    REVIEWS.assign(grade=grades).drop(columns="review").to_parquet(tmp_path / "t.parquet")
    spec = read(
        "data: {source: t.parquet, target: y}\nmodels: {ridge: }\n"
        f"preprocess: {{categorical: {{encode: {encode}}}}}\n"
    )
    table = spec.load_table()
    assert table.columns[0].type == "ordered category"
    assert spec.estimators(table.X, table.y)["ridge"][0].fit_transform(table.X).shape[1] == n_columns
