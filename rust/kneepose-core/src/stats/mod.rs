//! Left against right: indices, and intervals for their difference.

pub mod asymmetry_index;
pub mod bootstrap;
mod chi_square;
pub mod curves;
pub mod intervals;
mod inverse;
mod normal;
pub mod permutation;
pub mod quantile;
pub mod reliability;
mod student;

pub use asymmetry_index::{INDICES, Index, index};
pub use bootstrap::{Bootstrap, Method, Samples, bootstrap_interval};
pub use intervals::{Interval, paired_interval, welch_interval};
