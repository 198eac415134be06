"""Reading a training curve: what went wrong, by rules with stated thresholds.

L and V are the training and validation loss by epoch, ``base`` the validation loss of the constant predictor, E the
number of epochs. Both are smoothed by a rolling median of odd width max(3, E / 20); b is the epoch of the least
smoothed V. The noise of a curve is ``1.4826 * median|second difference| / sqrt(6)`` over its last 75 %: second
differences are blind to any straight trend. A rule that lacks its input is not judged. Without ``base``, the two
rules that only need it as a floor against triviality (overfitting, undertrained) take the curve's highest validation
loss for it.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from skdl.analysis._readings import ADVICE, describe
from skdl.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["FoldFinding", "TrainingDiagnosis", "TrainingFinding", "diagnose_training", "over_folds"]

MIN_EPOCHS = 8
SHARE_OF_FOLDS = 0.6


@dataclass(frozen=True)
class TrainingFinding:
    """One diagnosis: its code, the codes of the advice, and the values that were measured."""

    code: str
    advice: tuple[str, ...]
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class FoldFinding:
    """A diagnosis that holds in ``share`` of the folds, with the codes of its advice."""

    code: str
    advice: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class TrainingDiagnosis:
    """What a training curve shows; ``str()`` of it reads as sentences.

    Attributes
    ----------
    findings : tuple of TrainingFinding
        Codes: ``diverged``, ``unscaled``, ``flat_and_high``, ``jagged``, ``jagged_validation``, ``overfitting``,
        ``gap``, ``undertrained``, or one of ``healthy`` and ``too_short`` alone. Empty where too little could be
        judged.
    not_judged : tuple of str
        Codes of the rules that lacked an input.
    n_epochs : int
        Epochs in the history.
    best_epoch : int or None
        Epoch of the least smoothed validation loss, counted from 1; None without validation loss.
    """

    findings: tuple[TrainingFinding, ...]
    not_judged: tuple[str, ...]
    n_epochs: int
    best_epoch: int | None

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the findings."""
        return tuple(finding.code for finding in self.findings)

    def __str__(self) -> str:
        return describe(
            [(finding.code, finding.advice, finding.values) for finding in self.findings],
            not_judged=self.not_judged,
            n_epochs=self.n_epochs,
            best_epoch=self.best_epoch,
        )


