"""Epochs as pure functions of arrays: what a training program is traced from.

They are Keras' own ``stateless_call``, loss, metrics and ``stateless_apply`` in loops whose lengths are inputs. Rows
stand in padded batches; padding weighs nothing, so that a mean over weights is the mean over the real rows. Where rows
of a batch mix, nothing is padded and the last, shorter batch of an epoch is a step of its own.

``jax.vmap`` maps the functions over a stack of nets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from skdl.training._numbers import filled
from skdl.training._program_cache import CACHE
from skdl.training._values import Sums, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from skdl.training._scores import Scores
    from skdl.training._structure import Template
    from skdl.training._values import Block, Monitor, Patience, Table
    from skdl.training._variables import Net

__all__ = ["Epochs"]


class _Batch(NamedTuple):
    """Rows of one step, which of them are real, and how many those are."""

    X: Any
    y: Any
    weight: Any
    real: Any
    n_real: Any


@dataclass(frozen=True)
class Epochs:
    """The functions of one structure's training, to be traced."""

    template: Template
    scores: Scores
    names: tuple[str, ...]  # of what an epoch records, the loss first
    watched: bool
    monitor: Monitor | None

    def zero(self, dtype: Any) -> Sums:
        """Return the sums that an epoch begins with."""
        return Sums(np.zeros((), dtype), self.scores.first)

    def run(self, net: Net, rows: Table, held: Any, block: Block, watch: Watch) -> Any:
        """Train epoch after epoch until the block ends or early stopping stops; ``held`` are tables in batches."""
        CACHE.count_trace()
        with filled(self.template.model, self.template.optimizer, net.numbers):
            return self._run(net, rows, held, block, watch)

    def steps(self, net: Net, rows: Table, sums: Sums) -> tuple[Net, Sums]:
        """Take one gradient step a batch of rows in batches, and add to the sums."""
        CACHE.count_trace()
        with filled(self.template.model, self.template.optimizer, net.numbers):
            return self._steps(net, sums, lambda number: _cut(rows, number), _n_batches(rows))

    def evaluate(self, net: Net, rows: Table, sums: Sums) -> Sums:
        """Add rows in batches to the sums, in inference mode."""
        CACHE.count_trace()
        with filled(self.template.model, self.template.optimizer, net.numbers):
            return self._evaluate(net, rows, sums)

    def look(
        self,
        watch: Watch,
        before: Net,
        net: Net,
        sums: Sequence[Sums],
        n_rows: Sequence[Any],
        epoch: Any,
        patience: Patience,
    ) -> tuple[Watch, Any]:
        """Look at an epoch that ended: its sums over ``n_rows`` training and held-out rows."""
        CACHE.count_trace()
        record = self._record(sums, n_rows)
        return self._look(watch, before, net, record, epoch, patience), record

    def _run(self, net: Net, rows: Table, held: Any, block: Block, watch: Watch) -> Any:
        batch_size, n_tail = block.order.shape[1], 0 if block.tails is None else block.tails.shape[1]
        n_steps = (rows.n_rows - n_tail + batch_size - 1) // batch_size
        n_held = sum((table.n_rows for table in held), start=jnp.int32(0))
        zero = self.zero(rows.weight.dtype)
        records = jnp.full((len(self.names), block.order.shape[0]), jnp.nan, rows.weight.dtype)

        def goes_on(carried: Any) -> Any:
            return (carried[0] < block.n_epochs) & ~carried[3].stopped

        def epoch(carried: Any) -> Any:
            number, before, records, watch = carried

            def batch_of(step: Any) -> _Batch:
                return _gathered(rows, block.order[number * n_steps + step], rows.n_rows - step * batch_size)

            net, sums = self._steps(before, zero, batch_of, n_steps)
            if n_tail:
                net, sums = self._step(net, sums, _gathered(rows, block.tails[number], jnp.int32(n_tail)))
            both = [sums]
            if self.watched:
                both.append(zero)
                for table in held:
                    both[1] = self._evaluate(net, table, both[1])
            record = self._record(both, (rows.n_rows, n_held))
            watch = self._look(watch, before, net, record, block.first_epoch + number, block.patience)
            return number + 1, net, records.at[:, number].set(record), watch

        return lax.while_loop(goes_on, epoch, (jnp.zeros((), jnp.int32), net, records, watch))

    def _steps(self, net: Net, sums: Sums, batch_of: Callable[[Any], _Batch], n_steps: Any) -> tuple[Net, Sums]:
        def step(number: Any, carried: Any) -> Any:
            net, sums = carried
            return self._step(net, sums, batch_of(number))

        stepped: tuple[Net, Sums] = lax.fori_loop(0, n_steps, step, (net, sums))
        return stepped

    def _step(self, net: Net, sums: Sums, batch: _Batch) -> tuple[Net, Sums]:
        """Take one gradient step; the loss is that of before it, as Keras tracks it."""
        gradient = jax.value_and_grad(self._loss, has_aux=True)
        (loss, (other, predicted)), slopes = gradient(net.trainable, net.other, batch, training=True)
        trainable, optimizer = self.template.optimizer.stateless_apply(net.optimizer, slopes, net.trainable)
        stepped = net._replace(trainable=list(trainable), other=list(other), optimizer=list(optimizer))
        return stepped, self._add(sums, batch, loss, predicted)

    def _evaluate(self, net: Net, rows: Table, sums: Sums) -> Sums:
        def step(number: Any, sums: Sums) -> Sums:
            batch = _cut(rows, number)
            loss, (_, predicted) = self._loss(net.trainable, net.other, batch, training=False)
            return self._add(sums, batch, loss, predicted)

        evaluated: Sums = lax.fori_loop(0, _n_batches(rows), step, sums)
        return evaluated

    def _add(self, sums: Sums, batch: _Batch, loss: Any, predicted: Any) -> Sums:
        return Sums(sums.loss + loss * batch.n_real, self.scores.update(sums.scores, batch.y, predicted, batch.real))

    def _loss(self, trainable: list[Any], other: list[Any], batch: _Batch, *, training: bool) -> Any:
        predicted, other, penalties = self.template.model.stateless_call(
            trainable, other, batch.X, training=training, return_losses=True
        )
        loss = self.template.loss(batch.y, predicted, sample_weight=batch.weight)
        for penalty in penalties:
            loss = loss + penalty
        return loss, (other, predicted)

    def _record(self, sums: Sequence[Sums], n_rows: Sequence[Any]) -> Any:
        """Return what an epoch records, in the order of ``names``."""
        parts = [
            [one.loss / number, *self.scores.values(one.scores)] for one, number in zip(sums, n_rows, strict=False)
        ]
        values = [value for part in parts for value in part]
        return jnp.stack([jnp.asarray(value, values[0].dtype) for value in values])

    def _look(self, watch: Watch, before: Net, net: Net, record: Any, epoch: Any, patience: Patience) -> Watch:
        """Keras' ``EarlyStopping`` at the end of an epoch, and an end to what is no longer finite."""
        monitor = self.monitor
        judged, judged_epoch = (before, epoch - 1) if monitor is None else (net, epoch)
        current = record[0 if monitor is None else monitor.place]
        current = -current if monitor is not None and monitor.rises else current
        loss, loss_held = record[0], record[self.names.index("val_loss") if self.watched else 0]
        diverged = ~jnp.isfinite(loss) | jnp.isnan(loss_held) | ~_finite(net.trainable)
        first = jnp.isinf(watch.best)  # whatever it is, it is the best so far
        better = (first | (current + patience.min_delta < watch.best)) & ~diverged
        wait = jnp.where(better, 0, watch.wait + 1)
        return Watch(
            best=jnp.where(better, current, watch.best),
            best_epoch=jnp.where(better, judged_epoch, watch.best_epoch),
            wait=wait,
            diverged=diverged,
            stopped=diverged | (~better & (wait >= patience.epochs) & (epoch > 0)),
            trainable=_where(better, judged.trainable, watch.trainable),
            other=_where(better, judged.other, watch.other),
        )


