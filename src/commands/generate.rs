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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use chartsec::chart::{Overrides, load};
    use chartsec::explore;
    use chartsec::limits::Limits;
    use chartsec::origin::Origins;
    use chartsec::policy::{Object, Pod, objects};
    use chartsec::render::{Renderer, Target};
    use chartsec::source::Sources;
    use chartsec::yaml::node::Node;

    use crate::cli::{self, Command};
    use crate::commands::session;

    /// The command lines of this program in the objects of a chart, in all its cases.
    fn command_lines(chart: &Path) -> Vec<Vec<String>> {
        let limits = Limits::default();
        let mut sources = Sources::new();
        let chart = load(chart, &mut sources, &limits).chart.unwrap();
        let mut renderer = Renderer::new(session::environment(&limits).unwrap());
        let mut lines = Vec::new();
        for case in explore::cases(&chart) {
            let overrides = Overrides { files: case.files, ..Overrides::default() };
            let origins = Origins::new(false);
            let run = explore::run(&mut renderer, &chart, &overrides, &Target::default(), sources, origins, &limits);
            let documents = run.rendered.manifests.iter().chain(&run.rendered.hooks);
            let found: Vec<Object<'_>> =
                documents.filter_map(|document| document.node.as_ref()).flat_map(objects).collect();
            for container in found.iter().filter_map(Pod::of).flat_map(|pod| pod.containers) {
                let is_ours =
                    container.node.get("image").and_then(Node::as_str).is_some_and(|image| image.contains("/chartsec"));
                let arguments = container.node.get("args").map(Node::items).unwrap_or_default();
                if is_ours {
                    lines.push(arguments.iter().filter_map(Node::as_str).map(str::to_owned).collect());
                }
            }
            sources = run.rendered.sources;
        }
        lines
    }

    #[test]
    fn workloads_run_command_lines_that_this_program_takes() {
        let charts = Path::new(env!("CARGO_MANIFEST_DIR")).join("charts");
        let (mut scans, mut reaps) = (0, 0);
        for chart in chartsec::generate::CHARTS {
            for line in command_lines(&charts.join(chart)) {
                let line = std::iter::once("chartsec".to_owned()).chain(line).collect();
                match cli::parse(line).unwrap_or_else(|error| panic!("{chart}: {error}")).command {
                    Command::Scan(_) => scans += 1,
                    Command::Reap(_) => reaps += 1,
                    other => panic!("{chart}: {other:?}"),
                }
            }
        }
        assert!(scans > 10 && reaps > 5, "{scans} scans, {reaps} reaps");
    }

    #[test]
    fn flags_are_those_of_the_command_line() {
        let flags = super::flags();
        assert_eq!(flags("scan", "debug_image").as_deref(), Some("--debug-image"));
        assert_eq!((flags("scan", "nothing"), flags("nothing", "mode")), (None, None));
    }
}
