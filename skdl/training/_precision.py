"""Double precision for one fit, without a global switch."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import keras

__all__ = ["precision"]


def precision(dtype: str) -> AbstractContextManager[object]:
    """Return a context in which arrays keep ``dtype``: JAX narrows float64 to float32 unless told otherwise."""
    if dtype == "float64" and keras.backend.backend() == "jax":
        import jax

        return jax.enable_x64(True)  # type: ignore[no-any-return]  # noqa: FBT003 - JAX's own signature
    return nullcontext()
