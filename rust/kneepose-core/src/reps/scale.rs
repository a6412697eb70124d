//! Conversion between the unit of a signal and a scale on which its noise is uniform.

/// Minimum distance of one rest level below the other at which the person has moved to another
/// place, as a fraction of the height of the repetition above the other level.
/// Source: chosen: a person who stays in place returns to within a tenth of the height; held by
/// test tests/reps/test_worse.py.
const OTHER_PLACE_SHARE: f64 = 0.25;

/// Relation of a signal to the measured quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// A signal whose own noise is uniform.
    #[default]
    Plain,
    /// Knee flexion in degrees, estimated from the sinking of the hip. Its noise is not uniform: 1
    /// % of the leg length is 16° near standing, and one or two degrees at the bottom. Repetitions
    /// are found in the sinking, whose noise is uniform.
    Sinking,
    /// Descent of the body in leg lengths, from any height. Ranges are given in degrees: the knee
    /// flexion, with equally inclined thigh and shank, that explains the descent.
    Descent,
}

impl Scale {
    /// Converts a sample of the signal to the scale of uniform noise.
    pub fn to_even_noise(self, value: f64) -> f64 {
        match self {
            Self::Plain | Self::Descent => value,
            Self::Sinking => sinking_of_bend(value),
        }
    }

    /// Converts a range of motion from rest to the scale of uniform noise.
    pub fn range_to_even_noise(self, range: f64) -> f64 {
        match self {
            Self::Plain => range,
            Self::Sinking | Self::Descent => sinking_of_bend(range),
        }
    }

    /// Range of motion in the unit of ranges; value and rest level are on the scale of uniform
    /// noise.
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
            // If the hip has sunk by 5 % of its range, the knee has flexed by a tenth of the way from
            // 10° in standing to 60°.
            Self::Sinking | Self::Descent => 0.05,
        }
    }

    /// Minimum prominence of a reported movement, as a fraction of the minimum range; body sway is
    /// smaller.
    pub(super) fn least_share(self) -> f64 {
        match self {
            Self::Plain => 0.5,
            Self::Sinking | Self::Descent => 0.75,
        }
    }

    /// Height above rest at which a live repetition starts, as a fraction of the typical range. In
    /// the unit of the signal it is about a third of the range.
    pub(super) fn rise_share(self) -> f64 {
        match self {
            Self::Plain => 0.35,
            Self::Sinking | Self::Descent => 0.2,
        }
    }

    /// Height above rest at which a live repetition ends, as a fraction of its range. It is higher
    /// for a descent, after which people often stand slightly lower than before.
    pub(super) fn end_share(self) -> f64 {
        match self {
            Self::Plain | Self::Sinking => 0.2,
            Self::Descent => 0.23,
        }
    }

    /// Maximum height of the signal between two repetitions, as a fraction of the height of the
    /// smaller repetition, in the unit of ranges.
    pub(super) fn return_share(self) -> f64 {
        match self {
            Self::Plain => 0.4,
            // Near standing, the error of the estimated flexion is 10° or more.
            Self::Sinking | Self::Descent => 0.5,
        }
    }

    /// True if the signal depends on where the person stands: a person who walks toward the camera
    /// moves in the picture.
    pub(super) fn moves_with_the_place(self) -> bool {
        self == Self::Descent
    }

    /// True if one rest level is so far below the other that it belongs to another place. `height`
    /// is that of the repetition above the other level.
    pub(super) fn is_elsewhere(self, own: f64, other: f64, height: f64) -> bool {
        self.moves_with_the_place() && other - own > OTHER_PLACE_SHARE * height
    }

    /// Maximum height of the signal between a live repetition and the next one that follows without
    /// rest, as a fraction of its range.
    pub(super) fn turn_share(self) -> f64 {
        match self {
            Self::Plain | Self::Sinking => 0.44,
            Self::Descent => 0.5,
        }
    }

    /// Maximum distance of the bottom's samples from the peak, as a fraction of the range.
    pub(super) fn bottom_share(self) -> f64 {
        match self {
            Self::Plain => 0.05,
            Self::Sinking | Self::Descent => 0.10,
        }
    }
}

/// Knee flexion in degrees that lowers the hip by this share of the leg length, with equally
/// inclined thigh and shank.
fn bend_of_sinking(share: f64) -> f64 {
    2.0 * libm::acos(1.0 - share.clamp(0.0, 1.0)).to_degrees()
}

fn sinking_of_bend(degrees: f64) -> f64 {
    1.0 - libm::cos(0.5 * degrees.to_radians())
}
