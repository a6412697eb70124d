//! Plan: validates requests once and resolves them to keypoint indices of a skeleton. Evaluation
//! then cannot fail.

use super::formulas::{Body, Column, Formula, Source};
use super::limits::{limits, mask_beyond_body};
use super::request::{PelvisReference, PlanOptions, Request, StandingOffsets};
use super::spec::{AngleSpec, Axes, Basis, Measure, Plane, ZeroAtRest};
use crate::error::{Error, Result};
use crate::math::sort::sort_indices;
use crate::skeleton::{MIDLINE_LANDMARKS, SIDED_LANDMARKS, Side, Skeleton};
use crate::space::Up;
use crate::validity::Validity;

/// Validated list of angle columns. Build it once and evaluate it on any number of frames.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub(super) sources: Vec<Source>,
    pub(super) columns: Vec<Column>,
    pub(super) body: Body,
    pub(super) options: PlanOptions,
    pub(super) keypoints: usize,
    /// Indices of the keypoints that the plan reads.
    pub(super) keypoints_read: Vec<usize>,
    /// True if any column reads directions of the world, the pelvis or the image.
    pub(super) needs_directions: bool,
    /// True if any column needs validity tests even when all its numbers are finite.
    pub(super) has_conditions: bool,
    /// True if all columns are 3-D angles between two segments of keypoints, without further
    /// conditions.
    pub(super) segments_only: bool,
    /// Smallest and largest anatomically possible value of each column.
    pub(super) limits: Vec<[f64; 2]>,
}

/// Maximum number of points in a plan: the number of bits of a `u64`.
/// Source: derived: a point is one bit of the mask of missing points.
pub(super) const MAX_POINTS: usize = 64;

impl Plan {
    /// Resolves requests to the indices of a skeleton.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a point that is neither a landmark nor a keypoint; [`Error::Option`] if
    /// the requests need more than 64 different points.
    pub fn new(skeleton: &Skeleton, requests: &[Request], options: PlanOptions) -> Result<Self> {
        for name in requests.iter().flat_map(|request| request.spec.points.iter()) {
            check_point(name, skeleton)?;
        }
        let columns_with = |points: &mut Points, body: &Body| -> Vec<Column> {
            requests.iter().map(|request| column(request, points, body, options)).collect()
        };
        let mut points = Points { skeleton, sources: Vec::new() };
        let mut body = points.body();
        let mut columns = columns_with(&mut points, &body);
        let reads_body = |column: &Column| {
            column.formula.needs_directions() || column.frontal_in_image || column.gate.is_some()
        };
        if !columns.iter().any(reads_body) {
            // Points that no column reads would still take time in every frame, so they are
            // dropped.
            (points.sources, body) = (Vec::new(), Body::default());
            columns = columns_with(&mut points, &body);
        }
        if points.sources.len() > MAX_POINTS {
            return Err(Error::Option(format!(
                "the requested angles need {} different points; one plan holds {MAX_POINTS}: \
                 split them into two calls",
                points.sources.len()
            )));
        }
        let mut keypoints_read: Vec<usize> =
            points.sources.iter().flat_map(Source::keypoints).collect();
        sort_indices(&mut keypoints_read, &|a, b| a.cmp(&b));
        keypoints_read.dedup();
        let has_conditions = columns.iter().any(|column| {
            column.gate.is_some() || column.frontal_in_image || column.compares_heading
        });
        let segments_only = !has_conditions
            && options.up != Up::Image
            && points.sources.iter().all(|source| matches!(source, Source::One(_)))
            && columns.iter().all(|column| column.formula.segments().is_some());
        Ok(Self {
            keypoints_read,
            has_conditions,
            segments_only,
            needs_directions: columns.iter().any(|column| column.formula.needs_directions()),
            limits: requests.iter().map(|request| limits(&request.spec.name)).collect(),
            sources: points.sources,
            columns,
            body,
            options,
            keypoints: skeleton.keypoints().len(),
        })
    }

