"""Numbers as people write them, against values by hand."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdl.exceptions import DataError
from skdl.tables import NumberFormat, Reading, plain_numbers, read_planned

WRITTEN = {
    "percent": (["12.5%", "3 %", "-4%"], [12.5, 3, -4]),
    "dollars": (["$1,250", "-$3.50", "$ 7", "($8)"], [1250, -3.5, 7, -8]),
    "euros behind": (["1.234,50 €", "12,25 €", "3,00 €"], [1234.5, 12.25, 3]),
    "won": (["5,000원", "300원"], [5000, 300]),
    "won and yen in the code pages of Windows": (["\\5,000", "\\300"], [5000, 300]),
    "accounting": (["(5)", "5-", "\u22125", "7.25"], [-5, -5, -5, 7.25]),
    "Indian groups": (["1,23,456", "12,34,567", "99"], [123456, 1234567, 99]),
    "narrow spaces": (["1\u202f234", "12\u00a0345,5"], [1234, 12345.5]),
    "apostrophes": (["1'234", "99"], [1234, 99]),
    "typographic apostrophes": (["1\u2019234.50", "99"], [1234.5, 99]),
    "nothing to see": (["\u200b12", "3\u00ad4"], [12, 34]),
    "powers of ten": (["1,689e-02", "2,5e+00"], [0.01689, 2.5]),
    "areas": (["5 m2", "6.5 m\u00b2", "7 m2"], [5, 6.5, 7]),
    "a unit": (["5 kg", "6.5 kg", "7 kg"], [5, 6.5, 7]),
    "times of day": (["14:30", "9:05", "0:45 "], [870, 545, 45]),
    "durations in words": (["1h 30m", "2h 05m"], [90, 125]),
    "full-width digits": (["\uff11\uff12", "3"], [12, 3]),
    "digits of other alphabets": (["\u0661\u0662", "\u06f3", "4"], [12, 3, 4]),
    "whole prices": (["13,-", "1.250,-", "7,\u2013", "8,50"], [13, 1250, 7, 8.5]),
    "whole euros": (["13,-\u20ac", "1.250,-- \u20ac", "7,50 \u20ac"], [13, 1250, 7.5]),
    "whole francs": (["13.\u2013", "1'250.\u2014", "8.50"], [13, 1250, 8.5]),
    "a unit in full": ([f"{n} dollars" for n in range(20, 40)], [*range(20, 40)]),
    "few without a factor": (
        [*(f"{n}k" for n in range(1, 40)), "932", "870"],
        [*(1000 * n for n in range(1, 40)), 932, 870],
    ),
}


@pytest.mark.parametrize(("cells", "numbers"), WRITTEN.values(), ids=WRITTEN)
def test_amounts_are_read_as_numbers_and_said(write, cells, numbers):
    path = write("t.csv", "x,k\n" + "".join(f'"{cell}",{n}\n' for n, cell in enumerate(cells)))
    table = read_planned(path)
    assert table.frame["x"].tolist() == numbers
    assert table.cells["x"].notes or table.cells["x"].format == NumberFormat()


CODES = {
    "letters before": ["A1", "B2", "C3"],
    "the same letter before": ["Q1", "Q2", "Q3", "Q4"],
    "ordinals": ["1st", "2nd", "3rd"],
    "ranges": ["10-20", "20-30", "30-40"],
    "versions": ["1.2.3", "1.2.4", "1.10.0"],
    "phone numbers": ["010-1234-5678", "010-2345-6789"],
    "fractions": ["1/2", "3/4", "1/4"],
    "ages with an open end": ["0", "1", "2", "3+"],
    "grades": ["1", "1-", "2", "2-", "3"],
    "addresses": ["10.20.30.40", "151.238.237.227", "151.238.237.228"],
    "days and names of months": [
        f"{day} {name}" for day, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul"], 3)
    ],
}


@pytest.mark.parametrize("cells", CODES.values(), ids=CODES)
def test_codes_stay_text(write, cells):
    assert table(write, cells).frame["x"].tolist() == cells


@pytest.mark.parametrize("ends", [("<1", ">20"), ("\u2264 0", "21 +"), (">=21",)])
def test_a_scale_with_open_ends_is_categories(write, ends):
    """Years of experience from <1 to >20: the ends are no missing values."""
    cells = [*map(str, range(1, 21)), *ends] * 4
    found = table(write, cells)
    assert found.frame["x"].tolist() == cells
    assert [note.code for note in found.cells["x"].notes] == ["codes_with_digits"]
    assert not found.questions(["x"])


@pytest.mark.parametrize("number", ["{}", "{}.5"], ids=["many whole numbers", "decimals"])
def test_measurements_beyond_a_limit_are_asked_about(write, number):
    n = 60 if number == "{}" else 20
    cells = [number.format(n) for n in range(1, n)] + ["<1"] * 3
    assert [note.code for note in table(write, cells).questions(["x"])] == ["ask_odd_cells"]


@given(
    number=st.decimals(-(10**9), 10**9, places=2),
    form=st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'")]),
)
def test_a_written_number_is_read_again(number, form):
    decimal, thousands = form
    text = f"{number:,.2f}".translate(str.maketrans({",": thousands, ".": decimal}))
    plain, is_number = plain_numbers(pa.array([text]), NumberFormat(decimal, thousands))
    assert is_number.to_pylist() == [True]
    assert float(plain[0].as_py()) == float(number)


def table(write, cells, separator=","):
    return read_planned(
        write("t.csv", f"x{separator}k\n" + "".join(f"{cell}{separator}1\n" for cell in cells)),
        Reading(separator=separator),
    )


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["5", "$1250", "$8"], "numbers with marks: '$1250' in row 2 is read as 1250; "),
        (["2:03:17", "0:45:00"], "durations or times of day: '2:03:17' in row 1 is read as 123.2833 minutes; "),
    ],
    ids=["marks", "durations"],
)
def test_a_note_on_marks_says_the_cell_its_row_and_what_keeps_the_texts(write, cells, read):
    notes = table(write, cells).cells["x"].notes
    assert [str(note) for note in notes] == [f"'x' holds {read}data.categorical: [x] keeps the texts"]
    path = write("t.csv", "x,k\n" + "".join(f"{cell},1\n" for cell in cells))
    assert read_planned(path, declared=lambda _: "category").frame["x"].tolist() == cells
    # A target cannot be declared a category.
    target = read_planned(path, declared={"x": "role"}.get).cells["x"].notes
    assert [str(note) for note in target] == [f"'x' holds {read}data.dtypes: {{x: string}} keeps the texts"]


def test_a_question_about_words_declares_all_that_it_names(write):
    cells = [str(18 + n % 70) for n in range(50)] + [".", ".A"] * 5
    question = str(table(write, cells).questions(["x"])[0])
    assert "data.na_values: {x: ['.', '.A']}" in question


def test_a_stray_word_becomes_missing_with_its_row(write):
    cells = [str(18 + n % 70) for n in range(200)]
    cells[7] = "unknown"
    found = table(write, cells)
    assert np.isnan(found.frame["x"][7])
    assert found.frame["x"].notna().sum() == 199
    note = str(found.cells["x"].notes[0])
    assert "1 of 200 cells" in note
    assert "'unknown', first in row 8" in note


def test_many_other_words_are_a_question(write):
    cells = [str(n) for n in range(97)] + ["unknown"] * 3
    found = table(write, cells)
    assert "data.na_values: {x: ['unknown']}" in str(found.questions(["x"])[0])


def test_codes_with_leading_zeros_keep_them(write):
    found = table(write, ["01234", "98765"])
    assert found.frame["x"].tolist() == ["01234", "98765"]
    assert "leading zeros" in str(found.cells["x"].notes[0])


def test_another_column_decides_what_a_comma_is(write):
    text = "a;b\n1,234;0,5\n2,345;1,25\n"
    assert read_planned(write("t.csv", text), Reading(separator=";")).frame["a"].tolist() == [1.234, 2.345]
    assert "may be" in str(table(write, ["1,234", "2,345"], ";").questions(["x"])[0])


def test_files_of_a_pattern_get_their_types_together(write):
    """A word in the second file makes the column text in both."""
    write("a1.csv", "x,k\n1,1\n2,1\n")
    path = write("a2.csv", "x,k\nhigh,1\nlow,1\n")
    assert read_planned(path.parent / "a*.csv").frame["x"].tolist() == ["1", "2", "high", "low"]


def test_columns_are_read_together_as_each_is_alone(write):
    cells = {
        "float": ["1.5", "-2"], "missing": ["7", "NA"], "code": ["07", "12"], "hex": ["0x1F", "3"], "plus": ["+4", "5"],
        "long": ["9007199254740993", "1"], "not": ["nan", "NAN"], "point": ["3.0", "4.0"], "text": ["a", "b"],
    }  # fmt: skip
    rows = [",".join(row) for row in zip(*cells.values(), strict=True)]
    together = read_planned(write("t.csv", "\n".join([",".join(cells), *rows, ""]))).frame
    for name, column in cells.items():
        alone = read_planned(write("one.csv", "\n".join([f"{name},y", *(f"{cell},x" for cell in column), ""]))).frame
        pd.testing.assert_series_equal(together[name], alone[name])


MIXED = {
    "fractions among percents": ["12.5%", "3%", "7%", "0.25"],
    "percents among fractions": ["0.5", "0.25", "0.75", "12.5%"],
    "grams among kilograms": ["5 kg", "6 kg", "7 kg", "5000"],
    "kilograms among grams": ["5000", "6000", "7000", "5 kg"],
    "an unknown tail": ["17", "27", "37", "40zzz"],
    "infinity of C": ["17", "27", "37", "1.#INF"],
}


@pytest.mark.parametrize("cells", MIXED.values(), ids=MIXED)
@pytest.mark.parametrize("n_others", [1, 20])
def test_numbers_with_and_without_a_unit_are_no_one_amount(write, cells, n_others):
    """The last one is asked about where it stands in many cells; else it is a stray cell, which is missing."""
    others = [cell.replace("7", f"7{n}") for n in range(100) for cell in cells[:-1]]
    found = table(write, [*others, *cells[-1:] * n_others])
    if n_others > 1:
        assert f"20 of 320 cells as {cells[-1]!r}" in str(found.questions(["x"])[0])
    else:
        assert found.frame["x"].isna().tolist() == [False] * 300 + [True]
        assert f"missing: {cells[-1]!r}, first in row 301" in str(found.cells["x"].notes[-1])


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["950", "$1250", "$7"], [950, 1250, 7]),
        (["950원", "700", "1200원"], [950, 700, 1200]),
        (["0", "5%", "7.5%", "1%"], [0, 5, 7.5, 1]),
        (["950", "1.2k", "2.5k", "3M", "700"], [950, 1200, 2500, 3e6, 700]),
        (["$950", "$1.2k", "$1.5 Mrd.", "$3M"], [950, 1200, 1.5e9, 3e6]),
        (["1,5 Mio. €", "2 Mio. €", "7 Mrd. €", "700 €"], [1.5e6, 2e6, 7e9, 700]),
        (["1.5만", "2.5만", "3억", "900"], [15000, 25000, 3e8, 900]),
    ],
)
def test_currencies_may_be_left_out_and_factors_multiply(write, cells, numbers):
    found = table(write, cells, separator=";")
    assert found.frame["x"].tolist() == numbers
    assert found.cells["x"].notes


def test_letters_of_codes_do_not_multiply(write):
    """A house number 12B is not 12 billions."""
    found = table(write, [str(n) for n in range(200)] + ["12B", "14B", "17B", "19K"])
    assert "4 of 204 cells as '12B'" in str(found.questions(["x"])[0])


def test_a_control_character_is_a_damaged_cell(write):
    """It does not turn numbers into categories, however few there are."""
    found = table(write, ["1", "2", "3"] * 20 + ["6\0"])
    assert "1 of 61 cells are not numbers" in str(found.questions(["x"])[0])


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["01E1", "10E0", "001E1"], "leading_zeros"),
        (["12E4", "34E1", "1234"], "codes_with_letter"),
        ([str(2**60), str(2**60 + 1), "NA"], "long_numbers"),
    ],
)
def test_codes_that_could_be_numbers_stay_text(write, cells, code):
    found = table(write, cells)
    assert found.frame["x"].dropna().tolist() == [cell for cell in cells if cell != "NA"]
    assert [note.code for note in found.cells["x"].notes] == [code]


@pytest.mark.parametrize("cells", [["1.5E-3", "2e5", "1E10"], ["2e5", "12e4", "1000"], ["1E+05", "2E+06", "3E+07"]])
def test_powers_of_ten_stay_numbers(write, cells):
    found = table(write, cells)
    assert found.frame["x"].tolist() == [float(cell) for cell in cells]
    notes = found.cells["x"].notes if "x" in found.cells else ()
    assert [note.code for note in notes] == ["powers_of_ten"] * ("12e4" in cells)


@pytest.mark.parametrize(("cells", "n_notes"), [(["1.1", "1.9", "1.10"], 1), (["1.1", "1.9", "1.15"], 0)])
def test_versions_that_are_one_number_are_noted(write, cells, n_notes):
    found = table(write, cells)
    assert found.frame["x"].tolist() == [float(cell) for cell in cells]
    notes = found.cells["x"].notes if "x" in found.cells else ()
    assert [note.code for note in notes] == ["same_number"] * n_notes


@pytest.mark.parametrize("years", ["1950", "NA", "1950.0"])
def test_points_beside_numbers_with_gaps_are_noted(write, years):
    """Years with a gap are floats to pandas, and decide nothing about the decimal mark."""
    rows = "".join(f"{40 + n}.{100 + n},{1950 + n}\n" for n in range(30))
    path = write("t.csv", f"x,year\n71.500,{years}\n{rows}71.500,NA\n")
    assert [note.code for note in read_planned(path).cells["x"].notes] == ["may_be_thousands"]


def test_a_note_on_marks_shows_the_cell_with_most_of_them(write):
    (note,) = table(write, ["51.1", "48.8", '"$1,250.00"', "$5"]).cells["x"].notes
    assert "'$1,250.00' in row 3 is read as 1250" in note.text


def test_a_comma_that_may_be_a_decimal_mark_is_noted_with_what_reads_it_so(write):
    (note,) = table(write, ['"5,113"', '"4,880"', '"4,881"', "7"]).cells["x"].notes
    assert (
        "'5,113' in row 1 is read as 5113; data.decimal: ',' reads fractions, and data.categorical: [x] keeps"
        in note.text
    )


THOUSANDS = [str(253 + 17 * n) for n in range(30)]


@pytest.mark.parametrize("cells", [[*THOUSANDS, "1.593", "12.790"], ["1", "2", "3"] * 9 + ["1.333", "2.667"]])
def test_the_sizes_of_numbers_decide_nothing_about_a_point_but_a_note(write, cells):
    """1.593 beside 253 may be a concentration, and 1.333 beside 2 the mean of three marks."""
    read = read_planned(write("t.csv", "x;n\n" + "".join(f"{cell};{n}\n" for n, cell in enumerate(cells))))
    assert read.frame["x"].iloc[len(cells) - 2] == float(cells[-2])
    assert [note.code for note in read.cells["x"].notes] == ["may_be_thousands"]


def test_one_column_shows_what_a_comma_means_in_others(write):
    path = write("t.csv", 'x,y,share\n10.974,"14,020","70,5%"\n2.908,"31,383","51,2%"\n342,"9,116","1,9%"\n')
    frame = read_planned(path).frame
    assert frame["x"].tolist() == [10974, 2908, 342]
    assert frame["y"].tolist() == [14.02, 31.383, 9.116]
    assert frame["share"].tolist() == [70.5, 51.2, 1.9]


@pytest.mark.parametrize("ending", ["parquet", "feather"])
@pytest.mark.parametrize("gap", [[], [None]])
def test_whole_numbers_with_types_keep_all_digits(tmp_path, ending, gap):
    keys = [2**60 + n for n in range(3)] + gap
    frame = pd.DataFrame({"key": pd.array(keys, "Int64"), "n": range(len(keys))})
    getattr(frame, f"to_{ending}")(tmp_path / f"t.{ending}")
    found = read_planned(tmp_path / f"t.{ending}")
    assert found.frame["key"].dropna().tolist() == [str(2**60 + n) for n in range(3)]
    assert [note.code for note in found.cells["key"].notes] == ["long_numbers"]


def test_files_with_and_without_types_agree_on_the_unit(write, tmp_path):
    """Percents of a text file are no fractions of a Parquet file."""
    path = write("a.csv", "x\n" + "".join(f"{n}.5%\n" for n in range(9)))
    pd.DataFrame({"x": [0.1, 0.2]}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(DataError, match=r"'x' holds numbers, but numbers with '%' in a\.csv"):
        read_planned(path.parent / "[ab].*")
