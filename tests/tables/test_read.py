import bz2
import gzip
import lzma
import os
import re
import subprocess
import sys
from datetime import time
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather
from pyarrow import parquet as pq

from skdl.exceptions import DataError
from skdl.tables import (
    Dates,
    Reading,
    SplitTable,
    column_kinds,
    open_stream,
    plain_columns,
    read_header,
    read_planned,
    read_table,
)

FRAME = pd.DataFrame({"size": [1.5, None], "가격": [3, 4], "word": ["a", None]})
TEXT = FRAME.to_csv(index=False)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", TEXT.encode()),
        ("t.CSV", TEXT.encode()),
        ("t.csv", TEXT.encode("utf-8-sig")),
        ("t.csv", TEXT.encode("cp949")),
        ("t.tsv", TEXT.replace(",", "\t").encode()),
        ("t.csv.gz", gzip.compress(TEXT.encode(), mtime=0)),
        ("t.csv.bz2", bz2.compress(TEXT.encode())),
        ("t.tsv.xz", lzma.compress(TEXT.replace(",", "\t").encode("cp949"))),
    ],
    ids=["utf8", "upper", "bom", "cp949", "tsv", "gz", "bz2", "xz-cp949"],
)
def test_encodings_separators_and_compression_make_no_difference(write, name, content):
    pd.testing.assert_frame_equal(read_table(write(name, content)), FRAME, check_dtype=False)


