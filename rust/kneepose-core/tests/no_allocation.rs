//! Checks that [`Stream::push`] allocates no memory after the view is detected. The test counts the
//! allocations of its thread during ten thousand frames with repetitions and faults.

// Counting allocations needs a custom allocator, which is unsafe code.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::f64::consts::TAU;

use kneepose_core::exercise::Exercise;
use kneepose_core::live::{Event, Settings, Stream};
use kneepose_core::recording::Origin;
use kneepose_core::skeleton::{Side, Skeleton};
use kneepose_core::space::Up;
use kneepose_core::validity::Validity;

struct Counting;

thread_local! {
    static REQUESTS: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    let _ = REQUESTS.try_with(|requests| requests.set(requests.get() + 1));
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const FPS: f64 = 30.0;
/// Number of frames until the set-up checks are over: the last one takes place after 16 seconds.
const SETTLED: usize = 17 * 30;
const FRAMES: usize = 10_000;
const LEG: f64 = 0.84;
const SINKS: f64 = 0.3;
const LEANS: f64 = 0.5;

/// Depth of the squat, 0 to 1: three seconds of movement and one second of rest.
fn depth(time: f64) -> f64 {
    let within = time % 4.0;
    if within < 3.0 { 0.5 - 0.5 * (TAU * within / 3.0).cos() } else { 0.0 }
}

/// Position of a keypoint of a person who squats and leans sideways: meters, y up, facing z.
fn place(name: &str, time: f64) -> [f64; 3] {
    let (side, joint) = match name.split_once('_') {
        Some(("left", joint)) => (1.0, joint),
        Some(("right", joint)) => (-1.0, joint),
        _ => (0.0, name),
    };
    let down = depth(time);
    let length = LEG - SINKS * down;
    let ahead = (LEG * LEG - length * length).max(0.0).sqrt() / 2.0;
    let (x, hip) = (0.12 * side, 0.08 + length);
    let (sine, cosine) = (LEANS * down).sin_cos();
    let trunk =
        |up: f64, aside: f64| [up * sine + aside * cosine, hip + up * cosine - aside * sine, 0.0];
    match joint {
        "hip" => [x, hip, 0.0],
        "knee" => [x, 0.08 + length / 2.0, ahead],
        "ankle" => [x, 0.08, 0.0],
        "heel" => [x, 0.03, -0.05],
        "big_toe" => [x, 0.02, 0.17],
        "small_toe" => [x + 0.05 * side, 0.02, 0.14],
        "shoulder" => trunk(0.5, 0.18 * side),
        "elbow" => trunk(0.25, 0.3 * side),
        "wrist" => trunk(0.02, 0.32 * side),
        "eye" | "ear" => trunk(0.72, 0.05 * side),
        _ => trunk(0.7, 0.0),
    }
}

/// Generates one frame in meters, or in pixels from the front. Every hundredth frame is empty.
fn frame(skeleton: &Skeleton, up: Up, number: usize, points: &mut Vec<f64>) {
    points.clear();
    if number % 100 == 99 {
        return;
    }
    for name in skeleton.keypoints() {
        let [x, y, z] = place(name, number as f64 / FPS);
        if up == Up::Image {
            points.extend([960.0 + 500.0 * x, 1000.0 - 500.0 * y]);
        } else {
            points.extend([x, y, z]);
        }
    }
}

/// Number of allocations, repetitions and faults in ten thousand frames.
fn pushed(exercise: &str, up: Up) -> Result<(usize, usize, usize), Box<dyn std::error::Error>> {
    let skeleton = Skeleton::built_in("halpe26")?;
    let mut stream = Stream::new(Settings {
        origin: Origin::usual(&skeleton),
        exercise: Exercise::named(exercise)?.clone(),
        side: Side::Left,
        skeleton: skeleton.clone(),
        up,
        view: None,
        resolution: Some([1920.0, 1080.0]),
        mirrored: false,
    })?;
    let mut points = Vec::with_capacity(256);
    let confidence = vec![1.0; skeleton.keypoints().len()];
    for number in 0..SETTLED {
        frame(&skeleton, up, number, &mut points);
        stream.push(&points, Some(&confidence), number as f64 / FPS)?;
    }
    assert_eq!(stream.state().quality, Validity::Ok);
    let (mut requests, mut reps, mut faults) = (0, 0, 0);
    for number in SETTLED..SETTLED + FRAMES {
        frame(&skeleton, up, number, &mut points);
        let before = REQUESTS.get();
        stream.push(&points, Some(&confidence), number as f64 / FPS)?;
        requests += REQUESTS.get() - before;
        for event in stream.events() {
            reps += usize::from(matches!(event, Event::RepCompleted(..)));
            faults += usize::from(matches!(event, Event::FaultSeen(..)));
        }
    }
    Ok((requests, reps, faults))
}

#[test]
fn a_frame_asks_for_no_memory() -> Result<(), Box<dyn std::error::Error>> {
    let before = REQUESTS.get();
    drop(std::hint::black_box(vec![0_u8; 64]));
    assert_eq!(REQUESTS.get() - before, 1, "requests are not counted");
    for up in [Up::parse_world("y")?, Up::Image] {
        let (requests, reps, faults) = pushed("squat", up)?;
        assert!(reps >= FRAMES / 120 - 1, "{reps} repetitions in {up:?}");
        assert!(faults >= reps, "{faults} faults in {up:?}");
        assert_eq!(requests, 0, "in {up:?}");
    }
    Ok(())
}
