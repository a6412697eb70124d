//! Draws lines and sectors into the pixels of a picture, for overlays on live frames.

use core::ops::Range;

use ndarray::{ArrayView1, ArrayView3, ArrayViewMut3, s};

/// A line with round ends and an optional halo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Start (x, y) in pixels; whole numbers are centers of pixels.
    pub start: [f64; 2],
    /// End (x, y) in pixels; whole numbers are centers of pixels.
    pub end: [f64; 2],
    /// Width in pixels.
    pub width: f64,
    /// Color, in the order of the picture's channels.
    pub color: [u8; 3],
    /// Color and width of the halo around the line.
    pub halo: Option<([u8; 3], f64)>,
}

/// Draws a line with smooth edges into a picture of shape (height, width, 3). Nothing is drawn if
/// an end is not finite or is outside by more than four times the longer side of the picture.
pub fn draw_line(picture: &mut ArrayViewMut3<'_, u8>, line: &Line) {
    let (height, width, _) = picture.dim();
    let far = 4.0 * height.max(width) as f64;
    let ends = [line.start, line.end];
    if !ends.iter().flatten().all(|value| value.abs() < far) {
        return;
    }
    let brush = Brush::of(line);
    let rows = span(ends.map(|[_, y]| y), brush.outer + 1.0, height);
    let touched = |y: usize| pixels_in(brush.across(line, y as f64, brush.outer + 0.5));
    change(picture, rows, touched, |y, left, pixels| {
        // Most pixels have the line's own color alone.
        let solid = pixels_in(brush.across(line, y as f64, brush.half - 0.5));
        let [from, to] = solid.map(|x| x.saturating_sub(left).min(pixels.len()));
        let (before, rest) = pixels.split_at_mut(from);
        let (solid, after) = rest.split_at_mut(to.saturating_sub(from));
        solid.fill(line.color);
        let right = left + before.len() + solid.len();
        brush.paint(line, [left, y], before);
        brush.paint(line, [right, y], after);
    });
}

/// Darkens a rectangle of a picture to a quarter of its brightness.
pub fn shade(picture: &mut ArrayViewMut3<'_, u8>, rows: [usize; 2], columns: [usize; 2]) {
    change(
        picture,
        rows,
        |_| columns,
        |_, _, pixels| {
            pixels.as_flattened_mut().iter_mut().for_each(|value| *value >>= 2);
        },
    );
}

/// Fills a rectangle of a picture with a color.
pub fn fill(
    picture: &mut ArrayViewMut3<'_, u8>,
    rows: [usize; 2],
    columns: [usize; 2],
    color: [u8; 3],
) {
    change(picture, rows, |_| columns, |_, _, pixels| pixels.fill(color));
}

/// Draws a colored text on black, shape (h, w, 3), into a picture. Its first pixel is at the given row
/// and column, which may be outside the picture. Each value becomes the maximum of both.
pub fn stamp(
    picture: &mut ArrayViewMut3<'_, u8>,
    light: &ArrayView3<'_, u8>,
    [top, left]: [isize; 2],
) {
    let ((height, width, _), (high, wide, _)) = (picture.dim(), light.dim());
    let (rows, columns) = (overlap(top, high, height), overlap(left, wide, width));
    let light = light.as_standard_layout();
    let light = light.slice(s![rows.0, columns.0, ..]);
    let mut lines = light.outer_iter();
    let (rows, columns) = ([rows.1.start, rows.1.end], [columns.1.start, columns.1.end]);
    change(
        picture,
        rows,
        |_| columns,
        |_, _, pixels| {
            let line = lines.next().and_then(|line| line.to_slice()).unwrap_or_default();
            for (value, light) in pixels.as_flattened_mut().iter_mut().zip(line) {
                *value = (*value).max(*light);
            }
        },
    );
}

