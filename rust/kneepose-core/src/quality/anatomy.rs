//! Checks that the keypoints form a human body: the skeleton is the right one, x and y are not
//! exchanged, and all limbs belong to one person.

use super::body::{Body, Frame, Joint, high_quantile, median_over, share_of_true};
use crate::math::vector::{Vec3, add, cross, dot, norm, reject, sub, unit};
use crate::memory::{extend, gathered};
use crate::skeleton::Side;
use crate::stats::quantile::{median, quantile};

/// Number of points of the spanning tree; the nose is the last one.
/// Source: derived: the number of joints of the tree.
const TREE_POINTS: usize = 13;
/// Limbs of the body, as pairs of indices into left and right shoulders, elbows, wrists, hips,
/// knees and ankles.
const TREE_LIMBS: [(usize, usize); 8] =
    [(0, 2), (1, 3), (2, 4), (3, 5), (6, 8), (7, 9), (8, 10), (9, 11)];
/// Shoulder line, hip line and both flanks of the trunk. These four lines form a loop. A tree has no
/// loop, so it omits one of them.
const TREE_LOOP: [(usize, usize); 4] = [(0, 1), (6, 7), (0, 6), (1, 7)];

/// Length of the body along its named limbs, divided by the length of the shortest tree that
/// connects the same points; median over time. Limbs connect neighboring points, so the ratio is
/// slightly above 1 for any person, posture and view. It exceeds 2 if names are mixed up. NaN
/// without arms.
pub(super) fn detour(body: &Body) -> f64 {
    median_over(body.sampled.iter(), |frame| {
        let joints =
            [Joint::Shoulder, Joint::Elbow, Joint::Wrist, Joint::Hip, Joint::Knee, Joint::Ankle];
        let mut points = [frame.nose(); TREE_POINTS];
        for (place, point) in points.iter_mut().zip(joints.iter().flat_map(|j| frame.both(*j))) {
            *place = point;
        }
        if points.iter().any(|p| !dot(*p, *p).is_finite()) {
            return f64::NAN;
        }
        let at = |i: usize| points.get(i).copied().unwrap_or([f64::NAN; 3]);
        let length = |(a, b): &(usize, usize)| norm(sub(at(*a), at(*b)));
        let limbs: f64 = TREE_LIMBS.iter().map(length).sum();
        let trunk: f64 = TREE_LOOP.iter().map(length).sum();
        let longest = TREE_LOOP.iter().map(length).fold(0.0, f64::max);
        let nose = length(&(12, 0)).min(length(&(12, 1)));
        (limbs + trunk - longest + nose) / shortest_tree(&points)
    })
}

/// Length of the minimum spanning tree of all points (Prim 1957).
fn shortest_tree(points: &[Vec3; TREE_POINTS]) -> f64 {
    let mut waiting: Vec<(Vec3, f64)> =
        points.iter().map(|point| (*point, f64::INFINITY)).collect();
    let Some((mut newest, _)) = waiting.pop() else { return f64::NAN };
    let mut total = 0.0;
    while !waiting.is_empty() {
        let mut nearest = (0, f64::INFINITY);
        for (i, (point, distance)) in waiting.iter_mut().enumerate() {
            let off = sub(*point, newest);
            *distance = distance.min(dot(off, off));
            if *distance < nearest.1 {
                nearest = (i, *distance);
            }
        }
        newest = waiting.swap_remove(nearest.0).0;
        total += nearest.1.sqrt();
    }
    total
}

/// Minimum distance between the ankles, as a share of the shank, at which toes can be assigned to a
/// foot.
/// Source: chosen: closer ankles are less than the length of a foot apart; measured by
/// docs/evidence/guards.md.
const ANKLES_APART: f64 = 0.5;

/// Minimum ratio between the distances of a toe from its own and from the other ankle at which it
/// belongs to the other foot.
/// Source: chosen: the toes of crossed feet are nearer to the other ankle by less than this;
/// measured by docs/evidence/guards.md.
const CLEARLY_FOREIGN: f64 = 2.0;

