"""`StudyResult`: result of a test-retest and rater study, without keypoints and personal data."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from kneepose.arrays.studies import DayError
from kneepose.columns import Table, columns_of
from kneepose.errors import FormatError, UnknownNameError
from kneepose.exercises.spec import built_in
from kneepose.records import Provenance, Result
from kneepose.typing import Between
from kneepose.words.catalogue import mid, tr, tr_measured, trn
from kneepose.words.units import number
from kneepose.writing import as_path, check_regular, write_text

__all__ = ["ItemAgreement", "StudyMeasure", "StudyResult", "read_study"]

#: Maximum size of a study file in bytes.
_LARGEST_FILE: Final = 4_000_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StudyMeasure(DayError):
    """Error of one measure between days, in its unit.

    In a pooled result ICC, bias and limits are NaN.

    Attributes
    ----------
    unit
        Unit of the measure.
    tau, i_squared
        Spread between studies, as in `kneepose.arrays.PooledError`. NaN in a single study.
    """

    kind = "study_measure"

    unit: str
    tau: float = float("nan")
    i_squared: float = float("nan")

    @classmethod
    def of(cls, error: DayError, unit: str) -> Self:
        """Create the result of a measure from the error of a single study."""
        return cls(unit=unit, **{name: getattr(error, name) for name in error._field_types()})


class ItemAgreement(NamedTuple):
    """Agreement on one item of the rating sheet: Cohen's κ with quadratic weights.

    Attributes
    ----------
    title
        Name for display.
    humans, humans_ci, humans_equal, humans_clips
        Agreement between raters: κ, its 95 % interval, share of equal answers, and number of answer
        pairs.
    kneepose, kneepose_ci, kneepose_equal, kneepose_clips
        Agreement between raters and kneepose: the same four values.
    """

    title: str
    humans: float
    humans_ci: tuple[float, float]
    humans_equal: float
    humans_clips: int
    kneepose: float
    kneepose_ci: tuple[float, float]
    kneepose_equal: float
    kneepose_clips: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StudyResult(Table, Result, Mapping[str, StudyMeasure]):
    """Result of a study, a mapping from the name of a measure to its error between days.

    `compare` and `History.trend` take it as ``mdc=``: the object, or the name of its file.

    Attributes
    ----------
    measures
        Name → error between days.
    leads
        Candidates for the primary measure of the exercise, the preferred one first.
    agreement
        Item of the rating sheet → agreement; empty without ratings. Item ``"grade"`` is the overall
        grade: good, fair or poor.
    people, legs, days, raters, studies
        Number of people, legs per person, days, raters, and pooled studies (1 if not pooled).
    between
        Always ``"day"``: the error applies to changes between days.
    set_up
        Settings that all recordings share, as in `Reliability.set_up`, and ``"camera"``, a
        description.
    notes
        Caveats for readers, such as that there are too few people.
    provenance
        Version, estimator, skeleton and settings; no hash of a recording.
    """

    kind = "study_result"

    measures: Mapping[str, StudyMeasure]
    leads: tuple[str, ...]
    agreement: Mapping[str, ItemAgreement]
    people: int
    legs: int
    days: int
    raters: int
    studies: int
    between: Between
    set_up: Mapping[str, Any]
    notes: tuple[str, ...]
    provenance: Provenance = field(default_factory=Provenance)

    def __getitem__(self, name: str) -> StudyMeasure:
        if name not in self.measures:
            raise UnknownNameError.of("measure", name, list(self.measures))
        return self.measures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.measures)

    def __len__(self) -> int:
        return len(self.measures)

    @property
    def exercise(self) -> str:
        """Name of the exercise."""
        return str(self.set_up.get("exercise", ""))

    @property
    def mdc(self) -> dict[str, float]:
        """Name of a measure → minimal detectable change (95 %), where known and above zero."""
        return {name: one.mdc for name, one in self.items() if np.isfinite(one.mdc) and one.mdc > 0}

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return arrays by column name, one entry per measure, for pandas, Polars and pyarrow."""
        rows = []
        for name, one in self.items():
            row: dict[str, Any] = {"measure": name, "unit": one.unit}
            for key in one._field_types():
                value = getattr(one, key)
                if isinstance(value, tuple):
                    row[f"{key}_low"], row[f"{key}_high"] = value
                else:
                    row[key] = value
            rows.append(row)
        return columns_of(rows)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the result to a file for `compare`, `History.trend` and `pool`; return its path."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)
        return write_text(Path(path), f"{text}\n")

    def __repr__(self) -> str:
        return _text(self)


