"""NumPy networks: the estimators that saved models hold instead of Keras estimators.

A frozen network predicts the same as the Keras network that it was made from (rtol 1e-5, atol 1e-6 times the target's
scale) and imports neither Keras nor JAX. Its state is a configuration of plain JSON types and a list of arrays. Saved
models name this module and its classes, so both stay where they are; ``configuration_["format"]`` counts changes of the
state.

A user-defined network with layers that NumPy cannot compute stays a Keras network, in a `KerasFile`. Only such a one
needs Keras, when it predicts.

A configuration holds ``format``, ``dtype``, ``input_shape`` and ``layers``, a list of steps:

=============  =====================================================================================
``op``         effect on rows of shape (n_rows, ...); numbers are positions in ``weights_``
=============  =====================================================================================
``dense``      ``x @ weights_[kernel] + weights_[bias]`` on the last axis; ``bias`` may be None
``affine``     ``(x - weights_[mean]) * weights_[scale] + weights_[shift]`` on the last axis
``activation`` the Keras activation ``name`` with ``parameters``
``reshape``    each row to ``shape``
``max``        the largest value over axis 1
``embed``      columns of a coded table embedded, see `embed_table`
``blend``      ``x + weights_[share] * (f(x) - x)`` with the activation ``name`` as f
``clip``       each value at least ``weights_[low]`` and at most ``weights_[high]``
``average``    the mean of the outputs of ``members``, each a list of steps
``keras``      the whole network, in ``network_``; the only step then
=============  =====================================================================================
"""

from __future__ import annotations

import math
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import erfc, expit
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import ThreadpoolController

from skdl.exceptions import ModelFileError, NeedsKerasError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Self

    from numpy.typing import NDArray

__all__ = [
    "ACTIVATIONS",
    "FORMAT",
    "FrozenMLPClassifier",
    "FrozenMLPRegressor",
    "KerasFile",
    "embed_table",
    "networks_beside",
]

FORMAT = 1
_HALF = 0.5
# Values of the widest layer in one chunk: 2 MB in float32, so that a chunk stays in the cache from layer to layer.
_CHUNK_VALUES = 2**19
_CHUNK_ROWS = (64, 8192)  # at least and at most
_FEWEST_CHUNKS = 16  # from which on threads pay
_MOST_THREADS = 4


# A context variable, so that threads that save or load at once do not share the list.
_SEPARATE_NETWORKS: ContextVar[list[bytes] | None] = ContextVar("separate networks", default=None)


@contextmanager
def networks_beside(networks: list[bytes]) -> Iterator[None]:
    """Keep the content of each `KerasFile` out of pickles: writing appends it to a list, reading takes it out."""
    token = _SEPARATE_NETWORKS.set(networks)
    try:
        yield
    finally:
        _SEPARATE_NETWORKS.reset(token)


class KerasFile:
    """A network that NumPy cannot compute, as the content of its ``.keras`` file; Keras loads it to predict.

    Keras' safe mode is on: code in the file is refused. A pickle holds the content, never the network.

    Parameters
    ----------
    content : bytes
        Content of the file.
    custom_objects : dict
        Layer classes and functions that are not Keras' own, by name.
    dtype : {"float32", "float64"}
        Precision of the network.
    """

    def __init__(self, content: bytes, custom_objects: dict[str, Any], dtype: str) -> None:
        self.content = content
        self.custom_objects = custom_objects
        self.dtype = dtype
        self._network: Any = None

    def load(self) -> Any:
        """Return the network, loaded at the first call.

        Raises
        ------
        NeedsKerasError
            Without Keras.
        """
        if self._network is None:
            keras_models = _import_keras_models("to predict: it has layers that NumPy cannot compute")
            self._network = keras_models.load_network(self.content, self.custom_objects, self.dtype)
        return self._network

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return the network's outputs, (n_rows, n_outputs)."""
        return np.asarray(_import_keras_models("to predict").predict_network(self.load(), X, self.dtype))

    def __reduce__(self) -> tuple[Any, ...]:
        networks = _SEPARATE_NETWORKS.get()
        if networks is None:
            return KerasFile, (self.content, self.custom_objects, self.dtype)
        # A position in the list replaces the content, so that a saved model keeps the network in a file of its own.
        networks.append(self.content)
        return _from_beside, (len(networks) - 1, self.custom_objects, self.dtype)


