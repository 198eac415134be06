"""The page as a whole: drawing of the network, surface of its predictions, keyboard, names, widths. In Chromium."""

import base64
import re

import numpy as np
import pandas as pd
import pytest
from helpers.page_networks import Weights, export, numbers, target
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline

from skdl.explore import Subject, explore_strings, page_data, prepare, render_page
from skdl.schema import describe_model

pytestmark = pytest.mark.browser

WIDTHS = [380, 768, 1280, 1920]
CLASSES = ["low", "middle", "high"]
# Okabe and Ito's, of style.css; regions are these mixed with the surface's colour.
CLASS_COLOURS = np.array([[0xE6, 0x9F, 0x00], [0x00, 0x72, 0xB2], [0x00, 0x9E, 0x73]])


def classes_data():
    """Four columns, 6 and 5 units, three classes; rows of the table are in the page."""
    weights = Weights(seed=3)
    layers = weights.layers(4, 6, 5, 3, activation="tanh", last="softmax")
    X = numbers(4)
    y = pd.Series(np.resize(CLASSES, len(X)), name="level")
    data, columns = export(weights.classifier(4, layers, "one_hot", sorted(CLASSES)), X, y)
    classes = [data["outputs"].index(one) for one in y]
    rows = {"n": len(X), "cells": columns.cells(X).T.tolist(), "target": [classes]}
    return {**data, "rows": rows}, weights


def wide_data():
    """Fourteen columns and 256 and 128 units."""
    weights = Weights(seed=4)
    layers = weights.layers(14, 256, 128, 1, activation="relu", last="linear")
    data, _ = export(weights.regressor(14, layers), numbers(14), target())
    return data


def bag_data():
    """Two members, in Korean, with a dead and a saturated unit."""
    data, _ = classes_data()
    data["lang"], data["strings"] = "ko", explore_strings("ko")[1]
    other = Weights(seed=8)
    second = export_classes(other)["network"]
    network = data["network"]
    n_arrays = len(network["arrays"])
    for array in second["arrays"]:
        array["offset"] += network["arrays"][-1]["offset"] + int(np.prod(network["arrays"][-1]["shape"]))
    for layer in second["members"][0]["layers"]:
        layer.update({key: layer[key] + n_arrays for key in ("kernel", "bias") if key in layer})
    network["data"] = base64.b64encode(b"".join(base64.b64decode(one["data"]) for one in (network, second))).decode()
    network["arrays"] += second["arrays"]
    network["members"] += second["members"]
    network["members"][0]["stages"][0]["state"][:2] = ["dead", "saturated"]
    return data, other


def export_classes(weights, *sizes):
    layers = weights.layers(4, *(sizes or (6, 5)), 3, activation="tanh", last="softmax")
    y = pd.Series(np.resize(CLASSES, len(numbers(4))), name="level")
    return export(weights.classifier(4, layers, "one_hot", sorted(CLASSES)), numbers(4), y)[0]


def one_column_data():
    """One column, and no second axis."""
    weights = Weights(seed=5)
    data, _ = export(
        weights.regressor(1, weights.layers(1, 8, 1, activation="tanh", last="linear")), numbers(1), target()
    )
    return data


def many_classes_data():
    """Twelve classes, two more than there are colours, over two columns; the last one is predicted everywhere."""
    weights = Weights(seed=9)
    names = [f"kind {k:02d}" for k in range(12)]
    layers = weights.layers(2, 4, 12, activation="tanh", last="softmax")
    network = weights.classifier(2, layers, "one_hot", names)
    network.weights_[-1][11] = 9.0
    y = pd.Series(np.resize(names, len(numbers(2))), name="kind")
    return export(network, numbers(2), y)[0]


def one_column_without_network():
    """One column and one classical model, whose predictions rise from 0 to 1."""
    data = one_column_data()
    column = data["columns"][0]
    axis = np.linspace(column["minimum"], column["maximum"], 21)
    values = base64.b64encode(np.rint(np.linspace(0, 65535, 21)).astype("<u2").tobytes()).decode()
    model = {"name": "linear", "label": "linear", "values": [values]}
    surfaces = {"pairs": [[0, 0]], "axes": {"0": axis.tolist()}, "models": [model], "bits": 16, "low": 0.0, "high": 1.0}
    return {**data, "network": None, "training": None, "try_it": None, "surfaces": surfaces}


