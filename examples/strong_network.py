"""A strong network on a table of numbers and categories, beside a plain network and boosting.

The table is made here: flats with a size, an age that is missing now and then, a district of 30 and a kind of heating.
A plain network needs all of it scaled and encoded. ``KerasRealMLPRegressor`` takes the table as it is, and so does
scikit-learn's gradient boosting. All three are compared on the same folds.

Run it::

    python examples/strong_network.py [--out FOLDER]

It prints the verdict, the leaderboard and the columns that the strong network turned up and down.
``FOLDER/strong_network/report.html`` is the report; its section "Network inputs" shows where the network
has put the districts.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder

import skdl

NUMBERS, CATEGORIES = ["size", "age", "floor", "noise"], ["district", "heating"]


def flats(n_rows=600):
    """Make a table of flats and their prices: a level for each district, a fall in price with age that levels off."""
    rng = np.random.default_rng(0)
    district = rng.integers(0, 30, n_rows)
    size, age = rng.gamma(9.0, 9.0, n_rows), rng.uniform(0.0, 80.0, n_rows)
    heating = rng.choice(["gas", "oil", "heat pump"], n_rows)
    a_square_metre = 3.0 + np.sin(district) + 1.5 * np.exp(-age / 10.0) + 0.4 * (heating == "heat pump")
    X = pd.DataFrame(
        {
            "size": size,
            "age": np.where(rng.random(n_rows) < 0.1, np.nan, age),
            "floor": rng.integers(0, 8, n_rows),
            "noise": rng.normal(size=n_rows),
            "district": [f"district {number:02}" for number in district],
            "heating": heating,
        }
    )
    return X, pd.Series(size * a_square_metre + rng.normal(0.0, 15.0, n_rows), name="price")


def estimators():
    """Name the models. The plain network alone needs preparation, and boosting to be told of the categories."""
    prepared = make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), MinMaxScaler()), NUMBERS),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), CATEGORIES),
    )
    return {
        "plain_network": make_pipeline(prepared, skdl.KerasMLPRegressor(early_stopping=True, random_state=0)),
        # Fewer units and epochs than by default, so that the example is short.
        "strong_network": skdl.KerasRealMLPRegressor((32,), epochs=32, batch_size=64, random_state=0),
        "boosting": HistGradientBoostingRegressor(categorical_features="from_dtype", random_state=0),
    }


def main():
    """Compare, print, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("example-output"), help="folder for the report")
    folder = parser.parse_args().out / "strong_network"

    X, y = flats()
    X = X.astype(dict.fromkeys(CATEGORIES, "category"))
    asked = {"cv": 3, "repeats": 1, "metrics": ["rmse", "r2"], "insight": False}
    comparison = skdl.compare(estimators(), X, y, output_dir=folder, **asked)
    print(comparison.verdict)
    print(f"\n{comparison.leaderboard()[['rmse', 'r2', 'fit_s']].round(2).to_string()}")

    # `skdl.estimators.describe_inputs(net)` has the same of one fitted network.
    print("\nmean factor of each column's inputs, 1 at the start of training:")
    for scale in comparison.summary.learned_inputs["strong_network"].scales:
        print(f"  {scale.column:10s} {scale.mean:.2f}")


if __name__ == "__main__":
    main()