def read_study(path: str | os.PathLike[str]) -> StudyResult:
    """Read the file of a study.

    Raises
    ------
    FormatError
        The file is no study result, is damaged, or was written by a newer version of kneepose.
    OSError
        The file cannot be read.
    """
    path = as_path(path, "path")
    check_regular(path)
    with path.open("rb") as file:
        data = file.read(_LARGEST_FILE + 1)
    try:
        if len(data) > _LARGEST_FILE:
            raise ValueError("the file is too large")
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FormatError(
            f"{path} is no result of a study ({error}); give the file that `kneepose study report "
            "FOLDER --out FILE` or StudyResult.save wrote."
        ) from None
    try:
        return StudyResult.from_dict(found)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None


def _text(result: StudyResult) -> str:
    people = trn("{n} person", "{n} people", result.people)
    if result.studies > 1:
        pooled = tr("{n} studies pooled by random effects", n=result.studies)
        counted = [pooled, people]
    else:
        counted = [people, trn("{n} leg", "{n} legs", result.legs)]
        counted.append(trn("{n} day", "{n} days", result.days))
    if result.raters:
        counted.append(trn("{n} rater", "{n} raters", result.raters))
    made = [
        str(result.set_up.get("estimator") or tr("estimator not stated")),
        str(result.set_up.get("skeleton", "")),
        tr(str(result.set_up.get("space", ""))),
        str(result.set_up.get("camera") or ""),
    ]
    head = tr(
        "Study of {exercise}: {counted} ({made})",
        exercise=mid(tr(built_in(result.exercise)["title"])),
        counted=", ".join(counted),
        made=", ".join(filter(None, made)),
    )
    leads = [name for name in result.leads if name in result.measures]
    names = [*leads, *(name for name in result if name not in leads)]
    lines = [head]
    if names:
        interval = tr("95 % interval")
        mdc = tr("MDC 95")
        lines.append(
            f"  {'':<36}{tr('SEM'):>8}{interval:>18}{'ICC':>7}{interval:>16}{mdc:>9}{interval:>18}"
        )
    lines += [_line(name, result[name]) for name in names]
    for item in result.agreement.values():
        said = tr(
            "κ raters {raters}, raters and kneepose {ours}",
            raters=_kappa(item.humans, item.humans_ci),
            ours=_kappa(item.kneepose, item.kneepose_ci),
        )
        lines.append(f"  {tr(item.title):<36}{said}")
    return "\n".join([*lines, *(f"  {tr_measured(note)}" for note in result.notes)])


def _line(name: str, one: StudyMeasure) -> str:
    def pair(ends: tuple[float, float]) -> str:
        return _range(*(number(end, one.unit) for end in ends))

    known = np.isfinite(one.icc)
    icc = number(one.icc, "", digits=2) if known else "–"
    icc_ci = _range(*(number(end, "", digits=2) for end in one.icc_ci)) if known else ""
    mdc = np.isfinite(one.mdc)
    return (
        f"  {name:<36}{number(one.sem, one.unit):>8}{pair(one.sem_ci):>18}{icc:>7}{icc_ci:>16}"
        f"{number(one.mdc, one.unit) if mdc else '–':>9}{pair(one.mdc_ci) if mdc else '':>18}"
    )


def _range(low: str, high: str) -> str:
    return tr("{low} to {high}", low=low, high=high)


def _kappa(kappa: float, interval: tuple[float, float]) -> str:
    if not np.isfinite(kappa):
        return tr("not known")
    said = number(kappa, "", digits=2)
    if not np.isfinite(interval).all():
        return tr("{kappa} (too few people for an interval)", kappa=said)
    return f"{said} ({_range(*(number(end, '', digits=2) for end in interval))})"
