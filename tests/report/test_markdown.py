"""The report as Markdown."""

from dataclasses import replace

import pytest


def test_the_verdict_comes_first(markdown, plotless):
    """After the title, in bold."""
    lines = markdown(plotless).splitlines()
    assert lines[0] == "# boston: comparison report"
    assert lines[2].startswith("**lightgbm leads (RMSE 3.21, 95 % CI 3.06 to 3.36), but the difference to keras_mlp")


def test_the_leaderboard_is_a_table_of_equal_rows(markdown, plotless):
    """Every row has the heading's columns, whatever names hold."""
    models = [replace(row, model=f"{row.model}|x") for row in plotless.models[1:]]
    text = markdown(replace(plotless, models=[plotless.models[0], *models]))
    text = text.partition("## Leaderboard")[2].partition("### All metrics")[0]
    rows = [line.replace(r"\|", "") for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 6
    assert len({row.count("|") for row in rows}) == 1


def test_names_cannot_become_markup(markdown, plotless):
    """Stars, tags and links are shown as they were typed."""
    text = markdown(replace(plotless, name="*a* <b> [c](d)"))
    assert r"\*a\* \<b> \[c\](d)" in text


@pytest.mark.parametrize(
    "text",
    ["- **Overfitting** (80 % of the folds;", "- svm: ValueError: no \\| such \\<kernel>", "skdl score model INPUT"],
)
def test_the_text_has_diagnoses_failures_and_the_next_command(markdown, plotless, text):
    assert text in markdown(plotless)


def test_a_confusion_matrix_is_a_table(markdown, classes):
    """Classes down and across."""
    assert "| no | 280 · 93 % | 20 · 7 % |" in markdown(classes)


def test_a_network_shows_its_spread_over_seeds_where_it_was_measured(plotless, markdown):
    """In the metric's unit, with the decimals of its scores."""
    network = replace(plotless.networks[0], seed_spread=0.0321)
    assert "RMSE varies by 0.03 between seeds" in markdown(replace(plotless, networks=[network]))
