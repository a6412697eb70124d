//! The one error type of the core. Bad values are not errors: they become a missing value with a
//! [`Validity`](crate::validity::Validity). Errors are requests that make no sense.

use thiserror::Error;

/// Why a request could not be carried out. Every message names what was given and what is needed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// A name that is in no table.
    #[error("{kind} {name:?} is not known")]
    UnknownName {
        /// What was looked for: `"angle"`, `"skeleton"`, `"exercise"`, …
        kind: &'static str,
        /// The name as given.
        name: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// A skeleton that contradicts itself or does not carry a keypoint.
    #[error("{0}")]
    Skeleton(String),
    /// An array whose shape does not fit its partner or the skeleton.
    #[error("{0}")]
    Shape(String),
    /// A recording that does not show standing.
    #[error("{0}")]
    Calibration(String),
    /// An option outside its range.
    #[error("{0}")]
    Option(String),
}

impl Error {
    /// An unknown name, with the names that would have been found.
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

/// Result of the core.
pub type Result<T> = std::result::Result<T, Error>;
