"""Golden vectors and sample recordings as text for tests/c/golden.c, with the results of Python.

Numbers are written as the hexadecimal digits of their bits, so that nothing is rounded.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from test_reference_golden import ANGLES, EXERCISES, FILTERS, generated, golden, numbers

import kneepose as kp
from kneepose import _core, arrays
from kneepose.recording.recording import core_recording

Json = dict[str, Any]


class Vector(NamedTuple):
    """One record: the input of the C program, and the lines that it must print."""

    given: str
    expected: list[str]


def bits(values: Any) -> str:
    """Return the bits of numbers, with all NaN equal."""
    array = np.ascontiguousarray(values).ravel()
    whole = array.view({8: np.uint64, 4: np.uint32}[array.itemsize])
    digits = 2 * array.itemsize
    return " ".join(
        "nan" if n else f"{int(b):0{digits}x}" for b, n in zip(whole, np.isnan(array), strict=True)
    )


def exact(values: Any) -> str:
    """Bits of f64 numbers for C to read, not-a-numbers included."""
    array = np.ascontiguousarray(values, dtype=np.float64).ravel()
    return " ".join(f"{int(b):x}" for b in array.view(np.uint64))


def line(*parts: Any) -> str:
    """Join the parts with spaces; an empty part is "-"."""
    texts = ["-" if part is None else str(part) for part in parts]
    return " ".join(text for text in texts if text)


def vectors() -> Iterator[Vector]:
    """All records."""
    for case in ANGLES + EXERCISES["cases"]:
        yield angles(case)
    yield from triples()
    for case in golden("reps")["cases"]:
        for despike in (True, False):
            yield reps(case, despike)
    yield from lowpasses()
    yield from analyses()


def every_angle() -> list[tuple[str, str | None]]:
    """All built-in angles, those with a side on both."""
    return [
        (row["name"], side)
        for row in _core.angle_table()
        for side in ((None,) if row["sided"] == "midline" else ("left", "right"))
    ]


def angles(case: Json) -> Vector:
    """Every angle of one golden case, in double and in single precision."""
    points, names = numbers(case["points"]), every_angle()
    heading = case["heading"]
    if isinstance(heading, int):
        heading = [float(heading), 0.0, 0.0]
    standing = None if case["standing"] is None else [case["standing"]] * 2
    ident, up, keypoints = case["id"], case["up"] or "image", case["keypoints"]
    asked = [word for name, side in names for word in (name, side or "-")]
    given = line(
        "angles", ident, up, case["pelvis_reference"],
        len(keypoints), *keypoints, len(names), *asked,
        len(heading or ()), exact(heading or ()), len(standing or ()), exact(standing or ()),
        len(points), exact(points),
    )  # fmt: skip
    expected = []
    for dtype, width in ((np.float64, "f64"), (np.float32, "f32")):
        values, codes = arrays.joint_angles(
            points.astype(dtype),
            skeleton=kp.Skeleton("golden", keypoints),
            names=names,
            up=case["up"],
            pelvis_reference=case["pelvis_reference"],
            heading=heading,
            standing=standing,
            with_validity=True,
        )
        cells = zip(bits(values).split(), codes.ravel(), strict=True)
        expected.append(line("angles", ident, width, *(f"{v} {c}" for v, c in cells)))
    return Vector(given, expected)


def triples() -> Iterator[Vector]:
    """Three-point angles: ordinary, straight, folded, missing, coincident, tiny and huge."""
    rng = np.random.default_rng(7)
    for components in (2, 3):
        points = rng.normal(size=(200, 3, components)) * 10.0 ** rng.integers(-9, 9, (200, 1, 1))
        points[0] = [[0.0] * components, [1.0] * components, [2.0] * components]
        points[1, 2] = points[1, 0]
        points[2, 1] = points[2, 0]
        points[3, 1, 1] = np.nan
        points[4, 0, 0] = np.inf
        points[5] *= 1e-300
        ident = f"components{components}"
        wide = arrays.angle(*points.swapaxes(0, 1))
        narrow = arrays.angle(*points.astype(np.float32).swapaxes(0, 1))
        pairs = zip(bits(wide).split(), bits(narrow).split(), strict=True)
        yield Vector(
            line("triple", ident, components, len(points), exact(points)),
            [line("triple", ident, *(f"{a} {b}" for a, b in pairs))],
        )


def rep_words(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """Repetitions as the core's rows, as C prints them."""
    names = [name for name, _ in _core.rep_statuses()]
    return [line(*moments, names[status], bits(np.array([rom]))) for *moments, rom, status in rows]


def reps(case: Json, despike: bool) -> Vector:
    """Repetitions of one golden series."""
    x, allowed = generated(case)
    allowed = np.ones(len(x), bool) if allowed is None else np.asarray(allowed) != 0
    ident = f"{case['id']}-{int(despike)}"
    options = exact([case["fs"], case["min_range"]])
    gate = " ".join("1" if ok else "0" for ok in allowed)
    rows = _core.segment_reps(x, case["fs"], case["min_range"], allowed, despike)
    return Vector(
        line("reps", ident, options, int(despike), len(x), exact(x), gate),
        [line("reps", ident, *rep_words(rows))],
    )


def lowpasses() -> Iterator[Vector]:
    """The golden filter inputs, and one with gaps."""
    rng = np.random.default_rng(11)
    holed = rng.normal(size=300)
    holed[[0, 50, 51, 52, 120, 299]] = np.nan
    inputs = [(row["input"], row["fc"], row["fs"]) for row in FILTERS["responses"]]
    for i, (x, cutoff, fs) in enumerate([*inputs, (holed, 6.0, 29.97), (holed, 40.0, 60.0)]):
        series = numbers(x)
        yield Vector(
            line("lowpass", i, exact([cutoff, fs]), len(series), exact(series)),
            [line("lowpass", i, bits(arrays.lowpass(series, fs=fs, cutoff_hz=cutoff)))],
        )


def analyses() -> Iterator[Vector]:
    """Return all sample recordings, in world space and projected to a camera image."""
    for name, exercise, sides in (
        ("squat", "squat", ("left", "right")),
        ("squat_video", "squat", ("right",)),
        ("single_leg_squat_left", "single_leg_squat", ("left",)),
        ("single_leg_squat_right", "single_leg_squat", ("right",)),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", kp.errors.RecordingWarning)  # squat_video has 10 fps.
            recording = kp.sample(name)
        for side in sides:
            yield analysis(f"{name}-{side}", recording, exercise, side)


def analysis(ident: str, recording: kp.Recording, exercise: str, side: str) -> Vector:
    """One recording analyzed."""
    points, skeleton = recording.coordinates, recording.skeleton
    up, view = recording.up or "image", recording.view
    given = line(
        "analysis", ident, skeleton.name, up, exercise, side, view, len(points), points.shape[2],
        exact(points), exact(recording.confidence), exact(recording.times),
    )  # fmt: skip
    found = _core.analyze(core_recording(recording), exercise, side, view, None, 0.2)
    codes = [name for _, name, _, _ in _core.validity_table()]
    expected = [
        line("analysis", ident, found["view"], found["signal_used"], *rep_words(found["reps"]))
    ]
    for row in found["measures"]:
        cells = zip(bits(row["values"]).split(), row["codes"], strict=True)
        words = [f"{value} {codes[code]}" for value, code in cells]
        refusal = codes[row["refusal"] or 0]
        expected.append(line("measure", ident, row["name"], row["unit"], refusal, *words))
    both = np.stack([found["times"], found["signal"]], axis=1)
    expected.append(line("signal", ident, bits(both)))
    return Vector(given, expected)
