//! OpenAPI 3.1 → 3.0.3, for generators that know only that. The rules of the contract leave little to do: there is no
//! null, and no schema has more than one type.

use serde_json::{Value, json};

use super::schemas::each;

/// The document in OpenAPI 3.0.3.
pub(super) fn down(mut document: Value) -> Value {
    if let Some(object) = document.as_object_mut() {
        object.insert("openapi".to_owned(), json!("3.0.3"));
        object.shift_remove("jsonSchemaDialect");
        // That the service calls others it cannot say.
        object.shift_remove("webhooks");
    }
    // A licence is known by its name alone.
    if let Some(Value::Object(license)) = document.pointer_mut("/info/license") {
        license.shift_remove("identifier");
    }
    each(&mut document, &mut reference_alone);
    each(&mut document, &mut one_example);
    document
}

/// Beside a reference nothing else may stand: it moves inside.
fn reference_alone(schema: &mut Value) {
    let Some(object) = schema.as_object_mut().filter(|object| object.len() > 1) else { return };
    if let Some(reference) = object.shift_remove("$ref") {
        object.insert("allOf".to_owned(), json!([{"$ref": reference}]));
    }
}

/// A schema has one example.
fn one_example(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(first) = object.shift_remove("examples").and_then(|examples| examples.get(0).cloned()) {
        object.insert("example".to_owned(), first);
    }
}
