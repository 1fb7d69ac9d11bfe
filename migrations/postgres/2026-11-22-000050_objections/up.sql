-- Objections to runs while they are posted, and what was decided of each.

CREATE TABLE objections (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    run_id TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    -- Whom or which school it is about, where it says so.
    payee_id TEXT COLLATE "C",
    school_id TEXT COLLATE "C",
    objector TEXT COLLATE "C" NOT NULL,
    content TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C",
    decided_at TEXT COLLATE "C",
    decided_by TEXT COLLATE "C"
);
CREATE INDEX objections_of_run ON objections (run_id, id);

-- An event of an objection names its run.
ALTER TABLE events ADD COLUMN run_id TEXT COLLATE "C" REFERENCES runs (id);

-- The run that was withdrawn or failed, and is made again.
ALTER TABLE runs ADD COLUMN replaces TEXT COLLATE "C" REFERENCES runs (id);
CREATE INDEX runs_replacing ON runs (replaces) WHERE replaces IS NOT NULL;

-- The end of the path at which everybody may read the notice, which nobody can guess.
ALTER TABLE run_notices ADD COLUMN link TEXT COLLATE "C";
CREATE UNIQUE INDEX run_notices_link ON run_notices (link);
