"""What is explored: a report, a saved model, a pipeline file or a lesson, with its table where there is one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml
from pydantic import ValidationError
from scipy.sparse import issparse

from skdl import report
from skdl._fitting import fit_with_groups
from skdl._nearest import did_you_mean
from skdl._note import Note, note_of
from skdl._source_name import is_local
from skdl.catalogue import entry_named
from skdl.cross_validation import Table, final_estimator, is_dummy
from skdl.exceptions import DataError, PipelineFileError, UsageError
from skdl.explore._inside import is_network, look_inside
from skdl.pipeline import PipelineSpec, build_estimators, read_pipeline, reading_options
from skdl.saved_models import load_artefact, read_input, read_manifest, verify_model
from skdl.spec import ModelSpec
from skdl.tables import load_builtin, read_header

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from skdl._task import Task
    from skdl.pipeline import LoadedTable
    from skdl.saved_models import Key, Manifest
    from skdl.schema import ModelWithSchema
    from skdl.tables import ColumnKinds

BUILTIN = "builtin:"
_PIPELINE_FILES = (".yaml", ".yml")
# Small networks that learn what a linear model cannot, and that one can still see through.
_LESSONS: dict[str, dict[str, Any]] = {
    "xor": {
        "hidden_layer_sizes": [8],
        "activation": "tanh",
        "epochs": 80,
        "batch_size": 32,
        "learning_rate": 0.02,
        "validation_split": 0.2,
    },
    "spiral": {
        "hidden_layer_sizes": [24, 16, 8],
        "activation": "tanh",
        "epochs": 200,
        "batch_size": 16,
        "learning_rate": 0.005,
    },
}
_MOST_CLASSICAL = 3
_OTHER_TABLES: dict[str, Any] = {"hidden_layer_sizes": [16, 8], "epochs": 100, "batch_size": 32, "learning_rate": 0.01}


@dataclass(frozen=True)
class Remark:
    """A sentence of the page: key of the strings (group ``remark``) and its values."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trust:
    """How a saved model may be loaded, as in `skdl.load_model`."""

    sha256: str | None = None
    public_key: Key | None = None
    trust_pickle: bool = False
    allow_other_versions: bool = False

    @property
    def is_given(self) -> bool:
        """Whether there is anything to trust the model by."""
        return self.sha256 is not None or self.public_key is not None or self.trust_pickle

    def load(self, folder: Path) -> ModelWithSchema:
        """Load a saved model."""
        return load_artefact(
            folder,
            sha256=self.sha256,
            public_key=self.public_key,
            trust_pickle=self.trust_pickle,
            allow_other_versions=self.allow_other_versions,
        )[0]


@dataclass(frozen=True)
class TrainingRows:
    """The table that models are fitted on."""

    X: Any
    y: NDArray[Any]
    target: Sequence[str]  # its names
    groups: NDArray[Any] | None = None
    weights: NDArray[np.float64] | None = None
    kinds: ColumnKinds | None = None

    def fit(self, model: Any) -> Any:
        """Fit a model in place on all rows."""
        return fit_with_groups(model, self.X, self.y, self.groups, self.weights)

    @property
    def named_y(self) -> pd.Series | pd.DataFrame:
        """The target with its names."""
        if self.y.ndim == 1:
            return pd.Series(self.y, name=self.target[0])
        return pd.DataFrame(self.y, columns=list(self.target) if len(self.target) == self.y.shape[1] else None)


@dataclass(frozen=True)
class Source:
    """What is explored: an unfitted model with the rows to fit it on, or a fitted model."""

    title: str
    name: str  # of the model
    estimator: Any = None
    rows: TrainingRows | None = None
    classical: Mapping[str, tuple[str, Any]] = field(default_factory=dict)  # by use in the catalogue: name, unfitted
    fitted: ModelWithSchema | None = None
    X: pd.DataFrame | None = None  # rows of a fitted model, where there is no target
    saved: Manifest | None = None  # of the saved model that the fit should repeat
    saved_model: ModelWithSchema | None = None  # that model, where it may be loaded
    remarks: tuple[Remark, ...] = ()
    is_made: bool = False  # the rows are no one's data
    folder: Path | None = None  # where the page is written by default
    lang: str | None = None


