//! `explain`: what a rule is about.

use chartsec::explain;
use chartsec::policy::PolicyError;
use chartsec::report::Format;
use serde::Serialize;

use super::lint::{known_rule, unknown_profile};
use super::terminal::{self, Terminal};
use crate::cli::Global;
use crate::cli::explain::Explain;
use crate::cli::output::Output;
use crate::exit::{Exit, Failure};

/// Runs the command.
pub(super) fn run(options: &Explain, global: &Global, terminal: Terminal) -> Result<Exit, Failure> {
    let broken = |error: PolicyError| Failure::new(Exit::Internal, error.to_string());
    let text = [Output { format: Format::Text, file: None }];
    let outputs = if global.outputs.is_empty() { &text[..] } else { &global.outputs[..] };
    if options.list {
        let profile = options.profile.as_deref();
        let rows =
            explain::list(profile).map_err(broken)?.ok_or_else(|| unknown_profile(profile.unwrap_or_default()))?;
        return outputs.iter().try_fold(Exit::Clean, |_, output| deliver(output, &rows, || explain::table(&rows)));
    }
    let mut pages = Vec::new();
    for rule in &options.rules {
        known_rule(rule)?;
        pages.extend(explain::explain(rule).map_err(broken)?);
    }
    outputs.iter().try_fold(Exit::Clean, |_, output| {
        let color = output.file.is_none() && terminal.color(global.color, terminal.stdout);
        let page = || pages.iter().map(|page| page.text(color)).collect::<Vec<_>>().join("\n");
        deliver(output, &pages, page)
    })
}

fn deliver(output: &Output, data: &impl Serialize, text: impl FnOnce() -> String) -> Result<Exit, Failure> {
    let written = match output.format {
        Format::Text => text(),
        Format::Json => {
            serde_json::to_string_pretty(data).map_err(|error| Failure::new(Exit::Internal, error.to_string()))? + "\n"
        }
        other => {
            let failure = Failure::usage(format!("explanations cannot be written as {}", other.name()));
            return Err(failure.help("write them as text or json"));
        }
    };
    terminal::write(output.file.as_deref(), &written)?;
    Ok(Exit::Clean)
}
