"""Render images of bodies in a room with a small, seeded z-buffer on the CPU.

Numba compiles the renderer. Sun and sky have shadow maps, so the body casts shadows on itself and
the floor. Then lens blur, sensor noise and JPEG compression are applied, like those of a phone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
MAP, MAP_M = 384, 4.4
"""Side length of a shadow map in pixels and in meters."""
SHADOWS_M, GRAIN_PX = 1.9, 64
"""Radius of shadows on the floor in meters; maximum shift of the noise between images in pixels."""
jit = numba.njit(cache=True, fastmath=True)


@dataclass(frozen=True)
class Camera:
    """Pinhole camera; yaw > 0 is toward the person's right, and y points down in pixels."""

    yaw_deg: float
    height_m: float
    distance_m: float
    width_px: int
    height_px: int
    focal: float = 0.80
    """Focal length as a multiple of the longer image side."""
    aim: tuple[float, float, float] = (0.0, 0.9, 0.0)
    roll_deg: float = 0.0

    @property
    def focal_px(self) -> float:
        """Return the focal length in pixels."""
        return self.focal * max(self.width_px, self.height_px)

    @property
    def position(self) -> F64:
        """Return the position of the camera."""
        yaw = np.radians(self.yaw_deg)
        x, _, z = self.aim
        return np.array(
            [x + self.distance_m * np.cos(yaw), self.height_m, z + self.distance_m * np.sin(yaw)]
        )

    @property
    def axes(self) -> F64:
        """Return the axes right, down and ahead in the world, as rows."""
        ahead = np.array(self.aim) - self.position
        ahead /= np.linalg.norm(ahead)
        right = np.cross(ahead, [0.0, 1, 0])
        right /= np.linalg.norm(right)
        down = np.cross(ahead, right)
        roll = np.radians(self.roll_deg)
        return np.array(
            [
                right * np.cos(roll) + down * np.sin(roll),
                down * np.cos(roll) - right * np.sin(roll),
                ahead,
            ]
        )

    def project(self, points: F64) -> F64:
        """Return pixel x, pixel y and depth of points (…, 3)."""
        q = (np.asarray(points) - self.position) @ self.axes.T
        middle = np.array([self.width_px, self.height_px]) / 2
        xy = q[..., :2] / q[..., 2:] * self.focal_px + middle
        return np.concatenate([xy, q[..., 2:]], -1)


@dataclass(frozen=True)
class Room:
    """Colors of walls, floor and mat, and the light."""

    wall: tuple[float, float, float] = (0.72, 0.71, 0.68)
    floor: tuple[float, float, float] = (0.50, 0.37, 0.26)
    mat: tuple[float, float, float] | None = None
    sun: tuple[float, float, float] = (0.45, 0.85, 0.35)
    bright: float = 1.0
    sun_share: float = 0.5
    seed: int = 0


@jit
def draw(points, triangles, colors, picture, inverse, cull):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Fill triangles with interpolated colors in pixels where they are nearest (inverse depth)."""
    height, width = inverse.shape
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = points[i, 0], points[i, 1], points[i, 2]
        bx, by, bz = points[j, 0], points[j, 1], points[j, 2]
        cx, cy, cz = points[k, 0], points[k, 1], points[k, 2]
        if az < 0.05 or bz < 0.05 or cz < 0.05:
            continue
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0 or (cull and area > 0.0):
            continue
        x0 = max(int(np.floor(min(ax, bx, cx) - 0.5)), 0)
        x1 = min(int(np.ceil(max(ax, bx, cx) - 0.5)), width - 1)
        y0 = max(int(np.floor(min(ay, by, cy) - 0.5)), 0)
        y1 = min(int(np.ceil(max(ay, by, cy) - 0.5)), height - 1)
        ia, ib, ic = 1.0 / az, 1.0 / bz, 1.0 / cz
        for y in range(y0, y1 + 1):
            py = y + 0.5
            for x in range(x0, x1 + 1):
                px = x + 0.5
                u = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area
                v = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area
                w = 1.0 - u - v
                if u < -1e-6 or v < -1e-6 or w < -1e-6:
                    continue
                near = u * ia + v * ib + w * ic
                if near <= inverse[y, x]:
                    continue
                inverse[y, x] = near
                for c in range(picture.shape[2]):
                    picture[y, x, c] = u * colors[i, c] + v * colors[j, c] + w * colors[k, c]


@jit
def normals_of(v, triangles):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the unit normals of the vertices."""
    n = np.zeros(v.shape)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = v[j, 0] - v[i, 0], v[j, 1] - v[i, 1], v[j, 2] - v[i, 2]
        bx, by, bz = v[k, 0] - v[i, 0], v[k, 1] - v[i, 1], v[k, 2] - v[i, 2]
        fx, fy, fz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        for m in (i, j, k):
            n[m, 0] += fx
            n[m, 1] += fy
            n[m, 2] += fz
    for m in range(v.shape[0]):
        length = np.sqrt(n[m, 0] ** 2 + n[m, 1] ** 2 + n[m, 2] ** 2) + 1e-12
        n[m] /= length
    return n