def _where(condition: Any, new: list[Any], old: list[Any]) -> list[Any]:
    return [jnp.where(condition, one, other) for one, other in zip(new, old, strict=True)]


def _finite(weights: list[Any]) -> Any:
    return jnp.isfinite(sum((jnp.sum(weight) for weight in weights), start=jnp.zeros(())))


def _n_batches(rows: Table) -> Any:
    """Count the batches that hold a real row."""
    batch_size = rows.X.shape[1]
    return (rows.n_rows + batch_size - 1) // batch_size


def _cut(rows: Table, number: Any) -> _Batch:
    """Return a batch of rows that stand in batches; padding came with weight 0."""
    batch_size = rows.X.shape[1]
    n_real = jnp.clip(rows.n_rows - number * batch_size, 0, batch_size)
    weight = rows.weight[number]
    return _Batch(rows.X[number], rows.y[number], weight, _real(weight, n_real), n_real)


def _gathered(rows: Table, picked: Any, n_left: Any) -> _Batch:
    """Gather a batch by its row numbers; those beyond the ``n_left`` rows that are left weigh nothing."""
    n_real = jnp.clip(n_left, 0, picked.shape[0])
    weight = rows.weight[picked]
    real = _real(weight, n_real)
    return _Batch(rows.X[picked], rows.y[picked], weight * real, real, n_real)


def _real(weight: Any, n_real: Any) -> Any:
    """Return 1 for each of the first ``n_real`` rows of a batch, and 0 for padding."""
    return (jnp.arange(weight.shape[0]) < n_real).astype(weight.dtype)
