//! Relative demand on the kneecap (patellofemoral joint): external flexion moment of the standing
//! knee, and the patellofemoral force that a planar model predicts for it. Both are divided by body
//! weight. Only their change relative to earlier values of the same person is meaningful.

use crate::math::vector::{Vec3, add, cross, dot, norm, reject, scale, sub, unit};
use crate::memory::gathered;
use crate::recording::{Recording, View};
use crate::signal::savitzky_golay::SavitzkyGolay;
use crate::skeleton::Side;
use crate::space::Up;
use crate::stats::quantile::median;

/// Maximum knee flexion at which the model is defined, degrees. The force ratio has a pole at 128°,
/// and the lever arm a minimum at 96°.
/// Source: science.md 7.2.
pub const MOST_BEND_DEG: f64 = 100.0;
/// Assumed length of a leg from hip over knee to ankle, which converts the unit of the coordinates
/// to meters.
/// Source: Winter 2009: 0.491 of a height of 1.7 m; a ratio to the baseline does not depend on it.
const LEG_M: f64 = 0.83;
/// Maximum distance of the center of mass outside the foot at which the body counts as balanced,
/// meters.
/// Source: science.md 7.1.
const BALANCE_MARGIN_M: f64 = 0.03;
/// Maximum vertical acceleration of the hips at which the moment follows from weights alone, meters
/// per second squared.
/// Source: science.md 7.1.
const MOST_ACCELERATION: f64 = 1.5;
/// Window of the smoothing polynomial for the acceleration, seconds; `ORDER` is its order.
/// Source: science.md 8.
const WINDOW_S: f64 = 0.3;
const ORDER: usize = 3;
/// Mass of each segment as a share of body mass, and position of its center of mass from the
/// proximal end as a share of its length. The values are means of women and men.
/// Source: de Leva 1996, Table 4.
const HEAD: f64 = 0.068_15;
const TRUNK: Segment = Segment { mass: 0.430_15, at: 0.404_6 };
const UPPER_ARM: Segment = Segment { mass: 0.026_3, at: 0.576_3 };
/// Forearm together with the hand, because few estimators show the end of the hand.
/// Source: de Leva 1996, Table 4: forearm and hand together, the hand at the wrist.
const FOREARM: Segment = Segment { mass: 0.020_85, at: 0.609_2 };
const THIGH: Segment = Segment { mass: 0.144_7, at: 0.385_35 };
const SHANK: Segment = Segment { mass: 0.045_7, at: 0.443_75 };
const FOOT: Segment = Segment { mass: 0.013_3, at: 0.421_45 };

/// Mass and center of mass of one body segment.
#[derive(Debug, Clone, Copy)]
struct Segment {
    /// Mass as a share of body mass.
    mass: f64,
    /// Distance of the center of mass from the first end, as a share of the segment's length.
    at: f64,
}

/// Positions along the forward direction from which the knee moment is computed, meters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forward {
    /// Position of the knee of the standing leg.
    pub knee: f64,
    /// Position of the body's center of mass.
    pub body: f64,
    /// Center of mass of the shank of that leg, and its share of body mass.
    pub shank: (f64, f64),
    /// Center of mass of the foot of that leg, and its share of body mass.
    pub foot: (f64, f64),
}

/// External flexion moment of the knee divided by body weight, meters. The ground reaction force
/// acts below the center of mass; the weight of shank and foot does not act on the knee.
/// Source: science.md 7.1.
pub fn moment_over_weight(x: &Forward) -> f64 {
    let below = |(place, share): (f64, f64)| share * (x.knee - place);
    (x.knee - x.body) - below(x.shank) - below(x.foot)
}

/// Lever arm of the quadriceps at a knee flexion in degrees, meters; NaN outside the range of the
/// model.
/// Source: science.md 7.2 (van Eijden 1986).
pub fn lever_arm_m(bend_deg: f64) -> f64 {
    let b = bend_deg;
    if !(0.0..=MOST_BEND_DEG).contains(&b) {
        return f64::NAN;
    }
    (((8.0e-5 * b - 0.013) * b + 0.28) * b + 46.0) * 1e-3
}

/// Patellofemoral force divided by the force of the quadriceps; NaN outside the range of the model.
/// Source: science.md 7.2 (van Eijden 1986; Brechter and Powers 2002).
pub fn force_ratio(bend_deg: f64) -> f64 {
    let b = bend_deg;
    if !(0.0..=MOST_BEND_DEG).contains(&b) {
        return f64::NAN;
    }
    let over = (-3.84e-5 * b + 1.47e-3) * b + 0.462;
    over / (((-6.98e-7 * b + 1.55e-4) * b - 1.62e-2) * b + 1.0)
}

