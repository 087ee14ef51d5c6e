//! `cargo run --release --example mutation -- [FOLDER]`: changes values and templates and sees whose bytes change.
#![allow(clippy::print_stderr, reason = "a command")]

#[path = "mod.rs"]
mod mutation;
mod options;

use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = match options::parse(std::env::args_os().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    match mutation::run(&options, &mut io::stdout().lock()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("mutation: {error}");
            ExitCode::from(2)
        }
    }
}
