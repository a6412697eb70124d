//! Detects bone lengths that differ from their typical length, which means that a keypoint is not
//! at its joint. In 3-D only, because a camera image foreshortens every bone.

use super::keypoint_frame::{KeypointFrame, landmark, squared_distance};
use super::working_copy::WorkingCopy;
use crate::interrupt::{check, check_at};
use crate::memory::gathered;
use crate::recording::Repair;
use crate::skeleton::{Side, Skeleton};
use crate::stats::quantile::median;

/// Maximum deviation of a bone length from its median, as a share of the median.
/// Source: science.md 8.
const TOLERANCE: f64 = 0.25;
/// Number of lengths from which the running median is computed.
/// Source: chosen: 20 s of every tenth frame, and odd, so that the median is one of them; no test
/// shows its effect.
const REMEMBERED: usize = 61;
/// Minimum number of lengths before a stream compares a bone with its median.
/// Source: chosen: the median of this many lengths ignores four wrong ones; held by test
/// tests/live/test_reasons.py.
const LEAST_LENGTHS: usize = 9;
/// Interval, in frames, at which lengths are stored once the memory is full. The memory then covers
/// 20 s at 30 frames per second, so that a keypoint that is wrong for some seconds does not become
/// typical.
/// Source: chosen: every tenth frame, for the reason given at `REMEMBERED`; held by test
/// tests/live/test_reasons.py.
const REMEMBER_EVERY: usize = 10;

/// A bone with its proximal and distal keypoint. The line between the hips has no distal end.
#[derive(Debug, Clone, Copy)]
struct Bone {
    ends: (usize, usize),
    has_distal_end: bool,
}

impl Bone {
    /// Length of the bone in a frame; NaN if an end is missing.
    fn length(&self, frame: &KeypointFrame<'_>) -> f64 {
        let ends = frame.place(self.ends.0).zip(frame.place(self.ends.1));
        ends.map_or(f64::NAN, |(a, b)| squared_distance(a, b).sqrt())
    }
}

/// The bones that are checked: hip line, thighs, shanks and feet.
#[derive(Debug, Clone)]
struct Bones(Vec<Bone>);

impl Bones {
    fn new(skeleton: &Skeleton) -> Self {
        let of_leg = Side::BOTH.into_iter().flat_map(|side| {
            [("hip", "knee"), ("knee", "ankle"), ("heel", "big_toe")].into_iter().filter_map(
                move |(proximal, distal)| {
                    let ends =
                        landmark(skeleton, side, proximal).zip(landmark(skeleton, side, distal))?;
                    Some(Bone { ends, has_distal_end: true })
                },
            )
        });
        let hips =
            landmark(skeleton, Side::Left, "hip").zip(landmark(skeleton, Side::Right, "hip"));
        let hip_line = hips.map(|ends| Bone { ends, has_distal_end: false });
        Self(hip_line.into_iter().chain(of_leg).filter(|b| b.ends.0 != b.ends.1).collect())
    }

    /// Calls `blamed` with each keypoint that makes a bone implausible. If exactly one end also
    /// belongs to another implausible bone, it is that end. Otherwise it is the distal end, or both
    /// ends of the hip line.
    fn blame(&self, is_off: impl Fn(usize) -> bool, mut blamed: impl FnMut(usize)) {
        let off = || self.0.iter().enumerate().filter(|(i, _)| is_off(*i)).map(|(_, bone)| bone);
        let count = |k: usize| off().filter(|b| b.ends.0 == k || b.ends.1 == k).count();
        for bone in off() {
            let (proximal, distal) = bone.ends;
            let (blame_proximal, blame_distal) = match (count(proximal) > 1, count(distal) > 1) {
                (true, false) => (true, false),
                (false, true) => (false, true),
                _ => (!bone.has_distal_end, true),
            };
            if blame_proximal {
                blamed(proximal);
            }
            if blame_distal {
                blamed(distal);
            }
        }
    }
}

/// True if a length deviates too much from the typical one; false if either is unknown.
fn is_off(length: f64, usual: f64) -> bool {
    (length - usual).abs() > TOLERANCE * usual
}