@pytest.mark.parametrize("first", [Reading(), Reading(separator=";"), Reading(dtypes={"zip": "string"})])
@pytest.mark.parametrize(
    ("again", "is_kept"),
    [
        (Reading(), True),
        (Reading(separator=";", encoding="cp949"), True),
        (Reading(dtypes={"zip": "string"}, dates={"day": Dates(("month",))}), True),
        (Reading(na_values={"word": ("b",), "gaps": ("-9",)}), True),
        (Reading(dtypes={"n": "string"}), False),
        (Reading(na_values=("4",)), False),
        (Reading(decimal=","), False),
        (Reading(keep_default_na=False), False),
    ],
    ids=["same", "declared", "typed", "words", "text of numbers", "words of all", "marks", "kept words"],
)
def test_a_text_is_split_once_for_several_readings(tmp_path, first, again, is_kept):
    """A later reading is that of the file, which is read again only where texts are needed that were not kept."""
    lines = ["n;size;gaps;zip;word;day;가격", "1;0.5;3;01234;a;31.03.2024;1,5", "2;1.25;-9;00420;b;01.04.2024;2"]
    path = tmp_path / "t.csv"
    path.write_bytes("\n".join([*lines, "4;7;NA;10000;NA;02.04.2024;NA", "Source: me"]).encode("cp949"))
    fresh, split = read_planned(path, again, with_dates=True), SplitTable()
    read_planned(path, first, split=split)
    if is_kept and (again.separator or not first.separator):
        path.unlink()
    table = read_planned(path, again, with_dates=True, split=split)
    pd.testing.assert_frame_equal(table.frame, fresh.frame)
    assert table.reading == fresh.reading
    assert list(map(str, table.notes)) == list(map(str, fresh.notes))
    assert (table.missing_words, table.separator, table.encoding) == (
        fresh.missing_words,
        fresh.separator,
        fresh.encoding,
    )
    notes = [[str(note) for note in one.cells[name].notes] for one in (table, fresh) for name in fresh.cells]
    assert notes[: len(notes) // 2] == notes[len(notes) // 2 :]


def test_a_wide_table_is_read_in_parts(tmp_path):
    """Each row keeps its number, and the text of the last one is no part of another."""
    rows = [",".join([str(row), *["0.25", "7.5"] * 550]) for row in range(5500)]
    rows[5400] = "5400,1"
    (tmp_path / "t.csv").write_text("\n".join([",".join(f"x{column}" for column in range(1101)), *rows]))
    table = read_planned(tmp_path / "t.csv")
    assert table.frame["x0"].tolist() == [row for row in range(5500) if row != 5400]
    assert (table.frame["x1"] == 0.25).all()
    assert (table.frame["x1100"] == 7.5).all()
    assert ["row 5,401" in note.text for note in table.notes if note.code == "malformed_rows"] == [True]


@pytest.mark.parametrize("ending", ["parquet", "feather"])
def test_columnar_files_are_read(tmp_path, ending):
    """What pandas wrote comes back."""
    path = tmp_path / f"t.{ending}"
    getattr(FRAME, f"to_{ending}")(path)
    pd.testing.assert_frame_equal(read_table(path), FRAME, check_dtype=False)


def test_each_file_of_a_pattern_may_have_its_own_index(tmp_path):
    """Which rises in each; other numbers without a name do not."""
    for number, start in enumerate((5, 3)):
        rows = [f"a,{start + row},{row % 2}" for row in range(3)]
        (tmp_path / f"{number}.csv").write_text("\n".join(["name,,", *rows]))
    assert read_planned(tmp_path / "*.csv").indexes == ("Unnamed: 1",)


@pytest.mark.parametrize(("rows", "indexes"), [(12, ("Unnamed: 0",)), (2, ())])
def test_tables_below_each_other_may_each_have_an_index(tmp_path, rows, indexes):
    """As pandas.concat leaves it; 0, 1, 0, 1 is a flag."""
    frame = pd.concat([pd.DataFrame({"x": [0.5] * rows})] * (48 // rows))
    frame.to_csv(tmp_path / "t.csv")
    assert read_planned(tmp_path / "t.csv").indexes == indexes


def test_a_named_index_of_a_parquet_file_becomes_a_column(tmp_path):
    FRAME.set_index("가격").to_parquet(tmp_path / "t.parquet")
    assert sorted(read_table(tmp_path / "t.parquet").columns) == sorted(FRAME.columns)


def test_an_index_without_a_name_that_holds_values_becomes_a_column(tmp_path):
    """Under its name in the file; one of whole numbers only numbers the rows."""
    for index in (pd.date_range("2024-01-01", periods=2), ["north", "south"]):
        FRAME.set_axis(index).to_parquet(tmp_path / "t.parquet")
        read = read_table(tmp_path / "t.parquet")
        assert read["__index_level_0__"].tolist() == list(index)
        assert set(read_header(tmp_path / "t.parquet")) == set(open_stream(tmp_path / "t.parquet").names) == {*read}
    levels = pd.MultiIndex.from_tuples([("a", 7), ("b", 9)])
    FRAME.set_axis(levels).to_parquet(tmp_path / "t.parquet")
    assert {*read_table(tmp_path / "t.parquet")} == {*FRAME.columns, "__index_level_0__"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(TEXT.encode()), r"it is of the format gzip. Rename it, so that it ends in \.csv\.gz"),
        (bz2.compress(TEXT.encode()), r"of the format bzip2. Rename"),
        (lzma.compress(TEXT.encode()), r"of the format xz. Rename"),
        (pa.compress(TEXT.encode(), "zstd", asbytes=True), r"of the format zstd. Unpack it"),
        (FRAME.to_parquet(), r"of the format Parquet. Rename it, so that it ends in \.parquet"),
        (b"PK\3\4\x14\0\0\0\0\0a.csvx,y\n1,2\n", r"of the format zip. Unpack it"),
        (b"PK\3\4\x14\0\6\0\x08\0[Content_Types].xml", r"of the format Excel. Save the sheet as CSV"),
    ],
    ids=["gzip", "bzip2", "xz", "zstd", "Parquet", "zip", "Excel"],
)
def test_another_format_under_the_name_of_a_text_is_named(write, content, message):
    """By its first bytes, whatever encoding or separator is declared; a text may begin with the same letters."""
    path = write("t.csv", content)
    for reading in (Reading(), Reading(encoding="latin-1")):
        with pytest.raises(DataError, match=message):
            read_table(path, reading)
    with pytest.raises(DataError, match=message):
        open_stream(path)
    with pytest.raises(DataError, match=message):
        read_table(write("t.csv.zip", content))
    assert read_header(write("u.csv", "PAR1,나이\n1,2\n")) == ("PAR1", "나이")


def test_a_relative_path_starts_at_the_base_folder(tmp_path, write):
    write("t.csv", TEXT)
    assert len(read_table("t.csv", base=tmp_path)) == 2


def test_files_of_a_pattern_follow_one_another_by_name(tmp_path, write):
    """Their columns may be in another order."""
    write("b.csv", "y,x\n4,3\n")
    write("a.csv", "x,y\n1,2\n")
    frame = read_table("*.csv", base=tmp_path)
    assert frame.to_dict("list") == {"x": [1, 3], "y": [2, 4]}


def test_brackets_in_the_name_of_an_existing_file_are_no_pattern(tmp_path, write):
    write("t[1].csv", "x\n1\n")
    assert read_table("t[1].csv", base=tmp_path).shape == (1, 1)


def test_quoted_line_breaks_stay_inside_a_cell(write):
    frame = read_table(write("t.csv", 'a,b\r\n"x\r\ny",1\r\n'))
    assert frame.shape == (1, 2)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"", "the file is empty"),
        ("t.csv", b"a,b\n", "no rows, only column names"),
        ("t.csv", b"a,b", "no rows, only column names"),
        ("t.csv", b"a,b,a\n1,2,3\n", "several columns are named 'a'"),
        ("t.csv", b"a;b\n1,2\n", "must be separated by commas; the first line has ';'. Declare data.separator: ';'"),
        ("t.csv", b"a\n\xff\xfd\xfe", "text must be UTF-8"),
        ("t.csv.gz", b"no gzip", "cannot be read"),
        ("t.csv.gz", gzip.compress(TEXT.encode(), mtime=0)[:-12], "cannot be read"),
        ("t.csv.gz", gzip.compress(b"", mtime=0)[:10] + b"\xff" * 50, "cannot be read"),
        ("t.parquet", b"PAR1 no parquet PAR1", "not a Parquet file, or damaged"),
        ("t.parquet", b"", "not a Parquet file, or damaged"),
        ("t.csv", b"0.5,0,0\n1.5,2,1\n", "the first line must hold the names of the columns; it has values"),
        ("t.csv", b"Report 2024\n1,2\n3,4\n", "if it is a title, remove it"),
        ("t.feather", b"no feather", "not a Feather file, or damaged"),
        ("t.xlsx", b"x", "Save the sheet as CSV"),
        ("t.doc", b"x", "a table must end in .csv, .tsv"),
        ("t", b"a\n1\n", "a table must end in .csv"),
    ],
)
def test_the_error_for_a_bad_file_names_file_and_fault(write, name, content, message):
    path = write(name, content)
    with pytest.raises(DataError, match=message) as caught:
        read_table(path)
    assert str(path) in str(caught.value)


