//! How the body stands, frame by frame, and whether what moved is the exercise: without it, walking,
//! jumping and bending over give repetitions.

use crate::angle::LIFTED_SHARE;
use crate::exercise::Posture;
use crate::recording::{Recording, View};
use crate::reps::{FULL_SHARE, Rep, RepStatus};
use crate::signal::quantile::{Scratch, median, quantile_in};
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::vector::{Vec3, add, angle_between, cross, dot, norm, scale, sub, unit};

/// A foot that stands travels less than this share of the leg within a repetition.
const MOST_TRAVEL: f64 = 0.15;
/// How much of the travel counts: the farthest few frames may be outliers …
const TRAVEL_QUANTILE: f64 = 0.9;
/// … and how long before and after a repetition a foot must stay as well, seconds.
const STAYS_S: f64 = 0.4;
/// Feet that rise together by this share of the leg have left the ground …
const JUMP_SHARE: f64 = 0.12;
/// … in this share of the frames …
const JUMP_QUANTILE: f64 = 0.95;
/// … from this long before a repetition to this long after it, seconds.
const JUMP_REACH_S: f64 = 0.6;
/// A repetition on the feet takes this long at least, from leaving rest to regaining it, seconds.
const LEAST_DURATION_S: f64 = 0.6;
/// The body is as tall, and as large in the image, after a repetition as before, up to this share.
const SAME_SIZE: f64 = 0.2;
/// The hip sinks at least this share of what a knee between two equally inclined segments explains …
const LEAST_SINKING: f64 = 0.4;
/// … and this share of the leg.
const LEAST_SINKING_OF_LEG: f64 = 0.01;
/// How tall and how low the hip is, is read off as these quantiles, …
const STANDING_QUANTILE: f64 = 0.75;
const LOW_QUANTILE: f64 = 0.1;
/// … standing so long before and after a repetition starts and ends, seconds.
const STANDS_S: f64 = 0.3;
/// Trunk, seen against the thigh: upright above the first, lying or on all fours below the second.
const UPRIGHT_TRUNK: f64 = 0.5;
const LYING_TRUNK: f64 = 0.8;
/// The trunk may lean this much farther than the depth of the other repetitions explains, degrees …
const MOST_EXCESS_LEAN_DEG: f64 = 30.0;
/// … and by this much, with so much for each degree of depth, whatever the others show.
const MOST_LEAN_DEG: f64 = 36.0;
const LEAN_OF_DEPTH: f64 = 0.6;
/// Fewer repetitions do not say what is usual.
const LEAST_FOR_USUAL: usize = 3;
/// The other foot counts as on the ground below this share of the leg.
const DOWN_SHARE: f64 = 0.04;
/// Feet this share of the leg apart in height do not both stand.
const ALOFT_SHARE: f64 = 0.1;
/// From the side the nearer foot looks lower: by a seventh of the leg where the camera is 3 m away.
const ALOFT_SHARE_FROM_SIDE: f64 = 0.2;
/// Who stands is so many trunks tall from ankle to hip.
const LEAST_TALL: f64 = 1.15;
/// With the other foot on the ground the hip must sink this share of the leg: people shift their weight.
const SINKING_WITH_HELP: f64 = 0.05;
/// A repetition may have this share of the other foot on the ground.
const TOLERATED_SHARE: f64 = 0.2;
/// Length of a leg, and of the trunk, is this quantile of what is seen of it.
const LEG_QUANTILE: f64 = 0.9;
/// Hips that sink less than this share of how far they come nearer to the ankle, …
const PINNED_SINKING: f64 = 0.35;
/// … and travel less than this share of the leg, are pinned to the origin by the estimator.
const PINNED_TRAVEL: f64 = 0.05;

const NOWHERE: Vec3 = [f64::NAN; 3];

/// What one frame says about posture; NaN where not seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stand {
    /// Ankles, left and right.
    pub ankles: [Vec3; 2],
    /// Height of the hip over the ankle, left and right.
    pub heights: [f64; 2],
    /// Length of thigh and shank, left and right.
    pub thighs: [f64; 2],
    /// Length of the whole leg, left and right.
    pub legs: [f64; 2],
    /// Directions at right angles to the planes of hip, knee and ankle, left and right.
    pub hinges: [Vec3; 2],
    /// Half-way between the hips.
    pub hips: Vec3,
    /// From the left hip to the right one.
    pub hip_line: Vec3,
    /// How far the shoulders are above the hips.
    pub rise: f64,
    /// Length of the trunk.
    pub trunk: f64,
}

