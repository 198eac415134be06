"""JSON Schema of pipeline files: it accepts what the reader accepts."""

import importlib.util
import json
import os
import re
import subprocess
import sys

import pytest
import yaml
from jsonschema import Draft202012Validator

from skdl.catalogue import catalogue
from skdl.cli import main
from skdl.exceptions import PipelineFileError
from skdl.pipeline import PipelineSpec, read_pipeline
from skdl.pipeline_tools import pipeline_schema

DATA = "data: {source: builtin:iris, target: species}\n"
GOOD = DATA + "models: {knn: {params: {n_neighbors: 3}}}\n"


@pytest.fixture(scope="module")
def schema():
    """Return the schema of this installation."""
    return pipeline_schema()


@pytest.fixture(scope="module")
def faults(schema):
    """Return the keys of a text at which the schema finds errors."""
    validator = Draft202012Validator(schema)

    def places(text):
        found = validator.iter_errors(yaml.safe_load(text))
        return sorted({".".join(str(step) for step in error.absolute_path) for error in found})

    return places


def test_the_schema_is_valid(schema):
    """Valid by the dialect that it names, and small enough for an editor."""
    Draft202012Validator.check_schema(schema)
    assert len(json.dumps(schema, indent=2)) < 400_000


def test_the_command_prints_the_schema(schema, capsys):
    """For skdl schema > pipelines/schema.json."""
    with pytest.raises(SystemExit, match="0"):
        main(["schema"])
    assert json.loads(capsys.readouterr().out) == schema


def test_every_process_prints_the_same(schema):
    """Whatever the order of its sets."""
    code = "import json; from skdl.pipeline_tools import pipeline_schema; print(json.dumps(pipeline_schema()))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == json.dumps(schema)


def test_every_file_that_ships_names_the_schema_and_fits_it(repository, faults):
    """So that an editor shows no error."""
    files = sorted((repository / "pipelines").glob("*.yaml"))
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert text.startswith("# yaml-language-server: $schema=schema.json\n")
        assert faults(text) == [], file


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (GOOD + "modles: {}\n", ""),
        (DATA + "models: {knn: {params: {n_neighbours: 3}}}\n", "models.knn.params"),
        (DATA + "models: {k: {use: knn, search: {n_neighbours: [3]}}}\n", "models.k.search"),
        (DATA + "models: {knn: {params: {weights: unifrom}}}\n", "models.knn.params.weights"),
        (DATA + "models: {knn: {search: {n_neighbors: []}}}\n", "models.knn.search.n_neighbors"),
        (DATA + "models: {knn: {search: {p: {loguniform: [0, 1]}}}}\n", "models.knn.search.p.loguniform.0"),
        (DATA + "models: 5\n", "models"),
        (DATA + "models: {small: {}}\n", "models.small"),
        (DATA + "models: {dummy: {use: knn}}\n", "models.dummy.use"),
        (GOOD + "compare: {cv: {folds: 1}}\n", "compare.cv.folds"),
        (GOOD + "compare: {metrics: [rmsee]}\n", "compare.metrics"),
        (GOOD + "preprocess: {numeric: {scale: minmaxx}}\n", "preprocess.numeric.scale"),
        (GOOD + "name: a/b\n", "name"),
        ("data: {source: x}\nmodels: {knn: }\n", "data"),
        ("models: {knn: }\n", ""),
    ],
)
def test_a_fault_is_found_where_it_is(faults, text, place):
    """There and nowhere else."""
    assert faults(text) == [place]


def with_data(keys):
    """Add keys to the section of the table."""
    return GOOD.replace("species}", f"species, {keys}}}")