def diagnose_training(
    history: Mapping[str, Sequence[float]] | Any,
    *,
    baseline_loss: float | None = None,
    inference_loss: ArrayLike | None = None,
) -> TrainingDiagnosis:
    """Read the training history of a network and say what it shows, and what to do.

    Parameters
    ----------
    history : mapping of str to sequence of float, or keras.callbacks.History
        ``loss`` and, where there is one, ``val_loss``, a number an epoch; as ``history_`` of skdl's estimators or what
        ``keras.Model.fit`` returns.
    baseline_loss : float, default=None
        Validation loss of the best constant prediction; the variance of y for mean squared error.
    inference_loss : float or array-like of shape (n_epochs,), default=None
        Training loss measured as in prediction (no dropout, weights at rest), at the best epoch or a number an epoch.
        The ``loss`` of a history is averaged while the weights still move and with dropout on, so that it cannot show
        a gap.

    Returns
    -------
    TrainingDiagnosis
        Its ``str()`` reads as sentences.

    Raises
    ------
    UsageError
        Without a ``loss``, or where ``val_loss`` has another length.

    Notes
    -----
    ===================  ==========================================================================================
    code                 rule
    ===================  ==========================================================================================
    diverged             not finite; or L_end > 2 min L and > 1.2 base
    unscaled             min V >= 2 base
    flat_and_high        min V >= 0.95 base
    jagged               noise(L) / median L >= 0.05 and at least 30 % of the steps go up
    jagged_validation    noise(V) / median V >= 0.08, training not jagged
    overfitting          b at least max(5, 0.1 E) epochs before the end, V rises since by max(5 % of V_b,
                         3 noise / sqrt(width), 1 % of base), L not above L_b; where jagged, a rise of 25 %
    gap                  V_b - L_b >= 0.1 base and L_b <= 0.5 V_b, L in inference mode
    undertrained         over the last max(8, 0.15 E) epochs both curves fall: Theil-Sen drop >= 2 % of
                         (base - min) and >= 1 % of the level, Kendall p < 0.05
    underfit             needs the other models' scores; never judged here
    healthy              none of these
    too_short            fewer than 8 epochs
    ===================  ==========================================================================================

    Examples
    --------
    >>> falling = [1.0 / epoch for epoch in range(1, 41)]
    >>> rising = [max(0.2, 0.9 - 0.1 * epoch) + 0.01 * max(0, epoch - 7) for epoch in range(40)]
    >>> diagnosis = diagnose_training({"loss": falling, "val_loss": rising}, baseline_loss=1.0)
    >>> diagnosis.codes
    ('overfitting',)
    >>> print(diagnosis)
    Overfitting: ...
    """
    curve = _read_curve(history, baseline_loss, inference_loss)
    if not curve.is_finite:
        return _alone("diverged", curve, {"first_bad_epoch": float(curve.first_bad_epoch)})
    if curve.n_epochs < MIN_EPOCHS:
        return _alone("too_short", curve, {"needed": float(MIN_EPOCHS)})
    findings: list[TrainingFinding] = []
    not_judged: list[str] = []
    for code, rule in _RULES.items():
        found = rule(curve, tuple(finding.code for finding in findings))
        if found is None:
            not_judged.append(code)
        elif found.holds:
            findings.append(TrainingFinding(code, _advice(code, found.values), found.values))
            if code == "diverged":
                return TrainingDiagnosis(tuple(findings), (), curve.n_epochs, curve.best_epoch)
    if not findings and curve.V is not None:
        findings.append(TrainingFinding("healthy", ADVICE["healthy"]))
    return TrainingDiagnosis(tuple(findings), tuple(not_judged), curve.n_epochs, curve.best_epoch)


def over_folds(diagnoses: Sequence[TrainingDiagnosis], *, share: float = SHARE_OF_FOLDS) -> tuple[FoldFinding, ...]:
    """Keep the diagnoses that hold in most folds, the commonest first.

    Parameters
    ----------
    diagnoses : sequence of TrainingDiagnosis
        One a fold.
    share : float, default=0.6
        Least share of the folds.

    Returns
    -------
    tuple of FoldFinding
        Empty where the folds disagree, or without folds.

    Examples
    --------
    >>> short = diagnose_training({"loss": [2.0, 1.0]})
    >>> over_folds([short, short])
    (FoldFinding(code='too_short', advice=('train_longer',), share=1.0),)
    """
    counts = Counter(code for diagnosis in diagnoses for code in diagnosis.codes)
    advice = {f.code: f.advice for diagnosis in diagnoses for f in diagnosis.findings}
    held = [(code, count / len(diagnoses)) for code, count in counts.most_common()]
    return tuple(FoldFinding(code, advice[code], part) for code, part in held if part >= share)


@dataclass(frozen=True)
class _Found:
    holds: bool
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Curve:
    """Raw and smoothed losses with what the rules ask of them."""

    loss: NDArray[np.float64]
    val_loss: NDArray[np.float64] | None
    L: NDArray[np.float64]  # smoothed
    V: NDArray[np.float64] | None
    width: int  # of the smoothing
    base: float | None
    inference: NDArray[np.float64] | None

    @property
    def n_epochs(self) -> int:
        return len(self.loss)

    @property
    def is_finite(self) -> bool:
        return bool(np.isfinite(self.loss).all() and (self.val_loss is None or np.isfinite(self.val_loss).all()))

    @property
    def first_bad_epoch(self) -> int:
        bad = ~np.isfinite(self.loss)
        if self.val_loss is not None:
            bad |= ~np.isfinite(self.val_loss)
        return int(np.argmax(bad)) + 1

    @property
    def best(self) -> int:
        """Place of the least smoothed validation loss; the raw one decides between equals."""
        assert self.V is not None and self.val_loss is not None  # noqa: PT018 - rules look first
        return int(np.lexsort((self.val_loss, self.V))[0])

    @property
    def best_epoch(self) -> int | None:
        return None if self.V is None or not self.is_finite else self.best + 1

    @property
    def floor(self) -> float | None:
        """The base, or what stands in for it where it only guards against triviality."""
        return self.base if self.base is not None or self.V is None else float(self.V.max())


