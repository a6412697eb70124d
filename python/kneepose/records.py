"""Base classes of results: pickling, copies, comparison, and conversion to and from JSON.

A class derives from `Record` and names its fields with their types, as a dataclass or in its slots.
Serialization is derived from these, so no class implements its own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
import types
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import (
    Any,
    ClassVar,
    Final,
    Literal,
    NoReturn,
    Self,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.errors import FormatError, KneeposeError, UnknownNameError

__all__ = [
    "SCHEMA",
    "Provenance",
    "ReadOnlyMapping",
    "Record",
    "Result",
    "check_schema",
    "method_hash_of",
    "read_any",
    "same",
    "without_frames",
    "write_any",
]

Value = TypeVar("Value", covariant=True)
RecordT = TypeVar("RecordT", bound="Record")

#: Schema number of `to_dict`. It is raised when an older version could misread the new format.
SCHEMA: Final = 1

#: Keys of `to_dict` that hold one value per frame.
_PER_FRAME: Final = frozenset({"angles", "recording", "signal", "source"})
_KINDS: dict[str, type[Record]] = {}
_FIELD_TYPES: dict[type[Record], dict[str, Any]] = {}
_MIDLINE = "midline"
#: Maximum size in bytes of an array in metadata.
_LARGEST_ARRAY: Final = 64 * 1024 * 1024
_INFINITIES = {"Infinity": math.inf, "-Infinity": -math.inf}


class ReadOnlyMapping(Mapping[str, Value]):
    """An immutable mapping that, unlike `types.MappingProxyType`, can be pickled."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Value] | None = None) -> None:
        self._items = dict(items or {})

    def __getitem__(self, key: str) -> Value:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return same(self._items, dict(other)) if isinstance(other, Mapping) else NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(self._items))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._items,)

    def __repr__(self) -> str:
        return repr(self._items)


