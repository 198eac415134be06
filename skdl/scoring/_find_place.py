"""Which place an output's name means."""

from __future__ import annotations

from pathlib import Path

from skdl.exceptions import OutputError, SkdlError
from skdl.scoring._place import LocalPlace, Place
from skdl.scoring._remote_place import RemotePlace
from skdl.tables import find_file_system, is_url, redact_credentials

__all__ = ["find_place"]

_OF_THIS_MACHINE = ("file://", "local://")  # renaming and locks are to be had there


def find_place(name: str) -> Place:
    """Resolve a path or an address.

    Raises
    ------
    MissingExtraError
        Without fsspec, or the package that reaches there.
    UsageError
        If fsspec knows no such address.
    OutputError
        If it cannot be reached.
    """
    if not is_url(name):
        return LocalPlace(Path(name))
    try:
        system, root = find_file_system(name)
    except SkdlError:
        raise
    except Exception as error:
        raise OutputError(f"{redact_credentials(name)}: cannot be reached ({error}). Check the address.") from error
    return LocalPlace(Path(root)) if name.startswith(_OF_THIS_MACHINE) else RemotePlace(name, system, root)
