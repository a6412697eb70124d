//! Conversion between the unit of a signal and a scale on which its noise is even.

/// Relation of a signal to the measured quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// The signal itself has even noise.
    #[default]
    Plain,
    /// Knee flexion in degrees, estimated from the sinking of the hip. Its noise is uneven: 1 % of the leg
    /// length is 16° near standing and one or two degrees at the bottom. Repetitions are found on the
    /// sinking, whose noise is even.
    Sinking,
}

impl Scale {
    /// Converts from the signal's unit to the even-noise scale.
    pub fn to_even_noise(self, value: f64) -> f64 {
        match self {
            Self::Plain => value,
            Self::Sinking => 1.0 - libm::cos(0.5 * value.to_radians()),
        }
    }

    /// Converts from the even-noise scale to the signal's unit.
    pub fn to_own_unit(self, value: f64) -> f64 {
        match self {
            Self::Plain => value,
            Self::Sinking => 2.0 * libm::acos(1.0 - value.clamp(0.0, 1.0)).to_degrees(),
        }
    }

    /// Height above rest at which a repetition starts and ends, as a fraction of its range.
    pub(super) fn onset_share(self) -> f64 {
        match self {
            Self::Plain => 0.10,
            // This is the height at which a knee has bent a tenth of the way from 10° in standing to 60°.
            Self::Sinking => 0.05,
        }
    }

    /// Minimum prominence of a reported movement, as a fraction of the minimum range; sway is smaller.
    pub(super) fn least_share(self) -> f64 {
        match self {
            Self::Plain => 0.5,
            Self::Sinking => 0.75,
        }
    }

    /// Height above rest at which a live repetition starts, as a fraction of the typical range. It is about
    /// a third of the range in the signal's unit.
    pub(super) fn rise_share(self) -> f64 {
        match self {
            Self::Plain => 0.35,
            Self::Sinking => 0.2,
        }
    }

    /// Maximum height of the signal between two repetitions, as a fraction of the smaller one, in its own
    /// unit.
    pub(super) fn return_share(self) -> f64 {
        match self {
            Self::Plain => 0.4,
            // The error of the estimated flexion is 10° or more near standing.
            Self::Sinking => 0.5,
        }
    }

    /// Maximum distance of the bottom from the peak, as a fraction of the range.
    pub(super) fn bottom_share(self) -> f64 {
        match self {
            Self::Plain => 0.05,
            Self::Sinking => 0.10,
        }
    }
}
