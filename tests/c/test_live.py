"""Tests of live streams in C: same bits as in Python, and no memory errors."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose import _core
from tests.c.test_c import (
    PROGRAMS,
    STATIC,
    STRICT,
    Vector,
    analysis_lines,
    bits,
    compiled,
    exact,
    golden,
    leg_words,
    library,
    line,
    pytestmark,
    run,
    text,
    tool,
)
from tests.support.datasets import opensim, recording
from tests.support.exerciser import Exerciser
from tests.support.film import Film, shoot
from tests.support.moving_body import pose
from tests.support.real_people import clips

__all__ = ["golden", "library", "pytestmark"]

CODES = [name for _, name, _, _ in _core.validity_table()]
LABELS = dict(_core.rep_statuses())
KINDS = {kind.kind for kind in kp.live.Event.__subclasses__()}
Frame = tuple[Any, float, Any]
"""Keypoints (or None), time in seconds, and confidence of one frame."""


def frames_of(recording: kp.Recording) -> list[Frame]:
    """Return the frames of a recording in the form that `push` takes."""
    rows = zip(recording.coordinates, recording.times, recording.confidence, strict=True)
    return [(points, float(time), sure) for points, time, sure in rows]


def session(
    ident: str, recording: kp.Recording, exercise: str, frames: list[Frame], **options: Any
) -> Vector:
    """Return the record of a live session: the frames for C, and the results of Python."""
    side = options.pop("side", "left")
    stream = kp.Stream(
        exercise, side=side, skeleton=recording.skeleton, up=recording.up, view=recording.view,
        resolution_wh=recording.resolution_wh, **options,
    )  # fmt: skip
    width, height = recording.resolution_wh or (0, 0)
    # a stream of arrays has no estimator name in Python
    without_name = recording._replace(estimator="")
    given = [
        line("live", ident, leg_words(without_name, exercise, side), width, height),
        int(options.get("mirrored", False)),
        len(frames),
    ]
    titles = {name: title for name, title, _ in stream._core.faults()}
    expected = []
    for points, time, sure in frames:
        given.append(line(int(points is not None), exact(time)))
        if points is not None:
            given += [exact(points), exact(sure)]
        state = stream.push(points, time, confidence=None if points is None else sure)
        expected += [event_line(ident, event, titles) for event in state.events]
        expected.append(state_line(ident, state))
    found = stream._core.finish()
    if found is None:
        expected.append(f"nothing {ident}")
    else:
        expected += analysis_lines(ident, found)
        expected.append(line("times", ident, bits(np.array(found["rep_times"], dtype=float))))
    return Vector(line(*given), expected)


def state_line(ident: str, state: kp.live.StreamState) -> str:
    """Return the line of a state, as C prints it."""
    cue = state.cue or kp.live.Cue("-", "-")
    angles = [
        line(name, side, bits(value), state.validity[name, side])
        for (name, side), value in state.angles.items()
    ]
    return line(
        "state", ident, bits(state.time), state.rep_count, state.partial_count, state.phase,
        bits(state.depth), state.quality, state.quality.sentence, f"{cue.code}: {cue.text}", *angles,
    )  # fmt: skip


def event_line(ident: str, event: kp.live.Event, titles: dict[str, str]) -> str:
    """Return the line of an event, as C prints it."""
    have = event.to_dict()
    status, reason, fault = have.get("status"), have.get("reason"), have.get("name")
    amounts = ("start_s", "bottom_s", "end_s")
    amount = have.get("amount", have.get("shift_s", np.nan))
    message = None
    if status is not None:
        message = LABELS[str(status)]
    elif reason is not None:
        message = kp.validity.Validity(reason).sentence
    elif fault is not None:
        message = titles[fault]
    return line(
        "event", ident, event.kind, have.get("number", 0), status or "full", reason or "ok", fault,
        bits(np.array([*(have.get(name, np.nan) for name in amounts), amount], dtype=float)), message,
    )  # fmt: skip


def troubled(recording: kp.Recording) -> list[Frame]:
    """Return a squat session with camera problems: lost people, repeated frames, clock errors."""
    frames = frames_of(recording)
    step, end = frames[1][1] - frames[0][1], frames[-1][1]
    again = [(points, time + end + step, sure) for points, time, sure in frames]
    lost = np.full_like(frames[0][0], np.nan)
    for t in range(150, 260):
        again[t] = (None if t % 2 else lost, again[t][1], frames[t][2])
    again[20] = (again[20][0], again[19][1], again[20][2])
    again[30] = (again[30][0], float("nan"), again[30][2])
    back = [(points, time + 1.0, sure) for points, time, sure in frames]
    return frames + again + back


def leaning(recording: kp.Recording) -> kp.Recording:
    """Return the recording with a lateral trunk lean that grows with depth."""
    points, names = recording.coordinates.copy(), recording.skeleton.keypoints
    hip = points[:, names.index("left_hip"), 1]
    depth = (hip.max() - hip) / np.ptp(hip)
    upper = [
        i for i, name in enumerate(names) if re.search("shoulder|neck|head|nose|eye|ear", name)
    ]
    points[:, upper, 2] -= 0.35 * depth[:, None]
    return recording._replace(coordinates=points)


def workout() -> kp.Recording:
    """Return two shallow and four deep squats, and steps in all directions, from the right."""
    rng = np.random.default_rng([61, 0])
    person = Exerciser(rng)
    person.arms = "hips"
    person.arms_for_squats()
    person.stand(2.0)
    for depth in (52.0, 50.0, 112.0, 108.0, 113.0, 110.0):
        person.squat(depth, 1.4, 1.4)
        person.stand(1.0)
    for turn in range(4):
        person.walk(90.0 * turn, 1.0)
        person.stand(0.5)
    film = Film(view="right", noise="low").drawn(rng)
    return shoot(
        np.random.default_rng([62, 0]), lambda t: pose(person.course, person.build, t), film,
        person.begin, person.t, body_m=person.build.height,
    )  # fmt: skip


def sessions() -> Iterator[Vector]:
    """Yield records of whole sessions, in world space and projected."""
    squat = kp.sample("squat")
    yield session("troubled", squat, "squat", troubled(squat))
    left = leaning(kp.sample("single_leg_squat_left"))
    yield session("one-leg", left, "single_leg_squat", frames_of(left))
    with warnings.catch_warnings():
        # squat_video has only 10 fps and warns
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        video = kp.sample("squat_video")
    yield session("video", video, "squat", frames_of(video), side="right")
    yield session("mirrored", video, "squat", frames_of(video), mirrored=True)
    steps = workout()
    yield session("workout", steps, "squat", frames_of(steps), side="right")
    yield session("too-short", squat, "squat", frames_of(squat)[:1])


@pytest.fixture(scope="module")
def records() -> list[Vector]:
    return list(sessions())


def check(printed: list[str], records: list[Vector]) -> None:
    expected = [row for record in records for row in record.expected]
    assert len(printed) == len(expected)
    for got, wanted in zip(printed, expected, strict=True):
        assert got.split() == wanted.split()


def kinds_of(records: list[Vector]) -> set[str]:
    rows = [row.split() for record in records for row in record.expected]
    return {row[2] for row in rows if row[0] == "event"}


@pytest.mark.parametrize("link", ["shared", "static"])
def test_a_session_has_the_same_bits_as_in_python(
    golden: dict[str, Path], records: list[Vector], link: str
) -> None:
    check(run(golden[link], given=text(records)).splitlines(), records)


def test_the_sessions_have_every_kind_of_event(records: list[Vector]) -> None:
    assert kinds_of(records) == KINDS


def test_real_people_have_the_same_bits_as_in_python(golden: dict[str, Path]) -> None:
    """All filmed clips are tested, in image space and in the estimator's 3-D space."""
    records = []
    for given in clips():
        with warnings.catch_warnings():
            # slow clips warn about their frame rate
            warnings.simplefilter("ignore", kp.errors.RecordingWarning)
            recording = given.recording()
        ident = f"{given.name}-{recording.up or 'image'}"
        records.append(session(ident, recording, "squat", frames_of(recording)))
    if not records:
        pytest.skip("no real clips here; set KNEEPOSE_DATA")
    check(run(golden["shared"], given=text(records)).splitlines(), records)
    print(f"{len(records)} clips, kinds of events: {sorted(kinds_of(records))}")
    assert {"rep_completed", "rep_dropped", "fault_seen", "quality_lost"} <= kinds_of(records)