/// Forces of the quadriceps and of the patellofemoral joint for a moment; 0 for a moment that
/// extends the knee.
pub fn forces(moment: f64, bend_deg: f64) -> [f64; 2] {
    let muscle = moment.max(0.0) / lever_arm_m(bend_deg);
    [muscle, force_ratio(bend_deg) * muscle]
}

/// Reason why the demand of a frame is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Unknown {
    /// The demand is known.
    Known = 0,
    /// Keypoints of the leg, the trunk or the foot are missing.
    Keypoints = 1,
    /// The knee is flexed beyond the range of the model.
    Bend = 2,
    /// The body is not in balance over the foot.
    Balance = 3,
    /// The body accelerates too much, so weights alone do not determine the moment.
    Speed = 4,
}

/// Demand on the knee in one frame.
#[derive(Debug, Clone, Copy)]
pub struct Demand {
    /// Flexion of the knee, degrees.
    pub bend_deg: f64,
    /// Knee moment divided by body weight, meters.
    pub moment: f64,
    /// Patellofemoral force divided by body weight.
    pub force: f64,
    /// Reason why the demand is unknown, or [`Unknown::Known`].
    pub unknown: Unknown,
}

/// Demand on the knee of a leg in each frame of a conditioned recording, in 3-D or in an image from
/// the side. `None` from the front, where the forward direction points at the camera. On two feet,
/// each knee bears half.
pub fn demand(
    recording: &Recording,
    side: Side,
    view: Option<View>,
    two_legs: bool,
) -> Option<Vec<Demand>> {
    let dims = recording.up().dims();
    let coordinates = recording.coordinates();
    let point = |t: usize, name: &str| -> Vec3 {
        let Some(k) = recording.skeleton().index(name) else { return [f64::NAN; 3] };
        [0, 1, 2].map(|d| match coordinates.get((t, k, d)) {
            Some(value) => *value,
            None if d >= dims => 0.0,
            None => f64::NAN,
        })
    };
    let up = recording.up().vector();
    let facing = match recording.up() {
        Up::Image => Some(view?.facing()?),
        Up::World(_) => None,
    };
    let frames = recording.times().len();
    let of_leg = |t: usize, side: Side, joint: &str| point(t, &format!("{}_{joint}", side.name()));
    let length = |t: usize| {
        let [hip, knee, ankle] = ["hip", "knee", "ankle"].map(|joint| of_leg(t, side, joint));
        norm(sub(knee, hip)) + norm(sub(ankle, knee))
    };
    let metre = median(&gathered((0..frames).map(length))) / LEG_M;
    let height = |t: usize| {
        let [left, right] = Side::BOTH.map(|side| dot(of_leg(t, side, "hip"), up));
        0.5 * (left + right) / metre
    };
    let heights = gathered((0..frames).map(height));
    let second = SavitzkyGolay::new(recording.fs(), WINDOW_S, ORDER, 2).ok();
    let speeds_up = second.map_or(Vec::new(), |filter| filter.apply(&heights, 1));
    Some(gathered((0..frames).map(|t| {
        let both = |joint: &str| {
            let [left, right] = Side::BOTH.map(|side| of_leg(t, side, joint));
            match (left.iter().all(|v| v.is_finite()), right.iter().all(|v| v.is_finite())) {
                (true, true) => scale(add(left, right), 0.5),
                (false, true) => right,
                _ => left,
            }
        };
        let forward = match facing {
            Some(sign) => [sign, 0.0, 0.0],
            None => {
                let across = sub(of_leg(t, Side::Right, "hip"), of_leg(t, Side::Left, "hip"));
                unit(reject(cross(up, across), up))
            }
        };
        let along = |place: Vec3| dot(place, forward) / metre;
        let found = frame(&along, &|side, joint| of_leg(t, side, joint), &both, (side, two_legs));
        let fast = speeds_up.get(t).is_some_and(|a| a.abs() > MOST_ACCELERATION);
        if fast && found.unknown == Unknown::Known {
            Demand { moment: f64::NAN, force: f64::NAN, unknown: Unknown::Speed, ..found }
        } else {
            found
        }
    })))
}

