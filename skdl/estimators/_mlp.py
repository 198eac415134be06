"""What the regressor and the classifier share: checks, network, training, saving."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import keras
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skdl.estimators._base import BaseWrapper
from skdl.estimators._baseline import baseline_loss
from skdl.estimators._data import CheckedTable, check_rows, check_table, network_input_shape
from skdl.estimators._divergence import warn_of_divergence
from skdl.estimators._fresh import compile_network, fresh_network
from skdl.estimators._holdout import Parts, hold_out
from skdl.estimators._inference import inference_loss, sample_rows
from skdl.estimators._initial import columns_with_a_say
from skdl.estimators._loaded import write_network
from skdl.estimators._losses import copy_loss, make_loss, restore_loss, store_loss
from skdl.estimators._metrics import check_monitor
from skdl.estimators._network import (
    NetworkPlan,
    build_custom_network,
    restore_network,
    store_network,
)
from skdl.estimators._parameters import PARAMETER_CONSTRAINTS
from skdl.estimators._progress import CallbackSupportMixin, epoch_tasks, with_callbacks
from skdl.training import EarlyStop, LazyModel, Purpose, Rows, derive_seed, evaluate, precision, predict, train

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from skdl.estimators._heads import Head
    from skdl.estimators._targets import ClassTarget, RegressionTarget

__all__ = ["KerasMLP"]

_LARGEST_AUTO_BATCH = 200  # scikit-learn's MLPs take the same
_DEFAULT_VALIDATION_SHARE = 0.2


class KerasMLP(CallbackSupportMixin, BaseWrapper):
    """Base of the two estimators; a scikit-learn estimator around a Keras network.

    SciKeras' wrapper keeps parameters in ``__dict__`` and accepts any keyword; here they are what ``__init__`` spells
    out, as everywhere in scikit-learn.
    """

    _get_param_names: Any = classmethod(BaseEstimator._get_param_names.__func__)  # noqa: SLF001 - SciKeras overrides it
    set_params = BaseEstimator.set_params
    __repr__ = BaseEstimator.__repr__

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = PARAMETER_CONSTRAINTS

    _y_numeric: ClassVar[bool]
    _target: RegressionTarget | ClassTarget

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        tags.target_tags.multi_output = True
        return tags

    def __sklearn_clone__(self) -> KerasMLP:
        """Clone, and copy the loss whole: Keras' own copies leave arguments out."""
        made: KerasMLP = BaseEstimator.__sklearn_clone__(self)
        if isinstance(self.loss, keras.losses.Loss):
            made.loss = copy_loss(self.loss)
        return made

    # What the two classes differ in.

    @abstractmethod
    def _check_target(self, table: CheckedTable) -> CheckedTable:
        """Check y and fold class weights into the rows' weights."""

    @abstractmethod
    def _strata(self, y: NDArray[Any]) -> NDArray[Any] | None:
        """Class codes for drawing validation rows, or None."""

    @abstractmethod
    def _learn_target(self, table: CheckedTable) -> tuple[Any, Head]:
        """Learn the target's coding from the training rows, and the head that goes with it."""

    # Fitting.

    @with_callbacks
    def fit(
        self, X: Any, y: Any, sample_weight: ArrayLike | None = None, *, X_val: Any = None, y_val: Any = None
    ) -> KerasMLP:
        """Train a fresh network, or go on with the present one under ``warm_start``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features) or (n_samples, n_rows, n_columns)
            Training rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target.
        sample_weight : array-like of shape (n_samples,), default=None
            A row of weight 2 counts as two rows; rows of weight 0 are left out.
        X_val, y_val : array-like, default=None
            Rows to watch in place of ``validation_split``. They do not pass through a pipeline's transformers:
            transform them first.

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
            Where the loss ceased to be a finite number; training ends there and the best weights so far are kept.
        """
        self._validate_params()
        fresh = not (self.warm_start and self.initialized_)
        table = self._check_target(check_table(self, X, y, sample_weight, reset=fresh, y_numeric=self._y_numeric))
        if fresh:
            self._found(table)
        early_stop = self._early_stop()
        parts = self._split(table, self._validation_share(early_stop), X_val, y_val)
        if early_stop is not None:
            watched = parts.validation is not None
            check_monitor(self.monitor, self.metrics, watched=watched, where=type(self).__name__)
        with precision(self.dtype), epoch_tasks(self, X, y, sample_weight) as watching:
            if fresh:
                self._build(parts.training)
            self._train(parts, self.epochs, early_stop, watching)
        return self

    def _partial_fit(
        self, X: Any, y: Any, sample_weight: ArrayLike | None, classes: ArrayLike | None = None
    ) -> KerasMLP:
        """Train one epoch more; the first call builds the network."""
        self._validate_params()
        fresh = not self.initialized_
        table = self._check_target(check_table(self, X, y, sample_weight, reset=fresh, y_numeric=self._y_numeric))
        if fresh:
            self._found(table, classes)
        parts = self._split(table, self.validation_split, None, None)
        with precision(self.dtype):
            if fresh:
                self._build(parts.training)
            self._train(parts, 1, None)
        return self

    def initialize(self, X: Any, y: Any) -> KerasMLP:
        """Build the network for (X, y) without training it.

        Parameters
        ----------
        X, y : array-like
            As in :meth:`fit`.

        Returns
        -------
        self
            The estimator with its first weights in ``model_``.
        """
        self._validate_params()
        table = self._check_target(check_table(self, X, y, None, reset=True, y_numeric=self._y_numeric))
        self._found(table)
        with precision(self.dtype):
            self._build(table)
        return self

    def _found(self, table: CheckedTable, classes: ArrayLike | None = None) -> None:  # noqa: ARG002 - the classifier's
        """Begin anew: the seed of everything drawn in this fit, an empty history."""
        self._seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        self.input_shape_ = network_input_shape(table.X)
        self.history_: dict[str, list[float]] = {}

    def _early_stop(self) -> EarlyStop | None:
        if not self.early_stopping:
            return None
        return EarlyStop(self.monitor, self.patience, self.min_delta, self.restore_best_weights)

    def _validation_share(self, early_stop: EarlyStop | None) -> float | None:
        if self.validation_split is None and early_stop is not None and early_stop.monitor.startswith("val_"):
            return _DEFAULT_VALIDATION_SHARE
        return self.validation_split  # type: ignore[no-any-return]

    def _split(self, table: CheckedTable, share: float | None, X_val: Any, y_val: Any) -> Parts:
        """Cut off the rows to watch, or take those that were given."""
        if (X_val is None) != (y_val is None):
            raise ValueError(f"{type(self).__name__}: X_val and y_val must be given together.")
        if X_val is not None:
            watched = check_table(self, X_val, y_val, None, reset=False, y_numeric=self._y_numeric)
            return Parts(table, self._check_target(watched))
        if share is None:
            return Parts(table, None)
        return hold_out(table, share, seed=self._seed, strata=self._strata(table.y), owner=type(self).__name__)

    def _build(self, table: CheckedTable) -> None:
        """Build and compile a fresh network for this table."""
        self._target, self.head_ = self._learn_target(table)
        self.n_outputs_ = self._target.n_outputs
        sizes = self.hidden_layer_sizes
        plan = NetworkPlan(
            input_shape=self.input_shape_,
            hidden_layer_sizes=tuple(sizes) if isinstance(sizes, Iterable) else (sizes,),
            activation=self.activation,
            dropout=self.dropout,
            l1=self.l1,
            l2=self.l2,
            batch_normalization=self.batch_normalization,
            n_outputs=self._target.n_outputs,
            output_activation=self.head_.activation,
            dtype=self.dtype,
            seed=self._seed,
            output_bias=self._target.start,
        )
        if self.model is None:
            self._network = fresh_network(plan, columns_with_a_say(table.X), self._compilation())
        else:
            self._network = compile_network(self._build_custom(plan), **self._compilation())

    def _build_custom(self, plan: NetworkPlan) -> Any:
        offered = {**self.get_params(deep=False), **vars(plan), "n_features_in": self.n_features_in_}
        del offered["model"]
        return build_custom_network(self.model, plan, offered)

    def _compilation(self) -> dict[str, Any]:
        """Return what the network is compiled with."""
        own = {name: getattr(self, name) for name in ("optimizer", "learning_rate", "dtype", "metrics")}
        return {**own, "loss": self.head_.loss}

    def _compiled(self) -> Any:
        """Return the network, compiled anew after unpickling: the optimizer's state was left out."""
        if not isinstance(self._network, LazyModel) and not self._network.compiled:
            compile_network(self._network, **self._compilation())
        return self._network

    def _rows(self, table: CheckedTable) -> Rows:
        dtype = np.dtype(self.dtype)
        weight = None if table.weight is None else table.weight.astype(dtype)
        return Rows(table.X, self._target.encode(table.y).astype(dtype), weight)

    def _train(self, parts: Parts, epochs: int, early_stop: EarlyStop | None, watching: Sequence[Any] = ()) -> None:
        """Train ``epochs`` more epochs and keep what came of it."""
        self.callbacks_ = self._fresh_callbacks()
        done = self.current_epoch
        learned = self._rows(parts.training)
        held = None if parts.validation is None else self._rows(parts.validation)
        training = train(
            self._compiled(),
            learned,
            validation=held,
            batch_size=self._batch_size(),
            epochs=epochs,
            first_epoch=done,
            shuffle=self.shuffle,
            seed=self._seed,
            early_stop=early_stop,
            callbacks=[*self.callbacks_, *watching],
            verbose=int(self.verbose),
        )
        for name, values in training.history.items():
            self.history_.setdefault(name, []).extend(values)
        self.n_iter_ = self.current_epoch
        self.best_epoch_ = None if training.best_epoch is None else done + training.best_epoch
        self.loss_ = self.history_["loss"][-1]
        watched = learned if held is None else held
        self.baseline_loss_ = baseline_loss(make_loss(self.head_.loss, self.dtype), self._target, learned, watched)
        self._sample = None if held is None else sample_rows(learned, self._seed)
        if training.diverged:
            warn_of_divergence(self)

    @property
    def current_epoch(self) -> int:
        """Epochs trained so far."""
        return len(getattr(self, "history_", {}).get("loss", ()))

    def _batch_size(self) -> int:
        return _LARGEST_AUTO_BATCH if self.batch_size == "auto" else int(self.batch_size)

    def _fresh_callbacks(self) -> list[Any]:
        """Copy the callbacks for this fit, so that no trained network hangs on the parameters."""
        self._initialize_callbacks()  # SciKeras: classes, instances, lists and dicts of them
        given = self._fit_callbacks
        del self._fit_callbacks, self._predict_callbacks
        flat = [one for entry in given for one in (entry if isinstance(entry, list) else [entry])]
        return copy.deepcopy(flat)

    # Using the network.

    @property
    def initialized_(self) -> bool:
        """Whether there is a network."""
        return "_network" in vars(self)

    @property
    def model_(self) -> Any:
        """The ``keras.Model``; after a fit that trained arrays alone it is built when first asked for."""
        if "_network" not in vars(self):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute 'model_': it is not fitted.")
        if not isinstance(self._network, LazyModel):
            return self._network
        with precision(self.dtype):
            return self._network.model

    @property
    def inference_loss_(self) -> float | None:
        """Loss of the present weights on some of the training rows as in prediction: no dropout, weights at rest.

        None where no rows were watched, and in a copy or a pickle, which hold no rows.
        """
        check_is_fitted(self, "_network")
        sample = getattr(self, "_sample", None)
        if sample is None:
            return None
        with precision(self.dtype):
            return inference_loss(self._network, sample, make_loss(self.head_.loss, self.dtype), dtype=self.dtype)

    def _predict_raw(self, X: Any) -> NDArray[np.float64]:
        check_is_fitted(self, "_network")
        rows = check_rows(self, X)
        with precision(self.dtype):
            return predict(self._network, rows, dtype=self.dtype)

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
        raw = self._predict_raw(X)  # checks first that the estimator is fitted
        decoded: NDArray[Any] = self._target.decode(raw)
        return decoded

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
            ``loss`` and each of ``metrics``.
        """
        check_is_fitted(self, "_network")
        table = check_table(self, X, y, sample_weight, reset=False, y_numeric=self._y_numeric)
        with precision(self.dtype):
            return evaluate(self._compiled(), self._rows(table), batch_size=self._batch_size())

    def _keras_output(self, output: Any) -> Any:
        """Return the tensor of an exported network; the regressor adds its rescaling."""
        return output

    def export_keras(self, path: str | os.PathLike[str]) -> None:
        """Write the network as a ``.keras`` file that answers in the target's own unit.

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

    def _adopt(self, network: Any, target: RegressionTarget | ClassTarget) -> None:
        """Take a trained network for one's own."""
        self._seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
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
        state.pop("callbacks_", None)
        state.pop("_sample", None)
        state["loss"] = store_loss(self.loss)
        if state.pop("_network", None) is not None:
            state["_stored_network"] = store_network(self.model_)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        stored = state.pop("_stored_network", None)
        super().__setstate__({**state, "loss": restore_loss(state["loss"])})
        if stored is not None:
            with precision(self.dtype):
                self._network = restore_network(stored, derive_seed(self._seed, Purpose.NETWORK))
