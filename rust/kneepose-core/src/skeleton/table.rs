//! All built-in skeletons. A new estimator is a new row.
//!
//! Order of keypoints: each estimator's own documentation; `tests/python/test_skeletons.py` spells out
//! the legs once more by hand. A keypoint is a landmark only where it means the same point: the foot
//! joint of SMPL and Kinect is neither heel nor toe tip, and their spine joints are no mid hip, so
//! measures of the foot are refused there. Left and right pair by name, so numbered parts (face,
//! hands) carry their side and are numbered from the same end on both.

/// One stretch of keypoints in their order.
pub enum Keypoints {
    /// Named one by one.
    Each(&'static [&'static str]),
    /// `count` keypoints `part_0`, `part_1`, …
    Rising(&'static str, usize),
    /// The same in the opposite order, as the left half of a face follows the right.
    Falling(&'static str, usize),
}

use Keypoints::{Each, Falling, Rising};

impl Keypoints {
    fn names(&self) -> Vec<String> {
        let numbered = |part: &str, i: usize| format!("{part}_{i}");
        match *self {
            Each(names) => names.iter().map(|&name| name.to_owned()).collect(),
            Rising(part, count) => (0..count).map(|i| numbered(part, i)).collect(),
            Falling(part, count) => (0..count).rev().map(|i| numbered(part, i)).collect(),
        }
    }
}

/// One built-in skeleton.
pub struct SkeletonRow {
    /// Name, as users write it.
    pub name: &'static str,
    /// Keypoints in the order in which the estimator emits them.
    pub keypoints: &'static [Keypoints],
    /// Keypoints that are a landmark under another name: (keypoint, landmark).
    pub aliases: &'static [(&'static str, &'static str)],
    /// Confidence below which a keypoint counts as not seen.
    pub min_confidence: f64,
    /// Where that threshold comes from.
    pub confidence_source: &'static str,
    /// Who emits it.
    pub emitted_by: &'static str,
}

impl SkeletonRow {
    /// Names of all keypoints in order.
    pub fn names(&self) -> Vec<String> {
        self.keypoints.iter().flat_map(Keypoints::names).collect()
    }
}

const COCO: Keypoints = Each(&[
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

/// What OpenPose's two bodies begin with, right first ...
const OPENPOSE_ARMS: Keypoints = Each(&[
    "nose",
    "neck",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
]);
/// ... and end with, feet apart.
const OPENPOSE_LEGS_AND_FACE: Keypoints = Each(&[
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

const FEET_LEFT_FIRST: Keypoints = Each(&[
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
            Each(&[
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
        keypoints: &[Each(&[
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
            Rising("right_jaw", 8),
            Each(&["chin"]),
            Falling("left_jaw", 8),
            Rising("right_eyebrow", 5),
            Falling("left_eyebrow", 5),
            Rising("nose_bridge", 4),
            Rising("right_nostril", 2),
            Each(&["nose_base"]),
            Falling("left_nostril", 2),
            Rising("right_eye_upper", 4),
            Rising("right_eye_lower", 2),
            Falling("left_eye_upper", 4),
            Falling("left_eye_lower", 2),
            Rising("right_lip_upper", 3),
            Each(&["lip_upper"]),
            Falling("left_lip_upper", 3),
            Rising("left_lip_lower", 2),
            Each(&["lip_lower"]),
            Falling("right_lip_lower", 2),
            Rising("right_inner_lip_upper", 2),
            Each(&["inner_lip_upper"]),
            Falling("left_inner_lip_upper", 2),
            Each(&["left_inner_lip_lower", "inner_lip_lower", "right_inner_lip_lower"]),
            Rising("left_hand", 21),
            Rising("right_hand", 21),
        ],
        aliases: &[],
        min_confidence: 0.3,
        confidence_source: "the threshold that MMPose draws from",
        emitted_by: "RTMPose and rtmlib (whole body), DWPose, MMPose",
    },
    SkeletonRow {
        name: "body25",
        keypoints: &[OPENPOSE_ARMS, Each(&["mid_hip"]), OPENPOSE_LEGS_AND_FACE, FEET_LEFT_FIRST],
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
            Each(&[
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
        keypoints: &[Each(&[
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
        keypoints: &[Each(&[
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
        keypoints: &[Each(&[
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
