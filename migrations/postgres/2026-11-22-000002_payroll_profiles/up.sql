-- How a bureau's payroll files are written: which columns, which items, which encoding. The document is JSON.

CREATE TABLE payroll_profiles (
    bureau_id TEXT COLLATE "C" NOT NULL REFERENCES bureaus (id),
    name TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    changed_at TEXT COLLATE "C" NOT NULL,
    changed_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (bureau_id, name)
);