/// Where the landmarks of posture are in a skeleton.
#[derive(Debug, Clone, Copy)]
pub struct Landmarks {
    /// Hip, knee, ankle, shoulder; left and right each.
    places: [[Option<usize>; 2]; 4],
    up: Vec3,
}

impl Landmarks {
    /// Looks them up once.
    pub fn new(skeleton: &Skeleton, up: Up) -> Self {
        let places = ["hip", "knee", "ankle", "shoulder"].map(|joint| {
            Side::BOTH.map(|side| skeleton.index(&format!("{}_{joint}", side.name())))
        });
        Self { places, up: up.vector() }
    }

    /// Reads a frame; `point` gives a keypoint, NaN where it is missing.
    pub fn read(&self, point: impl Fn(usize) -> Vec3) -> Stand {
        let [hips, knees, ankles, shoulders] =
            self.places.map(|pair| pair.map(|place| place.map_or(NOWHERE, &point)));
        let [hl, hr] = hips;
        let [kl, kr] = knees;
        let [al, ar] = ankles;
        let [sl, sr] = shoulders;
        let middle = |a: Vec3, b: Vec3| scale(add(a, b), 0.5);
        let hip = middle(hl, hr);
        let trunk = sub(middle(sl, sr), hip);
        let thighs = [norm(sub(hl, kl)), norm(sub(hr, kr))];
        Stand {
            ankles,
            heights: [dot(sub(hl, al), self.up), dot(sub(hr, ar), self.up)],
            thighs,
            legs: [thighs[0] + norm(sub(kl, al)), thighs[1] + norm(sub(kr, ar))],
            hinges: [cross(sub(kl, hl), sub(al, kl)), cross(sub(kr, hr), sub(ar, kr))].map(unit),
            hips: hip,
            hip_line: sub(hr, hl),
            rise: dot(trunk, self.up),
            trunk: norm(trunk),
        }
    }

    /// All frames of a recording.
    pub fn of(recording: &Recording) -> Vec<Stand> {
        let landmarks = Self::new(recording.skeleton(), recording.up());
        let coordinates = recording.coordinates();
        let dims = recording.up().dims();
        let point = |t: usize, k: usize| {
            [0, 1, 2].map(|d| match coordinates.get((t, k, d)) {
                Some(v) => *v,
                None if d >= dims => 0.0,
                None => f64::NAN,
            })
        };
        (0..recording.times().len()).map(|t| landmarks.read(|k| point(t, k))).collect()
    }
}

/// Index of a side in a pair.
fn place(side: Side) -> usize {
    usize::from(side == Side::Right)
}

fn of(pair: [f64; 2], side: Side) -> f64 {
    pair.get(place(side)).copied().unwrap_or(f64::NAN)
}

/// How far the ankle of a leg is above the other one.
pub fn above_other(stand: &Stand, side: Side, up: Vec3) -> f64 {
    let [left, right] = stand.ankles;
    side.sign() * dot(sub(right, left), up)
}

/// What must be known beside the frames.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// How the body is held.
    pub posture: Posture,
    /// The leg under analysis.
    pub side: Side,
    /// Whether both legs stand.
    pub two_legs: bool,
    /// Which way is up.
    pub up: Up,
    /// The view in an image.
    pub view: Option<View>,
    /// Whether the signal is a bend of the knee in degrees, which says how far the hip must sink.
    pub signal_is_knee: bool,
    /// Frames per second.
    pub fs: f64,
}

impl Setting {
    fn frames(&self, seconds: f64) -> usize {
        (seconds * self.fs).round().max(1.0) as usize
    }
}

/// What one repetition shows, to be compared with the others.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// Lean of the trunk at the bottom, degrees, and range of the signal.
    pub lean_deg: f64,
    /// Range of the signal.
    pub range: f64,
    /// Share of the repetition in which the other foot was on the ground.
    pub other_foot_down: f64,
    /// What is wrong whatever the others show.
    pub objection: Option<RepStatus>,
}

