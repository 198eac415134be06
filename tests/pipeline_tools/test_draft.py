import re

import numpy as np
import pandas as pd
import pytest
import yaml

import skdl
from skdl.cross_validation import estimate_times
from skdl.exceptions import DataError
from skdl.pipeline_tools import draft_pipeline
from skdl.report import strings_of
from skdl.tables import builtin_names, load_builtin

N = 90
RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "고객번호": RNG.permutation(5000)[:N],
        "size": RNG.normal(size=N),
        "도시": RNG.choice([f"도시 {number}" for number in range(20)], N),
        "sold on": pd.date_range("2024-01-01", periods=N).strftime("%d/%m/%Y"),
        "a: b # c": RNG.integers(0, 2, N),
        "price": RNG.integers(1, 9999, N),
    }
)


@pytest.fixture
def draft(tmp_path):
    """Write a table, draft its pipeline, write that next to it and read it."""

    def make(frame, *target, ending="csv", task=None):
        path = tmp_path / f"t.{ending}"
        getattr(frame, f"to_{ending}")(path, **({"index": False} if ending == "csv" else {}))
        made = draft_pipeline(str(path), target, task=task, file=tmp_path / "t.yaml")
        (tmp_path / "t.yaml").write_text(made.text, encoding="utf-8")
        return made, skdl.read_pipeline(tmp_path / "t.yaml")

    return make


def lines(made):
    """Return subject and text of each decision."""
    return [(subject, str(decision)) for subject, decision in made.decisions]


@pytest.mark.parametrize("name", builtin_names())
def test_a_draft_of_every_built_in_table_is_valid(tmp_path, name):
    target = load_builtin(name).columns[-1]
    (tmp_path / "t.yaml").write_text(draft_pipeline(f"builtin:{name}", [target]).text, encoding="utf-8")
    spec = skdl.read_pipeline(tmp_path / "t.yaml")
    X, y = spec.load()
    assert set(spec.estimators(X, y)) >= {"keras_mlp", "random_forest", "dummy"}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_draft_of_a_table_with_unusual_names_is_valid(draft, ending):
    """Blanks, colons, hashes, Korean."""
    made, spec = draft(FRAME, "price", ending=ending)
    assert spec.data.drop == ("고객번호",)
    assert "고객번호  # 90 different values in 90 rows: an identifier" in made.text
    X, _ = spec.load()
    assert list(X) == ["size", "도시", "a: b # c", "sold on_month", "sold on_weekday"]
    assert spec.preprocess.categorical.min_frequency == 10


def test_a_table_of_arrow_backed_types_has_the_draft_of_a_plain_one(draft):
    """As pandas writes it that read a table with ``dtype_backend="pyarrow"``, whose numbers lack some operations."""
    plain, _ = draft(FRAME, "price", ending="parquet")
    backed, _ = draft(FRAME.convert_dtypes(dtype_backend="pyarrow"), "price", ending="parquet")
    assert backed.text == plain.text


def test_a_draft_compares(draft, tmp_path):
    _, spec = draft(FRAME.drop(columns="sold on"), "price")
    light = spec.model_copy(update={"models": {name: spec.models[name] for name in ("linear", "knn")}})
    assert skdl.compare(light, output_dir=tmp_path / "out", insight=False).verdict


@pytest.mark.parametrize(("n_rows", "stops"), [(499, False), (500, True)])
def test_the_rarest_class_decides_the_folds_and_the_rows_the_network(draft, n_rows, stops):
    """Few rows get a small network, without a validation set and bins of numbers."""
    frame = pd.DataFrame({"size": RNG.normal(size=n_rows), "price": ["rare"] * 3 + ["usual"] * (n_rows - 3)})
    _, spec = draft(frame, "price")
    assert spec.compare.cv.folds == 3
    assert spec.models["keras_mlp"].params.get("early_stopping", False) is stops
    assert (spec.models["keras_mlp"].preprocess.numeric.scale == "piecewise") is stops
    assert ("keras_real_mlp" in spec.models) is stops


