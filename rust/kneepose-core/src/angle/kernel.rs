//! Evaluates all columns of a plan in one pass, several frames at a time.

use ndarray::ArrayView3;

use super::directions::{FrameGeometry, Points, segment};
use super::formulas::{Column, Formula, Source};
use super::frames::Frames;
use super::pack::{MOST_LANES, Pack, Real};
use super::plan::{MAX_POINTS, Plan};
use super::reference::{Heading, Standing};
use crate::math::simd::{SimdJob, Wide, ZipInline, pairwise, prefetch};
use crate::math::vector::{Number, Vec3, add, everywhere, norm, nowhere, scale};
use crate::space::Up;
use crate::validity::Validity;

/// Minimum length of the hip line in an image, as a fraction of the trunk; a shorter hip line means
/// a side view.
/// Source: science.md 2.1.
pub const SIDE_VIEW_RATIO: f64 = 0.15;

/// Minimum array size for prefetching, bytes; smaller arrays fit into the cache.
pub(super) const BEYOND_CACHE: usize = 2 << 20;
/// Prefetch distance, in blocks.
const BLOCKS_AHEAD: usize = 2;

/// Input and output of one evaluation.
pub(super) struct EvaluationJob<'a, S> {
    pub plan: &'a Plan,
    pub points: ArrayView3<'a, S>,
    pub heading: Heading<'a>,
    pub standing: Standing<'a>,
    pub values: &'a mut [S],
    /// Validity codes; empty if no codes are requested.
    pub codes: &'a mut [u8],
}

impl<S: Real> SimdJob for EvaluationJob<'_, S> {
    #[inline(always)]
    fn run(self, _: Option<Wide>) {
        self.run_in::<S::Pack>();
    }

    /// Evaluates frame by frame. A vectorized copy of the kernel for old processors would add a
    /// fortieth to the size of the wheel.
    fn run_narrow(self) {
        self.run_singly();
    }
}

impl<S: Real> EvaluationJob<'_, S> {
    /// Evaluates frame by frame. This is faster for a single frame, because no block is prepared.
    #[inline(never)]
    pub(super) fn run_singly(self) {
        self.run_in::<S>();
    }

    #[inline(always)]
    fn run_in<P: Pack<Scalar = S>>(self) {
        let EvaluationJob { plan, points, heading, standing, values, codes } = self;
        let width = plan.columns.len();
        if width == 0 {
            return;
        }
        let lanes = P::LANES;
        let mut block = Block::<P>::new(plan);
        let mut results = BlockResults::<P>::new(width, !codes.is_empty());
        let mut frames = Frames::new(plan, points, lanes);
        let far = points.len() * size_of::<S>() > BEYOND_CACHE;
        let mut codes = codes.chunks_mut(width * lanes);
        for (b, values) in values.chunks_mut(width * lanes).enumerate() {
            let first = b * lanes;
            let (rows, stride) = frames.rows(first);
            block.load(rows, stride, far);
            block.accompany(heading, standing, first);
            block.measure(&mut results);
            results.write(values, codes.next().unwrap_or_default());
        }
    }
}

/// Evaluates single live frames in preallocated memory.
#[derive(Debug, Clone)]
pub struct FrameEvaluator {
    points: Vec<Vec3>,
    results: BlockResults<f64>,
}

impl FrameEvaluator {
    /// Allocates memory for a plan.
    pub fn new(plan: &Plan) -> Self {
        let width = plan.columns.len();
        let mut results = BlockResults::new(width, true);
        results.codes.reserve(width);
        Self { points: vec![nowhere(); MAX_POINTS], results }
    }

