"""Runs adapter tests against estimators' own classes, in separate environments.

``python -m tools.installed`` runs all of `ESTIMATORS`, ``python -m tools.installed norfair`` the
named ones. Separate environments keep packages and licenses apart from each other and from this
package, which is used in place. All environments together download about 6 GB, mostly PyTorch. A
run without any test is a failure; the output names the missing package.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
FOLDER = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "installed"
TESTS = "tests/estimators/test_installed.py"
#: pip arguments for PyTorch without GPU libraries, if its own index is reachable.
TORCH = ("--extra-index-url", "https://download.pytorch.org/whl/cpu", "torch")


class Estimator(NamedTuple):
    """An environment: packages to install, tests to run, and Python version."""

    install: tuple[str, ...]
    tests: str
    python: str = ""


ESTIMATORS = {
    "mediapipe-tasks": Estimator(("mediapipe",), "test_mediapipe_tasks"),
    # The last release with the legacy API.
    "mediapipe-solutions": Estimator(("mediapipe==0.10.21",), "test_mediapipe"),
    "ultralytics": Estimator((*TORCH, "torchvision", "ultralytics"), "test_ultralytics"),
    "supervision": Estimator(("supervision",), "test_supervision"),
    "sleap": Estimator(("sleap-io", "h5py"), "test_sleap_io"),
    "rtmlib": Estimator(("rtmlib", "onnxruntime"), "test_rtmlib"),
    "norfair": Estimator(("norfair",), "test_norfair"),
    "transformers": Estimator(
        (*TORCH, "torchvision", "transformers", "pillow"), "test_transformers"
    ),
    "movement": Estimator(("movement",), "test_movement", "3.12"),
    # DeepLabCut writes pandas tables, so pandas is enough.
    "deeplabcut": Estimator(("pandas", "tables", "h5py"), "deeplabcut"),
    "opensim": Estimator(("opensim",), "test_opensim"),
    "arrays": Estimator((*TORCH, "jax", "pandas", "polars", "xarray"), "test_arrays"),
}


class Ran(NamedTuple):
    """Outcome of the tests in one environment."""

    passed: bool
    figure: str
    versions: str


def python_of(version: str) -> str:
    """Return the interpreter of a version such as ``3.12``; "" is the current one."""
    if not version:
        return sys.executable
    found = shutil.which(f"python{version}")
    # The command may exist without a working interpreter, for example as a pyenv shim.
    if found is None or subprocess.run([found, "--version"], capture_output=True).returncode:
        raise FileNotFoundError(f"python{version} is not here; install it")
    return found


def run(name: str) -> Ran:
    """Create the environment of an estimator if missing, and run its tests."""
    row, folder = ESTIMATORS[name], FOLDER / name
    python = folder / "bin" / "python"
    try:
        subprocess.run([python_of(row.python), "-m", "venv", str(folder)], check=True)
    except FileNotFoundError as error:
        return Ran(False, str(error), "")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "install", "--quiet", *row.install, "pytest", "hypothesis", "scipy"],
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        return Ran(False, f"cannot be installed: {last_line(done.stderr)}", "")
    done = subprocess.run(
        [str(python), "-m", "pytest", "-p", "no:cacheprovider", TESTS, "-k", row.tests],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
        capture_output=True,
        text=True,
    )
    print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
    counts = {
        word: int(number)
        for number, word in re.findall(
            r"(\d+) (passed|skipped|failed|error)", last_line(done.stdout)
        )
    }
    passed = done.returncode == 0 and "passed" in counts and "skipped" not in counts
    figure = ", ".join(f"{number} {word}" for word, number in counts.items())
    listed = subprocess.run([*pip, "list", "--format", "json"], capture_output=True, text=True)
    wanted = {re.split(r"[=<>]", one)[0].lower() for one in (*row.install, "numpy")}
    versions = [
        f"{one['name']} {one['version']}"
        for one in json.loads(listed.stdout)
        if one["name"].lower() in wanted
    ]
    return Ran(passed, figure or last_line(done.stderr), ", ".join(versions))


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["nothing was said"])[-1]


def main() -> int:
    names = sys.argv[1:] or list(ESTIMATORS)
    if unknown := sorted(set(names) - set(ESTIMATORS)):
        print(f"no environment {', '.join(unknown)}; there are {', '.join(ESTIMATORS)}.")
        return 2
    failed = []
    for name in names:
        ran = run(name)
        print(
            f"{name}: {'' if ran.passed else 'FAILED, '}{ran.figure} ({ran.versions})", flush=True
        )
        failed += [] if ran.passed else [name]
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
