//! The client is made anew of the trimmed document.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=generated/openapi.json");
    let text = std::fs::read_to_string("generated/openapi.json").expect("trim.py has made it");
    let document = serde_json::from_str(&text).expect("it is OpenAPI 3.0");
    let mut settings = progenitor::GenerationSettings::default();
    settings.with_interface(progenitor::InterfaceStyle::Builder);
    let mut generator = progenitor::Generator::new(&settings);
    let tokens = generator.generate_tokens(&document).expect("progenitor can say it");
    let file = syn::parse2(tokens).expect("it is Rust");
    let out = std::env::var("OUT_DIR").expect("cargo says where");
    std::fs::write(Path::new(&out).join("fenpei.rs"), prettyplease::unparse(&file)).expect("it is written");
}
