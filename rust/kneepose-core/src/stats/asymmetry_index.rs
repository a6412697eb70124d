//! Asymmetry indices of a left and a right value. Ratios are meaningless for angles, which can be zero or
//! negative; use the difference for them.

use crate::error::{Error, Result};

/// Kind of asymmetry index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsymmetryIndex {
    /// right − left, in the unit of the values.
    Difference,
    /// 100·ln(right / left); NaN unless both are positive.
    LogRatio,
    /// 100·right / left, in percent; the left side is the reference.
    LimbSymmetryIndex,
    /// 100·(right − left) / mean of both (Robinson 1987); meaningless if the values can cross zero.
    SymmetryIndex,
    /// Zifchock 2008: 100·(45° − atan2(left, right)) / 90°.
    SymmetryAngle,
}

/// All indices with their names in the API.
pub const INDICES: [(&str, AsymmetryIndex); 5] = [
    ("difference", AsymmetryIndex::Difference),
    ("log_ratio", AsymmetryIndex::LogRatio),
    ("lsi", AsymmetryIndex::LimbSymmetryIndex),
    ("symmetry_index", AsymmetryIndex::SymmetryIndex),
    ("symmetry_angle", AsymmetryIndex::SymmetryAngle),
];

impl AsymmetryIndex {
    /// Parses the name of an index.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for any other text.
    pub fn parse(name: &str) -> Result<Self> {
        INDICES
            .iter()
            .find(|row| row.0 == name)
            .map(|row| row.1)
            .ok_or_else(|| Error::unknown("asymmetry index", name, INDICES.map(|row| row.0)))
    }
}

/// Asymmetry index of two values; NaN if it is undefined.
pub fn asymmetry_index(kind: AsymmetryIndex, left: f64, right: f64) -> f64 {
    if !left.is_finite() || !right.is_finite() {
        return f64::NAN;
    }
    let both_zero = left == 0.0 && right == 0.0;
    let value = match kind {
        AsymmetryIndex::Difference => right - left,
        _ if both_zero => f64::NAN,
        AsymmetryIndex::LogRatio if left > 0.0 && right > 0.0 => {
            100.0 * (libm::log(right) - libm::log(left))
        }
        AsymmetryIndex::LogRatio => f64::NAN,
        AsymmetryIndex::LimbSymmetryIndex => 100.0 * right / left,
        AsymmetryIndex::SymmetryIndex => 100.0 * (right - left) / (0.5 * (right + left)),
        AsymmetryIndex::SymmetryAngle => symmetry_angle(left, right),
    };
    if value.is_finite() { value } else { f64::NAN }
}

/// True if the index is near a pole or compares values of different sign, so that a small change of
/// either side changes it much. False for NaN and for the difference.
pub fn is_unstable(kind: AsymmetryIndex, left: f64, right: f64) -> bool {
    match kind {
        _ if !left.is_finite() || !right.is_finite() => false,
        AsymmetryIndex::Difference => false,
        _ => {
            let apart = left == 0.0 || right == 0.0 || (left < 0.0) != (right < 0.0);
            !asymmetry_index(kind, left, right).is_finite() || apart
        }
    }
}

fn symmetry_angle(left: f64, right: f64) -> f64 {
    // The angle is folded into ±90°, so that exchanging the sides changes only the sign.
    let angle = 45.0 - libm::atan2(left, right).to_degrees();
    let folded = match angle {
        a if a > 90.0 => a - 180.0,
        a if a < -90.0 => a + 180.0,
        a => a,
    };
    100.0 * folded / 90.0
}

/// 100·(mean right − mean left) / (range of all trials including zero) (Queen 2020); within ±100. NaN if a
/// value is missing or the range is zero.
pub fn normalized_symmetry_index(left: &[f64], right: &[f64]) -> f64 {
    let all = || left.iter().chain(right);
    if left.is_empty() || right.is_empty() || !all().all(|v| v.is_finite()) {
        return f64::NAN;
    }
    let highest = all().copied().fold(0.0, f64::max);
    let lowest = all().copied().fold(0.0, f64::min);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let span = highest - lowest;
    if span > 0.0 { 100.0 * (mean(right) - mean(left)) / span } else { f64::NAN }
}
