"""The views of the page: training replayed, what if, training in the page, drawing. In Chromium."""

import itertools
import json
import math
import re

import keras
import numpy as np
import pandas as pd
import pytest
from helpers.frozen_networks import frozen_classifier
from helpers.page_networks import act, export
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from skdl.explore import render_page, write_explore_page
from skdl.frozen import ACTIVATIONS

pytestmark = pytest.mark.browser

# Requests to the trainer one after the other, each with its report; weights travel as lists.
TRAIN = """
async (cases) => {
  let answer;
  const send = skdlExplore.parts.startTrainer((report) => answer(report));
  const ask = (request) => new Promise((resolve) => {
    answer = resolve;
    send(request);
  });
  const numbers = (values) => Float64Array.from(values);
  const found = [];
  for (const { head, layers, inputs, targets, n, settings, steps } of JSON.parse(cases)) {
    const network = {
      head,
      layers: layers.map((layer) => ({ ...layer, kernel: numbers(layer.kernel), bias: numbers(layer.bias) })),
    };
    const train = { n, inputs: numbers(inputs), targets: numbers(targets) };
    const none = { n: 0, inputs: numbers([]), targets: numbers([]) };
    const first = await ask({ type: "start", training: 1, network, train, validation: none, settings, seed: 0 });
    const last = await ask({ type: "train", epochs: steps, mostMs: 1e9 });
    const weights = last.network.layers.flatMap(({ kernel, bias }) => [[...kernel], [...bias]]);
    const statistics = last.statistics.map((one) => [...one.mean]);
    found.push({ losses: [...first.loss, ...last.loss], weights, statistics });
  }
  return JSON.stringify(found);
}
"""

# Training in the page


class Case:
    """A plain network with random weights, and rows; as the trainer of the page takes them."""

    def __init__(self, activation, head, n_hidden=2, l2=0.01, seed=0):
        random = np.random.default_rng(seed)
        n, n_outputs = 24, {"linear": 2, "sigmoid": 2, "softmax": 3}[head]
        self.activation, self.head, self.l2, self.n_hidden = activation, head, l2, n_hidden
        self.inputs = random.normal(size=(n, 4))
        self.inputs[:8, 0] = 0.0  # as one-hot columns
        self.targets = {
            "linear": random.normal(size=(n, n_outputs)),
            "sigmoid": random.integers(0, 2, (n, n_outputs)).astype(float),
            "softmax": np.eye(3)[random.integers(0, 3, n)],
        }[head]
        sizes = [4, *[6] * n_hidden, n_outputs]
        shapes = [shape for n_in, n_out in itertools.pairwise(sizes) for shape in ((n_in, n_out), (n_out,))]
        self.weights = [random.normal(scale=0.5, size=shape) for shape in shapes]

    def request(self):
        layers = [
            {
                "nIn": kernel.shape[0],
                "nOut": kernel.shape[1],
                "kernel": kernel.ravel().tolist(),
                "bias": bias.tolist(),
                "activation": self.activation if number < self.n_hidden else "linear",
                "parameters": {},
            }
            for number, (kernel, bias) in enumerate(zip(self.weights[::2], self.weights[1::2], strict=True))
        ]
        return {
            "head": self.head,
            "layers": layers,
            "inputs": self.inputs.ravel().tolist(),
            "targets": self.targets.ravel().tolist(),
            "n": len(self.inputs),
            "settings": {"learningRate": RATE, "batchSize": len(self.inputs), "l2": self.l2},
            "steps": N_STEPS,
        }

    def outputs(self, weights):
        x = self.inputs
        for number in range(self.n_hidden + 1):
            x = x @ weights[2 * number] + weights[2 * number + 1]
            x = FUNCTIONS[self.activation if number < self.n_hidden else self.head](x)
        return x

    def loss(self, weights):
        found, y = self.outputs(weights), self.targets
        if self.head == "linear":
            return np.mean((found - y) ** 2)
        if self.head == "sigmoid":
            return -np.mean(y * np.log(found) + (1 - y) * np.log(1 - found))
        return -np.mean(np.sum(y * np.log(found), axis=1))

    def penalised(self, weights):
        # As in KerasMLPRegressor: the output has the penalty only where it is the only layer.
        kernels = weights[: 2 * self.n_hidden : 2] if self.n_hidden else weights[:1]
        return self.loss(weights) + self.l2 * sum((kernel**2).sum() for kernel in kernels)

    def gradients(self, weights):
        """Return central differences."""
        found = []
        for array in weights:
            gradient = np.zeros_like(array)
            for place in np.ndindex(array.shape):
                value = array[place]
                array[place] = value + 1e-6
                above = self.penalised(weights)
                array[place] = value - 1e-6
                gradient[place] = (above - self.penalised(weights)) / 2e-6
                array[place] = value
            found.append(gradient)
        return found


