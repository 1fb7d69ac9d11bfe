-- Corrections of released runs: each is a run of its own that pays what it changes, for each payee and item.

CREATE TABLE run_adjustments (
    run_id TEXT PRIMARY KEY NOT NULL REFERENCES runs (id),
    original_id TEXT NOT NULL REFERENCES runs (id),
    -- The order of an original's adjustments, from 1.
    place INTEGER NOT NULL,
    mode TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- The fund that the differences come from and go to, as level.name, and whose they are, as JSON.
    reserve TEXT,
    payee_ids TEXT,
    -- What it came to: of its own differences, and of those that others would have had.
    increase INTEGER,
    decrease INTEGER,
    payee_count INTEGER,
    others_count INTEGER,
    others_net INTEGER,
    UNIQUE (original_id, place)
) STRICT;

CREATE TABLE run_differences (
    run_id TEXT NOT NULL REFERENCES runs (id),
    payee_id TEXT NOT NULL,
    step INTEGER NOT NULL,
    school_id TEXT NOT NULL,
    name TEXT,
    was INTEGER NOT NULL,
    now INTEGER NOT NULL,
    difference INTEGER NOT NULL,
    PRIMARY KEY (run_id, payee_id, step)
) STRICT, WITHOUT ROWID;
