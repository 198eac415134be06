"""Files and folders that appear whole or not at all, locks that end with their process, and digests.

`replace_file` and `replace_folder` write under a temporary name on the target's file system and rename at the end, so
that a reader finds the old content or the new one, whenever the writer is killed. What a killed writer of a folder
leaves is removed by the next one: the temporary folder holds a lock file, and a lock ends with its process.
"""

from skdl.files._digest import blake3_of, sha256_of, sha256_of_file
from skdl.files._lock import LockedError, LockFile, LocksUnsupportedError, is_locked
from skdl.files._replace import replace_file, replace_folder, temporary_sibling

__all__ = [
    "LockFile",
    "LockedError",
    "LocksUnsupportedError",
    "blake3_of",
    "is_locked",
    "replace_file",
    "replace_folder",
    "sha256_of",
    "sha256_of_file",
    "temporary_sibling",
]