RATE, N_STEPS = 0.01, 3
FUNCTIONS = {name: lambda x, f=f: f(x.copy()) for name, f in ACTIVATIONS.items()}
TRAINABLE = ["relu", "tanh", "sigmoid", "elu", "leaky_relu", "selu", "silu", "gelu", "softplus", "softsign"]
LOSSES = {"linear": "mean_squared_error", "sigmoid": "binary_crossentropy", "softmax": "categorical_crossentropy"}


def train_in_page(page, cases):
    return json.loads(page.evaluate(TRAIN, json.dumps([case.request() for case in cases])))


@pytest.mark.parametrize("head", LOSSES)
def test_steps_of_adam_are_those_of_keras(bundle_page, head):
    """Losses and weights, with a penalty."""
    case = Case("tanh", head, n_hidden=1)
    (found,) = train_in_page(bundle_page, [case])
    hidden = keras.layers.Dense(6, "tanh", kernel_regularizer=keras.regularizers.L2(case.l2))
    network = keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(len(case.weights[-1]), head)])
    network.set_weights(case.weights)
    network.compile(keras.optimizers.Adam(RATE), LOSSES[head])
    for _ in range(N_STEPS):
        network.train_on_batch(case.inputs, case.targets)
    weights = [np.asarray(weight.value) for weight in network.weights]
    assert_close(found["weights"], weights)
    assert found["losses"][0] == pytest.approx(case.loss(case.weights), rel=1e-6)
    assert found["losses"][-1] == pytest.approx(case.loss(weights), rel=1e-5)
    np.testing.assert_allclose(found["statistics"][-1], case.outputs(weights).mean(axis=0), atol=1e-5)


@pytest.mark.parametrize("n_hidden", [0, 2])
def test_every_activation_is_trained_by_its_slope(bundle_page, n_hidden):
    """Adam in NumPy, with gradients by differences: a first step shows their signs alone, later ones their sizes."""
    heads = itertools.cycle(LOSSES)
    cases = [Case(name, next(heads), n_hidden) for name in (TRAINABLE if n_hidden else ["linear"] * 3)]
    for case, found in zip(cases, train_in_page(bundle_page, cases), strict=True):
        weights = [array.copy() for array in case.weights]
        first, second = ([0.0 * array for array in weights] for _ in range(2))
        for step in range(1, N_STEPS + 1):
            rate = RATE * math.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            gradients = case.gradients(weights)
            first = [0.9 * old + 0.1 * new for old, new in zip(first, gradients, strict=True)]
            second = [0.999 * old + 0.001 * new**2 for old, new in zip(second, gradients, strict=True)]
            moments = zip(weights, first, second, strict=True)
            weights = [array - rate * one / (np.sqrt(two) + 1e-7) for array, one, two in moments]
        assert_close(found["weights"], weights, f"{case.activation}, {case.head}")


def assert_close(found, expected, message=""):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other.ravel(), rtol=1e-5, atol=1e-5, err_msg=message)


# Contributions


def predictions(x):
    """Return values of a function with interactions, of rows (n, 4)."""
    return x[:, 0] * x[:, 1] + np.sin(x[:, 2]) * x[:, 0] + 3.0 * (x[:, 3] > 0.5)


EXPLAIN = """
([row, base, budget]) => {
  const f = (x, k) => x[4 * k] * x[4 * k + 1] + Math.sin(x[4 * k + 2]) * x[4 * k] + 3 * (x[4 * k + 3] > 0.5);
  const predict = (cells, n) => Array.from({ length: n }, (_, k) => f(cells, k));
  const found = skdlExplore.parts.contributions(predict, Float64Array.from(row), Float64Array.from(base), budget);
  return { ...found, values: [...found.values] };
}
"""
ROW, BASE = [1.5, -2.0, 0.7, 1.0], [0.25, 1.0, -0.5, 0.0]


