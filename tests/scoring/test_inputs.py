"""Several tables in one run: files, patterns, folders, standard input, addresses."""

import bz2
import gzip
import hashlib
import io
import json
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.scored_folders import quarantined, scored

from skdl.exceptions import DataError, MissingExtraError, UsageError
from skdl.scoring import score_table


@pytest.fixture
def folder(table, tmp_path):
    """Write three tables, a hidden one, and one that is none."""
    place = tmp_path / "in"
    place.mkdir()
    table(30, seed=1).to_csv(place / "b.csv.gz", index=False)
    table(20, seed=2).to_csv(place / "a.csv", index=False)
    table(10, seed=3).to_parquet(place / "c.parquet")
    table(5).to_csv(place / ".hidden.csv", index=False)
    (place / "notes.txt").write_text("no table")
    return place


def places(result):
    """Return the file and the row of every output row."""
    return list(zip(*(scored(result)[name] for name in ("_file", "_row")), strict=True))


def test_files_are_scored_in_the_order_given(ridge, folder, tmp_path):
    """Rows are numbered as in their file, and no part holds rows of two."""
    names = [str(folder / "c.parquet"), str(folder / "a.csv")]
    result = score_table(ridge, names, tmp_path / "out", chunk_rows=8)
    assert places(result) == [(names[0], row) for row in range(10)] + [(names[1], row) for row in range(20)]
    assert [pq.read_table(part)["_file"].to_pylist()[0] for part in result.parts] == [names[0]] * 2 + [names[1]] * 3


def test_each_is_scored_as_alone(ridge, folder, tmp_path):
    both = scored(score_table(ridge, [folder / "a.csv", folder / "c.parquet"], tmp_path / "both"))
    alone = scored(score_table(ridge, folder / "c.parquet", tmp_path / "alone"))
    assert both["prediction"][20:].tolist() == alone["prediction"].tolist()
    assert "_file" not in alone


@pytest.mark.parametrize("pattern", ["in", "in/*.[cp]*"], ids=["folder", "pattern"])
def test_a_folder_or_a_pattern_expands_to_its_tables_by_name(ridge, folder, tmp_path, pattern):
    """Hidden files and other files are left out."""
    result = score_table(ridge, tmp_path / pattern, tmp_path / "out")
    assert [file for file, row in places(result) if row == 0] == [
        str(folder / name) for name in ("a.csv", "b.csv.gz", "c.parquet")
    ]


def test_quarantine_names_the_file(ridge, folder, tmp_path):
    """Its own row numbers too."""
    text = (folder / "a.csv").read_text().splitlines()
    (folder / "bad.csv").write_text("\n".join([*text[:3], "1,2", ""]))
    result = score_table(ridge, [folder / "a.csv", folder / "bad.csv"], tmp_path / "out", max_bad_frac=0.1)
    (bad,) = quarantined(result).to_dict("records")
    assert (bad["file"], bad["_row"]) == (str(folder / "bad.csv"), 2)


