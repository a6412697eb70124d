//! Table of built-in skeletons. A new estimator needs one new row.
//!
//! The order of keypoints follows the documentation of each estimator.
//! `tests/recording/test_skeletons.py` checks the leg keypoints against an independent list. A
//! keypoint is assigned to a landmark only if both mean the same point. The foot joint of SMPL and
//! Kinect is neither heel nor toe tip, and their spine joints are not the mid hip, so measures of
//! the foot are refused for them. Left and right keypoints are paired by name. Numbered parts
//! (face, hands) therefore carry their side and are numbered from the same end on both sides.

/// Consecutive keypoints of a skeleton.
pub enum Keypoints {
    /// A list of names.
    Listed(&'static [&'static str]),
    /// `count` keypoints `part_0`, `part_1`, …, in ascending order.
    Ascending(&'static str, usize),
    /// Numbered keypoints in descending order, such as the left half of a face after the right
    /// half.
    Descending(&'static str, usize),
}

use Keypoints::{Ascending, Descending, Listed};

impl Keypoints {
    fn names(&self) -> Vec<String> {
        let numbered = |part: &str, i: usize| format!("{part}_{i}");
        match *self {
            Listed(names) => names.iter().map(|&name| name.to_owned()).collect(),
            Ascending(part, count) => (0..count).map(|i| numbered(part, i)).collect(),
            Descending(part, count) => (0..count).rev().map(|i| numbered(part, i)).collect(),
        }
    }
}

/// One built-in skeleton.
pub struct SkeletonRow {
    /// Name in the API.
    pub name: &'static str,
    /// Keypoints in the estimator's output order.
    pub keypoints: &'static [Keypoints],
    /// Pairs of (keypoint, landmark) for keypoints whose name differs from the landmark's.
    pub aliases: &'static [(&'static str, &'static str)],
    /// Minimum confidence at which a keypoint counts as detected.
    pub min_confidence: f64,
    /// Source of the minimum confidence.
    pub confidence_source: &'static str,
    /// Estimators that output this skeleton.
    pub emitted_by: &'static str,
}

impl SkeletonRow {
    /// Names of all keypoints, in order.
    pub fn names(&self) -> Vec<String> {
        self.keypoints.iter().flat_map(Keypoints::names).collect()
    }
}

const COCO: Keypoints = Listed(&[
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
]);

/// First keypoints of both OpenPose skeletons (BODY_25 and COCO); the right side comes first.
const OPENPOSE_ARMS: Keypoints = Listed(&[
    "nose",
    "neck",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
]);
/// Legs and face of both OpenPose skeletons, without feet.
const OPENPOSE_LEGS_AND_FACE: Keypoints = Listed(&[
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_eye",
    "left_eye",
    "right_ear",
    "left_ear",
]);

const FEET_LEFT_FIRST: Keypoints = Listed(&[
    "left_big_toe",
    "left_small_toe",
    "left_heel",
    "right_big_toe",
    "right_small_toe",
    "right_heel",
]);

/// All built-in skeletons.
pub const SKELETON_TABLE: &[SkeletonRow] = &[
    SkeletonRow {
        name: "coco17",
        keypoints: &[COCO],
        aliases: &[],
        min_confidence: 0.3,
        confidence_source: "the threshold that MMPose draws from and MoveNet recommends",
        emitted_by: "Ultralytics, RTMPose, ViTPose, MoveNet, Detectron2",
    },
    SkeletonRow {
        name: "halpe26",
        keypoints: &[
            COCO,
            Listed(&[
                "head",
                "neck",
                "mid_hip",
                "left_big_toe",
                "right_big_toe",
                "left_small_toe",
                "right_small_toe",
                "left_heel",
                "right_heel",
            ]),
        ],
        aliases: &[],
        min_confidence: 0.3,
        confidence_source: "the threshold that MMPose draws from and Sports2D measures from",
        emitted_by: "RTMPose and rtmlib (body with feet), AlphaPose, Sports2D",
    },
    SkeletonRow {
        name: "mediapipe33",
        keypoints: &[Listed(&[
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
        ])],
        aliases: &[("left_foot_index", "left_big_toe"), ("right_foot_index", "right_big_toe")],
        min_confidence: 0.5,
        confidence_source: "visibility is a probability; MediaPipe's own thresholds are 0.5",
        emitted_by: "MediaPipe Pose",
    },
    SkeletonRow {
        name: "wholebody133",
        keypoints: &[
            COCO,
            FEET_LEFT_FIRST,
            Ascending("right_jaw", 8),
            Listed(&["chin"]),
            Descending("left_jaw", 8),
            Ascending("right_eyebrow", 5),
            Descending("left_eyebrow", 5),
            Ascending("nose_bridge", 4),
            Ascending("right_nostril", 2),
            Listed(&["nose_base"]),
            Descending("left_nostril", 2),
            Ascending("right_eye_upper", 4),
            Ascending("right_eye_lower", 2),
            Descending("left_eye_upper", 4),
            Descending("left_eye_lower", 2),
            Ascending("right_lip_upper", 3),
            Listed(&["lip_upper"]),
            Descending("left_lip_upper", 3),
            Ascending("left_lip_lower", 2),
            Listed(&["lip_lower"]),
            Descending("right_lip_lower", 2),
            Ascending("right_inner_lip_upper", 2),
            Listed(&["inner_lip_upper"]),
            Descending("left_inner_lip_upper", 2),
            Listed(&["left_inner_lip_lower", "inner_lip_lower", "right_inner_lip_lower"]),
            Ascending("left_hand", 21),
            Ascending("right_hand", 21),
        ],
        aliases: &[],
        min_confidence: 0.3,
        confidence_source: "the threshold that MMPose draws from",
        emitted_by: "RTMPose and rtmlib (whole body), DWPose, MMPose",
    },
    SkeletonRow {
        name: "body25",
        keypoints: &[OPENPOSE_ARMS, Listed(&["mid_hip"]), OPENPOSE_LEGS_AND_FACE, FEET_LEFT_FIRST],
        aliases: &[],
        min_confidence: 0.3,
        confidence_source: "engineering default; OpenPose itself draws from 0.05, and zero is missing",
        emitted_by: "OpenPose (BODY_25)",
    },
    SkeletonRow {
        name: "coco18",
        keypoints: &[OPENPOSE_ARMS, OPENPOSE_LEGS_AND_FACE],
        aliases: &[],
        min_confidence: 0.3,
        confidence_source: "engineering default; OpenPose itself draws from 0.05, and zero is missing",
        emitted_by: "OpenPose (COCO), rtmlib with to_openpose=True",
    },
    SkeletonRow {
        name: "coco25",
        keypoints: &[
            Listed(&[
                "nose",
                "left_eye",
                "right_eye",
                "left_ear",
                "right_ear",
                "neck",
                "left_shoulder",
                "right_shoulder",
                "left_elbow",
                "right_elbow",
                "left_wrist",
                "right_wrist",
                "left_hip",
                "right_hip",
                "mid_hip",
                "left_knee",
                "right_knee",
                "left_ankle",
                "right_ankle",
            ]),
            FEET_LEFT_FIRST,
        ],
        aliases: &[],
        min_confidence: 0.3,
        confidence_source: "the threshold that MMPose draws from",
        emitted_by: "rtmlib (coco25)",
    },
    SkeletonRow {
        name: "h36m17",
        keypoints: &[Listed(&[
            "root",
            "right_hip",
            "right_knee",
            "right_ankle",
            "left_hip",
            "left_knee",
            "left_ankle",
            "spine",
            "thorax",
            "neck_or_nose",
            "head",
            "left_shoulder",
            "left_elbow",
            "left_wrist",
            "right_shoulder",
            "right_elbow",
            "right_wrist",
        ])],
        aliases: &[],
        min_confidence: 0.3,
        confidence_source: "that of the 2-D keypoints which are lifted; the lifted ones have none",
        emitted_by: "MotionBERT, VideoPose3D, MMPose (3-D)",
    },
    SkeletonRow {
        name: "smpl24",
        keypoints: &[Listed(&[
            "pelvis",
            "left_hip",
            "right_hip",
            "spine1",
            "left_knee",
            "right_knee",
            "spine2",
            "left_ankle",
            "right_ankle",
            "spine3",
            "left_foot",
            "right_foot",
            "neck",
            "left_collar",
            "right_collar",
            "head",
            "left_shoulder",
            "right_shoulder",
            "left_elbow",
            "right_elbow",
            "left_wrist",
            "right_wrist",
            "left_hand",
            "right_hand",
        ])],
        aliases: &[],
        min_confidence: 0.0,
        confidence_source: "a fitted body has every joint and no confidence, so nothing is left out",
        emitted_by: "SMPL fits (HMR, WHAM, 4D-Humans)",
    },
    SkeletonRow {
        name: "kinect25",
        keypoints: &[Listed(&[
            "spine_base",
            "spine_mid",
            "neck",
            "head",
            "left_shoulder",
            "left_elbow",
            "left_wrist",
            "left_hand",
            "right_shoulder",
            "right_elbow",
            "right_wrist",
            "right_hand",
            "left_hip",
            "left_knee",
            "left_ankle",
            "left_foot",
            "right_hip",
            "right_knee",
            "right_ankle",
            "right_foot",
            "spine_shoulder",
            "left_hand_tip",
            "left_thumb",
            "right_hand_tip",
            "right_thumb",
        ])],
        aliases: &[],
        min_confidence: 0.6,
        confidence_source: "half the tracking state: tracked is 1; inferred, 0.5, is a guess and left out",
        emitted_by: "Kinect v2",
    },
];
