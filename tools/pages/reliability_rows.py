"""Checks of docs/evidence/reliability.md: rules, targets, and the tests or tools for each."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import distributions
from pathlib import Path

from tools.pages.digest import EVIDENCE, first, table_row
from tools.pages.reliability import FULL, MET, MISSED, NOT_RUN, PART, ROOT, SHORT, Check, Outcome

CARGO = ("--locked", "--quiet", "--profile", "quick")
SECONDS = float(os.environ.get("KNEEPOSE_FUZZ_SECONDS", "0"))
CI_SECONDS = 60


def run(*command: str, **variables: str) -> tuple[int, str]:
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables},
        capture_output=True, text=True, errors="replace",
    )  # fmt: skip
    # Remove ANSI color codes.
    return done.returncode, re.sub(r"\x1b\[[\d;]*m", "", done.stdout + done.stderr)


def tool(name: str) -> str | None:
    """Return the path of a tool: beside the Python executable if it is there, else from PATH."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["nothing was said"])[-1][:200]


def core_fuzz() -> Outcome:
    """Run the three fuzz targets in tests/fuzz.rs of the core."""
    if tool("cargo") is None:
        return Outcome("there is no cargo", NOT_RUN)
    code, said = run(
        "cargo", "test", *CARGO, "-p", "kneepose-core", "--test", "fuzz",
        "--", "--nocapture", "--test-threads=1",
    )  # fmt: skip
    found = re.findall(r"fuzz (\w+): (\d+) inputs", said)
    figure = ", ".join(f"{name} {int(number):,}" for name, number in found) + " inputs"
    if code != 0 or len(found) != 3:
        return Outcome(f"{figure}; {last_line(said)}", MISSED)
    long = SECONDS >= CI_SECONDS
    spent = f"{SECONDS:.0f} s each" if long else f"long form: {CI_SECONDS} s each"
    return Outcome(f"{figure}, no crash; {spent}", MET if long else SHORT)


def rust_tests(*select: str, cargo: tuple[str, ...] = ("cargo", "test"), **flags: str) -> Outcome:
    """Run selected tests of the core, by name."""
    if tool("cargo") is None:
        return Outcome("there is no cargo", NOT_RUN)
    profile = CARGO[:2] if "miri" in cargo else CARGO
    code, said = run(*cargo, *profile, "-p", "kneepose-core", *select, **flags)
    passed = sum(map(int, re.findall(r"(\d+) passed", said)))
    failed = sum(map(int, re.findall(r"(\d+) failed", said)))
    if code != 0 or failed:
        return Outcome(f"{passed} passed, {failed} failed; {last_line(said)}", MISSED)
    return Outcome(f"{passed} of {passed} tests passed", MET if passed else NOT_RUN)


def miri() -> Outcome:
    """Run Miri on the `evaluate` kernel with all `unsafe` code, with one and several threads."""
    if run("cargo", "+nightly", "miri", "--version")[0] != 0:
        return Outcome("needs a nightly toolchain with the component miri", NOT_RUN)
    return rust_tests(
        "--lib", "evaluate", cargo=("cargo", "+nightly", "miri", "test"),
        RUSTFLAGS="-Ctarget-feature=+avx2" if platform.machine() == "x86_64" else "",
    )  # fmt: skip


def address_sanitizer() -> Outcome:
    """Run the tests of the core with golden vectors and fuzz targets under AddressSanitizer."""
    code, said = run("rustc", "+nightly", "-vV")
    if code != 0:
        return Outcome("needs a nightly toolchain; valgrind stands for it", NOT_RUN)
    host = re.findall(r"host: (\S+)", said)[0]
    return rust_tests(
        "--target", host, "--lib", "--test", "golden", "--test", "fuzz",
        cargo=("cargo", "+nightly", "test"), RUSTFLAGS="-Zsanitizer=address",
        # Return null for a huge request, as the default allocator does.
        ASAN_OPTIONS="allocator_may_return_null=1",
    )  # fmt: skip


