//! Cues and weights of the evidence for exercises done standing. Written by `make evidence`
//! (tools/fit_evidence.py). Do not edit.

use super::evidence::{CUE_COUNT, CueRow, VIEW_COUNT};

/// Log odds without any evidence: in 3-D, in an image from the front, in one from elsewhere.
pub(super) const BIAS: [f64; VIEW_COUNT] = [-8.3, -7.0, -6.3];

/// The cues, in the order in which they are computed.
pub const CUES: [CueRow; CUE_COUNT] = [
    CueRow {
        name: "hips_sink",
        from: 0.04,
        to: 0.2,
        weights: [0.5, 0.0, 0.0],
        meaning: "hips lower at the bottom than at rest, leg lengths",
    },
    CueRow {
        name: "shoulders_sink",
        from: 0.05,
        to: 0.3,
        weights: [0.0, 7.2, 0.0],
        meaning: "shoulders lower at the bottom than at rest, leg lengths",
    },
    CueRow {
        name: "knees_bend",
        from: 8.0,
        to: 40.0,
        weights: [4.8, 0.2, 4.8],
        meaning: "bend of the knees, mean of the legs, degrees",
    },
    CueRow {
        name: "knees_differ",
        from: 15.0,
        to: 45.0,
        weights: [0.0, -1.8, -1.1],
        meaning: "difference between the knees, degrees",
    },
    CueRow {
        name: "thighs_tip",
        from: 0.0,
        to: 0.12,
        weights: [4.2, 1.3, 0.0],
        meaning: "hips nearer to the height of the knees, leg lengths",
    },
    CueRow {
        name: "thighs_differ",
        from: 0.08,
        to: 0.22,
        weights: [-4.9, -5.5, -2.1],
        meaning: "difference between the legs in that, leg lengths",
    },
    CueRow {
        name: "feet_move",
        from: 0.2,
        to: 0.5,
        weights: [-4.6, -4.9, -3.9],
        meaning: "median distance of a foot from its place at rest, leg lengths",
    },
    CueRow {
        name: "leans",
        from: 2.4,
        to: 4.0,
        weights: [0.0, -3.4, -11.9],
        meaning: "degrees of trunk lean for each percent of sinking",
    },
    CueRow {
        name: "lasts",
        from: 0.5,
        to: 0.9,
        weights: [2.5, 0.9, 3.4],
        meaning: "seconds from start to end",
    },
    CueRow {
        name: "no_return",
        from: 0.1,
        to: 0.6,
        weights: [-1.5, -2.3, -1.6],
        meaning: "hip height after against before, share of the sinking",
    },
    CueRow {
        name: "unlike",
        from: 0.2,
        to: 1.0,
        weights: [0.0, -0.6, 0.0],
        meaning: "logarithm of the range against that of the other repetitions",
    },
    CueRow {
        name: "stands",
        from: 0.6,
        to: 0.9,
        weights: [0.9, 1.3, 0.4],
        meaning: "hips over feet at rest, leg lengths",
    },
    CueRow {
        name: "leaves_ground",
        from: 0.05,
        to: 0.2,
        weights: [-1.4, -4.5, -4.8],
        meaning: "hips higher around the movement than at rest, leg lengths",
    },
    CueRow {
        name: "sinks_too_far",
        from: 0.7,
        to: 1.0,
        weights: [0.0, -2.2, -11.3],
        meaning: "hips lower at the bottom than at rest, leg lengths",
    },
    CueRow {
        name: "sinks_deep",
        from: 0.2,
        to: 0.4,
        weights: [0.0, 1.9, 4.1],
        meaning: "hips lower at the bottom than at rest, leg lengths",
    },
    CueRow {
        name: "one_foot_up",
        from: 0.3,
        to: 0.8,
        weights: [3.4, 6.0, 3.7],
        meaning: "share of a one-leg repetition with the other foot in the air",
    },
    CueRow {
        name: "feet_fall",
        from: 0.06,
        to: 0.2,
        weights: [0.0, -0.2, -1.1],
        meaning: "lower foot lower at the bottom than at rest, leg lengths",
    },
];
