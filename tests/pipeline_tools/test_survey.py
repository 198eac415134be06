import numpy as np
import pandas as pd
import pytest

from skdl.exceptions import DataError
from skdl.pipeline_tools import survey_table

N = 60
RNG = np.random.default_rng(0)
FRAME = pd.DataFrame({"size": RNG.normal(size=N).round(3), "y": RNG.normal(size=N).round(3)})


def survey(folder, frame, target="y", text=None):
    """Write a table and survey it."""
    path = folder / "t.csv"
    path.write_text(frame.to_csv(index=False) if text is None else text, encoding="utf-8")
    return survey_table(str(path), [target])


def reasons(found):
    """Return the dropped columns of a survey, each with the reason as text."""
    return {name: str(reason) for name, reason in found.dropped.items()}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("PassengerId", range(1, N + 1)),
        ("EmployeeNumber", RNG.permutation(5000)[:N]),
        ("customer_id", RNG.permutation(5000)[:N]),
        ("사번번호", RNG.permutation(5000)[:N]),
        ("Unnamed: 0", range(N)),
        ("order", range(N, 0, -1)),
        ("ID", RNG.permutation(5000)[:N]),
        ("CUSTOMER_ID", RNG.permutation(5000)[:N]),
        ("Order Number", RNG.permutation(5000)[:N]),
        ("Kundennummer", RNG.permutation(5000)[:N]),
        ("country_code", [f"C{number}" for number in range(N)]),
        ("account", [f"A{number}" for number in range(N)]),
        ("full name", [f"Person {number}" for number in range(N)]),
    ],
)
def test_an_identifier_is_dropped(tmp_path, name, values):
    """Whatever it is called, with the reason."""
    dropped = survey(tmp_path, FRAME.assign(**{name: list(values)})).dropped
    assert list(dropped) == [name]
    assert "different" in dropped[name].text or "numbers the rows" in dropped[name].text


@pytest.mark.parametrize("cells", [[f"{10 + n}E{1 + n % 9}" for n in range(N)], [f"0{66778 + n}" for n in range(N)]])
def test_codes_of_digits_are_dropped_with_a_way_to_use_them(tmp_path, cells):
    """94E1 is no 940, and 066778 has lost its zero as a number."""
    found = survey(tmp_path, FRAME.assign(code=cells))
    expected = f"60 different codes, such as {cells[0]}; to use them as numbers, name the column in numeric"
    assert (reasons(found), found.numeric) == ({"code": expected}, ())


