"""Section on what networks that embed their columns learned of them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import skdl
from skdl.estimators import describe_inputs
from skdl.results import CategoryEmbedding, InputScale, LearnedInputs, NumberEmbedding

LEARNED = LearnedInputs(
    n_folds=5,
    scales=[InputScale("rooms", 1.5, 1.25, 1.75), InputScale("noise", 0.25, 0.125, 0.375)],
    categories=[CategoryEmbedding("town", ["Ulm", "Bonn <b>"], [1.0, -1.0], [0.0, 0.0], 1.0, 12)],
    numbers=[NumberEmbedding("rooms", [1.0, 2.0], [[0.5, -0.5], [-1.0, 1.0]])],
)


@pytest.fixture(scope="module")
def fitted():
    """Return a table, and a network on it that was built and then given known factors."""
    rng = np.random.default_rng(0)
    n = 60
    X = pd.DataFrame(
        {
            "kind": rng.choice(["a", "b"], n),
            "size": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
            "town": [f"town {number % 12:02}" for number in range(n)],
            "same": 1.0,
        }
    )
    net = skdl.KerasRealMLPRegressor((16,), random_state=0).initialize(X, rng.normal(size=n))
    # Numbers first, as three waves each and then the numbers; then kind, the vector of town, and the gaps of size.
    factors = [-2, 2, -2, 1, 1, 1, 2, -5, -0.5, *[0.5] * 7, 4.5, 12]
    net.model_.get_layer("input_scale").scale.assign(factors)
    return X, net


def test_the_scale_of_a_column_is_the_mean_of_its_inputs(fitted):
    """With that of the column that says which cells were missing."""
    _, net = fitted
    scales = {scale.column: scale.mean for scale in describe_inputs(net).scales}
    assert scales == {"size": 4.0, "same": 2.0, "town": 1.0, "kind": 0.5}
    assert list(scales) == ["size", "same", "town", "kind"]


def test_curves_of_numbers_end_at_the_values_of_training():
    """A class of 1, 2 and 3, mostly 3, has no curve up to 4."""
    X = pd.DataFrame({"class": [1.0] * 12 + [2.0] * 12 + [3.0] * 26, "size": np.linspace(0.0, 1.0, 50)})
    net = skdl.KerasRealMLPRegressor((16,), random_state=0).initialize(X, X["size"])
    ends = {number.column: (number.grid[0], number.grid[-1]) for number in describe_inputs(net).numbers}
    assert ends == {"class": (2.0, 3.0), "size": pytest.approx((0.0, 1.0))}


@pytest.mark.parametrize("n_values", [3, 20])
def test_a_column_whose_declared_values_training_lacked_is_not_described(n_values):
    """Neither as indicators nor as vectors of its values."""
    empty = pd.Categorical([None] * 50, categories=[f"value {number}" for number in range(n_values)])
    X = pd.DataFrame({"size": np.linspace(0.0, 1.0, 50), "kind": empty})
    learned = describe_inputs(skdl.KerasRealMLPRegressor((16,), random_state=0).initialize(X, X["size"]))
    assert learned.categories == []
    assert all(np.isfinite(scale.mean) for scale in learned.scales)


def test_embeddings_are_those_of_the_network(fitted):
    """Distances in two dimensions are at most those of the vectors; a constant has no curve."""
    X, net = fitted
    learned = describe_inputs(net)
    (town,), (size,) = learned.categories, learned.numbers
    assert (town.column, town.n_levels, town.levels[0]) == ("town", 12, "town 00")
    factors = np.array([0.5] * 7 + [4.5])
    vectors = np.asarray(net.model_.get_layer("embedding").tables[0])[1:13] * factors
    explained = np.var(np.column_stack([town.x, town.y]), axis=0).sum() / np.var(vectors, axis=0).sum()
    assert explained == pytest.approx(town.explained, rel=1e-4)
    assert size.column == "size"
    low, median, high = np.nanquantile(X["size"], [0.25, 0.5, 0.75])
    ends = (np.array([X["size"].min(), X["size"].max()]) - median) / (high - low)
    scaled = np.linspace(*np.clip(ends, -1.0, 1.0), 101)
    assert size.grid == pytest.approx(median + scaled * (high - low), abs=1e-4)
    layer = net.model_.get_layer("embedding")
    z = scaled / np.sqrt(1.0 + scaled**2 / 9.0)
    angles = 2.0 * np.pi * np.outer(z, layer.frequency[0]) + np.asarray(layer.phase[0])
    wave = -2.0 * np.cos(angles) @ np.asarray(layer.mixing[0])[:, 0]
    assert size.curves[0] == pytest.approx(wave - wave.mean(), abs=1e-4)


def test_networks_that_embed_nothing_have_no_section(plotless, rendered):
    net = skdl.KerasMLPRegressor((4,), random_state=0).initialize(np.zeros((3, 2)), np.arange(3.0))
    assert describe_inputs(net) is None
    assert all("strong networks" not in page for page in rendered(plotless))


def test_page_and_markdown_describe_the_inputs(plotless, rendered):
    for page in rendered(replace(plotless, learned_inputs={"keras_real_mlp": LEARNED})):
        section = page.partition("Network inputs")[2]
        assert all(text in section for text in ("rooms", "over 5 folds", "first 2 of 12 values", "around its median"))
        assert "Bonn <b>" not in section