def open_source(
    source: str, *, data: str | None, model: str | None, trust: Trust, allow_packages: tuple[str, ...] = ()
) -> Source:
    """Find out what a source is, and read it."""
    if source.startswith(BUILTIN):
        return _open_lesson(source, data=data, model=model)
    path = Path(source)
    if path.suffix.lower() in _PIPELINE_FILES and not path.is_dir():
        spec = _read_spec(path, data, allow_packages)
        table = (spec if data is None else _with_known_drops(spec)).load_table()
        return _of_spec(spec, table, model, None, lang=spec.lang)
    if (path / "results.json").is_file():
        return _open_report(path, data=data, model=model, trust=trust, allow_packages=allow_packages)
    if (path / "manifest.json").is_file():
        return _open_saved_model(path, data=data, model=model, trust=trust)
    text = (
        "explore: {source} must be the results folder of skdl compare, the folder of a saved model, a pipeline file "
        "(.yaml), or a built-in table such as builtin:xor; it is none of them."
    )
    raise DataError.of("explore_no_source", text, source=source)


def _open_lesson(source: str, *, data: str | None, model: str | None) -> Source:
    """Train a small network on a built-in table."""
    if data is not None:
        text = "explore: --data must be left out with {source}, which is a table itself."
        raise UsageError.of("explore_data_twice", text, source=source)
    name = source.removeprefix(BUILTIN).partition("?")[0]
    frame = load_builtin(source.removeprefix(BUILTIN))
    spec = PipelineSpec.model_validate(
        {
            "name": name,
            "data": {"source": source, "target": str(frame.columns[-1])},
            "preprocess": {"numeric": {"scale": "standard"}},
            "models": {"keras_mlp": {"params": _LESSONS.get(name, _OTHER_TABLES)}},
        }
    )
    return replace(_of_spec(spec, spec.load_table(), model, None), is_made=True)


def _read_spec(file: Path, data: str | None, allow_packages: tuple[str, ...]) -> PipelineSpec:
    """Read a pipeline file or a lock, which may be run on another table than its own."""
    if data is None:
        return read_pipeline(file, allow_packages=allow_packages)
    # In JSON, which YAML includes: a path may hold what YAML would read otherwise.
    spec = read_pipeline(file, [f"data.source={json.dumps(_absolute(data))}"], allow_packages=allow_packages)
    return spec.with_origin(replace(spec.origin, lock=None))


def _open_report(
    folder: Path, *, data: str | None, model: str | None, trust: Trust, allow_packages: tuple[str, ...]
) -> Source:
    summary = report.read_results(folder / "results.json")
    ranked = [row.model for row in summary.models if row.rank is not None]
    networks = {network.model for network in summary.networks}
    preferred = [
        *([summary.verdict.recommended] if summary.verdict.recommended in networks else []),
        *(name for name in ranked if name in networks),
        summary.verdict.recommended,
    ]
    saved = folder / "model"
    if summary.pipeline is None:  # compared in Python
        source = _open_saved_model(saved, data=data, model=model, trust=trust)
        return replace(source, folder=folder, lang=summary.lang)
    spec = _read_spec(folder / "lock.yaml", data, allow_packages)
    manifest = read_manifest(saved).manifest if (saved / "manifest.json").is_file() else None
    known = {row.model for row in summary.models}
    if model is not None and model not in known:
        raise _unknown_model(model, known)
    saved_name = None if manifest is None else manifest.metadata.get("model")
    try:
        table = _load_table(spec, data, manifest)
    except DataError as error:
        if data is None and trust.is_given and model in (None, saved_name):
            source = _open_saved_model(saved, data=None, model=None, trust=trust)
            return replace(source, folder=folder, lang=summary.lang)
        raise _unreadable(error, data, spec.data.source) from error
    made = replace(_of_spec(spec, table, model, preferred, lang=summary.lang), folder=folder)
    of_saved = manifest if made.name == saved_name else None
    return _compared_with(made, saved, of_saved, trust, same_table=table.data_hash == summary.protocol.data_hash)


