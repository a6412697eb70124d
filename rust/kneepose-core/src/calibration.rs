//! Standing calibration: offsets of each leg, measured while the person stands.
//!
//! The positions of hip, knee and ankle fix four degrees of freedom of a leg. Hip rotation (3),
//! knee flexion and knee abduction are five unknowns. The constant abduction of a hinge knee must
//! therefore be measured separately. Standing is suitable, because hip rotation does not change the
//! frontal alignment of a straight leg.

use crate::angle::{LIFTED_SHARE, PelvisReference, Request};
use crate::conditioning::{Conditioning, Cutoff, condition};
use crate::error::{Error, Result};
use crate::math::at;
use crate::math::vector::{Vec3, add, dot, norm, scale, sub};
use crate::memory::gathered;
use crate::recording::{Recording, View};
use crate::recording_angles::{AngleOptions, Angles, joint_angles};
use crate::skeleton::Side;
use crate::space::Up;
use crate::stats::quantile::{median, quantile};

/// Maximum knee flexion of a standing leg, degrees.
/// Source: chosen: a person may stand with slightly bent knees, but not in a squat; held by test
/// tests/angles/test_calibration.py.
pub const STANDING_FLEXION_DEG: f64 = 20.0;

/// Minimum hip height of a standing leg as a fraction of the [`MAX_HEIGHT_QUANTILE`] height, for
/// images that do not show knee flexion. It is cos 20°, the hip height at about 40° of knee
/// flexion.
/// Source: chosen: above the hip in a squat, below the hip with slightly bent knees; held by test
/// tests/angles/test_calibration.py.
const MIN_HEIGHT_RATIO: f64 = 0.94;

/// Quantile of the hip height that is used as its maximum. The true maximum would depend on noise.
/// Source: chosen: the top 5 % of the heights are noise; held by test
/// tests/angles/test_calibration.py.
const MAX_HEIGHT_QUANTILE: f64 = 0.95;

/// Minimum ratio of hip height to hip-ankle length of a standing leg: cos 25°.
/// Source: chosen: a standing leg leans less than this; held by test
/// tests/angles/test_calibration.py.
const MIN_UPRIGHT_COSINE: f64 = 0.9;

/// Accepted height of the shoulders above the hip, as a fraction of the height of the hip above the
/// ankle. It is about 0.6 when adults stand, near 0 on all fours, and above 1 when sitting.
/// Source: Drillis and Contini 1966 for standing, (0.818 - 0.530) / (0.530 - 0.039) = 0.59 of the
/// height; the margins are chosen.
const SHOULDER_HEIGHT_RATIO: std::ops::RangeInclusive<f64> = 0.3..=1.0;

/// Minimum duration of standing, seconds.
/// Source: chosen: a moment of a movement is not standing; held by test
/// tests/angles/test_calibration.py.
pub const MIN_STANDING_S: f64 = 0.5;

/// Result of [`calibrate`], left and right. NaN if the leg did not stand or cannot be measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Frontal-plane angle of hip, knee and ankle, degrees; positive with the knee inward (valgus).
    /// In world space only, because in an image the angle also depends on the position of the
    /// camera.
    pub valgus_deg: [f64; 2],
    /// Ankle dorsiflexion, degrees: inclination of the shank relative to the heel-toe line.
    pub dorsiflexion_deg: [f64; 2],
    /// Height of the hip above the ankle, in the unit of the coordinates.
    pub standing: [f64; 2],
    /// Duration of standing of each leg, seconds; 0 if it did not stand.
    pub seconds: [f64; 2],
}

/// Computes medians over the frames in which a leg stands. Low confidence, outliers and short gaps
/// are handled as in [`condition`], but without the low-pass filter.
///
/// # Errors
/// [`Error::Calibration`] if neither leg stands for at least half a second and in most of the
/// frames that show it. [`Error::Option`] in the cases of [`joint_angles`].
pub fn calibrate(raw: &Recording, view: Option<View>) -> Result<Calibration> {
    let settings = Conditioning { cutoff: Cutoff::Off, ..Conditioning::of_space(raw.up()) };
    let recording = condition(raw, &settings)?.recording;
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
    let median_standing = |series: fn(&Leg) -> &Vec<f64>| {
        legs.each_ref().map(|leg| match &leg.standing {
            Ok(stands) => median_where(series(leg), stands),
            Err(_) => f64::NAN,
        })
    };
    Ok(Calibration {
        valgus_deg: if in_world { median_standing(|leg| &leg.fppa) } else { [f64::NAN; 2] },
        dorsiflexion_deg: median_standing(|leg| &leg.dorsiflexion),
        standing: median_standing(|leg| &leg.height),
        seconds: legs.each_ref().map(|leg| match &leg.standing {
            Ok(stands) => seconds(&recording, stands.iter().filter(|&&s| s).count()),
            Err(_) => 0.0,
        }),
    })
}

