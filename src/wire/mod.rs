//! Floor 3: JSON. Documents come in here and go out here, with every fault at its place.

pub mod calculation;
pub mod canonical;
pub mod comparison;
pub mod data;
pub mod examples;
pub mod explanation;
pub mod json;
pub mod notice;
pub mod reconciliation;
pub mod refusal;
pub mod result;
pub mod schema;
pub mod shape;
pub mod supposition;