def test_the_error_for_a_missing_file_suggests_the_nearest(tmp_path, write):
    write("boston.csv", TEXT)
    with pytest.raises(DataError, match=r"no such file; did you mean boston.csv\?"):
        read_table("bostn.csv", base=tmp_path)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere/t.csv", "nor is there a folder"),
        (".", "this is a folder"),
        ("*.csv", "no file matches this pattern"),
        ("ftp://host/t.csv", "got 'ftp' in front"),
        ("keras:mnits", r"did you mean mnist\?"),
        ("builtin:zzz", "no such table"),
        ("http://127.0.0.1:9/t.csv", "cannot be fetched"),
        ("http://[host/t.csv", "an address must be well-formed"),
    ],
)
def test_the_error_for_a_source_that_does_not_exist_gives_the_reason(tmp_path, source, message):
    with pytest.raises(DataError, match=message):
        read_table(source, base=tmp_path)


def test_files_of_a_pattern_must_agree_in_their_columns(tmp_path, write):
    """The odd file and the column are named."""
    write("a.csv", "x\n1\n")
    write("b.csv", "z\n1\n")
    with pytest.raises(DataError, match=r"b.csv: files read together .* differ in 'x', 'z'"):
        read_table("*.csv", base=tmp_path)


def test_a_failed_download_of_mnist_is_a_clear_error(tmp_path):
    """No traceback of Keras."""
    code = "from skdl.tables import read_table\ntry: read_table('keras:mnist')\nexcept ValueError as e: print(e)"
    proxy = "http://127.0.0.1:9"
    settings = {"KERAS_HOME": str(tmp_path), "https_proxy": proxy, "http_proxy": proxy}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **settings}, capture_output=True, text=True, check=True
    )
    assert "keras:mnist: cannot be fetched" in done.stdout


