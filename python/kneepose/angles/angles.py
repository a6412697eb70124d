"""Joint angles of a recording."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.errors import KneeposeError, RecordingWarning, UnknownNameError
from kneepose.recording.options import parse_flag, parse_numbers
from kneepose.recording.recording import Recording, check_recording, core_recording
from kneepose.recording.skeleton import check_name
from kneepose.typing import AngleName, AngleRow, PelvisReference, Side
from kneepose.validity import Validity, of_code
from kneepose.words.units import unit_of_angle

if TYPE_CHECKING:
    from kneepose.angles.calibration import Calibration

__all__ = ["Angle", "AngleSpec", "Angles", "joint_angles"]

F64: TypeAlias = npt.NDArray[np.float64]
Name: TypeAlias = "AngleName | AngleSpec | tuple[AngleName | AngleSpec, Side | None]"
Request: TypeAlias = tuple[Any, Side | None]


@dataclass(frozen=True, slots=True)
class AngleSpec:
    """An angle of one's own: a row like those of `kneepose.tables.angles`, passed where a name is.

    Attributes
    ----------
    name
        Any name that no built-in angle has.
    points
        Landmarks without a side (``"shoulder"``), with ``other_`` for the other side and ``mid_`` for
        the middle of both; or landmarks in full (``"left_hip"``, ``"nose"``).
    measure
        How a number is made of the points, as in the column ``measure`` of `kneepose.tables.angles`:
        ``"bend"`` (0 when straight) and ``"included"`` (180 when straight) take three points,
        ``"forward_inclination"``, ``"sideways_inclination"`` and ``"horizontal_elevation"`` two.
    sided
        ``"leg"`` (one value a side), ``"midline"``, ``"stance"`` (midline, signed to the stance side,
        which must be given) or ``"stance_or_right"`` (to the right where no stance side is given).
    sign
        +1 or −1: turns the measure into the direction that you call positive, on the right.
    mirrored
        True if left is the mirror image of right (for directions that are inward or outward).
    plane
        From where one camera sees it: ``"sagittal"`` (side), ``"frontal"`` (front or back),
        ``"spatial"`` (not from one camera).
    gate
        (refused below, low below): degrees of knee flexion, for rotations only.
    """

    name: str
    points: tuple[str, ...]
    measure: str = "bend"
    sided: Literal["leg", "midline", "stance", "stance_or_right"] = "leg"
    sign: float = 1.0
    mirrored: bool = False
    plane: Literal["sagittal", "frontal", "spatial"] = "sagittal"
    gate: tuple[float, float] | None = None
    unit: str = field(default="deg", init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", tuple(self.points))
        check_name("angle", self.name)
        for point in self.points:
            check_name("point", point)
        if self.name in _table():
            raise KneeposeError(f"{self.name!r} is a built-in angle; give yours another name.")


@cache
def _table() -> dict[str, AngleRow]:
    return {row["name"]: row for row in _core.angle_table()}


def sided_of(angle: Any) -> str:
    """Return ``"leg"``, ``"stance"``, ``"stance_or_right"`` or ``"midline"``."""
    if isinstance(angle, AngleSpec):
        return angle.sided
    if not isinstance(angle, str) or angle not in _table():
        raise UnknownNameError.of("angle", angle, _table())
    return _table()[angle]["sided"]


def parse_names(names: Sequence[Name] | Name | None, stance_side: Side | None) -> list[Request]:
    """Return (name or spec, side) for each column; a bare leg angle becomes left and right."""
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
class Angle:
    """One angle over time.

    Attributes
    ----------
    name, side
        What it is; `side` is None on the midline.
    values
        (T,) f64 in `unit`, clinical-positive; NaN where `validity` is neither ``"ok"`` nor ``"low"``.
    unit
        ``"deg"``; ``"shank"`` or ``"thigh"`` for lengths as a share of that segment.
    codes
        (T,) uint8, the numbers behind `validity`.
    times
        (T,) f64 seconds.
    sd
        (T,) f64 standard deviation in `unit`, from that of the keypoints; None unless
        `joint_angles` was asked for it. NaN where `values` is.
    """

    name: str
    side: Side | None
    values: F64
    unit: str
    codes: npt.NDArray[np.uint8]
    times: F64
    sd: F64 | None = None

    @property
    def validity(self) -> list[Validity]:
        """(T,) why each value is, or is not, to be trusted."""
        return [of_code(code) for code in self.codes]

    def reasons(self) -> dict[Validity, int]:
        """Return how many frames have which validity."""
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
            span += f" (usual sd {np.nanmedian(self.sd):.1f})"
        return f"{label}: {span} over {len(self)} frames, {len(self) - len(finite)} not measured"


class Angles(Mapping[Any, Angle]):
    """Angles of a recording by name, or by (name, side) for those that each leg has.

    ``angles["knee_flexion", "left"]``, ``angles["trunk_forward_lean"]``; an unknown name lists the
    near ones. Iterating gives (name, side).

    Attributes
    ----------
    data, sd
        (T, n) f64, one column an angle in the order of iteration, each in the `unit` of its angle; `sd`
        is None unless `joint_angles` was asked for it.
    codes
        (T, n) uint8, the numbers behind `Angle.validity`.
    times
        (T,) f64 seconds.
    view
        From where the camera sees the person; None in world space.
    pelvis_reference
        What the pelvis' tilt was read against: hip flexion from hip points carries the tilt of the real
        pelvis along.
    """

    __slots__ = ("_columns", "codes", "data", "pelvis_reference", "sd", "times", "view")

    def __init__(
        self,
        columns: Sequence[tuple[str, Side | None]],
        values: F64,
        codes: npt.NDArray[np.uint8],
        times: F64,
        view: str | None,
        sd: F64 | None = None,
        pelvis_reference: str = "up",
    ) -> None:
        for array in (values, codes, sd):
            if array is not None:
                array.flags.writeable = False
        self._columns = {key: i for i, key in enumerate(columns)}
        self.data = values
        self.codes = codes
        self.times = times
        self.view = view
        self.sd = sd
        self.pelvis_reference = pelvis_reference

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
        index = self._columns[name, side]
        sd = None if self.sd is None else self.sd[:, index]
        return Angle(
            name,
            side,
            self.data[:, index],
            unit_of_angle(name),
            self.codes[:, index],
            self.times,
            sd,
        )

    def __iter__(self) -> Iterator[tuple[str, Side | None]]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def columns(self) -> dict[str, F64]:
        """Return a dict of (T,) arrays: ``time_s`` and one ``name_side`` for each angle."""
        named = {"_".join(filter(None, key)): self[key].values for key in self._columns}
        return {"time_s": self.times, **named}

    def __repr__(self) -> str:
        seen = f", seen from the {self.view}" if self.view else ""
        lines = [f"{len(self)} angles over {len(self.times)} frames{seen}"]
        return "\n  ".join([*lines, *(repr(self[key]) for key in self._columns)])


class _Reading(NamedTuple):
    """What the core wants to know beside the recording."""

    pelvis_reference: str
    view: str | None
    heading: list[float] | None
    gates: bool
    rest: list[tuple[float, float]]
    assumed_level: bool
    sd: bool
    keypoint_sd: float | None


def at_rest(calibration: Calibration | None, recording: Recording) -> list[tuple[float, float]]:
    """Return standing valgus and dorsiflexion (degrees) and hip height, each left and right."""
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
            f"the {unseen[0]} leg did not stand in the calibration: its angles keep the zero of the "
            "definition, and must not be compared with the other leg's.",
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
    try:
        number = float(sd)
    except (TypeError, ValueError):
        number = np.nan
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
    """Compute joint angles of every frame. Pure geometry: nothing is filtered.

    A keypoint below the confidence threshold of its skeleton counts as not seen.

    Parameters
    ----------
    recording
        Any recording; condition it first unless you want its noise.
    names
        Names of `kneepose.tables.angles`, ``(name, side)`` pairs or `AngleSpec` rows; a leg angle
        without a side gives both. None: the 17 lower-body angles (``pelvic_drop`` with a `stance_side`,
        ``pelvic_obliquity`` without).
    stance_side
        The leg that stands: gives pelvic drop, pelvic rotation and lateral lean their sign. Without
        it lateral lean is + to the right.
    pelvis_reference
        What the pelvis' tilt is read against, since two hip points give none: ``"up"`` (gravity, for
        standing) or ``"trunk"`` (for lying and on all fours). Hip flexion depends on it.
    heading
        World space: (3,) forward direction of inclinations, leans and projections, of which the
        horizontal part counts. None: where the pelvis points in each frame. In an image the view says
        it.
    gates
        False also returns rotations below the flexion gate, where noise rules.
    calibration
        What `calibrate` made of a standing trial of the same person: the standing alignment of the leg
        is taken out of hip rotation, the standing reading of the ankle out of dorsiflexion, and knee
        flexion from depth compares with the standing height. A leg that did not stand keeps the zero
        of the definition, with a `RecordingWarning`.
    sd
        Also give the standard deviation of every value. True: of keypoints with 10 mm (3-D) or 0.6 %
        of body height (image) along each axis, an engineering default; a number: with that much, in
        the unit of the coordinates (metres or pixels). Keypoints of lower confidence get more: divided
        by the confidence, at least 0.1. NaN where first order does not hold: within two deviations of
        a straight joint, and beyond 30°. It is the random part only: estimators also place joints off
        the same way every time.

    Returns
    -------
    Angles
        Each in its unit (degrees for all but lengths), clinical-positive (flexion, adduction, internal
        rotation, knee inward, drop, lean to the stance side are +). What cannot be measured is
        NaN with its reason.

    Raises
    ------
    UnknownNameError
        A name that is in no table.
    KneeposeError
        ``pelvic_drop`` without a stance side, a side for a midline angle.

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
    return Angles(keys, values, codes, recording.times, done["view"], done["sd"], pelvis_reference)