def _open_saved_model(folder: Path, *, data: str | None, model: str | None, trust: Trust) -> Source:
    saved = verify_model(folder, sha256=trust.sha256, public_key=trust.public_key)
    manifest = saved.manifest
    metadata = manifest.metadata
    name = str(metadata.get("model", "model"))
    title = str(metadata.get("name") or folder.resolve().name)
    spec = _spec_of(metadata.get("pipeline"))
    if spec is not None:
        if data is not None:
            spec = spec.model_copy(update={"data": spec.data.model_copy(update={"source": _absolute(data)})})
        try:
            table = _load_table(spec, data, manifest)
        except DataError as error:
            if data is not None or not trust.is_given:
                raise _unreadable(error, data, spec.data.source) from error
        else:
            made = _of_spec(spec, table, model or name, None)
            same_table = table.data_hash == metadata.get("data_hash")
            return _compared_with(made, folder, manifest if made.name == name else None, trust, same_table=same_table)
    if model not in (None, name):
        text = "explore: --model must be left out: {folder} holds one model, and names no other; got {given!r}."
        raise UsageError.of("explore_only_model", text, folder=str(folder), given=model)
    loaded = trust.load(folder)
    if "model" not in metadata:
        inside = look_inside(loaded)
        name = "network" if is_network(inside.final) else type(inside.final).__name__
    X = None if data is None else read_input(folder, data)
    remarks = [Remark("no_pipeline" if spec is None else "no_table")]
    remarks += [Remark("no_ranges")] if spec is None and X is None else []
    return Source(title, name, fitted=loaded, X=X, remarks=tuple(remarks))


def _compared_with(made: Source, folder: Path, saved: Manifest | None, trust: Trust, *, same_table: bool) -> Source:
    """Add the saved model that the fit should repeat, loaded where something says that it may be trusted."""
    if saved is not None:
        made = replace(made, saved=saved, saved_model=trust.load(folder) if trust.is_given else None)
    return made if same_table else replace(made, remarks=(*made.remarks, Remark("other_table")))


def _spec_of(text: Any) -> PipelineSpec | None:
    """Return the pipeline that a saved model names, where this version can read it."""
    if not isinstance(text, str):
        return None
    try:
        return PipelineSpec.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError, PipelineFileError):
        return None


def _of_spec(
    spec: PipelineSpec, table: LoadedTable, model: str | None, preferred: Iterable[str] | None, lang: str | None = None
) -> Source:
    """Build the models of a pipeline, and choose the one to explore."""
    classical, extended = _classical_models(spec, table.task)
    estimators = build_estimators(extended, table)
    own = [name for name in estimators if name in spec.models or name == "dummy"]
    if model is not None and model not in own:
        raise _unknown_model(model, own)
    order = [*(preferred or ()), *(name for name in own if is_network(final_estimator(estimators[name]))), *own]
    name = model or next(one for one in order if not is_dummy(estimators[one]) or one == own[-1])
    # As in a comparison, whose fit is to be repeated.
    given = Table.from_loaded(table)
    rows = TrainingRows(given.X, given.y, spec.data.target, given.groups, given.weights, table.kinds)
    return Source(
        spec.name,
        name,
        estimator=estimators[name],
        rows=rows,
        classical={use: (one, estimators[one]) for use, one in classical.items() if one != name},
        lang=lang,
    )


def explore_models(
    title: str,
    estimators: Mapping[str, Any],
    table: Table,
    *,
    task: Task,
    target: str,
    ranking: Sequence[str],
    model: str | None = None,
) -> Source:
    """Return the source of a comparison in memory; ``ranking`` are its models, preferred ones first."""
    if model is not None and model not in estimators:
        raise _unknown_model(model, estimators)
    if issparse(table.X) or len(np.shape(table.X)) != 2:
        text = (
            "explore: X must be a dense table with a column for each feature; got one of shape {shape}. Make a data "
            "frame of it: of images, a column for each pixel."
        )
        raise DataError.of("explore_no_frame", text, shape=str(np.shape(table.X)))
    networks = [name for name in ranking if is_network(final_estimator(estimators[name]))]
    name = model or (networks or ranking)[0]
    classical: dict[str, tuple[str, Any]] = {}
    for use in ("linear", "logistic", "ridge", "knn", "random_forest"):
        cls = _class_name(use, task)
        own = (one for one in ranking if one != name and type(final_estimator(estimators[one])).__name__ == cls)
        found = next(own, None)
        if found is not None and len(classical) < _MOST_CLASSICAL:
            classical[use] = found, estimators[found]
    rows = TrainingRows(table.X, table.y, (target,), table.groups, table.weights)
    return Source(title, name, estimator=estimators[name], rows=rows, classical=classical)


