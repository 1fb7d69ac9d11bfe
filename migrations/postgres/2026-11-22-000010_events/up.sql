-- What has happened, for those who follow it: written with the change itself, and never changed. No pay, and nobody's name.

CREATE TABLE events (
    bureau_id TEXT COLLATE "C" NOT NULL REFERENCES bureaus (id),
    place BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    object TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C" NOT NULL,
    version BIGINT,
    state TEXT COLLATE "C",
    -- Whoever may see this roster may see the event.
    roster_id TEXT COLLATE "C" REFERENCES rosters (id),
    PRIMARY KEY (bureau_id, place)
);
CREATE FUNCTION events_stay() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'events never change and are never removed'; END $$;
CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE ON events
FOR EACH ROW EXECUTE FUNCTION events_stay();
CREATE TRIGGER events_whole BEFORE TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION events_stay();
