"""An object store for fsspec, in a folder of this machine."""

from pathlib import Path

from fsspec.implementations.local import LocalFileSystem


class Shelf(LocalFileSystem):
    """An object store in a folder: a put is whole or not at all, creating is exclusive, nothing is renamed.

    It outlives a process that is killed. After ``puts_left`` puts it is down.
    """

    protocol = "shelf"
    puts_left = None

    def pipe_file(self, path, value, mode="overwrite", **_):
        """Put an object."""
        if Shelf.puts_left == 0:
            raise ConnectionError("the shelf\nis down")
        Shelf.puts_left = Shelf.puts_left and Shelf.puts_left - 1
        path = Path(self._strip_protocol(path))
        path.parent.mkdir(parents=True, exist_ok=True)  # a store has no folders, so none are required
        draft = path.parent.parent / f"{path.name}.draft"
        draft.write_bytes(value)
        if mode == "create":
            path.hardlink_to(draft)  # raises FileExistsError
            draft.unlink()
        else:
            draft.replace(path)

    def put_file(self, lpath, rpath, *_, **__):
        """Put a file."""
        self.pipe_file(rpath, Path(lpath).read_bytes())
