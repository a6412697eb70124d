"""Whether a recording can be measured: what is wrong with it, and how the camera stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.columns import columns_of
from kneepose.errors import CoordinateError
from kneepose.exercises.spec import check_side
from kneepose.recording.recording import Recording, check_raw, check_recording, core_recording
from kneepose.records import Provenance, ReadOnlyMapping, Result
from kneepose.validity import Validity, of_code
from kneepose.words.units import number

if TYPE_CHECKING:
    from kneepose._core import CheckedQuality

RecordingT = TypeVar("RecordingT", bound="Recording")

__all__ = ["Finding", "PairCamera", "Quality", "Severity", "check", "pair_camera"]

_SIDES = ("left", "right")


class Severity(StrEnum):
    """How much a finding weighs."""

    WARN = "warn"
    REFUSE = "refuse"


class Finding(NamedTuple):
    """One thing that is wrong with a recording.

    ``refuse``: what depends on it is not given. ``warn``: read the numbers with this in mind.
    """

    reason: Validity
    severity: Severity
    measured: str
    remedy: str

    def _derived(self) -> dict[str, str]:
        return {"sentence": self.reason.sentence}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Quality(Result):
    """What is wrong with a recording, and how the camera stood.

    Attributes
    ----------
    view
        From where the camera sees the person; None in world space or where it does not show.
    foot_to_lens_deg
        Side → angle between the foot (heel to big toe) and the line from it to the lens, median over
        the frames in which it stands; + where the toes point to the right in the picture. NaN without
        feet, and in a view from the side. Toes that turn outward are negative on the right foot and
        positive on the left one, seen from the front; one foot cannot tell them from a turned camera.
    foot_to_lens_sd_deg
        Side → its spread over frames (robust standard deviation).
    roll_deg
        Tilt of the picture, from the line through the ankles and balance while both feet stand, seen
        from the front or back; + where the camera's right-hand side is down. None where that is
        never seen for half a second.
    roll_error_deg
        Error of `roll_deg` (standard deviation); None beside None.
    off_axis
        Place of the standing foot beside the middle of the picture as a share of the body's height, +
        to the right; None where the size of the picture is not known.
    findings
        What is wrong, the gravest first; empty where nothing is.
    evidence
        Name → number behind each possible finding, whether or not it found something.
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
        """Whether a finding forbids measures."""
        return any(finding.severity is Severity.REFUSE for finding in self.findings)

    @property
    def off_axis_m(self) -> float | None:
        """`off_axis` in metres, for a person of 1.7 m."""
        return None if self.off_axis is None else self.off_axis * _core.ASSUMED_HEIGHT_M

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return a dict of arrays, one entry a finding: reason, severity, text, sentence, remedy."""
        names = ("reason", "severity", "measured", "sentence", "remedy")
        rows = [
            {**finding._asdict(), "sentence": finding.reason.sentence} for finding in self.findings
        ]
        return columns_of(rows, names)

    def __repr__(self) -> str:
        seen = f"Seen from the {self.view}." if self.view else "View unknown."
        lines = [seen if not self.findings else f"{seen} {len(self.findings)} finding(s):"]
        for finding in self.findings:
            verb = "refused" if finding.severity is Severity.REFUSE else "mind"
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
    """Return what the core found."""
    degrees, spread = zip(*done["foot_to_lens"], strict=True)
    roll, roll_error = done["roll"]
    findings = []
    for code, severity, measured in done["findings"]:
        reason = of_code(code)
        findings.append(Finding(reason, Severity(severity), measured, reason.remedy))
    return Quality(
        view=done["view"],
        foot_to_lens_deg=ReadOnlyMapping(dict(zip(_SIDES, degrees, strict=True))),
        foot_to_lens_sd_deg=ReadOnlyMapping(dict(zip(_SIDES, spread, strict=True))),
        roll_deg=_known(roll),
        roll_error_deg=_known(roll_error),
        off_axis=_known(done["off_axis"]),
        findings=tuple(findings),
        evidence=ReadOnlyMapping(dict(done["evidence"])),
        provenance=provenance,
    )


def check(recording: Recording, *, side: Literal["left", "right"] | None = None) -> Quality:
    """Look for what makes numbers wrong: skeleton, sides, order of frames, limbs, camera.

    `analyze` does the same and refuses what is forbidden; this is for looking first.

    Parameters
    ----------
    recording
        As it comes from the estimator; do not condition it first.
    side
        The leg that matters, where it is one: its keypoints have to be seen and inside the picture,
        and its foot has to point at the lens.

    Returns
    -------
    Quality
        Thresholds and error rates: ``docs/evidence/guards.md``.

    Raises
    ------
    UnknownNameError
        No such side.
    KneeposeError
        The keypoints contradict the recording's `view`, or it was conditioned already.

    Examples
    --------
    >>> import kneepose as kp
    >>> kp.check(kp.sample("squat")).findings
    ()
    """
    check_recording(recording, "check")
    check_raw(recording)
    known_side = None if side is None else check_side(side)
    done = _core.check(core_recording(recording), known_side, recording.view, False)
    return quality_of(done, Provenance.of(recording, side=known_side))


def level(recording: RecordingT, roll_deg: float | None) -> RecordingT:
    """Return the picture turned level; see `Recording.leveled`."""
    if recording.space == "world":
        raise CoordinateError(
            "world space has its own vertical, up=; only pictures are leveled. Rotate the coordinates "
            "if `up` is not vertical."
        )
    roll = check(recording).roll_deg if roll_deg is None else float(roll_deg)
    if roll is None:
        raise CoordinateError(
            "no tilt can be seen: that needs half a second of standing on both feet, seen from the "
            "front or the back. Pass roll_deg=, such as the phone's own level reads."
        )
    if not np.isfinite(roll):
        raise CoordinateError(f"roll_deg is {roll}; needed a finite number of degrees.")
    middle = 0.5 * np.array(recording.resolution_wh or (0, 0), dtype=np.float64)
    turned = _core.leveled(recording.coordinates, roll, (float(middle[0]), float(middle[1])))
    return recording._replace(coordinates=turned)


class PairCamera(NamedTuple):
    """How the camera stood to the two recordings of a comparison.

    `yaw_deg` is + where it has walked round toward the person's right (seen from the front), NaN
    where unknown; `guard` forbids a verdict; `finding` says what is wrong, None where nothing is;
    `note` is what the reader must know.
    """

    yaw_deg: float
    guard: Validity | None
    finding: Finding | None
    note: str


def pair_camera(
    first: tuple[str, Quality], second: tuple[str, Quality], *, said_front: bool, moved: bool
) -> PairCamera:
    """Return how the camera stood, from the standing foot of each recording: (side, quality)."""
    feet = [(side, quality.foot_to_lens_deg[side]) for side, quality in (first, second)]
    yaw, guard_name = _core.camera_yaw(*feet)
    unknown = Validity.CAMERA_ANGLE_UNKNOWN
    if moved and first[0] != second[0]:
        return PairCamera(yaw, unknown, None, "The camera was moved between the two recordings.")
    if np.isnan(yaw):
        if said_front:
            note = "Camera angle not verified: taken as straight in front, as stated."
            return PairCamera(yaw, None, None, note)
        return PairCamera(yaw, unknown, None, "")
    guard = None if guard_name is None else Validity(guard_name)
    how = f"the feet show the camera turned by {number(yaw, 'deg', signed=True)}"
    if abs(yaw) <= _core.FLAGGED_YAW_DEG:
        return PairCamera(yaw, guard, None, f"Camera angle checked: {how}.")
    turned = Validity.CAMERA_TURNED
    severity = Severity.WARN if guard is None else Severity.REFUSE
    finding = Finding(turned, severity, how, turned.remedy)
    consequence = (
        "a difference has to be larger to count" if guard is None else "no verdict is given"
    )
    return PairCamera(yaw, guard, finding, f"Camera turned: {how}, so {consequence}.")
