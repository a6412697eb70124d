//! Draws lines and sectors into the pixels of a picture, for overlays on live frames.

use core::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut3, s};

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
    let reach = brush.outer + 1.0;
    let rows = span(ends.map(|[_, y]| y), reach, height);
    for y in rows.0..rows.1 {
        let columns = span(brush.near_row(line, y as f64, reach), 0.0, width);
        let mut x = columns.0 as f64;
        change(picture, [y, y + 1], [columns.0, columns.1], |pixels| {
            for pixel in pixels {
                brush.paint(line, x, y as f64, pixel);
                x += 1.0;
            }
        });
    }
}

/// Darkens a rectangle of a picture to a quarter of its brightness.
pub fn shade(picture: &mut ArrayViewMut3<'_, u8>, rows: [usize; 2], columns: [usize; 2]) {
    change(picture, rows, columns, |pixels| {
        pixels.as_flattened_mut().iter_mut().for_each(|value| *value >>= 2);
    });
}

/// Fills a rectangle of a picture with a color.
pub fn fill(
    picture: &mut ArrayViewMut3<'_, u8>,
    rows: [usize; 2],
    columns: [usize; 2],
    color: [u8; 3],
) {
    change(picture, rows, columns, |pixels| pixels.fill(color));
}

/// Draws a mask of coverage values (0 to 255) in a color. Its first pixel is at the given row and
/// column, which may be outside the picture. Each pixel becomes the maximum of its old value and
/// the covered color.
pub fn stamp(
    picture: &mut ArrayViewMut3<'_, u8>,
    mask: &ArrayView2<'_, u8>,
    [top, left]: [isize; 2],
    color: [u8; 3],
) {
    let (height, width, _) = picture.dim();
    let (rows, columns) = (overlap(top, mask.nrows(), height), overlap(left, mask.ncols(), width));
    let mask = mask.slice(s![rows.0, columns.0]);
    let paints: [[u8; 3]; 256] =
        core::array::from_fn(|cover| color.map(|paint| (cover * usize::from(paint) / 255) as u8));
    let [top, left] = [rows.1.start, columns.1.start];
    for (y, covers) in (top..).zip(mask.outer_iter()) {
        let mut covers = covers.iter();
        change(picture, [y, y + 1], [left, left + mask.ncols()], |pixels| {
            for (pixel, cover) in pixels.iter_mut().zip(&mut covers) {
                if let (1.., Some(paint)) = (*cover, paints.get(usize::from(*cover))) {
                    for (value, paint) in pixel.iter_mut().zip(paint) {
                        *value = (*value).max(*paint);
                    }
                }
            }
        });
    }
}