@pytest.mark.parametrize("source", ["data/x.csv", "x:y.csv"])
def test_column_names_are_read_alone_from_a_local_file(tmp_path, source):
    """A name with a colon is no address."""
    with pytest.raises(DataError, match="no such file"):
        read_header(source, base=tmp_path)


@pytest.mark.parametrize("source", ["builtin:iris", "keras:mnist", "https://host/x.csv"])
def test_column_names_are_not_read_alone_from_other_sources(source):
    assert read_header(source) is None


def row_text(row):
    """Write a row of three fields."""
    return f"{row},{row % 7},{row % 3}"


ROWS = [row_text(row) for row in range(300)]
ODD_LINES = {
    "a short row": ([*ROWS[:99], "99,1", *ROWS[99:]], "malformed_rows", "1 of 301 rows are malformed .*row 100"),
    "a long row": ([*ROWS[:99], "99,1,2,3", *ROWS[99:]], "malformed_rows", "must have 3 fields; got 4"),
    "a number of rows": (
        [*ROWS, "", "(300 rows affected)"],
        "footer",
        r"below the last row .*\(1\): '\(300 rows affected\)'",
    ),
    "a source": ([*ROWS, "Source: office", "of statistics"], "footer", r"left out \(2\)"),
    "names again": ([*ROWS[:200], "a,b,c", *ROWS[200:]], "repeated_header", "repeat the column names .*row 201"),
    "separators at the end": ([f"{row}," for row in ROWS], None, None),
    "two separators at the end": ([f"{row},, " for row in ROWS], None, None),
    "some separators at the end": (
        [f"{row}," if number % 2 == 0 else row for number, row in enumerate(ROWS)],
        None,
        None,
    ),
    "lines of blanks": ([*ROWS[:100], " ", "\t ", *ROWS[100:]], None, None),
}


@pytest.mark.parametrize("case", ODD_LINES)
def test_training_and_scoring_agree_on_what_a_row_is(write, case):
    """Scoring quarantines what training leaves out with a note."""
    lines, code, message = ODD_LINES[case]
    path = write("t.csv", "\n".join(["a,b,c", *lines]))
    table = read_planned(path)
    assert table.frame.to_numpy().tolist() == [[int(value) for value in row.split(",")] for row in ROWS]
    assert [note.code for note in table.notes] == ([code] if code else [])
    assert all(re.search(message, note.text) for note in table.notes)
    pieces = list(open_stream(path).pieces(50, ["a", "b", "c"]))
    assert [int(cell) for piece in pieces for cell in piece.rows["a"].to_pylist()] == table.frame["a"].tolist()
    assert bool([row for piece in pieces for row in piece.malformed]) == bool(code)
    numbers = [row.row for piece in pieces for row in piece.malformed]
    assert sorted([*numbers, *(number for piece in pieces for number in piece.numbers)]) == list(range(pieces[-1].stop))


