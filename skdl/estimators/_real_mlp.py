"""RealMLP estimators: strong networks for raw tables, alone or as the mean of several."""

from __future__ import annotations

import math
from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import keras
import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _num_samples, check_is_fitted

from skdl._table_coder import TableCoder
from skdl.estimators._architectures.real_mlp import RealMLP
from skdl.estimators._classifier import NetworkClassifier
from skdl.estimators._data import Split, check_table
from skdl.estimators._estimator import NetworkEstimator
from skdl.estimators._heads import ClassHead
from skdl.estimators._loaded import read_network
from skdl.estimators._metrics import make_metrics, metric_name
from skdl.estimators._regressor import NetworkRegressor
from skdl.estimators._targets import ClassTarget
from skdl.exceptions import UsageError
from skdl.keras_layers import OutputRange, RealMLPAdam, embeddings_of
from skdl.training import EarlyStop, Purpose, carry_over_weights, derive_seed, precision, round_up_size

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence
    from typing import Self

    from numpy.typing import ArrayLike, NDArray

    from skdl.estimators._architectures import Architecture
    from skdl.estimators._compile import CompileSettings
    from skdl.estimators._data import CheckedTable
    from skdl.estimators._heads import Head

_FEWEST_ROWS = 50  # from which validation rows choose the epoch, where nothing is said
_LAST_OF_EQUALS = -1e-6  # as min_delta: of epochs with equal errors the last is the best
_LABEL_SMOOTHING = 0.1


def _no_partial_fit(estimator: Any) -> bool:
    raise AttributeError(
        f"{type(estimator).__name__} has no partial_fit: its learning rate follows a schedule over all epochs. "
        "Continue by warm_start=True and fit, or train a KerasMLP network."
    )


