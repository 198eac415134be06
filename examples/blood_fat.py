"""Blood fat: the weights of a network in kilograms and years.

A network without a hidden layer computes ``w1 * weight + w2 * age + b``: it is linear regression, fitted by gradient
descent. Its weights differ from those of linear regression, because columns and target are scaled. Without the scaling
the weights agree.

Run it::

    python examples/blood_fat.py [--out FOLDER]

It prints the plane in natural units next to that of linear regression, and the predicted blood fat of a person of 65 kg
and 30 years. ``FOLDER/blood_fat.png`` shows the plane and the 25 people.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdl import KerasMLPRegressor
from skdl.tables import load_builtin

FEATURES = ["weight", "age"]


def main():
    """Train the linear network, bring its weights home, predict for one person, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("example-output"), help="folder for the picture")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    people = load_builtin("blood_fat")
    X, y = people[FEATURES], people["blood_fat"]

    # hidden_layer_sizes=() is a single Dense(1). All 25 rows are in each step (batch_size is "auto"), so the loss
    # converges to the minimum that linear regression computes directly; in double precision, to many digits.
    network = make_pipeline(
        MinMaxScaler(),
        KerasMLPRegressor(
            hidden_layer_sizes=(), target_scaling="minmax", learning_rate=0.1, epochs=800, dtype="float64",
            random_state=0,
        ),
    )  # fmt: skip
    network.fit(X, y)
    b0, slopes = natural_units(network, y)
    regression = LinearRegression().fit(X, y)

    kernel, bias = network[-1].model_.get_weights()
    print(f"What the network learned, between 0 and 1: {kernel[0, 0]:.4f}, {kernel[1, 0]:.4f}, bias {bias[0]:.4f}")
    print("\nThe same in natural units:")
    print(equation("network", b0, slopes))
    print(equation("linear regression", regression.intercept_, regression.coef_))
    print(f"\nA year of age adds {slopes[1]:.1f} to the blood fat, a kilogram {slopes[0]:.1f}.")

    someone = pd.DataFrame({"weight": [65], "age": [30]})
    print("A person of 65 kg and 30 years:")
    print(f"  by hand            {b0 + slopes[0] * 65 + slopes[1] * 30:.2f}")
    print(f"  by predict         {network.predict(someone)[0]:.2f}")

    draw(people, b0, slopes, out / "blood_fat.png")
    print(f"\nThe plane among the people: {out / 'blood_fat.png'}")


def natural_units(network, y):
    """Undo the scaling of the columns and of the target.

    The network computes ``(y - low) / span = kernel @ (x * scale + min) + bias``, where scale and min are the scaler's
    and low and span the target's. Solved for y, that is ``y = b0 + slopes @ x``.
    """
    scaler, mlp = network[0], network[-1]
    kernel, bias = mlp.model_.get_weights()  # shapes (2, 1) and (1,)
    low, span = y.min(), y.max() - y.min()
    slopes = span * kernel[:, 0] * scaler.scale_
    b0 = low + span * (bias[0] + kernel[:, 0] @ scaler.min_)
    return b0, slopes


def equation(name, b0, slopes):
    """Write a plane as an equation."""
    return f"  {name:<18} blood fat = {b0:.4f} + {slopes[0]:.4f} * weight + {slopes[1]:.4f} * age"


def draw(people, b0, slopes, path):
    """Draw the people in space, the plane, and how far each stands from it."""
    figure = Figure(figsize=(7, 5.2))
    # Matplotlib orders whole surfaces by distance, and would draw the plane over every point. The right order is:
    # points below the plane, the plane, points above it.
    ax = figure.add_axes((0.0, 0.0, 0.96, 1.0), projection="3d", elev=14, azim=-58, computed_zorder=False)
    ax.set_box_aspect((1.1, 1, 0.8))
    weight, age = np.meshgrid([25, 90], [18, 62])
    ax.plot_surface(weight, age, b0 + slopes[0] * weight + slopes[1] * age, color="tab:blue", alpha=0.3, zorder=2)

    people = people.assign(expected=b0 + people[FEATURES].to_numpy() @ slopes)
    above = people["blood_fat"] > people["expected"]
    for name, group, colour, layer in (("above", people[above], "crimson", 3), ("below", people[~above], "navy", 1)):
        for kg, years, fat, expected in group.to_numpy():
            ax.plot([kg, kg], [years, years], [fat, expected], color=colour, linewidth=1, zorder=layer)
        place = group["weight"], group["age"], group["blood_fat"]
        ax.scatter(*place, color=colour, s=30, depthshade=False, label=f"{name} the plane", zorder=layer)
    ax.set(xlabel="weight (kg)", ylabel="age (years)", zlabel="blood fat")
    figure.suptitle("Blood fat of 25 people, and the plane a linear network fits", y=0.96)
    figure.legend(loc="upper left", bbox_to_anchor=(0.08, 0.9), frameon=False)
    figure.savefig(path, dpi=130)


if __name__ == "__main__":
    main()
