"""`check` and `Quality`: findings about keypoints, sides, frames, camera, and camera pose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.columns import Table, columns_of
from kneepose.errors import CoordinateError
from kneepose.exercises.spec import check_side, core_exercise
from kneepose.recording.options import parse_real
from kneepose.recording.recording import Recording, check_raw, check_recording, core_recording
from kneepose.records import Provenance, ReadOnlyMapping, Result
from kneepose.validity import Validity, of_code
from kneepose.words.units import number

if TYPE_CHECKING:
    from kneepose._core import CheckedQuality

RecordingT = TypeVar("RecordingT", bound="Recording")

__all__ = ["Finding", "PairCamera", "Quality", "Severity", "check", "joined_quality", "pair_camera"]

_SIDES = ("left", "right")


class Severity(StrEnum):
    """Severity of a finding: repaired (info), less reliable (warn), measures refused (refuse)."""

    INFO = "info"
    WARN = "warn"
    REFUSE = "refuse"


_VERBS = {Severity.INFO: "repaired", Severity.WARN: "mind", Severity.REFUSE: "refused"}


class Finding(NamedTuple):
    """One problem found in a recording.

    With the severity ``refuse``, the affected measures have no value. With ``warn``, they are less
    reliable. With ``info``, conditioning repaired the problem.
    """

    reason: Validity
    severity: Severity
    measured: str
    remedy: str

    def _derived(self) -> dict[str, str]:
        return {"sentence": self.reason.sentence}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Quality(Table, Result):
    """Findings about a recording, and the pose of its camera.

    Attributes
    ----------
    view
        Camera view of the person; None in world space, or if the keypoints do not show it.
    foot_to_lens_deg
        Side → angle in degrees between the foot (heel to big toe) and the line from the foot to the
        lens, median over the frames in which the foot stands. Positive if the toes point to the right
        in the image. NaN without foot keypoints and in side views. From the front, outward toes give
        negative angles on the right and positive angles on the left foot. One foot alone does not
        separate outward toes from a turned camera.
    foot_to_lens_sd_deg
        Side → robust standard deviation of that angle over the frames, in degrees.
    roll_deg
        Roll of the camera in degrees, from the line through the ankles and from balance while both feet
        stand, in front and back views. Positive if the right side of the camera is down. None if no
        such interval of half a second exists.
    roll_error_deg
        Standard deviation of `roll_deg`; None if that is None.
    off_axis
        Horizontal distance of the standing foot from the image center as a share of body height,
        positive to the right. None if the resolution is not known.
    findings
        Problems, most severe first.
    evidence
        Name → value behind each check, for all checks.
    provenance
        Version, estimator, skeleton and settings; also attributes of their own.
    """

    kind = "quality"

    view: str | None
    foot_to_lens_deg: Mapping[str, float]
    foot_to_lens_sd_deg: Mapping[str, float]
    roll_deg: float | None
    roll_error_deg: float | None
    off_axis: float | None
    findings: tuple[Finding, ...]
    evidence: Mapping[str, float]
    provenance: Provenance = field(default_factory=Provenance)

    @property
    def refused(self) -> bool:
        """True if a finding has the severity ``refuse``."""
        return any(finding.severity is Severity.REFUSE for finding in self.findings)

    @property
    def off_axis_m(self) -> float | None:
        """`off_axis` in meters, for an assumed body height of 1.7 m."""
        return None if self.off_axis is None else self.off_axis * _core.ASSUMED_HEIGHT_M

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return a dict of arrays, one entry per finding: reason, severity, sentence, remedy …."""
        names = ("reason", "severity", "measured", "sentence", "remedy")
        rows = [
            {**finding._asdict(), "sentence": finding.reason.sentence} for finding in self.findings
        ]
        return columns_of(rows, names)

    def __repr__(self) -> str:
        seen = f"Seen from the {self.view}." if self.view else "View unknown."
        lines = [seen if not self.findings else f"{seen} {len(self.findings)} finding(s):"]
        for finding in self.findings:
            verb = _VERBS[finding.severity]
            text = f"{finding.measured}. {finding.reason.sentence} {finding.remedy}".rstrip()
            lines.append(f"  {verb}: {finding.reason}: {text}")
        if not self.findings:
            lines[0] += " Nothing found that forbids measuring."
        feet = [f"{s} {v:+.0f}°" for s, v in self.foot_to_lens_deg.items() if np.isfinite(v)]
        if feet:
            lines.append(f"  feet to lens: {', '.join(feet)} (+ to the right in the picture)")
        if self.roll_deg is not None:
            lines.append(f"  picture tilted by {self.roll_deg:+.1f} ± {self.roll_error_deg:.1f}°")
        if self.off_axis_m is not None:
            lines.append(f"  foot {self.off_axis_m:+.2f} m beside the middle of the picture")
        return "\n".join(lines)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def quality_of(done: CheckedQuality, provenance: Provenance) -> Quality:
    """Convert the result of the Rust core to a `Quality`."""
    roll, roll_error = done["roll"]
    return Quality(
        view=done["view"],
        **_feet_and_findings(done["foot_to_lens"], done["findings"]),
        roll_deg=_known(roll),
        roll_error_deg=_known(roll_error),
        off_axis=_known(done["off_axis"]),
        evidence=ReadOnlyMapping(dict(done["evidence"])),
        provenance=provenance,
    )


