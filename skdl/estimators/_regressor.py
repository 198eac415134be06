"""Regression with Keras networks: what all architectures share, and the MLP regressor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import keras
import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils._param_validation import StrOptions

from skdl._keras_models import TARGET_UNIT
from skdl.estimators._architectures.mlp import MLP, activation_choices
from skdl.estimators._arguments import explain_arguments
from skdl.estimators._estimator import NetworkEstimator
from skdl.estimators._heads import Head, check_regression_target, regressor_head
from skdl.estimators._loaded import read_network, split_target_unit
from skdl.estimators._targets import RegressionTarget, fit_regression_target

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from typing import Self

    from numpy.typing import ArrayLike, NDArray

    from skdl.estimators._data import CheckedTable


class NetworkRegressor(RegressorMixin, NetworkEstimator):
    """Base class of regressors, whatever their architecture; a subclass has the parameter ``target_scaling`` too."""

    _y_numeric = True
    _target: RegressionTarget
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NetworkEstimator._parameter_constraints,  # noqa: SLF001 - scikit-learn's way to declare them
        "target_scaling": [StrOptions({"standard", "minmax"}), None],
    }

    def _check_target(self, table: CheckedTable) -> CheckedTable:
        check_regression_target(self.loss, table.y, type(self).__name__)
        return table

    def _strata(self, y: NDArray[Any]) -> None:  # noqa: ARG002 - a regression target has no classes
        return None

    def _fit_target(self, table: CheckedTable) -> tuple[RegressionTarget, Head]:
        head = regressor_head(self.loss, type(self).__name__)
        return fit_regression_target(table.y, table.weight, self.target_scaling, head.target), head

    @explain_arguments
    def partial_fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train one epoch more on these rows; the first call builds the network and fits the target's scaling.

        Parameters
        ----------
        X, y, sample_weight : array-like
            As in :meth:`fit`. Early stopping does not apply.

        Returns
        -------
        self
            The fitted estimator.
        """
        self._partial_fit(X, y, sample_weight)
        return self

    def _keras_output(self, output: Any) -> Any:
        scale, center = self._target.scale.tolist(), self._target.center.tolist()
        # Found again by its name in `split_target_unit`, so that an exported network can be trained further.
        return keras.layers.Rescaling(scale, center, name=TARGET_UNIT, dtype=self.dtype)(output)

    @classmethod
    def from_keras(cls, path_or_model: str | os.PathLike[str] | Any, **parameters: Any) -> Self:
        """Make a fitted estimator from a trained network.

        Parameters
        ----------
        path_or_model : path-like or keras.Model
            A ``.keras`` file, or a network, that predicts in the target's own unit.
        **parameters
            Parameters of the estimator, for fitting clones of it: they train a new network of the same structure.

        Returns
        -------
        estimator
            Ready to predict.
        """
        network, scale, offset = split_target_unit(read_network(path_or_model))
        estimator = cls(**{**cls._parameters_of(network), **parameters})
        estimator._set_trained_network(
            network, RegressionTarget(np.asarray(offset), np.asarray(scale), len(scale) == 1)
        )
        estimator.head_ = regressor_head(estimator.loss, cls.__name__)
        return estimator


class KerasMLPRegressor(NetworkRegressor):
    """A multi-layer perceptron for regression, trained by Keras.

    Scale the features first, as for any network: ``make_pipeline(MinMaxScaler(), KerasMLPRegressor())``.

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
        ``"auto"`` is the mean squared error; else any Keras loss of numbers by name, class or instance. It sees the
        scaled target. ``"poisson"`` and ``"mean_squared_logarithmic_error"`` take targets of 0 and more and have an
        exponential output, so that predictions are positive; percentages take no target of 0. In a search's grid
        give ``functools.partial(keras.losses.huber, delta=2.0)``: Keras 3.15 copies an instance without its delta.
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
        Share of the rows that are validation rows, drawn by ``random_state``; None is 0.2 where training stops early,
        else there are none.
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
    target_scaling : {"standard", "minmax"} or None, default="standard"
        Scaling of the target in training, fitted with the sample weights; predictions are in the target's unit. Under
        losses of ratios (``"poisson"``, ``"mape"``) it is divided but not shifted, since zero means zero; under
        ``"mean_squared_logarithmic_error"`` and ``"cosine_similarity"`` it keeps its unit.
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

    See Also
    --------
    KerasMLPClassifier : The same network for classes.

    Notes
    -----
    After unpickling, ``partial_fit`` starts with a new optimizer: a pickle holds weights, not the optimizer's state.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from skdl import KerasMLPRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> net = make_pipeline(MinMaxScaler(), KerasMLPRegressor((16,), epochs=100, learning_rate=0.01, random_state=0))
    >>> net.fit(X, y).score(X, y) > 0.5
    True
    """

    _architecture = MLP
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NetworkRegressor._parameter_constraints,  # noqa: SLF001 - likewise
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
        target_scaling: str | None = "standard",
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
        self.target_scaling = target_scaling
        self.callbacks = callbacks
        self.model = model
        self.dtype = dtype
        self.warm_start = warm_start
        self.verbose = verbose
        self.random_state = random_state
