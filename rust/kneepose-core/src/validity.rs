//! Validity codes of values. Angles, repetitions and comparisons use the same list.

/// Validity of one value. A number has the code [`Validity::Ok`], [`Validity::Low`],
/// [`Validity::AssumedLevelCamera`] or [`Validity::FrameRateLow`]. NaN has any other code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Validity {
    /// The value was measured.
    Ok = 0,
    /// The value was measured, but is poorly conditioned: use changes and differences, not the
    /// value itself.
    Low = 1,
    /// A keypoint that the measure needs is missing in this frame.
    MissingKeypoint = 2,
    /// The skeleton has no keypoint that the measure needs.
    NotInSkeleton = 3,
    /// The knee is too straight to measure a rotation about the thigh.
    BelowFlexionGate = 4,
    /// Two directions that define the measure coincide.
    Singular = 5,
    /// The measure is not visible from this camera view.
    WrongView = 6,
    /// The hips overlap in the image, so left and right cannot be distinguished.
    SideView = 7,
    /// The measure cannot be computed from one image.
    NeedsThreeDimensions = 8,
    /// The measure needs a reference heading, and none was given.
    NeedsHeading = 9,
    /// The knee did not flex far enough in this repetition.
    DepthNotReached = 10,
    /// The keypoint is missing for too long to interpolate, such as over the bottom of a repetition.
    GapTooLong = 11,
    /// There are too few repetitions for a verdict.
    TooFewReps = 12,
    /// No repetition of this exercise was found.
    NoReps = 13,
    /// No detectable change is known for this measure.
    NoDetectableChange = 14,
    /// The camera yaw is unknown, so a left-right difference may be an artifact.
    CameraAngleUnknown = 15,
    /// Both legs work in the same repetition. This code is no longer used; it remains so that other
    /// codes keep their numbers.
    TwoLegExercise = 16,
    /// The camera view is neither given nor detectable from the keypoints.
    ViewUnknown = 17,
    /// The estimator's confidence in a keypoint is below the threshold.
    LowConfidence = 18,
    /// The length of a bone in this frame is far from its typical length.
    ImplausibleBone = 19,
    /// A keypoint lies on the edge of the image, so the joint is probably outside of it.
    AtImageBorder = 20,
    /// The value was measured under the assumption that the camera is level.
    AssumedLevelCamera = 21,
    /// The camera is turned away from straight in front.
    CameraTurned = 22,
    /// The camera is rolled about its optical axis.
    CameraTilted = 23,
    /// The person stands off the optical axis of the camera.
    OffAxis = 24,
    /// The keypoints do not match the named skeleton.
    WrongSkeleton = 25,
    /// Left and right are swapped in many frames.
    SidesSwapped = 26,
    /// The frames are not in chronological order.
    FramesOutOfOrder = 27,
    /// The recording is too short to show a movement.
    TooFewFrames = 28,
    /// The named leg is not the working leg.
    OtherLegWorks = 29,
    /// The movement is not this exercise.
    OtherMovement = 30,
    /// The timestamp of a live frame does not increase.
    TimeNotRising = 31,
    /// The interval of the difference includes zero and values beyond the detectable change.
    IntervalTooWide = 32,
    /// The body is upside down: shoulders below hips, hips below ankles.
    UpsideDown = 33,
    /// The body is horizontal in a standing exercise, so axes are exchanged.
    AxesTurned = 34,
    /// The knees flex backward: the axes are left-handed, or left and right are exchanged.
    LeftHandedAxes = 35,
    /// The picture is stretched horizontally or vertically.
    PictureStretched = 36,
    /// The frames are identical for longer than half a second.
    PictureStuck = 37,
    /// The bones before and after a gap are not those of one person.
    OtherPerson = 38,
    /// The value is anatomically impossible.
    BeyondBody = 39,
    /// The confidence is in percent or in raw scores.
    ConfidenceScale = 40,
    /// The frame times give an implausible frame rate.
    FrameRate = 41,
    /// The depth of the keypoints is estimated from one camera, and the measure depends on it.
    DepthEstimated = 42,
    /// A keypoint jumped away from its trajectory within one frame.
    Outlier = 43,
    /// The body pauses on a seat: its center of mass is behind the feet.
    OnASeat = 44,
    /// The timestamp of a live frame is far ahead of the previous one.
    TimeFarAhead = 45,
    /// No coordinate of the recording is a number.
    NothingRead = 46,
    /// The confidence of every keypoint is below the threshold.
    NothingSure = 47,
    /// The frame rate of a live stream is too low for exact depth and times.
    FrameRateLow = 48,
    /// The shanks of a body on hands and knees are vertical, so the leg keypoints are wrong.
    LegsMisplaced = 49,
}

