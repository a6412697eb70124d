"""`joint_angles`, and its results `Angle` and `Angles`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.angles.spec import AngleSpec, angle_rows
from kneepose.columns import Table
from kneepose.errors import KneeposeError, RecordingWarning, UnknownNameError
from kneepose.recording.options import as_float, parse_flag, parse_numbers
from kneepose.recording.recording import Recording, check_recording, core_recording
from kneepose.records import Provenance, Record, Result
from kneepose.typing import AngleName, PelvisReference, Side
from kneepose.validity import SystematicError, Validity, of_code, of_codes
from kneepose.words.catalogue import tr
from kneepose.words.html import html_table
from kneepose.words.measures import label_of
from kneepose.words.units import number, unit_of_angle

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from kneepose.angles.calibration import Calibration

__all__ = ["Angle", "AngleSpec", "Angles", "joint_angles"]

F64: TypeAlias = npt.NDArray[np.float64]
Name: TypeAlias = "AngleName | AngleSpec | tuple[AngleName | AngleSpec, Side | None]"
Request: TypeAlias = tuple[Any, Side | None]


def sided_of(angle: Any) -> str:
    """Return an angle's sides: ``"leg"``, ``"stance"``, ``"stance_or_right"``, ``"midline"``."""
    if isinstance(angle, AngleSpec):
        return angle.sided
    if not isinstance(angle, str) or angle not in angle_rows():
        raise UnknownNameError.of("angle", angle, angle_rows())
    return angle_rows()[angle]["sided"]


def parse_names(names: Sequence[Name] | Name | None, stance_side: Side | None) -> list[Request]:
    """Return (name or spec, side) of each column. A leg angle without a side becomes two columns."""
    if stance_side not in (None, "left", "right"):
        raise UnknownNameError.of("stance_side", stance_side, ["left", "right"])
    if names is None:
        names = cast(list[Name], _core.lower_body(stance_side is not None))
    elif isinstance(names, str | AngleSpec):
        names = [names]
    columns: list[Request] = []
    for given in names:
        pair = given if isinstance(given, tuple | list) else (given, None)
        if len(pair) != 2:
            raise UnknownNameError(f"{given!r} is no angle: give a name, or (name, side).")
        angle, side = pair
        if side not in (None, "left", "right"):
            raise UnknownNameError.of("side", side, ["left", "right"])
        sided = sided_of(angle)
        if sided == "leg" and side is None:
            columns += [(angle, "left"), (angle, "right")]
        elif sided.startswith("stance") and side is None:
            columns.append((angle, stance_side))
        else:
            columns.append((angle, side))
    return columns


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Angle(Record):
    """One angle over time.

    Attributes
    ----------
    name, side
        Name of the angle, and its side; `side` is None for midline angles.
    values
        Values in `unit`, clinical-positive, float64, shape (T,); NaN where `validity` is neither
        ``"ok"`` nor ``"low"``.
    unit
        ``"deg"``, or ``"shank"`` or ``"thigh"`` for lengths as a share of that segment.
    codes
        Numeric codes of `validity`, uint8, shape (T,).
    times
        Timestamps in seconds, float64, shape (T,).
    sd
        Standard deviation in `unit`, float64, shape (T,); NaN where `values` is NaN. None if
        `joint_angles` was called without `sd`.
    systematic
        Systematic error of the estimator, which ``sd=True`` includes; None in an analysis. Where it
        is not published it is that of a leg and a trunk seen at full length, and `sd` has that of
        each frame.
    """

    kind = "angle"

    name: str
    side: Side | None
    values: F64
    unit: str
    codes: npt.NDArray[np.uint8]
    times: F64
    sd: F64 | None = None
    systematic: SystematicError | None = None

    @property
    def validity(self) -> list[Validity]:
        """Validity of each value: OK, low, or the reason for NaN, length T."""
        return list(of_codes(self.codes))

    def reasons(self) -> dict[Validity, int]:
        """Return the number of frames with each validity."""
        codes, counts = np.unique(self.codes, return_counts=True)
        return {of_code(code): int(n) for code, n in zip(codes, counts, strict=True)}

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False and dtype not in (None, np.float64):
            raise ValueError("another dtype needs a copy")
        return (
            np.array(self.values, dtype=dtype, copy=bool(copy))
            if copy
            else np.asarray(self.values, dtype=dtype)
        )

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        label = " ".join(filter(None, (self.side, self.name.replace("_", " "))))
        finite = self.values[np.isfinite(self.values)]
        if not len(finite):
            worst = max(self.reasons().items(), key=lambda item: item[1])[0]
            return f"{label}: not measurable ({worst}). {worst.sentence} {worst.remedy}".rstrip()
        span = f"{finite.min():.1f} to {finite.max():.1f}"
        if self.sd is not None and np.isfinite(self.sd).any():
            doubt = self.systematic is not None and not self.systematic.validated
            span += f" (usual sd {np.nanmedian(self.sd):.1f}{', not validated' * doubt})"
        return f"{label}: {span} over {len(self)} frames, {len(self) - len(finite)} not measured"


