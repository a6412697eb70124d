//! Forward and backward pass through second-order sections. Strips of channels are filtered together with
//! the widest vector instructions of the processor.

use super::channels::all_finite;
use crate::math::simd::{SimdJob, Wide, ZipInline, pairwise};
use crate::memory::filled;
use std::iter::once;

/// Number of samples in a block of frames.
const BLOCK: usize = 2048;
/// Minimum number of frames in a block.
const LEAST_FRAMES: usize = 8;

/// Second-order section with gain 1 at zero frequency. Its numerator is b0·(1, 2, 1).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Section {
    b0: f64,
    a1: f64,
    a2: f64,
}

impl Section {
    /// Makes a section from the warped cutoff and the damping.
    pub(super) fn new(k: f64, damping: f64) -> Self {
        let norm = 1.0 / (1.0 + damping * k + k * k);
        Self {
            b0: k * k * norm,
            a1: 2.0 * (k * k - 1.0) * norm,
            a2: (1.0 - damping * k + k * k) * norm,
        }
    }
}

/// Filters one run forward and backward.
pub(super) struct BothWays<'a, const S: usize> {
    /// Sections of one pass, in order.
    pub(super) sections: [Section; S],
    /// Number of padded frames at each end; less than the number of frames in the run.
    pub(super) pad: usize,
    /// Input samples; `None` filters `stretch` in place.
    pub(super) raw: Option<&'a [f64]>,
    /// Frames of the run with all channels.
    pub(super) stretch: &'a mut [f64],
    /// Number of channels in a frame.
    pub(super) channels: usize,
    /// First channel of the run.
    pub(super) first: usize,
    /// Number of channels of the run.
    pub(super) width: usize,
    /// Set to true if all samples of `raw` are finite.
    pub(super) filtered: &'a mut bool,
}

impl<const S: usize> SimdJob for BothWays<'_, S> {
    #[inline(always)]
    fn run(self, _: Option<Wide>) {
        self.run_in::<true>();
    }

    /// Uses narrow strips, because wide ones need more registers than such processors have.
    #[inline(always)]
    fn run_narrow(self) {
        self.run_in::<false>();
    }
}

impl<const S: usize> BothWays<'_, S> {
    /// Pads both ends by odd reflection and starts each pass in steady state. The series is
    /// processed in blocks of frames that fit into the first-level cache; within a block, strips of
    /// channels are filtered one after the other. Each pass has only one loop over all its pieces,
    /// because every call of `sweep` is compiled as a copy of all its strips.
    #[inline(always)]
    fn run_in<const WIDE: bool>(self) {
        let Self { sections, pad, raw, stretch, channels, first, width, filtered } = self;
        let all = Columns { stride: channels, first, width };
        let ends = Columns { stride: width, first: 0, width };
        let source = raw.unwrap_or(stretch);
        let (mut before, mut after) = (filled(0.0, pad * width), filled(0.0, pad * width));
        let rows = source.chunks_exact(channels);
        reflect(rows.clone(), &all, before.chunks_exact_mut(width).rev());
        reflect(rows.rev(), &all, after.chunks_exact_mut(width));
        let block = (BLOCK / channels).max(LEAST_FRAMES) * channels;
        let mut raw = raw.map(|raw| raw.chunks(block));

        let mut states = States::at_rest(&sections, before.get(..width).unwrap_or(&[]));
        let blocks = stretch.chunks_mut(block).map(|block| (block, &all, true));
        let pieces = once((&mut *before, &ends, false)).chain(blocks);
        for (piece, columns, in_run) in pieces.chain(once((&mut *after, &ends, false))) {
            if in_run && let Some(raw) = raw.as_mut().and_then(Iterator::next) {
                if !all_finite(raw) {
                    return;
                }
                if let Some(raw) = raw.get(..piece.len()) {
                    piece.copy_from_slice(raw);
                }
            }
            sweep::<S, false, WIDE>(&sections, piece, columns, &mut states);
        }

        let last = after.rchunks(width).next().unwrap_or(&[]);
        states = States::at_rest(&sections, last);
        let blocks = stretch.chunks_mut(block).rev().map(|block| (block, &all));
        for (piece, columns) in once((&mut *after, &ends)).chain(blocks) {
            sweep::<S, true, WIDE>(&sections, piece, columns, &mut states);
        }
        *filtered = true;
    }
}

/// Columns `first..first + width` of rows that have `stride` values.
struct Columns {
    stride: usize,
    first: usize,
    width: usize,
}

/// Reflects the following frames at the first frame (odd reflection), nearest first.
#[inline(always)]
fn reflect<'a, 'b>(
    mut rows: impl Iterator<Item = &'a [f64]>,
    columns: &Columns,
    out: impl Iterator<Item = &'b mut [f64]>,
) {
    let of = |row: &'a [f64]| row.get(columns.first..columns.first + columns.width).unwrap_or(&[]);
    let Some(centre) = rows.next().map(of) else { return };
    for (row, reflected) in rows.zip(out) {
        pairwise(reflected, of(row), |value, raw| *value = *raw);
        pairwise(reflected, centre, |value, centre| *value = 2.0 * centre - *value);
    }
}

