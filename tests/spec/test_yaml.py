import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from skdl.exceptions import PipelineFileError
from skdl.pipeline import PipelineSpec, read_pipeline
from skdl.tables import DATE_PARTS

GOOD = "data: {source: builtin:iris, target: species}\nmodels: {knn: }\n"
HOSTILE = {
    "tag": ("a: !!python/object/apply:os.system ['echo hacked']\n", r"x.yaml:1:4: YAML tags are not allowed"),
    "local tag": ("a: !env HOME\n", r"x.yaml:1:4: YAML tags are not allowed; got '!env'"),
    "plain tag": ("a: !!str 1\n", "YAML tags are not allowed"),
    "anchor": ("a: &x [1]\nb: *x\n", r"x.yaml:1:4: anchors"),
    "laughs": ("a: &a [lol]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", "anchors"),
    "merge": ("<<: {name: a}\n", "a key must be text; got '<<'"),
    "twice": (GOOD + "models: {svm: }\n", r"x.yaml:3:1: models: duplicate key, first in line 2"),
    "nested twice": ("data: {target: a, target: b}\n", r"x.yaml:1:19: data.target: duplicate key"),
    "number as key": ("5: a\n", r"x.yaml:1:1: a key must be text; got '5'"),
    "list as key": ("? [a]\n: b\n", "a key must be text; got 'a list or mapping'"),
    "two documents": (GOOD + "---\na: 1\n", r"x.yaml:3:1: a file must have one document"),
    "deep": ("a: " + "[" * 50_000, "nested 20 levels deep at most"),
    "deep block": ("\n".join(" " * n + "a:" for n in range(60)), "nested 20 levels deep at most"),
    "large": ("a: " + "x" * 300_000, "256,000 bytes at most"),
    "open quote": ('a: "b\n', "x.yaml:2:1: not YAML"),
    "open bracket": ("a: [1, 2\n", "not YAML"),
    "tab": ("a:\n\tb: 1\n", r"x.yaml:2:1: not YAML"),
    "control character": ("a: b\nc: \x07\n", r"x.yaml:2:1: not YAML: a control character"),
    "huge number": ("a: " + "9" * 6000, r"x.yaml:1:4: .* value that can be read"),
    "empty": ("", r"x.yaml:1:1: a pipeline file must be a mapping"),
    "list": ("- a\n", "must be a mapping"),
    "scalar": ("hello\n", "must be a mapping"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_with_its_position(read, case):
    """No code runs, no alias expands without bound, and the message has the position."""
    text, message = HOSTILE[case]
    with pytest.raises(PipelineFileError, match=message):
        read(text)


def test_text_that_is_not_utf8_is_refused_with_its_line(tmp_path):
    """Saved as cp949 by an old editor."""
    path = tmp_path / "x.yaml"
    path.write_bytes("a: 1\n이름: b\n".encode("cp949"))
    with pytest.raises(PipelineFileError, match=r"x.yaml:2: text must be UTF-8"):
        read_pipeline(path)


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path):
    """As Windows editors write it."""
    path = tmp_path / "x.yaml"
    path.write_bytes(GOOD.encode("utf-8-sig"))
    assert read_pipeline(path).name == "x"


def test_a_missing_file_offers_the_nearest(read, tmp_path):
    """By the names in its folder."""
    read(GOOD, name="iris.yaml")
    with pytest.raises(PipelineFileError, match=r"no such file; did you mean iris.yaml\?"):
        read_pipeline(tmp_path / "irsi.yaml")


def test_a_folder_is_not_a_pipeline_file(tmp_path):
    """The error is a message, not a traceback."""
    with pytest.raises(PipelineFileError, match="a pipeline file must be readable"):
        read_pipeline(tmp_path)


def test_exponents_are_numbers(read):
    """YAML 1.1 would take 1e-3 for text."""
    spec = read("data: {source: builtin:iris, target: species}\nmodels: {knn: {use: logistic, params: {C: 1e-3}}}\n")
    assert spec.models["knn"].params == {"C": 0.001}


def test_text_that_looks_like_a_date_stays_text(read):
    """A column may be called so."""
    assert read(GOOD + "name: 2024-01-31\n").name == "2024-01-31"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


NUMERIC = {
    "impute": st.sampled_from(["median", "mean", "knn"]),
    "scale": st.sampled_from(["auto", "minmax", "quantile", "pixels", "none"]),
    "indicator": st.booleans(),
}
CATEGORICAL = {
    "encode": st.sampled_from(["onehot", "ordinal"]),
    "min_frequency": st.none() | st.integers(1, 99) | st.floats(0.01, 0.99),
    "max_categories": st.none() | st.integers(2, 99),
}
RECIPES = st.dictionaries(
    WORDS,
    st.just("passthrough")
    | st.none()
    | st.fixed_dictionaries({}, optional=NUMERIC)
    | st.fixed_dictionaries({}, optional=CATEGORICAL),
    max_size=3,
)
PREPROCESS = st.fixed_dictionaries(
    {},
    optional={
        "numeric": st.fixed_dictionaries({}, optional=NUMERIC),
        "categorical": st.fixed_dictionaries({}, optional=CATEGORICAL),
        "columns": RECIPES,
    },
)
PARTS = st.lists(st.sampled_from(DATE_PARTS), min_size=1, max_size=3)
READING = st.fixed_dictionaries(
    {},
    optional={
        "separator": st.sampled_from([";", "|", "tab", "\t", None]),
        "decimal": st.sampled_from([",", "."]),
        "encoding": st.sampled_from(["utf-8", "cp949", None]),
        "na_values": st.lists(WORDS, unique=True, max_size=3)
        | st.dictionaries(WORDS, st.lists(WORDS, unique=True, max_size=2), max_size=2),
        "keep_default_na": st.booleans(),
        "rename": st.dictionaries(WORDS, WORDS, max_size=3),
        "dtypes": st.dictionaries(WORDS, st.sampled_from(["string", "float", "int", "bool"]), max_size=3),
        "dates": st.lists(WORDS, unique=True, max_size=2)
        | st.dictionaries(
            WORDS, st.none() | PARTS | st.fixed_dictionaries({"parts": PARTS, "format": WORDS}), max_size=2
        ),
    },
)


@given(
    name=st.from_regex(r"[a-z가-힣0-9 _.-]{0,8}[a-z가-힣]", fullmatch=True),
    target=WORDS,
    drop=st.lists(WORDS, unique=True, max_size=3),
    models=st.dictionaries(
        WORDS, st.dictionaries(WORDS, SCALARS | st.lists(SCALARS, max_size=3), max_size=3), min_size=1
    ),
    reading=READING,
    preprocess=PREPROCESS,
    own=PREPROCESS,
)
def test_a_written_file_reads_back_equal(name, target, drop, models, reading, preprocess, own):
    """Whatever the names and values are, and whichever way they were spelled."""
    value = {
        "name": name,
        "data": {"source": "builtin:iris", "target": target, "drop": drop, **reading},
        "preprocess": preprocess,
        "models": {key: {"use": "knn", "params": params, "preprocess": own} for key, params in models.items()},
    }
    spec = PipelineSpec.model_validate(value)
    assert PipelineSpec.model_validate(yaml.safe_load(spec.to_yaml())) == spec


@pytest.mark.parametrize(
    "word", ["1e-3", "yes", "null", "2024-01-31", "&a", "!x", "*", "- a", "a: b", "#", "'", "\u2028", "가격"]
)
def test_words_that_look_like_something_else_survive(read, word):
    """As column names, through writing and reading."""
    spec = PipelineSpec.model_validate(
        {"name": "x", "data": {"source": "builtin:iris", "target": "y", "drop": [word]}, "models": {"knn": None}}
    )
    assert read(spec.to_yaml()) == spec


NAMES = {
    "a number": ("target: 2024", ("2024",)),
    "zeros in front": ("target: 007", ("007",)),
    "a boolean of YAML 1.1": ("target: [no, Yes]", ("no", "Yes")),
    "a fraction": ("target: 1.50", ("1.50",)),
    "None": ("target: None", ("None",)),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_column_is_text_as_it_is_written(read, name):
    line, target = NAMES[name]
    spec = read(f"data: {{source: t.csv, {line}, drop: [on]}}\nmodels: {{linear: }}\n")
    assert (spec.data.target, spec.data.drop) == (target, ("on",))
    assert read(spec.to_yaml()) == spec


def test_keys_that_are_names_of_columns_may_be_numbers(read):
    text = "data: {source: t.csv, target: y, rename: {1: no}, dtypes: {2024: string}, na_values: {no: [-1, None]}}\n"
    spec = read(f"{text}models: {{linear: }}\npreprocess: {{columns: {{2024: {{scale: none}}}}}}\n")
    assert (spec.data.rename, spec.data.na_values) == ({"1": "no"}, {"no": ("-1", "None")})
    assert [*spec.data.dtypes, *spec.preprocess.columns] == ["2024", "2024"]


def test_none_is_null_as_in_python_and_text_in_quotes(read):
    model = "models: {random_forest: {params: {max_depth: None}, search: {max_features: [None, 'sqrt']}}}\n"
    spec = read(f"data: {{source: t.csv, target: y, sample: None}}\ntask: regression\n{model}")
    forest = spec.models["random_forest"]
    assert (forest.params, forest.search, spec.data.sample) == (
        {"max_depth": None},
        {"max_features": [None, "sqrt"]},
        None,
    )
    assert read(spec.to_yaml()) == spec
    with pytest.raises(PipelineFileError, match="or None; got 'None'"):
        read("data: {source: t.csv, target: y}\nmodels: {random_forest: {params: {max_depth: 'None'}}}\n")


def test_an_override_names_a_column_as_it_is_written(read):
    assert read(GOOD, ["data.target=2024", "data.drop=[no]"]).data.drop == ("no",)
