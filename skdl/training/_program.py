"""Programs: a whole fit, or a forward pass, traced once a structure and compiled once a shape."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax

from skdl.training._batching import Sizes
from skdl.training._callbacks import EarlyStop
from skdl.training._epochs import Epochs
from skdl.training._program_cache import CACHE
from skdl.training._scores import describe_metrics, make_scores
from skdl.training._structure import make_template, structure_of
from skdl.training._values import Monitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from skdl.training._values import Sums

__all__ = ["Program", "forward_program", "training_program"]


@dataclass(frozen=True)
class Program:
    """The compiled functions of one structure; each is compiled when it is first used.

    ``run`` trains a block of epochs on rows that are on the device. ``steps``, ``evaluate`` and ``look`` are its parts,
    for rows that come in batches: steps over some of an epoch's batches, sums over held-out ones, and the look at the
    end of an epoch. ``names`` are those of what an epoch records, ``zero`` the sums that it begins with.
    """

    run: Callable[..., Any]
    steps: Callable[..., Any]
    evaluate: Callable[..., Any]
    look: Callable[..., Any]
    names: tuple[str, ...]
    zero: Callable[[Any], Sums]
    sizes: Sizes = field(default_factory=Sizes)
    _shapes: set[Any] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def one_compiles(self, shapes: Any) -> Iterator[None]:
        """Let one thread compile for these shapes while others wait: they would compile the same at once."""
        if shapes in self._shapes:
            yield
            return
        with self._lock:
            yield
            self._shapes.add(shapes)


def training_program(model: Any, *, y_shape: tuple[int, ...], watched: bool, monitor: str | None) -> Program | None:
    """Return the program that trains a model's structure; None where the structure cannot be told or built again.

    ``y_shape`` is the shape of a row's target. ``watched``: validation rows are evaluated after each epoch.
    ``monitor``: that value after an epoch decides which weights are the best; there is no program where it is not
    recorded, or where Keras does not know whether it should rise. With None the training loss judges the weights that
    an epoch begins with: what its last step did to them shows in the next epoch.
    """
    key = structure_of(model, trained=True)
    metrics = describe_metrics(model)
    if key is None or metrics is None:
        return None

    def build() -> Program | None:
        template = make_template(model, trained=True)
        scores = None if template is None else make_scores(template.model, model, template.optimizer, y_shape)
        if template is None or scores is None:
            return None
        names = ("loss", *scores.names)
        names += tuple(f"val_{name}" for name in names) if watched else ()
        if monitor is not None and monitor not in names:
            return None
        try:
            judge = None if monitor is None else Monitor(names.index(monitor), EarlyStop(monitor).rises(template.model))
        except ValueError:
            return None
        written = Epochs(template, scores, names, watched=watched, monitor=judge)
        return Program(
            run=jax.jit(written.run),
            steps=jax.jit(written.steps),
            evaluate=jax.jit(written.evaluate),
            look=jax.jit(written.look),
            names=names,
            zero=written.zero,
        )

    program: Program | None = CACHE.get((key, str(metrics), y_shape, watched, monitor), build)
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
