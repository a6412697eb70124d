//! The most recent frames and repetitions that a tracker keeps, in memory of a fixed size.

use super::cells::RepFrames;
use super::read::{AngleSeries, MeasuredValue};
use super::setup::{MOST_CELLS, MOST_COLUMNS};
use crate::math::at;
use crate::math::sliding_buffer::SlidingBuffer;
use crate::memory::room;
use crate::posture::{FramePosture, RepPosture};
use crate::reps::{Rep, RepStatus};
use crate::validity::Validity;

/// Maximum number of earlier repetitions that a new repetition is compared with.
/// Source: chosen: more repetitions than a set has, so that a long session takes no more time;
/// measured by docs/evidence/repetitions.md.
const COMPARED: usize = 32;

/// Minimum numbers of frames and repetitions that a tracker keeps.
#[derive(Debug, Clone, Copy)]
pub struct Capacity {
    /// Minimum number of stored frames.
    pub frames: usize,
    /// Minimum number of stored repetitions.
    pub reps: usize,
}

/// Stored frames and repetitions, oldest first.
#[derive(Debug)]
pub(super) struct History {
    capacity: Capacity,
    pub times: SlidingBuffer<f64>,
    pub rows: SlidingBuffer<f64>,
    /// Repair codes of all keypoints in each frame.
    pub repairs: SlidingBuffer<u8>,
    pub columns: Vec<SlidingBuffer<f64>>,
    pub column_codes: Vec<SlidingBuffer<u8>>,
    pub signal: SlidingBuffer<f64>,
    /// Series in which repetitions are counted.
    pub counted: SlidingBuffer<f64>,
    pub postures: SlidingBuffer<FramePosture>,
    pub reps: SlidingBuffer<Rep>,
    /// Sizes of the full repetitions, kept sorted, so that their typical size needs no pass over
    /// all repetitions.
    full_sizes: Vec<f64>,
    /// Number of each repetition, as it was reported.
    pub rep_numbers: SlidingBuffer<usize>,
    /// Times of start, bottom start, bottom, bottom end and end of each repetition, seconds.
    pub rep_times: SlidingBuffer<f64>,
    pub cells: SlidingBuffer<f64>,
    pub cell_codes: SlidingBuffer<u8>,
    /// Posture evidence of each stored repetition.
    pub rep_postures: SlidingBuffer<RepPosture>,
}

impl History {
    /// Allocates all memory.
    pub fn new(
        capacity: Capacity,
        (keypoints, dims): (usize, usize),
        columns: usize,
        unseen: FramePosture,
    ) -> Self {
        let Capacity { frames, reps } = capacity;
        let no_rep = Rep::without_extent(0, RepStatus::Full);
        let mut history = Self {
            capacity,
            times: SlidingBuffer::new(frames, 1, f64::NAN),
            rows: SlidingBuffer::new(frames, keypoints * dims, f64::NAN),
            repairs: SlidingBuffer::new(frames, keypoints, 0),
            columns: Vec::with_capacity(MOST_COLUMNS),
            column_codes: Vec::with_capacity(MOST_COLUMNS),
            signal: SlidingBuffer::new(frames, 1, f64::NAN),
            counted: SlidingBuffer::new(frames, 1, f64::NAN),
            postures: SlidingBuffer::new(frames, 1, unseen),
            reps: SlidingBuffer::new(reps, 1, no_rep),
            full_sizes: room(2 * reps),
            rep_numbers: SlidingBuffer::new(reps, 1, 0),
            rep_times: SlidingBuffer::new(reps, 5, f64::NAN),
            cells: SlidingBuffer::new(reps, MOST_CELLS, f64::NAN),
            cell_codes: SlidingBuffer::new(reps, MOST_CELLS, 0),
            rep_postures: SlidingBuffer::new(reps, 1, RepPosture::UNKNOWN),
        };
        history.set_columns(columns);
        history
    }

    /// Allocates buffers for `columns` angles.
    pub fn set_columns(&mut self, columns: usize) {
        let frames = self.capacity.frames;
        self.columns.resize_with(columns, || SlidingBuffer::new(frames, 1, f64::NAN));
        self.column_codes.resize_with(columns, || SlidingBuffer::new(frames, 1, 0));
    }

    /// Forgets all frames and repetitions.
    pub fn clear(&mut self) {
        self.times.clear();
        self.rows.clear();
        self.signal.clear();
        self.counted.clear();
        self.rep_times.clear();
        self.repairs.clear();
        self.columns.iter_mut().for_each(SlidingBuffer::clear);
        self.column_codes.iter_mut().for_each(SlidingBuffer::clear);
        self.postures.clear();
        self.reps.clear();
        self.full_sizes.clear();
        self.rep_numbers.clear();
        self.cells.clear();
        self.cell_codes.clear();
        self.rep_postures.clear();
    }

