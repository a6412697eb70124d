//! Checks that consecutive frames show the movement of one body: in order, of the same person,
//! without swapped sides.

use super::anatomy;
use super::body::{Body, Frame, Joint};
use crate::math::simd::any_of;
use crate::math::vector::{Vec3, add, dot, norm, scale, sub};
use crate::memory::{gathered, room};
use crate::skeleton::Side;
use crate::stats::quantile::median;

/// Maximum time between two consecutive frames, in typical intervals; a longer one is a gap.
/// Source: chosen: allows one missing frame and a clock error of half an interval; measured by
/// docs/evidence/guards.md.
const LONGEST_STEP: f64 = 2.5;

/// Statistics of the displacements between consecutive frames.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct StepStatistics {
    /// Mean square of the steps divided by the variance of the body's position (von Neumann 1941).
    /// It is near 0 for frames in order and 2 for frames in random order. NaN if the body hardly
    /// moves.
    pub(super) disorder: f64,
    /// Number of implausibly large steps of the whole body.
    pub(super) jumps: usize,
    /// Number of quarters of the recording that contain a step above the lower limit. Frames in
    /// wrong order cause steps everywhere; a tracker that loses its person causes them for a while.
    pub(super) jumping_quarters: usize,
    /// Number of implausibly large steps between legs and trunk.
    pub(super) splits: usize,
}

/// Minimum standard deviation of the body's position at which the order of the frames can be
/// judged, as a share of the body size.
/// Source: chosen: a person who only stands sways by less; measured by docs/evidence/guards.md.
const LEAST_MOVEMENT: f64 = 0.02;
/// Implausibly large steps at any frame rate, as shares of the body size: of the whole body
/// (`jump`), of the whole body in one quarter of the recording (`local_jump`), and of body parts
/// relative to each other (`split`).
struct LongestSteps {
    jump: f64,
    local_jump: f64,
    split: f64,
}

/// Limits for an upright body. `split` is larger, because trackers may displace single joints and
/// the legs of another person are farther away. In a lying body, one leg moves only a little, so
/// its limits are lower.
const UPRIGHT: LongestSteps = LongestSteps { jump: 0.08, local_jump: 0.06, split: 0.2 };
const LYING: LongestSteps = LongestSteps { jump: 0.05, local_jump: 0.05, split: 0.065 };
/// Maximum acceleration of a step, in body sizes per second squared: 3 g for a size of 0.85 m.
/// Landing from a jump has less.
/// Source: chosen: a little above 3 · 9.81 m/s² / 0.85 m = 34.6; measured by
/// docs/evidence/guards.md.
const HARDEST: f64 = 36.0;

pub(super) fn step_statistics(body: &Body) -> StepStatistics {
    let core = [Joint::Shoulder, Joint::Hip];
    let upright = anatomy::is_upright(body);
    let mut whole = room(body.frames.len());
    let mut parts = [room(body.frames.len()), room(body.frames.len())];
    let pairs = body.frames.iter().zip(body.frames.iter().skip(1));
    let intervals = body.times.iter().zip(body.times.iter().skip(1)).map(|(a, b)| b - a);
    for ((before, after), interval) in pairs.zip(intervals) {
        let follows = interval <= LONGEST_STEP * body.dt;
        let step = if follows { common_step(core, before, after, body.is_image) } else { NO_STEP };
        // A person who comes closer to the camera appears larger, and the steps as well.
        let nearer = if body.is_image { (Body::size(after) / body.reach).max(1.0) } else { 1.0 };
        whole.push(scale(step, 1.0 / nearer));
        let [trunk, thighs] = &mut parts;
        let step = |upper: Joint, lower: Joint| {
            if !follows {
                NO_STEP
            } else if upright {
                step_of_both(upper, lower, before, after)
            } else {
                let between = |frame: &Frame| sub(frame.mid(upper), frame.mid(lower));
                sub(between(after), between(before))
            }
        };
        trunk.push(step(Joint::Shoulder, Joint::Hip));
        thighs.push(step(Joint::Hip, Joint::Knee));
    }
    let least = |share: f64| (share.max(HARDEST * body.dt * body.dt)) * body.reach;
    let longest = if upright || !body.is_image { UPRIGHT } else { LYING };
    StepStatistics {
        disorder: disorder(&whole, LEAST_MOVEMENT * body.reach),
        jumps: outstanding_steps(&whole, least(longest.jump)).len(),
        jumping_quarters: quarters(
            &outstanding_steps(&whole, least(longest.local_jump)),
            whole.len(),
        ),
        splits: parts.iter().map(|part| outstanding_steps(part, least(longest.split)).len()).sum(),
    }
}

const NO_STEP: Vec3 = [f64::NAN; 3];

