//! Checks that any large allocation may fail: the work then unwinds with [`OutOfMemory`]. The test
//! refuses the first large allocation, then the second, and so on, later only some of them, until
//! the work completes. An allocation that is not guarded would end the process, and with it the
//! test.

// Refusing memory needs a custom allocator, which is unsafe code.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::iter::successors;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

use kneepose_core::analysis::analyze;
use kneepose_core::angle::{PelvisReference, Request};
use kneepose_core::calibration::calibrate;
use kneepose_core::conditioning::{Conditioning, condition};
use kneepose_core::error::Result;
use kneepose_core::exercise::Exercise;
use kneepose_core::memory::OutOfMemory;
use kneepose_core::quality::{CheckOptions, check};
use kneepose_core::recording::{Recording, View};
use kneepose_core::recording_angles::{AngleOptions, joint_angles};
use kneepose_core::reps::{Scale, Segmentation, segment};
use kneepose_core::signal::one_euro::{OneEuroOptions, one_euro};
use kneepose_core::signal::residual::residual_cutoffs;
use kneepose_core::skeleton::{Side, Skeleton};
use kneepose_core::space::Up;
use kneepose_core::stats::{Bootstrap, Samples, bootstrap};
use ndarray::{Array2, Array3};

const FRAMES: usize = 2500;
/// Minimum size of a large allocation: one number for each frame. Smaller ones always succeed.
const LARGE: usize = FRAMES * size_of::<f64>();

thread_local! {
    /// Number of large allocations that succeed before one is refused.
    static GRANTED: Cell<usize> = const { Cell::new(usize::MAX) };
}

struct Refusing;

fn is_refused(size: usize) -> bool {
    let refuse = |left: &Cell<usize>| {
        let now = left.get();
        left.set(now.wrapping_sub(1));
        now == 0
    };
    size >= LARGE && GRANTED.try_with(refuse).unwrap_or(false)
}

unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_refused(layout.size()) { null_mut() } else { unsafe { System.alloc(layout) } }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Refusing = Refusing;

/// Squats in meters, or in pixels from the front, at uneven times, with a few gaps and spikes.
fn squats(up: Up) -> Result<Recording> {
    let skeleton = Skeleton::built_in("halpe26")?;
    let names = skeleton.keypoints().to_vec();
    let coordinates = Array3::from_shape_fn((FRAMES, names.len(), up.dims()), |(t, k, d)| {
        let down = 0.15 * (1.0 - (t as f64 / 20.0).cos());
        let name = names.get(k).map_or("", String::as_str);
        let side = if name.starts_with("left") { 0.15 } else { -0.15 };
        let (height, ahead) = match name.split_once('_').map_or(name, |(_, joint)| joint) {
            "hip" => (0.9 - down, -down),
            "knee" => (0.5 - down / 2.0, down),
            "ankle" | "heel" | "big_toe" | "small_toe" => (0.08, 0.02 * k as f64 - 0.4),
            _ => (1.4 - down, 0.0),
        };
        let noise = 1e-3 * ((t * 7919 + k * 104_729 + d) % 101) as f64 / 101.0;
        let spike = if t % 97 == 0 && k == t % 26 { 0.4 } else { 0.0 };
        let meters = [side, height + spike, ahead].get(d).copied().unwrap_or_default() + noise;
        match up {
            _ if t % 300 < 3 => f64::NAN,
            Up::Image if d == 1 => 900.0 - 500.0 * meters,
            Up::Image => 500.0 + 500.0 * meters,
            _ => meters,
        }
    });
    let times = (0..FRAMES).map(|t| t as f64 / 30.0 + 0.01 * (t as f64).sin()).collect();
    let confidence = Array2::from_elem((FRAMES, names.len()), 0.9);
    Recording::new(skeleton, coordinates, confidence, times, up)
}

/// Repeats the work with a different refused allocation each time. Returns the number of
/// allocations with which it completed.
fn refusals<T>(name: &str, work: impl Fn() -> Result<T>) -> usize {
    // First each allocation is refused in turn, then an increasing number is skipped.
    let places = successors(Some(0), |granted| Some(granted + 1 + granted / 16));
    for granted in places {
        GRANTED.set(granted);
        let outcome = catch_unwind(AssertUnwindSafe(&work));
        let was_refused = GRANTED.replace(usize::MAX) > granted;
        match outcome {
            Err(why) => {
                assert!(why.is::<OutOfMemory>(), "{name}: a panic after {granted} requests")
            }
            Ok(_) => {
                assert!(!was_refused, "{name}: request {granted} failed in silence");
                return granted;
            }
        }
    }
    0
}

#[test]
fn every_large_request_may_fail() -> Result<()> {
    let world = squats(Up::parse_world("y")?)?;
    let image = squats(Up::Image)?;
    let squat = Exercise::named("squat")?;
    let requests: Vec<Request> = ["knee_flexion", "fppa", "ankle_dorsiflexion"]
        .map(|name| Request::named(name, Some(Side::Left)))
        .into_iter()
        .collect::<Result<_>>()?;
    for recording in [&world, &image] {
        let view = (recording.up() == Up::Image).then_some(View::Front);
        let how = Conditioning::of_space(recording.up());
        let past = Conditioning { look_ahead: false, ..how };
        let options = AngleOptions {
            keypoint_sd: Some(0.01),
            ..AngleOptions::new(PelvisReference::Up, view)
        };
        let options = &options;
        let asked = [
            refusals("condition", || condition(recording, &how)),
            refusals("condition causally", || condition(recording, &past)),
            refusals("angles", || joint_angles(recording, &requests, options)),
            refusals("check", || check(recording, &CheckOptions::default())),
            refusals("calibrate", || calibrate(recording, view)),
            refusals("analyze", || analyze(recording, squat, Side::Left, view, &how)),
            refusals("analyze causally", || analyze(recording, squat, Side::Left, view, &past)),
        ];
        assert!(asked.iter().all(|asked| *asked >= 5), "{asked:?}");
    }
    Ok(())
}

#[test]
fn series_of_any_length_may_not_fit() {
    let series: Vec<f64> = (0..FRAMES).map(|t| 40.0 * (t as f64 / 20.0).sin()).collect();
    let how = Segmentation { fs: 30.0, min_range: 20.0, despike: true, scale: Scale::Plain };
    let steps = vec![1.0 / 30.0; FRAMES];
    let euro = OneEuroOptions { min_cutoff_hz: 1.0, beta: 0.1, derivative_cutoff_hz: 1.0 };
    let settings = Bootstrap { resamples: FRAMES, ..Bootstrap::default() };
    let interval =
        || bootstrap::bootstrap_interval(&Samples::of(&series, &series, true), &settings);
    let asked = [
        refusals("segment", || segment(&series, None, &how)),
        refusals("one euro", || one_euro(&series, 1, &steps, euro)),
        refusals("cutoff", || Ok(residual_cutoffs(&series, 1, 30.0))),
        refusals("bootstrap", interval),
    ];
    assert!(asked.iter().all(|asked| *asked > 0), "{asked:?}");
}
