-- What a bureau has set, as JSON by name: how its notices are written, the working days of a year.

CREATE TABLE bureau_settings (
    bureau_id TEXT NOT NULL REFERENCES bureaus (id),
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    revision INTEGER NOT NULL,
    changed_at TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (bureau_id, name)
) STRICT;

-- From which day to which a run is posted, and what the bureau had set for its notices on the day that this was decided.

CREATE TABLE run_notices (
    run_id TEXT PRIMARY KEY NOT NULL REFERENCES runs (id),
    begins_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    working_days INTEGER NOT NULL,
    settings TEXT NOT NULL
) STRICT;
