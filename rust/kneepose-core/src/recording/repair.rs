//! What conditioning did to a keypoint, and what that says about its trust.

use crate::validity::Validity;

/// What was done to a keypoint of a frame, or why it stays missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Repair {
    /// Nothing but the low-pass.
    None = 0,
    /// Was missing or not to be trusted, and was filled from its neighbours in time.
    GapFilled = 1,
    /// Stood out from its neighbours in time and was replaced.
    OutlierReplaced = 2,
    /// Stays missing: it was not seen, and not before or not after either.
    Missing = 3,
    /// Stays missing: the estimator was not sure.
    LowConfidence = 4,
    /// Stays missing: it was not seen for too long.
    GapTooLong = 5,
    /// Stays missing: a bone that ends here had another length than usual.
    ImplausibleBone = 6,
    /// Stays missing: it was moved to the edge of the image.
    AtImageBorder = 7,
    /// Left and right were exchanged back.
    Swapped = 8,
}

/// All repairs: code, name in the API, what it says about the keypoint.
pub const REPAIR_TABLE: [(Repair, &str, Validity); 9] = [
    (Repair::None, "none", Validity::Ok),
    (Repair::GapFilled, "gap_filled", Validity::Ok),
    (Repair::OutlierReplaced, "outlier_replaced", Validity::Ok),
    (Repair::Missing, "missing", Validity::MissingKeypoint),
    (Repair::LowConfidence, "low_confidence", Validity::LowConfidence),
    (Repair::GapTooLong, "gap_too_long", Validity::GapTooLong),
    (Repair::ImplausibleBone, "implausible_bone", Validity::ImplausibleBone),
    (Repair::AtImageBorder, "at_image_border", Validity::AtImageBorder),
    (Repair::Swapped, "swapped", Validity::Ok),
];

impl Repair {
    /// What a code says about the keypoint; an unknown code reads as a missing keypoint.
    pub fn validity_of_code(code: u8) -> Validity {
        REPAIR_TABLE.get(usize::from(code)).map_or(Validity::MissingKeypoint, |row| row.2)
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
