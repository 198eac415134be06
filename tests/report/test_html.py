"""The page: one file, complete, without external resources, all values escaped."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from skdl.results import Check, Curve, CurveReading, ErrorsSummary, Reason

VOID = {"meta", "br", "wbr", "hr", "img", "link", "input"}


@pytest.fixture
def render(rendered):
    """Render a summary to its page."""
    return lambda summary: rendered(summary)[0]


@pytest.fixture
def page(render, summary):
    """Render the page of the summary as it is."""
    return render(summary)


class Balance(HTMLParser):
    """Counts unclosed tags and collects every id."""

    def __init__(self):
        super().__init__()
        self.open, self.ids = [], []

    def handle_starttag(self, tag, attrs):
        """Open a tag, note its id."""
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close the tag that is open."""
        assert self.open.pop() == tag


@pytest.mark.parametrize("kind", ["summary", "classes"])
def test_the_page_is_well_formed_with_unique_ids(render, request, kind):
    """Every tag is closed in order, and the plots share no id."""
    balance = Balance()
    balance.feed(render(request.getfixturevalue(kind)))
    assert balance.open == []
    assert len(balance.ids) == len(set(balance.ids))


def test_the_page_asks_for_nothing_outside_it(page):
    """Addresses appear only as names of XML's own vocabulary."""
    page = re.sub(r'xmlns(:xlink)?="[^"]*"', "", page)
    assert not re.search(r"https?://|<link|@import|src=|url\((?!#)", page)


def test_the_verdict_is_before_the_leaderboard(page):
    """The sentence comes first, its model names emphasised."""
    assert page.index('<p class="sentence"><b>lightgbm</b> leads') < page.index('id="leaderboard"')


@pytest.mark.parametrize(
    "text",
    [
        "about keras_mlp",
        "not significant",
        "Some models failed on some folds: svm.",
        "13 -&gt; 64 relu -&gt; 1 linear",
        "80 % of the folds",
        "Use early stopping and restore the best weights",
        "Predicted against actual",
        "2 rows left out.",
        "10 x 3 repeats",
        "skdl compare pipelines/boston.yaml",
        f"skdl score model INPUT --out DIR --sha256 {'ef' * 32}",
        "ValueError: no | such &lt;kernel&gt;",
    ],
)
def test_the_page_has_the_text_of_each_section(page, text):
    """One sentence of each section."""
    assert text in page


def test_names_and_errors_are_escaped(render, plotless):
    """Model names, targets, classes and errors come from users."""
    attack = "<img src=x onerror=alert(1)>"
    models = [replace(row, description=attack, error=attack) for row in plotless.models]
    data = replace(plotless.data, source=attack, target=attack, notes=[attack], class_counts={attack: 3})
    page = render(replace(plotless, name=attack, models=models, data=data, command=attack))
    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_a_model_may_have_any_name(render, summary):
    """Dollar signs are no mathematics, and letters that no font of Matplotlib has pass without a warning."""
    name = '$빵_{<b>"}$'
    row = replace(summary.models[0], model=name)
    folds = [replace(fold, model=name) if fold.model == "lightgbm" else fold for fold in summary.folds]
    verdict = replace(summary.verdict, leader=name, group=[name])
    page = render(replace(summary, models=[row, *summary.models[1:]], folds=folds, verdict=verdict))
    assert page.count("$빵_{&lt;b&gt;&#34;}$") >= 3
    assert '>$빵_{&lt;b&gt;"}$</text>' in page


def test_plots_are_named_and_take_the_pages_colours(page):
    """A label for screen readers each, text as text, and variables that follow light and dark."""
    plots = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(plots) == 5
    assert all('role="img"' in plot and re.search(r'aria-label="[^"]{20,}"', plot) for plot in plots)
    assert all("<text" in plot and "var(--plot-" in plot for plot in plots)
    assert "#010b0" not in page
    assert "DejaVu" not in page


def test_the_same_summary_gives_the_same_page(page, render, summary):
    """No date, no random id."""
    assert render(summary) == page


def test_no_line_ends_between_a_number_and_its_percent_sign(written):
    text = (written / "report.html").read_text(encoding="utf-8")
    assert re.search(r"\d\N{NO-BREAK SPACE}%", text)
    assert not re.search(r"\d %", text)


def test_a_bare_summary_still_has_a_page(render, summary):
    """No folds, no networks, no predictions: their sections and links are left out."""
    page = render(replace(summary, folds=[], networks=[], errors=ErrorsSummary(), model_pin=None))
    assert not re.search(r'"#?(folds|networks|errors)"', page)


def test_a_network_that_diverged_at_once_is_shown_without_its_curve(render, summary):
    """Nothing finite to draw."""
    curve = replace(summary.networks[0].curves[0], loss=[float("nan")] * 3, val_loss=None, best_epoch=None)
    page = render(replace(summary, networks=[replace(summary.networks[0], curves=[curve], readings=[])]))
    assert "No training history was kept." in page