/// Applies a function to a range of pixels of each row. It gets the row, the first column and the
/// pixels, once for each row whose range is inside the picture.
fn change(
    picture: &mut ArrayViewMut3<'_, u8>,
    [top, bottom]: [usize; 2],
    columns: impl Fn(usize) -> [usize; 2],
    mut apply: impl FnMut(usize, usize, &mut [[u8; 3]]),
) {
    let (height, width, _) = picture.dim();
    let bottom = bottom.min(height);
    let mut apart = Vec::new();
    let mut part = picture.slice_mut(s![top.min(bottom)..bottom, .., ..]);
    for (y, mut row) in (top..).zip(part.outer_iter_mut()) {
        let [left, right] = columns(y).map(|x| x.min(width));
        if left >= right {
            continue;
        }
        // The pixels of most pictures are contiguous, which allows faster processing.
        if let Some(values) = row.as_slice_mut() {
            if let Some(pixels) = values.as_chunks_mut().0.get_mut(left..right) {
                apply(y, left, pixels);
            }
            continue;
        }
        let mut row = row.slice_mut(s![left..right, ..]);
        let values = |pixel: ArrayView1<'_, u8>| {
            [0, 1, 2].map(|channel| pixel.get(channel).copied().unwrap_or(0))
        };
        apart.clear();
        apart.extend(row.outer_iter().map(values));
        apply(y, left, &mut apart);
        row.iter_mut().zip(apart.as_flattened()).for_each(|(value, new)| *value = *new);
    }
}

/// Part of `count` positions from `first` on that lies within `all` positions. Returns its range in
/// both numberings.
fn overlap(first: isize, count: usize, all: usize) -> (Range<usize>, Range<usize>) {
    let hidden = first.min(0).unsigned_abs().min(count);
    let start = (first.max(0) as usize).min(all);
    let length = (count - hidden).min(all - start);
    (hidden..hidden + length, start..start + length)
}

/// Precomputed widths, colors and directions of a line.
struct Brush {
    /// Vector from start to end; `direction` is that vector divided by its length, `inverse` one divided
    /// by each part of the direction.
    way: [f64; 2],
    direction: [f64; 2],
    inverse: [f64; 2],
    length: f64,
    half: f64,
    outer: f64,
    color: Wide,
    halo: Wide,
}

impl Brush {
    fn of(line: &Line) -> Self {
        let ([x0, y0], [x1, y1]) = (line.start, line.end);
        let way = [x1 - x0, y1 - y0];
        let length_2 = way[0] * way[0] + way[1] * way[1];
        let share = if length_2 > 0.0 { 1.0 / length_2 } else { 0.0 };
        let direction = way.map(|part| part * share.sqrt());
        let half = 0.5 * line.width;
        Self {
            way,
            direction,
            inverse: direction.map(f64::recip),
            length: length_2.sqrt(),
            half,
            outer: half + line.halo.map_or(0.0, |(_, wide)| wide),
            color: Wide::of(line.color),
            halo: Wide::of(line.halo.map_or(line.color, |(color, _)| color)),
        }
    }

    /// First and last x of a row within `reach` of the line; the first is larger if there are none.
    fn across(&self, line: &Line, y: f64, reach: f64) -> [f64; 2] {
        let mut found = [f64::INFINITY, f64::NEG_INFINITY];
        if reach < 0.0 {
            return found;
        }
        let mut join = |[low, high]: [f64; 2]| {
            if low <= high {
                found = [found[0].min(low), found[1].max(high)];
            }
        };
        for [x_end, y_end] in [line.start, line.end] {
            let left_over = reach * reach - (y - y_end) * (y - y_end);
            if left_over >= 0.0 {
                let half = left_over.sqrt();
                join([x_end - half, x_end + half]);
            }
        }
        if self.length > 0.0 {
            let [x0, y0] = line.start;
            let ([right, down], [per_right, per_down]) = (self.direction, self.inverse);
            // Beside the line by at most `reach`, and along it from one end to the other.
            let beside = between([-reach, reach], (y - y0) * right, -per_down);
            let along = between([0.0, self.length], (y - y0) * down, per_right);
            join([x0 + beside[0].max(along[0]), x0 + beside[1].min(along[1])]);
        }
        found
    }

