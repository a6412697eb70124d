"""Tests of archives: nothing lost or counted twice, identical bits however they are run."""

from __future__ import annotations

import ast
import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import kneepose as kp
from kneepose.archive import TABLES
from kneepose.archive.layout import rows_of
from kneepose.cli import main
from kneepose.errors import FormatError, KneeposeError, RecordingWarning, UnknownNameError
from tests.support.quick_folder import quick_folder
from tests.support.seeds import SEEDS, law

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
pytestmark = pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")

NAMES = ("squat", "single_leg_squat_left", "clamshell", "squat_video")
ONE_EACH = 1
"""Part size that puts each recording into its own part."""


@pytest.fixture(scope="module")
def recordings() -> dict[str, kp.Recording]:
    return {name: kp.sample(name) for name in NAMES}  # type: ignore[arg-type]


@pytest.fixture
def folder(recordings: dict[str, kp.Recording], tmp_path: Path) -> Path:
    kp.archive.write(recordings, tmp_path / "in", part_bytes=ONE_EACH)
    return tmp_path / "in"


def results(out: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of all result tables, with floats as text that shows every bit."""
    tables = {name: pq.read_table(out / name) for name in TABLES}
    return {name: [{k: repr(v) for k, v in row.items()} for row in table.to_pylist()]
            for name, table in tables.items()}  # fmt: skip


def test_everything_of_a_recording_comes_back(
    recordings: dict[str, kp.Recording], tmp_path: Path
) -> None:
    squat = recordings["squat"]
    given = recordings | {
        "conditioned": squat.conditioned(),
        "mirrored": recordings["squat_video"].mirror(),
        "labeled": squat.labeled(subject="P07", session="2", date="2026-05-01", exercise="squat"),
        "uneven": kp.Recording(
            np.random.default_rng(1).normal(300, 60, (20, 17, 2)), skeleton="coco17",
            times=np.cumsum(np.random.default_rng(2).uniform(0.02, 0.05, 20)), meta={"n": 3},
        ),
    }  # fmt: skip
    kp.archive.write(given, tmp_path / "in")
    back = dict(kp.archive.read(tmp_path / "in"))
    assert list(back) == list(given)
    for name, recording in given.items():
        assert back[name] == recording, name
        assert back[name].coordinates.tobytes() == recording.coordinates.tobytes()


def test_tables_are_those_of_each_recording(
    recordings: dict[str, kp.Recording], folder: Path, tmp_path: Path
) -> None:
    done = kp.archive.analyze(folder, tmp_path / "out", exercise="squat")
    assert (done.recordings, done.measured, done.parts, done.analyzed) == (4, 2, 4, 4)
    found = results(tmp_path / "out")
    assert sorted(ast.literal_eval(row["recording"]) for row in found["recordings"]) == sorted(
        NAMES
    )
    for name, recording in recordings.items():
        both = kp.analyze_sides(recording, "squat")
        refused = [row for row in found["refusals"] if row["recording"] == repr(name)]
        expected = [("", leg.why_no_reps) for leg in both if leg.why_no_reps is not None]
        expected += [(one.measure, one.reason) for leg in both for one in leg.refused]
        assert sorted((row["measure"], row["reason"]) for row in refused) == sorted(
            (repr(measure), repr(str(reason))) for measure, reason in expected
        )
        for table in ("reps", "measures", "faults"):
            columns = getattr(kp.tables, table)(both, names=[name, name])
            expected = pa.table(dict(columns)).to_pylist()
            own = [row for row in found[table] if row["recording"] == repr(name)]
            assert own == [{k: repr(v) for k, v in row.items()} for row in expected]


def test_a_second_run_does_what_is_missing_and_no_more(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = kp.archive.analyze(folder, out, exercise="squat")
    before = results(out)
    assert kp.archive.analyze(folder, out, exercise="squat").analyzed == 0
    (out / "reps" / "part-000001.parquet").unlink()
    (out / "parts" / "part-000002.parquet.json").write_text("{", encoding="utf-8")
    assert kp.archive.analyze(folder, out, exercise="squat").analyzed == 2
    assert results(out) == before
    other = kp.archive.analyze(folder, out, exercise="single_leg_squat", side="left")
    assert (other.analyzed, other.measured) == (4, 1)
    kp.archive.write({"more": kp.sample("squat")}, folder)
    assert kp.archive.analyze(folder, out, exercise="squat").recordings == first.recordings + 1
    (folder / "part-000004.parquet").unlink()
    assert kp.archive.analyze(folder, out, exercise="squat").recordings == first.recordings
    assert results(out) == before


def test_a_damaged_recording_costs_its_row(folder: Path, tmp_path: Path) -> None:
    part = folder / "part-000000.parquet"
    rows = [row for p in sorted(folder.iterdir()) for row in pq.read_table(p).to_pylist()]
    rows[1]["header"] = "{"
    rows[2]["keypoints"] = rows[2]["keypoints"][:7]
    rows[3]["times"] = None
    pq.write_table(pa.Table.from_pylist(rows, schema=kp.archive.recording_schema()), part)
    for other in sorted(folder.iterdir())[1:]:
        other.unlink()
    done = kp.archive.analyze(folder, tmp_path / "out", exercise="squat")
    assert (done.recordings, done.measured, done.failed) == (4, 1, 3)
    table = pq.read_table(tmp_path / "out" / "recordings").to_pylist()
    assert [row["state"] for row in table][:1] == ["measured"]
    assert all(row["why"] for row in table[1:])
    refused = pq.read_table(tmp_path / "out" / "refusals").to_pylist()
    whole = {row["recording"]: row["sentence"] for row in refused if row["measure"] == ""}
    assert whole == {row["recording"]: row["why"] for row in table[1:]}


def test_a_damaged_part_is_named_and_tried_again(folder: Path, tmp_path: Path) -> None:
    part = folder / "part-000002.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[: len(whole) // 2])
    done = kp.archive.analyze(folder, tmp_path / "out", exercise="squat")
    assert list(done.unreadable) == ["part-000002.parquet"]
    assert (done.recordings, done.analyzed) == (3, 3)
    part.write_bytes(whole)
    done = kp.archive.analyze(folder, tmp_path / "out", exercise="squat")
    assert (done.recordings, done.analyzed, done.unreadable) == (4, 1, {})
    pq.write_table(pa.table({"a": [1]}), part)
    with pytest.raises(FormatError, match="no part of an archive"):
        list(kp.archive.read(folder))


def test_what_is_wrong_is_said_at_the_door(folder: Path, tmp_path: Path) -> None:
    squat = kp.sample("squat")
    with pytest.raises(KneeposeError, match="pairs of a name and a Recording"):
        kp.archive.write([squat], tmp_path / "a")  # type: ignore[list-item]
    with pytest.raises(KneeposeError, match="given twice"):
        kp.archive.write([("a", squat), ("a", squat)], tmp_path / "b")
    with pytest.raises(KneeposeError, match="already"):
        kp.archive.write({"squat": squat}, folder)
    with pytest.raises(KneeposeError, match="holds no archive"):
        kp.archive.analyze(tmp_path, tmp_path / "out")
    with pytest.raises(KneeposeError, match="over the archive"):
        kp.archive.analyze(folder, folder)
    with pytest.raises(UnknownNameError):
        kp.archive.analyze(folder, tmp_path / "out", exercise="sqaut")  # type: ignore[arg-type]
    with pytest.raises(KneeposeError, match="submit"):
        kp.archive.analyze(folder, tmp_path / "out", exercise="squat", client=3)


def test_an_empty_batch_and_rows_without_an_exercise(folder: Path) -> None:
    batch = next(pq.ParquetFile(folder / "part-000000.parquet").iter_batches())
    assert kp.archive.analyze_batch(batch.slice(0, 0)).num_rows == 0
    (row,) = kp.archive.analyze_batch(batch).to_pylist()
    assert row["state"] == "refused"
    assert "does not say it" in row["why"]
    assert rows_of(batch)[0]["recording"] == "squat"


def test_other_programs_read_the_tables(folder: Path, tmp_path: Path) -> None:
    kp.archive.analyze(folder, tmp_path / "out", exercise="squat")
    expected = len(pq.read_table(tmp_path / "out" / "reps"))
    polars = pytest.importorskip("polars")
    assert polars.read_parquet(tmp_path / "out" / "reps" / "*.parquet").height == expected
    duckdb = pytest.importorskip("duckdb")
    counted = duckdb.sql(
        f"SELECT count(*) FROM '{tmp_path}/out/reps/*.parquet' WHERE counted AND side = 'left'"
    ).fetchall()
    assert counted == [(9,)]


def test_a_part_has_the_layout_that_is_promised(
    recordings: dict[str, kp.Recording], tmp_path: Path
) -> None:
    (part,) = kp.archive.write(
        ((f"{name}-{number}", r) for number in range(40) for name, r in recordings.items()),
        tmp_path,
        part_bytes=1_000_000_000,
    )
    metadata = pq.read_metadata(part)
    assert metadata.schema.to_arrow_schema().metadata[b"kneepose_archive"] == b"1"
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [
        50,
        50,
        50,
        10,
    ]
    group = metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    encodings = {column.path_in_schema: set(column.encodings) for column in columns}
    for name in ("keypoints", "confidence", "times"):
        found = encodings[f"{name}.list.element"]
        assert "BYTE_STREAM_SPLIT" in found
        assert not {one for one in found if "DICTIONARY" in one}
    assert "RLE_DICTIONARY" in encodings["skeleton"]


def test_parts_are_as_large_as_asked(tmp_path: Path) -> None:
    squat = kp.sample("squat")
    own = sum(a.nbytes for a in (squat.coordinates, squat.confidence, squat.times))
    parts = kp.archive.write(((str(n), squat) for n in range(7)), tmp_path, part_bytes=3 * own)
    assert [pq.read_metadata(part).num_rows for part in parts] == [3, 3, 1]
    assert kp.archive.write({"more": squat}, tmp_path)[0].name == "part-000003.parquet"


def test_results_of_another_task_or_of_a_dead_worker_do_not_stay(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    kp.archive.analyze(folder, out, exercise="squat")
    left = out / "reps" / ".kneepose-0123456789abcdef.part"
    fresh = out / "reps" / ".kneepose-fedcba9876543210.part"
    left.write_bytes(b"half")
    fresh.write_bytes(b"half")
    os.utime(left, (0, 0))
    part = folder / "part-000001.parquet"
    part.write_bytes(part.read_bytes()[:-9])
    done = kp.archive.analyze(folder, out, exercise="single_leg_squat", side="left")
    assert (done.recordings, list(done.unreadable)) == (3, [part.name])
    assert not left.exists()
    assert fresh.exists()
    exercises = {row["exercise"] for row in pq.read_table(out / "measures").to_pylist()}
    assert exercises == {"single_leg_squat"}


@pytest.mark.slow
def test_processes_give_the_same_bits(folder: Path, tmp_path: Path) -> None:
    kp.archive.analyze(folder, tmp_path / "one", exercise="squat")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        done = kp.archive.analyze(folder, tmp_path / "two", exercise="squat", client=pool)
    assert done.analyzed == 4
    assert results(tmp_path / "one") == results(tmp_path / "two")


def many(n: int) -> Iterator[tuple[str, kp.Recording]]:
    """Yield `n` different recordings: the same squat at different scales."""
    squat = kp.sample("squat")
    for number in range(n):
        yield f"r{number:05d}", squat._replace(coordinates=squat.coordinates * (1 + number / 1e5))


@pytest.mark.slow
def test_a_killed_worker_of_a_cluster_costs_nothing(tmp_path: Path) -> None:
    """The analysis completes with a killed worker, a damaged row and a truncated part."""
    distributed = pytest.importorskip("distributed")
    number = 2000 if os.environ.get("KNEEPOSE_FULL") else 60
    size = 10 * kp.sample("squat").coordinates.nbytes
    kp.archive.write(many(number), tmp_path / "in", part_bytes=2 * size)
    parts = sorted((tmp_path / "in").iterdir())
    table = pq.read_table(parts[1]).to_pylist()
    table[0]["header"] = "{"
    pq.write_table(pa.Table.from_pylist(table, schema=kp.archive.recording_schema()), parts[1])
    lost = pq.read_table(parts[-1]).num_rows
    parts[-1].write_bytes(parts[-1].read_bytes()[:-100])
    alone = kp.archive.analyze(tmp_path / "in", tmp_path / "one", exercise="squat")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    )
    with cluster, distributed.Client(cluster) as client:
        workers = [info["pid"] for info in client.run(lambda: {"pid": os.getpid()}).values()]

        written: dict[Path, int] = {}

        def kill() -> None:
            notes = tmp_path / "two" / "parts"
            while len(list(notes.glob("*.json"))) < 2:
                time.sleep(0.01)
            os.kill(workers[0], signal.SIGKILL)
            written.update({note: note.stat().st_mtime_ns for note in notes.glob("*.json")})

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        done = kp.archive.analyze(
            tmp_path / "in", tmp_path / "two", exercise="squat", client=client
        )
        killer.join(10)
    assert len(written) >= 2
    # Finished parts are not computed again.
    assert {note: note.stat().st_mtime_ns for note in written} == written
    assert list(done.unreadable) == list(alone.unreadable) == [parts[-1].name]
    assert done.recordings == number - lost
    assert (done.failed, done.refused) == (1, 0)
    assert results(tmp_path / "one") == results(tmp_path / "two")
    again = kp.archive.analyze(tmp_path / "in", tmp_path / "two", exercise="squat")
    assert again.analyzed == 0


@pytest.mark.slow
def test_a_part_that_ends_every_worker_costs_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that kills every worker fails alone; a part that only waited beside it is retried."""
    distributed = pytest.importorskip("distributed")
    from kneepose.archive import run

    kp.archive.write(many(4), tmp_path / "in", part_bytes=ONE_EACH)
    tried: list[str] = []
    work = run.analyze_batch

    def deadly(batch: Any, **task: Any) -> Any:
        (name,) = batch.column("recording").to_pylist()
        tried.append(name)
        # The second part fails together with the first until the cluster gives up both after four
        # attempts.
        if name == "r00001" or (name == "r00002" and tried.count(name) <= 4):
            raise distributed.KilledWorker(name, SimpleNamespace(address="here"), 3)
        return work(batch, **task)

    monkeypatch.setattr(run, "analyze_batch", deadly)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        done = kp.archive.analyze(
            tmp_path / "in", tmp_path / "out", exercise="squat", client=client
        )
    assert list(done.unreadable) == ["part-000001.parquet"]
    assert "every worker ended" in done.unreadable["part-000001.parquet"]
    assert (done.recordings, done.measured) == (3, 3)
    assert tried.count("r00002") == 5


def test_the_command_packs_a_folder_and_goes_on(
    recordings: dict[str, kp.Recording], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from kneepose.cli import main

    (tmp_path / "in" / "inside").mkdir(parents=True)
    recordings["squat"].save(tmp_path / "in" / "a.npz")
    recordings["squat_video"].save(tmp_path / "in" / "inside" / "b.npz")
    recordings["clamshell"].save(tmp_path / "in" / "c.npz")
    (tmp_path / "in" / "d.npz").write_bytes(b"PK no")
    call = ["batch", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--exercise", "squat",
            "--workers", "1"]  # fmt: skip
    assert main(call) == 3
    told = capsys.readouterr().out
    assert "3 recordings: repetitions counted in 2, none in 1." in told
    assert "1 could not be read:\n  d.npz: " in told
    (tmp_path / "in" / "d.npz").unlink()
    assert main([*call, "--json"]) == 0
    told_again = json.loads(capsys.readouterr().out)
    assert (told_again["recordings"], told_again["analyzed"]) == (3, 0)
    recordings["squat"].save(tmp_path / "in" / "c.npz")
    assert main([*call, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["measured"] == 3
    # Simulate an interruption between two parts: nothing is duplicated or read twice.
    (tmp_path / "in" / "a.npz").unlink()
    recordings["clamshell"].save(tmp_path / "in" / "e.npz")
    archive = tmp_path / "out" / "archive"
    kp.archive.write({"e.npz": recordings["clamshell"]}, archive)
    sorted(archive.glob("*.parquet"))[0].write_bytes(b"PAR1")
    assert main([*call, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recordings"] == 3
    assert sorted(name for name, _ in kp.archive.read(archive)) == [
        "c.npz",
        "e.npz",
        "inside/b.npz",
    ]


def test_earlier_tables_in_the_folder_are_no_recordings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tables and archive of an earlier run inside the folder are not read as recordings."""
    from kneepose.cli import main

    kp.sample("squat")[:100].save(tmp_path / "squat.npz")
    for out in ("first", "second"):
        call = ["batch", str(tmp_path), "--out", str(tmp_path / out), "--exercise", "squat"]
        main([*call, "--workers", "1", "--json"])
        said = capsys.readouterr()
        told = json.loads(said.out)
        assert (told["recordings"], told["unreadable"], said.err) == (1, {}, "")


def test_the_command_packs_parts_for_every_worker(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from kneepose.cli import main

    (tmp_path / "in").mkdir()
    for number in range(25):
        kp.sample("squat")[:60].save(tmp_path / "in" / f"{number:02d}.npz")
    call = ["batch", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--exercise", "squat",
            "--workers", "1", "--json"]  # fmt: skip
    assert main(call) in (0, 4)
    assert json.loads(capsys.readouterr().out)["recordings"] == 25
    assert len(list((tmp_path / "out" / "archive").glob("*.parquet"))) == 3


@pytest.mark.slow
def test_a_killed_process_of_the_command_is_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from kneepose.cli import batch, main

    kp.archive.write(many(6), tmp_path / "in", part_bytes=ONE_EACH)
    killed: list[int] = []

    def kill_one(*_: object) -> None:
        if not killed:
            (first, *_) = [child for child in multiprocessing.active_children() if child.pid]
            killed.append(first.pid or 0)
            os.kill(first.pid or 0, signal.SIGKILL)

    monkeypatch.setattr(batch, "progress", kill_one)
    call = ["batch", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--exercise", "squat",
            "--workers", "2", "--json"]  # fmt: skip
    assert main(call) == 0
    assert killed
    told = json.loads(capsys.readouterr().out)
    assert (told["recordings"], told["measured"]) == (6, 6)
    assert told["analyzed"] < 6


def test_a_warning_of_a_slow_camera_is_no_noise_of_an_archive(folder: Path, tmp_path: Path) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error", RecordingWarning)
        kp.archive.analyze(folder, tmp_path / "out", exercise="squat")


def test_tables_are_never_written_over_recordings(
    recordings: dict[str, kp.Recording], tmp_path: Path
) -> None:
    """Tables are never written into folders with other files, because results of other tasks are
    deleted there.
    """
    squat = {"squat": recordings["squat"]}
    for archive, out in (("data/recordings", "data"), ("data/reps", "data"), ("one", "one")):
        folder = tmp_path / archive
        kp.archive.write(squat, folder)
        with pytest.raises(KneeposeError, match=r"another folder|folder of their own"):
            kp.archive.analyze(folder, tmp_path / out, exercise="squat")
        assert [name for name, _ in kp.archive.read(folder)] == ["squat"]
    kp.archive.write(squat, tmp_path / "here" / "recordings")
    (tmp_path / "there" / "reps").mkdir(parents=True)
    (tmp_path / "there" / "reps" / "film.mp4").write_bytes(b"a film")
    for out in ("here", "there"):
        with pytest.raises(KneeposeError, match="folder of their own"):
            kp.archive.analyze(tmp_path / "one", tmp_path / out, exercise="squat")
    assert (tmp_path / "there" / "reps" / "film.mp4").read_bytes() == b"a film"
    assert [name for name, _ in kp.archive.read(tmp_path / "here" / "recordings")] == ["squat"]


def test_the_command_leaves_recordings_and_archives_of_others(
    recordings: dict[str, kp.Recording], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = tmp_path / "files"
    (files / "recordings").mkdir(parents=True)
    for path in (files / "a.npz", files / "recordings" / "b.npz"):
        recordings["squat"].save(path)
    batch = ["batch", str(files), "--exercise", "squat", "--workers", "1", "--out"]
    assert main([*batch, str(files)]) == 3
    assert (files / "recordings" / "b.npz").is_file()
    kp.archive.write({"a.npz": recordings["squat"]}, tmp_path / "out" / "archive")
    assert main([*batch, str(tmp_path / "out")]) == 3
    assert "did not make" in capsys.readouterr().err
    assert [name for name, _ in kp.archive.read(tmp_path / "out" / "archive")] == ["a.npz"]


def odd_column(rng: np.random.Generator, kind: Any, rows: int) -> Any:
    """Return a column of this type with random values of any size."""
    if pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        return pa.array([[None, 1, 2], [3, 4, 5]][:rows], type=kind)
    values = ["", "\u202ex", "{}", "[]", "left", "9" * 5000] if kind == pa.string() else [0, 1, 100]
    return pa.array([values[int(rng.integers(len(values)))] for _ in range(rows)], type=kind)


@pytest.mark.slow
@law(150)
@given(SEEDS)
def test_any_part_is_read_or_named(whole_part: tuple[Path, bytes, Any], seed: int) -> None:
    """Damaged, mistyped, duplicated or missing parts of an archive are read or reported."""
    part, data, table = whole_part
    rng = np.random.default_rng(seed)
    if rng.uniform() < 0.3:
        damaged = bytearray(data)
        for place in rng.integers(0, len(data), int(rng.integers(1, 8))):
            damaged[place] = int(rng.integers(256))
        part.write_bytes(
            damaged[: int(rng.integers(len(data)))] if rng.uniform() < 0.3 else damaged
        )
    else:
        at = int(rng.integers(table.num_columns))
        name, column = table.schema.names[at], table.column(at)
        kinds = [
            pa.string(), pa.int8(), pa.int64(), pa.float32(), pa.list_(pa.float32()), pa.null(),
            pa.list_(pa.int64()), pa.list_(pa.float64(), 3), column.type,
        ]  # fmt: skip
        kind = kinds[int(rng.integers(len(kinds)))]
        change = int(rng.integers(4))
        if change == 0:
            table = table.remove_column(at)
        elif change == 1:
            table = table.append_column(name, column)
        elif change == 2:
            table = table.set_column(at, name, pa.nulls(table.num_rows, kind))
        elif kind != pa.null():
            table = table.set_column(at, name, odd_column(rng, kind, table.num_rows))
        pq.write_table(table, part)
    try:
        names = [name for name, _ in kp.archive.read(part.parent)]
    except FormatError as error:
        assert part.name in str(error) or "column" in str(error)  # noqa: PT017
    else:
        assert len(names) <= 2
    done = kp.archive.analyze(part.parent, part.parent.with_name("out"), exercise="squat")
    assert done.recordings == 2 or set(done.unreadable) == {part.name}


@pytest.fixture(scope="module")
def whole_part() -> Iterator[tuple[Path, bytes, Any]]:
    with quick_folder() as folder:
        two = {"a": kp.sample("squat")[:100], "b": kp.sample("clamshell")[:100]}
        (part,) = kp.archive.write(two, folder / "in")
        yield part, part.read_bytes(), pq.read_table(part)
