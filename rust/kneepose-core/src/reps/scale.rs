//! Between the unit of a signal and the unit in which its noise is even.

/// How a signal relates to what was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// As it is.
    #[default]
    Plain,
    /// A knee bend in degrees that was estimated from how far the hip has sunk: near standing a hundredth
    /// of the leg's length is 16°, at the bottom a degree or two. Repetitions are looked for in the
    /// sinking, where noise is even.
    Sinking,
}

impl Scale {
    /// To the unit of even noise.
    pub fn to_even_noise(self, value: f64) -> f64 {
        match self {
            Self::Plain => value,
            Self::Sinking => 1.0 - libm::cos(0.5 * value.to_radians()),
        }
    }

    /// And back.
    pub fn to_own_unit(self, value: f64) -> f64 {
        match self {
            Self::Plain => value,
            Self::Sinking => 2.0 * libm::acos(1.0 - value.clamp(0.0, 1.0)).to_degrees(),
        }
    }

    /// A repetition starts and ends where the signal is this share of its range above rest.
    pub(super) fn onset_share(self) -> f64 {
        match self {
            Self::Plain => 0.10,
            // Where a knee that stands at 10° has bent a tenth of the way to 60°.
            Self::Sinking => 0.05,
        }
    }

    /// A movement is worth a word from this share of the least range: below, people sway.
    pub(super) fn least_share(self) -> f64 {
        match self {
            Self::Plain => 0.5,
            Self::Sinking => 0.75,
        }
    }

    /// A live repetition begins this share of the usual range above rest: a third of it in the signal's
    /// own unit.
    pub(super) fn rise_share(self) -> f64 {
        match self {
            Self::Plain => 0.35,
            Self::Sinking => 0.2,
        }
    }

    /// Between two repetitions the signal, in its own unit, comes back below this share of the smaller one.
    pub(super) fn return_share(self) -> f64 {
        match self {
            Self::Plain => 0.4,
            // Near standing a bend is known to 10° at best.
            Self::Sinking => 0.5,
        }
    }

    /// The bottom is where the signal is within this share of its range of the peak.
    pub(super) fn bottom_share(self) -> f64 {
        match self {
            Self::Plain => 0.05,
            Self::Sinking => 0.10,
        }
    }
}
