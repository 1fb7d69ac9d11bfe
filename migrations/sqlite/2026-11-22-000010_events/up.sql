-- What has happened, for those who follow it: written with the change itself, and never changed. No pay, and nobody's name.

CREATE TABLE events (
    bureau_id TEXT NOT NULL REFERENCES bureaus (id),
    place INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    object TEXT NOT NULL,
    object_id TEXT NOT NULL,
    version INTEGER,
    state TEXT,
    -- Whoever may see this roster may see the event.
    roster_id TEXT REFERENCES rosters (id),
    PRIMARY KEY (bureau_id, place)
) STRICT;
CREATE TRIGGER events_stay BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events never change'); END;
CREATE TRIGGER events_follow BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE bureau_id = NEW.bureau_id AND place = NEW.place)
BEGIN SELECT RAISE(ABORT, 'events are never replaced'); END;
CREATE TRIGGER events_last BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;
