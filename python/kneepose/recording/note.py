"""How a recording introduces itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kneepose.recording.recording import Recording


def note(recording: Recording) -> str:
    """Return one line about a recording: how long, what, from where, how much is missing."""
    # One frame with a timestamp has no rate.
    rate = "" if np.isnan(recording.fps) else f" ({recording.fps:.4g} fps)"
    frames = "1 frame" if recording.n_frames == 1 else f"{recording.n_frames} frames"
    text = f"Recording: {frames} over {recording.duration_s:.2f} s{rate}"
    text += f", {recording.skeleton.name}, "
    if recording.space == "world":
        text += f"world space in m, {recording.up} up"
    else:
        text += "image space"
        if recording.resolution_wh is not None:
            text += f" {recording.resolution_wh[0]}×{recording.resolution_wh[1]}"
    if recording.view:
        text += f", {recording.view} view"
    if recording.mirrored:
        text += ", reflected"
    if recording.estimator:
        text += f", from {recording.estimator}"
    missing = float(np.isnan(recording.coordinates[..., 0]).mean())
    if missing:
        text += f", {missing:.1%} of the keypoints missing"
    if recording.repairs is not None:
        text += ", conditioned"
    return text