/// One row of the validity table.
pub struct ValidityRow {
    /// The validity code that this row describes.
    pub validity: Validity,
    /// Name of the code in the API.
    pub name: &'static str,
    /// Meaning of the code, in one sentence.
    pub sentence: &'static str,
    /// Advice to the user; empty if there is none.
    pub remedy: &'static str,
}

const fn row(
    validity: Validity,
    name: &'static str,
    sentence: &'static str,
    remedy: &'static str,
) -> ValidityRow {
    ValidityRow { validity, name, sentence, remedy }
}

/// All codes, in the order of their numbers.
pub const VALIDITY_TABLE: &[ValidityRow] = &[
    row(Validity::Ok, "ok", "Measured.", ""),
    row(
        Validity::Low,
        "low",
        "Measured, but at this knee angle small keypoint errors weigh heavily.",
        "Read it as a change within the repetition or a left-right difference, not as a value.",
    ),
    row(
        Validity::MissingKeypoint,
        "missing_keypoint",
        "A keypoint that this measure needs was not seen.",
        "Film the whole body, well lit, with clothes that stand out from the background.",
    ),
    row(
        Validity::NotInSkeleton,
        "not_in_skeleton",
        "The pose estimator does not give a keypoint that this measure needs.",
        "Use an estimator with that keypoint (Halpe-26 or MediaPipe have feet).",
    ),
    row(
        Validity::BelowFlexionGate,
        "below_flexion_gate",
        "The knee is too straight: rotation of the thigh cannot be measured below 30 degrees of flexion.",
        "Bend the knee further.",
    ),
    row(
        Validity::Singular,
        "singular",
        "Two directions that the measure compares coincide, or one of them points at the viewer.",
        "",
    ),
    row(
        Validity::WrongView,
        "wrong_view",
        "This camera direction does not show the measure.",
        "Film from straight in front for knee-inward, pelvis and side-lean measures; \
         from the side for bending.",
    ),
    row(
        Validity::SideView,
        "side_view",
        "The hips lie one behind the other in the image, so inward and outward cannot be told.",
        "Film from straight in front or from behind.",
    ),
    row(
        Validity::NeedsThreeDimensions,
        "needs_3d",
        "This cannot be known from a single camera.",
        "Use 3-D keypoints from two or more cameras, or a measure of the frontal plane.",
    ),
    row(
        Validity::NeedsHeading,
        "needs_heading",
        "This is a rotation relative to a reference heading, and none was given.",
        "Pass heading=, or use analyze, which takes the heading at the start of each repetition.",
    ),
    row(
        Validity::DepthNotReached,
        "depth_not_reached",
        "The knee did not bend to this angle.",
        "Squat deeper, if it is comfortable, or compare at a smaller angle.",
    ),
    row(
        Validity::GapTooLong,
        "gap_too_long",
        "The bottom of the repetition lies in missing frames.",
        "Keep the whole leg in view at its lowest or highest point.",
    ),
    row(
        Validity::TooFewReps,
        "too_few_reps",
        "There are too few repetitions to tell a difference from chance.",
        "Record at least five repetitions on each side.",
    ),
    row(
        Validity::NoReps,
        "no_reps",
        "No repetition of this exercise was found.",
        "Check the exercise and side, and that the whole movement is in view.",
    ),
    row(
        Validity::NoDetectableChange,
        "no_detectable_change",
        "The variation of this measure between recordings is unknown.",
        "Record the same person twice without any change in between.",
    ),
    row(
        Validity::CameraAngleUnknown,
        "camera_angle_unknown",
        "A camera a few degrees off to the side creates a false left-right difference, and the \
         direction of this camera is unknown.",
        "Point the standing foot at the lens and say view=\"front\", or use 3-D keypoints.",
    ),
    row(
        Validity::TwoLegExercise,
        "two_leg_exercise",
        "Both legs move together and can help each other.",
        "Compare single-leg squats.",
    ),
    row(
        Validity::ViewUnknown,
        "view_unknown",
        "The keypoints do not show from which side the camera looks.",
        "Pass view=\"front\", \"back\", \"left\" or \"right\": the side of the person that faces the camera.",
    ),
    row(
        Validity::LowConfidence,
        "low_confidence",
        "The estimator's confidence in a keypoint that this measure needs is too low.",
        "Film the whole body, well lit, with clothes that stand out from the background.",
    ),
    row(
        Validity::ImplausibleBone,
        "implausible_bone",
        "A thigh, shank or hip line changes its length by more than a quarter, so a keypoint is not on the joint.",
        "Keep other people and furniture out of the picture, and the whole leg in view.",
    ),
    row(
        Validity::AtImageBorder,
        "at_image_border",
        "A keypoint sits on the edge of the picture: the estimator moved it there because the joint is outside.",
        "Step back, or move the camera back, until the whole body is in view.",
    ),
    row(
        Validity::AssumedLevelCamera,
        "assumed_level_camera",
        "Measured as if the camera stood level, because this estimator does not know which way is up.",
        "Level the phone, or use keypoints with a true vertical.",
    ),
    row(
        Validity::CameraTurned,
        "camera_turned",
        "The camera is not straight in front: even a few degrees create a false left-right difference.",
        "Point the standing foot at the lens, and leave the camera where it is for the other leg.",
    ),
    row(
        Validity::CameraTilted,
        "camera_tilted",
        "The camera is tilted to one side, so horizontal and vertical lines are tilted in the picture.",
        "Level the phone, or start with a few seconds of standing on both feet.",
    ),
    row(
        Validity::OffAxis,
        "off_axis",
        "The person stands away from the middle of the picture, so the leg is seen from one side.",
        "Stand within 10 cm of the line straight out of the lens, 3 m or more away.",
    ),
    row(
        Validity::WrongSkeleton,
        "wrong_skeleton",
        "The keypoints do not form a body: they come from another skeleton than the one that was named.",
        "Check skeleton= against the documentation of the pose estimator.",
    ),
    row(
        Validity::SidesSwapped,
        "sides_swapped",
        "Left and right are swapped in some frames.",
        "Film one person alone, from straight in front, at 30 frames a second or more.",
    ),
    row(
        Validity::FramesOutOfOrder,
        "frames_out_of_order",
        "The keypoints jump between frames: the frames are not in order of time, or this is not one person.",
        "Pass the frames in order, and one person only.",
    ),
    row(
        Validity::TooFewFrames,
        "too_few_frames",
        "The recording is too short to show a movement.",
        "Pass the whole recording, a few seconds at least.",
    ),
    row(
        Validity::OtherLegWorks,
        "other_leg_works",
        "The named leg is not the working leg, or does not stand alone.",
        "Check which leg was named: the standing leg of a squat, the upper leg of a clamshell, the lifted \
         leg of a fire hydrant.",
    ),
    row(
        Validity::OtherMovement,
        "other_movement",
        "Something moved, but not this exercise: the feet travelled, the hip did not sink, or the trunk \
         bent over.",
        "Check the name of the exercise, and start and stop the recording close to the set.",
    ),
    row(
        Validity::TimeNotRising,
        "time_not_rising",
        "The time of this frame is not later than that of the previous frame, so the frame was left out.",
        "Pass each frame once, with its own time in seconds.",
    ),
    row(
        Validity::IntervalTooWide,
        "interval_too_wide",
        "The repetitions vary so much that the difference may be zero or large.",
        "Record more repetitions on each side, all alike: same depth, same pace.",
    ),
    row(
        Validity::UpsideDown,
        "upside_down",
        "The body stands on its head: the shoulders are below the hips and the hips below the ankles.",
        "Image coordinates have y down: pass height - y where y points up, or turn the picture; in 3-D check up=.",
    ),
    row(
        Validity::AxesTurned,
        "axes_turned",
        "The body lies across the vertical axis in a standing exercise: x and y are exchanged, the picture is turned, or up= names the wrong axis.",
        "Turn the picture before the pose estimation, pass (x, y), or pass the axis that points up.",
    ),
    row(
        Validity::LeftHandedAxes,
        "left_handed_axes",
        "The knees bend backward or the toes point backward: the axes are left-handed, or left and right are exchanged.",
        "Negate one horizontal axis, as coordinates * [1, 1, -1], or exchange the sides.",
    ),
    row(
        Validity::PictureStretched,
        "picture_stretched",
        "The body is too wide or too narrow for its height: the picture is stretched.",
        "Undo the letterbox, and scale x by the width and y by the height of the same picture.",
    ),
    row(
        Validity::PictureStuck,
        "picture_stuck",
        "The picture stood still: frames are identical for longer than a body can hold still.",
        "Check the camera or the player; leave out repeated frames.",
    ),
    row(
        Validity::OtherPerson,
        "other_person",
        "The bones before and after a gap are not those of one person.",
        "Choose one person, by track id, and pass that person only.",
    ),
    row(
        Validity::BeyondBody,
        "beyond_body",
        "No body reaches this value: keypoints or axes are wrong.",
        "Check skeleton=, up= and the keypoints of this frame.",
    ),
    row(
        Validity::ConfidenceScale,
        "confidence_scale",
        "The confidence is far above 1, so none is too low: it is in percent, or a raw score.",
        "Divide the confidence by 100, or by its largest possible value.",
    ),
    row(
        Validity::FrameRate,
        "frame_rate",
        "The times of the frames give a rate at which no movement is filmed.",
        "Pass the time of each frame in seconds.",
    ),
    row(
        Validity::DepthEstimated,
        "depth_estimated",
        "One camera does not measure depth: the estimator guessed it, and this measure depends on it.",
        "Film from straight in front and use the image keypoints, or measure in 3-D with several cameras, \
         a depth sensor or markers.",
    ),
    row(
        Validity::Outlier,
        "outlier",
        "A keypoint that this measure needs jumped away from its path in this frame, so it is not on the joint.",
        "Keep other people and furniture out of the picture, and the whole body in view and well lit.",
    ),
    row(
        Validity::OnASeat,
        "on_a_seat",
        "The body pauses on a seat: its weight is behind the feet, where nobody can stand.",
        "Values on the way down and up are given. For the bottom of a squat, leave the seat out.",
    ),
    row(
        Validity::TimeFarAhead,
        "time_far_ahead",
        "The time of this frame is more than 2 s after that of the previous frame, so the frame was left out \
         until the next one shows which time is right.",
        "Pass frames as they come, each with its own time in seconds, from one clock.",
    ),
    row(
        Validity::NothingRead,
        "nothing_read",
        "No keypoint of any frame is known: every coordinate is missing, NaN or 0, or has a confidence of 0. \
         Most likely the file or the array was read wrongly; or nobody is in the picture.",
        "Look at the numbers that the estimator wrote, and at how they were read: names of columns, shape, \
         type, order (kneepose info shows what a file holds). Omit confidence where the estimator gives none.",
    ),
    row(
        Validity::NothingSure,
        "nothing_sure",
        "There are coordinates, but the confidence of every keypoint of every frame is too low. Most likely \
         the confidence was read wrongly.",
        "Pass the scores of keypoints from 0 to 1, not those of boxes or heat maps; omit confidence where \
         the estimator gives none.",
    ),
    row(
        Validity::FrameRateLow,
        "frame_rate_low",
        "Fewer than 15 frames per second are analyzed, so depth and times of repetitions are uncertain.",
        "Close other programs, send smaller pictures, or take a faster model such as MediaPipe's lite one.",
    ),
    row(
        Validity::LegsMisplaced,
        "legs_misplaced",
        "On hands and knees the shanks lie on the floor. Those in the keypoints stand, so knees and ankles are \
         not where the estimator puts them.",
        "Film from another direction or height, or let another estimator or a larger model look. Repetitions \
         that are found count.",
    ),
];

