//! The maths of kneepose.
