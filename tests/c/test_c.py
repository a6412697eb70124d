"""Tests of the C library: bits of Python, refused calls, memory errors, exported symbols.

`make c` builds the library. The programs are in tests/c; the program in docs/how-to/c.md is
compiled and run unchanged.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import kneepose as kp
from kneepose import _core, arrays
from kneepose.analysis import Analysis
from kneepose.analysis.trials import joined
from kneepose.comparison.comparison import guard_of
from kneepose.recording.recording import core_recording
from kneepose.typing import Side
from tests.support.datasets import opensim
from tests.support.datasets import recording as dataset
from tests.support.lifts import lifting
from tests.whole.test_reference_golden import ANGLES, EXERCISES, FILTERS, generated, numbers
from tests.whole.test_reference_golden import golden as golden_file

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "tests/c"
STRICT = ("-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pedantic")
STATIC = ("-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl")
SIDES: tuple[Side, Side] = ("left", "right")
DECLARED = r"^\w[\w *]*?\b(kneepose_\w+)\("

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux", reason="the C library is built and tested on Linux"
    ),
    pytest.mark.c,
    pytest.mark.xdist_group("c"),  # all tests in one worker, which builds the library once
]


def tool(name: str) -> str:
    """Return the path of a tool; skip the test with a message if the tool is missing."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: this part of the C library is NOT tested here")
    return found


def run(*command: str | Path, given: bytes | None = None) -> str:
    """Run a command and return its output; fail the test with the output if the command fails."""
    done = subprocess.run([str(part) for part in command], input=given, capture_output=True)
    out, err = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
    assert done.returncode == 0, (
        f"{command[0]} gave {done.returncode}\n{err[-4000:]}\n{out[-4000:]}"
    )
    return out


def target() -> Path:
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target")


@pytest.fixture(scope="session")
def library() -> Path:
    """Return the folder of the built C library."""
    tool("cargo")
    run(tool("make"), "-C", ROOT, "c", "C_PROFILE=quick", "C_SELECT=--workspace")
    return target() / "c"


def compiled(library: Path, source: Path, out: Path, link: str = "shared") -> Path:
    """Compile a program of tests/c with all warnings as errors."""
    how = {
        "shared": (f"-L{library}", "-lkneepose", f"-Wl,-rpath,{library}", "-lm"),
        "static": (str(library / "libkneepose.a"), *STATIC),
    }[link]
    run(tool("cc"), "-std=c11", *STRICT, f"-I{library}", source, "-o", out, *how)
    return out


