"""Digits: early stopping, dropout, and the misclassified images.

Handwritten digits of 8 x 8 pixels, a small MNIST. The network flattens the images. A fifth of the training
images is the validation set: when its loss has not fallen for some epochs, training stops and the weights of the best
epoch are restored. Dropout sets a random part of the units to zero in each step.

Run it::

    python examples/digits.py [--out FOLDER]

It prints the last epoch with and without dropout, the test accuracy, and the digits with most errors;
``FOLDER/digits.png`` shows the misclassified images, ``FOLDER/digits_curve.png`` the learning curves.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.metrics import recall_score
from sklearn.model_selection import train_test_split

from skdl import KerasMLPClassifier, TrainingCurveDisplay

SHOWN = 12  # misread images in the picture


def main():
    """Train with and without dropout, and look at what is misread."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("example-output"), help="folder for the pictures")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    digits = load_digits()
    images = digits.images / 16.0  # grey values from 0 to 16; dividing is the min-max scaling of images
    X_train, X_test, y_train, y_test = train_test_split(
        images, digits.target, train_size=1280, stratify=digits.target, random_state=0
    )
    print(f"{len(X_train)} images to learn from, shape {X_train.shape[1:]}; {len(X_test)} to be judged by.\n")

    networks = {}
    for dropout in (0.0, 0.3):
        network = KerasMLPClassifier(
            (64, 32), dropout=dropout, early_stopping=True, patience=8, learning_rate=0.01, batch_size=128, epochs=150,
            random_state=0,
        ).fit(X_train, y_train)  # fmt: skip
        networks[f"dropout {dropout}"] = network
        print(
            f"dropout {dropout}: best epoch {network.best_epoch_} of {network.n_iter_} (150 were allowed), "
            f"accuracy {network.score(X_test, y_test):.3f}"
        )

    read = network.predict(X_test)
    found = recall_score(y_test, read, average=None)
    hardest = np.argsort(found, kind="stable")[:2]
    print(f"\nWith dropout, {np.sum(read != y_test)} of {len(y_test)} images are misread. Hardest to recognise:")
    for digit in hardest:
        print(f"  {digit}: {found[digit]:.0%} of them found")

    draw_curves(networks, out / "digits_curve.png")
    draw_misread(network, X_test, y_test, out / "digits.png")
    print(f"\nLearning curves: {out / 'digits_curve.png'}\nMisread images: {out / 'digits.png'}")


def draw_curves(networks, path):
    """Draw both learning curves side by side, on one scale."""
    figure = Figure(figsize=(10, 3.8), layout="constrained")
    for ax, (name, network) in zip(figure.subplots(1, 2, sharey=True), networks.items(), strict=True):
        TrainingCurveDisplay.from_estimator(network, ax=ax, log_scale=True)
        ax.set(title=name)
        ax.label_outer()
    figure.savefig(path, dpi=120)


def draw_misread(network, X, y, path):
    """Show the images that were misread, the surest mistakes first."""
    chances = network.predict_proba(X)
    read, sureness = network.classes_[chances.argmax(axis=1)], chances.max(axis=1)
    wrong = np.flatnonzero(read != y)
    wrong = wrong[np.argsort(-sureness[wrong])][:SHOWN]

    figure = Figure(figsize=(9, 4.2), layout="constrained")
    panels = figure.subplots(2, SHOWN // 2).ravel()
    for ax, i in zip(panels, wrong, strict=False):  # there may be fewer mistakes than panels
        ax.imshow(X[i], cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
        ax.set_title(f"{y[i]}, read as {read[i]}\n({sureness[i]:.0%} sure)", fontsize=10)
    for ax in panels[len(wrong) :]:
        ax.axis("off")
    figure.suptitle("Misread digits, the surest mistakes first")
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
