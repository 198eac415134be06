"""Programs: a whole fit, or a forward pass, traced once a structure and compiled once a shape.

The training program is Keras' own ``stateless_call``, loss and ``stateless_apply`` in loops whose lengths are inputs.
Rows stand in padded batches; padding weighs nothing, so that a mean over weights is the mean over the real rows.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from skdl.training._structure import Template, make_template, structure_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Block", "Net", "Table", "Watch", "forward_program", "n_traces", "training_program"]

_PROGRAMS_KEPT = 64


class Net(NamedTuple):
    """All variables of a network and its optimizer, in Keras' order."""

    trainable: list[Any]
    other: list[Any]  # batch statistics, states of dropout's generators
    optimizer: list[Any]


class Table(NamedTuple):
    """Rows on the device, padded to whole batches, and how many of them are real."""

    X: Any
    y: Any
    weight: Any
    n_rows: Any


class Watch(NamedTuple):
    """The state of early stopping, carried from epoch to epoch."""

    best: Any  # lowest monitored loss
    best_epoch: Any
    wait: Any
    stopped: Any
    trainable: list[Any]  # weights of the best epoch
    other: list[Any]


class Block(NamedTuple):
    """What one call of the program runs: some epochs, in this row order."""

    order: Any  # (capacity, batch) row numbers, epoch after epoch
    first_epoch: Any
    n_epochs: Any
    patience: Any
    min_delta: Any


class _Cache:
    """The programs used last, by structure; bounded, and safe to use from several threads."""

    def __init__(self) -> None:
        self._programs: OrderedDict[Any, Any] = OrderedDict()
        self._lock = threading.Lock()
        self.n_traces = 0

    def get(self, key: Any, build: Callable[[], Any]) -> Any:
        with self._lock:
            if key in self._programs:
                self._programs.move_to_end(key)
            else:
                self._programs[key] = build()
                if len(self._programs) > _PROGRAMS_KEPT:
                    self._programs.popitem(last=False)
            return self._programs[key]


_CACHE = _Cache()


def n_traces() -> int:
    """Return how often a program was traced in this process; a fit that adds none compiled nothing."""
    return _CACHE.n_traces


def training_program(model: Any, *, watched: bool, monitored: str | None) -> Callable[..., Any] | None:
    """Return the program that trains a model's structure; None where the structure cannot be told.

    ``watched``: validation rows are evaluated after each epoch. ``monitored``: ``"loss"`` or ``"val_loss"`` for early
    stopping.
    """
    key = structure_of(model, trained=True)
    if key is None:
        return None

    def build() -> Any:
        written = _TrainingProgram(make_template(model, trained=True), watched=watched, monitored=monitored)
        return jax.jit(written.run, static_argnames="keep_best")

    program: Callable[..., Any] = _CACHE.get((key, watched, monitored), build)
    return program


def forward_program(model: Any) -> Callable[..., Any] | None:
    """Return the program that applies a structure to a chunk of rows; None where the structure cannot be told."""
    key = structure_of(model, trained=False)
    if key is None:
        return None
    program: Callable[..., Any] = _CACHE.get(key, lambda: jax.jit(_forward(make_template(model, trained=False).model)))
    return program


def _forward(model: Any) -> Callable[..., Any]:
    def forward(trainable: list[Any], other: list[Any], X: Any) -> Any:
        _CACHE.n_traces += 1
        return model.stateless_call(trainable, other, X, training=False)[0]

    return forward


