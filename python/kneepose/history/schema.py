"""Tables of a history file, as migrations from one version to the next."""

from __future__ import annotations

from typing import Final

__all__ = ["APPLICATION_ID", "MIGRATIONS"]

#: Marks a SQLite file as a history of kneepose ("knee" in ASCII).
APPLICATION_ID: Final = 0x6B6E6565

_DAY: Final = "TEXT NOT NULL CHECK ({0} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]')"
_OF_SUBJECT: Final = "INTEGER NOT NULL REFERENCES subject (id) ON DELETE CASCADE"
_NPRS: Final = "REAL CHECK ({0} BETWEEN 0 AND 10)"
_SIDE: Final = "TEXT NOT NULL CHECK (side IN ('left', 'right', 'both'))"


def _day(name: str) -> str:
    return f"{name} {_DAY.format(name)}"


def _nprs(name: str) -> str:
    return f"{name} {_NPRS.format(name)}"


#: SQL statements that migrate a file by one version each. Entries are appended and never changed,
#: so that a file of any earlier version can run the missing ones.
MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        f"""CREATE TABLE subject (
            id INTEGER PRIMARY KEY,
            pseudonym TEXT NOT NULL UNIQUE,
            involved TEXT NOT NULL CHECK (involved IN ('left', 'right', 'both', 'none')),
            dominance TEXT CHECK (dominance IN ('left', 'right')),
            symptoms_since TEXT,
            {_day("created")}
        ) STRICT""",
        f"""CREATE TABLE consent (
            id INTEGER PRIMARY KEY,
            subject {_OF_SUBJECT},
            {_day("date")},
            scope TEXT NOT NULL,
            withdrawn TEXT
        ) STRICT""",
        f"""CREATE TABLE session (
            id INTEGER PRIMARY KEY,
            subject {_OF_SUBJECT},
            {_day("date")},
            kind TEXT NOT NULL CHECK (kind IN ('test_day', 'training')),
            camera TEXT NOT NULL,
            shoes TEXT NOT NULL,
            tape TEXT NOT NULL,
            note TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX session_by_day ON session (subject, date)",
        """CREATE TABLE analysis (
            id INTEGER PRIMARY KEY,
            session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
            exercise TEXT NOT NULL,
            side TEXT NOT NULL CHECK (side IN ('left', 'right')),
            version TEXT NOT NULL,
            estimator TEXT NOT NULL,
            model_hash TEXT,
            skeleton TEXT NOT NULL,
            space TEXT NOT NULL,
            file_hash TEXT,
            content_hash TEXT NOT NULL,
            keypoints_hash TEXT,
            body TEXT NOT NULL,
            result TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX analysis_by_session ON analysis (session)",
        f"""CREATE TABLE logged_set (
            id INTEGER PRIMARY KEY,
            subject {_OF_SUBJECT},
            {_day("date")},
            exercise TEXT NOT NULL,
            side {_SIDE},
            sets INTEGER NOT NULL CHECK (sets BETWEEN 1 AND 100),
            reps INTEGER NOT NULL CHECK (reps BETWEEN 1 AND 1000),
            load TEXT NOT NULL,
            rpe REAL CHECK (rpe BETWEEN 0 AND 10),
            note TEXT NOT NULL
        ) STRICT""",
        f"""CREATE TABLE pain (
            id INTEGER PRIMARY KEY,
            subject {_OF_SUBJECT},
            {_day("date")},
            side {_SIDE},
            {_nprs("worst")},
            {_nprs("usual")},
            {_nprs("during")},
            {_nprs("after_24h")},
            note TEXT NOT NULL
        ) STRICT""",
        f"""CREATE TABLE score (
            id INTEGER PRIMARY KEY,
            subject {_OF_SUBJECT},
            {_day("date")},
            scale TEXT NOT NULL CHECK (scale IN ('akps', 'koos_pf', 'vas_worst', 'vas_usual',
                'global_change')),
            total REAL NOT NULL,
            items TEXT,
            CHECK (scale NOT IN ('akps', 'koos_pf') OR total BETWEEN 0 AND 100),
            CHECK (scale NOT IN ('vas_worst', 'vas_usual') OR total BETWEEN 0 AND 10),
            CHECK (scale <> 'global_change' OR total BETWEEN -7 AND 7)
        ) STRICT""",
        f"""CREATE TABLE strength (
            id INTEGER PRIMARY KEY,
            subject {_OF_SUBJECT},
            {_day("date")},
            side TEXT NOT NULL CHECK (side IN ('left', 'right')),
            movement TEXT NOT NULL,
            value REAL NOT NULL CHECK (value >= 0),
            unit TEXT NOT NULL CHECK (unit IN ('N', 'Nm', 'kg', 'N/kg', 'Nm/kg', 'percent_bw')),
            note TEXT NOT NULL
        ) STRICT""",
        f"""CREATE TABLE prescription (
            id INTEGER PRIMARY KEY,
            subject {_OF_SUBJECT},
            {_day("date")},
            until TEXT,
            exercise TEXT NOT NULL,
            side {_SIDE},
            sets INTEGER NOT NULL CHECK (sets BETWEEN 1 AND 100),
            reps INTEGER NOT NULL CHECK (reps BETWEEN 1 AND 1000),
            load TEXT NOT NULL,
            per_week INTEGER NOT NULL CHECK (per_week BETWEEN 1 AND 21),
            source TEXT NOT NULL
        ) STRICT""",
        f"""CREATE TABLE adherence (
            id INTEGER PRIMARY KEY,
            subject {_OF_SUBJECT},
            {_day("date")},
            exercise TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('done', 'part', 'not_done')),
            reason TEXT NOT NULL
        ) STRICT""",
        f"""CREATE TABLE red_flag (
            id INTEGER PRIMARY KEY,
            subject {_OF_SUBJECT},
            {_day("date")},
            question TEXT NOT NULL,
            answer INTEGER NOT NULL CHECK (answer IN (0, 1))
        ) STRICT""",
        """CREATE TABLE audit (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            action TEXT NOT NULL,
            subject INTEGER REFERENCES subject (id) ON DELETE SET NULL,
            detail TEXT NOT NULL
        ) STRICT""",
        "CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    ),
    (
        f"""CREATE TABLE reliability (
            id INTEGER PRIMARY KEY,
            subject {_OF_SUBJECT},
            {_day("date")},
            exercise TEXT NOT NULL,
            measure TEXT NOT NULL,
            sem REAL NOT NULL CHECK (sem >= 0),
            freedom INTEGER NOT NULL CHECK (freedom >= 1),
            source TEXT NOT NULL
        ) STRICT""",
        f"""CREATE TABLE page (
            id INTEGER PRIMARY KEY,
            subject {_OF_SUBJECT},
            {_day("date")},
            kind TEXT NOT NULL CHECK (kind IN ('page', 'export')),
            path TEXT NOT NULL,
            sha256 TEXT NOT NULL
        ) STRICT""",
    ),
    (
        f"""CREATE TABLE goal (
            id INTEGER PRIMARY KEY,
            subject {_OF_SUBJECT},
            {_day("date")},
            words TEXT NOT NULL
        ) STRICT""",
    ),
)