/// Applies a function to the pixels of a rectangle, row by row.
fn change(
    picture: &mut ArrayViewMut3<'_, u8>,
    rows: [usize; 2],
    columns: [usize; 2],
    mut apply: impl FnMut(&mut [[u8; 3]]),
) {
    let (height, width, _) = picture.dim();
    let ([top, bottom], [left, right]) =
        (rows.map(|y| y.min(height)), columns.map(|x| x.min(width)));
    if left >= right || top >= bottom {
        return;
    }
    let mut part = picture.slice_mut(s![top..bottom, left..right, ..]);
    for mut row in part.outer_iter_mut() {
        // The pixels of most pictures are contiguous, which allows faster processing.
        if let Some(values) = row.as_slice_mut() {
            apply(values.as_chunks_mut().0);
            continue;
        }
        for mut pixel in row.outer_iter_mut() {
            let mut values = [0, 1, 2].map(|channel| pixel.get(channel).copied().unwrap_or(0));
            apply(core::slice::from_mut(&mut values));
            pixel.iter_mut().zip(values).for_each(|(value, new)| *value = new);
        }
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
    /// Vector from start to end; `along` is that vector divided by its squared length, `direction`
    /// divided by its length.
    way: [f64; 2],
    along: [f64; 2],
    direction: [f64; 2],
    half: f64,
    outer: f64,
    color: [f64; 3],
    around: [f64; 3],
    halo: [u8; 3],
}

impl Brush {
    fn of(line: &Line) -> Self {
        let ([x0, y0], [x1, y1]) = (line.start, line.end);
        let way = [x1 - x0, y1 - y0];
        let length_2 = way[0] * way[0] + way[1] * way[1];
        let share = if length_2 > 0.0 { 1.0 / length_2 } else { 0.0 };
        let half = 0.5 * line.width;
        let halo = line.halo.map_or(line.color, |(color, _)| color);
        Self {
            way,
            along: way.map(|part| part * share),
            direction: way.map(|part| part * share.sqrt()),
            half,
            outer: half + line.halo.map_or(0.0, |(_, wide)| wide),
            color: line.color.map(f64::from),
            around: halo.map(f64::from),
            halo,
        }
    }

    /// Range of x in a row of pixels that can be within `reach` of a line.
    fn near_row(&self, line: &Line, y: f64, reach: f64) -> [f64; 2] {
        let ([x0, y0], [x1, _]) = (line.start, line.end);
        let [right, down] = self.direction;
        let ends = [x0.min(x1) - reach, x0.max(x1) + reach];
        if down == 0.0 {
            return ends;
        }
        let (middle, half) = (x0 + (y - y0) * right / down, reach / down.abs());
        [ends[0].max(middle - half), ends[1].min(middle + half)]
    }

    /// Distance of a point from the center line, in pixels. A point beside the line needs no square
    /// root.
    fn distance(&self, [x0, y0]: [f64; 2], x: f64, y: f64) -> f64 {
        let (dx, dy) = (x - x0, y - y0);
        let share = dx * self.along[0] + dy * self.along[1];
        if share > 0.0 && share < 1.0 {
            return (dx * self.direction[1] - dy * self.direction[0]).abs();
        }
        let [ex, ey] = if share >= 1.0 { self.way } else { [0.0; 2] };
        ((dx - ex) * (dx - ex) + (dy - ey) * (dy - ey)).sqrt()
    }

    fn paint(&self, line: &Line, x: f64, y: f64, pixel: &mut [u8; 3]) {
        let distance = self.distance(line.start, x, y);
        let share = |wide: f64| (wide + 0.5 - distance).clamp(0.0, 1.0);
        let (core, cover) = (share(self.half), share(self.outer));
        // Most pixels are completely outside or completely covered by one color.
        if cover <= 0.0 {
            return;
        }
        if core >= 1.0 || (core <= 0.0 && cover >= 1.0) {
            *pixel = if core >= 1.0 { line.color } else { self.halo };
            return;
        }
        let colors = self.color.into_iter().zip(self.around);
        for (value, (inner, edge)) in pixel.iter_mut().zip(colors) {
            *value = blended(*value, edge + (inner - edge) * core, cover);
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
    let rows = span([center[1]; 2], radius, height);
    let columns = span([center[0]; 2], radius, width);
    for y in rows.0..rows.1 {
        let mut place = columns.0..columns.1;
        change(picture, [y, y + 1], [columns.0, columns.1], |pixels| {
            for (pixel, x) in pixels.iter_mut().zip(&mut place) {
                let at = [x as f64 - center[0], y as f64 - center[1]];
                let is_between = way * turn(from, at) >= 0.0
                && way * turn(at, to) >= 0.0
                // The conditions above also hold in the opposite sector; this one selects the
                // sector around the middle direction.
                && at[0] * middle[0] + at[1] * middle[1] >= 0.0;
                if is_between && at[0] * at[0] + at[1] * at[1] <= radius * radius {
                    for (value, paint) in pixel.iter_mut().zip(color) {
                        *value = blended(*value, f64::from(paint), share);
                    }
                }
            }
        });
    }
}

/// Sum of two directions after each is scaled to unit length.
fn unit_sum(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    let length = |[x, y]: [f64; 2]| (x * x + y * y).sqrt().max(f64::MIN_POSITIVE);
    let (of_a, of_b) = (length(a), length(b));
    [a[0] / of_a + b[0] / of_b, a[1] / of_a + b[1] / of_b]
}

/// Value of a pixel after blending with a share of a color, rounded.
fn blended(old: u8, paint: f64, share: f64) -> u8 {
    let old = f64::from(old);
    (old + (paint - old) * share + 0.5) as u8
}

/// Range of pixels within `reach` of two values, limited to `count`: from the first one to one
/// beyond the last.
fn span(values: [f64; 2], reach: f64, count: usize) -> (usize, usize) {
    let low = (values[0].min(values[1]) - reach).floor().max(0.0);
    let high = (values[0].max(values[1]) + reach).ceil() + 1.0;
    (low as usize, (high.max(0.0) as usize).min(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Array3, ArrayViewMut3};

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
    fn a_mask_is_drawn_where_the_picture_is_darker_and_cut_at_its_edges() {
        let mask = Array2::from_shape_fn((4, 5), |(y, x)| if y == 0 { 0 } else { 51 * x as u8 });
        for corner in [[2, 3], [-2, -3], [8, 9], [-4, 0], [0, 12], [-90, 90]] {
            let mut picture = Array3::from_elem((10, 12, 3), 20);
            stamp(&mut picture.view_mut(), &mask.view(), corner, [250, 100, 0]);
            for ((y, x, channel), value) in picture.indexed_iter() {
                let [row, column] = [y as isize - corner[0], x as isize - corner[1]];
                let cover = usize::try_from(row)
                    .ok()
                    .zip(usize::try_from(column).ok())
                    .and_then(|at| mask.get(at))
                    .map_or(0, |cover| u16::from(*cover));
                let paint = [250, 100, 0].get(channel).map_or(0, |color| color * cover / 255);
                assert_eq!(u16::from(*value), paint.max(20));
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
