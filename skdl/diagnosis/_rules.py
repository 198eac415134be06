"""Rules by which a training curve is diagnosed, each with its thresholds, on smoothed losses.

The thresholds were calibrated on real tables: see ``docs/training-curves.md`` and ``benchmarks/training_curves.py``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from skdl.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from numpy.typing import ArrayLike, NDArray

MIN_EPOCHS = 8


@dataclass(frozen=True)
class Curve:
    """Raw and smoothed losses of one training, with the values that the rules need."""

    loss: NDArray[np.float64]
    val_loss: NDArray[np.float64] | None
    L: NDArray[np.float64]  # smoothed
    V: NDArray[np.float64] | None
    width: int  # of the rolling median, in epochs
    base: float | None  # validation loss of the best constant prediction
    penalty: float  # of the weights before training: the first losses are high by it
    inference: NDArray[np.float64] | None  # training loss in inference mode: no dropout, weights fixed
    kept: int  # index of the epoch whose weights were kept, from 0

    @property
    def n_epochs(self) -> int:
        """Epochs in the history."""
        return len(self.loss)

    @property
    def first_bad_epoch(self) -> int:
        """First epoch with a loss that is not finite, counted from 1; 0 if there is none."""
        losses = [self.loss] if self.val_loss is None else [self.loss, self.val_loss]
        bad = ~np.isfinite(losses).all(axis=0)
        return int(np.argmax(bad)) + 1 if bad.any() else 0

    @property
    def best(self) -> int:
        """Index of the least smoothed validation loss; ties are broken by the raw loss."""
        assert self.V is not None and self.val_loss is not None  # noqa: PT018 - the rules check first
        # lexsort sorts by its last key first: V, then the raw loss.
        return int(np.lexsort((self.val_loss, self.V))[0])

    @property
    def floor(self) -> float | None:
        """The base, or the highest validation loss where the base is unknown."""
        return self.base if self.base is not None or self.V is None else float(self.V.max())


def smooth_curve(
    history: Any,
    *,
    baseline_loss: float | None,
    initial_penalty: float | None,
    inference_loss: ArrayLike | None,
    kept_epoch: int | None,
) -> Curve:
    """Check the arguments of `diagnose_training`, and smooth the losses."""
    table = getattr(history, "history", history)
    if "loss" not in table or len(table["loss"]) == 0:
        raise UsageError(f"diagnose_training: history must hold 'loss', a number an epoch; got keys {list(table)!r}.")
    loss = np.asarray(table["loss"], dtype=np.float64)
    val_loss = np.asarray(table["val_loss"], dtype=np.float64) if "val_loss" in table else None
    if val_loss is not None and len(val_loss) != len(loss):
        raise UsageError(
            f"diagnose_training: val_loss must have a number an epoch, {len(loss)} of them; got {len(val_loss)}."
        )
    if kept_epoch is not None and not 1 <= kept_epoch <= len(loss):
        raise UsageError(
            f"diagnose_training: kept_epoch must be an epoch of the history, from 1 to {len(loss)}; got {kept_epoch!r}."
        )
    inference = None if inference_loss is None else np.broadcast_to(np.asarray(inference_loss, np.float64), loss.shape)
    # About E / 20, rounded to an odd number so that the window has a centre.
    width = max(3, len(loss) // 20 // 2 * 2 + 1)
    # Too short to be judged, so there is no need for the window to fit.
    is_short = len(loss) < MIN_EPOCHS
    return Curve(
        loss=loss,
        val_loss=val_loss,
        L=loss if is_short else _rolling_median(loss, width),
        V=val_loss if is_short or val_loss is None else _rolling_median(val_loss, width),
        width=width,
        base=None if baseline_loss is None else float(baseline_loss),
        penalty=float(initial_penalty or 0.0),
        inference=inference,
        kept=(len(loss) if kept_epoch is None else int(kept_epoch)) - 1,
    )


def _rolling_median(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Median of a centred window; the window is shorter at both ends."""
    half, last = width // 2, len(values) - 1
    smooth = np.empty_like(values)
    # (n_epochs - width + 1, width) windows without a copy.
    smooth[half : last - half + 1] = np.median(np.lib.stride_tricks.sliding_window_view(values, width), axis=1)
    for epoch in (*range(half), *range(last - half + 1, last + 1)):
        smooth[epoch] = np.median(values[max(0, epoch - half) : epoch + half + 1])
    return smooth


