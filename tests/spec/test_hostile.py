"""A pipeline file runs no code, reaches nothing that is not its own, and is refused with a message."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from skdl.cli import main
from skdl.exceptions import PipelineFileError, SkdlError
from skdl.pipeline import PipelineSpec, read_pipeline

CORPUS = sorted(Path(__file__).with_name("hostile").glob("*.yaml"))
DECLARED = sorted((Path(__file__).parents[2] / "pipelines").glob("*.yaml"))
MODELS = "models: {knn: }\n"
GOOD = "data: {source: builtin:iris, target: species}\n" + MODELS
SOURCES = {
    "a scheme of files": "file:///etc/passwd",
    "another protocol": "ftp://localhost/x.csv",
    "a script": "javascript:alert(1)",
    "a table in its address": "data:text/csv,a,b",
    "an address that is none": "http://[::1/x.csv",
    "the file itself": "x.yaml",
    "a folder": ".",
    "a device": "/dev/zero",
    "standard input": "/dev/stdin",
    "memory": "/proc/self/mem",
    "a pipe": "pipe.csv",
    "home of an unknown user": "~nosuchuser/x.csv",
    "a name too long": "s" * 1900 + ".csv",
    "NUL": "a\0b.csv",
    "stars": "*" * 60 + "a*?" * 60 + ".csv",
    "more rows than memory holds": "builtin:ice_cream?n_samples=1000000000000000",
    "more rows than numbers": "builtin:ice_cream?n_samples=" + "9" * 300,
    "a seed below zero": "builtin:xor?random_state=-1",
    "noise without end": "builtin:xor?noise=1e308",
    "strange options": "builtin:iris?__class__=1&noise=inf",
    "an unknown built-in table": "builtin:../../x",
}
PARENTS = {
    "itself": "x.yaml",
    "a folder": ".",
    "a device": "/dev/zero",
    "memory": "/proc/self/mem",
    "the kernel's log": "/proc/kmsg",
    "a pipe": "pipe.csv",
    "links in a circle": "circle.yaml",
    "home of an unknown user": "~nosuchuser/x.yaml",
    "a name too long": "e" * 1900 + ".yaml",
    "NUL": "a\0b.yaml",
    "an address": "https://localhost/x.yaml",
    "the users of the machine": "/etc/passwd",
}
LARGE = {
    "brackets": GOOD + "name: [" + "[]," * 80_000 + "]",
    "depth": GOOD + "name: " + "[" * 100_000,
    "a key": GOOD + "? " + "k" * 200_000 + "\n: 1",
    "a word": f"models: {{knn: {{use: {'k' * 200_000}}}}}",
    "a tag": GOOD + "name: !" + "t" * 200_000 + " 1",
    "faults": GOOD + "".join(f"k{number}:\n" for number in range(4_000)),
    "columns": f"data: {{source: builtin:iris, target: species, drop: [{', '.join(map('c{}'.format, range(9_000)))}]}}",
    "metrics": GOOD + f"compare: {{metrics: [{', '.join(map('m{}'.format, range(9_000)))}]}}",
    "minutes": GOOD + "name: 1" + ":1" * 60_000,
}


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Fail where anything asks the network."""

    def refuse(*arguments, **options):
        pytest.fail(f"the network was asked: {arguments}")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def folder(tmp_path):
    """Make a folder with a pipe without a writer and a link to itself."""
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "circle.yaml").symlink_to("circle.yaml")
    return tmp_path


@pytest.fixture
def decoy(tmp_path, monkeypatch):
    """Make a module that leaves a trace when it is imported."""
    place = tmp_path / "decoy"
    place.mkdir()
    (place / "hostile_decoy.py").write_text(
        "from pathlib import Path\nfrom sklearn.neighbors import KNeighborsClassifier as Model\n"
        "Path(__file__).with_name('trace').touch()\n"
    )
    monkeypatch.syspath_prepend(place)
    return place / "trace"


def refusal(file, overrides=()):
    """Load a file as far as possible; return the error, or None."""
    try:
        spec = read_pipeline(file, overrides)
        if not spec.data.source.startswith(("https://", "keras:")):
            spec.estimators(*spec.load())
    except SkdlError as error:
        message = str(error)
        assert len(message) < 5000
        assert "Traceback" not in message
        if isinstance(error, PipelineFileError):
            assert message.replace("\n", "").isprintable()
        return error
    return None