def test_a_session_of_minutes(golden: dict[str, Path]) -> None:
    """In a long session, repetitions whose frames were dropped keep their times."""
    squat = kp.sample("squat")
    frames, step = frames_of(squat), float(squat.times[1] - squat.times[0])
    long = [
        (points, i * step, sure)
        for i, (points, _, sure) in enumerate(frame for _ in range(20) for frame in frames)
    ]
    records = [session("minutes", squat, "squat", long)]
    assert any(str(2**64 - 1) in row for row in records[0].expected)
    check(run(golden["static"], given=text(records)).splitlines(), records)


def test_no_memory_error_in_a_session(library: Path, records: list[Vector], tmp_path: Path) -> None:
    """Valgrind finds no invalid or uninitialized access and no leak in a live session."""
    valgrind = tool("valgrind")
    program = compiled(library, PROGRAMS / "golden.c", tmp_path / "golden")
    some = [record for record in records if not record.given.startswith("live one-leg")]
    checks = (
        "--error-exitcode=9",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite,possible",
    )
    check(run(valgrind, "--quiet", *checks, program, given=text(some)).splitlines(), some)


def test_a_frame_asks_for_no_memory(library: Path, tmp_path: Path) -> None:
    wrapped = [f"-Wl,--wrap={name}" for name in ("malloc", "calloc", "realloc", "posix_memalign")]
    program = tmp_path / "allocations"
    run(
        tool("cc"), "-std=c11", *STRICT, f"-I{library}", PROGRAMS / "allocations.c", "-o", program,
        library / "libkneepose.a", *wrapped, *STATIC,
    )  # fmt: skip
    points = np.ascontiguousarray(kp.sample("squat").coordinates)
    before, reps = run(program, given=points.tobytes()).splitlines()
    assert int(reps.split()[0]) > 50
    found = re.fullmatch(r"(\d+) before, (\d+) after", before)
    assert found is not None
    assert int(found[1]) > 10, "requests are not counted"
    assert int(found[2]) == 0