def noise(values: NDArray[np.float64]) -> float:
    """Noise of the curve around its trend, over its last 75 %.

    Second differences remove any linear trend; their variance is 6 times that of independent noise, hence sqrt(6), and
    1.4826 times the median absolute value estimates a standard deviation.
    """
    # The first quarter is left out: the steep fall at the start is not linear.
    late = values[len(values) // 4 :]
    return float(1.4826 * np.median(np.abs(np.diff(late, n=2))) / math.sqrt(6.0))


def relative_noise(values: NDArray[np.float64], base: float | None) -> float:
    """Noise relative to the curve's median, or to base / 4 where that is more.

    Without the lower bound every curve near zero would count as noisy.
    """
    level = max(float(np.median(np.abs(values[len(values) // 4 :]))), 0.25 * abs(base or 0.0))
    return noise(values) / level if level > 0.0 else 0.0


Judgement = tuple[bool, dict[str, float]] | None
"""Whether a rule holds, with the values that it measured; None if its input is missing."""


def _diverged(curve: Curve, _: tuple[str, ...]) -> Judgement:
    first, end, least = float(curve.loss[0]), float(curve.L[-1]), float(curve.L.min())
    # Divergence raises the loss above its minimum, or keeps it near its first value. The base separates it from
    # noise of a loss that is almost 0.
    rose, never_fell = end > 2.0 * least, end >= 0.75 * first
    if not rose and not never_fell:
        return False, {}
    if curve.base is None:
        return None
    # A rise that stays near or below the loss of a constant prediction is a fluctuation, not divergence.
    holds = (rose and end > 1.2 * curve.base) or (never_fell and end >= 2.0 * curve.base)
    return holds, {"end_loss": end, "least_loss": least, "baseline_loss": curve.base}


def _unscaled(curve: Curve, _: tuple[str, ...]) -> Judgement:
    if curve.V is None or curve.base is None:
        return None
    least, first = float(curve.V.min()), float(curve.loss[0])
    # A high first loss of a jagged curve comes from a large learning rate, which is reported as jagged.
    holds = least - curve.penalty >= 2.0 * curve.base or (_starts_high(curve) and not _is_jagged(curve))
    return holds, {"first_loss": first, "least_val_loss": least, "baseline_loss": curve.base}


def _starts_high(curve: Curve) -> bool:
    """Whether the first loss is far above the base; sound initial weights predict about as well as a constant."""
    return curve.base is not None and bool(curve.loss[0] - curve.penalty >= 3.0 * curve.base)


def _flat_and_high(curve: Curve, earlier: tuple[str, ...]) -> Judgement:
    if curve.V is None or curve.base is None:
        return None
    least, least_training = float(curve.V.min()), float(curve.L.min())
    values = {"least_val_loss": least, "least_loss": least_training, "baseline_loss": curve.base}
    # An unscaled curve is high as well; only the more specific finding is reported.
    return "unscaled" not in earlier and least >= 0.95 * curve.base, values


def _jagged(curve: Curve, _: tuple[str, ...]) -> Judgement:
    losses = [values for values in (curve.loss, curve.val_loss) if values is not None]
    largest = max(relative_noise(values, curve.base) for values in losses)
    return _is_jagged(curve), {"noise": largest, "share_up": _share_up(curve)}


def _is_jagged(curve: Curve) -> bool:
    """Whether steps are too large: the training loss jumps or starts far too high, and the validation loss jumps too.

    Dropout alone makes only the training loss jump, which does no harm.
    """
    jumps = relative_noise(curve.loss, curve.base) >= 0.05 and _share_up(curve) >= 0.3
    if curve.val_loss is None:
        return jumps
    return (jumps or _starts_high(curve)) and _validation_jumps(curve)


def _share_up(curve: Curve) -> float:
    return float(np.mean(np.diff(curve.loss[curve.n_epochs // 4 :]) > 0.0))


def _validation_jumps(curve: Curve) -> bool:
    assert curve.val_loss is not None
    return relative_noise(curve.val_loss, curve.base) >= 0.08


def _jagged_validation(curve: Curve, earlier: tuple[str, ...]) -> Judgement:
    if curve.val_loss is None:
        return None
    holds = "jagged" not in earlier and _validation_jumps(curve)
    return holds, {"noise": relative_noise(curve.val_loss, curve.base)}


def _overfitting(curve: Curve, earlier: tuple[str, ...]) -> Judgement:
    if curve.V is None or curve.val_loss is None or curve.floor is None:
        return None
    best, kept = curve.best, curve.kept
    rise = float(curve.V[kept] - curve.V[best])
    # A jagged validation loss rises by chance, so only a large rise counts there.
    least_share = 0.25 if "jagged" in earlier else 0.1
    # The smoothed loss has about noise / sqrt(width) of noise left; three times that is not chance. The shares of V and
    # of base exclude rises that are significant but small.
    needed = max(
        least_share * abs(float(curve.V[best])),
        3.0 * noise(curve.val_loss) / math.sqrt(curve.width),
        0.01 * abs(curve.floor),
    )
    is_late = kept - best >= max(5.0, 0.1 * curve.n_epochs)
    # L must not have risen: if both losses rise, the training diverges.
    holds = is_late and rise >= needed and bool(curve.L[kept] <= curve.L[best])
    level = abs(float(curve.V[best]))
    return holds, {"best_epoch": best + 1.0, "rise": rise, "rise_share": rise / level if level else math.inf}


def _gap(curve: Curve, _: tuple[str, ...]) -> Judgement:
    if curve.V is None or curve.base is None or curve.inference is None:
        return None
    # Training loss in inference mode: the loss of the history has dropout on and is averaged over changing weights,
    # which hides or exaggerates a gap.
    val, train = float(curve.V[curve.kept]), float(curve.inference[curve.kept])
    holds = val - train >= 0.1 * curve.base and train <= 0.5 * val
    return holds, {"val_loss": val, "training_loss": train, "baseline_loss": curve.base}


def _undertrained(curve: Curve, _: tuple[str, ...]) -> Judgement:
    if curve.val_loss is None or curve.floor is None:
        return None
    # The last epochs alone: a curve that was flat at the end is trained enough, however far it fell before.
    window = min(curve.n_epochs, max(8, math.ceil(0.15 * curve.n_epochs)))
    drops = [_steady_drop(values, window, curve.floor) for values in (curve.loss, curve.val_loss)]
    return min(drops) > 0.0, {"window": float(window), "drop": drops[0], "val_drop": drops[1]}


def _steady_drop(values: NDArray[np.float64], window: int, base: float) -> float:
    """Drop over the window relative to its median; 0 where it is too small or not significant."""
    late, epochs = values[-window:], np.arange(window)
    level = float(np.median(np.abs(late)))
    # Theil-Sen: median of all pairwise slopes, which single jumps do not move. Slope times length is the drop.
    drop = -float(stats.theilslopes(late, epochs)[0]) * (window - 1)
    # Kendall's tau against time is the Mann-Kendall test for a trend; it needs no normal noise.
    is_significant = bool(stats.kendalltau(epochs, late).pvalue < 0.05)
    # Relative to what was learned so far and to the level, so that a significant but tiny drop is not reported.
    is_large = drop >= 0.02 * (base - float(values.min())) and drop >= 0.005 * level
    return drop / level if is_significant and is_large and drop > 0.0 and level > 0.0 else 0.0


# In this order: a rule sees the codes that hold before it. flat_and_high yields to unscaled, jagged_validation to
# jagged, and overfitting asks more of a jagged curve.
RULES: dict[str, Callable[[Curve, tuple[str, ...]], Judgement]] = {
    "diverged": _diverged,
    "unscaled": _unscaled,
    "flat_and_high": _flat_and_high,
    "jagged": _jagged,
    "jagged_validation": _jagged_validation,
    "overfitting": _overfitting,
    "gap": _gap,
    "undertrained": _undertrained,
    "underfit": lambda _curve, _earlier: None,  # it needs the scores of other models, see `is_underfit`
}
_WITHOUT_TRAINING_FAULT = {"healthy", "jagged_validation"}


def is_underfit(
    codes: Collection[str],
    *,
    train_score: float,
    classical_score: float,
    greater_is_better: bool,
    region: float,
) -> bool:
    """Whether a network is too small: a healthy curve, but a training score below a classical model's test score.

    The classical model's *training* score would be too high a bar: a forest fits its training rows almost perfectly.

    ``train_score`` is the network's mean training score, ``classical_score`` the best mean test score of the classical
    models, ``region`` the region of practical equivalence in the metric's unit. Size can be the cause only where the
    curves are healthy by ``codes``, a jagged validation loss aside. A score of NaN gives False.

    >>> is_underfit(["healthy"], train_score=0.72, classical_score=0.85, greater_is_better=True, region=0.01)
    True
    >>> is_underfit(["undertrained"], train_score=0.72, classical_score=0.85, greater_is_better=True, region=0.01)
    False
    """
    # A NaN score makes the comparison False.
    worse_by = classical_score - train_score if greater_is_better else train_score - classical_score
    return bool(codes) and set(codes) <= _WITHOUT_TRAINING_FAULT and worse_by > region