    /// Computes values and [`Validity`] codes of one frame. `row` has its keypoints one after the
    /// other.
    pub fn measure(
        &mut self,
        plan: &Plan,
        row: &[f64],
        forward: Option<Vec3>,
        standing: [f64; 2],
        values: &mut [f64],
        codes: &mut [u8],
    ) {
        let mut block = Block {
            plan,
            points: std::mem::take(&mut self.points),
            missing_somewhere: 0,
            missing: [0; MOST_LANES],
            standing,
            forward: forward.map(everywhere),
        };
        block.load(row, row.len(), false);
        block.measure(&mut self.results);
        self.results.write(values, codes);
        plan.mask_beyond_body(values, codes);
        self.points = block.points;
    }
}

/// One block of frames, with heading and standing height of each.
pub(super) struct Block<'a, P> {
    plan: &'a Plan,
    /// Points of the plan; the length is that of [`Points`].
    points: Vec<Vec3<P>>,
    /// Bit set of points that are missing in any frame.
    missing_somewhere: u64,
    /// Bit set of missing points in each frame.
    missing: [u64; MOST_LANES],
    standing: [P; 2],
    forward: Option<Vec3<P>>,
}

impl<'a, P: Pack> Block<'a, P> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            points: vec![nowhere(); MAX_POINTS],
            missing_somewhere: 0,
            missing: [0; MOST_LANES],
            standing: [P::default(); 2],
            forward: None,
        }
    }

    /// Loads the points of the plan from the rows, and determines which ones are missing.
    #[inline(always)]
    fn load(&mut self, rows: &[P::Scalar], stride: usize, far: bool) {
        let dims = self.plan.options.up.dims();
        let mut together = P::splat(0.0);
        // Reading only some keypoints defeats the hardware prefetcher, so the next block is prefetched in
        // slices meanwhile.
        let ahead = rows.get(BLOCKS_AHEAD * P::LANES * stride..).unwrap_or_default();
        let ahead = ahead.get(..P::LANES * stride).unwrap_or_default();
        let slice = (P::LANES * stride).div_ceil(self.plan.sources.len().max(1)).max(1);
        let mut slices = ahead.chunks(slice);
        for (point, source) in self.points.iter_mut().zip_inline(&self.plan.sources) {
            if far {
                prefetch(slices.next().unwrap_or_default());
            }
            let (first, other) = match *source {
                Source::One(a) => (a, None),
                Source::Blend(a, b, weight) => (a, Some((b, weight))),
            };
            *point = take(rows, stride, first, dims);
            if let Some((b, weight)) = other {
                let b = take(rows, stride, b, dims);
                *point = add(scale(*point, P::splat(weight)), scale(b, P::splat(1.0 - weight)));
            }
            let [x, y, z] = *point;
            together = together + (x * x + y * y + z * z);
        }
        let plain = together.all_at_most(P::Scalar::LARGEST_SQUARED)
            && together.all_at_least(P::Scalar::SMALLEST_SQUARED);
        if plain {
            self.missing_somewhere = 0;
            self.missing = [0; MOST_LANES];
        } else {
            self.find_missing();
        }
    }

    fn find_missing(&mut self) {
        self.missing = [0; MOST_LANES];
        let mut farthest = [0.0; MOST_LANES];
        for (i, &[x, y, z]) in self.points.iter().take(self.plan.sources.len()).enumerate() {
            let squared = x * x + y * y + z * z;
            let lanes = self.missing.iter_mut().zip(&mut farthest).zip(squared.lanes());
            for ((missing, farthest), squared) in lanes {
                let squared = squared.to_f64();
                let lost = !squared.is_finite() || squared > P::Scalar::LARGEST_SQUARED;
                *missing |= u64::from(lost) << i;
                *farthest = squared.max(*farthest);
            }
        }
        for (missing, farthest) in self.missing.iter_mut().zip(farthest).take(P::LANES) {
            if farthest < P::Scalar::SMALLEST_SQUARED {
                *missing = u64::MAX;
            }
        }
        self.missing_somewhere = self.missing.iter().fold(0, |any, missing| any | missing);
    }

    /// Loads heading and standing height of the frames from `first` on.
    #[inline(always)]
    pub(super) fn accompany(&mut self, heading: Heading<'_>, standing: Standing<'_>, first: usize) {
        self.forward = match heading {
            Heading::PerFrame => None,
            Heading::Fixed(forward) => Some(everywhere(forward)),
            Heading::Series(series) => Some(in_lanes(series, first)),
        };
        self.standing = match standing {
            Standing::Fixed([left, right]) => [P::splat(left), P::splat(right)],
            Standing::Series(series) => in_lanes(series, first),
        };
    }

    /// Computes all columns of the block.
    #[inline(always)]
    fn measure(&self, results: &mut BlockResults<P>) {
        let Some(points) = self.points.first_chunk() else { return };
        let geometry = FrameGeometry::new(self.plan, points, self.forward, self.standing);
        // The sum of all lanes is not finite if any value is infinite or NaN.
        let mut sum = P::splat(0.0);
        for (numbers, column) in results.numbers.iter_mut().zip_inline(&self.plan.columns) {
            *numbers = column.in_unit(geometry.measure(column.formula));
            sum = sum + *numbers;
        }
        let plain = self.missing_somewhere == 0 && !self.plan.has_conditions && sum.all_finite();
        results.judged = !plain;
        if !plain {
            self.judge_all(&geometry, results);
        }
    }

    /// Assigns validity codes to columns that are not `Ok` in all lanes.
    #[inline(always)]
    fn judge_all(&self, geometry: &FrameGeometry<'_, P>, results: &mut BlockResults<P>) {
        if results.asked {
            results.codes.clear();
            results.codes.resize(results.numbers.len() * P::LANES, Validity::Ok as u8);
        }
        let end_on = self.end_on(geometry.points);
        for (c, column) in self.plan.columns.iter().enumerate() {
            let Some(numbers) = results.numbers.get_mut(c) else { return };
            let needs =
                column.needs | if self.forward.is_some() { 0 } else { column.needs_for_heading };
            let known = needs & self.missing_somewhere == 0
                && (self.forward.is_some() || !column.compares_heading)
                && (end_on == 0 || !column.frontal_in_image)
                && numbers.all_finite();
            // A closure could be compiled separately, without the wide vector instructions.
            let gate = if let Some(gate) = column.gate
                && let Some(flexion) = geometry.knee_flexion(column.formula)
            {
                Some((gate, flexion))
            } else {
                None
            };
            let open = match gate {
                None => true,
                Some((gate, flexion)) if known && !results.asked => {
                    let least = P::splat(gate.refuse_below.to_radians());
                    *numbers = flexion.if_at_least(least, *numbers, P::splat(f64::NAN));
                    true
                }
                Some((gate, flexion)) => flexion.all_at_least(gate.low_below.to_radians()),
            };
            if !(known && open) {
                let flexion = gate.map_or_else(P::default, |(_, flexion)| flexion);
                self.judge(column, c, results, flexion, needs, end_on);
            }
        }
    }

    /// Assigns the validity code of every lane of a column.
    fn judge(
        &self,
        column: &Column,
        c: usize,
        results: &mut BlockResults<P>,
        flexion: P,
        needs: u64,
        end_on: u64,
    ) {
        let width = results.numbers.len();
        let Some(numbers) = results.numbers.get_mut(c) else { return };
        let lanes = numbers.lanes_mut().iter_mut().zip(flexion.lanes()).zip(self.missing);
        for (lane, ((number, flexion), missing)) in lanes.enumerate() {
            let lost = needs & missing != 0;
            let seen_end_on = end_on >> lane & 1 != 0;
            let state = self.state(column, number.to_f64(), *flexion, lost, seen_end_on);
            if !state.is_measured() {
                *number = P::Scalar::splat(f64::NAN);
            }
            if let Some(code) = results.codes.get_mut(lane * width + c) {
                *code = state as u8;
            }
        }
    }

    /// Validity of one value.
    fn state(
        &self,
        column: &Column,
        number: f64,
        flexion: P::Scalar,
        lost: bool,
        end_on: bool,
    ) -> Validity {
        if let Formula::Never(why) = column.formula {
            return why;
        }
        if lost {
            return Validity::MissingKeypoint;
        }
        if column.frontal_in_image && end_on {
            return Validity::SideView;
        }
        if column.compares_heading && self.forward.is_none() {
            return Validity::NeedsHeading;
        }
        let below = |degrees: f64| flexion < P::Scalar::splat(degrees.to_radians());
        let low = match column.gate {
            Some(gate) if below(gate.refuse_below) => return Validity::BelowFlexionGate,
            Some(gate) => below(gate.low_below),
            None => false,
        };
        match (number.is_finite(), low) {
            (true, false) => Validity::Ok,
            (true, true) => Validity::Low,
            (false, _) if column.needs_facing && self.plan.options.up == Up::Image => {
                Validity::MissingKeypoint
            }
            (false, _) => Validity::Singular,
        }
    }

    /// Bit set of the lanes in which the hip line is so short that the image is a side view.
    #[inline(always)]
    fn end_on(&self, points: &Points<P>) -> u64 {
        let Plan { body, options, needs_directions, .. } = self.plan;
        let (Some(hips), Up::Image, true) = (body.hips, options.up, *needs_directions) else {
            return 0;
        };
        let [across, ..] = segment(points, hips);
        let trunk = match body.trunk {
            Some(trunk) => norm(segment(points, trunk)),
            None => P::splat(f64::NAN),
        };
        let lanes = across.lanes().iter().zip_inline(trunk.lanes()).enumerate();
        lanes.fold(0, |bits, (lane, (across, trunk))| {
            let across = across.to_f64().abs();
            let end_on = across == 0.0 || across < SIDE_VIEW_RATIO * trunk.to_f64();
            bits | u64::from(end_on) << lane
        })
    }
}

