"""The entries of the catalogue: what each model is, when to use it, and what its columns must be like.

A name costs nothing until it is used: classes stand here as dotted names and are imported when asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skdl._task import Task

__all__ = ["ENTRIES", "CatalogueEntry"]


@dataclass(frozen=True, kw_only=True)
class CatalogueEntry:
    """One name of the catalogue.

    Attributes
    ----------
    name : str
        What a file writes after ``use``.
    description : str
        What the model is, in one sentence.
    when : str
        When to use it, and when not.
    needs_scaling : bool
        Whether columns are brought to one range for it where a file does not say otherwise.
    scaling : str
        Why, or why not.
    rank : int
        How simple it is; lower is simpler. Among models that cannot be told apart the simplest is recommended.
    regression, classification : str or None
        Dotted class for each task; None where there is none.
    instead : str or None
        The name to use for the task that this one has no class for.
    defaults : mapping
        Parameters that differ from the class' own defaults.
    scales_target : bool
        Whether the target is standardised for it in regression, and its answers brought back: for models whose defaults
        suit a target of unit variance.
    is_network : bool
        Whether it is a neural network.
    extra : str or None
        The extra of skdl that installs its package.
    """

    name: str
    description: str
    when: str
    needs_scaling: bool
    scaling: str
    rank: int
    regression: str | None = None
    classification: str | None = None
    instead: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    scales_target: bool = False
    is_network: bool = False
    extra: str | None = None

    def path_for(self, task: Task) -> str | None:
        """Give the dotted class for a task, or None."""
        return self.regression if task == "regression" else self.classification


_BY_THRESHOLDS = "Indifferent: a tree asks whether a value is above a threshold, and any unit will do."
_BY_PENALTY = "Needed: the penalty weighs all coefficients alike, so that the unit of a column would decide its share."
_BY_GRADIENT = (
    "Needed: with columns of different ranges the error is a narrow valley, in which gradient steps go to and fro."
)

ENTRIES = (
    CatalogueEntry(
        name="dummy",
        description="Always answers the mean, or the shares of the classes: what any model has to beat.",
        when="Always there. A model that is not clearly better has learnt nothing from the columns.",
        needs_scaling=False,
        scaling="Indifferent: it looks at no column.",
        rank=0,
        regression="sklearn.dummy.DummyRegressor",
        classification="sklearn.dummy.DummyClassifier",
    ),
    CatalogueEntry(
        name="linear",
        description="A weighted sum of the columns, by least squares; the weights can be read.",
        when="The first model to try for numbers: fast, hard to break, and often as good as any on a few hundred "
        "rows. It sees no bends and no interplay of columns; with columns that are nearly alike its weights "
        "are unsteady (try ridge).",
        needs_scaling=True,
        scaling="Not needed for the answers, which are the same; the weights become comparable, and the sums exact.",
        rank=10,
        regression="sklearn.linear_model.LinearRegression",
        instead="logistic",
    ),
    CatalogueEntry(
        name="logistic",
        description="A weighted sum of the columns turned into probabilities; the weights can be read.",
        when="The first model to try for classes: fast, with probabilities that can mostly be trusted. It draws "
        "straight borders alone; XOR is beyond it. A larger C lets it fit more closely.",
        needs_scaling=True,
        scaling=_BY_PENALTY,
        rank=10,
        classification="sklearn.linear_model.LogisticRegression",
        instead="linear",
        defaults={"max_iter": 1000},
    ),
    CatalogueEntry(
        name="ridge",
        description="A linear model with its weights held small, steady where columns are alike.",
        when="In place of linear where columns are many or nearly alike. alpha sets how small the weights are "
        "held; tune it between 0.01 and 100.",
        needs_scaling=True,
        scaling=_BY_PENALTY,
        rank=11,
        regression="sklearn.linear_model.Ridge",
        classification="sklearn.linear_model.RidgeClassifier",
    ),
    CatalogueEntry(
        name="lasso",
        description="A linear model that sets the weights of useless columns to zero.",
        when="Where few of many columns matter, and one wants to know which. alpha is in the target's unit: tune "
        "it, for with the default of 1 all weights may vanish.",
        needs_scaling=True,
        scaling=_BY_PENALTY,
        rank=12,
        regression="sklearn.linear_model.Lasso",
        instead="logistic",
    ),
    CatalogueEntry(
        name="naive_bayes",
        description="Bayes' rule with the columns taken as independent and normal; very fast.",
        when="Very few rows, or as a quick mark to beat. Columns that say the same thing are counted twice, so "
        "that its probabilities are too sure of themselves.",
        needs_scaling=True,
        scaling="Helps: what it adds to each variance is a share of the largest one among the columns.",
        rank=15,
        classification="sklearn.naive_bayes.GaussianNB",
        instead="linear",
    ),
    CatalogueEntry(
        name="decision_tree",
        description="One tree of yes-or-no questions, easy to draw and quick to overfit.",
        when="Where people must follow each answer. Bound it with max_depth or min_samples_leaf: unbounded it "
        "learns the training rows by heart.",
        needs_scaling=False,
        scaling=_BY_THRESHOLDS,
        rank=20,
        regression="sklearn.tree.DecisionTreeRegressor",
        classification="sklearn.tree.DecisionTreeClassifier",
    ),
    CatalogueEntry(
        name="knn",
        description="Answers as the nearest known rows do; needs scaled columns.",
        when="Few columns that all matter, and any shape of border. It learns nothing ahead, so that predicting "
        "costs time and the model is as large as the table; useless columns drown the useful ones. Tune "
        "n_neighbors.",
        needs_scaling=True,
        scaling="Needed: it measures distances, and the column with the largest numbers would decide alone.",
        rank=30,
        regression="sklearn.neighbors.KNeighborsRegressor",
        classification="sklearn.neighbors.KNeighborsClassifier",
    ),
    CatalogueEntry(
        name="svm",
        description="A smooth function from a few supporting rows; needs scaled columns, slow on large tables.",
        when="Up to some ten thousand rows, with smooth bends; often the best on small tables. Time grows with the "
        "square of the rows or worse. Tune C and gamma together.",
        needs_scaling=True,
        scaling="Needed: its kernel measures distances, and the column with the largest numbers would decide alone.",
        rank=40,
        regression="sklearn.svm.SVR",
        classification="sklearn.svm.SVC",
        scales_target=True,
    ),
    CatalogueEntry(
        name="random_forest",
        description="The average of many trees, each grown on a draw of rows and columns; good without tuning.",
        when="Nearly always worth a try: it finds bends and interplay by itself and needs no tuning. It cannot go "
        "beyond the values it has seen, and the saved model may be large.",
        needs_scaling=False,
        scaling=_BY_THRESHOLDS,
        rank=50,
        regression="sklearn.ensemble.RandomForestRegressor",
        classification="sklearn.ensemble.RandomForestClassifier",
    ),
    CatalogueEntry(
        name="gradient_boosting",
        description="Small trees, each correcting those before it.",
        when="Mostly more exact than a forest on tables of a thousand rows and more, where it is tuned: "
        "learning_rate with n_estimators, and max_depth. Slow beyond ten thousand rows (use "
        "hist_gradient_boosting).",
        needs_scaling=False,
        scaling=_BY_THRESHOLDS,
        rank=54,
        regression="sklearn.ensemble.GradientBoostingRegressor",
        classification="sklearn.ensemble.GradientBoostingClassifier",
    ),
    CatalogueEntry(
        name="hist_gradient_boosting",
        description="Gradient boosting on binned columns, fast on large tables.",
        when="The one to beat on tables of ten thousand rows and more. On a few hundred its leaves of 20 rows are "
        "coarse.",
        needs_scaling=False,
        scaling=_BY_THRESHOLDS,
        rank=56,
        regression="sklearn.ensemble.HistGradientBoostingRegressor",
        classification="sklearn.ensemble.HistGradientBoostingClassifier",
    ),
    CatalogueEntry(
        name="lightgbm",
        description="Gradient boosting that grows the leaf which helps most; fast on large tables.",
        when="As hist_gradient_boosting, with more to tune. num_leaves sets how closely it fits.",
        needs_scaling=False,
        scaling=_BY_THRESHOLDS,
        rank=58,
        regression="lightgbm.LGBMRegressor",
        classification="lightgbm.LGBMClassifier",
        defaults={"verbose": -1},
        extra="boosting",
    ),
    CatalogueEntry(
        name="xgboost",
        description="Gradient boosting with regularised trees.",
        when="As hist_gradient_boosting, with more to tune. Start with learning_rate, n_estimators and max_depth.",
        needs_scaling=False,
        scaling=_BY_THRESHOLDS,
        rank=59,
        regression="xgboost.XGBRegressor",
        classification="xgboost.XGBClassifier",
        extra="boosting",
    ),
    CatalogueEntry(
        name="sklearn_mlp",
        description="scikit-learn's own neural network, with early stopping; needs scaled columns.",
        when="To see what another implementation of the same idea makes of the table.",
        needs_scaling=True,
        scaling=_BY_GRADIENT,
        rank=80,
        regression="sklearn.neural_network.MLPRegressor",
        classification="sklearn.neural_network.MLPClassifier",
        defaults={"max_iter": 1000, "early_stopping": True},
        scales_target=True,
        is_network=True,
    ),
    CatalogueEntry(
        name="keras_mlp",
        description="A Keras neural network of dense layers; needs scaled columns.",
        when="Smooth functions of many columns, images as pixels, and thousands of rows. On small tables hold it "
        "back with early_stopping, dropout or l2, and see whether it beats a line and a forest. Tune "
        "hidden_layer_sizes and learning_rate.",
        needs_scaling=True,
        scaling=_BY_GRADIENT,
        rank=90,
        regression="skdl.estimators.KerasMLPRegressor",
        classification="skdl.estimators.KerasMLPClassifier",
        is_network=True,
    ),
)
