"""Every named angle as a short function (science.md 1.3 and 2).

`sigma` is +1 for the right and −1 for the left side. Positive means flexion, adduction,
internal rotation, valgus, toe-out, pelvic drop of the swing side, lean toward the stance side.

Symbols in formulas: σ is `sigma`; y_t and y_s point up along thigh and shank; z_t is the axis of a
hinge knee, to the right; x_p and z_p are the pelvic axes, forward and to the right; t points up
along the trunk; f points from heel to big toe; g points up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from .body import OTHER, SIGMA, Body, gated_unit
from .vectors import Array, angle_between, angle_from, arcsin_degrees, cross, dot, norm, unit

ROTATION_GATE_DEG = 30.0
"""Knee flexion below which the hinge axis is too uncertain for axial rotations."""
GIMBAL_GATE = 0.98
"""Sine of hip adduction above which flexion and rotation are degenerate."""


def knee_flexion(body: Body, side: str) -> Array:
    """Angle between the downward directions of thigh and shank: 0 when straight, unsigned."""
    return angle_between(body.thigh_up(side), body.shank_up(side))


def hip_flexion(body: Body, side: str) -> Array:
    """Hip flexion F = atan2(−y_t·x_p, y_t·y_p), about the pelvic right axis.

    In an image the pelvis is replaced by the vertical (`up`) or by the trunk line (`trunk`).
    """
    y_t = body.thigh_up(side)
    if body.dims == 2:
        if body.pelvis_reference == "up":
            return thigh_inclination(body, side)
        y_p = body.trunk_up()
        ahead = body.forward()
        x_p = dot(y_p, body.g)[:, None] * ahead - dot(y_p, ahead)[:, None] * body.g
        return angle_from(-y_t, -y_p, x_p)
    x_p, z_p = body.pelvis_forward(), body.pelvis_right()
    flexion = angle_from(-y_t, -cross(z_p, x_p), x_p)
    return np.where(gimbal(body, side), np.nan, flexion)


def hip_adduction(body: Body, side: str) -> Array:
    """Hip adduction D = σ·asin(y_t·z_p). It needs no pelvis reference; −D is the lift of the fire
    hydrant.
    """
    return SIGMA[side] * arcsin_degrees(dot(body.thigh_up(side), body.pelvis_right()))


def hip_internal_rotation(body: Body, side: str, *, raw: bool = False) -> Array:
    """Hip internal rotation: hinge axis relative to the pelvic right axis, both projected along the
    thigh.

    e_z is z_p without its component along y_t, e_x = y_t × e_z, and the rotation is I =
    σ·atan2(z_t·e_x, z_t·e_z). It needs no pelvis reference. NaN below 30° of knee flexion unless
    `raw`.
    """
    y_t, z_p, z_t = body.thigh_up(side), body.pelvis_right(), body.hinge(side)
    e_z = unit(z_p - dot(z_p, y_t)[:, None] * y_t)
    rotation = SIGMA[side] * angle_from(z_t, e_z, cross(y_t, e_z))
    refused = gimbal(body, side) | (~np.array(raw) & too_straight(body, side))
    return np.where(refused, np.nan, rotation)


def gimbal(body: Body, side: str) -> Array:
    """True where the thigh is nearly parallel to the pelvic axis, so flexion and rotation are
    degenerate.
    """
    return np.asarray(np.abs(dot(body.thigh_up(side), body.pelvis_right())) > GIMBAL_GATE)


def too_straight(body: Body, side: str) -> Array:
    """True where knee flexion is below the gate of the axial rotations."""
    return np.asarray(knee_flexion(body, side) < ROTATION_GATE_DEG)


def thigh_inclination(body: Body, side: str) -> Array:
    """Forward inclination of the thigh, knee in front of the hip: atan2(−y_t·a_h, y_t·g)."""
    return angle_from(-body.thigh_up(side), -body.g, body.forward())


def shank_inclination(body: Body, side: str) -> Array:
    """Forward inclination of the shank, knee in front of the ankle: atan2(y_s·a_h, y_s·g)."""
    return angle_from(body.shank_up(side), body.g, body.forward())


def thigh_medial_lean(body: Body, side: str) -> Array:
    """Medial lean of the thigh, knee medial of the hip: σ·atan2(y_t·r_h, y_t·g)."""
    return SIGMA[side] * angle_from(body.thigh_up(side), body.g, body.right())


def shank_medial_lean(body: Body, side: str) -> Array:
    """Medial lean of the shank, knee medial of the ankle: −σ·atan2(y_s·r_h, y_s·g)."""
    return -SIGMA[side] * angle_from(body.shank_up(side), body.g, body.right())


def fppa(body: Body, side: str) -> Array:
    """Frontal plane projection angle: angle of hip-knee-ankle projected to the plane (r_h, g).

    With x along r_h and y up, medial is m = −σ. The signed angle from the thigh line to the shank
    line is atan2(v1x v2y − v1y v2x, v1·v2), positive if the knee is medial of the line. NaN where
    one segment appears shorter than a fifth of the other, because it points at the viewer.
    """
    r_h = body.right()
    knee = body.point(f"{side}_knee")
    down_thigh, down_shank = knee - body.point(f"{side}_hip"), body.point(f"{side}_ankle") - knee
    x1, y1 = dot(down_thigh, r_h), dot(down_thigh, body.g)
    x2, y2 = dot(down_shank, r_h), dot(down_shank, body.g)
    thigh, shank = np.hypot(x1, y1), np.hypot(x2, y2)
    seen = (thigh >= 0.2 * shank) & (shank >= 0.2 * thigh)
    bend = SIGMA[side] * np.degrees(np.arctan2(x1 * y2 - y1 * x2, x1 * x2 + y1 * y2))
    return np.where(seen, bend, np.nan)


def hip_adduction_2d(body: Body, side: str) -> Array:
    """Return 90° minus the angle at the stance hip from the other hip to the knee (image)."""
    if body.dims == 3:
        return np.full(body.frames, np.nan)
    hip = body.point(f"{side}_hip")
    across = unit(body.point(f"{OTHER[side]}_hip") - hip)
    adduction = 90.0 - angle_between(across, -body.thigh_up(side))
    return np.where(np.isnan(body.right()[:, 0]), np.nan, adduction)


def pelvic_obliquity(body: Body, side: str | None = None) -> Array:
    """Tilt of the hip line from horizontal, positive if the right hip is higher."""
    z_p = body.pelvis_right()
    if body.dims == 2:
        return angle_from(z_p, body.right(), np.broadcast_to(body.g, z_p.shape))
    return arcsin_degrees(dot(z_p, body.g))


def pelvic_drop(body: Body, side: str) -> Array:
    """Pelvic drop, positive if the swing side is lower than the stance side: σ·obliquity."""
    return SIGMA[side] * pelvic_obliquity(body)


def pelvic_rotation(body: Body, side: str) -> Array:
    """Pelvic rotation, swing side forward: −σ·atan2(z_p·a_h, z_p·r_h); needs a fixed heading."""
    if body.heading is None:
        return np.full(body.frames, np.nan)
    return -SIGMA[side] * angle_from(body.pelvis_right(), body.right(), body.forward())


def trunk_forward_lean(body: Body, side: str | None = None) -> Array:
    """Forward lean of the trunk, shoulders in front of the hips: atan2(t·a_h, t·g)."""
    return angle_from(body.trunk_up(), body.g, body.forward())


def trunk_lateral_lean(body: Body, side: str | None = None) -> Array:
    """Lateral lean of the trunk, positive toward the stance side, else toward the right."""
    sigma = 1.0 if side is None else SIGMA[side]
    return sigma * angle_from(body.trunk_up(), body.g, body.right())


def hip_heights(body: Body, side: str, standing: float | None) -> tuple[Array, float]:
    """Return the height of the hip above the ankle, and its value in standing: given, or the 95th
    percentile.
    """
    height = dot(body.point(f"{side}_hip") - body.point(f"{side}_ankle"), body.g)
    finite = height[np.isfinite(height)]
    if standing is None:
        standing = float(np.percentile(finite, 95.0)) if finite.size else np.nan
    return height, standing


def knee_flexion_from_depth(body: Body, side: str, *, standing: float | None = None) -> Array:
    """Knee flexion from depth, 2·acos(h), with h = hip height above the ankle relative to standing.

    The standing height defaults to the 95th percentile over all frames of this side; h is limited
    to 1. There is no side-view gate, because hip height is visible from every side.
    """
    height, standing = hip_heights(body, side, standing)
    if not standing > 0.0:
        return np.full(body.frames, np.nan)
    with np.errstate(invalid="ignore"):
        share = np.minimum(height / standing, 1.0)
        # A person whose hip is below the ankle does not stand.
        share = np.where(share < 0.0, np.nan, share)
        flexion = np.degrees(2.0 * np.arccos(share))
    return np.asarray(flexion)


def knee_medial_displacement(body: Body, side: str) -> Array:
    """Medial displacement of the knee from the second toe, as a share of the shank (not degrees).

    MKD = −σ·((K − P)·r)/|K − A| with P between big toe (0.6) and small toe (0.4), or the big toe if
    the skeleton has no small toe. r points to the right of the foot (3-D) or of the person in the
    image (2-D).
    """
    knee, toe = body.point(f"{side}_knee"), body.point(f"{side}_big_toe")
    if f"{side}_small_toe" in body.points:
        toe = 0.6 * toe + 0.4 * body.point(f"{side}_small_toe")
    if body.dims == 2:
        rightward = body.right()
    else:
        ahead = body.horizontal(body.foot(side))
        rightward = cross(ahead, np.broadcast_to(body.g, ahead.shape))
    shank = norm(knee - body.point(f"{side}_ankle"))
    offset = -SIGMA[side] * dot(knee - toe, rightward)
    return offset / np.where(shank > 0.0, shank, np.nan)


def knee_shift(body: Body, side: str, *, standing: float | None = None) -> Array:
    """Medial distance of the knee from the hip-ankle line in the plane (r_h, g), relative to leg
    length.

    The leg length is |K − H| + |A − K| in 3-D, and the standing height of the hip in an image. NaN
    where the line appears shorter than a fifth of the leg.
    """
    hip, knee, ankle = (body.point(f"{side}_{joint}") for joint in ("hip", "knee", "ankle"))
    r_h = body.right()
    x1, y1 = dot(ankle - hip, r_h), dot(ankle - hip, body.g)
    x2, y2 = dot(knee - hip, r_h), dot(knee - hip, body.g)
    line = np.hypot(x1, y1)
    if body.dims == 2:
        leg = np.full(body.frames, hip_heights(body, side, standing)[1])
    else:
        leg = norm(knee - hip) + norm(ankle - knee)
    offset = -SIGMA[side] * (x1 * y2 - y1 * x2) / np.where(line > 0.0, line, np.nan)
    return np.where((leg > 0.0) & (line >= 0.2 * leg), offset / leg, np.nan)


def pelvis_shift(body: Body, side: str | None) -> Array:
    """Shift of the mid-hip from the mid-ankle along the horizontal ankle line, relative to its
    length.

    Positive to the right. NaN where the horizontal distance of the ankles is less than half that of
    the hips, and in side views.
    """
    hips, ankles = (
        [body.point(f"{side}_{joint}") for side in ("left", "right")] for joint in ("hip", "ankle")
    )

    def level(v: Array) -> Array:
        return v - dot(v, body.g)[:, None] * body.g

    stance = level(ankles[1] - ankles[0])
    width, hip_width = norm(stance), norm(level(hips[1] - hips[0]))
    beside = dot(np.mean(hips, axis=0) - np.mean(ankles, axis=0), stance)
    narrow = ~(width > 0.0) | (width < 0.5 * hip_width)
    if body.dims == 2:
        narrow |= np.isnan(body.right()[:, 0])
    return np.where(narrow, np.nan, beside / np.where(narrow, np.nan, width) ** 2)


def ankle_dorsiflexion(body: Body, side: str) -> Array:
    """Return 90° minus the shank-foot angle; no standing offset is subtracted."""
    return 90.0 - angle_between(body.shank_up(side), body.foot(side))


def foot_progression(body: Body, side: str) -> Array:
    """Outward angle of the foot line relative to the heading: σ·atan2(f·r_h, f·a_h)."""
    return SIGMA[side] * angle_from(body.foot(side), body.forward(), body.right())


def tibial_rotation(body: Body, side: str, *, raw: bool = False) -> Array:
    """Inward rotation of the foot relative to the hinge axis, projected along the shank.

    f' is f without its component along y_s, and τ = σ·atan2(−f'·z_s, f'·x_s). It includes ankle and
    subtalar motion. NaN below 30° of knee flexion unless `raw`.
    """
    y_s, z_s, f = body.shank_up(side), body.hinge(side), body.foot(side)
    flat = unit(f - dot(f, y_s)[:, None] * y_s)
    rotation = SIGMA[side] * angle_from(flat, cross(y_s, z_s), -z_s)
    return np.where(~np.array(raw) & too_straight(body, side), np.nan, rotation)


def knee_abduction(body: Body, side: str) -> Array:
    """Knee abduction from epicondyles: σ·asin(s·z_t), epicondylar axis z_t to the right."""
    lateral = body.point(f"{side}_lateral_epicondyle") - body.point(f"{side}_medial_epicondyle")
    z_t = SIGMA[side] * unit(lateral)
    return SIGMA[side] * arcsin_degrees(dot(-body.shank_up(side), z_t))


def hip_internal_rotation_from_epicondyles(body: Body, side: str) -> Array:
    """Hip rotation with z_t from the epicondyles, which needs no hinge, no gate and no α0."""
    y_t, z_p = body.thigh_up(side), body.pelvis_right()
    lateral = body.point(f"{side}_lateral_epicondyle") - body.point(f"{side}_medial_epicondyle")
    z_t = SIGMA[side] * lateral
    e_z = unit(z_p - dot(z_p, y_t)[:, None] * y_t)
    rotation = SIGMA[side] * angle_from(z_t, e_z, cross(y_t, e_z))
    return np.where(gimbal(body, side), np.nan, rotation)


def hip_abduction(body: Body, side: str) -> Array:
    """Hip abduction η = −D: elevation of the thigh from the pelvis' sagittal plane."""
    return -hip_adduction(body, side)


