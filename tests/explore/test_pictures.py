"""Pictures of units and outputs over two columns, computed in a worker beside the page. In Chromium."""

import json

import numpy as np
import pandas as pd
import pytest
from helpers.page_networks import N_ROWS, Weights, export, numbers, target
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

pytestmark = pytest.mark.browser

# Requests one after the other without waiting; what arrives until all is quiet, with the position of its request.
PAINT = """
async ([data, requests, way]) => {
  const page = JSON.parse(data);
  const model = await skdlExplore.createModel(page);
  const Original = window.Worker;
  if (way === "worker throws") window.Worker = class { constructor() { throw new Error("refused"); } };
  if (way === "worker fails") {
    window.Worker = class { constructor() { setTimeout(() => this.onerror(new Event("error"))); } postMessage() {} };
  }
  const queue = new skdlExplore.parts.PictureQueue(model, page.columns);
  const painter = way === "queue"
    ? { request: (kind, request, deliver) => queue.add(kind, request, deliver) }
    : skdlExplore.parts.createPainter(page, model);
  window.Worker = Original;
  const arrived = [];
  const asked = JSON.parse(requests);
  const finals = new Set();
  await new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`only ${arrived.length} pictures came`)), 20000);
    asked.forEach(([kind, request], position) => {
      const last = asked.findLastIndex(([other]) => other === kind) === position;
      painter.request(kind, request, ({ xs, ys, outputs, units }, isFinal) => {
        const lists = (arrays) => arrays.map((values) => [...values]);
        arrived.push({ position, isFinal, xs: [...xs], ys: [...ys], outputs: lists(outputs), units: lists(units) });
        if (last && isFinal) finals.add(kind);
        if (finals.size === new Set(asked.map(([one]) => one)).size) resolve();
      });
    });
  });
  return JSON.stringify(arrived);
}
"""


@pytest.fixture
def paint(bundle_page):
    """Return a function of page data and requests, each a kind with what differs from the typical request."""

    def of(data, *requests, way="worker"):
        typical = {
            "cells": [column["typical"] for column in data["columns"]],
            "x": 0,
            "y": 1,
            "sizes": [5],
            "outputs": True,
            "units": [],
            "member": 0,
            "snapshot": None,
            "network": None,
        }
        asked = [(kind, {**typical, **changes}) for kind, changes in requests]
        return json.loads(bundle_page.evaluate(PAINT, [json.dumps(data), json.dumps(asked), way]))

    return of


def network(n_columns=4):
    weights = Weights()
    return weights.regressor(n_columns, weights.layers(n_columns, 6, 3, 1, activation="tanh"))


@pytest.mark.parametrize("way", ["worker", "worker throws", "worker fails"])
def test_a_picture_holds_the_predictions_of_a_grid(paint, way):
    """The lowest y first; all other columns have the row's values. Also where the browser refuses workers."""
    frozen = network()
    data, _ = export(frozen, numbers(4), target())
    row = [0.1, -0.2, 0.3, -0.4]
    (picture,) = paint(data, ("surface", {"cells": row, "x": 2, "y": 0, "sizes": [7]}), way=way)
    x, y = data["columns"][2], data["columns"][0]
    xs, ys = (np.linspace(one["minimum"], one["maximum"], 7) for one in (x, y))
    xs, ys = (values + 0.06 * (values - values.mean()) for values in (xs, ys))  # 3 % of room on both sides
    rows = [[up, -0.2, across, -0.4] for up in ys for across in xs]
    np.testing.assert_allclose(picture["xs"], xs)
    np.testing.assert_allclose(picture["ys"], ys)
    np.testing.assert_allclose(picture["outputs"][0], frozen.predict(rows), rtol=1e-5, atol=1e-5)


