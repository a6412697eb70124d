"""`pool`: combines several studies with the same set-up, by random effects."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

from kneepose.arrays.studies import pool_errors
from kneepose.comparison.likeness import unlike_set_ups
from kneepose.comparison.study_result import StudyMeasure, StudyResult, read_study
from kneepose.errors import KneeposeError
from kneepose.records import ReadOnlyMapping
from kneepose.words.notes import CAMERAS_IN_WORDS, FEW_STUDIES, POOLED

__all__ = ["pool"]

#: Minimum degrees of freedom of a detectable change, as in the core.
_LEAST_FREEDOM = 5
_NAN = float("nan")


def pool(results: Sequence[StudyResult | str | os.PathLike[str]]) -> StudyResult:
    """Combine studies from several places into one result, by random effects.

    Parameters
    ----------
    results
        Two or more results of `Study.report`, or the names of their files. Their set-ups must
        agree: exercise, estimator, model, skeleton, space, view, filter, frame rate and version.

    Returns
    -------
    StudyResult
        Measures that at least two studies have. `StudyMeasure.freedom` applies when the error is
        used at a further place: it includes the difference between places. ICC, limits and
        agreement are omitted, because they depend on the people and raters of a study.

    Raises
    ------
    KneeposeError
        There are fewer than two studies, a study is given twice or already pooled, or the set-ups
        differ.

    References
    ----------
    DerSimonian and Laird, Control Clin Trials 1986;7:177. Hartung and Knapp, Stat Med 2001;20:3875.
    """
    found = [one if isinstance(one, StudyResult) else read_study(one) for one in results]
    if len(found) < 2:
        raise KneeposeError(f"{len(found)} study given; pooling needs two or more.")
    first = found[0]
    for number, one in enumerate(found, start=1):
        if one.studies != 1:
            raise KneeposeError(f"study {number} is pooled already; give the single studies.")
        if any(one.measures == other.measures for other in found[: number - 1]):
            raise KneeposeError(f"study {number} is given twice; give each study once.")
        unlike = unlike_set_ups(
            {k: v for k, v in first.set_up.items() if k != "camera"}, one.set_up
        )
        if number > 1 and unlike:
            raise KneeposeError(
                f"study {number} is unlike the first one, so one error is not that of both. "
                f"{' '.join(unlike)} With the same clips or keypoints, `kneepose study report` of one "
                "version makes them alike."
            )
    names = dict.fromkeys(name for one in found for name in one)
    measures = {}
    for name in names:
        having = [one[name] for one in found if name in one]
        if len(having) > 1:
            measures[name] = _pooled(having)
    cameras = {str(one.set_up.get("camera")) for one in found}
    set_up = {k: v for k, v in first.set_up.items() if k != "camera" or len(cameras) == 1}
    notes = [POOLED.format(count=len(found))]
    if len(cameras) > 1:
        notes.append(CAMERAS_IN_WORDS)
    if len(found) < 5:
        notes.append(FEW_STUDIES)
    provenance = first.provenance
    for one in found[1:]:
        provenance = provenance.of_both(one.provenance)
    return StudyResult(
        measures=ReadOnlyMapping(measures),
        leads=tuple(name for name in first.leads if name in measures),
        agreement=ReadOnlyMapping({}),
        people=sum(one.people for one in found),
        legs=first.legs,
        days=first.days,
        raters=0,
        studies=len(found),
        between="day",
        set_up=ReadOnlyMapping(set_up),
        notes=tuple(notes),
        provenance=provenance.of_both(provenance, **set_up),
    )


def _pooled(having: Sequence[StudyMeasure]) -> StudyMeasure:
    one = pool_errors([m.sem for m in having], [m.freedom for m in having])
    enough = one.freedom >= _LEAST_FREEDOM
    change = 1.959963984540054 * math.sqrt(2)
    ends = (change * one.sem_ci[0], change * one.sem_ci[1])
    return StudyMeasure(
        unit=having[0].unit,
        people=sum(m.people for m in having),
        freedom=one.freedom,
        sem=one.sem,
        sem_ci=one.sem_ci,
        icc=_NAN,
        icc_ci=(_NAN, _NAN),
        mdc=change * one.sem if enough else _NAN,
        mdc_ci=ends if enough else (_NAN, _NAN),
        bias=_NAN,
        limits=(_NAN, _NAN),
        tau=one.tau,
        i_squared=one.i_squared,
    )