@pytest.fixture(scope="session")
def golden(library: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Build the program that computes the golden vectors, linked statically and dynamically."""
    folder = tmp_path_factory.mktemp("c")
    links = ("shared", "static")
    return {link: compiled(library, PROGRAMS / "golden.c", folder / link, link) for link in links}


@pytest.fixture(scope="session")
def records() -> list[Vector]:
    return list(vectors())


def test_every_reason_that_forbids_a_verdict_is_compared(records: list[Vector]) -> None:
    said = {
        row.split()[2] for record in records for row in record.expected if row.startswith("guard ")
    }
    assert said == {"ok", "camera_angle_unknown", "camera_turned"}


def test_every_verdict_and_method_is_compared(records: list[Vector]) -> None:
    rows = [row.split() for record in records for row in record.expected]
    said = [row[-4:-2] for row in rows if row[0] == "difference"]
    assert {verdict for _, verdict in said} == set(kp.comparison.Verdict)
    assert {method for method, _ in said} == {"paired_t", "welch_t", "bca_bootstrap"}


def test_the_part_of_the_camera_is_compared_from_both_sides(records: list[Vector]) -> None:
    rows = [row.split() for record in records for row in record.expected]
    for view in ("front", "back"):
        of_view = [row for row in rows if row[:2] == ["difference", f"turned-{view}"]]
        parts = {row[2]: row[11] for row in of_view}
        assert parts["fppa_at_60"] not in ("nan", f"{0:016x}")


def text(records: list[Vector]) -> bytes:
    return "\n".join([*(record.given for record in records), "-", ""]).encode()


@pytest.mark.parametrize("link", ["shared", "static"])
def test_the_same_bits_as_python(golden: dict[str, Path], records: list[Vector], link: str) -> None:
    printed = run(golden[link], given=text(records)).splitlines()
    expected = [line for record in records for line in record.expected]
    kinds = {line.split()[0] for line in expected}
    assert kinds == {
        "angles", "triple", "reps", "lowpass", "analysis", "measure", "signal", "leads", "guard", "lead",
        "difference",
    }  # fmt: skip
    assert len(printed) == len(expected) > 100
    for got, wanted in zip(printed, expected, strict=True):
        assert got.split() == wanted.split()


def test_the_same_bits_on_aarch64(
    tmp_path_factory: pytest.TempPathFactory, records: list[Vector]
) -> None:
    """The library gives the same bits on AArch64, run by QEMU, with other vector instructions."""
    machine, folder = "aarch64-unknown-linux-gnu", tmp_path_factory.mktemp("aarch64")
    compiler, emulator = tool("aarch64-linux-gnu-gcc"), tool("qemu-aarch64")
    standard = Path(run(tool("rustc"), "--print", "target-libdir", "--target", machine).strip())
    if not any(standard.glob("libstd-*.rlib")):
        pytest.skip(f"no Rust for {machine}: rustup target add {machine}")
    profile = os.environ.get("C_PROFILE", "quick")
    build = ("build", "--quiet", "--locked", "--profile", profile, "--target", machine)
    linker = f"CARGO_TARGET_{machine.upper().replace('-', '_')}_LINKER"
    subprocess.run(
        [tool("cargo"), *build, "-p", "kneepose-capi"],
        cwd=ROOT, check=True, env={**os.environ, linker: compiler},
    )  # fmt: skip
    program = folder / "golden"
    run(
        compiler, *STRICT, "-static", "-I", ROOT / "rust/kneepose-capi/include",
        PROGRAMS / "golden.c", target() / machine / profile / "libkneepose.a",
        "-lpthread", "-lm", "-ldl", "-o", program,
    )  # fmt: skip
    printed = run(emulator, program, given=text(records)).splitlines()
    expected = [line for record in records for line in record.expected]
    assert len(printed) == len(expected) > 100
    for got, wanted in zip(printed, expected, strict=True):
        assert got.split() == wanted.split()


def test_every_wrong_call_is_refused(library: Path, tmp_path: Path) -> None:
    program = compiled(library, PROGRAMS / "errors.c", tmp_path / "errors")
    assert run(program).splitlines() == ["0 failures"]


@pytest.mark.parametrize("name", ["golden", "errors"])
def test_no_memory_error(library: Path, records: list[Vector], tmp_path: Path, name: str) -> None:
    """Valgrind finds no invalid or uninitialized access and no leak."""
    valgrind = tool("valgrind")
    program = compiled(library, PROGRAMS / f"{name}.c", tmp_path / name)
    checks = (
        "--error-exitcode=9",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite,possible",
    )
    some = records[::4] + [
        record
        for record in records
        if record.given.startswith(("analysis squat_video", "comparison both-legs-apart"))
    ]
    printed = run(valgrind, "--quiet", *checks, program, given=text(some)).splitlines()
    if name == "golden":
        assert printed == [line for record in some for line in record.expected]


def test_a_panic_becomes_a_status(library: Path, tmp_path: Path) -> None:
    """Build the library with a function that panics, which the shipped library lacks.

    It is built in a separate folder, because the two builds would overwrite each other.
    """
    run(
        tool("cargo"), "build", "--quiet", "--locked", "-p", "kneepose-capi",
        "--manifest-path", ROOT / "Cargo.toml", "--features", "injected-panic",
        "--profile", "quick", "--target-dir", target() / "panic",
    )  # fmt: skip
    program = tmp_path / "panic"
    run(
        tool("cc"), "-std=c11", *STRICT, f"-I{library}", PROGRAMS / "panic.c", "-o", program,
        target() / "panic/quick/libkneepose.a", *STATIC,
    )  # fmt: skip
    assert "planted by a test" in run(program)


def test_the_shared_library_exports_the_header_and_nothing_else(library: Path) -> None:
    symbols = run(tool("nm"), "-D", "--defined-only", library / "libkneepose.so").splitlines()
    exported = {line.split()[-1] for line in symbols}
    header = (library / "kneepose.h").read_text(encoding="utf-8")
    declared = set(re.findall(DECLARED, header, re.MULTILINE))
    assert len(declared) > 30
    assert exported == declared


def test_every_function_states_who_owns_what() -> None:
    header = (ROOT / "rust/kneepose-capi/include/kneepose.h").read_text(encoding="utf-8")
    blocks = [block for block in header.split("\n\n") if re.search(DECLARED, block, re.MULTILINE)]
    assert len(blocks) > 30
    assert [block for block in blocks if "/// Ownership: " not in block] == []


@pytest.mark.parametrize("standard", ["c++17", "c99", "c11"])
def test_the_header_compiles(library: Path, tmp_path: Path, standard: str) -> None:
    language = "c++" if standard.startswith("c++") else "c"
    source = tmp_path / "only.txt"
    source.write_text(
        '#include "kneepose.h"\n#include "kneepose.h"\n'
        "int main(void) { return kneepose_version() == 0; }\n"
    )
    program = tmp_path / "only"
    run(
        tool("g++" if language == "c++" else "cc"), "-x", language, f"-std={standard}", *STRICT,
        f"-I{library}", source, "-x", "none", f"-L{library}", "-lkneepose", f"-Wl,-rpath,{library}",
        "-o", program,
    )  # fmt: skip
    run(program)


def test_pkg_config_finds_it(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = (library / "kneepose.pc").read_text(encoding="utf-8")
    assert f"Version: {kp.__version__}\n" in module
    assert "@" not in module
    monkeypatch.setenv("PKG_CONFIG_PATH", str(library))
    flags = run(tool("pkg-config"), "--cflags", "--libs", "kneepose").split()
    run(tool("cc"), PROGRAMS / "errors.c", *flags, "-lm", "-o", tmp_path / "errors")


@pytest.mark.parametrize("folder", ["lib", "lib/x86_64-linux-gnu"])
def test_an_installed_library_is_found_in_any_folder(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    """After `make install` and a move, pkg-config still finds header and library for both ways of
    linking.
    """
    where = ("PREFIX=/opt/kneepose", f"DESTDIR={tmp_path / 'package'}", f"LIBDIR={folder}")
    make = (tool("make"), "-C", ROOT, "C_PROFILE=quick", "C_SELECT=--workspace", *where)
    run(make[0], *make[1:3], "install", *make[3:])
    moved = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "package/opt/kneepose", moved, symlinks=True)
    run(make[0], *make[1:3], "uninstall", *make[3:])
    assert [path for path in (tmp_path / "package").rglob("*") if not path.is_dir()] == []
    monkeypatch.setenv("PKG_CONFIG_PATH", str(moved / folder / "pkgconfig"))
    monkeypatch.setenv("LD_LIBRARY_PATH", str(moved / folder))
    flags = run(tool("pkg-config"), "--cflags", "--libs", "kneepose").split()
    shared = tmp_path / "shared"
    run(tool("cc"), PROGRAMS / "errors.c", *flags, "-lm", "-o", shared)
    assert run(shared).splitlines() == ["0 failures"]
    private = run(tool("pkg-config"), "--static", "--libs", "kneepose").split()
    system = [flag for flag in private if not flag.endswith("lkneepose")]
    static = tmp_path / "static"
    cflags = [flag for flag in flags if flag.startswith("-I")]
    archive = moved / folder / "libkneepose.a"
    run(tool("cc"), PROGRAMS / "errors.c", *cflags, archive, *system, "-o", static)
    assert run(static).splitlines() == ["0 failures"]


def squat_video() -> tuple[np.ndarray, np.ndarray]:
    """Return frames of (x, y, confidence), and the keypoints as the docs' program sees them."""
    xy = np.load(ROOT / "tests/data/example_xy.npy").astype(np.float32)
    confidence = np.where(np.isfinite(xy).all(axis=2), 0.9, 0.0).astype(np.float32)
    confidence[5] = 0.1
    frames = np.concatenate([np.nan_to_num(xy), confidence[:, :, None]], axis=2)
    seen = np.where(confidence[:, :, None] >= 0.3, xy, np.float32(np.nan))
    return frames, seen


def programs_of_the_docs() -> list[str]:
    """Return the recorded and the live program and a function, as in docs/how-to/c.md."""
    docs = (ROOT / "docs/how-to/c.md").read_text(encoding="utf-8")
    found = re.findall(r"```c\n(.*?)```", docs, re.DOTALL)
    assert len(found) == 3
    return found


def test_the_live_program_of_the_docs(library: Path, tmp_path: Path) -> None:
    source = tmp_path / "program.c"
    source.write_text(programs_of_the_docs()[1], encoding="utf-8")
    frames, _ = squat_video()
    stream = kp.Stream("squat", side="left", skeleton="coco17")
    titles = {name: title for name, title, _ in stream._core.faults()}
    labels, expected, said = dict(_core.rep_statuses()), [], None
    for t, frame in enumerate(frames.astype(np.float64)):
        state = stream.push(np.ascontiguousarray(frame[:, :2]), t / 25.0, confidence=frame[:, 2])
        for event in state.events:
            if isinstance(event, kp.live.RepCompleted):
                span = f"{event.start_s:.2f} to {event.end_s:.2f} s"
                expected.append(f"repetition {event.number}, {span}: {labels[event.status]}")
            elif isinstance(event, kp.live.FaultSeen):
                expected.append(
                    f"repetition {event.number}: {titles[event.name]} ({event.amount:.1f})"
                )
            elif isinstance(event, kp.live.QualityLost):
                expected.append(f"cannot measure: {event.reason.sentence}")
        if state.cue is not None and state.cue != said:
            expected.append(f"say: {state.cue.text}")
        said = state.cue
    found = stream._core.finish()
    assert found is not None
    assert len(found["reps"]) > 0
    names, first = [name for name, _ in _core.rep_statuses()], found["measures"][0]
    expected += [
        f"{first['name']} of repetition {i + 1} ({names[rep[-1]]}): {value:.1f} {first['unit']}"
        for i, (rep, value) in enumerate(zip(found["reps"], first["values"], strict=True))
    ]
    for link in ("shared", "static"):
        program = compiled(library, source, tmp_path / link, link)
        given = np.ascontiguousarray(frames).tobytes()
        assert run(program, given=given).splitlines() == expected


def test_the_verdict_of_the_docs(library: Path, tmp_path: Path) -> None:
    """The function in the docs compares two streams; here the same one twice, as two dates."""
    _, live, function = programs_of_the_docs()
    body = live.replace("int main(void)", f"{function}\nint main(void)")
    body = body.replace(
        "    kneepose_stream_free(stream);",
        "    KneeposeAnalysis *again;\n    check(kneepose_stream_finish(stream, &again));\n"
        "    print_verdict(analysis, again);\n    kneepose_analysis_free(again);\n"
        "    kneepose_stream_free(stream);",
    )
    source = tmp_path / "program.c"
    source.write_text(body, encoding="utf-8")
    frames, _ = squat_video()
    given = np.ascontiguousarray(np.tile(frames, (3, 1, 1))).tobytes()
    printed = run(compiled(library, source, tmp_path / "program"), given=given)
    (verdict,) = re.findall(r"^\w+: 0\.0 \w+ \(.*$", printed, re.MULTILINE)
    assert "inconclusive" in verdict


def test_the_program_of_the_docs(library: Path, tmp_path: Path) -> None:
    program = programs_of_the_docs()[0]
    source = tmp_path / "program.c"
    source.write_text(program, encoding="utf-8")
    frames, seen = squat_video()
    given = np.ascontiguousarray(frames).tobytes()
    names = [("fppa", "left"), ("knee_flexion_from_depth", "left")]
    angles = arrays.joint_angles(seen, skeleton="coco17", names=names)
    found = arrays.segment_reps(angles[:, 1].astype(np.float64), fs=25.0)
    assert len(found.start) > 0
    for link in ("shared", "static"):
        printed = run(compiled(library, source, tmp_path / link, link), given=given).splitlines()
        assert printed[0].startswith("frame 5, knee inward: A keypoint that this measure needs")
        assert printed[1:] == [
            f"frames {found.start[i]} to {found.end[i]}: knee bent by {found.range[i]:.0f} degrees "
            f"({found.status[i]}), knee inward {angles[found.bottom[i], 0]:.0f} degrees"
            for i in range(len(found.start))
        ]


def test_the_link_lines_of_the_docs(library: Path, tmp_path: Path) -> None:
    """The commands in the docs run unchanged in a folder with the layout of the project."""
    docs = (ROOT / "docs/how-to/c.md").read_text(encoding="utf-8")
    lines = re.findall(r"^cc .*", docs, re.MULTILINE)
    assert len(lines) == 3
    (tmp_path / "program.c").write_text(programs_of_the_docs()[0], encoding="utf-8")
    (tmp_path / "target").mkdir()
    (tmp_path / "target/c").symlink_to(library)
    for line in lines:
        if "pkg-config" in line and not shutil.which("pkg-config"):
            continue
        done = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stderr}"