class Record:
    """Base class of results and of their parts.

    Two records are equal if they have the same class and all fields are equal; NaN equals NaN.
    Pickles and copies are rebuilt from the fields, with read-only arrays and mappings.
    """

    __slots__ = ()

    #: Permanent name of the type of result in `to_dict`. Empty for base classes.
    kind: ClassVar[str] = ""
    #: Names of fields that are records themselves and whose entries are merged into those of this
    #: record.
    _merged: ClassVar[tuple[str, ...]] = ()
    #: Fields that older versions did not write → their default.
    _absent: ClassVar[Mapping[str, Any]] = types.MappingProxyType({})
    #: Fields excluded from comparison, because they follow from others or are irrelevant.
    _uncompared: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "kind" in cls.__dict__:
            _KINDS[cls.kind] = cls

    @classmethod
    def _field_types(cls) -> dict[str, Any]:
        """Return the types of the fields by name, in order."""
        if cls not in _FIELD_TYPES:
            hints = get_type_hints(cls)
            _FIELD_TYPES[cls] = {name: hints[name] for name in _field_names(cls) if name in hints}
        return _FIELD_TYPES[cls]

    @classmethod
    def _rebuilt(cls, fields: dict[str, Any]) -> Self:
        """Create a record from its fields."""
        if dataclasses.is_dataclass(cls):
            return cast(Self, cls(**fields))
        record = object.__new__(cls)
        for name, value in fields.items():
            object.__setattr__(record, name, value)
        return record

    def _derived(self) -> dict[str, Any]:
        """Return additional entries for readers of `to_dict`; `from_dict` ignores them."""
        return {}

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for strict JSON: NaN is None, arrays are lists.

        ``schema`` is the schema number, ``version`` the version of kneepose, and ``kind`` the type
        of the result.
        """
        return {"schema": SCHEMA, "version": _core.version(), "kind": self.kind, **self._plain()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return an object equal to the one from which `to_dict` produced `data`.

        Raises
        ------
        FormatError
            The data are of another type, from a newer version, or not from `to_dict`.
        """
        if not isinstance(data, Mapping):
            raise FormatError(f"data is of type {type(data).__name__}; give what to_dict returned.")
        check_schema(data.get("schema"), SCHEMA, data.get("version"), "these data")
        return cls._of_kind(data)

    @classmethod
    def _of_kind(cls, data: Mapping[str, Any]) -> Self:
        """Return a record of the class named in the data: this class or a subclass."""
        kind = data.get("kind")
        known = [name for name, found in _KINDS.items() if issubclass(found, cls)]
        if not isinstance(kind, str) or kind not in known:
            raise FormatError(str(UnknownNameError.of("kind of data", kind, known)))
        return cast(Self, _KINDS[kind]._from_plain(data))

    def _plain(self) -> dict[str, Any]:
        plain = {
            name: _number(value) if isinstance(value, float) else write_any(value)
            for name, value in self._derived().items()
        }
        for name, kind in self._field_types().items():
            value = getattr(self, name)
            if name in self._merged:
                plain |= value._plain()
            else:
                plain[name.lstrip("_")] = _write(kind, value)
        return plain

    @classmethod
    def _from_plain(cls, data: Any) -> Self:
        what = cls.kind or cls.__name__
        if not isinstance(data, Mapping):
            raise FormatError(f"{what} is {_short(data)}; needed an object with its entries.")
        if not cls.kind:
            return cls._of_kind(data)
        fields = {}
        for name, kind in cls._field_types().items():
            key = name.lstrip("_")
            if name in cls._merged:
                fields[name] = kind._from_plain(data)
            elif key in data:
                fields[name] = _read(kind, data[key], f"{what}: {key}")
            elif name in cls._absent:
                fields[name] = cls._absent[name]
            else:
                raise FormatError(f"{what} has no entry {key!r}; give what to_dict returned.")
        return cls._rebuilt(fields)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        names = [name for name in self._field_types() if name not in self._uncompared]
        return self is other or all(same(getattr(self, n), getattr(other, n)) for n in names)

    def __hash__(self) -> int:
        names = [name for name in self._field_types() if name not in self._uncompared]
        return hash((type(self), *(_hashed(getattr(self, name)) for name in names)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), {n: getattr(self, n) for n in self._field_types()})


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Provenance(Record):
    """Provenance of a result: versions, settings and hashes.

    Attributes
    ----------
    version
        Version of kneepose.
    estimator
        Pose estimator as stated in the recording; may be empty.
    skeleton
        Name of the skeleton.
    settings
        Name → value of the options used.
    model_hash
        Hash of the estimator's weights as stated in the recording, or None.
    file_hash
        Hash of the file that the keypoints came from, or None. Several hashes are separated by a
        space.
    method_hash
        SHA-256 of everything that determines how keypoints become numbers: version, skeleton,
        space, settings except the side, and the definition of the exercise. Two results with equal
        hashes were computed in the same way. Empty if unknown.
    """

    kind = "provenance"
    _absent = types.MappingProxyType({"model_hash": None, "file_hash": None, "method_hash": ""})

    version: str = dataclasses.field(default_factory=_core.version)
    estimator: str = ""
    skeleton: str = ""
    settings: Mapping[str, Any] = ReadOnlyMapping()
    model_hash: str | None = None
    file_hash: str | None = None
    method_hash: str = ""

    @classmethod
    def of(
        cls, recording: Any, *, definition: Mapping[str, Any] | None = None, **settings: Any
    ) -> Self:
        """Return the provenance of a result computed from a recording with these settings.

        `definition` is the definition of the exercise, or None.
        """
        return cls(
            estimator=recording.estimator,
            skeleton=recording.skeleton.name,
            settings=ReadOnlyMapping(settings),
            model_hash=recording.model_hash,
            file_hash=recording.file_hash,
            method_hash=method_hash_of(
                recording.skeleton.name, recording.space, settings, definition
            ),
        )

    def of_both(self, other: Provenance, **settings: Any) -> Provenance:
        """Return the provenance of a result of two results, of which this is the first."""
        return dataclasses.replace(
            self,
            settings=ReadOnlyMapping(settings),
            model_hash=_both(self.model_hash, other.model_hash),
            file_hash=_both(self.file_hash, other.file_hash),
            method_hash=_both(self.method_hash, other.method_hash) or "",
        )

    def trace(self) -> dict[str, str | int]:
        """Return the provenance as one row; every table of a result ends with these columns.

        Keys: ``schema`` (int), ``version``, ``estimator``, ``model_hash``, ``skeleton``,
        ``settings`` (as JSON), ``method_hash`` and ``file_hash``; unknown text is empty.
        """
        settings = json.dumps(write_any(dict(self.settings)), sort_keys=True, ensure_ascii=False)
        return {
            "schema": SCHEMA,
            "version": self.version,
            "estimator": self.estimator,
            "model_hash": self.model_hash or "",
            "skeleton": self.skeleton,
            "settings": settings,
            "method_hash": self.method_hash,
            "file_hash": self.file_hash or "",
        }

    def columns(self, rows: int) -> dict[str, npt.NDArray[Any]]:
        """Return `trace` as arrays by column name, repeated for `rows` rows."""
        return {name: np.full(rows, value) for name, value in self.trace().items()}

    def sentence(self) -> str:
        """Return `trace` as a sentence for a page footer, with the first 12 digits of each hash."""
        row = self.trace()

        def of(name: str) -> str:
            return " and ".join(one[:12] for one in str(row[name]).split()) or "not stated"

        settings = ", ".join(
            f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
            for name, value in self.settings.items()
            if value is not None and value != "" and value != {}
        )
        return (
            f"Made with kneepose {self.version}, schema {SCHEMA}; body points from "
            f"{self.estimator or 'an estimator that is not stated'}, model file {of('model_hash')}, "
            f"skeleton {self.skeleton or 'not stated'}; settings: {settings or 'none'}; method "
            f"{of('method_hash')}; file {of('file_hash')}."
        )


