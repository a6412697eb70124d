"""Joint angles from the axes of two segments."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.arrays.input import Floats, floats
from kneepose.errors import CoordinateError
from kneepose.typing import Side

__all__ = ["cardan_angles"]


def cardan_angles(proximal: npt.ArrayLike, distal: npt.ArrayLike, *, side: Side) -> Floats:
    """Flexion, adduction and internal rotation of one segment against another.

    For marker data and inertial sensors, where the whole frame of a segment is known and no joint
    has to be taken for a hinge: pelvis and thigh give the hip, thigh and shank the knee (whose
    flexion is then negative where the shank swings back).

    Parameters
    ----------
    proximal, distal
        (…, 3, 3), any one system of coordinates; they broadcast against each other. The **rows** are
        the unit axes of a segment: forward (anterior), up (proximal), and to the subject's **right**
        on both sides of the body. A rotation matrix from segment to laboratory has them as columns:
        pass ``R.swapaxes(-1, -2)``. Axes stored as anterior, left, up (Vicon) become
        ``[anterior, up, -left]``.
    side
        ``"left"`` or ``"right"``: turns adduction and rotation into the clinical direction.

    Returns
    -------
    (…, 3) degrees: flexion (thigh forward) and internal rotation in ±180, adduction (toward the
    midline) in ±90; f32 if both are f32, else f64. Turns about the proximal right axis, the floating
    axis and the distal up axis. NaN where a frame has a missing value or is no right-handed frame of
    unit vectors (to 0.001); beyond 78° of adduction flexion and rotation are NaN, because they then
    turn about nearly the same axis.

    Raises
    ------
    CoordinateError
        Last axes that are not (3, 3), or shapes that do not broadcast.
    UnknownNameError
        A `side` that is neither left nor right.

    References
    ----------
    Grood and Suntay 1983 (Cardan z-x'-y''); axes of Wu et al. 2002 (ISB).

    Examples
    --------
    The right thigh 30° forward:

    >>> forward, up, right = np.eye(3)
    >>> s, c = 0.5, 0.75**0.5
    >>> thigh = [c * forward + s * up, c * up - s * forward, right]
    >>> flexion, adduction, rotation = cardan_angles(np.eye(3), thigh, side="right")
    >>> round(float(flexion), 6)
    30.0
    """
    frames = [floats(value, name) for value, name in ((proximal, "proximal"), (distal, "distal"))]
    shapes = [frame.shape for frame in frames]
    if any(shape[-2:] != (3, 3) for shape in shapes):
        raise CoordinateError(
            f"proximal and distal have shapes {shapes}; both must be (…, 3, 3): rows forward, up, "
            "right."
        )
    dtype = np.result_type(*frames)
    try:
        first, second = np.broadcast_arrays(*(frame.astype(dtype, copy=False) for frame in frames))
    except ValueError:
        raise CoordinateError(
            f"proximal and distal have shapes {shapes}; they do not broadcast against each other."
        ) from None
    return _core.cardan_angles(first, second, side)
