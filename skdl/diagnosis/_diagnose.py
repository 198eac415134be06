"""Diagnosis of a training curve: findings by rules with stated thresholds.

L and V are the training and validation loss by epoch, ``base`` the validation loss of the constant predictor, E the
number of epochs. Both losses are smoothed by a rolling median of odd width max(3, E / 20). b is the epoch of the least
smoothed V, k the epoch whose weights were kept, L_1 the raw loss of the first epoch. The noise of a curve is
``1.4826 * median|second difference| / sqrt(6)`` over its last 75 %; second differences do not react to a linear trend.
In the table of rules, noise is relative to the curve's median there, or to base / 4 where that is more. A rule that
lacks an input is not judged. Without ``base``, the two rules that need it only as a lower bound (overfitting,
undertrained) use the highest validation loss instead.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from skdl.diagnosis._descriptions import DIAGNOSES, describe
from skdl.diagnosis._rules import MIN_EPOCHS, RULES, smooth_curve
from skdl.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

_SHARE_OF_FOLDS = 0.6


@dataclass(frozen=True)
class TrainingFinding:
    """One finding: its code, the codes of the advice, and the measured values."""

    code: str
    advice: tuple[str, ...]
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingDiagnosis:
    """Findings of a training curve; ``str()`` gives them as sentences.

    Attributes
    ----------
    findings : tuple of TrainingFinding
        Codes: ``diverged``, ``unscaled``, ``flat_and_high``, ``jagged``, ``jagged_validation``, ``overfitting``,
        ``gap``, ``undertrained``, or one of ``healthy`` and ``too_short`` alone. Empty where too little could be
        judged.
    not_judged : tuple of str
        Codes of the rules whose input was missing.
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
        codes = set(self.codes)
        lines = [describe(one.code, {**one.values, "n_epochs": self.n_epochs}) for one in self.findings]
        if not codes:
            lines.append("The training loss shows no problem; without a validation loss little more can be judged.")
        elif self.best_epoch is not None and {"healthy", "undertrained"} & codes:
            lines.append(f"Best epoch {self.best_epoch} of {self.n_epochs}.")
        if self.not_judged and "too_short" not in codes:
            lines.append(f"Not judged: {', '.join(code.replace('_', ' ') for code in self.not_judged)}.")
        return "\n".join(lines)