def test_pictures_of_units_are_their_activations(paint):
    """Stage -1 holds the network's inputs."""
    frozen = network()
    data, _ = export(frozen, numbers(4), target())
    units = [{"stage": -1, "index": 1}, {"stage": 0, "index": 4}, {"stage": 1, "index": 2}]
    (picture,) = paint(data, ("units", {"units": units, "outputs": False}))
    rows = np.array([[x, y, *picture_rest(data)] for y in picture["ys"] for x in picture["xs"]], dtype="float32")
    w = frozen.weights_
    first = np.tanh(rows @ w[0] + w[1])
    second = np.tanh(first @ w[2] + w[3])
    expected = [rows[:, 1], first[:, 4], second[:, 2]]
    np.testing.assert_allclose(picture["units"], expected, rtol=1e-5, atol=1e-5)
    assert picture["outputs"] == []


def picture_rest(data):
    return [column["typical"] for column in data["columns"][2:]]


def test_an_axis_of_categories_has_a_point_for_each(paint):
    X = pd.DataFrame({"town": ["Bonn", "Köln", "Ulm"] * (N_ROWS // 3), "grade": ["a", "b"] * (N_ROWS // 2)})
    model = Pipeline([("codes", OrdinalEncoder().fit(X)), ("network", network(2))])
    data, columns = export(model, X, target())
    (picture,) = paint(data, ("surface", {"sizes": [50]}))
    assert (picture["xs"], picture["ys"]) == ([0, 1, 2], [0, 1])
    rows = columns.rows(np.array([[x, y] for y in (0.0, 1.0) for x in (0.0, 1.0, 2.0)]))
    np.testing.assert_allclose(picture["outputs"][0], model.predict(rows), rtol=1e-5, atol=1e-5)


def test_a_table_of_one_column_has_a_picture_of_one_row(paint):
    frozen = network(1)
    data, _ = export(frozen, numbers(1), target())
    (picture,) = paint(data, ("surface", {"x": 0, "y": 0}))
    assert len(picture["ys"]) == 1
    np.testing.assert_allclose(picture["outputs"][0], frozen.predict(np.array([picture["xs"]]).T), rtol=1e-5, atol=1e-5)


def test_a_coarse_picture_comes_before_a_fine_one(paint):
    """So do those of another kind. Without the pace of drawing, which leaves out what is no longer new."""
    data, _ = export(network(), numbers(4), target())
    pictures = paint(data, ("surface", {"sizes": [4, 40]}), ("units", {"sizes": [3]}), way="queue")
    assert [(len(one["xs"]), one["isFinal"]) for one in pictures] == [(4, False), (3, True), (40, True)]


def test_the_newest_request_of_a_kind_wins(paint):
    """Of those before it at most the first, which was begun, is drawn, and no fine picture of it."""
    data, _ = export(network(), numbers(4), target())
    requests = [("surface", {"cells": [0.0, 0.0, k / 10, 0.0], "sizes": [4, 60]}) for k in range(10)]
    pictures = paint(data, *requests)
    assert [one["position"] for one in pictures if len(one["xs"]) == 60] == [9]
    assert {one["position"] for one in pictures} <= {0, 9}


@pytest.mark.parametrize(("x", "drawn"), [(0, [0, 1]), (3, [1])], ids=["the same axes", "other axes"])
def test_a_replaced_request_that_was_begun_is_drawn_where_axes_are_the_same(paint, x, drawn):
    """So something moves while the pointer is dragged; the second picture is so large that the first arrives before."""
    data, _ = export(network(), numbers(4), target())
    pictures = paint(data, ("surface", {"sizes": [5]}), ("surface", {"x": x, "sizes": [500]}))
    assert [one["position"] for one in pictures] == drawn


def test_pictures_of_a_network_that_was_trained_in_the_page(paint):
    frozen = network()
    data, _ = export(frozen, numbers(4), target())
    other = network()
    other.weights_ = [array + 0.1 for array in other.weights_]
    trained = export(other, numbers(4), target())[0]["network"]
    cells = [0.0, 0.0, 0.5, 0.5]
    both = paint(data, ("a", {"cells": cells, "network": trained}), ("b", {"cells": cells}))
    for picture, expected in zip(both, (other, frozen), strict=True):
        rows = [[x, y, 0.5, 0.5] for y in picture["ys"] for x in picture["xs"]]
        np.testing.assert_allclose(picture["outputs"][0], expected.predict(rows), rtol=1e-5, atol=1e-5)
