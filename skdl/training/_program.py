"""Programs: a whole fit, or a forward pass, traced once a structure and compiled once a shape.

The training program is Keras' own ``stateless_call``, loss and ``stateless_apply`` in loops whose lengths are inputs.
Rows stand in padded batches; padding weighs nothing, so that a mean over weights is the mean over the real rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from skdl.training._program_cache import CACHE
from skdl.training._structure import Template, make_template, structure_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Block", "Net", "Program", "Table", "Watch", "forward_program", "training_program"]


class Net(NamedTuple):
    """All variables of a network and its optimizer, in Keras' order."""

    trainable: list[Any]
    other: list[Any]  # batch statistics, states of dropout's generators
    optimizer: list[Any]


class Table(NamedTuple):
    """Rows on the device, padded to whole batches, and how many of them are real.

    Rows to train on stand one after the other and are gathered; rows in batches have a leading axis more.
    """

    X: Any
    y: Any
    weight: Any
    n_rows: Any


class Watch(NamedTuple):
    """What is carried from epoch to epoch: the state of early stopping, and the best weights so far."""

    best: Any  # lowest monitored loss
    best_epoch: Any  # -1 before the first finite one
    wait: Any
    diverged: Any  # a loss or a weight was no longer finite
    stopped: Any
    trainable: list[Any]  # weights of the best epoch
    other: list[Any]


class Patience(NamedTuple):
    """When early stopping stops."""

    epochs: Any
    min_delta: Any


class Block(NamedTuple):
    """What one call of the program runs: some epochs, in this row order."""

    order: Any  # (capacity, batch) row numbers, epoch after epoch
    first_epoch: Any
    n_epochs: Any
    patience: Patience


@dataclass(frozen=True)
class Program:
    """The compiled functions of one structure; each is compiled when it is first used.

    ``run`` trains a block of epochs on rows that are on the device. ``steps``, ``evaluate`` and ``look`` are its parts,
    for rows that come in batches: steps over some of an epoch's batches, the loss summed over held-out ones, and the
    look at the end of an epoch.
    """

    run: Callable[..., Any]
    steps: Callable[..., Any]
    evaluate: Callable[..., Any]
    look: Callable[..., Any]


def training_program(model: Any, *, watched: bool, monitored: str | None) -> Program | None:
    """Return the program that trains a model's structure; None where the structure cannot be told or built again.

    ``watched``: validation rows are evaluated after each epoch. ``monitored``: ``"loss"`` or ``"val_loss"`` after an
    epoch decides which weights are the best. With None the training loss judges the weights that an epoch begins with:
    what its last step did to them shows in the next epoch.
    """
    key = structure_of(model, trained=True)
    if key is None:
        return None

    def build() -> Program | None:
        template = make_template(model, trained=True)
        if template is None:
            return None
        written = _TrainingProgram(template, watched=watched, monitored=monitored)
        return Program(jax.jit(written.run), jax.jit(written.steps), jax.jit(written.evaluate), jax.jit(written.look))

    program: Program | None = CACHE.get((key, watched, monitored), build)
    return program


def forward_program(model: Any) -> Callable[..., Any] | None:
    """Return the program that applies a structure to a chunk of rows; None where the structure cannot be told."""
    key = structure_of(model, trained=False)
    if key is None:
        return None

    def build() -> Callable[..., Any] | None:
        template = make_template(model, trained=False)
        return None if template is None else jax.jit(_forward(template.model))

    program: Callable[..., Any] | None = CACHE.get(key, build)
    return program


def _forward(model: Any) -> Callable[..., Any]:
    def forward(trainable: list[Any], other: list[Any], X: Any) -> Any:
        CACHE.count_trace()
        return model.stateless_call(trainable, other, X, training=False)[0]

    return forward


