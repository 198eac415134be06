"""A Keras model and arrays in, trained weights and their history out; knows nothing of scikit-learn or YAML."""

from skdl.training._cache import use_compilation_cache
from skdl.training._callbacks import EarlyStop
from skdl.training._history import Training
from skdl.training._order import Purpose, derive_seed, own_random, split_rows
from skdl.training._penalty import penalty
from skdl.training._precision import precision
from skdl.training._predict import predict
from skdl.training._program_cache import n_traces
from skdl.training._rows import Rows
from skdl.training._sketch import Sketch, blueprint_of
from skdl.training._structure import foreign_parts
from skdl.training._train import evaluate, train

__all__ = [
    "EarlyStop",
    "Purpose",
    "Rows",
    "Sketch",
    "Training",
    "blueprint_of",
    "derive_seed",
    "evaluate",
    "foreign_parts",
    "n_traces",
    "own_random",
    "penalty",
    "precision",
    "predict",
    "split_rows",
    "train",
]

use_compilation_cache()
