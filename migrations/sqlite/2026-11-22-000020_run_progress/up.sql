-- How much of a run's result is written while it is being calculated; gone when it is.

CREATE TABLE run_progress (
    run_id TEXT NOT NULL PRIMARY KEY REFERENCES runs (id),
    written INTEGER NOT NULL,
    total INTEGER NOT NULL
) STRICT;
