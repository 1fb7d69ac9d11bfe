-- Where events are sent, and what came of it. A secret signs what is sent, so it is kept as it is; one that was replaced signs
-- beside the new one until it expires.

CREATE TABLE webhook_endpoints (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    bureau_id TEXT COLLATE "C" NOT NULL REFERENCES bureaus (id),
    url TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C",
    -- The words of the types that are wanted, with commas between them; none: all.
    kinds TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    disabled_because TEXT COLLATE "C",
    revision BIGINT NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    changed_at TEXT COLLATE "C" NOT NULL,
    -- Since when nothing has been delivered, though it was tried.
    failing_since TEXT COLLATE "C",
    -- Who sends to it, until when nobody else may, and when somebody last began to.
    claimed_by TEXT COLLATE "C",
    claimed_until TEXT COLLATE "C",
    served_at TEXT COLLATE "C" NOT NULL
);
CREATE INDEX webhook_endpoints_of_bureau ON webhook_endpoints (bureau_id, id);

CREATE TABLE webhook_secrets (
    endpoint_id TEXT COLLATE "C" NOT NULL REFERENCES webhook_endpoints (id),
    place BIGINT NOT NULL,
    secret TEXT COLLATE "C" NOT NULL,
    expires_at TEXT COLLATE "C",
    PRIMARY KEY (endpoint_id, place)
);

-- An event for an endpoint.
CREATE TABLE webhook_deliveries (
    endpoint_id TEXT COLLATE "C" NOT NULL REFERENCES webhook_endpoints (id),
    place BIGINT NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL REFERENCES events (id),
    object_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    -- How often it was tried since it was added or wanted again, and when that began.
    tries BIGINT NOT NULL,
    begun_at TEXT COLLATE "C",
    next_at TEXT COLLATE "C",
    ended_at TEXT COLLATE "C",
    PRIMARY KEY (endpoint_id, place)
);
CREATE UNIQUE INDEX webhook_deliveries_of_event ON webhook_deliveries (event_id, endpoint_id);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, object_id, place) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE webhook_attempts (
    endpoint_id TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    number BIGINT NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    status BIGINT,
    error TEXT COLLATE "C",
    milliseconds BIGINT NOT NULL,
    PRIMARY KEY (endpoint_id, place, number),
    FOREIGN KEY (endpoint_id, place) REFERENCES webhook_deliveries (endpoint_id, place)
);
