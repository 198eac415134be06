"""The interface of a network architecture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self

    from numpy.typing import NDArray


@dataclass(frozen=True)
class NetworkInterface:
    """What the table, the target and the loss require of a network, whatever its architecture."""

    input_shape: tuple[int, ...]  # of one row
    n_outputs: int
    output_activation: str
    dtype: str
    seed: int  # of the fit: of initial weights and of dropout
    output_bias: tuple[float, ...] | None = None  # initial bias of the output layer; zeros where None


def check_layer_sizes(sizes: Sequence[float]) -> None:
    """Refuse numbers of units that are not whole, or below 1."""
    for units in sizes:
        if units < 1 or units != int(units):
            raise ValueError(
                f"hidden_layer_sizes: each must be a whole number of units, 1 or more; got {units!r}. "
                "() makes a network without hidden layers."
            )


@dataclass(frozen=True)
class Architecture(ABC):
    """A family of networks, with the hyperparameters of one of them as fields.

    ``parameter_constraints`` names the hyperparameters, which are parameters of the estimators too, and what
    scikit-learn accepts as their values.
    """

    parameter_constraints: ClassVar[dict[str, list[Any]]]

    interface: NetworkInterface

    @classmethod
    def from_parameters(cls, interface: NetworkInterface, parameters: Mapping[str, Any]) -> Self:
        """Take the hyperparameters from an estimator's parameters."""
        return cls(interface, **{name: parameters[name] for name in cls.parameter_constraints})

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """The hyperparameters by name."""
        return {name: getattr(self, name) for name in self.parameter_constraints}

    def structure(self) -> dict[str, Any]:
        """Return all that decides the layers; networks of one structure share a template and a program."""
        # Seed and output bias are first values of variables, which a fit sets in the template's copy; they decide no
        # shape.
        interface = {**asdict(self.interface), "seed": None, "output_bias": None}
        return {"architecture": type(self).__name__, **self.hyperparameters, **interface}

    @abstractmethod
    def build(self) -> Any:
        """Build the ``keras.Model``, not compiled; values that `initial_value` replaces need not be drawn."""

    @abstractmethod
    def initial_value(self, X: Any) -> Callable[[str, NDArray[Any]], NDArray[Any]]:
        """Return the function that makes initial values for a fit on the rows X.

        It takes the name of a variable, ``layer/variable``, and its value in a network that was built, and returns the
        value with which training starts. NumPy draws, so that it is the same on every backend.
        """

    @staticmethod
    def describe_layer(layer: Any) -> str | None:  # noqa: ARG004 - for architectures with layers to describe
        """Return what `describe_network` writes of a layer: units, or ``+`` and what it does to the layer before.

        None leaves the description to `describe_network`.
        """
        return None

    numpy_translators: ClassVar[dict[type, Callable[[Any, Any], None]]] = {}
    """Functions that freeze the architecture's own layer classes, by exact class.

    They take the translation and the layer, and append steps to ``translation.steps``, whose arrays ``translation.add``
    numbers, or call one of its methods, such as ``affine``.
    """
