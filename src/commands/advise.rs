//! `advise`: which approach to scan with.

use std::path::Path;

use chartsec::advise::{self, Answers, Decision, Guide, Malformed};
use chartsec::report::Format;

use super::session;
use super::terminal;
use crate::cli::Global;
use crate::cli::advise::Advise;
use crate::cli::output::Output;
use crate::config;
use crate::exit::{Exit, Failure};

/// Runs the command.
pub(super) fn run(options: &Advise, global: &Global) -> Result<Exit, Failure> {
    let guide = Guide::load().map_err(broken)?;
    let answers = answers(options)?;
    let decision = advise::decide(&guide, &answers).ok_or_else(|| unanswered(&answers))?;
    if options.template {
        return template(&guide, &decision);
    }
    let decision = match &options.risk_acceptance {
        Some(file) => accepted(&guide, decision, file)?,
        None => decision,
    };
    let text = [Output { format: Format::Text, file: None }];
    let outputs = if global.outputs.is_empty() { &text[..] } else { &global.outputs[..] };
    for output in outputs {
        let written = match output.format {
            Format::Text => advise::text(&decision),
            Format::Markdown => advise::markdown(&decision),
            Format::Json => serde_json::to_string_pretty(&decision).map_err(broken)? + "\n",
            other => {
                let failure = Failure::usage(format!("a decision cannot be written as {}", other.name()));
                return Err(failure.help("write it as text, json or markdown"));
            }
        };
        terminal::write(output.file.as_deref(), &written)?;
    }
    Ok(if decision.is_allowed() { Exit::Clean } else { Exit::Findings })
}

/// The options, and from the file what they leave open.
fn answers(options: &Advise) -> Result<Answers, Failure> {
    let Some(file) = &options.answers else { return Ok(options.given()) };
    let read = Answers::read(&contents(file)?).map_err(|error| malformed(file, error))?;
    Ok(options.given().or(read))
}

fn unanswered(answers: &Answers) -> Failure {
    let missing: Vec<String> = answers.missing().iter().map(|name| format!("--{name}")).collect();
    Failure::usage(format!("not answered: {}", missing.join(", ")))
        .help("`chartsec advise --help` has the questions; `--answers FILE` takes the answers from a file")
}

fn template(guide: &Guide, decision: &Decision) -> Result<Exit, Failure> {
    let form = match decision.approach {
        Some(approach) => advise::form(guide, approach).map_err(broken)?,
        None => None,
    };
    let form = form.ok_or_else(|| {
        let advised = decision.approach.map_or("no approach is feasible", |_| "the standard approach is advised");
        Failure::usage(format!("{advised}: there is no risk to accept")).help("leave `--template` out")
    })?;
    terminal::print(form.as_bytes())?;
    Ok(Exit::Clean)
}

fn accepted(guide: &Guide, decision: Decision, file: &Path) -> Result<Decision, Failure> {
    let Some(approach) = decision.approach else { return Ok(decision) };
    let today = session::now()?.date();
    let record = advise::judge(guide, &contents(file)?, approach, today).map_err(|error| malformed(file, error))?;
    Ok(decision.with(guide, record))
}

fn contents(file: &Path) -> Result<String, Failure> {
    config::read(file).map_err(|error| Failure::usage(format!("cannot read `{}`: {error}", file.display())))
}

fn malformed(file: &Path, error: Malformed) -> Failure {
    Failure::usage(format!("{}: {}", file.display(), error.message)).help(error.help)
}

fn broken(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Internal, error.to_string())
}
