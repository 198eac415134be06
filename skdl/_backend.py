"""Choice of Keras' backend and of its use of a GPU's memory, before Keras is imported for the first time.

Keras by itself would pick TensorFlow, and fail where it is not installed. skdl's default is JAX. A user's choice has
precedence: the environment's ``KERAS_BACKEND``, an already imported Keras, or a ``keras.json`` that names ``jax`` or
``torch``. The value ``tensorflow`` in that file counts as unset, because Keras writes it there by itself at its first
import.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path

from skdl.exceptions import MissingExtraError, UsageError

__all__ = ["choose_backend", "require_backend"]

# By backend, the packages that Keras imports with it.
_PACKAGES: dict[str, tuple[str, ...]] = {
    "jax": ("jax", "jaxlib"),
    "numpy": (),
    "openvino": ("openvino",),
    "tensorflow": ("tensorflow",),
    "torch": ("torch",),
}


def choose_backend() -> None:
    """Set ``KERAS_BACKEND`` to ``jax`` unless the user chose otherwise; call it before ``import keras``.

    Also keep JAX and TensorFlow from reserving a GPU's memory, unless the user has set their variables: JAX would take
    three quarters of it in each process and TensorFlow all, so that workers of ``n_jobs`` could not share a GPU.
    """
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    if "keras" in sys.modules or os.environ.get("KERAS_BACKEND"):
        return
    os.environ["KERAS_BACKEND"] = _configured_backend() or "jax"


def require_backend() -> None:
    """Raise an error that says what to install, where Keras or the package of its backend is missing.

    To be called before the first import of Keras, which would raise an ImportError from deep inside.

    Raises
    ------
    MissingExtraError
        If a package is not installed.
    UsageError
        If Keras has no such backend.
    """
    if "keras" in sys.modules:
        return
    backend = os.environ.get("KERAS_BACKEND", "jax")
    if backend not in _PACKAGES:
        text = "KERAS_BACKEND must be one of {known}; got {given!r}."
        raise UsageError.of("no_backend", text, known=", ".join(_PACKAGES), given=backend)
    package = next((one for one in ("keras", *_PACKAGES[backend]) if importlib.util.find_spec(one) is None), None)
    if package is None:
        return
    values = {"package": package, "install": f"pip install {package}"}
    if package in {"keras", "jax", "jaxlib"}:
        text = "networks need {package}, which is not installed. Install it: {install}"
        raise MissingExtraError.of("needs_keras", text, **values)
    text = (
        "networks need {package}, because KERAS_BACKEND is {backend}, and it is not installed. Install it: {install}; "
        "or set KERAS_BACKEND=jax."
    )
    raise MissingExtraError.of("needs_backend", text, backend=backend, **values)


def _configured_backend() -> str | None:
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        backend = json.loads((home / "keras.json").read_text(encoding="utf-8")).get("backend")
    except (OSError, ValueError, AttributeError):
        return None
    return backend if backend in {"jax", "torch", "openvino"} else None
