"""What a score means, in words for somebody who has never heard of its metric: the English table."""

from __future__ import annotations

__all__ = ["SAYINGS"]

SAYINGS = {
    "saying.title": "What the scores of {model} mean",
    "saying.line": "In plain words, {model}: {saying}",
    "saying.unit": "{value} {unit}",
    "saying.rmse": "Its answers for {target} are typically about {value} off; large misses weigh more.",
    "saying.mse": (
        "The misses for {target}, squared, average {value}; the root of it is the typical miss. Large"
        " misses weigh more."
    ),
    "saying.mae": "Its answers for {target} are on average {value} off.",
    "saying.median_error": "Half of its answers for {target} are within {value} of the truth.",
    "saying.mape": "Its answers for {target} are on average {value} % off.",
    "saying.smape": "Its answers for {target} are on average off by {value} % of the middle of truth and answer.",
    "saying.r2": "It explains {value} % of what varies in {target}.",
    "saying.explained_variance": "It explains {value} % of what varies in {target}, a constant shift forgiven.",
    "saying.explains_nothing": "It explains nothing of what varies in {target}: its mean alone would do as well.",
    "saying.poisson_deviance": (
        "Its answers for {target}, read as expected counts, miss by {value}; chance alone gives about 1, and 0 is"
        " exact."
    ),
    "saying.gamma_deviance": (
        "Its misses for {target}, in proportion to the amount and squared, average about {value}; 0 is exact."
    ),
    "saying.pinball_10": (
        "As a low estimate of {target}, to be undercut one time in ten, it costs {value} a row: an answer too high"
        " costs nine times as much as one too low."
    ),
    "saying.pinball_50": "Its answers for {target} are on average {twice} off; the loss is half of that.",
    "saying.pinball_90": (
        "As a high estimate of {target}, to be exceeded one time in ten, it costs {value} a row: an answer too low"
        " costs nine times as much as one too high."
    ),
    "saying.max_error": "Its worst answer of a test fold for {target} is on average {value} off.",
    "saying.accuracy": "{value} of 100 rows are called right.",
    "saying.balanced_accuracy": "Of 100 rows of a class, {value} are called right, on average over the classes.",
    "saying.f1": (
        "Finding the rows of class {label}, and being right about those it names, are balanced at {value} of 100."
    ),
    "saying.f1_mean": (
        "Finding the rows of a class, and being right about those it names, are balanced at {value} of 100, on average"
        " over the classes."
    ),
    "saying.f1_macro": (
        "Finding the rows of a class, and being right about those it names, are balanced at {value} of 100, every class"
        " counting the same."
    ),
    "saying.f1_weighted": (
        "Finding the rows of a class, and being right about those it names, are balanced at {value} of 100, classes"
        " counting by their rows."
    ),
    "saying.precision": "Of 100 rows that it calls {label}, {value} are.",
    "saying.precision_mean": "Of 100 rows that it gives a class, {value} are of it, on average over the classes.",
    "saying.recall": "Of 100 rows that are {label}, it finds {value}.",
    "saying.recall_mean": "Of 100 rows of a class, it finds {value}, on average over the classes.",
    "saying.roc_auc": "Of two rows, one {label} and one not, it puts the right one first {value} times in 100.",
    "saying.roc_auc_mean": (
        "Of two rows, one of a class and one not, it puts the right one first {value} times in 100, on average over the"
        " classes."
    ),
    "saying.average_precision": (
        "Going down its list from the surest {label}, {value} of 100 named so far are right, on average over the list."
    ),
    "saying.average_precision_mean": (
        "Going down its list from the surest rows of a class, {value} of 100 named so far are right, on average over"
        " the list and the classes."
    ),
    "saying.log_loss": "It gives what comes true a probability of typically {odds} %; sure mistakes weigh most.",
    "saying.brier": "Its probabilities miss what comes true by {value}, squared; 0 is sure and right of every row.",
    "saying.mcc": "Its calls agree with the truth by {value}: 0 is guessing, 1 is perfect; rare classes count too.",
    "saying.kappa": "It gets {value} % of the way from guessing to perfect.",
    "saying.any_up": "{metric} is {value}; higher is better.",
    "saying.any_down": "{metric} is {value}; lower is better.",
}
