"""Statistics over tables: those of the recordings one by one, and what is true of made people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.errors import KneeposeError, UnknownNameError
from tools.pages import archive_people

pytest.importorskip("pyarrow")
pytestmark = pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
MEASURE = "fppa_at_bottom"
EXERCISE = "single_leg_squat"
PEOPLE = 6


@pytest.fixture(scope="module")
def recordings() -> dict[str, kp.Recording]:
    made = archive_people.in_picture(PEOPLE * 2 * len(archive_people.DAYS))
    return {name: recording for name, recording in made if not recording.meta["spoiled"]}


@pytest.fixture(scope="module")
def tables(recordings: dict[str, kp.Recording], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("statistics")
    kp.archive.write(recordings, folder / "in", part_bytes=1_000_000)
    kp.archive.analyze(folder / "in", folder / "out")
    return folder / "out"


@pytest.fixture(scope="module")
def analyses(recordings: dict[str, kp.Recording]) -> dict[str, Any]:
    return {
        name: kp.analyze(recording, EXERCISE, side=recording.side)
        for name, recording in recordings.items()
    }


def test_reliability_is_that_of_the_analyses(tables: Path, analyses: dict[str, Any]) -> None:
    legs = [
        [analyses.get(f"P{number:06d}-{session}-{side}") for session in (0, 1)]
        for number in range(PEOPLE)
        for side in ("left", "right")
    ]
    whole = [leg for leg in legs if None not in leg]
    expected = kp.reliability(list(zip(*whole, strict=True)), between="day")
    for given in ({}, {"sessions": ["0", "1"]}):
        found = kp.archive.reliability(tables, **given)  # type: ignore[arg-type]
        assert set(found["between"]) == {"day"}
        assert {"fppa_at_bottom", "duration_s"} <= set(found["measure"])
        for number, name in enumerate(found["measure"]):
            one = expected[name]
            assert found["legs"][number] == one.subjects
            assert found["sem"][number] == pytest.approx(one.sem, rel=1e-12)
            assert found["icc"][number] == pytest.approx(one.icc, rel=1e-12, nan_ok=True)
            assert found["mdc"][number] == pytest.approx(one.mdc, rel=1e-12, nan_ok=True)


def test_own_reliability_takes_all_days_of_both_legs(tables: Path) -> None:
    found = kp.archive.reliability(tables, measures=[MEASURE], by_subject=True)
    assert len(set(found["subject"])) == len(found["subject"]) == PEOPLE
    assert set(found["occasions"]) <= {2, 3, 4}
    assert 4 in found["occasions"]


def test_sides_are_those_of_the_analyses(tables: Path, analyses: dict[str, Any]) -> None:
    found = kp.archive.sides(tables, measures=[MEASURE])
    assert len(found["subject"]) > 10
    for number, subject in enumerate(found["subject"]):
        of = {
            side: analyses[f"{subject}-{found['session'][number]}-{side}"].measures[MEASURE]
            for side in ("left", "right")
        }
        left, right = (
            of[side].values[of[side].full & np.isfinite(of[side].values)]
            for side in ("left", "right")
        )
        expected = kp.arrays.mean_difference(left, right)
        row = [found[name][number] for name in ("difference", "low", "high")]
        np.testing.assert_allclose(row, expected, rtol=1e-12)
        assert found["n_left"][number] == len(left)


def planted(side: str, subject: str) -> float:
    trained = int(subject[1:]) % 2 == 1 and side == "right"
    return -archive_people.LESS_DEG if trained else 0.0


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trends")
    kp.archive.write(archive_people.in_picture(60 * 8, seed=5), folder / "in")
    kp.archive.analyze(folder / "in", folder / "out")
    return folder / "out"


def test_a_planted_change_is_found_and_none_is_invented(many: Path) -> None:
    own = kp.archive.reliability(many, measures=[MEASURE])
    found = kp.archive.trends(many, measures=[MEASURE], own=own)
    (sem,), (freedom,) = own["sem"], own["freedom"]
    assert freedom > 80
    errors: dict[float, list[float]] = {0.0: [], -archive_people.LESS_DEG: []}
    for number, subject in enumerate(found["subject"]):
        truth = planted(found["side"][number], subject)
        errors[truth].append(found["change"][number] - truth)
        # Student's quantile for two legs, against the mean of one or two days.
        assert found["beyond"][number] == (
            abs(found["change"][number]) > found["detectable"][number]
        )
        assert 2.2 * sem * np.sqrt(1.5) < found["detectable"][number] < 2.4 * sem * np.sqrt(2.0)
    for truth, found_errors in errors.items():
        standard = np.std(found_errors) / np.sqrt(len(found_errors))
        # Half of a degree: thigh and shank are not of the length that the truth assumes.
        assert abs(np.mean(found_errors)) < 0.5 + 3.0 * standard, truth
    changed = found["verdict"] == "changed"
    truths = np.array([planted(*leg) for leg in zip(found["side"], found["subject"], strict=True)])
    assert changed[truths == 0.0].mean() < 0.05
    assert changed[truths != 0.0].mean() > 0.05
    unjudged = kp.archive.trends(many, measures=[MEASURE])
    assert set(unjudged["verdict"]) == {"not_judged"}
    np.testing.assert_array_equal(unjudged["change"], found["change"])


def test_what_is_wrong_is_said(tables: Path, tmp_path: Path) -> None:
    with pytest.raises(KneeposeError, match="no tables of an archive"):
        kp.archive.sides(tmp_path)
    with pytest.raises(UnknownNameError, match="fppa_at_bottom"):
        kp.archive.sides(tables, measures=["fppa_at_botom"])
    with pytest.raises(KneeposeError, match="give a list"):
        kp.archive.sides(tables, measures=MEASURE)
    own = kp.archive.reliability(tables, measures=[MEASURE])
    with pytest.raises(KneeposeError, match="reliability returned"):
        kp.archive.trends(tables, own={"measure": own["measure"]})
    with pytest.raises(KneeposeError, match="measures is empty"):
        kp.archive.reliability(tables, measures=[])
    same_day = own | {"between": np.array(["session"])}
    with pytest.raises(KneeposeError, match="different days"):
        kp.archive.trends(tables, own=same_day)
    kp.archive.write({"nobody": kp.sample("squat")}, tmp_path / "in")
    kp.archive.analyze(tmp_path / "in", tmp_path / "out", exercise="squat")
    with pytest.raises(KneeposeError, match="names its subject"):
        kp.archive.sides(tmp_path / "out")


@pytest.mark.parametrize("freedom", [1, 4, 5])
def test_an_error_of_few_judges_nothing(tables: Path, freedom: int) -> None:
    """Below five degrees of freedom there is no detectable change, as in a history and in a study."""
    own = kp.archive.reliability(tables, measures=[MEASURE])
    few = own | {"freedom": np.full(len(own["freedom"]), freedom), "between": np.array(["day"])}
    found = kp.archive.trends(tables, measures=[MEASURE], own=few)
    judged = freedom >= 5
    assert len(found["verdict"])
    assert (np.isfinite(found["detectable"]) == judged).all()
    assert ((found["verdict"] != "not_judged") == judged).all()
    assert judged or not found["beyond"].any()


def days(*days_of: str) -> Iterator[tuple[str, kp.Recording]]:
    squat = kp.sample("single_leg_squat_left")
    for number, date in enumerate(days_of):
        yield (
            str(number),
            squat.labeled(
                subject="P1", date=date, session=str(number), side="left", exercise=EXERCISE
            ),
        )


def test_sessions_of_one_day_are_no_error_of_days(tmp_path: Path) -> None:
    kp.archive.write(days("2026-03-01", "2026-03-01"), tmp_path / "in")
    kp.archive.analyze(tmp_path / "in", tmp_path / "out")
    found = kp.archive.reliability(tmp_path / "out", measures=["duration_s"])
    assert (found["between"].tolist(), found["legs"].tolist()) == (["session"], [1])


def test_polars_and_duckdb_take_them(tables: Path) -> None:
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    found = polars.DataFrame(kp.archive.sides(tables, measures=[MEASURE]))
    assert found.height > 10
    with duckdb.connect() as database:
        database.register("legs", found.to_arrow())
        ((rows,),) = database.sql("SELECT count(*) FROM legs WHERE high < 0 OR low > 0").fetchall()
    assert rows == found.filter((polars.col("high") < 0) | (polars.col("low") > 0)).height


def test_the_command_writes_them(
    recordings: dict[str, kp.Recording], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from kneepose.cli import main

    kp.archive.write(recordings, tmp_path / "in")
    call = ["batch", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--workers", "1",
            "--statistics"]  # fmt: skip
    assert main(call) == 0
    told = capsys.readouterr().out
    assert "measures that were repeated" in told
    import pyarrow.parquet as pq

    trends = pq.read_table(tmp_path / "out" / "statistics" / "trends.parquet").to_pylist()
    assert {row["side"] for row in trends} == {"left", "right"}
    assert any(row["detectable"] > 0 for row in trends)