def written(folder, content, name="x.yaml"):
    """Write a file as it is, whatever it holds."""
    file = folder / name
    file.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    return file


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_the_command_ends_a_hostile_file_with_a_message_and_an_exit_code(file, tmp_path, monkeypatch, capsys):
    """Soon, without a traceback; the first line of each file names the attack."""
    assert file.read_bytes().startswith(b"# ")
    monkeypatch.chdir(tmp_path)
    began = time.process_time()
    with pytest.raises(SystemExit) as ended:
        main(["check", str(shutil.copy(file, tmp_path))])
    assert time.process_time() - began < 10
    assert ended.value.code in {None, 0, 2, 65, 78}
    message = capsys.readouterr().err
    assert "Traceback" not in message
    assert len(message) < 5000
    assert message.replace("\n", "").isprintable()


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_hostile_source_is_refused(source, folder, monkeypatch):
    monkeypatch.chdir(folder)
    text = yaml.safe_dump({"data": {"source": source, "target": "x"}, "models": {"knn": None}})
    assert refusal(written(folder, text)) is not None


@pytest.mark.parametrize("parent", PARENTS.values(), ids=PARENTS)
def test_a_hostile_parent_is_refused(parent, folder):
    """And is not read where reading it could wait for ever."""
    with pytest.raises(PipelineFileError, match=r"x\.yaml:1:10: extends: |not YAML|must be a mapping"):
        read_pipeline(written(folder, yaml.safe_dump({"extends": parent}, width=9999)))


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_oversized_files_are_refused_quickly(text, tmp_path):
    """Not in quadratic time, and in few words."""
    began = time.process_time()
    assert refusal(written(tmp_path, text)) is not None
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    "override", [".".join("a" * 3000) + "=1", "a=" + "[" * 1000, "data.source=~nosuchuser", "a\0b=1"]
)
def test_a_hostile_override_is_refused(override, tmp_path):
    """The command line too ends in a message."""
    assert refusal(written(tmp_path, GOOD), [override]) is not None


def test_a_path_that_no_file_can_have_is_refused():
    """NUL ends a path for the system."""
    with pytest.raises(PipelineFileError, match="a pipeline file must be readable"):
        read_pipeline("a\0b.yaml")


def test_a_lock_of_packages_without_names_runs(tmp_path):
    """A missing package is reported as not installed."""
    digest = read_pipeline(written(tmp_path, GOOD)).load_table().data_hash
    lock = yaml.safe_dump(
        {
            "pipeline": yaml.safe_load(GOOD),
            "data": {"sha256": digest},
            "splits": {"sha256": "x"},
            "versions": {"": "1", "../x": "2"},
        }
    )
    notes = read_pipeline(written(tmp_path, lock, "lock.yaml")).load_table().notes
    assert any("../x 2 then, none now" in note.text for note in notes)


def test_the_decoy_would_leave_its_trace(decoy, tmp_path):
    """Where the caller allows its package."""
    file = written(tmp_path, GOOD + "task: classification\n")
    read_pipeline(file, ["models.knn.use=hostile_decoy.Model"], allow_packages=["hostile_decoy", "sklearn"])
    assert decoy.exists()


def test_hostile_files_start_no_process_and_import_no_foreign_package(decoy, tmp_path):
    """Seen by the interpreter's own audit, in a process of their own: not to see whether it is allowed either."""
    for file in CORPUS:
        shutil.copy(file, tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", AUDIT, str(decoy.parent), *map(str, sorted(tmp_path.glob("*.yaml")))],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr[-2000:]
    assert not decoy.exists()


AUDIT = """
import sys, skdl, skdl.pipeline
from skdl.catalogue import ALLOWED_PACKAGES, catalogue, find_class
from skdl.exceptions import SkdlError
sys.path.insert(0, sys.argv[1])
for entry in catalogue():
    for task in ("regression", "classification"):
        if entry.path_for(task):
            try:
                find_class(entry.name, task)()
            except SkdlError:  # a package that is not installed imports nothing
                pass
known = {name.partition(".")[0] for name in sys.modules} | {*sys.stdlib_module_names, *ALLOWED_PACKAGES}
found = []
def watch(event, arguments):
    if event in {"os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.Popen", "socket.connect"}:
        found.append(event)
sys.addaudithook(watch)
for file in sys.argv[2:]:
    try:
        spec = skdl.read_pipeline(file)
        spec.estimators(*spec.load())
    except SkdlError:
        pass
print(sorted({name.partition(".")[0] for name in sys.modules} - known) + found)
"""

PIECES = st.sampled_from(
    [
        "sklearn", "skdl", "os", "builtins", "hostile_decoy", "Model", "svm", "SVC", "system", "eval", "ensemble",
        "tests", "impute", "estimators", "keras", "np", "__init__", "_classes", "utils", "base", "clone", "\uff53vm",
        "\u0435", " ", "", "-",
    ]
)  # fmt: skip
USES = st.lists(PIECES, min_size=1, max_size=5).flatmap(
    lambda pieces: st.sampled_from([".", "", "..", "/", ":"]).map(lambda between: between.join(pieces))
) | st.text(max_size=12)


@given(use=USES)
def test_no_value_of_use_imports_a_foreign_package(use, decoy, tmp_path):
    """A dotted name is judged by its package before anything is imported."""
    value = {**yaml.safe_load(GOOD), "models": {"a": {"use": use}}}
    refusal(written(tmp_path, yaml.safe_dump(value, allow_unicode=True)))
    assert not decoy.exists()


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**120), 10**120)
    | st.sampled_from([0, -1, 1, 2, 2**31, 2**32, 2**63, 2**64, 10**99])
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["species", "knn", "sklearn.svm.SVC", "${HOME}", "builtin:xor", "t.csv", "utf-16", "none", "*", "%"]
    )
)