def test_many_short_rows_are_a_question_unless_they_are_declared(write):
    path = write("t.csv", "a,b,c\n" + "\n".join([*ROWS, *["1,2"] * 20]))
    with pytest.raises(DataError, match=r"row 301 must have 3 fields; got 2; 20 of 320 rows.*short_rows: missing"):
        read_table(path)
    reading = Reading(short_rows="missing")
    assert read_table(path, reading)["c"].isna().sum() == 20
    assert open_stream(path, reading).pieces(1000, ["c"]).__next__().rows["c"].null_count == 20


def test_rows_with_names_that_the_first_line_lacks_are_explained(write):
    """As R writes them."""
    path = write("t.csv", "a,b\n" + "".join(f"row{row},1,2\n" for row in range(9)))
    with pytest.raises(DataError, match="has no name, as R's row names: add one to the first line"):
        read_table(path)


def test_files_of_a_pattern_have_one_type_for_each_column(write, tmp_path):
    """A code is text in all files where one has a letter, and each file has its own encoding."""
    write("a.csv", "code,city\n1,서울\n", encoding="cp949")
    write("b.csv", "city,code\n부산,x\n")
    assert read_table("*.csv", base=tmp_path).to_dict("list") == {"code": ["1", "x"], "city": ["서울", "부산"]}


ABOVE = {
    "the separator of Excel": ("sep=;\n", ";"),
    "in quotes, with a mark of UTF-8": ('\ufeff"sep=;"\r\n', ";"),
    "a tab": ("sep=\t\n", "\t"),
    "a comment": ("# by a device, in cm\n", ","),
    "comments and blank lines": ("# by a device\n\n# in cm\n", ","),
    "both": ("sep=;\n# by a device\n", ";"),
    "a title": ("Sales\ncreated in May, 2024\n\n", ","),
    "a title as wide as the table": ("Sales;;\n", ";"),
}


@pytest.mark.parametrize("name", ABOVE)
def test_lines_above_the_names_of_columns_are_no_rows(write, name):
    """In training, and where a saved model reads its input piece by piece."""
    lines, separator = ABOVE[name]
    path = write("t.csv", (lines + "a,b,c\n1,2,3\n4,5,6\n".replace(",", separator)).encode())
    assert read_table(path).to_dict("list") == {"a": [1, 4], "b": [2, 5], "c": [3, 6]}
    assert read_header(path) == ("a", "b", "c")
    [piece] = open_stream(path).pieces(10, ["a", "c"])
    assert piece.rows.to_pydict() == {"a": [b"1", b"4"], "c": [b"3", b"6"]}
    assert piece.numbers.tolist() == [0, 1]


@pytest.mark.parametrize("blank", ["\n", ";;;\n"])
@pytest.mark.parametrize("first", ["", "Statement;;;\n", "Account;DE00 1234;;\n"])
def test_what_a_bank_writes_above_a_table_is_no_line_of_names(write, first, blank):
    """Names and values, each line padded to the width of the table, and a blank line below them."""
    text = f"{first}Period;2023;;\n{blank}day;amount;text;sum\n" + "x;1;y;2\n" * 5
    assert read_header(write("t.csv", text)) == ("day", "amount", "text", "sum")


@pytest.mark.parametrize("blank", ["", "\n"])
def test_names_of_some_columns_alone_are_no_title(write, blank):
    text = f"name;city;;\n{blank}" + "x;y;1;z\n" * 5
    assert read_header(write("t.csv", text))[:2] == ("name", "city")


@pytest.mark.parametrize(
    ("rows", "n_rows"),
    [("x,1,2\ny,3,4\nTotal,,6\n", 2), ("x,1,2\nTotal,3,4\nTotal,,6\n", 3), ("x,1,2\ny,3,\nTotal,v,6\n", 3)],
    ids=["a total", "a category", "among other words"],
)
def test_a_last_row_that_seems_to_be_a_total_is_left_out_with_a_note(write, rows, n_rows):
    """In scoring it is quarantined, also where the column that says so is not read."""
    path = write("t.csv", "a,b,c\n" + rows)
    table = read_planned(path)
    assert len(table.frame) == n_rows
    assert any("seems to be a total" in str(note) for note in table.notes) is (n_rows == 2)
    [piece] = open_stream(path).pieces(10, ["c"])
    assert piece.numbers.tolist() == list(range(n_rows))
    assert [row.row for row in piece.malformed] == ([2] if n_rows == 2 else [])


