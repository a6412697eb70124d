"""Tests of archive statistics against single recordings and simulated people."""

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
    def values(name: str) -> Any:
        found = np.full((PEOPLE, 2, 2), np.nan)
        for person, leg, day in np.ndindex(found.shape):
            side = ("left", "right")[leg]
            one = analyses.get(f"P{person:06d}-{day}-{side}")
            if one is not None and name in one.measures:
                found[person, leg, day] = one.measures[name].mean
        return found

    for given in ({}, {"sessions": ["0", "1"]}):
        found = kp.archive.reliability(tables, **given)  # type: ignore[arg-type]
        assert set(found["between"]) == {"day"}
        assert {"fppa_at_bottom", "duration_s"} <= set(found["measure"])
        for number, name in enumerate(found["measure"]):
            one = kp.arrays.day_error(values(name))
            assert found["people"][number] == one.people
            assert found["legs"][number] == np.isfinite(values(name)).all(2).sum()
            assert found["freedom"][number] == pytest.approx(one.freedom)
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
        # The limit is Student's quantile for two verdicts, with a baseline of one or two days.
        assert found["beyond"][number] == (
            abs(found["change"][number]) > found["detectable"][number]
        )
        assert 2.2 * sem * np.sqrt(1.5) < found["detectable"][number] < 2.4 * sem * np.sqrt(2.0)
    for truth, found_errors in errors.items():
        standard = np.std(found_errors) / np.sqrt(len(found_errors))
        # A bias of up to 0.5° comes from segment lengths that differ from those assumed by the
        # truth.
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
    """With fewer than five degrees of freedom there is no detectable change, as in a history and in
    a study.
    """
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


def table_of(values: Any, folder: Path) -> Path:
    """Write the tables of a measure as `analyze` does, from values (people, legs, days)."""
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    places = [at for at in np.ndindex(values.shape) if np.isfinite(values[at])]
    alike = {"exercise": EXERCISE, "measure": MEASURE, "unit": "deg"} | dict.fromkeys(
        ("estimator", "model_hash", "method_hash"), "one"
    )
    columns = {name: [text] * len(places) for name, text in alike.items()} | {
        "subject": [f"P{person}" for person, _, _ in places],
        "side": [("left", "right")[leg] for _, leg, _ in places],
        "date": [f"2026-03-0{day + 1}" for _, _, day in places],
        "session": [str(day) for _, _, day in places],
        "counted": [True] * len(places),
        "value": [float(values[at]) for at in places],
    }
    (folder / "measures").mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table(columns), folder / "measures" / "part.parquet")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("shared", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("lacking", [0, 4])
def test_legs_of_one_person_are_not_independent(
    shared: float, lacking: int, tmp_path: Path
) -> None:
    """The 95 % interval contains the true error often enough: 12 people, some with one leg."""
    rng, sem, runs = np.random.default_rng(8), 3.0, 500
    errors = np.linalg.cholesky(np.array([[1.0, shared], [shared, 1.0]])).T
    inside = independent = 0
    for _ in range(runs):
        values = 6.0 * rng.normal(size=(12, 2, 1)) + rng.normal(0, 0.5, (1, 1, 2))
        values = values + sem * (rng.normal(size=(12, 2, 2)) @ errors).transpose(0, 2, 1)
        for person in range(lacking):
            values[person, person % 2] = np.nan
        found = kp.archive.reliability(table_of(values, tmp_path))
        inside += found["sem_low"][0] <= sem <= found["sem_high"][0]
        rows = kp.arrays.reliability(values.reshape(-1, 2))
        independent += rows.sem_ci[0] <= sem <= rows.sem_ci[1]
    assert inside >= 0.93 * runs
    if shared > 0.9 and not lacking:
        assert independent < 0.91 * runs, "legs as independent rows would do"


def test_the_error_of_one_person_holds_what_both_legs_share(tmp_path: Path) -> None:
    """With one person, a daily shift of both legs (a new camera set-up) is error, not bias."""
    rng, found, freedom = np.random.default_rng(9), [], []
    for _ in range(200):
        values = rng.normal(0, 6, (1, 2, 1)) + rng.normal(0, 3, (1, 1, 6)) + np.zeros((1, 2, 6))
        table = table_of(values + rng.normal(0, 0.5, (1, 2, 6)), tmp_path)
        own = kp.archive.reliability(table, by_subject=True)
        freedom.append(own["freedom"][0])
        found.append(own["sem"][0] ** 2)
    assert np.sqrt(np.mean(found)) == pytest.approx(np.sqrt(3**2 + 0.5**2), rel=0.06)
    # Two fully correlated legs on six days have the five degrees of freedom of one leg.
    assert min(freedom) >= 5.0 - 1e-9
    assert np.median(freedom) < 5.5
