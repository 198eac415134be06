"""Chromium, and a page of it that holds the bundle alone: tests load many models there, one after the other."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import skdl

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
BUNDLE = Path(skdl.__file__).parent / "explore" / "page" / "explore.js"

# As text of JSON in both directions: Playwright converts values one by one, which takes longer than computing them.
COMPUTE = """
async ([data, cells, snapshot]) => {
  const model = (await skdlExplore.createModel(JSON.parse(data))).withSnapshot(snapshot);
  const rows = JSON.parse(cells);
  const values = Float64Array.from(rows.flat(), (cell) => cell ?? NaN);
  const { inputs, outputs, stages } = model.compute(values, rows.length, 0);
  return JSON.stringify({ inputs: [...inputs], outputs: [...outputs], stages: stages.map((values) => [...values]) });
}
"""


# Of a module, not of the session: Playwright allows one driver at a time, and other folders of tests have their own.
@pytest.fixture(scope="module")
def browser():
    """Start Chromium once."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed; Debian has it as `chromium`")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; it is in skdl[test]")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def bundle_page(browser):
    """Open a page without data that holds the bundle."""
    page = browser.new_page()
    page.add_script_tag(content=BUNDLE.read_text(encoding="utf-8"))
    yield page
    page.close()


@pytest.fixture(scope="module")
def compute(bundle_page):
    """Return a function of page data and cells (n_rows, n_columns): what the page computes, each (n_rows, n_values)."""

    def of(data, cells, snapshot=None):
        rows = [[None if np.isnan(cell) else cell for cell in row] for row in np.asarray(cells, float).tolist()]
        asked = [json.dumps(data, allow_nan=False), json.dumps(rows), snapshot]
        found = json.loads(bundle_page.evaluate(COMPUTE, asked))

        def table(values):
            return np.asarray(values, float).reshape(len(rows), -1)

        stages = [table(stage) for stage in found["stages"]]
        return {"inputs": table(found["inputs"]), "outputs": table(found["outputs"]), "stages": stages}

    return of
