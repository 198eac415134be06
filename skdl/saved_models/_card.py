"""Model card: contents of a saved model's manifest, and the state of its files and packages, without unpickling it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from skdl.saved_models._manifest import MANIFEST_NAME
from skdl.saved_models._versions import versions_here
from skdl.schema import explain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from skdl.saved_models._manifest import SavedModel

__all__ = ["ModelCard", "model_card"]


@dataclass(frozen=True)
class CardScore:
    """Mean score over the folds of a comparison, with its interval where there is one."""

    name: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class CardVersion:
    """Version of a package when the model was saved, and now; None where it is not installed."""

    package: str
    saved: str
    here: str | None


@dataclass(frozen=True)
class CardFile:
    """Size of a file in the manifest, and on disk; None where it is missing."""

    name: str
    n_bytes: int
    found: int | None


@dataclass(frozen=True)
class ModelCard:
    """Contents of the manifest, with the sizes of the files on disk and the versions of the packages installed here.

    Attributes
    ----------
    path, sha256, is_signed, signer
        As in `SavedModel`.
    task, target, classes, outputs, named, columns
        As in `ModelSchema`; each column as a dict, with the columns of `ModelWithSchema.explain_columns`.
    n_rows, needs_keras
        As in `Manifest`.
    name, model, data_hash : str, optional
        Name of the comparison, of the saved model in it, and digest of the training rows, from the metadata.
    recommended : str, optional
        Name of the model that the comparison recommends, if it is another one.
    scores : tuple of CardScore
        Scores in the comparison, from the metadata.
    written : str
        Time when the manifest was written (UTC), from the file system.
    n_golden : int
        Number of reference predictions.
    versions : tuple of CardVersion
        Versions at saving and now.
    files : tuple of CardFile
        Files of the model, without the manifest.
    verified : bool
        Whether its files were compared with the manifest.
    metadata : dict
        Other metadata.
    """

    path: str
    sha256: str
    name: str | None
    model: str | None
    recommended: str | None
    task: str
    target: str | None
    classes: tuple[Any, ...] | None
    outputs: tuple[str, ...] | None
    n_rows: int | None
    data_hash: str | None
    written: str
    scores: tuple[CardScore, ...]
    columns: tuple[dict[str, Any], ...]
    named: bool
    n_golden: int
    needs_keras: bool
    versions: tuple[CardVersion, ...]
    files: tuple[CardFile, ...]
    is_signed: bool
    signer: str | None
    verified: bool
    metadata: dict[str, Any]


def model_card(saved: SavedModel, *, verified: bool = False) -> ModelCard:
    """Model card of a saved model.

    Parameters
    ----------
    saved : SavedModel
        Of `read_manifest`, or of `verify_model`.
    verified : bool, default=False
        Whether its files were compared with the manifest.

    Returns
    -------
    ModelCard
        Plain values; ``dataclasses.asdict`` makes JSON of it.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import LinearRegression
    >>> from skdl.saved_models import model_card, save_model
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     card = model_card(save_model(LinearRegression().fit(X, y), f"{folder}/model", X=X, y=y))
    >>> card.task, card.n_rows, card.columns[0]["name"], card.needs_keras
    ('regression', 442, 'age', False)
    """
    manifest, schema = saved.manifest, saved.manifest.schema
    # Metadata are the user's. The card takes task and target from the schema, which describes the pipeline itself.
    about = {key: value for key, value in manifest.metadata.items() if key not in {"task", "target"}}
    metrics = about.pop("metrics", None)
    here = versions_here(manifest.versions)
    # The manifest holds no time, so that the same contents have the same pin.
    written = datetime.fromtimestamp((saved.path / MANIFEST_NAME).stat().st_mtime, UTC)
    return ModelCard(
        path=str(saved.path),
        sha256=saved.sha256,
        name=_text(about.pop("name", None)),
        model=_text(about.pop("model", None)),
        recommended=_text(about.pop("recommended", None)),
        task=schema.task,
        target=schema.target,
        classes=schema.classes,
        outputs=schema.outputs,
        n_rows=manifest.n_rows,
        data_hash=_text(about.pop("data_hash", None)),
        written=written.strftime("%Y-%m-%dT%H:%M:%SZ"),
        scores=tuple(_scores(metrics)),
        columns=tuple(
            {
                **asdict(column),
                "type": one.type,
                "parsed": ", ".join(map(str, one.parsed)),
                "missing": str(one.missing),
                "source": one.source,
            }
            for column, one in zip(schema.columns, explain(schema, manifest.reading), strict=True)
        ),
        named=schema.named,
        n_golden=0 if manifest.reference is None else len(manifest.reference.predictions),
        needs_keras=manifest.needs_keras,
        versions=tuple(CardVersion(name, then, here[name]) for name, then in manifest.versions.items()),
        files=tuple(CardFile(name, one.size, _size(saved.path / name)) for name, one in manifest.files.items()),
        is_signed=saved.is_signed,
        signer=saved.signer,
        verified=verified,
        metadata=about,
    )


def _scores(metrics: Any) -> Iterator[CardScore]:
    """Scores as `skdl compare` writes them, or bare numbers; anything else is left out."""
    for name, value in metrics.items() if isinstance(metrics, dict) else ():
        given = value if isinstance(value, dict) else {"mean": value}
        found = (given.get(key) for key in ("mean", "low", "high"))
        mean, low, high = (float(one) if isinstance(one, int | float) else None for one in found)
        if mean is not None:
            yield CardScore(str(name), mean, low, high)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None
