//! Lines with round ends, and sectors, drawn into the pixels of a picture, for overlays on live frames.

use ndarray::{ArrayViewMut3, s};

/// A line with round ends, and with a halo where it has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Beginning (x, y) in pixels; whole numbers are the middles of pixels.
    pub start: [f64; 2],
    /// End (x, y) in pixels.
    pub end: [f64; 2],
    /// Width in pixels.
    pub width: f64,
    /// Color, in the order of the picture's channels.
    pub color: [u8; 3],
    /// Color and width of the halo around the line.
    pub halo: Option<([u8; 3], f64)>,
}

/// Draws a line into a picture of shape (height, width, 3), with smooth edges. A point that is not
/// finite, or farther outside than four times the larger side of the picture, draws nothing.
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
    for (y, mut row) in picture.outer_iter_mut().enumerate().take(rows.1).skip(rows.0) {
        let columns = span(near_row(line, y as f64, reach), reach, width);
        if columns.0 >= columns.1 {
            continue;
        }
        let mut part = row.slice_mut(s![columns.0..columns.1, ..]);
        // Most pictures have their pixels in one piece, which is twice as fast to go through.
        if let Some(pixels) = part.as_slice_mut() {
            for (x, pixel) in (columns.0..).zip(pixels.chunks_exact_mut(3)) {
                brush.paint(line, x as f64, y as f64, pixel.iter_mut());
            }
        } else {
            for (x, mut pixel) in (columns.0..).zip(part.outer_iter_mut()) {
                brush.paint(line, x as f64, y as f64, pixel.iter_mut());
            }
        }
    }
}

/// Darkens the rows and columns of a picture in two ranges to a quarter of their brightness.
pub fn shade(picture: &mut ArrayViewMut3<'_, u8>, rows: [usize; 2], columns: [usize; 2]) {
    let (height, width, _) = picture.dim();
    let ([top, bottom], [left, right]) =
        (rows.map(|y| y.min(height)), columns.map(|x| x.min(width)));
    if left >= right {
        return;
    }
    for mut row in picture.outer_iter_mut().take(bottom).skip(top) {
        let mut part = row.slice_mut(s![left..right, ..]);
        if let Some(values) = part.as_slice_mut() {
            values.iter_mut().for_each(|value| *value >>= 2);
        } else {
            part.mapv_inplace(|value| value >> 2);
        }
    }
}

/// The widths and colors of a line, ready for its pixels.
struct Brush {
    /// From the first end to the second, and that by the square of its length.
    way: [f64; 2],
    along: [f64; 2],
    half: f64,
    outer: f64,
    inner_2: f64,
    outer_2: f64,
    color: [f64; 3],
    around: [f64; 3],
}

impl Brush {
    fn of(line: &Line) -> Self {
        let ([x0, y0], [x1, y1]) = (line.start, line.end);
        let way = [x1 - x0, y1 - y0];
        let length_2 = way[0] * way[0] + way[1] * way[1];
        let share = if length_2 > 0.0 { 1.0 / length_2 } else { 0.0 };
        let half = 0.5 * line.width;
        let outer = half + line.halo.map_or(0.0, |(_, wide)| wide);
        Self {
            way,
            along: way.map(|part| part * share),
            half,
            outer,
            inner_2: (half - 0.5).max(0.0).powi(2),
            outer_2: (outer + 0.5).powi(2),
            color: line.color.map(f64::from),
            around: line.halo.map_or(line.color, |(color, _)| color).map(f64::from),
        }
    }

    /// Square of the distance of a point from the line's middle, in pixels.
    fn distance_2(&self, [x0, y0]: [f64; 2], x: f64, y: f64) -> f64 {
        let (dx, dy) = (x - x0, y - y0);
        let share = (dx * self.along[0] + dy * self.along[1]).clamp(0.0, 1.0);
        (dx - share * self.way[0]).powi(2) + (dy - share * self.way[1]).powi(2)
    }

