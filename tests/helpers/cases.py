"""Cases of a parametrised test of which only some are run by default."""

import pytest


def cases(values, quick):
    """Make parameters of a mapping from ids to values (tuples for several parameters); all but `quick` are slow."""
    missing = set(quick) - set(values)
    assert not missing, f"no such cases: {missing}"
    return [
        pytest.param(*(value if isinstance(value, tuple) else (value,)), id=name, marks=marks(name in quick))
        for name, value in values.items()
    ]


def marks(quick):
    """Return the marks of a case."""
    return [] if quick else [pytest.mark.slow]
