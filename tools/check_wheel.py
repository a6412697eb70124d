"""Checks wheels where they are built: python tools/check_wheel.py dist/*.whl

It uses the standard library only, so that it runs in an environment with nothing but the wheel.
"""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

#: Maximum size of a wheel in bytes, including recordings. Chosen: an ordinary web page is larger.
MOST_BYTES = 2_000_000
NEEDED = (
    r"kneepose/_core\.(abi3\.so|pyd|cpython-\w+-[\w-]+\.so|cp\w+-win_amd64\.pyd)",
    r"kneepose/_core\.pyi",
    r"kneepose/py\.typed",
    r"kneepose/samples/NOTICE",
    r"kneepose-[\w.]+\.dist-info/licenses/LICENSE-APACHE",
    r"kneepose-[\w.]+\.dist-info/licenses/LICENSE-MIT",
    r"kneepose-[\w.]+\.dist-info/RECORD",
)
OWN_FOLDERS = r"kneepose(-[\w.]+\.dist-info)?/"


def largest(entries: list[zipfile.ZipInfo]) -> list[tuple[str, int]]:
    """Return the largest of compiled part, Python sources and data folders, with compressed
    bytes.
    """
    sizes: dict[str, int] = {}
    for entry in entries:
        source = entry.filename.endswith(".py")
        part = "Python sources" if source else "/".join(entry.filename.split("/")[:2])
        sizes[part] = sizes.get(part, 0) + entry.compress_size
    return sorted(sizes.items(), key=lambda row: -row[1])[:4]


def problems(wheel: Path) -> list[str]:
    """Return everything wrong with a wheel, one sentence each."""
    with zipfile.ZipFile(wheel) as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    size = wheel.stat().st_size
    found = []
    if size >= MOST_BYTES:
        found.append(
            f"has {size:,} bytes; fewer than {MOST_BYTES:,} are allowed. Largest parts, in kB: "
            + ", ".join(f"{name} {size / 1000:.0f}" for name, size in largest(entries))
        )
    found += [
        f"lacks {pattern}" for pattern in NEEDED if not any(re.fullmatch(pattern, n) for n in names)
    ]
    found += [
        f"has {name}, outside of the package" for name in names if not re.match(OWN_FOLDERS, name)
    ]
    found += [
        f"has {name}, which nobody needs" for name in names if re.search(r"\.pyc$|/tests?/", name)
    ]
    return found


def main(paths: list[str]) -> int:
    if not paths:
        print("no wheel given: python tools/check_wheel.py dist/*.whl", file=sys.stderr)
        return 2
    wrong = 0
    for path in map(Path, paths):
        found = problems(path)
        wrong += bool(found)
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")
        print(*(f"  {sentence}" for sentence in found), sep="\n", end="\n" if found else "")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
