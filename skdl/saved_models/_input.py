"""Tables read in the way of a saved model: its columns, in the form that its ``predict`` takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pandas.api.types import is_numeric_dtype

from skdl._arguments import check_path
from skdl._settings import default_settings
from skdl.saved_models._load import read_manifest
from skdl.schema import model_rows
from skdl.tables import read_header, read_table

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from skdl.tables import Reading

__all__ = ["read_input"]

_WITH_TYPES = (".parquet", ".pq", ".feather", ".arrow")


@default_settings()
def read_input(model: str | os.PathLike[str], source: str | os.PathLike[str]) -> Any:
    r"""Read a table as the saved model's training table was read, for its ``predict``.

    Separator, decimal comma, missing values, renamed columns and dates are those of the pipeline file, so that a
    column ``date`` becomes ``date_year``, ``date_month``, ... again, which ``pandas.read_csv`` cannot know.

    Parameters
    ----------
    model : path
        Folder of the saved model. Its manifest alone is read; nothing is unpickled.
    source : path
        The table: a file or a glob pattern (csv, tsv, parquet, feather; csv and tsv also compressed).

    Returns
    -------
    pandas.DataFrame or numpy.ndarray of shape (n_rows, n_columns)
        The columns of the model, in its order; an array where it was fitted on one.

    Raises
    ------
    DataError
        If the table cannot be read, lacks a column, or has a value that is no number where the model needs one.
        `score_table` keeps such rows apart instead.
    ModelFileError
        If the folder is no saved model.

    Examples
    --------
    >>> import tempfile, pathlib, skdl
    >>> from sklearn.linear_model import LinearRegression
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> import pandas as pd
    >>> X = pd.DataFrame({"size": [1.0, 2.0, 3.0]})
    >>> saved = skdl.save_model(LinearRegression().fit(X, [2.0, 4.0, 6.0]), folder / "model", X=X)
    >>> _ = (folder / "new.csv").write_text("name,size\na,4\nb,5\n")
    >>> model = skdl.load_model(saved.path, sha256=saved.sha256)
    >>> model.predict(skdl.read_input(saved.path, folder / "new.csv")).round(6).tolist()
    [8.0, 10.0]
    """
    check_path("read_input: source", source, "Several files are a pattern, such as 'parts/*.csv'.")
    manifest = read_manifest(model).manifest
    schema, reading = manifest.schema, manifest.reading
    header = read_header(str(source), reading)
    fitting = reading if header is None else _only_for(header, reading)
    frame = read_table(str(source), fitting)
    # A batch of codes that are all digits: read as text, they keep their spelling.
    numbers = [
        column.name
        for column in schema.columns
        if column.kind == "text" and column.name in frame and is_numeric_dtype(frame[column.name])
    ]
    if numbers and header is not None and not str(source).lower().endswith(_WITH_TYPES):
        texts = read_table(str(source), replace(fitting, dtypes=dict.fromkeys(numbers, "string"), dates={}))
        frame = frame.assign(**{name: texts[name] for name in numbers})
    return model_rows(frame, schema, reading, where=str(source))


def _only_for(header: Sequence[str], reading: Reading) -> Reading:
    """Reading without the columns that a table does not have; it may have new names and parts of dates already."""
    rename = {old: new for old, new in reading.rename.items() if old in header}
    names = {rename.get(name, name) for name in header}
    parts = reading.new_names()
    return replace(
        reading,
        rename=rename,
        dtypes={name: declared for name, declared in reading.dtypes.items() if name in names},
        dates={name: dates for name, dates in reading.dates.items() if name in names and names.isdisjoint(parts[name])},
    )
