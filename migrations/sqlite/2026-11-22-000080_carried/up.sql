-- What is carried over from adjustments of earlier periods, as it was given to a run to be settled.

CREATE TABLE run_carried (
    run_id TEXT NOT NULL REFERENCES runs (id),
    payee_id TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (run_id, payee_id)
) STRICT, WITHOUT ROWID;
