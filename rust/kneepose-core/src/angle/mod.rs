//! Joint angles: rows of a [`table`] and a skeleton become a [`plan`] of indices, checked once;
//! the [`kernel`] then runs over frames and cannot fail.

pub mod cardan;
mod dispatch;
pub mod kernel;
mod lanes;
mod measures;
pub mod plan;
pub mod spec;
pub mod standing;
pub mod table;
pub mod three_point;

pub use dispatch::evaluate;
pub use kernel::{Heading, Standing};
pub use plan::{Options, PelvisReference, Plan, Request};
pub use spec::{AngleSpec, Axes, Basis, Measure, Plane, Sided};
pub use standing::{height_over, standing_heights, standing_series};
pub use table::{ANGLE_TABLE, lower_body};
