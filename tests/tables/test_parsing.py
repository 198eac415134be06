"""What the cells of a text file mean: `pandas.read_csv` is the oracle for whole columns."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skdl.exceptions import DataError
from skdl.tables import (
    MISSING_WORDS,
    Reading,
    cast_cells,
    parse_flags,
    read_header,
    read_planned,
    read_table,
    replace_marks,
)

CELLS = st.sampled_from(
    [
        *("1", "-3", "+4", "07", " 8 ", "2.5", ".5", "1e5", "1e400", "9" * 18, "0.1234567890123456789", "1_0", "0x10"),
        *("inf", " inf", "NAN", "True", "false", "tRUE", "", "NA", " ", "None", "x", "1 2", "\u00a01"),
        *('"q,q"', '"d""d"', '"a\nb"'),
    ]
)


def pandas_frame(text, na_values=()):
    """Read a table with pandas, by the options that skdl follows."""
    words = [*MISSING_WORDS, *na_values]
    return pd.read_csv(io.StringIO(text), na_values=words, keep_default_na=False, low_memory=False, index_col=False)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6),
    newline=st.sampled_from(["\n", "\r\n"]),
    end=st.booleans(),
)
def test_a_table_is_read_as_pandas_reads_it(write, rows, newline, end):
    """But for what a plan of the columns adds: numbers with marks, and codes that keep their zeros."""
    text = newline.join(["a,b,c", *(",".join(row) for row in rows)]) + newline * end
    table = read_planned(write("t.csv", text))
    plain = [name for name, cells in table.cells.items() if cells.format is None and not cells.notes]
    pd.testing.assert_frame_equal(table.frame[plain], pandas_frame(text)[plain], check_exact=True)


COLUMNS = {
    "whole numbers": ["0", "007", "-5", "+7", " 8", "-0"],
    "whole numbers with a missing one": ["0", "-0", "9007199254740993", "NA"],
    "the largest and the smallest of 64 bits": [str(2**63 - 1), str(-(2**63))],
    "unsigned": [str(2**64 - 1), "1"],
    "unsigned and negative": [str(2**64 - 1), "-1"],
    "more than 64 bits": ["9" * 20, "1"],
    "more than 64 bits with a missing one": ["9" * 20, "", "1"],
    "more than 64 bits before a decimal": ["9" * 20, "1.5"],
    "more than 64 bits after a decimal": ["1.5", "9" * 20],
    "decimals of 17 digits": [repr(value) for value in np.random.default_rng(0).normal(size=50).tolist()],
    "decimals far from one": ["1e-320", "1.7976931348623157e308", "-2e300", "4.9e-324"],
    "infinite": ["inf", "-Infinity", "+INF", "1e999"],
    "infinite with blanks": [" inf", "1"],
    "a word that is not missing": ["NAN", "1"],
    "flags": ["True", "false", "TRUE"],
    "flags with a missing one": ["True", "", "false"],
    "flags and numbers": ["True", "1", "0"],
    "yes and no": ["yes", "no"],
    "nothing": ["", "NA"],
    "hexadecimal": ["0x10", "1"],
}


@pytest.mark.parametrize("cells", COLUMNS.values(), ids=COLUMNS)
def test_a_column_gets_the_type_that_pandas_gives_it(write, cells):
    """Whole numbers beyond what a float holds are codes, and stay text."""
    text = "x,k\n" + "".join(f"{cell},1\n" for cell in cells)
    table = read_planned(write("t.csv", text))
    if "x" in table.cells and table.cells["x"].notes:
        assert table.frame["x"].fillna("").tolist() == cells
    else:
        pd.testing.assert_frame_equal(table.frame, pandas_frame(text), check_exact=True)


@pytest.mark.parametrize(
    ("words", "cells"),
    [
        (("?",), ["1", "?", "3"]),
        (("-999",), ["-999", "-999.0", "-9.99e2", "2.5"]),
        (("-999.0",), ["-999", "x"]),
        (("99",), ["99", "+99", " 99", "1"]),
        (("1.5",), ["1.50", "1.5", "x"]),
    ],
    ids=str,
)
def test_declared_words_for_missing_values_are_those_of_pandas(write, words, cells):
    """A number that means a missing value does so in other spellings too, unless the column is text."""
    text = "x,k\n" + "".join(f"{cell},1\n" for cell in cells)
    found = read_table(write("t.csv", text), Reading(na_values=words))
    pd.testing.assert_frame_equal(found, pandas_frame(text, words), check_exact=True)


RAGGED = {
    "short rows": "a,b,c\n1,2\n3,4,5\n6\n7,8,9",
    "a short row with quotes": 'a,b,c\n"x,y",2\n"p""q"\n"1\n2",3\n1,2,3\n',
    "blank lines": "\n  \na,b\n1,2\n\n3,4\n   \n5,6\n\n",
    "blank lines of one column": "a\n1\n\n2\n \n3\n",
    "separators at the end of rows": "a,b\n1,2,\n3,4\n5,6,\n",
    "separators at the end of all lines": "a,b,\n1,2,\n3,4,\n",
    "quotes within fields": 'a,b\n1,5" pipe\n2,"x"y\n',
    "carriage returns": 'a,b\r"x",1\ry,2\r',
}


@pytest.mark.parametrize("text", RAGGED.values(), ids=RAGGED)
def test_rows_of_other_widths_are_read_as_pandas_reads_them(write, text):
    found = read_table(write("t.csv", text), Reading(short_rows="missing"))
    pd.testing.assert_frame_equal(found, pandas_frame(text), check_names=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n\n3,4,5\n", r"row 2 must have 2 fields; got 3\). Every row must have as many fields as the first"),
        ("a,b\n1,2,3\n", "row 1 must have 2 fields; got 3"),
        ("a,b\n1,2\n3,4,\n", "row 2 must have 2 fields; got 3"),
        ('a,"b\n1,2\n', "malformed table"),
        ('a,b\n1,"2\n', "a quote is never closed"),
    ],
    ids=["a later row", "the first row", "one separator at the end", "an open quote in the header", "an open quote"],
)
def test_a_malformed_row_is_named(write, text, message):
    with pytest.raises(DataError, match=message):
        read_table(write("t.csv", text))


def test_a_cell_may_be_longer_than_a_block(write):
    frame = read_table(write("t.csv", f"a,b\n{'x' * 3_000_000},1\ny,2\n"))
    assert frame["a"].map(len).tolist() == [3_000_000, 1]


def test_a_header_may_be_longer_than_what_is_read_at_first(write):
    """5 MB, of which 4 MiB are read for the column names."""
    names = [f"{index} {'x' * 600_000}" for index in range(8)]
    path = write("t.csv", f"{','.join(names)}\n{','.join('1' * len(names))}\n")
    assert read_header(path) == tuple(read_table(path).columns) == tuple(names)


@pytest.mark.parametrize("quoted", [False, True], ids=["plain", "quoted"])
def test_a_table_of_thousands_of_columns_is_read_as_pandas_reads_it(write, quoted):
    """Numbers, a text and gaps; its memory is not that of the other tables."""
    cells = np.random.default_rng(0).normal(size=(30, 2_000)).round(3).astype(str)
    cells[3, 5], cells[:, 7], cells[:, 9] = "", '"a, b"' if quoted else "a b", "7"
    text = "\n".join(",".join(row) for row in [[f"x{at}" for at in range(2_000)], *cells])
    pd.testing.assert_frame_equal(read_table(write("t.csv", text)), pandas_frame(text), check_exact=True)


def test_many_short_rows_stay_in_their_order(write):
    rows = [f"{row}" if row % 99 == 5 else f"{row},{row % 3}" for row in range(150_000)]
    frame = read_table(write("t.csv", "\n".join(["a,b", *rows])), Reading(short_rows="missing"))
    assert frame["a"].tolist() == list(range(150_000))
    assert np.flatnonzero(frame["b"].isna()).tolist() == list(range(5, 150_000, 99))


def test_a_missing_value_among_unsigned_numbers_is_missing(write):
    """Where pandas takes its word for text."""
    found = read_table(write("t.csv", f"x,k\n{2**64 - 1},1\nNA,1\n"))["x"]
    assert found.isna().tolist() == [False, True]


def test_an_empty_first_field_after_a_carriage_return_is_a_field(write):
    """Where pandas drops it."""
    assert read_table(write("t.tsv", "a\tb\r1\t2\r\t3\r"))["b"].tolist() == [2, 3]


def test_columns_can_be_written_to(write):
    frame = read_table(write("t.csv", "a,b\n1,2.5\n"))
    frame.loc[0, ["a", "b"]] = [3, 4.5]
    assert frame.loc[0].tolist() == [3, 4.5]


def test_flags_are_words_for_yes_and_no():
    cells = pa.array([" Yes", "N", "TRUE", "0.0", "maybe", None])
    assert parse_flags(cells).to_pylist() == [1, 0, 1, 0, None, None]


def test_a_number_may_begin_or_end_with_the_decimal_comma(write):
    """As SPSS writes fractions, and as pandas and a decimal point read them."""
    frame = read_table(write("t.csv", "a;b\n,5;x\n5,;y\n+,5;z\n-,5e3;x\n"), Reading(separator=";", decimal=","))
    assert frame["a"].tolist() == [0.5, 5.0, 0.5, -500.0]


def test_marks_are_replaced_in_numbers_only():
    plain, is_number = replace_marks(pa.array(["1.234,5", "10.0.1.2", "x"]), Reading(decimal=",", thousands="."))
    assert (plain[0].as_py(), is_number.to_pylist()) == ("1234.5", [True, False, False])


@pytest.mark.parametrize("cells", [[b"1", b"x", b" 2 "], ["1", "x", " 2 "]], ids=["bytes", "text"])
def test_a_cell_that_cannot_be_cast_is_masked(cells):
    values, unreadable = cast_cells(pa.array(cells), pa.float64())
    assert (values.to_pylist(), unreadable.tolist()) == ([1.0, None, 2.0], [False, True, False])
