"""Descriptions of the findings of a training curve, and the advice for each, in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ADVICE", "describe"]

ADVICE: dict[str, tuple[str, ...]] = {
    "diverged": ("lower_learning_rate_tenfold", "scale_inputs_and_target", "clip_gradient", "look_for_outliers"),
    "unscaled": ("scale_inputs_and_target", "lower_learning_rate_tenfold"),
    "flat_and_high": ("raise_learning_rate", "widen"),
    "jagged": ("lower_learning_rate", "larger_batch", "scale_inputs_and_target"),
    "jagged_validation": ("larger_validation_part",),
    "overfitting": ("stop_early", "dropout", "l2"),
    "gap": ("regularise", "more_data"),
    "undertrained": ("double_epochs",),
    "underfit": ("more_units",),
    "healthy": (),
    "too_short": ("train_longer",),
}

_FINDINGS = {
    "diverged": "Diverged: the loss ran away.",
    "unscaled": "Unscaled: the loss {verb} {ratio:.1f} times that of a constant prediction.",
    "flat_and_high": "Flat and high: the validation loss never gets clearly below that of a constant prediction.",
    "jagged": "Jagged: the loss jumps by {noise:.0%} of its level from epoch to epoch.",
    "jagged_validation": "Jagged validation: the validation loss jumps by {noise:.0%} of its level, training is calm.",
    "overfitting": (
        "Overfitting: the validation loss was least at epoch {best_epoch:.0f} and has risen by {rise_share:.0%} since."
    ),
    "gap": "Gap: the validation loss is {val_loss:.3g} where the training loss is {training_loss:.3g}.",
    "undertrained": "Undertrained: both losses were still falling in the last {window:.0f} epochs.",
    "underfit": "Underfit: the network does worse on its own training rows than a classical model on new ones.",
    "healthy": "Healthy: the network learned, and stopped learning, without a sign of trouble.",
    "too_short": "Too short to read: {n_epochs} epochs, and {needed:.0f} are needed.",
}

_ADVICE = {
    "clip_gradient": "clip the gradient norm",
    "double_epochs": "train twice as many epochs",
    "dropout": "add dropout",
    "l2": "add an L2 penalty",
    "larger_batch": "take a larger batch",
    "larger_validation_part": "hold out a larger validation part (the learning rate is not at fault)",
    "look_for_outliers": "look for outliers",
    "lower_learning_rate": "divide the learning rate by 3",
    "lower_learning_rate_tenfold": "divide the learning rate by 10",
    "maybe_no_signal": "consider that the columns may say nothing about the target (the training loss is flat too)",
    "more_data": "gather more rows",
    "more_units": "add units or layers",
    "raise_learning_rate": "multiply the learning rate by 3",
    "regularise": "regularise (dropout, L2)",
    "scale_inputs_and_target": "scale the columns and the target",
    "stop_early": "stop early and keep the best weights",
    "train_longer": "train longer",
    "widen": "widen the network",
}


def describe(
    findings: Sequence[tuple[str, Sequence[str], dict[str, float]]],
    *,
    not_judged: Sequence[str],
    n_epochs: int,
    best_epoch: int | None,
) -> str:
    """Sentences for findings given as (code, advice codes, measured values), a line each."""
    lines = [_sentence(code, advice, {**values, "n_epochs": n_epochs}) for code, advice, values in findings]
    if not findings:
        lines.append("Nothing stands out in the training loss; without a validation loss little more can be said.")
    elif best_epoch is not None and {"healthy", "undertrained"} & {code for code, _, _ in findings}:
        lines.append(f"Best epoch {best_epoch} of {n_epochs}.")
    if not_judged and "too_short" not in {code for code, _, _ in findings}:
        lines.append(f"Not judged: {', '.join(code.replace('_', ' ') for code in not_judged)}.")
    return "\n".join(lines)


def _sentence(code: str, advice: Sequence[str], values: dict[str, float]) -> str:
    finding = _unscaled(**values) if code == "unscaled" else _FINDINGS[code].format(**values)
    if not advice:
        return finding
    remedy = ", ".join(_ADVICE[item] for item in advice)
    return f"{finding} Try: {remedy}."


def _unscaled(*, first_loss: float, least_val_loss: float, baseline_loss: float, **_: float) -> str:
    """Say how far above a constant prediction the validation loss stayed, or where it did not, training began."""
    stays = least_val_loss >= 2.0 * baseline_loss
    ratio = (least_val_loss if stays else first_loss) / baseline_loss if baseline_loss else float("inf")
    return _FINDINGS["unscaled"].format(verb="stays at" if stays else "began at", ratio=ratio)
