"""Costs of decisions, and the class that is decided for a row.

Given probabilities, the class with the smallest expected cost is decided: Bayes' rule, which is fixed by the costs
alone, so that no row that is scored has a part in it. Of two classes that is a threshold [1]_. Its decisions are as
good as the probabilities are calibrated. Of a model without probabilities the predicted classes are taken.

References
----------
.. [1] Elkan, "The foundations of cost-sensitive learning", IJCAI 2001.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class DecisionCosts:
    """The cost of each decision for a row of each class; called, the function of the metric: the mean cost of a row.

    Examples
    --------
    An offer of 5 keeps a customer who leaves, which is worth 50:

    >>> costs = DecisionCosts(("leaves", "stays"), ((-45.0, 0.0), (5.0, 0.0)))
    >>> costs.threshold
    0.9
    >>> costs(np.array(["leaves", "stays", "stays"]), np.array(["leaves", "leaves", "stays"]))
    -13.33...
    """

    classes: tuple[Any, ...]  # of the table, sorted
    matrix: tuple[tuple[float, ...], ...]  # by actual, then by decided class; a gain is below 0
    unit: str | None = None
    action: int | None = None  # position of the class that is acted on, where the costs are those of an action

    @property
    def threshold(self) -> float | None:
        """Probability of the last of two classes from which on it is decided; None for more classes."""
        if len(self.classes) != 2:
            return None
        (right_first, wrong_last), (wrong_first, right_last) = self.matrix
        alarm, miss = wrong_last - right_first, wrong_first - right_last
        return alarm / (alarm + miss)

    def decide(self, predicted: Any, probabilities: Any, classes: Any) -> NDArray[Any]:
        """Return the class to decide for each row: with the least expected cost, or as predicted.

        ``probabilities`` are None, or have a column for each of the model's ``classes``.
        """
        if probabilities is None:
            return np.asarray(predicted)
        labels, given = np.asarray(self.classes), np.asarray(probabilities, dtype=np.float64)
        # A class that the model was not trained on has the probability 0. (n_samples, n_classes)
        whole = np.zeros((len(given), len(labels)))
        whole[:, np.searchsorted(labels, classes)] = given
        if self.threshold is not None:
            chosen = (whole[:, 1] >= self.threshold).astype(np.intp)
        else:
            # einsum without BLAS, whose sums depend on the number of rows.
            chosen = np.einsum("nc,cd->nd", whole, np.asarray(self.matrix)).argmin(axis=1)
        decided: NDArray[Any] = labels[chosen]
        return decided

    def of_rows(self, truth: Any, decided: Any) -> NDArray[np.float64]:
        """Return the cost of each row."""
        labels = np.asarray(self.classes)
        costs: NDArray[np.float64] = np.asarray(self.matrix)[
            np.searchsorted(labels, truth), np.searchsorted(labels, decided)
        ]
        return costs

    def __call__(
        self, truth: NDArray[Any], decided: NDArray[Any], *, sample_weight: NDArray[Any] | None = None
    ) -> float:
        """Compute the mean cost a row."""
        return float(np.average(self.of_rows(truth, decided), weights=sample_weight))