/// Looks at one repetition. `stands` are the frames that its indices mean.
pub fn look(stands: &[Stand], rep: &Rep, setting: &Setting, scratch: &mut Scratch) -> Shown {
    let inside = stands.get(rep.start..=rep.end).unwrap_or_default();
    let bottom = stands.get(rep.bottom_start..=rep.bottom_end).unwrap_or_default();
    let trunk = quantile_in(inside.iter().map(|s| s.trunk), LEG_QUANTILE, scratch);
    let rise = quantile_in(bottom.iter().map(|s| s.rise), 0.5, scratch);
    // A leg that bends toward the camera looks shorter than it is.
    let legs = inside.iter().map(|s| s.legs[0].max(s.legs[1]));
    let leg = quantile_in(legs, LEG_QUANTILE, scratch);
    let lean_deg = libm::acos((rise / trunk).clamp(-1.0, 1.0)).to_degrees();
    let up = setting.up.vector();
    let down = |s: &&Stand| above_other(s, setting.side.other(), up) < DOWN_SHARE * leg;
    let other_foot_down = inside.iter().filter(down).count() as f64 / inside.len().max(1) as f64;
    let helped = !setting.two_legs && other_foot_down > TOLERATED_SHARE;
    let objection = objection(stands, rep, setting, leg, helped, scratch);
    Shown { lean_deg, range: rep.range, other_foot_down, objection }
}

fn objection(
    stands: &[Stand],
    rep: &Rep,
    setting: &Setting,
    leg: f64,
    helped: bool,
    scratch: &mut Scratch,
) -> Option<RepStatus> {
    let other = Some(RepStatus::OtherMovement);
    let ends = [stands.get(rep.start), stands.get(rep.end)];
    let edges = |value: &dyn Fn(&Stand) -> f64| ends.map(|end| end.map_or(f64::NAN, value));
    let most = |[a, b]: [f64; 2]| a.max(b);
    // Of the trunk against the thigh at the ends; what is not seen is not held against anyone.
    let trunk = most(edges(&|s| s.rise / s.thighs[0].max(s.thighs[1])));
    match setting.posture {
        Posture::Any => return None,
        Posture::Lying | Posture::AllFours if trunk > LYING_TRUNK => return other,
        Posture::Lying => {
            let above =
                most(edges(&|s| setting.side.sign() * dot(s.hip_line, setting.up.vector())));
            return (above < 0.0).then_some(RepStatus::LostStance);
        }
        Posture::AllFours => return None,
        Posture::Standing => {}
    }
    if trunk < UPRIGHT_TRUNK || rep.end - rep.start < setting.frames(LEAST_DURATION_S) {
        return other;
    }
    let inside = stands.get(rep.start..=rep.end).unwrap_or_default();
    let legs: &[Side] = match (setting.two_legs, setting.view) {
        (false, _) => &[setting.side],
        // From the side the far foot is guessed.
        (true, Some(View::Left)) => &[Side::Left],
        (true, Some(View::Right)) => &[Side::Right],
        (true, _) => &Side::BOTH,
    };
    let pinned = is_pinned(inside, setting.up.vector(), leg, scratch);
    let moved = |stands: &[Stand], scratch: &mut Scratch| {
        let far = MOST_TRAVEL * leg;
        if pinned {
            let apart = |s: &Stand| sub(s.ankles[1], s.ankles[0]);
            return setting.two_legs && travel(stands, apart, scratch) > far;
        }
        let ankle =
            |side: Side| move |s: &Stand| s.ankles.get(place(side)).copied().unwrap_or(NOWHERE);
        legs.iter().any(|side| travel(stands, ankle(*side), scratch) > far)
    };
    let frames = setting.frames(STAYS_S);
    let earlier = stands.get(rep.start.saturating_sub(frames)..=rep.end).unwrap_or_default();
    let later = stands.get(rep.start..(rep.end + frames + 1).min(stands.len())).unwrap_or_default();
    // People step up to a squat and away from it, but who walks does both.
    let moved = moved(inside, scratch) || (moved(earlier, scratch) && moved(later, scratch));
    let most_apart = if legs.len() < 2 { ALOFT_SHARE_FROM_SIDE } else { ALOFT_SHARE };
    let aloft =
        |s: &&Stand| above_other(s, Side::Left, setting.up.vector()).abs() > most_apart * leg;
    if moved || (setting.two_legs && 2 * inside.iter().filter(aloft).count() > inside.len()) {
        return other;
    }
    let frames = setting.frames(JUMP_REACH_S);
    let around = rep.start.saturating_sub(frames)..(rep.end + frames + 1).min(stands.len());
    let around = stands.get(around).unwrap_or_default();
    if !pinned && jumps(around, legs, setting.up.vector(), leg, scratch) {
        return other;
    }
    // Who sits is hardly taller than the trunk is long.
    let tall = legs.iter().map(|side| {
        let [a, b] = edges(&|s| of(s.heights, *side));
        a.min(b)
    });
    if tall.fold(f64::NAN, f64::max)
        < LEAST_TALL * inside.iter().map(|s| s.trunk).fold(f64::NAN, f64::max)
    {
        return other;
    }
    // Against both ends: who gets up from a chair does not sink.
    let frames = setting.frames(STANDS_S);
    let near = |i: usize| {
        stands.get(i.saturating_sub(frames)..(i + frames + 1).min(stands.len())).unwrap_or_default()
    };
    let sinks = |side: &Side, scratch: &mut Scratch| {
        let height = |stands: &[Stand], q: f64, scratch: &mut Scratch| {
            quantile_in(stands.iter().map(|s| of(s.heights, *side)), q, scratch)
        };
        let [before, after] =
            [rep.start, rep.end].map(|i| height(near(i), STANDING_QUANTILE, scratch));
        let low = height(inside, LOW_QUANTILE, scratch);
        (before.min(after) - low) / before.max(after)
    };
    let sunk = legs.iter().map(|side| sinks(side, scratch)).fold(f64::NAN, f64::max);
    let sizes = legs.iter().map(|side| edges(&|s| of(s.heights, *side)));
    let changes = sizes.map(|[a, b]| (a - b).abs() / a.max(b)).fold(f64::NAN, f64::min);
    if changes > SAME_SIZE {
        return other;
    }
    let explained = if setting.signal_is_knee {
        LEAST_SINKING * (1.0 - libm::cos(0.5 * rep.range.to_radians()))
    } else {
        0.0
    };
    let least = if helped { SINKING_WITH_HELP } else { LEAST_SINKING_OF_LEG };
    if sunk < explained.max(least) { other } else { None }
}