ACCEPTED = {
    "as short as can be": GOOD,
    "sections left empty": GOOD + "preprocess:\ncompare: {cv: , tune: }\noutput:\ntask:\n",
    "output without a folder": GOOD + "output: {dir: }\n",
    "a model left empty": DATA + "models: {knn: , svm: {params: , search: }}\n",
    "use left empty": DATA + "models: {knn: {use: , params: {p: 1}}}\n",
    "lists of one as text": with_data("drop: a") + "compare: {metrics: f1}\n",
    "another name": DATA + "models: {small: {use: random_forest, params: {max_depth: 2}}}\n",
    "another use": DATA + "models: {knn: {use: svm, params: {C: 2}}}\n",
    "a class": DATA + "models: {sklearn.svm.NuSVC: , b: {use: sklearn.svm.NuSVC, params: {nu: 0.4}}}\n",
    "the catalogue's search": DATA + "models: {knn: {search: default}}\ncompare: {tune: {iterations: 3}}\n",
    "a list to search": DATA + "models: {knn: {search: {weights: [uniform, distance]}}}\n",
    "a distribution": DATA + "models: {knn: {search: {p: {uniform: [1, 2]}}}}\ncompare: {tune: {iterations: 3}}\n",
    "a table as it is written": with_data(
        "separator: tab, decimal: ',', thousands: ' ', encoding: cp949, na_values: '?'"
    ),
    "missing words of columns": with_data("na_values: {a: ['?'], b: x}"),
    "a number as a missing word of a column": with_data("na_values: {a: 5}"),
    "numbers and booleans as names": with_data("drop: [2024, no], groups: 5"),
    "a list of models": DATA + "models: [knn, {svm: {params: {C: 2}}}]\n",
    "a model alone": DATA + "models: knn\n",
    "names and types": with_data("rename: {a: b}, dtypes: {b: string}"),
    "dates by name": with_data("dates: [day, hour]"),
    "dates by part": with_data("dates: {day: , b: [year], c: {parts: [hour], format: '%H'}}"),
    "recipes": GOOD
    + "preprocess: {columns: {a: passthrough, 'b_*': {scale: pixels}, c: {encode: onehot, min_frequency: 0.1}}}\n",
    "one model otherwise": DATA
    + "models: {knn: {preprocess: {numeric: {scale: none}, columns: {a: {impute: knn}}}}}\n",
    "a scorer of scikit-learn": DATA + "models: {knn: }\ncompare: {metrics: [accuracy, neg_brier_score]}\n",
}
REFUSED = {
    "a wrong separator": with_data("separator: ', '"),
    "a wrong type": with_data("dtypes: {a: text}"),
    "a wrong part": with_data("dates: {day: [yaer]}"),
    "a wrong word for a column": GOOD + "preprocess: {columns: {a: pass}}\n",
    "a wrong key for a column": GOOD + "preprocess: {columns: {a: {scales: none}}}\n",
    "a frequency of nothing": GOOD + "preprocess: {categorical: {min_frequency: 0}}\n",
    "a scorer of clusterings": DATA + "models: {knn: }\ncompare: {metrics: [v_measure_score]}\n",
    "no data": "models: {knn: }\n",
    "data left empty": "data:\nmodels: {knn: }\n",
    "no target": "data: {source: builtin:iris}\nmodels: {knn: }\n",
    "no models": DATA + "models: {}\n",
    "models left empty": DATA + "models:\n",
    "a name twice": with_data("drop: [a, a]"),
    "no name at all": with_data("drop: ['']"),
    "name left empty": GOOD + "name:\n",
    "text for a number": GOOD + "compare: {cv: {seed: 'one'}}\n",
    "a parameter of another use": DATA + "models: {knn: {use: svm, params: {n_neighbors: 2}}}\n",
    "two distributions": DATA + "models: {knn: {search: {p: {uniform: [1, 2], randint: [1, 2]}}}}\n",
    "no distribution": DATA + "models: {knn: {search: {p: {normal: [1, 2]}}}}\n",
    "no search in the catalogue": DATA + "models: {dummy: {search: default}}\n",
    "a fraction drawn as whole": DATA + "models: {knn: {search: {p: {randint: [1, 2.5]}}}}\n",
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_schema_and_reader_accept_the_same_files(read, faults, text):
    assert faults(text) == []
    assert read(text)


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_schema_and_reader_refuse_the_same_files(read, faults, text):
    assert faults(text) != []
    with pytest.raises(PipelineFileError, match=r"x\.yaml:\d+:\d+: "):
        read(text)


def test_a_file_that_extends_another_may_leave_out_anything(tmp_path, faults):
    """Only the keys that it has are checked."""
    (tmp_path / "base.yaml").write_text(DATA + "models: {small: {use: random_forest}}\n")
    text = "extends: base.yaml\ndata: {sample: 100}\nmodels: {small: {params: {max_depth: 2}}}\n"
    (tmp_path / "x.yaml").write_text(text)
    assert read_pipeline(tmp_path / "x.yaml").models["small"].params == {"max_depth": 2}
    assert faults(text) == []
    assert faults(text + "compare: {cv: {folds: 1}}\n") == ["compare.cv.folds"]


def test_models_and_parameters_are_described(schema):
    """By the catalogue and by their classes; with the catalogue's own defaults."""
    models = schema["properties"]["models"]["properties"]
    assert [models[entry.name]["description"].startswith(entry.description) for entry in catalogue()] == [True] * len(
        models
    )
    forest = schema["$defs"]["random_forest.params"]["properties"]
    assert forest["n_estimators"] == {
        "description": "int, default=100\nThe number of trees in the forest.",
        "default": 100,
    }
    assert schema["$defs"]["logistic.params"]["properties"]["max_iter"]["default"] == 1000


def test_a_parameter_of_both_tasks_describes_their_difference(schema):
    """And has no default where each has its own."""
    loss = schema["$defs"]["hist_gradient_boosting.params"]["properties"]["loss"]
    assert {"log_loss", "squared_error"} < set(loss["enum"])
    assert loss["description"].startswith("For regression: ")
    assert "\nFor classification: " in loss["description"]
    assert "default" not in loss


def test_a_model_that_is_not_installed_may_have_any_parameter(monkeypatch):
    """Its parameters are unknown here."""
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "lightgbm" else real(name))
    schema = pipeline_schema()
    assert schema["$defs"]["lightgbm.params"] == {"type": ["object", "null"]}
    assert "lightgbm" in schema["properties"]["models"]["properties"]


def test_every_key_of_the_specification_is_described(schema):
    """And every key of its sections, without a title."""
    sections = [schema, *(schema["$defs"][name] for name in ("DataSpec", "CompareSpec", "CvSpec", "ModelSpec"))]
    keys = {name: value for section in sections for name, value in section["properties"].items()}
    assert set(PipelineSpec.model_fields) < set(keys)
    assert [name for name, value in keys.items() if "title" in value] == []


def test_metrics_are_offered_with_their_descriptions(schema):
    """Those of the catalogue, then scikit-learn's scorers, and dotted names."""
    own, scorers, functions = schema["$defs"]["Metric"]["anyOf"]
    described = dict(zip(own["enum"], own["enumDescriptions"], strict=True))
    assert described["rmse"] == "For regression: Root of the mean squared error; large errors weigh most."
    assert re.match(functions["pattern"], "mypackage.my_metric")
    assert not re.match(functions["pattern"], "my_metric")
    assert "neg_mean_poisson_deviance" in schema["$defs"][scorers["$ref"].rpartition("/")[2]]["enum"]
