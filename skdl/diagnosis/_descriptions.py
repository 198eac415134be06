"""The text of each diagnosis of a training curve, in English; reports in other languages translate it by its code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DiagnosisText:
    """What a diagnosis is called, what it means, and what to do about it.

    ``measured`` is a format string for the values of one training curve; a report over several folds leaves it out.
    """

    label: str
    meaning: str
    advice: str
    advice_codes: tuple[str, ...]
    measured: str = ""


DIAGNOSES: dict[str, DiagnosisText] = {
    "diverged": DiagnosisText(
        label="Diverged",
        meaning="The training loss grew or became infinite instead of converging.",
        advice="Divide the learning rate by 10, scale the features and the target, clip the gradient norm, and look for"
        " outliers.",
        advice_codes=("lower_learning_rate_tenfold", "scale_inputs_and_target", "clip_gradient", "look_for_outliers"),
    ),
    "unscaled": DiagnosisText(
        label="Unscaled",
        meaning="The loss started or stayed far above that of a constant prediction.",
        advice="Scale the features and the target. If they are scaled already, divide the learning rate by 10.",
        advice_codes=("scale_inputs_and_target", "lower_learning_rate_tenfold"),
        measured="It {verb} {ratio:.1f} times that loss.",
    ),
    "flat_and_high": DiagnosisText(
        label="Flat and high",
        meaning="The validation loss never falls clearly below that of a constant prediction.",
        advice="Multiply the learning rate by 3 and widen the network. If the training loss is flat too, the features"
        " may carry no information about the target.",
        advice_codes=("raise_learning_rate", "widen"),
    ),
    "jagged": DiagnosisText(
        label="Jagged",
        meaning="The loss fluctuates strongly from epoch to epoch: the optimizer's steps are too large.",
        advice="Divide the learning rate by 3, use a larger batch size, or scale the features and the target.",
        advice_codes=("lower_learning_rate", "larger_batch", "scale_inputs_and_target"),
        measured="It fluctuates by {noise:.0%} of its level.",
    ),
    "jagged_validation": DiagnosisText(
        label="Jagged validation",
        meaning="The validation loss fluctuates strongly from epoch to epoch, while the training loss is smooth.",
        advice="Use a larger validation set. The learning rate is not the cause.",
        advice_codes=("larger_validation_part",),
        measured="It fluctuates by {noise:.0%} of its level.",
    ),
    "overfitting": DiagnosisText(
        label="Overfitting",
        meaning="The validation loss rose again before the epoch whose weights were kept.",
        advice="Use early stopping and restore the best weights. If that is on already, add dropout or an L2 penalty.",
        advice_codes=("stop_early", "dropout", "l2"),
        measured="It was lowest at epoch {best_epoch:.0f} and rose by {rise_share:.0%} after it.",
    ),
    "gap": DiagnosisText(
        label="Gap",
        meaning="With the final weights the loss is much lower on the training set than on the validation set.",
        advice="Regularise with dropout or L2, or collect more rows.",
        advice_codes=("regularise", "more_data"),
        measured="It is {training_loss:.3g} against {val_loss:.3g}.",
    ),
    "undertrained": DiagnosisText(
        label="Undertrained",
        meaning="Both losses were still falling when training stopped.",
        advice="Train for twice as many epochs.",
        advice_codes=("double_epochs",),
        measured="They fell steadily over the last {window:.0f} epochs.",
    ),
    "underfit": DiagnosisText(
        label="Underfit",
        meaning="The network scores worse on its own training rows than a classical model on test rows.",
        advice="Add units or layers.",
        advice_codes=("more_units",),
    ),
    "healthy": DiagnosisText(
        label="Healthy",
        meaning="The network converged, and the training curve shows no problem.",
        advice="",
        advice_codes=(),
    ),
    "too_short": DiagnosisText(
        label="Too short to read",
        meaning="Fewer than 8 epochs are too few for a diagnosis.",
        advice="Train for longer.",
        advice_codes=("train_longer",),
        measured="The history has {n_epochs}.",
    ),
}


def describe(code: str, values: dict[str, float]) -> str:
    """Return a diagnosis of one training curve as sentences in a line, with the measured values."""
    text = DIAGNOSES[code]
    times = _times_baseline(values) if code == "unscaled" else {}
    measured = text.measured.format(**values, **times)
    return f"{text.label}: {' '.join(part for part in (text.meaning, measured, text.advice) if part)}"


def _times_baseline(values: dict[str, float]) -> dict[str, str | float]:
    """Return how many times the loss of a constant prediction the validation loss stayed at, or else began at."""
    baseline = values["baseline_loss"]
    # The same threshold as the rule `unscaled`, which holds for either of two reasons.
    stays = values["least_val_loss"] >= 2.0 * baseline
    loss = values["least_val_loss"] if stays else values["first_loss"]
    return {"verb": "stays at" if stays else "began at", "ratio": loss / baseline if baseline else float("inf")}