/// Two results. First, the share of frames in which foot keypoints are clearly closer to the other
/// ankle than to their own, for the worst keypoint, over frames with the ankles apart. Second, the
/// largest distance of a foot keypoint from its ankle, divided by the longer of thigh and shank.
pub(super) fn foreign_feet(body: &Body) -> (f64, f64) {
    let (shank, segment) = (shank_length(body), segment_length(body));
    let from = |frame: &Frame, side: Side, joint: Joint, ankle: Side| {
        norm(sub(frame.at(side, joint), frame.at(ankle, Joint::Ankle)))
    };
    let mut worst = (f64::NAN, f64::NAN);
    for joint in [Joint::Heel, Joint::BigToe, Joint::SmallToe] {
        let shares = Side::BOTH.map(|side| {
            let far = median_over(body.sampled.iter(), |f| from(f, side, joint, side) / segment);
            worst.1 = worst.1.max(far);
            let told = body.sampled.iter().filter(|frame| {
                norm(frame.across(Joint::Ankle)) > ANKLES_APART * shank
                    && from(frame, side, joint, side).is_finite()
            });
            let foreign: Vec<bool> = told
                .map(|f| {
                    from(f, side, joint, side)
                        > CLEARLY_FOREIGN * from(f, side, joint, side.other())
                })
                .collect();
            let enough = foreign.len() * 10 >= body.sampled.len();
            if enough { share_of_true(foreign.into_iter()) } else { f64::NAN }
        });
        // The toes of a lifted leg may hang beside the standing ankle, so both feet must be
        // affected.
        let [left, right] = shares;
        if left.is_finite() && right.is_finite() {
            worst.0 = worst.0.max(left.min(right));
        }
    }
    worst
}

/// Distance between the two toe keypoints of a foot, divided by the longer of thigh and shank; the
/// larger median of both feet.
pub(super) fn toe_gap(body: &Body) -> f64 {
    let segment = segment_length(body);
    let gap = |side| {
        median_over(body.sampled.iter(), |frame| {
            frame.length(side, Joint::BigToe, Joint::SmallToe) / segment
        })
    };
    gap(Side::Left).max(gap(Side::Right))
}

/// Length of the longest thigh or shank, without foreshortening.
fn segment_length(body: &Body) -> f64 {
    let thigh =
        |side| high_quantile(&body.sampled, |f: &Frame| f.length(side, Joint::Hip, Joint::Knee));
    shank_length(body).max(thigh(Side::Left)).max(thigh(Side::Right))
}

/// Length of the longer shank, without foreshortening.
pub(super) fn shank_length(body: &Body) -> f64 {
    let of =
        |side| high_quantile(&body.sampled, |f: &Frame| f.length(side, Joint::Knee, Joint::Ankle));
    of(Side::Left).max(of(Side::Right))
}

/// Minimum length of a line in the image, as a share of the trunk, at which its direction is
/// meaningful.
/// Source: chosen: jitter of a twentieth of the trunk length turns a shorter line by 10 degrees and
/// more; measured by docs/evidence/guards.md.
const SHOWN_SHARE: f64 = 0.3;

/// Share of frames in which hips and shoulders point in opposite directions, among those that show
/// both.
pub(super) fn twisted_share(body: &Body) -> f64 {
    let shown = body.sampled.iter().filter_map(|frame| {
        let (hips, shoulders) = (frame.across(Joint::Hip), frame.across(Joint::Shoulder));
        let least = SHOWN_SHARE * norm(frame.trunk());
        (norm(hips) > least && norm(shoulders) > least).then(|| dot(hips, shoulders) < 0.0)
    });
    let states: Vec<bool> = shown.collect();
    if states.len() * 10 < body.sampled.len() {
        f64::NAN
    } else {
        share_of_true(states.into_iter())
    }
}

/// Minimum shoulder width, as a share of the body size, in an image from the front or the back
/// (`SHOULDERS_SHOWN`). Minimum length of the trunk, as a share of the shoulder width, in an image
/// that is not from above (`TRUNK_SHOWN`).
/// Source: chosen: between the widths of people seen from the side and from the front; measured by
/// docs/evidence/guards.md.
const SHOULDERS_SHOWN: f64 = 0.3;
const TRUNK_SHOWN: f64 = 0.8;
/// Minimum apparent length of an upright trunk, as a share of its maximum. A trunk that leans
/// forward looks sheared from a camera that is higher or to the side.
/// Source: chosen: a trunk that bends by 25 degrees appears shorter; measured by
/// docs/evidence/guards.md.
const UPRIGHT_SHARE: f64 = 0.9;

/// Cosine of the angle between trunk and shoulder line, which is 0 at right angles; median over the
/// frames from the front or the back. Hips that belong to another person make it large.
pub(super) fn trunk_shear(body: &Body) -> f64 {
    let longest = high_quantile(&body.sampled, |frame| norm(frame.trunk()));
    median_over(body.sampled.iter(), |frame| {
        let (trunk, shoulders) = (frame.trunk(), frame.across(Joint::Shoulder));
        let (along, wide) = (norm(trunk), norm(shoulders));
        let shown = wide > SHOULDERS_SHOWN * body.reach && along > TRUNK_SHOWN * wide;
        if shown && along > UPRIGHT_SHARE * longest {
            (dot(trunk, shoulders) / (along * wide)).abs()
        } else {
            f64::NAN
        }
    })
}