def test_durations_of_a_type_are_minutes(tmp_path):
    """As those that are written as texts."""
    frame = pd.DataFrame({"a": pd.to_timedelta(["1h", None]), "b": [time(1, 30), time(23, 0)]})
    frame.to_parquet(tmp_path / "t.parquet")
    table = read_planned(tmp_path / "t.parquet")
    assert table.frame.astype(object).where(table.frame.notna(), None).to_dict("list") == {
        "a": [60, None],
        "b": [90, 1380],
    }
    assert {form.clock for form in table.reading.formats.values()} == {"hours"}


def test_a_cell_that_is_no_day_among_days_without_marks_is_missing(write):
    days = [f"2024{month:02d}{day:02d}" for month in range(1, 13) for day in range(1, 11)]
    table = read_planned(write("t.csv", "\n".join(["a", *days, "31.02.2024"])), with_dates=True)
    assert "a_month" in table.frame
    assert table.reading.dates["a"].missing == ("31.02.2024",)
    assert "31.02.2024" in str(table.cells["a"].notes[0])


def test_a_line_of_names_may_begin_with_a_number_sign(write):
    path = write("t.csv", b"# by a device\n#a,b\n1,2\n")
    assert read_header(path) == open_stream(path).names == ("#a", "b")


def test_a_declared_separator_overrides_that_of_the_first_line(write):
    assert read_header(write("t.csv", b"sep=,\na;b,c\n"), Reading(separator=";")) == ("a", "b,c")


@pytest.mark.parametrize("ending", ["parquet", "feather"])
def test_a_name_twice_in_a_columnar_file_is_named(tmp_path, ending):
    table = pa.Table.from_arrays([pa.array([1.0])] * 2, names=["a", "a"])
    write = pq.write_table if ending == "parquet" else feather.write_feather
    write(table, tmp_path / f"t.{ending}")
    with pytest.raises(DataError, match=f"t.{ending}: column names must be distinct; several columns are named 'a'"):
        read_table(tmp_path / f"t.{ending}")


def test_column_names_of_several_levels_are_text(tmp_path):
    """As Arrow has them, so that training and scoring know a column by one name."""
    path = tmp_path / "t.parquet"
    FRAME[["size"]].set_axis(pd.MultiIndex.from_tuples([("g", "a")]), axis=1).to_parquet(path)
    assert list(read_table(path)) == list(read_header(path)) == list(open_stream(path).names) == ["('g', 'a')"]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [([1, 2], [1.5, None], [1, 2, 1.5, None]), (["x", None], [None, None], ["x", None, None, None])],
    ids=["whole numbers and decimals", "text and nothing"],
)
def test_types_of_parquet_files_are_unified(tmp_path, a, b, expected):
    pd.DataFrame({"x": a}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"x": b}).to_parquet(tmp_path / "b.parquet")
    column = read_table("*.parquet", base=tmp_path)["x"].astype(object)
    assert column.where(column.notna(), None).tolist() == expected


def test_parquet_files_with_text_and_numbers_in_a_column_are_refused_unless_it_is_declared(tmp_path):
    pd.DataFrame({"code": [1, 2]}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"code": ["x", "02"]}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(DataError, match=r"b.parquet: column 'code' holds text, but numbers in a.parquet.*code: string"):
        read_table("*.parquet", base=tmp_path)
    frame = read_table("*.parquet", Reading(dtypes={"code": "string"}), base=tmp_path)
    assert frame["code"].tolist() == ["1", "2", "x", "02"]


