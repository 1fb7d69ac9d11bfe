-- The two tiers of a period: what an allocation gives each school, and the runs by which the schools distribute it.

CREATE TABLE cycles (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    bureau_id TEXT COLLATE "C" NOT NULL REFERENCES bureaus (id),
    title TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    allocation_run_id TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES runs (id),
    -- The column of the allocation that is the quota of each school.
    step TEXT COLLATE "C" NOT NULL,
    -- The check steps that every distribution must satisfy, as JSON.
    requirements TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    closed_at TEXT COLLATE "C",
    closed_by TEXT COLLATE "C"
);
CREATE INDEX cycles_of_bureau ON cycles (bureau_id, id);

CREATE TABLE cycle_schools (
    cycle_id TEXT COLLATE "C" NOT NULL REFERENCES cycles (id),
    school_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    quota BIGINT NOT NULL,
    -- The plan by which the school distributes, and the same with the requirements, by which its runs are calculated.
    plan_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    checked_plan_id TEXT COLLATE "C" NOT NULL,
    checked_version BIGINT NOT NULL,
    PRIMARY KEY (cycle_id, school_id),
    FOREIGN KEY (plan_id, version) REFERENCES plan_versions (plan_id, version),
    FOREIGN KEY (checked_plan_id, checked_version) REFERENCES plan_versions (plan_id, version)
);

-- The distribution runs; the last of a school is its current one.
CREATE TABLE cycle_runs (
    cycle_id TEXT COLLATE "C" NOT NULL,
    school_id TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    run_id TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES runs (id),
    PRIMARY KEY (cycle_id, school_id, place),
    FOREIGN KEY (cycle_id, school_id) REFERENCES cycle_schools (cycle_id, school_id)
);
