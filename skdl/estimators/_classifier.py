"""Classification with Keras networks: what all architectures share, and the MLP classifier."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from skdl.estimators._architectures.mlp import MLP, activation_choices
from skdl.estimators._arguments import explain_arguments
from skdl.estimators._estimator import NetworkEstimator
from skdl.estimators._heads import ClassHead, classifier_head
from skdl.estimators._loaded import read_network
from skdl.estimators._targets import ClassTarget

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from typing import Self

    from numpy.typing import ArrayLike, NDArray

    from skdl.estimators._data import CheckedTable

_MULTILABEL = "multilabel-indicator"
_LABELS_SHOWN = 5


class NetworkClassifier(ClassifierMixin, NetworkEstimator):
    """Base class of classifiers, whatever their architecture; a subclass has the parameter ``class_weight`` too."""

    _y_numeric = False
    _target: ClassTarget
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NetworkEstimator._parameter_constraints,  # noqa: SLF001 - scikit-learn's way to declare them
        "class_weight": [StrOptions({"balanced"}), dict, None],
    }

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _start(self, table: CheckedTable, classes: ArrayLike | None = None) -> None:
        super()._start(table)
        self._multilabel = type_of_target(table.y) == _MULTILABEL
        if self._multilabel:
            # The columns of a multilabel target have no names.
            self.classes_ = np.arange(table.y.shape[1])
        else:
            self.classes_ = np.unique(table.y if classes is None else np.asarray(classes))

    def _check_target(self, table: CheckedTable) -> CheckedTable:
        check_classification_targets(table.y)
        if table.y.ndim > 1 and not _is_indicator(table.y):
            raise ValueError(
                f"{type(self).__name__}: y must hold one label a row, or a column of 0 and 1 for each label; "
                f"got {np.unique(table.y)[:_LABELS_SHOWN].tolist()!r} in {table.y.shape[1]} columns. "
                f"Train a network for each column: MultiOutputClassifier({type(self).__name__}())."
            )
        if self.class_weight is None:
            return table
        if isinstance(self.class_weight, Mapping):
            self._check_class_weight(self.class_weight, np.unique(table.y).tolist())
        # A new array: the caller's sample_weight must stay as it is.
        weight = compute_sample_weight(self.class_weight, table.y)
        return type(table)(table.X, table.y, weight if table.weight is None else weight * table.weight)

    def _check_class_weight(self, weights: Mapping[Any, Any], known: Sequence[Any]) -> None:
        """Check that the weights are finite and not negative, and that no class is misspelled."""
        for label, weight in weights.items():
            if not isinstance(weight, Real) or not 0 <= float(weight) < np.inf:
                raise ValueError(
                    f"{type(self).__name__}: class_weight must be finite numbers from 0; got {weight!r} for class "
                    f"{label!r}."
                )
        unknown = [label for label in weights if label not in known]
        # A part of a table may lack a class that has a weight.
        if unknown and len(weights) - len(unknown) < len(known):
            raise ValueError(
                f"{type(self).__name__}: class_weight must name classes of y ({known[:_LABELS_SHOWN]!r}); got "
                f"{unknown[0]!r}."
            )

    def _strata(self, y: NDArray[Any]) -> NDArray[Any] | None:
        # Combinations of labels are too many to stratify by.
        return None if self._multilabel else np.searchsorted(self.classes_, y)

    def _fit_target(self, table: CheckedTable) -> tuple[ClassTarget, ClassHead]:  # noqa: ARG002 - `_start` determined the classes
        if len(self.classes_) < 2 and not self._multilabel:
            raise ValueError(
                f"{type(self).__name__}: y must hold at least 2 classes; got 1 class, {self.classes_.tolist()[0]!r}. "
                "Check the target column, or give `classes` to partial_fit."
            )
        head = classifier_head(
            self.loss, type(self).__name__, n_classes=len(self.classes_), multilabel=self._multilabel
        )
        return ClassTarget(self.classes_, head.coding), head

    @explain_arguments
    def partial_fit(
        self, X: Any, y: Any, classes: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train one epoch more on these rows; the first call builds the network.

        Parameters
        ----------
        X, y, sample_weight : array-like
            As in :meth:`fit`. Early stopping does not apply.
        classes : array-like of shape (n_classes,), default=None
            All labels that any call will have, passed in the first one; None takes those of its ``y``. Later calls may
            repeat it.

        Returns
        -------
        self
            The fitted estimator.

        Raises
        ------
        ValueError
            Where a later call names other classes than the first, or y holds a label that is none of them.
        """
        if classes is not None and self.initialized_ and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(
                f"{type(self).__name__}: classes must be those of the first partial_fit, {self.classes_.tolist()}; "
                f"got {np.unique(classes).tolist()}. A network's outputs are fixed when it is built: fit a new one."
            )
        self._partial_fit(X, y, sample_weight, classes)
        return self

    @explain_arguments
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Predict the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns in the order of ``classes_``; rows sum to 1, unless the target is multilabel.
        """
        raw = self._predict_raw(X)  # first: it checks that the estimator is fitted
        return self._target.probabilities(raw)

    @explain_arguments
    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Natural logarithms, in the order of ``classes_``; minus infinity for a probability of 0.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    @classmethod
    def from_keras(
        cls, path_or_model: str | os.PathLike[str] | Any, *, classes: ArrayLike | None = None, **parameters: Any
    ) -> Self:
        """Make a fitted estimator from a trained network.

        Parameters
        ----------
        path_or_model : path-like or keras.Model
            A ``.keras`` file, or a network, ending in one sigmoid unit or in a softmax unit a class.
        classes : array-like of shape (n_classes,), default=None
            The labels in the order of the network's units; None is 0, 1, ...
        **parameters
            Parameters of the estimator, for fitting clones of it: they train a new network of the same structure.

        Returns
        -------
        estimator
            Ready to predict.

        Raises
        ------
        ValueError
            Where the number of classes does not fit the network.
        """
        network = read_network(path_or_model)
        units = int(network.output_shape[-1])
        n_classes = max(units, 2)  # one sigmoid unit represents two classes
        # In the order of the network's units, which need not be sorted.
        labels = np.arange(n_classes) if classes is None else np.asarray(classes)
        if len(labels) != n_classes or len(np.unique(labels)) != n_classes:
            raise ValueError(
                f"from_keras: classes must be {n_classes} different labels for this network; got {labels.tolist()!r}."
            )
        estimator = cls(**{**cls._parameters_of(network), **parameters})
        estimator.classes_, estimator._multilabel = labels, False
        estimator._set_trained_network(network, ClassTarget(labels, "binary" if units == 1 else "integer"))
        estimator.head_ = classifier_head(estimator.loss, cls.__name__, n_classes=n_classes, multilabel=False)
        return estimator


def _is_indicator(y: NDArray[Any]) -> bool:
    """Return whether all columns hold 0 and 1; scikit-learn calls a column of any two integers an indicator."""
    return type_of_target(y) == _MULTILABEL and bool(np.isin(y, (0, 1)).all())


class KerasMLPClassifier(NetworkClassifier):
    """A multi-layer perceptron for classification, trained by Keras.

    Scale the features first, as for any network: ``make_pipeline(MinMaxScaler(), KerasMLPClassifier())``.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int, default=(64, 32)
        Units of each hidden layer; ``()`` makes a linear model.
    activation : str, default="relu"
        Activation of the hidden layers: any Keras name but glu and threshold (``"relu"``, ``"tanh"``, ``"sigmoid"``,
        ``"leaky_relu"``, ``"elu"``, ``"selu"``, ``"gelu"``, ``"mish"``, ...) or ``"maxout"``.
    dropout : float, default=0.0
        Share of each hidden layer's outputs dropped in training, from 0 to below 1.
    l1, l2 : float, default=0.0
        Weight regularisation of the hidden layers' kernels, as in Keras' ``L1L2``; of the one layer of a linear model.
    batch_normalization : bool, default=False
        Normalise each hidden layer's outputs over the batch, before the activation.
    optimizer : str, class or keras.optimizers.Optimizer, default="adam"
        An instance keeps its own learning rate; it is copied for each fit.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, default=0.001
        Step size of an optimizer given by name or class.
    loss : str, class or keras.losses.Loss, default="auto"
        ``"auto"`` is ``binary_crossentropy`` on one sigmoid unit for two classes, ``sparse_categorical_crossentropy``
        on softmax for more, and ``binary_crossentropy`` on a sigmoid unit for each label of multilabel targets. Any
        Keras loss is accepted, by name, class or instance; for ``"categorical_crossentropy"`` labels are one-hot
        encoded inside.
    metrics : list, default=None
        Keras metrics recorded in ``history_``, by name, class, instance or function. One with a value for each class or
        output becomes a list for each, in their order: ``"f1_score"`` is ``f1_score_0``, ``f1_score_1``, ...
    epochs : int, default=200
        Passes over the training rows, at most.
    batch_size : int or "auto", default="auto"
        Rows per gradient step; ``"auto"`` is ``min(200, n_samples)``.
    shuffle : bool, default=True
        Draw a new row order each epoch.
    validation_split : float, default=None
        Share of the rows that are validation rows, drawn by ``random_state``, each class in its share; None is 0.2
        where training stops early, else there are none.
    early_stopping : bool or "auto", default="auto"
        Stop when ``monitor`` has not improved by ``min_delta`` for ``patience`` epochs. ``"auto"`` does so from 1,000
        rows on, below which the validation rows are missed in training; not besides a Keras ``EarlyStopping`` in
        ``callbacks``. Validation rows are drawn singly: of rows in groups or in order of time, pass some as ``X_val``.
    monitor : str, default="val_loss"
        The value for early stopping: ``"loss"``, ``"val_loss"``, or one of ``metrics``, alone or after ``"val_"``.
    patience : int, default=10
        Epochs without improvement before stopping.
    min_delta : float, default=0.0
        Smallest change that counts as an improvement.
    restore_best_weights : bool, default=True
        Restore the weights of the best epoch when stopping.
    averaging : float, default=0.0
        Share of itself that a running average of the weights keeps in each epoch, such as 0.9. Where training stops
        early, the average is validated and predicts, in place of the weights themselves: the steps at a constant rate
        then cancel out. Not with batch normalisation.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, multiplied with ``sample_weight``; ``"balanced"`` weights classes inversely to their
        frequency.
    callbacks : list of keras.callbacks.Callback, default=None
        Copied for each fit; the copies are in ``callbacks_``. A class, a dictionary or a single callback is accepted
        too. Files of a ``ModelCheckpoint`` predict in the unit that the network is trained in.
    model : callable, default=None
        A function ``build(n_features_in, n_outputs, ...) -> keras.Model`` instead of the MLP. It receives
        those of this estimator's parameters, and of ``input_shape``, ``output_activation`` and ``seed``, that its
        signature names.
        The estimator compiles the network with its own ``optimizer``, ``loss`` and ``metrics``.
    dtype : {"float32", "float64"}, default="float32"
        Precision of training and prediction.
    warm_start : bool, default=False
        Continue with the present weights in ``fit``. Parameters that were changed in between take effect, as they do in
        ``partial_fit``; those that the weights do not fit (``hidden_layer_sizes``, ``target_scaling``, a loss with
        other outputs) are an error.
    verbose : {0, 1, 2}, default=0
        Silent, one progress bar (none in the workers of ``n_jobs``), or a line for each epoch.
    random_state : int, RandomState instance or None, default=None
        Of initial weights, row order, dropout and validation rows. An integer gives the same bits every time.

    Attributes
    ----------
    model_ : keras.Model
        The trained network; a small one is built at the first access.
    history_ : dict of str to list of float
        ``loss``, ``val_loss`` and the metrics, a value for each epoch.
    n_iter_ : int
        Epochs of the last ``fit``, as in scikit-learn's own networks, and of each ``partial_fit`` after it. All epochs
        of the network are ``len(history_["loss"])``.
    best_epoch_ : int
        The best epoch of the last call, counted from 1 in ``history_``.
    loss_ : float
        Training loss of the last epoch.
    baseline_loss_ : float
        Loss of the best constant prediction on the validation rows, or on the training rows without any.
    initial_penalty_ : float
        Penalty of the first weights by ``l1`` and ``l2``, by which the first losses are high: all losses in
        ``history_`` include the penalty of their weights.
    inference_loss_ : float or None
        Loss of the present weights on training rows (256 of them at most) in inference mode: no dropout, weights at
        rest. A ``val_loss`` far above it shows overfitting. None without validation rows, and in copies and pickles,
        which hold no rows.
    callbacks_ : list of keras.callbacks.Callback
        The last fit's copies; not pickled.
    n_features_in_, n_outputs_ : int
        Number of columns of X, and of units of the last layer.
    feature_names_in_ : ndarray of str
        Column names of X, where it has any.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.

    See Also
    --------
    KerasMLPRegressor : The same network for numbers.

    Notes
    -----
    After unpickling, ``partial_fit`` starts with a new optimizer: a pickle holds weights, not the optimizer's state.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from skdl import KerasMLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> net = make_pipeline(MinMaxScaler(), KerasMLPClassifier((16,), epochs=100, learning_rate=0.01, random_state=0))
    >>> net.fit(X, y).score(X, y) > 0.9
    True
    """

    _architecture = MLP
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NetworkClassifier._parameter_constraints,  # noqa: SLF001 - likewise
        **MLP.parameter_constraints,
    }
    _name_choices: ClassVar = {**NetworkEstimator._name_choices, "activation": activation_choices}  # noqa: SLF001 - likewise

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (64, 32),
        *,
        activation: str = "relu",
        dropout: float = 0.0,
        l1: float = 0.0,
        l2: float = 0.0,
        batch_normalization: bool = False,
        optimizer: Any = "adam",
        learning_rate: Any = 0.001,
        loss: Any = "auto",
        metrics: Any = None,
        epochs: int = 200,
        batch_size: int | str = "auto",
        shuffle: bool = True,
        validation_split: float | None = None,
        early_stopping: bool | str = "auto",
        monitor: str = "val_loss",
        patience: int = 10,
        min_delta: float = 0.0,
        restore_best_weights: bool = True,
        averaging: float = 0.0,
        class_weight: Any = None,
        callbacks: Any = None,
        model: Callable[..., Any] | None = None,
        dtype: str = "float32",
        warm_start: bool = False,
        verbose: int = 0,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2
        self.batch_normalization = batch_normalization
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.loss = loss
        self.metrics = metrics
        self.epochs = epochs
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.validation_split = validation_split
        self.early_stopping = early_stopping
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta
        self.restore_best_weights = restore_best_weights
        self.averaging = averaging
        self.class_weight = class_weight
        self.callbacks = callbacks
        self.model = model
        self.dtype = dtype
        self.warm_start = warm_start
        self.verbose = verbose
        self.random_state = random_state
