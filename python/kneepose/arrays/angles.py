"""Angles of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.angles.angles import Name, parse_names
from kneepose.arrays.input import Floats, floats
from kneepose.errors import CoordinateError, KneeposeError, UnknownNameError
from kneepose.recording.options import parse_numbers
from kneepose.recording.skeleton import Skeleton, find_skeleton
from kneepose.typing import Side

__all__ = ["angle", "joint_angles"]

_UP = ("x", "y", "z", "-x", "-y", "-z")


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
    points = [floats(value, name) for value, name in ((p, "p"), (q, "q"), (r, "r"))]
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


class AnglePlan:
    """A checked list of angles of a skeleton: build it once, call it on any array, such as every frame
    of a live video.

    Parameters
    ----------
    skeleton, names, up, stance_side, pelvis_reference, gates
        As in `joint_angles`.

    Examples
    --------
    >>> import kneepose as kp
    >>> plan = AnglePlan("halpe26", names=["knee_flexion"], up="y")
    >>> plan.columns
    (('knee_flexion', 'left'), ('knee_flexion', 'right'))
    >>> plan(kp.sample("squat").coordinates[0]).shape
    (2,)
    """

    __slots__ = ("_evaluate", "columns")

    def __init__(
        self,
        skeleton: str | Skeleton,
        *,
        names: Sequence[Name] | Name | None = None,
        up: str | None = None,
        stance_side: Side | None = None,
        pelvis_reference: Literal["up", "trunk"] = "up",
        gates: bool = True,
    ) -> None:
        if up is not None and up not in _UP:
            raise UnknownNameError.of("up", up, _UP)
        requests = parse_names(names, stance_side)
        core = _core.AnglePlan(
            find_skeleton(skeleton)._core, requests, up or "image", pelvis_reference, gates
        )
        self._evaluate = core.evaluate
        #: (name, side) of each column.
        self.columns = tuple((getattr(name, "name", name), side) for name, side in requests)

    def __call__(
        self,
        points: npt.ArrayLike,
        *,
        heading: Sequence[float] | None = None,
        standing: Sequence[float] | None = None,
        out: Floats | None = None,
        threads: int | None = None,
    ) -> Floats:
        """Return (…, n) degrees of (…, K, 2 | 3) keypoints; see `joint_angles`."""
        return self._both(points, heading, standing, False, out, threads)[0]

    def _both(
        self,
        points: npt.ArrayLike,
        heading: Sequence[float] | None,
        standing: Sequence[float] | None,
        with_validity: bool,
        out: Floats | None,
        threads: int | None,
    ) -> tuple[Floats, npt.NDArray[np.uint8] | None]:
        if threads is not None and (not isinstance(threads, int) or not 1 <= threads <= 1024):
            raise KneeposeError(
                f"threads is {threads!r}; it must be a whole number from 1 to 1024, or None."
            )
        return self._evaluate(
            floats(points, "points"),
            parse_numbers(heading, "heading", 3),
            parse_numbers(standing, "standing", 2),
            with_validity,
            out,
            threads,
        )


_plan = lru_cache(maxsize=64)(AnglePlan)


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
    out: Floats | None = ...,
    threads: int | None = ...,
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
    out: Floats | None = ...,
    threads: int | None = ...,
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
    out: Floats | None = None,
    threads: int | None = None,
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
    out
        (…, n) array to write into, C-contiguous and of the dtype of `points`; it is returned.
    threads
        At most this many; None: one, and more only for millions of values. The bits are the same.
    with_validity
        Also return the codes (…, n) of `kneepose.Validity`.

    Returns
    -------
    (…, n) degrees, clinical-positive; f32 points are computed in f32 (within 1e-4° where the
    angle is well conditioned) and give f32, anything else is f64. In 2-D every column that lies in
    an image plane is computed; whether the camera stood where it shows is yours to know (a
    `Recording` knows its view).

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
    array = floats(points, "points")
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
    if isinstance(names, list | tuple):
        listed = tuple(tuple(name) if isinstance(name, list) else name for name in names)
    plan = _plan(
        skeleton if isinstance(skeleton, str) else find_skeleton(skeleton),
        names=listed,
        up=up,
        stance_side=stance_side,
        pelvis_reference=pelvis_reference,
        gates=gates,
    )
    values, codes = plan._both(array, heading, standing, with_validity, out, threads)
    return values if codes is None else (values, codes)
