//! How far an explanation goes.

use crate::plan::Plan;

/// How far an explanation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many columns deep others are followed.
    pub depth: usize,
    /// How many nodes there are at most.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { depth: 3, nodes: 2_000 }
    }
}

/// What is told beyond the depth and the usual length of lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expand {
    /// Steps that are followed wherever they stand.
    pub steps: Vec<usize>,
    /// How many nodes the rows of an aggregate may take; none: only the largest are listed.
    pub rows: Option<usize>,
}

/// The word for all rows of aggregates.
const ROWS: &str = "rows";

impl Expand {
    /// A list of words: steps as `level.step`, and `rows`, which lets one aggregate fill half the nodes.
    ///
    /// # Errors
    /// The first word that is neither.
    pub fn parse<'w>(plan: &Plan, words: &'w str, nodes: usize) -> Result<Expand, &'w str> {
        let mut expand = Expand::default();
        for word in words.split(',').map(str::trim) {
            match Expand::names(plan).find(|(name, _)| name == word) {
                Some((_, step)) => expand.steps.push(step),
                None if word == ROWS => expand.rows = Some(nodes / 2),
                None => return Err(word),
            }
        }
        Ok(expand)
    }

    /// The words that a plan knows.
    pub fn words(plan: &Plan) -> Vec<String> {
        Expand::names(plan).map(|(name, _)| name).chain([ROWS.to_owned()]).collect()
    }

    /// The steps as `level.step`.
    fn names(plan: &Plan) -> impl Iterator<Item = (String, usize)> + '_ {
        let steps = plan.steps.iter().zip(&plan.document.steps).enumerate();
        steps.map(|(at, (step, written))| (format!("{}.{}", plan.level_name(step.level), written.heading.name), at))
    }
}
