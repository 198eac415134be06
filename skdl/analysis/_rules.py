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
    first, end, least = float(curve.loss[0]), float(curve.L[-1]), float(curve.L.min())
    rose, never_fell = end > 2.0 * least, end >= 0.75 * first
    if not rose and not never_fell:
        return Found(holds=False)
    if curve.base is None:
        return None
    holds = (rose and end > 1.2 * curve.base) or (never_fell and end >= 2.0 * curve.base)
    return Found(holds, {"end_loss": end, "least_loss": least, "baseline_loss": curve.base})


def _unscaled(curve: Curve, _: tuple[str, ...]) -> Found | None:
    if curve.V is None or curve.base is None:
        return None
    least, first = float(curve.V.min()), float(curve.loss[0])
    holds = least >= 2.0 * curve.base or (_starts_high(curve) and not _is_jagged(curve))
    return Found(holds, {"first_loss": first, "least_val_loss": least, "baseline_loss": curve.base})


def _starts_high(curve: Curve) -> bool:
    """Whether the first epoch was far worse than a guess: first weights guess about as well as a constant does."""
    return curve.base is not None and bool(curve.loss[0] >= 3.0 * curve.base)


def _flat_and_high(curve: Curve, found: tuple[str, ...]) -> Found | None:
    if curve.V is None or curve.base is None:
        return None
    least, least_training = float(curve.V.min()), float(curve.L.min())
    values = {"least_val_loss": least, "least_loss": least_training, "baseline_loss": curve.base}
    return Found("unscaled" not in found and least >= 0.95 * curve.base, values)


def _jagged(curve: Curve, _: tuple[str, ...]) -> Found | None:
    losses = [values for values in (curve.loss, curve.val_loss) if values is not None]
    largest = max(relative_noise(values, curve.base) for values in losses)
    return Found(_is_jagged(curve), {"noise": largest, "share_up": _share_up(curve)})


def _is_jagged(curve: Curve) -> bool:
    """Whether steps are too large: training jumps, or began far too high, and the validation loss jumps with it.

    Dropout makes the training loss jump alone, and harms nothing.
    """
    jumps = relative_noise(curve.loss, curve.base) >= 0.05 and _share_up(curve) >= 0.3  # noqa: PLR2004 - the rule's own
    if curve.val_loss is None:
        return jumps
    return (jumps or _starts_high(curve)) and _validation_jumps(curve)


def _share_up(curve: Curve) -> float:
    return float(np.mean(np.diff(curve.loss[curve.n_epochs // 4 :]) > 0.0))


def _validation_jumps(curve: Curve) -> bool:
    assert curve.val_loss is not None
    return relative_noise(curve.val_loss, curve.base) >= 0.08  # noqa: PLR2004 - the rule's own


def _jagged_validation(curve: Curve, found: tuple[str, ...]) -> Found | None:
    if curve.val_loss is None:
        return None
    holds = "jagged" not in found and _validation_jumps(curve)
    return Found(holds, {"noise": relative_noise(curve.val_loss, curve.base)})


def _overfitting(curve: Curve, found: tuple[str, ...]) -> Found | None:
    if curve.V is None or curve.val_loss is None or curve.floor is None:
        return None
    best, kept = curve.best, curve.kept
    rise = float(curve.V[kept] - curve.V[best])
    least_share = 0.25 if "jagged" in found else 0.1
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
    is_large = drop >= 0.02 * (base - float(values.min())) and drop >= 0.005 * level
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
