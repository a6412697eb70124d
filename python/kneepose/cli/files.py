"""File commands: ``kneepose info`` and ``kneepose convert``."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

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
from kneepose.words.catalogue import current_language, tr, tr_measured, trn
from kneepose.words.measures import label_of
from kneepose.writing import check_outputs

__all__ = ["add_file_commands"]


def add_file_commands(commands: Any) -> tuple[argparse.ArgumentParser, ...]:
    """Add ``kneepose info`` and ``kneepose convert`` to the command line; return their parsers."""
    info = commands.add_parser(
        "info",
        help=tr("say what a file holds: persons, view, quality, what is measurable"),
    )
    info.add_argument("path", type=Path, help=tr("file, folder of JSON frames, or folder of files"))
    info.set_defaults(run=_refusing(_info))

    convert = commands.add_parser("convert", help=tr("write keypoints or angles in another format"))
    convert.add_argument(
        "source", type=Path, metavar="IN", help=tr("file, folder of JSON frames, or of files")
    )
    convert.add_argument(
        "target", type=Path, metavar="OUT", help=tr("file, or folder if IN is one of files")
    )
    convert.add_argument(
        "--to", default=".parquet", metavar="SUFFIX", help=tr("ending of the files in OUT (.parquet)")
    )  # fmt: skip
    convert.set_defaults(run=_refusing(_convert))
    for command in (info, convert):
        _add_options(command)
    return info, convert


def _add_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(tr("what the file does not say"))
    group.add_argument("--skeleton", help=tr("name, such as coco17"))
    group.add_argument(
        "--names", help=tr('marker set, such as opencap, or JSON {"LKJC": "left_knee"}')
    )
    group.add_argument("--fps", type=float, help=tr("frames per second"))
    group.add_argument("--person", default="main", help=tr("main, largest, first or a track id"))
    group.add_argument("--space", choices=("image", "world"))
    group.add_argument("--size", metavar="WxH", help=tr("width and height of the video in pixels"))
    group.add_argument("--up", choices=UPS)
    group.add_argument("--unit", choices=("m", "cm", "mm"))
    group.add_argument("--time-unit", choices=("s", "ms", "us", "ns"))
    group.add_argument("--highest-confidence", type=float, metavar="NUMBER", help=tr("such as 100"))
    group.add_argument("--array", metavar="NAME", help=tr("array in an .npz of another program"))
    group.add_argument("--mirrored", action="store_true", help=tr("the video is a mirrored selfie"))
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


#: Argument names of `kneepose.read` in its error messages; the commands have options of these
#: names.
_ARGUMENT: Final = re.compile(
    r"(?<!\()(?<!, )\b(skeleton|names|fps|person|space|resolution_wh|up|unit|time_unit"
    r"|highest_confidence|array|view)=(\(\w+, \w+\))?(?=(.))"
)


def _with_options(error: BaseException) -> str:
    """Return an error message in which Python arguments are replaced by command-line options."""

    def option(found: re.Match[str]) -> str:
        name = "size" if found[1] == "resolution_wh" else found[1].replace("_", "-")
        if found[2]:
            return f"--{name} WIDTHxHEIGHT"
        return f"--{name}{'' if found[3] in ',.; ' else ' '}"

    return _ARGUMENT.sub(option, str(error))


def _refusing(
    run: Callable[[argparse.Namespace], int],
) -> Callable[[argparse.Namespace], int]:
    def command(given: argparse.Namespace) -> int:
        try:
            return run(given)
        except KneeposeError as error:
            raise KneeposeError(_with_options(error)) from None

    return command


def _say_failed(failed: list[tuple[Path, str]]) -> None:
    for path, text in failed:
        say_error(text if text.startswith(path.name) else f"{path.name}: {text}")


def _files(path: Path) -> list[Path] | None:
    """Return the files of a folder of recordings; None for a file or a folder of JSON frames."""
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
    """Return the results by file, and the error messages of the files that cannot be read."""
    found: list[tuple[Path, Any]] = []
    failed: list[tuple[Path, str]] = []
    try:
        for done, path in enumerate(paths):
            progress(done, len(paths), path.name)
            try:
                found.append((path, work(path)))
            except (KneeposeError, OSError) as error:
                failed.append((path, _with_options(error)))
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
    _say_failed(failed)
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
    """Return the angles that have values, and the reason by angle for the others."""
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
    parts = [row["format"]]
    if row["content"] == "angles":
        parts += [tr("angles"), _frames(row)]
    else:
        parts += [row["skeleton"], _frames(row)]
        parts.append(tr("in pixels") if row["space"] == "image" else "3-D")
        parts += [tr(_SEEN_FROM[row["view"]])] if row["view"] else []
    bad = [tr_measured(f["measured"]) for f in row.get("findings", ()) if f["severity"] != "info"]
    return f"{path.name}: {', '.join(parts)}{'; ' if bad else ''}{', '.join(bad)}"


#: Camera view → its description.
_SEEN_FROM = {
    "front": "seen from the front",
    "back": "seen from the back",
    "left": "seen from the left",
    "right": "seen from the right",
}


def _frames(row: Mapping[str, Any]) -> str:
    said = trn("{n} frame", "{n} frames", row["frames"])
    return said if row["fps"] is None else f"{said}, {_rate(row)}"


def _rate(row: Mapping[str, Any]) -> str:
    return tr("{rate} fps", rate=_decimal(f"{row['fps']:.4g}"))


def _decimal(text: str) -> str:
    return text.replace(".", current_language().decimal)


def _words(names: Iterable[str]) -> str:
    """Return the display names of angles; angles of other programs keep their own names."""
    return ", ".join(dict.fromkeys(label_of(name).short for name in names))


def _text(path: Path, row: Mapping[str, Any]) -> str:
    content = tr("angles") if row["content"] == "angles" else tr("keypoints")
    lines = [f"{path.name}: {row['format']}, {content}"]
    rate = "" if row["fps"] is None else f" ({_rate(row)})"
    lines.append(
        trn(
            "time: {n} frame over {seconds} s{rate}", "time: {n} frames over {seconds} s{rate}",
            row["frames"], seconds=_decimal(f"{row['duration_s']:.2f}"), rate=rate,
        )
    )  # fmt: skip
    if row["content"] == "keypoints":
        lines += _about_keypoints(row)
    lines.append(tr("measurable: {angles}", angles=_words(row["measurable"]) or tr("nothing")))
    by_reason: dict[str, list[str]] = {}
    for name, reason in row["refused"].items():
        by_reason.setdefault(reason, []).append(name)
    lines += [
        tr(
            "not measurable: {angles}. {why}",
            angles=_words(names), why=tr(Validity(reason).sentence),
        )
        for reason, names in by_reason.items()
    ]  # fmt: skip
    return "\n  ".join(lines)


#: Names of skeletons that are built from the keypoint names in a file.
_OWN: Final = ("file", "named")


def _about_keypoints(row: Mapping[str, Any]) -> list[str]:
    many = row["persons"]
    lines = [tr("persons: up to {n} at once", n=many) if many > 1 else tr("persons: 1")]
    legs = [name for name in row["landmarks"] if re.search("hip|knee|ankle|heel|toe", name)]
    lines.append(
        tr(
            "skeleton: {skeleton}, {n} landmarks of the legs",
            skeleton=tr("named by the file") if row["skeleton"] in _OWN else row["skeleton"],
            n=len(legs),
        )
    )  # fmt: skip
    if row["space"] == "world":
        space = tr("space: 3-D in m, {axis} up", axis=row["up"])
        lines.append(space + (f", {tr('depth estimated')}" if row["depth"] == "estimated" else ""))
    else:
        size = "" if row["resolution_wh"] is None else " {}×{}".format(*row["resolution_wh"])
        lines.append(tr("space: image in pixels{size}", size=size))
    lines.append(
        tr("missing keypoints: {percent} %", percent=_decimal(f"{100 * row['missing']:.1f}"))
    )
    if row["space"] == "image":
        view = row["view"]
        lines.append(tr(_SEEN_FROM[view]) if view else tr("view: not known; pass --view"))
    lines += [
        f"{tr(_SEVERITY[one['severity']])}: {tr_measured(one['measured'])}. "
        f"{tr(one['remedy'])}".rstrip()
        for one in row["findings"]
    ]
    if not row["findings"]:
        lines.append(tr("quality: nothing found that forbids measuring"))
    return lines


#: Severity of a finding → its display text.
_SEVERITY = {"info": "note", "warn": "warning", "refuse": "not usable"}


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
    say(
        tr(
            "{n} of {all} files written to {folder}",
            n=len(found), all=len(paths), folder=given.target,
        )
    )  # fmt: skip
    _say_failed(failed)
    return BAD_INPUT if failed else OK


def _written(source: Path, target: Path, options: Options) -> Path:
    return load(source, options)[1].save(target)
