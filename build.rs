//! The migrations are built into the program: a change of theirs builds it anew.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
