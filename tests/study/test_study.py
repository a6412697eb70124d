"""Tests of a simulated study from recordings to its file, and of that file in `compare` and
`trend`.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.cli import main
from kneepose.study import Study, StudyResult, pool, read_study
from tests.support.real_people import THERE, people
from tests.support.weeks import squats

pytestmark = pytest.mark.slow
PEOPLE = [f"P{n}" for n in range(1, 7)]
SEM = 3.0
CAMERA = "motion capture, walkway"


def clip_of(folder: Path, name: str) -> Path:
    path = folder / f"{name}.mp4"
    path.write_bytes(name.encode())
    return path


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study of six people, two days and two legs; a between-day error of 3° moves the knee
    sideways.
    """
    place = tmp_path_factory.mktemp("study")
    found = Study.new(place / "squats", "single_leg_squat", camera=CAMERA, people=6)
    rng = np.random.default_rng(3)
    for person in PEOPLE:
        of_person = {side: rng.normal(0, 5) for side in ("left", "right")}
        for day in (1, 2):
            for side in ("left", "right"):
                shift = of_person[side] + rng.normal(0, SEM)
                source = squats(side, shift_deg=shift, seed=int(rng.integers(1e6)))[:860]
                clip = clip_of(place, f"{person}{day}{side}")
                found.add(source, person=person, day=day, leg=side, clip=clip)
    return found


