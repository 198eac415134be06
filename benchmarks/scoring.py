"""What batch scoring costs: the start of a process, a million rows, memory, verification.

    python benchmarks/scoring.py [start | table | memory | verify] ...

Each bar has its peer in the same run. ``start``: a fresh process to its first prediction, against importing
scikit-learn and pandas alone, and against a joblib-loaded SciKeras pipeline (turns interleaved). ``table``: a million
rows of 20 columns of mixed types from Parquet to Parquet, against reading, transforming with the same preprocessing and
writing without any model. ``memory``: the highest mark at 10 million rows over that at one million. ``verify``: what
verifying adds to the load of a model of 100 MB.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder

from skdl import KerasMLPClassifier, load_model, save_model, score_table
from skdl.saved_models._load import verified

TURNS = 5
NUMBERS = [f"number_{place}" for place in range(12)]
WORDS = [f"word_{place}" for place in range(8)]
SCIKERAS = """
import keras


def build(meta):
    dense = [keras.layers.Dense(64, "relu"), keras.layers.Dense(32, "relu"), keras.layers.Dense(1, "sigmoid")]
    return keras.Sequential([keras.Input((meta["n_features_in_"],)), *dense])
"""
TOWNS = np.array(["Bonn", "Ulm", "Jena", "Graz", "Bern", "Linz"], dtype=object)


def table(n_rows: int, seed: int = 0) -> pd.DataFrame:
    """Make twelve columns of numbers, some missing, and eight of words."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n_rows, len(NUMBERS)))
    numbers[rng.random(numbers.shape) < 0.02] = np.nan
    words = TOWNS[rng.integers(0, len(TOWNS), (n_rows, len(WORDS)))]
    return pd.concat([pd.DataFrame(numbers, columns=NUMBERS), pd.DataFrame(words, columns=WORDS)], axis=1)


def prepare() -> object:
    """Impute, scale and encode."""
    numbers = make_pipeline(SimpleImputer(), MinMaxScaler())
    return make_column_transformer((numbers, NUMBERS), (OneHotEncoder(handle_unknown="ignore"), WORDS))


def fitted(folder: Path) -> tuple[object, object]:
    """Fit and save a network behind the preprocessing."""
    X = table(5_000)
    y = np.where(X["number_0"].fillna(0.0) > 0, "yes", "no")
    model = make_pipeline(prepare(), KerasMLPClassifier((64, 32), epochs=3, random_state=0)).fit(X, y)
    return model, save_model(model, folder / "model", X=X, y=y)


def seconds(code: str) -> float:
    """Run Python afresh."""
    began = perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return perf_counter() - began


def start(folder: Path) -> None:
    """Measure a fresh process to its first prediction."""
    _, saved = fitted(folder)
    table(1).to_parquet(folder / "one.parquet")
    row = f"import pandas as pd; row = pd.read_parquet({str(folder / 'one.parquet')!r});"
    scikeras = (
        "import numpy as np, keras, joblib; from scikeras.wrappers import KerasClassifier;"
        "from benchmarks_scikeras import build; from sklearn.pipeline import make_pipeline;"
    )
    (folder / "benchmarks_scikeras.py").write_text(SCIKERAS)
    here = f"import sys; sys.path.insert(0, {str(folder)!r});"
    peer = folder / "scikeras.joblib"
    seconds(
        f"{here}{scikeras}from skdl import load_model;"
        f"frozen = load_model({str(saved.path)!r}, sha256={saved.sha256!r});"
        "net = KerasClassifier(build, loss='binary_crossentropy', epochs=1, verbose=0);"
        "X = np.random.default_rng(0).normal(size=(200, 60));"
        f"net.fit(X, (X[:, 0] > 0).astype(int)); joblib.dump((frozen[0], net), {str(peer)!r})"
    )
    ways = {
        "scikit-learn and pandas alone": f"{row} import sklearn.pipeline, sklearn.compose, sklearn.preprocessing",
        "skdl": f"from skdl import load_model; {row} model = load_model({str(saved.path)!r}, sha256={saved.sha256!r});"
        "print(model.predict(row))",
        "SciKeras": f"{here} import joblib; {row} prepare, net = joblib.load({str(peer)!r});"
        "net.predict(prepare.transform(row))",
    }
    taken = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, code in ways.items():
            taken[name].append(seconds(code))
    alone, ours, theirs = (median(values) for values in taken.values())
    print(f"start: {ours:.2f} s; imports alone {alone:.2f} s: {ours / alone:.2f} (bar 1.25)")
    print(f"       SciKeras {theirs:.2f} s: {ours / theirs:.2f} (bar 0.5)")


