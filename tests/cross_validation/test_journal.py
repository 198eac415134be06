"""What stays on disk of a run that was stopped."""

import json
import zlib
from pathlib import Path

import pytest

from skdl.cross_validation._encoding import encode_result
from skdl.cross_validation._fold import FoldResult
from skdl.cross_validation._journal import Journal, SavedWinner
from skdl.exceptions import OutputError

IDENTITY = {"data": "1a", "versions": {"keras": "3.14"}}
RESULTS = [FoldResult("ridge", 0, fold, {"rmse": fold + 0.5}) for fold in range(3)]


@pytest.fixture
def path(tmp_path):
    """Write a journal with three results."""
    path = tmp_path / "journal"
    with Journal(path, IDENTITY) as journal:
        for number, result in enumerate(RESULTS):
            journal.add(result, seconds=float(number))
    return path


def test_results_and_seconds_are_found_again(path):
    """By the same comparison."""
    with Journal(path, IDENTITY) as journal:
        assert journal.results == RESULTS
        assert journal.seconds == 2.0
        assert journal.afresh_because is None


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_that_was_cut_is_dropped_alone(path, cut):
    """Whatever a kill left of it; the next result takes its place."""
    path.write_bytes(path.read_bytes()[:-cut])
    with Journal(path, IDENTITY) as journal:
        assert journal.results == RESULTS[:2]
        journal.add(RESULTS[2], seconds=2.0)
    with Journal(path, IDENTITY) as journal:
        assert journal.results == RESULTS


def test_a_flipped_bit_ends_what_is_believed(path):
    """The line and all after it."""
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"1.5", b"1.6")
    path.write_bytes(b"".join(lines))
    with Journal(path, IDENTITY) as journal:
        assert journal.results == RESULTS[:1]


@pytest.mark.parametrize("content", [b"", b"\n", b"what is this?\n", b"00000000 \n"])
def test_what_is_no_journal_is_begun_anew(tmp_path, content):
    """It stands where the journal goes."""
    path = tmp_path / "journal"
    path.write_bytes(content)
    with Journal(path, IDENTITY) as journal:
        journal.add(RESULTS[0], seconds=0.0)
    with Journal(path, IDENTITY) as journal:
        assert journal.results == RESULTS[:1]


@pytest.mark.parametrize(
    "line",
    [
        {"result": {"model": "ridge"}, "seconds": 1.0},
        {"result": [1], "seconds": 1.0},
        {"result": None},
        {"seeds_of": "ridge"},
        {"model": "ridge", "pin": "ab", "seconds": None},
        [],
        "text",
    ],
)
def test_a_sound_line_of_nonsense_is_no_traceback(path, line):
    """Whoever wrote it knew how to sum it up."""
    content = json.dumps(line).encode()
    path.write_bytes(path.read_bytes() + b"%08x %b\n" % (zlib.crc32(content), content))
    with Journal(path, IDENTITY) as journal:
        assert journal.results == RESULTS


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model", 1),
        ("scores", {"rmse": "low"}),
        ("fit_s", "soon"),
        ("warnings", 3),
        ("predicted", {"__array__": {"shape": [2**50], "dtype": "<f8", "data": "AAAA"}}),
        ("predicted", {"__array__": {"shape": [1], "dtype": "O", "data": "AAAAAAAAAAA="}}),
        ("trace", {"history": 1}),
        ("cut_short", "by a knife"),
    ],
)
def test_a_result_with_values_of_other_kinds_is_not_believed(path, key, value):
    """It would be found out in the report, again and again."""
    line = {"result": {**encode_result(RESULTS[0]), key: value}, "seconds": 1.0}
    content = json.dumps(line).encode()
    path.write_bytes(path.read_bytes() + b"%08x %b\n" % (zlib.crc32(content), content))
    with Journal(path, IDENTITY) as journal:
        assert journal.results == RESULTS


def test_another_comparison_begins_anew_and_says_why(path):
    """Its own results are found afterwards, the others are not."""
    other = {**IDENTITY, "versions": {"keras": "3.15"}}
    with Journal(path, other) as journal:
        assert journal.afresh_because == "a version changed: keras 3.14, now 3.15"
        assert journal.results == []
    with Journal(path, IDENTITY) as journal:
        assert journal.results == []


def test_fresh_leaves_everything_behind(path):
    """Though it is the same comparison."""
    with Journal(path, IDENTITY, fresh=True) as journal:
        assert journal.results == []


def test_a_saved_winner_counts_while_its_folder_is_as_it_was(path, tmp_path):
    """The folder has no model here."""
    with Journal(path, IDENTITY) as journal:
        journal.finish(SavedWinner("ridge", "ab" * 32))
    with Journal(path, IDENTITY) as journal:
        assert journal.winner == SavedWinner("ridge", "ab" * 32)
        assert journal.pin_of("ridge", tmp_path / "model") is None


def test_no_line_is_a_pickle(path):
    """A journal that somebody else wrote runs nothing."""
    for line in path.read_text().splitlines():
        assert isinstance(json.loads(line.partition(" ")[2]), dict)


def test_a_full_disk_is_said(path):
    """The run ends; what was kept stays."""
    with Path("/dev/full").open("wb", buffering=0) as full, Journal(path, IDENTITY) as journal:
        journal._file.close()
        journal._file = full
        with pytest.raises(OutputError, match="finished folds must be writable there; No space left"):
            journal.add(RESULTS[0], seconds=0.0)
    with Journal(path, IDENTITY) as journal:
        assert journal.results == RESULTS
