"""Define the clips to render: body, movement and camera; a hand-picked part of all combinations.

Each body does single-leg squats on the right and on the left leg, both with a planted inward knee,
before a camera within 10° of straight ahead. Other faults, cameras, rooms and exercises are
distributed over the bodies. Any other `Clip` can be given to `make.film`.
"""

from __future__ import annotations

from itertools import cycle
from typing import NamedTuple

from tools.rendered.bodies import BODIES

FPS = 15.0


class Clip(NamedTuple):
    """Definition of one clip; image sizes are the longer and the shorter side in pixels."""

    body: str
    movement: str
    yaw_deg: float
    reps: int
    speed: float
    height_m: float
    distance_m: float
    size: tuple[int, int] = (854, 480)
    room: int = 0
    blur: bool = False

    @property
    def name(self) -> str:
        """Return the file name of the clip."""
        turned = f"{self.yaw_deg:+.0f}".replace("+", "p").replace("-", "m")
        extra = ("_1080p" if max(self.size) > 1000 else "") + ("_blur" if self.blur else "")
        return f"{self.movement}_{self.body}_{turned}{extra}"


STANDING, FLOOR = ("sls", "opencap", "lunge", "step"), ("clamshell", "hydrant", "leg", "kick")
MIXED = (
    "f150", "m170", "m195", "f162", "f172", "m180", "m163", "f180", "f168", "m176", "m187", "f157",
)  # fmt: skip
"""Bodies in the order of assignment; every second and every third one is a mixed selection."""
SQUARE = (0, 5, -5, 10, -10, 3, -3, 8, -8, 0, 4, -6)
"""Yaw of the front cameras, one for each body, degrees."""
HD = (1920, 1080)


def clips() -> list[Clip]:
    """Return the definitions of all clips."""
    rows: list[Clip] = []
    names = list(MIXED)
    heights, distances = cycle((0.5, 0.9, 0.35, 1.3, 0.7)), cycle((3.0, 3.4, 2.8, 3.8))
    of_body = {
        name: (yaw, next(heights), next(distances)) for name, yaw in zip(names, SQUARE, strict=True)
    }

    def stand(body: str, movement: str, yaw: float | None = None, reps: int = 5,
              speed: float = 1.4, **more: object) -> None:  # fmt: skip
        square, height, distance = of_body[body]
        rows.append(
            Clip(body, movement, square if yaw is None else yaw, reps, speed, height, distance,
                 room=list(BODIES).index(body), **more)  # type: ignore[arg-type]
        )  # fmt: skip

    def lie(body: str, movement: str, yaw: float, height: float, distance: float, reps: int = 4,
            **more: object) -> None:  # fmt: skip
        rows.append(
            Clip(body, movement, yaw, reps, 1.4, height, distance,
                 room=list(BODIES).index(body), **more)  # type: ignore[arg-type]
        )  # fmt: skip

    for body in names:
        stand(body, "sls_right_deficit")
        stand(body, "sls_left_deficit")
    for k, body in enumerate(names[::2]):
        lie(body, "clamshell_right_roll_back" if k % 2 else "clamshell_right", 0, 0.35, 2.5)
        lie(names[2 * k + 1], "hydrant_left_hip_hike" if k % 2 else "hydrant_right", 180, 0.5, 2.6)
    for body in names[1::2]:
        stand(body, "sls_right_healthy")
        stand(body, "sls_left_healthy")
    for k, (body, yaw) in enumerate(zip(names[::3], (0, 25, -20, 10), strict=True)):
        lie(body, "clamshell_left", yaw, 0.6, 2.8)
        lie(names[3 * k + 1], "hydrant_left", (0, 160, 10, 90)[k], 0.4, 3.0)
    for k, body in enumerate(names[::3]):
        stand(body, "sls_right_trunk_lean")
        stand(names[3 * k + 1], "sls_left_pelvic_drop")
    for body, yaw in zip(names[2::3], (20, -30, 45, 90), strict=True):
        stand(body, "sls_right_healthy", yaw)
        stand(body, "sls_left_healthy", yaw)
    for body, yaw in zip(names[::3], (-20, 30, -45, 15), strict=True):
        stand(body, "sls_right_deficit", yaw)
    stand("f168", "sls_right_deficit", size=HD)
    stand("m187", "sls_right_deficit", blur=True)
    for body, yaw in zip(names[::2], (0, 90, 30, 0, -20, 45), strict=True):
        stand(body, "opencap_squat", yaw, speed=1.0)
    for body, yaw in zip(names[1::4], (0, 30, 90), strict=True):
        stand(body, "lunge", yaw, reps=3)
        stand(body, "step_up", yaw, reps=3)
    for body, yaw in zip(names[3::4], (0, 20, 0), strict=True):
        lie(body, "leg_raise", yaw, 0.5, 2.8, reps=3)
        lie(body, "kick_back", 180 - yaw, 0.5, 2.8, reps=3)
    lie("m170", "clamshell_left_shallow", 0, 0.35, 2.5)
    # Knees that move farther inward than in the recordings.
    for k, body in enumerate(names):
        side = "right" if k % 2 or k % 4 == 0 else "left"
        stand(body, f"sls_{side}_{'far_inward' if k % 3 == 0 else 'inward'}")
    stand("m180", "sls_right_inward", size=HD)
    stand("m176", "sls_left_healthy", size=HD)
    stand("f150", "sls_right_far_inward", blur=True)
    stand("f180", "sls_left_healthy", blur=True)
    stand("m187", "sls_right_deficit", 90)
    stand("m187", "sls_left_deficit", 90)
    lie("f150", "clamshell_right", 0, 0.35, 2.5, size=HD)
    lie("f172", "clamshell_right", 0, 0.35, 2.5, blur=True)
    lie("m180", "hydrant_right", 180, 0.5, 2.6, size=HD)
    return in_turn(rows)


def in_turn(rows: list[Clip]) -> list[Clip]:
    """Return the clips interleaved by movement and camera, so any part of them is mixed."""
    seen: dict[tuple[str, bool], int] = {}
    rounds = []
    for row in rows:
        kind = row.movement, min(abs(row.yaw_deg), 180 - abs(row.yaw_deg)) > 10
        seen[kind] = seen.get(kind, 0) + 1
        rounds.append(seen[kind])
    return [row for _, row in sorted(zip(rounds, rows, strict=True), key=lambda pair: pair[0])]
