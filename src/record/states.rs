//! The life of a run, in one table that the program and its documentation share.

use super::people::Role;

/// What is done to a run: from which states, to which, by whom.
pub struct Move {
    /// The word of the act.
    pub action: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// The states from which it may be done.
    pub from: &'static [&'static str],
    /// The state that it leads to.
    pub to: &'static str,
    /// Who may do it; nobody: the service itself.
    pub roles: &'static [Role],
    /// Whether it must be done by somebody else than made the run, its roster, or submitted it.
    pub four_eyes: bool,
}

/// All states with their names for people.
pub const STATES: [(&str, &str); 8] = [
    ("calculating", "计算中"),
    ("calculated", "已计算"),
    ("failed", "无法计算"),
    ("submitted", "已提交"),
    ("noticed", "公示中"),
    ("approved", "已批准"),
    ("released", "已发放"),
    ("withdrawn", "已撤回"),
];

/// The states of a run that has come to nothing: another may be made in its place.
pub const ENDED: [&str; 2] = ["failed", "withdrawn"];

/// Everything that may be done to a run.
#[rustfmt::skip]
pub const MOVES: [Move; 7] = [
    Move { action: "calculate", label: "计算", from: &["calculating"], to: "calculated", roles: &[], four_eyes: false },
    Move { action: "fail", label: "报告无法计算", from: &["calculating"], to: "failed", roles: &[], four_eyes: false },
    Move { action: "submit", label: "提交", from: &["calculated"], to: "submitted",
        roles: &[Role::Officer, Role::Accountant], four_eyes: false },
    Move { action: "notice", label: "公示", from: &["submitted"], to: "noticed",
        roles: &[Role::Officer, Role::Accountant], four_eyes: false },
    Move { action: "approve", label: "批准", from: &["submitted", "noticed"], to: "approved",
        roles: &[Role::Approver], four_eyes: true },
    Move { action: "release", label: "发放", from: &["approved"], to: "released", roles: &[Role::Approver], four_eyes: true },
    Move { action: "withdraw", label: "撤回", from: &["calculating", "calculated", "submitted", "noticed", "approved"], to: "withdrawn",
        roles: &[Role::Officer, Role::Approver, Role::Accountant], four_eyes: false },
];

/// The act of this word.
pub fn known(action: &str) -> Option<&'static Move> {
    MOVES.iter().find(|known| known.action == action)
}

/// What people may do to a run in this state.
pub fn allowed(state: &str) -> Vec<&'static str> {
    MOVES
        .iter()
        .filter(|known| !known.roles.is_empty() && known.from.contains(&state))
        .map(|known| known.action)
        .collect()
}

/// The table as the documentation shows it.
pub fn markdown() -> String {
    let mut text = String::from("| act | from | to | by |\n|---|---|---|---|\n");
    for Move { action, label, from, to, roles, four_eyes } in &MOVES {
        let from: Vec<String> = from.iter().map(|state| format!("`{state}`")).collect();
        let roles: Vec<&str> = roles.iter().map(|role| role.word()).collect();
        let by = if roles.is_empty() { "the service".to_owned() } else { roles.join(", ") };
        let eyes = if *four_eyes { "; never who made the run or its roster, or submitted it" } else { "" };
        text.push_str(&format!("| `{action}` {label} | {} | `{to}` | {by}{eyes} |\n", from.join(", ")));
    }
    text
}
