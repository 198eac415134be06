"""Diagnosis of synthetic training curves that show one state each."""

import numpy as np
import pytest

from skdl import diagnose_training
from skdl.diagnosis import over_folds
from skdl.exceptions import UsageError

EPOCHS = np.arange(100.0)


def noisy(curve, share=0.005, seed=0):
    """Multiply by normal noise of so large a share."""
    return curve * (1 + np.random.default_rng(seed).normal(0, share, len(curve)))


def history(loss, val_loss=None):
    """Make what Keras records."""
    return {"loss": list(loss)} if val_loss is None else {"loss": list(loss), "val_loss": list(val_loss)}


FALLING = 0.2 + 0.8 * np.exp(-EPOCHS / 10)
HEALTHY = history(noisy(FALLING), noisy(FALLING * 1.1, seed=1))
OVERFITTED = history(
    noisy(np.exp(-EPOCHS / 30)), noisy(0.3 + 0.7 * np.exp(-EPOCHS / 8) + 0.004 * np.maximum(0, EPOCHS - 30), seed=1)
)
UNDERTRAINED = history(noisy(1 - 0.006 * EPOCHS, 0.001), noisy(1.02 - 0.006 * EPOCHS, 0.001, seed=1))
CURVES = {
    "diverged": history(noisy(0.3 + np.exp((EPOCHS - 80) / 8)), noisy(0.4 + np.exp((EPOCHS - 80) / 8), seed=1)),
    "unscaled": history(noisy(5 + 3 * np.exp(-EPOCHS / 10)), noisy(5 + 3 * np.exp(-EPOCHS / 10), seed=1)),
    "flat_and_high": history(noisy(np.full(100, 0.99)), noisy(np.full(100, 1.01), seed=1)),
    "jagged": history(noisy(FALLING, 0.3), noisy(FALLING, 0.2, seed=1)),
    "jagged_validation": history(noisy(FALLING), noisy(FALLING, 0.2, seed=1)),
    "overfitting": OVERFITTED,
    "undertrained": UNDERTRAINED,
    "healthy": HEALTHY,
}


@pytest.mark.parametrize("code", list(CURVES))
def test_a_curve_made_for_a_diagnosis_gets_it_alone(code):
    """Each kind of trouble, and none, on its own curve."""
    assert diagnose_training(CURVES[code], baseline_loss=1.0).codes == (code,)


@pytest.mark.parametrize("code", ["overfitting", "undertrained", "jagged", "jagged_validation", "healthy"])
def test_states_that_need_no_baseline_are_found_without_one(code):
    """A bare history is enough for most."""
    assert diagnose_training(CURVES[code]).codes == (code,)


@pytest.mark.parametrize("kind", ["healthy", "overfitting"])
def test_rules_hold_on_many_noisy_curves(kind):
    """At most 3 % of 100 healthy or overfitted curves are misread."""
    misread = 0
    for seed in range(100):
        scale = np.random.default_rng(seed).normal(1, 0.02, (2, 100))
        curve = history(
            *(np.array(CURVES[kind][key]) * part for key, part in zip(("loss", "val_loss"), scale, strict=True))
        )
        misread += kind not in diagnose_training(curve, baseline_loss=1.0).codes
    assert misread <= 3


def test_a_loss_that_is_not_a_number_has_diverged():
    """Whatever its length, and the epoch is named."""
    finding = diagnose_training({"loss": [1.0, 5.0, np.nan]}).findings[0]
    assert (finding.code, finding.values["first_bad_epoch"]) == ("diverged", 3.0)


def test_seven_epochs_are_too_short():
    """No other diagnosis is made."""
    assert diagnose_training(history(FALLING[:7], FALLING[:7])).codes == ("too_short",)


def test_eight_epochs_are_read():
    """The first length that is."""
    assert diagnose_training(history(FALLING[:8], FALLING[:8])).codes == ("undertrained",)


def test_a_gap_needs_the_loss_as_in_prediction():
    """Dropout lifts the recorded loss; the loss at rest shows the gap."""
    without = diagnose_training(HEALTHY, baseline_loss=1.0)
    with_loss = diagnose_training(HEALTHY, baseline_loss=1.0, inference_loss=0.05)
    assert "gap" in without.not_judged
    assert with_loss.codes == ("gap",)


def test_rules_without_their_input_are_not_judged():
    """No baseline, no validation loss."""
    diagnosis = diagnose_training(history(FALLING))
    assert {"unscaled", "flat_and_high", "jagged_validation", "overfitting", "gap"} <= set(diagnosis.not_judged)
    assert diagnosis.codes == ()
    assert str(diagnosis).startswith("The training loss shows no problem; without a validation loss little more")


def test_a_jagged_curve_overfits_only_by_a_quarter():
    """A rise of a fifth is smaller than the noise."""
    rising = np.where(EPOCHS < 30, 0.5 + 0.5 * np.exp(-EPOCHS / 8), 0.512 + 0.0015 * (EPOCHS - 30))
    training = np.exp(-EPOCHS / 30)
    calm = diagnose_training(history(training, noisy(rising, 0.002)), baseline_loss=1.0)
    jagged = diagnose_training(history(noisy(training, 0.3), noisy(rising, 0.12)), baseline_loss=1.0)
    assert calm.codes == ("overfitting",)
    assert "jagged" in jagged.codes
    assert "overfitting" not in jagged.codes


