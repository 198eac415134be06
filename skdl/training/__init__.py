"""Training of Keras models on arrays, compiled as one XLA program; without scikit-learn and without YAML.

The way of a fit through the modules:

1. `_train.train` takes `Rows` (table, targets, weights) and decides who trains: a compiled program or Keras itself.
2. `_structure` digests what a trace bakes in (layers, optimizer, loss); `_traced_hyperparameters` takes out of it the
   numbers that become inputs. `_program_cache` holds one `_program.Program` for each structure.
3. `_batches.Schedule` draws the row order of each epoch; `_feed` brings rows to the device in padded batches.
4. The program runs on the network's variables (`_state.NetworkState`), block by block; `train` returns a `Training`.

A `_lazy_model.LazyModel` represents a ``keras.Model`` whose variables exist as arrays and whose layers do not yet.
"""

from skdl._randomness import Purpose, derive_seed, seeded_python_random, split_rows
from skdl.training._batches import Rows, round_up_size
from skdl.training._callbacks import EarlyStop
from skdl.training._carry_over import carry_over, carry_over_weights
from skdl.training._class_metrics import ClassMetric
from skdl.training._jax_settings import precision, use_compilation_cache
from skdl.training._keras_warnings import without_array_warnings
from skdl.training._lazy_model import LazyModel, model_template
from skdl.training._predict import penalty, predict
from skdl.training._program_cache import n_traces
from skdl.training._structure import custom_objects_of, optimizer_config, serialize_network
from skdl.training._train import Training, evaluate, train

__all__ = [
    "ClassMetric",
    "EarlyStop",
    "LazyModel",
    "Purpose",
    "Rows",
    "Training",
    "carry_over",
    "carry_over_weights",
    "custom_objects_of",
    "derive_seed",
    "evaluate",
    "model_template",
    "n_traces",
    "optimizer_config",
    "penalty",
    "precision",
    "predict",
    "round_up_size",
    "seeded_python_random",
    "serialize_network",
    "split_rows",
    "train",
    "without_array_warnings",
]

use_compilation_cache()
