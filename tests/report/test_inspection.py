"""Section on model inspection: texts and plots."""

from dataclasses import replace

import pytest

from skdl.results import (
    CorrelatedPair,
    Dependence,
    DependenceLine,
    Disagreement,
    DisputedRow,
    Importance,
    Insight,
    Reason,
)

LINE = DependenceLine(None, [20.0, 25.0], [19.0, 24.0], [21.0, 26.0])
DISPUTED = DisputedRow(17, 21.0, 25.25, 19.5, {"rooms": 6.2, "zone": None})
INSIGHT = Insight(
    model="ridge",
    importances=[Importance(["rooms", "area <b>"], 2.5, 0.4), Importance(["zone"], -0.01, 0.02)],
    correlated=[CorrelatedPair("rooms", "area <b>", 0.953, "spearman")],
    dependence=[Dependence("rooms", True, [4.0, 8.0], [LINE], "target", [5.0, 6.0])],  # noqa: FBT003 - a number
    n_folds=3,
    n_repeats=5,
    n_rows=51,
)


DISAGREEMENT = Disagreement("lightgbm", "keras_mlp", 506, [DISPUTED], 0.87, 0.55)


@pytest.fixture
def render(plotless, rendered):
    """Render a model inspection to page and Markdown."""

    def pages(insight, disagreement=DISAGREEMENT, leader=None):
        return rendered(replace(plotless, insight=insight, disagreement=disagreement, leader_insight=leader))

    return pages


@pytest.mark.parametrize(
    "text",
    [
        "Permutation importance for ridge",
        "3 folds with 5 permutations",
        "0.95",
        "Disagreement of lightgbm and keras_mlp",
        "have a correlation of 0.87; lightgbm is closer to the actual value in 55 % of the 506 rows.",
        "25.25",
    ],
    ids=["model", "effort", "correlation", "pair", "agreement", "row"],
)
def test_page_and_markdown_describe_the_inspection(render, text):
    """Important columns, how importance was measured, and where the two best models differ."""
    assert all(text in page for page in render(INSIGHT))


def test_target_and_predictions_of_a_row_are_written_alike(render):
    """Also where the target holds whole numbers and the predictions do not; a code has no separator."""
    row = DisputedRow(17, 635144, 529826.25, 334238.5, {"zip": 98033.0, "lot": 1651360.0})
    cells = [
        cell.strip() for cell in render(INSIGHT, replace(DISAGREEMENT, rows=[row]))[1].split("| 17 |")[1].split("|")
    ]
    assert cells[:5] == ["635k", "530k", "334k", "98033", "1,651,360"]


def test_markdown_gives_the_numbers_of_the_picture(render):
    """Columns that were permuted together share a row."""
    assert "- rooms + area \\<b>: 2.50 ± 0.40" in render(INSIGHT)[1]


def test_names_of_columns_are_escaped_on_the_page(render):
    """A column can be called anything."""
    page = render(INSIGHT)[0]
    assert "area &lt;b&gt;" in page
    assert "area <b>" not in page


def test_each_plot_is_a_file_next_to_the_markdown(render, tmp_path):
    """One of importance, and one of each column with partial dependence."""
    render(INSIGHT)
    assert {"importance-0.svg", "dependence-0-0.svg"} <= {path.name for path in (tmp_path / "report_files").iterdir()}


def test_disagreements_of_classifiers_are_counted(render):
    """Where they differ, and which one is correct there."""
    found = Disagreement("lightgbm", "ridge", 200, [], n_different=20, first_right=12, second_right=5)
    message = "differ in 20 of the 200 rows (10 %). Of these, lightgbm is correct in 12, ridge in 5."
    assert all(message in page for page in render(INSIGHT, found))


@pytest.mark.parametrize(
    ("note", "message"),
    [
        (Reason("many_columns", {"n": 784, "most": 200}), "784 features: with more than 200"),
        (Reason("slow_fit", {"seconds": 61.0, "limit": 30.0}), "Skipped: the fits for it take about 61.0 s, more than"),
        (Reason("skipped_importance", {"limit": 30.0}), "Skipped: it takes longer than the 30.0 s for the inspection"),
        (Reason("skipped_dependence", {"limit": 30.0}), "Partial dependence skipped: it takes longer than the 30.0 s"),
        (Reason("failed", {"part": "importance", "error": "ValueError: no"}), "could not be computed: ValueError: no"),
    ],
    ids=lambda value: getattr(value, "code", ""),
)
def test_what_was_left_out_is_named(render, note, message):
    assert all(message in page for page in render(Insight("ridge", notes=[note])))


def test_more_columns_than_bars_are_counted(render):
    """With the largest importance among them."""
    many = [Importance([f"column {number}"], 1.0 - number / 100, 0.1) for number in range(30)]
    assert all("10 more features, each at most 0.80." in page for page in render(replace(INSIGHT, importances=many)))


def test_there_is_no_section_without_an_insight(render):
    assert all("Why\n" not in page and 'id="inspection"' not in page for page in render(None, None))
