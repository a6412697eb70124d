//! Whether a recording can be measured: from where the camera looks, what that view can show, whether
//! the keypoints form one moving body, and how the camera stood.

mod anatomy;
mod body;
mod camera;
mod check;
mod sequence;
mod view;

pub use camera::{Estimate, camera_yaw, leveled};
pub use check::{ASSUMED_HEIGHT_M, Finding, Quality, Question, Severity, TURNED_DEG, check};
pub use view::{refusal, settled_view, view};
