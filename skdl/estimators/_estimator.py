"""The scikit-learn estimator around a Keras network: checks, training, prediction, files and pickles."""

from __future__ import annotations

import copy
import inspect
import math
import warnings
from abc import abstractmethod
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import keras
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skdl.estimators._architectures import NetworkInterface
from skdl.estimators._arguments import explain_arguments
from skdl.estimators._base import BaseWrapper
from skdl.estimators._build import build_custom_network, initial_network
from skdl.estimators._changes import arguments_of, comparable, refusal
from skdl.estimators._compile import CompileSettings, compile_network, optimizer_choices
from skdl.estimators._data import CheckedTable, Split, check_rows, check_table, network_input_shape, split_validation
from skdl.estimators._loaded import (
    LoadedNetwork,
    RestoredNetwork,
    restore_parameter,
    store_network,
    store_parameter,
    write_network,
)
from skdl.estimators._losses import WEIGHTED_MEAN, copy_loss, loss_choices, make_loss
from skdl.estimators._metrics import check_monitor
from skdl.estimators._sklearn_callbacks import CallbackSupportMixin, epoch_callbacks, with_callbacks
from skdl.estimators._targets import ClassTarget
from skdl.training import (
    EarlyStop,
    LazyModel,
    Purpose,
    Rows,
    carry_over,
    derive_seed,
    evaluate,
    penalty,
    precision,
    predict,
    train,
    without_array_warnings,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from skdl.estimators._architectures import Architecture
    from skdl.estimators._heads import Head
    from skdl.estimators._targets import RegressionTarget

_MAX_AUTO_BATCH = 200  # as scikit-learn's MLPs
_DEFAULT_VALIDATION_SHARE = 0.2
_FEWEST_ROWS_TO_STOP = 1000  # from which early_stopping="auto" stops
_MAX_SAMPLE_ROWS = 256  # of the inference loss: one chunk of a prediction
_MAX_SAMPLE_VALUES = 2**20
_LEAST_PADDED_ROWS = 1024  # losses of fewer rows are all computed on this number, for which JAX compiles once
_STORED_PARAMETERS = {"loss", "optimizer", "learning_rate", "metrics"}  # that may be objects of Keras


class NetworkEstimator(CallbackSupportMixin, BaseWrapper):
    """Base class of all estimators around Keras networks, whatever their architecture.

    SciKeras' wrapper keeps parameters in ``__dict__`` and accepts any keyword; here they are what ``__init__`` spells
    out, as everywhere in scikit-learn.
    """

    _get_param_names: Any = classmethod(BaseEstimator._get_param_names.__func__)  # noqa: SLF001 - SciKeras overrides it
    set_params = BaseEstimator.set_params
    __repr__ = BaseEstimator.__repr__

    # With metadata routing, groups that a search or skdl's comparison has also reach the network.
    __metadata_request__fit: ClassVar = {"groups": True}

    # Of the parameters that every architecture has, in the terms of scikit-learn's own checks.
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "optimizer": [str, type, keras.optimizers.Optimizer],
        "learning_rate": [Interval(Real, 0, None, closed="neither"), keras.optimizers.schedules.LearningRateSchedule],
        "loss": [str, callable],
        "metrics": [None, "array-like", str, callable],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "validation_split": [None, Interval(Real, 0, 1, closed="neither")],
        "early_stopping": ["boolean", StrOptions({"auto"})],
        "monitor": [str],
        "patience": [Interval(Integral, 0, None, closed="left")],
        "min_delta": [Interval(Real, 0, None, closed="left")],
        "restore_best_weights": ["boolean"],
        "averaging": [Interval(Real, 0, 1, closed="left")],
        "callbacks": [None, list, dict, keras.callbacks.Callback, type],
        "model": [None, callable],
        "dtype": [StrOptions({"float32", "float64"})],
        "warm_start": ["boolean"],
        "verbose": [Interval(Integral, 0, 2, closed="both"), "boolean"],
        "random_state": ["random_state"],
    }

    # For parameters that take Keras' names: the names, where a given one is none of them. The constraints above cannot
    # say it, since some names have several spellings. Pipeline files are checked with it before anything is trained.
    _name_choices: ClassVar[dict[str, Callable[[str], list[str]]]] = {
        "optimizer": optimizer_choices,
        "loss": loss_choices,
    }

    _architecture: ClassVar[type[Architecture]]
    _y_numeric: ClassVar[bool]
    _target: RegressionTarget | ClassTarget

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        tags.target_tags.multi_output = True
        return tags

    def __sklearn_clone__(self) -> NetworkEstimator:
        """Clone, and copy the loss whole: Keras' own copies leave arguments out."""
        with without_array_warnings():  # Keras copies an optimizer by way of a file
            made: NetworkEstimator = BaseEstimator.__sklearn_clone__(self)
        if isinstance(self.loss, keras.losses.Loss):
            made.loss = copy_loss(self.loss)
        return made

    # Differences between regression and classification.

    @abstractmethod
    def _check_target(self, table: CheckedTable) -> CheckedTable:
        """Check y, and multiply class weights into the rows' weights."""

    @abstractmethod
    def _strata(self, y: NDArray[Any]) -> NDArray[Any] | None:
        """Return class codes for drawing validation rows, or None."""

    @abstractmethod
    def _fit_target(self, table: CheckedTable) -> tuple[Any, Head]:
        """Fit the target's coding to the training rows; return it and the matching head."""

    # Fitting.

    @with_callbacks
    @explain_arguments
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        groups: ArrayLike | None = None,
    ) -> NetworkEstimator:
        """Train a new network, or continue with the present one under ``warm_start``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features) or (n_samples, n_rows, n_columns)
            Training rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target.
        sample_weight : array-like of shape (n_samples,), default=None
            A row of weight 2 counts as two rows; rows of weight 0 are left out.
        X_val, y_val : array-like, default=None
            Validation rows instead of ``validation_split``. They do not pass through a pipeline's transformers:
            transform them first.
        groups : array-like of shape (n_samples,), default=None
            Groups of the rows, such as patients: validation rows are then whole groups, where there are two or more.

        Returns
        -------
        self
            The fitted estimator.

        Raises
        ------
        ValueError
            Where a parameter, X, y or the weights are not as described.

        Warns
        -----
        ConvergenceWarning
            Where the loss was no longer a finite number; training ends there and the best weights so far are kept.
        """
        fresh = not (self.warm_start and self.initialized_)
        table = self._begin(X, y, sample_weight, groups, fresh=fresh)
        early_stop, share = self._early_stop(len(table), given=X_val is not None)
        split = self._split(table, share, X_val, y_val)
        if early_stop is not None:
            has_validation, recorded = split.validation is not None, self._recorded_metrics()
            with precision(self.dtype):  # the metrics have variables
                check_monitor(early_stop.monitor, recorded, has_validation=has_validation, where=type(self).__name__)
        # Arrays that JAX makes outside of this context would be float32.
        with precision(self.dtype), epoch_callbacks(self, X, y, sample_weight) as more_callbacks:
            if fresh:
                self._build(split.training)
            self._train(split, self.epochs, early_stop, more_callbacks)
        return self

    def _early_stop(self, n_rows: int, *, given: bool) -> tuple[EarlyStop | None, float | None]:  # noqa: ARG002 - other architectures'
        """Return the rule of early stopping, and the share of validation rows; ``given`` where they were passed."""
        stops = self.early_stopping
        if stops == "auto":
            callbacks = keras.tree.flatten(self.callbacks)
            # The user's own early stopping decides alone.
            stops = n_rows >= _FEWEST_ROWS_TO_STOP and not any(map(_stops_early, callbacks))
        share = self.validation_split
        if not stops:
            return None, share
        if share is None and self.monitor.startswith("val_"):
            share = _DEFAULT_VALIDATION_SHARE
        self._check_averaging()
        return EarlyStop(self.monitor, self.patience, self.min_delta, self.restore_best_weights, self.averaging), share

    def _check_averaging(self) -> None:
        where = f"{type(self).__name__}: averaging must be 0"
        if self.averaging and not self.monitor.startswith("val_"):
            # The training loss is that of the trained weights, not of their average.
            raise ValueError(f"{where} where monitor={self.monitor!r}. Set monitor='val_loss', or averaging=0.")
        if self.averaging and getattr(self, "batch_normalization", False):
            raise ValueError(
                f"{where} with batch_normalization=True, whose means and variances belong to the trained weights and "
                "not to their average. Set one of them only."
            )

    def _recorded_metrics(self) -> Any:
        """Return the metrics that training records."""
        return self.metrics

    def code_rows(self, X: Any, *, reset: bool) -> Any | None:  # noqa: ARG002 - of networks that embed columns
        """Return raw rows as numbers where the estimator codes them itself; None where they must be numbers."""
        return None

    def _partial_fit(
        self, X: Any, y: Any, sample_weight: ArrayLike | None, classes: ArrayLike | None = None
    ) -> NetworkEstimator:
        """Train one epoch more; the first call builds the network."""
        fresh = not self.initialized_
        table = self._begin(X, y, sample_weight, classes=classes, fresh=fresh)
        n_before = 0 if fresh else getattr(self, "n_iter_", 0)
        split = self._split(table, self.validation_split, None, None)
        with precision(self.dtype):
            if fresh:
                self._build(split.training)
            self._train(split, 1, None)
        self.n_iter_ += n_before
        return self

    def initialize(self, X: Any, y: Any) -> NetworkEstimator:
        """Build the network for (X, y) without training it.

        Parameters
        ----------
        X, y : array-like
            As in :meth:`fit`.

        Returns
        -------
        self
            The estimator with its initial weights in ``model_``.
        """
        table = self._begin(X, y, fresh=True)
        with precision(self.dtype):
            self._build(table)
        return self

    def _begin(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        *,
        classes: ArrayLike | None = None,
        fresh: bool,
    ) -> CheckedTable:
        """Check parameters and rows, and start a new network or give the present one its changed parameters."""
        self._validate_params()
        table = check_table(self, X, y, sample_weight, groups=groups, reset=fresh, y_numeric=self._y_numeric)
        table = self._check_target(table)
        # Before the split into training and validation rows, which the seed decides.
        if fresh:
            self._start(table, classes)
        else:
            self._take_changed_parameters(table)
        return table

    def _start(self, table: CheckedTable, classes: ArrayLike | None = None) -> None:  # noqa: ARG002 - the classifier's
        """Start a new network: the seed from which all of its others are derived, and an empty history."""
        # One draw for each fit, so that a RandomState instance advances by one number whatever the network is.
        self._seed = self._drawn_seed()
        self.input_shape_ = network_input_shape(table.X)
        self.history_: dict[str, list[float]] = {}

    def _drawn_seed(self) -> int:
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _split(self, table: CheckedTable, share: float | None, X_val: Any, y_val: Any) -> Split:
        """Draw validation rows, or take those that were passed."""
        if (X_val is None) != (y_val is None):
            raise ValueError(f"{type(self).__name__}: X_val and y_val must be given together.")
        if X_val is not None:
            validation = check_table(self, X_val, y_val, None, reset=False, y_numeric=self._y_numeric)
            return Split(table, self._check_target(validation))
        if share is None:
            return Split(table, None)
        return split_validation(table, share, seed=self._seed, strata=self._strata(table.y), where=type(self).__name__)

    def _build(self, table: CheckedTable) -> None:
        """Build and compile a new network for this table."""
        self._target, self.head_ = self._fit_target(table)
        self.n_outputs_ = self._target.n_outputs
        self._network = self._initial_network(table)
        self._trained_with = self._network_parameters()

    def _initial_network(self, table: CheckedTable) -> Any:
        """Return a new network with the present parameters, compiled."""
        architecture = self._architecture_of_fit()
        if self.model is None:
            return initial_network(architecture, table.X, self._compile_settings())
        network = build_custom_network(self.model, architecture.interface, self._offered(architecture))
        return compile_network(network, self._compile_settings())

    def _architecture_of_fit(self) -> Architecture:
        interface = NetworkInterface(
            input_shape=self.input_shape_,
            n_outputs=self._target.n_outputs,
            output_activation=self.head_.activation,
            dtype=self.dtype,
            seed=self._seed,
            output_bias=self._target.start,
        )
        return self._architecture.from_parameters(interface, vars(self))

    def _offered(self, architecture: Architecture) -> dict[str, Any]:
        """Return all that a user's ``model`` function may name in its signature."""
        # Derived values have precedence: they are the same, checked and in their final form.
        derived = {**architecture.hyperparameters, **vars(architecture.interface), "n_features_in": self.n_features_in_}
        offered: dict[str, Any] = self.get_params(deep=False) | derived
        del offered["model"]
        return offered

    def _network_parameters(self) -> dict[str, Any]:
        """Return the parameters that are built or compiled into the network, in comparable forms."""
        architecture = self._architecture_of_fit()
        if self.model is None:
            built = architecture.hyperparameters
        else:
            built = arguments_of(self.model, {**self._offered(architecture), "seed": None, "output_bias": None})
        names = ("optimizer", "learning_rate", "loss", "metrics", "model", "dtype", "target_scaling")
        compiled = {name: getattr(self, name, None) for name in names}
        # Another draw is no other parameter.
        seed = self.random_state if isinstance(self.random_state, Integral) else type(self.random_state).__name__
        parameters = {**built, **compiled, "random_state": seed}
        return {name: comparable(value) for name, value in parameters.items()}

    def _take_changed_parameters(self, table: CheckedTable) -> None:
        """Give the network the parameters that were changed since it was last trained; its weights stay.

        Raises
        ------
        ValueError
            Where the weights do not fit the changed parameters.
        """
        now = self._network_parameters()
        before = getattr(self, "_trained_with", now)  # missing in networks from files, and in pickles of skdl 0.1.0
        changed = {name: value for name, value in now.items() if name not in before or value != before[name]}
        if not changed:
            self._trained_with = now
            return
        where = type(self).__name__
        if "target_scaling" in changed:
            fixed = {"target_scaling": changed["target_scaling"]}
            raise refusal(where, before, fixed, "the network's outputs are in the unit of the scaled target")
        kept = self.head_, self._target, self._seed
        target, head = self._fit_target(table)
        if head.target != self.head_.target or target.n_outputs != self.n_outputs_:
            raise refusal(where, before, {"loss": now["loss"]}, "another loss would need other outputs")
        self.head_ = head
        if isinstance(target, ClassTarget):  # of a regressor's the scaling stays, to which the outputs belong
            self._target = target
        if "random_state" in changed:
            self._seed = self._drawn_seed()
        with precision(self.dtype):
            network = self._initial_network(table)
            keeps = {
                "keep_rate": not {"learning_rate", "optimizer"} & changed.keys(),
                "keep_randomness": "random_state" not in changed,
            }
            if not carry_over(self._ready_network(), network, **keeps):
                self.head_, self._target, self._seed = kept
                compiled = {"optimizer", "learning_rate", "loss", "metrics", "dtype", "random_state"}
                own = self.get_params(deep=False).keys() - compiled  # without what only a user's function is given
                built = {name: value for name, value in changed.items() if name in own}
                raise refusal(where, before, built, "the network's weights do not fit others")
        self._network = network
        self._trained_with = now

    def _compile_settings(self) -> CompileSettings:
        coding = getattr(self.head_, "coding", None)  # of labels
        metrics = self._recorded_metrics()
        return CompileSettings(self.optimizer, self.learning_rate, self.head_.loss, metrics, self.dtype, coding)

    def _compiled(self) -> Any:
        """Return the network, compiled once more after unpickling: a pickle lacks the optimizer's state."""
        network = self._ready_network()
        if not isinstance(network, LazyModel) and not network.compiled:
            compile_network(network, self._compile_settings())
        return network

    def _ready_network(self) -> Any:
        """Return the network, a ``keras.Model`` or a `LazyModel`; one from a pickle is built at the first call."""
        network = self._network
        if isinstance(network, RestoredNetwork):
            with precision(self.dtype):
                self._network = network = network.build(derive_seed(self._seed, Purpose.NETWORK))
        return network

    def _rows(self, table: CheckedTable) -> Rows:
        dtype = np.dtype(self.dtype)
        weight = None if table.weight is None else table.weight.astype(dtype)
        # Encoded in double precision and rounded once, to the network's dtype.
        return Rows(table.X, self._target.encode(table.y, type(self).__name__).astype(dtype), weight)

    def _train(self, split: Split, epochs: int, early_stop: EarlyStop | None, callbacks: Sequence[Any] = ()) -> None:
        """Train ``epochs`` more epochs and set the fitted attributes."""
        self.callbacks_ = self._copied_callbacks()
        n_before = self.current_epoch
        training_rows = self._rows(split.training)
        validation_rows = None if split.validation is None else self._rows(split.validation)
        network = self._compiled()
        if n_before == 0:
            self.initial_penalty_ = penalty(network)
        training = train(
            network,
            training_rows,
            validation=validation_rows,
            batch_size=self._batch_size(),
            epochs=epochs,
            first_epoch=n_before,  # row orders continue, so that two fits of an epoch equal one of two
            shuffle=self.shuffle,
            seed=self._seed,
            early_stop=early_stop,
            callbacks=[*self.callbacks_, *callbacks],
            verbose=int(self.verbose),
        )
        for name, values in training.history.items():
            # A value that earlier fits did not record is NaN there, so that a list's positions are epochs.
            recorded = self.history_.setdefault(name, [])
            recorded += [math.nan] * (n_before - len(recorded)) + values
        self.n_iter_ = self.current_epoch - n_before
        self.best_epoch_ = None if training.best_epoch is None else n_before + training.best_epoch
        self._restored_best = early_stop is not None and early_stop.restore_best_weights
        self.loss_ = self.history_["loss"][-1]
        loss = make_loss(self.head_.loss, self.dtype)
        evaluated = training_rows if validation_rows is None else validation_rows
        self.baseline_loss_ = baseline_loss(loss, self._target, training_rows, evaluated)
        # Some training rows are kept in memory until `inference_loss_` is asked for: computing it takes a few per cent
        # of a small fit, and most fits of a search are never asked.
        self._sample = None if validation_rows is None else sample_rows(training_rows, self._seed)
        if training.diverged:
            self._warn_of_divergence()

    def _warn_of_divergence(self) -> None:
        best = self.best_epoch_
        kept = "the initial weights were" if best is None else f"the weights of epoch {best} were"
        advice = "Lower learning_rate."
        if "optimizer" in self.get_params(deep=False):
            advice = (
                "Scale X (MinMaxScaler), lower learning_rate, or clip the gradients: "
                "optimizer=keras.optimizers.Adam(clipnorm=1.0)."
            )
        warnings.warn(
            f"{type(self).__name__}: the loss must stay a finite number; it did not in epoch {self.current_epoch}, "
            f"where training ended, and {kept} kept. {advice}",
            ConvergenceWarning,
            stacklevel=6,  # the caller of `fit`: this method, _train, fit, our wrapper of it, scikit-learn's
        )

    @property
    def current_epoch(self) -> int:
        """Epochs trained so far."""
        return len(getattr(self, "history_", {}).get("loss", ()))

    @property
    def kept_epoch(self) -> int | None:
        """The epoch whose weights predict: the best where they were restored, else the last; None of several."""
        restored = vars(self).get("_restored_best")
        if restored is None:  # not trained here, or a pickle of skdl 0.1.0, which knew no "auto"
            restored = self.early_stopping is True and self.restore_best_weights
        return self.best_epoch_ if restored else self.current_epoch

    def _batch_size(self) -> int:
        return _MAX_AUTO_BATCH if self.batch_size == "auto" else int(self.batch_size)

    def _copied_callbacks(self) -> list[Any]:
        """Copy the callbacks for this fit: a callback holds its network, and parameters must not."""
        self._initialize_callbacks()  # SciKeras: classes, instances, lists and dicts of them
        initialized = self._fit_callbacks
        del self._fit_callbacks, self._predict_callbacks
        # Copied together, so that callbacks which share an object still share it afterwards.
        flat = [one for entry in initialized for one in (entry if isinstance(entry, list) else [entry])]
        return copy.deepcopy(flat)

    # Using the network.

    @property
    def initialized_(self) -> bool:
        """Whether there is a network."""
        return "_network" in vars(self)

    @property
    def model_(self) -> Any:
        """The ``keras.Model``; a lazy one is built at the first access."""
        if "_network" not in vars(self):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute 'model_': it is not fitted.")
        network = self._ready_network()
        if not isinstance(network, LazyModel):
            return network
        with precision(self.dtype):
            return network.model

    @property
    def inference_loss_(self) -> float | None:
        """Loss of the present weights on some training rows in inference mode: no dropout, weights at rest.

        None without validation rows, and in a copy or a pickle, which hold no rows.
        """
        check_is_fitted(self, "_network")
        sample = getattr(self, "_sample", None)
        if sample is None:
            return None
        with precision(self.dtype):
            loss = make_loss(self.head_.loss, self.dtype)
            predicted = predict(self._ready_network(), sample.X, dtype=self.dtype).astype(sample.y.dtype)
            # Penalties included, as in a history.
            return loss_of_rows(loss, sample, predicted) + penalty(self._ready_network())

    def _predict_raw(self, X: Any) -> NDArray[np.float64]:
        """Return the network's outputs, (n_samples, n_outputs)."""
        check_is_fitted(self, "_network")
        rows = check_rows(self, X)
        with precision(self.dtype):
            return predict(self._ready_network(), rows, dtype=self.dtype)

    @explain_arguments
    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the target of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Values in the target's own unit, or labels in their own type.
        """
        raw = self._predict_raw(X)  # first: it checks that the estimator is fitted
        decoded: NDArray[Any] = self._target.decode(raw)
        return decoded

    @explain_arguments
    def evaluate(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> dict[str, float]:
        """Return the loss and the metrics of Keras on (X, y), by name.

        They are in the unit the network is trained in: with ``target_scaling="standard"`` an error of 1 is one standard
        deviation.

        Parameters
        ----------
        X, y, sample_weight : array-like
            As in :meth:`fit`.

        Returns
        -------
        dict of str to float
            ``loss`` and each of ``metrics``, as they were in the last fit.
        """
        check_is_fitted(self, "_network")
        table = check_table(self, X, y, sample_weight, reset=False, y_numeric=self._y_numeric)
        with precision(self.dtype):
            return evaluate(self._compiled(), self._rows(table), batch_size=self._batch_size())

    def _keras_output(self, output: Any) -> Any:
        """Return the output tensor of an exported network; the regressor adds its rescaling."""
        return output

    def export_keras(self, path: str | os.PathLike[str]) -> None:
        """Write the network as a ``.keras`` file whose outputs are in the target's own unit.

        Parameters
        ----------
        path : path-like
            File name ending in ``.keras``; it appears whole or not at all.

        Raises
        ------
        ValueError
            Where the name does not end in ``.keras``.
        """
        check_is_fitted(self, "_network")
        output = self._keras_output(self.model_.outputs[0])
        write_network(keras.Model(self.model_.inputs[0], output, name="skdl_export"), path)

    @classmethod
    def _parameters_of(cls, network: Any) -> dict[str, Any]:
        """Return the parameters with which a clone trains a network of the same structure."""
        return {"model": LoadedNetwork.of(network)}

    def _set_trained_network(self, network: Any, target: RegressionTarget | ClassTarget) -> None:
        """Make this a fitted estimator of a network that was trained elsewhere."""
        self._seed = self._drawn_seed()
        self.input_shape_ = tuple(int(size) for size in network.input_shape[1:])
        self.n_features_in_ = self.input_shape_[0]
        self._target = target
        self.n_outputs_ = target.n_outputs
        self.history_ = {}
        self.n_iter_ = 0
        self.best_epoch_ = None
        self._network = network

    # Pickling: parameters, configuration, NumPy weights and the history; nothing that grows with the data.

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        # Callbacks hold the network, and the sample holds rows of the table.
        state.pop("callbacks_", None)
        state.pop("_sample", None)
        state |= {name: store_parameter(state[name]) for name in _STORED_PARAMETERS & state.keys()}
        # The network becomes a configuration and NumPy arrays: a Keras model or a LazyModel holds arrays of the
        # backend, the optimizer's state and locks.
        network = state.pop("_network", None)
        if isinstance(network, RestoredNetwork):
            state["_stored_network"] = network.stored  # as it was loaded
        elif network is not None:
            state["_stored_network"] = store_network(self.model_)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        stored = state.pop("_stored_network", None)
        state |= {name: restore_parameter(state[name]) for name in _STORED_PARAMETERS & state.keys()}
        # A pickle of an older version lacks the parameters that came later.
        parameters = inspect.signature(type(self).__init__).parameters.values()
        later = {one.name: one.default for one in parameters if one.default is not one.empty}
        super().__setstate__({**later, **state})
        if stored is not None:
            self._network = RestoredNetwork(stored)


def _stops_early(callback: Any) -> bool:
    kind = callback if isinstance(callback, type) else type(callback)
    return issubclass(kind, keras.callbacks.EarlyStopping)


def baseline_loss(loss: Any, target: RegressionTarget | ClassTarget, training: Rows, evaluated: Rows) -> float:
    """Return the loss on ``evaluated`` of a constant: the mean, or the class shares, of the training rows.

    A network is worth something only below it.
    """
    constant = np.average(training.y, axis=0, weights=training.weight)
    if getattr(target, "coding", None) == "integer":  # y holds codes, whose mean is no prediction
        total = len(training) if training.weight is None else training.weight.sum()
        constant = np.bincount(training.y[:, 0].astype(int), training.weight, target.n_outputs) / total
    predicted = np.tile(constant, (len(evaluated), 1)).astype(training.y.dtype)  # (n_evaluated, n_outputs)
    return loss_of_rows(loss, evaluated, predicted)


def loss_of_rows(loss: Any, rows: Rows, predicted: NDArray[Any]) -> float:
    """Return the loss of predictions for some rows, (n_rows, n_outputs), in the loss's own reduction."""
    y, weight, n_rows = rows.y, rows.weight, len(rows)
    if loss.reduction in {WEIGHTED_MEAN, "sum"}:
        # JAX compiles about ten operations for each number of rows, which takes longer than a small fit. So rows of
        # weight 0 are added, up to a power of two; they change neither of these reductions.
        n_more = max(_LEAST_PADDED_ROWS, 1 << (n_rows - 1).bit_length()) - n_rows
        y, predicted = (np.concatenate([one, np.repeat(one[-1:], n_more, axis=0)]) for one in (y, predicted))
        weight = np.pad(np.ones(n_rows, predicted.dtype) if weight is None else weight, (0, n_more))
    return float(loss(y, predicted, sample_weight=weight))


def sample_rows(rows: Rows, seed: int) -> Rows:
    """Draw some rows by a seed derived for this alone, so that no other draw of the fit changes; fewer of wide rows."""
    # Limited in values too, because a row of an image is large.
    n_wanted = min(len(rows), _MAX_SAMPLE_ROWS, max(1, _MAX_SAMPLE_VALUES // max(1, math.prod(rows.X.shape[1:]))))
    generator = np.random.default_rng(derive_seed(seed, Purpose.SAMPLE))
    return rows.take(np.sort(generator.choice(len(rows), n_wanted, replace=False)))