def shapley_values(row, base):
    """Return the mean effect of each column over all orders, as Shapley (1953) defines it."""
    values = np.zeros(len(row))
    orders = list(itertools.permutations(range(len(row))))
    for order in orders:
        state = np.array(base)
        for column in order:
            before = predictions(state[None])[0]
            state[column] = row[column]
            values[column] += (predictions(state[None])[0] - before) / len(orders)
    return values


def test_contributions_are_shapley_values(bundle_page):
    """Of the definition; they sum to the difference of both predictions."""
    found = bundle_page.evaluate(EXPLAIN, [ROW, BASE, 100])
    assert found["exact"]
    np.testing.assert_allclose(found["values"], shapley_values(ROW, BASE), rtol=1e-12)
    assert sum(found["values"]) == pytest.approx(found["prediction"] - found["base"])


def test_sampled_contributions_sum_to_the_difference_and_come_near(bundle_page):
    """Twelve predictions are two orders of four columns, too few for all sixteen sets."""
    found = bundle_page.evaluate(EXPLAIN, [ROW, BASE, 12])
    assert not found["exact"]
    assert sum(found["values"]) == pytest.approx(found["prediction"] - found["base"])
    assert not np.allclose(found["values"], 0.0)
    # A column that has the base row's value adds nothing.
    unchanged = bundle_page.evaluate(EXPLAIN, [[*ROW[:3], BASE[3]], BASE, 100])
    assert unchanged["values"][3] == 0.0


# The views of a page with rows


@pytest.fixture(scope="module")
def xor_file(tmp_path_factory):
    """Write the page of the built-in lesson."""
    file = tmp_path_factory.mktemp("explore") / "xor.html"
    write_explore_page("builtin:xor", out=file)
    return file


def opened(browser, file):
    """Open a page, and close it after the test."""
    page = browser.new_page()
    page.goto(file.as_uri())
    page.wait_for_function("window.skdlExplore?.state")
    yield page
    page.close()


@pytest.fixture
def xor(browser, xor_file):
    """Open that page."""
    yield from opened(browser, xor_file)


def state(page, key):
    return page.evaluate("(key) => skdlExplore.state()[key]", key)


def predict(page):
    """Return what the page predicts for its row, with the weights that it shows."""
    return page.evaluate("() => skdlExplore.predict([skdlExplore.state().cells])[0]")


def wait_for(page, condition):
    page.wait_for_function(condition, timeout=20_000)


def test_the_slider_replays_the_training(xor):
    """Epoch 0 has other predictions than the kept weights; the button for those leads back."""
    training = xor.locator("#training")
    kept = predict(xor)
    training.get_by_role("slider").fill("0")
    assert state(xor, "snapshot") == 0
    assert "Epoch 0" in training.get_by_role("status").inner_text()
    assert predict(xor) != pytest.approx(kept)
    training.get_by_role("button", name="Kept weights").click()
    assert state(xor, "snapshot") is None
    assert predict(xor) == kept
    assert training.get_by_role("button", name="Kept weights").is_disabled()


def test_training_plays_until_paused_and_steps(xor):
    """Play begins again at the end."""
    training = xor.locator("#training")
    training.get_by_role("button", name="Play").click()
    wait_for(xor, "() => skdlExplore.state().snapshot === 2")
    training.get_by_role("button", name="Pause").click()
    paused = state(xor, "snapshot")
    xor.wait_for_timeout(900)  # longer than two steps
    assert state(xor, "snapshot") == paused
    training.get_by_role("button", name="One snapshot forward").click()
    assert state(xor, "snapshot") == paused + 1
    training.get_by_role("button", name="One snapshot back").click()
    assert state(xor, "snapshot") == paused


