"""The way to a Dask cluster, or to one that is started here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdl.exceptions import MissingExtraError, TryAgainError, UsageError

if TYPE_CHECKING:
    from contextlib import ExitStack

__all__ = ["connect"]

_LOCAL = "local:"


def connect(address: str, stack: ExitStack, *, what: str, timeout_s: float) -> Any:
    """Give a client of the scheduler, which is started here where the address is local.

    Parameters
    ----------
    address : str
        Of a scheduler, such as ``"tcp://10.0.0.1:8786"``; ``"local:4"`` starts four workers on this machine.
    stack : ExitStack
        Ends the connection, and what was started.
    what : str
        What messages begin with.
    timeout_s : float
        Seconds that the scheduler has to answer.

    Returns
    -------
    distributed.Client
        Not the default one of this process.

    Raises
    ------
    MissingExtraError
        Without Dask.
    TryAgainError
        If no scheduler answers.
    UsageError
        If the address cannot be one.
    """
    try:
        import distributed
    except ImportError as error:
        raise MissingExtraError(
            f"{what}: a cluster needs the package distributed; it is not installed here. "
            "Install it with: pip install 'skdl[dask]'."
        ) from error
    cluster: Any = address
    if address.startswith(_LOCAL):
        n_workers = address.removeprefix(_LOCAL)
        if not n_workers.isdecimal() or int(n_workers) < 1:
            raise UsageError(f"{what}: dask must be an address, or local: and a number of workers; got {address!r}.")
        cluster = stack.enter_context(
            distributed.LocalCluster(n_workers=int(n_workers), threads_per_worker=1, dashboard_address=":0")
        )
    try:
        client = stack.enter_context(distributed.Client(cluster, timeout=timeout_s, set_as_default=False))
    except (TimeoutError, OSError) as error:
        raise TryAgainError(
            f"{what}: a Dask scheduler must answer at {address}; got none within "
            f"{timeout_s:g} s. Start it, or name another."
        ) from error
    except ValueError as error:
        raise UsageError(
            f"{what}: dask must be the address of a scheduler, such as tcp://HOST:8786; got {address!r} ({error})."
        ) from error
    return client
