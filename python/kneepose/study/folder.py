"""`Folder`: files of a study, with its plan, recordings, clips and ratings."""

from __future__ import annotations

import datetime
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from kneepose.errors import FormatError, KneeposeError
from kneepose.exercises.spec import built_in
from kneepose.history.keypoints import keep
from kneepose.io import npz
from kneepose.recording.options import parse_text
from kneepose.recording.recording import Recording
from kneepose.typing import Side
from kneepose.writing import as_path, remove_unfinished, write_whole

__all__ = ["Entry", "Folder", "Plan", "parse_person", "people_of"]

_FORMAT: Final = 1
_PLAN: Final = "study.json"
#: Pattern of codes of people and raters, which become parts of file names.
_CODE: Final = re.compile(r"[A-Za-z]{0,8}[0-9]{1,4}")
#: Patterns of the file names of recordings and clips that `put` creates.
_RECORDING: Final = re.compile(r"[0-9a-f]{64}")
_SUFFIX: Final = re.compile(r"\.[a-z0-9]{1,10}")
_CLIP: Final = re.compile(rf"([0-9a-f]{{16}}({_SUFFIX.pattern})?)?")
#: Age in seconds from which a temporary file counts as abandoned; long, because clips may be large.
_UNFINISHED_S: Final = 3600.0
#: Largest planned number accepted in a file.
_MOST_PLANNED: Final = 100_000


Row = TypeVar("Row")


class Plan(NamedTuple):
    """Design of a study: exercise, people, days, legs.

    Attributes
    ----------
    exercise
        Name of a built-in exercise.
    camera
        Description of the set-up, the same for all recordings.
    people, days, reps
        Planned numbers of people and days, and of repetitions per recording.
    seed
        Random seed for the order of the clips of each rater.
    """

    exercise: str
    camera: str
    people: int
    days: int
    reps: int
    seed: int


class Entry(NamedTuple):
    """One recording of a study.

    Attributes
    ----------
    person, day, leg
        Code of the person, number of the day from 1, and side; ``"both"`` for a two-leg exercise.
    recording
        Content hash of the keypoints.
    clip
        File name of the clip in the folder; empty if there is none.
    """

    person: str
    day: int
    leg: Side | str
    recording: str
    clip: str


