//! What the words mean of which clients write one. The words that they read are told with their meanings where they are defined.

use serde_json::{Value, json};

use crate::record::events;

/// Each word, and what it means wherever it is written.
const MEANINGS: [(&str, &str); 50] = [
    ("number", "数 a number"),
    ("money", "金额 an amount"),
    ("flag", "真假 true or false"),
    ("choice", "选项 one of the choices"),
    ("date", "日期 a day"),
    ("text", "文字 a text"),
    ("row", "另一行的编号 the id of another row"),
    ("holiday", "放假 a day off"),
    ("workday", "调休上班 a day that is worked"),
    ("error", "错误 an error"),
    ("warning", "提醒 a warning"),
    ("none", "不隐去 nothing is hidden"),
    ("middle", "隐去中间 the middle is hidden"),
    ("given", "隐去名 the given name is hidden"),
    ("utf-8", "UTF-8（带 BOM） UTF-8 with a byte order mark"),
    ("gb18030", "国标 GB 18030"),
    ("lines", "一行一笔 a row for each line"),
    ("people", "一行一人 a row for each payee"),
    ("descending", "从高到低 the highest first"),
    ("ascending", "从低到高 the lowest first"),
    ("half_up", "四舍五入 half away from zero"),
    ("half_even", "四舍六入五成双 half to even"),
    ("down", "舍去 towards zero"),
    ("up", "进位 away from zero"),
    ("ranked", "参加排序的人 those who are ranked"),
    ("all", "全体 everybody"),
    ("split", "按 tie_by 分先后，最后按编号 by tie_by, at last by id"),
    ("better", "都取最前一人的 all take that of the first of them"),
    ("worse", "都取最后一人的 all take that of the last of them"),
    ("dense", "并列之后名次连续 positions without gaps"),
    ("refuse", "并列影响结果时拒绝 refused where it matters who is first"),
    ("officer", "经办人 the finance officer"),
    ("approver", "审批人 who approves and releases"),
    ("accountant", "学校会计 the accountant of schools"),
    ("payroll", "工资系统 the payroll system"),
    ("auditor", "审计 the auditor"),
    ("operator", "运维 the operator"),
    ("forgo", "放弃，留给他人 left to others"),
    ("withhold", "扣留 set aside"),
    ("enabled", "启用 it is sent events"),
    ("disabled", "停用 it is sent none"),
    ("upheld", "成立 upheld"),
    ("rejected", "不成立 rejected"),
    ("reopen", "全部重算 everything is calculated again"),
    ("freeze_others", "他人不变 everybody else keeps theirs"),
    ("next_period", "下期补扣 settled in the next period"),
    ("veto", "一票否决 a veto"),
    ("score", "得分 a score"),
    ("mover", "调动 who moved"),
    ("other", "其他 anything else"),
];

/// Says them beside the words.
pub(super) fn meant(schema: &mut Value) {
    let Some(object) = schema.as_object_mut().filter(|object| !object.contains_key("x-enum-descriptions")) else {
        return;
    };
    let Some(Value::Array(words)) = object.get("enum") else { return };
    let known = |word: &Value| {
        let word = word.as_str()?;
        let event = || events::KINDS.iter().find(|(kind, _)| kind == word).map(|(_, label)| label.clone());
        MEANINGS.iter().find(|(known, _)| *known == word).map(|(_, meaning)| (*meaning).to_owned()).or_else(event)
    };
    // A tag has one word, which says what it is.
    let meanings: Option<Vec<String>> = words.iter().map(known).collect();
    if let Some(meanings) = meanings.filter(|meanings| meanings.len() > 1) {
        object.insert("x-enum-descriptions".to_owned(), json!(meanings));
    }
}
