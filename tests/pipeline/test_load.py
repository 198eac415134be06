import numpy as np
import pandas as pd
import pytest

from skdl.exceptions import DataError, PipelineFileError
from skdl.pipeline import read_pipeline

N = 60
FRAME = pd.DataFrame(
    {
        "size": np.arange(N) % 7 + 0.5,
        "city": ["Seoul", "Busan", "Jeju"] * (N // 3),
        "name": [f"person {number}" for number in range(N)],
        "shop": np.repeat(np.arange(12), N // 12),
        "day": pd.date_range("2024-01-01", periods=N).strftime("%Y-%m-%d")[::-1],
        "y": np.arange(N) / 4,
    }
)


def test_a_table_comes_apart_into_features_and_target(pipeline):
    """What is dropped, grouped by or sorted by is no feature."""
    table = pipeline(FRAME, data="drop: name, groups: shop, time: day").load_table()
    assert list(table.X.columns) == ["size", "city"]
    assert table.groups.name == "shop"
    assert table.y.name == "y"


def test_rows_are_in_the_order_of_time(pipeline):
    """Target, groups and features together."""
    table = pipeline(FRAME, data="drop: name, time: day, groups: shop").load_table()
    assert table.time.is_monotonic_increasing
    np.testing.assert_array_equal(table.y, FRAME["y"][::-1])
    np.testing.assert_array_equal(table.groups, FRAME["shop"][::-1])
    assert "rows are in the order of 'day'" in table.notes[0].text


def test_names_are_left_out_with_a_note_that_names_the_remedy(pipeline):
    """Else each name would become a one-hot column."""
    frame = FRAME.assign(name=[f"person {number}" for number in range(N)])
    table = pipeline(frame, data="drop: day").load_table()
    assert "name" not in table.X.columns
    assert any(note.text.startswith("left out: 'name' holds 60 different texts in 60 rows") for note in table.notes)


@pytest.mark.parametrize("order", [np.sort, np.flip], ids=["filtered", "shuffled"])
def test_an_index_with_gaps_is_left_out(pipeline, order):
    """As a filter or a random split leaves it, in front of another index."""
    frame = FRAME.drop(columns=["name", "day"])
    frame.insert(0, "", order(np.arange(N) * 3 % 71))
    frame.insert(1, "Unnamed: 0.1", np.arange(N))
    table = pipeline(frame).load_table()
    assert list(table.X.columns) == ["size", "city", "shop"]
    text = "left out: 2 columns ('Unnamed: 0', 'Unnamed: 0.1'); each has no name and numbers the rows"
    assert any(note.text.startswith(text) for note in table.notes)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["Yes", "No", "yes", "no "], ": 'Yes' and 'yes'; 'No' and 'no '"),
        (["Z\u00fcrich", "Rome", "Zu\u0308rich", "Rome"], r": 'Z\xfcrich' and 'Zu\u0308rich'"),
        (["New York", "Rome", "New\u00a0York", "Rome"], r": 'New York' and 'New\xa0York'"),
        (["yes", "no", "-", "Unknown"], ": '{}': '-', 'Unknown'"),
        (["a", "b", "c", "d"], ""),
    ],
    ids=["case", "form", "blank", "missing", "plain"],
)
def test_levels_that_look_alike_or_missing_are_named(pipeline, words, expected):
    """Classes and categories."""
    for column in ("y", "city"):
        table = pipeline(FRAME.assign(**{column: words * (N // 4)}), data="drop: [name, day]").load_table()
        found = [note for note in table.notes if note.code in {"alike_levels", "likely_missing"}]
        assert len(found) == bool(expected)
        assert not found or expected.format(column) in f"{found[0].code}: {found[0].text}"


def test_a_level_that_vanishes_is_named_however_rare(pipeline):
    table = pipeline(
        FRAME.assign(city=["EU", "US"] * (N // 2 - 1) + ["EU", "NA"]), data="drop: [name, day]"
    ).load_table()
    assert ["'NA' in 1 row of 'city'" in note.text for note in table.notes if note.code == "missing_words"] == [True]


def test_a_last_row_of_sums_is_noted(pipeline):
    """Else it is one more row, with amounts far outside of all others."""
    amounts = np.round(np.random.default_rng(0).lognormal(3, 1, N), 2)
    frame = FRAME.assign(paid=amounts)
    assert not [note for note in pipeline(frame).load_table().notes if note.code == "total_row"]
    frame.loc[N] = frame.loc[0].to_dict() | {"paid": round(amounts.sum(), 2)}
    notes = [note.text for note in pipeline(frame).load_table().notes if note.code == "total_row"]
    assert len(notes) == 1
    assert notes[0].startswith("the last row (61) seems to be a total: 'paid' has ")


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["north", "south", "north total"] * (N // 3), "total_level"),
        (["low", "high"] * (N // 2 - 1) + ["low", "Average"], "statistic_row"),
        (["north", None, None, "south", None, None] * (N // 6), "merged_cells"),
        ([1.5, 2, 90, -999] * (N // 4), "far_number"),
        ([1, 2, 88, 99] * (N // 4), "far_number"),
        ([*range(N - 1), -1], "far_number"),
        ([0] * (N - 1) + [98], ""),
        ([f"{10 + n % 14}.{n % 60:02d}" for n in range(N)], "may_have_form"),
        ([230101 + 100 * (n % 12) + n % 28 for n in range(N)], "may_have_form"),
        ([f"{n % 13}.{n % 4 * 25:02d}" for n in range(N)], ""),
        ([4079689969451, 4072681711232] * (N // 2), "may_be_codes"),
        ([1999, 9999, 20000] * (N // 3), ""),
        (["north", None, None, "north", None, None] * (N // 6), ""),
        (["total", "partial loss", "loss"] * (N // 3), "total_level"),
        ([f"{n % 20 / 4 + 0.2:.1f} out of 5 stars" for n in range(N)], "numbers_in_texts"),
        ([f"?{1 + n % 20},{n % 20:03d}" for n in range(N)], "numbers_in_texts"),
        ([f"C{n % 20}.{n % 20}" for n in range(N)], ""),
        ([f"10.0.{n % 20}.1/24" for n in range(N)], ""),
        ([f"zone {n % 20}" for n in range(N)], ""),
        ([f"~{n % 20}" for n in range(N)], "numbers_in_texts"),
        ([f"{4 + n % 3}'{n % 12}\"" for n in range(N)], "numbers_in_texts"),
        ([f"{n % 15} 3/8" if n % 15 else "3/8" for n in range(N)], "numbers_in_texts"),
        ([f"{n % 12 + 1}{'ap'[n % 2]}m" for n in range(N)], "numbers_in_texts"),
        ([f"{n % 20}\u00d710^3" for n in range(N)], "numbers_in_texts"),
        ([f"A{n % 20}" for n in range(N)], ""),
        ([f"{n % 20}{'abcdefgh'[n % 8]}" for n in range(N)], ""),
        ([f"10.0.{n % 4}.{n % 20}" for n in range(N)], ""),
        ([f"{n % 3}-{n % 3 + 1}" for n in range(N)], ""),
    ],
)
def test_values_that_may_mean_something_else_are_noted(pipeline, cells, code):
    notes = pipeline(FRAME.assign(x=cells), data="drop: [name, day]").load_table().notes
    codes = {"total_level", "statistic_row", "merged_cells", "far_number", "may_be_codes", "may_have_form"}
    codes |= {"numbers_in_texts"}
    assert [note.code for note in notes if note.code in codes] == [code] * bool(code)


@pytest.mark.parametrize(
    ("factor", "form"), [(1, "%s"), (1000, "%s%f"), (7, None)], ids=["seconds", "milliseconds", "others"]
)
def test_whole_numbers_that_may_be_seconds_since_1970_are_noted(pipeline, factor, form):
    cells = [(1_700_000_000 + 36_000 * n) * factor for n in range(N)]
    notes = {note.code: str(note) for note in pipeline(FRAME.assign(x=cells)).load_table().notes}
    remedy = f"data.dates: {{x: {{format: '{form}', parts: [month, weekday, hour]}}}}"
    assert ("may_be_seconds" in notes) is (form is not None)
    assert remedy in notes.get("may_be_seconds", remedy)
    assert ("may_identify" in notes) is (form is None)


@pytest.mark.parametrize(("more", "n"), [("", 1), (", categorical: [x]", 0)], ids=["undeclared", "declared"])
def test_numbers_in_texts_are_noted_with_cell_and_row(pipeline, more, n):
    cells = [f"{n % 20 / 4 + 0.2:.1f} out of 5" for n in range(N)]
    notes = pipeline(FRAME.assign(x=cells), data=f"drop: [name, day]{more}").load_table().notes
    found = [str(note) for note in notes if note.code == "numbers_in_texts"]
    assert len(found) == n
    assert all("'x': 20 texts with numbers in them, such as '0.2 out of 5' in row 1" in text for text in found)


@pytest.mark.parametrize(
    ("name", "first", "date"),
    [
        ("sold", 45_000, ""),
        ("date sold", 45_000, "2023-04-14"),
        ("\ub0a0\uc9dc", 45_000, "2023-04-14"),
        ("updates", 45_000, ""),
    ],
    ids=["another name", "English", "Korean", "a part of a word"],
)
def test_numbers_that_count_the_time_since_a_date_are_noted(pipeline, name, first, date):
    """Where the name says that they are dates: amounts may have the same range."""
    frame = pd.DataFrame({name: first + np.arange(N) * 7 % 31, "x": FRAME["size"], "y": FRAME["y"]})
    notes = [note.text for note in pipeline(frame).load_table().notes if note.code == "counted_dates"]
    assert len(notes) == bool(date)
    assert all(f"{first + 30} is {date}; " in note for note in notes)


@pytest.mark.parametrize(
    ("cells", "is_far"),
    [
        (np.arange(2000) % 50, False),
        (np.where(np.arange(2000) == 1900, 999, np.arange(2000) % 50), True),
        (np.where(np.arange(2000) == 1900, -1, np.arange(2000) % 50), True),
        (np.where(np.arange(2000) == 1900, 99, np.arange(2000) % 98), False),
        (np.where(np.arange(2000) < 1900, 5, 9999), True),
        (np.where(np.arange(2000) < 1100, 99, np.arange(2000) % 50), True),
    ],
    ids=["none", "large", "negative", "near", "constant at first", "alone at first"],
)
def test_a_far_number_is_noted_wherever_it_stands(pipeline, cells, is_far):
    """The first thousand rows alone do not decide it."""
    frame = pd.DataFrame({"x": cells, "y": np.random.default_rng(0).normal(size=2000)})
    notes = pipeline(frame).load_table().notes
    assert [note.code == "far_number" for note in notes].count(True) == is_far


@pytest.mark.parametrize("dtype", ["int64", "Int64"])
@pytest.mark.parametrize("gap", [0, 1], ids=["the sum", "another number"])
def test_a_last_row_of_whole_sums_is_noted(tmp_path, dtype, gap):
    """Whatever type a file gives the numbers."""
    counts = [*range(5, 5 + N)]
    frame = pd.DataFrame({"x": pd.array([*counts, sum(counts) + gap], dtype=dtype), "y": [*range(N + 1)]})
    frame.to_parquet(tmp_path / "t.parquet")
    file = tmp_path / "p.yaml"
    file.write_text("data: {source: t.parquet, target: y}\nmodels: {linear: {}}\n")
    notes = read_pipeline(file).load_table().notes
    assert [note.code == "total_row" for note in notes].count(True) == 1 - gap


def test_rows_without_a_target_are_left_out_with_a_note(pipeline):
    table = pipeline(FRAME.assign(y=FRAME["y"].where(FRAME.index > 4))).load_table()
    assert len(table.X) == len(table.y) == N - 5
    assert "5 of 60 rows have no target and were left out" in [note.text for note in table.notes]


def test_a_column_that_counts_the_rows_is_pointed_out(pipeline):
    """It is kept, since it may carry information."""
    table = pipeline(FRAME.assign(PassengerId=range(1, N + 1))).load_table()
    assert "PassengerId" in table.X.columns
    assert any("'PassengerId' counts the rows" in note.text for note in table.notes)


@pytest.mark.parametrize("n_odd", [1, 2], ids=["note", "question"])
def test_odd_words_of_the_target_have_a_remedy_that_the_file_allows(pipeline, n_odd):
    """A target can be neither in data.categorical nor in data.drop."""
    frame = pd.concat([FRAME[["size", "y"]]] * 2, ignore_index=True).astype({"y": object})
    frame.loc[: n_odd - 1, "y"] = "absent"
    try:
        text = str(pipeline(frame).load_table().notes[0])
    except DataError as error:
        text = str(error)
    assert "data.dtypes: {y: string}" in text
    assert "data.categorical" not in text


def test_a_sample_is_drawn_with_the_seed_of_the_folds(pipeline):
    """The same seed the same rows; the table's order stays."""
    first, again, other = (
        pipeline(FRAME, data="sample: 20", more=f"compare: {{cv: {{seed: {seed}}}}}").load_table().y
        for seed in (1, 1, 2)
    )
    assert first.tolist() == again.tolist() == sorted(first)
    assert first.tolist() != other.tolist()


def test_the_inferred_task_is_noted_with_its_reason(pipeline):
    """Text with few values is classes."""
    spec = pipeline(FRAME, target="city", models="{knn: }")
    table = spec.load_table()
    assert spec.task_of(table.y) == "classification"
    notes = [note.text for note in table.notes]
    assert "task: classification, inferred from 3 different values (text) of 'city'" in notes


def test_several_targets_make_a_frame(pipeline):
    """Multi-output regression."""
    X, y = pipeline(FRAME, target="[size, y]").load()
    assert list(y.columns) == ["size", "y"]
    assert "size" not in X.columns


def test_the_hash_follows_the_table_and_not_the_file(pipeline, tmp_path):
    """Parquet or CSV, the same; one cell changed, another."""
    spec = pipeline(FRAME)
    FRAME.to_parquet(tmp_path / "t.parquet")
    other = spec.model_copy(update={"data": spec.data.model_copy(update={"source": str(tmp_path / "t.parquet")})})
    first = spec.load_table().data_hash
    assert other.load_table().data_hash == first
    assert pipeline(FRAME.assign(size=FRAME["size"].replace(0.5, 0.6))).load_table().data_hash != first


def test_a_declared_kind_is_kept_when_the_models_are_built(pipeline):
    """A number as a category, through loading and building."""
    spec = pipeline(FRAME, data="drop: [name, day], categorical: shop")
    X, y = spec.load()
    parts = {name: columns for name, _, columns in spec.estimators(X, y)["linear"][0].transformers}
    assert parts == {"numeric": ["size"], "categorical": ["city", "shop"]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("drop: nmae", r"x.yaml:1:40: data.drop: the table has no column 'nmae'; did you mean name\? It has: 'size'"),
        ("drop: [name, nmae]", r"x.yaml:1:47: data.drop.1: the table has no column 'nmae'"),
        ("groups: shp", r"data.groups: the table has no column 'shp'; did you mean shop\?"),
        ("drop: y", "data.drop: 'y' is the target; it cannot be here, too"),
        ("drop: size, numeric: size", "data.numeric: 'size' is in data.drop"),
        ("numeric: size, categorical: size", "data.categorical: 'size' is in data.numeric, too"),
    ],
)
def test_a_wrong_column_name_is_placed_in_the_file(pipeline, data, message):
    with pytest.raises(PipelineFileError, match=message):
        pipeline(FRAME, data=data).load()


def test_a_target_that_is_not_there_is_placed_in_the_file(pipeline):
    """An error of the file, since the table is as it is."""
    with pytest.raises(PipelineFileError, match=r"x.yaml:1:31: data.target: .*no column 'Y'; did you mean y\?"):
        pipeline(FRAME, target="Y").load()


@pytest.mark.parametrize(
    ("frame", "data", "message"),
    [
        (FRAME, "numeric: city", "column 'city': must hold numbers; got 'Seoul' in row 1"),
        (FRAME.replace({"size": {1.5: np.inf}}), "", "column 'size': must hold finite numbers; got inf in row 2"),
        (FRAME.assign(y=np.nan), "", "'y' has no value in any row"),
        (FRAME.assign(y=["b", *"a" * 59]), "", "each class needs at least 10 rows; 'b' has 1. Merge"),
        (FRAME.assign(y="a"), "", "must have two classes or more; every row has 'a'"),
        (FRAME.assign(y=[*"ab" * 27, *"cccccc"]), "", "'c' has 6. Set compare.cv.folds to 6 or less, or merge classes"),
        (FRAME.assign(y=FRAME["name"]), "", "every row is a different class"),
        (FRAME.assign(y=1.5), "", "must vary; every row has 1.5"),
        (FRAME.head(7), "", "10 folds need at least 10 rows; got 7"),
        (FRAME.assign(shop=1), "groups: shop", "10 folds need at least 10 groups; 'shop' has 1"),
        (FRAME.assign(shop=np.nan), "groups: shop", "data.groups must have a value in every row; row 1 has none"),
        (FRAME, "time: name", "column 'name': must hold dates such as 2024-03-31; got 'person 0' in row 1"),
        (FRAME, "drop: [size, city, shop, day]", "no column is left to learn from: 'name' holds 60 different texts"),
        (FRAME, "drop: [size, city, shop, name, day]", "no column is left to learn from. Name fewer"),
    ],
    ids=[
        "text", "infinite", "no target", "one row", "one class", "rare", "own class", "constant", "few rows",
        "few groups", "no group", "no time", "names only", "none",
    ],
)  # fmt: skip
def test_data_unfit_for_a_comparison_are_a_clear_error(pipeline, frame, data, message):
    """What is wrong, where, and what to do."""
    with pytest.raises(DataError, match=message):
        pipeline(frame, data=data, models="{knn: }").load()


@pytest.mark.parametrize(
    ("task", "y", "message"),
    [
        ("regression", FRAME["city"], "column 'y': must hold numbers; got 'Seoul' in row 1"),
        (
            "classification",
            FRAME["y"],
            "classes must be text or whole numbers; got 0.25 in row 2. Set task: regression",
        ),
    ],
)
def test_a_target_that_does_not_fit_the_task_is_a_clear_error(pipeline, task, y, message):
    """The row is named."""
    with pytest.raises(DataError, match=message):
        pipeline(FRAME.assign(y=y), models="{knn: }", more=f"task: {task}").load()


def test_a_search_needs_each_class_in_its_inner_folds(pipeline):
    """Three inner folds inside two leave six rows of a class three."""
    frame = FRAME.assign(y=[*"a" * 56, *"bbbb"])
    with pytest.raises(DataError, match=r"more rows of each class; 'b' has 4\. Set compare.tune.folds lower"):
        pipeline(frame, models="{knn: {search: {n_neighbors: [1]}}}", more="compare: {cv: {folds: 2}}").load()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("dtypes: {size: int}", r"x.yaml:1:\d+: data.dtypes.size: t.csv: column 'size': must hold whole numbers"),
        ("numeric: city", r"x.yaml:1:\d+: data.numeric: t.csv: column 'city': must hold numbers; got 'Seoul' in row 1"),
        ("dates: [city]", r"x.yaml:1:\d+: data.dates.city: t.csv: column 'city': must hold dates"),
    ],
    ids=["dtypes", "numeric", "dates"],
)
def test_a_declaration_that_a_column_contradicts_is_placed_in_the_file(pipeline, tmp_path, monkeypatch, data, message):
    """File, line, column, key, table."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=message):
        pipeline(FRAME, data=data).load_table()


def test_a_wrong_separator_is_one_fault(pipeline, tmp_path):
    """One error, not one for every column; one that is found where none is declared is none."""
    spec = pipeline(FRAME, data="drop: [name, day], categorical: city")
    (tmp_path / "t.csv").write_text(FRAME.to_csv(index=False, sep="|"))
    assert "separated by '|'" in str(spec.load_table().notes[0])
    declared = pipeline(FRAME, data="drop: [name, day], separator: ';'")
    with pytest.raises(PipelineFileError, match=r"^[^\n]*data.separator: .* one field, .*Set separator: ','\.$"):
        declared.load_table()