    /// Number of result columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Number of keypoints in a frame.
    pub fn keypoints(&self) -> usize {
        self.keypoints
    }

    /// Options of the plan.
    pub fn options(&self) -> PlanOptions {
        self.options
    }

    /// True if a column needs the standing height of a leg.
    pub fn needs_standing_height(&self) -> bool {
        self.columns.iter().any(|column| column.formula.needs_standing_height())
    }

    /// Keypoints that a column requires. If no heading is given, more keypoints may be required.
    pub fn keypoints_needed(&self, column: usize, heading_given: bool) -> Vec<usize> {
        let Some(column) = self.columns.get(column) else { return Vec::new() };
        let needs = column.needs | if heading_given { 0 } else { column.needs_for_heading };
        let sources = self.sources.iter().enumerate();
        sources.filter(|(i, _)| needs >> i & 1 != 0).flat_map(|(_, s)| s.keypoints()).collect()
    }

    /// Replaces anatomically impossible values by NaN, in rows of frames as
    /// [`evaluate`](super::evaluate) fills them.
    pub fn mask_beyond_body(&self, values: &mut [f64], codes: &mut [u8]) {
        let width = self.width().max(1);
        for (values, codes) in values.chunks_exact_mut(width).zip(codes.chunks_exact_mut(width)) {
            mask_beyond_body(&self.limits, values, codes);
        }
    }

    /// Marks columns as refused, for example because the camera view does not show them. `refused`
    /// returns the reason for a column.
    pub fn refuse(&mut self, refused: impl Fn(usize) -> Option<Validity>) {
        for (i, column) in self.columns.iter_mut().enumerate() {
            if let (Some(why), false) = (refused(i), matches!(column.formula, Formula::Never(_))) {
                column.formula = Formula::Never(why);
                self.segments_only = false;
            }
        }
    }
}

/// Rejects the name of a point that is neither a landmark nor a keypoint of the skeleton.
fn check_point(name: &str, skeleton: &Skeleton) -> Result<()> {
    let bare = ["mid_", "other_", "left_", "right_"].iter().find_map(|p| name.strip_prefix(p));
    let bare = bare.unwrap_or(name);
    let is_landmark = SIDED_LANDMARKS.contains(&bare) || MIDLINE_LANDMARKS.contains(&name);
    let is_keypoint =
        skeleton.keypoints().iter().any(|keypoint| keypoint == name || keypoint.ends_with(bare));
    if is_landmark || is_keypoint || name == "second_toe" {
        return Ok(());
    }
    let known = SIDED_LANDMARKS.iter().chain(MIDLINE_LANDMARKS).copied();
    Err(Error::unknown("point", name, known))
}

/// Points that have been collected so far, without duplicates.
struct Points<'a> {
    skeleton: &'a Skeleton,
    sources: Vec<Source>,
}

impl Points<'_> {
    /// Adds the points that define pelvis and heading.
    fn body(&mut self) -> Body {
        let mut pair = |a: &str, b: &str| Some([self.index(a, None)?, self.index(b, None)?]);
        let hips = pair("left_hip", "right_hip");
        let trunk = pair("mid_hip", "mid_shoulder");
        let mut facing = [pair("left_heel", "left_big_toe"), pair("right_heel", "right_big_toe")];
        if facing == [None, None] {
            facing = [pair("left_ear", "nose"), pair("right_ear", "nose")];
        }
        Body { hips, trunk, facing }
    }

    /// Index of the point for a landmark; `None` if the skeleton lacks the landmark.
    fn index(&mut self, name: &str, side: Option<Side>) -> Option<usize> {
        let source = self.source(name, side)?;
        let known = self.sources.iter().position(|s| *s == source);
        Some(known.unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        }))
    }

    fn source(&self, name: &str, side: Option<Side>) -> Option<Source> {
        let landmark = |name: &str| self.skeleton.index(name);
        let sided = |side: Side, name: &str| landmark(&format!("{}_{name}", side.name()));
        // A midpoint is always the mean of both sides, even if the estimator has its own keypoint
        // for it, so that all skeletons agree.
        if let Some(joint) = name.strip_prefix("mid_")
            && let (Some(left), Some(right)) = (sided(Side::Left, joint), sided(Side::Right, joint))
        {
            return Some(Source::Blend(left, right, 0.5));
        }
        if let Some(index) = landmark(name) {
            return Some(Source::One(index));
        }
        if let Some(joint) = name.strip_prefix("other_") {
            return sided(side?.other(), joint).map(Source::One);
        }
        if name == "second_toe" {
            let big = sided(side?, "big_toe")?;
            let small = sided(side?, "small_toe");
            return Some(small.map_or(Source::One(big), |small| Source::Blend(big, small, 0.6)));
        }
        sided(side?, name).map(Source::One)
    }
}

