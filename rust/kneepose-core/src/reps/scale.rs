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
    /// Descent of the body in leg lengths, from any height. Ranges are given in degrees, as the bend of a knee
    /// between two equally inclined segments that explains the descent.
    Descent,
}

impl Scale {
    /// Converts a sample of the signal to the even-noise scale.
    pub fn to_even_noise(self, value: f64) -> f64 {
        match self {
            Self::Plain | Self::Descent => value,
            Self::Sinking => sinking_of_bend(value),
        }
    }

    /// Converts a range of motion from rest to the even-noise scale.
    pub fn range_to_even_noise(self, range: f64) -> f64 {
        match self {
            Self::Plain => range,
            Self::Sinking | Self::Descent => sinking_of_bend(range),
        }
    }

    /// Range of motion in the unit of ranges, from a rest level and a value on the even-noise scale.
    pub(super) fn range(self, value: f64, rest: f64) -> f64 {
        match self {
            Self::Plain => value - rest,
            Self::Sinking => bend_of_sinking(value) - bend_of_sinking(rest),
            Self::Descent => bend_of_sinking(value - rest),
        }
    }

    /// Height above rest at which a repetition starts and ends, as a fraction of its range.
    pub(super) fn onset_share(self) -> f64 {
        match self {
            Self::Plain => 0.10,
            // This is the height at which a knee has bent a tenth of the way from 10° in standing to 60°.
            Self::Sinking | Self::Descent => 0.05,
        }
    }

    /// Minimum prominence of a reported movement, as a fraction of the minimum range; sway is smaller.
    pub(super) fn least_share(self) -> f64 {
        match self {
            Self::Plain => 0.5,
            Self::Sinking | Self::Descent => 0.75,
        }
    }

    /// Height above rest at which a live repetition starts, as a fraction of the typical range. It is about
    /// a third of the range in the signal's unit.
    pub(super) fn rise_share(self) -> f64 {
        match self {
            Self::Plain => 0.35,
            Self::Sinking | Self::Descent => 0.2,
        }
    }

    /// Height above rest at which a live repetition ends, as a fraction of its range. People come back from a
    /// descent a little lower than they stood before.
    pub(super) fn end_share(self) -> f64 {
        match self {
            Self::Plain | Self::Sinking => 0.2,
            Self::Descent => 0.23,
        }
    }

    /// Maximum height of the signal between two repetitions, as a fraction of the smaller one, in the unit of
    /// ranges.
    pub(super) fn return_share(self) -> f64 {
        match self {
            Self::Plain => 0.4,
            // The error of the estimated flexion is 10° or more near standing.
            Self::Sinking | Self::Descent => 0.5,
        }
    }

    /// Distance of a rest below the other one, as a fraction of the range above that one, from which it is a rest at
    /// another place: who walks to the camera after a set rises in the picture.
    pub(super) fn other_place_share(self) -> f64 {
        match self {
            Self::Plain | Self::Sinking => f64::INFINITY,
            Self::Descent => 0.25,
        }
    }

    /// Maximum height of the signal where a live repetition turns into the next one, as a fraction of its range.
    pub(super) fn turn_share(self) -> f64 {
        match self {
            Self::Plain | Self::Sinking => 0.44,
            Self::Descent => 0.5,
        }
    }

    /// Maximum distance of the bottom from the peak, as a fraction of the range.
    pub(super) fn bottom_share(self) -> f64 {
        match self {
            Self::Plain => 0.05,
            Self::Sinking | Self::Descent => 0.10,
        }
    }
}

/// Bend of a knee between two equally inclined segments, degrees, that lowers the hip by this share of the leg.
fn bend_of_sinking(share: f64) -> f64 {
    2.0 * libm::acos(1.0 - share.clamp(0.0, 1.0)).to_degrees()
}

fn sinking_of_bend(degrees: f64) -> f64 {
    1.0 - libm::cos(0.5 * degrees.to_radians())
}