/// Maximum length of a trunk as a share of the leg; it is 0.6 in adults and up to 0.75 in children.
/// Source: chosen: above the longest trunks, which children have; measured by
/// docs/evidence/guards.md.
const LONGEST_TRUNK: f64 = 0.85;
/// Conditions under which an overlong trunk is counted. The trunk leans by more than 30 degrees
/// (`LEANING`, a cosine). The legs stand below it: the hips are higher than the ankles by at least
/// `STANDING_BELOW`, as a share of the trunk.
/// Source: chosen: a trunk that bends this far over straight legs should appear shorter, not
/// longer; measured by docs/evidence/guards.md.
const LEANING: f64 = 0.87;
const STANDING_BELOW: f64 = 0.6;

/// Share of frames in which an overlong trunk leans over standing legs, which means that the legs
/// belong to another person.
pub(super) fn overlong_trunk(body: &Body) -> f64 {
    let leg = |side| high_quantile(&body.sampled, |frame| frame.leg(side));
    let leg = leg(Side::Left).max(leg(Side::Right));
    let shown = body.sampled.iter().filter(|frame| norm(frame.trunk()).is_finite());
    share_of_true(shown.map(|frame| {
        let trunk = frame.trunk();
        let length = norm(trunk);
        let below = dot(sub(frame.mid(Joint::Hip), frame.mid(Joint::Ankle)), body.up);
        length > LONGEST_TRUNK * leg
            && dot(trunk, body.up).abs() < LEANING * length
            && below > STANDING_BELOW * length
    }))
}

/// True if the body is upright most of the time: shoulders above hips, hips above ankles.
pub(super) fn is_upright(body: &Body) -> bool {
    let upright = |v: Vec3| dot(v, body.up) > UPRIGHT_COSINE * norm(v);
    let states = body.sampled.iter().filter_map(|frame| {
        // The free foot of a person on one leg may be hidden behind the other, so one foot is
        // enough.
        let [knee, ankle] = [Joint::Knee, Joint::Ankle].map(|joint| frame.mid_or_one(joint));
        let (trunk, legs) = (frame.trunk(), sub(frame.mid(Joint::Hip), ankle));
        let shank = || dot(sub(knee, ankle), body.up);
        let shown = norm(trunk) > SHOWN_SHARE * body.reach && norm(legs).is_finite();
        shown.then(|| upright(trunk) && upright(legs) && shank() > SHANK_SHARE * body.reach)
    });
    let states: Vec<bool> = states.collect();
    !states.is_empty() && share_of_true(states.into_iter()) > 0.5
}

/// Height of the knee above the ankle, as a share of the thigh; median over the frames that show
/// hip, knee and ankle. The value is that of the resting leg if the working leg is known, otherwise
/// the smaller value of both legs.
pub(super) fn shanks_stand(body: &Body, working: Option<Side>) -> f64 {
    let of_leg = |side: Side| {
        median_over(body.sampled.iter(), |frame| {
            let [hip, knee, ankle] =
                [Joint::Hip, Joint::Knee, Joint::Ankle].map(|joint| frame.at(side, joint));
            dot(sub(knee, ankle), body.up) / norm(sub(knee, hip))
        })
    };
    match working {
        Some(side) => of_leg(side.other()),
        None => of_leg(Side::Left).min(of_leg(Side::Right)),
    }
}

/// Share of frames in which the body is upside down, among those that show trunk and legs.
pub(super) fn upside_down_share(body: &Body) -> f64 {
    let down = |v: Vec3| dot(v, body.up) < -UPRIGHT_COSINE * norm(v);
    let states = body.sampled.iter().filter_map(|frame| {
        let legs = sub(frame.mid(Joint::Hip), frame.mid(Joint::Ankle));
        let head = sub(frame.nose(), frame.mid(Joint::Shoulder));
        // If the legs are outside the picture, the head is used instead.
        let below = if norm(legs).is_finite() { legs } else { head };
        let shown = norm(frame.trunk()) > SHOWN_SHARE * body.reach && norm(below).is_finite();
        shown.then(|| down(frame.trunk()) && dot(below, body.up) < 0.0)
    });
    share_of_true(states)
}

