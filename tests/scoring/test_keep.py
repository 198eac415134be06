"""Columns copied from input to output."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skdl import score_table
from skdl.exceptions import UsageError
from skdl.tables import Dates, Reading, open_stream

WORDS = ["NA", "null", "None", "nan", "N/A", " ", "x", ""]


def scored(model, source, out, **options):
    """Score and give the output and the quarantine."""
    result = score_table(model, source, out, max_bad_frac=1.0, **options)
    return pa.concat_tables([pq.read_table(part) for part in result.parts]), pq.read_table(result.quarantine)


def test_text_is_copied_unchanged(ridge, table, write, tmp_path):
    """Words that count as missing to the model too; an empty field is null."""
    found, _ = scored(ridge, write(table(8).assign(id=WORDS), "in.csv"), tmp_path / "out", keep=["id"])
    assert found["id"].to_pylist() == [*WORDS[:-1], None]


def test_a_column_of_the_model_has_both_readings(ridge, table, write, tmp_path):
    """The model sees a missing value, the output has the original text."""
    X = table(8)
    words, gaps = (X.assign(city=[value, *X["city"][1:]]) for value in ("NA", None))
    found, _ = scored(ridge, write(words, "in.csv"), tmp_path / "out", keep=["city"])
    expected, _ = scored(ridge, write(gaps, "gaps.csv"), tmp_path / "gaps")
    assert found["city"][0].as_py() == "NA"
    assert found["prediction"].to_pylist() == expected["prediction"].to_pylist()


def test_undecodable_text_goes_to_quarantine(ridge, table, write, tmp_path):
    """By the name of the kept column."""
    path = write(table(8).assign(id="id"), "in.csv")
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines[:3], lines[3] + b"\xff", *lines[4:]]))
    found, quarantined = scored(ridge, path, tmp_path / "out", keep=["id"])
    (bad,) = quarantined.to_pylist()
    assert (bad["_row"], bad["column"], bad["value"]) == (2, "id", "id\\xff")
    assert bad["reason"] == "must be text in UTF-8"
    assert found["_row"].to_pylist() == [0, 1, 3, 4, 5, 6, 7]


def test_an_undecodable_byte_in_cp949_is_one_row_of_quarantine(ridge, table, tmp_path):
    """Of a column of the model."""
    lines = table(8).assign(city="서울").to_csv(index=False).encode("cp949").splitlines()
    lines[3] = lines[3].replace("서울".encode("cp949"), b"\xff")
    (tmp_path / "in.csv").write_bytes(b"\n".join(lines))
    found, quarantined = scored(ridge, tmp_path / "in.csv", tmp_path / "out", keep=["city"])
    (bad,) = quarantined.to_pylist()
    assert (bad["_row"], bad["column"], bad["reason"]) == (2, "city", "must be text in cp949")
    assert set(found["city"].to_pylist()) == {"서울"}


def test_bytes_of_parquet_stay_bytes(ridge, table, tmp_path):
    """The schema does not mark them as text."""
    rows = pa.Table.from_pandas(table(2)).append_column("id", pa.array([b"\xff", b"a"]))
    pq.write_table(rows, tmp_path / "in.parquet")
    found, _ = scored(ridge, tmp_path / "in.parquet", tmp_path / "out", keep=["id"])
    assert found["id"].to_pylist() == [b"\xff", b"a"]


@pytest.mark.parametrize("values", [[[1], [2]], [{"a": 1}, {"a": 2}]], ids=["list", "struct"])
def test_values_that_csv_cannot_hold_are_refused_before_the_first_row(ridge, table, tmp_path, values):
    """The message names the remedy."""
    pq.write_table(pa.Table.from_pandas(table(2)).append_column("id", pa.array(values)), tmp_path / "in.parquet")
    with pytest.raises(UsageError, match=r"'id' holds .*Leave it out of keep, or write Parquet"):
        score_table(ridge, tmp_path / "in.parquet", tmp_path / "out", keep=["id"], format="csv")
    assert not (tmp_path / "out").exists()


def test_dates_that_are_missing_words_are_missing(tmp_path):
    """Though they are parts of dates to the model."""
    (tmp_path / "t.csv").write_text("day\nNA\n2024-03-31\n")
    stream = open_stream(tmp_path / "t.csv", Reading(dates={"day": Dates(("month",))}))
    (piece,) = stream.pieces(10, ["day", "day_month"])
    assert pd.isna(piece.rows["day_month"][0].as_py())
    assert piece.rows["day"].to_pylist() == [b"NA", b"2024-03-31"]