/// How far a place moves from its middle.
fn travel(stands: &[Stand], place: impl Fn(&Stand) -> Vec3, scratch: &mut Scratch) -> f64 {
    let mut middle = [0.0; 3];
    for (axis, slot) in middle.iter_mut().enumerate() {
        let along = stands.iter().map(|s| place(s).get(axis).copied().unwrap_or(f64::NAN));
        *slot = quantile_in(along, 0.5, scratch);
    }
    let away = stands.iter().map(|s| norm(sub(place(s), middle)));
    quantile_in(away, TRAVEL_QUANTILE, scratch)
}

/// Whether an estimator keeps the hips at the origin, so that nothing shows travel.
fn is_pinned(stands: &[Stand], up: Vec3, leg: f64, scratch: &mut Scratch) -> bool {
    let mut spread = |values: &dyn Fn(&Stand) -> f64| {
        let [low, high] = [0.05, 0.95].map(|q| quantile_in(stands.iter().map(values), q, scratch));
        high - low
    };
    let sinks = spread(&|s| dot(s.hips, up));
    let nearer = spread(&|s| s.heights[0]).max(spread(&|s| s.heights[1]));
    sinks < PINNED_SINKING * nearer && travel(stands, |s| s.hips, scratch) < PINNED_TRAVEL * leg
}