def without_network():
    """Two columns and one classical model, which predicts 1 right of the middle of x0 and above a quarter of x1."""
    weights = Weights()
    data, _ = export(weights.regressor(2, weights.layers(2, 3, 1, last="linear")), numbers(2), target())
    return {**data, "network": None, "training": None, "try_it": None, "surfaces": surfaces_of(data)}


def beside_network():
    """Three columns, and the same model over the first two."""
    weights = Weights()
    data, _ = export(weights.regressor(3, weights.layers(3, 3, 1, last="linear")), numbers(3), target())
    return {**data, "surfaces": surfaces_of(data)}


def surfaces_of(data):
    n = 20
    axes = {
        str(k): np.linspace(data["columns"][k]["minimum"], data["columns"][k]["maximum"], n).tolist() for k in (0, 1)
    }
    x, y = np.meshgrid(np.arange(n) >= n / 2, np.arange(n) >= n / 4)  # (n_y, n_x)
    values = base64.b64encode((255 * (x & y)).astype("uint8").tobytes()).decode()
    models = [{"name": "linear", "label": "linear", "values": [values]}]
    return {"pairs": [[0, 1]], "axes": axes, "models": models, "bits": 8, "low": 0.0, "high": 1.0}


def behind(transformer, n_inputs):
    """Put a network of random weights behind a transformer of six columns, and export it without a table."""
    X = numbers(6)
    weights = Weights(seed=6)
    network = weights.regressor(n_inputs, weights.layers(n_inputs, 4, 1, activation="relu"))
    weights.arrays[1][:] = [-50.0, 1.0, 1.0, 1.0]  # the first unit is dead wherever inputs are moderate
    network.weights_[1][:] = weights.arrays[1]
    model = Pipeline([("columns", transformer.fit(X)), ("network", network)])
    schema, _ = describe_model(model, X, target())
    return page_data(prepare(Subject("table", "network", model, schema)), *explore_strings("en"))


def without_table():
    """As of a saved model: the page cannot compute the preprocessing of two columns, and one column is dropped."""
    return behind(ColumnTransformer([("mixed", PCA(2), ["x0", "x1"]), ("kept", "passthrough", ["x2", "x3", "x5"])]), 5)


def without_range():
    """Know no range of one of two columns."""
    weights = Weights()
    data, _ = export(weights.regressor(2, weights.layers(2, 3, 1, last="linear")), numbers(2), target())
    data["columns"][1].update(minimum=None, maximum=None, histogram=[])
    return data


