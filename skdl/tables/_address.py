"""Addresses of what lies elsewhere, and the fsspec file system that reaches it."""

from __future__ import annotations

import re
from typing import Any

from skdl.exceptions import MissingExtraError, UsageError

__all__ = ["file_system_of", "is_url", "shown_address"]


def is_url(name: str) -> bool:
    """Tell whether a name is the address of something elsewhere.

    Parameters
    ----------
    name : str
        Path or address.

    Returns
    -------
    bool
        True for ``s3://bucket/t.csv`` and its like.

    Examples
    --------
    >>> is_url("s3://bucket/t.csv"), is_url("t.csv")
    (True, False)
    """
    return "://" in name


def shown_address(address: str) -> str:
    """Leave out the name and password that an address may hold.

    Parameters
    ----------
    address : str
        Address or path.

    Returns
    -------
    str
        As messages may show it.

    Examples
    --------
    >>> shown_address("sftp://me:secret@host/t.csv")
    'sftp://host/t.csv'
    """
    return re.sub(r"(?<=://)[^/?#]*@", "", address)


def file_system_of(url: str) -> tuple[Any, str]:
    """Find what reaches an address.

    Parameters
    ----------
    url : str
        Address of a file or folder.

    Returns
    -------
    system : fsspec.AbstractFileSystem
        What reaches it.
    path : str
        The path there.

    Raises
    ------
    MissingExtraError
        Without fsspec, or the package that reaches there.
    UsageError
        If fsspec knows no such address.
    """
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise MissingExtraError(
            f"{shown_address(url)}: reaching it needs a package that is not installed here ({error}). "
            "Install it with: pip install 'skdl[remote]', and s3fs, gcsfs or adlfs for object stores."
        ) from error
    except ValueError as error:
        raise UsageError(
            f"{shown_address(url)}: the address must be one that fsspec knows, such as s3://BUCKET/KEY ({error})."
        ) from error
    return system, path
