"""The files of a scored folder, and runs that are stopped from within."""

import pandas as pd


class StoppedError(Exception):
    """Ends a run from within."""


def contents(folder):
    """Read every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def scored(result):
    """Read all parts."""
    read = pd.read_csv if result.parts[0].suffix == ".csv" else pd.read_parquet
    return pd.concat([read(part) for part in result.parts], ignore_index=True)


def quarantined(result):
    """Read the bad rows."""
    return pd.read_parquet(result.quarantine)


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