def without_axes():
    """Know no range of any column."""
    data = without_range()
    data["columns"][0].update(minimum=None, maximum=None, histogram=[])
    return data


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Write the pages."""
    folder = tmp_path_factory.mktemp("explore")
    contents = {
        "bag": bag_data()[0],
        "classes": classes_data()[0],
        "wide": wide_data(),
        "many": many_classes_data(),
        "one without": one_column_without_network(),
        "one": one_column_data(),
        "without": without_network(),
        "beside": beside_network(),
        "untabled": without_table(),
        "no axes": without_axes(),
        "unranged": without_range(),
    }
    for name, data in contents.items():
        (folder / f"{name}.html").write_text(render_page(data, "table"), encoding="utf-8")
    return folder


@pytest.fixture
def open_page(browser, pages):
    """Return a function that opens a page; at the end none has logged anything or asked for anything else."""
    opened, messages, requests = [], [], []

    def of(name, width=1280, **options):
        page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto((pages / f"{name}.html").as_uri())
        page.wait_for_function("document.querySelector('.panel canvas')")
        opened.append(page)
        return page

    yield of
    for page in opened:
        page.close()
    assert messages == []
    assert [url for url in requests if not url.startswith(("file:", "blob:", "data:"))] == []


def state(page, key):
    return page.evaluate("(key) => skdlExplore.state()[key]", key)


def picture_is_there(page):
    """Wait for the pictures of the worker: the row is marked in them."""
    page.locator("#surface .handle:not([hidden])").wait_for()


@pytest.mark.parametrize("name", ["classes", "wide", "without"])
def test_nothing_is_wider_than_the_window(open_page, name):
    page = open_page(name, WIDTHS[0])
    inside = """() => [...document.querySelectorAll(".panel")].flatMap((panel) => {
      const { left, right } = panel.getBoundingClientRect();
      return [...panel.querySelectorAll("button, select, input, h2, p, .plane, .stages")]
        .filter((element) => element.checkVisibility() && element.closest(".diagram-box, .hidden, .segmented") === null)
        .map((element) => ({ box: element.getBoundingClientRect(), html: element.outerHTML.slice(0, 100) }))
        .flatMap(({ box, html }) => (box.right > right + 1 || box.left < left - 1 ? [html] : []));
    })"""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )  # it is laid out
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(inside) == [], width


@pytest.mark.parametrize("name", ["bag", "classes", "wide", "one", "without"])
def test_every_control_has_a_name_for_screen_readers(open_page, name):
    tree = open_page(name).locator("body").aria_snapshot()
    controls = re.findall(r"- (?:button|combobox|slider|spinbutton|checkbox|radio|textbox|img)\b.*", tree)
    assert len(controls) >= 3
    assert [control for control in controls if not re.match(r'- \w+ ["/]', control)] == []


def test_every_panel_is_a_region_with_its_title(open_page):
    tree = open_page("classes").locator("main").aria_snapshot()
    assert re.findall(r'^ *- region "([^"]+)"', tree, re.MULTILINE)[:2] == ["Network", "Try it"]


def test_the_tab_key_comes_to_the_network_before_the_form(open_page):
    """On a wide page too, where the form stands to the left of it."""
    page = open_page("classes")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.panel').id") == "network"
    left = {name: page.locator(f"#{name}").bounding_box()["x"] for name in ("whatif", "network", "surface")}
    assert left["whatif"] < left["network"] < left["surface"]


def test_the_focus_stays_where_it_is_as_panels_move(open_page):
    """Where the window becomes narrow: a phone that is turned."""
    page = open_page("classes")
    field = page.get_by_label("x1: slider")
    field.focus()
    page.set_viewport_size({"width": 760, "height": 900})
    page.locator(".views.two").wait_for()
    assert field.evaluate("(field) => field === document.activeElement")


# The drawing


def test_a_unit_shows_its_largest_weights(open_page):
    """Those of the network's arrays, by size, with their signs."""
    page = open_page("classes")
    _, weights = classes_data()
    into, out = weights.arrays[2], weights.arrays[4]  # kernels (6, 5) and (5, 3)
    page.get_by_role("group", name="Hidden 2").get_by_role("button").nth(3).click()
    assert state(page, "unit") == {"stage": 1, "index": 3}
    page.mouse.move(1, 1)
    lists = page.locator("#unit .weight-list")
    for number, expected in enumerate([into[:, 3], out[3]]):
        shown = [float(text.replace("\u2212", "-")) for text in lists.nth(number).locator(".value").all_inner_texts()]
        largest = sorted(expected, key=abs, reverse=True)[:5]
        np.testing.assert_allclose(shown, largest, rtol=6e-3)
    names = lists.nth(0).locator(".name").all_inner_texts()
    assert names[0] == f"Hidden 1, {np.argmax(np.abs(into[:, 3])) + 1}"


def test_members_of_an_ensemble_are_drawn_one_at_a_time(open_page):
    """In Korean, with the states of units in their names."""
    page = open_page("bag")
    _, second = bag_data()
    layer = page.get_by_role("group", name="은닉층 1")
    names = layer.get_by_role("button").evaluate_all("(buttons) => buttons.map((button) => button.ariaLabel)")
    assert names[0].endswith("죽은 유닛")
    assert names[1].endswith("포화된 유닛")
    page.get_by_role("radio", name="2").check(force=True)
    assert state(page, "member") == 1
    page.get_by_role("group", name="은닉층 2").get_by_role("button").nth(0).click()
    shown = page.locator("#unit .weight-list").nth(1).locator(".value").all_inner_texts()
    largest = sorted(second.arrays[4][0], key=abs, reverse=True)
    np.testing.assert_allclose([float(text.replace("\u2212", "-")) for text in shown], largest, rtol=6e-3)