/// Demand of one frame, computed from its keypoints.
fn frame(
    along: &dyn Fn(Vec3) -> f64,
    of_leg: &dyn Fn(Side, &str) -> Vec3,
    both: &dyn Fn(&str) -> Vec3,
    (side, two_legs): (Side, bool),
) -> Demand {
    let mut unknown = Demand {
        bend_deg: f64::NAN,
        moment: f64::NAN,
        force: f64::NAN,
        unknown: Unknown::Keypoints,
    };
    let [hip, knee, ankle, heel, toe] =
        ["hip", "knee", "ankle", "heel", "big_toe"].map(|joint| of_leg(side, joint));
    let (hips, shoulders) = (both("hip"), both("shoulder"));
    let place = |segment: Segment, from: Vec3, to: Vec3| {
        let (a, b) = (along(from), along(to));
        (a + segment.at * (b - a), segment.mass)
    };
    let shank = place(SHANK, knee, ankle);
    let foot = place(FOOT, heel, toe);
    // A hidden leg is assumed to be positioned like the visible one, and hidden arms to hang from
    // the shoulders.
    let leg = |side: Side| {
        let [hip, knee, ankle, heel, toe] =
            ["hip", "knee", "ankle", "heel", "big_toe"].map(|joint| of_leg(side, joint));
        [place(THIGH, hip, knee), place(SHANK, knee, ankle), place(FOOT, heel, toe)]
    };
    let own = leg(side);
    let other = leg(side.other());
    let arm = |side: Side| {
        let [shoulder, elbow, wrist] =
            ["shoulder", "elbow", "wrist"].map(|joint| of_leg(side, joint));
        [place(UPPER_ARM, shoulder, elbow), place(FOREARM, elbow, wrist)]
    };
    let at_shoulders = along(shoulders);
    let mut parts = vec![(at_shoulders, HEAD), place(TRUNK, shoulders, hips)];
    parts.extend(own);
    parts.extend(
        other
            .iter()
            .zip(own)
            .map(|((x, share), (near, _))| (if x.is_finite() { *x } else { near }, *share)),
    );
    for side in Side::BOTH {
        parts.extend(
            arm(side).map(|(x, share)| (if x.is_finite() { x } else { at_shoulders }, share)),
        );
    }
    let body = parts.iter().map(|(x, share)| x * share).sum::<f64>()
        / parts.iter().map(|(_, share)| share).sum::<f64>();
    let (thigh, shin) = (sub(hip, knee), sub(ankle, knee));
    let bend = std::f64::consts::PI - libm::atan2(norm(cross(thigh, shin)), dot(thigh, shin));
    unknown.bend_deg = bend.to_degrees();
    let x = Forward { knee: along(knee), body, shank, foot };
    let weight = moment_over_weight(&x) * if two_legs { 0.5 } else { 1.0 };
    let [_, force] = forces(weight, unknown.bend_deg);
    let (back, front) = (along(heel).min(along(toe)), along(heel).max(along(toe)));
    let balanced = (back - BALANCE_MARGIN_M..=front + BALANCE_MARGIN_M).contains(&body);
    match () {
        () if !weight.is_finite() => unknown,
        () if unknown.bend_deg > MOST_BEND_DEG => Demand { unknown: Unknown::Bend, ..unknown },
        () if !balanced => Demand { unknown: Unknown::Balance, ..unknown },
        () => Demand { moment: weight, force, unknown: Unknown::Known, ..unknown },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example: case 18 of science.md 10, and section 7.3.
    #[test]
    fn forces_are_those_of_the_worked_example() {
        let weight = 60.0 * 9.81;
        let x = Forward { knee: 0.17, body: 0.05, shank: (0.10, 0.0481), foot: (0.06, 0.0129) };
        let moment = weight * moment_over_weight(&x);
        assert!((moment - 67.814_96).abs() < 1e-5, "{moment}");
        let [muscle, force] = forces(67.814_96, 60.0);
        assert!((muscle - 2037.71).abs() < 0.01 && (force - 1928.75).abs() < 0.02);
        let [muscle, force] = forces(70.0, 60.0);
        assert!((muscle - 2103.0).abs() < 1.0 && (force - 1991.0).abs() < 1.0);
        assert!(forces(70.0, 130.0).iter().all(|v| v.is_nan()));
        assert!(forces(-5.0, 60.0).iter().all(|v| *v == 0.0));
    }

    #[test]
    fn the_tables_are_those_of_the_source() {
        let rows = [
            (0.0, 0.4620, 46.00),
            (15.0, 0.6022, 47.55),
            (30.0, 0.7430, 44.86),
            (45.0, 0.8640, 39.57),
            (60.0, 0.9465, 33.28),
            (75.0, 0.9830, 27.63),
            (90.0, 0.9813, 24.22),
            (100.0, 0.9698, 24.00),
        ];
        for (bend, ratio, arm) in rows {
            assert!((force_ratio(bend) - ratio).abs() < 1e-4, "{bend}");
            assert!((1e3 * lever_arm_m(bend) - arm).abs() < 0.006, "{bend}");
        }
    }

    #[test]
    fn masses_are_those_of_a_whole_body() {
        let arms = 2.0 * (UPPER_ARM.mass + FOREARM.mass);
        let legs = 2.0 * (THIGH.mass + SHANK.mass + FOOT.mass);
        assert!((HEAD + TRUNK.mass + arms + legs - 1.0).abs() < 1e-3);
    }
}