@dataclass(frozen=True)
class _TrainingProgram:
    """The program of a block of epochs, to be traced with one structure."""

    template: Template
    watched: bool
    monitored: str | None

    def run(self, net: Net, rows: Table, held: Table, block: Block, watch: Watch, *, keep_best: bool) -> Any:
        """Train epoch after epoch until the block ends or early stopping stops."""
        _CACHE.n_traces += 1
        batch_size = block.order.shape[1]
        n_steps = (rows.n_rows + batch_size - 1) // batch_size
        losses = jnp.full((2, block.order.shape[0]), jnp.nan, rows.weight.dtype)  # an epoch has at least one step

        def goes_on(carried: Any) -> Any:
            return (carried[0] < block.n_epochs) & ~carried[3].stopped

        def epoch(carried: Any) -> Any:
            number, net, losses, watch = carried
            net, loss = self._train_epoch(net, rows, block.order, number * n_steps, n_steps)
            losses = losses.at[0, number].set(loss)
            if self.watched:
                loss_held = self._evaluate(net, held)
                losses = losses.at[1, number].set(loss_held)
            if self.monitored is not None:
                current = loss_held if self.monitored == "val_loss" else loss
                watch = _look(watch, net, current, block.first_epoch + number, block, keep_best=keep_best)
            return number + 1, net, losses, watch

        return lax.while_loop(goes_on, epoch, (jnp.zeros((), jnp.int32), net, losses, watch))

    def _train_epoch(self, net: Net, rows: Table, order: Any, first: Any, n_steps: Any) -> tuple[Net, Any]:
        """Take one gradient step a batch; return the mean loss over the rows, as Keras tracks it."""

        def step(number: Any, carried: Any) -> Any:
            net, total = carried
            batch, n_real = _batch(rows, order[first + number], number)
            gradient = jax.value_and_grad(self._loss, has_aux=True)
            (loss, other), slopes = gradient(net.trainable, net.other, batch, training=True)
            trainable, optimizer = self.template.optimizer.stateless_apply(net.optimizer, slopes, net.trainable)
            return Net(list(trainable), list(other), list(optimizer)), total + loss * n_real

        net, total = lax.fori_loop(0, n_steps, step, (net, jnp.zeros((), rows.weight.dtype)))
        return net, total / rows.n_rows

    def _evaluate(self, net: Net, rows: Table) -> Any:
        """Mean loss over held-out rows in inference mode."""
        batch_size = rows.X.shape[1]

        def step(number: Any, total: Any) -> Any:
            n_real = jnp.clip(rows.n_rows - number * batch_size, 0, batch_size)
            batch = (rows.X[number], rows.y[number], rows.weight[number])
            return total + self._loss(net.trainable, net.other, batch, training=False)[0] * n_real

        n_steps = (rows.n_rows + batch_size - 1) // batch_size
        return lax.fori_loop(0, n_steps, step, jnp.zeros((), rows.weight.dtype)) / rows.n_rows

    def _loss(self, trainable: list[Any], other: list[Any], batch: tuple[Any, Any, Any], *, training: bool) -> Any:
        X, y, weight = batch
        predicted, other, penalties = self.template.model.stateless_call(
            trainable, other, X, training=training, return_losses=True
        )
        loss = self.template.loss(y, predicted, sample_weight=weight)
        for penalty in penalties:
            loss = loss + penalty
        return loss, other


def _batch(rows: Table, picked: Any, number: Any) -> tuple[tuple[Any, Any, Any], Any]:
    """Gather one batch; rows beyond the last real one weigh nothing."""
    batch_size = picked.shape[0]
    n_real = jnp.clip(rows.n_rows - number * batch_size, 0, batch_size)
    weight = jnp.where(jnp.arange(batch_size) < n_real, rows.weight[picked], 0)
    return (rows.X[picked], rows.y[picked], weight), n_real


def _look(watch: Watch, net: Net, current: Any, epoch: Any, block: Block, *, keep_best: bool) -> Watch:
    """Keras' ``EarlyStopping``, at the end of an epoch."""
    better = (watch.best_epoch < 0) | (current + block.min_delta < watch.best)  # the first epoch is the best so far
    wait = jnp.where(better, 0, watch.wait + 1)
    trainable, other = watch.trainable, watch.other
    if keep_best:
        trainable = [jnp.where(better, new, old) for new, old in zip(net.trainable, trainable, strict=True)]
        other = [jnp.where(better, new, old) for new, old in zip(net.other, other, strict=True)]
    return Watch(
        best=jnp.where(better, current, watch.best),
        best_epoch=jnp.where(better, epoch, watch.best_epoch),
        wait=wait,
        stopped=~better & (wait >= block.patience) & (epoch > 0),
        trainable=trainable,
        other=other,
    )