    fn paint<'a>(&self, line: &Line, x: f64, y: f64, pixel: impl Iterator<Item = &'a mut u8>) {
        let distance_2 = self.distance_2(line.start, x, y);
        if distance_2 >= self.outer_2 {
            return;
        }
        if distance_2 < self.inner_2 {
            for (value, color) in pixel.zip(line.color) {
                *value = color;
            }
            return;
        }
        let distance = distance_2.sqrt();
        let share = |wide: f64| (wide + 0.5 - distance).clamp(0.0, 1.0);
        let (core, cover) = (share(self.half), share(self.outer));
        for (value, (inner, edge)) in pixel.zip(self.color.into_iter().zip(self.around)) {
            *value = blended(*value, edge + (inner - edge) * core, cover);
        }
    }
}

/// Tints a sector of a circle by a share of a color: from one direction (x, y) to another, the shorter way.
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
    if columns.0 >= columns.1 {
        return;
    }
    for (y, mut row) in picture.outer_iter_mut().enumerate().take(rows.1).skip(rows.0) {
        let mut part = row.slice_mut(s![columns.0..columns.1, ..]);
        for (x, mut pixel) in (columns.0..).zip(part.outer_iter_mut()) {
            let at = [x as f64 - center[0], y as f64 - center[1]];
            let is_between = way * turn(from, at) >= 0.0
                && way * turn(at, to) >= 0.0
                // Of two opposite sectors, the one around the middle direction.
                && at[0] * middle[0] + at[1] * middle[1] >= 0.0;
            if is_between && at[0] * at[0] + at[1] * at[1] <= radius * radius {
                for (value, paint) in pixel.iter_mut().zip(color) {
                    *value = blended(*value, f64::from(paint), share);
                }
            }
        }
    }
}

/// Sum of two directions, each made one long.
fn unit_sum(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    let length = |[x, y]: [f64; 2]| (x * x + y * y).sqrt().max(f64::MIN_POSITIVE);
    let (of_a, of_b) = (length(a), length(b));
    [a[0] / of_a + b[0] / of_b, a[1] / of_a + b[1] / of_b]
}

/// A value of a pixel with a share of paint over it, rounded.
fn blended(old: u8, paint: f64, share: f64) -> u8 {
    let old = f64::from(old);
    (old + (paint - old) * share + 0.5) as u8
}

/// Pixels within `reach` of two values: from the first one to one beyond the last, of `count`.
fn span(values: [f64; 2], reach: f64, count: usize) -> (usize, usize) {
    let low = (values[0].min(values[1]) - reach).floor().max(0.0);
    let high = (values[0].max(values[1]) + reach).ceil() + 1.0;
    (low as usize, (high.max(0.0) as usize).min(count))
}

/// The x of the two ends of the part of a line that is within `reach` rows of a row.
fn near_row(line: &Line, y: f64, reach: f64) -> [f64; 2] {
    let [[x0, y0], [x1, y1]] = [line.start, line.end];
    let rise = y1 - y0;
    let at = |wanted: f64| {
        let share = if rise == 0.0 { 0.0 } else { ((wanted - y0) / rise).clamp(0.0, 1.0) };
        x0 + share * (x1 - x0)
    };
    if rise == 0.0 { [x0, x1] } else { [at(y - reach), at(y + reach)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    fn drawn(line: &Line) -> Array3<u8> {
        let mut picture = Array3::zeros((40, 50, 3));
        draw_line(&mut picture.view_mut(), line);
        picture
    }

    /// Square of the distance of a point from the line's middle, in pixels.
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
    fn points_that_are_nowhere_draw_nothing() {
        for start in [[f64::NAN, 1.0], [1e30, 1.0], [f64::INFINITY, 1.0]] {
            assert!(drawn(&Line { start, ..LINE }).iter().all(|value| *value == 0));
        }
        let outside = Line { start: [-50.0, -50.0], end: [-20.0, -20.0], ..LINE };
        assert!(drawn(&outside).iter().all(|value| *value == 0));
    }
}