/// Minimum distance of the knee from the line hip-ankle at which it shows the forward direction, as
/// a share of the leg. It is reached at 35 degrees of flexion.
/// Source: chosen: the forward travel of a knee is then well above jitter; measured by
/// docs/evidence/guards.md.
const BENT_SHARE: f64 = 0.15;
/// Minimum number of flexed knees for a direction: as a share of the frames (`LEAST_BENT_SHARE`),
/// and at least `LEAST_BENT`.
/// Source: chosen: a few frames may be wrong; measured by docs/evidence/guards.md.
const LEAST_BENT_SHARE: f64 = 0.1;
const LEAST_BENT: usize = 4;

/// Degree to which knees flex backward or toes point backward while the body is upright, in 3-D:
/// the larger of the two median cosines. NaN if neither can be measured.
pub(super) fn backward(body: &Body) -> f64 {
    let (mut knees, mut toes) = (Vec::new(), Vec::new());
    let is_upright =
        |frame: &&Frame| dot(frame.trunk(), body.up) > LYING_COSINE * norm(frame.trunk());
    for frame in body.sampled.iter().filter(is_upright) {
        let ahead = unit(cross(body.up, frame.across(Joint::Hip)));
        for side in Side::BOTH {
            let [hip, knee, ankle, heel, toe] =
                [Joint::Hip, Joint::Knee, Joint::Ankle, Joint::Heel, Joint::BigToe]
                    .map(|joint| frame.at(side, joint));
            let off = reject(sub(knee, hip), unit(sub(ankle, hip)));
            if norm(off) > BENT_SHARE * frame.leg(side) {
                knees.push(-dot(off, ahead) / norm(off));
            }
            toes.push(-dot(sub(toe, heel), ahead) / norm(sub(toe, heel)));
        }
    }
    let enough = LEAST_BENT.max((LEAST_BENT_SHARE * body.sampled.len() as f64) as usize);
    let knees = if knees.len() < enough { f64::NAN } else { median(&knees) };
    knees.max(median(&toes))
}

/// Minimum height of the knees above the ankles in an upright body, as a share of the body size;
/// mean of both legs. It is not reached on hands and knees.
/// Source: chosen: far below the height of a shank, half of the leg, even where one leg is lifted;
/// measured by docs/evidence/guards.md.
const SHANK_SHARE: f64 = 0.12;
/// Minimum cosine between a segment and the vertical at which it is upright: 45 degrees.
/// Source: derived: cos 45°; half-way between upright and lying.
const UPRIGHT_COSINE: f64 = 0.7;
/// Maximum cosine between trunk and vertical at which a trunk lies: 60 degrees.
/// Source: derived: cos 60°; a trunk that leans less far does not lie.
const LYING_COSINE: f64 = 0.5;
/// Minimum share of the frames in which a body must lie.
/// Source: chosen: most of the time, because people get up at the end; measured by
/// docs/evidence/guards.md.
const LYING_TIME: f64 = 0.5;

/// True if the trunk is horizontal in the image most of the time.
pub(super) fn is_lying(body: &Body) -> bool {
    let shown =
        body.sampled.iter().map(Frame::trunk).filter(|t| norm(*t) > SHOWN_SHARE * body.reach);
    let lying: Vec<bool> =
        shown.map(|trunk| dot(trunk, body.up).abs() < LYING_COSINE * norm(trunk)).collect();
    !lying.is_empty() && share_of_true(lying.into_iter()) > LYING_TIME
}

/// True if straight legs are horizontal, or if the legs are never straight. The legs of a person
/// who sits and leans forward are horizontal only while they are flexed.
pub(super) fn straight_legs_lie(body: &Body) -> bool {
    let legs = body.sampled.iter().flat_map(|frame| {
        Side::BOTH.map(|side| {
            let leg = sub(frame.at(side, Joint::Hip), frame.at(side, Joint::Ankle));
            let both = frame.length(side, Joint::Hip, Joint::Knee)
                + frame.length(side, Joint::Knee, Joint::Ankle);
            (norm(leg) >= STRAIGHT_LEG * both)
                .then(|| dot(leg, body.up).abs() < LYING_COSINE * norm(leg))
        })
    });
    let share = share_of_true(legs.flatten());
    share.is_nan() || share > 0.5
}