def test_a_network_of_other_layers_takes_the_place_of_the_drawn_one(open_page):
    """As training in the page makes it: the chosen unit may be gone. The page's own network comes back."""
    page = open_page("classes")
    page.get_by_role("group", name="Hidden 1").get_by_role("button").nth(5).click()
    smaller = export_classes(Weights(seed=9), 3)["network"]
    page.evaluate("(network) => skdlExplore.set({ network })", smaller)
    assert state(page, "unit") is None
    assert page.locator("#network .layer").count() == 1
    assert page.get_by_role("group", name="Hidden 1").get_by_role("button").count() == 3
    page.wait_for_timeout(300)  # pictures of the smaller one
    page.evaluate("() => skdlExplore.set({ network: null })")
    assert page.get_by_role("group", name="Hidden 1").get_by_role("button").count() == 6
    page.wait_for_timeout(300)


def test_the_unit_under_the_pointer_takes_the_place_of_the_predictions(open_page):
    page = open_page("classes")
    subject = page.locator("#surface .subject")
    before = subject.inner_text()
    page.get_by_role("group", name="Hidden 1").get_by_role("button").nth(1).hover()
    assert subject.inner_text() == "Hidden 1, unit 2"
    assert page.locator(".diagram.pointed").count() == 1
    page.mouse.move(1, 1)
    assert subject.inner_text() == before
    assert page.locator(".diagram.pointed").count() == 0


def test_arrow_keys_go_from_unit_to_unit(open_page):
    """A layer is one stop of the tab key; enter chooses the unit."""
    page = open_page("classes")
    layer = page.get_by_role("group", name="Hidden 1")
    assert layer.locator("[tabindex='0']").count() == 1
    layer.locator("[tabindex='0']").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert state(page, "unit") == {"stage": 0, "index": 4}
    label = page.evaluate("document.activeElement.ariaLabel")
    value = page.evaluate(
        """() => {
          const { model, state } = skdlExplore;
          const cells = Float64Array.from(state().cells, (cell) => cell ?? NaN);
          return model.compute(cells, 1, 0).stages[0][4];
        }"""
    )
    assert label.startswith("Hidden 1, unit 5, activation ")
    assert float(label.rsplit(" ", 1)[1].replace("\u2212", "-")) == pytest.approx(value, abs=6e-3)


def test_a_wide_layer_opens(open_page):
    page = open_page("wide")
    page.get_by_role("button", name="Show all units of Hidden 2 larger").click()
    sheet = page.locator("#network .units")
    assert sheet.get_by_role("heading").inner_text() == "Hidden 2: all 128 units"
    assert sheet.locator(".tile").count() == 128
    assert sheet.locator(".tile").first.bounding_box()["width"] >= 40
    sheet.get_by_role("button", name="Close").click()
    assert not sheet.is_visible()


def test_columns_beyond_the_twelve_most_important_are_folded(open_page):
    page = open_page("wide")
    chips = page.locator("#network .chip")
    assert chips.count() == 12
    page.get_by_role("button", name="2 more columns").click()
    assert chips.count() == 14


# The surface


