"""Joint angles and the standing calibration."""

from kneepose.angles.angles import Angle, Angles, joint_angles
from kneepose.angles.calibration import Calibration, LeftRight, calibrate
from kneepose.angles.spec import AngleSpec

__all__ = [
    "Angle",
    "AngleSpec",
    "Angles",
    "Calibration",
    "LeftRight",
    "calibrate",
    "joint_angles",
]
