//! Once forward and once back through second-order sections: strips of channels side by side, with the
//! widest instructions that the processor has.

use super::channels::all_finite;
use crate::math::simd::{SimdJob, ZipInline, pairwise};

/// Samples of a block of frames …
const BLOCK: usize = 2048;
/// … which has this many frames at least.
const LEAST_FRAMES: usize = 8;

/// A second-order section with gain 1 at rest; its numerator is b0·(1, 2, 1).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Section {
    b0: f64,
    a1: f64,
    a2: f64,
}

impl Section {
    /// From the warped cut-off and the damping.
    pub(super) fn new(k: f64, damping: f64) -> Self {
        let norm = 1.0 / (1.0 + damping * k + k * k);
        Self {
            b0: k * k * norm,
            a1: 2.0 * (k * k - 1.0) * norm,
            a2: (1.0 - damping * k + k * k) * norm,
        }
    }
}

/// Both passes over one run.
pub(super) struct BothWays<'a, const S: usize> {
    /// Of one pass, in turn.
    pub(super) sections: [Section; S],
    /// Frames by which either end is continued, fewer than there are.
    pub(super) pad: usize,
    /// Where the samples come from, if not from `stretch` itself.
    pub(super) raw: Option<&'a [f64]>,
    /// The frames of the run, all channels.
    pub(super) stretch: &'a mut [f64],
    /// Length of a frame.
    pub(super) channels: usize,
    /// First channel of the run.
    pub(super) first: usize,
    /// Number of channels of the run.
    pub(super) width: usize,
    /// Becomes true, unless something of `raw` is missing.
    pub(super) filtered: &'a mut bool,
}

impl<const S: usize> SimdJob for BothWays<'_, S> {
    /// Odd reflection at the ends, steady state at the start of each pass. Blocks of frames are small
    /// enough to stay in the nearest cache while one strip of channels after the other is filtered.
    #[inline(always)]
    fn run(self) {
        let Self { sections, pad, raw, stretch, channels, first, width, filtered } = self;
        let all = Columns { stride: channels, first, width };
        let ends = Columns { stride: width, first: 0, width };
        let source = raw.unwrap_or(stretch);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let rows = source.chunks_exact(channels);
        reflect(rows.clone(), &all, pad, &mut before);
        reflect(rows.rev(), &all, pad, &mut after);
        // The reflections run away from the ends.
        let mut states = States::at_rest(&sections, before.rchunks(width).next().unwrap_or(&[]));
        sweep::<S, true>(&sections, &mut before, &ends, &mut states);
        let block = (BLOCK / channels).max(LEAST_FRAMES) * channels;
        let mut raw = raw.map(|raw| raw.chunks(block));
        for block in stretch.chunks_mut(block) {
            if let Some(raw) = raw.as_mut().and_then(Iterator::next) {
                if !all_finite(raw) {
                    return;
                }
                if let Some(raw) = raw.get(..block.len()) {
                    block.copy_from_slice(raw);
                }
            }
            sweep::<S, false>(&sections, block, &all, &mut states);
        }
        sweep::<S, false>(&sections, &mut after, &ends, &mut states);
        states = States::at_rest(&sections, after.rchunks(width).next().unwrap_or(&[]));
        sweep::<S, true>(&sections, &mut after, &ends, &mut states);
        for block in stretch.chunks_mut(block).rev() {
            sweep::<S, true>(&sections, block, &all, &mut states);
        }
        *filtered = true;
    }
}

/// Which columns of rows that are `stride` long.
struct Columns {
    stride: usize,
    first: usize,
    width: usize,
}

/// Point reflection of the frames after the first one at it, the nearest first.
#[inline(always)]
fn reflect<'a>(
    mut rows: impl Iterator<Item = &'a [f64]>,
    columns: &Columns,
    pad: usize,
    out: &mut Vec<f64>,
) {
    let of = |row: &'a [f64]| row.get(columns.first..columns.first + columns.width).unwrap_or(&[]);
    let Some(centre) = rows.next().map(of) else { return };
    out.reserve_exact(pad * columns.width);
    for row in rows.take(pad) {
        let from = out.len();
        out.extend_from_slice(of(row));
        let reflected = out.get_mut(from..).unwrap_or_default();
        pairwise(reflected, centre, |value, centre| *value = 2.0 * centre - *value);
    }
}

/// What the sections remember of each channel.
struct States<const S: usize> {
    z1: [Vec<f64>; S],
    z2: [Vec<f64>; S],
}

impl<const S: usize> States<S> {
    /// As if the first value had been there for ever.
    #[inline(always)]
    fn at_rest(sections: &[Section; S], first: &[f64]) -> Self {
        let of = |share: f64| first.iter().map(|x| x * share).collect();
        Self {
            z1: sections.map(|section| of(1.0 - section.b0)),
            z2: sections.map(|section| of(section.b0 - section.a2)),
        }
    }
}

/// Takes all columns of a block of frames through all sections, forward or `BACK`.
#[inline(always)]
fn sweep<const S: usize, const BACK: bool>(
    sections: &[Section; S],
    block: &mut [f64],
    columns: &Columns,
    states: &mut States<S>,
) {
    let mut done = 0;
    while done < columns.width {
        // The states of two sections fill the registers with fewer channels.
        done += match columns.width - done {
            16.. if S == 1 => strip::<S, 16, BACK>(sections, block, columns, done, states),
            12.. if S == 2 => strip::<S, 12, BACK>(sections, block, columns, done, states),
            8.. => strip::<S, 8, BACK>(sections, block, columns, done, states),
            4.. => strip::<S, 4, BACK>(sections, block, columns, done, states),
            3 => strip::<S, 3, BACK>(sections, block, columns, done, states),
            2 => strip::<S, 2, BACK>(sections, block, columns, done, states),
            _ => strip::<S, 1, BACK>(sections, block, columns, done, states),
        };
    }
}

/// Takes `L` columns through, and says how many these are.
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
    // A closure handed to an iterator would lose the wide instructions.
    while let Some(row) = if BACK { rows.next_back() } else { rows.next() } {
        let row = row.get_mut(place.clone()).and_then(|row| row.first_chunk_mut());
        let Some(sample) = row else { continue };
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

/// One frame of all sections (transposed direct form II).
#[inline(always)]
fn step<const S: usize, const L: usize>(
    sections: &[Section; S],
    mut values: [f64; L],
    states: &mut [([f64; L], [f64; L]); S],
) -> [f64; L] {
    for (section, (z1, z2)) in sections.iter().zip_inline(states) {
        // One counter, so that the loop is unrolled: three iterators side by side are not.
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
