"""Annotations of a recording: the true repetitions, in a JSON file beside the recording."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from kneepose.errors import FormatError, KneeposeError, UnknownNameError
from kneepose.exercises.spec import built_in, check_side
from kneepose.typing import ExerciseName, ExerciseRow, Side
from kneepose.writing import check_regular

__all__ = ["RepLabels", "labeled_recordings", "labels_path", "read_labels"]

_SUFFIX = ".labels.json"
_KEYS = ("exercise", "side", "count", "partial", "starts", "bottoms", "ends", "condition", "note")
_EXAMPLE = '{"exercise": "squat", "count": 5}'


@dataclass(frozen=True, slots=True)
class RepLabels:
    """True repetitions of one recording.

    Attributes
    ----------
    exercise, side
        Name of the exercise, and the side as in `analyze`. Two-leg exercises need no side.
    count
        Number of full repetitions. 0 means rest or another movement.
    partial
        Number of partial repetitions, or None if they were not counted.
    starts, bottoms, ends
        Times of the full repetitions in seconds on the recording's clock, increasing; None if not known.
    condition
        Name of the recording conditions, such as a lighting or a camera; results are grouped by it.
    """

    exercise: ExerciseName
    side: Side
    count: int
    partial: int | None
    starts: tuple[float, ...] | None
    bottoms: tuple[float, ...] | None
    ends: tuple[float, ...] | None
    condition: str

    @property
    def intervals(self) -> list[tuple[float, float]] | None:
        """Start and end of each full repetition in seconds; None if not annotated."""
        if self.count == 0:
            return []
        if self.starts is None or self.ends is None:
            return None
        return list(zip(self.starts, self.ends, strict=True))


def labels_path(recording: Path) -> Path:
    """Return the path of a recording's annotations: ``squat.labels.json`` for ``squat.npz``."""
    return recording.with_name(recording.stem + _SUFFIX)


def labeled_recordings(folder: Path) -> list[Path]:
    """Return the paths of the annotated recordings of a folder, sorted by name."""
    found = sorted(folder.glob(f"*{_SUFFIX}"))
    if not found:
        raise FormatError(
            f"{folder} holds no labels; write a NAME{_SUFFIX} such as {_EXAMPLE} beside each NAME.npz."
        )
    return [path.with_name(path.name.removesuffix(_SUFFIX) + ".npz") for path in found]


def read_labels(path: Path) -> RepLabels:
    """Read the annotations of a recording.

    Raises
    ------
    FormatError
        The file is absent or is not a JSON object, or a value in it is invalid.
    UnknownNameError
        The exercise, the side or a key is not known.
    """
    if path.exists():
        check_regular(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FormatError(
            f"{path.name} does not exist; an evaluated recording needs this file beside it, with at "
            f"least its exercise and count: {_EXAMPLE}."
        ) from None
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is also a ValueError
        raise FormatError(f"{path.name} is not valid JSON ({error}); write {_EXAMPLE}.") from None
    if not isinstance(data, dict):
        raise FormatError(f"{path.name} is not a JSON object; write {_EXAMPLE}.")
    try:
        return _labels(data)
    except KneeposeError as error:
        raise type(error)(f"{path.name}: {error}") from None


def _labels(data: dict[str, Any]) -> RepLabels:
    for key in data:
        if key not in _KEYS:
            raise UnknownNameError.of("entry", key, _KEYS)
    for key in ("exercise", "count"):
        if data.get(key) is None:
            raise FormatError(f"{key} is missing; write {_EXAMPLE}.")
    row = built_in(_text(data, "exercise"))
    count = _whole(data, "count")
    times = {key: _times(data, key, count) for key in ("starts", "bottoms", "ends")}
    _in_order(times)
    return RepLabels(
        exercise=row["name"],
        side=_side(data, row),
        count=count,
        partial=None if data.get("partial") is None else _whole(data, "partial"),
        condition="" if data.get("condition") is None else _text(data, "condition"),
        **times,
    )


def _side(data: dict[str, Any], row: ExerciseRow) -> Side:
    given = data.get("side")
    if row["two_legs"] and given in (None, "both"):
        return "left"
    if given is None:
        raise FormatError(
            f'{row["name"]} is done on one leg: add "side": "left" or "side": "right".'
        )
    return check_side(given)


def _text(data: dict[str, Any], key: str) -> str:
    text = data[key]
    if not isinstance(text, str):
        raise FormatError(f"{key} is {text!r}; it must be text.")
    return text


def _whole(data: dict[str, Any], key: str) -> int:
    number = data[key]
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**32:
        raise FormatError(f"{key} is {number!r}; it must be a whole number from 0 up.")
    return number


def _times(data: dict[str, Any], key: str, count: int) -> tuple[float, ...] | None:
    given = data.get(key)
    if given is None:
        return None
    numbers = given if isinstance(given, list) else []
    real = [n for n in numbers if isinstance(n, int | float) and not isinstance(n, bool)]
    if not isinstance(given, list) or len(real) != len(given) or not all(map(_is_time, real)):
        raise FormatError(f"{key} is {given!r}; it must be a list of seconds.")
    if len(real) != count:
        raise FormatError(
            f"{key} has {len(real)} times and count is {count}; give one time per full repetition, and "
            "no times for partial ones."
        )
    return tuple(float(number) for number in real)


def _is_time(number: float) -> bool:
    return abs(number) < 1e12 and math.isfinite(number)


def _in_order(times: dict[str, tuple[float, ...] | None]) -> None:
    lists = [[(t, f"{key}[{k}]") for k, t in enumerate(ts)] for key, ts in times.items() if ts]
    moments = [moment for rep in zip(*lists, strict=True) for moment in rep]
    for (before, first), (after, second) in pairwise(moments):
        if after < before:
            raise FormatError(
                f"{second} is {after:g} s and {first} is {before:g} s; each repetition must start, "
                "reach its bottom and end before the next one starts."
            )
