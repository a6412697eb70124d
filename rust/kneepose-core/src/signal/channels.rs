//! Finds runs of finite samples in channels.

use crate::interrupt::check_at;
use crate::math::sort::sort_items;
use std::ops::Range;

/// Block of consecutive frames and adjacent channels without missing samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Half-open range of frames.
    pub frames: Range<usize>,
    /// Half-open range of channels.
    pub channels: Range<usize>,
}

/// True if all values are finite. `v − v` is 0 for finite values and NaN otherwise. There are no
/// branches, so the compiler vectorizes the loop.
#[inline(always)]
#[allow(clippy::eq_op)]
pub fn all_finite(values: &[f64]) -> bool {
    values.chunks(256).all(|chunk| chunk.iter().fold(0, |found, v| found | (v - v).to_bits()) == 0)
}

/// Runs of finite samples in all channels. Runs of adjacent channels are joined if they have the
/// same frames.
pub fn finite_runs(series: &[f64], channels: usize) -> Vec<Run> {
    let frames = series.len().checked_div(channels).unwrap_or(0);
    if frames == 0 {
        return Vec::new();
    }
    if all_finite(series) {
        return vec![Run { frames: 0..frames, channels: 0..channels }];
    }
    let mut open: Vec<Option<usize>> = vec![None; channels];
    let mut runs: Vec<(usize, usize, usize)> = Vec::new();
    for (t, row) in series.chunks_exact(channels).enumerate() {
        check_at(t);
        for (channel, (value, open)) in row.iter().zip(&mut open).enumerate() {
            if value.is_finite() {
                open.get_or_insert(t);
            } else if let Some(start) = open.take() {
                runs.push((start, t, channel));
            }
        }
    }
    for (channel, open) in open.into_iter().enumerate() {
        runs.extend(open.map(|start| (start, frames, channel)));
    }
    sort_items(&mut runs, Ord::cmp);
    let mut joined: Vec<Run> = Vec::new();
    for (start, end, channel) in runs {
        match joined.last_mut() {
            Some(last) if last.frames == (start..end) && last.channels.end == channel => {
                last.channels.end = channel + 1;
            }
            _ => joined.push(Run { frames: start..end, channels: channel..channel + 1 }),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_with_the_same_gaps_stay_together() {
        let nan = f64::NAN;
        #[rustfmt::skip]
        let series = [
            1.0, 1.0, nan,
            nan, nan, 1.0,
            1.0, 1.0, 1.0,
        ];
        let found: Vec<_> =
            finite_runs(&series, 3).into_iter().map(|r| (r.frames, r.channels)).collect();
        assert_eq!(found, [(0..1, 0..2), (1..3, 2..3), (2..3, 0..2)]);
        assert!(finite_runs(&[], 3).is_empty() && finite_runs(&[1.0], 0).is_empty());
    }
}
