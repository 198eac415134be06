"""Section on the data: columns, target, and findings of the data checks."""

from dataclasses import replace

import pytest

from skdl.results import Check, ColumnProfile, Histogram

CHECKS = [
    Check("leakage", "grave", ["tax"], {"score": 0.991, "measure": "r2"}),
    Check("twins", "mild", values={"share": 0.034}),
    Check("drift", "mild", ["age", "zone"], {"distances": [0.71, 0.4]}),
    Check("constant", "fine"),
]
PROFILE = [
    ColumnProfile("age", "numeric", "integers", 12, 60, 18.0, 40.5, 97.0),
    ColumnProfile("zone | <i>", "categorical", "text", 0, 4, commonest="north", commonest_share=0.5),
]


@pytest.fixture
def render(plotless, rendered):
    """Render a table's summary to page and Markdown."""
    return lambda **changes: rendered(replace(plotless, data=replace(plotless.data, **changes)))


@pytest.mark.parametrize(
    "text",
    [
        "tax alone predicts the target almost perfectly (R² 0.991)",
        "3 % of the test rows have a duplicate in the training rows, target included.",
        "age (0.71), zone (0.40)",
        "Checked without findings: constant columns.",
    ],
    ids=["one column", "level", "numbers", "clean"],
)
def test_checks_are_described(render, text):
    """With the columns and values of the finding."""
    assert all(text in page for page in render(checks=CHECKS))


def test_a_grave_check_has_another_text_and_badge(render):
    page = render(checks=[Check("twins", "grave", values={"share": 0.3})])[0]
    assert "These are copies" in page
    assert '<span class="badge grave">Duplicates across folds</span>' in page


def test_columns_are_described(render):
    """Numbers by their range, categories by the commonest."""
    for page in render(profile=PROFILE, n_columns=2):
        assert "18 to 97, median 40.5" in page
        assert "most common: north (50 %)" in page
        assert "<i>" not in page.replace("<i></i>", "").replace("\\<i>", "")


@pytest.mark.parametrize(("dtype", "kind"), [("integers", "whole number"), ("decimals", "number")])
def test_parts_of_dates_have_the_types_of_columns(render, dtype, kind):
    """They are in the table beside columns that the plan gave a type."""
    columns = [replace(PROFILE[0], name="age", type="whole number"), replace(PROFILE[0], name="year", dtype=dtype)]
    assert f"| year | {kind} |" in render(profile=columns, n_columns=2)[1]


def test_of_many_columns_sixty_are_shown(render):
    many = [replace(PROFILE[0], name=f"column {number}") for number in range(100)]
    page, text = render(profile=many, n_columns=1100)
    assert "column 59" in page
    assert "column 60" not in page
    assert "1,040 more columns; results.json has the first 100." in text


def test_a_numeric_target_has_its_histogram(render, tmp_path):
    """On the page and as a file next to the Markdown."""
    page = render(histogram=Histogram([0.0, 1.0, 2.0], [3, 5]))[0]
    assert 'aria-label="Histogram of medv"' in page
    assert (tmp_path / "report_files" / "histogram.svg").exists()
