//! Medians of several series over the same frames, computed together.
//!
//! Each frame is a row that is compared with all rows before it. The order of the comparisons does
//! not depend on the values, so vector instructions sort all series at once.

use crate::interrupt::check;
use crate::math::at;
use crate::math::simd::{SimdJob, Wide, ZipInline, run_simd};
use crate::memory::{gathered, reserve};
use crate::stats::quantile::{Scratch, between, position, quantile_of_finite};

/// Number of series that one vector instruction compares.
/// Source: derived: the width of the vector registers of AVX2.
pub const LANES: usize = 4;
/// Maximum number of frames for which this method is used. For more frames, a selection for each
/// series is faster.
/// Source: chosen: the number of values of a thinned quantity; any number gives the same medians;
/// no test shows its effect.
const MOST_ROWS: usize = 48;

/// One frame: a value of each series, in groups.
type Row<const GROUPS: usize> = [[f64; LANES]; GROUPS];

/// Median of the finite values of each series. NaN if there are none, or if they are fewer than
/// `least_share` of the rows. `work` is a buffer.
pub fn medians_in<const GROUPS: usize>(
    rows: impl Iterator<Item = Row<GROUPS>>,
    least_share: f64,
    work: &mut Scratch,
) -> Row<GROUPS> {
    check();
    let Some(most) = rows.size_hint().1 else {
        return medians_in(gathered(rows).into_iter(), least_share, work);
    };
    work.clear();
    if work.capacity() < most * GROUPS * LANES {
        reserve(work, most * GROUPS * LANES);
    }
    work.resize(most * GROUPS * LANES, f64::NAN);
    let (groups, _) = work.as_chunks_mut::<LANES>();
    let (slots, _) = groups.as_chunks_mut::<GROUPS>();
    let mut count = 0;
    for (slot, row) in slots.iter_mut().zip(rows) {
        *slot = row;
        count += 1;
    }
    work.truncate(count * GROUPS * LANES);
    let (groups, _) = work.as_chunks_mut::<LANES>();
    let (rows, _) = groups.as_chunks_mut::<GROUPS>();
    let least = least_share * rows.len() as f64;
    if rows.len() > MOST_ROWS {
        return medians_of_many(least, work);
    }
    let mut counts = [[0.0; LANES]; GROUPS];
    run_simd(Insertion { rows, counts: &mut counts });
    let mut medians = [[f64::NAN; LANES]; GROUPS];
    let of_all = medians.as_flattened_mut().iter_mut().zip(counts.as_flattened());
    for (series, (median, count)) in of_all.enumerate() {
        if *count < least {
            continue;
        }
        let count = *count as usize;
        let Some((below, share)) = position(count, 0.5) else { continue };
        let value = |rank: usize| at(work, rank * GROUPS * LANES + series);
        let low = value(below);
        let high = if below + 1 < count { value(below + 1) } else { low };
        *median = between(low, high, share);
    }
    medians
}

/// Same as [`medians_in`], for series in separate slices. Missing values at the end of shorter
/// series count as NaN.
pub fn medians_of_series(series: [&[f64]; LANES], work: &mut Scratch) -> [f64; LANES] {
    let longest = series.iter().map(|values| values.len()).max().unwrap_or(0);
    let [a, b, c, d] = series;
    let row = |t| [[at(a, t), at(b, t), at(c, t), at(d, t)]];
    let [medians] = medians_in((0..longest).map(row), 0.0, work);
    medians
}

/// Medians for many frames, one series after the other.
fn medians_of_many<const GROUPS: usize>(least: f64, work: &mut Scratch) -> Row<GROUPS> {
    let all = work.len();
    reserve(work, all / (GROUPS * LANES));
    let mut medians = [[f64::NAN; LANES]; GROUPS];
    for (series, median) in medians.as_flattened_mut().iter_mut().enumerate() {
        for place in (series..all).step_by(GROUPS * LANES) {
            let value = at(work, place);
            work.extend(value.is_finite().then_some(value));
        }
        let seen = work.get_mut(all..).unwrap_or_default();
        *median =
            if (seen.len() as f64) < least { f64::NAN } else { quantile_of_finite(seen, 0.5) };
        work.truncate(all);
    }
    medians
}