class Angles(Table, Result, Mapping[Any, Angle]):
    """Angles of a recording, a mapping from name or (name, side) to `Angle`.

    Leg angles have a side, ``angles["knee_flexion", "left"]``; midline angles have none,
    ``angles["trunk_forward_lean"]``. The error for an unknown name lists similar names. Iteration
    yields (name, side).

    Attributes
    ----------
    data, sd
        Values and standard deviations, float64, shape (T, n): one column per angle in the order of
        iteration, in the `unit` of the angle. `sd` is None if `joint_angles` was called without `sd`.
    systematic
        Systematic error of each column; None in an analysis.
    codes
        Numeric codes of `Angle.validity`, uint8, shape (T, n).
    times
        Timestamps in seconds, float64, shape (T,).
    view
        Camera view of the person; None in world space.
    pelvis_reference
        Reference of the pelvis tilt, on which hip flexion depends.
    """

    __slots__ = (
        "_columns",
        "codes",
        "data",
        "pelvis_reference",
        "provenance",
        "sd",
        "systematic",
        "times",
        "view",
    )

    kind = "angles"

    _columns: tuple[tuple[str, Side | None], ...]
    data: F64
    codes: npt.NDArray[np.uint8]
    times: F64
    view: str | None
    sd: F64 | None
    systematic: tuple[SystematicError, ...] | None
    pelvis_reference: str

    def __init__(
        self,
        columns: Sequence[tuple[str, Side | None]],
        values: F64,
        codes: npt.NDArray[np.uint8],
        times: F64,
        view: str | None,
        sd: F64 | None = None,
        pelvis_reference: str = "up",
        provenance: Provenance | None = None,
        systematic: tuple[SystematicError, ...] | None = None,
    ) -> None:
        for array in (values, codes, sd):
            if array is not None:
                array.flags.writeable = False
        self._columns = tuple(columns)
        self.data = values
        self.codes = codes
        self.times = times
        self.view = view
        self.sd = sd
        self.systematic = systematic
        self.pelvis_reference = pelvis_reference
        self.provenance = provenance or Provenance()

    def __getitem__(self, key: str | tuple[str, Side | None]) -> Angle:
        if isinstance(key, tuple) and len(key) != 2:
            raise UnknownNameError(f"{key!r} is no angle: ask for a name, or (name, side).")
        name, side = key if isinstance(key, tuple) else (key, None)
        if (name, side) not in self._columns:
            sides = [have for known, have in self._columns if known == name]
            if len(sides) == 1 and not isinstance(key, tuple):
                side = sides[0]
            elif sides:
                has = " and ".join(repr((name, have)) for have in sides)
                raise UnknownNameError(f"{name!r} is here as {has}; {key!r} was asked for.")
            else:
                raise UnknownNameError.of("angle", name, dict.fromkeys(k for k, _ in self._columns))
        index = self._columns.index((name, side))
        sd = None if self.sd is None else self.sd[:, index]
        return Angle(
            name,
            side,
            self.data[:, index],
            unit_of_angle(name),
            self.codes[:, index],
            self.times,
            sd,
            None if self.systematic is None else self.systematic[index],
        )

    def __iter__(self) -> Iterator[tuple[str, Side | None]]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def columns(self) -> dict[str, F64]:
        """Return arrays of shape (T,) by column name: ``time_s`` and one ``name_side`` per angle."""
        named = {"_".join(filter(None, key)): self[key].values for key in self._columns}
        return {"time_s": self.times, **named}

    def save(self, path: str | Path) -> Path:
        """Write the angles to a ``.mot`` file of OpenSim, or a ``.csv`` file, and return the path.

        A ``.mot`` file holds angles in degrees, those of OpenSim's models under their names and signs,
        and `kneepose.read` reads it. A ``.csv`` file has the `columns`.

        Raises
        ------
        KneeposeError
            The path ends in something else, or there is nothing in degrees.
        OSError
            The system does not let the file be written.
        """
        from kneepose.io.motion import write

        return write(self, path)

    def plot(
        self,
        names: Sequence[str] | None = None,
        *,
        ax: Axes | Sequence[Axes] | None = None,
        width_in: float = 7.5,
    ) -> Figure:
        """Plot angles over time; see `kneepose.plots.plot_angles`. Requires ``kneepose[report]``."""
        from kneepose.plots.figures import plot_angles

        return plot_angles(self, names, ax=ax, width_in=width_in)

    def _repr_html_(self) -> str:
        head = [tr("Angle"), tr("Side"), tr("Lowest"), tr("Highest"), tr("Measured")]
        rows = []
        for key in self._columns:
            one = self[key]
            finite = one.values[np.isfinite(one.values)]
            edges = (finite.min(), finite.max()) if len(finite) else (np.nan, np.nan)
            share = f"{100 * len(finite) / max(len(one), 1):.0f} %"
            side = tr(one.side) if one.side else ""
            shown = (number(float(edge), one.unit) for edge in edges)
            rows.append([label_of(one.name).long, side, *shown, share])
        return html_table(head, rows)

    def __repr__(self) -> str:
        seen = f", seen from the {self.view}" if self.view else ""
        lines = [f"{len(self)} angles over {len(self.times)} frames{seen}"]
        return "\n  ".join([*lines, *(repr(self[key]) for key in self._columns)])


