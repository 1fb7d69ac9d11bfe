//! Stage 3: the names that a plan defines, its clauses, the tree of levels.

use std::collections::BTreeSet;

use super::document::{Document, FactKind, Heading};
use super::formula::is_name;
use super::{Code, Fault, Faults};

/// All faults of the names a plan defines.
pub(super) fn faults(document: &Document) -> Faults {
    let mut judge = Judge { document, clauses: BTreeSet::new(), faults: Faults::default() };
    judge.clauses();
    judge.plan_names();
    judge.tree();
    judge.level_names();
    judge.faults
}

struct Judge<'a> {
    document: &'a Document,
    clauses: BTreeSet<&'a str>,
    faults: Faults,
}

impl<'a> Judge<'a> {
    fn clauses(&mut self) {
        for (index, clause) in self.document.clauses.iter().enumerate() {
            if !self.clauses.insert(&clause.id) {
                self.faults.add(Fault::plan(Code::DuplicateClause, format!("/clauses/{index}/id")).got(&clause.id));
            }
        }
    }

    fn clause(&mut self, clause: Option<&str>, at: &str) {
        if let Some(id) = clause.filter(|id| !self.clauses.contains(id)) {
            let fault = Fault::plan(Code::UnknownClause, format!("{at}/clause")).got(id);
            self.faults.add(fault.near(id, self.clauses.iter().copied()));
        }
    }

    /// A name that must be well formed and not taken; and the clause beside it.
    fn heading(&mut self, heading: &'a Heading, at: &str, taken: &mut BTreeSet<&'a str>) {
        let name = heading.name.as_str();
        if !is_name(name) {
            self.faults.add(Fault::plan(Code::BadName, format!("{at}/name")).got(name));
        } else if !taken.insert(name) {
            self.faults.add(Fault::plan(Code::DuplicateName, format!("{at}/name")).got(name));
        }
        self.clause(heading.clause.as_deref(), at);
    }

    /// Constants, tables and levels share one space of names.
    fn plan_names(&mut self) {
        let mut taken = BTreeSet::new();
        for (index, constant) in self.document.constants.iter().enumerate() {
            self.heading(&constant.heading, &format!("/constants/{index}"), &mut taken);
        }
        for (index, table) in self.document.tables.iter().enumerate() {
            self.heading(&table.heading, &format!("/tables/{index}"), &mut taken);
        }
        for (index, level) in self.document.levels.iter().enumerate() {
            self.heading(&level.heading, &format!("/levels/{index}"), &mut taken);
        }
    }

    fn tree(&mut self) {
        for (index, level) in self.document.levels.iter().enumerate() {
            let at = format!("/levels/{index}/parent");
            let before = || self.document.levels.iter().take(index).map(|level| level.heading.name.as_str());
            let fault = match &level.parent {
                None if index == 0 => continue,
                None => Fault::plan(Code::MissingKey, at),
                Some(parent) if before().any(|name| name == parent) => continue,
                Some(parent) => Fault::plan(Code::BadParent, at).got(parent).near(parent, before()),
            };
            self.faults.add(fault);
        }
    }

    /// Facts and steps, vetoes and checks too, share the space of names of their level.
    fn level_names(&mut self) {
        let document = self.document;
        let levels: Vec<&str> = document.levels.iter().map(|level| level.heading.name.as_str()).collect();
        let mut taken: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); levels.len()];
        for (index, (level, taken)) in document.levels.iter().zip(&mut taken).enumerate() {
            for (number, fact) in level.facts.iter().enumerate() {
                let at = format!("/levels/{index}/facts/{number}");
                self.heading(&fact.heading, &at, taken);
                let FactKind::Row(target) = &fact.kind else { continue };
                if levels.contains(&fact.heading.name.as_str()) {
                    self.faults.add(Fault::plan(Code::DuplicateName, format!("{at}/name")).got(&fact.heading.name));
                }
                let at = format!("{at}/level");
                if *target == level.heading.name {
                    self.faults.add(Fault::plan(Code::BadValue, at).got(target));
                } else if !levels.contains(&target.as_str()) {
                    let fault = Fault::plan(Code::UnknownName, at).got(target);
                    self.faults.add(fault.near(target, levels.iter().copied()));
                }
            }
        }
        for (index, step) in document.steps.iter().enumerate() {
            let at = format!("/steps/{index}");
            let own = levels.iter().position(|name| *name == step.level);
            match own.and_then(|own| taken.get_mut(own)) {
                Some(taken) => self.heading(&step.heading, &at, taken),
                None => {
                    let fault = Fault::plan(Code::UnknownName, format!("{at}/level")).got(&step.level);
                    self.faults.add(fault.near(&step.level, levels.iter().copied()));
                    self.heading(&step.heading, &at, &mut BTreeSet::new());
                }
            }
            if let super::document::Action::Rank(rank) = &step.action {
                for (number, grade) in rank.grades.iter().enumerate() {
                    self.clause(grade.clause.as_deref(), &format!("{at}/grades/{number}"));
                }
            }
        }
    }
}
