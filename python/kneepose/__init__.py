"""Joint angles, repetitions and left/right differences from the keypoints of any pose estimator.

kneepose measures movement from video. It is a screening and training aid, not a medical device or a
diagnosis, and cannot tell why a knee hurts.

Errors are in `kneepose.errors`, live events in `kneepose.live`, the built-in rows in `kneepose.tables`,
figures in `kneepose.plots`, and the classes of results in their packages: `kneepose.analysis.Analysis`,
`kneepose.comparison.Comparison`, `kneepose.quality.Quality`.
"""

from importlib import import_module as _import_module

# Package → its public names. Names are loaded at first use, so that importing kneepose is fast.
# `__init__.pyi` declares the same names for type checkers, and a test keeps both equal.
_NAMES = {
    "analysis": ("analyze", "analyze_sides", "segment_reps"),
    "angles": ("AngleSpec", "calibrate", "joint_angles"),
    "comparison": ("compare", "relative_demand", "reliability"),
    "drawing": ("draw",),
    "errors": ("KneeposeError",),
    "estimators": ("from_estimator", "from_mediapipe", "from_ultralytics"),
    "evaluation": ("evaluate",),
    "exercises": ("Criterion", "ExerciseSpec", "FaultSpec"),
    "guides": ("guide",),
    "history": ("History",),
    "io": ("read", "sample"),
    "live": ("Stream", "StreamGroup"),
    "quality": ("check",),
    "recording": ("Recording", "Skeleton"),
    "study": ("Study",),
    "video": ("Mirror", "Video", "annotate", "from_video"),
}
_MODULES = ("archive", "arrays", "errors", "estimators", "live", "plots", "tables", "video")
# Packages of result classes: not exported by `import *`, but `kneepose.analysis.Analysis` works.
_PACKAGES = (
    "analysis",
    "angles",
    "comparison",
    "drawing",
    "evaluation",
    "exercises",
    "guides",
    "history",
    "io",
    "quality",
    "recording",
    "study",
    "typing",
    "validity",
    "words",
)
_PLACE_OF = {name: place for place, names in _NAMES.items() for name in names}

__all__ = sorted([*_PLACE_OF, *_MODULES])


def __getattr__(name: str) -> object:
    value: object
    if name in _PLACE_OF:
        value = getattr(_import_module(f".{_PLACE_OF[name]}", __name__), name)
    elif name in _MODULES or name in _PACKAGES:
        value = _import_module(f".{name}", __name__)
    elif name == "__version__":
        value = _import_module("._core", __name__).version()
    elif (
        not name.startswith("_") and name in (gone := _import_module(".retired", __name__)).RETIRED
    ):
        # The value is not kept in globals(), so that every use of the retired name warns.
        return __getattr__(gone.warn_retired(name).instead)
    else:
        raise AttributeError(f"module 'kneepose' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_PACKAGES})