def test_scores_without_intervals_are_shown_as_they_are(render, plotless):
    """One fold: a mean and dashes."""
    models = [
        replace(row, scores={name: replace(s, low=None, high=None, spread=None) for name, s in row.scores.items()})
        for row in plotless.models
    ]
    assert "<strong>3.21</strong>" in render(replace(plotless, models=models))


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("diverged", "Diverged"),
        ("unscaled", "Unscaled"),
        ("flat_and_high", "Flat and high"),
        ("jagged", "Jagged"),
        ("jagged_validation", "Jagged validation"),
        ("gap", "Gap"),
        ("undertrained", "Undertrained"),
        ("underfit", "Underfit"),
        ("healthy", "Healthy"),
        ("too_short", "Too short to read"),
        ("of_a_later_version", "of a later version"),
    ],
)
def test_every_diagnosis_has_its_text(render, plotless, code, label):
    """Each diagnosis of the analysis, and one that this version does not know."""
    network = replace(plotless.networks[0], readings=[CurveReading(code, 1.0)])
    assert f">{label}</span>" in render(replace(plotless, networks=[network]))


@pytest.mark.parametrize(
    ("code", "values", "sentence"),
    [
        ("equivalent", {"runner_up": "knn", "p_equivalent": 0.97, "rope": 0.09}, "knn is within 0.09 of the leader"),
        ("dummy", {"dummy": "dummy", "difference": 0.1, "p_value": 0.3}, "(adjusted p = 0.30)"),
        ("dummy", {"dummy": "dummy", "difference": 0.1, "p_value": None}, "could not be tested"),
        ("few_folds", {"n_folds": 5, "needed": 10}, "5 folds are a preview"),
        ("few_minority_rows", {"n_rows": 4, "needed": 10}, "has 4 rows in a test fold"),
        ("small_test_folds", {"n_rows": 15, "needed": 30, "needed_folds": 30}, "smallest test fold has 15 rows"),
        ("leader_changes", {"models": ["knn"], "n_folds_that_matter": 2, "n_folds": 10}, "2 of 10), knn would lead"),
        ("one_model", {"model": "knn"}, "Only one model finished"),
        (
            "seed_spread",
            {"model": "keras_mlp", "spread": 0.0512, "difference": -0.04, "n_seeds": 5},
            "changes the score of keras_mlp by 0.05 (standard deviation of 5 fits per fold), which is more than",
        ),
        ("small_holdout", {"n": 400, "needed": 1000}, "The hold-out set has 400 rows; naming a winner needs"),
        ("rare_in_holdout", {"n": 40, "needed": 100}, "The rarest class has 40 rows in the hold-out set;"),
        ("few_holdout_groups", {"n": 4, "needed": 30}, "The hold-out set has 4 groups; naming a winner needs"),
        ("holdout_untested", {"metric": "Max error"}, "do not show how sure Max error is"),
        ("of_a_later_version", {}, "of a later version"),
    ],
)
def test_every_reason_has_its_sentence(render, plotless, tmp_path, code, values, sentence):
    """On the page and in the results."""
    page = render(replace(plotless, verdict=replace(plotless.verdict, reasons=[Reason(code, values)])))
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert sentence in page
    assert sentence in results["verdict"]["reason_details"][0]["sentence"]


def test_a_model_far_behind_is_off_the_scale(page):
    """The dummy at 9 would press three models around 3.2 into one point."""
    assert page.count("off the scale") == 3


def test_a_wide_name_has_room_and_is_cut_by_its_width(render, summary):
    """A letter of Hangul is as wide as two of Latin."""
    first, second, *others = summary.models
    row = replace(second, model="가" * 9)
    folds = [replace(fold, model=row.model) if fold.model == second.model else fold for fold in summary.folds]
    page = render(replace(summary, models=[first, row, *others], folds=folds))
    wide, narrow, *_ = re.findall(r'class="plot (?:wide|narrow)".*?</svg>', page, flags=re.DOTALL)
    (end,) = re.findall(r'x="([\d.]+)"[^>]*>가{9}<', wide)
    assert f">{'가' * 7}…<" in narrow
    assert float(end) > 9 * 11.5  # a letter is as wide as it is high


def test_grave_findings_are_shown_with_the_verdict(render, plotless):
    """In a box above the sentence; mild findings stay in the section on the data."""
    grave = Check("twins", "grave", values={"share": 0.2})
    mild = Check("constant", "mild", ["b"])
    page = render(replace(plotless, data=replace(plotless.data, checks=[grave, mild])))
    verdict = page[: page.index('id="leaderboard"')]
    assert verdict.index("<strong>Duplicates across folds.</strong>") < verdict.index('class="sentence"')
    assert "Constant columns" not in verdict


def test_the_dummy_is_never_recommended(render, plotless):
    """Where no model beats it, the verdict recommends none."""
    verdict = replace(plotless.verdict, recommended="dummy", recommended_because="dummy")
    assert "recommended</span>" not in render(replace(plotless, verdict=verdict))
    assert "recommended</span>" in render(plotless)


def test_a_healthy_network_that_early_stopping_saved_is_called_so(render, plotless):
    """The curve as a whole may overfit; and what holds in some folds says so."""
    curves = [Curve(1, fold, [1.0] * 24, [1.0] * 24, best_epoch=5) for fold in range(1, 6)]
    network = replace(plotless.networks[0], curves=curves, readings=[CurveReading("healthy", 0.8)])
    page = render(replace(plotless, networks=[network]))
    assert "early stopping kept (epoch 5 of 24, medians of the folds) show no problem" in page
    assert "80 % of the folds; the others have other findings" in page
