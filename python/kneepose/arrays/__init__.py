"""Numerical functions on plain NumPy arrays, without `Recording` and result objects.

Inputs may have any leading dimensions and any strides and are not copied. float32 input is computed
in float32, all other input in float64. NaN marks missing values in inputs and outputs.
"""

from kneepose.arrays.angles import AnglePlan, angle, joint_angles
from kneepose.arrays.cardan import cardan_angles
from kneepose.arrays.indices import asymmetry, bootstrap_interval, bootstrap_intervals
from kneepose.arrays.inference import (
    Band,
    CurveComparison,
    MeanDifference,
    MeasureReliability,
    compare_curves,
    holm,
    mean_difference,
    permutation_test,
    reliability,
)
from kneepose.arrays.rep_scores import RepScore, pooled_rep_score, rep_score
from kneepose.arrays.reps import CountScore, RepArrays, count_score, segment_reps
from kneepose.arrays.series import (
    Peaks,
    fill_gaps,
    find_peaks,
    lowpass,
    one_euro,
    residual_cutoff,
    savitzky_golay,
)
from kneepose.arrays.studies import (
    Agreement,
    DayError,
    PooledError,
    agreement,
    day_error,
    pool_errors,
)

__all__ = [
    "Agreement",
    "AnglePlan",
    "Band",
    "CountScore",
    "CurveComparison",
    "DayError",
    "MeanDifference",
    "MeasureReliability",
    "Peaks",
    "PooledError",
    "RepArrays",
    "RepScore",
    "agreement",
    "angle",
    "asymmetry",
    "bootstrap_interval",
    "bootstrap_intervals",
    "cardan_angles",
    "compare_curves",
    "count_score",
    "day_error",
    "fill_gaps",
    "find_peaks",
    "holm",
    "joint_angles",
    "lowpass",
    "mean_difference",
    "one_euro",
    "permutation_test",
    "pool_errors",
    "pooled_rep_score",
    "reliability",
    "rep_score",
    "residual_cutoff",
    "savitzky_golay",
    "segment_reps",
]
