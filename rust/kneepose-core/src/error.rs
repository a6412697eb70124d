//! The error type of the core. Bad data is not an error: it gives NaN with a
//! [`Validity`](crate::validity::Validity) code. An error reports an invalid request.

use thiserror::Error;

/// An invalid request. Every message names the given value and the accepted ones.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// The name is in no table.
    #[error("{kind} {name:?} is not known")]
    UnknownName {
        /// Kind of name: `"angle"`, `"skeleton"`, `"exercise"`, …
        kind: &'static str,
        /// Name that the caller gave.
        name: String,
        /// Accepted names.
        known: Vec<String>,
    },
    /// The skeleton is inconsistent or lacks a keypoint that the request needs.
    #[error("{0}")]
    Skeleton(String),
    /// The shape of an array does not match the other arrays or the skeleton.
    #[error("{0}")]
    Shape(String),
    /// The calibration recording does not show a person standing.
    #[error("{0}")]
    Calibration(String),
    /// Gaps in the times are too large for resampling to even times.
    #[error("{0}")]
    Time(String),
    /// An option is outside its range.
    #[error("{0}")]
    Option(String),
}

impl Error {
    /// Builds [`Error::UnknownName`] with the accepted names.
    pub fn unknown<'a>(
        kind: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self::UnknownName {
            kind,
            name: name.to_owned(),
            known: known.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// Result type of the core.
pub type Result<T> = std::result::Result<T, Error>;