fn column(request: &Request, points: &mut Points, body: &Body, options: PlanOptions) -> Column {
    let Request { spec, side } = request;
    let in_image = options.up == Up::Image;
    let refused = |why| Column {
        formula: Formula::Never(why),
        sign: 1.0,
        gate: None,
        needs: 0,
        needs_for_heading: 0,
        frontal_in_image: false,
        compares_heading: false,
        needs_facing: false,
        to_unit: 1.0,
        offset: 0.0,
    };
    if in_image && spec.plane == Plane::Spatial {
        return refused(Validity::NeedsThreeDimensions);
    }
    // In an image the sideways direction comes from the hips, so the foot points are not required.
    let needed = match spec.measure {
        Measure::SidewaysOffset if in_image => 3,
        _ => spec.points.len(),
    };
    let found: Option<Vec<usize>> =
        spec.points.iter().take(needed).map(|name| points.index(name, *side)).collect();
    let Some((formula, found)) = found
        .and_then(|found| Some((formula(spec, *side, &found, (options.rest, in_image))?, found)))
    else {
        return refused(Validity::NotInSkeleton);
    };
    let frontal_in_image = in_image && spec.plane == Plane::Frontal;
    let uses = uses(&formula, in_image);
    let bits = |points: Option<[usize; 2]>| {
        points.map(|points| points.iter().fold(0, |bits, &i| bits | bit(i)))
    };
    let trunk_needed =
        options.pelvis == PelvisReference::Trunk && matches!(uses, Uses::Pelvis | Uses::Heading);
    let hips_needed = (uses != Uses::Nothing && !in_image) || frontal_in_image;
    let (Some(hips), Some(trunk)) = (
        if hips_needed { bits(body.hips) } else { Some(0) },
        if trunk_needed { bits(body.trunk) } else { Some(0) },
    ) else {
        return refused(Validity::NotInSkeleton);
    };
    let own = found.iter().fold(0, |bits, &i| bits | bit(i));
    let (needs, needs_for_heading) = match uses {
        Uses::Heading if !frontal_in_image => (own, hips | trunk),
        _ => (own | hips | trunk, 0),
    };
    let side_sign = if spec.mirrored { side.map_or(1.0, Side::sign) } else { 1.0 };
    Column {
        formula,
        sign: spec.sign * side_sign,
        gate: spec.gate.filter(|_| options.gates),
        needs,
        needs_for_heading,
        frontal_in_image,
        compares_heading: matches!(formula, Formula::Turn(_, Basis::World, Axes::ForwardFromRight)),
        needs_facing: matches!(
            formula,
            Formula::Turn(
                _,
                _,
                Axes::ForwardFromUp | Axes::ForwardFromRight | Axes::RightFromForward
            )
        ),
        to_unit: if spec.measure.is_ratio() || formula.segments().is_some() {
            1.0
        } else {
            1f64.to_degrees()
        },
        offset: match spec.at_rest {
            ZeroAtRest::Defined => 0.0,
            ZeroAtRest::Dorsiflexion => of_side(options.rest.dorsiflexion, *side),
        },
    }
}