def parallel() -> Outcome:
    """Run the tests with pytest-run-parallel: each test in eight threads at once."""
    if run(sys.executable, "-c", "import pytest_run_parallel")[0] != 0:
        return Outcome("pytest-run-parallel is not installed", NOT_RUN)
    tests = (
        ["tests/arrays", "tests/whole/test_golden.py"] if FULL else ["tests/whole/test_golden.py"]
    )
    code, said = run(sys.executable, "-m", "pytest", "-q", "--parallel-threads=8", *tests)
    found = re.search(r"(\d+) passed", said)
    if code != 0 or found is None:
        return Outcome(last_line(said), MISSED)
    return Outcome(f"{found[1]} tests passed, each in 8 threads", MET if FULL else SHORT)


def free_threaded() -> Outcome:
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return Outcome("this page was made without the lock", MET)
    return Outcome("needs Python 3.14t; the weekly workflow runs the same tests there", NOT_RUN)


def cargo_deny() -> Outcome:
    """Check the banned crates, licenses and sources with cargo-deny (deny.toml)."""
    deny = tool("cargo-deny")
    if deny is None:
        return Outcome("cargo-deny is not installed", NOT_RUN)
    code, said = run(
        deny, "--offline", "--log-level", "warn", "check", "bans", "licenses", "sources"
    )
    return Outcome(last_line(said), MET if code == 0 else MISSED)


def crate_advisories() -> Outcome:
    """Check the crates against the RustSec advisory database."""
    deny = tool("cargo-deny")
    if deny is None:
        return Outcome("cargo-deny is not installed", NOT_RUN)
    code, said = run(deny, "check", "advisories")
    if "failed to fetch advisory database" in said:
        return Outcome("the RustSec database cannot be reached from here; CI asks it", NOT_RUN)
    return Outcome(last_line(said), MET if code == 0 else MISSED)


def package_advisories() -> Outcome:
    """Check the Python packages that users install for security advisories."""
    audit = tool("pip-audit")
    if audit is None:
        return Outcome("pip-audit is not installed", NOT_RUN)
    installed = {one.metadata["Name"].lower(): one.version for one in distributions()}
    users = ("numpy", "jinja2", "matplotlib", "av", "pillow", "pyarrow")
    wanted = [name for name in users if name in installed]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("".join(f"{name}=={installed[name]}\n" for name in wanted))
        file.flush()
        done = subprocess.run(
            [audit, "--no-deps", "--disable-pip", "--format", "json", "-r", file.name],
            capture_output=True, text=True,
        )  # fmt: skip
    try:
        rows = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return Outcome(f"advisories cannot be reached from here: {last_line(done.stderr)}", NOT_RUN)
    audited = [row for row in rows if "skip_reason" not in row]
    open_ones = sum(len(row["vulns"]) for row in audited)
    if not audited:
        return Outcome(
            "advisories of the package index cannot be reached from here; CI asks it", NOT_RUN
        )
    figure = f"{open_ones} open advisories for {len(audited)} of {len(rows)} packages"
    if open_ones:
        return Outcome(figure, MISSED)
    return Outcome(figure, MET if len(audited) == len(rows) else PART)


def stable_abi() -> Outcome:
    """Check that the extension uses only symbols of the stable ABI of Python 3.11."""
    audit = tool("abi3audit")
    if audit is None:
        return Outcome("abi3audit is not installed", NOT_RUN)
    extension = ROOT / "python/kneepose/_core.abi3.so"
    if not extension.exists():
        return Outcome("the extension is not built in place", NOT_RUN)
    command = [audit, "--strict", "--report", "--assume-minimum-abi3", "3.11", str(extension)]
    done = subprocess.run(command, capture_output=True, text=True)
    if not done.stdout.strip():
        return Outcome(last_line(done.stderr), NOT_RUN)
    (found,) = json.loads(done.stdout)["specs"].values()
    result = found["object"]["result"]
    wrong = [*result["non_abi3_symbols"], *result["future_abi3_objects"]]
    is_clean = done.returncode == 0 and result["is_abi3_baseline_compatible"] and not wrong
    return Outcome(
        f"{len(wrong)} symbols outside the ABI of {result['baseline']}", MET if is_clean else MISSED
    )


