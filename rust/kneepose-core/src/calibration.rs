//! What a person's legs read while standing: offsets that later recordings are read against.
//!
//! Hip, knee and ankle give a leg four numbers, but hip rotation (3), knee flexion and knee abduction are
//! five unknowns: a hinge knee needs its constant abduction from elsewhere. Standing shows it, because a
//! straight leg hides the hip's rotation and leaves the frontal alignment.

use crate::angle::{LIFTED_SHARE, PelvisReference, Request};
use crate::conditioning::{Conditioning, Cutoff, condition};
use crate::error::{Error, Result};
use crate::math::at;
use crate::math::vector::{Vec3, add, dot, norm, scale, sub};
use crate::recording::{Recording, View};
use crate::recording_angles::{AngleOptions, Angles, joint_angles};
use crate::skeleton::Side;
use crate::space::Up;
use crate::stats::quantile::{median, quantile};

/// A knee that is bent less than this stands.
pub const STANDING_FLEXION_DEG: f64 = 20.0;

/// Where an image does not show knee flexion, a hip this far below its usual top does not stand: the
/// cosine of 20°, a squat of 40° of knee flexion.
const STANDING_HEIGHT_SHARE: f64 = 0.94;

/// The top of the hip's height; above it is noise.
const TOP_QUANTILE: f64 = 0.95;

/// A leg that stands is this upright: the cosine of 25°.
const LEAST_UPRIGHT: f64 = 0.9;

/// How far the shoulders rise over the hips while standing, as a share of how far the hips rise over the
/// ankles: 0.6 in adults, near 0 on all fours, above 1 sitting.
const SHOULDER_RISE: std::ops::RangeInclusive<f64> = 0.3..=1.0;

/// Fewer seconds of standing are an instant, not a posture.
pub const LEAST_STANDING_S: f64 = 0.5;

/// Readings of standing, left and right; NaN where a leg did not stand or cannot be measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Frontal alignment of hip, knee and ankle in degrees, + with the knee inward (valgus). World
    /// space only: in an image it is as much the camera's place as the leg's.
    pub valgus_deg: [f64; 2],
    /// Ankle dorsiflexion in degrees: of the shank against the heel-toe line.
    pub dorsiflexion_deg: [f64; 2],
    /// Height of the hip over the ankle, in the unit of the coordinates.
    pub standing: [f64; 2],
    /// Seconds that each leg stood; zero where it did not.
    pub seconds: [f64; 2],
}

/// Medians over the frames in which a leg stands. Confidence, outliers and short gaps are dealt with as
/// in [`condition`], without the low-pass.
///
/// # Errors
/// [`Error::Calibration`] where neither leg stands for half a second and most of the time that it is
/// seen; [`Error::Option`] as [`joint_angles`].
pub fn calibrate(raw: &Recording, view: Option<View>) -> Result<Calibration> {
    let how = Conditioning { cutoff: Cutoff::Off, ..Conditioning::of_space(raw.up()) };
    let recording = condition(raw, &how)?.recording;
    let mut requests = Vec::new();
    for name in ["knee_flexion", "fppa", "ankle_dorsiflexion"] {
        for side in Side::BOTH {
            requests.push(Request::named(name, Some(side))?);
        }
    }
    let angle_options = AngleOptions::new(PelvisReference::Up, view);
    let angles = joint_angles(&recording, &requests, &angle_options)?;
    let legs = [(0, Side::Left), (1, Side::Right)]
        .map(|(column, side)| Leg::of(&recording, &angles, column, side));
    if legs.iter().all(|leg| leg.standing.is_err()) {
        return Err(Error::Calibration(refusal_message(recording.times().len(), &legs)));
    }
    let in_world = recording.up() != Up::Image;
    let each = |series: fn(&Leg) -> &Vec<f64>| {
        legs.each_ref().map(|leg| match &leg.standing {
            Ok(stands) => median_where(series(leg), stands),
            Err(_) => f64::NAN,
        })
    };
    Ok(Calibration {
        valgus_deg: if in_world { each(|leg| &leg.fppa) } else { [f64::NAN; 2] },
        dorsiflexion_deg: each(|leg| &leg.dorsiflexion),
        standing: each(|leg| &leg.height),
        seconds: legs.each_ref().map(|leg| match &leg.standing {
            Ok(stands) => seconds(&recording, stands.iter().filter(|&&s| s).count()),
            Err(_) => 0.0,
        }),
    })
}

/// One leg over time.
struct Leg {
    side: Side,
    fppa: Vec<f64>,
    dorsiflexion: Vec<f64>,
    height: Vec<f64>,
    /// In which frames it stands, or why it does not.
    standing: std::result::Result<Vec<bool>, NotStanding>,
}

/// Why a leg gives no calibration.
#[derive(Clone, Copy, PartialEq)]
enum NotStanding {
    /// Hip, knee or ankle are never seen together.
    Unseen,
    /// Median knee flexion of a leg that is mostly bent.
    Bent(f64),
    /// Most of the time the hip is far below its top.
    Moving,
    /// The leg is lifted or lies, or the trunk is not above it.
    NotUpright,
    /// Seconds that it stood.
    Brief(f64),
}

