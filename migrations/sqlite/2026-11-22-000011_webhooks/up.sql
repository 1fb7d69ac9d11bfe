-- Where events are sent, and what came of it. A secret signs what is sent, so it is kept as it is; one that was replaced signs
-- beside the new one until it expires.

CREATE TABLE webhook_endpoints (
    id TEXT PRIMARY KEY NOT NULL,
    bureau_id TEXT NOT NULL REFERENCES bureaus (id),
    url TEXT NOT NULL,
    title TEXT,
    -- The words of the types that are wanted, with commas between them; none: all.
    kinds TEXT,
    state TEXT NOT NULL,
    disabled_because TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    -- Since when nothing has been delivered, though it was tried.
    failing_since TEXT,
    -- Who sends to it, until when nobody else may, and when somebody last began to.
    claimed_by TEXT,
    claimed_until TEXT,
    served_at TEXT NOT NULL
) STRICT;
CREATE INDEX webhook_endpoints_of_bureau ON webhook_endpoints (bureau_id, id);

CREATE TABLE webhook_secrets (
    endpoint_id TEXT NOT NULL REFERENCES webhook_endpoints (id),
    place INTEGER NOT NULL,
    secret TEXT NOT NULL,
    expires_at TEXT,
    PRIMARY KEY (endpoint_id, place)
) STRICT, WITHOUT ROWID;

-- An event for an endpoint.
CREATE TABLE webhook_deliveries (
    endpoint_id TEXT NOT NULL REFERENCES webhook_endpoints (id),
    place INTEGER NOT NULL,
    event_id TEXT NOT NULL REFERENCES events (id),
    object_id TEXT NOT NULL,
    state TEXT NOT NULL,
    -- How often it was tried since it was added or wanted again, and when that began.
    tries INTEGER NOT NULL,
    begun_at TEXT,
    next_at TEXT,
    ended_at TEXT,
    PRIMARY KEY (endpoint_id, place)
) STRICT;
CREATE UNIQUE INDEX webhook_deliveries_of_event ON webhook_deliveries (event_id, endpoint_id);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, object_id, place) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE webhook_attempts (
    endpoint_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    status INTEGER,
    error TEXT,
    milliseconds INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, place, number),
    FOREIGN KEY (endpoint_id, place) REFERENCES webhook_deliveries (endpoint_id, place)
) STRICT, WITHOUT ROWID;