class _Reading(NamedTuple):
    """Options of `joint_angles` in the form that the Rust core takes."""

    pelvis_reference: str
    view: str | None
    heading: list[float] | None
    gates: bool
    rest: list[tuple[float, float]]
    assumed_level: bool
    sd: bool
    keypoint_sd: float | None


def at_rest(calibration: Calibration | None, recording: Recording) -> list[tuple[float, float]]:
    """Return (left, right) from the calibration: valgus and dorsiflexion in degrees, hip height."""
    if calibration is None:
        return [(0.0, 0.0), (0.0, 0.0), (np.nan, np.nan)]
    here = (recording.skeleton.name, "image" if recording.up is None else "world")
    if (calibration.skeleton, calibration.space) != here:
        raise KneeposeError(
            f"the calibration is of {calibration.skeleton} in {calibration.space} space, the recording "
            f"of {here[0]} in {here[1]} space: calibrate with the estimator and space you measure with."
        )
    unseen = [side for side in ("left", "right") if not getattr(calibration.standing_s, side)]
    if unseen:
        warnings.warn(
            f"the {unseen[0]} leg did not stand in the calibration, so its angles are not calibrated; "
            "do not compare them with the other leg's. Calibrate on both legs.",
            RecordingWarning,
            stacklevel=3,
        )
    readings = (
        calibration.valgus_deg,
        calibration.dorsiflexion_deg,
        calibration.standing_height,
    )
    return [(reading.left, reading.right) for reading in readings]


def _positive(sd: float) -> float:
    number = as_float(sd)
    if not 0 < number < np.inf:
        raise KneeposeError(f"sd is {sd!r}; it must be True, False, or a positive length.")
    return number


