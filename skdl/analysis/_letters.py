"""Groups of models that cannot be told apart, as letters.

A letter stands for a set of models no two of which differ; two models share a letter exactly where they do not
differ. Found by insert-and-absorb: begin with one set of all, split every set that holds a differing pair, and drop
sets inside others.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["letter_display"]


def letter_display(ranking: Sequence[str], different: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Compact letter display of models, best first.

    Parameters
    ----------
    ranking : sequence of str
        Models, best first; the first one gets "a".
    different : iterable of pairs of str
        Pairs of models that differ.

    Returns
    -------
    dict of str to str
        The letters of each model, in the order of ``ranking``.

    References
    ----------
    .. [1] Piepho, "An Algorithm for a Letter-Based Representation of All-Pairwise Comparisons", JCGS 13, 2004.

    Examples
    --------
    >>> letter_display(["ridge", "knn", "dummy"], [("ridge", "dummy")])
    {'ridge': 'a', 'knn': 'ab', 'dummy': 'b'}
    """
    sets = [frozenset(ranking)]
    for first, second in different:
        split = [
            part
            for group in sets
            for part in ([group - {first}, group - {second}] if {first, second} <= group else [group])
        ]
        sets = [group for group in dict.fromkeys(split) if not any(group < other for other in split)]
    place = {model: index for index, model in enumerate(ranking)}
    sets.sort(key=lambda group: sorted(place[model] for model in group))
    return {
        model: "".join(_letter(index) for index, group in zip(count(), sets, strict=False) if model in group)
        for model in ranking
    }


def _letter(index: int) -> str:
    """Name a set: a to z, then a2 to z2; more than a table can show, but it must not fail."""
    turn, letter = divmod(index, 26)
    return chr(ord("a") + letter) + (str(turn + 1) if turn else "")
