"""The kernels for people who only want arrays: plain arrays in, plain arrays out, no objects.

Any leading dimensions and any strides, without a copy of the input; f32 stays f32, everything else
is computed as f64. NaN marks what is missing, in and out.
"""

from ._angles import AnglePlan, angle, joint_angles
from ._asymmetry import asymmetry, bootstrap_interval
from ._cardan import cardan_angles
from ._rep_scores import RepScore, pooled_rep_score, rep_score
from ._reps import CountScore, RepArrays, count_score, segment_reps
from ._series import (
    Peaks,
    fill_gaps,
    find_peaks,
    lowpass,
    one_euro,
    residual_cutoff,
    savitzky_golay,
)

__all__ = [
    "AnglePlan",
    "CountScore",
    "Peaks",
    "RepArrays",
    "RepScore",
    "angle",
    "asymmetry",
    "bootstrap_interval",
    "cardan_angles",
    "count_score",
    "fill_gaps",
    "find_peaks",
    "joint_angles",
    "lowpass",
    "one_euro",
    "pooled_rep_score",
    "rep_score",
    "residual_cutoff",
    "savitzky_golay",
    "segment_reps",
]
