"""Keras networks in NumPy alone: what saved models hold in place of a Keras estimator.

A frozen network predicts what its Keras twin predicts (rtol 1e-5, atol 1e-6 times the target's scale) and imports
neither Keras nor JAX. Its state is a configuration of plain JSON types and a list of arrays. Saved models name this
module and these classes, so both stay where they are; ``configuration_["format"]`` counts changes of the state.

A network of one's own with layers that have no NumPy twin stays a Keras network: `KerasFile`. It is all that needs
Keras here, when it predicts.

A configuration holds ``format``, ``dtype``, ``input_shape`` and ``layers``, a list of steps:

=============  =====================================================================================
``op``         what it does to rows of shape (n_rows, ...); numbers name arrays in ``weights_``
=============  =====================================================================================
``dense``      ``x @ weights_[kernel] + weights_[bias]`` on the last axis; ``bias`` may be None
``affine``     ``(x - weights_[mean]) * weights_[scale] + weights_[shift]`` on the last axis
``activation`` the Keras activation ``name`` with ``parameters``
``reshape``    each row to ``shape``
``max``        the largest value over axis 1
``keras``      the whole network, in ``network_``; the only step then
=============  =====================================================================================
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from skdl._activations import ACTIVATIONS
from skdl.exceptions import ModelFileError, NeedsKerasError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from numpy.typing import NDArray

__all__ = ["ACTIVATIONS", "FORMAT", "FrozenMLPClassifier", "FrozenMLPRegressor", "KerasFile", "networks_beside"]

FORMAT = 1
_HALF = 0.5
_CHUNK_VALUES = 2**19  # of the widest layer in one chunk: 2 MB in float32, which stays in the cache
_CHUNK_ROWS = (64, 8192)


_BESIDE: ContextVar[list[bytes] | None] = ContextVar("networks beside the pickle", default=None)


@contextmanager
def networks_beside(networks: list[bytes]) -> Iterator[None]:
    """Let pickles written here leave the content of each `KerasFile` in a list, and those read take it from there."""
    token = _BESIDE.set(networks)
    try:
        yield
    finally:
        _BESIDE.reset(token)


class KerasFile:
    """A network without a NumPy twin, as the content of its ``.keras`` file; Keras reads it when it first predicts.

    Keras' safe mode is on: the file cannot bring code of its own. A pickle holds the content, never the network.

    Parameters
    ----------
    content : bytes
        Of the file.
    custom_objects : dict
        Layer classes and functions that are not Keras' own, by name.
    dtype : {"float32", "float64"}
        What it computes in.
    """

    def __init__(self, content: bytes, custom_objects: dict[str, Any], dtype: str) -> None:
        self.content = content
        self.custom_objects = custom_objects
        self.dtype = dtype
        self._network: Any = None

    def load(self) -> Any:
        """Return the network, read at the first call.

        Raises
        ------
        NeedsKerasError
            Without Keras.
        """
        if self._network is None:
            networks = _with_keras("to predict: it has layers without a twin in NumPy")
            self._network = networks.read_network(self.content, self.custom_objects, self.dtype)
        return self._network

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return the network's outputs, (n_rows, n_outputs)."""
        return np.asarray(_with_keras("to predict").answers(self.load(), X, self.dtype))

    def __reduce__(self) -> tuple[Any, ...]:
        networks = _BESIDE.get()
        if networks is None:
            return KerasFile, (self.content, self.custom_objects, self.dtype)
        networks.append(self.content)
        return _from_beside, (len(networks) - 1, self.custom_objects, self.dtype)


def _from_beside(number: int, custom_objects: dict[str, Any], dtype: str) -> KerasFile:
    """Take a network's content from beside the pickle; saved models name this function."""
    networks = _BESIDE.get()
    if networks is None:
        raise ModelFileError(
            "model.joblib: its network lies beside it, in model.keras; got the pickle alone. "
            "Load the folder with skdl.load_model."
        )
    return KerasFile(networks[number], custom_objects, dtype)


