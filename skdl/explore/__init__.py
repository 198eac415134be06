"""A page that shows what happens in the hidden layers of a network.

The way of the data:

1. `open_source` finds out what is explored (a report, a saved model, a pipeline file, a built-in table): a `Source`.
2. The model is fitted on all rows, with a Keras callback that records its weights (`fit_recorded`).
3. `prepare` takes it apart: columns, preprocessing, a NumPy network, and which columns count.
4. `page_data` makes plain values of it, in the format of ``page/src/format.ts``; snapshots of the weights, surfaces of
   classical models and rows of the table join them.
5. `render_page` writes the values into ``page/page.html``, with the script that ``page/build.mjs`` makes of
   ``page/src``.

The page computes predictions, units and surfaces itself, from the network's own numbers.
"""

from skdl.explore._encoding import SnapshotSize, encode_snapshots
from skdl.explore._explore import MOST_ROWS, ExplorePage, Step, write_explore_page, write_page_of
from skdl.explore._page import Prepared, Subject, page_data, predict_model, prepare
from skdl.explore._render import render_page
from skdl.explore._sources import Source, explore_models
from skdl.explore._texts import explore_strings

__all__ = [
    "MOST_ROWS",
    "ExplorePage",
    "Prepared",
    "SnapshotSize",
    "Source",
    "Step",
    "Subject",
    "encode_snapshots",
    "explore_models",
    "explore_strings",
    "page_data",
    "predict_model",
    "prepare",
    "render_page",
    "write_explore_page",
    "write_page_of",
]