Json = dict[str, Any]


class Vector(NamedTuple):
    """One test record: the input that C reads, and the lines that it must print."""

    given: str
    expected: list[str]


def bits(values: Any) -> str:
    """Return the bits of numbers as text, with all NaNs equal."""
    array = np.ascontiguousarray(values).ravel()
    whole = array.view({8: np.uint64, 4: np.uint32}[array.itemsize])
    digits = 2 * array.itemsize
    return " ".join(
        "nan" if n else f"{int(b):0{digits}x}" for b, n in zip(whole, np.isnan(array), strict=True)
    )


def exact(values: Any) -> str:
    """Return the bits of float64 numbers as text for C to read, including NaN payloads."""
    array = np.ascontiguousarray(values, dtype=np.float64).ravel()
    return " ".join(f"{int(b):x}" for b in array.view(np.uint64))


def line(*parts: Any) -> str:
    """Join parts by single spaces; an empty part becomes "-"."""
    texts = ["-" if part is None else str(part) for part in parts]
    return " ".join(text for text in texts if text)


def vectors() -> Iterator[Vector]:
    """Yield all test records."""
    for case in ANGLES + EXERCISES["cases"]:
        yield angles(case)
    yield from triples()
    for case in golden_file("reps")["cases"]:
        for despike in (True, False):
            yield reps(case, despike)
    yield from lowpasses()
    yield from analyses()
    yield from leads()
    yield from comparisons()


