"""The kernels for people who only want arrays: plain arrays in, plain arrays out, no objects.

Any leading dimensions and any strides, without a copy of the input; f32 stays f32, everything else
is computed as f64. NaN marks what is missing, in and out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from . import _core
from ._angles import Name, Side, parse_names, parse_numbers
from ._errors import CoordinateError, UnknownNameError
from ._skeletons import Skeleton, find_skeleton

__all__ = [
    "CountScore",
    "RepArrays",
    "angle",
    "asymmetry",
    "count_score",
    "joint_angles",
    "segment_reps",
]

F64 = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating[Any]]
_UP = ("x", "y", "z", "-x", "-y", "-z")
_KINDS = ("difference", "log_ratio", "lsi", "symmetry_index", "symmetry_angle")


def _floats(value: npt.ArrayLike, argument: str) -> Floats:
    try:
        array = np.asarray(np.ma.filled(value, np.nan) if np.ma.isMaskedArray(value) else value)
    except (TypeError, ValueError):  # a ragged list, or integers under a mask
        if not np.ma.isMaskedArray(value):
            raise CoordinateError(f"{argument} is no array: its rows differ in length.") from None
        array = np.ma.filled(np.ma.asarray(value).astype(np.float64), np.nan)
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
        raise CoordinateError(
            f"{argument} has dtype {array.dtype}; it must be an array of real numbers."
        )
    single = array.dtype.newbyteorder("=") == np.float32
    wanted: type[np.floating[Any]] = np.float32 if single else np.float64
    ready = array.dtype == wanted and array.dtype.isnative and array.flags.aligned
    return array if ready else np.array(array, dtype=wanted)


def _series(value: npt.ArrayLike, argument: str) -> F64:
    array = _floats(value, argument)
    if array.ndim != 1:
        raise CoordinateError(f"{argument} has shape {array.shape}; it must be one series, (T,).")
    return np.asarray(array, dtype=np.float64)


def angle(p: npt.ArrayLike, q: npt.ArrayLike, r: npt.ArrayLike) -> Floats:
    """Angle at `q` between `q → p` and `q → r`.

    Parameters
    ----------
    p, q, r
        (…, 2) or (…, 3) in any unit; they broadcast against each other.

    Returns
    -------
    (…) degrees in 0..180: 180 where the three lie in line (a straight knee; its flexion is 180 minus
    this). f32 if all three are f32, else f64. NaN where a point is missing or two coincide.

    Raises
    ------
    CoordinateError
        Last axes that are not 2 or 3, or shapes that do not broadcast.

    Examples
    --------
    >>> float(angle([0, 1], [0, 0], [1, 0]))
    90.0
    """
    points = [_floats(value, name) for value, name in ((p, "p"), (q, "q"), (r, "r"))]
    shapes = [point.shape for point in points]
    if (
        any(not shape or shape[-1] not in (2, 3) for shape in shapes)
        or len({shape[-1] for shape in shapes}) > 1
    ):
        raise CoordinateError(f"p, q, r have shapes {shapes}; all must be (…, 2) or all (…, 3).")
    dtype = np.result_type(*points)
    try:
        together = np.broadcast_arrays(*(point.astype(dtype, copy=False) for point in points))
    except ValueError:
        raise CoordinateError(
            f"p, q, r have shapes {shapes}; they do not broadcast against each other."
        ) from None
    return _core.angle(*together)[()]


@lru_cache(maxsize=64)
def _plan(
    skeleton: Skeleton,
    names: tuple[Name, ...] | Name | None,
    stance_side: Side | None,
    up: str,
    pelvis_reference: str,
    gates: bool,
) -> _core.AnglePlan:
    columns = parse_names(names, stance_side)
    return _core.AnglePlan(skeleton._core, columns, up, pelvis_reference, gates)


@overload
def joint_angles(
    points: npt.ArrayLike,
    *,
    skeleton: str | Skeleton,
    names: Sequence[Name] | Name | None = ...,
    up: str | None = ...,
    stance_side: Side | None = ...,
    pelvis_reference: Literal["up", "trunk"] = ...,
    heading: Sequence[float] | None = ...,
    standing: Sequence[float] | None = ...,
    gates: bool = ...,
    with_validity: Literal[False] = ...,
) -> Floats: ...
@overload
def joint_angles(
    points: npt.ArrayLike,
    *,
    skeleton: str | Skeleton,
    names: Sequence[Name] | Name | None = ...,
    up: str | None = ...,
    stance_side: Side | None = ...,
    pelvis_reference: Literal["up", "trunk"] = ...,
    heading: Sequence[float] | None = ...,
    standing: Sequence[float] | None = ...,
    gates: bool = ...,
    with_validity: Literal[True],
) -> tuple[Floats, npt.NDArray[np.uint8]]: ...
def joint_angles(
    points: npt.ArrayLike,
    *,
    skeleton: str | Skeleton,
    names: Sequence[Name] | Name | None = None,
    up: str | None = None,
    stance_side: Side | None = None,
    pelvis_reference: Literal["up", "trunk"] = "up",
    heading: Sequence[float] | None = None,
    standing: Sequence[float] | None = None,
    gates: bool = True,
    with_validity: bool = False,
) -> Floats | tuple[Floats, npt.NDArray[np.uint8]]:
    """Joint angles of keypoint arrays.

    Parameters
    ----------
    points
        (…, K, 2) pixels, y down, or (…, K, 3) with a vertical axis `up`; NaN = missing. The axis
        before K is time; what lies before that are batches.
    skeleton
        Name or `Skeleton`.
    names
        As in `kneepose.joint_angles`; None: the 17 lower-body angles. A leg angle without a side gives
        two columns, left first.
    up
        3-D only and required there: ``x y z -x -y -z``.
    stance_side, pelvis_reference, heading, gates
        As in `kneepose.joint_angles`. In 2-D a heading is ``[±1, 0, 0]``: which way the person faces.
    standing
        (left, right) standing height of the hip over the ankle, for ``knee_flexion_from_depth``;
        None takes the 95th percentile over time of each batch.
    with_validity
        Also return the codes (…, n) of `kneepose.Validity`.

    Returns
    -------
    (…, n) degrees, clinical-positive. In 2-D every column that lies in an image plane is computed;
    whether the camera stood where it shows is yours to know (a `Recording` knows its view).

    Raises
    ------
    CoordinateError
        The last two axes do not fit the skeleton, or `up` is missing in 3-D.
    UnknownNameError
        A name that is in no table.

    Examples
    --------
    >>> import kneepose as kp
    >>> xyz = kp.sample("squat").coordinates
    >>> joint_angles(xyz, skeleton="halpe26", names=[("knee_flexion", "left")], up="y").shape
    (401, 1)
    """
    array = _floats(points, "points")
    dims = array.shape[-1] if array.ndim else 0
    if up is not None and up not in _UP:
        raise UnknownNameError.of("up", up, _UP)
    if dims == 3 and up is None:
        raise CoordinateError(
            f"points have shape {array.shape}, which is 3-D: say which axis points up, "
            'up="y" for example.'
        )
    if dims != 3 and up is not None:
        raise CoordinateError(
            f"up={up!r} is for 3-D points; these have shape {array.shape}. Leave it out in an image."
        )
    listed: Any = names
    if isinstance(names, Sequence) and not isinstance(names, str):
        listed = tuple(tuple(name) if isinstance(name, list) else name for name in names)
    plan = _plan(
        find_skeleton(skeleton), listed, stance_side, up or "image", pelvis_reference, gates
    )
    values, codes = plan.evaluate(
        array, parse_numbers(heading, "heading", 3), parse_numbers(standing, "standing", 2)
    )
    return (values, codes) if with_validity else values


@dataclass(frozen=True, slots=True, eq=False)
class RepArrays:
    """Repetitions in time order, one entry each; indices are samples of the series."""

    start: npt.NDArray[np.intp]
    bottom_start: npt.NDArray[np.intp]
    bottom: npt.NDArray[np.intp]
    bottom_end: npt.NDArray[np.intp]
    end: npt.NDArray[np.intp]
    range: F64
    status: npt.NDArray[np.str_]

    @property
    def count(self) -> int:
        """Number of full repetitions."""
        return int(np.sum(self.status == "full"))


def segment_reps(
    signal: npt.ArrayLike,
    *,
    fs: float,
    min_range: float = 20.0,
    allowed: npt.ArrayLike | None = None,
    despike: bool = True,
) -> RepArrays:
    """Find the repetitions in a series that rises toward the bottom, such as knee flexion.

    Parameters
    ----------
    signal
        (T,) in any unit, NaN = missing.
    fs
        Samples per second.
    min_range
        Least range of motion of a repetition, in the unit of the signal. The default, 20, is meant
        for degrees of knee flexion; it is an engineering default, not a finding.
    allowed
        (T,) bool: where a repetition may lie; None: everywhere.
    despike
        Take out single outliers first. Series from conditioned coordinates have none left.

    Returns
    -------
    RepArrays
        A repetition starts and ends at 10 % of its range above rest and has its bottom within 5 % of
        its peak. ``status`` is ``full``, ``partial`` (below 0.6 of the usual range),
        ``incomplete_return`` (a pulse that did not come back, not counted), ``missing_data`` or
        ``lost_stance``. A series without repetitions gives empty arrays.

    Raises
    ------
    KneeposeError
        `fs` or `min_range` is not positive.
    CoordinateError
        `signal` is not one series, `allowed` is not as long.

    Examples
    --------
    >>> t = np.arange(0, 12, 1 / 30)
    >>> segment_reps(30 - 30 * np.cos(2 * np.pi * t / 4), fs=30).count
    3
    """
    mask = None if allowed is None else _series(allowed, "allowed") != 0
    rows = _core.segment_reps(_series(signal, "signal"), fs, min_range, mask, despike)
    moments = np.array([row[:5] for row in rows], dtype=np.intp).reshape(-1, 5)
    start, bottom_start, bottom, bottom_end, end = moments.T
    names = _core.rep_statuses()
    return RepArrays(
        start=start,
        bottom_start=bottom_start,
        bottom=bottom,
        bottom_end=bottom_end,
        end=end,
        range=np.array([row[5] for row in rows], dtype=np.float64),
        status=np.array([names[row[6]] for row in rows], dtype=np.str_),
    )


def asymmetry(left: npt.ArrayLike, right: npt.ArrayLike, *, kind: str = "difference") -> F64:
    """Put left and right into one number.

    Parameters
    ----------
    left, right
        Arrays that broadcast against each other. For ``"normalized_symmetry_index"`` the last axis
        holds the trials of a side.
    kind
        ``"difference"`` (right − left) is the only one for angles that can be near zero or negative.
        For positive values also ``"log_ratio"`` (100·ln(right/left)), ``"lsi"`` (100·right/left),
        ``"symmetry_index"`` (Robinson), ``"symmetry_angle"`` (Zifchock) and
        ``"normalized_symmetry_index"`` (Queen).

    Returns
    -------
    f64, right over left. NaN where the index is not defined (a logarithm of a negative value, both
    sides zero), never infinite.

    Raises
    ------
    UnknownNameError
        No such index.
    CoordinateError
        Shapes that do not broadcast.

    Examples
    --------
    >>> float(asymmetry(8.0, 10.0, kind="symmetry_index").round(4))
    22.2222
    """
    sides = [_floats(left, "left"), _floats(right, "right")]
    if kind == "normalized_symmetry_index":
        return _by_trials(*sides)
    if kind not in _KINDS:
        raise UnknownNameError.of("kind", kind, (*_KINDS, "normalized_symmetry_index"))
    try:
        a, b = np.broadcast_arrays(*sides)
    except ValueError:
        raise CoordinateError(
            f"left {sides[0].shape} and right {sides[1].shape} do not broadcast against each other."
        ) from None
    first, second = (np.ascontiguousarray(side, dtype=np.float64).ravel() for side in (a, b))
    return _core.asymmetry(first, second, kind).reshape(a.shape)


def _by_trials(left: Floats, right: Floats) -> F64:
    if left.ndim == 0 or right.ndim == 0 or left.shape[:-1] != right.shape[:-1]:
        raise CoordinateError(
            f"left {left.shape} and right {right.shape}: the last axis must hold the trials, and the "
            "axes before it must agree."
        )
    out = np.empty(left.shape[:-1])
    for index in np.ndindex(out.shape):
        out[index] = _core.normalized_symmetry_index(
            left[index].astype(np.float64), right[index].astype(np.float64)
        )
    return out


class CountScore(NamedTuple):
    """Agreement of predicted and true counts over recordings."""

    mae: float
    exact: float
    off_by_one: float
    normalized_mae: float


def count_score(predicted: Sequence[int], truth: Sequence[int]) -> CountScore:
    """Score repetition counts, one pair a recording.

    Returns
    -------
    CountScore
        Mean absolute error, share exact, share at most one off, and the mean of
        |predicted − true| / (true + 0.1) that counting benchmarks print as their error.

    Raises
    ------
    CoordinateError
        No recordings, or lists of different length.
    """
    return CountScore(*_core.count_score(_counts(predicted), _counts(truth)))


def _counts(numbers: Sequence[int]) -> list[int]:
    for number in numbers:
        if not 0 <= number < 2**32 or number != int(number):
            raise CoordinateError(f"a count is {number!r}; counts are whole numbers from 0 up.")
    return [int(number) for number in numbers]
