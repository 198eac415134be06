"""Models of the catalogue, and the packages whose classes a pipeline file may name.

To add a model, add an entry here; for a model of another package, add the package, too. Classes are dotted names, which
are imported only when they are used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from skdl._task import Task


@dataclass(frozen=True, kw_only=True)
class ModelPackage:
    """A package whose classes a pipeline file may name."""

    name: str  # of the import
    distribution: str  # name for pip install; its version is recorded with each comparison and each saved model
    extra: str | None = None  # of skdl, which installs it
    # Whether a vote of one encodes the classes: its classifiers take 0, 1, ... only, or predict a column of classes.
    encodes_classes: bool = False
    # Parameters of its classes in a pipeline file, where they differ from those of the class.
    defaults: Mapping[str, Any] = field(default_factory=dict)
    whole_categories: bool = False  # whether its models take categories as whole numbers only, in a DataFrame
    aliases: tuple[frozenset[str], ...] = ()  # names of one parameter, of which only one may be set

    def overridden(self, given: Iterable[str]) -> set[str]:
        """Return the names of parameters that may not be set beside those that are given."""
        return {name for names in self.aliases if not names.isdisjoint(given) for name in names.difference(given)}


PACKAGES: Mapping[str, ModelPackage] = {
    package.name: package
    for package in (
        ModelPackage(name="skdl", distribution="skdl"),
        ModelPackage(name="sklearn", distribution="scikit-learn"),
        ModelPackage(
            name="catboost",
            distribution="catboost",
            extra="boosting",
            encodes_classes=True,
            whole_categories=True,
            # One thread, as for every model; no log on the screen, and no folder of logs.
            defaults={"thread_count": 1, "verbose": False, "allow_writing_files": False},
            aliases=(
                frozenset({"iterations", "n_estimators", "num_boost_round", "num_trees"}),
                frozenset({"learning_rate", "eta"}),
                frozenset({"depth", "max_depth"}),
                frozenset({"l2_leaf_reg", "reg_lambda"}),
                frozenset({"random_state", "random_seed"}),
                frozenset({"verbose", "logging_level", "verbose_eval", "silent"}),
            ),
        ),
        ModelPackage(name="interpret", distribution="interpret-core", extra="interpret"),
        ModelPackage(name="lightgbm", distribution="lightgbm", extra="boosting", defaults={"verbose": -1}),
        ModelPackage(name="xgboost", distribution="xgboost", extra="boosting", encodes_classes=True),
    )
}


# Parameters of scikit-learn's own early stopping.
_OWN_STOPPING = ("early_stopping", "n_iter_no_change", "validation_fraction")
# A column of more is a name or a code: a tree splits it into groups that fit the noise.
_MOST_CATEGORIES = 200


@dataclass(frozen=True, kw_only=True)
class CatalogueEntry:
    """One model of the catalogue."""

    name: str  # for ``use`` in a pipeline file
    description: str  # what the model is, in one sentence
    when: str  # when to use it, and when not
    needs_scaling: bool  # whether numbers are scaled for it by default
    scaling: str  # why, or why not
    rank: int  # complexity; among models without a clear difference the one with the lowest rank is recommended
    # Dotted class for each task; None where there is none, and then the name of the model to use instead.
    regression: str | None = None
    classification: str | None = None
    instead: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)  # where they differ from those of the class
    search: Mapping[str, Any] = field(default_factory=dict)  # for ``search: default``, as in a pipeline file
    scales_target: bool = False  # whether its defaults need a target of unit variance in a regression
    is_network: bool = False
    is_ensemble: bool = False  # of other models of the file
    # Parameters for as many rounds as help on validation rows; the first one is the largest number of rounds. They hold
    # where a file leaves that one out.
    early_stopping: Mapping[str, Any] = field(default_factory=dict)
    most_categories: int = 0  # of a column that it takes as categories; 0 where all are encoded as numbers
    takes_raw: bool = False  # whether it codes numbers with gaps and categories itself
    max_rows: int | None = None  # most rows of a training part, where its memory grows with their square
    takes_sparse: bool = False  # whether it fits thousands of columns of a sparse matrix as fast as a few

    def path_for(self, task: Task) -> str | None:
        """Return the dotted class for a task, or None."""
        return self.regression if task == "regression" else self.classification

    @property
    def package(self) -> ModelPackage:
        """The package of its classes."""
        return PACKAGES[str(self.regression or self.classification).partition(".")[0]]

    @property
    def settings(self) -> Mapping[str, Any]:
        """Parameters that a pipeline file starts from, where they differ from those of the class."""
        return {**self.package.defaults, **self.defaults, **self.early_stopping}

    def stops_early(self, given: Collection[str]) -> bool:
        """Whether validation rows choose the number of rounds, where those parameters are given."""
        own = (next(iter(self.early_stopping), ""), *_OWN_STOPPING)
        return bool(self.early_stopping) and not any(name in given for name in own)

    @property
    def extra(self) -> str | None:
        """The extra of skdl that installs its package."""
        return self.package.extra


_tree = partial(
    CatalogueEntry,
    needs_scaling=False,
    scaling="Indifferent: a tree compares values with thresholds, in any unit.",
)
_penalised = partial(
    CatalogueEntry,
    needs_scaling=True,
    scaling="Needed: the penalty treats all coefficients alike, so the unit of a feature would decide how much it is "
    "penalised.",
)
_network = partial(
    CatalogueEntry,
    needs_scaling=True,
    scaling="Needed: with features of different ranges the loss is ill-conditioned, and gradient descent converges "
    "slowly.",
    is_network=True,
)
_strong_network = partial(
    CatalogueEntry,
    needs_scaling=False,
    scaling="Indifferent: the network scales numbers itself, robustly, and clips them.",
    regression="skdl.estimators.KerasRealMLPRegressor",
    classification="skdl.estimators.KerasRealMLPClassifier",
    is_network=True,
    takes_raw=True,
    # That of TabArena (Erickson et al., arXiv 2506.16791), without label smoothing, which makes probabilities worse.
    search={
        "hidden_layer_sizes": [[units] * depth for depth in (2, 3, 4) for units in (256, 384, 512)],
        "dropout": {"uniform": [0, 0.5]},
        "frequency_scale": {"loguniform": [0.01, 50]},
        "learning_rate": {"loguniform": [0.02, 0.3]},
        "weight_decay": {"loguniform": [0.001, 0.05]},
    },
)
_ensemble = partial(
    CatalogueEntry,
    needs_scaling=False,
    scaling="Indifferent: each of its models has its own preprocessing.",
    is_ensemble=True,
)

ENTRIES = (
    CatalogueEntry(
        name="dummy",
        description="Predicts the mean of the target, or the frequencies of the classes: the baseline for all models.",
        when="Always included. A model that is not clearly better has learned nothing from the features.",
        needs_scaling=False,
        scaling="Indifferent: it uses no feature.",
        rank=0,
        regression="sklearn.dummy.DummyRegressor",
        classification="sklearn.dummy.DummyClassifier",
    ),
    CatalogueEntry(
        name="linear",
        takes_sparse=True,
        description="Linear regression by least squares; its coefficients can be interpreted.",
        when="The first model to try for a regression: fast, robust, and often as good as any on a few hundred rows. "
        "It fits no curves and no interactions of features; with correlated features its coefficients are unstable "
        "(try ridge).",
        needs_scaling=True,
        scaling="Not needed for the predictions, which are the same; it makes the coefficients comparable, and "
        "rounding small.",
        rank=10,
        regression="sklearn.linear_model.LinearRegression",
        instead="logistic",
    ),
    _penalised(
        name="logistic",
        takes_sparse=True,
        description="Logistic regression: a linear model of class probabilities; its coefficients can be interpreted.",
        when="The first model to try for a classification: fast, with probabilities that are mostly well calibrated. "
        "Its decision boundaries are linear, so it cannot learn XOR. A larger C means less regularisation.",
        rank=10,
        classification="sklearn.linear_model.LogisticRegression",
        instead="linear",
        defaults={"max_iter": 1000},
        search={"C": {"loguniform": [0.001, 1000]}},
    ),
    _penalised(
        name="ridge",
        takes_sparse=True,
        description="A linear model with an L2 penalty, stable where features are correlated.",
        when="In place of linear with many or correlated features. alpha is the strength of the penalty; tune it "
        "between 0.01 and 100.",
        rank=11,
        regression="sklearn.linear_model.Ridge",
        classification="sklearn.linear_model.RidgeClassifier",
        search={"alpha": {"loguniform": [0.001, 1000]}},
    ),
    _penalised(
        name="lasso",
        takes_sparse=True,
        description="A linear model with an L1 penalty, which sets the coefficients of useless features to zero.",
        when="Where few of many features matter, to find out which. alpha is in the unit of the target: tune it, for "
        "with the default of 1 all coefficients may be zero.",
        rank=12,
        regression="sklearn.linear_model.Lasso",
        instead="logistic",
        search={"alpha": {"loguniform": [0.0001, 10]}},
    ),
    _penalised(
        name="elastic_net",
        takes_sparse=True,
        description="A linear model with L1 and L2 penalties: useless features get a coefficient of zero, correlated "
        "ones share theirs.",
        when="In place of lasso where features are correlated: lasso keeps one of them, at random. Tune alpha, the "
        "strength, in units of a standardised target; l1_ratio is the share of the L1 penalty.",
        rank=13,
        regression="sklearn.linear_model.ElasticNet",
        instead="logistic",
        defaults={"alpha": 0.001},
        scales_target=True,
        search={"alpha": {"loguniform": [1e-6, 1]}, "l1_ratio": {"uniform": [0.05, 1]}},
    ),
    CatalogueEntry(
        name="naive_bayes",
        description="Gaussian naive Bayes: features as independent normal distributions in each class; very fast.",
        when="Very few rows, or as a quick baseline. Correlated features count twice, so its probabilities are "
        "overconfident.",
        needs_scaling=True,
        scaling="Helps: it adds a share of the largest variance of all features to each variance.",
        rank=15,
        classification="sklearn.naive_bayes.GaussianNB",
        instead="linear",
        search={"var_smoothing": {"loguniform": [1e-10, 0.1]}},
    ),
    _tree(
        name="decision_tree",
        description="One decision tree, easy to draw and quick to overfit.",
        when="Where people must understand each prediction. Limit it with max_depth or min_samples_leaf: without a "
        "limit it memorises the training rows.",
        rank=20,
        regression="sklearn.tree.DecisionTreeRegressor",
        classification="sklearn.tree.DecisionTreeClassifier",
        search={"min_samples_leaf": {"randint": [1, 50]}, "max_features": {"uniform": [0.3, 1]}},
    ),
    _tree(
        name="explainable_boosting",
        description="Explainable boosting machine: a sum of curves, one for each feature, and of some pairs of them.",
        when="Where each prediction must be explained: its terms can be drawn, and it is often as accurate as "
        "boosting. It takes a minute where boosting takes seconds. outer_bags: 4 is about three times as fast.",
        rank=25,
        regression="interpret.glassbox.ExplainableBoostingRegressor",
        classification="interpret.glassbox.ExplainableBoostingClassifier",
        most_categories=_MOST_CATEGORIES,
        search={
            "learning_rate": {"loguniform": [0.005, 0.1]},
            "max_leaves": [2, 3, 4],
            "min_samples_leaf": {"randint": [2, 20]},
            "smoothing_rounds": {"randint": [0, 500]},
            "interactions": ["1x", "3x", "6x"],
        },
    ),
    CatalogueEntry(
        name="knn",
        description="K nearest neighbors: predicts from the most similar training rows; needs scaled features.",
        when="Few features that all matter, with any shape of decision boundary. It stores the table, so prediction "
        "is slow and the model is as large as the table; useless features dominate the distances. Tune n_neighbors.",
        needs_scaling=True,
        scaling="Needed: it computes distances, which the feature with the largest numbers would dominate.",
        rank=30,
        regression="sklearn.neighbors.KNeighborsRegressor",
        classification="sklearn.neighbors.KNeighborsClassifier",
        search={"n_neighbors": {"randint": [1, 50]}, "weights": ["uniform", "distance"], "p": [1, 2]},
    ),
    CatalogueEntry(
        name="svm",
        description="Support vector machine with an RBF kernel; needs scaled features, slow on large tables.",
        when="Smooth functions, up to some ten thousand rows; often the best on small tables. Training time grows at "
        "least with the square of the rows. Tune C and gamma together.",
        needs_scaling=True,
        scaling="Needed: its kernel computes distances, which the feature with the largest numbers would dominate.",
        rank=40,
        regression="sklearn.svm.SVR",
        classification="sklearn.svm.SVC",
        scales_target=True,
        search={"C": {"loguniform": [0.1, 1000]}, "gamma": {"loguniform": [0.0001, 10]}},
    ),
    CatalogueEntry(
        name="gaussian_process",
        description="Gaussian process: smooth functions with an RBF kernel, whose scale and noise are fitted.",
        when="Smooth functions of a few features and up to some thousand rows, without tuning. Memory grows with the "
        "square of the rows, time with their third power.",
        needs_scaling=True,
        scaling="Needed: its kernel computes distances, which the feature with the largest numbers would dominate.",
        rank=45,
        regression="sklearn.gaussian_process.GaussianProcessRegressor",
        classification="sklearn.gaussian_process.GaussianProcessClassifier",
        scales_target=True,
        max_rows=5000,
    ),
    _tree(
        name="random_forest",
        description="The average of many trees, each on random rows and features; good without tuning.",
        when="Nearly always worth a try: it finds curves and interactions and needs no tuning. It cannot "
        "extrapolate, and the saved model may be large.",
        rank=50,
        regression="sklearn.ensemble.RandomForestRegressor",
        classification="sklearn.ensemble.RandomForestClassifier",
        search={"max_features": {"uniform": [0.1, 1]}, "min_samples_leaf": {"randint": [1, 10]}},
    ),
    _tree(
        name="extra_trees",
        description="As random_forest, with thresholds drawn at random: smoother, and faster to train.",
        when="Beside a random forest: with noisy features often more accurate. It cannot extrapolate, and the saved "
        "model may be large.",
        rank=51,
        regression="sklearn.ensemble.ExtraTreesRegressor",
        classification="sklearn.ensemble.ExtraTreesClassifier",
        search={"max_features": {"uniform": [0.1, 1]}, "min_samples_leaf": {"randint": [1, 10]}},
    ),
    _tree(
        name="gradient_boosting",
        description="Gradient boosting: small trees, each fitted to the errors of those before it.",
        when="Mostly better than a forest from a thousand rows on. Start with max_depth and learning_rate: validation "
        "rows choose the number of trees. Slow beyond ten thousand rows (use hist_gradient_boosting).",
        rank=54,
        regression="sklearn.ensemble.GradientBoostingRegressor",
        classification="sklearn.ensemble.GradientBoostingClassifier",
        early_stopping={"n_estimators": 300, "max_depth": 4},
        search={
            "learning_rate": {"loguniform": [0.03, 0.3]},
            "max_depth": {"randint": [2, 7]},
            "min_samples_leaf": {"randint": [1, 50]},
            "subsample": {"uniform": [0.5, 1]},
        },
    ),
    _tree(
        name="hist_gradient_boosting",
        description="Gradient boosting on binned features, fast on large tables.",
        when="The first model to try from ten thousand rows on. On a few hundred rows its leaves of 20 rows are "
        "coarse.",
        rank=56,
        regression="sklearn.ensemble.HistGradientBoostingRegressor",
        classification="sklearn.ensemble.HistGradientBoostingClassifier",
        early_stopping={"max_iter": 1000, "learning_rate": 0.05},
        most_categories=_MOST_CATEGORIES,
        search={
            "learning_rate": {"loguniform": [0.01, 0.3]},
            "max_leaf_nodes": {"randint": [7, 127]},
            "min_samples_leaf": {"randint": [3, 60]},
            "l2_regularization": {"loguniform": [0.0001, 10]},
        },
    ),
    _tree(
        name="lightgbm",
        description="LightGBM: gradient boosting with leaf-wise trees; fast on large tables.",
        when="As hist_gradient_boosting, with more hyperparameters. num_leaves sets its complexity.",
        rank=58,
        regression="lightgbm.LGBMRegressor",
        classification="lightgbm.LGBMClassifier",
        early_stopping={"n_estimators": 1000, "learning_rate": 0.05},
        most_categories=_MOST_CATEGORIES,
        search={
            "learning_rate": {"loguniform": [0.01, 0.3]},
            "num_leaves": {"randint": [7, 127]},
            "min_child_samples": {"randint": [3, 60]},
            "colsample_bytree": {"uniform": [0.4, 1]},
            "reg_lambda": {"loguniform": [0.0001, 10]},
        },
    ),
    _tree(
        name="xgboost",
        description="XGBoost: gradient boosting with regularised trees.",
        when="As hist_gradient_boosting, with more hyperparameters. Start with max_depth and learning_rate: validation "
        "rows choose the number of trees.",
        rank=59,
        regression="xgboost.XGBRegressor",
        classification="xgboost.XGBClassifier",
        early_stopping={"n_estimators": 1000, "learning_rate": 0.05},
        most_categories=_MOST_CATEGORIES,
        search={
            "learning_rate": {"loguniform": [0.01, 0.3]},
            "max_depth": {"randint": [2, 10]},
            "min_child_weight": {"loguniform": [0.001, 20]},
            "subsample": {"uniform": [0.5, 1]},
            "colsample_bytree": {"uniform": [0.4, 1]},
            "reg_lambda": {"loguniform": [0.0001, 10]},
        },
    ),
    _tree(
        name="catboost",
        description="CatBoost: gradient boosting with symmetric trees and its own coding of categories.",
        when="Often the most accurate model without tuning, above all with many categories; it takes several times as "
        "long as lightgbm.",
        rank=60,
        regression="catboost.CatBoostRegressor",
        classification="catboost.CatBoostClassifier",
        most_categories=2**31,
        search={
            "iterations": {"randint": [200, 1500]},
            "learning_rate": {"loguniform": [0.01, 0.2]},
            "depth": {"randint": [4, 9]},
            "l2_leaf_reg": {"loguniform": [0.01, 30]},
        },
    ),
    _network(
        name="sklearn_mlp",
        description="The neural network of scikit-learn, with early stopping; needs scaled features.",
        when="To compare keras_mlp with another implementation.",
        rank=80,
        regression="sklearn.neural_network.MLPRegressor",
        classification="sklearn.neural_network.MLPClassifier",
        defaults={"max_iter": 1000, "early_stopping": True},
        scales_target=True,
        search={
            "hidden_layer_sizes": [[32], [64, 32], [128, 64], [256, 128]],
            "learning_rate_init": {"loguniform": [0.0003, 0.01]},
            "alpha": {"loguniform": [1e-6, 0.1]},
        },
    ),
    _network(
        name="keras_mlp",
        description="A Keras neural network of dense layers; needs scaled features.",
        when="Smooth functions of many features, images as pixels, and thousands of rows. On small tables regularise "
        "it with early_stopping, dropout or l2, and check that it beats a linear model and a forest. From 500 rows on "
        "give it scale: piecewise for its numbers, l2: 0.003 and averaging: 0.9. Tune hidden_layer_sizes and "
        "learning_rate.",
        rank=90,
        regression="skdl.estimators.KerasMLPRegressor",
        classification="skdl.estimators.KerasMLPClassifier",
        search={
            "hidden_layer_sizes": [[32], [64, 32], [128, 64], [256, 128]],
            "learning_rate": {"loguniform": [0.0003, 0.01]},
            "dropout": [0.0, 0.1, 0.25, 0.5],
            "l2": {"loguniform": [1e-6, 0.01]},
        },
    ),
    _strong_network(
        name="keras_real_mlp",
        description="A strong Keras network after the RealMLP recipe; takes raw columns.",
        when="Whether any network is worth it: nearly as accurate as boosting with its defaults, at 5 to 20 times the "
        "time of keras_mlp.",
        rank=92,
    ),
    _strong_network(
        name="keras_real_mlp_bag",
        description="The mean of five keras_real_mlp, each trained on four fifths of the rows.",
        when="For the most accurate network, at five times the time of keras_real_mlp.",
        rank=94,
        defaults={"n_estimators": 5},
    ),
    _ensemble(
        name="blend",
        description="The weighted mean of other models of the file, with weights chosen on predictions out of fold.",
        when="For the last percent of accuracy, where several models of different kinds are about equally good. of "
        "names its models; by default it takes all others. It fits each of them once more in every inner fold "
        "(compare.tune.folds), and costs as much to use as its models together.",
        rank=100,
        regression="skdl.ensemble.BlendRegressor",
        classification="skdl.ensemble.BlendClassifier",
    ),
    _ensemble(
        name="stacking",
        description="A linear model of the predictions of other models of the file, fitted on predictions out of fold.",
        when="As blend, where its models have biases that a linear model can correct; from a few thousand rows on. It "
        "always needs all of its models.",
        rank=102,
        regression="skdl.ensemble.StackRegressor",
        classification="skdl.ensemble.StackClassifier",
    ),
)
