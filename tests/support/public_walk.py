"""Calls of the whole public API with large data, in processes with limited memory; run as a script.

``python -m tests.support.public_walk 20 400`` leaves 20 MB, then 400 MB. It prints one line per
call with its name and its outcome, which begins with WRONG unless it is a result or a typed error.
"""

from __future__ import annotations

import contextlib
import datetime
import importlib.util
import io
import json
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import kneepose as kp
from kneepose import arrays
from kneepose.cli import main
from kneepose.estimators import Person
from tests.support.estimator_results import BIG, mp_person, mp_tasks, yolo
from tests.support.forked import forked

FRAMES = 60_000
SIDE: Any = {"side": "left"}
#: Public names that take no data: types of results, modules and errors.
NO_CALLS = {
    "Agreement", "Band", "CountScore", "CurveComparison", "DayError", "KneeposeError",
    "MeanDifference", "MeasureReliability", "Peaks", "PooledError", "RepArrays", "RepScore",
    "arrays", "errors", "estimators", "live", "plots", "tables", "video",
}  # fmt: skip


def large() -> kp.Recording:
    """Return the sample squats repeated many times, with uneven times."""
    one = kp.sample("squat")
    times = np.arange(FRAMES) / 50 + 0.006 * np.sin(np.arange(FRAMES))
    points = np.resize(one.coordinates, (FRAMES, *one.coordinates.shape[1:]))
    return kp.Recording(points, skeleton=one.skeleton, times=times, up=one.up)


def found(image: Any, t: float) -> list[Person]:
    """An estimator that returns the sample squats for any frame."""
    one = kp.sample("squat_video")
    return [Person(one.coordinates[round(10 * t) % one.n_frames])]


def written_clip(path: Path) -> Path:
    """Write a clip of the length of the sample, or an empty file if clips cannot be written."""
    if importlib.util.find_spec("av") is None:
        path.touch()
        return path
    from kneepose.video.write import ClipWriter

    width, height = kp.sample("squat_video").resolution_wh or (0, 0)
    with ClipWriter(path, (width, height), 10) as out:
        for number in range(100):
            out.write(np.full((height, width, 3), number, np.uint8), number / 10)
    return path


def files(rec: kp.Recording, folder: Path) -> dict[str, Callable[[], Any]]:
    """Return calls that write and read every format without optional packages."""
    persons = [{"pose_keypoints_2d": [1.0, 2.0, 0.9] * 25}] * 20
    frames = folder / "frames"
    frames.mkdir()
    for number in range(300):
        (frames / f"a_{number:012d}_keypoints.json").write_text(json.dumps({"people": persons}))
    every: dict[str, Callable[[], Any]] = {
        "read a folder": lambda: kp.read(frames, fps=30),
        "cli info of a folder": lambda: main(["info", str(frames)]),
    }
    for ending in ("npz", "csv", "tsv", "trc", "c3d"):
        path = rec.save(folder / f"long.{ending}")
        copy = folder / f"copy.{ending}"
        every[f"read {ending}"] = lambda path=path: kp.read(path)  # type: ignore[misc]
        every[f"Recording.save {ending}"] = lambda path=copy: rec.save(path)  # type: ignore[misc]
        every[f"cli info {ending}"] = lambda path=path: main(["info", str(path)])  # type: ignore[misc]
        every[f"cli convert {ending}"] = lambda path=path: main(  # type: ignore[misc]
            ["convert", str(path), str(folder / "converted.csv")]
        )
    return every


