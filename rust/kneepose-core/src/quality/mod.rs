//! Checks that a recording can be measured: camera view, angles that this view can show, whether
//! the keypoints form one moving body, and camera position.

mod accuracy;
mod anatomy;
mod body;
mod camera;
mod check;
mod check_table;
mod continuity;
mod depth;
mod face;
mod proportions;
mod tempo;
mod turned;
mod view;
mod working_legs;

pub use accuracy::{
    ACCURACY_TABLE, Accuracy, AccuracyRow, Family, SAID_YAW_SD_DEG, SEEN, Seen, UNKNOWN_YAW_SD_DEG,
    YawSlope, accuracy, errors_of, yaw_share, yaw_slope, yaw_slope_of,
};
pub use camera::{Estimate, camera_yaw, leveled};
pub use check::{
    CheckOptions, Extent, Finding, NamedLegs, Quality, Severity, check, check_with_repairs,
    other_person_finding, refusal_for, set_up_finding, set_up_refusals, shows_upright,
    tempo_finding,
};
pub use check_table::{ASSUMED_HEIGHT_M, LONGEST_STILL_S, TURNED_DEG};
pub use depth::depth_refusal;
pub use proportions::{BONE_LENGTHS, BoneReader, Bones};
pub use turned::{Turned, turned};
pub use view::{ViewEvidence, ViewLandmarks, detect_view, resolve_view, view_refusal};