@pytest.mark.parametrize("name", ["fold", "cv_fold", "kfold", "Fold No", "folds"])
def test_a_column_of_folds_is_dropped(tmp_path, name):
    """It has no information for models, and may define the test folds."""
    dropped = reasons(survey(tmp_path, FRAME.assign(**{name: np.arange(N) % 5})))
    assert dropped == {name: "5 folds, by its name; to use them as test folds, write folds: instead"}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("income", RNG.permutation(50_000)[:N]),
        ("width", RNG.normal(size=N)),
        ("paid", RNG.integers(0, 2, N)),
        ("key", RNG.normal(size=N)),
        ("rooms", RNG.integers(1, 9, N)),
        ("year", range(1950, 1950 + N)),
        ("우편번호", [f"1{number % 12}" for number in range(N)]),
        ("cons.price.idx", RNG.normal(93, 1, N).round(3)),
        ("body_mass_index", RNG.normal(25, 4, N).round(1)),
        ("account", RNG.normal(900, 99, N).round(2)),
        ("n_rooms_number", RNG.integers(1, 20, N)),
        ("fold", RNG.normal(size=N).round(0) / 2),
        ("store_id", np.arange(4 * N) % 12),
    ],
)
def test_an_amount_is_not_dropped(tmp_path, name, values):
    """Even where all of its values differ, or where it is named like an identifier."""
    frame = pd.concat([FRAME] * (len(values) // N), ignore_index=True)
    found = survey(tmp_path, frame.assign(**{name: values}))
    assert not found.dropped


def test_an_identifier_may_repeat_a_few_values_and_lack_some(tmp_path):
    """Then a CSV file has it as floats."""
    numbers = pd.Series(RNG.permutation(5000)[:N]).astype("Int64")
    numbers.iloc[[3, 4]] = [numbers.iloc[5], None]
    dropped = reasons(survey(tmp_path, FRAME.assign(customer_id=numbers)))
    assert dropped == {"customer_id": "58 different values in 60 rows: an identifier"}


def test_a_repeated_identifier_is_dropped_and_groups_are_offered(tmp_path):
    """Its rows may belong together."""
    dropped = reasons(survey(tmp_path, FRAME.assign(customer_id=np.arange(N) // 3)))
    assert dropped == {
        "customer_id": "an identifier with 20 different values; if its rows belong together, use groups: instead"
    }


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ([f"Doe, {('Mr.', 'Mrs.')[n % 2]} {n}" for n in range(N)], "; its title (Mr., Mrs., ...) could be a column"),
        ([f"{'AB'[n % 2]}{n:02}" for n in range(N)], "; its first letter (A, B, ...) could be a column"),
        ([f"{chr(65 + n % 26)} {n}" for n in range(N)], ""),
    ],
    ids=["title", "letter", "neither"],
)
def test_what_a_free_text_could_give_is_named(tmp_path, texts, reason):
    """It is dropped all the same."""
    dropped = reasons(survey(tmp_path, FRAME.assign(text=texts)))
    assert dropped == {"text": f"free text with 60 different values{reason}"}


@pytest.mark.parametrize("form", ["${}.10", "{} cm", "{}.2%"])
def test_numbers_with_a_unit_are_used(tmp_path, form):
    found = survey(tmp_path, FRAME.assign(fee=[form.format(100 + n % 20) for n in range(N)]))
    assert not found.dropped
    assert found.frame["fee"].dtype.kind in "if"


def test_separator_decimal_comma_and_thousands_are_found(tmp_path):
    """As a spreadsheet in Europe writes them."""
    text = "größe;preis;y\n" + "".join(f"{n},5;1.{n:03d},25;{n}\n" for n in range(N))
    found = survey(tmp_path, None, text=text)
    assert (found.reading.separator, found.reading.decimal, found.reading.thousands) == (";", ",", ".")
    assert found.frame["preis"].iloc[7] == 1007.25


def test_the_decimal_comma_of_one_column_makes_points_of_another_thousands(tmp_path):
    """Also where a word among its numbers keeps the first column from being read."""
    rows = [f"{number},50{number % 9} kg;1.{number}0,5{number % 7};6{number}.123" for number in range(10, 60)]
    found = survey(tmp_path, FRAME, text="\n".join(["a;b;y", *rows, "10,500 kg;?;60.123"]))
    assert (found.reading.decimal, found.reading.thousands) == (",", ".")
    assert str(found.marks).endswith("check which it is, in a, y")


def test_marks_that_are_in_doubt_are_named(tmp_path):
    text = "a\tb\ty\n" + "".join(f"{n + 1},{n + 101}\t{n + 1}.{n + 201}\t{n}\n" for n in range(N))
    found = survey(tmp_path, None, text=text)
    assert "1,101" in str(found.marks)
    assert str(found.marks).endswith("in a, b")


def test_numbers_of_two_marks_are_no_numbers_though_another_column_shows_the_decimal_mark(tmp_path):
    text = "a;b;y\n" + "".join(f"{n + 1}{',.'[n % 3 == 0]}{n + 101};{n},5;{n}\n" for n in range(N))
    assert reasons(survey(tmp_path, None, text=text))["a"].startswith("column 'a': the numbers are written in several")


@pytest.mark.parametrize(("word", "is_used"), [("0000-00-00", True), ("tomorrow", False)])
def test_words_among_dates_are_missing_values_or_a_reason_to_leave_the_column_out(tmp_path, word, is_used):
    days = pd.date_range("2024-01-01", periods=N).strftime("%Y-%m-%d").to_numpy(object)
    days[[3, 9]] = word
    found = survey(tmp_path, FRAME.assign(day=days))
    assert found.reading.na_values == ({"day": (word,)} if is_used else ())
    expected = f"dates, and 2 of 60 cells with other words ('{word}'); declare those under na_values to use it"
    assert reasons(found).get("day") == (None if is_used else expected)


def test_words_are_no_identifiers_whatever_their_column_is_called(tmp_path):
    """Nor are amounts with a unit."""
    words = [f"{'abcdefghijklmnop'[n % 16]}x" for n in range(N)]
    found = survey(tmp_path, FRAME.assign(status_key=words, floor_no=[f"{n} %" for n in range(N)]))
    assert not found.dropped


def test_words_for_missing_values_are_detected_among_numbers(tmp_path):
    """A question mark in a column of numbers is no number."""
    found = survey(tmp_path, FRAME.assign(size=FRAME["size"].astype(object).where(FRAME.index > 2, "?")))
    assert found.reading.na_values == {"size": ("?",)}
    assert found.frame["size"].isna().sum() == 3


@pytest.mark.parametrize(
    "columns",
    [
        {"answer": ["no"] * 4 + [str(number) for number in range(N - 4)], "smoker": ["yes", "no"] * (N // 2)},
        {"level": ["A"] * 3 + ["1", "2", "3"] * ((N - 3) // 3)},
        {"level": ["?"] * 3 + ["1", "2", "3"] * ((N - 3) // 3)},
    ],
    ids=["a word", "a letter", "few numbers"],
)
def test_a_word_that_may_be_a_category_is_no_missing_value(tmp_path, columns):
    """Else a category would vanish from the whole table."""
    assert survey(tmp_path, FRAME.assign(**columns)).reading.na_values == ()


def test_the_number_format_is_that_of_all_columns(tmp_path):
    """Not of the last one."""
    text = "a;b;y\n" + "".join(f"{n}.251,33;{n},28;{n}\n" for n in range(N))
    reading = survey(tmp_path, None, text=text).reading
    assert (reading.decimal, reading.thousands) == (",", ".")


def test_an_ambiguous_date_format_is_reported(tmp_path):
    """The format with the smaller range of days is chosen."""
    days = [f"01/{day:02}/2024" for day in range(1, 13)] * (N // 12)
    found = survey(tmp_path, FRAME.assign(sold=days))
    assert found.reading.dates["sold"].format == "%m/%d/%Y"
    assert found.ambiguous_dates == {"sold": "%d/%m/%Y"}


def test_categories_that_look_like_numbers_stay_categories(tmp_path):
    """Though some of them may be numbers."""
    found = survey(tmp_path, FRAME.assign(kind=np.where(np.arange(N) % 3, "1", "a")))
    assert found.reading.na_values == ()
    assert found.categorical == ("kind",)


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d"])
def test_dates_are_detected_with_their_format(tmp_path, form):
    """More than 31 days distinguish day from month."""
    days = pd.date_range("2024-01-01", periods=N).strftime(form)
    reading = survey(tmp_path, FRAME.assign(sold=days)).reading
    assert reading.dates["sold"].format == (None if form.startswith("%Y") else form)


def test_whole_numbers_pixels_and_constants_are_recognised(tmp_path):
    """Of few values, of 0 to 255, and of one."""
    found = survey(tmp_path, FRAME.assign(grade=np.arange(N) % 5, planet=3))
    assert (found.whole, found.constant, found.pixels) == (("grade",), ("planet",), False)
    pixels = pd.DataFrame(RNG.integers(0, 256, (N, 20))).add_prefix("px_").assign(y=FRAME["y"])
    assert survey(tmp_path, pixels).pixels


def test_a_missing_target_is_reported(tmp_path):
    with pytest.raises(DataError, match=r"no column 'siz'; did you mean size\? It has: 'size', 'y'"):
        survey(tmp_path, FRAME, target="siz")


def test_a_code_that_is_repeated_is_a_category(tmp_path):
    """Often the best one there is."""
    found = survey(tmp_path, FRAME.assign(country_code=[f"C{number % 15}" for number in range(N)]))
    assert (found.categorical, dict(found.dropped)) == (("country_code",), {})


def test_an_only_column_is_kept_even_if_it_looks_like_an_identifier(tmp_path):
    """Better one that may only name its rows than none."""
    found = survey(tmp_path, FRAME[["y"]].assign(index=range(N)))
    assert not found.dropped


def test_numbers_with_leading_zeros_stay_text(tmp_path):
    """As postcodes have them."""
    found = survey(tmp_path, None, text="plz,y\n" + "".join(f"0{n % 7}1,{n}\n" for n in range(N)))
    assert found.reading.dtypes == {"plz": "string"}
    assert found.frame["plz"].iloc[1] == "011"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("cp949", "서울"), ("cp1252", "Größe"), ("cp1252", "°C"), ("latin-1", "Größe Größe \x81A")],
)
def test_the_detected_encoding_is_checked_by_its_letters(tmp_path, encoding, text):
    """What is read as cp949 by chance has little Hangul in it."""
    (tmp_path / "t.csv").write_bytes((f"{text},y\n" + "".join(f"{text},{n}\n" for n in range(9))).encode(encoding))
    assert survey_table(str(tmp_path / "t.csv"), ["y"]).reading.encoding == encoding


def test_an_encoding_in_doubt_can_be_given(tmp_path):
    (tmp_path / "t.csv").write_bytes(("город,y\n" + "".join(f"Москва,{n}\n" for n in range(9))).encode("cp1251"))
    with pytest.raises(DataError, match=r"data\.encoding or --encoding"):
        survey_table(str(tmp_path / "t.csv"), ["y"])
    found = survey_table(str(tmp_path / "t.csv"), ["y"], encoding="cp1251")
    assert (found.frame.columns[0], found.reading.encoding) == ("город", "cp1251")


def test_codes_keep_their_missing_values(tmp_path):
    """A string would keep the word as a value."""
    rows = "".join(f"{'NA' if n % 9 == 3 else f'0{n % 7}1'},{n}\n" for n in range(N))
    (tmp_path / "t.csv").write_text("plz,y\n" + rows)
    found = survey_table(str(tmp_path / "t.csv"), ["y"])
    assert (found.reading.dtypes, found.reading.na_values) == ({"plz": "string"}, {"plz": ("NA",)})
    assert found.frame["plz"].isna().any()


def test_the_parts_of_dates_that_vary_become_features(tmp_path):
    """The hour of stamps within a week, not their year."""
    hours = pd.date_range("2024-01-01", periods=N, freq="h").astype(str)
    assert survey(tmp_path, FRAME.assign(when=hours)).reading.dates["when"].parts == ("weekday", "hour")
    days = pd.date_range("2024-01-01", periods=N).strftime("%Y%m%d").astype(int)
    assert survey(tmp_path, FRAME.assign(when=days)).reading.dates["when"].format == "%Y%m%d"


def test_times_of_which_some_have_a_zone_are_drafted_as_written(tmp_path):
    """A comparison asks where a file does not say it."""
    when = [f"2024-01-01T{n % 24:02}:00{'Z' if n % 2 else ''}" for n in range(N)]
    dates = survey(tmp_path, FRAME.assign(when=when)).reading.dates["when"]
    assert (dates.parts, dates.utc) == (("hour",), False)


@pytest.mark.parametrize(
    ("texts", "used"),
    [
        (["The room was clean and the staff friendly, number {n}."], ("x",)),
        (["배송이 빠르고 포장도 꼼꼼해서 좋아요 {n}"], ("x",)),
        (["Braund, Mr. Owen {n}", "Cumings, Mrs. John Bradley {n}"], ()),
        (["서울특별시 강남구 {n}"], ()),
    ],
    ids=["English", "Korean", "names", "addresses"],
)
def test_sentences_are_used_as_text_and_names_are_not(tmp_path, texts, used):
    frame = pd.DataFrame(
        {"x": [texts[n % len(texts)].format(n=n) for n in range(80)], "z": range(80), "y": [0, 1] * 40}
    )
    assert survey(tmp_path, frame).text == used


def test_the_order_of_a_scale_is_found(tmp_path):
    frame = pd.DataFrame({"size": ["Large", "Small", "Medium"] * 20, "y": [0.5, 1, 2] * 20})
    assert survey(tmp_path, frame).scales == {"size": ("Small", "Medium", "Large")}
