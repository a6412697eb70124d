"""The kernels for people who only want arrays: plain arrays in, plain arrays out, no objects.

Any leading dimensions and any strides, without a copy of the input; f32 stays f32, everything else
is computed as f64. NaN marks what is missing, in and out.
"""

from ._angles import angle, joint_angles
from ._asymmetry import asymmetry, bootstrap_interval
from ._cardan import cardan_angles
from ._reps import CountScore, RepArrays, count_score, segment_reps

__all__ = [
    "CountScore",
    "RepArrays",
    "angle",
    "asymmetry",
    "bootstrap_interval",
    "cardan_angles",
    "count_score",
    "joint_angles",
    "segment_reps",
]
