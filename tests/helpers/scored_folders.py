"""The files of a scored folder, and runs that are stopped from within."""


class StoppedError(Exception):
    """Ends a run from within."""


def contents(folder):
    """Read every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def stop_after(n_rows):
    """Return a listener that ends the run when so many rows are done."""

    def listener(now):
        if now.n_rows >= n_rows:
            raise StoppedError

    return listener


def flip_middle_bit(path):
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