@pytest.mark.parametrize(
    ("rare", "often", "metrics"),
    [
        ("yes", "no", ("average_precision", "roc_auc", "balanced_accuracy")),
        ("a", "b", ("roc_auc", "balanced_accuracy", "f1_macro")),
    ],
    ids=["last in order", "first in order"],
)
def test_a_rare_class_is_ranked_at_all_thresholds(draft, rare, often, metrics):
    """By average precision only where that is of the rare class; and ways to find more of its rows are offered."""
    made, spec = draft(FRAME.assign(price=[rare] * 10 + [often] * (N - 10)), "price")
    assert spec.compare.metrics[:3] == metrics
    assert any(f"{rare} is rare (11 %)" in what for _, what in lines(made))
    enabled = yaml.safe_load(made.text.replace("# classes:", "classes:"))
    assert enabled["classes"] == {"balance": "class_weight", "threshold": "balanced_accuracy"}


def test_whole_numbers_in_the_order_of_the_columns_are_a_regression(draft):
    """Unless classification is asked for."""
    grade = RNG.integers(3, 9, 4 * N)
    frame = pd.DataFrame({"size": grade + RNG.normal(size=4 * N), "grade": grade})
    made, spec = draft(frame, "grade")
    assert spec.task == "regression"
    assert "# The values can be classes as well: skdl init ... --task classification" in made.text
    assert draft(frame, "grade", task="classification")[1].task == "classification"


def test_whole_numbers_without_an_order_are_classes(draft):
    """And regression is offered."""
    label = np.tile([0, 1, 2, 3, 4, 5], N)
    frame = pd.DataFrame({"size": np.array([4, 0, 5, 1, 3, 2])[label] + RNG.normal(size=6 * N), "label": label})
    made, spec = draft(frame, "label")
    assert spec.task == "classification"
    assert ("", "for regression: the same command with --task regression --force") in lines(made)


def test_whole_numbers_that_may_be_codes_are_offered_as_categories(draft):
    """By their name, or because the target jumps from one to the next."""
    n_rows = 12 * N
    zone, month, age = (RNG.integers(0, number, n_rows) for number in (40, 12, 60))
    price = RNG.normal(size=60)[zone] + age / 20 + RNG.normal(size=n_rows)
    made, _ = draft(pd.DataFrame({"zone": zone, "month": month, "age": age, "price": price}), "price")
    assert "  # categorical: [zone, month]" in made.text
    assert yaml.safe_load(made.text.replace("# categorical:", "categorical:"))["data"]["categorical"] == [
        "zone",
        "month",
    ]


def test_many_columns_of_a_kind_are_no_codes(draft):
    """They are measurements, such as pixels or answers to a questionnaire."""
    made, _ = draft(
        pd.DataFrame(RNG.integers(0, 5, (N, 30))).add_prefix("answer").assign(price=RNG.normal(size=N)), "price"
    )
    assert "codes" not in dict(made.decisions)