fn bit(index: usize) -> u64 {
    u32::try_from(index).ok().and_then(|i| 1u64.checked_shl(i)).unwrap_or(0)
}

/// Entry of a pair (left, right) for a side. Zero on the midline, and if the entry is NaN.
fn of_side([left, right]: [f64; 2], side: Option<Side>) -> f64 {
    let value = match side {
        Some(Side::Left) => left,
        Some(Side::Right) => right,
        None => 0.0,
    };
    if value.is_finite() { value } else { 0.0 }
}

fn formula(
    spec: &AngleSpec,
    side: Option<Side>,
    found: &[usize],
    (rest, in_image): (StandingOffsets, bool),
) -> Option<Formula> {
    let two = || found.try_into().ok();
    let three = || found.try_into().ok();
    let four = || found.try_into().ok();
    let five = || found.try_into().ok();
    Some(match spec.measure {
        Measure::Bend => Formula::Bend(three()?),
        Measure::Included => Formula::Included(three()?),
        Measure::Turn(basis, axes) => Formula::Turn(two()?, basis, axes),
        Measure::ElevationFromPelvisSagittal => Formula::Elevation(two()?, Basis::Pelvis),
        Measure::ElevationFromHorizontal => Formula::Elevation(two()?, Basis::World),
        Measure::HingeRotation => {
            let inward = side.map_or(1.0, Side::sign) * of_side(rest.valgus, side);
            Formula::HingeRotation(three()?, libm::tan(inward.to_radians()))
        }
        Measure::FrontalBend => Formula::FrontalBend(three()?),
        Measure::Complement => Formula::Complement(four()?),
        Measure::FrontalComplement => Formula::FrontalComplement(four()?),
        Measure::FrontalOffset => {
            Formula::FrontalOffset(three()?, if in_image { Some(side?) } else { None })
        }
        Measure::SidewaysOffset => match *found {
            [knee, target, ankle] => Formula::SidewaysOffset([knee, target, ankle], None),
            [knee, target, ankle, heel, toe] => {
                Formula::SidewaysOffset([knee, target, ankle], Some([heel, toe]))
            }
            _ => return None,
        },
        Measure::FootRotation => Formula::FootRotation(five()?),
        Measure::EpicondyleTilt => Formula::EpicondyleTilt(four()?),
        Measure::EpicondyleRotation => {
            let [hip, knee, medial, lateral] = four()?;
            Formula::AxisRotation(match side? {
                Side::Right => [hip, knee, medial, lateral],
                Side::Left => [hip, knee, lateral, medial],
            })
        }
        Measure::Shortening => Formula::Shortening(two()?, side?),
        Measure::PlaneElevation => Formula::PlaneElevation(three()?, side?),
        Measure::Roll => Formula::Roll(four()?),
        Measure::DistanceRatio => Formula::DistanceRatio(four()?),
        Measure::StanceOffset => Formula::StanceOffset(four()?),
    })
}

/// Directions that a formula reads in addition to its own points.
#[derive(PartialEq)]
enum Uses {
    Nothing,
    /// The line between the hips.
    Hips,
    /// The hip line and the reference of the pelvic tilt.
    Pelvis,
    /// The heading; if none is given, it is computed from the pelvis.
    Heading,
}

fn uses(formula: &Formula, in_image: bool) -> Uses {
    match formula {
        Formula::Turn(_, Basis::Pelvis, _) => Uses::Pelvis,
        Formula::Elevation(_, Basis::Pelvis)
        | Formula::HingeRotation(..)
        | Formula::AxisRotation(_) => Uses::Hips,
        Formula::Turn(..)
        | Formula::FrontalBend(_)
        | Formula::FrontalComplement(_)
        | Formula::FrontalOffset(..)
            if !in_image =>
        {
            Uses::Heading
        }
        _ => Uses::Nothing,
    }
}