class RealMLPEstimator(NetworkEstimator):
    """What the two RealMLP estimators share: coding of raw rows, schedule, choice of the epoch, several networks."""

    _architecture = RealMLP
    # Parameters of other networks that have one value here.
    model: Callable[..., Any] | None = None
    shuffle = True
    optimizer = "RealMLPAdam"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **{
            name: NetworkEstimator._parameter_constraints[name]  # noqa: SLF001 - scikit-learn's way to declare them
            for name in ("epochs", "validation_split", "callbacks", "metrics", "dtype", "warm_start", "verbose")
        },
        **RealMLP.parameter_constraints,
        "random_state": ["random_state"],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "averaging": [Interval(Real, 0, 1, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean", StrOptions({"auto"})],
        "patience": [None, Interval(Integral, 0, None, closed="left")],
        "selection": [str],
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
    }

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = tags.input_tags.three_d_array = False
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        return tags

    @available_if(_no_partial_fit)  # type: ignore[untyped-decorator]
    def partial_fit(self) -> None:
        """Not there: the learning rate follows a schedule over all epochs."""

    def export_keras(self, path: str | os.PathLike[str]) -> None:
        """Write the network, whose input are rows coded by ``coder_.transform``, as a ``.keras`` file.

        Parameters
        ----------
        path : path-like
            File name ending in ``.keras``; it appears whole or not at all.

        Notes
        -----
        The file holds the coding too, for :meth:`from_keras`, unless a category has other values than text, numbers and
        flags.
        """
        check_is_fitted(self, "_network")
        embeddings = embeddings_of(self.model_)
        try:
            for layer in embeddings:
                layer.coding = self.coder_.to_json(self, multilabel=getattr(self, "_multilabel", False))
            super().export_keras(path)
        finally:
            for layer in embeddings:
                layer.coding = None

    @classmethod
    def from_keras(cls, path_or_model: str | os.PathLike[str] | Any, **parameters: Any) -> Self:
        """Make a fitted estimator from a network that ``export_keras`` or ``to_keras`` made of such an estimator.

        Parameters
        ----------
        path_or_model : path-like or keras.Model
            A ``.keras`` file, or a network, with the coding of its table.
        **parameters
            Parameters of the estimator, for fitting clones of it; layers and units are those of the network.

        Returns
        -------
        estimator
            Ready to predict raw tables.

        Raises
        ------
        UsageError
            Where the network has no such coding.
        """
        network, where = read_network(path_or_model), f"{cls.__name__}.from_keras"
        coding = next((layer.coding for layer in embeddings_of(network)), None)
        if coding is None:
            raise UsageError(
                f"{where}: the network must hold the coding of a table, as export_keras of this class writes it; it "
                f"holds none. Load it by {cls.__name__.replace('Real', '')}.from_keras, which takes numbers."
            )
        coder, known = TableCoder.from_json(coding)
        if is_classifier(cls()) != bool(known["classes"]):
            other = "KerasRealMLPClassifier" if known["classes"] else "KerasRealMLPRegressor"
            raise UsageError(f"{where}: the network must be one of this class; it is not. Use {other}.from_keras.")
        if known["classes"]:
            parameters = {"classes": known["classes"], **parameters}
        estimator: Self = super().from_keras(network, **parameters)
        estimator._take_classes(known)
        estimator.coder_, estimator.n_features_in_ = coder, coder.n_columns
        if known["names"]:
            estimator.feature_names_in_ = np.array(known["names"], dtype=object)
        clips = [layer for layer in network.layers if isinstance(layer, OutputRange)]
        ends = tuple(tuple(np.asarray(end).tolist()) for layer in clips[:1] for end in (layer.low, layer.high))
        estimator._output_range, estimator._n_steps = ends or None, 0  # no step of training, here
        return estimator

    def _take_classes(self, known: dict[str, Any]) -> None:
        """Take the coding of classes from a file; the classifier's."""

    @classmethod
    def _parameters_of(cls, network: Any) -> dict[str, Any]:
        return RealMLP.parameters_of(network)

    # Rows.

    def code_rows(self, X: Any, *, reset: bool) -> Any:
        """Return raw rows as the network's input; ``reset`` learns the coding from them."""
        if reset:
            self.coder_ = TableCoder()
        return self.coder_.code_rows(self, X, reset=reset)

    # The network.

    def _architecture_of_fit(self) -> Architecture:
        architecture = super()._architecture_of_fit()
        assert isinstance(architecture, RealMLP)
        # Tables of many values are made a little larger, so that folds with a few values more share a program.
        sizes = tuple(size if size <= self.max_one_hot else round_up_size(size) for size in self.coder_.cardinalities)
        return replace(
            architecture,
            n_numbers=self.coder_.n_numbers,
            cardinalities=sizes,
            n_steps=self._n_steps,
            output_range=self._output_range,
        )

    def _network_parameters(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("weight_decay", "selection")}
        return super()._network_parameters() | own

    def _compile_settings(self) -> CompileSettings:
        optimizer = RealMLPAdam(self.learning_rate, self._n_steps, decay=self.weight_decay)
        return replace(super()._compile_settings(), optimizer=optimizer)

    def _build(self, table: CheckedTable) -> None:
        self._count_steps(table)
        self._output_range = self._range_of(table)
        super()._build(table)

    def _count_steps(self, table: CheckedTable) -> None:
        self._n_steps = self.epochs * math.ceil(len(table) / self.batch_size)

    def _range_of(self, table: CheckedTable) -> Any:  # noqa: ARG002 - the regressor's
        """Return the range of each output in training, where predictions are kept in it."""
        return None

    # Training.

    def _early_stop(self, n_rows: int, *, given: bool) -> tuple[EarlyStop | None, float | None]:
        few = self.early_stopping == "auto" and n_rows < _FEWEST_ROWS and not given
        share = None if few else self.validation_split
        if not self.early_stopping or (share is None and not given):
            return None, share
        monitor = self._monitor()
        # Validation rows are few, so that many epochs have equal error rates.
        least = 0.0 if monitor == "val_loss" else _LAST_OF_EQUALS
        patience = self.epochs if self.patience is None else self.patience
        return EarlyStop(monitor, patience, least, averaging=self.averaging), share

    def _monitor(self) -> str:
        """Return the recorded value by which the epoch is chosen."""
        return "val_loss" if self.selection in {"error", "log_loss"} else f"val_{self.selection}"

    def _recorded_metrics(self) -> Any:
        wanted = self._monitor().removeprefix("val_")
        metrics = list(self.metrics or ()) if isinstance(self.metrics, list | tuple | None) else [self.metrics]
        if wanted == "loss" or wanted in map(metric_name, make_metrics(metrics) or []):
            return metrics
        make_metrics([wanted], rule="selection: the name must be 'error', 'log_loss' or")
        return [*metrics, wanted]

    def _train(self, split: Split, epochs: int, early_stop: EarlyStop | None, callbacks: Sequence[Any] = ()) -> None:
        # warm_start, also of a network from a file, which has no steps: its weights, and a schedule that starts over
        if self.current_epoch or not self._n_steps:
            self._count_steps(split.training)
            network = self._initial_network(split.training)
            if not carry_over_weights(self._ready_network(), network):
                raise ValueError(
                    f"{type(self).__name__}: warm_start must continue a single network of the same columns and layers; "
                    "the present weights do not fit. Set warm_start=False to train a new one."
                )
            self._network = network
        super()._train(split, epochs, early_stop, callbacks)

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Train a new network, or several on folds of the rows.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Training rows: numbers, which may be missing, and categories (text, pandas categories, flags).
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target.
        sample_weight : array-like of shape (n_samples,), default=None
            A row of weight 2 counts as two rows; rows of weight 0 are left out.
        X_val, y_val : array-like, default=None
            Validation rows instead of ``validation_split``, as raw as X.
        groups : array-like of shape (n_samples,), default=None
            Groups of the rows, such as patients: validation rows and folds are then of whole groups, where there are
            enough of them.

        Returns
        -------
        self
            The fitted estimator.

        Raises
        ------
        ValueError
            Where a parameter, X, y or the weights are not as described.
        """
        self._validate_params()
        X, y, sample_weight, groups = _without_weightless_rows(X, y, sample_weight, groups)
        if self.n_estimators == 1:
            return super().fit(X, y, sample_weight, X_val=X_val, y_val=y_val, groups=groups)
        where = type(self).__name__
        if X_val is not None or y_val is not None:
            raise ValueError(f"{where}: X_val must be left out with n_estimators > 1, which takes folds of X.")
        if self.warm_start and self.initialized_:
            raise ValueError(f"{where}: warm_start must be False for several networks; got n_estimators > 1.")
        return self._fit_several(X, y, sample_weight, groups)

    def _fit_several(self, X: Any, y: Any, sample_weight: ArrayLike | None, groups: ArrayLike | None) -> Self:
        """Fit a network on all folds but one, for each fold, whose rows choose its epoch; predictions are averaged."""
        table = self._check_target(
            check_table(self, X, y, sample_weight, groups=groups, reset=True, y_numeric=self._y_numeric)
        )
        if len(table) < self.n_estimators:
            raise ValueError(
                f"{type(self).__name__}: n_estimators must be at most the number of rows; got {self.n_estimators} and "
                f"{len(table)} samples."
            )
        self._start(table)
        seed, networks, histories, best, baselines = self._seed, [], [], [], []
        self._shared_target = self._fit_target(table)
        try:
            with precision(self.dtype):
                early_stop, _ = self._early_stop(len(table), given=True)
                for number, (training, validation) in enumerate(self._folds(table, seed)):
                    self._seed = derive_seed(seed, Purpose.NETWORK, number)
                    self.history_ = {}
                    split = Split(table.take(training), table.take(validation))
                    self._build(split.training)
                    self._train(split, self.epochs, early_stop)
                    networks.append(self.model_)
                    histories.append(self.history_)
                    best.append(self.best_epoch_)
                    baselines.append(self.baseline_loss_)
                self._network = average_of(networks)
        finally:
            del self._shared_target
        self._seed, self.histories_, self.best_epochs_ = seed, histories, best
        self.history_ = _mean_history(histories)
        self.n_iter_, self.best_epoch_ = len(self.history_["loss"]), None
        self.loss_ = float(np.mean([history["loss"][-1] for history in histories]))
        self.baseline_loss_ = float(np.mean(baselines))
        return self

    def _folds(self, table: CheckedTable, seed: int) -> Iterator[Any]:
        strata, groups = self._strata(table.y), table.groups
        if groups is not None and len(np.unique(groups)) >= self.n_estimators:
            return GroupKFold(self.n_estimators, shuffle=True, random_state=seed).split(table.X, strata, groups)  # type: ignore[no-any-return]
        enough = strata is not None and np.bincount(strata).min() >= self.n_estimators
        splitter = StratifiedKFold if enough else KFold
        return splitter(self.n_estimators, shuffle=True, random_state=seed).split(table.X, strata)  # type: ignore[no-any-return]


def _without_weightless_rows(X: Any, y: Any, sample_weight: Any, groups: Any) -> tuple[Any, Any, Any, Any]:
    """Leave out rows of weight 0 before the columns are coded; what does not fit together is reported later."""
    weight = np.asarray(sample_weight)
    if weight.ndim != 1 or weight.dtype.kind not in "iuf" or not (weight == 0).any() or not weight.any():
        return X, y, sample_weight, groups
    lengths = {len(weight), _num_samples(X), _num_samples(y), len(weight) if groups is None else _num_samples(groups)}
    if len(lengths) > 1:
        return X, y, sample_weight, groups
    rows = np.flatnonzero(weight)
    kept = None if groups is None else _safe_indexing(groups, rows)
    return _safe_indexing(X, rows), _safe_indexing(y, rows), weight[rows], kept


def average_of(networks: Sequence[Any]) -> Any:
    """Return the ``keras.Model`` whose output is the mean of the networks' outputs."""
    first = networks[0]
    rows = keras.Input(first.input_shape[1:], dtype=first.inputs[0].dtype, name="input")
    members = [
        keras.Model(network.inputs[0], network.outputs[0], name=f"network_{number}")
        for number, network in enumerate(networks, start=1)
    ]
    mean = keras.layers.Average(name="mean", dtype=first.outputs[0].dtype)
    return keras.Model(rows, mean([member(rows) for member in members]), name="keras_real_mlp")


def _mean_history(histories: Sequence[dict[str, list[float]]]) -> dict[str, list[float]]:
    """Return the mean of each value over the networks, epoch by epoch; of those that trained so long."""
    mean = {}
    for name in histories[0]:
        longest = max(len(history[name]) for history in histories)
        values = np.array([history[name] + [math.nan] * (longest - len(history[name])) for history in histories])
        mean[name] = np.nanmean(values, axis=0).tolist()
    return mean


class KerasRealMLPRegressor(RealMLPEstimator, NetworkRegressor):
    """A strong network for regression on tables: embedded columns, trained by a schedule.

    It takes raw tables and codes them itself: numbers are scaled robustly and clipped, missing ones marked, categories
    become indicators or trained vectors. So it needs no scaling and no encoding, though it may stand behind both.

    The recipe is RealMLP-TD of Holzmueller, Grinsztajn and Steinwart, "Better by Default" (arXiv 2407.04491), with
    fewer epochs and higher frequencies.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int, default=(256, 256, 256)
        Units of each hidden layer.
    activation : {"mish", "relu", "selu", "silu", "tanh"}, default="mish"
        Activation f of the hidden layers; each unit computes ``x + a (f(x) - x)`` with a trained a.
    dropout : float, default=0.3
        Share of each hidden layer's outputs dropped in the first half of training; falls to 0 in the second.
    weight_decay : float, default=0.02
        Decoupled weight decay, that falls in the same way.
    averaging : float, default=0.8
        Share of the running average of the weights that each epoch keeps. The average is validated, and predicts, where
        validation rows choose the epoch; 0 takes the weights themselves.
    frequency_scale : float, default=2.0
        Standard deviation of the first frequencies of embedded numbers; a higher one lets the network follow steps and
        periods, a lower one keeps it smooth.
    n_frequencies : int, default=16
        Frequencies of each number.
    number_size, category_size : int, default=4 and 8
        Values of an embedded number, and of the vector of a category.
    max_one_hot : int, default=8
        Most values of a category that is coded by indicators in place of a vector.
    learning_rate : float, default=0.2
        Largest learning rate; it goes through four cycles, from 0 to it and back.
    loss : str, class or keras.losses.Loss, default="auto"
        ``"auto"`` is the mean squared error of the standardised target; else any Keras loss of numbers.
    metrics : list, default=None
        Keras metrics recorded in ``history_``.
    epochs : int, default=64
        Passes over the training rows.
    batch_size : int, default=256
        Rows per gradient step.
    validation_split : float or None, default=0.2
        Share of the rows that are validation rows, which choose the epoch; None trains on all rows to the last epoch.
    early_stopping : bool or "auto", default="auto"
        Whether the weights of the best epoch are restored; ``"auto"`` from 50 rows on, below them all rows are trained
        on.
    patience : int or None, default=None
        Epochs without improvement before training stops; None trains all epochs, since the last cycle often wins.
    selection : str, default="error"
        What chooses the epoch: ``"error"``, the validation loss, or the name of one of Keras' metrics.
    n_estimators : int, default=1
        Networks, whose predictions are averaged: each is trained on all folds but one, which chooses its epoch.
    callbacks : list of keras.callbacks.Callback, default=None
        Copied for each fit, of a single network.
    dtype : {"float32", "float64"}, default="float32"
        Precision of training and prediction.
    warm_start : bool, default=False
        Start ``fit`` from the present weights, with the schedule from its beginning.
    verbose : {0, 1, 2}, default=0
        Silent, a progress bar, or a line for each epoch.
    random_state : int, RandomState instance or None, default=None
        Of initial weights, row order, dropout, validation rows and folds. An integer gives the same bits every time.

    Attributes
    ----------
    model_ : keras.Model
        The trained network, or the mean of several. Its input are rows coded by ``coder_``.
    coder_ : TableCoder
        Coding of the columns.
    history_ : dict of str to list of float
        ``loss``, ``val_loss`` and the metrics, a value for each epoch; of several networks the mean.
    histories_, best_epochs_ : list
        Of each network, where there are several.
    n_iter_, best_epoch_, loss_, baseline_loss_, initial_penalty_, inference_loss_
        As of `KerasMLPRegressor`; of several networks the most epochs, None, and the means of both losses.
    n_features_in_, n_outputs_ : int
        Number of columns of X, and of values predicted for a row.
    feature_names_in_ : ndarray of str
        Column names of X, where it has any.

    See Also
    --------
    KerasRealMLPClassifier : The same network for classes.
    KerasMLPRegressor : A plain multi-layer perceptron.

    Notes
    -----
    Predictions stay within the range of the training target, as those of a forest. There is no ``partial_fit``: the
    learning rate follows a schedule over all epochs. The layers depend on the number of values of each category, or of
    those that a pandas category declares: declare them, and folds that lack rare values share a compiled program.

    Examples
    --------
    >>> import pandas as pd
    >>> from skdl import KerasRealMLPRegressor
    >>> X = pd.DataFrame({"size": [50.0, 80.0, None, 120.0] * 5, "town": ["Ulm", "Bonn", "Bonn", "Ulm"] * 5})
    >>> net = KerasRealMLPRegressor((16,), epochs=50, random_state=0).fit(X, [200.0, 400.0, 350.0, 480.0] * 5)
    >>> net.score(X, [200.0, 400.0, 350.0, 480.0] * 5) > 0.9
    True
    """

    target_scaling = "standard"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **RealMLPEstimator._parameter_constraints,  # noqa: SLF001 - scikit-learn's way to declare them
        "loss": NetworkEstimator._parameter_constraints["loss"],  # noqa: SLF001
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (256, 256, 256),
        *,
        activation: str = "mish",
        dropout: float = 0.3,
        weight_decay: float = 0.02,
        averaging: float = 0.8,
        frequency_scale: float = 2.0,
        n_frequencies: int = 16,
        number_size: int = 4,
        category_size: int = 8,
        max_one_hot: int = 8,
        learning_rate: float = 0.2,
        loss: Any = "auto",
        metrics: Any = None,
        epochs: int = 64,
        batch_size: int = 256,
        validation_split: float | None = 0.2,
        early_stopping: bool | str = "auto",
        patience: int | None = None,
        selection: str = "error",
        n_estimators: int = 1,
        callbacks: Any = None,
        dtype: str = "float32",
        warm_start: bool = False,
        verbose: int = 0,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.averaging = averaging
        self.frequency_scale = frequency_scale
        self.n_frequencies = n_frequencies
        self.number_size = number_size
        self.category_size = category_size
        self.max_one_hot = max_one_hot
        self.learning_rate = learning_rate
        self.loss = loss
        self.metrics = metrics
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_split = validation_split
        self.early_stopping = early_stopping
        self.patience = patience
        self.selection = selection
        self.n_estimators = n_estimators
        self.callbacks = callbacks
        self.dtype = dtype
        self.warm_start = warm_start
        self.verbose = verbose
        self.random_state = random_state

    def _fit_target(self, table: CheckedTable) -> tuple[Any, Head]:
        shared = vars(self).get("_shared_target")
        return super()._fit_target(table) if shared is None else shared

    def _monitor(self) -> str:
        if self.selection == "log_loss":
            raise ValueError(
                f"{type(self).__name__}: selection must be 'error' or the name of one of Keras' metrics, since numbers "
                "have no log loss; got 'log_loss'."
            )
        return super()._monitor()

    def _range_of(self, table: CheckedTable) -> Any:
        target, head = self._fit_target(table)
        if head.activation != "linear":
            return None
        scaled = target.encode(table.y, type(self).__name__)
        return tuple(scaled.min(axis=0).tolist()), tuple(scaled.max(axis=0).tolist())


class KerasRealMLPClassifier(RealMLPEstimator, NetworkClassifier):
    """A strong network for classification on tables: embedded columns, trained by a schedule.

    It takes raw tables and codes them itself, see `KerasRealMLPRegressor`.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int, default=(256, 256, 256)
        Units of each hidden layer.
    activation : {"mish", "relu", "selu", "silu", "tanh"}, default="selu"
        Activation f of the hidden layers; each unit computes ``x + a (f(x) - x)`` with a trained a.
    dropout : float, default=0.3
        Share of each hidden layer's outputs dropped in the first half of training; falls to 0 in the second.
    weight_decay : float, default=0.02
        Decoupled weight decay, that falls in the same way.
    averaging : float, default=0.85
        Share of the running average of the weights that each epoch keeps. The average is validated, and predicts, where
        validation rows choose the epoch; 0 takes the weights themselves.
    frequency_scale : float, default=0.5
        Standard deviation of the first frequencies of embedded numbers.
    n_frequencies : int, default=16
        Frequencies of each number.
    number_size, category_size : int, default=4 and 8
        Values of an embedded number, and of the vector of a category.
    max_one_hot : int, default=8
        Most values of a category that is coded by indicators in place of a vector.
    learning_rate : float, default=0.08
        Largest learning rate; it goes through four cycles, from 0 to it and back.
    label_smoothing : float or "auto", default="auto"
        Share of each label that is spread over all classes; ``"auto"`` is 0.1 with ``selection="error"``, else 0.
    metrics : list, default=None
        Keras metrics recorded in ``history_``.
    epochs : int, default=64
        Passes over the training rows.
    batch_size : int, default=256
        Rows per gradient step.
    validation_split : float or None, default=0.2
        Share of the rows that are validation rows, which choose the epoch, each class in its share; None trains on all
        rows to the last epoch.
    early_stopping : bool or "auto", default="auto"
        Whether the weights of the best epoch are restored; ``"auto"`` from 50 rows on, below them all rows are trained
        on.
    patience : int or None, default=None
        Epochs without improvement before training stops; None trains all epochs, since the last cycle often wins.
    selection : str, default="log_loss"
        What chooses the epoch: ``"error"`` (the error rate, of equals the last), ``"log_loss"`` (better probabilities),
        or the name of one of Keras' metrics.
    n_estimators : int, default=1
        Networks, whose probabilities are averaged: each is trained on all folds but one, which chooses its epoch.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, multiplied with ``sample_weight``.
    callbacks : list of keras.callbacks.Callback, default=None
        Copied for each fit, of a single network.
    dtype : {"float32", "float64"}, default="float32"
        Precision of training and prediction.
    warm_start : bool, default=False
        Start ``fit`` from the present weights, with the schedule from its beginning.
    verbose : {0, 1, 2}, default=0
        Silent, a progress bar, or a line for each epoch.
    random_state : int, RandomState instance or None, default=None
        Of initial weights, row order, dropout, validation rows and folds. An integer gives the same bits every time.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    model_, coder_, history_, histories_, best_epochs_, n_iter_, best_epoch_, loss_, baseline_loss_, \
initial_penalty_, inference_loss_, n_features_in_, n_outputs_, feature_names_in_
        As of `KerasRealMLPRegressor`.

    See Also
    --------
    KerasRealMLPRegressor : The same network for numbers.
    KerasMLPClassifier : A plain multi-layer perceptron.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skdl import KerasRealMLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> net = KerasRealMLPClassifier((16,), epochs=50, random_state=0).fit(X, y)
    >>> net.score(X, y) > 0.9
    True
    """

    loss = "auto"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **RealMLPEstimator._parameter_constraints,  # noqa: SLF001 - scikit-learn's way to declare them
        "class_weight": NetworkClassifier._parameter_constraints["class_weight"],  # noqa: SLF001
        "label_smoothing": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (256, 256, 256),
        *,
        activation: str = "selu",
        dropout: float = 0.3,
        weight_decay: float = 0.02,
        averaging: float = 0.85,
        frequency_scale: float = 0.5,
        n_frequencies: int = 16,
        number_size: int = 4,
        category_size: int = 8,
        max_one_hot: int = 8,
        learning_rate: float = 0.08,
        label_smoothing: float | str = "auto",
        metrics: Any = None,
        epochs: int = 64,
        batch_size: int = 256,
        validation_split: float | None = 0.2,
        early_stopping: bool | str = "auto",
        patience: int | None = None,
        selection: str = "log_loss",
        n_estimators: int = 1,
        class_weight: Any = None,
        callbacks: Any = None,
        dtype: str = "float32",
        warm_start: bool = False,
        verbose: int = 0,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.averaging = averaging
        self.frequency_scale = frequency_scale
        self.n_frequencies = n_frequencies
        self.number_size = number_size
        self.category_size = category_size
        self.max_one_hot = max_one_hot
        self.learning_rate = learning_rate
        self.label_smoothing = label_smoothing
        self.metrics = metrics
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_split = validation_split
        self.early_stopping = early_stopping
        self.patience = patience
        self.selection = selection
        self.n_estimators = n_estimators
        self.class_weight = class_weight
        self.callbacks = callbacks
        self.dtype = dtype
        self.warm_start = warm_start
        self.verbose = verbose
        self.random_state = random_state

    def _network_parameters(self) -> dict[str, Any]:
        return super()._network_parameters() | {"label_smoothing": self.label_smoothing}

    def _monitor(self) -> str:
        return "val_accuracy" if self.selection == "error" else super()._monitor()

    def _fit_target(self, table: CheckedTable) -> tuple[ClassTarget, ClassHead]:
        target, head = super()._fit_target(table)
        return self._coded(target.classes, multilabel=head.coding == "multilabel")

    def _take_classes(self, known: dict[str, Any]) -> None:
        self._multilabel = known["multilabel"]
        self._target, self.head_ = self._coded(self.classes_, multilabel=self._multilabel)

    def _coded(self, classes: NDArray[Any], *, multilabel: bool) -> tuple[ClassTarget, ClassHead]:
        """Return target and head: a unit for each class or label, with smoothed labels."""
        smoothing = self.label_smoothing
        if smoothing == "auto":
            smoothing = _LABEL_SMOOTHING if self.selection == "error" else 0.0
        # Without smoothing a name, so that the estimator's file names no class of Keras.
        if multilabel:
            loss = keras.losses.BinaryCrossentropy(label_smoothing=smoothing) if smoothing else "binary_crossentropy"
            return ClassTarget(classes, "multilabel"), ClassHead(loss, "sigmoid", coding="multilabel")
        kind = keras.losses.CategoricalCrossentropy
        loss = kind(label_smoothing=smoothing) if smoothing else "categorical_crossentropy"
        return ClassTarget(classes, "one_hot"), ClassHead(loss, "softmax", coding="one_hot")
