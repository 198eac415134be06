"""Custom network: Keras' functional API inside scikit-learn.

A stack of layers needs only parameters; any other network is a function that builds it. Here the columns have two
paths: through a hidden layer, and directly to the output, for the linear part of the relation ("wide and deep"). The
function is the parameter ``model`` of the estimator, and its arguments can be tuned in a grid search.

Run it::

    python examples/custom_network.py [--out FOLDER]

It prints the grid search's table, the layers of the best network, and its test error; the table is also in
``FOLDER/custom_network.csv``.
"""

# Import skdl before Keras: it chooses the backend.
from skdl import KerasMLPRegressor
from skdl.tables import load_builtin

# isort: split
import argparse
from pathlib import Path

import keras
import pandas as pd
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler


def wide_and_deep(n_features_in, n_outputs, hidden_layer_sizes, activation):
    """Build the network; the estimator compiles it.

    The estimator passes what the signature names: the numbers of inputs and outputs, and any of its own parameters, so
    that the grid below can vary them. For a classifier one would also ask for ``output_activation``.
    """
    columns = keras.Input((n_features_in,))
    deep = columns
    for units in hidden_layer_sizes:
        deep = keras.layers.Dense(units, activation=activation)(deep)
    both = keras.layers.Concatenate()([columns, deep])
    return keras.Model(columns, keras.layers.Dense(n_outputs)(both), name="wide_and_deep")


def main():
    """Search over both kinds of network and their sizes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("example-output"), help="folder for the table")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    # Ice cream sales are a linear function of temperature, humidity and discount, with noise of standard deviation 10.
    days = load_builtin("ice_cream?n_samples=500&weekday=0&missing=0")
    X, y = days.drop(columns="sales"), days["sales"]
    X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=300, random_state=0)

    pipeline = Pipeline([
        ("scale", MinMaxScaler()),
        ("network", KerasMLPRegressor(learning_rate=0.01, epochs=40, batch_size=50, random_state=0)),
    ])  # fmt: skip
    grid = {
        "network__model": [None, wide_and_deep],  # None is the estimator's own stack of layers
        "network__hidden_layer_sizes": [(4,), (16, 8)],
    }
    search = GridSearchCV(pipeline, grid, cv=3, scoring="neg_root_mean_squared_error").fit(X_train, y_train)

    tried = pd.DataFrame({
        "network": ["wide and deep" if model else "stack" for model in search.cv_results_["param_network__model"]],
        "hidden layers": search.cv_results_["param_network__hidden_layer_sizes"],
        "RMSE of the folds": -search.cv_results_["mean_test_score"].round(2),
        "their spread": search.cv_results_["std_test_score"].round(2),
    })  # fmt: skip
    tried = tried.sort_values("RMSE of the folds", ignore_index=True)
    tried.to_csv(out / "custom_network.csv", index=False)
    print(tried.to_string(index=False))

    # The best network, fitted on all training rows. ``model_`` is the Keras model.
    network = search.best_estimator_["network"].model_
    print(f"\nThe winner has {network.count_params()} weights in these layers:")
    for layer in network.layers:
        print(f"  {type(layer).__name__:<12} {layer.output.shape[1:]}")

    print(f"\nRMSE on {len(y_test)} days kept back: {root_mean_squared_error(y_test, search.predict(X_test)):.2f}")
    print("The noise alone has an RMSE of 10.")
    print(f"The table: {out / 'custom_network.csv'}")


if __name__ == "__main__":
    main()