def test_another_separator_is_found_and_noted(write):
    """By names and rows that it splits alike; declared, it needs no note."""
    table = read_planned(write("t.csv", "a;b\n1,5;2\n"))
    assert (table.separator, list(table.frame)) == (";", ["a", "b"])
    assert "separated by ';'" in str(table.notes[0])
    assert not read_planned(write("t.csv", "a;b\n1,5;2\n"), Reading(separator=";")).notes


def test_types_of_parquet_are_declarations(tmp_path):
    """Numbers may be categories; decimals are amounts, bytes may be text, and half precision gives no warning."""
    codes = pd.Categorical([3, 1, 2] * 9, [2, 1, 3], ordered=True)
    columns = {"code": pa.array(codes), "key": pa.array([3, 1, 2] * 9).dictionary_encode()}
    prices = pa.array([Decimal(n) / 4 for n in range(27)], pa.decimal128(9, 2))
    columns |= {"price": prices, "word": pa.array([b"u", b"v", None] * 9), "half": pa.array([0.5] * 27, pa.float16())}
    columns |= {"raw": pa.array([b"\xff"] * 27)}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    frame = read_table(tmp_path / "t.parquet")
    assert frame["code"].dtype == codes.dtype or frame["code"].cat.ordered
    kinds = column_kinds(frame)
    assert (kinds.categorical, kinds.numeric) == (("code", "key", "word"), ("price",))
    # An ordered category stays one; of another the numbers are left.
    assert plain_columns(frame, kinds).dtypes.map(lambda dtype: dtype.kind).to_list() == ["O", "i", "f", "O"]
    assert frame["price"].tolist() == [n / 4 for n in range(27)]


def test_categories_of_several_files_are_those_of_all(tmp_path):
    for number, codes in enumerate([[1, 2], [2, 3]]):
        pd.DataFrame({"code": pd.Categorical(codes)}).to_parquet(tmp_path / f"{number}.parquet")
    assert read_table(tmp_path / "*.parquet")["code"].cat.categories.tolist() == [1, 2, 3]


def test_orders_that_differ_between_files_are_noted(tmp_path):
    for number, sizes in enumerate([["low", "high"], ["mid", "high"]]):
        pd.DataFrame({"size": pd.Categorical(sizes, sizes, ordered=True)}).to_parquet(tmp_path / f"{number}.parquet")
    read = read_planned(tmp_path / "*.parquet")
    assert not read.frame["size"].cat.ordered
    (note,) = read.notes
    assert "'size': the files declare its categories differently (low, high; mid, high), so that" in str(note)


@pytest.mark.parametrize("other", ["yes,no", "True,False", "N,y"])
def test_flags_must_be_written_alike_in_all_files(tmp_path, other):
    """Unless they are declared."""
    for number, words in enumerate(["NA,1,0", other]):
        (tmp_path / f"{number}.csv").write_text("\n".join(["x,f", *(f"2,{word}" for word in words.split(","))]))
    with pytest.raises(DataError, match=r"1.csv: column 'f' holds .*, but 1 and 0 in 0.csv. .* data.dtypes: {f: bool}"):
        read_table(tmp_path / "*.csv")
    assert read_table(tmp_path / "*.csv", Reading(dtypes={"f": "bool"}))["f"].sum() == 2


def test_parts_of_a_long_text_are_read_as_the_whole(write):
    """A text without quotes is read in parts; one with a quoted cell is not."""
    rows = [f"{n},{n % 7}.5,{'x' * 1000}" for n in range(17_000)]
    rows[16_500:16_501] = ["", "  ", "1,2", "16500,1.5,y"]
    whole, parts = (
        read_planned(write("t.csv", "\n".join(["n,size,word", first, *rows]))) for first in ('1,2.5,"x"', "1,2.5,x")
    )
    pd.testing.assert_frame_equal(parts.frame, whole.frame)
    assert parts.notes == whole.notes
    assert "row 16,502" in str(parts.notes[0])
