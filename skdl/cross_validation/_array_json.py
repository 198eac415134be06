"""NumPy arrays as JSON values: the bytes with dtype and shape, or the items of an array of objects."""

from __future__ import annotations

import base64
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainValidator

_PLAIN = str | int | float | bool | None


def array_to_json(array: NDArray[Any]) -> dict[str, Any]:
    """Encode numbers and fixed-width text as their bytes, and objects (labels of mixed types) one by one.

    A TypeError is raised for objects that JSON has no type for, such as dates.
    """
    if not array.dtype.hasobject:
        # The bytes keep every float to the bit, NaN payloads included. dtype.str names the byte order, so that they are
        # read correctly on any machine.
        # The order of the axes in memory is kept, since the order of a sum over rows decides on its last bit.
        by_columns = array.flags.f_contiguous and not array.flags.c_contiguous
        data = base64.b64encode(array.tobytes("F" if by_columns else "C")).decode("ascii")
        order = {"order": "F"} if by_columns else {}
        return {"shape": array.shape, "dtype": array.dtype.str, **order, "data": data}
    items = [item.item() if isinstance(item, np.generic) else item for item in array.ravel()]
    for item in items:
        if not isinstance(item, _PLAIN):
            raise TypeError(f"no JSON form for {item!r}")
    return {"shape": array.shape, "items": items}


def array_from_json(value: Any) -> NDArray[Any]:
    """Decode what `array_to_json` gave; ValueError for anything else."""
    try:
        if "items" in value:
            # Filled item by item: np.array would turn labels of mixed types into text.
            array = np.empty(len(value["items"]), dtype=object)
            array[:] = value["items"]
        else:
            # A copy, because an array over bytes is read-only.
            array = np.frombuffer(base64.b64decode(value["data"]), dtype=np.dtype(value["dtype"])).copy()
        return array.reshape(value["shape"], order="F" if value.get("order") == "F" else "C")
    except (TypeError, KeyError, AttributeError, OverflowError) as error:
        raise ValueError(f"not an array: {error}") from error


# A field of this type is read by pydantic from what `array_to_json` gave.
Array = Annotated[NDArray[Any], PlainValidator(array_from_json)]