def _both(first: str | None, second: str | None) -> str | None:
    known = dict.fromkeys(one for given in (first, second) for one in (given or "").split())
    return " ".join(known) or None


#: Settings that identify the measured leg; they do not change the method.
_SIDES: Final = frozenset({"side", "sides", "stance_side", "involved"})


def method_hash_of(
    skeleton: str, space: str, settings: Mapping[str, Any], definition: Mapping[str, Any] | None
) -> str:
    """Return the SHA-256 of everything that determines how keypoints become numbers."""
    method = {
        "version": _core.version(),
        "skeleton": skeleton,
        "space": space,
        "settings": {k: v for k, v in settings.items() if k not in _SIDES},
        "definition": {} if definition is None else dict(definition),
    }
    text = json.dumps(method, sort_keys=True, default=_jsonable)
    return hashlib.sha256(text.encode()).hexdigest()


def _jsonable(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else write_any(value)


class Result(Record):
    """A record that contains its provenance."""

    __slots__ = ()

    _merged: ClassVar[tuple[str, ...]] = ("provenance",)

    provenance: Provenance

    @property
    def version(self) -> str:
        """Version of kneepose that created the result."""
        return self.provenance.version

    @property
    def estimator(self) -> str:
        """Pose estimator as stated in the recording; may be empty."""
        return self.provenance.estimator

    @property
    def skeleton(self) -> str:
        """Name of the skeleton of the keypoints."""
        return self.provenance.skeleton

    @property
    def settings(self) -> Mapping[str, Any]:
        """Name → value of the options used."""
        return self.provenance.settings

    @property
    def model_hash(self) -> str | None:
        """Hash of the estimator's weights as stated in the recording, or None."""
        return self.provenance.model_hash

    @property
    def file_hash(self) -> str | None:
        """Hash of the file that the keypoints came from, or None; several separated by a space."""
        return self.provenance.file_hash

    @property
    def method_hash(self) -> str:
        """SHA-256 of everything that determines how keypoints become numbers; see `Provenance`."""
        return self.provenance.method_hash


def check_schema(found: Any, newest: int, version: Any, what: str) -> None:
    """Raise `FormatError` for a schema number that this version does not know."""
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise FormatError(f"{what} carry the schema number {_short(found)}; it must be 1 or more.")
    if found > newest:
        by = f" by kneepose {version}" if isinstance(version, str) else ""
        raise FormatError(
            f"{what} were written{by} with schema {found}; kneepose {_core.version()} reads up to "
            f"schema {newest}. Update kneepose to read them."
        )


def without_frames(data: Any) -> Any:
    """Return the output of `to_dict` without the entries that hold one value per frame."""
    if isinstance(data, list):
        return [without_frames(item) for item in data]
    if isinstance(data, dict):
        return {k: without_frames(v) for k, v in data.items() if k not in _PER_FRAME}
    return data


def same(a: Any, b: Any) -> bool:
    """Return whether two values are equal; NaN equals NaN, and arrays are compared entry by entry.

    Examples
    --------
    >>> same((1.0, float("nan")), (1.0, float("nan"))), same(1.0, 2.0)
    (True, False)
    """
    if a is b:
        return True
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return _same_arrays(a, b)
    if isinstance(a, Mapping) and isinstance(b, Mapping) and not isinstance(a, Record):
        return a.keys() == b.keys() and all(same(value, b[key]) for key, value in a.items())
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        alike = isinstance(a, tuple) == isinstance(b, tuple) and len(a) == len(b)
        return alike and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a):
        return math.isnan(b)
    return bool(a == b)


def _same_arrays(a: Any, b: Any) -> bool:
    if not isinstance(a, np.ndarray) or not isinstance(b, np.ndarray):
        return False
    # The dtype width of text is that of the longest entry, so it may differ.
    if a.dtype != b.dtype and (a.dtype.kind, b.dtype.kind) != ("U", "U"):
        return False
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))