def hip_abduction_2d(body: Body, side: str) -> Array:
    """Hip abduction in an image from behind: minus the adduction relative to the hip line."""
    return -hip_adduction_2d(body, side)


def clamshell_opening(body: Body, side: str) -> Array:
    """Rotation of the knee about the hip-ankle line l; 0 if it points forward in side-lying.

    With this leg on top, the horizontal front of the body is σ·(g × l). The component of the knee
    perpendicular to l is rotated upward from there by the opening angle. NaN where l is within
    asin(0.2) of vertical.
    """
    hip = body.point(f"{side}_hip")
    line = unit(body.point(f"{side}_ankle") - hip)
    g = np.broadcast_to(body.g, line.shape)
    ahead = gated_unit(SIGMA[side] * cross(g, line))
    lifted = unit(g - dot(g, line)[:, None] * line)
    knee = body.point(f"{side}_knee") - hip
    return angle_from(knee - dot(knee, line)[:, None] * line, ahead, lifted)


def roll_about_trunk(body: Body, side: str, landmark: str) -> Array:
    """Rotation of the left-right line about trunk t, times σ: 0 face down, 90 on the side.

    For a person face down, the reference directions are right = t × g and up = g without its
    component along t. NaN where the trunk is within asin(0.2) of vertical.
    """
    line = body.point(f"right_{landmark}") - body.point(f"left_{landmark}")
    t = body.trunk_up()
    g = np.broadcast_to(body.g, t.shape)
    level = gated_unit(cross(t, g))
    return SIGMA[side] * angle_from(line, level, unit(g - dot(g, t)[:, None] * t))


