"""Is a neural network worth it here? The comparison report as a script.

Seven models are compared on the same folds of the same table. The report names a winner only where the difference is
significant. It recommends the leader, or a cheaper model that loses little, and says what the choice gives up.

Run it::

    python examples/compare_algorithms.py [--out FOLDER]
    python examples/compare_algorithms.py --pipeline pipelines/wine.yaml [--out FOLDER]

It prints the verdict and the leaderboard. ``FOLDER/comparison/report.html`` is the report, a single file for the
browser, and ``FOLDER/comparison/model`` the recommended model, fitted on all rows. The second form takes table,
models and folds from a pipeline file, as the command ``skdl compare`` does.
"""

import argparse
from pathlib import Path

from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

import skdl
from skdl.tables import load_builtin


def estimators():
    """Name the models. Those that measure distances, or train step by step, see columns between 0 and 1."""
    network = skdl.KerasMLPRegressor(
        (32,), epochs=60, early_stopping=True, learning_rate=0.01, batch_size=128, l2=0.01, random_state=0
    )
    return {
        "network": make_pipeline(MinMaxScaler(), network),
        "linear": LinearRegression(),
        "knn": make_pipeline(MinMaxScaler(), KNeighborsRegressor(n_neighbors=10)),
        "svm": make_pipeline(MinMaxScaler(), SVR(C=100)),
        "decision_tree": DecisionTreeRegressor(max_depth=4, random_state=0),
        "random_forest": RandomForestRegressor(n_estimators=50, random_state=0),
        "gradient_boosting": GradientBoostingRegressor(random_state=0),
    }


def main():
    """Compare, print, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pipeline", type=Path, help="a pipeline file to compare in place of the models named here")
    parser.add_argument("--out", type=Path, default=Path("example-output"), help="folder for the report")
    arguments = parser.parse_args()
    folder = arguments.out / "comparison"

    if arguments.pipeline is not None:
        comparison = skdl.compare(skdl.read_pipeline(arguments.pipeline), output_dir=folder)
    else:
        patients = load_builtin("diabetes")
        X, y = patients.drop(columns="progression"), patients["progression"]
        # One repeat keeps the example short; the default is three. The first metric ranks the models.
        metrics = ["rmse", "mae", "mape", "r2"]
        comparison = skdl.compare(estimators(), X, y, cv=10, repeats=1, metrics=metrics, output_dir=folder)

    print(comparison.verdict)

    # Best first. Models that share a letter in ``group`` are not significantly different.
    measured = comparison.leaderboard().drop(columns=["rank", "status"])
    shown = [column for column in measured if not column.endswith(("_low", "_high"))]
    print(f"\n{measured[shown].round(3).to_string()}")

    # The recommended model is fitted on all rows.
    print(f"\nRecommended: {comparison.best}")
    print(f"\nThe report: {comparison.folder / 'report.html'}")
    print(f"The saved model: {comparison.folder / 'model'}, with the pin {comparison.model_pin}")


if __name__ == "__main__":
    main()
