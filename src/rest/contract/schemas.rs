//! Where schemas are in a document. Examples hold data of any shape and are not looked into.

use serde_json::Value;

/// Shows every schema of a document, inner ones first.
pub(super) fn each(document: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    for (_, schema) in entries(document.pointer_mut("/components/schemas")) {
        inside(schema, visit);
    }
    for (_, item) in entries(document.get_mut("paths")) {
        for (_, operation) in entries(Some(item)) {
            for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
                parameter.get_mut("schema").into_iter().for_each(|schema| inside(schema, visit));
            }
            of_content(operation.get_mut("requestBody"), visit);
            for (_, response) in entries(operation.get_mut("responses")) {
                of_content(Some(response), visit);
            }
        }
    }
    for (_, response) in entries(document.pointer_mut("/components/responses")) {
        of_content(Some(response), visit);
    }
}

fn of_content(body: Option<&mut Value>, visit: &mut impl FnMut(&mut Value)) {
    for (_, media) in entries(body.and_then(|body| body.get_mut("content"))) {
        media.get_mut("schema").into_iter().for_each(|schema| inside(schema, visit));
    }
}

/// Shows a schema after those inside it.
fn inside(schema: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    for (_, property) in entries(schema.get_mut("properties")) {
        inside(property, visit);
    }
    for key in ["items", "additionalProperties"] {
        schema.get_mut(key).into_iter().for_each(|inner| inside(inner, visit));
    }
    for key in ["oneOf", "allOf", "anyOf"] {
        for inner in schema.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            inside(inner, visit);
        }
    }
    visit(schema);
}

/// The entries of an object, if it is one.
pub(super) fn entries(value: Option<&mut Value>) -> impl Iterator<Item = (&String, &mut Value)> {
    value.and_then(Value::as_object_mut).into_iter().flatten()
}