def test_regions_have_the_colours_of_the_predicted_classes(open_page):
    """Wherever one class is clearly the most probable."""
    page = open_page("classes")
    picture_is_there(page)
    page.wait_for_timeout(300)  # the finer picture
    shares = [(x, y) for x in (0.15, 0.35, 0.65, 0.85) for y in (0.15, 0.35, 0.65, 0.85)]
    colours = page.evaluate(
        """(shares) => {
          skdlExplore.set({ rest: "typical" });
          const canvas = document.querySelector("#surface .area canvas");
          const scale = canvas.width / canvas.clientWidth;
          const side = canvas.clientWidth - 16;
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return shares.map(([x, y]) => {
            const [column, line] = [8 + x * side, 8 + (1 - y) * side].map((place) => Math.round(place * scale));
            return [...data.slice(4 * (line * canvas.width + column))].slice(0, 4);
          });
        }""",
        shares,
    )
    data, _ = classes_data()
    x, y = state(page, "x"), state(page, "y")

    def cell(column, share):
        low, high = data["columns"][column]["minimum"], data["columns"][column]["maximum"]
        return low + (1.06 * share - 0.03) * (high - low)  # axes have 3 % of room on both sides

    rows = []
    for at_x, at_y in shares:
        row = [column["typical"] for column in data["columns"]]
        row[x], row[y] = cell(x, at_x), cell(y, at_y)
        rows.append(row)
    found = np.array(page.evaluate("(rows) => skdlExplore.predict(rows)", rows))
    clear = np.sort(found, axis=1)[:, -1] - np.sort(found, axis=1)[:, -2] > 0.2
    assert clear.sum() >= 4
    for probabilities, colour in zip(found[clear], np.array(colours)[clear], strict=True):
        # A mixture with the pale surface keeps the hue: compare directions from it.
        directions = CLASS_COLOURS - np.array([0xF4, 0xF4, 0xF0])
        direction = colour[:3] - np.array([0xF4, 0xF4, 0xF0])
        likeness = directions @ direction / np.linalg.norm(directions, axis=1) / np.linalg.norm(direction)
        assert np.argmax(likeness) == np.argmax(probabilities)


def test_the_row_follows_pointer_and_arrow_keys(open_page):
    page = open_page("classes")
    picture_is_there(page)
    x, y = state(page, "x"), state(page, "y")
    column = classes_data()[0]["columns"][x]
    area = page.locator("#surface .area.movable").bounding_box()
    page.mouse.click(area["x"] + 0.75 * area["width"], area["y"] + 0.5 * area["height"])
    expected = column["minimum"] + (1.06 * 0.75 - 0.03) * (column["maximum"] - column["minimum"])
    assert state(page, "cells")[x] == pytest.approx(expected, abs=0.05)
    handle = page.locator("#surface .handle")
    before = state(page, "cells")
    handle.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    after = state(page, "cells")
    assert after[x] < before[x]
    assert after[y] > before[y]
    predicted = page.evaluate("() => skdlExplore.predict([skdlExplore.state().cells])[0]")
    best = classes_data()[0]["outputs"][int(np.argmax(predicted))]
    assert best in handle.get_attribute("aria-valuetext")


def test_a_finger_moves_the_row_by_a_tap(open_page):
    """So that a swipe over the picture scrolls the page."""
    page = open_page("classes", 380, has_touch=True)
    picture_is_there(page)
    page.locator("#surface").scroll_into_view_if_needed()
    x = state(page, "x")
    column = classes_data()[0]["columns"][x]
    area = page.locator("#surface .area.movable").bounding_box()
    page.touchscreen.tap(area["x"] + 0.25 * area["width"], area["y"] + 0.3 * area["height"])
    expected = column["minimum"] + (1.06 * 0.25 - 0.03) * (column["maximum"] - column["minimum"])
    assert state(page, "cells")[x] == pytest.approx(expected, abs=0.05)
    assert page.locator("#surface .area.movable").evaluate("(area) => getComputedStyle(area).touchAction") == "pan-y"


def test_a_column_chosen_for_both_axes_swaps_them(open_page):
    page = open_page("classes")
    x, y = state(page, "x"), state(page, "y")
    page.locator("#surface .axis-x select").select_option(str(y))
    assert (state(page, "x"), state(page, "y")) == (y, x)