def locked() -> Outcome:
    if tool("cargo") is None:
        return Outcome("there is no cargo", NOT_RUN)
    code, said = run("cargo", "metadata", "--locked", "--offline", "--format-version", "1")
    if code != 0:
        return Outcome(last_line(said), MISSED)
    return Outcome(
        f"{len(json.loads(said[said.index('{') :])['packages'])} crates as in Cargo.lock", MET
    )


def checked(*command: str) -> Outcome:
    """Run a tool that reports findings by its exit status, and return the outcome."""
    program = tool(command[0])
    if program is None:
        return Outcome(f"{command[0]} is not installed", NOT_RUN)
    code, said = run(program, *command[1:])
    return Outcome(last_line(said) if code else "no finding", MISSED if code else MET)


def workflows() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob(".github/workflows/*.yml"))]


def of_wheels(*command: str) -> Outcome:
    """Run a command on the wheels in dist, which RELEASE.md builds, and return the outcome."""
    wheels = sorted(map(str, ROOT.glob("dist/*.whl")))
    if not wheels:
        return Outcome("no wheel in dist; RELEASE.md builds it, and CI does", NOT_RUN)
    code, said = run(sys.executable, *command, *wheels)
    said = last_line(said)
    return Outcome(said if code else said.rpartition(": ")[2], MISSED if code else MET)


def crates() -> Outcome:
    """Package both crates, and build them from the packages only."""
    if tool("cargo") is None:
        return Outcome("there is no cargo", NOT_RUN)
    packed = ("-p", "kneepose-core", "-p", "kneepose-capi")
    code, said = run("cargo", "publish", "--dry-run", "--locked", "--allow-dirty", *packed)
    if code != 0:
        outside = "failed to fetch" in said or "could not connect" in said.lower()
        return Outcome(last_line(said), NOT_RUN if outside else MISSED)
    return Outcome(f"{len(re.findall('Packaged', said))} crates packed and built", MET)


def not_here(reason: str) -> Outcome:
    return Outcome(reason, NOT_RUN)


def percent(text: str) -> float:
    return float(text.strip(" %"))


def counts_in_noise() -> Outcome:
    """Read the shares of exactly counted recordings from the page on repetitions."""
    text = (EVIDENCE / "repetitions.md").read_text("utf-8")
    section = text.partition("### With 10 mm of noise")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| **all**")]
    shares = {f"{row[1]}, {row[2]}, {row[3]}": percent(row[4]) for row in rows}
    least = min(shares, key=shares.__getitem__)
    return Outcome(
        f"10 mm of noise and a tenth dropped: {shares[least]:.1f} % exact at worst ({least}), of "
        f"{len(shares)} ways; [repetitions](repetitions.md)",
        MET if shares[least] >= 99 else MISSED,
    )


def gate_finds() -> Outcome:
    """Read the shares of planted defects that the quality checks report, from guards.md."""
    text = (EVIDENCE / "guards.md").read_text("utf-8")
    section = text.partition("\n## Damage planted in simulations")[2].partition("\n## ")[0]
    rows = [
        line.strip("|").split("|")
        for line in section.splitlines()
        if re.search(r"%", line) and line.startswith("|")
    ]
    shares = {row[0].strip(): (int(row[1]), percent(row[2])) for row in rows}
    total = sum(n for n, _ in shares.values())
    pooled = sum(n * share for n, share in shares.values()) / total
    least = min(shares, key=lambda name: shares[name][1])
    return Outcome(
        f"{pooled:.1f} % of {total:,}, {shares[least][1]:.1f} % at worst ({least}); "
        "[quality gate](guards.md)",
        MET if shares[least][1] >= 95 else MISSED,
    )


