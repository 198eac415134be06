"""Checkpoints: save the best epoch to disk, and load a ``.keras`` file as an estimator.

While a network trains, Keras' ModelCheckpoint can write it to a file each time the validation loss is the lowest so
far. The file is a Keras network; ``from_keras`` makes a scikit-learn estimator of it. ``export_keras`` writes an
estimator as a Keras file, for colleagues who use only Keras.

Run it::

    python examples/checkpoints.py [--out FOLDER]

It prints the loss of the last and of the best epoch, shows that the file holds the best one, and that an exported
network gives the same predictions in Keras and scikit-learn. The files are ``best.keras`` and ``blood_fat.keras`` in
FOLDER.

A ``.keras`` file holds the network only, without the scaler before it. To save a whole pipeline, see ``batch_job.py``.
"""

# Import skdl before Keras: it chooses the backend.
from skdl import KerasMLPClassifier, KerasMLPRegressor
from skdl.tables import load_builtin

# isort: split
import argparse
from pathlib import Path

import keras
import numpy as np
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler


def main():
    """Keep the best epoch of a classifier; send a regressor to Keras and back."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("example-output"), help="folder for the files")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    keep_the_best_epoch(out / "best.keras")
    there_and_back(out / "blood_fat.keras")


def keep_the_best_epoch(path):
    """Train far too long, with the best epoch kept in a file, and load it."""
    table = load_builtin("breast_cancer")
    X, y = table.drop(columns="diagnosis"), table["diagnosis"]
    X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)
    # The validation set is given here, so that we can evaluate on it ourselves. It does not pass through a pipeline,
    # so the scaler is separate; it is fitted on the training rows only.
    scaler = MinMaxScaler().fit(X_train)
    X_train, X_val = scaler.transform(X_train), scaler.transform(X_val)

    keeper = keras.callbacks.ModelCheckpoint(path, monitor="val_loss", save_best_only=True)
    network = KerasMLPClassifier((64, 32), learning_rate=0.01, epochs=80, callbacks=[keeper], random_state=0)
    network.fit(X_train, y_train, X_val=X_val, y_val=y_val)

    # The file holds units, not labels: give the labels in the order of the classes, alphabetical as in scikit-learn.
    best = KerasMLPClassifier.from_keras(path, classes=["benign", "malignant"])
    history = network.history_["val_loss"]
    print("Loss on the validation set:")
    print(f"  last epoch ({network.n_iter_})    {log_loss(y_val, network.predict_proba(X_val)):.4f}")
    print(f"  best epoch ({network.best_epoch_})    {min(history):.4f}, as the history has it")
    print(f"  {path.name}         {log_loss(y_val, best.predict_proba(X_val)):.4f}")
    print(f"Accuracy of the loaded estimator: {best.score(X_val, y_val):.3f}; its labels: {', '.join(best.classes_)}")
    print("Without a file: early_stopping=True restores the best epoch.\n")


def there_and_back(path):
    """Export a regressor, predict with Keras alone, and make an estimator of the file."""
    people = load_builtin("blood_fat")
    X, y = people[["weight", "age"]], people["blood_fat"]
    pipeline = make_pipeline(MinMaxScaler(), KerasMLPRegressor((8,), learning_rate=0.02, epochs=100, random_state=0))
    pipeline.fit(X, y)
    scaler, network = pipeline

    # The network is trained on a scaled target. The export adds the inverse scaling as a layer, so that the file
    # predicts blood fat. (A checkpoint of a regressor has no such layer: it is the network during training.)
    network.export_keras(path)
    in_keras = keras.saving.load_model(path)
    print(f"Layers of {path.name}: {', '.join(layer.name for layer in in_keras.layers)}")

    scaled = scaler.transform(X)  # the file holds no scaler
    again = KerasMLPRegressor.from_keras(path)
    predictions = {
        "pipeline": pipeline.predict(X),
        "Keras": in_keras.predict(scaled, verbose=0)[:, 0],
        "loaded estimator": again.predict(scaled),
    }
    print("Blood fat of the first three people:")
    for name, predicted in predictions.items():
        print(f"  {name:<17}", np.round(predicted[:3], 2))


if __name__ == "__main__":
    main()
