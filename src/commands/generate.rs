//! `generate`: the scanner charts as files.

use std::sync::Arc;

use chartsec::generate::{self, CommandLine, Files, GenerateError};

use super::{folder, terminal};
use crate::cli;
use crate::cli::generate::{Generate, What};
use crate::exit::{Exit, Failure};

/// Runs the command.
pub(super) fn run(options: &Generate) -> Result<Exit, Failure> {
    let wanted = match options.what {
        What::ScannerCharts => generate::scanner_charts(flags()).map_err(broken)?,
    };
    if options.check { check(options, &wanted) } else { write(options, &wanted) }
}

fn write(options: &Generate, wanted: &Files) -> Result<Exit, Failure> {
    folder::write(&options.output_dir, wanted)?;
    terminal::print(format!("{} files in {}\n", wanted.len(), options.output_dir.display()).as_bytes())?;
    Ok(Exit::Clean)
}

fn check(options: &Generate, wanted: &Files) -> Result<Exit, Failure> {
    let differences = generate::difference(wanted, &folder::read(&options.output_dir)?);
    if differences.is_empty() {
        return Ok(Exit::Clean);
    }
    let lines: String = differences.iter().map(|difference| format!("{difference}\n")).collect();
    terminal::print(lines.as_bytes())?;
    let failure =
        Failure::new(Exit::Findings, format!("`{}` is not what would be written now", options.output_dir.display()));
    Err(failure.help("run the command without `--check`; change blueprints, never their output"))
}

/// The flags of this program, from its command line definition.
pub(super) fn flags() -> CommandLine {
    let program = cli::definition();
    Arc::new(move |command, option| {
        let argument =
            program.find_subcommand(command)?.get_arguments().find(|argument| argument.get_id() == option)?;
        argument.get_long().map(|long| format!("--{long}"))
    })
}

pub(super) fn broken(error: GenerateError) -> Failure {
    Failure::new(Exit::Internal, format!("a blueprint is wrong: {error}"))
}
