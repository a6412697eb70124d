BEGIN TRANSACTION;
CREATE TABLE adherence (
            id INTEGER PRIMARY KEY,
            subject INTEGER NOT NULL REFERENCES subject (id) ON DELETE CASCADE,
            date TEXT NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
            exercise TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('done', 'part', 'not_done')),
            reason TEXT NOT NULL
        ) STRICT;
CREATE TABLE analysis (
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
        ) STRICT;
CREATE TABLE audit (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            action TEXT NOT NULL,
            subject INTEGER REFERENCES subject (id) ON DELETE SET NULL,
            detail TEXT NOT NULL
        ) STRICT;
CREATE TABLE consent (
            id INTEGER PRIMARY KEY,
            subject INTEGER NOT NULL REFERENCES subject (id) ON DELETE CASCADE,
            date TEXT NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
            scope TEXT NOT NULL,
            withdrawn TEXT
        ) STRICT;
CREATE TABLE logged_set (
            id INTEGER PRIMARY KEY,
            subject INTEGER NOT NULL REFERENCES subject (id) ON DELETE CASCADE,
            date TEXT NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
            exercise TEXT NOT NULL,
            side TEXT NOT NULL CHECK (side IN ('left', 'right', 'both')),
            sets INTEGER NOT NULL CHECK (sets BETWEEN 1 AND 100),
            reps INTEGER NOT NULL CHECK (reps BETWEEN 1 AND 1000),
            load TEXT NOT NULL,
            rpe REAL CHECK (rpe BETWEEN 0 AND 10),
            note TEXT NOT NULL
        ) STRICT;
CREATE TABLE pain (
            id INTEGER PRIMARY KEY,
            subject INTEGER NOT NULL REFERENCES subject (id) ON DELETE CASCADE,
            date TEXT NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
            side TEXT NOT NULL CHECK (side IN ('left', 'right', 'both')),
            worst REAL CHECK (worst BETWEEN 0 AND 10),
            usual REAL CHECK (usual BETWEEN 0 AND 10),
            during REAL CHECK (during BETWEEN 0 AND 10),
            after_24h REAL CHECK (after_24h BETWEEN 0 AND 10),
            note TEXT NOT NULL
        ) STRICT;
INSERT INTO "pain" VALUES(1,1,'2026-01-05','left',6.0,3.0,NULL,NULL,'');
CREATE TABLE prescription (
            id INTEGER PRIMARY KEY,
            subject INTEGER NOT NULL REFERENCES subject (id) ON DELETE CASCADE,
            date TEXT NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
            until TEXT,
            exercise TEXT NOT NULL,
            side TEXT NOT NULL CHECK (side IN ('left', 'right', 'both')),
            sets INTEGER NOT NULL CHECK (sets BETWEEN 1 AND 100),
            reps INTEGER NOT NULL CHECK (reps BETWEEN 1 AND 1000),
            load TEXT NOT NULL,
            per_week INTEGER NOT NULL CHECK (per_week BETWEEN 1 AND 21),
            source TEXT NOT NULL
        ) STRICT;
CREATE TABLE red_flag (
            id INTEGER PRIMARY KEY,
            subject INTEGER NOT NULL REFERENCES subject (id) ON DELETE CASCADE,
            date TEXT NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
            question TEXT NOT NULL,
            answer INTEGER NOT NULL CHECK (answer IN (0, 1))
        ) STRICT;
CREATE TABLE score (
            id INTEGER PRIMARY KEY,
            subject INTEGER NOT NULL REFERENCES subject (id) ON DELETE CASCADE,
            date TEXT NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
            scale TEXT NOT NULL CHECK (scale IN ('akps', 'koos_pf', 'vas_worst', 'vas_usual',
                'global_change')),
            total REAL NOT NULL,
            items TEXT,
            CHECK (scale NOT IN ('akps', 'koos_pf') OR total BETWEEN 0 AND 100),
            CHECK (scale NOT IN ('vas_worst', 'vas_usual') OR total BETWEEN 0 AND 10),
            CHECK (scale <> 'global_change' OR total BETWEEN -7 AND 7)
        ) STRICT;
CREATE TABLE session (
            id INTEGER PRIMARY KEY,
            subject INTEGER NOT NULL REFERENCES subject (id) ON DELETE CASCADE,
            date TEXT NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
            kind TEXT NOT NULL CHECK (kind IN ('test_day', 'training')),
            camera TEXT NOT NULL,
            shoes TEXT NOT NULL,
            tape TEXT NOT NULL,
            note TEXT NOT NULL
        ) STRICT;
CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE strength (
            id INTEGER PRIMARY KEY,
            subject INTEGER NOT NULL REFERENCES subject (id) ON DELETE CASCADE,
            date TEXT NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
            side TEXT NOT NULL CHECK (side IN ('left', 'right')),
            movement TEXT NOT NULL,
            value REAL NOT NULL CHECK (value >= 0),
            unit TEXT NOT NULL CHECK (unit IN ('N', 'Nm', 'kg', 'N/kg', 'Nm/kg', 'percent_bw')),
            note TEXT NOT NULL
        ) STRICT;
CREATE TABLE subject (
            id INTEGER PRIMARY KEY,
            pseudonym TEXT NOT NULL UNIQUE,
            involved TEXT NOT NULL CHECK (involved IN ('left', 'right', 'both', 'none')),
            dominance TEXT CHECK (dominance IN ('left', 'right')),
            symptoms_since TEXT,
            created TEXT NOT NULL CHECK (created GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]')
        ) STRICT;
INSERT INTO "subject" VALUES(1,'K1','left','right',NULL,'2026-01-01');
CREATE INDEX session_by_day ON session (subject, date);
CREATE INDEX analysis_by_session ON analysis (session);
COMMIT;
PRAGMA application_id = 1802397029;
PRAGMA user_version = 1;