def test_classes_beyond_the_colours_have_names_and_shapes(open_page):
    """Of so many classes the colours alone cannot be told; the likeliest one is in view in the list that scrolls."""
    page = open_page("many")
    picture_is_there(page)
    assert page.locator("#surface .overlay .region").all_text_contents() == ["kind 11"]
    marks = page.locator("#surface .classes i")
    assert (
        marks.evaluate_all("(marks) => marks.map(({ className }) => className)") == ["shape-0"] * 10 + ["shape-1"] * 2
    )
    assert len(set(marks.evaluate_all("(marks) => marks.map(({ style }) => style.background)"))) == 12
    shown = "(list, option) => option.getBoundingClientRect().bottom <= list.getBoundingClientRect().bottom + 1"
    option = page.locator("#whatif .predicted", has_text="kind 11")
    assert page.locator("#whatif .predictions").evaluate(shown, option.element_handle())


def test_a_model_without_a_network_has_a_curve_over_one_column(open_page):
    page = open_page("one without")
    area = page.locator("#surface .area").first.bounding_box()
    page.mouse.move(area["x"] + area["width"] / 2, area["y"] + 9)
    assert page.locator("#surface .readout").inner_text().endswith(": 0.5")


def test_a_table_of_one_column_has_a_curve(open_page):
    """The row stands on it, at the height of its prediction among those of the ticks."""
    page = open_page("one")
    picture_is_there(page)
    ticks = page.locator("#surface .ticks.y span")
    heights = ticks.evaluate_all("(spans) => spans.map((span) => parseFloat(span.style.bottom))")
    values = [float(text.replace("\u2212", "-")) for text in ticks.all_inner_texts()]
    slope, start = np.polyfit(values, heights, 1)
    column = one_column_data()["columns"][0]
    for share in (0.1, 0.5, 0.8):
        cell = column["minimum"] + share * (column["maximum"] - column["minimum"])
        page.evaluate("(cell) => skdlExplore.set({ cells: [cell] })", cell)
        (predicted,) = page.evaluate("(cell) => skdlExplore.predict([[cell]])[0]", cell)
        height = float(page.locator("#surface .handle").evaluate("(handle) => parseFloat(handle.style.bottom)"))
        assert height == pytest.approx(start + slope * predicted, abs=2)


COLOURED = """
(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const pixels = Array.from({ length: data.length / 4 }, (_, k) => data.slice(4 * k, 4 * k + 4));
  return pixels.filter(([r, g, b, a]) => a > 0 && Math.max(r, g, b) - Math.min(r, g, b) > 30).length / pixels.length;
}
"""


def test_units_of_a_table_of_one_column_have_pictures(open_page):
    """Their pictures have one line of values; tanh is negative here and positive there."""
    page = open_page("one")
    picture_is_there(page)
    page.wait_for_function(f"({COLOURED})(document.querySelector('#network .tiles canvas')) > 0.2", timeout=5000)


def test_columns_without_classical_models_end_the_comparison_with_one(open_page):
    """Beside a classical model the network's other columns are typical; alone they follow the row again."""
    page = open_page("beside")
    page.evaluate("skdlExplore.set({ x: 0, y: 1 })")
    page.locator("#surface .thumb").click()
    assert (state(page, "overlay"), state(page, "rest")) == ("linear", "typical")
    page.locator("#surface .axis-x select").select_option("2")
    assert (state(page, "overlay"), state(page, "rest")) == (None, "row")


def test_a_page_without_a_network_shows_the_surface_of_its_model(open_page):
    """With the axes either way; no panel of the network is there."""
    page = open_page("without")
    assert page.locator(".panel").evaluate_all("(panels) => panels.map(({ id }) => id)") == ["surface"]

    def value(share_x, share_y):
        area = page.locator("#surface .area.movable, #surface .area").first.bounding_box()
        page.mouse.move(area["x"] + share_x * area["width"], area["y"] + (1 - share_y) * area["height"])
        return float(page.locator("#surface .readout").inner_text().rsplit(" ", 1)[1])

    first = page.locator("#surface .axis-x select").input_value()
    for_x0 = {"0": value, "1": lambda x0, x1: value(x1, x0)}
    assert [for_x0[first](*at) for at in [(0.9, 0.9), (0.2, 0.9), (0.9, 0.1), (0.9, 0.4)]] == [1, 0, 0, 1]
    page.locator("#surface .axis-x select").select_option("1" if first == "0" else "0")
    other = "1" if first == "0" else "0"
    assert [for_x0[other](*at) for at in [(0.9, 0.9), (0.2, 0.9), (0.9, 0.1), (0.9, 0.4)]] == [1, 0, 0, 1]


