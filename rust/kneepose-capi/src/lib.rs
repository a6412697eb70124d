//! C interface of `kneepose-core`. `make header` generates `kneepose.h` from this crate; `docs/how-to/c.md`
//! explains its use. Files follow the core's modules. `pointers` contains all raw pointers, and `status`
//! the guard that every function runs in.

pub mod analyses;
pub mod angles;
pub mod comparisons;
#[cfg(feature = "injected-panic")]
pub mod injected_panic;
pub mod live;
pub mod names;
pub mod plans;
pub mod pointers;
pub mod series;
pub mod skeletons;
pub mod status;
pub mod three_point;

#[cfg(test)]
mod tests {
    /// Thread safety as documented in the header; fails to compile if it is lost.
    #[test]
    fn threads_may_share_every_object() {
        fn shared<T: Send + Sync>() {}
        shared::<crate::skeletons::KneeposeSkeleton>();
        shared::<crate::plans::KneeposePlan>();
        shared::<crate::analyses::KneeposeAnalysis>();
        shared::<crate::live::KneeposeStream>();
    }
}
