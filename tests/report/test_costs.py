"""What each model costs."""

import re
from dataclasses import replace

import pytest

from skdl.report import write_report


@pytest.fixture
def render(tmp_path):
    """Render a summary to its Markdown."""

    def text(summary):
        write_report(summary, tmp_path)
        return (tmp_path / "report.md").read_text(encoding="utf-8")

    return text


def test_time_size_and_memory_stand_in_a_table_of_their_own(render, plotless):
    """With units, and a dash where a model's memory was not measured."""
    measured = replace(plotless.models[0], rows_per_s=12345.6, saved_bytes=85_967, peak_memory_bytes=88_702_976)
    text = render(replace(plotless, models=[measured, *plotless.models[1:]]))
    assert "| Model | Fit s | Predict ms | Rows a second | On disk | Memory |" in text
    assert "| lightgbm | 0.25 | 4.00 | 12,300 | 86 kB | 89 MB |" in text
    assert re.search(r"\| keras_mlp \| 0.25 \| 4.00( \| \N{EN DASH}){3} \|", text)


def test_memory_that_was_measured_of_no_model_has_no_column(render, plotless):
    """The note says what it takes instead."""
    text = render(plotless)
    assert "| Model | Fit s | Predict ms | Rows a second | On disk |\n" in text
    assert "(--jobs 2)" in text
