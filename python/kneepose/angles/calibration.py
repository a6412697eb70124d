"""What a person's legs read while standing."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal, NamedTuple

from kneepose import _core
from kneepose.recording.recording import Recording, check_raw, check_recording, core_recording

__all__ = ["Calibration", "LeftRight", "calibrate"]


class LeftRight(NamedTuple):
    """One number a leg; NaN where it could not be measured."""

    left: float
    right: float


@dataclass(frozen=True, slots=True, repr=False)
class Calibration:
    """Readings of one person standing, left and right; NaN where a leg was not measurable.

    It belongs to the person, the estimator and (in an image) the place of the camera that it was made
    with.

    Attributes
    ----------
    valgus_deg
        Frontal alignment of hip, knee and ankle, + with the knee inward. World space only: in an
        image it is as much the place of the camera as the leg.
    dorsiflexion_deg
        Ankle dorsiflexion, the shank against the heel-toe line. Needs feet, in 3-D or from the side.
    standing_height
        Height of the hip over the ankle, metres in the world, pixels in an image.
    standing_s
        How long each leg stood; 0 where it did not.
    skeleton, space
        Name of the skeleton and ``"world"`` or ``"image"``: where the readings hold.
    """

    valgus_deg: LeftRight
    dorsiflexion_deg: LeftRight
    standing_height: LeftRight
    standing_s: LeftRight
    skeleton: str
    space: Literal["world", "image"]

    def __repr__(self) -> str:
        unit = "m" if self.space == "world" else "px"
        digits = 3 if self.space == "world" else 0
        lines = [f"Calibration from standing: {self.skeleton}, {self.space} space"]
        for side in ("left", "right"):
            seconds = getattr(self.standing_s, side)
            if not seconds:
                lines.append(f"{side}: did not stand")
                continue
            parts = [
                _part("knee inward", getattr(self.valgus_deg, side), 1, "°"),
                _part("dorsiflexion", getattr(self.dorsiflexion_deg, side), 1, "°"),
                _part("hip over ankle", getattr(self.standing_height, side), digits, f" {unit}"),
            ]
            lines.append(f"{side}: {', '.join(filter(None, parts))}, over {seconds:.1f} s")
        return "\n  ".join(lines)


def _part(label: str, value: float, digits: int, unit: str) -> str:
    # Rounded first: -0.04 must not read "-0.0".
    return f"{label} {round(value, digits) + 0.0:.{digits}f}{unit}" if isfinite(value) else ""


def calibrate(recording: Recording) -> Calibration:
    """Read a person's own zero off a recording of them standing upright and still.

    Parameters
    ----------
    recording
        As it came from the estimator, at least half a second, best a few. A part of a longer one
        will do: ``kp.calibrate(recording[:90])``.

    Returns
    -------
    Calibration
        Medians over the frames in which a leg stands: its knee bent less than 20°, or where the
        image does not show that, its hip not below 0.94 of its highest place; the leg upright within
        25°, its foot not lifted, the shoulders above the hips. These limits are engineering
        defaults. Confidence, outliers and short gaps are dealt with as in `Recording.conditioned`. A
        leg that stands in no more than half of its frames is NaN.

    Raises
    ------
    CalibrationError
        Neither leg stands most of the time, or for half a second; the message says which and why.
    KneeposeError
        The recording was conditioned already, or its view contradicts the keypoints.

    Notes
    -----
    The alignment is read in the frontal plane of the pelvis. A knee bent by β on a thigh turned in by φ
    adds about atan(sin β · sin φ) to it: 0.9° for 5° and 10°. So stand with straight knees.

    Examples
    --------
    >>> import kneepose as kp
    >>> standing = kp.calibrate(kp.sample("single_leg_squat_right")[:40])
    >>> standing.space, standing.standing_s.left
    ('world', 0.0)
    """
    check_recording(recording, "calibrate")
    check_raw(recording)
    valgus, dorsiflexion, height, seconds = _core.calibrate(
        core_recording(recording), recording.view
    )
    return Calibration(
        LeftRight(*valgus),
        LeftRight(*dorsiflexion),
        LeftRight(*height),
        LeftRight(*seconds),
        recording.skeleton.name,
        recording.space,
    )