PUSHES, MEDIAN, P99 = 2500, 33_000, 142_000
"""Number of pushes, and limits of the median and the 99th percentile of instructions in a
development build.

An optimized build takes two thirds of these.
"""


def test_a_push_takes_few_instructions(library: Path, tmp_path: Path, record_property: Any) -> None:
    """callgrind counts the instructions of each push of single-leg squats, where over 1 % end a
    repetition.
    """
    valgrind = tool("valgrind")
    program = compiled(library, PROGRAMS / "pushes.c", tmp_path / "pushes")
    squats = recording(opensim("sls_right_trunk_lean"), "world")
    counts = tmp_path / "counts"
    one = "kneepose_stream_push"
    tool_options = (
        "--tool=callgrind",
        f"--callgrind-out-file={counts}",
        f"--toggle-collect={one}",
        f"--dump-after={one}",
        "--combine-dumps=yes",
    )
    # Every second frame is used, so that a repetition with its rest takes only 68 frames.
    points = np.ascontiguousarray(squats.coordinates[::2]).tobytes()
    said = run(
        valgrind, "--quiet", *tool_options, program, str(PUSHES), str(squats.fps), given=points
    )
    text = counts.read_text(encoding="utf-8")
    each = np.array([int(n) for n in re.findall(r"^totals: (\d+)$", text, re.MULTILINE)])
    each = each[each > 0]
    assert len(each) == PUSHES
    assert int(said.split()[0]) > PUSHES / 100
    # Omit the first 17 s: the checks of the set-up, which cost more, are over after 16 s.
    each = each[round(17 * squats.fps) :]
    median, p99 = float(np.median(each)), float(np.percentile(each, 99))
    record_property("median", median)
    record_property("p99", p99)
    print(f"{median:,.0f} instructions, 99 of 100 within {p99:,.0f}")
    assert median <= MEDIAN
    assert p99 <= P99