def test_play_begins_before_training(browser, xor_file, tmp_path):
    """From the kept weights, which the page opens with; where it was paused there, it goes on."""
    text, n = re.subn(r'("kept": ?)\d+', r"\g<1>2", xor_file.read_text(encoding="utf-8"), count=1)
    assert n == 1
    (tmp_path / "page.html").write_text(text, encoding="utf-8")  # those of the third snapshot are kept
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    training = page.locator("#training")
    training.get_by_role("button", name="Play").click()
    assert state(page, "snapshot") == 0
    wait_for(page, "() => skdlExplore.state().snapshot === null")
    training.get_by_role("button", name="Pause").click()
    training.get_by_role("button", name="Play").click()
    assert state(page, "snapshot") is None
    wait_for(page, "() => skdlExplore.state().snapshot === 3")
    page.close()


def test_the_learning_curve_picks_an_epoch(xor):
    """Pressing near its left end shows an early snapshot, dragging to its right end the last one."""
    curve = xor.locator("#training svg.curve")
    curve.scroll_into_view_if_needed()
    box = curve.bounding_box()
    assert "Learning curve" in curve.get_attribute("aria-label")
    epochs = json.loads(xor.locator("#page-data").text_content())["snapshots"]["epochs"]
    xor.mouse.move(box["x"] + 60, box["y"] + 90)
    xor.mouse.down()
    assert 0 < epochs[state(xor, "snapshot")] < 0.2 * epochs[-1]
    xor.mouse.move(box["x"] + box["width"] - 5, box["y"] + 90)
    shown = state(xor, "snapshot")
    assert shown is None or shown == len(epochs) - 1  # the kept weights may be the last ones
    xor.mouse.up()


def test_the_prediction_follows_a_column(xor):
    """The slider and the number set the cell; the shown probability is the model's."""
    form = xor.locator("#whatif")
    field = form.get_by_label("x1", exact=True)
    field.fill("1.25")
    cells = state(xor, "cells")
    assert cells[0] == 1.25
    xor.wait_for_timeout(100)  # the next frame
    shown = form.get_by_role("button", name="1", exact=False).filter(has_text="%").last.inner_text()
    probability = predict(xor)[1]
    assert float(shown.split()[-2].strip("<>")) == pytest.approx(100 * probability, abs=0.6)
    slider = form.get_by_label("x1: slider")
    slider.focus()
    slider.press("ArrowRight")
    assert state(xor, "cells")[0] > 1.25
    assert state(xor, "cells")[1] == cells[1]


def test_contributions_add_up_on_the_page(xor):
    """They are parts of the difference to the typical row, in percentage points."""
    typical = predict(xor)[1]
    xor.evaluate("() => skdlExplore.set({ cells: [1.1, -0.2] })")
    xor.wait_for_timeout(100)
    texts = xor.locator("#whatif .amount").all_inner_texts()
    amounts = [float(text.replace("\u2212", "-")) for text in texts]
    assert len(amounts) == 2
    assert sum(amounts) == pytest.approx(100 * (predict(xor)[1] - typical), abs=1.1)  # each is rounded
    assert any(abs(amount) > 1 for amount in amounts)


def test_rows_of_the_table_fill_the_form(xor):
    """Next shows the first row, previous the last one; its actual class stands below."""
    data = json.loads(xor.locator("#page-data").text_content())
    rows = data["rows"]
    xor.get_by_role("button", name="Next row").click()
    assert state(xor, "cells") == [column[0] for column in rows["cells"]]
    assert data["outputs"][int(rows["target"][0][0])] in xor.locator("#whatif .actual").inner_text()
    xor.get_by_role("button", name="Previous row").click()
    assert state(xor, "row") == rows["n"] - 1
    xor.get_by_role("button", name="Typical row").click()
    assert state(xor, "cells") == [column["typical"] for column in data["columns"]]
    assert state(xor, "row") is None


def test_a_number_may_be_missing_or_out_of_range(xor):
    """Missing is a cell of its own; outside the training range the page says so."""
    form = xor.locator("#whatif")
    missing = form.get_by_label("x1: missing")
    missing.check()
    assert None in state(xor, "cells")
    missing.uncheck()
    assert None not in state(xor, "cells")
    form.get_by_label("x1", exact=True).fill("7")
    assert form.get_by_text("Outside the range").first.is_visible()


