//! Joint angles. Rows of the [`table`] and a skeleton are compiled once into a validated [`plan`] of
//! indices. The [`kernel`] then evaluates the plan on frames and cannot fail.

pub mod cardan;
mod compiled;
mod directions;
mod evaluate;
mod formulas;
mod frames;
mod geometry;
pub mod kernel;
mod limits;
mod pack;
pub mod plan;
mod reference;
mod request;
mod rest_plateau;
mod segments;
pub mod spec;
pub mod standing;
pub mod table;
pub mod three_point;
pub mod uncertainty;

pub use evaluate::{Threads, evaluate};
pub use pack::Real;
pub use plan::Plan;
pub use reference::{Heading, Standing};
pub use request::{PelvisReference, PlanOptions, Request, StandingOffsets};
pub use rest_plateau::rest_on_plateau;
pub use spec::{AngleSpec, Axes, Basis, Measure, Plane, Sided};
pub use standing::{
    FootPlace, LIFTED_SHARE, LegHeight, StandingHeight, height_over, standing_heights,
    standing_series,
};
pub use table::{ANGLE_TABLE, lower_body};
