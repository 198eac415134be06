"""Film the page of a built-in lesson: its training is replayed, then one value is moved.

``python benchmarks/explore_gif.py [LESSON]`` writes ``docs/images/explore.gif``; it needs Chromium and Pillow.
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

SIZE = (1280, 960)  # of the browser's window
WIDTH = 760  # of the film
N_COLORS = 96
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
    """Write a GIF whose frames share their colours, so that what stands still takes no space."""
    pictures, durations = zip(*frames, strict=True)
    # The colours of some frames one below the other.
    some = pictures[:: max(1, len(pictures) // 6)]
    sheet = Image.fromarray(np.vstack([np.asarray(picture) for picture in some]))
    palette = sheet.quantize(N_COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    indexed = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    indexed[0].save(target, save_all=True, append_images=indexed[1:], duration=list(durations), loop=0, optimize=False)


def main() -> None:
    """Make the page, film it, and write the film."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    target = Path(__file__).parents[1] / "docs" / "images" / "explore.gif"
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