def test_an_emptied_number_shows_its_value_again(xor):
    """The old value still counts, so it has to be seen."""
    field = xor.locator("#whatif").get_by_label("x1", exact=True)
    field.fill("0.5")
    field.fill("")
    field.press("Tab")
    assert state(xor, "cells")[0] == 0.5
    assert field.input_value() == "0.5"


def test_training_in_the_page_goes_on_from_the_shown_weights(xor):
    """From epoch 0 the loss falls, all views show the new network, and the model comes back."""
    kept = predict(xor)
    xor.locator("#training").get_by_role("slider").fill("0")
    tryit = xor.locator("#tryit")
    tryit.get_by_role("button", name="One epoch").click()
    wait_for(xor, "() => document.querySelector('#tryit .now').textContent.includes('Epoch 1:')")
    assert [stage["n_units"] for stage in state(xor, "network")["members"][0]["stages"]] == [8, 1]
    losses = [loss_of(tryit)]
    tryit.get_by_role("button", name="Train", exact=True).click()
    wait_for(xor, "() => Number(/Epoch (\\d+)/.exec(document.querySelector('#tryit .now').textContent)[1]) > 30")
    tryit.get_by_role("button", name="Pause").click()
    losses.append(loss_of(tryit))
    assert losses[1] < 0.7 * losses[0]
    tryit.get_by_role("button", name="Back to the model").click()
    assert state(xor, "network") is None
    xor.locator("#training").get_by_role("button", name="Kept weights").click()
    assert predict(xor) == kept


def loss_of(tryit):
    return float(tryit.locator(".now").inner_text().split("loss ")[1].split(",")[0])


def test_training_runs_in_the_page_where_workers_are_refused(browser, xor_file):
    """As in a browser that starts none from a file."""
    page = browser.new_page()
    page.add_init_script("window.Worker = class { constructor() { throw new Error('refused'); } }")
    page.goto(xor_file.as_uri())
    page.get_by_role("button", name="One epoch").click()
    wait_for(page, "() => document.querySelector('#tryit .now').textContent.includes('Epoch 1:')")
    page.close()


def test_another_network_can_be_trained_in_the_page(xor):
    """Layers, units and activation are chosen; a network of these layers is drawn, and learns."""
    tryit = xor.locator("#tryit")
    tryit.get_by_label("Activation").select_option("relu")
    tryit.get_by_role("button", name="Add a layer").click()
    tryit.get_by_label("Layer 2").fill("5")
    tryit.get_by_label("Layer 2").press("Enter")
    shape = (
        "skdlExplore.state().network?.members[0].stages.map(({ n_units, activation }) => [n_units, activation]).join()"
    )
    wait_for(xor, f'() => {shape} === "8,relu,5,relu,1,sigmoid"')
    before = loss_of(tryit)
    tryit.get_by_label("Learning rate").select_option("0.01")
    tryit.get_by_role("button", name="Train", exact=True).click()
    wait_for(xor, "() => Number(/Epoch (\\d+)/.exec(document.querySelector('#tryit .now').textContent)[1]) > 40")
    tryit.get_by_role("button", name="Pause").click()
    assert loss_of(tryit) < before
    # The replay's slider shows the page's own network again.
    xor.locator("#training").get_by_role("slider").fill("3")
    assert state(xor, "network") is None
    assert "model" in tryit.locator(".now").inner_text()


# Drawing


@pytest.fixture(scope="module")
def digits_file(tmp_path_factory):
    """Write a page of images of 8 x 8 pixels; its network of one layer is a logistic regression, fitted in a moment."""
    X, y = load_digits(return_X_y=True, as_frame=True)
    fitted = LogisticRegression(C=0.001, max_iter=3000).fit(X, y)
    layers = [{"op": "dense", "kernel": 0, "bias": 1}, act("softmax")]
    arrays = [fitted.coef_.T, fitted.intercept_]
    named = {"dtype": "float64", "feature_names_in": np.asarray(X.columns, dtype=object)}
    network = frozen_classifier(layers, arrays, "one_hot", fitted.classes_, (64,), **named)
    data, _ = export(network, X, pd.Series(y, name="digit"))
    data["image"] = {"height": 8, "width": 8, "ink": 16, "mean": X.mean().round(2).tolist()}
    file = tmp_path_factory.mktemp("explore") / "digits.html"
    file.write_text(render_page(data, "digits"), encoding="utf-8")
    return file