@pytest.fixture(scope="module")
def result(study: Study) -> StudyResult:
    rng = np.random.default_rng(4)
    for rater in ("R1", "R2"):
        for entry in study.entries():
            grade = min(2, max(0, PEOPLE.index(entry.person) // 2 + int(rng.integers(0, 3) == 2)))
            study.rate(rater, entry.clip, {"grade": grade, "knee_inward": int(grade > 0)})
    return study.report()


def test_the_true_error_is_inside(result: StudyResult) -> None:
    lead = result["fppa_at_60"]
    assert result.leads[0] == "fppa_at_60"
    assert lead.sem_ci[0] < SEM < lead.sem_ci[1]
    assert lead.people == 6
    assert 5 <= lead.freedom <= 10
    assert result.between == "day"
    assert result.set_up["camera"] == CAMERA


def test_few_people_are_said(study: Study, result: StudyResult, tmp_path: Path) -> None:
    assert result.notes[0].startswith("Few people: 6. The true error may be")
    small = Study.new(tmp_path / "small", "single_leg_squat", camera=CAMERA)
    with pytest.raises(kp.KneeposeError, match=r"^0 people have all 2 days"):
        small.report()
    for entry in study.entries():
        if entry.person in PEOPLE[:2]:
            where = {"person": entry.person, "day": entry.day, "leg": entry.leg}
            small.add(study._folder.recording(entry), **where)  # type: ignore[arg-type]
    found = small.report()
    assert found.notes[0].startswith("Too few people: 2.")
    assert found.mdc == {}
    assert "fppa_at_60" in repr(found)


def test_raters_agree_and_kneepose_with_them(result: StudyResult) -> None:
    assert result.raters == 2
    grade, knee = result.agreement["grade"], result.agreement["knee_inward"]
    assert grade.humans_clips == 24
    assert 0.3 < grade.humans < 1.0
    assert np.isfinite(grade.humans_ci).all()
    assert -1 <= grade.kneepose <= 1
    assert np.isnan(result.agreement["trunk_lean"].humans), "nobody answered it"
    assert knee.title == "Knee inward"


def test_the_file_names_nobody(study: Study, result: StudyResult, tmp_path: Path) -> None:
    path = result.save(tmp_path / "result.json")
    text = path.read_text(encoding="utf-8")
    assert len(text) < 60_000
    hashes = [entry.recording for entry in study.entries()]
    for word in (*PEOPLE, "R1", "R2", *hashes, *(e.clip for e in study.entries()), "coordinates"):
        assert word not in text, word
    assert result.file_hash is None
    assert read_study(path) == result
    assert StudyResult.from_dict(json.loads(text)) == result
    damaged = tmp_path / "damaged.json"
    damaged.write_text(text[:500], encoding="utf-8")
    with pytest.raises(kp.errors.FormatError, match=r"damaged\.json is no result of a study"):
        read_study(damaged)


def analyzed(day: str, shift: float, **changes: Any) -> kp.analysis.Analysis:
    source = squats("right", shift_deg=shift, seed=9)[:860].labeled(date=day)
    return kp.analyze(source._replace(**changes), "single_leg_squat", side="right")


def test_compare_takes_the_file_for_a_change_between_days(
    result: StudyResult, tmp_path: Path
) -> None:
    path = result.save(tmp_path / "result.json")
    limit = result["fppa_at_60"].mdc
    for change, verdict in ((limit + 4, "different"), (limit - 4, "no_detectable_difference")):
        first = analyzed("2026-01-05", change / 2)
        both = kp.compare(first, analyzed("2026-03-05", -change / 2), mdc=path)
        assert both["fppa_at_60"].basis == "study"
        assert both["fppa_at_60"].verdict == verdict
        assert "test-retest study of other people" in both.methods()
    same_day = kp.compare(first, analyzed("2026-01-05", 5.0), mdc=result)
    assert same_day["fppa_at_60"].basis == "borrowed"
    assert any("This comparison needs the error within a session" in n for n in same_day.notes)


def test_the_command_compare_takes_the_file(
    result: StudyResult, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, change = result.save(tmp_path / "result.json"), result["fppa_at_60"].mdc + 4
    for day, shift in (("2026-01-05", change / 2), ("2026-03-05", -change / 2)):
        source = squats("right", shift_deg=shift, seed=9)[:860].labeled(date=day)
        source.save(tmp_path / f"{day}.npz")
    two = [str(tmp_path / f"{day}.npz") for day in ("2026-01-05", "2026-03-05")]
    asked = ["compare", *two, "--exercise", "single_leg_squat", "--sides", "right", "right"]
    assert main([*asked, "--mdc", str(path)]) == 0
    assert "more than the detectable change of" in capsys.readouterr().out
    assert main([*asked, "--mdc", two[0]]) == 3
    assert "is no result of a study" in capsys.readouterr().err


def test_an_unlike_set_up_is_refused_with_a_reason(result: StudyResult) -> None:
    slow = [
        analyzed("2026-01-05", 0.0, estimator="other"),
        analyzed("2026-03-05", 9.0, estimator="other"),
    ]
    both = kp.compare(*slow, mdc=result)
    assert both["fppa_at_60"].basis == "borrowed"
    (note,) = [note for note in both.notes if "is not used" in note]
    assert "The pose estimator differs" in note


def test_pooling_joins_files_and_refuses_unlike_ones(result: StudyResult, tmp_path: Path) -> None:
    data = result.to_dict()
    for one in data["measures"].values():
        one["sem"] *= 1.3
    other = StudyResult.from_dict(data)
    both = pool([result, other.save(tmp_path / "other.json")])
    assert both.studies == 2
    assert both.people == 12
    a, b, c = (one["fppa_at_60"] for one in (result, both, other))
    assert a.sem < b.sem < c.sem
    assert b.freedom > 5
    assert "pooled by random effects" in repr(both)
    with pytest.raises(kp.KneeposeError, match="study 2 is given twice"):
        pool([result, result])
    with pytest.raises(kp.KneeposeError, match="study 1 is pooled already"):
        pool([both, other])
    data["set_up"]["skeleton"] = "coco17"
    with pytest.raises(kp.KneeposeError, match="The skeleton differs"):
        pool([result, StudyResult.from_dict(data)])


def test_what_does_not_belong_is_refused(study: Study, tmp_path: Path) -> None:
    squat = kp.sample("single_leg_squat_left")[:200]
    with pytest.raises(kp.KneeposeError, match="P1, day 1, left is there already"):
        study.add(squat, person="P1", day=1, leg="left")
    first = study._folder.recording(study.entries()[0])
    with pytest.raises(kp.KneeposeError, match="is that of P1, day 1: the same keypoints"):
        study.add(first, person="P9", day=1, leg="left")
    with pytest.raises(kp.KneeposeError, match="and no name"):
        study.add(squat, person="Anna Meier", day=1, leg="left")
    with pytest.raises(kp.KneeposeError, match="day is 3"):
        study.add(squat, person="P1", day=3, leg="left")
    dated = Study.new(tmp_path / "dated", "single_leg_squat", camera="x")
    dated.add(squat.labeled(date="2026-01-05"), person="P1", day=1, leg="left")
    with pytest.raises(kp.KneeposeError, match="is it the right day"):
        dated.add(squat.labeled(date="2026-01-05"), person="P1", day=2, leg="left")
    with pytest.raises(kp.KneeposeError, match="holds something already"):
        Study.new(dated.folder, "squat", camera="x")
    with pytest.raises(kp.errors.FormatError, match="holds no study"):
        Study(tmp_path)


def test_adding_is_repeated_and_goes_on(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that was interrupted, or met a wrong file, can be repeated with more files."""
    folder = str(tmp_path / "again")
    made = Study.new(folder, "single_leg_squat", camera=CAMERA)
    entries = study.entries()[:4]
    paths = [tmp_path / f"{one.person}-day{one.day}-{one.leg}.npz" for one in entries]
    for path, entry in zip(paths, entries, strict=True):
        study._folder.recording(entry).save(path)
    assert main(["study", "add", folder, str(paths[0])]) == 0
    right = paths[1].read_bytes()
    paths[1].write_bytes(b"damaged")
    assert main(["study", "add", folder, *map(str, paths)]) == 3
    said = capsys.readouterr()
    assert paths[1].name in said.err
    assert said.out.count("there already") == 1
    assert len(made.entries()) == 3
    paths[1].write_bytes(right)
    before = (Path(folder) / "entries.jsonl").read_bytes()
    assert main(["study", "add", folder, *map(str, paths)]) == 0
    assert capsys.readouterr().out.count("there already") == 3
    assert len(made.entries()) == 4
    assert (Path(folder) / "entries.jsonl").read_bytes().startswith(before)
    # A different recording of the same day and leg is still refused.
    study._folder.recording(study.entries()[6]).save(paths[0])
    assert main(["study", "add", folder, str(paths[0])]) == 3
    assert "is there already" in capsys.readouterr().err


def test_what_is_replaced_leaves_no_file_behind(tmp_path: Path) -> None:
    found = Study.new(tmp_path / "s", "single_leg_squat", camera="x")
    source = kp.sample("single_leg_squat_left")
    of = {"person": "P1", "day": 1, "leg": "left"}
    first = found.add(source[:300], **of, clip=clip_of(tmp_path, "a"))
    other = found.add(source[:400], person="P1", day=2, leg="left", clip=clip_of(tmp_path, "b"))
    found.rate("R1", first.clip, {"grade": 2})
    second = found.add(source[:350], **of, clip=clip_of(tmp_path, "c"), replace=True)
    files = {path.name for path in found.folder.rglob("*") if path.is_file()}
    assert {f"{one.recording}.npz" for one in (second, other)} == {
        name for name in files if name.endswith(".npz")
    }
    assert {second.clip, other.clip} == {name for name in files if name.endswith(".mp4")}
    assert found.add(source[:350], **of) == second
    assert found.clip(second).exists()


@pytest.mark.parametrize(
    "given", [["--person", "P2"], ["--day", "2"], ["--leg", "right"]], ids=lambda given: given[0]
)
def test_a_name_and_an_option_that_disagree_are_refused(
    given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Study.new(tmp_path / "s", "single_leg_squat", camera=CAMERA)
    path = tmp_path / "P1-day1-left.npz"
    kp.sample("single_leg_squat_left")[:300].save(path)
    assert main(["study", "add", str(made.folder), str(path), *given]) == 3
    assert "P1-day1-left.npz says" in capsys.readouterr().err
    assert not made.entries()


def test_another_exercise_or_leg_than_planned_is_refused(tmp_path: Path) -> None:
    squats = kp.sample("squat").labeled(exercise="squat")
    one_leg = Study.new(tmp_path / "one", "single_leg_squat", camera=CAMERA)
    with pytest.raises(kp.KneeposeError, match="of 'squat', the study of 'single_leg_squat'"):
        one_leg.add(squats, person="P1", day=1, leg="left")
    both = Study.new(tmp_path / "both", "squat", camera=CAMERA)
    with pytest.raises(kp.KneeposeError, match="of both legs"):
        both.add(squats, person="P1", day=1, leg="left")
    assert both.add(squats, person="P1", day=1).leg == "both"


def test_what_is_kept_is_measured_alike(tmp_path: Path) -> None:
    made = Study.new(tmp_path / "level", "single_leg_squat", camera="x")
    meta = {"assumed_level_camera": True, "title": "Anna"}
    source = kp.sample("single_leg_squat_left")[:300]._replace(meta=meta, subject="Anna")
    kept = made._folder.recording(made.add(source, person="P1", day=1, leg="left"))
    assert (dict(kept.meta), kept.subject) == ({"assumed_level_camera": True}, None)


def test_a_half_line_loses_nothing_that_was_acknowledged(study: Study) -> None:
    path = study.folder / "ratings.jsonl"
    whole, entry = path.read_bytes() if path.exists() else b"", study.entries()[0]
    try:
        study.rate("R7", entry.clip, {"grade": 1})
        path.write_bytes(path.read_bytes() + b'{"rater": "R8", "cl')
        study.rate("R9", entry.clip, {"grade": 2})
        raters = {row["rater"] for row in study.ratings()}
        assert {"R7", "R9"} <= raters
        assert "R8" not in raters
    finally:
        path.write_bytes(whole)


def test_raters_at_once_and_killed_lose_nothing_acknowledged(study: Study) -> None:
    path = study.folder / "ratings.jsonl"
    whole = path.read_bytes() if path.exists() else b""
    code = (
        "import sys; from kneepose.study import Study; study = Study(sys.argv[1])\n"
        "for n in range(10000):\n"
        "    study.rate(f'{sys.argv[2]}{n}', sys.argv[3], {'grade': n % 3}); print(n, flush=True)"
    )
    asked = [sys.executable, "-c", code, str(study.folder)]
    raters = {
        letter: subprocess.Popen(
            [*asked, letter, study.entries()[0].clip], stdout=subprocess.PIPE, text=True
        )
        for letter in ("A", "B")
    }
    try:
        for rater in raters.values():
            assert rater.stdout is not None
            for _ in range(20):
                rater.stdout.readline()
        said = {}
        for letter, rater in raters.items():
            rater.kill()
            rest, _ = rater.communicate()
            said[letter] = 20 + len(rest.split())
        known = {row["rater"]: row["answers"]["grade"] for row in study.ratings()}
        for letter, count in said.items():
            assert all(known[f"{letter}{n}"] == n % 3 for n in range(count)), letter
    finally:
        path.write_bytes(whole)


def test_the_commands(study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("jinja2")
    folder = str(tmp_path / "again")
    made = ["study", "new", folder, "--exercise", "single_leg_squat", "--camera", CAMERA]
    assert main([*made, "--people", "2"]) == 0
    sheet = (tmp_path / "again" / "protocol.html").read_text(encoding="utf-8")
    assert all(
        f"P{n}-day{day}-{leg}" in sheet
        for n in (1, 2)
        for day in (1, 2)
        for leg in ("left", "right")
    )
    paths = []
    for entry in study.entries()[:8]:
        path = tmp_path / f"{entry.person}-day{entry.day}-{entry.leg}.npz"
        study._folder.recording(entry).save(path)
        paths.append(str(path))
    assert main(["study", "add", folder, *paths]) == 0
    assert "8 of 8 recordings" in capsys.readouterr().out
    assert main(["study", "report", folder, "--out", str(tmp_path / "r.json")]) == 0
    told = capsys.readouterr().out
    assert "Too few people: 2." in told
    assert "Next: add people" in told
    assert "kneepose compare" not in told
    assert read_study(tmp_path / "r.json").people == 2
    wrong = tmp_path / "squat.npz"
    study._folder.recording(study.entries()[0]).save(wrong)
    assert main(["study", "add", folder, str(wrong)]) == 3
    assert "does not say whose clip it is" in capsys.readouterr().err


def test_people_without_a_value_are_not_counted(study: Study, tmp_path: Path) -> None:
    """For two of six people the second day has a single repetition, so they are not counted."""
    short = Study.new(tmp_path / "short", "single_leg_squat", camera=CAMERA)
    for entry in study.entries():
        source = study._folder.recording(entry)
        if entry.day == 2 and entry.person in PEOPLE[:2]:
            source = source[:240]
        short.add(source, person=entry.person, day=entry.day, leg=entry.leg)
    found = short.report()
    assert found["fppa_at_60"].people == 4
    assert found.notes[0].startswith(("Few people: 4.", "Too few people: 4."))
    assert "2 of 6 people have no value of the leading measure" in found.notes[1]


@pytest.mark.data
def test_halves_of_sets_of_real_people(tmp_path: Path) -> None:
    """Real keypoints pass through a whole study.

    Halves of one set serve as days, so the errors have no meaning.
    """
    if not THERE:
        pytest.skip("the recordings of real people are not here: ../shared/data/real-people")
    made = Study.new(tmp_path / "real", "squat", camera="Kinect v2")
    squatters = (g for g in people() if g.row.get("exercise") == "squat" and "kimore" in g.name)
    for number, given in enumerate(itertools.islice(squatters, 12), start=1):
        recording = given.recording()
        half = len(recording.times) // 2
        for day, part in ((1, recording[:half]), (2, recording[half:])):
            made.add(part, person=f"P{number}", day=day)
    found = made.report()
    assert found.people == 12
    assert found.set_up["skeleton"] == "kinect25"
    assert any("people have no value of the leading measure" in note for note in found.notes)
    assert 0 < found["duration_s"].sem < 0.5
