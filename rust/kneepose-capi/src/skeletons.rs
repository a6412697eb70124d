//! Skeletons: the ordered keypoints that pose estimators emit.

use std::ffi::CString;

use kneepose_core::skeleton::Skeleton;

use crate::names::c_text;
use crate::pointers::{In, New, Owned, Text};
use crate::status::{KneeposeStatus, Result, status, value};

/// Ordered keypoints of a pose estimator. Immutable; several threads may use it at once.
pub struct KneeposeSkeleton {
    pub(crate) inner: Skeleton,
    keypoints: Vec<CString>,
}

impl KneeposeSkeleton {
    fn new(inner: Skeleton) -> Self {
        let keypoints = inner.keypoints().iter().map(|name| c_text(name)).collect();
        Self { inner, keypoints }
    }
}

/// Assigns a body landmark to a keypoint that has another name than the landmark.
#[repr(C)]
pub struct KneeposeLandmark {
    /// Landmark, such as `"left_hip"`.
    pub landmark: Text,
    /// Name of the keypoint that shows the landmark.
    pub keypoint: Text,
}

/// Returns a built-in skeleton: `"coco17"`, `"halpe26"`, `"mediapipe33"`, …
///
/// Ownership: the caller owns `*skeleton` and frees it with `kneepose_skeleton_free`; it is NULL if the
/// call fails.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_skeleton_built_in(
    name: Text,
    mut skeleton: New<KneeposeSkeleton>,
) -> KneeposeStatus {
    status(|| {
        skeleton
            .make("skeleton", || Ok(KneeposeSkeleton::new(Skeleton::built_in(name.get("name")?)?)))
    })
}

/// Makes a custom skeleton. `keypoints` are in the order of the arrays. `landmarks` has a row for each body
/// landmark whose keypoint has another name. `kneepose_analyze` treats keypoints below `min_confidence`
/// (0..1) as missing.
///
/// Ownership: the texts are copied. The caller owns `*skeleton` and frees it with `kneepose_skeleton_free`;
/// it is NULL if the call fails.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_skeleton_new(
    name: Text,
    keypoints: In<Text>,
    keypoint_count: usize,
    landmarks: In<KneeposeLandmark>,
    landmark_count: usize,
    min_confidence: f64,
    mut skeleton: New<KneeposeSkeleton>,
) -> KneeposeStatus {
    status(|| {
        skeleton.make("skeleton", || {
            let name = name.get("name")?.to_owned();
            let keypoints = keypoints.slice("keypoints", keypoint_count)?.iter();
            let keypoints: Vec<String> =
                keypoints.map(|k| Ok(k.get("a keypoint")?.to_owned())).collect::<Result<_>>()?;
            let landmarks = landmarks.slice("landmarks", landmark_count)?.iter();
            let landmarks = landmarks
                .map(|row| {
                    let landmark = row.landmark.get("a landmark")?;
                    Ok((landmark.to_owned(), row.keypoint.get("a landmark's keypoint")?.to_owned()))
                })
                .collect::<Result<_>>()?;
            let inner = Skeleton::new(name, keypoints, landmarks, min_confidence)?;
            Ok(KneeposeSkeleton::new(inner))
        })
    })
}

/// Number of keypoints; 0 for NULL.
///
/// Ownership: the caller keeps `skeleton`.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_skeleton_keypoints(skeleton: In<KneeposeSkeleton>) -> usize {
    value(0, || Ok(skeleton.one("skeleton")?.keypoints.len()))
}

/// Name of the keypoint with this index (from 0); NULL after the last.
///
/// Ownership: the text belongs to the skeleton and is freed with it.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_skeleton_keypoint_name(
    skeleton: In<KneeposeSkeleton>,
    keypoint: usize,
) -> Text {
    value(Text::NULL, || {
        let names = &skeleton.one("skeleton")?.keypoints;
        Ok(names.get(keypoint).map_or(Text::NULL, |name| Text::of(name)))
    })
}

/// Minimum confidence (0..1) of a detected keypoint; NaN for NULL.
///
/// Ownership: the caller keeps `skeleton`.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_skeleton_min_confidence(skeleton: In<KneeposeSkeleton>) -> f64 {
    value(f64::NAN, || Ok(skeleton.one("skeleton")?.inner.min_confidence()))
}

/// Frees a skeleton; NULL does nothing. Plans and analyses made with it stay valid.
///
/// Ownership: takes `skeleton`, which must not be used again.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn kneepose_skeleton_free(skeleton: Owned<KneeposeSkeleton>) {
    value((), || {
        drop(skeleton.take());
        Ok(())
    });
}
