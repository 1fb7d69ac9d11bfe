-- The record: who may act (bureaus, tokens), what they act on (plans, rosters, runs), and what they did (audit entries).
-- Money is whole fen. Times are UTC with milliseconds, one width, so that texts order as times do. Documents are JSON texts;
-- rows that only explain are JSON in zstd, a piece per level and school.

CREATE TABLE service_keys (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    cursor_key TEXT NOT NULL
) STRICT;

CREATE TABLE bureaus (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    audit_count INTEGER NOT NULL,
    audit_head TEXT NOT NULL
) STRICT;

CREATE TABLE tokens (
    id TEXT PRIMARY KEY NOT NULL,
    bureau_id TEXT NOT NULL REFERENCES bureaus (id),
    subject TEXT NOT NULL,
    role TEXT NOT NULL,
    schools TEXT NOT NULL,
    prefix TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT
) STRICT;
CREATE INDEX tokens_of_bureau ON tokens (bureau_id, id);

CREATE TABLE plans (
    id TEXT PRIMARY KEY NOT NULL,
    bureau_id TEXT NOT NULL REFERENCES bureaus (id),
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    newest_version INTEGER NOT NULL,
    newest_state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    UNIQUE (bureau_id, code)
) STRICT;
CREATE INDEX plans_of_bureau ON plans (bureau_id, id);

CREATE TABLE plan_versions (
    plan_id TEXT NOT NULL REFERENCES plans (id),
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    document TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    published_at TEXT,
    published_by TEXT,
    archived_at TEXT,
    archived_by TEXT,
    PRIMARY KEY (plan_id, version)
) STRICT;

CREATE TABLE rosters (
    id TEXT PRIMARY KEY NOT NULL,
    bureau_id TEXT NOT NULL REFERENCES bureaus (id),
    plan_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    title TEXT,
    revises TEXT REFERENCES rosters (id),
    sha256 TEXT NOT NULL,
    counts TEXT NOT NULL,
    whole_bureau INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    FOREIGN KEY (plan_id, version) REFERENCES plan_versions (plan_id, version)
) STRICT;
CREATE INDEX rosters_of_bureau ON rosters (bureau_id, id);

CREATE TABLE roster_schools (
    roster_id TEXT NOT NULL REFERENCES rosters (id),
    school_id TEXT NOT NULL,
    PRIMARY KEY (roster_id, school_id)
) STRICT, WITHOUT ROWID;

-- Rows of a roster or of a run (the owner), of one level and school, as a JSON list in zstd.
CREATE TABLE pieces (
    owner_id TEXT NOT NULL,
    level TEXT NOT NULL,
    school_id TEXT NOT NULL,
    last_id TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (owner_id, level, school_id, last_id)
) STRICT;

CREATE TABLE runs (
    id TEXT PRIMARY KEY NOT NULL,
    bureau_id TEXT NOT NULL REFERENCES bureaus (id),
    plan_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    roster_id TEXT NOT NULL REFERENCES rosters (id),
    title TEXT,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    plan_sha256 TEXT NOT NULL,
    data_sha256 TEXT NOT NULL,
    -- What the calculation came to: a failure, or the rest; filled in with the last row of the result.
    failure TEXT,
    result_sha256 TEXT,
    engine TEXT,
    findings TEXT,
    payee_count INTEGER,
    sources INTEGER,
    paid INTEGER,
    assigned INTEGER,
    withheld INTEGER,
    left_over INTEGER,
    unfunded INTEGER,
    payee_total INTEGER,
    -- Who calculates it, until when nobody else may, and how often somebody has begun.
    claimed_by TEXT,
    claimed_until TEXT,
    attempts INTEGER NOT NULL,
    FOREIGN KEY (plan_id, version) REFERENCES plan_versions (plan_id, version)
) STRICT;
CREATE INDEX runs_of_bureau ON runs (bureau_id, id);
CREATE INDEX runs_to_calculate ON runs (id) WHERE state = 'calculating';

CREATE TABLE run_transitions (
    run_id TEXT NOT NULL REFERENCES runs (id),
    place INTEGER NOT NULL,
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    at TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT,
    PRIMARY KEY (run_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_items (
    run_id TEXT NOT NULL REFERENCES runs (id),
    step INTEGER NOT NULL,
    name TEXT NOT NULL,
    item TEXT NOT NULL,
    category TEXT,
    payroll_code TEXT,
    line_count INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (run_id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE payees (
    run_id TEXT NOT NULL REFERENCES runs (id),
    row_id TEXT NOT NULL,
    school_id TEXT NOT NULL,
    name TEXT,
    total INTEGER NOT NULL,
    PRIMARY KEY (run_id, row_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payees_of_school ON payees (run_id, school_id, row_id);

CREATE TABLE lines (
    run_id TEXT NOT NULL REFERENCES runs (id),
    payee_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    step INTEGER NOT NULL,
    row_id TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (run_id, payee_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE funds (
    run_id TEXT NOT NULL REFERENCES runs (id),
    place INTEGER NOT NULL,
    school_id TEXT NOT NULL,
    fund TEXT NOT NULL,
    row_id TEXT NOT NULL,
    value INTEGER NOT NULL,
    left_over INTEGER NOT NULL,
    drawn TEXT NOT NULL,
    withheld TEXT NOT NULL,
    PRIMARY KEY (run_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_entries (
    bureau_id TEXT NOT NULL REFERENCES bureaus (id),
    place INTEGER NOT NULL,
    at TEXT NOT NULL,
    subject TEXT NOT NULL,
    token_id TEXT,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    object_id TEXT NOT NULL,
    detail TEXT,
    from_sha256 TEXT,
    to_sha256 TEXT,
    request_id TEXT,
    previous TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (bureau_id, place)
) STRICT;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries never change'); END;
CREATE TRIGGER audit_entries_follow BEFORE INSERT ON audit_entries
WHEN EXISTS (SELECT 1 FROM audit_entries WHERE bureau_id = NEW.bureau_id AND place = NEW.place)
BEGIN SELECT RAISE(ABORT, 'audit entries are never replaced'); END;
CREATE TRIGGER audit_entries_last BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never removed'); END;

CREATE TABLE idempotency_records (
    token_id TEXT NOT NULL REFERENCES tokens (id),
    key TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    etag TEXT,
    location TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (token_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_records_by_age ON idempotency_records (created_at);