impl Validity {
    /// Table row of this code.
    pub fn row(self) -> &'static ValidityRow {
        const FALLBACK: ValidityRow = row(Validity::Singular, "singular", "", "");
        VALIDITY_TABLE.get(self as usize).unwrap_or(&FALLBACK)
    }

    /// Validity with this numeric code; an unknown number means a missing keypoint.
    pub fn of_code(code: u8) -> Self {
        VALIDITY_TABLE.get(usize::from(code)).map_or(Self::MissingKeypoint, |row| row.validity)
    }

    /// Reason for a missing value: this code, or [`Validity::MissingKeypoint`] if this code belongs
    /// to a number.
    #[must_use]
    pub fn or_missing(self) -> Self {
        if self.is_measured() { Self::MissingKeypoint } else { self }
    }

    /// Reason for a missing driving signal, as [`Validity::or_missing`]. `GapTooLong` becomes
    /// `MissingKeypoint`, because without known repetitions there is no bottom that the gap could
    /// hide.
    #[must_use]
    pub fn without_reps(self) -> Self {
        match self.or_missing() {
            Self::GapTooLong => Self::MissingKeypoint,
            reason => reason,
        }
    }

    /// True if a value with this code is a number.
    pub fn is_measured(self) -> bool {
        matches!(self, Self::Ok | Self::Low | Self::AssumedLevelCamera | Self::FrameRateLow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_codes() {
        for (i, row) in VALIDITY_TABLE.iter().enumerate() {
            assert_eq!(row.validity as usize, i);
            assert_eq!(row.validity.row().name, row.name);
        }
    }
}
