//! `cargo run --release --example verdicts`: the Pod Security verdicts, alone and behind charts.
#![allow(clippy::print_stderr, reason = "a command")]

#[path = "mod.rs"]
mod verdicts;

use std::io;
use std::process::ExitCode;

use verdicts::Options;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    match verdicts::run(&options, &mut io::stdout().lock()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("verdicts: {error}");
            ExitCode::from(2)
        }
    }
}