    /// Number of stored frames.
    pub fn frames(&self) -> usize {
        self.times.len()
    }

    /// True if the next frame makes the buffer drop its older half.
    pub fn is_full(&self) -> bool {
        self.times.is_full()
    }

    /// Keypoints of the last frame.
    pub fn last_row(&self) -> &[f64] {
        let first = self.rows.values().len().saturating_sub(self.rows.width());
        self.rows.values().get(first..).unwrap_or_default()
    }

    /// Index of the first stored repetition that the next one is compared with, and the posture
    /// evidence of the repetitions from there on.
    pub fn compared(&self) -> (usize, &[RepPosture]) {
        let first = self.rep_postures.len().saturating_sub(COMPARED);
        (first, self.rep_postures.values().get(first..).unwrap_or_default())
    }

    /// Appends the angles of the last frame.
    pub fn push_angles(&mut self, values: &[f64], codes: &[u8]) {
        let buffers = self.columns.iter_mut().zip(&mut self.column_codes);
        for ((column, column_codes), (value, code)) in buffers.zip(values.iter().zip(codes)) {
            column.push(std::slice::from_ref(value));
            column_codes.push(std::slice::from_ref(code));
        }
    }

    /// Appends a repetition whose values have not been computed yet.
    pub fn push_rep(&mut self, (rep, number, posture): (Rep, usize, RepPosture), times: [f64; 5]) {
        let first = self.reps.first();
        self.reps.push(&[rep]);
        if self.reps.first() != first {
            self.sort_full_sizes();
        } else if is_full(&rep) {
            let rank = self.rank(rep.size);
            self.full_sizes.insert(rank, rep.size);
        }
        self.rep_numbers.push(&[number]);
        self.rep_postures.push(&[posture]);
        self.rep_times.push(&times);
        self.cells.push(&[f64::NAN; MOST_CELLS]);
        self.cell_codes.push(&[Validity::MissingKeypoint as u8; MOST_CELLS]);
    }

    /// Sets one value of the last repetition, by the index of its cell.
    pub fn set_cell(&mut self, cell: usize, (value, state): MeasuredValue) {
        let place = self.cells.values().len().saturating_sub(MOST_CELLS) + cell;
        if let (Some(slot), Some(code)) =
            (self.cells.values_mut().get_mut(place), self.cell_codes.values_mut().get_mut(place))
        {
            (*slot, *code) = (value, state as u8);
        }
    }

    /// One value of the last repetition, by the index of its cell.
    pub fn last_cell(&self, cell: usize) -> f64 {
        let last = self.cells.values().last_chunk::<MOST_CELLS>();
        last.map_or(f64::NAN, |row| at(row, cell))
    }

    /// The stored frames, in the form from which the values of a repetition are computed.
    pub fn rep_frames<'a>(&'a self) -> RepFrames<'a, impl Fn(usize) -> AngleSeries<'a>> {
        let Self { columns, column_codes, .. } = self;
        RepFrames {
            times: self.times.values(),
            postures: self.postures.values(),
            series: |column: usize| AngleSeries {
                values: columns.get(column).map_or(&[], |c| c.values()),
                codes: column_codes.get(column).map_or(&[], |c| c.values()),
            },
        }
    }

    /// Sizes of the full repetitions, in ascending order.
    pub fn full_sizes(&self) -> &[f64] {
        &self.full_sizes
    }

    /// Changes a rejected repetition to a full one.
    pub fn make_full(&mut self, place: usize, probability: f64) {
        let Some(rep) = self.reps.values_mut().get_mut(place) else { return };
        rep.status = RepStatus::Full;
        rep.probability = probability;
        if is_full(rep) {
            let size = rep.size;
            self.full_sizes.insert(self.rank(size), size);
        }
    }

    /// Changes a full repetition to a partial one.
    pub fn make_partial(&mut self, place: usize) {
        let Some(rep) = self.reps.values_mut().get_mut(place) else { return };
        rep.status = RepStatus::Partial;
        let size = rep.size;
        let rank = self.rank(size);
        if rank < self.full_sizes.len() {
            self.full_sizes.remove(rank);
        }
    }

    fn rank(&self, size: f64) -> usize {
        self.full_sizes.partition_point(|other| *other < size)
    }

    fn sort_full_sizes(&mut self) {
        let full = self.reps.values().iter().filter(|rep| is_full(rep));
        self.full_sizes.clear();
        self.full_sizes.extend(full.map(|rep| rep.size));
        self.full_sizes.sort_unstable_by(f64::total_cmp);
    }
}

/// True for a full repetition whose size is known.
fn is_full(rep: &Rep) -> bool {
    rep.status == RepStatus::Full && rep.size.is_finite()
}
