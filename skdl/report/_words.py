"""Every word of a report, a table a language; a second language is one more entry of ``LANGUAGES``.

Values stand in braces and are put in by `Words`, never by joining pieces: another language orders its words another
way. Numbers arrive as text, already formatted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from skdl.exceptions import UsageError
from skdl.report._saying_words import SAYINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LANGUAGES", "Words", "words_of"]


@dataclass(frozen=True)
class Words:
    """The table of one language: ``words(key, **values)`` is the sentence, in the type asked for."""

    lang: str
    table: Mapping[str, str]

    def __call__(self, key: str, **values: Any) -> str:
        """Sentence for a key, as plain text."""
        return self.table[key].format(**values)

    def markup(self, key: str, **values: Any) -> Markup:
        """Sentence for a key as HTML; values that are no `Markup` are escaped."""
        return Markup(self.table[key]).format(**values)  # noqa: S704 - the table is ours, the values are escaped

    def has(self, key: str) -> bool:
        """Whether the table holds this key, for codes that come from other layers."""
        return key in self.table


def words_of(lang: str) -> Words:
    """Words of a language, by its code.

    Raises
    ------
    UsageError
        For a language that is not there.

    Examples
    --------
    >>> words_of("en")("verdict.preview", n=5)
    'Preview of 5 folds.'
    """
    if lang not in LANGUAGES:
        raise UsageError(f"write_report: lang must be one of {sorted(LANGUAGES)}; got {lang!r}.")
    return Words(lang, LANGUAGES[lang])


_VERDICT = {
    "verdict.score": "{metric}\N{NO-BREAK SPACE}{mean}",
    "verdict.score_interval": (
        "{metric}\N{NO-BREAK SPACE}{mean}, 95\N{NO-BREAK SPACE}% CI {low}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{high}"
    ),
    "verdict.preview": "Preview of {n} folds.",
    "verdict.preview_of_one": "Preview of a single fold.",
    "verdict.holdout": "One hold-out set, each model trained once: how training varies is not known.",
    "verdict.detectable": (
        "With these folds a difference of {difference} in {metric} would have been found four times in five."
    ),
    "verdict.wins": "{leader} wins ({score}), {difference} better than {runner_up} (p\N{NO-BREAK SPACE}{p}).",
    "verdict.not_told": (
        "{leader} leads ({score}) but cannot be told from {runner_up}"
        " (difference {difference}, p\N{NO-BREAK SPACE}{p})."
    ),
    "verdict.not_tested": "{leader} leads ({score}) but cannot be told from {runner_up} (difference {difference}).",
    "verdict.equivalent": (
        "{leader} leads ({score}) but is practically the same as {runner_up} (difference {difference})."
    ),
    "verdict.leads": (
        "{leader} leads ({score}), {difference} ahead of {runner_up} (p\N{NO-BREAK SPACE}{p}),"
        " but no winner can be named."
    ),
    "verdict.leads_alone": "{leader} leads ({score}), but no winner can be named.",
    "verdict.dummy": "No model can be told from {dummy}, which ignores every column; {leader} comes first ({score}).",
    "verdict.one_model": "{leader} ({score}) is the only model that finished: there is nothing to compare it with.",
    "ship.winner": "Ship {model}.",
    "ship.only": "Ship {model}: no other model is in its group.",
    "ship.only_one_model": "Ship {model}, or compare it first.",
    "ship.ahead": "Ship {model}: the others in its group are probably worse by more than matters.",
    "ship.leader_simplest": "Ship {model}: no model that may do as well is simpler.",
    "ship.leader_fastest": "Ship {model}: none that may do as well is simpler, and none as simple is faster to score.",
    "ship.simplest": "Ship {model}: simpler, and in the same group.",
    "ship.simplest_faster": "Ship {model}: simpler, in the same group, {ratio} times faster to score.",
    "ship.fastest": "Ship {model}: of the simplest in the same group, the fastest.",
    "ship.fastest_faster": "Ship {model}: in the same group, {ratio} times faster to score.",
    "ship.dummy": "Ship none of them: {model} does as well.",
}

_REASONS = {
    "badge.not_significant": "not significant",
    "badge.equivalent": "practically the same",
    "badge.dummy": "no better than the dummy",
    "badge.few_folds": "few folds",
    "badge.few_minority_rows": "rare class",
    "badge.small_test_folds": "small test folds",
    "badge.leader_changes": "leader hangs on one fold",
    "badge.one_model": "nothing to compare",
    "badge.failed_folds": "failed folds",
    "badge.seed_spread": "spread over seeds",
    "badge.small_holdout": "small hold-out set",
    "badge.rare_in_holdout": "rare class",
    "badge.few_holdout_groups": "few groups",
    "badge.holdout_untested": "no test",
    "badge.shuffled_groups": "groups were split",
    "badge.shuffled_time": "time was shuffled",
    "reason.not_significant": "The difference to {runner_up} is within what the folds scatter (adjusted p {p_value}).",
    "reason.not_significant_untested": "One fold allows no test of the difference to {runner_up}.",
    "reason.equivalent": (
        "{runner_up} is within {rope} of the leader (probability {p_equivalent}), which is practically the same."
    ),
    "reason.dummy": "The leader does not do better than {dummy}, which ignores every column (adjusted p {p_value}).",
    "reason.dummy_untested": "The leader cannot be shown to do better than {dummy}, which ignores every column.",
    "reason.few_folds": "{n_folds} folds are a preview; naming a winner takes {needed}.",
    "reason.few_minority_rows": (
        "The rarest class has {n_rows} rows in a test fold; the scores are coarse below {needed}."
    ),
    "reason.small_test_folds": (
        "The smallest test fold has {n_rows} rows; below {needed} it takes {needed_folds} folds to name a winner."
    ),
    "reason.leader_changes": "Leave out one fold ({n_folds_that_matter} of {n_folds} would do) and {models} leads.",
    "reason.one_model": "Only one model finished every fold.",
    "reason.failed_folds": "Some models failed on some folds: {models}.",
    "reason.seed_spread": (
        "Another seed alone moves {model} by {spread} (standard deviation of {n_seeds} fits a fold), which is more than"
        " the difference of {difference}."
    ),
    "reason.small_holdout": "The hold-out set has {n} rows; naming a winner takes {needed}.",
    "reason.rare_in_holdout": "The rarest class has {n} rows in the hold-out set; naming a winner takes {needed}.",
    "reason.few_holdout_groups": "The hold-out set has {n} groups; naming a winner takes {needed}.",
    "reason.holdout_untested": (
        "One split has no folds to test over, and {metric} cannot be measured on its rows drawn again."
    ),
    "reason.shuffled_groups": "Rows of one group stand in training and test rows alike.",
    "reason.shuffled_time": "Models were trained on rows later than those they were tested on.",
}

_READINGS = {
    "reading.diverged": "Diverged",
    "reading.unscaled": "Unscaled",
    "reading.flat_and_high": "Flat and high",
    "reading.jagged": "Jagged",
    "reading.jagged_validation": "Jagged validation",
    "reading.overfitting": "Overfitting",
    "reading.gap": "Gap",
    "reading.undertrained": "Undertrained",
    "reading.underfit": "Underfit",
    "reading.healthy": "Healthy",
    "reading.too_short": "Too short to read",
    "meaning.diverged": "The loss ran away.",
    "meaning.unscaled": "The validation loss stays far above that of a constant prediction.",
    "meaning.flat_and_high": "The validation loss never gets clearly below that of a constant prediction.",
    "meaning.jagged": "The training loss jumps from epoch to epoch.",
    "meaning.jagged_validation": "The validation loss jumps from epoch to epoch, while the training loss is calm.",
    "meaning.overfitting": "The validation loss rises again while the training loss still falls.",
    "meaning.gap": "The validation loss stays far above the training loss.",
    "meaning.undertrained": "Both losses were still falling when training stopped.",
    "meaning.underfit": "The network learns its training rows less well than a classical model does.",
    "meaning.healthy": "The network learned, and stopped learning, without a sign of trouble.",
    "meaning.too_short": "Fewer than 8 epochs say too little about how training went.",
    "advice.diverged": "Divide the learning rate by 10, clip the gradient norm, and look for outliers.",
    "advice.unscaled": "Scale the columns and the target.",
    "advice.flat_and_high": (
        "Multiply the learning rate by 3 and widen the network. If the training loss is flat too, the columns may say"
        " nothing about the target."
    ),
    "advice.jagged": "Divide the learning rate by 3, or take a larger batch.",
    "advice.jagged_validation": "Hold out a larger validation part; the learning rate is not at fault.",
    "advice.overfitting": "Stop early with the best weights; where that is done already, add dropout or an L2 penalty.",
    "advice.gap": "Regularise with dropout or L2, or gather more rows.",
    "advice.undertrained": "Train for twice as many epochs.",
    "advice.underfit": "Add units or layers.",
    "advice.too_short": "Train for longer.",
    "reading.share": "{share} of the folds",
    "reading.none": "The folds disagree: no reading holds in most of them.",
}

_PAGE = {
    "title": "{name}: comparison report",
    "nav.verdict": "Verdict",
    "nav.leaderboard": "Leaderboard",
    "nav.against": "Differences",
    "nav.tuning": "Tuning",
    "nav.folds": "Folds",
    "nav.networks": "Networks",
    "nav.errors": "Errors",
    "nav.data": "Data and protocol",
    "nav.reproduce": "Reproduce",
    "skip": "Skip to the verdict",
    "lead.data": "{rows} rows, {columns} columns, target {target}",
    "lead.folds": "{splitter}, {folds} folds",
    "lead.column": "{folds} {splitter}",
    "lead.repeated": "{splitter}, {folds} folds x {repeats} repeats",
    "lead.models": "{n} models, {fits} fits in {elapsed}",
    "weakens": "Why no winner is named",
    "stands": "What speaks for it",
    "winner.stands": (
        "The difference holds after correction for all pairs and whichever fold is left out, and it is larger than what"
        " counts as practically the same."
    ),
    "winner.stands_holdout": (
        "The difference holds after correction for all pairs when the test rows are drawn again, and it is larger than"
        " what counts as practically the same. Other training rows might give another."
    ),
    "against.title": "Against {model}",
    "against.note_named": (
        "Each model's {metric} minus that of the reference, which was named before the comparison: p-values are "
        "adjusted by Holm's method over these {n} differences. A difference below {width} does not matter in practice; "
        "the last three columns are how probable it is that a model is better, practically the same, or worse."
    ),
    "against.note_leader": (
        "Each model's {metric} minus the leader's, which was found in the same scores: p-values are adjusted by Holm's "
        "method over all pairs of models. A difference below {width} does not matter in practice; the last three "
        "columns are how probable it is that a model is better, practically the same, or worse."
    ),
    "against.difference": "Difference",
    "against.interval": "95 % CI",
    "against.p": "p",
    "against.better": "Better",
    "against.equivalent": "The same",
    "against.worse": "Worse",
    "leaderboard.note": (
        "Mean \N{PLUS-MINUS SIGN} spread over {n} test folds, and an approximate 95 % interval of the mean. Models that"
        " share a letter cannot be told apart; p is corrected for overlapping training sets and for all pairs."
    ),
    "leaderboard.note_holdout": (
        "Score on one hold-out set, and the 95 % interval of its rows drawn again. Models that share a letter cannot be"
        " told apart; p is corrected for all pairs."
    ),
    "column.rank": "#",
    "column.group": "Group",
    "column.model": "Model",
    "column.interval": "95 % interval",
    "column.spread": "Spread",
    "column.difference": "To leader",
    "column.p": "p",
    "column.fit": "Fit s",
    "column.predict": "Predict ms",
    "column.rows": "Rows a second",
    "column.saved": "On disk",
    "column.memory": "Memory",
    "column.better_up": "higher is better",
    "column.better_down": "lower is better",
    "tag.recommended": "ship this",
    "tag.winner": "winner",
    "tag.dummy": "baseline",
    "tag.network": "network",
    "tag.failed": "failed",
    "leader": "leader",
    "interval.to": "{low} to {high}",
    "interval.aria": "{mean}, interval {low} to {high}",
    "interval.off": "off the scale",
    "costs.title": "What it costs",
    "costs.note": (
        "Fit and predict: mean of a fold, tuning included. On disk: the saved model. Memory: how far the process rose"
        " above where it stood, the largest of the folds."
    ),
    "costs.note_unmeasured": (
        "Fit and predict: mean of a fold, tuning included. On disk: the saved model. Memory is measured where folds run"
        " in processes of their own (--jobs 2)."
    ),
    "tuning.note": (
        "What the chosen candidates scored inside the search, against test rows that the search never saw. Choosing the"
        " best of many promises too much; the smaller training parts inside the search pull the other way."
    ),
    "tuning.inner": "{metric}\N{NO-BREAK SPACE}{score} inside the search",
    "tuning.outer": "{score} on the test rows",
    "tuning.optimistic": "promised {gap} too much",
    "tuning.pessimistic": "promised {gap} too little",
    "tuning.kept": "promised what came true",
    "tuning.of": "{value} ({n} of {folds})",
    "tuning.range": "{low} to {high}, median {median}",
    "tuning.edge_lowest": (
        "{model}: the best {parameter} is at the edge of what was searched, {value}. Search below it."
    ),
    "tuning.edge_highest": (
        "{model}: the best {parameter} is at the edge of what was searched, {value}. Search above it."
    ),
    "failed.title": "Models that failed",
    "failed.unknown": "no message",
    "folds.note": (
        "One dot a fold, lines join the same fold across models, the bar is the interval of the mean. Lines that run"
        " alike say that some folds are harder for every model."
    ),
    "plot.folds": "{metric} of each model on each test fold, models from best to worst: {models}",
    "plot.curve": "Training and validation loss of {model} by epoch, a line a fold",
    "plot.curve_training": "Training loss of {model} by epoch, a line a fold",
    "plot.predicted": "Predicted against actual {target} of {model}, with the diagonal of perfect predictions",
    "plot.axis.epoch": "epoch",
    "plot.axis.loss": "loss",
    "plot.axis.actual": "actual {target}",
    "plot.axis.predicted": "predicted",
    "plot.training": "training",
    "plot.validation": "validation",
    "plot.best": "best epoch",
    "networks.note": "Thin lines are the folds, thick lines their median.",
    "networks.parameters": "{n} weights",
    "networks.epochs": "{epochs} epochs",
    "networks.epochs_range": "{low} to {high} epochs",
    "networks.best": "best at epoch {epoch} (median)",
    "networks.loss": "loss {loss}",
    "networks.seed_spread": "{metric} moves by {spread} from seed to seed",
    "networks.unread": "No training history was kept.",
    "errors.note": "Every row was predicted once, by a model that had not seen it.",
    "errors.predicted": "{model}: predicted against actual",
    "errors.binned": "{n} rows, darker where more of them fall",
    "errors.rows": "{n} rows",
    "errors.confusion": "{model}: confusion",
    "errors.confusion_note": "Rows are the actual class, columns the predicted one; {right} of {n} rows right.",
    "errors.actual": "actual",
    "data.source": "Source",
    "data.target": "Target",
    "data.task": "Task",
    "data.rows": "Rows",
    "data.columns": "Columns",
    "data.columns_kinds": "{n} ({numeric} numeric, {categorical} categorical)",
    "data.missing": "Missing cells",
    "data.missing_share": "{n} ({share})",
    "data.range": "Target range",
    "data.classes": "Classes",
    "data.notes": "Notes",
    "data.none": "none",
    "task.regression": "regression",
    "task.classification": "classification",
    "protocol.title": "Protocol",
    "data.title": "Data",
    "protocol.folds": "Folds",
    "protocol.folds_repeats": "{folds} x {repeats} repeats",
    "protocol.splitter": "Splits",
    "protocol.seed": "Seed",
    "protocol.tuned": "Tuned inside the folds",
    "protocol.tuned_models": "{models} ({folds} inner folds)",
    "protocol.splits_hash": "Splits hash",
    "protocol.data_hash": "Data hash",
    "protocol.fits": "Fits",
    "protocol.elapsed": "Time taken",
    "reproduce.command": "Run this comparison again",
    "reproduce.score": "Score new rows with the saved model",
    "reproduce.score_note": (
        "The saved model is {model}, fitted on all rows. The pin proves that it is the file saved here."
    ),
    "reproduce.score_command": "skdl score model INPUT --out DIR --sha256 {pin}",
    "reproduce.versions": "Versions",
    "created": "Written {created} by skdl",
}

LANGUAGES: dict[str, dict[str, str]] = {"en": {**_VERDICT, **_REASONS, **_READINGS, **_PAGE, **SAYINGS}}
