"""Section on time, size and memory."""

import re
from dataclasses import replace

import pytest


@pytest.fixture
def render(rendered):
    """Render a summary to its Markdown."""
    return lambda summary: rendered(summary)[1]


def test_time_size_and_memory_are_a_table(render, plotless):
    """With units, and a dash where a model's memory was not measured."""
    costs = {"call_s": 0.002, "rows_per_s": 12345.6, "saved_bytes": 85_967, "peak_memory_bytes": 88_702_976}
    measured = replace(plotless.models[0], **costs)
    text = render(replace(plotless, models=[measured, *plotless.models[1:]]))
    assert "| Model | Fit s | ms per 1,000 rows | Rows per second | On disk | Memory |" in text
    assert "| lightgbm | 0.25 | 82.9 | 12,300 | 86 kB | 89 MB |" in text
    assert re.search(r"\| keras_mlp \| 0.25( \| \N{EN DASH}){4} \|", text)


def test_memory_that_was_measured_of_no_model_has_no_column(render, plotless):
    """The note names what measuring memory needs."""
    text = render(plotless)
    assert "| Model | Fit s | ms per 1,000 rows | Rows per second | On disk |\n" in text
    assert "(--jobs 2)" in text


def test_failed_folds_are_counted_where_there_are_any(render, plotless):
    """Models without failures show 0."""
    failed = replace(plotless.models[1], n_failed=2)
    assert "Failed folds" not in render(plotless)
    text = render(replace(plotless, models=[plotless.models[0], failed, *plotless.models[2:]]))
    assert re.search(r"\| keras_mlp \| 0.25 .* \| 2 \|", text)
    assert re.search(r"\| lightgbm \| 0.25 .* \| 0 \|", text)