def diagnose_training(
    history: Mapping[str, Sequence[float]] | Any,
    *,
    baseline_loss: float | None = None,
    initial_penalty: float | None = None,
    inference_loss: ArrayLike | None = None,
    kept_epoch: int | None = None,
) -> TrainingDiagnosis:
    """Diagnose a training history: what it shows, and what to change.

    Parameters
    ----------
    history : estimator, mapping of str to sequence of float, or keras.callbacks.History
        A fitted `KerasMLPRegressor` or `KerasMLPClassifier`, or a pipeline or search that ends in one: its history,
        with its ``baseline_loss_``, ``initial_penalty_``, ``inference_loss_`` and the epoch whose weights it kept,
        where they are not given.
        Or a history: ``loss`` and, where there is one, ``val_loss``, a number an epoch, as ``keras.Model.fit`` returns.
    baseline_loss : float, default=None
        Validation loss of the best constant prediction; the variance of y for mean squared error.
    initial_penalty : float, default=None
        Penalty of the weights before training (``l1``, ``l2``), which is part of the losses of a history; 0 where left
        out. It is no sign of inputs that are not scaled.
    inference_loss : float or array-like of shape (n_epochs,), default=None
        Training loss in inference mode (no dropout, fixed weights): of the kept weights, or a number an epoch; as
        ``inference_loss_`` of skdl's estimators. The ``loss`` of a history is averaged while the weights still change
        and with dropout on, so it cannot show a gap.
    kept_epoch : int, default=None
        Epoch whose weights were kept, counted from 1; the last one where left out. The validation loss after it (while
        early stopping waits) is ignored.

    Returns
    -------
    TrainingDiagnosis
        Findings; ``str()`` gives them as sentences.

    Raises
    ------
    UsageError
        Without a ``loss``, where ``val_loss`` has another length, ``kept_epoch`` is no epoch of the history, or an
        estimator is not fitted or holds no network with a history.

    Notes
    -----
    ===================  ==========================================================================================
    code                 rule
    ===================  ==========================================================================================
    diverged             not finite; or L_end > 2 min L and > 1.2 base; or L_end >= 2 base and >= 0.75 L_1
    unscaled             min V - P >= 2 base; or L_1 - P >= 3 base, and not jagged; P the initial penalty
    flat_and_high        min V >= 0.95 base, and not unscaled
    jagged               noise(V) >= 0.08; and noise(L) >= 0.05 and at least 30 % of the steps of L go up, or
                         L_1 - P >= 3 base. Without V: noise(L) and the steps alone
    jagged_validation    noise(V) >= 0.08, and not jagged
    overfitting          b at least max(5, 0.1 E) epochs before k, V rises between by max(10 % of V_b,
                         3 noise / sqrt(width), 1 % of base), L_k not above L_b; where jagged, a rise of 25 %
    gap                  V_k - L_k >= 0.1 base and L_k <= 0.5 V_k, L in inference mode
    undertrained         over the last max(8, 0.15 E) epochs both curves fall: Theil-Sen drop >= 2 % of
                         (base - min) and >= 0.5 % of the level, Kendall p < 0.05
    underfit             needs the other models' scores: see `is_underfit`; never judged here
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
    if not hasattr(history, "keys") and not hasattr(history, "history"):
        network = _network_of(history)
        history = network.history_
        baseline_loss = network.baseline_loss_ if baseline_loss is None else baseline_loss
        # Pickles of earlier versions lack it.
        initial_penalty = getattr(network, "initial_penalty_", 0.0) if initial_penalty is None else initial_penalty
        inference_loss = network.inference_loss_ if inference_loss is None else inference_loss
        if kept_epoch is None and network.kept_epoch != network.current_epoch:
            kept_epoch = network.best_epoch_
        history, kept_epoch = _since_validation(history, kept_epoch)
    curve = smooth_curve(
        history,
        baseline_loss=baseline_loss,
        initial_penalty=initial_penalty,
        inference_loss=inference_loss,
        kept_epoch=kept_epoch,
    )
    best_epoch = None if curve.V is None or curve.first_bad_epoch else curve.best + 1
    findings: list[TrainingFinding] = []
    not_judged: list[str] = []
    # Checked first: comparisons with NaN are False, so no rule would hold and the curve would look healthy.
    if curve.first_bad_epoch:
        findings = [_finding("diverged", {"first_bad_epoch": float(curve.first_bad_epoch)})]
    elif curve.n_epochs < MIN_EPOCHS:
        findings, not_judged = [_finding("too_short", {"needed": float(MIN_EPOCHS)})], list(RULES)
    else:
        for code, rule in RULES.items():
            judged = rule(curve, tuple(finding.code for finding in findings))
            if judged is None:
                not_judged.append(code)
                continue
            holds, values = judged
            if holds:
                findings.append(_finding(code, values))
            # The other rules would only measure the divergence once more.
            if holds and code == "diverged":
                break
        # Without a validation loss most rules lack their input, so nothing is called healthy.
        if not findings and curve.V is not None:
            findings = [_finding("healthy", {})]
    return TrainingDiagnosis(tuple(findings), tuple(not_judged), curve.n_epochs, best_epoch)


def _network_of(fitted: Any) -> Any:
    """Return the fitted network in an estimator, found by its attributes: no estimator is imported here."""
    inner = fitted
    while not getattr(inner, "history_", None):
        steps = getattr(inner, "steps", None)  # of a pipeline
        inside = steps[-1][1] if steps else getattr(inner, "best_estimator_", getattr(inner, "regressor_", None))
        if inside is None:
            raise UsageError(
                "diagnose_training: history must be a fitted Keras estimator, a mapping with 'loss', or Keras' "
                f"History; got a {type(fitted).__name__} without a training history. Fit it first; a frozen or loaded "
                "network keeps none."
            )
        inner = inside
    return inner


def _since_validation(
    history: Mapping[str, Sequence[float]], kept_epoch: int | None
) -> tuple[Mapping[str, Sequence[float]], int | None]:
    """Cut off the epochs that earlier fits of a network trained without validation rows, where val_loss is NaN."""
    values = history.get("val_loss", ())
    first = next((epoch for epoch, value in enumerate(values) if math.isfinite(value)), 0)
    cut = {name: series[first:] for name, series in history.items()}
    return cut, None if kept_epoch is None else kept_epoch - first


def _finding(code: str, values: dict[str, float]) -> TrainingFinding:
    advice = DIAGNOSES[code].advice_codes
    # If the training loss is no better than a constant either, a larger network may not help.
    if code == "flat_and_high" and values["least_loss"] >= 0.95 * values["baseline_loss"]:
        advice = (*advice, "maybe_no_signal")
    return TrainingFinding(code, advice, values)


def over_folds(diagnoses: Sequence[TrainingDiagnosis]) -> dict[str, float]:
    """Return the codes of findings that hold in most folds, the most frequent first, each with its share of the folds.

    >>> short = diagnose_training({"loss": [2.0, 1.0]})
    >>> over_folds([short, short])
    {'too_short': 1.0}
    """
    # A rule gives a code at most once for each curve, so a count is a number of folds.
    counts = Counter(code for diagnosis in diagnoses for code in diagnosis.codes)
    shares = {code: count / len(diagnoses) for code, count in counts.most_common()}
    return {code: share for code, share in shares.items() if share >= _SHARE_OF_FOLDS}
