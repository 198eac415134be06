"""How long a report takes to be written, and how large its page is.

    python benchmarks/render_report.py [ROWS] [MODELS]

Ten quick models meet 10 x 3 folds of a made table of 20,000 rows, once for numbers and once for four classes. Then the
report is rendered from results.json, without a fit: page, Markdown and pictures. A cloud of 2,000 points, the most that
is drawn point by point, gives the largest page.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from time import perf_counter

import pandas as pd
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB

import skdl
from skdl.comparison import render_report

COLUMNS = [f"column_{number}" for number in range(20)]


def main() -> None:
    """Compare, then render, for both tasks."""
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    n_models = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    numbers = make_regression(n_rows, len(COLUMNS), noise=40.0, random_state=0)
    classes = make_classification(n_rows, len(COLUMNS), n_informative=8, n_classes=4, random_state=0)
    for task, (X, y) in {"regression": numbers, "classification": classes}.items():
        if task == "regression":
            models = {f"ridge_{place}": Ridge(10.0**place) for place in range(n_models)}
        else:
            models = {f"bayes_{place}": GaussianNB(var_smoothing=10.0**-place) for place in range(n_models)}
        with tempfile.TemporaryDirectory() as folder:
            skdl.compare(models, pd.DataFrame(X, columns=COLUMNS), y, cv=10, repeats=3, output_dir=folder)
            began = perf_counter()
            page = render_report(folder)
            seconds = perf_counter() - began
            size, results = (Path(folder, name).stat().st_size / 1e6 for name in (page.name, "results.json"))
        print(f"{task}: {seconds:.1f} s; page {size:.2f} MB, results.json {results:.2f} MB")


if __name__ == "__main__":
    main()