impl Leg {
    fn of(recording: &Recording, angles: &Angles, column: usize, side: Side) -> Self {
        let flexion = angles.column(column).0;
        let place = |side: Side, joint: &str| {
            recording.track(&format!("{}_{joint}", side.name())).unwrap_or_default()
        };
        let [hip, ankle] = ["hip", "ankle"].map(|joint| place(side, joint));
        let other = place(side.other(), "ankle");
        let shoulders = Side::BOTH.map(|side| place(side, "shoulder"));
        let up = recording.up().vector();
        let rise = |from: Vec3, to: Vec3| dot(sub(to, from), up);
        let frames = recording.times().len();
        let height: Vec<f64> =
            (0..frames).map(|t| rise(point(&ankle, t), point(&hip, t))).collect();
        let upright: Vec<bool> = (0..frames)
            .map(|t| {
                let (hip, ankle, height) = (point(&hip, t), point(&ankle, t), at(&height, t));
                let length = norm(sub(hip, ankle));
                let [left, right] = shoulders.each_ref().map(|track| point(track, t));
                let trunk = rise(hip, scale(add(left, right), 0.5)) / height;
                let lifted = rise(point(&other, t), ankle) / length;
                // What is not seen is not held against the leg.
                height >= LEAST_UPRIGHT * length
                    && (lifted.is_nan() || lifted <= LIFTED_SHARE)
                    && (trunk.is_nan() || SHOULDER_RISE.contains(&trunk))
            })
            .collect();
        let shows_flexion =
            recording.up() != Up::Image || angles.view.is_some_and(|view| !view.is_frontal());
        let standing = find_standing(recording.fs(), shows_flexion, &flexion, &height, &upright);
        let (fppa, dorsiflexion) = (angles.column(column + 2).0, angles.column(column + 4).0);
        Self { side, fppa, dorsiflexion, height, standing }
    }
}

fn point(track: &[Vec3], t: usize) -> Vec3 {
    track.get(t).copied().unwrap_or([f64::NAN; 3])
}

fn seconds(recording: &Recording, frames: usize) -> f64 {
    frames as f64 / recording.fs()
}

fn find_standing(
    fs: f64,
    shows_flexion: bool,
    flexion: &[f64],
    height: &[f64],
    upright: &[bool],
) -> std::result::Result<Vec<bool>, NotStanding> {
    let straight: Vec<bool> = if shows_flexion {
        flexion.iter().map(|&v| v < STANDING_FLEXION_DEG).collect()
    } else {
        let least = STANDING_HEIGHT_SHARE * quantile(height, TOP_QUANTILE);
        height.iter().map(|&v| v > least).collect()
    };
    let series = if shows_flexion { flexion } else { height };
    let seen = series.iter().filter(|v| v.is_finite()).count();
    let count = |frames: &[bool]| frames.iter().filter(|&&frame| frame).count();
    let stands: Vec<bool> = straight.iter().zip(upright).map(|(a, b)| *a && *b).collect();
    let stood = count(&stands) as f64;
    if seen == 0 {
        Err(NotStanding::Unseen)
    } else if 2 * count(&straight) <= seen {
        Err(if shows_flexion { NotStanding::Bent(median(flexion)) } else { NotStanding::Moving })
    } else if 2 * count(&stands) <= seen {
        Err(NotStanding::NotUpright)
    } else if stood >= (LEAST_STANDING_S * fs).round() {
        Ok(stands)
    } else {
        // A single frame has no rate.
        Err(NotStanding::Brief(if fs.is_finite() { stood / fs } else { 0.0 }))
    }
}

fn median_where(series: &[f64], keep: &[bool]) -> f64 {
    let kept: Vec<f64> =
        series.iter().zip(keep).filter(|(_, keep)| **keep).map(|(v, _)| *v).collect();
    median(&kept)
}

fn refusal_message(frames: usize, legs: &[Leg; 2]) -> String {
    let reasons = legs.each_ref().map(|leg| {
        let side = leg.side.name();
        match leg.standing {
            Err(NotStanding::Bent(flexion)) => format!(
                "the {side} knee is bent by {flexion:.0}° (median; needed: less than \
                 {STANDING_FLEXION_DEG:.0}° in most frames)"
            ),
            Err(NotStanding::Moving) => {
                format!("the {side} hip is most of the time far below its highest place")
            }
            Err(NotStanding::NotUpright) => {
                format!("the {side} leg is lifted or lies, or the shoulders are not above it")
            }
            Err(NotStanding::Brief(stood)) => {
                format!("the {side} leg stands for {stood:.2} s (needed: {LEAST_STANDING_S:.1} s)")
            }
            Err(NotStanding::Unseen) | Ok(_) => {
                format!("{side} hip, knee and ankle are never seen together")
            }
        }
    });
    format!(
        "the recording of {frames} frames does not show standing: {}. Stand upright and still with \
         straight knees for a few seconds, the whole body in view, or pass only that part of the \
         recording",
        reasons.join("; ")
    )
}