/// Step of one joint relative to another that left and right have in common. Legs of another person
/// move on both sides; a single joint that jumps moves on one.
fn step_of_both(upper: Joint, lower: Joint, before: &Frame, after: &Frame) -> Vec3 {
    let [left, right] = Side::BOTH.map(|side| {
        let segment = |frame: &Frame| sub(frame.at(side, upper), frame.at(side, lower));
        sub(segment(after), segment(before))
    });
    let mut common = NO_STEP;
    for ((common, l), r) in common.iter_mut().zip(left).zip(right) {
        *common = if l * r < 0.0 { 0.0 } else { l.abs().min(r.abs()).copysign(l) + 0.0 * (l + r) };
    }
    common
}

/// Step of head and trunk: the median of each component.
fn common_step(core: [Joint; 2], before: &Frame, after: &Frame, is_image: bool) -> Vec3 {
    let mut steps = [NO_STEP; 5];
    let mut count = 0;
    let [[a, b], [c, d]] = core.map(|joint| before.both(joint));
    let [[e, f], [g, h]] = core.map(|joint| after.both(joint));
    for (a, b) in [(a, e), (b, f), (c, g), (d, h), (before.nose(), after.nose())] {
        let step = sub(b, a);
        if dot(step, step).is_finite()
            && let Some(place) = steps.get_mut(count)
        {
            *place = step;
            count += 1;
        }
    }
    if count <= 2 {
        return NO_STEP;
    }
    let [x, y, z] = [0, 1, 2].map(|d: usize| {
        middle_of(count, steps.map(|step| step.get(d).copied().unwrap_or(f64::NAN)))
    });
    [x, y, if is_image { 0.0 } else { z }]
}

/// Median of the first three, four or five numbers.
#[inline]
fn middle_of(count: usize, [a, b, c, d, e]: [f64; 5]) -> f64 {
    let lesser = |x: f64, y: f64| if y < x { y } else { x };
    let greater = |x: f64, y: f64| if y > x { y } else { x };
    let of_three = |x: f64, y: f64, z: f64| greater(lesser(x, y), lesser(greater(x, y), z));
    if count == 3 {
        return of_three(a, b, c);
    }
    // The larger of the two pair minima and the smaller of the two pair maxima are the two middle
    // ones of four numbers.
    let low = greater(lesser(a, b), lesser(c, d));
    let high = lesser(greater(a, b), greater(c, d));
    if count == 4 { 0.5 * (low + high) } else { of_three(low, high, e) }
}

fn disorder(steps: &[Vec3], least_sd: f64) -> f64 {
    let mut place = [0.0; 3];
    let (mut n, mut sum, mut squares, mut step_squares) = (0.0, [0.0; 3], 0.0, 0.0);
    for step in steps.iter().filter(|step| dot(**step, **step).is_finite()) {
        place = add(place, *step);
        n += 1.0;
        sum = add(sum, place);
        squares += dot(place, place);
        step_squares += dot(*step, *step);
    }
    let mean = scale(sum, 1.0 / n);
    let variance = squares / n - dot(mean, mean);
    if variance > least_sd * least_sd { step_squares / n / variance } else { f64::NAN }
}

/// Minimum share of a step that remains after the previous and the next step; less means that the
/// body moved back.
/// Source: chosen: most of a lasting step remains, and little of one that is reversed; measured by
/// docs/evidence/guards.md.
const STAYS_SHARE: f64 = 0.6;

/// Minimum ratio between the deviation of an implausible step and the typical deviation, because
/// jitter of the keypoints also causes steps.
/// Source: chosen: noise seldom moves keypoints four times as far as it usually does; measured by
/// docs/evidence/guards.md.
const BEYOND_SHAKING: f64 = 4.0;
/// Maximum factor by which jitter raises the limit of a step. Larger steps are implausible, however
/// frequent they are.
/// Source: chosen: between the values of noise and of jumps; measured by docs/evidence/guards.md.
const MOST_SHAKING: f64 = 2.0;

/// Number of quarters of `all` that contain one of these indices.
fn quarters(places: &[usize], all: usize) -> usize {
    let mut held = [false; 4];
    for place in places {
        if let Some(quarter) = held.get_mut(4 * place / all.max(1)) {
            *quarter = true;
        }
    }
    held.into_iter().filter(|held| *held).count()
}

/// Indices of the steps that last and are much larger than the steps before and after.
fn outstanding_steps(steps: &[Vec3], least: f64) -> Vec<usize> {
    let threes = || steps.iter().zip(steps.iter().skip(1)).zip(steps.iter().skip(2));
    let off: Vec<f64> =
        gathered(threes().map(|((a, b), c)| norm(sub(*b, scale(add(*a, *c), 0.5)))));
    let mut places = Vec::new();
    if !any_of(&off, |off| off > least) {
        return places;
    }
    let least = least.max((BEYOND_SHAKING * median(&off)).min(MOST_SHAKING * least));
    let beyond = (1..).zip(threes()).zip(&off).filter(|(_, off)| **off > least);
    for ((place, ((before, step), after)), _) in beyond {
        let length = norm(*step);
        let longer = length >= norm(*before).max(norm(*after));
        // A point that jumps for one frame returns in the next one; conditioning repairs it.
        let stays = norm(add(*step, add(*before, *after))) > STAYS_SHARE * length;
        if longer && stays && places.last() != Some(&(place - 1)) {
            places.push(place);
        }
    }
    places
}

