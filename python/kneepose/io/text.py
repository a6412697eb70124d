"""CSV, TSV and other tables of text: header, separator, and DeepLabCut's header of several rows."""

from __future__ import annotations

import csv
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kneepose.columns import write_csv
from kneepose.errors import FormatError
from kneepose.estimators.batch import from_estimator
from kneepose.estimators.person import Person
from kneepose.io.cells import TextTable, first_lines
from kneepose.io.options import Options
from kneepose.io.points import Points, recording_of
from kneepose.io.table import points_of_table, tidy_columns, unnamed_points
from kneepose.recording.recording import Recording
from kneepose.recording.skeleton import MOST_KEYPOINTS

__all__ = ["read", "write"]

F64 = npt.NDArray[np.float64]
_LONGEST_TITLE: Final = 500
_MOST_COLUMNS: Final = 8 * MOST_KEYPOINTS
_SCORER: Final = "scorer"


def _separator_of(line: str) -> str:
    counts = {letter: line.count(letter) for letter in "\t;,"}
    best = max(counts, key=lambda letter: counts[letter])
    return best if counts[best] else ""


def _cells(line: str, separator: str, name: str) -> list[str]:
    if not separator:
        cells = line.split()
    else:
        try:
            cells = next(csv.reader([line], delimiter=separator))
        except (csv.Error, StopIteration):
            cells = line.split(separator)
    if len(cells) > _MOST_COLUMNS:
        raise FormatError(f"{name} has {len(cells)} columns; at most {_MOST_COLUMNS} are read.")
    if max(map(len, cells), default=0) > _LONGEST_TITLE:
        raise FormatError(f"{name} has a title of more than {_LONGEST_TITLE} letters.")
    return [cell.strip() for cell in cells]


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return not text
    return True


def read(data: bytes, name: str, options: Options) -> Recording:
    """Read a table of text.

    Raises
    ------
    KneeposeError
        It is no table of keypoints, or the options do not fit it.
    """
    lines, _ = first_lines(data, name, 5)
    if not lines:
        raise FormatError(f"{name} is empty.")
    separator = _separator_of(lines[0])
    rows = [_cells(line, separator, name) for line in lines]
    if rows[0][0].lower() == _SCORER:
        return _deeplabcut(data, name, separator, rows, options)
    numbers = [i for i, cell in enumerate(rows[0]) if cell and _is_number(cell)]
    if len(numbers) >= 4 and 2 * len(numbers) > len(rows[0]):
        begin = 3 if data.startswith(b"\xef\xbb\xbf") else 0
        table, _ = TextTable(data, begin, separator, rows[0], name).values(numbers, [])
        return recording_of(unnamed_points(table, options, name), options, name)
    begin = first_lines(data, name, 1)[1]
    source = TextTable(data, begin, separator, rows[0], name)
    return recording_of(points_of_table(source, options), options, name)


def _deeplabcut(
    data: bytes, name: str, separator: str, rows: list[list[str]], options: Options
) -> Recording:
    """Read DeepLabCut's table, whose header has rows scorer, (individuals,) bodyparts and coords."""
    heads = {row[0].lower(): row[1:] for row in rows[:4]}
    if "bodyparts" not in heads or "coords" not in heads:
        raise FormatError(f"{name} begins like DeepLabCut's, but has no rows bodyparts and coords.")
    depth = 4 if "individuals" in heads else 3
    begin = first_lines(data, name, depth)[1]
    parts, coords = heads["bodyparts"], [coord.lower() for coord in heads["coords"]]
    individuals = heads.get("individuals", [""] * len(parts))
    if len(parts) != len(coords) or len(individuals) != len(parts):
        raise FormatError(f"{name} has a header whose rows differ in length.")
    persons = list(dict.fromkeys(individuals))
    names = tuple(dict.fromkeys(parts))
    columns = [0, *range(1, len(parts) + 1)]
    table, _ = TextTable(data, begin, separator, ["", *parts], name).values(columns, [])
    axes = [axis for axis in "xyz" if axis in coords]
    if axes[:2] != ["x", "y"]:
        raise FormatError(f"{name} has no columns x and y.")
    if len(persons) * len(names) * 4 > 4 * len(parts) + 4:
        raise FormatError(f"{name} has too few columns for its individuals and body parts.")
    values = np.full((len(table), len(persons), len(names), 4), np.nan)
    places = {**{axis: i for i, axis in enumerate("xyz")}, "likelihood": 3}
    for i, (person, part, coord) in enumerate(zip(individuals, parts, coords, strict=True), 1):
        if coord in places:
            spot = persons.index(person), names.index(part), places[coord]
            values[:, spot[0], spot[1], spot[2]] = table[:, i]
    sure = np.nan_to_num(values[..., 3]) if "likelihood" in coords else None
    frames = table[:, 0]
    if len(persons) == 1:
        points = Points(
            values[:, 0, :, : len(axes)],
            names=names,
            confidence=None if sure is None else sure[:, 0],
            frames=frames if np.isfinite(frames).all() else None,
            fields={"estimator": "deeplabcut"},
        )
        return recording_of(points, options, name)

    def persons_of(row: tuple[F64, F64 | None]) -> list[Person]:
        return [
            Person(row[0][i], None if row[1] is None else row[1][i], i)
            for i in range(len(persons))
            if np.isfinite(row[0][i]).any()
        ]

    every = values[..., : len(axes)]
    results = [(every[t], None if sure is None else sure[t]) for t in range(len(table))]
    from kneepose.io.landmarks import named_points

    skeleton = named_points(names, every[:, 0], None, options.skeleton, None, name)[0]
    rec: Any = from_estimator(
        results, persons_of, fps=options.fps, skeleton=skeleton, person=options.person,
        resolution_wh=options.resolution_wh, up=options.up, unit=options.unit,
        mirrored=options.mirrored, view=options.view,
    )  # fmt: skip
    return rec._replace(estimator="deeplabcut")  # type: ignore[no-any-return]


def write(recording: Recording, path: Any) -> Any:
    """Write a recording as a tidy table, with what its columns cannot repeat left out."""
    return write_csv(tidy_columns(recording), path)