def test_the_decisions_fit_a_screen(draft):
    """Also of a table of many columns of every kind, some without a target."""
    n_rows = 4 * N
    many = {f"name {n}": [f"person {n} {row}" for row in range(n_rows)] for n in range(20)}
    many |= {f"constant {n}": 1 for n in range(20)} | {f"grade {n}": RNG.integers(0, 5, n_rows) for n in range(20)}
    frame = pd.DataFrame(many).assign(price=RNG.integers(0, 6, n_rows)).astype({"price": "Int64"})
    frame.loc[:20, "price"] = None
    made, _ = draft(frame, "price")
    assert sum(-(-len(what) // 88) for _, what in lines(made)) <= 21
    assert ("rows", "339; left out: 21 without a value of price") in lines(made)
    assert "# Left out: 21 rows without a value of price." in made.text
    assert ("", "and 15 more, listed in the file") in lines(made)


def test_several_targets_are_a_regression(draft):
    _, spec = draft(FRAME, "price", "size")
    assert spec.data.target == ("price", "size")
    assert "svm" not in spec.models


def test_an_identifier_that_is_repeated_offers_groups(draft):
    """For rows that belong together."""
    made, spec = draft(FRAME.assign(고객번호=np.arange(N) // 3), "price")
    assert "고객번호  # an identifier with 30 different values; if its rows belong together" in made.text
    assert spec.data.groups is None


@pytest.mark.parametrize(
    ("task", "target", "message"),
    [
        ("classification", "size", "classes must be text or whole numbers; it has decimals. Use --task regression"),
        ("regression", "도시", "a regression needs numbers; got '도시 .*'. Use --task classification"),
    ],
)
def test_a_task_that_the_target_does_not_allow_is_refused(draft, task, target, message):
    with pytest.raises(DataError, match=message):
        draft(FRAME, target, task=task)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (["once"] + ["often"] * (N - 1), "each class must have at least two rows; 'once' has one. Merge"),
        (None, "target 'price' has no value in any row"),
        ("same", "target 'price' must have different values; every row has 'same'. Choose"),
        (
            ["NA", "EU"] * (N // 2),
            "every row has 'EU', but for 45 without one: words such as NA .* data.dtypes: {price: string}",
        ),
        (
            [*map(str, range(N - 3)), "sold", "sold", "gift"],
            "3 of 90 cells are not numbers, but the others are: 'sold'",
        ),
        ([f"Person {n}" for n in range(N)], "holds 90 different texts in 90 rows, like a name or free text"),
    ],
    ids=["a class of one row", "no value", "one value", "one value and gaps", "numbers and words", "names"],
)
def test_a_target_that_cannot_be_predicted_in_folds_is_refused(draft, target, message):
    with pytest.raises(DataError, match=message) as raised:
        draft(FRAME.assign(price=target), "price")
    assert re.search("[가-힣]", strings_of("ko").translate(raised.value.args[0]))


def test_rows_that_are_left_out_are_among_the_decisions(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("size,price\n" + "".join(f"{n % 7}.5,{n}.25\n" for n in range(40)) + "Total,780\n")
    (note,) = [str(note) for subject, note in draft_pipeline(str(path), ["price"]).decisions if subject == "notes"]
    assert "Total" in note


def test_few_rows_get_few_folds(draft):
    """So that the file runs all the same."""
    _, spec = draft(FRAME[["size", "price"]].head(7), "price")
    assert spec.compare.cv.folds == 3
    assert len(spec.load()[0]) == 7


@pytest.mark.parametrize(("n_rows", "folds"), [(10_001, 10), (50_001, 5)])
def test_the_folds_of_a_large_table_can_name_a_winner(draft, n_rows, folds):
    """Ten, or five that test 2,000 rows or more each."""
    _, spec = draft(pd.DataFrame(RNG.normal(size=(n_rows, 2)), columns=["size", "price"]), "price", ending="parquet")
    assert (spec.compare.cv.folds, spec.compare.cv.repeats) == (folds, 1)


def test_every_model_of_a_draft_fits_the_rarest_class(draft):
    """Two rows of it, one a fold: no metric may ask for calibrated probabilities."""
    frame = FRAME.assign(price=["rare"] * 2 + ["often"] * (N - 2)).drop(columns="sold on")
    _, spec = draft(frame, "price")
    table = spec.load_table()
    estimates = estimate_times(spec, table, spec.estimators(table.X, table.y))
    assert {one.model: one.error for one in estimates if one.error} == {}


def test_what_was_not_obvious_about_a_column_is_among_the_decisions(tmp_path):
    path = tmp_path / "wages.csv"
    path.write_text("wage,y\n" + "".join(f'"$1,{n:03}",{n % 7}.5\n' for n in range(60)))
    decisions = draft_pipeline(str(path), ["y"]).decisions
    note = (
        "'wage' holds numbers with marks: '$1,000' in row 1 is read as 1000; data.decimal: ',' reads fractions, and "
        "data.categorical: [wage] keeps the texts"
    )
    assert ("notes", note) in [(subject, str(note)) for subject, note in decisions]