/// Travel of the shoulders along the trunk, divided by the travel of the less moving ankle, for a
/// body that lies with straight legs; 0 otherwise. A person who lies does not move toward the head
/// and back over fixed feet. Such a movement is a squat with x and y exchanged.
pub(super) fn lying_squat(body: &Body) -> f64 {
    if !is_lying(body) || !straight_legs_lie(body) {
        return 0.0;
    }
    let straight = Side::BOTH.map(|side| {
        high_quantile(&body.sampled, |frame| {
            frame.length(side, Joint::Hip, Joint::Ankle)
                / (frame.length(side, Joint::Hip, Joint::Knee)
                    + frame.length(side, Joint::Knee, Joint::Ankle))
        })
    });
    let [left, right] = straight;
    if left.max(right) < STRAIGHT_LEG {
        return 0.0;
    }
    let travel = |value: &dyn Fn(&Frame) -> Vec3, axis: Vec3| {
        let along: Vec<f64> = body.sampled.iter().map(|frame| dot(value(frame), axis)).collect();
        quantile(&along, 0.95) - quantile(&along, 0.05)
    };
    let trunks = body.sampled.iter().map(Frame::trunk).filter(|trunk| norm(*trunk).is_finite());
    let axis = unit(trunks.fold([0.0; 3], add));
    let shoulders = travel(&|frame| frame.mid(Joint::Shoulder), axis);
    let ankles = Side::BOTH.map(|side| travel(&|frame| frame.at(side, Joint::Ankle), axis));
    let still = ankles.into_iter().fold(f64::NAN, f64::min);
    if shoulders < LEAST_TRAVEL * body.reach {
        0.0
    } else {
        shoulders / still.max(0.01 * body.reach)
    }
}

/// Minimum ratio of the distance hip-ankle to thigh plus shank in a straight leg, which allows 20
/// degrees of flexion.
/// Source: derived: √(2 + 2 cos 20°) / 2 for equal segments.
const STRAIGHT_LEG: f64 = 0.985;
/// Minimum travel of the shoulders in a squat, as a share of the body size.
/// Source: chosen: less than the travel of the shallowest squat that counts; measured by
/// docs/evidence/guards.md.
const LEAST_TRAVEL: f64 = 0.1;

/// Minimum change of a limb's length from one frame to the next and back that is implausible, as a
/// share of the longest segment.
/// Source: chosen: bone lengths do not change, and no rotation shortens a bone so fast; measured by
/// docs/evidence/guards.md.
const SUDDEN_SHARE: f64 = 0.2;

/// Share of the limb lengths, over all limbs and frames, that differ implausibly from those in the
/// neighboring frames.
pub(super) fn flickering_share(body: &Body) -> f64 {
    let limbs = [(Joint::Hip, Joint::Knee), (Joint::Knee, Joint::Ankle)];
    let segment = segment_length(body);
    let mut all = Vec::new();
    for (upper, lower) in limbs {
        for side in Side::BOTH {
            let lengths: Vec<f64> =
                gathered(body.frames.iter().map(|frame| frame.length(side, upper, lower)));
            let sudden = lengths.iter().zip(lengths.iter().skip(1)).zip(lengths.iter().skip(2));
            let off = sudden.map(|((a, b), c)| (b - 0.5 * (a + c)).abs());
            extend(&mut all, off.filter(|v| v.is_finite()).map(|v| v > SUDDEN_SHARE * segment));
        }
    }
    if all.len() < body.frames.len() / 4 { f64::NAN } else { share_of_true(all.into_iter()) }
}

/// Minimum deviation of a bone from its typical length that is implausible, as a share of that
/// length.
/// Source: science.md 8.
const BONE_SHARE: f64 = 0.25;

/// Share of frames in 3-D in which a thigh, a shank or the hip line has an implausible length.
pub(super) fn stretched_bones(body: &Body) -> f64 {
    let bones = |frame: &Frame| {
        let [lt, rt] = Side::BOTH.map(|side| frame.length(side, Joint::Hip, Joint::Knee));
        let [ls, rs] = Side::BOTH.map(|side| frame.length(side, Joint::Knee, Joint::Ankle));
        [lt, rt, ls, rs, norm(frame.across(Joint::Hip))]
    };
    let usual: [f64; 5] = std::array::from_fn(|i| {
        median_over(body.sampled.iter(), |f| bones(f).get(i).copied().unwrap_or(f64::NAN))
    });
    share_of_true(body.sampled.iter().map(|frame| {
        bones(frame).iter().zip(usual).any(|(bone, usual)| (bone / usual - 1.0).abs() > BONE_SHARE)
    }))
}

/// Body height in the unit of the coordinates, from the height of the shoulders above the ankles in
/// standing, which is 0.78 of body height (segment tables of Winter 2009).
pub(super) fn height(body: &Body) -> f64 {
    let tall = |frame: &Frame| {
        let ankles = frame.both(Joint::Ankle).map(|a| dot(a, body.up));
        let low = ankles.into_iter().fold(f64::NAN, f64::min);
        dot(frame.mid(Joint::Shoulder), body.up) - low
    };
    high_quantile(&body.sampled, tall) / 0.78
}
