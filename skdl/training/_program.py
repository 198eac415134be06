"""Training programs: a whole fit, or a forward pass, traced once a structure and compiled once a shape.

The functions are pure: arrays in, arrays out. They call Keras' own ``stateless_call``, loss, metrics and
``stateless_apply`` in loops whose lengths are inputs, so that one program serves any number of epochs and all tables of
one padded size.

Padding has weight 0, so that a mean over the weights of a batch is the mean over its real rows. Where rows of a batch
interact nothing is padded, and the last, shorter batch of an epoch is a step of its own.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from skdl.training._batches import CompiledSizes
from skdl.training._callbacks import greater_is_better
from skdl.training._metrics import compile_metrics, describe_metrics
from skdl.training._program_cache import CACHE
from skdl.training._state import EarlyStoppingState, Monitor, Sums
from skdl.training._structure import copy_for_tracing, structure_of
from skdl.training._traced_hyperparameters import substitute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from skdl.training._metrics import CompiledMetrics
    from skdl.training._state import Block, NetworkState, Patience, Table


@dataclass(frozen=True)
class Program:
    """The compiled functions of one structure; each is compiled at its first call.

    ``run`` trains a block of epochs on rows that are on the device; the next three are its parts, for rows that arrive
    in blocks of batches.
    """

    run: Callable[..., Any]
    steps: Callable[..., Any]  # gradient steps over some of an epoch's batches
    evaluate: Callable[..., Any]  # sums over validation batches
    update_early_stopping: Callable[..., Any]  # the end of an epoch
    names: tuple[str, ...]  # of an epoch's record
    zero_sums: Callable[[Any], Sums]  # the sums before the first batch of an epoch
    sizes: CompiledSizes = field(default_factory=CompiledSizes)
    _shapes: set[Any] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def compile_once(self, shapes: Any) -> Iterator[None]:
        """Let one thread compile for these shapes while others wait: JAX would compile the same in each of them."""
        if shapes in self._shapes:  # compiled already: calls run side by side
            yield
            return
        with self._lock:
            yield
            self._shapes.add(shapes)


def training_program(
    model: Any, *, y_shape: tuple[int, ...], has_validation: bool, monitor: str | None, compile_quickly: bool
) -> Program | None:
    """Return the program that trains the structure of a compiled model, for targets of this shape a row.

    ``monitor`` is the recorded value by which the best weights are chosen. None: the training loss, which judges the
    weights that the epoch began with, since what its last step did to them shows only in the next epoch.
    ``compile_quickly`` chooses a program that is ready in half the time, and trains a little slower.

    There is none where the structure cannot be described or copied, ``monitor`` is not recorded, or Keras does not know
    whether it should increase.
    """
    key = structure_of(model, trained=True)
    metrics = describe_metrics(model)
    if key is None or metrics is None:
        return None

    def build() -> Program | None:
        copy = copy_for_tracing(model, trained=True)
        if copy is None:
            return None
        network, optimizer = copy
        compiled = compile_metrics(network, optimizer, model, y_shape)
        if compiled is None:
            return None
        names = ("loss", *compiled.names)
        names += tuple(f"val_{name}" for name in names) if has_validation else ()
        if monitor is not None and monitor not in names:
            return None
        try:
            is_greater_better = monitor is not None and greater_is_better(monitor, network)
        except ValueError:
            return None
        monitored = None if monitor is None else Monitor(names.index(monitor), is_greater_better)
        functions = _Epochs(network, optimizer, model.loss, compiled, names, has_validation, monitored)
        run, steps, evaluate, update = (
            _compiled(function, network, optimizer, _quick_options() if compile_quickly else None)
            for function in (functions.run, functions.steps, functions.evaluate, functions.update_early_stopping)
        )
        return Program(run, steps, evaluate, update, names, functions.zero_sums)

    program: Program | None = CACHE.get((key, str(metrics), y_shape, has_validation, monitor, compile_quickly), build)
    return program


def _compiled(
    function: Callable[..., Any], model: Any, optimizer: Any, options: dict[str, Any] | None
) -> Callable[..., Any]:
    """Compile a function of a network's state; the network's hyperparameters are in the copy while it is traced."""

    def traced(net: NetworkState, *arguments: Any) -> Any:
        CACHE.count_trace()
        with substitute(model, optimizer, net.hyperparameters):
            return function(net, *arguments)

    traced.__name__ = function.__name__  # in JAX's logs and profiles
    return jax.jit(traced, compiler_options=options)  # type: ignore[no-any-return]


@cache
def _quick_options() -> dict[str, Any] | None:
    """Return options of XLA that compile a program in half the time; None where this version does not know them.

    The older of its two code generators for CPUs, and one part of code in place of many. With jaxlib 0.10, a step then
    takes 10 to 35 % longer; results differ in the last bits, if at all.
    """
    options = {"xla_cpu_use_fusion_emitters": False, "xla_cpu_parallel_codegen_split_count": 1}
    try:
        jax.jit(lambda x: x, compiler_options=options)(np.zeros((), np.float32))
    except jax.errors.JaxRuntimeError:
        return None
    return options


def forward_program(model: Any) -> Callable[..., Any] | None:
    """Return the program that applies a structure to a chunk of rows; None where it cannot be described or copied."""
    key = structure_of(model, trained=False)
    if key is None:
        return None

    def build() -> Callable[..., Any] | None:
        copy = copy_for_tracing(model, trained=False)
        if copy is None:
            return None

        network, _ = copy

        def forward(trainable: list[Any], other: list[Any], X: Any) -> Any:
            CACHE.count_trace()
            # Of outputs and updated variables the outputs alone: inference keeps no state.
            return network.stateless_call(trainable, other, X, training=False)[0]

        return jax.jit(forward)  # type: ignore[no-any-return]

    program: Callable[..., Any] | None = CACHE.get(key, build)
    return program


class _Batch(NamedTuple):
    """Rows of one step."""

    X: Any  # (width, ...)
    y: Any  # (width, n_outputs)
    weight: Any  # (width,), 0 for padding
    real: Any  # (width,), 1 for real rows and 0 for padding
    n_real: Any  # scalar


@dataclass(frozen=True)
class _Epochs:
    """The functions that are traced for one structure."""

    model: Any  # a copy for tracing, as the optimizer too: no fit trains them, and they hold no data
    optimizer: Any
    loss: Any
    metrics: CompiledMetrics
    names: tuple[str, ...]  # of an epoch's record, the loss first
    has_validation: bool
    monitor: Monitor | None

    def zero_sums(self, dtype: Any) -> Sums:
        """Return the sums before the first batch of an epoch."""
        return Sums(np.zeros((), dtype), self.metrics.initial)

    def run(
        self, net: NetworkState, rows: Table, validation: Sequence[Table], block: Block, stopping: EarlyStoppingState
    ) -> Any:
        """Train epoch after epoch until the block ends or early stopping does; ``validation`` is divided into batches.

        Return the number of epochs trained, the network, the records of these epochs (n_names, capacity), and the state
        of early stopping.
        """
        batch_size, n_tail = block.order.shape[1], 0 if block.tails is None else block.tails.shape[1]
        n_steps = (rows.n_rows - n_tail + batch_size - 1) // batch_size  # traced: the number of rows is an input
        n_validation = sum((table.n_rows for table in validation), start=jnp.int32(0))
        zero = self.zero_sums(rows.weight.dtype)
        # An epoch a column. The row order has a line for each batch of the block, so there are columns enough. The
        # columns that are left over are cut off; NaN in them would raise under jax_debug_nans.
        records = jnp.zeros((len(self.names), block.order.shape[0]), rows.weight.dtype)

        def continues(carried: Any) -> Any:
            number, _, _, stopping = carried
            return (number < block.n_epochs) & ~stopping.stopped

        def epoch(carried: Any) -> Any:
            number, before, records, stopping = carried

            def batch(step: Any) -> _Batch:
                # Line number * n_steps + step of the order is this step's batch; in the last one of an epoch fewer rows
                # are left than it has positions.
                return _gather_batch(rows, block.order[number * n_steps + step], rows.n_rows - step * batch_size)

            net, sums = self._steps(before, zero, batch, n_steps)
            if n_tail:  # a second step body, for its shape: normalising over padded rows would change the result
                net, sums = self._step(net, sums, _gather_batch(rows, block.tails[number], jnp.int32(n_tail)))
            epoch_sums, n_rows, epoch_number = [sums], (rows.n_rows, n_validation), block.first_epoch + number
            judged, stopping = average_weights(net, stopping, block.patience, epoch_number)
            if self.has_validation:
                validation_sums = zero
                for table in validation:  # whole batches, and the tail where it must not be padded
                    validation_sums = self.evaluate(judged, table, validation_sums)
                epoch_sums.append(validation_sums)
            stopping, record = self.update_early_stopping(
                judged, stopping, before, epoch_sums, n_rows, epoch_number, block.patience
            )
            return number + 1, net, records.at[:, number].set(record), stopping

        return lax.while_loop(continues, epoch, (jnp.zeros((), jnp.int32), net, records, stopping))

    def steps(self, net: NetworkState, rows: Table, sums: Sums) -> tuple[NetworkState, Sums]:
        """Take one gradient step for each batch of ``rows``, and add to the sums."""
        return self._steps(net, sums, lambda number: _batch_at(rows, number), _n_batches(rows))

    def _steps(
        self, net: NetworkState, sums: Sums, batch: Callable[[Any], _Batch], n_steps: Any
    ) -> tuple[NetworkState, Sums]:
        # One loop body for all steps, with a traced number of them, compiles in about a third of the time of nested
        # scans with a second copy of the step for the last batch.
        def step(number: Any, carried: Any) -> Any:
            net, sums = carried
            return self._step(net, sums, batch(number))

        stepped: tuple[NetworkState, Sums] = lax.fori_loop(0, n_steps, step, (net, sums))
        return stepped

    def _step(self, net: NetworkState, sums: Sums, batch: _Batch) -> tuple[NetworkState, Sums]:
        """Take one gradient step; its loss is that of the weights before it, as Keras records it."""
        value_and_gradients = jax.value_and_grad(self._loss, has_aux=True)
        (loss, (other, predicted)), gradients = value_and_gradients(net.trainable, net.other, batch, training=True)
        trainable, optimizer = self.optimizer.stateless_apply(net.optimizer, gradients, net.trainable)
        # Lists, because a loop must carry the same structure of arrays in and out.
        stepped = net._replace(trainable=list(trainable), other=list(other), optimizer=list(optimizer))
        return stepped, self._add(sums, batch, loss, predicted)

    def evaluate(self, net: NetworkState, rows: Table, sums: Sums) -> Sums:
        """Add the batches of ``rows`` to the sums, in inference mode."""

        def step(number: Any, sums: Sums) -> Sums:
            batch = _batch_at(rows, number)
            loss, (_, predicted) = self._loss(net.trainable, net.other, batch, training=False)
            return self._add(sums, batch, loss, predicted)

        evaluated: Sums = lax.fori_loop(0, _n_batches(rows), step, sums)
        return evaluated

    def _add(self, sums: Sums, batch: _Batch, loss: Any, predicted: Any) -> Sums:
        # Keras' loss tracker weights a batch by its number of rows, not by their weights.
        metrics = self.metrics.update(sums.metrics, batch.y, predicted, batch.real)
        return Sums(sums.loss + loss * batch.n_real, metrics)

    def _loss(self, trainable: list[Any], other: list[Any], batch: _Batch, *, training: bool) -> Any:
        predicted, other, penalties = self.model.stateless_call(
            trainable, other, batch.X, training=training, return_losses=True
        )
        # Padding has weight 0, and the loss divides by the sum of the weights: this is the mean over the real rows.
        loss = self.loss(batch.y, predicted, sample_weight=batch.weight)
        for penalty in penalties:  # one after the other, as Keras adds them: another order rounds otherwise
            loss = loss + penalty
        return loss, (other, predicted)

    def _record(self, sums: Sequence[Sums], n_rows: Sequence[Any]) -> Any:
        """Return an epoch's record, (n_names,), in the order of ``names``."""
        # Not strict: without validation rows there is one element of sums for the two numbers of rows.
        parts = [
            [one.loss / number, *self.metrics.values(one.metrics)] for one, number in zip(sums, n_rows, strict=False)
        ]
        values = [value for part in parts for value in part]
        # One dtype for the whole record, whatever the dtype of a metric's state.
        return jnp.stack([jnp.asarray(value, values[0].dtype) for value in values])

    def update_early_stopping(
        self,
        net: NetworkState,
        stopping: EarlyStoppingState,
        before: NetworkState,
        sums: Sequence[Sums],
        n_rows: Sequence[Any],
        epoch: Any,
        patience: Patience,
    ) -> tuple[EarlyStoppingState, Any]:
        """End an epoch by the rule of Keras' ``EarlyStopping``, and stop where a value is not finite.

        Return the state of early stopping, and the record of the epoch's sums over ``n_rows`` rows. All branches are
        computed and selected by ``where``: the functions are traced once for every outcome.
        """
        record = self._record(sums, n_rows)
        monitor = self.monitor
        # The training loss is measured during the epoch: it judges the weights that the epoch began with.
        judged, judged_epoch = (before, epoch - 1) if monitor is None else (net, epoch)
        current = record[0 if monitor is None else monitor.position]
        current = -current if monitor is not None and monitor.increases else current  # from here on lower is better
        loss, validation_loss = record[0], record[self.names.index("val_loss") if self.has_validation else 0]
        # A validation loss may be infinite while the weights are sound, a NaN shows that they are not.
        diverged = ~jnp.isfinite(loss) | jnp.isnan(validation_loss) | ~_all_finite(net.trainable)
        first = jnp.isinf(stopping.best)  # any first value is the best so far
        improved = (first | (current + patience.min_delta < stopping.best)) & ~diverged
        wait = jnp.where(improved, 0, stopping.wait + 1)
        updated = EarlyStoppingState(
            best=jnp.where(improved, current, stopping.best),
            best_epoch=jnp.where(improved, judged_epoch, stopping.best_epoch),
            wait=wait,
            diverged=diverged,
            # Keras never stops after epoch 0, whatever the patience.
            stopped=diverged | (~improved & (wait >= patience.epochs) & (epoch > 0)),
            trainable=_where(improved, judged.trainable, stopping.trainable),
            other=_where(improved, judged.other, stopping.other),
            average=stopping.average,
        )
        return updated, record


