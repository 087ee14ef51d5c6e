//! The command line: what can be typed, and nothing of what it does.

pub(crate) mod advise;
pub(crate) mod blame;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod lint;
pub(crate) mod new;
pub(crate) mod output;
pub(crate) mod reap;
pub(crate) mod render;
pub(crate) mod scan;
pub(crate) mod values;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use crate::exit::CODES;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// From a Helm chart to a proven-safe release.
///
/// Renders charts byte for byte as Helm does, knows for every byte the template line and the values key it came
/// from, and checks the result. No cluster, no network, no other program.
#[derive(Parser, Debug)]
#[command(name = "chartsec", version, styles = STYLES, max_term_width = 100, args_override_self = true)]
#[command(arg_required_else_help = true, subcommand_required = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Check charts, archives and manifests
    #[command(after_help = lint::EXAMPLES)]
    Lint(Box<lint::Lint>),
    /// Say why a rule is there, how to mend and how to waive it
    #[command(after_help = explain::EXAMPLES)]
    Explain(explain::Explain),
    /// Render a chart as helm template does
    #[command(visible_alias = "template", override_usage = "chartsec render [OPTIONS] [NAME] CHART", after_help = render::EXAMPLES)]
    Render(Box<render::Render>),
    /// Show the template line and the values key that wrote a field
    #[command(after_help = blame::EXAMPLES)]
    Blame(Box<blame::Blame>),
    /// Write the hardened chart of a new application
    #[command(after_help = new::EXAMPLES)]
    New(Box<new::New>),
    /// Write the charts that scan containers, or check that they are current
    #[command(after_help = generate::EXAMPLES)]
    Generate(generate::Generate),
    /// Say which approach to scan with, and whether its risk must be accepted
    #[command(after_help = advise::EXAMPLES)]
    Advise(Box<advise::Advise>),
    /// Check what is inside a running container
    #[command(after_help = scan::EXAMPLES)]
    Scan(Box<scan::Scan>),
    /// Delete rights and runs that have expired
    #[command(after_help = reap::EXAMPLES)]
    Reap(reap::Reap),
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// The options that every command takes.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Show errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Show everything in full
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// When to use colours
    #[arg(
        long,
        alias = "colour",
        global = true,
        value_name = "WHEN",
        env = "CHARTSEC_COLOR",
        hide_env_values = true,
        default_value = "auto"
    )]
    #[arg(hide_default_value = true)]
    pub(crate) color: Color,
    /// Configuration, instead of the next chartsec.yaml or .config/chartsec.yaml upwards
    #[arg(long, global = true, value_name = "FILE", env = "CHARTSEC_CONFIG", hide_env_values = true)]
    pub(crate) config: Option<String>,
    /// No progress on a terminal
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
    /// Write a report, to standard output or a file; may be repeated: text (default), json, markdown, sarif, github, gitlab, junit
    #[arg(short, long = "output", global = true, value_name = "FORMAT[=FILE]", value_parser = output::parse)]
    pub(crate) outputs: Vec<output::Output>,
}

/// The command line's definition.
pub(crate) fn definition() -> clap::Command {
    Cli::command()
}

/// Reads a command line, the program's name first.
pub(crate) fn parse(arguments: Vec<String>) -> Result<Cli, clap::Error> {
    let mut command = Cli::command().after_help(exit_codes());
    let matches = command.try_get_matches_from_mut(render::plain_switches(arguments))?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

fn exit_codes() -> String {
    let codes = CODES.iter().map(|(code, meaning)| format!("  {code:>3}  {meaning}"));
    format!("Exit codes:\n{}", codes.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests;