    /// Paints the pixels of a row from a pixel (x, y) on.
    fn paint(&self, line: &Line, [left, y]: [usize; 2], pixels: &mut [[u8; 3]]) {
        let dy = y as f64 - line.start[1];
        let [right, down] = self.direction;
        let (beside, along) = (-dy * right, dy * down);
        let edges = [self.half, self.outer].map(|wide| wide + 0.5);
        for (x, pixel) in (left..).zip(pixels) {
            let dx = x as f64 - line.start[0];
            let along = dx * right + along;
            let distance = if along > 0.0 && along < self.length {
                (dx * down + beside).abs()
            } else {
                let end = if along > 0.0 { self.way } else { [0.0; 2] };
                let away = [dx - end[0], dy - end[1]];
                (away[0] * away[0] + away[1] * away[1]).sqrt()
            };
            // No branches: they would be missed at each edge.
            let [core, cover] = edges.map(|edge| weight(edge - distance));
            let paint = match core {
                0 => self.halo,
                WHOLE => self.color,
                _ => self.color.over(self.halo, core),
            };
            match cover {
                0 => {}
                WHOLE => *pixel = paint.color(),
                _ => *pixel = paint.over(Wide::of(*pixel), cover).color(),
            }
        }
    }
}

/// Tints a sector of a circle with a color. The sector is the smaller one between two directions
/// (x, y).
pub fn draw_sector(
    picture: &mut ArrayViewMut3<'_, u8>,
    center: [f64; 2],
    radius: f64,
    directions: [[f64; 2]; 2],
    color: [u8; 3],
    share: f64,
) {
    let (height, width, _) = picture.dim();
    let far = 4.0 * height.max(width) as f64;
    if !center.iter().chain([&radius]).all(|value| value.abs() < far) {
        return;
    }
    let [from, to] = directions;
    let turn = |a: [f64; 2], b: [f64; 2]| a[0] * b[1] - a[1] * b[0];
    let way = if turn(from, to) >= 0.0 { 1.0 } else { -1.0 };
    let middle = unit_sum(from, to);
    let (paint, share) = (Wide::of(color), weight(share));
    let rows = span([center[1]; 2], radius, height);
    let columns = span([center[0]; 2], radius, width);
    change(
        picture,
        rows,
        |_| columns,
        |y, left, pixels| {
            for (pixel, x) in pixels.iter_mut().zip(left..) {
                let at = [x as f64 - center[0], y as f64 - center[1]];
                let is_between = way * turn(from, at) >= 0.0
                && way * turn(at, to) >= 0.0
                // The conditions above also hold in the opposite sector; this one selects the
                // sector around the middle direction.
                && at[0] * middle[0] + at[1] * middle[1] >= 0.0;
                if is_between && at[0] * at[0] + at[1] * at[1] <= radius * radius {
                    *pixel = paint.over(Wide::of(*pixel), share).color();
                }
            }
        },
    );
}

/// Sum of two directions after each is scaled to unit length.
fn unit_sum(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    let length = |[x, y]: [f64; 2]| (x * x + y * y).sqrt().max(f64::MIN_POSITIVE);
    let (of_a, of_b) = (length(a), length(b));
    [a[0] / of_a + b[0] / of_b, a[1] / of_a + b[1] / of_b]
}

/// Weight of a share of one.
/// Source: derived: a power of two, so that the division of two weighed values is a shift.
const WHOLE: u64 = 256;

/// Converts a share, clamped to 0 and 1, to a weight.
fn weight(share: f64) -> u64 {
    (WHOLE as f64 * share.clamp(0.0, 1.0) + 0.5) as i32 as u64
}

/// A color with 16 bits for each channel, so that one multiplication weighs all of them.
#[derive(Clone, Copy)]
struct Wide(u64);

impl Wide {
    fn of([a, b, c]: [u8; 3]) -> Self {
        Self(u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32)
    }

    fn color(self) -> [u8; 3] {
        [self.0 as u8, (self.0 >> 16) as u8, (self.0 >> 32) as u8]
    }