def average_weights(
    net: NetworkState, stopping: EarlyStoppingState, patience: Patience, epoch: Any
) -> tuple[NetworkState, EarlyStoppingState]:
    """Return the network that is validated after an epoch: where weights are averaged, with their running average.

    It is the mean of the first epochs, and exponential from then on.
    """
    if stopping.average is None:
        return net, stopping
    kept = jnp.minimum(patience.averaging, epoch / (epoch + 1.0)).astype(patience.averaging.dtype)
    pairs = zip(stopping.average, net.trainable, strict=True)
    average = [kept * old + (1.0 - kept) * new for old, new in pairs]
    return net._replace(trainable=average), stopping._replace(average=average)


def _where(condition: Any, new: list[Any], old: list[Any]) -> list[Any]:
    return [jnp.where(condition, one, other) for one, other in zip(new, old, strict=True)]


def _all_finite(weights: list[Any]) -> Any:
    # A sum is finite only where each term is: one reduction instead of a test for each weight.
    return jnp.isfinite(sum((jnp.sum(weight) for weight in weights), start=jnp.zeros(())))


def _n_batches(rows: Table) -> Any:
    """Return the number of batches with a real row."""
    batch_size = rows.X.shape[1]
    return (rows.n_rows + batch_size - 1) // batch_size


def _batch_at(rows: Table, number: Any) -> _Batch:
    """Return a batch of rows that are divided into batches; padding has weight 0 already."""
    batch_size = rows.X.shape[1]
    n_real = jnp.clip(rows.n_rows - number * batch_size, 0, batch_size)
    weight = rows.weight[number]
    return _Batch(rows.X[number], rows.y[number], weight, _real_rows(weight, n_real), n_real)


def _gather_batch(rows: Table, numbers: Any, n_left: Any) -> _Batch:
    """Gather a batch by row numbers (width,); those beyond the ``n_left`` rows that are left get weight 0."""
    n_real = jnp.clip(n_left, 0, numbers.shape[0])
    weight = rows.weight[numbers]
    real = _real_rows(weight, n_real)
    return _Batch(rows.X[numbers], rows.y[numbers], weight * real, real, n_real)


def _real_rows(weight: Any, n_real: Any) -> Any:
    """Return 1 for each of the first ``n_real`` rows of a batch, and 0 for padding, in the weights' dtype."""
    return (jnp.arange(weight.shape[0]) < n_real).astype(weight.dtype)
