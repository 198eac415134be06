"""What all tests share."""

import skdl  # noqa: F401 - it chooses Keras' backend, whichever test imports Keras first
