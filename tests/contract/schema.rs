//! What the tests know of schemas: where they are, and whether a value fits one.

use serde_json::Value;

/// Whether a text is Chinese and English both.
pub fn is_bilingual(text: &str) -> bool {
    let chinese = text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
    let words = text.split(|letter: char| !letter.is_ascii_alphabetic()).filter(|word| word.len() > 1).count();
    chinese && words >= 1
}

/// Every schema of a document with a name for it; what is in examples is no schema.
pub fn schemas(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (name, schema) in entries(&document["components"]["schemas"]) {
        collect(name.clone(), schema, &mut found);
    }
    for (path, method, operation) in operations(document) {
        let name = format!("{method} {path}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            collect(format!("{name} {}", parameter["name"]), &parameter["schema"], &mut found);
        }
        for body in
            std::iter::once(&operation["requestBody"]).chain(entries(&operation["responses"]).map(|(_, body)| body))
        {
            for (_, media) in entries(&body["content"]) {
                collect(name.clone(), &media["schema"], &mut found);
            }
        }
    }
    found
}

fn collect<'d>(name: String, schema: &'d Value, found: &mut Vec<(String, &'d Value)>) {
    for (key, property) in entries(&schema["properties"]) {
        collect(format!("{name}.{key}"), property, found);
    }
    for key in ["items", "additionalProperties"] {
        if schema[key].is_object() {
            collect(format!("{name}.{key}"), &schema[key], found);
        }
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        for branch in schema[key].as_array().into_iter().flatten() {
            collect(format!("{name}.{key}"), branch, found);
        }
    }
    found.push((name, schema));
}

/// Every operation with its path and method.
pub fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = entries(&document["paths"]);
    paths
        .flat_map(|(path, item)| entries(item).map(|(method, operation)| (path.as_str(), method.as_str(), operation)))
        .collect()
}

/// The entries of an object; none of anything else.
pub fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The components that are reached from these schemas.
pub fn reached<'d>(document: &'d Value, from: Vec<&'d Value>) -> std::collections::BTreeSet<String> {
    let mut names = std::collections::BTreeSet::new();
    let mut open = from;
    while let Some(schema) = open.pop() {
        let mut inside = Vec::new();
        collect(String::new(), schema, &mut inside);
        for (_, schema) in inside {
            if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next())
                && names.insert(name.to_owned())
            {
                open.push(&document["components"]["schemas"][name]);
            }
        }
    }
    names
}

/// What of a value does not fit its schema, as pointers with reasons. It knows what the contract uses of JSON Schema.
pub fn misfits(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    judge(document, schema, value, "", &mut found);
    found
}

fn judge(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let mut fault = |reason: String| found.push(format!("{at}: {reason}"));
    let kind_fits = match schema["type"].as_str() {
        None => true,
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some(_) => false,
    };
    if !kind_fits {
        return fault(format!("{} is no {}", value, schema["type"]));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        fault(format!("{value} is none of {}", schema["enum"]));
    }
    if let Some(text) = value.as_str() {
        let (length, pattern) = (text.chars().count(), schema["pattern"].as_str());
        if schema["minLength"].as_u64().is_some_and(|least| length < usize::try_from(least).unwrap())
            || schema["maxLength"].as_u64().is_some_and(|most| length > usize::try_from(most).unwrap())
            || pattern.is_some_and(|pattern| !fits_pattern(pattern, text))
        {
            fault(format!("{value} does not fit {schema}"));
        }
    }
    if let Some(items) = value.as_array() {
        if schema["minItems"].as_u64().is_some_and(|least| items.len() < usize::try_from(least).unwrap()) {
            fault("too few items".to_owned());
        }
        for (index, item) in items.iter().enumerate() {
            judge(document, &schema["items"], item, &format!("{at}/{index}"), found);
        }
    }
    if let Some(reference) = schema["$ref"].as_str() {
        judge(document, document.pointer(&reference[1..]).expect("a component"), value, at, found);
    }
    for whole in schema["allOf"].as_array().into_iter().flatten() {
        judge(document, whole, value, at, found);
    }
    if schema["oneOf"].is_array() {
        let word = value[schema["discriminator"]["propertyName"].as_str().expect("a discriminator")].as_str();
        match schema["discriminator"]["mapping"][word.unwrap_or_default()].as_str() {
            Some(branch) => judge(document, document.pointer(&branch[1..]).expect("a component"), value, at, found),
            None => found.push(format!("{at}: {word:?} is no branch")),
        }
    }
    judge_object(document, schema, value, at, found);
}

fn judge_object(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(object) = value.as_object() else { return };
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(required) {
            found.push(format!("{at}: {required} is missing"));
        }
    }
    // What the document does not know: refused where clients write, a gap of the document where they read.
    let known = schema["properties"].as_object();
    for (key, inner) in object {
        let at = format!("{at}/{key}");
        match known.and_then(|known| known.get(key)) {
            Some(property) => judge(document, property, inner, &at, found),
            None if schema["additionalProperties"].is_object() => {
                judge(document, &schema["additionalProperties"], inner, &at, found);
            }
            None if known.is_some() => found.push(format!("{at}: unknown")),
            None => {}
        }
    }
}

/// Whether a text fits one of the patterns that the contract uses.
fn fits_pattern(pattern: &str, text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = |text: &str| text == "0" || (digits(text) && !text.starts_with('0'));
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (before, after) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    match pattern {
        r"^-?(0|[1-9][0-9]*)\.[0-9]{2}$" => {
            unsigned.contains('.') && whole(before) && digits(after) && after.len() == 2
        }
        r"^-?(0|[1-9][0-9]*)\.[0-9]{6}$" => whole(before) && digits(after) && after.len() == 6,
        r"^-?(0|[1-9][0-9]*)(\.[0-9]{1,12})?$" => whole(before) && digits(after) && after.len() <= 12,
        r"^(0|[1-9][0-9]*)(\.[0-9]{1,12}%|%)?$" => {
            let percent = text.strip_suffix('%').unwrap_or(text);
            percent.split('.').all(digits) && (text.ends_with('%') || !text.contains('.'))
        }
        "^[!-~]+$" => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()),
        "^[0-9a-f]{64}$" => text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
        "^[a-z0-9][a-z0-9_-]{0,63}$" => {
            let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
            (1..=64).contains(&text.len()) && text.bytes().all(good) && !text.starts_with(['_', '-'])
        }
        "^(id|name|school_id|school_name|total|item|category|payroll_code|amount|item:.+)$" => {
            let words = "id name school_id school_name total item category payroll_code amount";
            words.split(' ').any(|word| word == text) || text.strip_prefix("item:").is_some_and(|item| !item.is_empty())
        }
        other => panic!("teach the test the pattern {other}"),
    }
}
