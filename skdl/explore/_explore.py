"""From a source to the page: fit, take apart, encode within the size of a page, write."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import numpy as np
import pandas as pd
from markupsafe import Markup, escape
from sklearn.base import clone

from skdl._arguments import check_path, is_whole, shown
from skdl._settings import default_settings
from skdl.cross_validation import final_estimator
from skdl.exceptions import DataError, OutputError, UsageError
from skdl.explore._encoding import SnapshotSize
from skdl.explore._inside import is_network, look_inside
from skdl.explore._page import Prepared, Subject, page_data, predict_model, prepare
from skdl.explore._render import MARK, render_page
from skdl.explore._sources import Remark, Source, Trust, open_source
from skdl.explore._surfaces import fit_classical, surfaces_of
from skdl.explore._texts import explore_strings
from skdl.explore._training import training_data, try_it_data
from skdl.files import replace_file
from skdl.report.sections.errors.images import pixel_positions
from skdl.schema import describe_model
from skdl.workers import limit_openmp_threads

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from skdl.explore._columns import PageColumns
    from skdl.explore._fit import FittedNetwork
    from skdl.report import Strings
    from skdl.saved_models import Key

Step = Literal["read", "fit", "surface", "write"]

MOST_ROWS = 2_000  # in a page
_MOST_COLUMNS = 200
_MOST_BYTES = 1_500_000  # of a page without rows
_MARGIN_BYTES = 15_000  # for notes, scales of snapshots, and what is escaped
_SURFACE_BYTES = 250_000
_MANY_WEIGHTS = 200_000  # that a page of this size cannot hold
_MOST_WEIGHTS = 4_000_000
# Tried in this order, from the finest to the coarsest. The 28 snapshots of the 140,000 weights of a keras_real_mlp take
# 520 kB with a step of 0.75, and probabilities are then off by 0.01 on average.
_SNAPSHOTS = (
    SnapshotSize(30, step=0.0, most_bytes=150_000),
    *(SnapshotSize(30, step=step, most_bytes=400_000) for step in (0.02, 0.05)),
    *(
        SnapshotSize(30, step=step, most_bytes=_MOST_BYTES)
        for step in (0.1, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.5, 2.0)
    ),
    *(SnapshotSize(n, step=2.0, most_bytes=_MOST_BYTES) for n in (15, 10, 6, 3)),
)


@dataclass(frozen=True)
class ExplorePage:
    """A page that was written.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    n_bytes : int
        Its size.
    model : str
        Name of the model that it shows.
    n_rows : int
        Rows of the table that it holds.
    notes : tuple of str
        What was chosen, and what the page does not hold, in its language.
    """

    path: Path
    n_bytes: int
    model: str
    n_rows: int
    notes: tuple[str, ...]

    def _repr_html_(self) -> str:
        """Return a link to the page, for a notebook, and the notes."""
        path = self.path.resolve()
        # A notebook opens files below its folder by their relative path alone.
        relative = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        link = Markup('<a href="{}" target="_blank">{}</a>').format(quote(relative.as_posix()), relative.as_posix())
        return str(Markup("<br>").join([link, *map(escape, self.notes)]))


@default_settings()
def write_explore_page(
    source: str | os.PathLike[str],
    *,
    data: str | os.PathLike[str] | None = None,
    model: str | None = None,
    out: str | os.PathLike[str] | None = None,
    rows: int | None = None,
    lang: str | None = None,
    sha256: str | None = None,
    public_key: Key | None = None,
    trust_pickle: bool = False,
    allow_other_versions: bool = False,
    allow_packages: Sequence[str] = (),
    on_step: Callable[[Step, str], None] | None = None,
) -> ExplorePage:
    """Write a page that shows what happens in the hidden layers of a network, on your own table.

    The network is fitted on all rows again, with the same seed, so that the page can replay its training; without a
    table, a saved model is shown as it is.

    Parameters
    ----------
    source : path or str
        Results folder of `skdl.compare`, folder of a saved model, pipeline file, or built-in table such as
        ``"builtin:xor"``, on which a small network is trained.
    data : path, default=None
        The table; None is that of the pipeline.
    model : str, default=None
        Name of the model; None is the recommended one if it is a network, else the best network.
    out : path, default=None
        The page; None is ``explore.html``, in the results folder where the source is one, else in the working folder.
    rows : int, default=None
        Rows of the table that the page holds, at most 2,000; None is none, but for a built-in table all of them.
    lang : {"en", "ko"}, default=None
        Language of the page; None is that of the comparison, or English.
    sha256, public_key, trust_pickle, allow_other_versions
        As in `skdl.load_model`. They are needed where there is no table to fit the network on.
    allow_packages : sequence of str, default=()
        As in `skdl.read_pipeline`.
    on_step : callable, default=None
        Called with the name of each step that begins, and of the model that it is about, or ``""``: ``"read"``,
        ``"fit"``, ``"surface"``, ``"write"``.

    Returns
    -------
    ExplorePage
        File, size, and notes.

    Raises
    ------
    DataError
        If the table cannot be read, does not fit, or has too many columns for a page.
    ModelFileError, NotTrustedError
        If a saved model is damaged, or needs to be loaded and is not trusted.
    OutputError
        If the page cannot be written.
    UsageError
        If there is no such model, or an argument is not as described.

    Examples
    --------
    >>> import tempfile
    >>> from skdl.explore import write_explore_page
    >>> folder = tempfile.mkdtemp()
    >>> page = write_explore_page("builtin:xor", out=f"{folder}/xor.html")
    >>> page.model, page.n_rows, page.n_bytes < 1_500_000
    ('keras_mlp', 400, True)
    """
    step = on_step or _no_step
    check_path("explore: source", source)
    _check_rows(rows)
    step("read", "")
    opened = open_source(
        str(source),
        data=None if data is None else str(data),
        model=model,
        trust=Trust(sha256, public_key, trust_pickle, allow_other_versions),
        allow_packages=tuple(allow_packages),
    )
    return write_page_of(opened, out=out, rows=rows, lang=lang, on_step=step)


def write_page_of(
    source: Source,
    *,
    out: str | os.PathLike[str] | None,
    rows: int | None,
    lang: str | None,
    on_step: Callable[[Step, str], None] | None = None,
) -> ExplorePage:
    """Write the page of an opened source; errors are those of `write_explore_page`."""
    on_step = on_step or _no_step
    _check_rows(rows)
    if out is not None:
        check_path("explore: out", out)
    strings, page_strings = explore_strings(lang or source.lang or "en")
    target = Path(out) if out is not None else (source.folder or Path()) / "explore.html"
    _check_target(target)
    if source.fitted is None:
        on_step("fit", source.name)
    # As in a comparison, so that forests of few rows do not wait for threads.
    with warnings.catch_warnings(), limit_openmp_threads(0 if source.rows is None else len(source.rows.y)):
        warnings.simplefilter("ignore")  # of fits, whose curves and surfaces show what came of them
        return _write_page_of(source, target, rows, strings, page_strings, on_step)


def _write_page_of(
    source: Source,
    target: Path,
    rows: int | None,
    strings: Strings,
    page_strings: dict[str, str],
    on_step: Callable[[Step, str], None],
) -> ExplorePage:
    n_rows = _n_rows(source, rows)
    subject, fitted = _fit(source)
    prepared = prepare(replace(subject, shown=_chosen_rows(source, n_rows)) if n_rows else subject)
    image = (
        None if subject.X is None else pixel_positions(subject.X, None if source.rows is None else source.rows.kinds)
    )
    n_columns = len(prepared.columns.columns)
    if n_columns > _MOST_COLUMNS and image is None:
        text = (
            "explore: {name} must have {most} columns at most, unless they are the pixels of images; got {n}. Drop "
            "columns from the table (data.drop), or explore a model of fewer."
        )
        raise DataError.of("explore_many_columns", text, name=source.name, most=_MOST_COLUMNS, n=n_columns)
    network = prepared.inside.network
    n_weights = 0 if network is None else sum(array.size for array in network.weights_)
    if n_weights > _MOST_WEIGHTS:
        text = (
            "explore: {name} must have {most:,} weights at most, for a page that a browser can open; got {n:,}. "
            "Explore a smaller network."
        )
        raise DataError.of("explore_many_weights", text, name=source.name, most=_MOST_WEIGHTS, n=n_weights)
    data = page_data(prepared, strings, page_strings)
    if image is None:
        own = {source.name: subject.model} if network is None else {}
        data["surfaces"] = _surfaces(own, source, prepared, strings, on_step)
    on_step("write", "")
    if fitted is not None:
        from skdl.explore._fit import encode_training  # it imports Keras, as the fit of a network did

        data["training"] = training_data(fitted.network, strings)
        if network is not None:
            room = _MOST_BYTES - _MARGIN_BYTES - len(render_page(data, "").encode())
            data["snapshots"] = encode_training(fitted, room, _SNAPSHOTS)
            data["try_it"] = try_it_data(fitted.network, network) if n_rows else None
    if n_rows and source.rows is not None:
        data["rows"] = _rows(prepared, source, n_rows)
    if image is not None:
        data = _with_pixels(data, *image, prepared.columns)
    remarks = [*source.remarks, *_remarks(source, prepared, fitted, data, rows)]
    data["notes"] = [strings(f"remark.{one.key}", **one.values) for one in remarks]
    content = render_page(data, f"{source.title}: {source.name}").encode()
    _write(target, content)
    return ExplorePage(target, len(content), source.name, n_rows, tuple(data["notes"]))


def _no_step(step: Step, model: str) -> None:
    """Do nothing where nobody follows the steps."""


def _check_rows(rows: int | None) -> None:
    if rows is not None and not (is_whole(rows, least=0) and rows <= MOST_ROWS):
        text = "explore: --rows must be a whole number from 0 to {most:,}; got {given}."
        raise UsageError.of("explore_rows", text, most=MOST_ROWS, given=shown(rows))


def _fit(source: Source) -> tuple[Subject, FittedNetwork | None]:
    """Fit the model on all rows; return it with what was recorded of its training."""
    if source.fitted is not None:
        return Subject(source.title, source.name, source.fitted, source.fitted.schema_, _as_frame(source.X)), None
    rows = source.rows
    assert rows is not None
    if is_network(final_estimator(source.estimator)):
        from skdl.explore._fit import fit_recorded

        fitted = fit_recorded(source.estimator, rows)
        model: Any = fitted.model
    else:
        fitted = None
        model = rows.fit(clone(source.estimator))
    schema = describe_model(model, rows.X, rows.named_y)[0]
    return Subject(source.title, source.name, model, schema, _as_frame(rows.X), rows.y), fitted


def _as_frame(X: Any) -> pd.DataFrame | None:
    if X is None or isinstance(X, pd.DataFrame):
        return X
    return X.to_pandas() if hasattr(X, "to_pandas") else pd.DataFrame(np.asarray(X))


def _surfaces(
    own: dict[str, Any],
    source: Source,
    prepared: Prepared,
    strings: Strings,
    on_step: Callable[[Step, str], None],
) -> dict[str, Any] | None:
    """Return the surfaces of classical models, with that of the model itself where there is no network."""
    models, labels = dict(own), {}
    for use, (name, estimator) in source.classical.items():
        if source.rows is not None and name not in own:
            on_step("surface", name)
            models |= fit_classical({name: estimator}, source.rows)
            labels[name] = strings(f"model_label.{use}") if name == use else name
    return surfaces_of(models, labels, prepared.columns, prepared.order, _SURFACE_BYTES)


def _with_pixels(data: dict[str, Any], side: int, positions: list[int], known: PageColumns) -> dict[str, Any]:
    """Return the data with a column for each pixel of an image, row by row: also for those that no network gets."""
    ink = max(column["maximum"] or 0.0 for column in data["columns"])
    by_position = dict(zip(positions, range(len(positions)), strict=True))
    blank = {
        **data["columns"][0],
        "minimum": 0.0,
        "maximum": 0.0,
        "typical": 0.0,
        "importance": 0.0,
        "histogram": [],
        "preprocessing": "",
    }
    columns = [
        # Without histograms, of which there would be more than of anything else.
        {**data["columns"][by_position[place]], "histogram": []} if place in by_position else {**blank, "name": ""}
        for place in range(side * side)
    ]
    groups = [{**group, "columns": [positions[one] for one in group["columns"]]} for group in data["groups"]]
    inputs = [{**one, "column": positions[one["column"]]} for one in data["inputs"]]
    rows = data["rows"]
    if rows is not None:
        empty = [0.0] * rows["n"]
        cells = [rows["cells"][by_position[p]] if p in by_position else empty for p in range(side * side)]
        rows = {**rows, "cells": cells}
    mean = np.zeros(side * side)
    if known.X is not None:
        mean[positions] = known.X.to_numpy(np.float64).mean(axis=0)
    image = {"height": side, "width": side, "ink": ink, "mean": np.round(mean, 1).tolist()}
    return {**data, "columns": columns, "groups": groups, "inputs": inputs, "rows": rows, "image": image}


def _n_rows(source: Source, asked: int | None) -> int:
    n = 0 if source.rows is None else len(source.rows.y)
    return min(n, MOST_ROWS if source.is_made and asked is None else asked or 0)


def _chosen_rows(source: Source, n_rows: int) -> NDArray[np.int_]:
    """Draw rows of the table, in its order."""
    assert source.rows is not None
    return np.sort(np.random.default_rng(0).choice(len(source.rows.y), n_rows, replace=False))


def _rows(prepared: Prepared, source: Source, n_rows: int) -> dict[str, Any]:
    """Return the rows of the page."""
    assert source.rows is not None
    assert prepared.columns.X is not None
    y = source.rows.y
    chosen = _chosen_rows(source, n_rows)
    cells = prepared.columns.cells(prepared.columns.X.iloc[chosen])
    targets = np.asarray(y)[chosen].reshape(n_rows, -1)
    classes = prepared.subject.schema.classes
    if classes is not None and targets.shape[1] == 1:
        places = {label: place for place, label in enumerate(classes)}
        target: list[list[float]] = [[float(places[label]) for label in targets[:, 0].tolist()]]
    else:
        target = targets.astype(np.float64).T.tolist()
    return {"n": n_rows, "cells": cells.T.tolist(), "target": target}


def _remarks(
    source: Source, prepared: Prepared, fitted: FittedNetwork | None, data: dict[str, Any], asked: int | None
) -> list[Remark]:
    """Return what is to be said about the page."""
    found = []
    inside = prepared.inside
    if inside.network is None:
        # Lists of models, as voting, stacking, blends, bags and calibrations in folds have.
        is_ensemble = any(
            hasattr(inside.final, name) for name in ("estimators", "estimators_features_", "calibrated_classifiers_")
        )
        key = "ensemble" if is_ensemble else "no_network"
        key = "keras_only" if inside.is_keras_only else f"{key}_alone" if source.fitted is not None else key
        if data["surfaces"] is None:
            key = "no_axis" if prepared.columns.X is not None else "no_axis_untabled"
        found.append(Remark(key, {"model": source.name}))
    found += [Remark(f"wrapped_{one}") for one in inside.wrappers if inside.network is not None]
    found += _column_remarks(prepared)
    if prepared.preprocessing is not None and prepared.preprocessing.no_missing:
        found.append(Remark("no_missing"))
    if fitted is not None:
        found += _compared(source, prepared)
        if data["snapshots"] is None and inside.network is not None:
            found.append(Remark("no_snapshots"))
        elif data["snapshots"] is not None and data["snapshots"]["is_rounded"]:
            found.append(Remark("few_snapshots", {"n": len(data["snapshots"]["epochs"])}))
    n_weights = 0 if inside.network is None else sum(array.size for array in inside.network.weights_)
    if n_weights > _MANY_WEIGHTS:
        found.append(Remark("many_weights", {"n": f"{n_weights:,}"}))
    if data["rows"] is None:
        found += [Remark("rows_without_target")] if asked and source.rows is None else []
        found.append(Remark("no_rows"))
    else:
        found.append(Remark("made_rows" if source.is_made else "holds_rows", {"n": data["rows"]["n"]}))
    return found


def _column_remarks(prepared: Prepared) -> list[Remark]:
    """Return what is to be said about columns that the page shows in part."""
    found = []
    columns = prepared.columns.columns
    exported = prepared.preprocessing
    groups = [range(len(columns))] if exported is None else [group["columns"] for group in exported.groups]
    used = {number for group in groups for number in group}
    fixed = [column.name for number, column in enumerate(columns) if column.kind == "fixed" and number in used]
    if fixed:
        found.append(Remark("fixed", {"columns": _some(fixed)}))
    unnamed = [f"{column.name} ({column.n_unnamed:,})" for column in columns if column.n_unnamed]
    if unnamed:
        key = "unnamed_uncounted" if prepared.columns.X is None else "unnamed"
        found.append(Remark(key, {"columns": _some(unnamed)}))
    return found


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


def _compared(source: Source, prepared: Prepared) -> list[Remark]:
    """Compare the fit with the saved model: by its weights where it was loaded, else by its reference predictions."""
    network, model = prepared.inside.network, prepared.subject.model
    saved = None if source.saved_model is None else look_inside(source.saved_model).network
    if saved is not None and network is not None:
        same = len(saved.weights_) == len(network.weights_) and all(
            map(np.array_equal, saved.weights_, network.weights_)
        )
        return [Remark("same_weights" if same else "other_weights")]
    manifest = source.saved
    if manifest is None or manifest.reference is None:
        return []
    reference = manifest.reference
    expected = reference.probabilities if reference.probabilities is not None else reference.predictions
    found = predict_model(model, manifest.schema.rows(reference.rows))
    try:
        known = np.asarray(expected, dtype=np.float64).reshape(len(found), -1)
    except (TypeError, ValueError):  # labels
        return []
    scale = np.asarray(reference.scale)
    same = known.shape == found.shape and np.allclose(found, known, rtol=1e-5, atol=1e-6 * scale)
    return [Remark("same_predictions" if same else "other_predictions", {"n": len(found)})]


# The file.


def _check_target(target: Path) -> None:
    """Refuse to overwrite a file that is no such page, and a place where nothing can be written."""
    if target.is_dir():
        text = "explore: --out must be a file; got the folder {file}. Name a file in it."
        raise UsageError.of("explore_out_folder", text, file=target)
    if target.exists():
        with target.open("rb") as file:
            start = file.read(2000)
        if MARK.encode() not in start:
            text = "explore: {file} is there, and was not written by skdl explore. Name another file with --out."
            raise UsageError.of("explore_other_file", text, file=target)
    try:  # before minutes of fitting
        tempfile.TemporaryFile(dir=next(one for one in target.absolute().parents if one.exists())).close()
    except OSError as error:
        raise _not_written(target, error) from error


def _write(target: Path, content: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replace_file(target) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise _not_written(target, error) from error


def _not_written(target: Path, error: OSError) -> OutputError:
    text = "explore: {file}: must be writable; {reason}. Name another file with --out."
    return OutputError.of("explore_not_written", text, file=target, reason=error.strerror or str(error))
