//! All built-in skeletons. A new estimator is a new row.

/// One built-in skeleton.
pub struct SkeletonRow {
    /// Name, as users write it.
    pub name: &'static str,
    /// Keypoints in the order in which the estimator emits them.
    pub keypoints: &'static [&'static str],
    /// Keypoints that are a landmark under another name: (keypoint, landmark).
    pub aliases: &'static [(&'static str, &'static str)],
    /// Confidence below which a keypoint counts as not seen.
    pub min_confidence: f64,
    /// Who emits it.
    pub emitted_by: &'static str,
}

macro_rules! coco17 {
    ($($more:literal),* $(,)?) => {
        &[
            "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder",
            "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip",
            "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", $($more),*
        ]
    };
}

/// All built-in skeletons. Order of keypoints: each estimator's own documentation.
pub const SKELETON_TABLE: &[SkeletonRow] = &[
    SkeletonRow {
        name: "coco17",
        keypoints: coco17!(),
        aliases: &[],
        min_confidence: 0.3,
        emitted_by: "Ultralytics, RTMPose, ViTPose, MoveNet, Detectron2",
    },
    SkeletonRow {
        name: "halpe26",
        keypoints: coco17!(
            "head",
            "neck",
            "mid_hip",
            "left_big_toe",
            "right_big_toe",
            "left_small_toe",
            "right_small_toe",
            "left_heel",
            "right_heel",
        ),
        aliases: &[],
        min_confidence: 0.3,
        emitted_by: "RTMPose and rtmlib (body with feet), AlphaPose, Sports2D",
    },
    SkeletonRow {
        name: "mediapipe33",
        keypoints: &[
            "nose",
            "left_eye_inner",
            "left_eye",
            "left_eye_outer",
            "right_eye_inner",
            "right_eye",
            "right_eye_outer",
            "left_ear",
            "right_ear",
            "left_mouth",
            "right_mouth",
            "left_shoulder",
            "right_shoulder",
            "left_elbow",
            "right_elbow",
            "left_wrist",
            "right_wrist",
            "left_pinky",
            "right_pinky",
            "left_index",
            "right_index",
            "left_thumb",
            "right_thumb",
            "left_hip",
            "right_hip",
            "left_knee",
            "right_knee",
            "left_ankle",
            "right_ankle",
            "left_heel",
            "right_heel",
            "left_foot_index",
            "right_foot_index",
        ],
        aliases: &[("left_foot_index", "left_big_toe"), ("right_foot_index", "right_big_toe")],
        min_confidence: 0.5,
        emitted_by: "MediaPipe Pose",
    },
];