/// Duration of the longest run of identical frames, seconds. Estimators never give exactly the same
/// numbers twice.
pub(super) fn stuck_s(body: &Body) -> f64 {
    let (mut longest, mut run) = (0usize, 0usize);
    for (before, after) in body.frames.iter().zip(body.frames.iter().skip(1)) {
        run = if before.is_same(after) { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest as f64 * body.dt
}

/// Statistics of swapped legs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SwapStatistics {
    /// Number of times at which the legs are swapped or swapped back.
    pub(super) count: usize,
    /// Share of the frames in the less frequent of the two states.
    pub(super) minority: f64,
    /// Duration of the longest run in the less frequent state, seconds.
    pub(super) longest_s: f64,
}

/// Maximum ratio between the squared steps with and without exchanging the legs, for a swap.
/// Source: chosen: half of the distance, squared; measured by docs/evidence/guards.md.
const CLEARLY_BETTER: f64 = 0.25;
/// Minimum number of joints that must show a swap. A single joint that jumps to the other leg is
/// not a swap.
/// Source: chosen: a single joint that jumps is an outlier; measured by docs/evidence/guards.md.
const LEAST_VOTES: usize = 2;
/// Minimum root mean square step of the joints in a swap, as a share of the body size.
/// Source: chosen: an exchange of legs that coincide is not visible; measured by
/// docs/evidence/guards.md.
const LEAST_EXCHANGE: f64 = 0.05;

pub(super) fn swap_statistics(body: &Body) -> SwapStatistics {
    let joints = [Joint::Hip, Joint::Knee, Joint::Ankle];
    let mut exchanged = false;
    let mut count = 0;
    let mut states = Vec::with_capacity(body.frames.len());
    states.push(false);
    for (before, after) in body.frames.iter().zip(body.frames.iter().skip(1)) {
        let (mut kept, mut crossed, mut points, mut votes) = (0.0, 0.0, 0.0, 0);
        for joint in joints {
            let ([al, ar], [bl, br]) = (before.both(joint), after.both(joint));
            let square = |a: Vec3, b: Vec3| dot(sub(a, b), sub(a, b));
            let (same, other) = (square(al, bl) + square(ar, br), square(al, br) + square(ar, bl));
            if same.is_finite() && other.is_finite() {
                kept += same;
                crossed += other;
                points += 2.0;
                votes += usize::from(other < CLEARLY_BETTER * same);
            }
        }
        let far = LEAST_EXCHANGE * body.reach;
        if votes >= LEAST_VOTES && crossed < CLEARLY_BETTER * kept && kept > points * far * far {
            exchanged = !exchanged;
            count += 1;
        }
        states.push(exchanged);
    }
    let exchanged_frames = states.iter().filter(|state| **state).count();
    let rare = 2 * exchanged_frames <= states.len();
    let fewer = if rare { exchanged_frames } else { states.len() - exchanged_frames };
    let (mut longest, mut run) = (0usize, 0usize);
    for state in &states {
        run = if *state == rare { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    SwapStatistics {
        count,
        minority: fewer as f64 / states.len().max(1) as f64,
        longest_s: if fewer == 0 { 0.0 } else { longest as f64 * body.dt },
    }
}

/// Share of frames in which hip, knee and ankle of the given leg are all visible; without a side,
/// that of the better visible leg.
pub(super) fn seen_share(body: &Body, side: Option<crate::skeleton::Side>) -> f64 {
    use crate::skeleton::Side;
    let seen = |side: Side| {
        super::body::share_of_true(body.sampled.iter().map(|frame| {
            [Joint::Hip, Joint::Knee, Joint::Ankle]
                .iter()
                .all(|joint| norm(frame.at(side, *joint)).is_finite())
        }))
    };
    match side {
        Some(side) => seen(side),
        None => seen(Side::Left).max(seen(Side::Right)),
    }
}

/// Median of the finite values, and their robust standard deviation.
pub(super) fn centre_and_spread(values: &[f64]) -> (f64, f64) {
    /// Ratio of standard deviation to median absolute deviation of a normal distribution.
    /// Source: derived: one over the 75 % quantile of the standard normal distribution.
    const NORMAL: f64 = 1.4826;
    let centre = median(values);
    let off: Vec<f64> = gathered(values.iter().map(|v| (v - centre).abs()));
    (centre, NORMAL * median(&off))
}
