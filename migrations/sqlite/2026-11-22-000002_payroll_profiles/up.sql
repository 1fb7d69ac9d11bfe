-- How a bureau's payroll files are written: which columns, which items, which encoding. The document is JSON.

CREATE TABLE payroll_profiles (
    bureau_id TEXT NOT NULL REFERENCES bureaus (id),
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    revision INTEGER NOT NULL,
    changed_at TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (bureau_id, name)
) STRICT;
