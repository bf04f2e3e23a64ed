//! The JSON Schema of a configuration file, from the structs that read it.

use super::keys::Keys;
use serde_json::Value;

/// Where the committed schema can be had.
pub const ADDRESS: &str =
    "https://raw.githubusercontent.com/toctou-lint/toctou-lint/main/docs/toctou-lint.schema.json";

/// The schema as a document.
pub fn schema() -> Value {
    let mut schema = schemars::generate::SchemaSettings::draft07()
        .into_generator()
        .into_root_schema_for::<Keys>()
        .to_value();
    clean(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        root.insert("$id".to_owned(), Value::from(ADDRESS));
        root.insert("title".to_owned(), Value::from("toctou-lint"));
    }
    schema
}

/// The schema as it is committed.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).unwrap_or_default();
    text.push('\n');
    text
}

/// A key that may be left out is not one that may be null, and a default of nothing tells nothing.
fn clean(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.remove("default");
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
                branches.retain(|branch| branch.get("type") != Some(&Value::from("null")));
                if let [only] = branches.as_slice() {
                    let only = only.clone();
                    map.remove("anyOf");
                    // Beside a reference, a description is not read: both stand in a list of one.
                    map.insert("allOf".to_owned(), Value::Array(vec![only]));
                }
            }
            map.values_mut().for_each(clean);
        }
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