def _read_curve(history: Any, baseline_loss: float | None, inference_loss: ArrayLike | None) -> _Curve:
    table = getattr(history, "history", history)
    if "loss" not in table or len(table["loss"]) == 0:
        raise UsageError(f"diagnose_training: history must hold 'loss', a number an epoch; got keys {list(table)!r}.")
    loss = np.asarray(table["loss"], dtype=np.float64)
    val_loss = np.asarray(table["val_loss"], dtype=np.float64) if "val_loss" in table else None
    if val_loss is not None and len(val_loss) != len(loss):
        raise UsageError(
            f"diagnose_training: val_loss must have a number an epoch, {len(loss)} of them; got {len(val_loss)}."
        )
    inference = None if inference_loss is None else np.broadcast_to(np.asarray(inference_loss, np.float64), loss.shape)
    width = max(3, len(loss) // 20 // 2 * 2 + 1)
    is_short = len(loss) < MIN_EPOCHS
    return _Curve(
        loss=loss,
        val_loss=val_loss,
        L=loss if is_short else _rolling_median(loss, width),
        V=val_loss if is_short or val_loss is None else _rolling_median(val_loss, width),
        width=width,
        base=None if baseline_loss is None else float(baseline_loss),
        inference=inference,
    )


def _rolling_median(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Median of a centred window, cut off at the ends."""
    half, last = width // 2, len(values) - 1
    smooth = np.empty_like(values)
    smooth[half : last - half + 1] = np.median(np.lib.stride_tricks.sliding_window_view(values, width), axis=1)
    for epoch in (*range(half), *range(last - half + 1, last + 1)):
        smooth[epoch] = np.median(values[max(0, epoch - half) : epoch + half + 1])
    return smooth


def _noise(values: NDArray[np.float64]) -> float:
    """Estimate how far the curve strays from its trend, over its last 75 %."""
    late = values[len(values) // 4 :]
    return float(1.4826 * np.median(np.abs(np.diff(late, n=2))) / math.sqrt(6.0))


def _relative_noise(values: NDArray[np.float64]) -> float:
    level = float(np.median(np.abs(values[len(values) // 4 :])))
    return _noise(values) / level if level > 0.0 else 0.0


def _diverged(curve: _Curve, _: tuple[str, ...]) -> _Found | None:
    end, least = float(curve.L[-1]), float(curve.L.min())
    if end <= 2.0 * least:
        return _Found(holds=False)
    if curve.base is None:
        return None
    return _Found(end > 1.2 * curve.base, {"end_loss": end, "least_loss": least, "baseline_loss": curve.base})


def _unscaled(curve: _Curve, _: tuple[str, ...]) -> _Found | None:
    if curve.V is None or curve.base is None:
        return None
    least = float(curve.V.min())
    return _Found(least >= 2.0 * curve.base, {"least_val_loss": least, "baseline_loss": curve.base})


def _flat_and_high(curve: _Curve, found: tuple[str, ...]) -> _Found | None:
    if curve.V is None or curve.base is None:
        return None
    least, least_training = float(curve.V.min()), float(curve.L.min())
    values = {"least_val_loss": least, "least_loss": least_training, "baseline_loss": curve.base}
    return _Found("unscaled" not in found and least >= 0.95 * curve.base, values)


def _jagged(curve: _Curve, _: tuple[str, ...]) -> _Found | None:
    noise = _relative_noise(curve.loss)
    ups = float(np.mean(np.diff(curve.loss[curve.n_epochs // 4 :]) > 0.0))
    return _Found(noise >= 0.05 and ups >= 0.3, {"noise": noise, "share_up": ups})  # noqa: PLR2004 - the rule's own


def _jagged_validation(curve: _Curve, found: tuple[str, ...]) -> _Found | None:
    if curve.val_loss is None:
        return None
    noise = _relative_noise(curve.val_loss)
    return _Found("jagged" not in found and noise >= 0.08, {"noise": noise})  # noqa: PLR2004 - the rule's own


def _overfitting(curve: _Curve, found: tuple[str, ...]) -> _Found | None:
    if curve.V is None or curve.val_loss is None or curve.floor is None:
        return None
    best, end = curve.best, curve.n_epochs - 1
    rise = float(curve.V[end] - curve.V[best])
    least_share = 0.25 if "jagged" in found else 0.05
    needed = max(
        least_share * abs(float(curve.V[best])),
        3.0 * _noise(curve.val_loss) / math.sqrt(curve.width),
        0.01 * abs(curve.floor),
    )
    is_late = end - best >= max(5.0, 0.1 * curve.n_epochs)
    holds = is_late and rise >= needed and bool(curve.L[end] <= curve.L[best])
    level = abs(float(curve.V[best]))
    return _Found(holds, {"best_epoch": best + 1.0, "rise": rise, "rise_share": rise / level if level else math.inf})


def _gap(curve: _Curve, _: tuple[str, ...]) -> _Found | None:
    if curve.V is None or curve.base is None or curve.inference is None:
        return None
    best = curve.best
    val, train = float(curve.V[best]), float(curve.inference[best])
    holds = val - train >= 0.1 * curve.base and train <= 0.5 * val
    return _Found(holds, {"val_loss": val, "training_loss": train, "baseline_loss": curve.base})


def _undertrained(curve: _Curve, _: tuple[str, ...]) -> _Found | None:
    if curve.val_loss is None or curve.floor is None:
        return None
    window = min(curve.n_epochs, max(8, math.ceil(0.15 * curve.n_epochs)))
    drops = [_steady_drop(values, window, curve.floor) for values in (curve.loss, curve.val_loss)]
    return _Found(all(drop > 0.0 for drop in drops), {"window": float(window), "drop": drops[0], "val_drop": drops[1]})


def _steady_drop(values: NDArray[np.float64], window: int, base: float) -> float:
    """Fall over the window as a share of its level; 0 where it is too small or not sure."""
    late, epochs = values[-window:], np.arange(window)
    level = float(np.median(np.abs(late)))
    drop = -float(stats.theilslopes(late, epochs)[0]) * (window - 1)
    is_sure = bool(stats.kendalltau(epochs, late).pvalue < 0.05)  # noqa: PLR2004 - the rule's own
    is_large = drop >= 0.02 * (base - float(values.min())) and drop >= 0.01 * level
    return drop / level if is_sure and is_large and drop > 0.0 and level > 0.0 else 0.0


def _underfit(_curve: _Curve, _: tuple[str, ...]) -> _Found | None:
    """Other models' scores decide it, and one history holds none."""
    return None


_RULES: dict[str, Callable[[_Curve, tuple[str, ...]], _Found | None]] = {
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


def _advice(code: str, values: dict[str, float]) -> tuple[str, ...]:
    advice = ADVICE[code]
    if code == "flat_and_high" and values["least_loss"] >= 0.95 * values["baseline_loss"]:
        return (*advice, "maybe_no_signal")
    return advice


def _alone(code: str, curve: _Curve, values: dict[str, float]) -> TrainingDiagnosis:
    not_judged = tuple(_RULES) if code == "too_short" else ()
    finding = TrainingFinding(code, ADVICE[code], values)
    return TrainingDiagnosis((finding,), not_judged, curve.n_epochs, curve.best_epoch)
