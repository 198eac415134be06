"""Tables read in the way of a saved model: its columns, in the form that its ``predict`` takes."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from skdl._arguments import check_path
from skdl._settings import default_settings
from skdl.saved_models._load import read_manifest
from skdl.schema import model_rows
from skdl.tables import read_fields

if TYPE_CHECKING:
    import os

__all__ = ["read_input"]


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

    Warns
    -----
    UserWarning
        If lines were left out because they are no rows, such as a repeated header, a total, or a source below the last
        row; if the file has another encoding or comments above the column names.

    Raises
    ------
    DataError
        If the table cannot be read, lacks a column, or has a value that is written otherwise than in training, such as
        ``50%`` where training had plain numbers. `score_table` keeps such rows apart instead.
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
    content, notes = read_fields(str(source), reading)
    for note in notes:
        warnings.warn(f"read_input: {note}", UserWarning, stacklevel=3)  # above the settings' wrapper
    if isinstance(content, pa.Table):  # of text in UTF-8, whatever the encoding of the file
        reading = replace(reading, separator=",", encoding=None)
    return model_rows(content, schema, reading, where=str(source))
