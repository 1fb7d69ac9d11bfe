//! The tables as diesel knows them; `migrations/` makes them, on both databases with the same names and columns.

diesel::table! { service_keys (id) { id -> BigInt, cursor_key -> Text, } }

diesel::table! { bureaus (id) {
    id -> Text, name -> Text, created_at -> Text, audit_count -> BigInt, audit_head -> Text,
} }

diesel::table! { tokens (id) {
    id -> Text, bureau_id -> Text, subject -> Text, role -> Text, schools -> Text, prefix -> Text, sha256 -> Text,
    created_at -> Text, created_by -> Text, expires_at -> Text, revoked_at -> Nullable<Text>,
} }

diesel::table! { plans (id) {
    id -> Text, bureau_id -> Text, code -> Text, title -> Text, newest_version -> BigInt, newest_state -> Text,
    revision -> BigInt, created_at -> Text, created_by -> Text,
} }

diesel::table! { plan_versions (plan_id, version) {
    plan_id -> Text, version -> BigInt, state -> Text, title -> Text, document -> Text, sha256 -> Text,
    created_at -> Text, created_by -> Text, published_at -> Nullable<Text>, published_by -> Nullable<Text>,
    archived_at -> Nullable<Text>, archived_by -> Nullable<Text>,
} }

diesel::table! { rosters (id) {
    id -> Text, bureau_id -> Text, plan_id -> Text, version -> BigInt, title -> Nullable<Text>, revises -> Nullable<Text>,
    sha256 -> Text, counts -> Text, whole_bureau -> BigInt, created_at -> Text, created_by -> Text,
} }

diesel::table! { roster_schools (roster_id, school_id) { roster_id -> Text, school_id -> Text, } }

diesel::table! { pieces (owner_id, level, school_id, last_id) {
    owner_id -> Text, level -> Text, school_id -> Text, last_id -> Text, row_count -> BigInt, document -> Binary,
} }

diesel::table! { runs (id) {
    id -> Text, bureau_id -> Text, plan_id -> Text, version -> BigInt, roster_id -> Text, title -> Nullable<Text>,
    state -> Text, revision -> BigInt, created_at -> Text, created_by -> Text, plan_sha256 -> Text, data_sha256 -> Text,
    failure -> Nullable<Text>, result_sha256 -> Nullable<Text>, engine -> Nullable<Text>, findings -> Nullable<Text>,
    payee_count -> Nullable<BigInt>, sources -> Nullable<BigInt>, paid -> Nullable<BigInt>, assigned -> Nullable<BigInt>,
    withheld -> Nullable<BigInt>, left_over -> Nullable<BigInt>, unfunded -> Nullable<BigInt>,
    payee_total -> Nullable<BigInt>, claimed_by -> Nullable<Text>, claimed_until -> Nullable<Text>, attempts -> BigInt,
    replaces -> Nullable<Text>,
} }

diesel::table! { run_progress (run_id) { run_id -> Text, written -> BigInt, total -> BigInt, } }

diesel::table! { run_transitions (run_id, place) {
    run_id -> Text, place -> BigInt, action -> Text, state -> Text, at -> Text, subject -> Text, reason -> Nullable<Text>,
} }

diesel::table! { run_items (run_id, step) {
    run_id -> Text, step -> BigInt, name -> Text, item -> Text, category -> Nullable<Text>,
    payroll_code -> Nullable<Text>, line_count -> BigInt, amount -> BigInt,
} }

diesel::table! { payees (run_id, row_id) {
    run_id -> Text, row_id -> Text, school_id -> Text, name -> Nullable<Text>, total -> BigInt,
} }

diesel::table! { lines (run_id, payee_id, place) {
    run_id -> Text, payee_id -> Text, place -> BigInt, step -> BigInt, row_id -> Text, amount -> BigInt,
} }

diesel::table! { funds (run_id, place) {
    run_id -> Text, place -> BigInt, school_id -> Text, fund -> Text, row_id -> Text, value -> BigInt,
    left_over -> BigInt, drawn -> Text, withheld -> Text,
} }

diesel::table! { payroll_profiles (bureau_id, name) {
    bureau_id -> Text, name -> Text, document -> Text, revision -> BigInt, changed_at -> Text, changed_by -> Text,
} }

diesel::table! { bureau_settings (bureau_id, name) {
    bureau_id -> Text, name -> Text, document -> Text, revision -> BigInt, changed_at -> Text, changed_by -> Text,
} }

diesel::table! { run_notices (run_id) {
    run_id -> Text, begins_on -> Text, ends_on -> Text, working_days -> BigInt, settings -> Text,
    link -> Nullable<Text>,
} }

diesel::table! { objections (id) {
    id -> Text, run_id -> Text, payee_id -> Nullable<Text>, school_id -> Nullable<Text>, objector -> Text, content -> Text,
    state -> Text, created_at -> Text, created_by -> Text, reason -> Nullable<Text>, decided_at -> Nullable<Text>,
    decided_by -> Nullable<Text>,
} }

