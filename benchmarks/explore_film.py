"""Film the page of a built-in lesson: its training is replayed, then one value is moved.

``python benchmarks/explore_film.py [LESSON]`` writes ``docs/images/explore.webp``; it needs Chromium and Pillow.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from skdl.explore import write_explore_page

SIZE = (1440, 1080)  # of the browser's window
WIDTH = 900  # of the film
DATA = "JSON.parse(document.getElementById('page-data').textContent)"
FRAME_MS, LAST_MS = 140, 1600
SETTLED_MS = 450  # after which the worker has delivered the surface


def film(page: Any) -> list[tuple[Image.Image, int]]:
    """Return frames, each with its duration in ms."""
    frames: list[tuple[Image.Image, int]] = []

    def shoot(duration_ms: int = FRAME_MS) -> None:
        page.wait_for_timeout(SETTLED_MS)
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        height = round(SIZE[1] * WIDTH / SIZE[0])
        frames.append((picture.resize((WIDTH, height), Image.Resampling.LANCZOS), duration_ms))

    # By the state: a click would scroll the page, and show where the focus is.
    n_snapshots = page.evaluate(f"() => {DATA}.snapshots.epochs.length")
    for snapshot in range(n_snapshots):
        page.evaluate("(snapshot) => skdlExplore.set({ snapshot })", snapshot)
        shoot(600 if snapshot == 0 else FRAME_MS)
    page.evaluate("() => skdlExplore.set({ snapshot: null })")
    shoot(LAST_MS)
    column = page.evaluate(f"() => {DATA}.columns[0]")
    low, high = column["minimum"], column["maximum"]
    for share in 0.5 + 0.4 * np.sin(np.linspace(0.0, 2.0 * np.pi, 16)):
        page.evaluate(
            "(x) => skdlExplore.set({ cells: [x, skdlExplore.state().cells[1]], row: null })",
            low + float(share) * (high - low),
        )
        shoot()
    return frames


def save(frames: list[tuple[Image.Image, int]], target: Path) -> None:
    """Write an animated WebP, which takes a quarter of a GIF with fewer colours."""
    (first, *others), durations = zip(*frames, strict=True)
    first.save(
        target, save_all=True, append_images=others, duration=list(durations), loop=0, quality=75, method=6, kmax=60
    )


def main() -> None:
    """Make the page, film it, and write the film."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    target = Path(__file__).parents[1] / "docs" / "images" / "explore.webp"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder) / "lesson.html"
        write_explore_page(sys.argv[1] if len(sys.argv) > 1 else "builtin:spiral", out=file)
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        page.goto(file.as_uri())
        page.wait_for_function("window.skdlExplore?.state")
        save(film(page), target)
        browser.close()
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