def pelvis_roll(body: Body, side: str) -> Array:
    """Roll of the hip line about the trunk, positive if the hip of the working side moves up, then
    back.
    """
    return roll_about_trunk(body, side, "hip")


def shoulder_roll(body: Body, side: str) -> Array:
    """Roll of the shoulder line about the trunk, positive if the working side's shoulder moves up,
    then back.
    """
    return roll_about_trunk(body, side, "shoulder")


def separation(body: Body, side: str, joint: str, above: str) -> Array:
    """Distance of the left and the right joint, relative to the segment from joint `above`."""
    here = body.point(f"{side}_{joint}")
    apart = norm(here - body.point(f"{OTHER[side]}_{joint}"))
    segment = norm(here - body.point(f"{side}_{above}"))
    return apart / np.where(segment > 0.0, segment, np.nan)


def knee_separation(body: Body, side: str) -> Array:
    """Distance of the knees relative to the thigh (a ratio, not degrees)."""
    return separation(body, side, "knee", "hip")


def foot_separation(body: Body, side: str) -> Array:
    """Distance of the ankles relative to the shank (a ratio, not degrees)."""
    return separation(body, side, "ankle", "knee")


SAGITTAL_IMAGE = {
    "knee_flexion": knee_flexion,
    "hip_flexion": hip_flexion,
    "thigh_inclination": thigh_inclination,
    "shank_inclination": shank_inclination,
    "trunk_forward_lean": trunk_forward_lean,
}
FRONTAL_IMAGE = {
    "fppa": fppa,
    "hip_adduction_2d": hip_adduction_2d,
    "hip_abduction_2d": hip_abduction_2d,
    "pelvic_drop": pelvic_drop,
    "pelvic_obliquity": pelvic_obliquity,
    "pelvis_shift": pelvis_shift,
    "trunk_lateral_lean": trunk_lateral_lean,
    "knee_medial_displacement": knee_medial_displacement,
    "knee_shift": knee_shift,
}
ANY_IMAGE = {
    "knee_flexion_from_depth": knee_flexion_from_depth,
    "knee_separation": knee_separation,
    "foot_separation": foot_separation,
}
WORLD_ONLY = {
    "hip_adduction": hip_adduction,
    "hip_internal_rotation": hip_internal_rotation,
    "thigh_medial_lean": thigh_medial_lean,
    "shank_medial_lean": shank_medial_lean,
    "pelvic_rotation": pelvic_rotation,
    "ankle_dorsiflexion": ankle_dorsiflexion,
    "foot_progression": foot_progression,
    "tibial_rotation": tibial_rotation,
    "knee_abduction": knee_abduction,
    "hip_internal_rotation_from_epicondyles": hip_internal_rotation_from_epicondyles,
    "hip_abduction": hip_abduction,
    "clamshell_opening": clamshell_opening,
    "pelvis_roll": pelvis_roll,
    "shoulder_roll": shoulder_roll,
}
FORMULAS: dict[str, Callable[..., Array]] = {
    **SAGITTAL_IMAGE,
    **FRONTAL_IMAGE,
    **ANY_IMAGE,
    **WORLD_ONLY,
}
ANGLE_NAMES = tuple(FORMULAS)
GATED = ("hip_internal_rotation", "tibial_rotation")
MIDLINE = ("pelvic_obliquity", "pelvis_shift", "trunk_forward_lean", "trunk_lateral_lean")


def joint_angle(
    points: Mapping[str, Array],
    name: str,
    side: str | None = None,
    *,
    up: str = "y",
    pelvis_reference: str = "up",
    heading: Array | float | None = None,
    standing: float | None = None,
    raw: bool = False,
) -> Array:
    """One named measure over time, shape (T,), in degrees; NaN where it cannot be measured.

    `points` maps landmark names to (T, 3) world or (T, 2) image coordinates. `side` is the stance
    side for pelvis and trunk, None for midline measures. `heading` is a fixed world vector (3-D) or
    ±1 (2-D). `standing` is the reference hip height for depth. `raw` disables the knee-flexion gate
    of the axial rotations.
    """
    formula = FORMULAS[name]
    if side is None and name not in MIDLINE:
        raise ValueError(f"{name} needs a side")
    body = Body(points, up=up, pelvis_reference=pelvis_reference, heading=heading)
    if body.dims == 2 and name in WORLD_ONLY:
        return np.full(body.frames, np.nan)
    if name in GATED:
        return formula(body, side, raw=raw)
    if name in ("knee_flexion_from_depth", "knee_shift"):
        return formula(body, side, standing=standing)
    return formula(body, side)
