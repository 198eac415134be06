"""Built-in tables: scikit-learn's, the blood-fat table, and three that are generated."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd

from skdl._nearest import did_you_mean
from skdl._note import Note
from skdl.exceptions import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_SAMPLES = 1_000_000
_MOST_NOISE = 1e100
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

# StatSci's table x09: 25 people.
_WEIGHT = "84 73 65 70 76 69 63 72 79 75 27 89 65 57 59 69 60 79 75 82 59 67 85 55 63"
_AGE = "46 20 52 30 57 25 28 36 57 44 24 31 52 23 60 48 34 51 50 34 46 23 37 40 30"
_BLOOD_FAT = "354 190 405 263 451 302 288 385 402 365 209 290 346 254 395 434 220 374 308 220 311 181 274 303 244"


def make_ice_cream(
    n_samples: int = 300,
    *,
    noise: float = 10.0,
    missing: float = 0.05,
    weekday: bool = True,
    random_state: int = 0,
) -> pd.DataFrame:
    """Generate days of ice-cream sales: numbers, a weekday, missing values, and noise around a known formula.

    ``sales = 10 * temperature - 2 * humidity + 20 * discount + 4``, in degrees Celsius, per cent, and 0 to 3 in halves,
    with ``noise`` as standard deviation. The weekday has no effect, which a model has to find out. ``missing`` is the
    share of missing feature values; the sales are never missing.

    >>> days = make_ice_cream(3, noise=0, missing=0)
    >>> formula = 10 * days["temperature"] - 2 * days["humidity"] + 20 * days["discount"] + 4
    >>> bool(np.allclose(days["sales"], formula))
    True
    """
    _check_options("ice_cream", n_samples, noise, random_state, least=1)
    if not 0 <= missing < 1:
        text = "builtin:ice_cream: missing must be a share from 0 to below 1; got {given!r}. Try missing=0.05."
        raise DataError.of("builtin_missing_share", text, given=missing)
    rng = np.random.default_rng(random_state)
    temperature = rng.uniform(15, 38, n_samples).round(1)
    humidity = rng.uniform(30, 95, n_samples).round(0)
    discount = rng.integers(0, 7, n_samples) / 2
    sales = 10 * temperature - 2 * humidity + 20 * discount + 4 + noise * rng.standard_normal(n_samples)
    frame = pd.DataFrame({"temperature": temperature, "humidity": humidity, "discount": discount})
    if weekday:
        frame["weekday"] = np.array(_WEEKDAYS)[rng.integers(0, len(_WEEKDAYS), n_samples)]
    if missing > 0:
        # The mask is drawn last: with and without missing values, one seed gives the same numbers. The target joins
        # after it, so that it has none.
        frame = frame.mask(rng.random(frame.shape) < missing)
    return frame.assign(sales=sales)


def make_xor(n_samples: int = 400, *, noise: float = 0.2, random_state: int = 0) -> pd.DataFrame:
    """Generate noisy points around the corners of the unit square, in two classes.

    The class is the exclusive or of the corner's coordinates: opposite corners belong together. No linear model can
    separate the classes; one hidden layer can. The points are spread evenly over the corners, with ``noise`` as their
    standard deviation.

    >>> make_xor(4, noise=0).sort_values(["x1", "x2"])["xor"].tolist()
    [0, 1, 1, 0]
    """
    _check_options("xor", n_samples, noise, random_state, least=4)
    rng = np.random.default_rng(random_state)
    # Corner 0 to 3 of each point: quotient and remainder of a division by 2 are its coordinates.
    corners = rng.permutation(np.arange(n_samples) % 4)
    first, second = corners // 2, corners % 2
    points = np.column_stack([first, second]) + noise * rng.standard_normal((n_samples, 2))
    return pd.DataFrame({"x1": points[:, 0], "x2": points[:, 1], "xor": first ^ second})


def make_spiral(n_samples: int = 400, *, noise: float = 0.1, random_state: int = 0) -> pd.DataFrame:
    """Generate points on two arms of a spiral, in two classes.

    Both arms start at the origin and turn around it by one and a half circles, up to a distance of 6; one is the other
    turned by half a circle. To tell them apart takes two hidden layers, or many units. The points are spread evenly
    over the arms, with ``noise`` as their standard deviation.

    >>> spiral = make_spiral(200, noise=0)
    >>> arms = [arm[["x1", "x2"]].to_numpy() for _, arm in spiral.groupby("spiral")]
    >>> bool(np.allclose(sorted(map(tuple, arms[0])), sorted(map(tuple, -arms[1]))))
    True
    """
    _check_options("spiral", n_samples, noise, random_state, least=4)
    rng = np.random.default_rng(random_state)
    place = rng.permutation(n_samples)
    arm, step = place % 2, place // 2 / max(1, (n_samples - 1) // 2)  # 0 at the origin, 1 at the end
    angle = 3 * np.pi * step + np.pi * arm
    points = 6 * step[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])
    points += noise * rng.standard_normal((n_samples, 2))
    return pd.DataFrame({"x1": points[:, 0], "x2": points[:, 1], "spiral": arm})


def load_builtin(name: str) -> pd.DataFrame:
    """Return the built-in table of a name, such as ``"iris"`` or ``"ice_cream?noise=0&missing=0"``.

    The target is the last column. Classes are names, in a column ``species``, ``cultivar`` or ``diagnosis``.

    >>> load_builtin("iris")["species"].unique().tolist()
    ['setosa', 'versicolor', 'virginica']
    """
    stem, _, query = name.partition("?")
    if stem not in _TABLES:
        known = ", ".join(builtin_names())
        template = "builtin:{name}: no such table{hint} There are: {known}."
        raise DataError.of("builtin_no_table", template, name=stem, hint=did_you_mean(stem, _TABLES), known=known)
    make = _TABLES[stem]
    defaults = {name: parameter.default for name, parameter in inspect.signature(make).parameters.items()}
    options: dict[str, Any] = {}
    # Blank values are kept, so that an option without a value is an error and not ignored.
    for option, text in parse_qsl(query, keep_blank_values=True):
        where = f"builtin:{stem}?{option}={text}"
        if option not in defaults:
            taken = ", ".join(defaults) or Note("nothing", "none")
            template = "{where}: no such option{hint} It takes {known}."
            raise DataError.of(
                "builtin_no_option", template, where=where, hint=did_you_mean(option, defaults), known=taken
            )
        options[option] = _parse_option(where, text, defaults[option])
    return make(**options)


def builtin_names() -> tuple[str, ...]:
    """Return the names of the built-in tables, in alphabetical order."""
    return tuple(_TABLES)


def _parse_option(where: str, text: str, default: object) -> object:
    """Parse the value of an option by the type of its default."""
    parsers: dict[type, tuple[Callable[[str], object], Note]] = {
        bool: (
            {"0": False, "1": True, "false": False, "true": True}.__getitem__,
            Note("value_flag", "0, 1, false or true"),
        ),
        float: (float, Note("value_number", "a number")),
        int: (int, Note("value_whole", "a whole number")),
    }
    parse, noun = parsers[type(default)]
    try:
        return parse(text.casefold())
    except (KeyError, ValueError):
        template = "{where}: the value must be {noun}; got {given!r}."
        raise DataError.of("builtin_option", template, where=where, noun=noun, given=text) from None


def _check_options(name: str, n_samples: int, noise: float, random_state: int, *, least: int) -> None:
    for is_met, rule, value in (
        (n_samples >= least, Note.of("least_samples", "n_samples must be at least {n}", n=least), n_samples),
        (
            n_samples <= _MOST_SAMPLES,
            Note.of("most_samples", "n_samples must be {n:,} at most", n=_MOST_SAMPLES),
            n_samples,
        ),
        (0 <= noise <= _MOST_NOISE, Note("noise_range", "noise must be a finite number, 0 or more"), noise),
        (random_state >= 0, Note("random_state_range", "random_state must be 0 or more"), random_state),
    ):
        if not is_met:
            text = "builtin:{name}: {rule}; got {given!r}."
            raise DataError.of("builtin_rule", text, name=name, rule=rule, given=value)


def _blood_fat() -> pd.DataFrame:
    columns = {"weight": _WEIGHT, "age": _AGE, "blood_fat": _BLOOD_FAT}
    return pd.DataFrame({name: [int(word) for word in text.split()] for name, text in columns.items()})


def _load_sklearn(name: str, target: str, **options: Any) -> pd.DataFrame:
    """Return a table of scikit-learn's, with the names of the classes in place of their codes."""
    bunch = getattr(importlib.import_module("sklearn.datasets"), f"load_{name}")(as_frame=True, **options)
    classes = np.asarray(bunch.get("target_names", ()))
    values = [str(classes[code]) for code in bunch.target] if classes.dtype.kind == "U" else bunch.target
    # In memory column by column, as tables of files: scikit-learn's array is row by row, and the last bits of sums of
    # products depend on that order.
    return pd.DataFrame({**bunch.data, target: values})


_TABLES: dict[str, Callable[..., pd.DataFrame]] = {
    "blood_fat": _blood_fat,
    "breast_cancer": lambda: _load_sklearn("breast_cancer", "diagnosis"),
    "diabetes": lambda: _load_sklearn("diabetes", "progression", scaled=False),
    "digits": lambda: _load_sklearn("digits", "digit"),
    "ice_cream": make_ice_cream,
    "iris": lambda: _load_sklearn("iris", "species"),
    "spiral": make_spiral,
    "wine": lambda: _load_sklearn("wine", "cultivar"),
    "xor": make_xor,
}
