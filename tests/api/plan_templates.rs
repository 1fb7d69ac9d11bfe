//! `GET /v1/plan-templates`: what is given calculates as it is.

use serde_json::json;

use crate::server::{get, post, post_bytes};

#[test]
fn every_template_is_listed_and_calculates() {
    let list = get("/v1/plan-templates");
    assert_eq!(list.status, 200);
    let list = list.json();
    let items = list["items"].as_array().unwrap();
    let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/plans")).unwrap();
    assert_eq!(items.len(), folders.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count());
    for item in items {
        let id = item["id"].as_str().unwrap();
        assert!(item["code"].is_string() && !item["levels"].as_array().unwrap().is_empty(), "{item}");
        let template = get(&format!("/v1/plan-templates/{id}"));
        assert_eq!(template.status, 200, "{id}");
        let template = template.json();
        assert_eq!((&template["id"], &template["title"]), (&item["id"], &item["title"]));
        let found = post("/v1/plan-checks", &json!({"plan": template["plan"]})).json();
        assert_eq!(found["valid"], true, "{id}: {found}");
        let result = post("/v1/calculations", &json!({"plan": template["plan"], "data": template["data"]}));
        assert_eq!(result.status, 200, "{id}: {}", String::from_utf8_lossy(&result.bytes));
        assert_eq!(result.json()["balance"]["balanced"], true, "{id}");
    }
}

#[test]
fn the_documents_are_those_of_the_repository() {
    let template = String::from_utf8(get("/v1/plan-templates/xincheng").bytes).unwrap();
    for file in ["plan.json", "data.json"] {
        let path = format!("{}/plans/xincheng/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        assert!(template.contains(text.trim_end()), "{file}");
    }
    // Taken out of the answer as they are, they are the body of a calculation.
    let body = format!("{{{}", &template[template.find("\"plan\":").unwrap()..]);
    assert_eq!(post_bytes("/v1/calculations", body.as_bytes()).status, 200);
}

#[test]
fn an_unknown_template_is_not_found() {
    get("/v1/plan-templates/none").problem(404, "not_found");
}