def names_of_keys(schema):
    """Return the names of all keys that sections have."""
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
        schema = schema.values()
    if not isinstance(schema, str):
        for part in schema if hasattr(schema, "__iter__") else ():
            yield from names_of_keys(part)


MODELS_AND_PARAMETERS = {"knn", "svm", "keras_mlp", "n_neighbors", "C", "loguniform", "randint"}
COLUMNS_AND_LOCKS = {"species", "x", "day", "extends", "pipeline", "splits", "versions"}
OTHERS = MODELS_AND_PARAMETERS | COLUMNS_AND_LOCKS
KEYS = st.sampled_from(sorted({*names_of_keys(PipelineSpec.model_json_schema()), *OTHERS}))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
PATHS = st.sampled_from(
    [
        "data.source", "data.target", "data.sample", "data.drop", "data.groups", "data.time", "data.rename",
        "data.dtypes", "data.dates", "data.separator", "data.decimal", "data.thousands", "data.encoding",
        "data.na_values", "data.keep_default_na", "models", "models.knn", "models.knn.use", "models.knn.params",
        "models.knn.search",
        "models.knn.search.n_neighbors", "models.knn.params.n_neighbors", "models.svm.search.C.loguniform",
        "models.knn.preprocess", "preprocess", "preprocess.numeric", "preprocess.columns", "preprocess.columns.x",
        "compare.cv", "compare.cv.folds", "compare.tune", "compare.tune.iterations", "compare.metrics", "output",
        "output.dir", "name", "task", "extends", "dummy",
    ]
) | st.lists(KEYS, min_size=1, max_size=4).map(".".join)  # fmt: skip


def with_value(value, path, new):
    """Put a value somewhere into a tree."""
    first, _, rest = path.partition(".")
    inner = value.get(first) if isinstance(value, dict) else None
    return {**(value if isinstance(value, dict) else {}), first: with_value(inner, rest, new) if rest else new}


@pytest.fixture
def table(tmp_path):
    """Make a table with numbers, words, dates and gaps."""
    rows = [f"{number % 7 or ''},{'abc'[number % 3]},2024-01-{number % 28 + 1:02d},{number}.5" for number in range(40)]
    (tmp_path / "t.csv").write_text("\n".join(["x,species,day,y", *rows]))
    return {"data": {"source": "t.csv", "target": "species"}, "models": {"knn": None, "svm": None}}


@given(changes=st.lists(st.tuples(PATHS, VALUES), min_size=1, max_size=3))
def test_any_value_anywhere_is_accepted_or_refused(changes, table, tmp_path):
    """Numbers, text, lists and mappings where they do not belong."""
    for path, new in changes:
        table = with_value(table, path, new)
    refusal(written(tmp_path, yaml.safe_dump(table, allow_unicode=True)))


@given(overrides=st.lists(st.tuples(PATHS | st.text(max_size=9), VALUES.map(repr) | st.text(max_size=9)), max_size=3))
def test_any_override_is_accepted_or_refused(overrides, table, tmp_path):
    """As ``--set`` gives them."""
    file = written(tmp_path, yaml.safe_dump(table))
    refusal(file, [f"{key}={value}" for key, value in overrides])


@st.composite
def mutated(draw):
    """Take a file of this project and spoil it."""
    lines = draw(st.sampled_from(DECLARED)).read_text(encoding="utf-8").splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        column = draw(st.integers(0, len(line)))
        lines[at] = draw(
            st.sampled_from(["", line * 2, line[::-1], line[:column], line[:column] + line[column + 1 :]])
            | st.text("{}[]:,-&*!|>%@`'\"#? \n\t\\~<=.0e\0é", max_size=3).map(
                lambda text: line[:column] + text + line[column:]  # noqa: B023 - drawn at once
            )
        )
    return "".join(lines)


@given(text=mutated())
def test_a_damaged_file_is_accepted_or_refused(text, tmp_path):
    """A character too many, a line too few."""
    refusal(written(tmp_path, text))