@dataclass(frozen=True)
class _TrainingProgram:
    """The program of a block of epochs, to be traced with one structure."""

    template: Template
    watched: bool
    monitored: str | None

    def run(self, net: Net, rows: Table, held: Table, block: Block, watch: Watch) -> Any:
        """Train epoch after epoch until the block ends or early stopping stops."""
        CACHE.count_trace()
        batch_size = block.order.shape[1]
        n_steps = (rows.n_rows + batch_size - 1) // batch_size
        losses = jnp.full((2, block.order.shape[0]), jnp.nan, rows.weight.dtype)  # an epoch has at least one step

        def goes_on(carried: Any) -> Any:
            return (carried[0] < block.n_epochs) & ~carried[3].stopped

        def epoch(carried: Any) -> Any:
            number, before, losses, watch = carried
            net, total = self._steps(
                before,
                lambda step: _gathered(rows, block.order[number * n_steps + step], step),
                n_steps,
                rows.weight.dtype,
            )
            loss = total / rows.n_rows
            loss_held = self._evaluate(net, held) / held.n_rows if self.watched else loss
            losses = losses.at[:, number].set(jnp.stack([loss, loss_held]))
            watch = self._look(watch, before, net, loss, loss_held, block.first_epoch + number, block.patience)
            return number + 1, net, losses, watch

        return lax.while_loop(goes_on, epoch, (jnp.zeros((), jnp.int32), net, losses, watch))

    def steps(self, net: Net, rows: Table) -> tuple[Net, Any]:
        """Take one gradient step a batch of rows in batches; return the loss summed over the rows."""
        CACHE.count_trace()
        return self._steps(net, lambda step: _cut(rows, step), _n_batches(rows), rows.weight.dtype)

    def evaluate(self, net: Net, rows: Table) -> Any:
        """Loss summed over rows in batches, in inference mode."""
        CACHE.count_trace()
        return self._evaluate(net, rows)

    def look(
        self, watch: Watch, before: Net, net: Net, loss: Any, loss_held: Any, epoch: Any, patience: Patience
    ) -> Watch:
        """Look at an epoch that ended."""
        CACHE.count_trace()
        return self._look(watch, before, net, loss, loss_held, epoch, patience)

    def _steps(self, net: Net, batch_of: Callable[[Any], Any], n_steps: Any, dtype: Any) -> tuple[Net, Any]:
        """Take ``n_steps`` gradient steps; the sum of the losses over the rows is what Keras tracks."""

        def step(number: Any, carried: Any) -> Any:
            net, total = carried
            batch, n_real = batch_of(number)
            gradient = jax.value_and_grad(self._loss, has_aux=True)
            (loss, other), slopes = gradient(net.trainable, net.other, batch, training=True)
            trainable, optimizer = self.template.optimizer.stateless_apply(net.optimizer, slopes, net.trainable)
            return Net(list(trainable), list(other), list(optimizer)), total + loss * n_real

        net, total = lax.fori_loop(0, n_steps, step, (net, jnp.zeros((), dtype)))
        return net, total

    def _evaluate(self, net: Net, rows: Table) -> Any:
        def step(number: Any, total: Any) -> Any:
            batch, n_real = _cut(rows, number)
            return total + self._loss(net.trainable, net.other, batch, training=False)[0] * n_real

        return lax.fori_loop(0, _n_batches(rows), step, jnp.zeros((), rows.weight.dtype))

    def _loss(self, trainable: list[Any], other: list[Any], batch: tuple[Any, Any, Any], *, training: bool) -> Any:
        X, y, weight = batch
        predicted, other, penalties = self.template.model.stateless_call(
            trainable, other, X, training=training, return_losses=True
        )
        loss = self.template.loss(y, predicted, sample_weight=weight)
        for penalty in penalties:
            loss = loss + penalty
        return loss, other

    def _look(
        self, watch: Watch, before: Net, net: Net, loss: Any, loss_held: Any, epoch: Any, patience: Patience
    ) -> Watch:
        """Keras' ``EarlyStopping`` at the end of an epoch, and an end to what is no longer finite."""
        judged, judged_epoch = (before, epoch - 1) if self.monitored is None else (net, epoch)
        current = loss_held if self.monitored == "val_loss" else loss
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


def _cut(rows: Table, number: Any) -> tuple[tuple[Any, Any, Any], Any]:
    """Return a batch of rows that stand in batches; padding came with weight 0."""
    batch_size = rows.X.shape[1]
    n_real = jnp.clip(rows.n_rows - number * batch_size, 0, batch_size)
    return (rows.X[number], rows.y[number], rows.weight[number]), n_real


def _gathered(rows: Table, picked: Any, number: Any) -> tuple[tuple[Any, Any, Any], Any]:
    """Gather one batch by its row numbers; rows beyond the last real one weigh nothing."""
    batch_size = picked.shape[0]
    n_real = jnp.clip(rows.n_rows - number * batch_size, 0, batch_size)
    weight = jnp.where(jnp.arange(batch_size) < n_real, rows.weight[picked], 0)
    return (rows.X[picked], rows.y[picked], weight), n_real
