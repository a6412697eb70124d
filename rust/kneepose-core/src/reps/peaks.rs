//! Local maxima and how far they stand out.

use crate::signal::at;

/// A local maximum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// Sample of the maximum, the middle one of a plateau.
    pub index: usize,
    /// Height over the higher of the two lowest points on the way to something higher.
    pub prominence: f64,
}

/// All local maxima of a finite series, in time order. The first and last sample are none.
pub fn find_peaks(series: &[f64]) -> Vec<Peak> {
    let mut peaks = Vec::new();
    let mut rise = None;
    for i in 1..series.len() {
        let (before, here) = (at(series, i - 1), at(series, i));
        if here > before {
            rise = Some(i);
        } else if here < before {
            if let Some(first) = rise {
                let index = usize::midpoint(first, i - 1);
                peaks.push(Peak { index, prominence: prominence(series, index) });
            }
            rise = None;
        }
    }
    peaks
}

fn prominence(series: &[f64], index: usize) -> f64 {
    let height = at(series, index);
    let lowest = |side: &mut dyn Iterator<Item = &f64>| {
        side.take_while(|v| **v <= height).fold(height, |low, v| low.min(*v))
    };
    let left = lowest(&mut series.iter().take(index).rev());
    let right = lowest(&mut series.iter().skip(index + 1));
    height - left.max(right)
}

/// Drops the lower of any two peaks closer than `distance` samples, the highest first.
pub fn thin_out(peaks: &mut Vec<Peak>, series: &[f64], distance: usize) {
    let mut order: Vec<usize> = (0..peaks.len()).collect();
    let position = |i: usize| peaks.get(i).map_or(0, |p| p.index);
    // Of equal heights the later one is looked at first, as find_peaks users expect.
    order.sort_by(|&a, &b| {
        at(series, position(b)).total_cmp(&at(series, position(a))).then(b.cmp(&a))
    });
    let mut keep = vec![true; peaks.len()];
    for &i in &order {
        if keep.get(i) != Some(&true) {
            continue;
        }
        for (j, kept) in keep.iter_mut().enumerate() {
            if j != i && position(j).abs_diff(position(i)) < distance {
                *kept = false;
            }
        }
    }
    let mut keep = keep.into_iter();
    peaks.retain(|_| keep.next().unwrap_or(false));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plateaus_count_once_and_prominence_stops_at_higher_ground() {
        let series = [0.0, 2.0, 2.0, 2.0, 1.0, 5.0, 0.5, 3.0, 0.0];
        let found: Vec<(usize, f64)> =
            find_peaks(&series).iter().map(|p| (p.index, p.prominence)).collect();
        assert_eq!(found, [(2, 1.0), (5, 5.0), (7, 2.5)]);
    }

    #[test]
    fn the_higher_of_two_close_peaks_stays() {
        let series = [0.0, 2.0, 1.0, 5.0, 0.5, 3.0, 0.0];
        let mut peaks = find_peaks(&series);
        thin_out(&mut peaks, &series, 3);
        assert_eq!(peaks.iter().map(|p| p.index).collect::<Vec<_>>(), [3]);
    }
}
