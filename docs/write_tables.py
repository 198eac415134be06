"""Write the table of metrics in pipeline-files.md from their records in the package: `just schema` runs it."""

import re
from pathlib import Path

from skdl.metrics import metric_names, resolve_metrics

PAGE = Path(__file__).with_name("pipeline-files.md")
# The row of expected_cost follows: it is a metric only where a file has costs.
ROWS = re.compile(r"(?<=\| name \| task \| description \|\n\|---\|---\|---\|\n).*?(?=\| `expected_cost`)", re.DOTALL)


def metric_rows() -> str:
    """One row a metric, those of regression first."""
    return "".join(
        f"| `{metric.name}` | {task} | {metric.description} |\n"
        for task in ("regression", "classification")
        for metric in resolve_metrics(metric_names(task), task)
    )


if __name__ == "__main__":
    text, n_tables = ROWS.subn(lambda _: metric_rows(), PAGE.read_text(encoding="utf-8"))
    if n_tables != 1:
        raise SystemExit(f"{PAGE}: the table of metrics was not found.")
    PAGE.write_text(text, encoding="utf-8")
