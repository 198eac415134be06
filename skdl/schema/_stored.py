"""Schema and reading of a model as plain JSON types, in its manifest and in its pickle, and back.

Values are validated, because anybody may have changed a manifest.
"""

from __future__ import annotations

import codecs
from dataclasses import asdict, replace
from typing import Annotated, Any, Literal

from skdl._json import Scalar, plain_json, reader_of, record, that
from skdl.schema._schema import ModelSchema
from skdl.tables import DATE_PARTS, Dates, NumberFormat, Reading

__all__ = ["StoredReading", "read_stored", "stored"]


def _is_encoding(name: str) -> bool:
    try:
        # lookup also finds codecs such as rot13 that encode no text; the next line refuses them.
        codecs.lookup(name)
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return True


_Character = Annotated[str, that(str, lambda mark: len(mark) == 1 and mark not in '"\r\n', "one character")]
_Separator = Annotated[
    str, that(_Character, lambda mark: mark == "\t" or (mark.isascii() and mark.isprintable()), "ASCII")
]
_Encoding = Annotated[str, that(str, _is_encoding, "an encoding")]
_DatePart = Annotated[str, that(Scalar, DATE_PARTS.__contains__, f"one of {DATE_PARTS}")]
_read_dates = record(
    Dates,
    parts=tuple[_DatePart, ...],
    format=str | None,
    utc=bool | None,
    missing=tuple[str, ...],
    offsets=tuple[int, ...],
    timed=bool,
)


def _dates_of(value: Any, where: str) -> Dates:
    """Read how dates become parts; models of before 2026-11-29 have no key ``utc``, and mean UTC."""
    dates: Dates = _read_dates(value, where)
    return dates if "utc" in value else replace(dates, utc=True, format=dates.format or "ISO8601")


# A `Reading` is checked where a pipeline file is read, so its own types are wider.
StoredReading = Annotated[
    Reading,
    record(
        Reading,
        separator=_Separator | None,
        decimal=_Character,
        thousands=_Character | None,
        encoding=_Encoding | None,
        na_values=tuple[str, ...] | dict[str, tuple[str, ...]],
        keep_default_na=bool,
        strings_keep_words=bool,
        short_rows=Literal["malformed", "missing"],
        rename=dict[str, str],
        dtypes=dict[str, Literal["string", "float", "int", "bool"]],
        dates=dict[str, Annotated[Dates, _dates_of]],
        formats=dict[
            str,
            Annotated[
                NumberFormat,
                record(
                    NumberFormat,
                    decimal=_Character,
                    thousands=_Character | None,
                    unit=str,
                    factors=tuple[str, ...],
                    clock=str,
                    missing=tuple[str, ...],
                ),
            ],
        ],
    ),
]

_read_schema, _read_reading = reader_of(ModelSchema), reader_of(StoredReading)


def stored(schema: ModelSchema, reading: Reading) -> dict[str, Any]:
    """Return schema and reading as plain JSON types, under their names."""
    plain: dict[str, Any] = plain_json({"schema": asdict(schema), "reading": reading.to_json()})
    return plain


def read_stored(plain: dict[str, Any]) -> tuple[ModelSchema, Reading]:
    """Return the schema and the reading of `stored`; raise ValueError for anything else."""
    return _read_schema(plain["schema"], "schema"), _read_reading(plain["reading"], "reading")
