"""Choice of Keras' backend and of its use of a GPU's memory, before Keras is imported for the first time.

Keras by itself would pick TensorFlow, and fail where it is not installed. skdl's default is JAX. A user's choice has
precedence: the environment's ``KERAS_BACKEND``, an already imported Keras, or a ``keras.json`` that names ``jax`` or
``torch``. The value ``tensorflow`` in that file counts as unset, because Keras writes it there by itself at its first
import.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

__all__ = ["choose_backend"]


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


def _configured_backend() -> str | None:
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        backend = json.loads((home / "keras.json").read_text(encoding="utf-8")).get("backend")
    except (OSError, ValueError, AttributeError):
        return None
    return backend if backend in {"jax", "torch", "openvino"} else None
