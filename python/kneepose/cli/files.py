"""Commands about files: ``kneepose info`` and ``kneepose convert``."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from kneepose.angles.angles import Angles, joint_angles
from kneepose.cli.output import BAD_INPUT, NOT_MEASURABLE, OK, say, say_error
from kneepose.cli.progress import progress, progress_end
from kneepose.errors import FormatError, KneeposeError
from kneepose.io.files import load, persons_in
from kneepose.io.folders import KEYPOINT_SUFFIXES, is_folder_of_frames, keypoint_files
from kneepose.io.options import Options, parse_options
from kneepose.quality.quality import check
from kneepose.recording.recording import Recording
from kneepose.recording.space import UPS
from kneepose.validity import Validity
from kneepose.words.measures import label_of
from kneepose.writing import check_outputs, visible

__all__ = ["add_file_commands"]


def add_file_commands(commands: Any) -> tuple[argparse.ArgumentParser, ...]:
    """Add the parsers of both commands, and return them."""
    info = commands.add_parser(
        "info",
        help="say what a file holds: persons, view, quality, what is measurable",
    )
    info.add_argument("path", type=Path, help="file, folder of JSON frames, or folder of files")
    info.set_defaults(run=_info)

    convert = commands.add_parser("convert", help="write keypoints or angles in another format")
    convert.add_argument(
        "source", type=Path, metavar="IN", help="file, folder of JSON frames, or of files"
    )
    convert.add_argument(
        "target", type=Path, metavar="OUT", help="file, or folder if IN is one of files"
    )
    convert.add_argument(
        "--to", default=".parquet", metavar="SUFFIX", help="ending of the files in OUT (.parquet)"
    )  # fmt: skip
    convert.set_defaults(run=_convert)
    for command in (info, convert):
        _add_options(command)
    return info, convert


def _add_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("what the file does not say")
    group.add_argument("--skeleton", help="name, such as coco17")
    group.add_argument("--names", help='marker set, such as opencap, or JSON {"LKJC": "left_knee"}')
    group.add_argument("--fps", type=float, help="frames per second")
    group.add_argument("--person", default="main", help="main, largest, first or a track id")
    group.add_argument("--space", choices=("image", "world"))
    group.add_argument("--size", metavar="WxH", help="width and height of the video in pixels")
    group.add_argument("--up", choices=UPS)
    group.add_argument("--unit", choices=("m", "cm", "mm"))
    group.add_argument("--time-unit", choices=("s", "ms", "us", "ns"))
    group.add_argument("--highest-confidence", type=float, metavar="NUMBER", help="such as 100")
    group.add_argument("--array", metavar="NAME", help="array in an .npz of another program")
    group.add_argument("--mirrored", action="store_true", help="the video is a mirrored selfie")
    group.add_argument("--view", choices=("front", "back", "left", "right"))


def _options(given: argparse.Namespace) -> Options:
    names: Any = given.names
    if names is not None and names.lstrip().startswith("{"):
        try:
            names = json.loads(names)
        except ValueError as error:
            raise KneeposeError(f"--names is no JSON object: {error}.") from None
    person = int(given.person) if given.person.isdecimal() else given.person
    size = None
    if given.size is not None:
        match = re.fullmatch(r"(\d{1,6})[x×,](\d{1,6})", given.size)
        if match is None:
            raise KneeposeError(f"--size is {given.size!r}; needed widthxheight, as in 1920x1080.")
        size = int(match[1]), int(match[2])
    return parse_options(
        skeleton=given.skeleton, names=names, fps=given.fps, person=person, space=given.space,
        resolution_wh=size, up=given.up, unit=given.unit, time_unit=given.time_unit,
        highest_confidence=given.highest_confidence, array=given.array, mirrored=given.mirrored,
        view=given.view,
    )  # fmt: skip


def _files(path: Path) -> list[Path] | None:
    """Return the files of a folder of recordings; None for a file and for a folder of JSON frames."""
    if not path.is_dir():
        return None
    if is_folder_of_frames(path):
        return None
    known = keypoint_files(path)
    if not known:
        raise FormatError(
            f"{path} is a folder without keypoint files; needed {', '.join(KEYPOINT_SUFFIXES)}."
        )
    return [path / name for name in known]


def _each(
    paths: list[Path], work: Callable[[Path], Any]
) -> tuple[list[tuple[Path, Any]], list[tuple[Path, str]]]:
    """Return the results of the files, and the reasons of those that cannot be read."""
    found: list[tuple[Path, Any]] = []
    failed: list[tuple[Path, str]] = []
    try:
        for done, path in enumerate(paths):
            progress(done, len(paths), path.name)
            try:
                found.append((path, work(path)))
            except (KneeposeError, OSError) as error:
                failed.append((path, str(error)))
    finally:
        progress_end()
    return found, failed


def _info(given: argparse.Namespace) -> int:
    options = _options(given)
    paths = _files(given.path)
    failed: list[tuple[Path, str]] = []
    if paths is None:
        found = [(given.path, _described(given.path, options))]
    else:
        found, failed = _each(paths, lambda path: _described(path, options))
    if given.json:
        rows = [{"path": str(path), **row} for path, row in found]
        errors = [{"path": str(path), "error": text} for path, text in failed]
        say(json.dumps(rows + errors if paths is not None else rows[0], indent=2, allow_nan=False))
    else:
        for path, row in found:
            say(_text(path, row) if paths is None else _line(path, row))
    for path, text in failed:
        say_error(f"{path.name}: {text}")
    if failed:
        return BAD_INPUT
    return OK if any(row["measurable"] for _, row in found) else NOT_MEASURABLE


def _described(path: Path, options: Options) -> dict[str, Any]:
    kind, found = load(path, options)
    if isinstance(found, Angles):
        steps = found.times[1:] - found.times[:-1]
        return {
            "format": kind,
            "content": "angles",
            "persons": 1,
            "frames": len(found.times),
            "duration_s": float(found.times[-1] - found.times[0]),
            "fps": float(1 / sorted(steps)[len(steps) // 2]) if len(steps) else None,
            "measurable": sorted({name for name, _ in found}),
            "refused": {},
        }
    persons = found.meta.get("persons_at_once") or persons_in(path, options)
    return {"format": kind, **_recording(found), "persons": persons}


def _recording(recording: Recording) -> dict[str, Any]:
    measurable, refused = _measured(recording)
    row: dict[str, Any] = {
        "content": "keypoints",
        "persons": 1,
        "frames": recording.n_frames,
        "duration_s": recording.duration_s,
        "fps": recording.fps if recording.fps == recording.fps else None,
        "skeleton": recording.skeleton.name,
        "landmarks": sorted(recording.skeleton.landmarks),
        "space": recording.space,
        "up": recording.up,
        "depth": recording.depth,
        "resolution_wh": recording.resolution_wh,
        "estimator": recording.estimator,
        "missing": float((recording.confidence == 0).mean()),
        "view": None,
        "findings": [],
        "measurable": measurable,
        "refused": refused,
    }
    if recording.repairs is None and recording.n_frames > 1:
        quality = check(recording)
        row["view"] = recording.view or quality.view
        row["findings"] = [
            {name: str(value) for name, value in finding._asdict().items()}
            for finding in quality.findings
        ]
    return row


def _measured(recording: Recording) -> tuple[list[str], dict[str, str]]:
    """Return the angles that have values, and angle → reason for those that have none."""
    angles = joint_angles(recording)
    measurable: list[str] = []
    refused: dict[str, str] = {}
    for name in dict.fromkeys(name for name, _ in angles):
        columns = [angles[key] for key in angles if key[0] == name]
        if any(column.values[column.values == column.values].size for column in columns):
            measurable.append(name)
        else:
            reasons = columns[0].reasons()
            refused[name] = str(max(reasons, key=lambda reason: reasons[reason]))
    return measurable, refused


def _line(path: Path, row: Mapping[str, Any]) -> str:
    rate = "" if row["fps"] is None else f", {row['fps']:.4g} fps"
    what = f"{row['frames']} frames{rate}"
    if row["content"] == "angles":
        return f"{path.name}: {row['format']}, angles, {what}"
    seen = f", seen from the {row['view']}" if row["view"] else ""
    bad = ", ".join(f["measured"] for f in row["findings"] if f["severity"] != "info")
    space = "in pixels" if row["space"] == "image" else "3-D"
    return (
        f"{path.name}: {row['format']}, {row['skeleton']}, {what}, {space}{seen}"
        f"{f'; {bad}' if bad else ''}"
    )


def _words(names: Iterable[str]) -> str:
    """Return angles by their display names; those of another program by their own."""
    return ", ".join(dict.fromkeys(label_of(name).short for name in names))


def _text(path: Path, row: Mapping[str, Any]) -> str:
    lines = [f"{path.name}: {row['format']}, {row['content']}"]
    rate = "" if row["fps"] is None else f" ({row['fps']:.4g} fps)"
    lines.append(f"  time: {row['frames']} frames over {row['duration_s']:.2f} s{rate}")
    if row["content"] == "keypoints":
        many = f"up to {row['persons']} at once" if row["persons"] > 1 else "1"
        lines.append(f"  persons: {many}")
        legs = [name for name in row["landmarks"] if re.search("hip|knee|ankle|heel|toe", name)]
        lines.append(f"  skeleton: {row['skeleton']}, {len(legs)} landmarks of the legs")
        size = "" if row["resolution_wh"] is None else " {}×{}".format(*row["resolution_wh"])
        depth = ", depth estimated" if row["depth"] == "estimated" else ""
        world = f"3-D in m, {row['up']} up{depth}"
        lines.append(f"  space: {world if row['space'] == 'world' else f'image in pixels{size}'}")
        lines.append(f"  missing keypoints: {row['missing']:.1%}")
        if row["space"] == "image":
            lines.append(f"  view: {row['view'] or 'not known; pass --view'}")
        for one in row["findings"]:
            lines.append(f"  {one['severity']}: {one['measured']}. {one['remedy']}".rstrip())
        if not row["findings"]:
            lines.append("  quality: nothing found that forbids measuring")
    lines.append(f"  measurable: {_words(row['measurable']) or 'nothing'}")
    by_reason: dict[str, list[str]] = {}
    for name, reason in row["refused"].items():
        by_reason.setdefault(reason, []).append(name)
    lines += [
        f"  not measurable: {_words(names)}. {Validity(reason).sentence}"
        for reason, names in by_reason.items()
    ]
    return "\n".join(lines)


def _convert(given: argparse.Namespace) -> int:
    options = _options(given)
    paths = _files(given.source)
    if paths is None:
        check_outputs([given.target], [given.source] if given.source.is_file() else [])
        say(f"{_written(given.source, given.target, options)}")
        return OK
    suffix = given.to if given.to.startswith(".") else f".{given.to}"
    if given.target.exists() and not given.target.is_dir():
        raise KneeposeError(f"{given.target} is a file; needed a folder, because IN is one.")
    given.target.mkdir(exist_ok=True)
    targets = {path: given.target / f"{path.stem}{suffix}" for path in paths}
    if len(set(targets.values())) < len(targets):
        raise KneeposeError(f"{given.source} has files whose names differ by their ending only.")
    check_outputs(list(targets.values()), paths)
    found, failed = _each(paths, lambda path: _written(path, targets[path], options))
    say(f"{len(found)} of {len(paths)} files written to {given.target}")
    for path, text in failed:
        say_error(f"{visible(path.name)}: {text}")
    return BAD_INPUT if failed else OK


def _written(source: Path, target: Path, options: Options) -> Path:
    return load(source, options)[1].save(target)
