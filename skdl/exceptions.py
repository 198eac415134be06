"""Everything skdl raises on purpose.

::

    SkdlError                     (each class carries the exit code of the command line)
    |-- AllModelsFailedError    1
    |-- UsageError              2  ValueError
    |-- DataError              65  ValueError
    |-- OutputError            74  OSError
    |-- TryAgainError          75
    |-- NotTrustedError        77
    |-- PipelineFileError      78  ValueError
    |-- MissingExtraError      78  ImportError
    |-- ModelFileError         78  ValueError
    `-- NeedsKerasError        78  ValueError

An exception that people meet on the command line may carry a `skdl._note.Note`, whose text is the message, as its only
argument (`SkdlError.of`): the command translates it. A message reads
``{where}: {what} must be {constraint}; got {value!r}. {Remedy}.``
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from skdl._note import Note

__all__ = [
    "AllModelsFailedError",
    "DataError",
    "MissingExtraError",
    "ModelFileError",
    "NeedsKerasError",
    "NotTrustedError",
    "OutputError",
    "PipelineFileError",
    "SkdlError",
    "TryAgainError",
    "UsageError",
]


class SkdlError(Exception):
    """Base of all errors that skdl raises on purpose."""

    exit_code: ClassVar[int] = 1

    @classmethod
    def of(cls, code: str, template: str, /, **values: Any) -> Self:
        """Make an error that carries a note, whose English text is a template filled with the values.

        Examples
        --------
        >>> DataError.of("no_target", "{n:,} rows have no target", n=2000)
        DataError(Note(code='no_target', text='2,000 rows have no target', values={'n': 2000}))
        """
        return cls(Note.of(code, template, **values))


class AllModelsFailedError(SkdlError):
    """Every model of a comparison failed; the message lists each with its error."""


class UsageError(SkdlError, ValueError):
    """A command or function was called with arguments that do not fit together."""

    exit_code = 2


class DataError(SkdlError, ValueError):
    """A table cannot be read, or does not hold what was asked of it."""

    exit_code = 65


class OutputError(SkdlError, OSError):
    """A result cannot be written where it should go."""

    exit_code = 74


class TryAgainError(SkdlError):
    """Another process holds the output, or changed the input or output; the same call may work later."""

    exit_code = 75


class NotTrustedError(SkdlError):
    """A saved model is not trusted, so it was not loaded."""

    exit_code = 77


class PipelineFileError(SkdlError, ValueError):
    """A pipeline file is wrong; the message names file, line, column and key of every fault."""

    exit_code = 78


class MissingExtraError(SkdlError, ImportError):
    """A package of an extra, or of Keras' backend, is needed and not installed; the message names what to install."""

    exit_code = 78


class ModelFileError(SkdlError, ValueError):
    """A saved model is damaged, of another version, or not a model of skdl."""

    exit_code = 78


class NeedsKerasError(SkdlError, ValueError):
    """A network has a part that NumPy cannot compute, so it cannot be frozen and needs Keras to predict."""

    exit_code = 78