def _hashed(value: Any) -> Any:
    """Return a hashable stand-in that is equal for equal values and usually differs for others."""
    if isinstance(value, np.ndarray):
        return value.shape
    if isinstance(value, Mapping) and not isinstance(value, Record):
        return frozenset(value)
    if isinstance(value, tuple | list):
        return tuple(map(_hashed, value))
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    return value if type(value).__hash__ is not None else type(value).__name__


def _freeze(value: Any) -> None:
    """Make an array, or the arrays in a tuple, read-only, since copies and pickles are writable."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif isinstance(value, tuple):
        for item in value:
            _freeze(item)


def _restored(cls: type[RecordT], fields: dict[str, Any]) -> RecordT:
    for value in fields.values():
        _freeze(value)
    return cls._rebuilt(fields)


def _field_names(cls: type[Record]) -> list[str]:
    if dataclasses.is_dataclass(cls):
        return [field.name for field in dataclasses.fields(cls) if field.init]
    return list(getattr(cls, "__slots__", ()))


def _known(kind: Any) -> Any:
    """Return a type annotation without ``| None``."""
    if get_origin(kind) not in (Union, types.UnionType):
        return kind
    return Union[tuple(arm for arm in get_args(kind) if arm is not types.NoneType)]  # noqa: UP007


def _by_name(kind: Any) -> bool:
    """Return True for a record type with a field `name`, so a list can replace the mapping."""
    return isinstance(kind, type) and issubclass(kind, Record) and "name" in kind._field_types()


def _items(kind: Any, count: int) -> list[Any]:
    """Return the type of each item from the annotation of a tuple or list."""
    args = get_args(kind)
    return list(args) if len(args) > 1 and args[-1] is not ... else [args[0]] * count


def _write(kind: Any, value: Any) -> Any:
    """Convert a field to plain data."""
    kind = _known(kind)
    if value is None or isinstance(value, bool):
        return value
    if hasattr(value, "_plain"):
        return value._plain()
    if kind is Any:
        return write_any(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, np.ndarray):
        return _listed(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        hints = get_type_hints(type(value))
        derived = value._derived() if hasattr(value, "_derived") else {}
        return derived | {n: _write(hints[n], getattr(value, n)) for n in value._fields}
    if isinstance(value, tuple | list):
        kinds = _items(kind, len(value))
        return [_write(one, item) for one, item in zip(kinds, value, strict=True)]
    if isinstance(value, Mapping):
        return _write_mapping(get_args(kind), value)
    return value


def _write_mapping(kinds: tuple[Any, ...], value: Mapping[Any, Any]) -> Any:
    key_kind, item_kind = kinds
    if _by_name(item_kind):
        return [_write(item_kind, item) for item in value.values()]
    if get_origin(key_kind) is not tuple:
        return {str(key): _write(item_kind, item) for key, item in value.items()}
    by_name: dict[str, dict[str, Any]] = {}
    for (name, side), item in value.items():
        by_name.setdefault(name, {})[side or _MIDLINE] = _write(item_kind, item)
    return by_name


def write_any(value: Any) -> Any:
    """Convert any value to plain data; types that JSON lacks become objects with one key ``$``."""
    if value is None or isinstance(value, bool | int | str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, np.generic):
        return write_any(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, np.ndarray):
        items = write_any(value.ravel().tolist())
        return {"$array": items, "dtype": value.dtype.str, "shape": list(value.shape)}
    if isinstance(value, tuple):
        return {"$tuple": [write_any(item) for item in value]}
    if isinstance(value, list):
        return [write_any(item) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: write_any(item) for key, item in value.items()}
    raise KneeposeError(
        f"{_short(value)} of type {type(value).__name__} cannot be written as JSON; use numbers, text, "
        "lists, arrays, and dicts with text as keys."
    )


def read_any(data: Any) -> Any:
    """Restore the value that was passed to `write_any`."""
    if isinstance(data, list):
        return [read_any(item) for item in data]
    if not isinstance(data, Mapping):
        return data
    if data.keys() == {"$float"}:
        return float(data["$float"])
    if data.keys() == {"$tuple"}:
        return tuple(read_any(item) for item in data["$tuple"])
    if data.keys() == {"$array", "dtype", "shape"}:
        items, dtype = read_any(data["$array"]), np.dtype(data["dtype"])
        if dtype.itemsize * len(items) > _LARGEST_ARRAY:
            raise ValueError(f"an array of {len(items)} times {dtype.itemsize} bytes")
        return np.array(items, dtype=dtype).reshape(data["shape"])
    return {key: read_any(item) for key, item in data.items()}


def _number(value: float) -> float | str | None:
    if math.isfinite(value):
        return float(value)
    return None if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _listed(array: npt.NDArray[Any]) -> Any:
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return array.tolist()
    flat = [_number(value) for value in array.ravel().tolist()]
    return np.array(flat, dtype=object).reshape(array.shape).tolist()


def _read(kind: Any, data: Any, where: str) -> Any:
    """Restore a field from plain data.

    Raises
    ------
    FormatError
        The data do not match the type.
    """
    if data is None and kind is not Any and types.NoneType in get_args(kind):
        return None
    kind = _known(kind)
    if kind is Any:
        try:
            return read_any(data)
        except (TypeError, ValueError) as error:
            raise FormatError(f"{where} cannot be read ({error}).") from None
    origin = get_origin(kind)
    if origin is Union:
        # The only union is of text and a record.
        text, record = get_args(kind)
        return _read(text if isinstance(data, str) else record, data, where)
    if origin is Literal:
        return data if data in get_args(kind) else _refuse_name(get_args(kind), data, where)
    if origin is np.ndarray:
        return _read_array(kind, data, where)
    if origin in (tuple, list):
        if not isinstance(data, list | tuple):
            _refuse(kind, data, where)
        kinds = _items(kind, len(data))
        if len(kinds) != len(data):
            _refuse(kind, data, where)
        return origin(_read(one, item, where) for one, item in zip(kinds, data, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        found = _read_mapping(get_args(kind), data, where)
        return found if origin is dict else ReadOnlyMapping(found)
    if hasattr(kind, "_from_plain"):
        return kind._from_plain(data)
    if issubclass(kind, tuple):
        return _read_named(kind, data, where)
    return _read_scalar(kind, data, where)


def _read_scalar(kind: Any, data: Any, where: str) -> Any:
    if issubclass(kind, Enum):
        try:
            return kind(data)
        except ValueError:
            _refuse_name([member.value for member in kind], data, where)
    if kind is float:
        if data is None:
            return math.nan
        if isinstance(data, str) and data in _INFINITIES:
            return _INFINITIES[data]
        if isinstance(data, int | float) and not isinstance(data, bool):
            with contextlib.suppress(OverflowError):
                return float(data)
    elif isinstance(data, kind) and (kind is bool or not isinstance(data, bool)):
        return data
    return _refuse(kind, data, where)


def _read_array(kind: Any, data: Any, where: str) -> npt.NDArray[Any]:
    (dtype,) = get_args(get_args(kind)[1])
    try:
        array = np.array(data, dtype=dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise FormatError(f"{where} is no array of {dtype.__name__} ({error}).") from None
    array.flags.writeable = False
    return array


def _read_named(kind: Any, data: Any, where: str) -> Any:
    hints = get_type_hints(kind)
    needed = set(kind._fields) - set(kind._field_defaults)
    if not isinstance(data, Mapping) or not needed <= data.keys():
        _refuse(kind, data, where)
    known = [name for name in kind._fields if name in data]
    return kind(**{name: _read(hints[name], data[name], where) for name in known})


def _read_mapping(kinds: tuple[Any, ...], data: Any, where: str) -> dict[Any, Any]:
    key_kind, item_kind = kinds
    if _by_name(item_kind) and isinstance(data, list):
        items = [_read(item_kind, item, where) for item in data]
        return {item.name: item for item in items}
    if not isinstance(data, Mapping):
        _refuse(dict, data, where)
    if get_origin(key_kind) is not tuple:
        return {key: _read(item_kind, item, where) for key, item in data.items()}
    pairs = {}
    for name, sides in data.items():
        for side, item in (sides if isinstance(sides, Mapping) else {}).items():
            pairs[name, None if side == _MIDLINE else side] = _read(item_kind, item, where)
    return pairs


def _refuse(kind: Any, data: Any, where: str) -> NoReturn:
    needed = getattr(kind, "__name__", str(kind)) if get_origin(kind) is None else str(kind)
    raise FormatError(f"{where} is {_short(data)}; needed {needed}.")


def _refuse_name(known: Iterable[Any], data: Any, where: str) -> NoReturn:
    raise FormatError(f"{where}: {UnknownNameError.of('value', data, known)}") from None


def _short(data: Any) -> str:
    text = repr(data)
    return text if len(text) <= 60 else f"{text[:57]}..."
