-- What a bureau has set, as JSON by name: how its notices are written, the working days of a year.

CREATE TABLE bureau_settings (
    bureau_id TEXT COLLATE "C" NOT NULL REFERENCES bureaus (id),
    name TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    changed_at TEXT COLLATE "C" NOT NULL,
    changed_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (bureau_id, name)
);

-- From which day to which a run is posted, and what the bureau had set for its notices on the day that this was decided.

CREATE TABLE run_notices (
    run_id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES runs (id),
    begins_on TEXT COLLATE "C" NOT NULL,
    ends_on TEXT COLLATE "C" NOT NULL,
    working_days BIGINT NOT NULL,
    settings TEXT COLLATE "C" NOT NULL
);
