"""`angle`, `AnglePlan` and `joint_angles`: joint angles computed from arrays of keypoints."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, Self, overload

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.angles.angles import Name, parse_names
from kneepose.angles.spec import AngleSpec
from kneepose.arrays.input import Floats, floats
from kneepose.errors import CoordinateError, KneeposeError, UnknownNameError
from kneepose.recording.options import parse_numbers
from kneepose.recording.skeleton import Skeleton, find_skeleton
from kneepose.records import Record
from kneepose.typing import Side

__all__ = ["angle", "joint_angles"]

_UP = ("x", "y", "z", "-x", "-y", "-z")


def angle(p: npt.ArrayLike, q: npt.ArrayLike, r: npt.ArrayLike) -> Floats:
    """Compute the angle at `q` between the directions `q → p` and `q → r`.

    Parameters
    ----------
    p, q, r
        Points, shape (…, 2) or (…, 3), in any unit. The shapes broadcast against each other.

    Returns
    -------
    Unsigned angle in degrees, 0 to 180, shape (…). It is 180 where `q` lies between `p` and `r` on a
    straight line, so knee flexion is 180 minus this angle. float32 if all three inputs are float32,
    else float64. NaN where a point is missing or `q` coincides with another point.

    Raises
    ------
    CoordinateError
        The last axis has neither 2 nor 3 entries, or the shapes do not broadcast.

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


class AnglePlan(Record):
    """Precomputed choice of angles for one skeleton, to be called on many arrays.

    `joint_angles` checks its options at every call. A plan checks them once, which saves time where
    arrays arrive frame by frame.

    Parameters
    ----------
    skeleton, names, up, stance_side, pelvis_reference, gates
        As in `joint_angles`.

    Attributes
    ----------
    columns
        (name, side) of each output column.

    Raises
    ------
    UnknownNameError
        `skeleton`, `up` or a name is not known.

    Examples
    --------
    >>> import kneepose as kp
    >>> plan = AnglePlan("halpe26", names=["knee_flexion"], up="y")
    >>> plan.columns
    (('knee_flexion', 'left'), ('knee_flexion', 'right'))
    >>> plan(kp.sample("squat").coordinates[0]).shape
    (2,)
    """

    __slots__ = (
        "_evaluate", "columns", "gates", "names", "pelvis_reference", "skeleton", "stance_side", "up",
    )  # fmt: skip

    kind = "angle_plan"

    skeleton: Skeleton
    names: tuple[tuple[str | AngleSpec, Side | None], ...]
    up: str | None
    stance_side: Side | None
    pelvis_reference: Literal["up", "trunk"]
    gates: bool

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
        self.skeleton = find_skeleton(skeleton)
        self.names = tuple(requests)
        self.up = up
        self.stance_side = stance_side
        self.pelvis_reference = pelvis_reference
        self.gates = gates
        core = _core.AnglePlan(
            self.skeleton._core, requests, up or "image", pelvis_reference, gates
        )
        self._evaluate = core.evaluate
        self.columns = tuple((getattr(name, "name", name), side) for name, side in requests)

    def __repr__(self) -> str:
        return f"AnglePlan: {len(self.columns)} angles of {self.skeleton.name}"

    @classmethod
    def _rebuilt(cls, fields: dict[str, Any]) -> Self:
        return cls(**fields)

    def __call__(
        self,
        points: npt.ArrayLike,
        *,
        heading: Sequence[float] | None = None,
        standing: Sequence[float] | None = None,
        out: Floats | None = None,
        threads: int | None = None,
    ) -> Floats:
        """Compute the angles, shape (…, n), of keypoints of shape (…, K, 2) or (…, K, 3).

        Parameters, units, signs, NaN rule and errors are those of `joint_angles`.
        """
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
            None if heading is None else parse_numbers(heading, "heading", 3),
            None if standing is None else parse_numbers(standing, "standing", 2),
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
    """Compute joint angles from arrays of keypoints.

    Parameters
    ----------
    points
        Keypoints, shape (…, K, 2) in pixels with y down, or (…, K, 3) with the vertical axis `up`.
        NaN marks missing coordinates. The axis before K is time, earlier axes are batches.
    skeleton
        Name of a skeleton, or a `Skeleton`.
    names
        As in `kneepose.joint_angles`. None selects the 17 lower-body angles. A leg angle without a
        side gives two columns, left first.
    up
        Vertical axis of 3-D points: ``"x"``, ``"y"``, ``"z"``, ``"-x"``, ``"-y"`` or ``"-z"``. Required
        in 3-D, not allowed in 2-D.
    stance_side, pelvis_reference, heading, gates
        As in `kneepose.joint_angles`. In 2-D, `heading` is ``[1, 0, 0]`` if the person faces the right
        edge of the image and ``[-1, 0, 0]`` if the left edge.
    standing
        (left, right) height of the hip above the ankle in upright standing, in the unit of `points`,
        for ``knee_flexion_from_depth``. None uses the 95th percentile over time of each batch.
    out
        C-contiguous array of shape (…, n) with the dtype of `points`. The result is written into it.
    threads
        Largest number of threads. None uses one thread, and more only for millions of values. The
        number of threads does not change the result.
    with_validity
        True returns the codes of `kneepose.Validity` too, shape (…, n).

    Returns
    -------
    Angles in degrees, clinical-positive, shape (…, n); NaN where an angle cannot be computed. float32
    points are computed in float32, within 1e-4° of float64 where the angle is well conditioned. In 2-D,
    every angle that has an image-plane definition is computed. The function cannot check that the
    camera showed that plane; `kneepose.joint_angles` does for a `Recording` with a known view.

    Raises
    ------
    CoordinateError
        The last two axes do not fit the skeleton, or `up` is missing in 3-D or given in 2-D.
    UnknownNameError
        `skeleton`, `up` or a name is not known.

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
            f"points have shape {array.shape}, which is 3-D: give the axis that points up, "
            'up="y" for example.'
        )
    if dims != 3 and up is not None:
        raise CoordinateError(
            f"up={up!r} is for 3-D points, but points have shape {array.shape}. Omit up for image "
            "coordinates."
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