    /// A share of this color over another one, rounded.
    fn over(self, below: Self, share: u64) -> Self {
        let half = (WHOLE / 2) * 0x0001_0001_0001;
        let sum = below.0 * (WHOLE - share) + self.0 * share + half;
        Self((sum / WHOLE) & 0x00ff_00ff_00ff)
    }
}

/// Pixels within `reach` of two values: the first one and one beyond the last, of `count`.
fn span(values: [f64; 2], reach: f64, count: usize) -> [usize; 2] {
    let low = values[0].min(values[1]) - reach;
    let high = values[0].max(values[1]) + reach;
    pixels_in([low, high]).map(|at| at.min(count))
}

/// Pixels between two places: the first one and one beyond the last.
fn pixels_in([low, high]: [f64; 2]) -> [usize; 2] {
    let first = low.max(0.0) as usize;
    let is_after = (first as f64) < low;
    let beyond = if high < 0.0 { 0 } else { (high as usize).saturating_add(1) };
    [first.saturating_add(usize::from(is_after)), beyond]
}

/// The x between which `offset + x / inverse` is between two limits; the first is larger if there are
/// none. An infinite `inverse` is of a slope of zero.
fn between(limits: [f64; 2], offset: f64, inverse: f64) -> [f64; 2] {
    if inverse.is_infinite() {
        let all = [f64::NEG_INFINITY, f64::INFINITY];
        let is_between = limits[0] <= offset && offset <= limits[1];
        return if is_between { all } else { [all[1], all[0]] };
    }
    let [a, b] = limits.map(|limit| (limit - offset) * inverse);
    [a.min(b), a.max(b)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array3, ArrayViewMut3};

    fn drawn(line: &Line) -> Array3<u8> {
        let mut picture = Array3::zeros((40, 50, 3));
        draw_line(&mut picture.view_mut(), line);
        picture
    }

    /// Squared distance of a point from the center line, in pixels.
    fn distance_2_to(line: &Line, x: f64, y: f64) -> f64 {
        let [[x0, y0], [x1, y1]] = [line.start, line.end];
        let (dx, dy) = (x1 - x0, y1 - y0);
        let length_2 = dx * dx + dy * dy;
        let along = (x - x0) * dx + (y - y0) * dy;
        let share = if length_2 > 0.0 { (along / length_2).clamp(0.0, 1.0) } else { 0.0 };
        (x - x0 - share * dx).powi(2) + (y - y0 - share * dy).powi(2)
    }

    const LINE: Line = Line {
        start: [10.0, 10.0],
        end: [30.0, 20.0],
        width: 4.0,
        color: [200, 100, 50],
        halo: Some(([255, 255, 255], 2.0)),
    };

    #[test]
    fn every_pixel_is_as_far_from_the_line_as_its_color_says() {
        for end in [[30.0, 20.0], [10.0, 35.5], [45.0, 10.0], [10.0, 10.0], [-20.0, 60.0]] {
            let line = Line { end, ..LINE };
            for ((y, x, channel), value) in drawn(&line).indexed_iter() {
                let distance = distance_2_to(&line, x as f64, y as f64).sqrt();
                if distance < 1.5 {
                    assert_eq!(Some(value), line.color.get(channel));
                } else if distance > 2.5 && distance < 3.5 {
                    assert_eq!(*value, 255);
                } else if distance > 4.5 {
                    assert_eq!(*value, 0);
                }
            }
        }
    }

    #[test]
    fn a_line_of_less_than_a_pixel_is_pale() {
        for end in [[30.0, 20.0], [10.0, 30.0], [30.0, 10.0], [10.0, 10.0]] {
            let picture = drawn(&Line { end, width: 0.5, halo: None, ..LINE });
            let most = picture.slice(s![.., .., 0]).iter().copied().max();
            assert!(most.is_some_and(|value| value > 100 && value <= 150), "{most:?}");
        }
    }

    #[test]
    fn a_sector_is_tinted_the_shorter_way() {
        let directions = [[1.0, 0.0], [0.0, 2.0]]; // right and down: a quarter
        for order in [directions, [directions[1], directions[0]]] {
            let mut picture = Array3::zeros((40, 50, 3));
            draw_sector(&mut picture.view_mut(), [20.0, 20.0], 10.0, order, [100, 0, 0], 0.5);
            for ((y, x, channel), value) in picture.indexed_iter() {
                let is_in = x >= 20 && y >= 20 && (x - 20).pow(2) + (y - 20).pow(2) <= 100;
                assert_eq!(*value, if is_in && channel == 0 { 50 } else { 0 });
            }
        }
    }

    #[test]
    fn a_shade_is_a_quarter_in_its_rectangle() {
        let mut picture = Array3::from_elem((10, 12, 3), 203);
        shade(&mut picture.view_mut(), [2, 5], [3, 40]);
        for ((y, x, _), value) in picture.indexed_iter() {
            let is_in = (2..5).contains(&y) && x >= 3;
            assert_eq!(*value, if is_in { 50 } else { 203 });
        }
        let whole = picture.clone();
        shade(&mut picture.view_mut(), [8, 4], [0, 12]);
        shade(&mut picture.view_mut(), [0, 10], [12, 20]);
        assert_eq!(picture, whole);
    }

    #[test]
    fn a_filled_rectangle_has_its_color_alone() {
        let mut picture = Array3::zeros((10, 12, 3));
        fill(&mut picture.view_mut(), [2, 50], [3, 6], [7, 8, 9]);
        for ((y, x, channel), value) in picture.indexed_iter() {
            let is_in = y >= 2 && (3..6).contains(&x);
            assert_eq!(*value, if is_in { 7 + channel as u8 } else { 0 });
        }
    }

    #[test]
    fn light_is_drawn_where_the_picture_is_darker_and_cut_at_its_edges() {
        let light = Array3::from_shape_fn((4, 5, 3), |(y, x, channel)| {
            if y == 0 { 0 } else { (17 * x * (channel + 1)) as u8 }
        });
        for corner in [[2, 3], [-2, -3], [8, 9], [-4, 0], [0, 12], [-90, 90]] {
            let mut picture = Array3::from_elem((10, 12, 3), 20);
            stamp(&mut picture.view_mut(), &light.view(), corner);
            for ((y, x, channel), value) in picture.indexed_iter() {
                let [row, column] = [y as isize - corner[0], x as isize - corner[1]];
                let there = usize::try_from(row)
                    .ok()
                    .zip(usize::try_from(column).ok())
                    .and_then(|(row, column)| light.get([row, column, channel]));
                assert_eq!(*value, there.copied().unwrap_or(0).max(20));
            }
        }
    }

    #[test]
    fn a_picture_whose_pixels_lie_apart_gets_the_same() {
        let draw = |mut picture: ArrayViewMut3<'_, u8>| {
            shade(&mut picture, [3, 30], [5, 45]);
            fill(&mut picture, [4, 9], [30, 48], [1, 2, 3]);
            draw_line(&mut picture, &LINE);
        };
        let mut whole = Array3::from_elem((40, 50, 3), 203);
        let mut apart = Array3::from_elem((40, 100, 3), 203);
        draw(whole.view_mut());
        draw(apart.slice_mut(s![.., ..;2, ..]));
        assert_eq!(whole, apart.slice(s![.., ..;2, ..]));
        assert!(apart.slice(s![.., 1..;2, ..]).iter().all(|value| *value == 203));
    }

    #[test]
    fn points_that_are_nowhere_draw_nothing() {
        for start in [[f64::NAN, 1.0], [1e30, 1.0], [f64::INFINITY, 1.0]] {
            assert!(drawn(&Line { start, ..LINE }).iter().all(|value| *value == 0));
        }
        let outside = Line { start: [-50.0, -50.0], end: [-20.0, -20.0], ..LINE };
        assert!(drawn(&outside).iter().all(|value| *value == 0));
    }
}
