"""Code run in a fork as a new interpreter would run it that imports skdl for the first time."""

import os
import sys
import warnings

import jax


def run_code(code, environment, action):
    """Run code with environment variables, and with this action on warnings."""
    os.environ.update(environment)
    # Set where the process that is forked imported skdl, which then takes it for a user's own cache.
    jax.config.update("jax_compilation_cache_dir", None)
    for name in [name for name in sys.modules if name.partition(".")[0] == "skdl"]:
        del sys.modules[name]
    warnings.simplefilter(action, UserWarning)
    exec(code, {})  # noqa: S102 - code of a test