class Folder:
    """Files of a study: lists are append-only, and on disk when a method returns."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = as_path(path, "folder")
        self.plan = self._read_plan()

    @classmethod
    def make(cls, path: str | os.PathLike[str], plan: Plan) -> Folder:
        """Create the folder of a new study and write its plan.

        Raises
        ------
        KneeposeError
            The folder is not empty.
        """
        folder = as_path(path, "folder")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise KneeposeError(f"{folder} holds something already; give a new folder.")
        data = {"kind": "study", "format": _FORMAT, **plan._asdict()}
        text = json.dumps(data, ensure_ascii=False, indent=1)
        write_whole(folder / _PLAN, lambda file: file.write(text.encode()), private=True)
        return cls(folder)

    def _read_plan(self) -> Plan:
        path = self.path / _PLAN
        if not path.is_file():
            raise FormatError(
                f"{self.path} holds no study; begin one with `kneepose study new FOLDER` "
                "(kneepose.Study.new)."
            )
        try:
            found = json.loads(path.read_bytes())
            if found["kind"] != "study" or found["format"] != _FORMAT:
                raise ValueError("another format")
            plan = Plan(**{name: found[name] for name in Plan._fields})
            built_in(plan.exercise)
            parse_text(plan.camera, "camera").encode()
            for name in ("people", "days", "reps", "seed"):
                most = 2**32 if name == "seed" else _MOST_PLANNED
                _whole(getattr(plan, name), name, most)
            return plan
        except (ValueError, KeyError, TypeError, RecursionError, KneeposeError) as error:
            raise FormatError(f"{path} is damaged or of another kneepose ({error}).") from None

    def entries(self) -> list[Entry]:
        """Return the recordings, only the last one of several for a person, day and leg."""
        found = {entry[:3]: entry for entry in self._lines("entries.jsonl", _entry)}
        return sorted(found.values(), key=lambda one: (_order(one.person), one.day, one.leg))

    def recording(self, entry: Entry) -> Recording:
        """Return the keypoints of an entry."""
        path = self.path / "recordings" / f"{entry.recording}.npz"
        try:
            with open(path, "rb") as file:
                return npz.read(file, path.name)
        except OSError as error:
            raise FormatError(
                f"the study lists {path.name}, which cannot be read ({error.strerror}). Put the file "
                "back, or remove its line."
            ) from error

    def clip(self, entry: Entry) -> Path:
        """Return the path of the clip of an entry."""
        return self.path / "clips" / entry.clip

    def put(
        self, person: str, day: int, leg: str, recording: Recording, clip: Path | None
    ) -> Entry:
        """Store a recording without face keypoints and a copy of its clip; return the entry.

        The files of an earlier entry of this person, day and leg are removed.

        Raises
        ------
        KneeposeError
            The clip does not exist, or the keypoints are stored for another person or day.
        """
        if clip is not None and not clip.is_file():
            raise KneeposeError(f"there is no clip {clip}; give the name of a file, or none.")
        for name in ("recordings", "clips"):
            remove_unfinished(self.path / name, older_s=_UNFINISHED_S)
        kept = keep(recording, self.path / "recordings", face=False)
        for entry in self.entries():
            if entry.recording == kept and (entry.person, entry.day) != (person, day):
                raise KneeposeError(
                    f"the recording of {person}, day {day}, is that of {entry.person}, day {entry.day}: "
                    "the same keypoints. Is it the right file?"
                )
        name = ""
        if clip is not None:
            place = self.path / "clips"
            place.mkdir(mode=0o700, exist_ok=True)
            suffix = clip.suffix.lower()
            # A random name reveals nothing to a rater or in a file list.
            name = f"{secrets.token_hex(8)}{suffix if _SUFFIX.fullmatch(suffix) else ''}"
            with clip.open("rb") as film:
                write_whole(place / name, lambda to: shutil.copyfileobj(film, to), private=True)
        entry = Entry(person, day, leg, kept, name)
        before = self.entries()
        self._append("entries.jsonl", entry._asdict())
        for old in before:
            if old[:3] == entry[:3]:
                self._remove(old)
        return entry

    def _remove(self, old: Entry) -> None:
        """Remove the files of a replaced entry, unless another entry uses them."""
        now = self.entries()
        if old.recording not in {one.recording for one in now}:
            (self.path / "recordings" / f"{old.recording}.npz").unlink(missing_ok=True)
        if old.clip and old.clip not in {one.clip for one in now}:
            self.clip(old).unlink(missing_ok=True)

    def ratings(self) -> list[dict[str, Any]]:
        """Return the ratings; if a rater rated a clip several times, only the last one."""
        rows = self._lines("ratings.jsonl", _rating)
        return list({(row["rater"], row["clip"]): row for row in rows}.values())

    def rate(self, rater: str, clip: str, answers: Mapping[str, int | None]) -> None:
        """Store the answers of a rater about a clip."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        row = {"rater": rater, "clip": clip, "answers": dict(answers), "at": now}
        self._append("ratings.jsonl", row)

    def _append(self, name: str, row: Mapping[str, Any]) -> None:
        path = self.path / name
        line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
        # A single write keeps lines of two processes from mixing. A partial line left by a killed
        # process was never acknowledged; a newline before the next line terminates it.
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _BINARY, 0o600)
        try:
            size = os.lseek(handle, 0, os.SEEK_END)
            if size:
                os.lseek(handle, size - 1, os.SEEK_SET)
                line = (b"" if os.read(handle, 1) == b"\n" else b"\n") + line
            written = os.write(handle, line)
            if written < len(line):
                raise OSError(28, "No space left on device", str(path))
            os.fsync(handle)
        finally:
            os.close(handle)

    def _lines(self, name: str, parsed: Callable[[dict[str, Any]], Row]) -> Iterator[Row]:
        """Yield the entries of a list. An incomplete line was never acknowledged and is skipped.

        Raises
        ------
        FormatError
            A complete line was not written by kneepose.
        """
        path = self.path / name
        if not path.exists():
            return
        for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
            try:
                row = json.loads(line)
            except ValueError:
                continue
            try:
                yield parsed(row)
            except (ValueError, KeyError, TypeError, AttributeError, KneeposeError) as error:
                raise FormatError(
                    f"{path}, line {number}, is damaged ({type(error).__name__}: {error}); restore the "
                    "file, or remove the line."
                ) from None


def _entry(row: dict[str, Any]) -> Entry:
    entry = Entry(**{name: row[name] for name in Entry._fields})
    if entry.leg not in ("left", "right", "both"):
        raise ValueError(f"leg is {entry.leg!r}")
    if not _RECORDING.fullmatch(entry.recording) or not _CLIP.fullmatch(entry.clip):
        raise ValueError("a name of a file is none that kneepose gives")
    _whole(entry.day, "day", _MOST_PLANNED)
    return entry._replace(person=parse_person(entry.person))


def _rating(row: dict[str, Any]) -> dict[str, Any]:
    if not _CLIP.fullmatch(row["clip"]) or not isinstance(row["answers"], dict):
        raise ValueError("it names no clip, or has no answers")
    for item, answer in row["answers"].items():
        if answer is not None:
            _whole(answer, item, _MOST_PLANNED)
    return row | {"rater": parse_person(row["rater"], "rater")}


def _whole(value: Any, name: str, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(f"{name} is {value!r}"[:80])


_BINARY: Final = getattr(os, "O_BINARY", 0)


def parse_person(given: Any, what: str = "person") -> str:
    """Return a code that consists of letters and a number.

    Raises
    ------
    KneeposeError
        The value is no such code, for example a name.
    """
    text = str(given).strip()
    if not _CODE.fullmatch(text):
        raise KneeposeError(
            f"{what} is {given!r}; give a code of letters and a number, such as P1 or R2, and no name."
        )
    return text


def _order(person: str) -> tuple[str, int]:
    letters = person.rstrip("0123456789")
    return letters, int(person[len(letters) :])


def people_of(entries: Iterable[Entry]) -> list[str]:
    """Return the codes of the people in order."""
    return sorted({entry.person for entry in entries}, key=_order)
