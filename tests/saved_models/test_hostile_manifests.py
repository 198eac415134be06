"""Hostile or damaged manifests: read, or refused as model files, never another error."""

import contextlib
import io
import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skdl.cli import main
from skdl.exceptions import ModelFileError, NeedsKerasError, UsageError
from skdl.saved_models import load_model, model_card, read_manifest, save_model
from skdl.tables import Dates, Reading

PEOPLE = pd.DataFrame({"age": [20.0, 30.5, np.nan, 50.0] * 5, "city": ["Bonn", "Ulm", "Bonn", "Köln"] * 5})
READING = Reading(rename={"Alter": "age"}, dtypes={"city": "string"}, dates={"day": Dates(("year",))})
METADATA = {"name": "people", "model": "logistic", "metrics": {"accuracy": {"mean": 0.9, "low": 0.8}, "r2": 0.5}}
ODD = [
    math.nan,
    math.inf,
    -1,
    10**400,
    10**40,
    1.5,
    True,
    None,
    "",
    "\ud800",
    "\x1b[2J",
    [],
    {},
    [[[]]],
    [None],
    {"": {}},
]
VALUES = st.sampled_from(ODD) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Save a classifier of people with all that a manifest can say."""
    prepare = make_column_transformer((SimpleImputer(), ["age"]), (OneHotEncoder(handle_unknown="ignore"), ["city"]))
    y = pd.Series(["few", "many"] * 10, name="size")
    model = make_pipeline(prepare, LogisticRegression()).fit(PEOPLE, y)
    folder = tmp_path_factory.mktemp("hostile") / "model"
    return save_model(model, folder, X=PEOPLE, y=y, reading=READING, metadata=METADATA)


def test_an_older_manifest_takes_words_in_strings_for_missing_values(saved, content):
    """As when the model was trained; a new one keeps them."""
    assert read_manifest(saved.path).manifest.reading == READING
    plain = json.loads(content)
    del plain["reading"]["strings_keep_words"]
    try:
        reading = read_manifest(written(saved, json.dumps(plain))).manifest.reading
    finally:
        written(saved, content)
    assert "NA" in reading.for_column("city").missing_words


def test_an_older_manifest_has_its_dates_in_utc(saved, content):
    """As when the model was trained; a new one says whether times are as written."""
    plain = json.loads(content)
    assert plain["reading"]["dates"]["day"].pop("utc", "absent") is None
    try:
        reading = read_manifest(written(saved, json.dumps(plain))).manifest.reading
    finally:
        written(saved, content)
    assert reading.dates["day"] == Dates(("year",), "ISO8601", utc=True)


@pytest.fixture(scope="module")
def content(saved):
    """Keep the manifest as it was."""
    return (saved.path / "manifest.json").read_text(encoding="utf-8")


def written(saved, text):
    """Replace the text of the manifest."""
    (saved.path / "manifest.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    return saved.path


def places(plain, path=()):
    """Return every path in a manifest, as tuples of keys."""
    for key, item in plain.items() if isinstance(plain, dict) else enumerate(plain):
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from places(item, (*path, key))


def inspected(folder, *options):
    """Return how `skdl inspect` ends."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output), pytest.raises(SystemExit) as ended:
        main(["inspect", str(folder), *options])
    return ended.value.code or 0


@given(data=st.data())
def test_any_value_anywhere_is_read_or_refused(saved, content, data):
    """By the reader, `skdl inspect` and loading; both commands can show a manifest that is read."""
    plain = json.loads(content)
    *path, last = data.draw(st.sampled_from(list(places(plain))))
    parent = plain
    for key in path:
        parent = parent[key]
    parent[last] = data.draw(VALUES)
    folder = written(saved, json.dumps(plain))
    try:
        card = model_card(read_manifest(folder))
    except ModelFileError:
        assert inspected(folder) == 78
        return
    assert card.columns is not None
    assert inspected(folder) == inspected(folder, "--json") == 0
    with contextlib.suppress(ModelFileError, NeedsKerasError):
        load_model(folder, trust_pickle=True)