def gate_spares() -> Outcome:
    row = table_row("guards.md", "Clean recordings", "all")
    real = first("guards.md", r"all real recordings \| (\d+ of \d+)")
    return Outcome(
        f"{row[1]} of {row[0]} simulated; of real people {real}",
        MET if percent(row[1]) <= 2 else MISSED,
    )


def gate_sees_yaw() -> Outcome:
    row = table_row("guards.md", "Turned camera", "6–15°")
    return Outcome(f"{row[1]} of {row[0]} pairs", MET if percent(row[1]) >= 95 else MISSED)


def one_push() -> Outcome:
    """Read row 19 of the page on speed, with its verdict."""
    text = (EVIDENCE / "speed.md").read_text("utf-8")
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| 19 ")]
    figure = ", ".join(f"{row[1].rpartition(';')[2].strip()}: {row[4].strip()}" for row in rows)
    return Outcome(
        f"{figure}; [speed](speed.md)", MET if all("met" in row[5] for row in rows) else MISSED
    )


def whole_clip() -> Outcome:
    """Read the time to analyze a clip from Python, from the page on speed."""
    took = first("speed.md", r"a clip of 900×17[^\n]*?\| ([\d.]+) ms :")
    return Outcome(
        f"{took} ms from Python; [speed](speed.md)", MET if float(took) <= 0.3 else MISSED
    )


def speed_targets() -> Outcome:
    met, total = map(
        int,
        re.findall(r"(\d+) of (\d+) targets met", (EVIDENCE / "speed.md").read_text("utf-8"))[0],
    )
    return Outcome(
        f"{met} of {total} targets met; [speed](speed.md)", MET if met == total else MISSED
    )


