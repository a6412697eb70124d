"""Checks that the release build is as fast as one with full link-time optimization.

`python -m tools.build_speed` builds the profiles `fat` and `release`, each in its own folder, and
times the same calls with both. Other builds can be given as arguments, the reference first: `python
-m tools.build_speed release quick`. The build `wheel` is the shipped one: `fat` with `WHEEL_FLAGS`.
The build `packed` is `release` with the core unpacked from its crate.

Each library runs in its own process. The processes alternate, and the fastest round of each counts,
as other work on the machine only makes a round slower. While a ratio exceeds the limit, new pairs
of processes measure again, up to `PAIRS` in total, with equal numbers of rounds. Because of noise,
a ratio slightly above the limit can pass by chance.

Both libraries must give identical bits.
"""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

import kneepose as kp
from benches.clips import CLIP_FRAMES, FPS, SKELETON, front_view, squat_recording, squats

ROOT = Path(__file__).parents[1]
PROFILES = ("fat", "release")
LIMIT = 1.10
WHEEL_FLAGS = (
    "-C llvm-args=-inline-threshold=25 "
    "-C llvm-args=-unroll-runtime=0 -C llvm-args=-unswitch-threshold=0 "
    "-C llvm-args=-tail-dup-size=1 -C llvm-args=-tail-dup-placement=0"
)
"""rustc flags for a wheel: limited inlining, and no duplicated loops and blocks.

This reduces the download by a seventh. The kernels stay as fast, because their parts are marked for
inlining.
"""
ROUNDS, PAIRS = 12, 6
ROUND_S = 0.02
"""Minimum duration of one round in seconds; its calls are timed one by one, and the fastest
counts.
"""
SETTLED, PUSHES = 400, 1000
Timed = Callable[[], float]
Result = Callable[[], Any]


def fastest_of(run: Callable[[], Any]) -> float:
    """Return the seconds of the fastest call within a round."""
    best, end = np.inf, perf_counter() + ROUND_S
    while (start := perf_counter()) < end:
        run()
        best = min(best, perf_counter() - start)
    return best


def call(run: Callable[[], Any], values: Callable[[Any], Any] = np.asarray) -> tuple[Timed, Result]:
    """Return functions that time a call, and that return the values of its result which must be
    identical.
    """
    return partial(fastest_of, run), lambda: values(run())


def pushes(frames: Any, **options: Any) -> tuple[Timed, Result]:
    """Return functions that time the median push of a stream, and return its results."""
    stream = kp.Stream("single_leg_squat", side="right", skeleton=SKELETON, **options)
    source, times = cycle(list(frames)), (i / 30.0 for i in range(10**9))
    states = [stream.push(next(source), next(times)) for _ in range(SETTLED)]
    settled = np.array(list(states[-1].angles.values()))

    def seconds() -> float:
        taken = []
        for _ in range(PUSHES):
            frame, time = next(source), next(times)
            start = perf_counter()
            stream.push(frame, time)
            taken.append(perf_counter() - start)
        return median(taken)

    return seconds, lambda: settled


def measures_of(analysis: Any) -> list[float]:
    return [value for measure in analysis.measures.values() for value in measure.values]


def cases() -> dict[str, tuple[Timed, Result]]:
    """Return the timed calls by name, each with a function for its result."""
    xyz, clip = squats(1000), squats(CLIP_FRAMES)
    recording = squat_recording()
    flat = clip.reshape(CLIP_FRAMES, -1)
    plan = kp.arrays.AnglePlan(SKELETON, up="y")
    in_image = kp.Recording(front_view(CLIP_FRAMES), skeleton=SKELETON, fps=FPS)
    return {
        "joint_angles, T=1000, f64": call(partial(plan, xyz)),
        "joint_angles, T=1000, f32": call(partial(plan, xyz.astype(np.float32))),
        "lowpass, 900 frames, 78 channels": call(partial(kp.arrays.lowpass, flat, fs=FPS)),
        "lowpass, order 8": call(partial(kp.arrays.lowpass, flat, fs=FPS, order=8)),
        "conditioning, 900 frames": call(recording.conditioned, lambda found: found.coordinates),
        "conditioning, 900 frames, image": call(
            in_image.conditioned, lambda found: found.coordinates
        ),
        "analyze, 900 frames": call(
            partial(kp.analyze, recording, "squat", side="left"), measures_of
        ),
        "Stream.push, world": pushes(clip, up="y"),
        "Stream.push, image": pushes(front_view(CLIP_FRAMES), view="front"),
    }


