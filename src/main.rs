//! The `fenpei` command.

fn main() {}
