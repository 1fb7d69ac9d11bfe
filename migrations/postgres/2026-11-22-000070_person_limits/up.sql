-- What a person may get at most over all schools of a cycle, in fen; of some categories of items (a JSON list), or of all.

CREATE TABLE cycle_limits (
    cycle_id TEXT COLLATE "C" NOT NULL REFERENCES cycles (id),
    place BIGINT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    at_most BIGINT NOT NULL,
    categories TEXT COLLATE "C",
    PRIMARY KEY (cycle_id, place)
);

-- Plans that the service has made of others, for cycles with requirements.

CREATE TABLE derived_plans (
    plan_id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES plans (id),
    from_plan_id TEXT COLLATE "C" NOT NULL,
    from_version BIGINT NOT NULL,
    FOREIGN KEY (from_plan_id, from_version) REFERENCES plan_versions (plan_id, version)
);
INSERT INTO derived_plans
    SELECT DISTINCT checked_plan_id, plan_id, version FROM cycle_schools WHERE checked_plan_id <> plan_id;
