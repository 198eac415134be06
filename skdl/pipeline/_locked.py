"""Running a ``lock.yaml`` again: the pipeline in it, on the table that it was made with."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from skdl._note import Note
from skdl.exceptions import DataError, PipelineFileError
from skdl.pipeline._faults import Place, Places
from skdl.pipeline._yaml import Document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl.pipeline._faults import KeyPath

__all__ = ["Locked", "unlocked"]

_KEYS = {"pipeline", "data", "splits", "versions"}


@dataclass(frozen=True)
class Locked:
    """What a lock says of the run that wrote it.

    Attributes
    ----------
    file : str
        The lock.
    data_sha256, splits_sha256 : str
        Digests of features and target, and of the folds.
    versions : mapping of str to str
        Python and packages.
    """

    file: str
    data_sha256: str
    splits_sha256: str
    versions: Mapping[str, str]

    def check_data(self, source: str, digest: str) -> None:
        """Raise DataError where the table is another one than that of the lock."""
        if digest != self.data_sha256:
            raise DataError(
                f"{source}: not the table that {self.file} was made with: its content has changed since. Bring that "
                "table back, or run the pipeline file itself."
            )

    def check_splits(self, source: str, digest: str) -> None:
        """Raise DataError where the folds are others than those of the lock."""
        if digest != self.splits_sha256:
            raise DataError(
                f"{source}: gives other folds than {self.file} was made with: its groups or times have changed since, "
                "or the folds were asked for otherwise. Run the pipeline file itself."
            )

    def notes(self) -> list[Note]:
        """Say which packages have other versions now, for numbers may differ a little then."""
        found = {name: (then, _installed(name)) for name, then in self.versions.items() if name != "python"}
        other = {name: versions for name, versions in found.items() if versions[0] != versions[1]}
        if not other:
            return []
        said = "; ".join(f"{name} {then} then, {now or 'none'} now" for name, (then, now) in other.items())
        changed = ", ".join(f"{name} {then} \N{RIGHTWARDS ARROW} {now or '-'}" for name, (then, now) in other.items())
        return [Note("other_versions", f"the lock was made with other versions: {said}", {"changed": changed})]


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except (PackageNotFoundError, ValueError):  # a ValueError for a name that no package can have
        return None


def unlocked(document: Document) -> tuple[Document, Locked | None]:
    """Take the pipeline out of a lock; a pipeline file is given back as it is.

    Raises
    ------
    PipelineFileError
        If the lock holds no pipeline, as that of a comparison made in Python.
    """
    value = document.value
    if not value.keys() >= _KEYS:
        return document, None
    file = document.places.file
    for key in value:
        if key not in {*_KEYS, "created"}:
            where = document.places.of((key,), at_key=True)
            raise PipelineFileError(
                f"{where}: {key}: no such key in a lock. Run the pipeline file itself, or extend it."
            )
    pipeline, versions = value["pipeline"], value["versions"]
    digest, folds = _text(value["data"], "sha256"), _text(value["splits"], "sha256")
    if not isinstance(pipeline, dict):
        raise PipelineFileError(
            f"{file}: a lock that can be run again must hold a pipeline; this comparison was made in Python. Run that."
        )
    if digest is None or folds is None or not isinstance(versions, dict):
        raise PipelineFileError(
            f"{file}: a lock must hold data.sha256, splits.sha256 and versions. Run the pipeline file itself."
        )
    inner = Places(file, _inside(document.places.keys), _inside(document.places.values))
    return Document(pipeline, inner), Locked(
        file, digest, folds, {str(name): str(then) for name, then in versions.items()}
    )


def _text(section: Any, key: str) -> str | None:
    found = section.get(key) if isinstance(section, dict) else None
    return found if isinstance(found, str) else None


def _inside(places: Mapping[KeyPath, Place]) -> dict[KeyPath, Place]:
    """Drop the first step of every way, that into the pipeline."""
    return {path[1:]: place for path, place in places.items() if len(path) > 1 and path[0] == "pipeline"}
