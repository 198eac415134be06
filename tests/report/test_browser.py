"""The page in headless Chromium."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.cases import cases
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, ShuffleSplit
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.tree import DecisionTreeRegressor

import skdl
from skdl.results import (
    CategoryEmbedding,
    InputScale,
    LearnedInputs,
    Line,
    NumberEmbedding,
    RowsAhead,
    RowsCurve,
    RowsPoint,
    RowsSummary,
)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHECKS = Path(__file__).with_name("page_checks.js").read_text(encoding="utf-8")
TASKS = ["regression", "two classes", "classes", "hold-out"]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed; Debian has it as `chromium`")


def compared(task):
    """Run a small comparison with a network in it, and every section that the task can have."""
    if task in {"regression", "hold-out"}:
        X, y = load_diabetes(return_X_y=True, as_frame=True)
        tree = GridSearchCV(DecisionTreeRegressor(random_state=0), {"max_depth": [2, 4]}, cv=3)
        network = skdl.KerasMLPRegressor((16,), epochs=12, validation_split=0.2, random_state=0)
        models = {"ridge": Ridge(), "knn": KNeighborsRegressor(), "a_rather_long_name_of_a_tree": tree}
        splits = ShuffleSplit(1, test_size=0.4, random_state=0) if task == "hold-out" else 5
        asked = {"cv": splits, "metrics": ["rmse", "mae", "r2"]}
    else:
        load = load_breast_cancer if task == "two classes" else load_iris
        X, y = load(return_X_y=True, as_frame=True)
        y = np.array(["benign", "malign", "unknown"])[y]
        network = skdl.KerasMLPClassifier((8,), epochs=12, validation_split=0.2, random_state=0)
        models = {"logistic": LogisticRegression(max_iter=5000), "knn": KNeighborsClassifier()}
        asked = {"cv": 5, "metrics": ["accuracy", "log_loss"]}
    models["keras_mlp"] = make_pipeline(MinMaxScaler(), network)
    # One column of numbers, and one of which a slice has few rows.
    slices = {
        X.columns[0]: X.iloc[:, 0],
        "a column": np.where(np.arange(len(X)) < 3, "a rather long level", "the rest"),
    }
    once = {"repeats": 1} if asked["cv"] == 5 else {}
    compared = skdl.compare(models, X, y, slices=slices, **once, **asked)
    made = {"learned_inputs": {"keras_real_mlp": learned_inputs()}, "learning_curve": learning_curve()}
    return replace(compared, summary=replace(compared.summary, **made))


def learning_curve():
    """Make the learning curves of three models, of which one has a long name."""
    ahead = [RowsAhead(times, 52.5, 41.2, 63.9, 1.9, 0.2, 3.4, 0.6, 0.4) for times in (2.0, 10.0)]
    points = [
        RowsPoint(n_rows, 60.0 - n_rows / 5e4, 50.0, 65.0) for n_rows in (12_500.0, 25_000.0, 50_000.0, 100_000.0)
    ]
    line = Line([12_500.0, 100_000.0, 1_000_000.0], [60.0, 57.0, 52.5])
    names = ("a_rather_long_name_of_a_tree", "keras_mlp", "another_rather_long_name")
    curves = [
        RowsCurve(name, name == "keras_mlp", "better", 0.5, points, ahead, 3.0, line, [50.0] * 3, [65.0] * 3)
        for name in names
    ]
    return RowsSummary(5, "rows", curves)


def learned_inputs():
    """Make what a network that embeds its columns learned: more columns than are drawn, and many values."""
    names = [f"a column with a long name {number}" for number in range(24)]
    x, y = np.random.default_rng(0).normal(size=(2, 60)).tolist()
    curves = [np.sin(np.linspace(0.0, k, 60)).tolist() for k in (3.0, 9.0, 1.0)]
    return LearnedInputs(
        n_folds=5,
        scales=[InputScale(name, 2.0 - number / 13, 0.1, 2.2) for number, name in enumerate(names)],
        categories=[CategoryEmbedding("town", [f"Bad town no. {number}" for number in range(60)], x, y, 0.8, 60)],
        numbers=[NumberEmbedding("a column with a long name 0", np.linspace(0.0, 1e5, 60).tolist(), curves)],
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Return the page of a task in a language, made once."""
    folder, found, made = tmp_path_factory.mktemp("pages"), {}, {}

    def page(task, lang):
        if task not in found:
            found[task] = compared(task)
        if (task, lang) not in made:
            made[task, lang] = found[task].to_html(folder / f"{task}-{lang}.html", lang=lang)
        return made[task, lang]

    return page