def calls(folder: Path) -> dict[str, Callable[[], Any]]:
    """Return a call of every public name, with tens of megabytes of data where possible."""
    rec, short = large(), kp.sample("squat")
    stands = rec._replace(coordinates=np.resize(short.coordinates[:20], rec.coordinates.shape))
    rng = np.random.default_rng(0)
    series = 40 - 40 * np.cos(np.arange(300_000) / 20) + rng.normal(size=300_000)
    table, matrices = rng.normal(size=(200_000, 4)), np.broadcast_to(np.eye(3), (200_000, 3, 3))
    points = np.resize(short.coordinates, (FRAMES, 26, 3))
    spans = np.arange(4000).reshape(-1, 2)
    path = str(short.save(folder / "a.npz"))
    (folder / "a.labels.json").write_text('{"exercise": "squat", "count": 5}')
    sides = kp.analyze_sides(short, "squat")
    persons, boxes = [mp_tasks(mp_person())] * 2000, [yolo(BIG)] * 2000
    angles = {"skeleton": "halpe26", "up": "y"}
    clip = str(written_clip(folder / "a.mp4"))
    in_clip: Any = {"skeleton": "mediapipe33", "keep": False}
    has_clip = Path(clip).stat().st_size > 0
    seen = kp.analyze_sides(kp.from_video(clip, found, **in_clip), "squat") if has_clip else sides
    study = str(a_study(short, anew(folder)).folder)
    weeks_of(sides[0], folder, keeps=True)
    of_weeks = ["--history", str(folder / "weeks.sqlite"), "--subject", "P07"]
    own = ["--estimator", "tests.support.public_walk:found", "--skeleton", "mediapipe33"]
    grades = rng.integers(0, 3, (900, 5))
    every: dict[str, Callable[[], Any]] = {
        "AngleSpec": lambda: kp.AngleSpec("mine", ("hip", "knee", "ankle")),
        "Criterion": lambda: kp.Criterion("duration_s", 0.5, None, "below"),
        "ExerciseSpec": lambda: kp.ExerciseSpec("curl", signal="knee_flexion", min_range=30.0),
        "FaultSpec": lambda: kp.FaultSpec("f", (kp.Criterion("duration_s", 0.5, None, "below"),)),
        "Mirror": lambda: list(
            kp.Mirror("squat", source=clip, estimator=found, skeleton="mediapipe33")
        ),
        "Recording": lambda: kp.Recording(points, skeleton="halpe26", fps=50, up="y"),
        "Recording.conditioned": rec.conditioned,
        "Recording.mirror": rec.mirror,
        "Recording.leveled": lambda: picture(rec).leveled(3.0),
        "Recording.save": lambda: rec.save(folder / "b.npz"),
        "Recording.to_dict": lambda: rec[:5000].to_dict(),
        "Skeleton": lambda: kp.Skeleton("many", [f"k{i}" for i in range(1000)]),
        "Stream": lambda: stream().push_all(rec.coordinates, rec.times),
        "Stream.push": lambda: [stream().push(short.coordinates[0], float(t)) for t in range(50)],
        "Stream.finish": lambda: pushed().finish(),
        "Study": lambda: a_study(short, anew(folder)).report(),
        "StreamGroup": lambda: kp.StreamGroup("squat", side="left", skeleton="halpe26", up="y", most=50),
        "Video": lambda: list(kp.Video(clip)),
        "History": lambda: weeks_of(sides[0], anew(folder)),
        "Analysis.looks_like": lambda: kp.analyze(rec, "step_down", side="left").looks_like,
        "analyze": lambda: kp.analyze(rec, "squat", side="left"),
        "archive": lambda: archived(short, anew(folder)),
        "analyze_sides": lambda: kp.analyze_sides(rec, "squat"),
        "annotate": lambda: kp.annotate(clip, seen, folder / "out.mp4"),
        "calibrate": lambda: kp.calibrate(stands),
        "check": lambda: kp.check(rec),
        "compare": lambda: kp.compare(*sides),
        "draw": lambda: kp.draw(
            np.zeros((2160, 3840, 3), np.uint8), stream().push(None, 0.0), order="rgb"
        ),
        "evaluate": lambda: kp.evaluate(path),
        "from_estimator": lambda: kp.from_estimator(boxes, "ultralytics", fps=30),
        "from_mediapipe": lambda: kp.from_mediapipe(persons, fps=30, resolution_wh=(1080, 1920)),
        "from_ultralytics": lambda: kp.from_ultralytics(boxes, fps=30),
        "from_video": lambda: kp.from_video(clip, found, **in_clip),
        "film": lambda: kp.video.film(kp.compare(*seen), [clip, clip], folder / "film.mp4"),
        "guide": lambda: [kp.guide(row["name"]) for row in kp.tables.exercises()],
        "joint_angles": lambda: kp.joint_angles(rec),
        "read": lambda: kp.read(path),
        "reliability": lambda: kp.reliability([sides[0], kp.analyze(short[:390], "squat", **SIDE)]),
        "relative_demand": lambda: kp.relative_demand(*two_analyses()),
        "sample": lambda: kp.sample("squat"),
        "segment_reps": lambda: kp.segment_reps(rec, "squat"),
        "arrays.AnglePlan": lambda: arrays.AnglePlan("halpe26", up="y")(points),
        "arrays.agreement": lambda: arrays.agreement(grades, levels=3, groups=np.arange(900) // 9),
        "arrays.angle": lambda: arrays.angle(points[:, 0], points[:, 1], points[:, 2]),
        "arrays.asymmetry": lambda: arrays.asymmetry(series, series),
        "arrays.bootstrap_interval": lambda: arrays.bootstrap_interval(
            series[:50], series[:50], resamples=1_000_000
        ),
        "arrays.bootstrap_intervals": lambda: arrays.bootstrap_intervals(
            table[:50], table[:50], resamples=1_000_000
        ),
        "arrays.cardan_angles": lambda: arrays.cardan_angles(matrices, matrices, side="left"),
        "arrays.compare_curves": lambda: arrays.compare_curves(
            np.resize(table, (2000, 101)), np.resize(table, (2000, 101))
        ),
        "arrays.count_score": lambda: arrays.count_score([1] * 300_000, [1] * 300_000),
        "arrays.day_error": lambda: arrays.day_error(table.reshape(-1, 2, 4)),
        "arrays.fill_gaps": lambda: arrays.fill_gaps(table, fs=30),
        "arrays.find_peaks": lambda: arrays.find_peaks(series, prominence=1.0),
        "arrays.holm": lambda: arrays.holm(np.full(300_000, 0.5)),
        "arrays.joint_angles": lambda: arrays.joint_angles(points, with_validity=True, **angles),
        "arrays.joint_angles float32": lambda: arrays.joint_angles(points.astype("f4"), **angles),
        "arrays.lowpass": lambda: arrays.lowpass(table, fs=30),
        "arrays.mean_difference": lambda: arrays.mean_difference(series, series),
        "arrays.one_euro": lambda: arrays.one_euro(table, fs=30),
        "arrays.permutation_test": lambda: arrays.permutation_test(series[:50], series[:50]),
        "arrays.pool_errors": lambda: arrays.pool_errors(np.abs(series), np.full(len(series), 9.0)),
        "arrays.pooled_rep_score": lambda: arrays.pooled_rep_score([spans], [spans]),
        "arrays.reliability": lambda: arrays.reliability(table),
        "arrays.rep_score": lambda: arrays.rep_score(spans, spans),
        "arrays.residual_cutoff": lambda: arrays.residual_cutoff(table, fs=30),
        "arrays.savitzky_golay": lambda: arrays.savitzky_golay(table, fs=30),
        "arrays.segment_reps": lambda: arrays.segment_reps(series, fs=30),
        "cli analyze": lambda: main(["analyze", path, "--exercise", "squat"]),
        "cli compare": lambda: main(["compare", path, path, "--exercise", "squat", "--json"]),
        "cli evaluate": lambda: main(["evaluate", path]),
        "cli convert": lambda: main(["convert", path, str(folder / "c.csv")]),
        "cli info": lambda: main(["info", path]),
        "cli analyze a clip": lambda: main(["analyze", clip, "--exercise", "squat", *own]),
        "cli annotate": lambda: main(
            ["analyze", clip, "--exercise", "squat", "--annotate", str(folder / "cli.mp4"), *own]
        ),
        "cli live": lambda: main(["live", "--exercise", "squat", "--camera", clip, *own]),
        **files(kp.Recording(points[:4_000], skeleton="halpe26", fps=50, up="y"), folder),
        "cli guide": lambda: main(["guide", "squat"]),
        "cli plan": lambda: main(["plan", *of_weeks]),
        "cli trend": lambda: main(["trend", *of_weeks, "--report", str(folder / "trend.html")]),
        "cli study report": lambda: main(["study", "report", study]),
        "cli models": lambda: main(["models"]),
        "cli tables": lambda: main(["tables"]),
    }  # fmt: skip

    def stream() -> kp.Stream:
        return kp.Stream("squat", side="left", skeleton=short.skeleton, up=short.up)

    def pushed() -> kp.Stream:
        live = stream()
        live.push_all(short.coordinates, short.times)
        return live

    return every


def anew(folder: Path) -> Path:
    """Return a new folder, so that a second call finds no files of the first."""
    return Path(tempfile.mkdtemp(dir=folder))


def two_analyses() -> tuple[kp.analysis.Analysis, kp.analysis.Analysis]:
    side: Any = {"side": "left"}
    one, two = (kp.sample("single_leg_squat_left") for _ in range(2))
    return (
        kp.analyze(one, "single_leg_squat", **side), kp.analyze(two, "single_leg_squat", **side)
    )  # fmt: skip


def a_study(rec: kp.Recording, folder: Path) -> kp.Study:
    study = kp.Study.new(folder, "squat", camera="phone, front, 3 m")
    for number in range(6):
        cut = rec[number : 400 - number]
        study.add(cut, person=f"P{1 + number // 2}", day=1 + number % 2)
    return study


def weeks_of(analysis: kp.analysis.Analysis, folder: Path, *, keeps: bool = False) -> None:
    """Use a new history: entries, trend, plan, page and export, and a purge unless `keeps`."""
    with kp.History(folder / "weeks.sqlite") as weeks:
        weeks.add_subject("P07", involved="left")
        session = weeks.add_session("P07", kind="test_day", camera="front", date="2026-01-05")
        weeks.add_analysis(session, analysis, keypoints=True)
        with weeks.all_or_none():
            for number in range(300):
                day = datetime.date(2026, 1, 5) + datetime.timedelta(days=number % 90)
                weeks.log_pain("P07", worst=number % 10, date=day)
                weeks.log_set("P07", "clamshell", side="both", reps=15, sets=3, date=day)
        if keeps:
            return
        weeks.trend("P07"), weeks.plan("P07")
        weeks.to_html("P07", folder / "weeks.html")
        weeks.export("P07", folder / "export")
        weeks.purge("P07")


def archived(rec: kp.Recording, folder: Path) -> None:
    kp.archive.write({"one": rec}, folder / "in")
    kp.archive.analyze(folder / "in", folder / "out", exercise="squat")


def picture(rec: kp.Recording) -> kp.Recording:
    return kp.Recording(rec.coordinates[..., :2] * 500, skeleton=rec.skeleton, times=rec.times)


def uncovered(every: Iterator[str]) -> set[str]:
    """Return the public names without a call."""
    called = {name.split()[0] for name in every}
    wanted = {name for name in kp.__all__} | {f"arrays.{name}" for name in arrays.__all__}
    return {name for name in wanted - called if name.removeprefix("arrays.") not in NO_CALLS}


def used_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def outcome_of(call: Callable[[], Any]) -> str:
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            call()
    except (kp.KneeposeError, MemoryError) as error:
        return type(error).__name__
    except BaseException as error:
        return f"WRONG {type(error).__name__}: {error}"
    return "result"


def walk(spares_mb: list[float]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        every = calls(Path(folder))
        for name in ("evaluate", "draw", "archive"):
            every[name]()  # run once before the limit, to import modules
        for spare in spares_mb:
            for name, call in every.items():
                print(f"{spare:g} MB, {name}: {limited(call, spare)}", flush=True)


def limited(call: Callable[[], Any], spare_mb: float) -> str:
    """Return the outcome of a call in a separate process that may use `spare_mb` more megabytes."""

    def tried() -> str:
        limit = used_bytes() + int(spare_mb * 1e6)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        return outcome_of(call)

    return forked(tried)


if __name__ == "__main__":
    walk([float(spare) for spare in sys.argv[1:]])
