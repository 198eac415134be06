"""Writing a model's folder, or one file of it, so that a reader finds the old content or the new one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from skdl.exceptions import OutputError
from skdl.files import replace_file, replace_folder, temporary_sibling
from skdl.saved_models._manifest import MANIFEST_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["replace_file_of_model", "replace_model"]


def replace_model(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a model's folder; a saved model that is there is replaced.

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds something that is not a saved model.
    """
    _check_replaceable(folder)
    with _writing(folder):
        replace_folder(folder, files)


def replace_file_of_model(folder: Path, name: str, content: bytes) -> None:
    """Write one file of a saved model.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    # The temporary file is outside of the model's folder, which holds nothing but the model's files, also after a kill.
    with (
        _writing(folder),
        temporary_sibling(folder) as temporary,
        replace_file(folder / name, within=temporary) as file,
    ):
        file.write_bytes(content)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{folder}: the model cannot be written ({error}). Check the folder and the disk.") from error


def _check_replaceable(folder: Path) -> None:
    # Replacing deletes the whole folder, and a mistyped path may name any folder: only a saved model or an empty one
    # qualifies.
    if folder.is_dir() and (not any(folder.iterdir()) or (folder / MANIFEST_NAME).is_file()):
        return
    if folder.exists() or folder.is_symlink():
        raise OutputError(f"{folder}: must be a new folder, an empty one or a saved model. Choose another path.")