def whole_table(folder: Path) -> None:
    """Score a million rows, against the same work without a model."""
    model, saved = fitted(folder)
    source = folder / "in.parquet"
    table(1_000_000).to_parquet(source, row_group_size=100_000)
    ours, bare = [], []
    for turn in range(3):
        began = perf_counter()
        score_table(saved.path, source, folder / f"out{turn}", sha256=saved.sha256)
        ours.append(perf_counter() - began)
        began = perf_counter()
        with pq.ParquetFile(source) as file, pq.ParquetWriter(folder / "bare.parquet", pa.schema([("x", "f8")])) as out:
            for batch in file.iter_batches(65_536):
                made = model[0].transform(batch.to_pandas())
                first = made[:, 0].toarray() if hasattr(made, "toarray") else made[:, 0]
                out.write_table(pa.table({"x": np.ravel(first)}))
        bare.append(perf_counter() - began)
    whole, without = median(ours), median(bare)
    print(f"table: {whole:.1f} s; without a model {without:.1f} s: {whole / without:.2f} (bar 2)")


def memory(folder: Path) -> None:
    """Compare the highest marks of memory at one and ten million rows."""
    X = table(5_000)[NUMBERS[:4]].fillna(0.0)
    model = make_pipeline(MinMaxScaler(), LogisticRegression()).fit(X, X["number_0"] > 0)
    saved = save_model(model, folder / "small", X=X)
    marks = []
    for millions in (1, 10):
        source = folder / f"{millions}.parquet"
        with pq.ParquetWriter(source, pa.Table.from_pandas(X).schema) as out:
            for part in range(millions):
                out.write_table(pa.Table.from_pandas(table(1_000_000, part)[NUMBERS[:4]].fillna(0.0)))
        code = (
            f"from skdl import score_table; score_table({str(saved.path)!r}, {str(source)!r},"
            f"{str(folder / f'm{millions}')!r}, sha256={saved.sha256!r});"
            "print([line for line in open('/proc/self/status') if line.startswith('VmHWM')][0].split()[1])"
        )
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        marks.append(int(done.stdout.split()[-1]) / 1024)
    ratio = marks[1] / marks[0]
    print(f"memory: {marks[0]:.0f} MB at one million rows, {marks[1]:.0f} MB at ten: {ratio:.2f} (bar 1.1)")


def verify(folder: Path) -> None:
    """Hold the verification of a large model against the time to load it; its file is read in any case."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 8))
    forest = RandomForestRegressor(170, random_state=0, n_jobs=2).fit(X, X[:, 0] + rng.normal(size=len(X)))
    saved = save_model(forest, folder / "forest", X=X)
    file = saved.path / "model.joblib"
    ways = {
        "read": file.read_bytes,
        # What load_model does before it unpickles; verify_model compares SHA-256 besides.
        "verify": lambda: verified(saved.path, sha256=saved.sha256, public_key=None, trust=False, both=False),
        "load": lambda: load_model(saved.path, sha256=saved.sha256),
        "joblib": lambda: joblib.load(file),
    }
    taken = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, way in ways.items():
            began = perf_counter()
            way()
            taken[name].append(perf_counter() - began)
    read, checked, load, bare = (median(values) for values in taken.values())
    share = 100 * (checked - read) / load
    size = file.stat().st_size / 1e6
    print(f"verify: {size:.0f} MB, loaded in {load:.2f} s, of which verifying {share:.1f} % (bar 5 %)")
    print(f"        reading and verifying {checked:.2f} s, reading alone {read:.2f} s")
    print(f"        joblib.load alone {bare:.2f} s: {load / bare:.3f}")


def main() -> None:
    """Run what is asked for, or everything."""
    parts = {"start": start, "table": whole_table, "memory": memory, "verify": verify}
    for name in sys.argv[1:] or parts:
        with tempfile.TemporaryDirectory() as folder:
            parts[name](Path(folder))


if __name__ == "__main__":
    main()
