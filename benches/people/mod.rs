//! The example county of `plans/seven-allowances` with as many people as are wanted, and one fund for all.

#![allow(dead_code, reason = "not every bench wants all of it")]

pub const PLAN: &str = include_str!("../../plans/seven-allowances/plan.json");
pub const DATA: &str = include_str!("../../plans/seven-allowances/data.json");

/// The example county as often as it takes for so many people, each time a bureau of its own.
pub fn data_text(people: usize) -> String {
    let example: serde_json::Value = serde_json::from_str(DATA).unwrap_or_else(|_| std::process::abort());
    let levels = example.as_object().cloned().unwrap_or_default();
    let staff = levels.get("staff").and_then(|rows| rows.as_array()).map_or(1, Vec::len);
    let mut all = serde_json::Map::new();
    for (level, rows) in &levels {
        let mut copies = Vec::new();
        for copy in 0..people.div_ceil(staff) {
            // The last copy has only as many people as are still wanted, and no awards of others.
            let most = match level.as_str() {
                "staff" => people - copy * staff,
                "award" if people - copy * staff < staff => 0,
                _ => usize::MAX,
            };
            for row in rows.as_array().into_iter().flatten().take(most) {
                let mut row = row.clone();
                for key in ["id", "parent"] {
                    if let Some(id) = row.get_mut(key) {
                        *id = format!("{copy:06}-{}", id.as_str().unwrap_or_default()).into();
                    }
                }
                copies.push(row);
            }
        }
        all.insert(level.clone(), copies.into());
    }
    serde_json::Value::Object(all).to_string()
}

/// One fund that everybody shares by points.
pub const ONE_FUND: &str = r#"{"language": 1, "code": "one", "title": "one", "payee": "staff",
    "levels": [{"name": "school", "facts": [{"name": "pool", "type": "money"}]},
               {"name": "staff", "parent": "school", "facts": [
                   {"name": "points", "type": "number"}, {"name": "months", "type": "number", "default": "12"}]}],
    "steps": [{"do": "formula", "level": "staff", "name": "weight", "formula": "points * months / 12"},
              {"do": "share", "level": "staff", "name": "merit", "from": "school.pool", "weight": "weight",
               "pay": {"item": "merit"}}]}"#;

/// The data of [`ONE_FUND`].
pub fn one_fund(people: usize) -> String {
    let person = |row: usize| {
        let points = format!("{}.{:02}", 60 + row * 7_919 % 40, row * 104_729 % 100);
        serde_json::json!({"id": format!("{row:06}"), "parent": "S",
            "facts": {"points": points, "months": 1 + row % 12}})
    };
    let staff: Vec<serde_json::Value> = (0..people).map(person).collect();
    serde_json::json!({"school": [{"id": "S", "facts": {"pool": "12345678.91"}}], "staff": staff}).to_string()
}
