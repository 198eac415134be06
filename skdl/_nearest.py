"""Suggestions for misspelled names."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from skdl._note import Note

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["did_you_mean", "nearest"]


def nearest(word: object, known: Iterable[object]) -> str | None:
    """Return the known word that is nearest to a wrong one; None where nothing is near.

    >>> nearest("n_neighbours", ["n_neighbors", "weights"])
    'n_neighbors'
    """
    by_folded = {str(candidate).casefold(): str(candidate) for candidate in known}
    near = difflib.get_close_matches(str(word).casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None


def did_you_mean(word: object, known: Iterable[object]) -> Note:
    """Suggest the known word that is nearest to a wrong one, as the end of a sentence.

    Parameters
    ----------
    word : object
        The word that was found.
    known : iterable of object
        The words that are allowed.

    Returns
    -------
    Note
        ``"; did you mean X?"``, or a full stop where nothing is near.

    Examples
    --------
    >>> print(did_you_mean("n_neighbours", ["n_neighbors", "weights"]))
    ; did you mean n_neighbors?
    >>> print(did_you_mean("zebra", ["n_neighbors", "weights"]))
    .

    Blanks around a word are shown by quotes.

    >>> print(did_you_mean("price", [" price", "city"]))
    ; did you mean ' price'?
    """
    found = nearest(word, known)
    if found is None:
        return Note("nothing_near", ".")
    return Note.of("did_you_mean", "; did you mean {word}?", word=found if found == found.strip() else repr(found))