@jit
def lit(points, shadows, reach, stride, bias):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the share of light that reaches each point, averaged over a square of a shadow map."""
    n, size = points.shape[0], shadows.shape[0]
    share = np.ones(n, np.float32)
    for i in range(n):
        x, y = int(points[i, 0]), int(points[i, 1])
        near = 1.0 / (points[i, 2] - bias)
        if x < reach or y < reach or x >= size - reach or y >= size - reach:
            continue
        dark, samples = 0, 0
        for b in range(-reach, reach + 1, stride):
            for a in range(-reach, reach + 1, stride):
                dark += shadows[y + b, x + a] > near
                samples += 1
        share[i] = 1.0 - dark / samples
    return share


class Light:
    """A shadow map of parallel light."""

    def __init__(self, toward: F64, center: F64) -> None:
        z = -np.asarray(toward, dtype=float) / np.linalg.norm(toward)
        x = np.cross(z, [0.0, 1, 0.1])
        x /= np.linalg.norm(x)
        self.axes = np.array([x, np.cross(z, x), z])
        self.center = center
        self.map = np.zeros((MAP, MAP), np.float32)

    def project(self, points: F64) -> F64:
        """Return shadow-map pixels and depth, which starts 10 m from the center to the light."""
        q = (points - self.center) @ self.axes.T
        made = q * (MAP / MAP_M) + MAP / 2
        made[..., 2] = q[..., 2] + 10
        return made

    def fill(self, vertices: F64, triangles: Any) -> None:
        """Draw a body into the shadow map."""
        self.map[:] = 0
        none = np.zeros((1, 1, 0), np.float32)
        draw(self.project(vertices), triangles, np.zeros((1, 0)), none, self.map, False)


def dry(camera: Camera, room: Room) -> tuple[F32, F64, npt.NDArray[np.bool_]]:
    """Return linear colors of the empty room, 3-D points of floor pixels, and the floor mask."""
    rng = np.random.default_rng([17, room.seed])
    w, h = camera.width_px, camera.height_px
    x, y = np.meshgrid(np.arange(w) + 0.5 - w / 2, np.arange(h) + 0.5 - h / 2)
    rays = np.stack([x, y, np.full_like(x, camera.focal_px)], -1) / camera.focal_px @ camera.axes
    at = camera.position
    nearest = np.full(x.shape, np.inf)
    color = np.full((*x.shape, 3), 0.6)
    half = 2.3 + rng.uniform(0, 1.5), 3.0 + rng.uniform(0, 1.0)
    reach = np.hypot(at[0], at[2]) + 0.6
    with np.errstate(all="ignore"):
        for axis, size in ((0, half[0]), (2, half[1])):
            for wall in (-max(size, 0.0), size):
                if abs(wall) < reach and np.sign(wall) == np.sign(at[axis]) and abs(at[axis]) > 1.5:
                    wall = np.sign(wall) * reach
                t = (wall - at[axis]) / rays[..., axis]
                hit = (t > 1e-3) & (t < nearest)
                nearest[hit] = t[hit]
                along = at[2 - axis] + t * rays[..., 2 - axis]
                high = at[1] + t * rays[..., 1]
                shade = 0.86 + 0.14 * np.clip(high / 2.6, 0, 1) - 0.04 * (axis == 2)
                painted = shade[..., None] * np.array(room.wall)
                painted[(high > 0) & (high < 0.09)] = (0.80, 0.79, 0.76)
                place, wide = rng.uniform(-1.8, 1.2), rng.uniform(0.5, 1.2)
                frame = (
                    (along > place)
                    & (along < place + wide)
                    & (high > 1.3)
                    & (high < 1.3 + 0.7 * wide)
                )
                painted[frame] = rng.uniform(0.1, 0.8, 3)
                door = (along > -place + 0.6) & (along < -place + 1.5) & (high > 0) & (high < 2.05)
                painted[door] *= rng.uniform(0.55, 0.9)
                color[hit] = painted[hit]
        t = -at[1] / rays[..., 1]
        floor = (t > 1e-3) & (t < nearest)
        points = at + t[..., None] * rays
        ground = np.nan_to_num(points, posinf=0, neginf=0)
    plank = rng.uniform(0.88, 1.08, 97)[np.floor(ground[..., 2] / 0.14).astype(int) % 97]
    painted = plank[..., None] * np.array(room.floor)
    if room.mat is not None:
        on = (abs(ground[..., 0]) < 0.45) & (abs(ground[..., 2]) < 1.05)
        painted[on] = room.mat
    color[floor] = painted[floor]
    grain = cv2.GaussianBlur(rng.normal(0, 1, x.shape), (0, 0), 2.0)
    return (color * (1 + 0.03 * grain[..., None])).astype(np.float32), ground[floor], floor


class Studio:
    """A camera in a room that renders images of a body."""

    def __init__(self, camera: Camera, room: Room, center: F64) -> None:
        self.camera, self.room = camera, room
        self.empty, ground, floor = dry(camera, room)
        near = np.hypot(*(ground - center)[:, [0, 2]].T) < SHADOWS_M
        ground, self.floor = ground[near], np.flatnonzero(floor)[near]
        rng = np.random.default_rng([19, room.seed])
        size = camera.height_px + GRAIN_PX, camera.width_px + GRAIN_PX, 3
        # Sensor noise: one random field, shifted differently in each image.
        self.grain = rng.standard_normal(size, dtype=np.float32) * 0.010
        self.sun, self.sky = (
            Light(np.array(room.sun), center),
            Light(np.array([0.05, 1.0, 0.03]), center),
        )
        self.on_sun, self.on_sky = self.sun.project(ground), self.sky.project(ground)

    def light(self, vertices: F64, triangles: Any, colors: F64) -> F64:
        """Return the vertex colors after lighting."""
        normals = normals_of(vertices, triangles)
        direct = np.clip(normals @ (np.array(self.room.sun) / np.linalg.norm(self.room.sun)), 0, 1)
        direct = direct * lit(
            self.sun.project(vertices + 0.012 * normals), self.sun.map, 1, 1, 0.02
        )
        open_sky = lit(self.sky.project(vertices + 0.012 * normals), self.sky.map, 4, 2, 0.03)
        around = 0.62 + 0.25 * normals[:, 1] + 0.13 * open_sky
        share = self.room.sun_share
        return colors * ((1 - share) * around + share * direct * 1.35 + 0.10)[:, None]

    def linear(self, vertices: F64, triangles: Any, colors: F64, extra: Any = None) -> F32:
        """Return one exposure in linear color."""
        self.sun.fill(vertices, triangles)
        self.sky.fill(vertices, triangles)
        share = self.room.sun_share
        floor = (1 - share) * (0.45 + 0.55 * lit(self.on_sky, self.sky.map, 6, 3, 0.01)) + share * (
            0.15 + 0.85 * lit(self.on_sun, self.sun.map, 2, 2, 0.01)
        )
        picture = self.empty.copy()
        picture.reshape(-1, 3)[self.floor] *= floor[:, None].astype(np.float32)
        inverse = np.zeros(picture.shape[:2], np.float32)
        lit_colors = self.light(vertices, triangles, colors).astype(np.float32)
        draw(self.camera.project(vertices), triangles, lit_colors, picture, inverse, True)
        if extra is not None:
            corners, faces, paint = extra
            draw(
                self.camera.project(corners),
                faces,
                paint.astype(np.float32),
                picture,
                inverse,
                False,
            )
        return picture

    def develop(self, picture: F32, seed: list[int]) -> npt.NDArray[np.uint8]:
        """Apply lens blur, sensor noise and JPEG compression, and return 8-bit RGB."""
        rng = np.random.default_rng(seed)
        h, w = picture.shape[:2]
        y, x = rng.integers(0, GRAIN_PX, 2)
        sigma = 0.55 * max(1.0, self.camera.height_px * self.camera.width_px / 410_000) ** 0.5
        picture = cv2.GaussianBlur(picture * self.room.bright, (0, 0), sigma)
        picture = np.clip(picture + self.grain[y : y + h, x : x + w], 0, 1)
        coded = (cv2.pow(picture, 1 / 1.35) * 255).astype(np.uint8)
        packed = cv2.imencode(".jpg", coded[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
        return np.ascontiguousarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1])


def block(low: F64, high: F64) -> tuple[F64, Any, F64]:
    """Return the corners, triangles and colors of a box; each face has its own shade."""
    corners, faces, paint = [], [], []
    for axis in range(3):
        for end, shade in ((low, 0.30), (high, 0.42)):
            quad = []
            for u, v in ((0, 0), (1, 0), (1, 1), (0, 1)):
                corner = np.empty(3)
                corner[axis] = end[axis]
                corner[(axis + 1) % 3] = (low, high)[u][(axis + 1) % 3]
                corner[(axis + 2) % 3] = (low, high)[v][(axis + 2) % 3]
                quad.append(corner)
            n = len(corners)
            corners += quad
            faces += [[n, n + 1, n + 2], [n, n + 2, n + 3]]
            paint += [[shade * (1 + 0.5 * (axis == 1))] * 3] * 4
    return np.array(corners), np.array(faces), np.array(paint)
