//! Repair codes: the change that conditioning made to each keypoint.

use crate::validity::Validity;

/// Change that conditioning made to a keypoint in one frame, or the reason why it stays missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Repair {
    /// No change except the low-pass.
    None = 0,
    /// The keypoint was missing or unreliable, and was interpolated between earlier and later
    /// frames.
    GapFilled = 1,
    /// The keypoint was an outlier compared with neighboring frames, and was replaced.
    OutlierReplaced = 2,
    /// The keypoint stays missing: it was not detected, and the gap is at the start or the end of
    /// the recording.
    Missing = 3,
    /// The keypoint stays missing: the estimator's confidence was too low.
    LowConfidence = 4,
    /// The keypoint stays missing: the gap is too long to interpolate.
    GapTooLong = 5,
    /// The keypoint stays missing: a bone that ends at it had an implausible length.
    ImplausibleBone = 6,
    /// The keypoint stays missing: it lies on the edge of the image.
    AtImageBorder = 7,
    /// Left and right were swapped; they were exchanged back.
    Swapped = 8,
    /// The keypoint stays missing: it jumped away from its trajectory and was not replaced.
    Outlier = 9,
}

/// All repairs: code, name in the API, validity of the keypoint.
pub const REPAIR_TABLE: [(Repair, &str, Validity); 10] = [
    (Repair::None, "none", Validity::Ok),
    (Repair::GapFilled, "gap_filled", Validity::Ok),
    (Repair::OutlierReplaced, "outlier_replaced", Validity::Ok),
    (Repair::Missing, "missing", Validity::MissingKeypoint),
    (Repair::LowConfidence, "low_confidence", Validity::LowConfidence),
    (Repair::GapTooLong, "gap_too_long", Validity::GapTooLong),
    (Repair::ImplausibleBone, "implausible_bone", Validity::ImplausibleBone),
    (Repair::AtImageBorder, "at_image_border", Validity::AtImageBorder),
    (Repair::Swapped, "swapped", Validity::Ok),
    (Repair::Outlier, "outlier", Validity::Outlier),
];

impl Repair {
    /// Validity of a keypoint with this code; an unknown code counts as a missing keypoint.
    pub fn validity_of_code(code: u8) -> Validity {
        REPAIR_TABLE.get(usize::from(code)).map_or(Validity::MissingKeypoint, |row| row.2)
    }

    /// True for a keypoint that stays missing.
    pub fn is_missing(code: u8) -> bool {
        Self::validity_of_code(code) != Validity::Ok
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_codes() {
        for (i, row) in REPAIR_TABLE.iter().enumerate() {
            assert_eq!(row.0 as usize, i);
        }
    }
}
