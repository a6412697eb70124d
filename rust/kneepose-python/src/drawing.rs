//! Python functions that draw lines and sectors on frames.

use kneepose_core::drawing::{self, Line};
use numpy::{PyReadonlyArray3, PyReadwriteArray3};
use pyo3::prelude::*;

/// Line as a tuple: start, end, width, color, and (color, width) of the halo.
type Plain = ([f64; 2], [f64; 2], f64, [u8; 3], Option<([u8; 3], f64)>);

/// Draws lines with round ends into a frame (uint8, shape (H, W, 3)), in place.
#[pyfunction]
pub fn draw_lines(mut frame: PyReadwriteArray3<'_, u8>, lines: Vec<Plain>) {
    let mut picture = frame.as_array_mut();
    for (start, end, width, color, halo) in lines {
        drawing::draw_line(&mut picture, &Line { start, end, width, color, halo });
    }
}

/// Tints a sector of a circle on a frame in place. The sector lies between two directions (x, y);
/// `share` is the opacity of the color.
#[pyfunction]
pub fn draw_sector(
    mut frame: PyReadwriteArray3<'_, u8>,
    center: [f64; 2],
    radius: f64,
    directions: [[f64; 2]; 2],
    color: [u8; 3],
    share: f64,
) {
    drawing::draw_sector(&mut frame.as_array_mut(), center, radius, directions, color, share);
}

/// Darkens a rectangle of a frame to a quarter of its brightness, in place.
#[pyfunction]
pub fn shade(mut frame: PyReadwriteArray3<'_, u8>, rows: [usize; 2], columns: [usize; 2]) {
    drawing::shade(&mut frame.as_array_mut(), rows, columns);
}

/// Fills a rectangle of a frame with a color, in place.
#[pyfunction]
pub fn fill(
    mut frame: PyReadwriteArray3<'_, u8>,
    rows: [usize; 2],
    columns: [usize; 2],
    color: [u8; 3],
) {
    drawing::fill(&mut frame.as_array_mut(), rows, columns, color);
}

/// Draws a colored text on black, uint8, shape (h, w, 3), into a frame, in place. Its corner is at (row,
/// column). Each value becomes the maximum of both.
#[pyfunction]
pub fn stamp(
    mut frame: PyReadwriteArray3<'_, u8>,
    light: PyReadonlyArray3<'_, u8>,
    corner: [isize; 2],
) {
    drawing::stamp(&mut frame.as_array_mut(), &light.as_array(), corner);
}
