"""Batch job: a network is trained once and scores a table every night, without Keras.

The first run trains a pipeline and saves it. Every run then scores the table of the night in three ways, which give the
same predictions:

- ``joblib.load`` and pandas in chunks, for your own job;
- ``skdl.load_model`` with the pin of the model, which refuses a changed file before any of it runs. A pickle can run
any
  code when it is loaded, so prefer this way;
- ``skdl.score_table``, which also reads in chunks, checks every row, and writes bad rows to a quarantine file.

The saved model holds a NumPy network, so the job needs neither Keras nor JAX.

Run it twice::

    python examples/batch_job.py [--out FOLDER]

It prints what was scored and the differences between the three ways; the predictions of the night are in ``FOLDER``.
"""

import argparse
import shutil
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

import skdl
from skdl.tables import load_builtin

CHUNK = 400  # rows in memory at a time; some 100,000 in a real job


def main():
    """Train if there is no model yet; then do the night's work."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("example-output"), help="folder for the model and the scores")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    model, pin_file, tonight = out / "ice_cream_model", out / "ice_cream_model.pin", out / "tonight.csv"

    if pin_file.exists():
        print(f"There is a model already: {model}")
    else:
        pin_file.write_text(train_and_save(model))
        print(f"Trained and saved: {model}")
    pin = pin_file.read_text()  # in earnest it stands in the job's configuration, where the model's folder cannot reach

    make_table_of_tonight(tonight)
    by_joblib = score_in_chunks(joblib.load(model / "model.joblib"), tonight)
    by_skdl = score_in_chunks(skdl.load_model(model, sha256=pin), tonight)
    by_table = score_as_a_table(model, pin, tonight, out / "tonight_scores")
    by_joblib.to_csv(out / "tonight_predictions.csv")

    apart = max(np.abs(by_joblib - by_skdl).max(), np.abs(by_joblib - by_table).max())
    print(f"Rows scored: {len(by_joblib)}, on average {by_joblib.mean():.1f} sold")
    print(f"Largest difference between the three ways: {apart:.1e}")
    print(f"Keras in this process: {'yes, for training' if 'keras' in sys.modules else 'no'}")
    print(f"The predictions: {out / 'tonight_predictions.csv'} and {out / 'tonight_scores'}")


def train_and_save(folder):
    """Train on the past and save the pipeline whole: preprocessing and network. Return the saved model's pin."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, OneHotEncoder

    past = load_builtin("ice_cream")
    X, y = past.drop(columns="sales"), past["sales"]
    numbers = make_pipeline(SimpleImputer(strategy="median"), MinMaxScaler())
    words = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    pipeline = make_pipeline(
        make_column_transformer(
            (numbers, make_column_selector(dtype_include="number")),
            (words, make_column_selector(dtype_exclude="number")),
        ),
        # The first use of this name imports Keras; a night with a saved model does not get here.
        skdl.KerasMLPRegressor((16,), learning_rate=0.02, epochs=60, random_state=0),
    ).fit(X, y)
    # From X and y the saved model gets its input schema and its reference predictions.
    return skdl.save_model(pipeline, folder, X=X, y=y).sha256


def make_table_of_tonight(path):
    """Stand in for the table that comes out of a database: new days, with an id, some cells empty, no sales yet."""
    days = load_builtin("ice_cream?n_samples=1000&random_state=1").drop(columns="sales")
    days.insert(0, "id", [f"day-{number:04}" for number in range(len(days))])
    days.to_csv(path, index=False)


def score_in_chunks(model, path):
    """Read, predict, forget, chunk by chunk. The id goes along, so that predictions find their rows again."""
    columns = model.feature_names_in_
    chunks = pd.read_csv(path, index_col="id", chunksize=CHUNK)
    return pd.concat(pd.Series(model.predict(chunk[columns]), chunk.index, name="prediction") for chunk in chunks)


def score_as_a_table(model, pin, path, folder):
    """Let skdl stream the table from file to file, as the command ``skdl score`` does."""
    if folder.exists():
        shutil.rmtree(folder)  # what is finished is never written over; a real job has a folder a night
    result = skdl.score_table(model, path, folder, format="csv", keep=["id"], sha256=pin, chunk_rows=CHUNK)
    print(f"{result.n_rows} rows read, {result.n_scored} scored, {result.n_quarantined} set aside")
    return pd.concat(pd.read_csv(part, index_col="id")["prediction"] for part in result.parts)


if __name__ == "__main__":
    main()
