//! What happens when a repetition is over: it is judged, read off and kept.

use super::fault_monitor::FaultMonitor;
use super::record::{self, RepFrames};
use super::setup::ViewSetup;
use super::{Event, Stream};
use crate::analysis::{other_leg_moves, rest_frames_before};
use crate::exercise::Posture;
use crate::math::at;
use crate::posture::{TypicalRep, assess_rep, is_lifted};
use crate::reps::offline::TOLERATED_SHARE;
use crate::reps::online::{BROKEN_S, OnlineRep, OnlineSegmenter};
use crate::reps::{Rep, RepStatus};
use crate::validity::Validity;

/// A gap this long at the bottom hides the very moment that is read, seconds.
const GAP_AT_BOTTOM_S: f64 = 0.15;

impl Stream {
    /// A repetition that went out of sight.
    pub(super) fn record_lost_rep(&mut self, time: f64) {
        let number = self.times.first() + self.times.len() - 1;
        self.store_rep(Rep::without_extent(number, RepStatus::MissingData), [time; 5]);
        self.ended += 1;
        self.events.push(Event::RepCompleted(self.began, RepStatus::MissingData, [time; 3]));
    }

    /// Judges a repetition, reads it off, and keeps it.
    pub(super) fn complete_rep(
        &mut self,
        setup: &mut ViewSetup,
        machine: &mut OnlineSegmenter,
        monitor: &mut FaultMonitor,
        found_rep: OnlineRep,
    ) {
        let OnlineRep { rep, times, .. } = found_rep;
        let first = self.times.first();
        let local = |i: usize| i.saturating_sub(first);
        let mut rep = Rep {
            start: local(rep.start),
            bottom_start: local(rep.bottom_start),
            bottom: local(rep.bottom),
            bottom_end: local(rep.bottom_end),
            end: local(rep.end),
            ..rep
        };
        setup.posture_context.fs = self.fs();
        if rep.status == RepStatus::Full && self.has_missing_data(&rep) {
            rep.status = RepStatus::MissingData;
        }
        if rep.status == RepStatus::Full {
            rep.status = self.rejection(setup, &rep).unwrap_or(RepStatus::Full);
        }
        if rep.status == RepStatus::Full {
            rep.status = machine.grade(rep.range);
        }
        let before = self.reps.values().last().map(|rep| local(rep.end));
        let rest = rest_frames_before(rep.start, before, self.fs());
        let gap = self.gap_at_bottom(&rep);
        let frames = RepFrames {
            times: self.times.values(),
            columns: &self.columns,
            codes: &self.column_codes,
            postures: self.postures.values(),
            signal: self.signal.values(),
        };
        record::read_cells(
            (self.settings.side, setup.turned),
            &setup.cells,
            &frames,
            (&rep, rest, gap),
            &mut self.cell_row,
            &mut self.cell_code_row,
            &mut self.scratch,
        );
        let [start, _, bottom, _, end] = times;
        let status = rep.status;
        let whole = |i: usize| i + first;
        let kept = Rep {
            start: whole(rep.start),
            bottom_start: whole(rep.bottom_start),
            bottom: whole(rep.bottom),
            bottom_end: whole(rep.bottom_end),
            end: whole(rep.end),
            ..rep
        };
        self.store_rep(kept, times);
        self.ended += 1;
        match status {
            RepStatus::Full => self.state.counts[0] += 1,
            RepStatus::Partial => self.state.counts[1] += 1,
            _ => {}
        }
        let number = self.began.max(1);
        self.events.push(Event::RepCompleted(number, status, [start, bottom, end]));
        if status == RepStatus::Full {
            setup.late_faults(&self.settings.exercise, &self.cell_row, |fault, amount| {
                if !monitor.was_reported(fault, number) {
                    self.events.push(Event::FaultSeen(fault, number, amount));
                    monitor.report(fault, self.state.time);
                }
            });
        }
    }

    fn store_rep(&mut self, rep: Rep, times: [f64; 5]) {
        self.reps.push(&[rep]);
        self.rep_times.push(&times);
        let missing = rep.range.is_nan();
        if missing {
            self.cell_row.fill(f64::NAN);
            self.cell_code_row.fill(Validity::MissingKeypoint as u8);
        }
        self.cells.push(&self.cell_row);
        self.cell_codes.push(&self.cell_code_row);
    }

    /// Why a repetition is none, where the body did something else.
    fn rejection(&mut self, setup: &ViewSetup, rep: &Rep) -> Option<RepStatus> {
        let postures = self.postures.values();
        let rep_posture = assess_rep(postures, rep, &setup.posture_context, &mut self.scratch);
        self.rep_postures.push(&[rep_posture]);
        let typical = TypicalRep::of_reps(self.rep_postures.values(), &mut self.scratch);
        let exercise = &self.settings.exercise;
        if !exercise.two_legs && exercise.posture == Posture::Standing {
            let inside = postures.get(rep.start..=rep.end).unwrap_or_default();
            let leg = inside.iter().map(|s| s.legs[0].max(s.legs[1])).fold(f64::NAN, f64::max);
            let off = inside.iter().filter(|s| is_lifted(s, leg, &setup.posture_context)).count();
            if off as f64 > TOLERATED_SHARE * inside.len() as f64 {
                return Some(RepStatus::LostStance);
            }
        }
        if let Some(other) = setup.other_leg.and_then(|c| self.columns.get(c))
            && other_leg_moves(rep, other.values())
        {
            return Some(RepStatus::LostStance);
        }
        typical.rejection(&rep_posture, &setup.posture_context)
    }

    /// As in a whole recording: gaps too long to say where the signal went hide too much of it.
    fn has_missing_data(&self, rep: &Rep) -> bool {
        let longest = (BROKEN_S * self.fs()).round() as usize;
        let begin = rep.start.saturating_sub(longest);
        let signal = self.signal.values().get(begin..=rep.end).unwrap_or_default();
        if signal.iter().all(|v| v.is_finite()) {
            return false;
        }
        let (mut unseen, mut next) = (0, begin);
        for stretch in signal.chunk_by(|a, b| a.is_finite() == b.is_finite()) {
            next += stretch.len();
            if stretch.len() > longest && stretch.iter().all(|v| !v.is_finite()) {
                unseen += stretch.len().min(next.saturating_sub(rep.start));
            }
        }
        unseen as f64 > TOLERATED_SHARE * (rep.end + 1 - rep.start) as f64
    }

    fn gap_at_bottom(&self, rep: &Rep) -> bool {
        let longest = (GAP_AT_BOTTOM_S * self.fs()).max(1.0);
        let signal = self.signal.values();
        let unseen = |i: &usize| !at(signal, *i).is_finite();
        let before = (0..=rep.bottom).rev().take_while(unseen).count();
        let after = (rep.bottom + 1..signal.len()).take_while(unseen).count();
        (before + after) as f64 > longest
    }
}
