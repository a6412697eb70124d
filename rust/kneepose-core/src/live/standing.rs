//! How tall a leg stands, seen from the past only: what knee flexion from depth compares with.

use crate::math::vector::{Vec3, add, norm, scale, sub};

/// Standing is looked for in the last seconds, in blocks.
const BLOCK_S: f64 = 0.5;
const BLOCKS: usize = 60;
/// … while the foot stays within this share of the leg; elsewhere in an image a person is smaller.
const SAME_PLACE_SHARE: f64 = 0.12;
/// A foot that is elsewhere for this long has moved, seconds.
const MOVED_S: f64 = 0.3;
/// How fast the place of a foot follows what is seen of it, per second.
const FOLLOWS_PER_S: f64 = 0.5;

/// Where something stays.
#[derive(Debug, Clone, Copy)]
pub(super) struct FootPlace {
    place: Vec3,
    last: f64,
    elsewhere_since: f64,
}

impl FootPlace {
    /// Nowhere yet.
    pub const UNKNOWN: Self =
        Self { place: [f64::NAN; 3], last: f64::NAN, elsewhere_since: f64::NAN };

    /// Whether it is seen for the first time, or has been out of `reach` of its place for a while: its
    /// place is here now.
    pub fn update(&mut self, time: f64, here: Vec3, reach: f64) -> bool {
        let away = sub(here, self.place);
        if norm(away) <= reach {
            self.elsewhere_since = f64::NAN;
            let share = (FOLLOWS_PER_S * (time - self.last)).min(1.0);
            self.place = add(self.place, scale(away, share));
        } else if self.elsewhere_since.is_nan() && !self.last.is_nan() {
            self.elsewhere_since = time;
        }
        let moved = self.last.is_nan() || time - self.elsewhere_since >= MOVED_S;
        if moved {
            *self = Self { place: here, ..Self::UNKNOWN };
        }
        self.last = time;
        moved
    }
}

/// One leg.
#[derive(Debug, Clone, Copy)]
pub(super) struct StandingHeight {
    foot_place: FootPlace,
    tallest: [f64; BLOCKS],
    count: usize,
    block_since: f64,
    block: f64,
    height: f64,
}

const NOTHING: StandingHeight = StandingHeight {
    foot_place: FootPlace::UNKNOWN,
    tallest: [f64::NEG_INFINITY; BLOCKS],
    count: 0,
    block_since: f64::NAN,
    block: f64::NEG_INFINITY,
    height: f64::NAN,
};

impl Default for StandingHeight {
    fn default() -> Self {
        NOTHING
    }
}

impl StandingHeight {
    /// The standing height after a frame in which the hip is `height` above the ankle.
    pub fn push(&mut self, time: f64, height: f64, ankle: Vec3) -> f64 {
        if !(height > 0.0 && norm(ankle).is_finite()) {
            return self.height;
        }
        if self.foot_place.update(time, ankle, SAME_PLACE_SHARE * height) {
            *self = Self { foot_place: self.foot_place, block_since: time, ..NOTHING };
        }
        if time - self.block_since >= BLOCK_S {
            if let Some(slot) = self.tallest.get_mut(self.count % BLOCKS) {
                *slot = self.block;
            }
            self.count += 1;
            self.block = f64::NEG_INFINITY;
            self.block_since = time;
        }
        self.block = self.block.max(height);
        // The tallest block but one: a single wrong frame does not make a person tall.
        let (mut first, mut second) = (self.block, f64::NEG_INFINITY);
        for &block in &self.tallest {
            if block > first {
                second = first;
                first = block;
            } else if block > second {
                second = block;
            }
        }
        self.height = if self.count < 3 { first } else { second };
        self.height
    }
}
