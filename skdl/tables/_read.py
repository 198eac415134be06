"""Whole tables: a source, as a pipeline file names it, as one pandas frame.

Every fault of a source is a `DataError` that names the source and the remedy.
"""

from __future__ import annotations

import glob
import io
import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from skdl._nearest import did_you_mean
from skdl._source_name import is_local
from skdl.exceptions import DataError
from skdl.tables._builtin import load_builtin
from skdl.tables._parse import check_names, check_table, parse_file
from skdl.tables._reading import Reading, with_types

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["read_header", "read_table"]

_URL_TIMEOUT_S = 60


def read_table(
    source: str | Path,
    reading: Reading | None = None,
    *,
    base: str | Path | None = None,
    check_names: Callable[[tuple[str, ...]], None] | None = None,
) -> pd.DataFrame:
    """Read a table from a file, several files, the web or the built-in ones.

    Parameters
    ----------
    source : str or pathlib.Path
        A path or a glob pattern (csv, tsv, parquet or feather; csv and tsv also as .gz, .bz2 or .xz), an ``http(s)://``
        address, ``builtin:NAME`` or ``keras:mnist``. Text is UTF-8, with or without a byte-order mark, else cp949.
    reading : Reading, optional
        How the table is written, and new names and types of its columns; by the file's ending if left out.
    base : str or pathlib.Path, optional
        Folder that a relative path starts from; the working directory by default.
    check_names : callable, optional
        Called with the names of the columns as the file has them; before the rows are read if that is cheaper.

    Returns
    -------
    pandas.DataFrame
        At least one row, columns with distinct names, rows numbered from 0. Files of a glob pattern follow one another
        by name.

    Raises
    ------
    DataError
        If the source is missing, empty, without rows or malformed, or a column name is not unique.

    Examples
    --------
    >>> read_table("builtin:blood_fat").shape
    (25, 3)
    """
    reading = reading or Reading()
    header = None if check_names is None else read_header(source, reading, base=base)
    if check_names and header is not None:
        check_names(header)
    frame = _read_source(str(source), reading, base)
    if check_names and header is None:
        check_names(tuple(frame.columns))
    return with_types(_rename(str(source), frame, reading), reading)


def read_header(
    source: str | Path, reading: Reading | None = None, *, base: str | Path | None = None
) -> tuple[str, ...] | None:
    r"""Read the names of a table's columns alone, as the file has them.

    Parameters
    ----------
    source : str or pathlib.Path
        As `read_table` takes it.
    reading : Reading, optional
        How the table is written.
    base : str or pathlib.Path, optional
        Folder that a relative path starts from; the working directory by default.

    Returns
    -------
    tuple of str or None
        None where reading the names costs as much as reading the table: on the web, and for built-in tables.

    Raises
    ------
    DataError
        As `read_table`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "ages.csv")
    ...     _ = path.write_text("name,age\nAda,36\n")
    ...     read_header(path)
    ('name', 'age')
    """
    text = str(source)
    if not is_local(text):
        return None
    path = _files(text, base)[0]
    frame = parse_file(_check_file(path), path.name, lambda: path.open("rb"), reading or Reading(), header_only=True)
    return tuple(frame.columns)


def _read_source(source: str, reading: Reading, base: str | Path | None) -> pd.DataFrame:
    scheme, _, rest = source.partition(":")
    if scheme == "builtin":
        return load_builtin(rest)
    if scheme == "keras":
        return _read_keras(rest)
    if scheme in {"http", "https"}:
        return check_table(source, parse_file(source, _path_in(source), lambda: io.BytesIO(_download(source)), reading))
    if not is_local(source):
        raise DataError(
            f"{source}: a source must be a path, http(s)://, builtin:NAME or keras:mnist; got {scheme!r} in front."
        )
    return _concatenate([(file, _read_file(file, reading)) for file in _files(source, base)])


def _files(source: str, base: str | Path | None) -> list[Path]:
    path = Path(base or ".", os.path.expanduser(source))  # noqa: PTH111 - an unknown user is no error
    files = [path] if os.path.exists(path) or not glob.has_magic(source) else _matching_files(path)  # noqa: PTH110 - Path raises where a name is too long
    if not files:
        raise DataError(f"{path}: no file matches this pattern. Check the folder and the ending.")
    return files


