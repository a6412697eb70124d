//! Anatomical limits of angles. A value beyond them comes from wrong keypoints or axes.

use crate::validity::Validity;

/// Smallest and largest possible value of each angle, degrees: passive ranges of motion of flexible
/// people (Kapandji), widened by 20 degrees. An angle without a row, such as one that is measured
/// lying, can have any value.
const LIMITS: &[(&str, [f64; 2])] = &[
    ("hip_flexion", [-70.0, 165.0]),
    ("hip_adduction", [-110.0, 75.0]),
    ("hip_abduction", [-75.0, 110.0]),
    ("hip_internal_rotation", [-110.0, 110.0]),
    ("hip_internal_rotation_from_epicondyles", [-110.0, 110.0]),
    ("fppa", [-90.0, 90.0]),
    ("trunk_lateral_lean", [-120.0, 120.0]),
    ("ankle_dorsiflexion", [-100.0, 75.0]),
    ("tibial_rotation", [-110.0, 110.0]),
    ("knee_abduction", [-60.0, 60.0]),
];

/// Limits of an angle that can have any value.
const NONE: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];

/// Smallest and largest possible value of an angle.
pub(super) fn limits(name: &str) -> [f64; 2] {
    LIMITS.iter().find(|row| row.0 == name).map_or(NONE, |row| row.1)
}

/// Replaces values beyond the anatomical limits by NaN with a reason.
#[inline]
pub(super) fn mask_beyond_body(limits: &[[f64; 2]], values: &mut [f64], codes: &mut [u8]) {
    for ((value, code), [low, high]) in values.iter_mut().zip(codes).zip(limits) {
        if *value < *low || *value > *high {
            *value = f64::NAN;
            *code = Validity::BeyondBody as u8;
        }
    }
}
