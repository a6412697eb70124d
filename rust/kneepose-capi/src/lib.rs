//! The C interface of `kneepose-core`. `kneepose.h` is made from this crate (`make header`), and
//! `docs/c.md` tells how to use it. Files follow the core's modules; `pointers` has every raw pointer,
//! `status` the guard that every function runs in.

pub mod analyses;
pub mod angles;
#[cfg(feature = "injected-panic")]
pub mod injected_panic;
pub mod names;
pub mod plans;
pub mod pointers;
pub mod series;
pub mod skeletons;
pub mod status;
pub mod three_point;
