"""Files that are replaced whole."""

import pytest

from skdl.files import blake3_of, replace_file, sha256_of, sha256_of_file


def test_a_file_is_the_old_one_until_the_block_ends(tmp_path):
    """And no temporary is left."""
    target = tmp_path / "page.html"
    target.write_text("old")
    with replace_file(target) as temporary:
        temporary.write_text("new")
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".html")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt("stop")], ids=["disk full", "interrupt"])
def test_an_error_keeps_the_old_file_and_leaves_no_temporary_one(tmp_path, error):
    target = tmp_path / "page.html"
    target.write_text("old")

    def write():
        with replace_file(target) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(type(error), match=str(error)):
        write()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_two_writers_of_one_file_do_not_share_a_temporary_one(tmp_path):
    """The last to end has written the file, whole."""
    target = tmp_path / "page.html"
    with replace_file(target, sync=False) as first, replace_file(target, sync=False) as second:
        first.write_text("first")
        second.write_text("second")
    assert target.read_text() == "first"


def test_digests_of_an_empty_file_are_the_published_ones(tmp_path):
    """SHA-256 by FIPS 180-4, BLAKE3 by its authors' first test vector."""
    (tmp_path / "empty").touch()
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sha256_of(b"") == sha256_of_file(tmp_path / "empty") == empty
    assert blake3_of(b"") == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
