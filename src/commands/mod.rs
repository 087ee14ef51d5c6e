//! What each command does, and the only place that reads the environment, prints and decides the exit code.

mod advise;
mod blame;
pub(crate) mod discover;
mod explain;
mod folder;
mod generate;
pub(crate) mod lint;
mod new;
mod render;
mod session;
pub(crate) mod terminal;
mod waivers;

use crate::cli::{self, Command};
use crate::config;
use crate::exit::{Exit, Failure};
use terminal::Terminal;

/// Runs a command line to its exit code.
pub(crate) fn run(arguments: Vec<String>) -> u8 {
    let terminal = Terminal::from_environment();
    let cli = match cli::parse(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help that nobody reads any more is no fault.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.code() } else { Exit::Clean.code() };
        }
    };
    match command(&cli, terminal) {
        Ok(exit) => exit.code(),
        Err(failure) => {
            terminal::complain(&failure, terminal.color(cli.global.color, terminal.stderr));
            failure.exit.code()
        }
    }
}

fn command(cli: &cli::Cli, terminal: Terminal) -> Result<Exit, Failure> {
    let global = &cli.global;
    let folder = std::env::current_dir().map_err(|error| Failure::usage(format!("no working directory: {error}")))?;
    let config = config::load(global.config.as_deref(), &folder)?;
    if global.outputs.iter().filter(|output| output.file.is_none()).count() > 1 {
        return Err(Failure::usage("two reports on standard output").help("write one to a file: `-o json=report.json`"));
    }
    match &cli.command {
        Command::Lint(lint) => lint::run(lint, global, config, &folder, terminal),
        Command::Explain(options) => explain::run(options, global, terminal),
        Command::Render(options) => render::run(options, &config),
        Command::Blame(options) => blame::run(options, global, &config),
        Command::New(options) => new::run(options, &config),
        Command::Generate(options) => generate::run(options),
        Command::Advise(options) => advise::run(options, global),
        Command::Scan(_) => Err(not_built("scan")),
        Command::Reap(_) => Err(not_built("reap")),
    }
}

/// The command line of these is settled, for charts that run them; what they do is not there yet.
fn not_built(command: &str) -> Failure {
    let failure = Failure::usage(format!("`chartsec {command}` is not built yet"));
    failure.help("its options are settled and checked, but this version does nothing in a cluster")
}
