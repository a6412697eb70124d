"""Formatting of numbers with their units."""

from __future__ import annotations

import math
from typing import NamedTuple

from kneepose import _core
from kneepose.words.catalogue import current_language, tr

__all__ = ["amount", "amount_with_error", "number", "share_of", "spread", "unit_of_angle"]


class _Unit(NamedTuple):
    sign: str
    digits: int
    share_of: str
    factor: float = 1.0
    """Ratio of the displayed value to the value in the API."""


_UNITS = {
    "deg": _Unit("°", 1, ""),
    "s": _Unit(" s", 2, ""),
    "shank": _Unit("", 2, "shin"),
    "thigh": _Unit("", 2, "thigh"),
    "leg": _Unit(" %", 1, "leg", 100.0),
    "stance": _Unit(" %", 1, "stance width", 100.0),
}
_PLAIN = _Unit("", 2, "")
_ANGLE_UNITS: dict[str, str] = {row["name"]: row["unit"] for row in _core.angle_table()}


def unit_of_angle(name: str) -> str:
    """Return the unit of an angle: ``"deg"``, or the segment whose length normalizes it."""
    return _ANGLE_UNITS.get(name, "deg")


def share_of(unit: str) -> str:
    """Return the reference segment of a unit, such as ``"shin"``; empty for degrees and seconds."""
    return _UNITS.get(unit, _PLAIN).share_of


def number(value: float, unit: str, *, signed: bool = False, digits: int | None = None) -> str:
    """Format a value with its unit. Shares have no unit; their label names the reference segment.

    Examples
    --------
    >>> number(-3.04, "deg"), number(0.04, "deg", signed=True), number(1.5, "s")
    ('−3.0°', '0.0°', '1.50 s')
    """
    if not math.isfinite(value):
        return tr("not measured")
    row = _UNITS.get(unit, _PLAIN)
    text = (
        f"{row.factor * value:{'+' if signed else ''}.{row.digits if digits is None else digits}f}"
    )
    if not float(text):
        text = text.lstrip("+-")
    return text.replace("-", "−").replace(".", current_language().decimal) + row.sign


def amount(value: float, unit: str, *, signed: bool = False, digits: int | None = None) -> str:
    """Format a value for use in a sentence: as `number`, with the reference segment of a share.

    Examples
    --------
    >>> amount(0.08, "shank"), amount(36.4, "deg", digits=0)
    ('0.08 of the shin', '36°')
    """
    text = number(value, unit, signed=signed, digits=digits)
    of = share_of(unit) if math.isfinite(value) else ""
    return tr(f"{{value}} of the {of}", value=text) if of else text


def amount_with_error(value: float, error: float, unit: str) -> str:
    """Format a value with its error for a sentence; the reference segment of a share comes last.

    Examples
    --------
    >>> amount_with_error(0.06, 0.02, "shank"), amount_with_error(15.8, 0.4, "deg")
    ('0.06 ± 0.02 of the shin', '15.8 ± 0.4°')
    """
    of = share_of(unit)
    text = spread(value, error if error > 0 else float("nan"), unit)
    return tr(f"{{value}} of the {of}", value=text) if of else text


def spread(mean: float, sd: float, unit: str) -> str:
    """Format a mean with its standard deviation, ``"36.5 ± 0.8°"``, or the mean alone if SD is NaN."""
    if not math.isfinite(sd) or not math.isfinite(mean):
        return number(mean, unit)
    row = _UNITS.get(unit, _PLAIN)
    return f"{number(mean, unit).removesuffix(row.sign)} ± {number(sd, unit)}"