def _feet_and_findings(
    feet: Iterable[tuple[float, float]], findings: Iterable[tuple[int, str, str]]
) -> dict[str, Any]:
    degrees, spread = zip(*feet, strict=True)
    reasons = [
        (of_code(code), Severity(severity), measured) for code, severity, measured in findings
    ]
    return {
        "foot_to_lens_deg": ReadOnlyMapping(dict(zip(_SIDES, degrees, strict=True))),
        "foot_to_lens_sd_deg": ReadOnlyMapping(dict(zip(_SIDES, spread, strict=True))),
        "findings": tuple(Finding(*row, row[0].remedy) for row in reasons),
    }


def joined_quality(
    first: Quality,
    feet: Iterable[tuple[float, float]],
    findings: Iterable[tuple[int, str, str]],
) -> Quality:
    """Return the quality of joined trials: that of the first, with feet and findings of all."""
    return replace(first, **_feet_and_findings(feet, findings))


def check(recording: Recording, *, side: Literal["left", "right"] | None = None) -> Quality:
    """Check a recording for errors of skeleton, sides, frame order, limb lengths and camera.

    `analyze` makes the same checks and refuses the affected measures.

    Parameters
    ----------
    recording
        Unconditioned recording. If its `exercise` is done standing, a lying body is a finding. A
        two-leg movement labeled as a one-leg exercise is one too, and the reverse.
    side
        Side of a one-leg exercise. The keypoints of this leg must be detected and inside the image, and
        its foot must point at the lens. None checks both legs.

    Returns
    -------
    Quality
        Findings and camera pose. ``docs/evidence/guards.md`` lists thresholds and error rates.

    Raises
    ------
    UnknownNameError
        `side` is neither ``"left"`` nor ``"right"``.
    KneeposeError
        The keypoints contradict the recording's `view`, or the recording is already conditioned.

    Examples
    --------
    >>> import kneepose as kp
    >>> kp.check(kp.sample("squat")).findings
    ()
    """
    check_recording(recording, "check")
    check_raw(recording)
    known_side = None if side is None else check_side(side)
    exercise = None if recording.exercise is None else core_exercise(recording.exercise)
    done = _core.check(core_recording(recording), known_side, recording.view, exercise)
    return quality_of(done, Provenance.of(recording, side=known_side))


def level(recording: RecordingT, roll_deg: float | None) -> RecordingT:
    """Return a copy rotated to be level; see `Recording.leveled`."""
    if recording.space == "world":
        raise CoordinateError(
            "the recording is in world space, whose vertical is up=; only image coordinates are "
            "leveled. Rotate the coordinates if `up` is not vertical."
        )
    roll = check(recording).roll_deg if roll_deg is None else parse_real(roll_deg, "roll_deg")
    if roll is None:
        raise CoordinateError(
            "roll_deg is not given and cannot be estimated; that needs half a second of standing on "
            "both feet, in a front or back view. Pass roll_deg=, such as the reading of the phone's "
            "level."
        )
    if not np.isfinite(roll):
        raise CoordinateError(f"roll_deg is {roll}; needed a finite number of degrees.")
    middle = 0.5 * np.array(recording.resolution_wh or (0, 0), dtype=np.float64)
    turned = _core.leveled(recording.coordinates, roll, (float(middle[0]), float(middle[1])))
    return recording._replace(coordinates=turned)


class PairCamera(NamedTuple):
    """Camera angle of the two recordings of a comparison.

    Attributes
    ----------
    yaw_deg
        Angle of the camera around the person in degrees, positive if a camera in front is turned toward
        the person's right. NaN if unknown.
    guard
        Reason that forbids a verdict, or None.
    finding
        Problem of the camera angle, or None.
    note
        Sentence about the camera angle for the reader; may be empty.
    """

    yaw_deg: float
    guard: Validity | None
    finding: Finding | None
    note: str


def pair_camera(yaw: float, guard: Validity | None, *, moved: bool, said_front: bool) -> PairCamera:
    """Convert the camera angle from the Rust core to a `PairCamera`, with finding and note."""
    if moved:
        return PairCamera(yaw, guard, None, "The camera was moved between the two recordings.")
    if np.isnan(yaw):
        note = "Camera angle not verified: taken as straight in front, as stated."
        return PairCamera(yaw, guard, None, note if said_front else "")
    how = f"the feet show the camera turned by {number(yaw, 'deg', signed=True)}"
    if abs(yaw) <= _core.FLAGGED_YAW_DEG:
        return PairCamera(yaw, guard, None, f"Camera angle checked: {how}.")
    turned = Validity.CAMERA_TURNED
    severity = Severity.WARN if guard is None else Severity.REFUSE
    finding = Finding(turned, severity, how, turned.remedy)
    consequence = (
        "what that makes of a difference is taken off, and it has to be larger to count"
        if guard is None
        else "no verdict is given"
    )
    return PairCamera(yaw, guard, finding, f"Camera turned: {how}, so {consequence}.")
