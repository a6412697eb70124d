"""Test a wheel on a machine with Python only: python tools/try_wheel.py dist/*.whl

The tool makes a new environment without a compiler, and installs the wheel and its extra `video`
from wheels only. It then runs the import, the demo, the report of an analysis, and the page of
`kneepose app` with everything that the page loads. The tool needs only the standard library.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

COMPILERS = ("cc", "gcc", "g++", "clang", "c++", "cl", "cargo", "rustc", "make")
LEAST_REPORT = 50_000
#: Maximum start time: a new process may read all packages from a cold disk.
START_S = 120


class Fresh:
    """A new environment whose programs cannot see programs outside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        venv.create(folder / "venv", with_pip=True)
        self.bin = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        kept = ("SYSTEMROOT", "TEMP", "PIP_INDEX_URL", "PIP_CERT", "SSL_CERT_FILE")
        self.variables = {name: os.environ[name] for name in kept if name in os.environ}
        self.variables |= {"PATH": str(self.bin), "HOME": str(folder), "PYTHONUTF8": "1"}

    def start(self, *command: str) -> subprocess.Popen[str]:
        program = shutil.which(command[0], path=str(self.bin))
        assert program, f"{command[0]} is not installed"
        return subprocess.Popen(
            [program, *command[1:]], cwd=self.folder, env=self.variables, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        )  # fmt: skip

    def run(self, *command: str) -> str:
        with self.start(*command) as process:
            said, _ = process.communicate()
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} gave {process.returncode}:\n{said}")
        return said.strip()


def install(fresh: Fresh, wheel: Path) -> str:
    found = [name for name in COMPILERS if shutil.which(name, path=str(fresh.bin))]
    assert not found, f"the environment has {found}"
    fresh.run(
        "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--only-binary", ":all:", f"{wheel.resolve()}[video]",
    )  # fmt: skip
    return "no compiler is found there"


def imported(fresh: Fresh) -> str:
    ask = "import json, kneepose as kp; print(json.dumps([kp.__version__, kp.__file__]))"
    version, place = json.loads(fresh.run("python", "-c", ask))
    assert Path(place).is_relative_to(fresh.folder), f"kneepose comes from {place}"
    return str(version)


def report(fresh: Fresh, name: str, *command: str) -> str:
    fresh.run("kneepose", *command)
    page = (fresh.folder / name).read_text("utf-8")
    assert len(page) > LEAST_REPORT, f"{name} has {len(page)} characters"
    assert "<svg" in page, f"{name} has no figure"
    return f"{len(page) / 1000:.0f} kB"


def analysis(fresh: Fresh) -> str:
    save = "import kneepose as kp; kp.sample('squat_video').save('squats.npz')"
    fresh.run("python", "-c", save)
    command = ("analyze", "squats.npz", "--exercise", "squat", "--report", "squats.html")
    return report(fresh, "squats.html", *command)


def mirror(fresh: Fresh) -> str:
    """Serve the page, and load it with its styles and scripts as a browser does."""
    process = fresh.start("kneepose", "app", "--no-browser")
    try:
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+\S*", line)
        assert found, f"kneepose app said {line!r}{process.stdout.read() if process.poll() else ''}"
        with urlopen(found[0], timeout=START_S) as answer:
            page = answer.read().decode("utf-8")
        parts = re.findall(r'(?:src|href)="([^"#:]+\.(?:js|css)[^"]*)"', page)
        assert len(parts) > 2, f"the page loads {parts}"
        size = len(page)
        for part in parts:
            with urlopen(urljoin(found[0], part), timeout=START_S) as answer:
                size += len(answer.read())
    finally:
        process.terminate()
        process.communicate(timeout=START_S)
    return f"a page and {len(parts)} parts, {size / 1000:.0f} kB"


STEPS = {
    "install": install,
    "import": lambda fresh, _: imported(fresh),
    "kneepose demo": lambda fresh, _: report(fresh, "demo.html", "demo", "--out", "demo.html"),
    "kneepose analyze": lambda fresh, _: analysis(fresh),
    "kneepose app": lambda fresh, _: mirror(fresh),
}


def main(paths: list[str]) -> int:
    if not paths:
        print("no wheel given: python tools/try_wheel.py dist/*.whl", file=sys.stderr)
        return 2
    for path in map(Path, paths):
        print(path.name)
        with tempfile.TemporaryDirectory() as folder:
            fresh = Fresh(Path(folder).resolve())
            for name, step in STEPS.items():
                print(f"  {name}: {step(fresh, path)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