@given(place=st.integers(min_value=0), byte=st.binary(min_size=1, max_size=2))
def test_any_byte_anywhere_is_read_or_refused(saved, content, place, byte):
    whole = content.encode()
    place %= len(whole)
    (saved.path / "manifest.json").write_bytes(whole[:place] + byte + whole[place + 1 :])
    with contextlib.suppress(ModelFileError, NeedsKerasError):
        load_model(saved.path, trust_pickle=True)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("n_rows",), math.inf, "numbers must be finite; got 'Infinity'"),
        (("n_rows",), "many", r"manifest\.n_rows must be a whole number; got 'many'"),
        (("n_rows",), -1, r"manifest\.n_rows must be a count; got -1"),
        (("files", "model.joblib", "size"), "12", r"manifest\.files\['model\.joblib'\]\.size must be a whole number"),
        (("files", "model.joblib", "sha256"), "0", "must be 64 hexadecimal digits"),
        (("schema", "columns", 0, "minimum"), "low", r"manifest\.schema\.columns\[0\]\.minimum must be a number"),
        (("schema", "columns", 0, "nullable"), 1, "nullable must be true or false; got 1"),
        (("schema", "columns", 0, "categories"), [1, 1], "categories must be distinct values"),
        (("schema", "columns", 0), {"name": "age", "kind": "number"}, r"columns\[0\] must have 'dtype'"),
        (("schema", "no"), 1, r"manifest\.schema must have no 'no'"),
        (("reading", "rename"), 5, r"manifest\.reading\.rename must be an object; got 5"),
        (("reading", "encoding"), "base64", "encoding must be an encoding"),
        (("reading", "separator"), "ab", "separator must be one character"),
        (("golden", "rows", "age"), 5, r"rows\['age'\] must be a list; got 5"),
        (("versions", ""), "1", "versions must be versions by package"),
        (("metadata",), [], "metadata must be an object"),
        (("metadata", "n"), 10**400, "numbers must be finite"),
        (("metadata", "name"), "\ud800", "surrogates not allowed"),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_a_wrong_value_is_refused_with_its_path(saved, content, place, value, message):
    """The message names what is expected."""
    plain = parent = json.loads(content)
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = value
    with pytest.raises(ModelFileError, match=message):
        read_manifest(written(saved, json.dumps(plain)))


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b'{"format": "skdl-model"}'])
def test_an_invalid_manifest_is_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(ModelFileError, match="not the manifest of a saved model"):
        read_manifest(tmp_path)


def test_a_folder_without_a_manifest_is_named(tmp_path):
    with pytest.raises(ModelFileError, match="no saved model here"):
        load_model(tmp_path / "nowhere", trust_pickle=True)


def test_a_manifest_of_a_later_format_is_refused(saved, content):
    """Never read half."""
    later = json.dumps({**json.loads(content), "format_version": 2})
    with pytest.raises(ModelFileError, match="format must be 'skdl-model' 1; got 'skdl-model' 2"):
        load_model(written(saved, later), trust_pickle=True)


@pytest.mark.parametrize("levels", [80, 5_000, 200_000])
def test_a_deeply_nested_manifest_is_refused(saved, content, levels):
    text = content.replace('"metadata": {', f'"metadata": {{"deep": {"[" * levels}{"]" * levels},')
    with pytest.raises(ModelFileError, match=r"at most 64 levels deep|recursion"):
        read_manifest(written(saved, text))


def test_a_duplicated_key_is_refused(saved, content):
    """JSON parsers differ in which one they keep."""
    with pytest.raises(ModelFileError, match="the same key twice"):
        read_manifest(written(saved, content.replace('"metadata": {', '"needs_keras": true, "metadata": {')))


def test_predictions_of_unequal_length_are_refused(saved, content):
    plain = json.loads(content)
    plain["golden"]["probabilities"][0] = [1.0]
    with pytest.raises(ModelFileError, match="must give the predictions that are stored with it"):
        load_model(written(saved, json.dumps(plain)), trust_pickle=True)


def test_a_manifest_without_newer_keys_is_read(saved, content):
    """Older manifests do not record infinite numbers."""
    plain = json.loads(content)
    for column in plain["schema"]["columns"]:
        del column["infinite"]
    assert read_manifest(written(saved, json.dumps(plain))).manifest == saved.manifest


def nested(levels):
    """Put lists into lists."""
    return [nested(levels - 1)] if levels else []


@pytest.mark.parametrize(
    ("metadata", "message"),
    [({"n": 10**400}, "must be plain JSON types"), ({"deep": nested(80)}, "at most 64 levels deep")],
    ids=["huge", "deep"],
)
def test_metadata_that_could_not_be_read_back_are_not_saved(tmp_path, metadata, message):
    """The caller has to change it."""
    with pytest.raises(UsageError, match=message):
        save_model(LinearRegression().fit(np.eye(2), [1.0, 2.0]), tmp_path / "model", metadata=metadata)
