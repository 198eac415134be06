"""The function `train`: it lets a compiled program train where one exists, and Keras otherwise."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from skdl.training._batches import Schedule
from skdl.training._callbacks import progress_callbacks
from skdl.training._compiled import fit_compiled, program_for
from skdl.training._keras_fit import Batches, fit_by_keras
from skdl.training._lazy_model import LazyModel
from skdl.training._state import ModelVariables
from skdl.training._structure import rows_interact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skdl.training._callbacks import EarlyStop
    from skdl.training._history import Training
    from skdl.training._rows import Rows

__all__ = ["evaluate", "train"]


def train(
    model: Any,
    rows: Rows,
    *,
    validation: Rows | None = None,
    batch_size: int,
    epochs: int,
    first_epoch: int = 0,
    shuffle: bool = True,
    seed: int,
    early_stop: EarlyStop | None = None,
    callbacks: Sequence[Any] = (),
    verbose: int = 0,
) -> Training:
    """Train a compiled network in place.

    Parameters
    ----------
    model : keras.Model or LazyModel
        Built and compiled; training continues from its weights and the state of its optimizer.
    rows : Rows
        Training rows, targets as the loss takes them.
    validation : Rows, default=None
        Rows that are evaluated after each epoch and never trained on.
    batch_size : int
        Rows per gradient step; the last batch of an epoch may be smaller and is trained on.
    epochs : int
        Passes over the rows.
    first_epoch : int, default=0
        Epochs that this network was trained before. The row order depends on it, so that two epochs at once equal one
        and one more.
    shuffle : bool, default=True
        Draw a new row order each epoch.
    seed : int
        Of the row orders; no global random state is read or changed.
    early_stop : EarlyStop, default=None
        Stop when the monitored value no longer improves, and restore the best weights.
    callbacks : sequence of keras.callbacks.Callback, default=()
        Used without a copy.
    verbose : {0, 1, 2}, default=0
        Silent, one progress bar (none in a worker process or thread), or a line for each epoch.

    Returns
    -------
    Training
        The history of this call, its best epoch, and whether it stopped because a loss or a weight was no longer
        finite: then the model has the best weights so far.
    """
    schedule = Schedule(batch_size=batch_size, epochs=epochs, first_epoch=first_epoch, shuffle=shuffle, seed=seed)
    all_callbacks = [*callbacks, *progress_callbacks(verbose, epochs)]
    settings: dict[str, Any] = {
        "validation": validation,
        "schedule": schedule,
        "early_stop": early_stop,
        "callbacks": all_callbacks,
    }
    if isinstance(model, LazyModel) and not model.is_built and not all_callbacks:
        # Nothing needs a Keras model here: the program of the template trains the arrays.
        # Everything besides the structure that `program_for` depends on here.
        key = (rows.y.shape[1:], validation is not None, early_stop and early_stop.monitor)
        find = partial(program_for, model.template.model, rows, validation, early_stop, ())
        program = model.template.program(key, find)
        if program is not None:
            return fit_compiled(program, model, rows, rows_interact=model.template.rows_interact, **settings)
    network = model.model if isinstance(model, LazyModel) else model
    program = program_for(network, rows, validation, early_stop, all_callbacks)
    if program is None:
        return fit_by_keras(network, rows, **settings)
    return fit_compiled(program, ModelVariables(network), rows, rows_interact=rows_interact(network), **settings)


def evaluate(model: Any, rows: Rows, *, batch_size: int) -> dict[str, float]:
    """Return the compiled loss and metrics of a model on rows, by name, in inference mode."""
    network = model.model if isinstance(model, LazyModel) else model
    values = network.evaluate(Batches(rows, batch_size), return_dict=True, verbose=0)
    return {name: float(value) for name, value in values.items()}
