"""Batches of a fit, in few shapes."""

import pytest

from skdl.training._batches import Batching, CompiledSizes, round_up_size


@pytest.mark.parametrize(
    ("n_rows", "rows_interact", "expected"),
    [
        (70, False, (16, 5, 0)),
        (70, True, (16, 4, 6)),
        (64, True, (16, 4, 0)),
        (9, True, (9, 1, 0)),
        (9, False, (16, 1, 0)),
    ],
)
def test_batches_are_padded_or_have_a_tail(n_rows, rows_interact, expected):
    """(width, batches, rows of the tail)."""
    batching = Batching.of(n_rows, 16, rows_interact=rows_interact)
    assert (batching.width, batching.n_batches, batching.n_tail) == expected


def test_tables_smaller_than_a_batch_share_a_width():
    """A power of two from 32 on, and never more than the batch."""
    sizes = (1, 30, 33, 120, 128, 129, 199, 201)
    widths = {n_rows: Batching.of(n_rows, 200, rows_interact=False).width for n_rows in sizes}
    assert widths == {1: 32, 30: 32, 33: 64, 120: 128, 128: 128, 129: 200, 199: 200, 201: 200}


def test_a_rounded_size_is_at_most_an_eighth_larger():
    assert all(size <= round_up_size(size) <= size * 9 / 8 for size in range(1, 3000))
    assert len({round_up_size(size) for size in range(1024, 2048)}) == 9


def test_a_compiled_size_is_used_again():
    """Where it is at most about a quarter larger."""
    sizes = CompiledSizes()
    assert sizes.choose(26, 16) == 26
    assert sizes.choose(25, 16) == 26
    assert sizes.choose(25, 32) == 26
    assert sizes.choose(5, 16) == 5
