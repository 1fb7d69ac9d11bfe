-- Corrections of released runs: each is a run of its own that pays what it changes, for each payee and item.

CREATE TABLE run_adjustments (
    run_id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES runs (id),
    original_id TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    -- The order of an original's adjustments, from 1.
    place BIGINT NOT NULL,
    mode TEXT COLLATE "C" NOT NULL,
    reason_code TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    -- The fund that the differences come from and go to, as level.name, and whose they are, as JSON.
    reserve TEXT COLLATE "C",
    payee_ids TEXT COLLATE "C",
    -- What it came to: of its own differences, and of those that others would have had.
    increase BIGINT,
    decrease BIGINT,
    payee_count BIGINT,
    others_count BIGINT,
    others_net BIGINT,
    UNIQUE (original_id, place)
);

CREATE TABLE run_differences (
    run_id TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    payee_id TEXT COLLATE "C" NOT NULL,
    step BIGINT NOT NULL,
    school_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    was BIGINT NOT NULL,
    now BIGINT NOT NULL,
    difference BIGINT NOT NULL,
    PRIMARY KEY (run_id, payee_id, step)
);