def _with_keras(what_for: str) -> Any:
    """Import what needs Keras."""
    try:
        from skdl import _networks
    except ImportError as error:
        raise NeedsKerasError(f"frozen network: needs Keras {what_for} ({error}). pip install keras jax.") from error
    return _networks


class _ForwardPass:
    """One prediction's walk through the layers, in chunks, with two buffers that the dense layers take in turn."""

    def __init__(self, configuration: dict[str, Any], weights: list[NDArray[Any]]) -> None:
        self._layers = configuration["layers"]
        self._weights = weights
        self._dtype = np.dtype(configuration["dtype"])
        self._buffers = [np.empty(0, self._dtype), np.empty(0, self._dtype)]
        widest = max([math.prod(configuration["input_shape"]), *(array.shape[-1] for array in weights)])
        self._chunk_rows = int(np.clip(_CHUNK_VALUES // widest, *_CHUNK_ROWS))

    def run(self, X: Any) -> NDArray[np.float64]:
        """Return the network's outputs, (n_rows, n_outputs)."""
        return np.concatenate(list(self._chunks(X)))

    def _chunks(self, X: Any) -> Iterator[NDArray[np.float64]]:
        for start in range(0, X.shape[0], self._chunk_rows):
            block = X[start : start + self._chunk_rows]
            # A chunk of one's own: layers overwrite it. What float32 cannot hold becomes infinite, as in Keras.
            with np.errstate(over="ignore"):
                x = np.array(block.toarray() if hasattr(block, "toarray") else block, dtype=self._dtype, order="C")
                for layer in self._layers:
                    x = self._apply(layer, x)
            yield x.reshape(len(x), -1).astype(np.float64)

    def _apply(self, layer: dict[str, Any], x: NDArray[Any]) -> NDArray[Any]:
        match layer["op"]:
            case "dense":
                return self._dense(x, layer["kernel"], layer["bias"])
            case "affine":
                x -= self._weights[layer["mean"]]
                x *= self._weights[layer["scale"]]
                x += self._weights[layer["shift"]]
                return x
            case "activation":
                return self._activate(x, layer["name"], layer["parameters"])
            case "reshape":
                return np.ascontiguousarray(x).reshape(len(x), *layer["shape"])
            case "max":
                return np.asarray(x.max(axis=1))
            case unknown:
                raise ModelFileError(f"frozen network: op must be one of this version's; got {unknown!r}. Update skdl.")

    def _activate(self, x: NDArray[Any], name: str, parameters: dict[str, Any]) -> NDArray[Any]:
        if name not in ACTIVATIONS:
            raise ModelFileError(
                f"frozen network: the activation must be one of this version's; got {name!r}. Update skdl."
            )
        return np.asarray(ACTIVATIONS[name](x, **parameters), dtype=self._dtype)

    def _dense(self, x: NDArray[Any], kernel: int, bias: int | None) -> NDArray[Any]:
        matrix = self._weights[kernel]
        flat = x.reshape(-1, matrix.shape[0])
        size = len(flat) * matrix.shape[1]
        buffer = self._buffers.pop(0)  # the other one may hold x
        if buffer.size < size:
            buffer = np.empty(size, self._dtype)
        self._buffers.append(buffer)
        product = np.matmul(flat, matrix, out=buffer[:size].reshape(len(flat), -1))
        if bias is not None:
            product += self._weights[bias]
        return product.reshape(*x.shape[:-1], -1)


class _FrozenMLP(BaseEstimator):
    """What the two frozen estimators share."""

    configuration_: dict[str, Any]
    weights_: list[NDArray[Any]]
    network_: KerasFile | None = None

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Refuse: a frozen network predicts and is never trained.

        Raises
        ------
        UsageError
            Always.
        """
        twin = type(self).__name__.replace("Frozen", "Keras")
        raise UsageError(f"{type(self).__name__}: a frozen network cannot be trained. Fit {twin} and freeze it again.")

    def thaw(self) -> Any:
        """Return the network as a ``keras.Model`` with the same weights; this imports Keras.

        It predicts the same (rtol 1e-5): a regressor's in the target's own unit, as ``export_keras`` writes it, a
        classifier's the units of its last layer. ``KerasMLPRegressor.from_keras`` makes an estimator of it that can be
        trained on. What only training needs is not in it: dropout, penalties, and batch normalisation, which is folded
        into the weights.

        Returns
        -------
        keras.Model
            Not compiled.

        Raises
        ------
        NeedsKerasError
            Without Keras.

        Examples
        --------
        >>> import numpy as np
        >>> from skdl import KerasMLPRegressor, freeze
        >>> X = np.linspace(0.0, 1.0, 20).reshape(-1, 2)
        >>> frozen = freeze(KerasMLPRegressor((4,), epochs=2, random_state=0).fit(X, X[:, 0]))
        >>> network = frozen.thaw()
        >>> bool(np.allclose(network.predict(X, verbose=0)[:, 0], frozen.predict(X), atol=1e-5))
        True
        """
        check_is_fitted(self, "configuration_")
        networks = _with_keras("to be thawed")
        if self.network_ is not None:
            return self._thawed(networks, self.network_.load())
        return self._thawed(networks, networks.thawed(self.configuration_, self.weights_))

    def _thawed(self, networks: Any, network: Any) -> Any:  # noqa: ARG002 - the regressor's
        """Let a network answer as the estimator does."""
        return network

    def _set_network(
        self,
        configuration: dict[str, Any],
        weights: list[NDArray[Any]],
        feature_names_in: NDArray[Any] | None,
        network: KerasFile | None,
    ) -> None:
        self.configuration_ = {"format": FORMAT, **configuration}
        self.weights_ = weights
        if network is not None:
            self.network_ = network
        self.n_features_in_ = configuration["input_shape"][0]
        if feature_names_in is not None:
            self.feature_names_in_ = feature_names_in

    def _raw(self, X: Any) -> NDArray[np.float64]:
        check_is_fitted(self, "configuration_")
        X = validate_data(self, X, reset=False, accept_sparse="csr", allow_nd=True)
        shape = self.configuration_["input_shape"]
        if list(X.shape[1:]) != shape:
            raise ValueError(
                f"{type(self).__name__}: X must be of shape (n_samples, {', '.join(map(str, shape))}); got {X.shape}."
            )
        if self.network_ is not None:
            return self.network_.predict(X)
        return _ForwardPass(self.configuration_, self.weights_).run(X)

    def __setstate__(self, state: dict[str, Any]) -> None:
        found = state.get("configuration_", {}).get("format", FORMAT)
        if found > FORMAT:
            raise ModelFileError(f"frozen network: format must be at most {FORMAT}; got {found!r}. Update skdl.")
        super().__setstate__(state)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        return tags


class FrozenMLPRegressor(RegressorMixin, _FrozenMLP):
    """A fitted regression network in NumPy; :func:`skdl.freeze` makes them.

    Attributes
    ----------
    configuration_ : dict
        The network's steps, as plain JSON types (see the module).
    weights_ : list of arrays
        In the network's precision, float32 or float64.
    target_center_, target_scale_ : arrays of shape (n_outputs,)
        Predictions are ``raw * target_scale_ + target_center_``.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : array of str
        Their names, where the network was fitted on a DataFrame.
    n_outputs_ : int
        Values predicted a row.

    Examples
    --------
    >>> import numpy as np
    >>> from skdl.frozen import FrozenMLPRegressor
    >>> layers = [{"op": "dense", "kernel": 0, "bias": None}]
    >>> network = FrozenMLPRegressor.from_network(
    ...     {"dtype": "float32", "input_shape": [2], "layers": layers},
    ...     [np.array([[1.0], [2.0]], dtype="float32")],
    ...     target_center=np.array([10.0]),
    ...     target_scale=np.array([2.0]),
    ...     one_dimensional=True,
    ... )
    >>> network.predict([[1.0, 1.0]])
    array([16.])
    """

    @classmethod
    def from_network(
        cls,
        configuration: dict[str, Any],
        weights: list[NDArray[Any]],
        *,
        target_center: NDArray[np.float64],
        target_scale: NDArray[np.float64],
        one_dimensional: bool,
        feature_names_in: NDArray[Any] | None = None,
        network: KerasFile | None = None,
    ) -> Self:
        """Make a fitted one of a network's configuration and weights, and its target's scaling."""
        frozen = cls()
        frozen._set_network(configuration, weights, feature_names_in, network)
        frozen.configuration_["one_dimensional"] = one_dimensional
        frozen.target_center_ = target_center
        frozen.target_scale_ = target_scale
        frozen.n_outputs_ = len(target_center)
        return frozen

    def _thawed(self, networks: Any, network: Any) -> Any:
        scale, center = self.target_scale_.tolist(), self.target_center_.tolist()
        return networks.in_target_unit(network, scale, center, self.configuration_["dtype"])

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Predict the target, in its own unit, of shape (n_samples,) or (n_samples, n_outputs)."""
        table = self._raw(X) * self.target_scale_ + self.target_center_
        return np.asarray(table[:, 0] if self.configuration_["one_dimensional"] else table)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class FrozenMLPClassifier(ClassifierMixin, _FrozenMLP):
    """A fitted classification network in NumPy; :func:`skdl.freeze` makes them.

    Attributes
    ----------
    configuration_ : dict
        The network's steps, as plain JSON types (see the module); ``coding`` says how outputs stand for classes.
    weights_ : list of arrays
        In the network's precision, float32 or float64.
    classes_ : array of shape (n_classes,)
        Labels in their own type; column numbers for multilabel targets.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : array of str
        Their names, where the network was fitted on a DataFrame.

    Examples
    --------
    >>> import numpy as np
    >>> from skdl.frozen import FrozenMLPClassifier
    >>> layers = [{"op": "dense", "kernel": 0, "bias": None}, {"op": "activation", "name": "sigmoid", "parameters": {}}]
    >>> network = FrozenMLPClassifier.from_network(
    ...     {"dtype": "float32", "input_shape": [1], "layers": layers},
    ...     [np.array([[1.0]], dtype="float32")],
    ...     classes=np.array(["no", "yes"]),
    ...     coding="binary",
    ... )
    >>> network.predict([[-1.0], [1.0]])
    array(['no', 'yes'], dtype='<U3')
    >>> network.predict_proba([[0.0]])
    array([[0.5, 0.5]])
    """

    @classmethod
    def from_network(
        cls,
        configuration: dict[str, Any],
        weights: list[NDArray[Any]],
        *,
        classes: NDArray[Any],
        coding: str,
        feature_names_in: NDArray[Any] | None = None,
        network: KerasFile | None = None,
    ) -> Self:
        """Make a fitted one of a network's configuration and weights, and its classes."""
        frozen = cls()
        frozen._set_network(configuration, weights, feature_names_in, network)
        frozen.configuration_["coding"] = coding
        frozen.classes_ = classes
        return frozen

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities of shape (n_samples, n_classes), as in ``classes_``; rows sum to 1 unless multilabel."""
        raw = self._raw(X)
        coding = self.configuration_["coding"]
        if coding == "multilabel":
            return raw
        if coding == "binary":
            positive = np.clip(raw[:, 0], 0.0, 1.0)
            return np.column_stack([1.0 - positive, positive])
        return np.asarray(raw / raw.sum(axis=1, keepdims=True))

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict labels: the likeliest class, or each label whose probability exceeds one half."""
        probabilities = self.predict_proba(X)
        if self.configuration_["coding"] == "multilabel":
            return (probabilities > _HALF).astype(np.int64)
        return np.asarray(self.classes_[np.argmax(probabilities, axis=1)])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags
