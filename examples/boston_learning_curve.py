"""House prices: min-max scaling, the learning curve, and RMSE, MAE and MAPE in the target's own unit.

The Boston table of the course has 506 districts and the median value of a house, in 1,000 dollars, as ``medv``. Give
the path of its CSV; without one, the built-in diabetes table is used (442 patients, progression of the disease).

Run it::

    python examples/boston_learning_curve.py [boston.csv] [--target medv] [--out FOLDER]

It prints the diagnosis of the learning curve of 120 epochs, and the test errors of that network, of a network with
early stopping, of linear regression, and of predicting the mean. ``FOLDER/learning_curve.png`` shows the curve,
``FOLDER/folds.png`` those of five folds.
"""

import argparse
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, mean_absolute_percentage_error, root_mean_squared_error
from sklearn.model_selection import KFold, cross_validate, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdl import KerasMLPRegressor, TrainingCurveDisplay, diagnose_training
from skdl.tables import load_builtin


def network(**settings):
    """Make the network: columns between 0 and 1, two hidden layers.

    The scaler stands inside the pipeline: it learns smallest and largest value from the training rows alone, and is
    saved and loaded with the network. The estimator scales the target too, and gives predictions back unscaled.
    """
    return make_pipeline(
        MinMaxScaler(),
        KerasMLPRegressor(
            (32, 16), activation="relu", learning_rate=0.005, epochs=120, batch_size=32, validation_split=0.2,
            random_state=0, **settings,
        ),
    )  # fmt: skip


def main():
    """Train, read the learning curve, and judge on rows kept back."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv", type=Path, nargs="?", help="the Boston table; left out, the built-in diabetes table")
    parser.add_argument("--target", help="column to predict", default="medv")
    parser.add_argument("--out", type=Path, default=Path("example-output"), help="folder for the picture")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)

    if arguments.csv is None:
        table, target = load_builtin("diabetes"), "progression"
    else:
        table, target = pd.read_csv(arguments.csv), arguments.target
    X, y = table.drop(columns=target), table[target]
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
    print(f"{len(X_train)} rows to learn {target!r} from, {len(X_test)} to be judged by.")

    models = {
        "network, 120 epochs": network(),
        "network, stopped early": network(early_stopping=True, patience=20),
        "linear regression": LinearRegression(),
        "mean of the training rows": DummyRegressor(),
    }
    for model in models.values():
        model.fit(X_train, y_train)

    # Questions to the curve: does it still fall, does it rise again, is it below the constant prediction?
    # The losses are smoothed, so the best epoch printed here can differ from the lowest point of the picture.
    whole = models["network, 120 epochs"][-1]
    print("\nDiagnosis of the curve of 120 epochs:")
    print(diagnose_training(whole.history_, baseline_loss=whole.baseline_loss_))

    print("\nErrors on the test rows:")
    print(pd.DataFrame({name: errors(y_test, model.predict(X_test)) for name, model in models.items()}).T.to_string())

    stopped = models["network, stopped early"][-1]
    print(f"\nStopped at epoch {stopped.n_iter_}, it went back to the weights of epoch {stopped.best_epoch_}.")
    draw(whole, stopped, arguments.out / "learning_curve.png")
    print(f"The curve: {arguments.out / 'learning_curve.png'}")

    # Is this curve typical? The same network on five folds, loss and mean absolute error side by side.
    shuffled = KFold(5, shuffle=True, random_state=0)
    folds = cross_validate(network(metrics=["mae"]), X, y, cv=shuffled, return_estimator=True)
    curves = TrainingCurveDisplay.from_cv_results(folds, metric=["loss", "mae"])
    curves.figure_.savefig(arguments.out / "folds.png", dpi=120)
    print(f"Best epochs of five folds: {', '.join(str(one[-1].best_epoch_) for one in folds['estimator'])}")
    print(f"Their curves: {arguments.out / 'folds.png'}")


def errors(truth, prediction):
    """RMSE and MAE in the target's unit, MAPE as a share of the true value."""
    return {
        "RMSE": f"{root_mean_squared_error(truth, prediction):.2f}",
        "MAE": f"{mean_absolute_error(truth, prediction):.2f}",
        "MAPE": f"{mean_absolute_percentage_error(truth, prediction):.1%}",
    }


def draw(whole, stopped, path):
    """Draw the loss by epoch, that of always guessing the mean, and where early stopping ended the same training."""
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    ax = figure.subplots()
    TrainingCurveDisplay.from_estimator(whole, ax=ax, log_scale=False)
    ax.axhline(whole.baseline_loss_, color="0.6", linestyle="--", label="always the mean")
    ax.axvline(stopped.n_iter_, color="tab:green", label=f"stopped early ({stopped.n_iter_})")
    ax.set(ylim=(0, None), ylabel="mean squared error (scaled target)", title="Learning curve")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