/// Masks the keypoints of bones that are more than a quarter longer or shorter than their median
/// over the recording.
pub(super) fn mask(copy: &mut WorkingCopy, skeleton: &Skeleton) {
    let bones = Bones::new(skeleton);
    let (points, _) = copy.points.as_chunks::<3>();
    let off: Vec<Vec<bool>> = bones
        .0
        .iter()
        .map(|bone| {
            let end = |k: usize| points.iter().skip(k).step_by(copy.keypoints.max(1));
            let ends = end(bone.ends.0).zip(end(bone.ends.1));
            let lengths: Vec<f64> = gathered(ends.map(|(a, b)| squared_distance(*a, *b).sqrt()));
            check();
            let usual = median(&lengths);
            gathered(lengths.iter().map(|length| is_off(*length, usual)))
        })
        .collect();
    if !off.iter().flatten().any(|is_off| *is_off) {
        return;
    }
    for frame in 0..copy.frames {
        check_at(frame);
        let off = |bone: usize| off.get(bone).and_then(|off| off.get(frame)) == Some(&true);
        bones.blame(off, |keypoint| copy.mask(frame, keypoint, Repair::ImplausibleBone));
    }
}

/// Checks bone lengths in a stream: a bone is compared with the median of its earlier lengths.
#[derive(Debug, Clone)]
pub(super) struct CausalBones {
    bones: Bones,
    usual: Vec<RunningMedian>,
    off: Vec<bool>,
    frames: usize,
}

impl CausalBones {
    pub fn new(skeleton: &Skeleton) -> Self {
        let bones = Bones::new(skeleton);
        let count = bones.0.len();
        Self { bones, usual: vec![RunningMedian::EMPTY; count], off: vec![false; count], frames: 0 }
    }

    pub fn reset(&mut self) {
        self.usual.fill(RunningMedian::EMPTY);
        self.frames = 0;
    }

    /// Calls `blamed` with each keypoint of a frame that makes a bone implausible.
    pub fn push(&mut self, frame: &KeypointFrame<'_>, blamed: impl FnMut(usize)) {
        let mut any = false;
        let each = self.bones.0.iter().zip(&mut self.usual).zip(&mut self.off);
        for ((bone, usual), off) in each {
            let length = bone.length(frame);
            *off = is_off(length, usual.value());
            any |= *off;
            usual.remember(self.frames, length);
        }
        self.frames += 1;
        if any {
            self.bones.blame(|i| self.off.get(i) == Some(&true), blamed);
        }
    }
}

/// Median of the most recent lengths of a bone.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunningMedian {
    /// Ring buffer of the stored lengths, in order of arrival.
    recent: [f64; REMEMBERED],
    sorted: [f64; REMEMBERED],
    count: usize,
    next: usize,
}

impl RunningMedian {
    pub const EMPTY: Self =
        Self { recent: [f64::NAN; REMEMBERED], sorted: [f64::NAN; REMEMBERED], count: 0, next: 0 };

    /// Median of the stored lengths; NaN if there are too few.
    pub fn value(&self) -> f64 {
        if self.count < LEAST_LENGTHS {
            return f64::NAN;
        }
        self.sorted.get(self.count / 2).copied().unwrap_or(f64::NAN)
    }

    /// Stores the length of a frame, if it is due to be stored.
    pub fn remember(&mut self, frame: usize, length: f64) {
        let due = self.count < REMEMBERED || frame.is_multiple_of(REMEMBER_EVERY);
        if due && length.is_finite() {
            self.push(length);
        }
    }

    fn push(&mut self, length: f64) {
        let Some(slot) = self.recent.get_mut(self.next) else { return };
        let oldest = std::mem::replace(slot, length);
        self.next = (self.next + 1) % REMEMBERED;
        if self.count == REMEMBERED {
            let place = self.sorted.partition_point(|v| *v < oldest);
            if place + 1 < REMEMBERED {
                self.sorted.copy_within(place + 1.., place);
            }
            self.count -= 1;
        }
        let known = self.sorted.get(..self.count).unwrap_or_default();
        let place = known.partition_point(|v| *v < length);
        self.sorted.copy_within(place..self.count, place + 1);
        if let Some(slot) = self.sorted.get_mut(place) {
            *slot = length;
        }
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_median_is_the_median_of_the_last_lengths() {
        let mut running = RunningMedian::EMPTY;
        let lengths: Vec<f64> = (0..500).map(|i| f64::from(i * 7919 % 263)).collect();
        for (n, length) in (1..).zip(&lengths) {
            running.push(*length);
            let first: usize = usize::saturating_sub(n, REMEMBERED);
            let mut last: Vec<f64> = lengths.iter().take(n).skip(first).copied().collect();
            last.sort_by(f64::total_cmp);
            if n >= LEAST_LENGTHS {
                assert_eq!(last.get(last.len() / 2), Some(&running.value()), "{n}");
            } else {
                assert!(running.value().is_nan());
            }
        }
    }
}
