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

#[cfg(test)]
mod tests {
    /// What the header promises: compiles only as long as it is true.
    #[test]
    fn threads_may_share_every_object() {
        fn shared<T: Send + Sync>() {}
        shared::<crate::skeletons::KneeposeSkeleton>();
        shared::<crate::plans::KneeposePlan>();
        shared::<crate::analyses::KneeposeAnalysis>();
    }
}