def test_every_schema_is_checked_before_any_row_is_scored(ridge, table, write, folder, tmp_path):
    """The last input lacks a column."""
    with pytest.raises(DataError, match=r"odd\.csv: the model needs columns that are missing: 'sex'"):
        score_table(ridge, [folder, write(table(3).drop(columns="sex"), "odd.csv")], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_kept_column_is_of_one_type(ridge, folder, tmp_path):
    """Text in CSV and numbers in Parquet do not go into one output."""
    with pytest.raises(DataError, match="column 'children', which is kept, must be as in"):
        score_table(ridge, folder, tmp_path / "out", keep=["children"])


REFUSED = {
    "twice": (["in/a.csv", "in"], UsageError, "each input must be named once; got '.*a.csv' twice"),
    "no such file": (["in/none.csv"], DataError, "no such file"),
    "no match": (["in/*.tsv"], DataError, "no such file. Check the pattern"),
    "nothing": ([], UsageError, "at least one table"),
}


@pytest.mark.parametrize(("names", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_sources_without_tables_are_refused(ridge, folder, tmp_path, names, error, message):
    with pytest.raises(error, match=message):
        score_table(ridge, [tmp_path / name for name in names], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_is_refused(ridge, tmp_path):
    with pytest.raises(DataError, match="the folder holds no table"):
        score_table(ridge, tmp_path, tmp_path / "out")


def test_an_input_without_rows_has_a_part_without_rows(ridge, table, write, folder, tmp_path):
    """Between two others."""
    empty = write(table(3).iloc[:0], "empty.csv")
    result = score_table(ridge, [folder / "a.csv", empty, folder / "c.parquet"], tmp_path / "out")
    assert [pq.read_metadata(part).num_rows for part in result.parts] == [20, 0, 10]


class Piped:
    """Stand-in for `sys.stdin` with the content of a file."""

    def __init__(self, content):
        self.buffer = io.BytesIO(content)


@pytest.mark.parametrize("ending", ["csv", "tsv", "csv.gz", "csv.bz2", "csv.xz"])
def test_standard_input_is_scored_like_a_file(ridge, table, tmp_path, monkeypatch, ending):
    path = tmp_path / f"in.{ending}"
    table(500).to_csv(path, index=False, sep="\t" if ending == "tsv" else ",")
    monkeypatch.setattr(sys, "stdin", Piped(path.read_bytes()))
    piped = score_table(ridge, "-", tmp_path / "piped", input_format=ending, chunk_rows=100)
    filed = score_table(ridge, path, tmp_path / "filed", chunk_rows=100)
    assert [part.read_bytes() for part in piped.parts] == [part.read_bytes() for part in filed.parts]


def test_standard_input_longer_than_its_head_is_read_to_the_end(logistic, tmp_path, monkeypatch):
    """12 MB, with rows of different length."""
    lines = ["children,note", *(f"{row % 5},{'x' * (row % 50)}" for row in range(400_000))]
    monkeypatch.setattr(sys, "stdin", Piped("\n".join(lines).encode()))
    result = score_table(logistic, "-", tmp_path / "out")
    assert (result.n_scored, result.n_quarantined) == (400_000, 0)
    assert json.loads((tmp_path / "out" / "_SUCCESS").read_text())["inputs"]["-"]


def test_standard_input_is_of_a_format_that_can_be_read_once(ridge, tmp_path):
    """Parquet has its table of contents at the end."""
    with pytest.raises(UsageError, match="standard input: its format must be csv or tsv"):
        score_table(ridge, "-", tmp_path / "out", input_format="parquet")


@pytest.mark.parametrize("name", ["a.csv", "b.csv.gz", "c.parquet"])
def test_a_remote_file_is_scored_like_a_local_one(ridge, folder, tmp_path, memory, name):
    memory.pipe(f"/t/{name}", (folder / name).read_bytes())
    there = score_table(ridge, f"memory://t/{name}", tmp_path / "there", chunk_rows=8)
    here = score_table(ridge, folder / name, tmp_path / "here", chunk_rows=8)
    assert [part.read_bytes() for part in there.parts] == [part.read_bytes() for part in here.parts]


def test_a_remote_pattern_expands_to_its_files(ridge, folder, tmp_path, memory):
    for name in ("c.parquet", "a.csv"):
        memory.pipe(f"/t/{name}", (folder / name).read_bytes())
    result = score_table(ridge, "memory://t/*", tmp_path / "out")
    assert [file for file, row in places(result) if row == 0] == ["memory:///t/a.csv", "memory:///t/c.parquet"]


def test_a_run_over_remote_files_is_identified_by_their_metadata(saved, folder, tmp_path, memory):
    """A rewritten file counts as another file."""
    content = (folder / "a.csv").read_bytes()
    memory.pipe("/t/a.csv", content)
    starts = []
    for _ in range(2):
        result = score_table(saved.path, "memory://t/a.csv", tmp_path / "out", sha256=saved.sha256)
        starts.append(result.start)
    assert starts == ["new", "done"]


def test_success_marks_digests_that_are_not_of_the_content(saved, folder, tmp_path, memory):
    """The digest of a remote file is that of its file system's metadata."""
    memory.pipe("/t/a.csv", (folder / "a.csv").read_bytes())
    names = ["memory://t/a.csv", folder / "b.csv.gz"]
    score_table(saved.path, names, tmp_path / "out", sha256=saved.sha256)
    there, here = json.loads((tmp_path / "out" / "_SUCCESS").read_text())["inputs"].values()
    assert there.startswith("stamp:")
    assert here == hashlib.sha256((folder / "b.csv.gz").read_bytes()).hexdigest()


ELSEWHERE = {
    "no such file": ("memory://t/none.csv", DataError, r"memory://t/none\.csv: cannot be read"),
    "no match": ("memory://t/*.tsv", DataError, "no such file. Check the pattern"),
    "no server": ("ftp://me:secret@127.0.0.1:1/t.csv", DataError, r"ftp://127\.0\.0\.1:1/t\.csv: cannot be read"),
    "no server to match": ("ftp://127.0.0.1:1/*.csv", DataError, "cannot be read"),
    "no such place": ("nowhere://t.csv", UsageError, "must be supported by fsspec"),
    "a package that is missing": ("sftp://me:secret@host/t.csv", MissingExtraError, r"sftp://host/t\.csv: access"),
}


@pytest.mark.parametrize(("address", "error", "message"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_an_unreachable_address_is_reported(ridge, tmp_path, memory, address, error, message):
    """The message leaves out the password in the address."""
    with pytest.raises(error, match=message):
        score_table(ridge, address, tmp_path / "out")


class _Silent(SimpleHTTPRequestHandler):
    """Serves a folder, and logs nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture
def web(folder):
    """Serve the folder; give its address."""
    pytest.importorskip("aiohttp")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["a.csv", "b.csv.gz"])
def test_a_file_on_the_web_is_scored_like_a_local_one(ridge, folder, tmp_path, web, name):
    there = score_table(ridge, f"{web}/{name}", tmp_path / "there", chunk_rows=8)
    here = score_table(ridge, folder / name, tmp_path / "here", chunk_rows=8)
    assert [part.read_bytes() for part in there.parts] == [part.read_bytes() for part in here.parts]


def test_a_missing_page_is_reported(ridge, tmp_path, web):
    """The server returns 404."""
    with pytest.raises(DataError, match=r"none\.csv: cannot be read"):
        score_table(ridge, f"{web}/none.csv", tmp_path / "out")


@pytest.mark.parametrize("packing", [gzip, bz2], ids=["gz", "bz2"])
def test_a_compressed_file_of_several_members_is_one_table(logistic, tmp_path, packing):
    """As `cat` joins them; a row may begin in one and end in the next."""
    path = tmp_path / f"in.csv.{'gz' if packing is gzip else 'bz2'}"
    path.write_bytes(b"".join(map(packing.compress, (b"children\n1\n", b"2", b"\n3\n"))))
    result = score_table(logistic, path, tmp_path / "out")
    assert (result.n_scored, result.n_quarantined) == (3, 0)


def test_trailing_bytes_after_a_compressed_table_are_bad_data(logistic, tmp_path):
    """It may be the rest of a failed download."""
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(b"children\n" + b"1\n" * 1000) + b"rubbish" * 100)
    with pytest.raises(DataError):
        score_table(logistic, tmp_path / "in.csv.gz", tmp_path / "out")
    assert not (tmp_path / "out" / "_SUCCESS").exists()


def test_parquet_without_row_groups_is_an_empty_table(logistic, tmp_path):
    """A writer that was closed before it wrote."""
    pq.ParquetWriter(tmp_path / "in.parquet", pa.schema([("children", pa.int64())])).close()
    assert pq.read_metadata(tmp_path / "in.parquet").num_row_groups == 0
    assert score_table(logistic, tmp_path / "in.parquet", tmp_path / "out").n_rows == 0
