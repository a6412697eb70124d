//! Skeletons assign the keypoints of a pose estimator to body landmarks. Some are built in; users
//! can add their own.

mod side;
mod table;

use crate::error::{Error, Result};
pub use side::Side;
pub use table::{Keypoints, SKELETON_TABLE, SkeletonRow};

/// Landmarks on the midline of the body.
pub const MIDLINE_LANDMARKS: &[&str] = &["nose", "head", "neck", "mid_hip"];
/// Landmarks that exist on both sides; their full names begin with `left_` or `right_`.
pub const SIDED_LANDMARKS: &[&str] = &[
    "eye",
    "ear",
    "shoulder",
    "elbow",
    "wrist",
    "hip",
    "knee",
    "ankle",
    "heel",
    "big_toe",
    "small_toe",
    "medial_epicondyle",
    "lateral_epicondyle",
];

/// Ordered keypoints of an estimator, with the landmark of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Skeleton {
    name: String,
    keypoints: Vec<String>,
    landmarks: Vec<(String, usize)>,
    min_confidence: f64,
}

impl Skeleton {
    /// Returns a built-in skeleton.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if there is no such skeleton.
    pub fn built_in(name: &str) -> Result<Self> {
        let row = SKELETON_TABLE.iter().find(|row| row.name == name).ok_or_else(|| {
            Error::unknown("skeleton", name, SKELETON_TABLE.iter().map(|r| r.name))
        })?;
        let aliases = row
            .aliases
            .iter()
            .map(|&(keypoint, landmark)| (landmark.to_owned(), keypoint.to_owned()));
        Self::new(row.name.to_owned(), row.names(), aliases.collect(), row.min_confidence)
    }

    /// Makes a custom skeleton. `aliases` has pairs (landmark, keypoint) for keypoints whose name
    /// differs from that of their landmark.
    ///
    /// # Errors
    /// [`Error::Skeleton`] for no keypoints, a repeated keypoint or a confidence outside 0–1;
    /// [`Error::UnknownName`] for an alias of an unknown landmark or keypoint.
    pub fn new(
        name: String,
        keypoints: Vec<String>,
        aliases: Vec<(String, String)>,
        min_confidence: f64,
    ) -> Result<Self> {
        if keypoints.is_empty() {
            return Err(Error::Skeleton(format!(
                "skeleton {name:?} has no keypoints; name at least the hips, knees and ankles"
            )));
        }
        if !(0.0..=1.0).contains(&min_confidence) {
            return Err(Error::Skeleton(format!(
                "min_confidence of skeleton {name:?} is {min_confidence}; it must lie in 0..1"
            )));
        }
        for (i, keypoint) in keypoints.iter().enumerate() {
            if keypoints.iter().skip(i + 1).any(|other| other == keypoint) {
                return Err(Error::Skeleton(format!(
                    "skeleton {name:?} names keypoint {keypoint:?} twice"
                )));
            }
        }
        let mut landmarks: Vec<(String, usize)> = keypoints
            .iter()
            .enumerate()
            .filter(|(_, keypoint)| is_landmark(keypoint))
            .map(|(i, keypoint)| (keypoint.clone(), i))
            .collect();
        for (landmark, keypoint) in aliases {
            if !is_landmark(&landmark) {
                let known = landmark_names();
                return Err(Error::unknown(
                    "landmark",
                    &landmark,
                    known.iter().map(String::as_str),
                ));
            }
            let index = keypoints.iter().position(|k| *k == keypoint).ok_or_else(|| {
                Error::unknown("keypoint", &keypoint, keypoints.iter().map(String::as_str))
            })?;
            landmarks.retain(|(known, _)| *known != landmark);
            landmarks.push((landmark, index));
        }
        Ok(Self { name, keypoints, landmarks, min_confidence })
    }

    /// Name of the skeleton.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of the keypoints, in the order of the arrays.
    pub fn keypoints(&self) -> &[String] {
        &self.keypoints
    }