def _class_name(use: str, task: Task) -> str | None:
    """Return the name of the class of a model of the catalogue for a task."""
    entry = entry_named(use)
    path = None if entry is None else entry.regression if task == "regression" else entry.classification
    return None if path is None else path.rpartition(".")[2]


def _classical_models(spec: PipelineSpec, task: Task) -> tuple[dict[str, str], PipelineSpec]:
    """Return the names of a linear model, k-NN and a forest by use, and the pipeline with those that it lacks."""
    names, models = {}, dict(spec.models)
    for use in ("logistic" if task == "classification" else "linear", "knn", "random_forest"):
        found = next((name for name, model in models.items() if model.use == use), None)
        if found is None:
            found = use if use not in models else f"{use} (explore)"
            models[found] = ModelSpec(use=use)
        names[use] = found
    return names, spec.model_copy(update={"models": models})


def _load_table(spec: PipelineSpec, data: str | None, saved: Manifest | None) -> LoadedTable:
    """Load the table of a pipeline; one that was named beside it must have the columns of the training."""
    try:
        table = (spec if data is None else _with_known_drops(spec)).load_table()
    except PipelineFileError as error:
        if data is None:
            raise
        # The pipeline was right for its own table, so the fault is not in its file.
        raise _other_table(data, _first_problem(note_of(error))) from error
    names = list(map(str, table.X.columns))
    known = names if data is None or saved is None else [column.name for column in saved.schema.columns]
    lacks, more = ([one for one in a if one not in b] for a, b in ((known, names), (names, known)))
    if data is not None and lacks:
        reason = Note.of("explore_lacks_columns", "it lacks {names}.", names=", ".join(map(repr, lacks[:5])))
        raise _other_table(data, reason)
    if data is not None and more:
        text = "the models were not fitted on its columns {names}."
        raise _other_table(data, Note.of("explore_more_columns", text, names=", ".join(map(repr, more[:5]))))
    return table


def _with_known_drops(spec: PipelineSpec) -> PipelineSpec:
    """Leave out of ``data.drop`` what the table lacks: nothing is learned from those columns."""
    names = read_header(spec.data.source, reading_options(spec.data))
    if names is None:  # on the web, where a second reading costs as much as the first
        return spec
    has = {spec.data.rename.get(name, name) for name in names}
    absent = {name for name in spec.data.drop if name not in has}
    words = spec.data.na_values
    kept: dict[str, Any] = {
        "drop": tuple(name for name in spec.data.drop if name in has),
        "dtypes": {name: dtype for name, dtype in spec.data.dtypes.items() if name not in absent},
        "rename": {old: new for old, new in spec.data.rename.items() if old in names or new not in absent},
    }
    if isinstance(words, dict):
        kept["na_values"] = {name: own for name, own in words.items() if name not in absent}
    return spec.model_copy(update={"data": spec.data.model_copy(update=kept)})


def _first_problem(note: Note | str) -> Note | str:
    """Return the first problem of a pipeline file, without its place in the file."""
    while isinstance(note, Note) and note.code in {"problems", "problem"}:
        inside = dict(note.values)
        note = inside["problems"][0] if note.code == "problems" else inside["problem"]
    return note


def _other_table(data: str, reason: Note | str) -> DataError:
    text = "explore: {data}: must have the columns of the training; {reason} Name another table with --data."
    return DataError.of("explore_other_columns", text, data=data, reason=reason)


def _absolute(source: str) -> str:
    return str(Path(source).expanduser().absolute()) if is_local(source) else source


def _unreadable(error: DataError, data: str | None, source: str) -> DataError:
    """Return the error of a table that was not named on the command line, with what to do about it."""
    if data is not None:
        return error
    text = (
        "explore: {source}: the table of the training cannot be used ({reason}). Name it with --data TABLE; or show "
        "the saved model without it, by --sha256 PIN or --trust-pickle."
    )
    return DataError.of("explore_no_table", text, source=source, reason=note_of(error))


def _unknown_model(name: str, known: Iterable[str]) -> UsageError:
    listed = list(known)
    text = "explore: --model must be one of {known}; got {given!r}{hint}"
    return UsageError.of(
        "explore_unknown_model", text, known=", ".join(listed), given=name, hint=did_you_mean(name, listed)
    )
