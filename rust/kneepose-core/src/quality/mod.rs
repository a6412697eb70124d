//! Whether a recording can be measured: from where the camera looks, and what that view can show.

mod view;

pub use view::{refusal, settled_view, view};