/// One keypoint of each frame; NaN if `rows` is too short.
#[inline(always)]
fn take<P: Pack>(rows: &[P::Scalar], stride: usize, keypoint: usize, dims: usize) -> Vec3<P> {
    match P::load(rows, stride, keypoint * dims, dims) {
        Some(point) => point,
        None => nowhere(),
    }
}

/// Loads one entry of a series into each lane. After the end of the series its last entry is
/// repeated.
#[inline(always)]
fn in_lanes<P: Pack, const N: usize>(series: &[[f64; N]], first: usize) -> [P; N] {
    let mut out = [P::default(); N];
    for lane in 0..P::LANES {
        let entry = series.get(first + lane).or(series.last()).copied().unwrap_or([f64::NAN; N]);
        for (pack, value) in out.iter_mut().zip(entry) {
            if let Some(slot) = pack.lanes_mut().get_mut(lane) {
                *slot = P::Scalar::splat(value);
            }
        }
    }
    out
}

/// Results of a block before they are stored.
#[derive(Debug, Clone)]
struct BlockResults<P> {
    numbers: Vec<P>,
    /// Codes in row-major order; used only if some value is not `Ok`.
    codes: Vec<u8>,
    judged: bool,
    /// True if validity codes are requested.
    asked: bool,
}

impl<P: Pack> BlockResults<P> {
    fn new(width: usize, asked: bool) -> Self {
        Self { numbers: vec![P::default(); width], codes: Vec::new(), judged: false, asked }
    }

    /// Stores the results in row-major order. The last block may have fewer rows than lanes.
    #[inline(always)]
    fn write(&self, values: &mut [P::Scalar], codes: &mut [u8]) {
        P::store(&self.numbers, values);
        if self.judged {
            pairwise(codes, &self.codes, |code, judged| *code = *judged);
        } else {
            codes.fill(Validity::Ok as u8);
        }
    }
}
