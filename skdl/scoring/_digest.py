"""The state of an input when its run began, to find out whether it changed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from skdl.exceptions import DataError, TryAgainError

if TYPE_CHECKING:
    from skdl.tables import Source

__all__ = ["InputMark", "stamp_of"]


def stamp_of(source: Source) -> tuple[Any, ...]:
    """Tell what changes with an input's bytes.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    try:
        return source.stamp()
    except OSError as error:
        raise _unreadable(source, error) from error


@dataclass(frozen=True)
class InputMark:
    """An input as it was when its run began.

    Attributes
    ----------
    source : Source
        The input.
    stamp : tuple
        What changes with its bytes.
    digest : str, optional
        Tells its bytes; None where nothing does beforehand.
    """

    source: Source
    stamp: tuple[Any, ...]
    digest: str | None

    def check_unchanged(self) -> None:
        """Make sure that the input is still the one that was marked.

        Raises
        ------
        TryAgainError
            If it was changed, replaced or removed.
        """
        try:
            unchanged = self.source.stamp() == self.stamp
        except (OSError, DataError):
            unchanged = False
        if not unchanged:
            raise TryAgainError(f"{self.source.name}: changed while it was scored. Run again when it stays as it is.")


def _unreadable(source: Source, error: OSError) -> DataError:
    return DataError(f"{source.name}: cannot be read ({error}). Check that it is there and may be read.")
