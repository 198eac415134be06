"""Reading of wide and long tables, compared with `pandas.read_csv` of the same file: time and peak memory.

Usage: python benchmarks/read_tables.py [turns]

Each measurement is a process of its own. The times leave out importing; each is the least of the turns, which alternate
between pandas and skdl. Memory is what the peak exceeds the memory before reading, as a multiple of the table's size in
pandas.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from skdl.pipeline import build_estimators, load_table, read_pipeline
from skdl.pipeline_tools import draft_pipeline
from skdl.tables import SplitTable, use_system_allocator

WAYS = ("pandas", "check", "init")
TABLES = (("wide", 200, 10_000), ("wide", 1_000, 10_000), ("long", 1_000_000, 20))  # rows and columns


def make_table(shape: str, n_rows: int) -> pd.DataFrame:
    """Return numbers alone where it is wide; numbers, whole numbers and categories where it is long."""
    rng = np.random.default_rng(0)
    if shape == "wide":
        return pd.DataFrame(rng.normal(size=(n_rows, 10_000)).round(3)).add_prefix("x")
    columns = {f"x{i}": rng.normal(size=n_rows).round(3) for i in range(11)}
    columns |= {f"n{i}": rng.integers(0, 100, n_rows) for i in range(5)}
    return pd.DataFrame(columns | {f"s{i}": rng.choice(["a", "bb", "ccc", "dd"], n_rows) for i in range(4)})


def read(way: str, path: Path) -> None:
    """Read a table in one way."""
    if way != "pandas":
        use_system_allocator()  # as both commands
    if way == "pandas":
        pd.read_csv(path)
    elif way == "init":
        split, file = SplitTable(), path.with_suffix(".init.yaml")
        file.write_text(draft_pipeline(str(path), ["x0"], file=file, split=split).text)
        load_table(read_pipeline(file), split=split)
    else:
        spec = read_pipeline(path.with_suffix(".yaml"))
        build_estimators(spec, spec.load_table())


def measure(way: str, folder: Path, shape: str) -> None:
    """Print the seconds and megabytes of one way; a small table comes first, which loads all modules."""
    read(way, folder / "small.csv")
    before, started = peak(), time.perf_counter()
    read(way, folder / f"{shape}.csv")
    print(time.perf_counter() - started, peak() - before)


def peak() -> float:
    """Return the largest memory of this process so far, in megabytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def write_table(folder: Path, name: str, table: pd.DataFrame) -> None:
    """Write a table and a pipeline file for it."""
    table.to_csv(folder / f"{name}.csv", index=False)
    (folder / f"{name}.yaml").write_text(f"data: {{source: {name}.csv, target: x0}}\nmodels: {{ridge: {{}}}}\n")


def in_process(*arguments: str) -> list[str]:
    """Run a part of this script in a process of its own; the memory of this one would count as that of its child."""
    command = [sys.executable, __file__, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def main() -> None:
    """Measure all ways on all tables."""
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], Path(sys.argv[3]), sys.argv[4])
        return
    if sys.argv[1:2] == ["--make"]:
        table = make_table(sys.argv[3], int(sys.argv[4]))
        write_table(Path(sys.argv[2]), sys.argv[3], table)
        print(table.memory_usage(deep=True).sum() / 1e6)
        return
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_table(folder, "small", make_table("long", 200))
        for shape, n_rows, n_columns in TABLES:
            size = float(in_process("--make", name, shape, str(n_rows))[0])
            best = dict.fromkeys(WAYS, (np.inf, np.inf))
            for _ in range(turns):
                for way in WAYS:
                    best[way] = tuple(map(min, best[way], map(float, in_process("--one", way, name, shape))))
            print(f"{n_rows:,} rows x {n_columns:,} columns: {size:.0f} MB in pandas")
            for way, (seconds, used) in best.items():
                times = seconds / best["pandas"][0]
                print(f"  {way:7} {seconds:6.2f} s, {times:4.1f} x pandas; {used:5.0f} MB, {used / size:4.1f} x table")


if __name__ == "__main__":
    main()
