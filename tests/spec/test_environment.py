import pytest

from skdl.exceptions import PipelineFileError

GOOD = "data: {source: '${TABLES}/a.csv', target: y}\nmodels: {linear: }\noutput: {dir: '${TABLES}/out'}\n"


def test_a_variable_is_filled_in_where_a_path_names_it(read, monkeypatch):
    """Source and output folder."""
    monkeypatch.setenv("TABLES", "/data")
    spec = read(GOOD)
    assert (spec.data.source, spec.output.dir) == ("/data/a.csv", "/data/out")


def test_an_override_may_name_a_variable_too(read, monkeypatch):
    """The same rule for both."""
    monkeypatch.setenv("TABLES", "/data")
    assert read(GOOD, ["data.source=${TABLES}/b.csv"]).data.source == "/data/b.csv"


def test_extends_may_name_a_variable(read, monkeypatch, tmp_path):
    """It is a path."""
    monkeypatch.setenv("TABLES", str(tmp_path))
    (tmp_path / "base.yaml").write_text(GOOD)
    assert read("extends: ${TABLES}/base.yaml\nname: child\n").name == "child"


@pytest.mark.parametrize("key", ["data.source", "extends"])
def test_an_unset_variable_is_named_at_its_position(read, monkeypatch, key):
    monkeypatch.setenv("SKDL_TABLES", "/data")
    text = "extends: ${SKDL_TABLE}/b.yaml\n" if key == "extends" else GOOD.replace("TABLES", "SKDL_TABLE")
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
        read(GOOD.replace("${TABLES}/a.csv", source).replace("${TABLES}/out", "out"))