LAWS = "tests/whole/test_laws.py"
CHECKS = (
    Check("1", "analytic skeletons, f64", "≤ 1e-9°", ("tests/whole/test_golden.py::test_angles",)),
    Check(
        "1",
        "all skeletons, 2-D and 3-D, and f32",
        "≤ 1e-4° in f32",
        (
            "tests/recording/test_skeletons.py",
            "tests/arrays/test_layouts.py::test_single_precision_is_within_a_ten_thousandth_of_a_degree",
        ),
    ),
    Check(
        "2",
        "SciPy and NumPy as oracle: filters, angles, statistics",
        "≤ 1e-10, 10⁴ series",
        (
            "tests/arrays/test_parity_signal.py",
            "tests/arrays/test_series.py",
            "tests/arrays/test_cardan.py",
            "tests/arrays/test_inference.py",
        ),
        lacks="10⁴ random series; the tests have fewer",
    ),
    Check(
        "2",
        "a plain Python twin: angles, segmentation",
        "the same values",
        (
            "tests/angles/test_parity.py",
            "tests/reps/test_parity.py",
        ),
        lacks="10⁴ random series; the tests have fewer",
    ),
    Check(
        "3",
        "invariance: scale, place, rotation, mirror, left and right, order",
        "10⁴ cases each",
        (LAWS,),
        short="26 times as many random cases",
    ),
    Check(
        "4",
        "live in any pieces = frame by frame",
        "same bits, 10³ series",
        ("tests/live/test_stream.py::test_any_pieces_give_the_same_bits",),
        short="1,000 series instead of 200",
    ),
    Check(
        "4",
        "recorded = live where the rules are the same",
        "same bits",
        ("tests/live/test_recorded_equals_live.py",),
    ),
    Check(
        "5",
        "one golden file, in Python and C",
        "same bits, or within the tolerance of the row",
        (
            "tests/whole/test_golden.py",
            "tests/c/test_c.py::test_the_same_bits_as_python",
        ),
    ),
    Check(
        "5",
        "the same golden file in Rust",
        "within the tolerance of the row",
        measure=lambda: rust_tests("--test", "golden"),
    ),
    Check(
        "5", "with and without AVX2", "same bits", measure=lambda: rust_tests("--lib", "evaluate")
    ),
    Check(
        "5",
        "aarch64, emulated: everything that the C program prints",
        "same bits",
        ("tests/c/test_c.py::test_the_same_bits_on_aarch64",),
    ),
    Check(
        "5",
        "musl, Windows, macOS",
        "same bits",
        measure=lambda: not_here(
            "needs those machines; the workflow of wheels runs a report on each, without the golden file"
        ),
    ),
    Check(
        "6",
        "types, layouts, strides, read-only, masked, empty",
        "right or a typed error; input never changed",
        (
            "tests/arrays/test_layouts.py",
            "tests/recording/test_arrays.py",
            "tests/live/test_input.py",
            "tests/hostile/test_fuzz.py",
        ),
        short="26 times as many random cases",
    ),
    Check(
        "7",
        "NaN, ±inf, 1e300, subnormal, clocks that stop or go back",
        "no panic; NaN never a number",
        (
            "tests/whole/test_fuzz.py",
            "tests/recording/test_clock.py",
            "tests/hostile/test_time.py",
        ),
        short="26 times as many random cases",
    ),
    Check(
        "8",
        "missing values of every adapter, as golden objects",
        "all rows",
        (
            "tests/estimators/test_adapters.py",
            "tests/estimators/test_mediapipe.py",
            "tests/estimators/test_ultralytics.py",
            "tests/estimators/test_tables.py",
        ),
    ),
    Check("8", "the estimators' own classes", "all rows", ("tests/estimators/test_installed.py",)),
    Check(
        "9",
        "fuzzing of JSON, tables and sessions in the core",
        "60 s each, 0 crashes",
        measure=core_fuzz,
    ),
    Check(
        "9",
        "fuzzing of the Python edge, guided by coverage",
        "60 s, 0 crashes",
        ("tests/hostile/test_guided.py::test_guided_by_coverage",),
        short="60 s instead of 5",
    ),
    Check(
        "9",
        "damaged files of every format",
        "60 s each, 0 crashes",
        (
            "tests/io/test_hostile_formats.py::test_damage_gives_a_result_or_a_reason",
            "tests/io/test_fuzz.py",
        ),
        short="60 s a format instead of 60 files",
    ),
    Check(
        "9",
        "24 hours of CPU before a release; line coverage of parsers",
        "0 crashes; ≥ 90 %",
        measure=lambda: not_here("nobody has spent the hours; cargo-llvm-cov is not set up"),
    ),
    Check(
        "10",
        "hostile files: depth, bombs, sparse, loops, lies",
        "< 1 s, < 256 MB",
        (
            "tests/io/test_hostile_formats.py::test_hostile_files_are_refused_in_a_second_and_little_memory",
            "tests/io/test_hostile.py",
            "tests/video/test_hostile_clips.py",
        ),
    ),
    Check(
        "11",
        "the C library under valgrind memcheck",
        "0 reports",
        (
            "tests/c/test_c.py::test_no_memory_error",
            "tests/c/test_live.py::test_no_memory_error_in_a_session",
        ),
    ),
    Check("11", "Miri on the kernel (cargo +nightly miri test)", "0 reports", measure=miri),
    Check(
        "11",
        "address sanitizer on the core, its golden vectors and fuzz targets",
        "0 reports",
        measure=address_sanitizer,
    ),
    Check(
        "11",
        "thread sanitizer",
        "0 reports",
        measure=lambda: not_here("needs a standard library that is compiled with it as well"),
    ),
    Check(
        "12",
        "8 threads, the public functions on the same inputs",
        "1,000 calls each, 0 differences",
        ("tests/whole/test_threads.py",),
        short="1,000 calls a thread instead of 20",
    ),
    Check("12", "pytest-run-parallel, 8 threads", "0 failures", measure=parallel),
    Check("12", "without the global lock", "0 differences", measure=free_threaded),
    Check(
        "13",
        "fork after use",
        "no deadlock in 100",
        ("tests/hostile/test_forked.py",),
        short="100 forks",
    ),
    Check(
        "14",
        "memory after pushes and analyses",
        "10⁶ and 10⁴, < 1 MB",
        (
            "tests/live/test_cost.py::test_memory_does_not_grow",
            "tests/live/test_cost.py::test_analyses_leave_nothing_behind",
        ),
        short="10⁶ pushes, a day of them, 10⁴ analyses",
    ),
    Check(
        "14a",
        "memory that runs out, huge arrays, clocks with holes",
        "a typed error, never an abort",
        (
            "tests/hostile/test_memory.py",
            "tests/hostile/test_time.py",
        ),
    ),
    Check(
        "14a",
        "every large request of the core refused in turn",
        "a typed error, never an abort",
        measure=lambda: rust_tests("--test", "out_of_memory"),
    ),
    Check(
        "14b",
        "killed or full while writing",
        "the earlier file intact",
        ("tests/hostile/test_disk.py",),
        short="100 instead of 25 kills",
    ),
    Check(
        "15",
        "Ctrl-C in long calls",
        "< 0.5 s",
        ("tests/hostile/test_interrupted.py",),
        short="every long call instead of five",
    ),
    Check(
        "16",
        "an injected panic, from C",
        "a status, process alive",
        ("tests/c/test_c.py::test_a_panic_becomes_a_status",),
    ),
    Check(
        "16",
        "an injected panic, from Python",
        "a typed error, process alive",
        measure=lambda: not_here(
            "the extension has no function that panics; refused memory unwinds so (14a)"
        ),
    ),
    Check(
        "17",
        "counts under noise and drop-outs",
        "exact ≥ 99 % at σ ≤ 3 px and drop-outs ≤ 10 %",
        measure=counts_in_noise,
        of_page=True,
    ),
    Check(
        "18",
        "planted damage that is flagged",
        "≥ 95 % of each kind",
        measure=gate_finds,
        of_page=True,
    ),
    Check("18", "clean recordings that are flagged", "≤ 2 %", measure=gate_spares, of_page=True),
    Check(
        "18",
        "camera turned by 6–15°, told from the pair",
        "≥ 95 %",
        measure=gate_sees_yaw,
        of_page=True,
    ),
    Check("19", "one push", "≤ 3 µs median, ≤ 10 µs in 99 of 100", measure=one_push, of_page=True),
    Check("19", "a clip of 900 × 17, all of it", "≤ 0.3 ms", measure=whole_clip, of_page=True),
    Check("19", "against Python and NumPy", "every target", measure=speed_targets, of_page=True),
    Check(
        "20", "bans, licenses and sources of crates (cargo-deny)", "0 findings", measure=cargo_deny
    ),
    Check("20", "advisories for crates (cargo-deny)", "0 open", measure=crate_advisories),
    Check("20", "advisories for Python packages (pip-audit)", "0 open", measure=package_advisories),
    Check("20", "stable ABI of the extension (abi3audit)", "0 symbols outside", measure=stable_abi),
    Check("20", "lock file", "nothing unpinned", measure=locked),
    Check(
        "20",
        "workflows: security (zizmor)",
        "0 findings",
        measure=lambda: checked("zizmor", "--offline", "--quiet", ".github"),
    ),
    Check(
        "20",
        "workflows: syntax (check-jsonschema; CI asks actionlint too)",
        "0 findings",
        measure=lambda: checked(
            "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows()
        ),
    ),
    Check(
        "20",
        "size and content of a wheel (tools/check_wheel.py)",
        "< 2 MB, nothing foreign",
        measure=lambda: of_wheels("tools/check_wheel.py"),
    ),
    Check(
        "20",
        "metadata of a wheel (twine check --strict)",
        "0 findings",
        measure=lambda: of_wheels("-m", "twine", "check", "--strict"),
    ),
    Check(
        "20",
        "a wheel in a fresh environment without compilers (tools/try_wheel.py)",
        "import, demo, report, page of the mirror",
        measure=lambda: of_wheels("tools/try_wheel.py"),
    ),
    Check("20", "both crates (cargo publish --dry-run)", "pack and build", measure=crates),
)