def joint_angles(
    recording: Recording,
    names: Sequence[Name] | Name | None = None,
    *,
    stance_side: Side | None = None,
    pelvis_reference: PelvisReference = "up",
    heading: Sequence[float] | None = None,
    gates: bool = True,
    calibration: Calibration | None = None,
    sd: bool | float = False,
) -> Angles:
    """Compute joint angles in every frame, without filtering.

    Keypoints below the confidence threshold of their skeleton count as missing.

    Parameters
    ----------
    recording
        Recording in image or world space. Condition it first to reduce noise.
    names
        Names from `kneepose.tables.angles`, ``(name, side)`` pairs or `AngleSpec` objects. A leg angle
        without a side gives both sides. None gives the 17 lower-body angles (``pelvic_drop`` with a
        `stance_side`, ``pelvic_obliquity`` without).
    stance_side
        Stance leg. Pelvic drop, pelvic rotation and lateral lean are signed toward it. Without it
        lateral lean is positive to the right.
    pelvis_reference
        Reference of the pelvis tilt, which two hip points do not define: ``"up"`` (gravity, for
        standing) or ``"trunk"`` (for lying and hands and knees). Hip flexion depends on it.
    heading
        Forward direction of inclinations, leans and projections, shape (3,); its horizontal component
        is used. World space only. None uses the direction of the pelvis in each frame. In image space
        the view determines it.
    gates
        False returns rotations below the flexion gate too, where noise dominates.
    calibration
        Result of `calibrate` for the same person. The standing alignment is subtracted from hip
        rotation, and the standing angle from dorsiflexion. Knee flexion from depth uses the standing
        height. A leg that did not stand stays uncalibrated, with a `RecordingWarning`.
    sd
        True returns the standard deviation of every value too. It joins two parts. The random part is
        propagated from a keypoint error of 10 mm (3-D) or 0.6 % of body height (image) along each axis,
        an engineering default, divided by the confidence, with at least 0.1. The systematic part is
        the published error of the estimator's family in this space and view, bias included
        (`kneepose.tables.accuracy`). In the frontal plane of an image that of a camera is added which
        stands as far to the side as both knees show, else 4° if the recording states its view, 13° if
        not. Where nothing is published it is wide, and `Angle.systematic` says so. A number sets the
        keypoint error in the unit of the coordinates (meters or pixels) and returns its random part
        alone. NaN where the first-order propagation does not hold: within two deviations of a straight
        joint, and above 30°.

    Returns
    -------
    Angles
        Values in the unit of each angle (degrees except for lengths), clinical-positive: flexion,
        adduction, internal rotation, knee inward, drop, and lean to the stance side are positive. Values
        that cannot be measured are NaN with a reason.

    Raises
    ------
    UnknownNameError
        A name is not known.
    KneeposeError
        ``pelvic_drop`` was requested without a stance side, a midline angle with a side, or the
        calibration is of another skeleton or space.

    Examples
    --------
    >>> import kneepose as kp
    >>> angles = kp.joint_angles(kp.sample("squat"))
    >>> round(float(angles["knee_flexion", "left"].values.max()))
    88
    """
    check_recording(recording, "joint_angles")
    columns = parse_names(names, stance_side)
    wanted = bool(sd) if isinstance(sd, bool | np.bool_) else True
    reading = _Reading(
        pelvis_reference=pelvis_reference,
        view=recording.view,
        heading=parse_numbers(heading, "heading", 3),
        gates=parse_flag(gates, "gates"),
        rest=at_rest(calibration, recording),
        assumed_level=bool(recording.meta.get("assumed_level_camera")),
        sd=wanted,
        keypoint_sd=None if isinstance(sd, bool | np.bool_) else _positive(sd),
    )
    done = _core.recording_angles(core_recording(recording), columns, reading)
    keys: list[tuple[str, Side | None]] = [
        (angle.name if isinstance(angle, AngleSpec) else angle, side) for angle, side in columns
    ]
    values, codes = done["values"], done["codes"]
    return Angles(
        keys,
        values,
        codes,
        recording.times,
        done["view"],
        done["sd"],
        pelvis_reference,
        Provenance.of(
            recording,
            stance_side=stance_side,
            pelvis_reference=pelvis_reference,
            heading=reading.heading,
            gates=reading.gates,
            calibrated=calibration is not None,
        ),
        tuple(SystematicError(*known) for known in done["systematic"]),
    )