/// Whether all of these feet leave the ground together.
fn jumps(stands: &[Stand], legs: &[Side], up: Vec3, leg: f64, scratch: &mut Scratch) -> bool {
    let height =
        |s: &Stand, side: Side| dot(s.ankles.get(place(side)).copied().unwrap_or(NOWHERE), up);
    let mut floors = [f64::NAN; 2];
    for side in legs {
        let usual = quantile_in(stands.iter().map(|s| height(s, *side)), 0.5, scratch);
        if let Some(floor) = floors.get_mut(place(*side)) {
            *floor = usual;
        }
    }
    let rises = stands.iter().map(|s| {
        legs.iter().map(|side| height(s, *side) - of(floors, *side)).fold(f64::NAN, f64::min)
    });
    quantile_in(rises, JUMP_QUANTILE, scratch) > JUMP_SHARE * leg
}

/// What is usual among repetitions that nothing speaks against.
#[derive(Debug, Clone, Copy)]
pub struct Usual {
    /// Lean of the trunk for each degree of range; NaN where too few say.
    lean_of_range: f64,
    /// Whether the other foot is usually in the air.
    other_foot_lifted: bool,
}

impl Usual {
    /// From all repetitions.
    pub fn of(shown: &[Shown], scratch: &mut Scratch) -> Self {
        let sound = || shown.iter().filter(|s| s.objection.is_none());
        let enough = sound().count() >= LEAST_FOR_USUAL;
        let lean_of_range = quantile_in(sound().map(|s| s.lean_deg / s.range), 0.5, scratch);
        // People shift their weight before and after, with both feet on the ground.
        scratch.clear();
        scratch.extend(sound().map(|s| s.range));
        scratch.sort_unstable_by(|a, b| b.total_cmp(a));
        let large = scratch.get(2).or(scratch.last()).copied().unwrap_or(f64::NAN);
        let full = || sound().filter(|s| s.range >= FULL_SHARE * large);
        let lifted = full().filter(|s| s.other_foot_down <= TOLERATED_SHARE).count();
        Self {
            lean_of_range: if enough { lean_of_range } else { f64::NAN },
            other_foot_lifted: 2 * lifted > full().count(),
        }
    }

    /// Why a repetition is none, against what is usual.
    pub fn objection(&self, shown: &Shown, setting: &Setting) -> Option<RepStatus> {
        if shown.objection.is_some() || setting.posture != Posture::Standing {
            return shown.objection;
        }
        let usual_lean = self.lean_of_range * shown.range;
        let too_far =
            setting.signal_is_knee && shown.lean_deg > MOST_LEAN_DEG + LEAN_OF_DEPTH * shown.range;
        if too_far || shown.lean_deg - usual_lean > MOST_EXCESS_LEAN_DEG {
            return Some(RepStatus::OtherMovement);
        }
        let lost =
            !setting.two_legs && self.other_foot_lifted && shown.other_foot_down > TOLERATED_SHARE;
        lost.then_some(RepStatus::LostStance)
    }
}

/// How far the plane of hip, knee and ankle is turned in each frame of a repetition from where it is at
/// rest, the largest, degrees.
pub fn largest_turn(stands: &[Stand], side: Side, rest: (usize, usize), rep: &Rep) -> f64 {
    let hinge = |s: &Stand| s.hinges.get(place(side)).copied().unwrap_or(NOWHERE);
    let seen = |v: &Vec3| v.iter().all(|c| c.is_finite());
    let at_rest = stands.get(rest.0..=rest.1).unwrap_or_default().iter().map(hinge).filter(seen);
    let from = at_rest.fold([0.0; 3], add);
    let inside = stands.get(rep.start..=rep.end).unwrap_or_default().iter();
    let turns = inside.map(|s| angle_between(from, hinge(s)).to_degrees());
    turns.fold(f64::NAN, f64::max)
}

/// Where the person may be standing on this leg: wherever its ankle is not clearly above the other.
/// What is not seen is allowed.
pub fn stands_on(stands: &[Stand], side: Side, up: Up) -> Vec<bool> {
    let leg = median(&stands.iter().map(|s| s.legs[0].max(s.legs[1])).collect::<Vec<_>>());
    stands.iter().map(|s| !lifted(s, side, leg, up)).collect()
}

/// Whether the foot of this leg is clearly above the other one.
pub fn lifted(stand: &Stand, side: Side, leg: f64, up: Up) -> bool {
    above_other(stand, side, up.vector()) > LIFTED_SHARE * leg
}
