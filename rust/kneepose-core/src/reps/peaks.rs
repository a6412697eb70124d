//! Local maxima and their prominence.

use crate::error::{Error, Result};
use crate::math::at;
use crate::math::sort::sort_indices;
use crate::memory::{filled, gathered};

/// A local maximum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// Index of the maximum; the middle of a plateau.
    pub index: usize,
    /// Prominence: height above the higher one of two minima, one on each side. Each is the lowest
    /// point between the peak and higher ground, or the end of the run.
    pub prominence: f64,
}

/// Local maximum, with the lowest point since the previous one (or since the start of the run).
struct Summit {
    index: usize,
    height: f64,
    valley_before: f64,
}

/// All local maxima, in time order. A missing sample splits the series into runs. The first and last
/// samples of a run are not maxima.
pub fn find_peaks(series: &[f64]) -> Vec<Peak> {
    let mut peaks = Vec::new();
    let mut first = 0;
    for run in series.split(|v| !v.is_finite()) {
        run_peaks(run, first, &mut peaks);
        first += run.len() + 1;
    }
    peaks
}

fn run_peaks(run: &[f64], first: usize, peaks: &mut Vec<Peak>) {
    let Some(&start) = run.first() else { return };
    let mut summits: Vec<Summit> = Vec::new();
    let mut lowest = start;
    let mut before = start;
    let mut rise = None;
    for (i, &here) in run.iter().enumerate().skip(1) {
        if here > before {
            rise = Some(i);
        } else if here < before {
            if let Some(up) = rise.take() {
                let index = first + usize::midpoint(up, i - 1);
                summits.push(Summit { index, height: before, valley_before: lowest });
                lowest = here;
            }
            lowest = lowest.min(here);
        }
        before = here;
    }
    // Between a valley and the next maximum a series is monotonic, so maxima and valleys determine
    // all prominences.
    let before = bases(summits.iter().map(|s| (s.height, s.valley_before)));
    let mut after = {
        let later = summits.iter().skip(1).map(|s| s.valley_before).chain([lowest]);
        let later: Vec<f64> = gathered(later);
        bases(summits.iter().rev().map(|s| s.height).zip(later.into_iter().rev()))
    };
    after.reverse();
    peaks.extend(summits.iter().zip(before.into_iter().zip(after)).map(
        |(summit, (before, after))| Peak {
            index: summit.index,
            prominence: summit.height - before.max(after),
        },
    ));
}

/// Lowest point between each maximum and the previous higher one. The input has each maximum with
/// the valley before it. The stack holds maxima of decreasing height, so the run time is linear.
fn bases(summits: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    let mut stack: Vec<(f64, f64)> = Vec::new();
    summits
        .map(|(height, valley)| {
            let mut lowest = valley;
            while let Some(&(other, base)) = stack.last() {
                if other > height {
                    break;
                }
                lowest = lowest.min(base);
                stack.pop();
            }
            stack.push((height, lowest));
            lowest
        })
        .collect()
}

/// Maxima with at least this prominence that are at least `distance` samples apart. The distance is
/// applied first.
///
/// # Errors
/// [`Error::Option`] for a negative or NaN prominence, or a distance below 1.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn prominent_peaks(
    series: &[f64],
    prominence: f64,
    distance: Option<f64>,
) -> Result<Vec<Peak>> {
    if prominence.is_nan() || prominence < 0.0 {
        return Err(Error::Option(format!(
            "prominence is {prominence}; it must be 0 or more, in the unit of the series"
        )));
    }
    if let Some(distance) = distance.filter(|d| d.is_nan() || *d < 1.0) {
        return Err(Error::Option(format!(
            "distance is {distance}; it must be 1 sample or more, or none"
        )));
    }
    let mut peaks = find_peaks(series);
    if let Some(distance) = distance {
        thin_out(&mut peaks, series, distance.ceil() as usize);
    }
    peaks.retain(|peak| peak.prominence >= prominence);
    Ok(peaks)
}

/// Removes the lower of two peaks that are closer than `distance` samples, starting with the
/// highest peak.
pub fn thin_out(peaks: &mut Vec<Peak>, series: &[f64], distance: usize) {
    let mut order: Vec<usize> = gathered(0..peaks.len());
    let position = |i: usize| peaks.get(i).map_or(0, |p| p.index);
    // Of two equal peaks the later one is kept, as in SciPy's find_peaks.
    sort_indices(&mut order, &|a, b| {
        at(series, position(b)).total_cmp(&at(series, position(a))).then(b.cmp(&a))
    });
    let mut keep = filled(true, peaks.len());
    for &i in &order {
        if keep.get(i) != Some(&true) {
            continue;
        }
        let near = |j: &usize| position(*j).abs_diff(position(i)) < distance;
        for j in (0..i).rev().take_while(near).chain((i + 1..peaks.len()).take_while(near)) {
            if let Some(kept) = keep.get_mut(j) {
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
    fn a_missing_sample_is_an_end() {
        let nan = f64::NAN;
        let series = [0.0, 2.0, 1.0, nan, 4.0, 3.0, 5.0, nan, 1.0, 3.0, 0.0];
        let found: Vec<(usize, f64)> =
            find_peaks(&series).iter().map(|p| (p.index, p.prominence)).collect();
        assert_eq!(found, [(1, 1.0), (9, 2.0)]);
    }

    #[test]
    fn the_higher_of_two_close_peaks_stays() {
        let series = [0.0, 2.0, 1.0, 5.0, 0.5, 3.0, 0.0];
        let mut peaks = find_peaks(&series);
        thin_out(&mut peaks, &series, 3);
        assert_eq!(peaks.iter().map(|p| p.index).collect::<Vec<_>>(), [3]);
    }
}