/// Time series of one leg.
struct Leg {
    side: Side,
    fppa: Vec<f64>,
    dorsiflexion: Vec<f64>,
    height: Vec<f64>,
    /// A flag per frame that the leg stands, or the reason why it never does.
    standing: std::result::Result<Vec<bool>, NotStanding>,
}

/// Reason why a leg gives no calibration.
#[derive(Clone, Copy, PartialEq)]
enum NotStanding {
    /// Hip, knee and ankle are never visible in the same frame.
    NeverVisible,
    /// The knee is flexed in most frames; contains the median flexion in degrees.
    Bent(f64),
    /// The hip is far below its maximum height in most frames.
    Moving,
    /// The leg is lifted or lying, or the trunk is not above it.
    NotUpright,
    /// The leg stood too briefly; contains the duration in seconds.
    TooShort(f64),
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
            gathered((0..frames).map(|t| rise(point(&ankle, t), point(&hip, t))));
        let upright: Vec<bool> = (0..frames)
            .map(|t| {
                let (hip, ankle, height) = (point(&hip, t), point(&ankle, t), at(&height, t));
                let length = norm(sub(hip, ankle));
                let [left, right] = shoulders.each_ref().map(|track| point(track, t));
                let trunk = rise(hip, scale(add(left, right), 0.5)) / height;
                let lifted = rise(point(&other, t), ankle) / length;
                // A condition whose keypoints are missing (NaN) counts as fulfilled.
                height >= MIN_UPRIGHT_COSINE * length
                    && (lifted.is_nan() || lifted <= LIFTED_SHARE)
                    && (trunk.is_nan() || SHOULDER_HEIGHT_RATIO.contains(&trunk))
            })
            .collect();
        let flexion_visible =
            recording.up() != Up::Image || angles.view.is_some_and(|view| !view.is_frontal());
        let standing = find_standing(recording.fs(), flexion_visible, &flexion, &height, &upright);
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
    flexion_visible: bool,
    flexion: &[f64],
    height: &[f64],
    upright: &[bool],
) -> std::result::Result<Vec<bool>, NotStanding> {
    let straight: Vec<bool> = if flexion_visible {
        flexion.iter().map(|&v| v < STANDING_FLEXION_DEG).collect()
    } else {
        let least = MIN_HEIGHT_RATIO * quantile(height, MAX_HEIGHT_QUANTILE);
        height.iter().map(|&v| v > least).collect()
    };
    let series = if flexion_visible { flexion } else { height };
    let seen = series.iter().filter(|v| v.is_finite()).count();
    let count = |frames: &[bool]| frames.iter().filter(|&&frame| frame).count();
    let stands: Vec<bool> = gathered(straight.iter().zip(upright).map(|(a, b)| *a && *b));
    let stood = count(&stands) as f64;
    if seen == 0 {
        Err(NotStanding::NeverVisible)
    } else if 2 * count(&straight) <= seen {
        Err(if flexion_visible { NotStanding::Bent(median(flexion)) } else { NotStanding::Moving })
    } else if 2 * count(&stands) <= seen {
        Err(NotStanding::NotUpright)
    } else if stood >= (MIN_STANDING_S * fs).round() {
        Ok(stands)
    } else {
        // A recording of one frame has no frame rate (NaN).
        Err(NotStanding::TooShort(if fs.is_finite() { stood / fs } else { 0.0 }))
    }
}

fn median_where(series: &[f64], keep: &[bool]) -> f64 {
    let kept: Vec<f64> =
        gathered(series.iter().zip(keep).filter(|(_, keep)| **keep).map(|(v, _)| *v));
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
                format!("the {side} hip is far below its highest position in most frames")
            }
            Err(NotStanding::NotUpright) => {
                format!("the {side} leg is lifted or lying, or the shoulders are not above it")
            }
            Err(NotStanding::TooShort(stood)) => {
                format!("the {side} leg stands for {stood:.2} s (needed: {MIN_STANDING_S:.1} s)")
            }
            Err(NotStanding::NeverVisible) | Ok(_) => {
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
