//! The `fenpei` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    fenpei::cli::run()
}