/// Filter state of all sections and channels.
struct States<const S: usize> {
    z1: [Vec<f64>; S],
    z2: [Vec<f64>; S],
}

impl<const S: usize> States<S> {
    /// Steady state for a constant input equal to the first values.
    #[inline(always)]
    fn at_rest(sections: &[Section; S], first: &[f64]) -> Self {
        let of = |share: f64| first.iter().map(|x| x * share).collect();
        Self {
            z1: sections.map(|section| of(1.0 - section.b0)),
            z2: sections.map(|section| of(section.b0 - section.a2)),
        }
    }
}

/// Filters all columns of a block through all sections; backward in time if `BACK`.
#[inline(always)]
fn sweep<const S: usize, const BACK: bool, const WIDE: bool>(
    sections: &[Section; S],
    block: &mut [f64],
    columns: &Columns,
    states: &mut States<S>,
) {
    let mut done = 0;
    while done < columns.width {
        // Two sections need twice as many registers, so their strips are narrower.
        done += match columns.width - done {
            16.. if WIDE && S == 1 => strip::<S, 16, BACK>(sections, block, columns, done, states),
            12.. if WIDE && S == 2 => strip::<S, 12, BACK>(sections, block, columns, done, states),
            8.. if WIDE => strip::<S, 8, BACK>(sections, block, columns, done, states),
            4.. => strip::<S, 4, BACK>(sections, block, columns, done, states),
            3 => strip::<S, 3, BACK>(sections, block, columns, done, states),
            2 => strip::<S, 2, BACK>(sections, block, columns, done, states),
            _ => strip::<S, 1, BACK>(sections, block, columns, done, states),
        };
    }
}

/// Filters `L` columns and returns `L`.
#[inline(always)]
fn strip<const S: usize, const L: usize, const BACK: bool>(
    sections: &[Section; S],
    block: &mut [f64],
    columns: &Columns,
    from: usize,
    states: &mut States<S>,
) -> usize {
    let place = columns.first + from..columns.first + from + L;
    let mut rows = block.chunks_exact_mut(columns.stride);
    let mut now = [([0.0; L], [0.0; L]); S];
    for ((now, z1), z2) in now.iter_mut().zip_inline(&states.z1).zip_inline(&states.z2) {
        let load = |all: &[f64]| all.get(from..).and_then(|z| z.first_chunk()).copied();
        *now = (load(z1).unwrap_or([0.0; L]), load(z2).unwrap_or([0.0; L]));
    }
    // A closure passed to an iterator is compiled without the wide vector instructions.
    while let Some(row) = if BACK { rows.next_back() } else { rows.next() } {
        let row = row.get_mut(place.clone()).and_then(|row| row.first_chunk_mut());
        // All rows have enough values, so `break` never happens. With `continue`, the compiler
        // would keep a second set of states.
        let Some(sample) = row else { break };
        *sample = step(sections, *sample, &mut now);
    }
    for ((now, z1), z2) in now.iter().zip_inline(&mut states.z1).zip_inline(&mut states.z2) {
        for (all, z) in [(z1, now.0), (z2, now.1)] {
            if let Some(place) = all.get_mut(from..).and_then(|z| z.first_chunk_mut()) {
                *place = z;
            }
        }
    }
    L
}

/// Filters one frame through all sections (transposed direct form II).
#[inline(always)]
fn step<const S: usize, const L: usize>(
    sections: &[Section; S],
    mut values: [f64; L],
    states: &mut [([f64; L], [f64; L]); S],
) -> [f64; L] {
    for (section, (z1, z2)) in sections.iter().zip_inline(states) {
        // A single counter lets the compiler unroll the loop; three parallel iterators do not.
        for lane in 0..L {
            let places = (values.get_mut(lane), z1.get_mut(lane), z2.get_mut(lane));
            let (Some(value), Some(z1), Some(z2)) = places else { continue };
            let scaled = section.b0 * *value;
            let y = scaled + *z1;
            *z1 = (scaled + scaled) - section.a1 * y + *z2;
            *z2 = scaled - section.a2 * y;
            *value = y;
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits<const S: usize>(run: impl FnOnce(BothWays<'_, S>)) -> Vec<u64> {
        let (channels, frames) = (37, 50);
        let raw: Vec<f64> = (0..channels * frames).map(|i| f64::from(i * i % 101)).collect();
        let channels = channels as usize;
        let (mut stretch, mut filtered) = (vec![0.0; raw.len()], false);
        run(BothWays {
            sections: [Section::new(0.3, 1.8); S],
            pad: 12,
            raw: Some(&raw),
            stretch: &mut stretch,
            channels,
            first: 1,
            width: channels - 2,
            filtered: &mut filtered,
        });
        assert!(filtered && stretch != raw);
        stretch.iter().map(|v| v.to_bits()).collect()
    }

    #[test]
    fn the_bits_do_not_depend_on_the_width_of_the_strips() {
        assert_eq!(bits::<1>(|job| job.run(None)), bits::<1>(|job| job.run_narrow()));
        assert_eq!(bits::<2>(|job| job.run(None)), bits::<2>(|job| job.run_narrow()));
    }
}
