"""A Keras network among scikit-learn's tools: Pipeline, ColumnTransformer, GridSearchCV, cross_val_score.

``KerasMLPRegressor`` is a scikit-learn estimator and works in all of them. Preprocessing (scaling, imputation,
encoding) is in the pipeline and is fitted on the training part of every fold, so there is no leakage from test rows.

Run it::

    python examples/sklearn_style.py [--out FOLDER]

It prints the error of a first network, the result of a grid search, and the errors of five classical models on the same
folds of the same table; ``FOLDER/sklearn_style.csv`` holds the last table.
"""

import argparse
from pathlib import Path

import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

from skdl import KerasMLPRegressor
from skdl.tables import load_builtin

RMSE = "neg_root_mean_squared_error"  # scikit-learn's scores are better when larger, so errors carry a minus
FOLDS = KFold(5, shuffle=True, random_state=0)  # one splitter, so that every model meets the same folds


def prepared(model):
    """Put a model behind its preprocessing: numbers filled and scaled to 0 .. 1, words filled and one-hot encoded."""
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), MinMaxScaler()), make_column_selector(dtype_include="number")),
        (
            make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")),
            make_column_selector(dtype_exclude="number"),
        ),
    )
    return Pipeline([("columns", columns), ("model", model)])


def main():
    """Fit, search and cross-validate a network as one would any other model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("example-output"), help="folder for the table")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    days = load_builtin("ice_cream")  # temperature, humidity, discount, weekday: numbers, a word, and gaps in both
    X, y = days.drop(columns="sales"), days["sales"]

    # 1. A pipeline.
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=60, random_state=0)
    network = prepared(KerasMLPRegressor((16,), learning_rate=0.01, epochs=60, batch_size=40, random_state=0))
    network.fit(X_train, y_train)
    print(f"A first network, on {len(X_test)} days it has not seen: R2 {network.score(X_test, y_test):.3f}")

    # 2. A search over its parameters. Names: step, two underscores, parameter.
    search = GridSearchCV(network, {"model__learning_rate": [0.001, 0.01, 0.1]}, cv=3, scoring=RMSE)
    search.fit(X_train, y_train)
    print("\nGrid search, RMSE over 3 folds:")
    for tried, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True):
        print(f"  learning rate {tried['model__learning_rate']:<6} {-score:.2f}")

    # 3. Comparison with classical models on the same folds, with an unfitted copy of the best network.
    # (Strictly, tuning belongs inside the folds too; skdl.compare with a pipeline file does nested cross-validation.)
    models = {
        "network": KerasMLPRegressor(**search.best_estimator_["model"].get_params()),
        "linear regression": LinearRegression(),
        "k nearest neighbours": KNeighborsRegressor(),
        "support vector machine": SVR(C=100),
        "decision tree": DecisionTreeRegressor(max_depth=5, random_state=0),
        "random forest": RandomForestRegressor(random_state=0),
    }
    rows = {}
    for name, model in models.items():
        scores = -cross_val_score(prepared(model), X, y, cv=FOLDS, scoring=RMSE)
        rows[name] = {"RMSE": scores.mean().round(2), "spread over folds": scores.std(ddof=1).round(2)}
    table = pd.DataFrame(rows).T.sort_values("RMSE")
    table.to_csv(out / "sklearn_style.csv", index_label="model")
    print(f"\nOver 5 folds of {len(X)} days:\n{table.to_string()}")
    print(f"\nThe table: {out / 'sklearn_style.csv'}")


if __name__ == "__main__":
    main()
