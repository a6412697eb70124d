"""`Validity` of values (OK, low, or the reason of a missing value), and `SystematicError`."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kneepose import _core

__all__ = ["SystematicError", "Validity", "code_of", "of_code", "of_codes"]


class Validity(StrEnum):
    """Validity of one value.

    With `OK`, `LOW`, `ASSUMED_LEVEL_CAMERA` and `FRAME_RATE_LOW` there is a value. All other
    members are reasons for NaN.
    """

    OK = "ok"
    LOW = "low"
    MISSING_KEYPOINT = "missing_keypoint"
    NOT_IN_SKELETON = "not_in_skeleton"
    BELOW_FLEXION_GATE = "below_flexion_gate"
    SINGULAR = "singular"
    WRONG_VIEW = "wrong_view"
    SIDE_VIEW = "side_view"
    NEEDS_3D = "needs_3d"
    NEEDS_HEADING = "needs_heading"
    DEPTH_NOT_REACHED = "depth_not_reached"
    GAP_TOO_LONG = "gap_too_long"
    TOO_FEW_REPS = "too_few_reps"
    NO_REPS = "no_reps"
    NO_DETECTABLE_CHANGE = "no_detectable_change"
    CAMERA_ANGLE_UNKNOWN = "camera_angle_unknown"
    TWO_LEG_EXERCISE = "two_leg_exercise"
    VIEW_UNKNOWN = "view_unknown"
    LOW_CONFIDENCE = "low_confidence"
    IMPLAUSIBLE_BONE = "implausible_bone"
    AT_IMAGE_BORDER = "at_image_border"
    ASSUMED_LEVEL_CAMERA = "assumed_level_camera"
    CAMERA_TURNED = "camera_turned"
    CAMERA_TILTED = "camera_tilted"
    OFF_AXIS = "off_axis"
    WRONG_SKELETON = "wrong_skeleton"
    SIDES_SWAPPED = "sides_swapped"
    FRAMES_OUT_OF_ORDER = "frames_out_of_order"
    TOO_FEW_FRAMES = "too_few_frames"
    OTHER_LEG_WORKS = "other_leg_works"
    OTHER_MOVEMENT = "other_movement"
    TIME_NOT_RISING = "time_not_rising"
    INTERVAL_TOO_WIDE = "interval_too_wide"
    UPSIDE_DOWN = "upside_down"
    AXES_TURNED = "axes_turned"
    LEFT_HANDED_AXES = "left_handed_axes"
    PICTURE_STRETCHED = "picture_stretched"
    PICTURE_STUCK = "picture_stuck"
    OTHER_PERSON = "other_person"
    BEYOND_BODY = "beyond_body"
    CONFIDENCE_SCALE = "confidence_scale"
    FRAME_RATE = "frame_rate"
    DEPTH_ESTIMATED = "depth_estimated"
    OUTLIER = "outlier"
    ON_A_SEAT = "on_a_seat"
    TIME_FAR_AHEAD = "time_far_ahead"
    NOTHING_READ = "nothing_read"
    NOTHING_SURE = "nothing_sure"
    FRAME_RATE_LOW = "frame_rate_low"
    LEGS_MISPLACED = "legs_misplaced"

    @property
    def sentence(self) -> str:
        """Meaning, in one sentence."""
        return _TEXTS[self][0]

    @property
    def remedy(self) -> str:
        """Remedy, in one sentence; empty if there is none."""
        return _TEXTS[self][1]


class SystematicError(NamedTuple):
    """Error that is constant within a recording, so averaging repetitions does not reduce it.

    Attributes
    ----------
    bias, sd
        Mean and standard deviation of value − truth over people and cameras, in the unit of the angle.
        The bias is not subtracted from any value.
    validated
        True if bias and sd are published for this estimator, space, view and angle. If False, the
        estimator is not validated and `sd` is a wide default.
    source
        Source of bias and sd.
    camera
        Root mean square of the error from the camera position in this recording, both the part that
        feet or knees show and the unknown part. It applies to frontal-plane measures in an image,
        and is 0 for others.
    """

    bias: float
    sd: float
    validated: bool
    source: str
    camera: float = 0.0


_ROWS = _core.validity_table()
_TEXTS = {Validity(name): (sentence, remedy) for _, name, sentence, remedy in _ROWS}
_BY_CODE = [Validity(name) for _, name, _, _ in _ROWS]


def of_code(code: int) -> Validity:
    """Return the validity for a numeric code of the Rust core."""
    return _BY_CODE[code]


def of_codes(codes: npt.NDArray[np.uint8]) -> tuple[Validity, ...]:
    """Return the validities for an array of numeric codes."""
    return tuple([_BY_CODE[code] for code in codes.tolist()])


def code_of(validity: Validity) -> int:
    """Return the numeric code of the Rust core for a validity."""
    return _BY_CODE.index(validity)
