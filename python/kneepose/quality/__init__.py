"""Whether a recording can be measured: the set-up and keypoint checks."""