@pytest.fixture(scope="module")
def browser():
    """Start Chromium once."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; it is in skdl[test]")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser, pages):
    """Open a page at a width; after the test, check that it logged nothing and requested nothing external."""
    contexts, events = [], []

    def at(task, lang="en", width=1280, scheme="light", unfolded=True):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: events.append(message.text))
        page.on("pageerror", lambda error: events.append(str(error)))
        page.on("request", lambda request: events.append(request.url) if not _is_own(request.url) else None)
        page.goto(pages(task, lang).as_uri())
        page.evaluate(CHECKS)
        if unfolded:
            page.get_by_role("button", name=re.compile("Open all|모두 펼치기")).click()
        return page

    yield at
    for context in contexts:
        context.close()
    assert events == []


def _is_own(address):
    return address.startswith(("file:", "data:"))


# Korean is shorter than English, so a phone is what may cut it.
PLACES = {
    "en on a phone": ("en", 380),
    "en on a desktop": ("en", 1280),
    "ko on a phone": ("ko", 380),
    "ko on a desktop": ("ko", 1280),
}


@pytest.mark.parametrize(("lang", "width"), cases(PLACES, {"en on a phone", "ko on a phone"}))
@pytest.mark.parametrize("task", TASKS)
def test_no_text_is_cut_or_overlaps_another(opened, task, lang, width):
    page = opened(task, lang, width)
    assert page.evaluate("checks.cut()") == []
    assert page.evaluate("checks.overlaps()") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("task", TASKS)
def test_text_has_enough_contrast_in_the_light_and_dark_schemes(opened, task, scheme):
    """A contrast of 4.5:1 at least, of text in pictures too."""
    assert opened(task, scheme=scheme).evaluate("checks.faint()") == []


@pytest.mark.parametrize("task", TASKS)
def test_a_screen_reader_finds_names_and_order(opened, task):
    """Pictures, headings, tables, regions."""
    assert opened(task).evaluate("checks.unnamed()") == []


@pytest.mark.parametrize("width", [380, 1280])
def test_a_click_on_a_heading_sorts_the_table(opened, width):
    """Ascending, then descending, by the number; missing values are last both times."""
    page = opened("regression", width=width)
    table = page.locator("#leaderboard table.board")
    heading = table.get_by_role("columnheader", name="Train\N{MINUS SIGN}test gap")
    column = "rows => rows.map(row => row.cells[row.cells.length - 1].dataset.sort).filter(Boolean).map(Number)"
    heading.get_by_role("button").click()
    upwards = table.locator("tbody tr").evaluate_all(column)
    assert (heading.get_attribute("aria-sort"), upwards) == ("ascending", sorted(upwards))
    heading.get_by_role("button").click()
    downwards = table.locator("tbody tr").evaluate_all(column)
    assert (heading.get_attribute("aria-sort"), downwards) == ("descending", sorted(upwards, reverse=True))


def test_every_table_that_sorts_can_be_sorted_by_keyboard(opened):
    """Each heading is a button that the tab key reaches."""
    page = opened("regression")
    page.locator("#leaderboard th button").first.focus()
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.closest('th').innerText")
    assert focused == "Model"
    page.keyboard.press("Enter")
    names = page.locator("#leaderboard table.board tbody th strong").all_inner_texts()
    assert names == sorted(names)


def test_the_table_of_contents_follows_the_reader(opened):
    """The link of the section that is read is the current one."""
    page = opened("regression")
    assert page.locator("nav a[aria-current]").all_inner_texts() == ["comparison"]
    page.locator("#networks").evaluate("section => section.scrollIntoView({behavior: 'instant'})")
    page.wait_for_function("document.querySelector('nav a[aria-current]')?.hash === '#networks'")
    assert page.locator("nav a[aria-current]").count() == 1


def test_open_all_stays_in_sight_on_a_phone(opened):
    """The table of contents is wider than a phone."""
    box = opened("regression", width=380, unfolded=False).locator("#open-all").bounding_box()
    assert box["x"] + box["width"] <= 380


def test_a_page_declares_its_language(opened):
    """For screen readers and for hyphenation."""
    assert opened("regression", "ko").locator("html").get_attribute("lang") == "ko"


def test_it_prints_on_paper(opened):
    """Without navigation, and no wider than the sheet."""
    page = opened("regression", width=760)
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.evaluate("checks.cut()") == []
    assert len(page.pdf(format="A4")) > 20_000


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_verdict_takes_one_screen_and_the_rest_is_folded(opened, lang):
    """Only the leaderboard is open below it; a link opens the section that it leads to."""
    page = opened("two classes", lang, unfolded=False)
    box = page.locator("#verdict").bounding_box()
    assert box["y"] + box["height"] < 900
    assert page.locator("details.fold[open]").evaluate_all("folds => folds.map(f => f.parentElement.id)") == [
        "leaderboard"
    ]
    page.locator("nav a[href='#errors']").click()
    assert page.locator("#errors table.confusion").first.is_visible()


def test_paper_shows_all_sections(opened):
    page = opened("two classes", unfolded=False)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.fold[open]").count() == 1
