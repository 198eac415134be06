"""The network that a fit of the MLP begins with: a sketch where it trains as arrays, or built at once."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from skdl.estimators._initial import draw_kernel, silence_columns, silenced
from skdl.estimators._losses import make_loss
from skdl.estimators._metrics import make_metrics
from skdl.estimators._network import build_network, network_seed
from skdl.estimators._optimizers import make_optimizer
from skdl.training import LazyModel, model_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from skdl.estimators._network import NetworkPlan

__all__ = ["compile_network", "fresh_network"]


def compile_network(network: Any, *, optimizer: Any, learning_rate: Any, loss: Any, dtype: str, metrics: Any) -> Any:
    """Compile a network with what an estimator's parameters name, made anew; return it."""
    network.compile(
        optimizer=make_optimizer(optimizer, learning_rate),
        loss=make_loss(loss, dtype),
        metrics=make_metrics(metrics),
    )
    return network


def fresh_network(plan: NetworkPlan, say: NDArray[np.float64] | None, compilation: dict[str, Any]) -> Any:
    """Return the network of a plan with first weights, compiled: a sketch, or a Keras model where there is none.

    Parameters
    ----------
    plan : NetworkPlan
        Structure and seed.
    say : ndarray of shape (n_features,) or None
        0 for columns that begin with weights of zero.
    compilation : dict
        Arguments of :func:`compile_network`.
    """
    metrics = compilation["metrics"]
    if metrics is None or (isinstance(metrics, list | tuple) and all(isinstance(name, str) for name in metrics)):
        structure = {**asdict(plan), "metrics": metrics, "seed": 0, "output_bias": None}
        optimizer = make_optimizer(compilation["optimizer"], compilation["learning_rate"])
        build = partial(_build, plan, None, compilation)
        template = model_template(structure, optimizer, make_loss(compilation["loss"], plan.dtype), build)
        if template is not None:
            rate = optimizer.get_config().get("learning_rate")
            drawn = _draws(plan, say, template.names[0])
            return LazyModel(template, drawn, rate if isinstance(rate, float | int) else None, build)
    return _build(plan, say, compilation)


def _build(plan: NetworkPlan, say: NDArray[np.float64] | None, compilation: dict[str, Any]) -> Any:
    network = build_network(plan)
    silence_columns(network, say)
    return compile_network(network, **compilation)


def _draws(
    plan: NetworkPlan, say: NDArray[np.float64] | None, names: list[str]
) -> Callable[[str, NDArray[Any]], NDArray[Any]]:
    """Return what draws a variable's first value, the same that Keras' layers begin with in a network of this plan."""
    first_kernel = next(name for name in names if name.endswith("/kernel"))

    def draw(name: str, value: NDArray[Any]) -> NDArray[Any]:
        layer, _, variable = name.partition("/")
        number = int(layer.rpartition("_")[2]) if layer != "output" else 0
        if variable == "kernel":
            kernel = draw_kernel(network_seed(plan, number), value.shape).astype(value.dtype)
            return silenced(kernel, say) if name == first_kernel else kernel
        if variable == "seed_generator_state":
            return np.asarray([network_seed(plan, number, dropout=True), 0], dtype=value.dtype)
        if name == "output/bias" and plan.output_bias:
            return np.asarray(plan.output_bias, dtype=value.dtype)
        return value

    return draw