diesel::table! { cycles (id) {
    id -> Text, bureau_id -> Text, title -> Text, state -> Text, allocation_run_id -> Text, step -> Text,
    requirements -> Text, revision -> BigInt, created_at -> Text, created_by -> Text, closed_at -> Nullable<Text>,
    closed_by -> Nullable<Text>,
} }

diesel::table! { cycle_schools (cycle_id, school_id) {
    cycle_id -> Text, school_id -> Text, name -> Nullable<Text>, quota -> BigInt, plan_id -> Text, version -> BigInt,
    checked_plan_id -> Text, checked_version -> BigInt,
} }

diesel::table! { cycle_runs (cycle_id, school_id, place) {
    cycle_id -> Text, school_id -> Text, place -> BigInt, run_id -> Text,
} }

diesel::table! { cycle_limits (cycle_id, place) {
    cycle_id -> Text, place -> BigInt, title -> Text, at_most -> BigInt, categories -> Nullable<Text>,
} }

diesel::table! { derived_plans (plan_id) { plan_id -> Text, from_plan_id -> Text, from_version -> BigInt, } }

diesel::table! { run_adjustments (run_id) {
    run_id -> Text, original_id -> Text, place -> BigInt, mode -> Text, reason_code -> Text, reason -> Text,
    reserve -> Nullable<Text>, payee_ids -> Nullable<Text>, increase -> Nullable<BigInt>, decrease -> Nullable<BigInt>,
    payee_count -> Nullable<BigInt>, others_count -> Nullable<BigInt>, others_net -> Nullable<BigInt>,
} }

diesel::table! { run_differences (run_id, payee_id, step) {
    run_id -> Text, payee_id -> Text, step -> BigInt, school_id -> Text, name -> Nullable<Text>, was -> BigInt,
    now -> BigInt, difference -> BigInt,
} }

diesel::table! { run_carried (run_id, payee_id) {
    run_id -> Text, payee_id -> Text, amount -> BigInt,
} }

diesel::table! { audit_entries (bureau_id, place) {
    bureau_id -> Text, place -> BigInt, at -> Text, subject -> Text, token_id -> Nullable<Text>, action -> Text,
    object -> Text, object_id -> Text, detail -> Nullable<Text>, from_sha256 -> Nullable<Text>, to_sha256 -> Nullable<Text>,
    request_id -> Nullable<Text>, previous -> Text, sha256 -> Text,
} }

diesel::table! { events (bureau_id, place) {
    bureau_id -> Text, place -> BigInt, id -> Text, kind -> Text, at -> Text, object -> Text, object_id -> Text,
    version -> Nullable<BigInt>, state -> Nullable<Text>, roster_id -> Nullable<Text>,
    run_id -> Nullable<Text>,
} }

diesel::table! { webhook_endpoints (id) {
    id -> Text, bureau_id -> Text, url -> Text, title -> Nullable<Text>, kinds -> Nullable<Text>, state -> Text,
    disabled_because -> Nullable<Text>, revision -> BigInt, created_at -> Text, created_by -> Text, changed_at -> Text,
    failing_since -> Nullable<Text>, claimed_by -> Nullable<Text>, claimed_until -> Nullable<Text>, served_at -> Text,
} }

diesel::table! { webhook_secrets (endpoint_id, place) {
    endpoint_id -> Text, place -> BigInt, secret -> Text, expires_at -> Nullable<Text>,
} }

diesel::table! { webhook_deliveries (endpoint_id, place) {
    endpoint_id -> Text, place -> BigInt, event_id -> Text, object_id -> Text, state -> Text, tries -> BigInt,
    begun_at -> Nullable<Text>, next_at -> Nullable<Text>, ended_at -> Nullable<Text>,
} }

diesel::table! { webhook_attempts (endpoint_id, place, number) {
    endpoint_id -> Text, place -> BigInt, number -> BigInt, at -> Text, status -> Nullable<BigInt>,
    error -> Nullable<Text>, milliseconds -> BigInt,
} }

diesel::table! { idempotency_records (token_id, key) {
    token_id -> Text, key -> Text, request_sha256 -> Text, status -> BigInt, body -> Text, etag -> Nullable<Text>,
    location -> Nullable<Text>, created_at -> Text,
} }

diesel::allow_tables_to_appear_in_same_query!(
    bureaus,
    cycle_runs,
    cycle_schools,
    cycles,
    derived_plans,
    events,
    lines,
    payees,
    plan_versions,
    plans,
    roster_schools,
    rosters,
    run_adjustments,
    run_carried,
    run_differences,
    run_notices,
    run_items,
    runs,
    tokens,
    webhook_deliveries,
    webhook_endpoints,
);