def _rename(where: str, frame: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    for name in reading.rename:
        if name not in frame.columns:
            raise DataError(
                f"{where}: there is no column {name!r} to rename{did_you_mean(name, frame.columns) or '.'} "
                "Correct data.rename."
            )
    frame = frame.rename(columns=dict(reading.rename))
    check_names(where, list(frame.columns))
    for name in (*reading.dtypes, *reading.dates):
        if name not in frame.columns:
            raise DataError(
                f"{where}: there is no column {name!r}{did_you_mean(name, frame.columns) or '.'} "
                "Correct data.dtypes or data.dates."
            )
    return frame


def _matching_files(pattern: Path) -> list[Path]:
    return sorted(Path(name) for name in glob.glob(str(pattern), recursive=True))  # noqa: PTH207 - the pattern may be absolute


def _read_file(path: Path, reading: Reading) -> pd.DataFrame:
    where = _check_file(path)
    return check_table(where, parse_file(where, path.name, lambda: path.open("rb"), reading))


def _check_file(path: Path) -> str:
    """Return the name of a file for messages; raise DataError if it is none."""
    if os.path.isdir(path):  # noqa: PTH112 - as above
        raise DataError(
            f"{path}: a source must be a file; this is a folder. Name a file in it, or all of them with {path}/*.csv."
        )
    if not os.path.isfile(path):  # noqa: PTH113 - as above
        in_folder = os.path.isdir(path.parent)  # noqa: PTH112 - as above
        hint = did_you_mean(path.name, [file.name for file in path.parent.iterdir()] if in_folder else []) or (
            "." if in_folder else f"; nor is there a folder {path.parent}."
        )
        raise DataError(f"{path}: no such file{hint} In a pipeline file, a relative path starts at its folder.")
    return str(path)


def _concatenate(tables: list[tuple[Path, pd.DataFrame]]) -> pd.DataFrame:
    """Concatenate the tables of several files, which must have the same columns."""
    first_file, first = tables[0]
    for file, frame in tables[1:]:
        differing = sorted(set(first.columns) ^ set(frame.columns))
        if differing:
            listed = ", ".join(repr(name) for name in differing[:5])
            raise DataError(
                f"{file}: files read together must have the same columns as {first_file.name}; they differ in {listed}."
            )
    if len(tables) == 1:
        return first
    return pd.concat([frame[first.columns] for _, frame in tables], ignore_index=True)


def _path_in(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        raise DataError(f"{address}: an address must be well-formed. Correct it.") from None


def _download(address: str) -> bytes:
    request = urllib.request.Request(address, headers={"User-Agent": "skdl"})  # noqa: S310 - the caller checked that it is http(s)
    try:
        with urllib.request.urlopen(request, timeout=_URL_TIMEOUT_S) as response:  # noqa: S310 - likewise
            content: bytes = response.read()
            return content
    except (OSError, ValueError) as error:
        raise DataError(
            f"{address}: cannot be fetched ({error}). "
            "Check the address and the network, or save the file and name its path."
        ) from error


def _read_keras(name: str) -> pd.DataFrame:
    """Read the handwritten digits of ``keras.datasets``: 70,000 rows of 28 x 28 pixels."""
    if name != "mnist":
        raise DataError(f"keras:{name}: no such table{did_you_mean(name, ['mnist']) or '.'} There is keras:mnist.")
    import keras

    try:
        (train_images, train_labels), (test_images, test_labels) = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception where the download fails
        raise DataError(
            f"keras:mnist: cannot be fetched ({error}). "
            "Check the network, or save the table and name its path as data.source."
        ) from error
    pixels = np.concatenate([train_images, test_images]).reshape(-1, 784)
    frame = pd.DataFrame(pixels, columns=[f"f{number}" for number in range(784)])
    return frame.assign(Label=np.concatenate([train_labels, test_labels]).astype(np.int64))
