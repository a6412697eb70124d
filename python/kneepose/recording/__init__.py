"""One person's keypoints over time."""
