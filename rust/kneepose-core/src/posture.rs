//! How the body stands, frame by frame, and whether what moved is the exercise: without it, walking,
//! jumping and bending over give repetitions.

use crate::angle::LIFTED_SHARE;
use crate::exercise::Posture;
use crate::recording::{Recording, View};
use crate::reps::{Rep, RepStatus};
use crate::signal::quantile::{Scratch, median, quantile_in};
use crate::skeleton::{Side, Skeleton};
use crate::space::Up;
use crate::vector::{Vec3, add, angle_between, cross, dot, norm, scale, sub, unit};

/// A foot that stands travels less than this share of the leg within a repetition.
const MOST_TRAVEL: f64 = 0.15;
/// How much of the travel counts: the farthest few frames may be outliers.
const TRAVEL_QUANTILE: f64 = 0.85;
/// The hip sinks at least this share of what a knee between two equally inclined segments explains …
const LEAST_SINKING: f64 = 0.4;
/// … and this share of the leg.
const LEAST_SINKING_OF_LEG: f64 = 0.01;
/// Trunk, seen against the thigh: upright above the first, lying or on all fours below the second.
const UPRIGHT_TRUNK: f64 = 0.5;
const LYING_TRUNK: f64 = 0.8;
/// The trunk may lean this much farther than the depth of the other repetitions explains, degrees.
const MOST_EXCESS_LEAN_DEG: f64 = 30.0;
/// Fewer repetitions do not say what is usual.
const LEAST_FOR_USUAL: usize = 3;
/// The other foot counts as on the ground below this share of the leg.
const DOWN_SHARE: f64 = 0.04;
/// Feet this share of the leg apart in height do not both stand.
const ALOFT_SHARE: f64 = 0.1;
/// A repetition may have this share of the other foot on the ground.
const TOLERATED_SHARE: f64 = 0.2;
/// Length of a leg is this quantile of what is seen of it.
const LEG_QUANTILE: f64 = 0.9;
/// Hips that move less than this share of a leg are pinned to the origin by the estimator.
const PINNED_SHARE: f64 = 0.01;

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
    /// Whether the hips are pinned to the origin, so that nothing shows travel.
    pub pinned: bool,
}

/// Whether an estimator keeps the hips at the origin.
pub fn hips_are_pinned(stands: &[Stand]) -> bool {
    let spread = |axis: usize| {
        let values = || {
            stands.iter().filter_map(|s| s.hips.get(axis)).copied().filter(|v| v.is_finite())
        };
        values().fold(f64::NEG_INFINITY, f64::max) - values().fold(f64::INFINITY, f64::min)
    };
    let leg = stands.iter().flat_map(|s| s.legs).fold(f64::NAN, f64::max);
    let moved = spread(0).max(spread(1)).max(spread(2));
    stands.len() > 1 && moved <= PINNED_SHARE * leg
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
    let trunk = inside.iter().map(|s| s.trunk).fold(f64::NAN, f64::max);
    let rise = quantile_in(bottom.iter().map(|s| s.rise), 0.5, scratch);
    // A leg that bends toward the camera looks shorter than it is.
    let legs = inside.iter().map(|s| s.legs[0].max(s.legs[1]));
    let leg = quantile_in(legs, LEG_QUANTILE, scratch);
    let lean_deg = libm::acos((rise / trunk).clamp(-1.0, 1.0)).to_degrees();
    let up = setting.up.vector();
    let down = |s: &&Stand| above_other(s, setting.side.other(), up) < DOWN_SHARE * leg;
    let other_foot_down = inside.iter().filter(down).count() as f64 / inside.len().max(1) as f64;
    let objection = objection(stands, rep, setting, leg, scratch);
    Shown { lean_deg, range: rep.range, other_foot_down, objection }
}

fn objection(
    stands: &[Stand],
    rep: &Rep,
    setting: &Setting,
    leg: f64,
    scratch: &mut Scratch,
) -> Option<RepStatus> {
    let other = Some(RepStatus::OtherMovement);
    let ends = [rep.start, rep.end];
    let edge = |value: &dyn Fn(&Stand) -> f64| {
        ends.iter().filter_map(|i| stands.get(*i)).map(value).fold(f64::NAN, f64::max)
    };
    // Of the trunk against the thigh at the ends; what is not seen is not held against anyone.
    let trunk = edge(&|s| s.rise / s.thighs[0].max(s.thighs[1]));
    match setting.posture {
        Posture::Any => return None,
        Posture::Lying | Posture::AllFours => {
            return if trunk > LYING_TRUNK { other } else { None };
        }
        Posture::Standing => {}
    }
    if trunk < UPRIGHT_TRUNK {
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
    let travels = |place: &dyn Fn(&Stand) -> Vec3, scratch: &mut Scratch| {
        let mut center = [0.0; 3];
        for (axis, slot) in center.iter_mut().enumerate() {
            let along = inside.iter().map(|s| place(s).get(axis).copied().unwrap_or(f64::NAN));
            *slot = quantile_in(along, 0.5, scratch);
        }
        let away = inside.iter().map(|s| norm(sub(place(s), center)));
        quantile_in(away, TRAVEL_QUANTILE, scratch) > MOST_TRAVEL * leg
    };
    let moved = if setting.pinned {
        setting.two_legs && travels(&|s| sub(s.ankles[1], s.ankles[0]), scratch)
    } else {
        let ankle =
            |side: Side| move |s: &Stand| s.ankles.get(place(side)).copied().unwrap_or(NOWHERE);
        legs.iter().any(|side| travels(&ankle(*side), scratch))
    };
    let aloft = |s: &&Stand| above_other(s, Side::Left, setting.up.vector()).abs() > ALOFT_SHARE * leg;
    if moved || (setting.two_legs && 2 * inside.iter().filter(aloft).count() > inside.len()) {
        return other;
    }
    let sinks = |side: &Side| {
        let standing = edge(&|s| of(s.heights, *side));
        let low = stands.get(rep.bottom_start..=rep.bottom_end).unwrap_or_default();
        let low = low.iter().map(|s| of(s.heights, *side)).fold(f64::NAN, f64::min);
        (standing - low) / standing
    };
    let sunk = legs.iter().map(sinks).fold(f64::NAN, f64::max);
    let explained = if setting.signal_is_knee {
        LEAST_SINKING * (1.0 - libm::cos(0.5 * rep.range.to_radians()))
    } else {
        0.0
    };
    if sunk < explained.max(LEAST_SINKING_OF_LEG) { other } else { None }
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
    pub fn of(shown: &[Shown]) -> Self {
        let sound = || shown.iter().filter(|s| s.objection.is_none());
        let enough = sound().count() >= LEAST_FOR_USUAL;
        let leans: Vec<f64> = sound().map(|s| s.lean_deg / s.range).collect();
        let lifted = sound().filter(|s| s.other_foot_down <= TOLERATED_SHARE).count();
        Self {
            lean_of_range: if enough { median(&leans) } else { f64::NAN },
            other_foot_lifted: 2 * lifted > sound().count(),
        }
    }

    /// Why a repetition is none, against what is usual.
    pub fn objection(&self, shown: &Shown, setting: &Setting) -> Option<RepStatus> {
        if shown.objection.is_some() || setting.posture != Posture::Standing {
            return shown.objection;
        }
        if shown.lean_deg - self.lean_of_range * shown.range > MOST_EXCESS_LEAN_DEG {
            return Some(RepStatus::OtherMovement);
        }
        let lost = !setting.two_legs
            && self.other_foot_lifted
            && shown.other_foot_down > TOLERATED_SHARE;
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