# What the reader's system asks for


def test_a_dark_page_paints_its_pictures_again(open_page):
    page = open_page("classes")
    picture_is_there(page)
    corner = "document.querySelector('#network .result canvas').toDataURL()"
    light = page.evaluate(corner)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(200)
    assert state(page, "dark") is True
    assert page.evaluate(corner) != light


def test_less_motion_is_heard(open_page):
    page = open_page("classes", reduced_motion="reduce")
    assert state(page, "reducedMotion") is True
    assert page.evaluate("getComputedStyle(document.querySelector('.links')).transitionDuration") == "0s"


# What the page does not know


def test_without_a_table_nothing_is_said_of_its_rows(open_page):
    """The row to start from is the middle of the ranges, and units were measured on rows drawn from them."""
    page = open_page("untabled")
    form = page.locator("#whatif")
    assert form.get_by_role("button", name="Starting row").count() == 1
    assert "middle of each range" in form.locator(".prediction").inner_text()
    page.get_by_role("group", name="Hidden 1").get_by_role("button").nth(0).click()
    unit = page.locator("#unit").inner_text()
    assert "dead" in unit
    assert "drawn from the columns' ranges" in unit
    form.get_by_label("x2", exact=True).fill("0.5")
    page.wait_for_timeout(100)
    assert "starting row" in form.locator(".prediction").inner_text()
    assert page.get_by_role("radio", name="as at the start").count() == 1
    texts = page.locator("body").inner_text().lower()
    assert [word for word in ("typical row", "training rows", "every training row") if word in texts] == []


def test_a_model_without_a_table_is_not_offered_for_training(open_page):
    """Rows cannot be put into such a page; into that of a table they can."""
    assert open_page("untabled").locator("#tryit").count() == 0
    assert open_page("classes").locator("#tryit").count() == 1


def test_columns_that_do_not_move_have_no_value_and_no_contribution(open_page):
    """Those whose preprocessing is unknown, and those that the model does not use; all others have both."""
    page = open_page("untabled")
    column = page.locator("#whatif .column")
    texts = {name: column.filter(has_text=name) for name in ("x0", "x1", "x2", "x3", "x4")}
    for name, text in [("x0", "Stays at one value"), ("x1", "Stays at one value"), ("x4", "does not use")]:
        assert text in texts[name].inner_text()
        assert texts[name].get_by_role("slider").count() == 0
        assert not texts[name].locator(".effect").is_visible()
    assert texts["x0"].locator("output").inner_text() == ""
    assert texts["x4"].locator("output").inner_text() != ""  # what a row says of it
    assert sorted(page.locator("#surface .axis-x option").all_inner_texts()) == ["x2", "x3", "x5"]
    assert [texts[name].locator(".amount").inner_text() for name in ("x2", "x3")] == ["0", "0"]
    chips = page.locator("#network .chip")
    values = dict(zip(chips.locator(".name").all_inner_texts(), chips.locator(".value").all_inner_texts(), strict=True))
    assert values["x0"] == ""
    assert values["x2"] != ""


def test_a_value_is_outside_of_a_known_range_alone(open_page):
    page = open_page("unranged")
    for name in ("x0", "x1"):
        page.get_by_label(name, exact=True).fill("50")
    outside = page.locator("#whatif .outside")
    assert outside.evaluate_all("(notes) => notes.map((note) => note.checkVisibility())").count(True) == 1
    assert page.locator("#whatif .column").filter(has_text="x0").locator(".outside").is_visible()


def test_without_ranges_no_axis_is_spoken_of(open_page):
    page = open_page("no axes")
    assert "marked x and y" not in page.locator("#unit").inner_text()
    assert "to the right" not in page.locator("#unit").inner_text()
    assert page.locator("#network .axis").all_inner_texts() == ["", ""]
    assert page.locator("#surface").count() == 0
