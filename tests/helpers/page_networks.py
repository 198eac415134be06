"""Networks of random weights, and their data in the explore page."""

import itertools

import numpy as np
import pandas as pd
from helpers.frozen_networks import frozen_classifier, frozen_regressor

from skdl.explore import Subject, explore_strings, page_data, prepare
from skdl.schema import describe_model

N_ROWS = 60


class Weights:
    """Random arrays of a network, and steps that name them."""

    def __init__(self, seed=0):
        self.random = np.random.default_rng(seed)
        self.arrays = []

    def add(self, *shape, scale=1.0):
        self.arrays.append(self.random.normal(scale=scale, size=shape))
        return len(self.arrays) - 1

    def dense(self, n_in, n_out, *, bias=True):
        kernel = self.add(n_in, n_out, scale=n_in**-0.5)
        return {"op": "dense", "kernel": kernel, "bias": self.add(n_out) if bias else None}

    def layers(self, *sizes, activation="relu", last=None):
        """Return dense layers, each with an activation."""
        steps = []
        for n_in, n_out in itertools.pairwise(sizes):
            steps += [self.dense(n_in, n_out), act(activation)]
        return steps[:-1] if last is None else [*steps[:-1], act(last)]

    def regressor(self, n_inputs, layers, *, n_outputs=1, dtype="float32", **options):
        unit = {"target_center": np.linspace(-1.0, 1.0, n_outputs), "target_scale": np.linspace(2.0, 3.0, n_outputs)}
        return frozen_regressor(layers, self.arrays, (n_inputs,), dtype, n_outputs, **unit, **options)

    def classifier(self, n_inputs, layers, coding, classes, **options):
        return frozen_classifier(layers, self.arrays, coding, classes, (n_inputs,), **options)


def act(name, **parameters):
    return {"op": "activation", "name": name, "parameters": parameters}


def export(model, X, y=None, lang="en"):
    """Export a model as `skdl explore` does, and return the page's data and columns."""
    schema, _ = describe_model(model, X, y)
    prepared = prepare(Subject("table", "network", model, schema, X, y))
    return page_data(prepared, *explore_strings(lang)), prepared.columns


def rows_to_compare(columns):
    """Return rows of the table; the typical row with each category, missing value, and numbers in and out of range."""
    typical = columns.typical
    table = columns.cells(columns.X.iloc[:N_ROWS])
    accepted = np.array([column.missing for column in columns.columns])
    table = table[~(np.isnan(table) & ~accepted).any(axis=1)]
    found = [typical]
    for number, column in enumerate(columns.columns):
        if column.kind == "fixed":
            continue
        low, high = (0.0, 1.0) if column.minimum is None else (column.minimum, column.maximum)
        values = range(len(column.levels)) if column.has_levels else low + (high - low) * np.linspace(-0.5, 1.5, 9)
        for value in [*values, *([np.nan] if column.missing else [])]:
            row = typical.copy()
            row[number] = value
            found.append(row)
    fixed = [column.kind == "fixed" for column in columns.columns]
    table[:, fixed] = typical[fixed]
    return np.vstack([table, *found])


def numbers(n_columns, n_rows=N_ROWS, seed=1, scale=1.0):
    """Make a table of numbers."""
    values = np.random.default_rng(seed).normal(scale=scale, size=(n_rows, n_columns))
    return pd.DataFrame(values, columns=[f"x{number}" for number in range(n_columns)])


def target(n_rows=N_ROWS):
    return pd.Series(np.linspace(0.0, 1.0, n_rows), name="y")
