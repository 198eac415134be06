import pytest

from skdl.exceptions import PipelineFileError

GOOD = "data: {source: a.csv, target: y}\nmodels: {knn: }\n"
FAULTY = """\
name: boston
data:
  source: builtin:diabetes
  traget: progression
models:
  knn: {params: {n_neighbours: 3}, serach: {}}
  svm: {params: {C: -1, kernel: rfb, shrinking: maybe}}
  forest: {use: random_forst}
compare:
  cv: {folds: 1, repeats: 2.5}
  metrics: [rsme]
"""
EXPECTED = [
    "x.yaml:2:1: data.target: this key is required.",
    "x.yaml:4:3: data.traget: no such key; did you mean target? Keys here: source, target,",
    "x.yaml:6:18: models.knn.params.n_neighbours: no such parameter of KNeighbors",
    "x.yaml:6:36: models.knn.serach: no such key; did you mean search?",
    "x.yaml:7:21: models.svm.params.C: must be a float in the range (0.0, inf]; got -1.",
    "x.yaml:7:33: models.svm.params.kernel: must be a str among",
    "x.yaml:7:49: models.svm.params.shrinking: must be a boolean (true or false); got 'maybe'.",
    "x.yaml:8:17: models.forest.use: no such model: 'random_forst'; did you mean random_forest?",
    "x.yaml:10:15: compare.cv.folds: must be 2 or more; got 1.",
    "x.yaml:10:27: compare.cv.repeats: must be a whole number; got 2.5.",
    "x.yaml:11:13: compare.metrics.0: no such metric for regression: 'rsme'; did you mean rmse?",
]


def test_all_faults_of_a_file_are_reported_at_once_in_its_order(read, tmp_path):
    """A line each: file, line, column, key, what is wrong, the nearest right word."""
    with pytest.raises(PipelineFileError) as caught:
        read(FAULTY)
    lines = str(caught.value).replace(f"{tmp_path}/", "").splitlines()
    assert len(lines) == len(EXPECTED)
    for line, expected in zip(lines, EXPECTED, strict=True):
        assert line.startswith(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("models: {knn: }\n", "x.yaml:1:1: data: this key is required"),
        ("data: 5\nmodels: {knn: }\n", r"x.yaml:1:7: data: must be a mapping of the keys source, target, .*; got 5"),
        ("data: {source: a.csv, target: y}\nmodels: {}\n", "models: must not be empty"),
        ("data: {source: a.csv, target: y}\nmodels: [5]\n", "models: must be names of models, each once; got .5."),
        ("data: {source: a.csv, target: y}\nmodels: [knn, knn]\n", "models: must be names of models, each once; got"),
        (
            "data: {source: a.csv, target: y}\nmodels: {knn: 5}\n",
            "models.knn: must be a mapping of the keys use, params, search",
        ),
        (
            "data: {source: a.csv, target: y}\nmodels: {knn: {search: defaults}}\n",
            r"models.knn.search: must be default, or a mapping .*; got 'defaults'; did you mean default\?",
        ),
        (
            "data: {source: a.csv, target: y}\nmodels: {knn: {search: [3, 5]}}\n",
            r"models.knn.search: must be default, or a mapping from .*; got \[3, 5\]\.$",
        ),
        ("data: {source: a.csv, target: []}\nmodels: {knn: }\n", "data.target: must not be empty"),
        ("data: {source: a.csv, target: [y, y]}\nmodels: {knn: }\n", "got 'y' twice"),
        (
            "data: {source: a.csv, target: {y: }}\nmodels: {knn: }\n",
            "data.target: must be a name or a list of names; got {'y': None}",
        ),
        ("data: {source: a.csv, target: y, drop: [[a]]}\nmodels: {knn: }\n", "data.drop.0: must be text; got .'a'."),
        (
            "data: {source: a.csv, target: y, na_values: {x: }}\nmodels: {knn: }\n",
            "x.yaml:1:48: data.na_values.x: must be a name or a list of names; got None",
        ),
        ("data: {source: '', target: y}\nmodels: {knn: }\n", "data.source: must not be empty"),
        ("data: {source: a.csv, target: y, sample: 0}\nmodels: {knn: }\n", "data.sample: must be 1 or more; got 0"),
        (GOOD + "task: regresion\n", r"task: .*did you mean regression\?"),
        (GOOD + "name: ../x\n", "name: must be usable as the name of a folder"),
        (GOOD + "name: ..\n", "name: must be usable as the name of a folder"),
        (GOOD + "compare: {cv: {seed: true}}\n", "seed: must be a whole number"),
        (GOOD + "modles: {}\n", r"x.yaml:3:1: modles: no such key; did you mean models\?"),
        ("data: {source: a.csv, target: y}\nmodels: {dummy: {use: knn}}\n", "the name dummy is for the baseline"),
    ],
)
def test_a_wrong_type_is_described_in_words(read, text, message):
    """In the terms of the file, not of pydantic."""
    with pytest.raises(PipelineFileError, match=message):
        read(text)


def test_a_column_may_be_given_alone_or_in_a_list(read):
    """One name means a list of one."""
    one = read("data: {source: a.csv, target: y, drop: id}\nmodels: {knn: }\n")
    many = read("data: {source: a.csv, target: [y], drop: [id]}\nmodels: {knn: }\n")
    assert one == many


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            "activation: rellu",
            r"x.yaml:2:\d+: models.keras_mlp.params.activation: must be .*; got 'rellu'; did you mean relu\?",
        ),
        ("optimizer: adm", r"params.optimizer: must be .*; got 'adm'; did you mean adam\?"),
        ("loss: huberr", r"params.loss: must be .*; got 'huberr'; did you mean huber\?"),
    ],
    ids=["activation", "optimizer", "loss"],
)
def test_a_name_that_keras_does_not_know_is_found_before_anything_is_trained(read, parameters, message):
    text = "data: {source: builtin:diabetes, target: progression}\nmodels: {keras_mlp: {params: {%s}}}\n"
    with pytest.raises(PipelineFileError, match=message):
        read(text % parameters)


def test_names_of_keras_may_be_written_as_the_estimators_take_them(read):
    text = "data: {source: builtin:diabetes, target: progression}\nmodels: {keras_mlp: {params: {%s}}}\n"
    for parameters in ("activation: maxout", "optimizer: RMSprop", "loss: LogCosh", "loss: auto", "loss: mse"):
        read(text % parameters)
