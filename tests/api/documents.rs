//! Health, contract, and the page for people.

use crate::server::{ask_at, get, shared};

#[test]
fn it_lives() {
    let answer = get("/healthz");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["status"], "ok");
    assert_eq!(answer.header("x-request-id").len(), 16);
}

#[test]
fn the_contract_is_served_as_it_is_committed() {
    for file in ["openapi.json", "openapi-3.0.json"] {
        let committed = std::fs::read(format!("{}/openapi/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let served = get(&format!("/{file}"));
        assert_eq!(served.header("content-type"), "application/json");
        assert!(
            served.bytes == committed,
            "{file}: run `UPDATE_OPENAPI=1 cargo test --test contract`, and review the change"
        );
    }
}

#[test]
fn the_page_asks_no_other_host() {
    let redirect = ureq::Agent::config_builder().max_redirects(0).max_redirects_will_error(false).build();
    let redirect: ureq::Agent = redirect.into();
    let to = redirect.get(format!("http://{}/docs", shared())).call().unwrap();
    assert_eq!(to.headers()["location"], "/docs/");
    let page = ask_at(shared(), "GET", "/docs/", &[("accept", "text/html")], None);
    assert_eq!(page.status, 200);
    let mut texts = vec![String::from_utf8(page.bytes).unwrap()];
    let assets: Vec<String> = texts[0]
        .split(['"', '\''])
        .filter(|word| word.starts_with("./") || word.ends_with(".js") || word.ends_with(".css"))
        .map(|word| format!("/docs/{}", word.trim_start_matches("./")))
        .collect();
    assert!(assets.len() >= 3, "{assets:?}");
    for asset in &assets {
        assert_eq!(ask_at(shared(), "GET", asset, &[], None).status, 200, "{asset}");
    }
    texts.push(String::from_utf8(get("/docs/swagger-initializer.js").bytes).unwrap());
    for text in &texts {
        assert!(!text.contains("http://") && !text.contains("https://"), "{text}");
    }
    assert!(texts[1].contains("/openapi.json"), "{}", texts[1]);
    assert!(texts[1].contains("\"validatorUrl\": \"none\""), "{}", texts[1]);
}