def every_angle() -> list[tuple[str, str | None]]:
    """Return all built-in angles, with both sides where they have one."""
    return [
        (row["name"], side)
        for row in _core.angle_table()
        for side in ((None,) if row["sided"] == "midline" else ("left", "right"))
    ]


def angles(case: Json) -> Vector:
    """Return the record of all angles of one golden case, in double and single precision."""
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
    """Yield records of three-point angles: ordinary, straight, missing, tiny, huge …."""
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


MOMENTS = ("start", "bottom_start", "bottom", "bottom_end", "end")


def rep_words(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """Format the core's repetitions as C prints them; a frame that is no longer kept is
    `SIZE_MAX`.
    """
    names = [name for name, _ in _core.rep_statuses()]
    return [
        line(*(int(m) % 2**64 for m in moments), names[status], bits(np.array([rom, probability])))
        for *moments, rom, _, probability, status in rows
    ]


def reps(case: Json, despike: bool) -> Vector:
    """Return the record of the repetitions in one golden series."""
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
    """Yield records of low-passes: the golden inputs, and a series with gaps."""
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
    """Yield records of analyses of every shipped recording, in world space and projected."""
    for name, exercise, sides in (
        ("squat", "squat", ("left", "right")),
        ("squat_video", "squat", ("right",)),
        ("single_leg_squat_left", "single_leg_squat", ("left",)),
        ("single_leg_squat_right", "single_leg_squat", ("right",)),
    ):
        with warnings.catch_warnings():
            # squat_video has only 10 fps and warns
            warnings.simplefilter("ignore", kp.errors.RecordingWarning)
            recording = kp.sample(name)
        for side in sides:
            yield analysis(f"{name}-{side}", recording, exercise, side)


def leg_words(recording: kp.Recording, exercise: str, side: str) -> str:
    """Return the header words shared by the recordings of one leg."""
    assumed_level = int(bool(recording.meta.get("assumed_level_camera")))
    return line(
        recording.skeleton.name, recording.up or "image", exercise, side, recording.view,
        recording.estimator.replace(" ", "|") or None, assumed_level, recording.coordinates.shape[2],
    )  # fmt: skip


def frame_words(recording: kp.Recording) -> str:
    """Return the arrays of one recording as words."""
    points, confidence = exact(recording.coordinates), exact(recording.confidence)
    return line(recording.n_frames, points, confidence, exact(recording.times))


def analysis(ident: str, recording: kp.Recording, exercise: str, side: str) -> Vector:
    """Return the record of one analysis."""
    given = line("analysis", ident, leg_words(recording, exercise, side), frame_words(recording))
    found = _core.analyze(core_recording(recording), exercise, side, recording.view, None, 0.2)
    return Vector(given, analysis_lines(ident, found))


def analysis_lines(ident: str, found: Any) -> list[str]:
    """Return the lines of an analysis of the core, as C prints them."""
    codes = [name for _, name, _, _ in _core.validity_table()]
    expected = [
        line("analysis", ident, found["view"], found["signal_used"], *rep_words(found["reps"]))
    ]
    for row in found["measures"]:
        states = [codes[code] for code in row["codes"]]
        refusal = codes[row["refusal"] or 0]
        expected.append(
            measure_line(ident, row["name"], row["unit"], refusal, row["values"], states)
        )
    both = np.stack([found["times"], found["signal"]], axis=1)
    expected.append(line("signal", ident, bits(both)))
    return expected


def measure_line(
    ident: str, name: str, unit: str, refusal: str, values: Any, states: Iterable[str]
) -> str:
    """Return the line of one measure over all repetitions, as C prints it."""
    cells = zip(bits(values).split(), states, strict=True)
    return line("measure", ident, name, unit, refusal, *(f"{v} {state}" for v, state in cells))


def leads() -> Iterator[Vector]:
    """Yield records of the candidates for the primary measure of a comparison."""
    for row in _core.exercise_table():
        yield Vector(f"leads {row['name']}", [line("leads", row["name"], *row["lead"])])


Leg = tuple[Side, list[kp.Recording]]


def cut(recording: kp.Recording, exercise: str, side: Side, trials: int) -> Leg:
    """Cut a recording of one leg at rest into trials with about equal numbers of repetitions."""
    reps = kp.analyze(recording, exercise, side=side).reps
    rests = [(a.end + b.start) // 2 for a, b in itertools.pairwise(reps)]
    cuts = [0, *rests[:: max(1, len(rests) // (trials - 1))][: trials - 1], None]
    return side, [recording[a:b] for a, b in itertools.pairwise(cuts)]


def comparisons() -> Iterator[Vector]:
    """Yield records of comparisons, single and joined, with every reason against a verdict."""
    one, two = "single_leg_squat", "squat"
    deep = {side: kp.sample(f"{one}_{side}") for side in SIDES}
    flat = {side: dataset(opensim(f"sls_{side}_healthy"), "image") for side in SIDES}
    squat = kp.sample(two)
    world = [cut(deep[side], one, side, 4) for side in SIDES]
    image = [cut(flat[side], one, side, 3) for side in SIDES]
    yield comparison("world", one, world[0], world[1])
    own = {"fppa_at_60": 2.5, "peak_knee_flexion": 4.0}
    yield comparison("own-changes", one, world[0], world[1], own=own)
    many = [(side, [*parts, *map(jittered, parts)]) for side, parts in world]
    yield comparison("many", one, many[0], many[1])
    yield comparison("one-and-joined", one, ("left", [deep["left"]]), world[1])
    yield comparison("two-dates", one, ("left", world[0][1][:2]), ("left", world[0][1][2:]))
    yield comparison("image", one, image[0], image[1])
    yield comparison("camera-moved", one, image[0], image[1], camera_moved=True)
    turned = {side: toes_moved(flat[side], 0.04) for side in SIDES}
    yield comparison("turned", one, *(cut(turned[side], one, side, 3) for side in SIDES))
    slightly = {side: toes_moved(flat[side], 0.01) for side in SIDES}
    yield comparison("turned-front", one, *(cut(slightly[side], one, side, 3) for side in SIDES))
    behind = {side: from_behind(slightly[side]) for side in SIDES}
    yield comparison("turned-back", one, *(cut(behind[side], one, side, 3) for side in SIDES))
    footless = [(side, [without_feet(part) for part in parts]) for side, parts in image]
    yield comparison("no-feet", one, footless[0], footless[1])
    front = [(side, [part._replace(view="front") for part in parts]) for side, parts in footless]
    yield comparison("said-front", one, front[0], front[1])
    yield comparison("no-feet-in-one", one, image[0], footless_trial(image[1]))
    level = [
        (side, [part._replace(meta={"assumed_level_camera": True}) for part in parts])
        for side, parts in world
    ]
    yield comparison("assumed-level", one, level[0], world[1])
    yield comparison("both-legs", two, ("left", [squat]), ("right", [squat]))
    parts = cut(squat, two, "left", 2)[1]
    yield comparison("both-legs-joined", two, ("left", parts), ("right", parts))
    yield comparison("both-legs-apart", two, ("left", [squat]), ("right", parts))
    seen = dataset(opensim("opencap_squat"), "image")
    yield comparison("both-legs-image", two, ("left", [seen]), ("right", [seen]))
    beside = toes_moved(seen, 0.04)
    yield comparison("both-legs-turned", two, ("left", [beside]), ("right", [beside]))
    lifts = [
        (side, [lifting("clamshell", side, peaks=(p, p)) for p in (0.9, 1.1)]) for side in SIDES
    ]
    yield comparison("lying", "clamshell", lifts[0], lifts[1])


def jittered(recording: kp.Recording) -> kp.Recording:
    """Return the recording with keypoint noise of a few millimeters."""
    noise = np.random.default_rng(3).normal(0, 0.003, recording.coordinates.shape)
    return recording._replace(coordinates=recording.coordinates + noise)


def without_feet(recording: kp.Recording) -> kp.Recording:
    """Return the recording in a skeleton without foot keypoints."""
    body = recording.coordinates[:, :17]
    return kp.Recording(
        body, skeleton="coco17", times=recording.times, confidence=recording.confidence[:, :17]
    )


def footless_trial(leg: Leg) -> Leg:
    """Return the leg with all toes missing in the first trial."""
    side, (first, *others) = leg
    points = first.coordinates.copy()
    points[:, [i for i, name in enumerate(first.skeleton.keypoints) if "toe" in name]] = np.nan
    return side, [first._replace(coordinates=points), *others]


def toes_moved(recording: kp.Recording, share: float) -> kp.Recording:
    """Return the recording with all toes moved to the right by a share of the body height."""
    points = recording.coordinates.copy()
    toes = [i for i, name in enumerate(recording.skeleton.keypoints) if "toe" in name]
    points[:, toes, 0] += share * np.ptp(points[..., 1])
    return recording._replace(coordinates=points)


def from_behind(recording: kp.Recording) -> kp.Recording:
    """Project the recording as a distant camera behind the person sees it."""
    points = recording.coordinates.copy()
    points[..., 0] = np.nanmax(points[..., 0]) - points[..., 0]
    return recording._replace(coordinates=points)


def comparison(
    ident: str,
    exercise: str,
    first: Leg,
    second: Leg,
    *,
    camera_moved: bool = False,
    own: dict[str, float] | None = None,
) -> Vector:
    """Return the record of a comparison: joined analyses, blocking reason, primary measure, and
    differences.
    """
    own = own or {}
    given = ["comparison", ident, int(camera_moved), len(own)]
    given += [line(name, exact(change)) for name, change in own.items()]
    expected, sides = [], []
    for side, recordings in (first, second):
        given += [leg_words(recordings[0], exercise, side), len(recordings)]
        given += map(frame_words, recordings)
        trials = [kp.analyze(recording, exercise, side=side) for recording in recordings]
        sides.append(trials)
        if len(trials) == 1:
            expected += analysis(ident, recordings[0], exercise, side).expected
        else:
            expected += joined_lines(ident, trials, recordings[0])
    found = kp.compare(*sides, same_camera=False if camera_moved else None, mdc=own)
    guard, _, camera = guard_of(found.first, found.second, not camera_moved)
    yaw = np.array([np.nan if camera is None else camera.yaw_deg])
    expected.append(line("guard", ident, guard or "ok", bits(yaw)))
    lead = found.primary
    name, values = (None, []) if lead is None else (lead.name, [bits(side) for side in lead.values])
    expected.append(line("lead", ident, name, int(found.paired), *values))
    expected += [difference_line(ident, m, m is found.primary) for m in found.measures]
    return Vector(line(*given), expected)


def difference_line(ident: str, m: kp.comparison.ComparedMeasure, leads: bool) -> str:
    """Return the line of one compared measure, as C prints it."""
    detectable = np.nan if m.detectable is None else m.detectable
    row = [
        m.first, m.first_sd, m.second, m.second_sd, m.difference, m.camera_part, *m.ci, *m.whole_ci,
        m.p, m.p_holm, detectable,
    ]  # fmt: skip
    return line(
        "difference", ident, m.name, m.unit, m.first_n, m.second_n, bits(np.array(row)), m.method,
        m.verdict, m.reason, int(leads),
    )  # fmt: skip


def joined_lines(ident: str, trials: list[Analysis], recording: kp.Recording) -> list[str]:
    """Return the lines of a joined analysis, in which a refused measure has a reason per trial."""
    both = joined(trials)
    statuses = list(kp.analysis.RepStatus)
    rows = [
        (*(getattr(r, moment) for moment in MOMENTS), r.range, 0.0, r.probability, code)
        for r in both.reps
        for code in [statuses.index(r.status)]
    ]
    lines = [line("analysis", ident, both.view, both.reps.signal_used, *rep_words(rows))]
    for m in both.measures.values():
        lines.append(measure_line(ident, m.name, m.unit, "ok", m.values, m.validity))
    units = {
        row["name"]: row["unit"]
        for row in _core.analyze(
            core_recording(recording), both.exercise, both.side, recording.view, None, 0.2
        )["measures"]
    }
    for refused in both.refused:
        states = [
            reason
            for trial in trials
            for reason in [r.reason for r in trial.refused if r.measure == refused.measure]
            for _ in trial.reps
        ]
        nothing = np.full(len(both.reps), np.nan)
        unit = units[refused.measure]
        lines.append(measure_line(ident, refused.measure, unit, refused.reason, nothing, states))
    series = np.stack([both.recording.times, both.reps.signal], axis=1)
    return [*lines, line("signal", ident, bits(series))]
