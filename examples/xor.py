"""XOR: why a network needs a hidden layer.

Four corners of a square, opposite corners in the same class. No straight line separates them, so a network without a
hidden layer cannot learn it. One hidden layer is enough: with mean squared error on a sigmoid unit, as in the course
notes, and with binary cross-entropy, the usual loss for probabilities.

Run it::

    python examples/xor.py [--out FOLDER]

It prints the three accuracies on new points and draws what each network learned into ``FOLDER/xor.png``.
"""

import argparse
from pathlib import Path

from matplotlib.figure import Figure
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.model_selection import train_test_split

from skdl import KerasMLPClassifier
from skdl.tables import load_builtin

# In Keras one puts Input((2,)), Dense(8, activation="sigmoid") and Dense(1, activation="sigmoid") into a Sequential and
# compiles it with a loss and Adam(0.1). The estimator takes the first and the last layer from the data: only the
# hidden layers and the training are parameters.
TRAINING = {"activation": "sigmoid", "learning_rate": 0.1, "epochs": 60, "batch_size": 50, "random_state": 0}
NETWORKS = {
    "no hidden layer, cross-entropy": KerasMLPClassifier(hidden_layer_sizes=(), **TRAINING),
    "one hidden layer, mse": KerasMLPClassifier(hidden_layer_sizes=(8,), loss="mse", **TRAINING),
    "one hidden layer, cross-entropy": KerasMLPClassifier(hidden_layer_sizes=(8,), **TRAINING),
}


def main():
    """Train the three networks, print how they do on new points, and draw them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("example-output"), help="folder for the picture")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    # The truth table has four rows, too few for a test set. So use 400 points around the four corners.
    table = load_builtin("xor?noise=0.15")
    X, y = table[["x1", "x2"]], table["xor"]
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, stratify=y, random_state=0)

    print(f"{len(X_train)} points to learn from and {len(X_test)} new ones to be judged by.")
    print("A random guess is right half the time.\n")
    accuracies = {}
    for name, network in NETWORKS.items():
        network.fit(X_train, y_train)
        accuracies[name] = network.score(X_test, y_test)
        print(f"{name:<32} accuracy {accuracies[name]:.3f} after {network.n_iter_} epochs")

    # The corners themselves, as in the truth table. A probability near 0 or 1 means that the network is certain.
    corners = X.iloc[:4].assign(x1=[0.0, 0.0, 1.0, 1.0], x2=[0.0, 1.0, 0.0, 1.0])
    corners["P(xor = 1)"] = NETWORKS["one hidden layer, cross-entropy"].predict_proba(corners)[:, 1].round(3)
    print("\nThe truth table, by the last network:")
    print(corners.to_string(index=False))

    draw(accuracies, X_test, y_test, out / "xor.png")
    print(f"\nWhat each learned: {out / 'xor.png'}")


def draw(accuracies, X, y, path):
    """Colour the plane by each network's probability of class 1, with the new points on it."""
    figure = Figure(figsize=(12, 4.2), layout="constrained")
    panels = figure.subplots(1, len(NETWORKS), sharey=True)
    for ax, (name, network) in zip(panels, NETWORKS.items(), strict=True):
        shade = DecisionBoundaryDisplay.from_estimator(
            network, X, eps=0.3, grid_resolution=150, response_method="predict_proba", class_of_interest=1,
            plot_method="pcolormesh", cmap="RdBu_r", vmin=0, vmax=1, alpha=0.7, ax=ax,
        )  # fmt: skip
        for label, colour, marker in ((0, "tab:blue", "o"), (1, "tab:red", "s")):
            points = X[y == label]
            ax.scatter(
                points["x1"], points["x2"], s=18, color=colour, marker=marker, edgecolor="white", linewidth=0.5,
                label=f"class {label}",
            )  # fmt: skip
        ax.set(title=f"{name}\naccuracy {accuracies[name]:.2f}", aspect="equal")
        ax.label_outer()  # the three share one axis on the left
    panels[0].legend(loc="upper right")
    figure.colorbar(shade.surface_, ax=panels, label="probability of class 1", shrink=0.8)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
