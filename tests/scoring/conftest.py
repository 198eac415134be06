"""A pipeline with every kind of column, and tables to score with it."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.scored_folders import StoppedError, contents, stop_after
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder

from skdl.saved_models import save_model
from skdl.scoring import score_table


def people(n_rows, seed=0):
    """Make people: gaps in age and city, none in children and sex."""
    rng = np.random.default_rng(seed)
    age = rng.uniform(18, 80, n_rows).round(3)
    age[::7] = np.nan
    city = np.array(["Bonn", "Ulm", "Köln"], dtype=object)[rng.integers(0, 3, n_rows)]
    city[::11] = np.nan
    sex = np.array(["f", "m"], dtype=object)[rng.integers(0, 2, n_rows)]
    return pd.DataFrame({"age": age, "children": rng.integers(0, 5, n_rows), "city": city, "sex": sex})


@pytest.fixture(scope="session")
def prepare():
    """Impute, scale and encode; `sex` has an encoder that raises on what it does not know."""
    return make_column_transformer(
        (make_pipeline(SimpleImputer(), MinMaxScaler()), ["age"]),
        (MinMaxScaler(), ["children"]),
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")), ["city"]),
        (OneHotEncoder(), ["sex"]),
    )


@pytest.fixture(scope="session")
def saved(prepare, tmp_path_factory):
    """Save a forest."""
    X = people(300)
    model = make_pipeline(prepare, RandomForestClassifier(10, n_jobs=2, random_state=0))
    model.fit(X, np.where(X["children"] > 2, "many", "few"))
    return save_model(model, tmp_path_factory.mktemp("saved") / "model", X=X)


@pytest.fixture(scope="session")
def ridge(prepare):
    """Fit a regression; taken as it is, never saved."""
    X = people(300)
    return make_pipeline(prepare, Ridge()).fit(X, X["children"] * 2.0 + (X["sex"] == "f"))


@pytest.fixture(scope="session")
def logistic():
    """Fit a classifier of whole-number classes."""
    X = people(300)[["children"]]
    return make_pipeline(MinMaxScaler(), LogisticRegression()).fit(X, (X["children"] > 2).astype(int))


@pytest.fixture
def write(tmp_path):
    """Write a frame as CSV or Parquet and give the path."""

    def to_file(frame, name):
        path = tmp_path / name
        frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)
        return path

    return to_file


@pytest.fixture
def score_text(tmp_path):
    """Score the text of a CSV file."""

    def start(model, text, **options):
        source = tmp_path / "in.csv"
        source.write_bytes(text if isinstance(text, bytes) else text.encode())
        return score_table(model, source, tmp_path / "out", **options)

    return start


@pytest.fixture(scope="session")
def table():
    """Return `people`."""
    return people


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """Write 600 people, three of them bad."""
    X = people(600, seed=4).astype({"children": object})
    X.loc[[5, 250, 599], "children"] = "?"
    path = tmp_path_factory.mktemp("source") / "in.csv"
    X.to_csv(path, index=False)
    return path


@pytest.fixture
def own_source(source, tmp_path):
    """Copy them into a file that a test may change."""
    return Path(shutil.copy(source, tmp_path))


@pytest.fixture(scope="session")
def run(saved, source):
    """Score them, 100 a part; options may differ."""

    def start(out, source=source, **options):
        options = {"sha256": saved.sha256, "chunk_rows": 100, "max_bad_frac": 0.1, **options}
        return score_table(saved.path, source, out, **options)

    return start


@pytest.fixture(scope="session")
def clean(run, tmp_path_factory):
    """Return the files of a run into a folder of this machine."""
    return contents(run(tmp_path_factory.mktemp("clean")).out)


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """Return the folder that an object store keeps its objects in, and its address."""
    fsspec = pytest.importorskip("fsspec")
    from helpers.object_store import Shelf

    fsspec.register_implementation("shelf", Shelf, clobber=True)
    monkeypatch.setattr(Shelf, "puts_left", None)
    return tmp_path / "shelf" / "out", f"shelf://{tmp_path}/shelf/out"


@pytest.fixture
def memory():
    """Return fsspec's file system in memory, empty."""
    system = pytest.importorskip("fsspec").filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


@pytest.fixture(params=["folder", "object store"])
def output(request, tmp_path):
    """Return a folder of this machine, or of an object store, and the name under which it is scored into."""
    return (tmp_path / "out", tmp_path / "out") if request.param == "folder" else request.getfixturevalue("shelf")


@pytest.fixture
def stopped(run, output):
    """Stop a run into it after the third part."""
    with pytest.raises(StoppedError):
        run(output[1], progress=stop_after(300))
    return output
