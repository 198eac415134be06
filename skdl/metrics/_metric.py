"""Metric: all properties of one metric in one record, and the score of a model by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from skdl._note import Note
from skdl.exceptions import UsageError

if TYPE_CHECKING:
    from skdl._task import Task
    from skdl.metrics._decision_costs import DecisionCosts


Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Undefined:
    """True values that a metric is not defined for."""

    code: str  # of the message in a report of another language
    rows: Callable[[Array], npt.NDArray[np.bool_]]  # True where a value is one of those
    condition: str  # how a message describes them, after the name of the target
    instead: str  # which metrics accept them


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric. What a score means in plain words is in the report's string tables, under ``meaning.NAME``."""

    name: str  # in a pipeline file
    label: str  # name in an English report; other languages have theirs under ``metric.NAME``
    description: str  # what it is, in one sentence
    task: Task
    # ``function(y_true, predicted)`` for predictions, else ``function(y_true, scores, classes)``; gives NaN where the
    # metric is not defined. A plain function or a ``functools.partial`` of one with keywords: it uses nothing but NumPy
    # as ``np`` and what it imports itself, because `skdl export-code` copies its source.
    function: Callable[..., float]
    needs_classes: bool = False  # whether a function of predictions takes the classes of the model, too
    greater_is_better: bool  # its natural direction; no sign is ever changed
    # What it needs of a model: predictions, probabilities, or any scores that order the rows.
    response: Literal["predict", "proba", "score"] = "predict"
    in_target_unit: bool = False  # whether its unit is the target's
    unit: str | None = None  # another unit, of a user's metric
    bounds: tuple[float, float] = (0.0, np.inf)
    bounded: bool = False  # by 1, as accuracy and R² are: differences of 0.01 do not matter then
    undefined: Undefined | None = None  # true values that it is not defined for
    # Whether it is the error of one row, as the largest is: weights do not change it, and no resample has a larger one.
    of_one_row: bool = False
    # Whether ``function`` takes ``sample_weight``; others are weighted by ``on_counts``, of which weights are a row.
    is_weighted: bool = False
    # Scores of many bootstrap samples at once; None where ``function`` on the rows of each sample is fast enough.
    on_counts: OnCounts | None = None
    on_rows: Callable[[Predictions], Floats] | None = None  # see `row_values`; None takes the loss of a mean
    equivalent_scorer: str | None = None  # scorer of scikit-learn that ranks by exactly these numbers
    scorer_name: str | None = None  # where the metric is itself a scorer of scikit-learn, which replaces ``function``
    note: Note | None = None  # how the direction of a user's metric was found
    # By which classes are decided; probabilities are used where there are any, ``function`` gets the decisions.
    costs: DecisionCosts | None = None

    @property
    def needs_proba(self) -> bool:
        """Whether the metric has no value for a model without probabilities."""
        return self.response == "proba" and self.costs is None

    def measure(
        self, y_true: Any, predicted: Any, probabilities: Any = None, classes: Any = None, sample_weight: Any = None
    ) -> float:
        """Compute the score of a model's predictions, in the natural unit and sign; NaN where it is not defined.

        ``probabilities``, of shape (n_samples, n_classes) or (n_samples,), is the output of ``predict_proba``, or with
        ``response="score"`` of ``decision_function``; ``classes``, the model's ``classes_``, are its columns. Classes
        of ``y_true`` that are not among them have probability 0. A row with a weight of 2 counts as two rows.

        Examples
        --------
        >>> from skdl.metrics import resolve_metrics
        >>> resolve_metrics(["rmse"], "regression")[0].measure([1.0, 2.0], [1.0, 4.0])
        1.4142...
        """
        truth, weights = np.asarray(y_true), None if sample_weight is None else np.asarray(sample_weight)
        known = None if classes is None else np.asarray(classes)
        guess = np.asarray(predicted)
        guess = guess[:, 0] if guess.shape == (*truth.shape, 1) else guess  # CatBoost's, of three or more classes
        arguments: tuple[Any, ...]
        if self.costs is not None:
            arguments = (self.costs.decide(guess, probabilities, known),)
        elif self.response == "predict":
            arguments = (guess, *((known,) if self.needs_classes else ()))
        else:
            if probabilities is None or known is None:
                raise UsageError(
                    f"{self.name} needs probabilities and classes; got none. "
                    "Choose a model with predict_proba, or another metric."
                )
            arguments = align_classes(truth, np.asarray(probabilities, dtype=np.float64), known)
        if weights is not None and self.is_weighted:
            return float(self.function(truth, *arguments, sample_weight=weights))
        score = float(self.function(truth, *arguments))
        if weights is None or self.on_counts is None or np.isnan(score):
            return score
        if truth.ndim > 1:
            columns = zip(truth.T, guess.T, strict=True)
            return float(np.mean([self.measure(one, other, sample_weight=weights) for one, other in columns]))
        response = None
        if self.task == "classification":
            # With columns for the classes of these rows, also those that the model was not trained on.
            union = np.unique(truth) if known is None else np.union1d(known, truth)
            response, known = (None, union) if self.response == "predict" else arguments
        return float(self.on_counts(Predictions(truth, guess, response, known), weights[None] * 1.0)[0])

    @property
    def takes_weights(self) -> bool:
        """Whether rows can be weighted; a largest error is the same with any weights."""
        return self.is_weighted or self.on_counts is not None or self.of_one_row

    def of_model(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Compute the score of a fitted estimator with scikit-learn's scorer of that name; NaN where it has none."""
        from sklearn.metrics import get_scorer

        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        try:
            value = float(get_scorer(self.scorer_name)(estimator, X, y, **weights))
        except ValueError:  # such as a class that these rows lack
            return float("nan")
        return value if self.greater_is_better else -value

    def undefined_because(self, y_true: Any, target: str) -> Note | None:
        """Explain why the metric is not defined for rows with these true values; None where it accepts all of them.

        Examples
        --------
        >>> from skdl.metrics import resolve_metrics
        >>> mape, gamma = resolve_metrics(["mape", "gamma_deviance"], "regression")
        >>> print(mape.undefined_because([0.0, 2.0, 0.0], "sales"))
        2 rows have sales 0; smape takes zeros, and so does mae
        >>> gamma.undefined_because([1.0, 2.0], "sales")
        """
        if self.undefined is None:
            return None
        refused = self.undefined.rows(np.asarray(y_true, dtype=np.float64))
        n_rows = int(refused.reshape(len(refused), -1).any(axis=1).sum())
        if not n_rows:
            return None
        rows = "1 row has" if n_rows == 1 else f"{n_rows:,} rows have"
        text = f"{rows} {target} {self.undefined.condition}; {self.undefined.instead}"
        return Note(self.undefined.code, text, {"n_rows": n_rows, "target": target})


@dataclass(frozen=True)
class Scorer:
    """A metric as scikit-learn's searches expect it: negated where smaller is better."""

    metric: Metric

    def get_metadata_routing(self) -> Any:
        """Ask for the weights of the rows, where a search has them."""
        from sklearn.utils.metadata_routing import MetadataRequest

        request = MetadataRequest(owner=self)
        request.score.add_request(param="sample_weight", alias=True)
        return request

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Compute the score of a fitted estimator."""
        metric = self.metric
        classes = getattr(estimator, "classes_", None)
        if metric.scorer_name is not None:
            value = metric.of_model(estimator, X, y, sample_weight)
        elif metric.response == "predict" or (metric.costs is not None and not hasattr(estimator, "predict_proba")):
            value = metric.measure(y, estimator.predict(X), classes=classes, sample_weight=sample_weight)
        else:
            by_score = metric.response == "score" and not hasattr(estimator, "predict_proba")
            scores = estimator.decision_function(X) if by_score else estimator.predict_proba(X)
            value = metric.measure(y, None, scores, classes, sample_weight)
        return value if metric.greater_is_better else -value


def align_classes(truth: Array, scores: Array, classes: Array) -> tuple[Array, Array]:
    """Return scores with a column for every class of model and truth, in the order of the classes.

    A class that the model was not trained on has the score 0.
    """
    if scores.ndim == 1:
        # One column holds the decision values of the second class; their negatives order the rows for the first.
        return np.column_stack([-scores, scores]), classes
    labels = np.union1d(classes, truth)
    if len(labels) == len(classes):
        return scores, classes
    wide = np.zeros((len(scores), len(labels)))
    wide[:, np.searchsorted(labels, classes)] = scores
    return wide, labels


@dataclass(frozen=True)
class Predictions:
    """The true values of a hold-out set, and what one model predicted for its rows.

    ``response`` holds probabilities or scores, for the metrics that need them; ``classes`` are its columns. Rows may
    have ``weights``.
    """

    truth: npt.NDArray[Any]
    predicted: npt.NDArray[Any]
    response: npt.NDArray[Any] | None = None
    classes: npt.NDArray[Any] | None = None
    weights: npt.NDArray[Any] | None = None

    def measure(self, metric: Metric, rows: npt.NDArray[np.intp] | slice = slice(None)) -> float:
        """Compute the score on some of the rows, which may be repeated."""
        response = None if self.response is None else self.response[rows]
        weights = None if self.weights is None else self.weights[rows]
        return metric.measure(self.truth[rows], self.predicted[rows], response, self.classes, weights)


# Score on bootstrap samples: predictions, counts (n_samples, n_rows) -> scores (n_samples,).
OnCounts = Callable[[Predictions, Floats], Floats]
