"""A search by tree-structured Parzen estimators (Optuna): each candidate is drawn where good ones were before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection._search import BaseSearchCV

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class TPESearchCV(BaseSearchCV):  # type: ignore[misc]  # scikit-learn has no types
    """Search one candidate after the other by tree-structured Parzen estimators, as `RandomizedSearchCV` otherwise.

    The first candidate is ``first``. ``param_distributions`` has lists, and SciPy's uniform, log-uniform and whole
    numbers. The same seed gives the same candidates.
    """

    __module__ = "skdl.pipeline"

    def __init__(
        self,
        estimator: Any,
        param_distributions: Mapping[str, Any],
        *,
        n_iter: int,
        first: Mapping[str, Any],
        random_state: int,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: bool = True,
        cv: Any = None,
        error_score: Any = "raise",
    ) -> None:
        super().__init__(estimator, scoring=scoring, n_jobs=n_jobs, refit=refit, cv=cv, error_score=error_score)
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.first = first
        self.random_state = random_state

    def _run_search(self, evaluate_candidates: Callable[[list[Any]], dict[str, Any]]) -> None:
        import optuna

        before = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        try:
            study = optuna.create_study(
                direction="maximize", sampler=optuna.samplers.TPESampler(seed=self.random_state)
            )
        finally:
            optuna.logging.set_verbosity(before)
        spaces = {name: _distribution(values) for name, values in self.param_distributions.items()}
        evaluate_candidates([dict(self.first)])
        for _ in range(self.n_iter - 1):
            trial = study.ask(spaces)
            # Optuna knows the position in a list alone: the values may be of any type.
            candidate = {
                name: values[trial.params[name]] if isinstance(values, list) else trial.params[name]
                for name, values in self.param_distributions.items()
            }
            score = evaluate_candidates([candidate])["mean_test_score"][-1]
            study.tell(trial, float(score)) if np.isfinite(score) else study.tell(
                trial, state=optuna.trial.TrialState.FAIL
            )


def _distribution(values: Any) -> Any:
    """Return a list or a distribution of SciPy as Optuna has it."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(values, list):
        return CategoricalDistribution(range(len(values)))
    low, high = values.support()
    if values.dist.name == "randint":
        return IntDistribution(int(low), int(high))
    return FloatDistribution(float(low), float(high), log=values.dist.name in {"loguniform", "reciprocal"})