def work() -> None:
    """Read case names from standard input; print seconds and a digest for each."""
    made = cases()
    gc.disable()
    for name in map(str.strip, sys.stdin):
        seconds, result = made[name]
        digest = hashlib.sha256(np.ascontiguousarray(result()).tobytes()).hexdigest()
        print(seconds(), digest, flush=True)


class Worker:
    """A process that measures with one library."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.build_speed", "work"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(folder), "PYTHONHASHSEED": "0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.enter_context(self.process)

    def measure(self, name: str) -> tuple[float, str]:
        assert self.process.stdin
        assert self.process.stdout
        print(name, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{name}: the process that measures it ended; its error is above")
        seconds, digest = answer.split()
        return float(seconds), digest


def package_with(library: Path, folder: Path) -> Path:
    """Copy the Python package with this library as its compiled part."""
    ignore = shutil.ignore_patterns("*.so", "__pycache__")
    shutil.copytree(ROOT / "python" / "kneepose", folder / "kneepose", ignore=ignore)
    shutil.copy(library, folder / "kneepose" / "_core.abi3.so")
    return folder


def unpacked_core(folder: Path) -> Path:
    """Package the core crate as for the registry, and unpack it."""
    options = ("--quiet", "--locked", "--no-verify", "--allow-dirty", "-p", "kneepose-core")
    shutil.rmtree(folder, ignore_errors=True)
    command = ["cargo", "package", *options, "--target-dir", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True)
    (crate,) = (folder / "package").glob("kneepose-core-*.crate")
    with tarfile.open(crate) as archive:
        archive.extractall(folder, filter="data")
    return folder / crate.stem


def build(name: str) -> Path:
    """Compile the Python crate as `maturin develop` does."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    profile, environment, more = name, dict(os.environ), []
    if name == "wheel":
        # A separate target folder keeps the two builds from replacing each other.
        profile, target = "fat", target / name
        environment |= {"RUSTFLAGS": WHEEL_FLAGS, "CARGO_TARGET_DIR": str(target)}
    if name == "packed":
        profile, target = "release", target / name
        environment |= {"CARGO_TARGET_DIR": str(target)}
        more = ["--config", f'paths=["{unpacked_core(target / "package").as_posix()}"]']
    maturin = Path(sys.executable).with_name("maturin")
    options = ("--quiet", "--locked", "--compatibility", "linux", "--profile", profile)
    with TemporaryDirectory() as wheels:
        start = perf_counter()
        command = [maturin, "build", *options, *more, "--out", wheels]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        print(f"build of {name}: {perf_counter() - start:.0f} s", flush=True)
    return target / profile / "lib_core.so"


def compare(folders: list[Path]) -> dict[str, list[float]]:
    """Return the seconds of each case for each library."""
    names = list(cases())
    best = {name: [np.inf] * len(folders) for name in names}
    for _ in range(PAIRS):
        slow = [name for name, spent in best.items() if not ratio(spent) <= LIMIT]
        with ExitStack() as stack:
            workers = [Worker(stack, folder) for folder in folders]
            for _ in range(ROUNDS if slow else 0):
                for name in slow:
                    measured = [worker.measure(name) for worker in workers]
                    if len({digest for _, digest in measured}) > 1:
                        raise SystemExit(f"{name}: the builds give different bits")
                    best[name] = [min(b, s) for b, (s, _) in zip(best[name], measured, strict=True)]
    return best


def ratio(seconds: list[float]) -> float:
    """Return the second library's time divided by the first one's."""
    first, second = seconds
    return second / first


def main(asked: list[str]) -> None:
    profiles = asked or list(PROFILES)
    paths = [build(profile) for profile in profiles]
    with TemporaryDirectory() as folder:
        best = compare([package_with(path, Path(folder, str(i))) for i, path in enumerate(paths)])
    print(f"{'':36}{profiles[0]:>12}{profiles[1]:>12}   ratio")
    for name, (first, second) in best.items():
        shown = ratio([first, second])
        print(f"{name:36}{first * 1e6:9.1f} µs{second * 1e6:9.1f} µs{shown:8.2f}")
    slow = [name for name, spent in best.items() if ratio(spent) > LIMIT]
    if slow:
        raise SystemExit(
            f"more than {LIMIT:.2f} times the time of {profiles[0]}: {', '.join(slow)}"
        )


if __name__ == "__main__":
    work() if sys.argv[1:] == ["work"] else main(sys.argv[1:])