@pytest.fixture
def digits(browser, digits_file):
    """Open that page."""
    yield from opened(browser, digits_file)


def draw(page, points):
    """Draw a line through points, in shares of the sheet."""
    box = page.get_by_label("Sheet to draw on").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


ZERO = [(0.5 + 0.2 * math.sin(k / 4), 0.5 - 0.3 * math.cos(k / 4)) for k in range(26)]
SEVEN = [(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)]


@pytest.mark.parametrize(("digit", "points"), [("0", ZERO), ("7", SEVEN)])
def test_a_drawn_digit_is_classified(digits, digit, points):
    """The likeliest class stands out; clearing empties the image."""
    draw(digits, points)
    wait_for(digits, f"() => document.querySelector('#draw .likeliest .name')?.textContent === '{digit}'")
    cells = np.array(state(digits, "cells"))
    assert cells.max() == 16
    assert predict(digits)[int(digit)] > 0.5
    digits.get_by_role("button", name="Clear").click()
    wait_for(digits, "() => skdlExplore.state().cells.every((cell) => cell === 0)")


def test_keys_draw_too(digits):
    """Space lowers the pen, arrows move it, backspace takes the line back."""
    sheet = digits.get_by_label("Sheet to draw on")
    sheet.focus()
    for key in ["Space", *["ArrowDown"] * 6]:
        sheet.press(key)
    wait_for(digits, "() => skdlExplore.state().cells.some((cell) => cell > 8)")
    image = np.array(state(digits, "cells")).reshape(8, 8)
    assert (image.sum(axis=0) > 0).sum() <= 3  # a vertical line
    assert (image.sum(axis=1) > 0).all()  # scaled to the whole height
    sheet.press("Backspace")
    wait_for(digits, "() => skdlExplore.state().cells.every((cell) => cell === 0)")


CENTRED = """
([strokes, image]) => Array.from(skdlExplore.parts.centred(strokes, image, skdlExplore.parts.inkBox(image)))
"""


def blurred_box(side, top, left, height, width):
    """Return the mean of images that have ink in a box."""
    mean = np.zeros((side, side))
    mean[top : top + height, left : left + width] = 100.0
    return mean.ravel().tolist()


def centred(page, points, image):
    """Return the pixels of a drawing of one line, (height, width)."""
    pixels = page.evaluate(CENTRED, [[[list(point) for point in points]], image])
    return np.reshape(pixels, (image["height"], image["width"]))


def moved(points, factor, x, y):
    return [(factor * one + x, factor * other + y) for one, other in points]


def test_a_drawing_is_scaled_and_centred_by_its_mass(bundle_page):
    """Wherever and however large it is drawn: the same pixels, as high as training images, their mean in the middle."""
    image = {"height": 28, "width": 28, "ink": 255, "mean": blurred_box(28, 4, 4, 20, 20)}
    pixels = centred(bundle_page, SEVEN, image)
    np.testing.assert_allclose(centred(bundle_page, moved(SEVEN, 0.6, 0.35, -0.1), image), pixels, atol=1e-6)
    for axis in (0, 1):
        mass = pixels.sum(axis=axis)
        assert (mass * (np.arange(28) + 0.5)).sum() / mass.sum() == pytest.approx(14, abs=0.1)
    assert np.count_nonzero(pixels.sum(axis=1) > 0.2) in {20, 21}
    # A dot stays a dot.
    assert 0 < centred(bundle_page, moved(SEVEN, 0.01, 0.5, 0.5), image).sum() < 0.3 * pixels.sum()


def test_a_drawing_fills_images_without_a_margin(bundle_page):
    """The rectangle around it is in the middle, as where each training image was cut to its ink."""
    image = {"height": 28, "width": 28, "ink": 255, "mean": blurred_box(28, 0, 2, 28, 24)}
    pixels = centred(bundle_page, SEVEN, image)
    rows, columns = (np.flatnonzero(pixels.sum(axis=axis) > 0) for axis in (1, 0))
    assert (rows[0], rows[-1]) == (0, 27)
    assert columns[0] == pytest.approx(27 - columns[-1], abs=1)