def test_epochs_after_the_kept_weights_are_ignored():
    """A curve is judged up to the weights that were kept."""
    slowly, then_fast = 0.0003 * np.maximum(0, EPOCHS - 30), 0.02 * np.maximum(0, EPOCHS - 80)
    curve = history(np.exp(-EPOCHS / 30), 0.3 + 0.7 * np.exp(-EPOCHS / 6) + slowly + then_fast)
    kept = [diagnose_training(curve, baseline_loss=1.0, kept_epoch=epoch).codes for epoch in (40, 70, 100)]
    assert kept == [("healthy",), ("healthy",), ("overfitting",)]


def test_a_gap_is_that_of_the_kept_weights():
    """At epoch 10 of an overfitted training there is none yet."""
    losses = np.linspace(0.5, 0.05, 100)
    kept = [diagnose_training(OVERFITTED, baseline_loss=1.0, inference_loss=losses, kept_epoch=k) for k in (10, 100)]
    assert ["gap" in diagnosis.codes for diagnosis in kept] == [False, True]


def test_jumps_of_the_training_loss_alone_come_from_dropout():
    """Training meets another network in each batch, prediction the whole one."""
    for seed in range(50):
        dropout = history(noisy(FALLING, 0.3, seed), noisy(FALLING * 1.1, 0.02, seed + 1000))
        assert diagnose_training(dropout, baseline_loss=1.0).codes == ("healthy",)


def test_jumps_close_to_zero_are_ignored():
    """A loss of a hundredth of the constant's may double and halve."""
    tiny = 0.002 + np.exp(-EPOCHS / 5)
    curve = history(noisy(tiny, 0.5), noisy(tiny, 0.5, seed=1))
    assert diagnose_training(curve, baseline_loss=1.0).codes == ("healthy",)


@pytest.mark.parametrize(("share", "code"), [(0.005, "unscaled"), (0.3, "jagged")], ids=["calm", "wild"])
def test_an_initial_loss_far_above_the_baseline_is_unscaled_or_jagged(share, code):
    """Initial weights predict about as well as a constant, unless columns or steps are large."""
    curve = history(noisy(FALLING + 20.0 * (EPOCHS == 0)), noisy(FALLING * 1.1, share, seed=1))
    found = diagnose_training(curve, baseline_loss=1.0)
    assert found.codes == (code,)
    assert "scale_inputs_and_target" in found.findings[0].advice


def test_an_unscaled_start_is_described_as_a_high_initial_loss():
    """The loss fell later."""
    curve = history(FALLING + 20.0 * (EPOCHS == 0), FALLING * 1.1)
    assert "began at 21.0 times" in str(diagnose_training(curve, baseline_loss=1.0))


def test_a_loss_that_never_fell_from_far_above_has_diverged():
    """One step too large can kill every unit: nothing moves from then on."""
    dead = np.full(60, 9.07)
    dead[0] = 11.2  # as Adam with a learning rate of 1 on breast cancer
    assert diagnose_training(history(dead, np.full(60, 8.92)), baseline_loss=1.0).codes == ("diverged",)


def test_the_best_epoch_counts_from_one():
    """The least smoothed validation loss, here in the middle of a valley."""
    assert diagnose_training(history(FALLING[:41], (np.arange(41) - 20.0) ** 2 + 1)).best_epoch == 21


def test_a_flat_training_loss_raises_the_question_of_signal():
    """Advice depends on whether the network learned at all."""
    flat = diagnose_training(CURVES["flat_and_high"], baseline_loss=1.0).findings[0]
    learned = diagnose_training(history(FALLING, np.full(100, 1.01)), baseline_loss=1.0).findings[0]
    assert "maybe_no_signal" in flat.advice
    assert "maybe_no_signal" not in learned.advice


def test_a_keras_history_is_read_like_a_dictionary():
    """What ``keras.Model.fit`` returns keeps its numbers in ``.history``."""

    class History:
        history = HEALTHY

    assert diagnose_training(History()).codes == ("healthy",)


@pytest.mark.parametrize("code", list(CURVES))
def test_every_diagnosis_reads_as_sentences(code):
    """Text with a full stop, without codes and braces."""
    text = str(diagnose_training(CURVES[code], baseline_loss=1.0))
    assert text.lower().startswith(code.replace("_", " "))
    assert text.endswith(".")
    assert not set("_{}") & set(text)


def test_a_diagnosis_over_folds_holds_in_three_of_five():
    """Three overfitted folds of five are reported, two healthy ones are not."""
    diagnoses = [diagnose_training(h, baseline_loss=1.0) for h in [OVERFITTED] * 3 + [HEALTHY] * 2]
    assert over_folds(diagnoses) == {"overfitting": 0.6}


def test_no_folds_have_no_diagnosis():
    """A comparison without networks."""
    assert over_folds([]) == {}


def test_a_history_without_a_loss_is_refused():
    """The keys it has are named."""
    with pytest.raises(UsageError, match="accuracy"):
        diagnose_training({"accuracy": [0.5]})


@pytest.mark.parametrize("epoch", [0, 101])
def test_an_epoch_that_was_not_trained_cannot_have_been_kept(epoch):
    """Epochs count from 1."""
    with pytest.raises(UsageError, match=f"from 1 to 100; got {epoch}"):
        diagnose_training(HEALTHY, kept_epoch=epoch)


def test_losses_of_different_length_are_refused():
    """They cannot be of one training."""
    with pytest.raises(UsageError, match="10 of them; got 9"):
        diagnose_training(history(np.ones(10), np.ones(9)))
