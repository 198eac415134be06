"""Iris: three species, three ways to write the target, one network.

In Keras the form of the target must fit the loss: integers 0, 1, 2 for sparse categorical cross-entropy, one-hot rows
for categorical cross-entropy, and names must be encoded first. The estimator accepts labels of any type and encodes
them for the chosen loss; the resulting network is the same.

Run it::

    python examples/iris.py [--out FOLDER]

It prints the differences between the three ways, the probabilities for one flower, and the test accuracy, and draws the
confusion matrix to ``FOLDER/iris.png``.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdl import KerasMLPClassifier
from skdl.tables import load_builtin

SPECIES = ["setosa", "versicolor", "virginica"]  # in the order of their codes 0, 1, 2


def network(loss):
    """Make the network: 4 measurements, 16 units, 3 softmax units."""
    return make_pipeline(
        MinMaxScaler(),
        # The same random_state gives the same initial weights and mini-batches for every loss.
        KerasMLPClassifier((16,), loss=loss, learning_rate=0.02, epochs=60, batch_size=16, random_state=0),
    )


def main():
    """Train on integers, on one-hot rows and on names, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("example-output"), help="folder for the picture")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    flowers = load_builtin("iris")
    X, names = flowers.drop(columns="species"), flowers["species"]
    X_train, X_test, names_train, names_test = train_test_split(X, names, stratify=names, random_state=0)
    codes_train = names_train.map(SPECIES.index)

    # Do not pass a matrix of zeros and ones: in scikit-learn it means multilabel classification. Pass labels; the
    # estimator one-hot encodes them, because the loss needs it.
    integer = network("sparse_categorical_crossentropy").fit(X_train, codes_train)
    one_hot = network("categorical_crossentropy").fit(X_train, codes_train)
    named = network("auto").fit(X_train, names_train)  # "auto" is the sparse one for three classes or more

    chances = integer.predict_proba(X_test)
    print("Largest difference of a probability from that of the integer targets:")
    print(f"  one-hot targets  {np.abs(one_hot.predict_proba(X_test) - chances).max():.1e}")
    print(f"  names            {np.abs(named.predict_proba(X_test) - chances).max():.1e}")

    flower = X_test.iloc[[0]]
    print("\nThe first test flower:")
    print(pd.Series(named.predict_proba(flower)[0], index=named.classes_).round(3).to_string())
    print(f"so it is called {named.predict(flower)[0]!r}, and is {names_test.iloc[0]!r}")

    print(f"\nAccuracy on {len(X_test)} flowers kept back: {named.score(X_test, names_test):.3f}")
    draw(named, X_test, names_test, out / "iris.png")
    print(f"Which were taken for which: {out / 'iris.png'}")


def draw(model, X, y, path):
    """Draw the confusion matrix: true species down, predicted species across."""
    figure = Figure(figsize=(5.6, 4.6), layout="constrained")
    ax = figure.subplots()
    ConfusionMatrixDisplay.from_estimator(model, X, y, cmap="Blues", colorbar=False, ax=ax)
    ax.set(title=f"{len(X)} flowers kept back", xlabel="predicted species", ylabel="true species")
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
