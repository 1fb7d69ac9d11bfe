//! Which role may do what: one table for the service, its contract and its tests' comparison.
//!
//! What a role does not see answers 404, what it sees but may not do 403.

use crate::record::people::Role::{self, Accountant, Approver, Auditor, Officer, Operator, Payroll};

/// Who may use an operation.
pub(super) struct Access {
    /// Its operation id.
    pub(super) operation: &'static str,
    /// The roles that see what it is about.
    pub(super) sees: &'static [Role],
    /// The roles that may do it.
    pub(super) does: &'static [Role],
}

const ALL: &[Role] = &[Officer, Approver, Accountant, Payroll, Auditor, Operator];
const OFFICE: &[Role] = &[Officer, Approver, Accountant, Auditor];
const PAY: &[Role] = &[Officer, Approver, Accountant, Auditor, Payroll];
const TOKENS: &[Role] = &[Operator, Auditor];

const fn row(operation: &'static str, sees: &'static [Role], does: &'static [Role]) -> Access {
    Access { operation, sees, does }
}

/// Every operation that wants a token.
pub(super) static TABLE: [Access; 83] = [
    row("getWhoami", ALL, ALL),
    row("listTokens", TOKENS, TOKENS),
    row("createToken", TOKENS, &[Operator]),
    row("revokeToken", TOKENS, &[Operator]),
    row("listAuditEntries", &[Auditor], &[Auditor]),
    row("listPlans", OFFICE, OFFICE),
    row("createPlan", OFFICE, &[Officer]),
    row("getPlan", OFFICE, OFFICE),
    row("putPlanDraft", OFFICE, &[Officer]),
    row("listPlanVersions", OFFICE, OFFICE),
    row("getPlanVersion", OFFICE, OFFICE),
    row("getRosterTemplate", OFFICE, OFFICE),
    row("publishPlan", OFFICE, &[Officer]),
    row("archivePlan", OFFICE, &[Officer]),
    row("listRosters", OFFICE, OFFICE),
    row("createRoster", OFFICE, &[Officer, Accountant]),
    row("importRoster", OFFICE, &[Officer, Accountant]),
    row("annotateRosterImport", OFFICE, &[Officer, Accountant]),
    row("getRoster", OFFICE, OFFICE),
    row("getRosterWorkbook", OFFICE, OFFICE),
    row("listRosterRows", OFFICE, OFFICE),
    row("reviseRoster", OFFICE, &[Officer, Accountant]),
    row("listRuns", PAY, PAY),
    row("createRun", PAY, &[Officer, Accountant]),
    row("getRun", PAY, PAY),
    row("listRunRows", PAY, PAY),
    row("listRunPayees", PAY, PAY),
    row("listRunFunds", PAY, PAY),
    row("listRunChecks", PAY, PAY),
    row("listRunWarnings", PAY, PAY),
    row("getRunExplanation", PAY, PAY),
    row("getRunStatement", PAY, PAY),
    row("listRunStatements", PAY, PAY),
    row("getRunStatementsXlsx", PAY, PAY),
    row("getRunComparison", PAY, PAY),
    row("getRunVerification", PAY, PAY),
    row("getRunWorkbook", PAY, OFFICE),
    row("reconcileRun", PAY, PAY),
    row("getRunPayrollCsv", PAY, PAY),
    row("getRunPayrollXlsx", PAY, PAY),
    row("getRunPayrollNdjson", PAY, PAY),
    row("listPayrollProfiles", PAY, PAY),
    row("getPayrollProfile", PAY, PAY),
    row("putPayrollProfile", PAY, &[Officer]),
    row("deletePayrollProfile", PAY, &[Officer]),
    row("submitRun", PAY, &[Officer, Accountant]),
    row("publishRunNotice", PAY, &[Officer, Accountant]),
    row("getRunNotice", PAY, PAY),
    row("getRunNoticeXlsx", PAY, PAY),
    row("getNoticeSettings", PAY, PAY),
    row("putNoticeSettings", PAY, &[Officer]),
    row("getCalendar", PAY, PAY),
    row("putCalendar", PAY, &[Officer]),
    row("createObjection", OFFICE, &[Officer, Accountant]),
    row("listObjections", OFFICE, OFFICE),
    row("getObjection", OFFICE, OFFICE),
    row("decideObjection", OFFICE, &[Officer, Approver]),
    row("approveRun", PAY, &[Approver]),
    row("releaseRun", PAY, &[Approver]),
    row("withdrawRun", PAY, &[Officer, Approver, Accountant]),
    row("createAdjustment", PAY, &[Officer, Accountant]),
    row("listAdjustments", PAY, PAY),
    row("listDifferences", PAY, PAY),
    row("listCycles", OFFICE, OFFICE),
    row("openCycle", OFFICE, &[Officer]),
    row("getCycle", OFFICE, OFFICE),
    row("listCycleSchools", OFFICE, OFFICE),
    row("listCyclePeople", OFFICE, OFFICE),
    row("createCycleRun", OFFICE, &[Officer, Accountant]),
    row("getCycleProof", OFFICE, &[Officer, Approver, Auditor]),
    row("listCarryOvers", OFFICE, &[Officer, Approver, Auditor]),
    row("closeCycle", OFFICE, &[Officer]),
    row("listEvents", PAY, PAY),
    row("listWebhookEndpoints", TOKENS, TOKENS),
    row("createWebhookEndpoint", TOKENS, &[Operator]),
    row("getWebhookEndpoint", TOKENS, TOKENS),
    row("putWebhookEndpoint", TOKENS, &[Operator]),
    row("deleteWebhookEndpoint", TOKENS, &[Operator]),
    row("rotateWebhookSecret", TOKENS, &[Operator]),
    row("listWebhookDeliveries", TOKENS, TOKENS),
    row("redeliverWebhook", TOKENS, &[Operator]),
    row("simulate", OFFICE, OFFICE),
    row("seekGoal", OFFICE, OFFICE),
];

/// Who may use an operation; nobody may use one that the table does not have.
pub(super) fn of(operation: &str) -> Option<&'static Access> {
    TABLE.iter().find(|access| access.operation == operation)
}
