//! Bones of another length than usual: a keypoint lies somewhere else than on its joint. In 3-D only,
//! since in an image every bone is foreshortened.

use super::working_copy::{WorkingCopy, squared_distance};
use crate::recording::Repair;
use crate::skeleton::{Side, Skeleton};
use crate::stats::quantile::median;

/// Largest deviation from the median length, as a share of it.
/// Source: science.md 8.
const TOLERANCE: f64 = 0.25;

/// A bone from its proximal to its distal end. The hip line has no distal end.
struct Bone {
    ends: (usize, usize),
    has_distal_end: bool,
}

fn bones(skeleton: &Skeleton) -> Vec<Bone> {
    let index = |side: Side, joint: &str| skeleton.index(&format!("{}_{joint}", side.name()));
    let of_leg = Side::BOTH.into_iter().flat_map(|side| {
        [("hip", "knee"), ("knee", "ankle"), ("heel", "big_toe")].into_iter().filter_map(
            move |(proximal, distal)| Some((index(side, proximal)?, index(side, distal)?, true)),
        )
    });
    let hip_line = index(Side::Left, "hip").zip(index(Side::Right, "hip"));
    hip_line
        .map(|(left, right)| (left, right, false))
        .into_iter()
        .chain(of_leg)
        .filter(|(one, other, _)| one != other)
        .map(|(one, other, has_distal_end)| Bone { ends: (one, other), has_distal_end })
        .collect()
}

/// Masks the keypoint to blame for each bone that is more than a quarter longer or shorter than in the
/// median of the recording: the end whose other bones are off as well, if that is one end only; else
/// the distal one, and of the hip line both.
pub(super) fn mask(copy: &mut WorkingCopy, skeleton: &Skeleton) {
    let bones = bones(skeleton);
    let mut off: Vec<Vec<bool>> = Vec::new();
    for bone in &bones {
        let lengths: Vec<f64> = (0..copy.frames).map(|t| length(copy, bone, t)).collect();
        let usual = median(&lengths);
        off.push(lengths.iter().map(|v| (v - usual).abs() > TOLERANCE * usual).collect());
    }
    for frame in 0..copy.frames {
        let bad: Vec<&Bone> = bones
            .iter()
            .zip(&off)
            .filter(|(_, off)| off.get(frame) == Some(&true))
            .map(|(bone, _)| bone)
            .collect();
        let count = |k: usize| bad.iter().filter(|b| b.ends.0 == k || b.ends.1 == k).count();
        for bone in &bad {
            let (proximal, distal) = bone.ends;
            let (blame_proximal, blame_distal) = match (count(proximal) > 1, count(distal) > 1) {
                (true, false) => (true, false),
                (false, true) => (false, true),
                _ => (!bone.has_distal_end, true),
            };
            for (keypoint, blamed) in [(proximal, blame_proximal), (distal, blame_distal)] {
                if blamed {
                    copy.mask(frame, keypoint, Repair::ImplausibleBone);
                }
            }
        }
    }
}

fn length(copy: &WorkingCopy, bone: &Bone, frame: usize) -> f64 {
    let (one, other) = (copy.point(frame, bone.ends.0), copy.point(frame, bone.ends.1));
    one.zip(other).map_or(f64::NAN, |(a, b)| squared_distance(a, b).sqrt())
}
