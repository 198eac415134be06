"""Time and memory that `skdl check` predicts for a comparison of one model, and what the comparison takes.

    python benchmarks/check_estimates.py [--rows N ...] [--models NAME ...] [--most-s SECONDS] [--folds N]

Tables have seven numbers and two text columns, of 20 and 3 categories. Prediction and comparison run in a fresh process
each, one after the other. Time is wall-clock time. Where other programs come and go, only processor time is comparable:
predicted are the seconds times the share of a processor that the prediction had. Memory is the largest resident memory
of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean, median
from time import perf_counter, process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

STARTED = perf_counter()  # before the imports that are part of a run

PIPELINE = """name: estimate
data: {{source: {source}, target: y}}
models: {{{model}: null}}
compare: {{cv: {{folds: {folds}, repeats: 1}}}}
output: {{dir: {out}}}
"""


def main() -> None:
    """Print a row for each model and number of rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--models", nargs="+", help="by default all of the catalogue that are installed")
    parser.add_argument(
        "--most-s", type=float, default=120.0, help="processor seconds predicted above which nothing is run"
    )
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--predict", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.predict:
        predict(options.predict)
        return
    from skdl.catalogue import catalogue

    print("| model | rows | s predicted | s | ratio | processor s predicted | s | ratio | MB predicted | MB | ratio |")
    print("|" + "---|" * 11)
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for n_rows in options.rows:
            for entry in catalogue():
                if entry.name == "dummy" or (options.models and entry.name not in options.models):
                    continue
                if find_spec(entry.package.name) is None:
                    print(f"| {entry.name} | {n_rows:,} | {entry.package.distribution} is not installed |")
                    continue
                task = "regression" if entry.regression else "classification"
                source = Path(folder) / f"{task}_{n_rows}.csv"
                if not source.exists():
                    make_table(n_rows, task).to_csv(source, index=False)
                ratios.append(measure(Path(folder), entry.name, n_rows, source, options))
    ratios = [ratio for ratio in ratios if ratio is not None]
    for index, what in enumerate(("time", "processor time", "memory")):
        values = [ratio[index] for ratio in ratios]
        within = fmean(0.5 <= value <= 2 for value in values)
        print(f"\n{what}: {within:.0%} within a factor of two, median {median(values):.2f}, "
              f"from {min(values):.2f} to {max(values):.2f}")  # fmt: skip


def make_table(n_rows: int, task: str) -> pd.DataFrame:
    """Draw a table of nine features."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(0)
    table = pd.DataFrame({f"x{index}": random.normal(size=n_rows).round(3) for index in range(7)})
    table["city"] = np.array([f"city_{index}" for index in range(20)])[random.integers(0, 20, n_rows)]
    table["kind"] = np.array(["a", "b", "c"])[random.integers(0, 3, n_rows)]
    signal = table.x0 + np.sin(2 * table.x1) + table.x2 * table.x3 + (table.kind == "a")
    y = signal + random.normal(scale=0.5, size=n_rows)
    return table.assign(y=y.round(3) if task == "regression" else np.where(y > 0.3, "yes", "no"))


def measure(
    folder: Path, model: str, n_rows: int, source: Path, options: argparse.Namespace
) -> tuple[float, float, float] | None:
    """Predict and run one comparison; print its row, and return the ratios of time, processor time and memory."""
    file, out = folder / "pipeline.yaml", folder / "out"
    file.write_text(PIPELINE.format(source=source, model=model, folds=options.folds, out=out))
    command = [sys.executable, __file__, "--predict", str(file)]
    predicted = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
    seconds, megabytes = predicted["seconds"], predicted["bytes"] / 1e6
    predicted_cpu_s = seconds * predicted["share"]
    start = f"| {model} | {n_rows:,} | {seconds:.1f} |"
    if predicted_cpu_s > options.most_s:
        print(f"{start} not run | | {predicted_cpu_s:.1f} | | | {megabytes:.0f} | | |", flush=True)
        return None
    started = perf_counter()
    run = subprocess.Popen(
        [sys.executable, "-m", "skdl", "compare", str(file), "--fresh", "--quiet"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(run.pid, 0)
    took_s, took_mb = perf_counter() - started, usage.ru_maxrss * 1024 / 1e6
    if status:
        print(f"{start} failed with status {status} |", flush=True)
        return None
    cpu_s = usage.ru_utime + usage.ru_stime
    ratios = seconds / took_s, predicted_cpu_s / cpu_s, megabytes / took_mb
    print(
        f"{start} {took_s:.1f} | {ratios[0]:.2f} | {predicted_cpu_s:.1f} | {cpu_s:.1f} | {ratios[1]:.2f} "
        f"| {megabytes:.0f} | {took_mb:.0f} | {ratios[2]:.2f} |",
        flush=True,
    )
    return ratios


def predict(file: str) -> None:
    """Print what `skdl check` predicts, as JSON."""
    from skdl.comparison import estimate_run
    from skdl.pipeline import build_estimators, read_pipeline

    spec = read_pipeline(file)
    table = spec.load_table()
    estimators = build_estimators(spec, table)
    run = estimate_run(spec, table, estimators, start_s=perf_counter() - STARTED)
    memory = run.memory
    share = process_time() / (perf_counter() - STARTED)
    print(json.dumps({"seconds": run.seconds, "share": share, "bytes": memory.total()}))


if __name__ == "__main__":
    main()
