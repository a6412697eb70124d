//! From where the camera looks: asked in the first second, and again until a repetition counts.

use super::{RowSource, Settings, Stream};
use crate::error::Result;
use crate::exercise::Posture;
use crate::math::at;
use crate::math::sliding_buffer::SlidingBuffer;
use crate::posture::{FramePosture, travel};
use crate::quality::{ViewEvidence, ViewLandmarks};
use crate::recording::View;
use crate::skeleton::Side;
use crate::space::Up;
use crate::stats::quantile::{Scratch, quantile_in};

/// The view is looked for in this much time, seconds, and so many frames.
const VIEW_S: f64 = 1.0;
const VIEW_FRAMES: usize = 8;
/// A foot that stands travels less than this share of the leg meanwhile.
const STANDS_SHARE: f64 = 0.1;

impl Stream {
    /// Whether the view is for the keypoints to say: not in the world, nor lying, nor where it was said.
    pub(super) fn view_is_open(&self) -> bool {
        let Settings { exercise, up, view, .. } = &self.settings;
        *up == Up::Image && exercise.posture != Posture::Lying && view.is_none()
    }

    /// Asks the first second, once it is over, and catches up.
    pub(super) fn detect_view(&mut self, time: f64) -> Result<()> {
        let since = self.early_times.values().first().copied().unwrap_or(time);
        if time - since < VIEW_S || self.early.len() < VIEW_FRAMES {
            return Ok(());
        }
        match view_evidence(&self.view_landmarks, &self.early, 0, &mut self.scratch).view() {
            Some(view) => self.set_view(view, time),
            None => {
                self.early.clear();
                self.early_times.clear();
                Ok(())
            }
        }
    }

    /// Who walks in turns round before the first repetition: while nothing counts, and a foot stands, the
    /// last second may contradict the view; then all begins anew with that second.
    pub(super) fn recheck_view(&mut self, time: f64) -> Result<()> {
        if time - self.view_checked_at < VIEW_S || self.state.counts[0] > 0 || !self.view_is_open()
        {
            return Ok(());
        }
        self.view_checked_at = time;
        let times = self.times.values();
        let first = times.iter().rposition(|t| *t < time - VIEW_S).map_or(0, |i| i + 1);
        let postures = self.postures.values().get(first..).unwrap_or_default();
        if postures.len() < VIEW_FRAMES || !has_standing_foot(postures, &mut self.scratch) {
            return Ok(());
        }
        let evidence = view_evidence(&self.view_landmarks, &self.rows, first, &mut self.scratch);
        let settled = self.setup.as_ref().and_then(|setup| setup.view);
        let (Some(view), true) =
            (evidence.view(), settled.is_some_and(|v| evidence.contradicts(v)))
        else {
            return Ok(());
        };
        let width = self.rows.width();
        let rows = self.rows.values().chunks_exact(width).skip(first);
        for (row, time) in rows.zip(self.times.values().iter().skip(first)) {
            self.early.push(row);
            self.early_times.push(std::slice::from_ref(time));
        }
        self.clear_history();
        self.state.counts = [0; 2];
        self.set_view(view, time)
    }

    /// Goes by a view, and catches up with the frames before.
    fn set_view(&mut self, view: View, time: f64) -> Result<()> {
        self.set_up(Some(view))?;
        self.view_checked_at = time;
        let mut before = f64::NAN;
        for i in 0..self.early_times.len() {
            let time = at(self.early_times.values(), i);
            self.process_row(RowSource::Early(i), time, time - before);
            before = time;
        }
        self.early.clear();
        self.early_times.clear();
        Ok(())
    }
}

/// What rows from one on show.
fn view_evidence(
    view_landmarks: &ViewLandmarks,
    rows: &SlidingBuffer<f64>,
    first: usize,
    scratch: &mut Scratch,
) -> ViewEvidence {
    let width = rows.width();
    let point = |frame: usize, keypoint: usize| {
        let place = (first + frame) * width + 2 * keypoint;
        [at(rows.values(), place), at(rows.values(), place + 1)]
    };
    view_landmarks.evidence(rows.len() - first, point, scratch)
}

fn has_standing_foot(postures: &[FramePosture], scratch: &mut Scratch) -> bool {
    let leg = quantile_in(postures.iter().map(FramePosture::leg), 0.5, scratch);
    Side::BOTH.iter().any(|side| travel(postures, |s| s.ankle(*side), scratch) < STANDS_SHARE * leg)
}