    /// Pairs of a landmark's name and the index of its keypoint.
    pub fn landmarks(&self) -> &[(String, usize)] {
        &self.landmarks
    }

    /// Minimum confidence at which a keypoint counts as detected.
    pub fn min_confidence(&self) -> f64 {
        self.min_confidence
    }

    /// Index of the keypoint with this landmark name or keypoint name; `None` if there is none.
    pub fn index(&self, name: &str) -> Option<usize> {
        let landmark = self.landmarks.iter().find(|(landmark, _)| landmark == name);
        landmark.map(|&(_, i)| i).or_else(|| self.keypoints.iter().position(|k| k == name))
    }

    /// Index of each keypoint's counterpart on the other side of the body; its own index on the midline.
    pub fn swap(&self) -> Vec<usize> {
        let partner = |i: usize, keypoint: &str| {
            let by_landmark = self
                .landmarks
                .iter()
                .find(|&&(_, index)| index == i)
                .and_then(|(name, _)| self.index(&other_side(name)?));
            by_landmark.or_else(|| {
                let name = other_side(keypoint)?;
                self.keypoints.iter().position(|k| *k == name)
            })
        };
        let partners: Vec<usize> = self
            .keypoints
            .iter()
            .enumerate()
            .map(|(i, keypoint)| partner(i, keypoint).unwrap_or(i))
            .collect();
        // Two keypoints may name the same counterpart, so only mutual pairs are exchanged.
        let mutual = |i: usize, j: usize| partners.get(j) == Some(&i);
        partners.iter().enumerate().map(|(i, &j)| if mutual(i, j) { j } else { i }).collect()
    }
}

fn other_side(name: &str) -> Option<String> {
    if let Some(rest) = name.strip_prefix("left_") {
        return Some(format!("right_{rest}"));
    }
    name.strip_prefix("right_").map(|rest| format!("left_{rest}"))
}

fn is_landmark(name: &str) -> bool {
    let bare = name.strip_prefix("left_").or_else(|| name.strip_prefix("right_"));
    match bare {
        Some(bare) => SIDED_LANDMARKS.contains(&bare),
        None => MIDLINE_LANDMARKS.contains(&name),
    }
}

/// Names of all landmarks; landmarks of both sides have two names.
pub fn landmark_names() -> Vec<String> {
    let sided = SIDED_LANDMARKS
        .iter()
        .flat_map(|name| Side::BOTH.map(|side| format!("{}_{name}", side.name())));
    MIDLINE_LANDMARKS.iter().map(|&name| name.to_owned()).chain(sided).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_skeletons_have_the_documented_length_and_legs() -> Result<()> {
        let counts = [17, 26, 33, 133, 25, 18, 25, 17, 24, 25];
        assert_eq!(SKELETON_TABLE.len(), counts.len());
        for (row, count) in SKELETON_TABLE.iter().zip(counts) {
            let skeleton = Skeleton::built_in(row.name)?;
            assert_eq!(skeleton.keypoints().len(), count, "{}", row.name);
            for side in Side::BOTH {
                for joint in ["shoulder", "hip", "knee", "ankle"] {
                    assert!(skeleton.index(&format!("{}_{joint}", side.name())).is_some());
                }
            }
        }
        Ok(())
    }

    #[test]
    fn swapping_twice_is_the_identity() -> Result<()> {
        for row in SKELETON_TABLE {
            let swap = Skeleton::built_in(row.name)?.swap();
            let twice: Vec<_> = swap.iter().filter_map(|&i| swap.get(i).copied()).collect();
            assert_eq!(twice, (0..swap.len()).collect::<Vec<_>>());
        }
        Ok(())
    }

    #[test]
    fn a_landmark_of_ones_own_must_exist() {
        let made = Skeleton::new(
            "mine".into(),
            vec!["LHip".into()],
            vec![("left_hipp".into(), "LHip".into())],
            0.3,
        );
        assert!(matches!(made, Err(Error::UnknownName { kind: "landmark", .. })));
    }
}
