//! Statistics on plain numbers: quantiles, intervals, tests, curve comparison, reliability, agreement of
//! raters, asymmetry.

pub mod agreement;
pub mod asymmetry_index;
pub mod bootstrap;
mod chi_square;
pub mod curves;
mod fisher;
mod gamma;
pub mod intervals;
mod inverse;
pub mod medians;
mod normal;
pub mod permutation;
pub mod pooling;
pub mod quantile;
pub mod repeated_days;
mod student;

pub use asymmetry_index::{AsymmetryIndex, INDICES, asymmetry_index};
pub use bootstrap::{Bootstrap, BootstrapMethod, Samples, bootstrap_interval};
pub use intervals::{Interval, paired_interval, welch_interval};
pub use student::quantile as student_quantile;
