"""Tests that a foreign study folder is read or refused and gives access to no other file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import kneepose as kp
from kneepose.app.rating import RatingServer
from kneepose.study import Study, read_study
from kneepose.study.protocol import write_protocol
from tests.support.quick_folder import quick_folder
from tests.support.seeds import SEEDS, law

SQUAT = kp.sample("squat")
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 1e308, 10**30, 10**400, "", "P1", "left", "x" * 3000, "../../../etc/passwd",
    "/etc/passwd", "\0", "a\nb", "squat", "clamshell", [], [1], {}, {"a": 1}, "\ud800", float("nan"),
    float("inf"),
)  # fmt: skip
LISTS = ("study.json", "entries.jsonl", "ratings.jsonl")


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Path, dict[str, str]]]:
    with quick_folder() as folder:
        study = Study.new(folder / "s", "squat", camera="front")
        clip = folder / "c.mp4"
        clip.write_bytes(b"a clip")
        for n in range(6):
            study.add(SQUAT[n : 400 - n], person=f"P{1 + n // 2}", day=1 + n % 2, clip=clip)
        for entry in study.entries():
            study.rate("R1", entry.clip, {"grade": 1})
        study.report().save(folder / "result.json")
        files = [*(f"s/{name}" for name in LISTS), "result.json"]
        yield folder, {name: (folder / name).read_text("utf-8") for name in files}


def changed(rng: np.random.Generator, value: Any) -> Any:
    if rng.uniform() < 0.08:
        return VALUES[int(rng.integers(len(VALUES)))]
    if isinstance(value, dict):
        return {k: changed(rng, v) for k, v in value.items() if rng.uniform() > 0.02}
    return [changed(rng, one) for one in value] if isinstance(value, list) else value


def used(folder: Path) -> None:
    """Call everything that reads the folder."""
    study = Study(folder / "s")
    repr(study), study.ratings(), write_protocol(study, folder / "sheet.html")
    study.report()
    server = RatingServer(study, "R1")
    try:
        server.data(), server.actions()["/state"]({}), server.page("nonce")
        kept = server.file("1").path
        assert kept.resolve().parent == (folder / "s" / "clips").resolve()
    finally:
        server.close()


@pytest.mark.slow
@law(150)
@given(SEEDS)
def test_a_changed_file_is_read_or_refused(place: tuple[Path, dict[str, str]], seed: int) -> None:
    pytest.importorskip("jinja2")
    folder, files = place
    rng = np.random.default_rng(seed)
    one = list(files)[int(rng.integers(len(files)))]
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    lines = files[one].splitlines() if one.endswith("jsonl") else [files[one]]
    text = "\n".join(json.dumps(changed(rng, json.loads(line))) for line in lines)
    (folder / one).write_text(text, "utf-8")
    try:
        if one == "result.json":
            repr(read_study(folder / one)), kp.study.pool([folder / one, read_study(folder / one)])
        else:
            used(folder)
    except kp.KneeposeError as error:
        assert len(str(error)) > 20  # noqa: PT017


def test_the_line_that_is_damaged_is_named(place: tuple[Path, dict[str, str]]) -> None:
    folder, files = place
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    lines = files["s/entries.jsonl"].splitlines()
    outside = json.loads(lines[2]) | {"clip": "../../../etc/passwd"}
    (folder / "s" / "entries.jsonl").write_text(
        "\n".join([*lines[:2], json.dumps(outside), lines[2]])
    )
    with pytest.raises(kp.errors.FormatError, match=r"entries\.jsonl, line 3, is damaged"):
        Study(folder / "s").entries()


def test_what_cannot_be_analyzed_is_not_added(tmp_path: Path) -> None:
    study = Study.new(tmp_path / "s", "squat", camera="front")
    with pytest.raises(kp.KneeposeError, match=r"^P1, day 1, both: .*conditioned already"):
        study.add(SQUAT.conditioned(), person="P1", day=1)
    with pytest.raises(kp.KneeposeError, match="there is no clip"):
        study.add(SQUAT, person="P1", day=1, clip=tmp_path / "absent.mp4")
    assert study.entries() == []
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["study.json"]


def test_no_page_takes_the_place_of_a_study(place: tuple[Path, dict[str, str]]) -> None:
    pytest.importorskip("jinja2")
    folder, files = place
    for name in ("s/study.json", "s/entries.jsonl", "s/ratings.jsonl"):
        (folder / name).write_text(files[name], "utf-8")
        with pytest.raises(kp.KneeposeError, match="would be lost"):
            kp.guide("squat").to_html(folder / name)
        assert (folder / name).read_text("utf-8") == files[name]


def test_a_camera_in_half_a_character_makes_no_study(tmp_path: Path) -> None:
    with pytest.raises(kp.KneeposeError, match="half a character"):
        Study.new(tmp_path / "s", "squat", camera="front \udce9")
    assert not (tmp_path / "s").exists()
