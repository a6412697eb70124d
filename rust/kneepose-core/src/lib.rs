//! Core of kneepose: joint angles, repetitions and left-right differences from the keypoints of any
//! pose estimator. It does not depend on Python or C, and reads and writes no files.
//!
//! Angles are radians inside the crate and degrees in its results. Coordinates keep the caller's unit.
//! Missing values are NaN. Every NaN in a result has a [`validity::Validity`] code.

pub mod analysis;
pub mod angle;
pub mod calibration;
pub mod comparison;
pub mod conditioning;
pub mod drawing;
pub mod error;
pub mod exercise;
pub mod interrupt;
pub mod json;
pub mod live;
pub mod load;
pub mod math;
pub mod memory;
pub mod posture;
pub mod quality;
pub mod recording;
pub mod recording_angles;
pub mod reps;
pub mod signal;
pub mod skeleton;
pub mod space;
pub mod stats;
pub mod text_table;
pub mod validity;
