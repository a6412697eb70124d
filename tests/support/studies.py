"""Study results with plausible numbers for ten people."""

from __future__ import annotations

from typing import Any

from kneepose.history.course import set_up_of_row
from kneepose.study import ItemAgreement, StudyMeasure, StudyResult
from tests.support.weeks import one_row

NAN = float("nan")
ITEM = ItemAgreement("The whole", 0.6, (0.4, 0.8), 0.7, 80, NAN, (NAN, NAN), 0.5, 160)


def study_of(sem: float, **changes: Any) -> StudyResult:
    """Return a study result with this measurement error, for the stored rows' set-up."""
    measure = StudyMeasure(
        unit="deg", people=10, freedom=14.0, sem=sem, sem_ci=(sem / 2, 2 * sem), icc=0.9,
        icc_ci=(0.5, 1.0), mdc=2.77 * sem, mdc_ci=(sem, 6 * sem), bias=0.0, limits=(-1.0, 1.0),
    )  # fmt: skip
    return StudyResult(
        measures={"fppa_at_60": measure}, leads=("fppa_at_60",),
        agreement={"grade": ITEM}, people=10, legs=2,
        days=2, raters=0, studies=1, between="day", notes=(),
        set_up={**set_up_of_row({**one_row(), "camera": "lab"}), **changes},
    )  # fmt: skip
