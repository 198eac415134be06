import pytest

from skdl.exceptions import PipelineFileError, UsageError
from skdl.pipeline import read_pipeline

GOOD = """\
data:
  source: builtin:iris
  target: species
models:
  knn: {params: {n_neighbors: 3}}
"""
PATHS = "data: {source: '${TABLES}/a.csv', target: y}\nmodels: {linear: }\noutput: {dir: '${TABLES}/out'}\n"


def test_the_defaults_are_those_of_the_design(read):
    """Folds by the number of rows, scaled where a model needs it, median, one-hot."""
    spec = read(GOOD)
    assert (spec.compare.cv.folds, spec.compare.cv.repeats, spec.compare.cv.seed) == (None, None, 0)
    assert (spec.preprocess.numeric.impute, spec.preprocess.numeric.scale) == ("median", "auto")
    assert (spec.preprocess.categorical.impute, spec.preprocess.categorical.encode) == ("most_frequent", "auto")
    assert (spec.compare.tune.folds, spec.compare.tune.iterations, spec.compare.metrics) == (3, None, None)
    assert (spec.name, spec.output.dir, spec.task) == ("x", "reports/x", None)


def test_sections_left_empty_are_the_defaults(read):
    """A key with nothing behind it is no error."""
    assert read(GOOD + "preprocess:\ncompare:\n  cv:\noutput:\n") == read(GOOD)


def test_an_override_is_parsed_as_yaml(read):
    """A number is a number, a list a list."""
    spec = read(GOOD, ["models.knn.params.n_neighbors=7", "compare.metrics=[accuracy, f1]", "models.svm="])
    assert spec.models["knn"].params == {"n_neighbors": 7}
    assert spec.compare.metrics == ("accuracy", "f1")
    assert spec.models["svm"].use == "svm"


@pytest.mark.parametrize("override", ["models.knn=null", "models={knn: ~}"])
def test_null_removes_a_model_in_an_override_alone(read, override):
    """In a file, and left empty, it is a model with its defaults."""
    text = GOOD + "  svm: null\n"
    assert list(read(text).models) == ["knn", "svm"]
    assert list(read(text, [override]).models) == ["svm"]
    assert list(read(text, ["models={knn, svm}"]).models) == ["knn", "svm"]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "models.kn=null",
            r"^--set models.kn=null: models.kn: .* no such model to remove; did you mean knn\? Models: knn",
        ),
        ("models.knn=null", r"^--set models.knn=null: models: must not be empty"),
        ("models={knn: null, svm: {}}", r"^--set .*null removes a model, and the others here replace"),
        (
            "compare.cv.folds=many",
            r"^--set compare.cv.folds=many: compare.cv.folds: must be a whole number; got 'many'",
        ),
        ("models.knn.params.n=3", r"^--set models.knn.params.n=3: models.knn.params.n: no such parameter"),
        ("compare.cv={fold: 3}", r"compare.cv.fold: no such key; did you mean folds\?"),
        ("name.first=x", "is 'x'; there are no keys in it"),
        ("compare.cv.folds=[1", "^--set .*not YAML"),
        ("compare.cv.folds=!!int 3", "^--set .*YAML tags are not allowed"),
    ],
)
def test_an_error_in_an_override_names_the_override(read, override, message):
    """Not the file, which has no fault."""
    with pytest.raises(PipelineFileError, match=message):
        read("name: x\n" + GOOD, [override])


@pytest.mark.parametrize("override", ["compare.cv.folds", "=3", "compare..folds=3"])
def test_an_override_without_key_and_value_is_a_wrong_call(read, override):
    """Which ends with the exit code of a wrong call."""
    with pytest.raises(UsageError, match="must be KEY=VALUE"):
        read(GOOD, [override])