def _from_beside(number: int, custom_objects: dict[str, Any], dtype: str) -> KerasFile:
    """Take a network's content from the list of `networks_beside`; saved models name this function."""
    networks = _SEPARATE_NETWORKS.get()
    if networks is None:
        raise ModelFileError(
            "saved model: its network is in model.keras, in the same folder; got the pickle alone. "
            "Load the folder with skdl.load_model."
        )
    return KerasFile(networks[number], custom_objects, dtype)


def _import_keras_models(purpose: str) -> Any:
    """Import the module that needs Keras."""
    try:
        from skdl import _keras_models
    except ImportError as error:
        raise NeedsKerasError(f"frozen network: needs Keras {purpose} ({error}). pip install keras jax.") from error
    return _keras_models


class _ForwardPass:
    """Forward pass of one prediction, in chunks, with two buffers that dense layers use in turn."""

    def __init__(self, configuration: dict[str, Any], weights: list[NDArray[Any]]) -> None:
        self._configuration = configuration
        self._layers = configuration["layers"]
        self._weights = weights
        self._dtype = np.dtype(configuration["dtype"])
        self._buffers = [np.empty(0, self._dtype), np.empty(0, self._dtype)]
        # Values of one row in the widest layer; the last axis of a kernel is its number of units.
        widest = max([math.prod(configuration["input_shape"]), *(array.shape[-1] for array in weights)])
        self._chunk_rows = int(np.clip(_CHUNK_VALUES // widest, *_CHUNK_ROWS))

    def run(self, X: Any) -> NDArray[np.float64]:
        """Return the network's outputs, (n_rows, n_outputs)."""
        # Chunks keep intermediate values in the cache and memory flat; each is as good as all rows at once, because
        # layers compute row by row.
        starts = range(0, X.shape[0], self._chunk_rows)
        if len(starts) < _FEWEST_CHUNKS:
            return np.concatenate([self._chunk(X, start) for start in starts])
        blas = ThreadpoolController().select(user_api="blas")
        # As many threads as BLAS, which a caller may have limited.
        n_threads = min(_MOST_THREADS, min((pool.num_threads for pool in blas.lib_controllers), default=1))

        def compute(thread: int) -> list[NDArray[np.float64]]:
            one = _ForwardPass(self._configuration, self._weights)  # with buffers of its own
            return [one._chunk(X, start) for start in starts[thread::n_threads]]

        # BLAS has threads for the products of matrices alone, and all else, half of the time of many a network, would
        # run in one. So the threads are those of the chunks, each of which is computed in one of them.
        with blas.limit(limits=1), ThreadPoolExecutor(n_threads) as threads:
            parts = list(threads.map(compute, range(n_threads)))
        return np.concatenate([parts[number % n_threads][number // n_threads] for number in range(len(starts))])

    def _chunk(self, X: Any, start: int) -> NDArray[np.float64]:
        """Return the outputs of the rows from a position on."""
        block = X[start : start + self._chunk_rows]
        # A copy, because layers overwrite their input. What float32 cannot hold becomes infinite or zero, as in Keras,
        # whatever the caller has set with numpy.seterr.
        with np.errstate(all="ignore"):
            x = np.array(block.toarray() if hasattr(block, "toarray") else block, dtype=self._dtype, order="C")
            for layer in self._layers:
                x = self._apply(layer, x)
        return x.reshape(len(x), -1).astype(np.float64)

    def _apply(self, layer: dict[str, Any], x: NDArray[Any]) -> NDArray[Any]:  # noqa: PLR0911 - by operation
        match layer["op"]:
            case "dense":
                return self._dense(x, layer["kernel"], layer["bias"])
            case "affine":
                # Subtracting first keeps the digits that a large mean would take from a small difference.
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
            case "embed":
                arrays = {name: self._weights[layer[name]] for name in EMBEDDING_ARRAYS}
                tables = [self._weights[number] for number in layer["tables"]]
                return embed_table(x, layer["cardinalities"], layer["max_one_hot"], arrays, tables)
            case "blend":
                # x + share * (f(x) - x), in place: memory that is new takes longer than the arithmetic.
                bent = self._activate(x.copy(), layer["name"], {})
                bent -= x
                bent *= self._weights[layer["share"]]
                bent += x
                return bent
            case "clip":
                return np.asarray(np.clip(x, self._weights[layer["low"]], self._weights[layer["high"]]))
            case "average":
                return self._average(x, layer["members"])
            case unknown:
                raise ModelFileError(f"frozen network: op must be one of this version's; got {unknown!r}. Update skdl.")

    def _average(self, x: NDArray[Any], members: list[list[dict[str, Any]]]) -> NDArray[Any]:
        outputs = []
        for layers in members:
            output = x.copy()
            for layer in layers:
                output = self._apply(layer, output)
            outputs.append(output.copy())  # the buffers are used again
        return np.mean(outputs, axis=0, dtype=np.float64).astype(self._dtype)

    def _activate(self, x: NDArray[Any], name: str, parameters: dict[str, Any]) -> NDArray[Any]:
        if name not in ACTIVATIONS:
            raise ModelFileError(
                f"frozen network: the activation must be one of this version's; got {name!r}. Update skdl."
            )
        return np.asarray(ACTIVATIONS[name](x, **parameters), dtype=self._dtype)

    def _dense(self, x: NDArray[Any], kernel: int, bias: int | None) -> NDArray[Any]:
        matrix = self._weights[kernel]
        flat = x.reshape(-1, matrix.shape[0])  # (rows of all leading axes, n_in)
        size = len(flat) * matrix.shape[1]
        buffer = self._buffers.pop(0)  # the one used last may hold x, and a product must not overwrite its input
        if buffer.size < size:
            buffer = np.empty(size, self._dtype)
        self._buffers.append(buffer)
        product = np.matmul(flat, matrix, out=buffer[:size].reshape(len(flat), -1))
        if bias is not None:
            product += self._weights[bias]
        return product.reshape(*x.shape[:-1], -1)


# Keras' activations. Each may overwrite its argument, and computes in the argument's precision.


def _relu(x: NDArray[Any], negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    if not (negative_slope or max_value or threshold):
        return np.maximum(x, 0.0, out=x)
    # Keras' general form: x above the threshold, at most max_value; below it negative_slope * (x - threshold).
    above = np.clip(np.where(x > threshold, x, 0.0), 0.0, max_value)
    return above - negative_slope * np.maximum(threshold - x, 0.0)


def _elu(x: NDArray[Any], alpha: float = 1.0) -> Any:
    # The argument is limited to 0: where() computes both branches, and exp of a large x would overflow.
    return np.where(x > 0.0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def _selu(x: NDArray[Any]) -> Any:
    # Scale and alpha of Klambauer et al. (2017), for which mean 0 and variance 1 are a fixed point.
    return 1.0507009873554805 * _elu(x, 1.6732632423543772)


def _softplus(x: NDArray[Any]) -> Any:
    # log(exp(x) + exp(0)) without overflow; the zero in x's own dtype keeps float32.
    return np.logaddexp(x, x.dtype.type(0.0))


def _mish(x: NDArray[Any]) -> Any:
    # x tanh(log(1 + w)) with w = exp(x) is x n / (n + 2) with n = w (w + 2): one exponential. Beyond 20 it is x.
    # In place: memory that is new takes longer than the arithmetic.
    w = np.minimum(x, 20.0)
    np.exp(w, out=w)
    above = w + 2.0
    w *= above
    np.add(w, 2.0, out=above)
    w /= above
    x *= w
    return x


def _gelu(x: NDArray[Any], approximate: bool = False) -> Any:
    if approximate:
        # The approximation by tanh of Hendrycks and Gimpel (2016), with their constant.
        return x * _HALF * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))
    # x times the normal distribution function. For negative x erfc(-x / sqrt(2)) keeps digits that 1 + erf would lose.
    return _HALF * x * erfc(x * -math.sqrt(_HALF))


def _hard_sigmoid(x: NDArray[Any]) -> Any:
    return np.clip(x + 3.0, 0.0, 6.0) / 6.0


def _glu(x: NDArray[Any]) -> Any:
    value, gate = np.split(x, 2, axis=-1)
    return value * expit(gate)


def _log_softmax(x: NDArray[Any]) -> Any:
    # Without its maximum no row overflows, and the result is the same.
    shifted = x - x.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _softmax(x: NDArray[Any]) -> Any:
    # The maximum is subtracted for the same reason.
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _sparsemax(x: NDArray[Any], *, summed: bool = True) -> Any:
    """Project each row onto the simplex (Martins and Astudillo 2016).

    Values above a threshold are lowered by it, so that they sum to 1, and the others become 0. ``summed``: as Keras
    3.15, which computes the threshold from the sum of running sums, not of values; its result does not sum to 1.
    """
    ordered = -np.sort(-x, axis=-1)
    totals = np.cumsum(ordered, axis=-1)
    counts = np.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    # The support: position k belongs to it where 1 + k * z_k exceeds the sum of the k largest values.
    inside = ordered - (totals - 1.0) / counts > 0.0
    kept = np.where(inside, totals if summed else ordered, 0.0).sum(axis=-1, keepdims=True)
    return np.maximum(x - (kept - 1.0) / inside.sum(axis=-1, keepdims=True), 0.0)


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "celu": lambda x, alpha=1.0: np.maximum(x, 0.0) + alpha * np.expm1(np.minimum(x, 0.0) / alpha),
    "elu": _elu,
    "exponential": lambda x: np.exp(x, out=x),
    "gelu": _gelu,
    "glu": _glu,
    "hard_shrink": lambda x, threshold=0.5: np.where(np.abs(x) > threshold, x, 0.0),
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": lambda x: x * _hard_sigmoid(x),
    "hard_tanh": lambda x: np.clip(x, -1.0, 1.0, out=x),
    "leaky_relu": lambda x, negative_slope=0.2: np.where(x >= 0.0, x, negative_slope * x),
    "linear": lambda x: x,
    "log_sigmoid": lambda x: -_softplus(-x),
    "log_softmax": _log_softmax,
    "mish": _mish,
    "relu": _relu,
    "relu6": lambda x: np.clip(x, 0.0, 6.0, out=x),
    "selu": _selu,
    "sigmoid": lambda x: expit(x, out=x),
    "silu": lambda x: x * expit(x),
    "soft_shrink": lambda x, threshold=0.5: np.sign(x) * np.maximum(np.abs(x) - threshold, 0.0),
    "softmax": _softmax,
    "softplus": _softplus,
    "softsign": lambda x: x / (np.abs(x) + 1.0),
    "sparse_plus": lambda x: np.where(x <= -1.0, 0.0, np.where(x >= 1.0, x, (x + 1.0) ** 2 / 4.0)),
    "sparse_sigmoid": lambda x: _HALF * np.clip(x + 1.0, 0.0, 2.0),
    "sparsemax": _sparsemax,
    "squareplus": lambda x: _HALF * (x + np.sqrt(x * x + 4.0)),
    "tanh": lambda x: np.tanh(x, out=x),
    "tanh_shrink": lambda x: x - np.tanh(x),
}
"""Keras activations by name. ``threshold`` is missing: its arguments have no defaults, so no layer can name it."""


EMBEDDING_ARRAYS = ("frequency", "phase", "mixing", "shift")


def embed_table(
    x: NDArray[Any],
    cardinalities: Sequence[int],
    max_one_hot: int,
    arrays: dict[str, NDArray[Any]],
    tables: Sequence[NDArray[Any]],
) -> NDArray[Any]:
    """Embed the columns of a coded table, as the Keras layer ``TableEmbedding``.

    ``arrays`` are its variables for numbers; ``tables`` have a vector for each value of the categories that have more
    than ``max_one_hot`` values.
    """
    parts = []
    n, _, n_values = arrays["mixing"].shape  # numbers, frequencies, values without the number itself
    if n:
        z = x[:, :n] / np.sqrt(1.0 + np.square(x[:, :n] / 3.0))
        angles = z.T[:, :, None] * (2.0 * math.pi * arrays["frequency"])[:, None] + arrays["phase"][:, None]
        waves = np.cos(angles, out=angles)  # (n, n_rows, n_frequencies)
        mixed = waves @ arrays["mixing"] + arrays["shift"][:, None]  # (n, n_rows, n_values)
        parts += [mixed.transpose(1, 0, 2).reshape(len(x), n * n_values), z]
    left = iter(tables)
    for position, size in enumerate(cardinalities, start=n):
        code = x[:, position].astype(np.intp)
        if size == 2:  # -1 and 1
            parts.append(np.array([0.0, -1.0, 1.0])[code][:, None])
        elif size <= max_one_hot:
            parts.append(np.eye(size + 1)[code, 1:])
        else:
            parts.append(next(left)[code])
    return np.hstack(parts, dtype=x.dtype, casting="same_kind")


class _FrozenMLP(BaseEstimator):
    """Base class of the two frozen estimators."""

    configuration_: dict[str, Any]
    weights_: list[NDArray[Any]]
    network_: KerasFile | None = None
    coder_: Any = None  # a TableCoder, which needs pandas

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Refuse: a frozen network predicts and is never trained.

        Raises
        ------
        UsageError
            Always.
        """
        raise UsageError(
            f"{type(self).__name__}: a frozen network cannot be trained. Fit the Keras estimator and freeze it again."
        )

    def to_keras(self) -> Any:
        """Return the network as a ``keras.Model`` with the same weights; this imports Keras.

        It predicts the same (rtol 1e-5): a regressor's network in the target's own unit, as ``export_keras`` writes it,
        a classifier's the units of its last layer. ``KerasMLPRegressor.from_keras`` makes an estimator of it, which
        can continue training. It lacks what only training needs: dropout, penalties, and batch normalisation, which is
        folded into the weights.

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
        >>> network = frozen.to_keras()
        >>> bool(np.allclose(network.predict(X, verbose=0)[:, 0], frozen.predict(X), atol=1e-5))
        True
        """
        check_is_fitted(self, "configuration_")
        keras_models = _import_keras_models("for to_keras")
        if self.network_ is not None:
            return self._in_target_unit(keras_models, self.network_.load())
        multilabel = self.configuration_.get("coding") == "multilabel"
        coding = None if self.coder_ is None else self.coder_.to_json(self, multilabel=multilabel)
        network = keras_models.build_network(self.configuration_, self.weights_, coding)
        return self._in_target_unit(keras_models, network)

    def thaw(self) -> Any:
        """Return the network as a ``keras.Model``.

        .. deprecated:: 0.1
            Use :meth:`to_keras`, which does the same.

        Returns
        -------
        keras.Model
            Not compiled.

        Warns
        -----
        DeprecationWarning
            Always.
        """
        warnings.warn(
            f"{type(self).__name__}: thaw was renamed, and the old name will be removed. Call to_keras.",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.to_keras()

    def _in_target_unit(self, keras_models: Any, network: Any) -> Any:  # noqa: ARG002 - the regressor's
        """Return a network that predicts as the estimator does."""
        return network

    def _set_network(
        self,
        configuration: dict[str, Any],
        weights: list[NDArray[Any]],
        feature_names_in: NDArray[Any] | None,
        network: KerasFile | None,
        coder: Any = None,
    ) -> None:
        self.configuration_ = {"format": FORMAT, **configuration}
        self.weights_ = weights
        if network is not None:
            self.network_ = network
        self.n_features_in_ = configuration["input_shape"][0]
        if coder is not None:
            self.coder_ = coder
            self.n_features_in_ = coder.n_columns
        if feature_names_in is not None:
            self.feature_names_in_ = feature_names_in

    def _raw(self, X: Any) -> NDArray[np.float64]:
        check_is_fitted(self, "configuration_")
        if self.coder_ is not None:
            X = self.coder_.code_rows(self, X, reset=False)
        else:
            # CSR, because chunks are slices of rows.
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
        # A newer format may have steps that this version would compute wrongly, so it is refused.
        version = state.get("configuration_", {}).get("format", FORMAT)
        if version > FORMAT:
            raise ModelFileError(f"frozen network: format must be at most {FORMAT}; got {version!r}. Update skdl.")
        super().__setstate__(state)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        return tags


class FrozenMLPRegressor(RegressorMixin, _FrozenMLP):
    """A fitted regression network in NumPy; :func:`skdl.freeze` makes it.

    Attributes
    ----------
    configuration_ : dict
        The network's steps, as plain JSON types (see the module).
    weights_ : list of arrays
        In the network's precision, float32 or float64.
    target_center_, target_scale_ : arrays of shape (n_outputs,)
        Predictions are ``raw * target_scale_ + target_center_``.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : array of str
        Names of the columns, where the network was fitted on a DataFrame.
    n_outputs_ : int
        Values predicted for each row.

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
        coder: Any = None,
    ) -> Self:
        """Make a fitted estimator from a network's configuration and weights, and its target's scaling."""
        frozen = cls()
        frozen._set_network(configuration, weights, feature_names_in, network, coder)
        frozen.configuration_["one_dimensional"] = one_dimensional
        frozen.target_center_ = target_center
        frozen.target_scale_ = target_scale
        frozen.n_outputs_ = len(target_center)
        return frozen

    def _in_target_unit(self, keras_models: Any, network: Any) -> Any:
        scale, center = self.target_scale_.tolist(), self.target_center_.tolist()
        return keras_models.in_target_unit(network, scale, center, self.configuration_["dtype"])

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Predict the target, in its own unit, of shape (n_samples,) or (n_samples, n_outputs)."""
        table = self._raw(X) * self.target_scale_ + self.target_center_
        return np.asarray(table[:, 0] if self.configuration_["one_dimensional"] else table)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class FrozenMLPClassifier(ClassifierMixin, _FrozenMLP):
    """A fitted classification network in NumPy; :func:`skdl.freeze` makes it.

    Attributes
    ----------
    configuration_ : dict
        The network's steps, as plain JSON types (see the module); ``coding`` is how outputs represent classes.
    weights_ : list of arrays
        In the network's precision, float32 or float64.
    classes_ : array of shape (n_classes,)
        Labels in their own type; column numbers for multilabel targets.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : array of str
        Names of the columns, where the network was fitted on a DataFrame.

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
        coder: Any = None,
    ) -> Self:
        """Make a fitted estimator from a network's configuration and weights, and its classes."""
        frozen = cls()
        frozen._set_network(configuration, weights, feature_names_in, network, coder)
        frozen.configuration_["coding"] = coding
        frozen.classes_ = classes
        return frozen

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Predict probabilities (n_samples, n_classes), as in ``classes_``; rows sum to 1 unless multilabel."""
        raw = self._raw(X)
        coding = self.configuration_["coding"]
        if coding == "multilabel":
            return raw
        if coding == "binary":
            # A user-defined network need not end in a sigmoid.
            positive = np.clip(raw[:, 0], 0.0, 1.0)
            return np.column_stack([1.0 - positive, positive])
        # Outputs without softmax need not sum to 1, and in float32 even those with it do so only up to rounding.
        # Where all outputs are 0, no class is likelier than another.
        total = raw.sum(axis=1, keepdims=True)
        even = np.full_like(raw, 1.0 / raw.shape[1])
        return np.asarray(np.divide(raw, total, out=even, where=total > 0.0))

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """Predict the natural logarithms of `predict_proba`; minus infinity for a probability of 0."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

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
