"""A table with every kind of column, and pipelines fitted on it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder

from skdl.saved_models import load_model, save_model


class LeavesATrace(DummyRegressor):
    """A model that writes a file when it is unpickled."""

    trace = None

    def __setstate__(self, state):
        super().__setstate__(state)
        self.trace.write_text("unpickled")


@pytest.fixture
def table():
    """120 people: gaps in age, none in children."""
    rng = np.random.default_rng(0)
    age = rng.uniform(18, 80, 120)
    age[::7] = np.nan
    city = np.array(["Bonn", "Ulm", "Köln"], dtype=object)[rng.integers(0, 3, 120)]
    return pd.DataFrame({"age": age, "children": rng.integers(0, 5, 120), "city": city, "sex": ["f", "m"] * 60})


@pytest.fixture
def forest(table):
    """Fit a classifier over imputed, scaled and encoded columns."""
    prepare = make_column_transformer(
        (make_pipeline(SimpleImputer(), MinMaxScaler()), ["age"]),
        (MinMaxScaler(), ["children"]),
        (OneHotEncoder(handle_unknown="ignore"), ["city"]),
        (OneHotEncoder(), ["sex"]),
    )
    y = np.where(table["children"] > 2, "many", "few")
    return make_pipeline(prepare, RandomForestClassifier(10, random_state=0)).fit(table, y)


@pytest.fixture
def line(table):
    """Fit a regression over an array of two columns, without an imputer."""
    children = table["children"].to_numpy()
    return make_pipeline(MinMaxScaler(), LinearRegression()).fit(
        np.column_stack([children, children % 2]), 3.0 * children
    )


@pytest.fixture
def tracing():
    """Return a function that saves a model with a visible effect of unpickling, and the path of that effect."""

    def save(path, **options):
        model = LeavesATrace().fit([[0.0], [1.0]], [1.0, 2.0])
        model.trace = path.parent / "trace"
        saved = save_model(model, path, **options)
        load_model(path, trust_pickle=True)
        model.trace.unlink()  # it was there: it is left whenever the model is read back
        return saved, model.trace

    return save
