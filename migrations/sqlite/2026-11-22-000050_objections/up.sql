-- Objections to runs while they are posted, and what was decided of each.

CREATE TABLE objections (
    id TEXT PRIMARY KEY NOT NULL,
    run_id TEXT NOT NULL REFERENCES runs (id),
    -- Whom or which school it is about, where it says so.
    payee_id TEXT,
    school_id TEXT,
    objector TEXT NOT NULL,
    content TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    reason TEXT,
    decided_at TEXT,
    decided_by TEXT
) STRICT;
CREATE INDEX objections_of_run ON objections (run_id, id);

-- An event of an objection names its run.
ALTER TABLE events ADD COLUMN run_id TEXT REFERENCES runs (id);

-- The run that was withdrawn or failed, and is made again.
ALTER TABLE runs ADD COLUMN replaces TEXT REFERENCES runs (id);
CREATE INDEX runs_replacing ON runs (replaces) WHERE replaces IS NOT NULL;

-- The end of the path at which everybody may read the notice, which nobody can guess.
ALTER TABLE run_notices ADD COLUMN link TEXT;
CREATE UNIQUE INDEX run_notices_link ON run_notices (link);
