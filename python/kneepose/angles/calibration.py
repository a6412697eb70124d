"""Calibration of leg angles from a standing trial."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal, NamedTuple

from kneepose import _core
from kneepose.recording.recording import Recording, check_raw, check_recording, core_recording
from kneepose.records import Record

__all__ = ["Calibration", "LeftRight", "calibrate"]


class LeftRight(NamedTuple):
    """One number for each leg; NaN where not measurable."""

    left: float
    right: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Calibration(Record):
    """Alignment and height of each leg of a standing person; NaN where not measurable.

    A calibration is valid for the same person, the same estimator and, in image space, the same camera
    position.

    Attributes
    ----------
    valgus_deg
        Frontal alignment of hip, knee and ankle in degrees, positive with the knee inward. World space
        only, because in an image it depends on the camera position as much as on the leg.
    dorsiflexion_deg
        Ankle dorsiflexion in degrees, the shank relative to the heel-toe line. Requires foot keypoints,
        in 3-D or in a side view.
    standing_height
        Height of the hip above the ankle, in meters (world space) or pixels (image space).
    standing_s
        Standing time of each leg in seconds; 0 if it did not stand.
    skeleton, space
        Name of the skeleton, and ``"world"`` or ``"image"``.
    """

    kind = "calibration"

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
    # Rounding first and adding 0.0 prevents "-0.0".
    return f"{label} {round(value, digits) + 0.0:.{digits}f}{unit}" if isfinite(value) else ""


def calibrate(recording: Recording) -> Calibration:
    """Measure the standing alignment of a person who stands upright and still.

    Parameters
    ----------
    recording
        Unconditioned recording of at least half a second, better a few seconds. It may be a slice of a
        longer one: ``kp.calibrate(recording[:90])``.

    Returns
    -------
    Calibration
        Medians over the frames in which a leg stands. A leg stands if its knee is bent by less than
        20° (or, where the image does not show that, its hip is above 0.94 of its highest position), the
        leg is within 25° of vertical, its foot is not lifted, and the shoulders are above the hips.
        These limits are engineering defaults. Confidence, outliers and short gaps are handled as in
        `Recording.conditioned`. A leg that stands in half of its frames or fewer is NaN.

    Raises
    ------
    CalibrationError
        No leg stands in most frames and for half a second. The message gives the reason for each leg.
    KneeposeError
        The recording is already conditioned, or its view contradicts the keypoints.

    Notes
    -----
    The alignment is measured in the frontal plane of the pelvis. A knee flexed by β with the thigh
    rotated inward by φ adds about atan(sin β · sin φ), 0.9° for β = 5° and φ = 10°. The person should
    therefore stand with straight knees.

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
