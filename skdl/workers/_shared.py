"""The value that all tasks of a run share, on its way to other processes.

It is pickled once (by cloudpickle, which takes functions and classes of a notebook). Its arrays stay outside of the
pickle (out-of-band buffers of protocol 5) and are written to a file that each process maps into memory, so that any
number of processes holds a large table once. They are read-only there.
"""

from __future__ import annotations

import mmap
import pickle
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle

from skdl.exceptions import OutputError, UsageError
from skdl.files import temporary_sibling

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALIGNMENT = 64  # bytes; libraries expect arrays at multiples of their item size, and are faster at a cache line


@dataclass(frozen=True)
class SharedValue:
    """A pickled value, small enough to be sent; its arrays are in a file."""

    pickled: bytes  # all but the arrays
    path: str | None = None  # file of the arrays; None without any
    spans: tuple[tuple[int, int], ...] = ()  # where each begins and ends there

    def load(self) -> Any:
        """Return the value; its arrays are mapped into memory."""
        if self.path is None:
            return pickle.loads(self.pickled)  # noqa: S301 - written by the parent
        with Path(self.path).open("rb") as file:
            # The mapping stays valid after the file is closed: the arrays hold the memoryview, which holds the mapping.
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        return pickle.loads(self.pickled, buffers=[mapped[begin:end] for begin, end in self.spans])  # noqa: S301


@contextmanager
def share(value: Any, name: str) -> Iterator[SharedValue]:
    """Make a value ready for other processes; its file is there until the block ends."""
    buffers: list[pickle.PickleBuffer] = []
    try:
        pickled = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    except Exception as error:
        text = (
            "{name}: models and data must be possible to pickle for other processes ({reason}). Put custom "
            "classes and functions into a module, or leave out n_jobs and timeouts."
        )
        raise UsageError.of("not_pickled_for_workers", text, name=name, reason=str(error)) from error
    if not buffers:
        yield SharedValue(pickled)
        return
    with ExitStack() as at_end:
        try:
            folder = at_end.enter_context(temporary_sibling(Path(tempfile.gettempdir()) / "skdl-workers"))
            spans = _write(folder / "arrays", buffers)
        except OSError as error:
            text = (
                "{name}: the table must be writable to a temporary folder for other processes; {reason}. Free "
                "the space, or name another folder in TMPDIR."
            )
            raise OutputError.of("no_temporary_folder", text, name=name, reason=str(error)) from error
        # A pickle buffer holds a reference to its array, and would keep it alive for as long as the workers run.
        buffers.clear()
        yield SharedValue(pickled, str(folder / "arrays"), spans)


def _write(path: Path, buffers: list[pickle.PickleBuffer]) -> tuple[tuple[int, int], ...]:
    spans = []
    # Not synced to disk: the file serves this run only, and the kernel hands its pages to every process that maps it.
    with path.open("wb") as file:
        for buffer in buffers:
            content = buffer.raw()
            begin = file.tell()
            spans.append((begin, begin + content.nbytes))
            file.write(content)
            file.write(bytes(_ALIGNMENT - content.nbytes % _ALIGNMENT))  # at least one: an empty file cannot be mapped
    return tuple(spans)
