-- How much of a run's result is written while it is being calculated; gone when it is.

CREATE TABLE run_progress (
    run_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES runs (id),
    written BIGINT NOT NULL,
    total BIGINT NOT NULL
);
