"""Suggestions for misspelled names."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from skdl._note import Note

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["did_you_mean"]


def did_you_mean(word: object, known: Iterable[object]) -> Note | str:
    """Suggest the known word that is nearest to a wrong one, as the end of a clause.

    Parameters
    ----------
    word : object
        The word that was found.
    known : iterable of object
        The words that are allowed.

    Returns
    -------
    Note or str
        ``"; did you mean X?"``, or an empty string where nothing is near.

    Examples
    --------
    >>> print(did_you_mean("n_neighbours", ["n_neighbors", "weights"]))
    ; did you mean n_neighbors?
    >>> did_you_mean("zebra", ["n_neighbors", "weights"])
    ''
    """
    by_folded = {str(candidate).casefold(): str(candidate) for candidate in known}
    near = difflib.get_close_matches(str(word).casefold(), by_folded, n=1, cutoff=0.6)
    if not near:
        return ""
    nearest = by_folded[near[0]]
    return Note("did_you_mean", f"; did you mean {nearest}?", {"word": nearest})