def test_a_source_starts_at_the_file_and_an_overridden_one_at_the_working_directory(read, tmp_path, monkeypatch):
    """Each is relative to where it was written."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    text = GOOD.replace("builtin:iris", "../t.csv")
    assert read(text).data.source == str(tmp_path.parent / "t.csv")
    assert read(text, ["data.source=t.csv"]).data.source == str(tmp_path / "elsewhere" / "t.csv")


def test_extends_inherits_key_by_key(read):
    """The upper file wins, lists are replaced whole."""
    read(GOOD + "compare: {cv: {folds: 5, seed: 3}, metrics: [accuracy, f1]}\n", name="base.yaml")
    spec = read("extends: base.yaml\nmodels: {svm: }\ncompare: {cv: {folds: 4}, metrics: [mcc]}\n")
    assert list(spec.models) == ["knn", "svm"]
    assert (spec.compare.cv.folds, spec.compare.cv.seed, spec.compare.metrics) == (4, 3, ("mcc",))


def test_an_inherited_source_is_relative_to_the_file_that_defines_it(read, tmp_path):
    """Not at the file that inherits it."""
    (tmp_path / "base").mkdir()
    read(GOOD.replace("builtin:iris", "t.csv"), name="base/base.yaml")
    assert read("extends: base/base.yaml\n").data.source == str(tmp_path / "base" / "t.csv")


def test_an_inherited_fault_is_placed_in_the_file_that_contains_it(read, tmp_path):
    """With its line and column."""
    (tmp_path / "base.yaml").write_text(GOOD + "compare: {cv: {folds: 1}}\n")
    with pytest.raises(PipelineFileError, match=r"base.yaml:6:23: compare.cv.folds: must be 2 or more; got 1"):
        read("extends: base.yaml\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends: x.yaml\n", "x.yaml:1:10: extends: a file must not extend itself"),
        ("extends: y.yaml\n", "y.yaml:1:10: extends: a file must not extend itself"),
        ("extends: nowhere.yaml\n", "no such file as"),
        ("extends: [a]\n", "must be the path of a pipeline file"),
    ],
)
def test_a_wrong_extends_is_refused(read, tmp_path, text, message):
    (tmp_path / "y.yaml").write_text("extends: x.yaml\n")
    with pytest.raises(PipelineFileError, match=message):
        read(text)


def test_a_variable_is_filled_in_where_a_path_names_it(read, monkeypatch):
    """Source and output folder."""
    monkeypatch.setenv("TABLES", "/data")
    spec = read(PATHS)
    assert (spec.data.source, spec.output.dir) == ("/data/a.csv", "/data/out")


def test_an_override_may_name_a_variable_too(read, monkeypatch):
    """The same rule for both."""
    monkeypatch.setenv("TABLES", "/data")
    assert read(PATHS, ["data.source=${TABLES}/b.csv"]).data.source == "/data/b.csv"


def test_extends_may_name_a_variable(read, monkeypatch, tmp_path):
    """It is a path."""
    monkeypatch.setenv("TABLES", str(tmp_path))
    (tmp_path / "base.yaml").write_text(PATHS)
    assert read("extends: ${TABLES}/base.yaml\nname: child\n").name == "child"


@pytest.mark.parametrize("key", ["data.source", "extends"])
def test_an_unset_variable_is_named_at_its_position(read, monkeypatch, key):
    monkeypatch.setenv("SKDL_TABLES", "/data")
    text = "extends: ${SKDL_TABLE}/b.yaml\n" if key == "extends" else PATHS.replace("TABLES", "SKDL_TABLE")
    with pytest.raises(
        PipelineFileError, match=rf"x.yaml:\d+:\d+: {key}: .*SKDL_TABLE is not set; did you mean SKDL_T"
    ):
        read(text)


def test_in_other_keys_a_variable_is_plain_text(read, monkeypatch):
    """A column may be called so; no secret leaves by a name."""
    monkeypatch.setenv("TABLES", "/data")
    spec = read("name: a${TABLES}b\ndata: {source: builtin:iris, target: '${TABLES}'}\nmodels: {knn: }\n")
    assert (spec.name, spec.data.target) == ("a${TABLES}b", ("${TABLES}",))


@pytest.mark.parametrize("source", ["http://example.org/${TABLES}.csv", "${TABLES}.csv"])
def test_no_variable_goes_into_an_address(read, monkeypatch, source):
    """A file from a stranger could send away what it holds."""
    monkeypatch.setenv("TABLES", "http://example.org/secret")
    with pytest.raises(PipelineFileError, match=r"data.source: environment variables are for the paths of files"):
        read(PATHS.replace("${TABLES}/a.csv", source).replace("${TABLES}/out", "out"))


def test_every_file_that_ships_is_read_without_fault(repository):
    """Name, source and target of each."""
    files = sorted((repository / "pipelines").glob("*.yaml"))
    assert len(files) == 10
    for file in files:
        spec = read_pipeline(file)
        assert spec.name == file.stem
        assert "keras_mlp" in spec.models


@pytest.mark.parametrize(
    "models", ["[knn, svm]", "[knn, {svm: {params: {C: 1.0}}}]", "knn"], ids=["names", "both", "one"]
)
def test_models_may_be_a_list_of_names(read, models):
    spec = read(f"data: {{source: builtin:iris, target: species}}\nmodels: {models}\n")
    assert [model.use for model in spec.models.values()] == (["knn"] if models == "knn" else ["knn", "svm"])


def test_a_wrong_name_in_a_list_of_models_has_its_position(read):
    with pytest.raises(PipelineFileError, match=r"x.yaml:2:15: models.swm: no such model: 'swm'; did you mean svm"):
        read("data: {source: builtin:iris, target: species}\nmodels: [knn, swm]\n")


def test_a_list_of_models_in_a_file_that_extends_another_adds_to_its_models(read, tmp_path):
    (tmp_path / "base.yaml").write_text(GOOD)
    assert list(read("extends: base.yaml\nmodels: [svm]\n").models) == ["knn", "svm"]


@pytest.mark.parametrize(("value", "section"), [("10", "params"), ("[10, 20]", "search")])
def test_a_parameter_beside_the_keys_of_a_model_is_told_its_place(read, value, section):
    with pytest.raises(PipelineFileError, match=f"no such key. Write a parameter of the model as {section}: .n_est"):
        read(f"data: {{source: t.csv, target: y}}\nmodels: {{random_forest: {{n_estimators: {value}}}}}\n")
