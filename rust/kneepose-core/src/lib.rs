//! The maths of kneepose: from the keypoints of any pose estimator to joint angles, repetitions and
//! the difference between two legs. No Python, no C, no I/O.
//!
//! Inside, angles are radians and coordinates are what the caller has; degrees leave the crate. Missing
//! is NaN, and every NaN that leaves has a [`validity::Validity`].

pub mod analysis;
pub mod angle;
pub mod calibration;
pub mod comparison;
pub mod conditioning;
pub mod error;
pub mod exercise;
pub mod live;
pub mod math;
pub mod posture;
pub mod quality;
pub mod recording;
pub mod recording_angles;
pub mod reps;
pub mod signal;
pub mod skeleton;
pub mod space;
pub mod stats;
pub mod validity;
