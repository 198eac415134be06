"""Frames a second of the explore page while a value is dragged, in Chromium, and how large the page is.

    python benchmarks/explore.py [--units N ...] [--columns N] [--seconds S] [--page FILE]

A table of 1,000 rows is made and a network trained on it for five epochs; the page of it, without rows, is opened, and
the slider of a column moves in every frame. Between two frames the page predicts, explains the prediction and draws.
Pictures of units and the surface are computed in a worker; how many arrive a second is printed, too. Processor time is
that of the page's main thread, a frame: where other programs come and go, only this is comparable. ``--page`` measures
a page that is there.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import make_regression

WINDOW = {"width": 1280, "height": 900}

# Before the page's own script: count what its workers send.
COUNT_PICTURES = """
window.nPictures = 0;
const Original = window.Worker;
window.Worker = class extends Original {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", () => { window.nPictures += 1; });
  }
};
"""

# Move the first slider of the form in each frame; return the time of each frame in ms, and the pictures that arrived.
DRAG = """
(seconds) => new Promise((resolve) => {
  const slider = document.querySelectorAll("#whatif input[type=range]")[2];
  const [low, high] = [Number(slider.min), Number(slider.max)];
  const frames = [];
  const before = window.nPictures;
  const start = performance.now();
  const step = () => {
    const now = performance.now();
    frames.push(now);
    if (now - start > seconds * 1000) return resolve({ frames, pictures: window.nPictures - before });
    slider.value = low + (high - low) * (0.5 + 0.5 * Math.sin((now - start) / 300));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})
"""


def main() -> None:
    """Print a row for each network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, nargs="+", default=[256, 128], help="of the hidden layers")
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=5.0, help="of dragging")
    parser.add_argument("--page", type=Path, help="a page to measure instead of a new one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = options.page or write_page(Path(folder), options.units, options.columns)
        size = page.stat().st_size / 1e6
        found = drag(page, options.seconds)
    intervals = np.diff(found["frames"])
    rates = 1000.0 / np.quantile(intervals, [0.5, 0.95])
    values = {
        "page": f"{size:.2f} MB",
        "opened in": f"{found['opened_s']:.2f} s",
        "frames a second": f"{rates[0]:.0f}",
        "in the slowest 5 %": f"{rates[1]:.0f}",
        "longest frame": f"{intervals.max():.0f} ms",
        "processor time a frame": f"{found['processor_ms']:.1f} ms",
        "pictures a second": f"{found['pictures'] / options.seconds:.0f}",
    }
    for row in (values, ["---"] * len(values), values.values()):
        print(f"| {' | '.join(row)} |")


def write_page(folder: Path, units: list[int], n_columns: int) -> Path:
    """Train a network and write its page."""
    from skdl.explore import write_explore_page

    X, y = make_regression(1_000, n_columns, noise=10.0, random_state=0)
    columns = [f"column_{number}" for number in range(n_columns)]
    pd.DataFrame(X, columns=columns).assign(y=y).to_csv(folder / "table.csv", index=False)
    network = {"hidden_layer_sizes": units, "epochs": 5, "random_state": 0}
    pipeline = {"data": {"source": "table.csv", "target": "y"}, "models": {"keras_mlp": {"params": network}}}
    (folder / "pipeline.yaml").write_text(json.dumps(pipeline), encoding="utf-8")
    return Path(write_explore_page(folder / "pipeline.yaml", out=folder / "explore.html").path)


def drag(page: Path, seconds: float) -> dict[str, Any]:
    """Open a page in Chromium and drag."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport=WINDOW)
        tab.add_init_script(COUNT_PICTURES)
        began = perf_counter()
        tab.goto(page.resolve().as_uri())
        tab.wait_for_selector("#whatif input[type=range]")
        opened_s = perf_counter() - began
        tab.wait_for_timeout(1_000)  # until the first pictures are there
        session = tab.context.new_cdp_session(tab)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        before = processor_s(session)
        found: dict[str, Any] = tab.evaluate(DRAG, seconds)
        found["processor_ms"] = (processor_s(session) - before) / len(found["frames"]) * 1000.0
        browser.close()
    return {**found, "opened_s": opened_s}


def processor_s(session: Any) -> float:
    """Return the processor time that the main thread of a page has used for tasks."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


if __name__ == "__main__":
    main()
