//! The shapes of plans, data, results and faults as the contract documents them. They are never read into: documents are
//! read by [`super::json`], which loses no digit and knows every position, and results are written as text. What these
//! say is held to the truth by `tests/contract.rs`, which judges real requests and answers by the document.
//!
//! `Serialize` is derived for serde's attributes alone, which utoipa reads (tags, words, unknown keys).
//!
//! The first sentences of a description are Chinese, the last ones English.

mod comparison;
mod data;
mod explanation;
mod fault;
mod plan;
mod reconciliation;
mod result;
mod steps;
mod supposition;

pub use comparison::{
    CalculatedCause, ComparedItem, ComparedPayee, Comparison, ComparisonCause, ComparisonCounts, ComparisonTotals,
};
pub use data::{DataRow, PlanData};
pub use explanation::{Explanation, StatementPeers};
pub use fault::{CheckWarning, FaultReport};
pub use plan::{
    BandTable, BandTableRow, Clause, Constant, Expectation, Fact, FactType, KeyType, Level, LookupTable,
    LookupTableRow, Plan, PlanExample, Table,
};
pub use reconciliation::{Figure, ReconciledDifference, ReconciledItem, ReconciliationGuess};
pub use result::{Balance, CalculationResult, CheckOutcome, Column, FundBook, Line, ResultRow, VetoOutcome, Warning};
pub use steps::{
    CheckStep, CollectStep, FormulaStep, FormulaType, Grade, Pay, QuotaBase, QuotaRounding, RankOrder, RankStep,
    Rounding, RoundingMode, Severity, ShareStep, Step, Ties, VetoStep, VetoThen,
};

pub use supposition::{GoalSeek, GoalSeekRequest, Simulation, SimulationRequest, seek_method};

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

/// 名称：汉字、字母、数字、下划线，不以数字开头，最多 64 个字符。A name: a Unicode identifier of at most 64 characters.
#[derive(Serialize, ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 64)]
pub struct Name(pub String);

/// 公式。A formula.
#[derive(Serialize, ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 4000)]
pub struct Formula(pub String);

/// 十进制数，写成文字；最多 28 位数字，小数点后最多 12 位。A decimal as a string: at most 28 digits, 12 after the point.
#[derive(Serialize, ToSchema)]
#[schema(value_type = String, pattern = r"^-?(0|[1-9][0-9]*)(\.[0-9]{1,12})?$", example = "394.80")]
pub struct Decimal(pub String);

/// 金额（元），写成文字，恰好两位小数。An amount in yuan as a string with two decimals.
#[derive(Serialize, ToSchema)]
#[schema(value_type = String, format = "money", pattern = r"^-?(0|[1-9][0-9]*)\.[0-9]{2}$", example = "500.01")]
pub struct Money(pub String);

/// 行的编号，1～64 个字符，在本层内唯一。The id of a row: 1-64 characters, unique within its level.
#[derive(Serialize, ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 64)]
pub struct RowId(pub String);

/// SHA-256，小写十六进制。A SHA-256 in lower-case hexadecimal.
#[derive(Serialize, ToSchema)]
#[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
pub struct Sha256(pub String);

/// A string that is one of these words today and may be another tomorrow: what clients read is open.
pub fn open_word<'w>(description: &str, words: impl IntoIterator<Item = (&'w str, &'w str)>) -> Object {
    let (words, meanings): (Vec<&str>, Vec<&str>) = words.into_iter().unzip();
    let extensions =
        ExtensionsBuilder::new().add("x-extensible-enum", words).add("x-enum-descriptions", meanings).build();
    ObjectBuilder::new().schema_type(Type::String).description(Some(description)).extensions(Some(extensions)).build()
}
