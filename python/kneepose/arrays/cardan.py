"""Joint angles from the orientation of two body segments."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.arrays.input import Floats, floats
from kneepose.errors import CoordinateError
from kneepose.typing import Side

__all__ = ["cardan_angles"]


def cardan_angles(proximal: npt.ArrayLike, distal: npt.ArrayLike, *, side: Side) -> Floats:
    """Compute flexion, adduction and internal rotation of a distal segment relative to a proximal one.

    Use this with marker data or inertial sensors, which give the full orientation of each segment.
    Pelvis and thigh give the hip angles, thigh and shank the knee angles. Flexion is positive where the
    distal segment swings forward, so knee flexion comes out negative.

    Parameters
    ----------
    proximal, distal
        Segment frames, shape (…, 3, 3), both in the same coordinate system. The shapes broadcast
        against each other. The **rows** are the unit axes of a segment: forward (anterior), up
        (proximal), and toward the subject's **right** on both sides of the body. A rotation matrix
        from segment to laboratory has these axes as columns: pass ``R.swapaxes(-1, -2)``. Axes stored
        as anterior, left, up (Vicon) become ``[anterior, up, -left]``.
    side
        ``"left"`` or ``"right"``. It selects the sign of adduction and rotation.

    Returns
    -------
    Angles in degrees, shape (…, 3): flexion (±180, thigh forward is positive), adduction (±90, toward
    the midline is positive), internal rotation (±180). float32 if both inputs are float32, else
    float64. The rotation axes are the proximal right axis, the floating axis and the distal up axis.
    All three are NaN where a frame has a missing value or is not right-handed and orthonormal to
    0.001. Flexion and rotation are NaN beyond 78° of adduction, where their axes nearly coincide.

    Raises
    ------
    CoordinateError
        The last two axes are not (3, 3), or the shapes do not broadcast.
    UnknownNameError
        `side` is neither ``"left"`` nor ``"right"``.

    References
    ----------
    Grood and Suntay 1983 (Cardan z-x'-y''); axes of Wu et al. 2002 (ISB).

    Examples
    --------
    The right thigh is flexed by 30°:

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
