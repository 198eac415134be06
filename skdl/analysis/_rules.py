"""The rules by which a training curve is read, each with its thresholds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from skdl.analysis._curve import noise, relative_noise

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from skdl.analysis._curve import Curve

__all__ = ["RULES", "Found"]


@dataclass(frozen=True)
class Found:
    holds: bool
    values: dict[str, float] = field(default_factory=dict)


def _diverged(curve: Curve, _: tuple[str, ...]) -> Found | None:
    end, least = float(curve.L[-1]), float(curve.L.min())
    if end <= 2.0 * least:
        return Found(holds=False)
    if curve.base is None:
        return None
    return Found(end > 1.2 * curve.base, {"end_loss": end, "least_loss": least, "baseline_loss": curve.base})


def _unscaled(curve: Curve, _: tuple[str, ...]) -> Found | None:
    if curve.V is None or curve.base is None:
        return None
    least = float(curve.V.min())
    return Found(least >= 2.0 * curve.base, {"least_val_loss": least, "baseline_loss": curve.base})


def _flat_and_high(curve: Curve, found: tuple[str, ...]) -> Found | None:
    if curve.V is None or curve.base is None:
        return None
    least, least_training = float(curve.V.min()), float(curve.L.min())
    values = {"least_val_loss": least, "least_loss": least_training, "baseline_loss": curve.base}
    return Found("unscaled" not in found and least >= 0.95 * curve.base, values)


def _jagged(curve: Curve, _: tuple[str, ...]) -> Found | None:
    noise = relative_noise(curve.loss)
    ups = float(np.mean(np.diff(curve.loss[curve.n_epochs // 4 :]) > 0.0))
    return Found(noise >= 0.05 and ups >= 0.3, {"noise": noise, "share_up": ups})  # noqa: PLR2004 - the rule's own


def _jagged_validation(curve: Curve, found: tuple[str, ...]) -> Found | None:
    if curve.val_loss is None:
        return None
    noise = relative_noise(curve.val_loss)
    return Found("jagged" not in found and noise >= 0.08, {"noise": noise})  # noqa: PLR2004 - the rule's own


def _overfitting(curve: Curve, found: tuple[str, ...]) -> Found | None:
    if curve.V is None or curve.val_loss is None or curve.floor is None:
        return None
    best, kept = curve.best, curve.kept
    rise = float(curve.V[kept] - curve.V[best])
    least_share = 0.25 if "jagged" in found else 0.05
    needed = max(
        least_share * abs(float(curve.V[best])),
        3.0 * noise(curve.val_loss) / math.sqrt(curve.width),
        0.01 * abs(curve.floor),
    )
    is_late = kept - best >= max(5.0, 0.1 * curve.n_epochs)
    holds = is_late and rise >= needed and bool(curve.L[kept] <= curve.L[best])
    level = abs(float(curve.V[best]))
    return Found(holds, {"best_epoch": best + 1.0, "rise": rise, "rise_share": rise / level if level else math.inf})


def _gap(curve: Curve, _: tuple[str, ...]) -> Found | None:
    if curve.V is None or curve.base is None or curve.inference is None:
        return None
    val, train = float(curve.V[curve.kept]), float(curve.inference[curve.kept])
    holds = val - train >= 0.1 * curve.base and train <= 0.5 * val
    return Found(holds, {"val_loss": val, "training_loss": train, "baseline_loss": curve.base})


def _undertrained(curve: Curve, _: tuple[str, ...]) -> Found | None:
    if curve.val_loss is None or curve.floor is None:
        return None
    window = min(curve.n_epochs, max(8, math.ceil(0.15 * curve.n_epochs)))
    drops = [_steady_drop(values, window, curve.floor) for values in (curve.loss, curve.val_loss)]
    return Found(all(drop > 0.0 for drop in drops), {"window": float(window), "drop": drops[0], "val_drop": drops[1]})


def _steady_drop(values: NDArray[np.float64], window: int, base: float) -> float:
    """Fall over the window as a share of its level; 0 where it is too small or not sure."""
    late, epochs = values[-window:], np.arange(window)
    level = float(np.median(np.abs(late)))
    drop = -float(stats.theilslopes(late, epochs)[0]) * (window - 1)
    is_sure = bool(stats.kendalltau(epochs, late).pvalue < 0.05)  # noqa: PLR2004 - the rule's own
    is_large = drop >= 0.02 * (base - float(values.min())) and drop >= 0.01 * level
    return drop / level if is_sure and is_large and drop > 0.0 and level > 0.0 else 0.0


def _underfit(_curve: Curve, _: tuple[str, ...]) -> Found | None:
    """Other models' scores decide it, and one history holds none."""
    return None


RULES: dict[str, Callable[[Curve, tuple[str, ...]], Found | None]] = {
    "diverged": _diverged,
    "unscaled": _unscaled,
    "flat_and_high": _flat_and_high,
    "jagged": _jagged,
    "jagged_validation": _jagged_validation,
    "overfitting": _overfitting,
    "gap": _gap,
    "undertrained": _undertrained,
    "underfit": _underfit,
}
