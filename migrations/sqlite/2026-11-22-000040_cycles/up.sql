-- The two tiers of a period: what an allocation gives each school, and the runs by which the schools distribute it.

CREATE TABLE cycles (
    id TEXT PRIMARY KEY NOT NULL,
    bureau_id TEXT NOT NULL REFERENCES bureaus (id),
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    allocation_run_id TEXT NOT NULL UNIQUE REFERENCES runs (id),
    -- The column of the allocation that is the quota of each school.
    step TEXT NOT NULL,
    -- The check steps that every distribution must satisfy, as JSON.
    requirements TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    closed_at TEXT,
    closed_by TEXT
) STRICT;
CREATE INDEX cycles_of_bureau ON cycles (bureau_id, id);

CREATE TABLE cycle_schools (
    cycle_id TEXT NOT NULL REFERENCES cycles (id),
    school_id TEXT NOT NULL,
    name TEXT,
    quota INTEGER NOT NULL,
    -- The plan by which the school distributes, and the same with the requirements, by which its runs are calculated.
    plan_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    checked_plan_id TEXT NOT NULL,
    checked_version INTEGER NOT NULL,
    PRIMARY KEY (cycle_id, school_id),
    FOREIGN KEY (plan_id, version) REFERENCES plan_versions (plan_id, version),
    FOREIGN KEY (checked_plan_id, checked_version) REFERENCES plan_versions (plan_id, version)
) STRICT, WITHOUT ROWID;

-- The distribution runs; the last of a school is its current one.
CREATE TABLE cycle_runs (
    cycle_id TEXT NOT NULL,
    school_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    run_id TEXT NOT NULL UNIQUE REFERENCES runs (id),
    PRIMARY KEY (cycle_id, school_id, place),
    FOREIGN KEY (cycle_id, school_id) REFERENCES cycle_schools (cycle_id, school_id)
) STRICT, WITHOUT ROWID;