/// Sorts the lower half of the rows by insertion, separately for each series, and counts the finite
/// values.
struct Insertion<'a, const GROUPS: usize> {
    rows: &'a mut [Row<GROUPS>],
    counts: &'a mut Row<GROUPS>,
}

impl<const GROUPS: usize> SimdJob for Insertion<'_, GROUPS> {
    #[inline(always)]
    fn run(self, _: Option<Wide>) {
        let Self { rows, counts } = self;
        // The median is never above the middle of the sorted rows, so the upper half need not be
        // sorted.
        let kept = rows.len() / 2 + 1;
        // Two rows are inserted at a time, the lower one first. Each sorted row is then loaded and
        // stored only once for both.
        for place in (0..rows.len()).step_by(2) {
            let Some((sorted, rest)) = rows.split_at_mut_checked(place) else { return };
            let Some((first, rest)) = rest.split_first_mut() else { return };
            let mut nothing = [[f64::INFINITY; LANES]; GROUPS];
            let second = rest.first_mut().unwrap_or(&mut nothing);
            let (mut low, mut high);
            (low, *counts) = counted(*first, *counts);
            (high, *counts) = counted(*second, *counts);
            (low, high) = in_order(low, high);
            for row in sorted.iter_mut().take(kept) {
                (*row, low) = in_order(*row, low);
                (low, high) = in_order(low, high);
            }
            (*first, *second) = (low, high);
        }
    }
}

/// Replaces missing values by infinity, so that they sort last, and adds the finite ones to the
/// counts.
#[inline(always)]
fn counted<const GROUPS: usize>(
    mut row: Row<GROUPS>,
    mut counts: Row<GROUPS>,
) -> (Row<GROUPS>, Row<GROUPS>) {
    for (values, counts) in row.iter_mut().zip_inline(&mut counts) {
        for (value, count) in values.iter_mut().zip_inline(counts) {
            let seen = value.is_finite();
            *count += if seen { 1.0 } else { 0.0 };
            *value = if seen { *value } else { f64::INFINITY };
        }
    }
    (row, counts)
}

/// Minimum and maximum of each pair of values.
#[inline(always)]
fn in_order<const GROUPS: usize>(
    mut a: Row<GROUPS>,
    mut b: Row<GROUPS>,
) -> (Row<GROUPS>, Row<GROUPS>) {
    for (a, b) in a.iter_mut().zip_inline(&mut b) {
        for (a, b) in a.iter_mut().zip_inline(b) {
            (*a, *b) = if *b < *a { (*b, *a) } else { (*a, *b) };
        }
    }
    (a, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::quantile::median;

    #[test]
    fn each_series_has_its_median() {
        let value = |t: usize, i: usize| match (t * 7919 + i * 31 + t * t * 13) % 37 {
            _ if i == 5 => f64::NAN,
            0 | 5 => f64::NAN,
            9 if i > 2 => f64::INFINITY,
            11 => f64::NEG_INFINITY,
            number => number as f64 - 17.0,
        };
        let mut work = Scratch::new();
        for frames in 0..=2 * MOST_ROWS {
            let row = |t| [[0, 1, 2, 3], [4, 5, 6, 7]].map(|group| group.map(|i| value(t, i)));
            for least_share in [0.0, 0.9, 0.95] {
                let medians = medians_in((0..frames).map(row), least_share, &mut work);
                for (i, found) in medians.as_flattened().iter().enumerate() {
                    let alone: Vec<f64> = (0..frames).map(|t| value(t, i)).collect();
                    let seen = alone.iter().filter(|v| v.is_finite()).count() as f64;
                    let enough = seen >= least_share * frames as f64;
                    let expected = if enough { median(&alone) } else { f64::NAN };
                    assert_eq!(found.to_bits(), expected.to_bits(), "{i} of {frames} frames");
                }
            }
        }
    }
}
