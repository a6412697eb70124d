"""NumPy reference implementation ("twin") of the kneepose kernels, written for readability.

It is written from the measurement specification alone and never from the Rust code, so that
agreement of the two is meaningful. It is the truth of the parity tests and the baseline of the
benchmarks. It is not shipped.

Units are degrees and meters (or pixels); values that cannot be measured are NaN.
"""

from .angles import ANGLE_NAMES, joint_angle
from .asymmetry import (
    count_scores,
    difference,
    log_ratio,
    lsi,
    normalized_symmetry_index,
    paired_interval,
    symmetry_angle,
    symmetry_index,
    symmetry_index_is_unstable,
    welch_interval,
)
from .exercises import (
    clamshell_angle,
    clamshell_lever,
    clamshell_opening,
    clamshell_separation,
    hydrant_lateral,
    hydrant_rise,
)
from .reps import SINKING, Rep, segment_reps
from .scores import RepScores, rep_scores, temporal_iou
from .signal import design, hampel, lowpass, outlying, pchip_fill

__all__ = [
    "ANGLE_NAMES",
    "SINKING",
    "Rep",
    "RepScores",
    "clamshell_angle",
    "clamshell_lever",
    "clamshell_opening",
    "clamshell_separation",
    "count_scores",
    "design",
    "difference",
    "hampel",
    "hydrant_lateral",
    "hydrant_rise",
    "joint_angle",
    "log_ratio",
    "lowpass",
    "lsi",
    "normalized_symmetry_index",
    "outlying",
    "paired_interval",
    "pchip_fill",
    "rep_scores",
    "segment_reps",
    "symmetry_angle",
    "symmetry_index",
    "symmetry_index_is_unstable",
    "temporal_iou",
    "welch_interval",
]
