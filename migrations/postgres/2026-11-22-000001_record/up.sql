-- The record: who may act (bureaus, tokens), what they act on (plans, rosters, runs), and what they did (audit entries).
-- Money is whole fen. Times are UTC with milliseconds, one width, so that texts order as times do (all texts
-- order by code points, as in SQLite, so that both page identically). Documents are JSON texts;
-- rows that only explain are JSON in zstd, a piece per level and school.

CREATE TABLE service_keys (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    cursor_key TEXT COLLATE "C" NOT NULL
);

CREATE TABLE bureaus (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    audit_count BIGINT NOT NULL,
    audit_head TEXT COLLATE "C" NOT NULL
);

CREATE TABLE tokens (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    bureau_id TEXT COLLATE "C" NOT NULL REFERENCES bureaus (id),
    subject TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    schools TEXT COLLATE "C" NOT NULL,
    prefix TEXT COLLATE "C" NOT NULL UNIQUE,
    sha256 TEXT COLLATE "C" NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    expires_at TEXT COLLATE "C" NOT NULL,
    revoked_at TEXT COLLATE "C"
);
CREATE INDEX tokens_of_bureau ON tokens (bureau_id, id);

CREATE TABLE plans (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    bureau_id TEXT COLLATE "C" NOT NULL REFERENCES bureaus (id),
    code TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    newest_version BIGINT NOT NULL,
    newest_state TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    UNIQUE (bureau_id, code)
);
CREATE INDEX plans_of_bureau ON plans (bureau_id, id);

CREATE TABLE plan_versions (
    plan_id TEXT COLLATE "C" NOT NULL REFERENCES plans (id),
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    published_at TEXT COLLATE "C",
    published_by TEXT COLLATE "C",
    archived_at TEXT COLLATE "C",
    archived_by TEXT COLLATE "C",
    PRIMARY KEY (plan_id, version)
);

CREATE TABLE rosters (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    bureau_id TEXT COLLATE "C" NOT NULL REFERENCES bureaus (id),
    plan_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    title TEXT COLLATE "C",
    revises TEXT COLLATE "C" REFERENCES rosters (id),
    sha256 TEXT COLLATE "C" NOT NULL,
    counts TEXT COLLATE "C" NOT NULL,
    whole_bureau BIGINT NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    FOREIGN KEY (plan_id, version) REFERENCES plan_versions (plan_id, version)
);
CREATE INDEX rosters_of_bureau ON rosters (bureau_id, id);

CREATE TABLE roster_schools (
    roster_id TEXT COLLATE "C" NOT NULL REFERENCES rosters (id),
    school_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (roster_id, school_id)
);

-- Rows of a roster or of a run (the owner), of one level and school, as a JSON list in zstd.
CREATE TABLE pieces (
    owner_id TEXT COLLATE "C" NOT NULL,
    level TEXT COLLATE "C" NOT NULL,
    school_id TEXT COLLATE "C" NOT NULL,
    last_id TEXT COLLATE "C" NOT NULL,
    row_count BIGINT NOT NULL,
    document BYTEA NOT NULL,
    PRIMARY KEY (owner_id, level, school_id, last_id)
);

CREATE TABLE runs (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    bureau_id TEXT COLLATE "C" NOT NULL REFERENCES bureaus (id),
    plan_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    roster_id TEXT COLLATE "C" NOT NULL REFERENCES rosters (id),
    title TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    plan_sha256 TEXT COLLATE "C" NOT NULL,
    data_sha256 TEXT COLLATE "C" NOT NULL,
    -- What the calculation came to: a failure, or the rest; filled in with the last row of the result.
    failure TEXT COLLATE "C",
    result_sha256 TEXT COLLATE "C",
    engine TEXT COLLATE "C",
    findings TEXT COLLATE "C",
    payee_count BIGINT,
    sources BIGINT,
    paid BIGINT,
    assigned BIGINT,
    withheld BIGINT,
    left_over BIGINT,
    unfunded BIGINT,
    payee_total BIGINT,
    -- Who calculates it, until when nobody else may, and how often somebody has begun.
    claimed_by TEXT COLLATE "C",
    claimed_until TEXT COLLATE "C",
    attempts BIGINT NOT NULL,
    FOREIGN KEY (plan_id, version) REFERENCES plan_versions (plan_id, version)
);
CREATE INDEX runs_of_bureau ON runs (bureau_id, id);
CREATE INDEX runs_to_calculate ON runs (id) WHERE state = 'calculating';

CREATE TABLE run_transitions (
    run_id TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    place BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C",
    PRIMARY KEY (run_id, place)
);

CREATE TABLE run_items (
    run_id TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    step BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    item TEXT COLLATE "C" NOT NULL,
    category TEXT COLLATE "C",
    payroll_code TEXT COLLATE "C",
    line_count BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (run_id, step)
);

CREATE TABLE payees (
    run_id TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    row_id TEXT COLLATE "C" NOT NULL,
    school_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    total BIGINT NOT NULL,
    PRIMARY KEY (run_id, row_id)
);
CREATE INDEX payees_of_school ON payees (run_id, school_id, row_id);

CREATE TABLE lines (
    run_id TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    payee_id TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    step BIGINT NOT NULL,
    row_id TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (run_id, payee_id, place)
);

CREATE TABLE funds (
    run_id TEXT COLLATE "C" NOT NULL REFERENCES runs (id),
    place BIGINT NOT NULL,
    school_id TEXT COLLATE "C" NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    row_id TEXT COLLATE "C" NOT NULL,
    value BIGINT NOT NULL,
    left_over BIGINT NOT NULL,
    drawn TEXT COLLATE "C" NOT NULL,
    withheld TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run_id, place)
);

CREATE TABLE audit_entries (
    bureau_id TEXT COLLATE "C" NOT NULL REFERENCES bureaus (id),
    place BIGINT NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    token_id TEXT COLLATE "C",
    action TEXT COLLATE "C" NOT NULL,
    object TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C",
    from_sha256 TEXT COLLATE "C",
    to_sha256 TEXT COLLATE "C",
    request_id TEXT COLLATE "C",
    previous TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (bureau_id, place)
);
CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'audit entries never change and are never removed'; END $$;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE ON audit_entries
FOR EACH ROW EXECUTE FUNCTION audit_entries_stay();
CREATE TRIGGER audit_entries_whole BEFORE TRUNCATE ON audit_entries
FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay();

CREATE TABLE idempotency_records (
    token_id TEXT COLLATE "C" NOT NULL REFERENCES tokens (id),
    key TEXT COLLATE "C" NOT NULL,
    request_sha256 TEXT COLLATE "C" NOT NULL,
    status BIGINT NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    etag TEXT COLLATE "C",
    location TEXT COLLATE "C",
    created_at TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (token_id, key)
);
CREATE INDEX idempotency_records_by_age ON idempotency_records (created_at);
