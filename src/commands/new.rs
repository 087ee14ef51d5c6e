//! `new`: the chart of an application as files.

use std::path::Path;

use chartsec::generate::{self, Application, Image};

use super::generate::{broken, flags};
use super::{folder, terminal};
use crate::cli::new::New;
use crate::exit::{Exit, Failure};

/// Runs the command.
pub(super) fn run(options: &New) -> Result<Exit, Failure> {
    let name = &options.name;
    let application = Application {
        name: name.clone(),
        description: options.description.clone().unwrap_or_else(|| format!("The application {name}")),
        image: options.image.clone().unwrap_or_else(|| Image {
            repository: format!("ghcr.io/example/{name}"),
            tag: "0.1.0".into(),
            digest: String::new(),
        }),
        pull_secrets: options.pull_secrets.clone(),
        port: options.port,
        replicas: options.replicas,
        user: options.user,
        writable: options.writable.clone(),
        health_path: options.health_path.clone(),
        allow_from: options.allow_from.clone(),
        allow_to: options.allow_to.clone(),
        secret: options.secret.into(),
        api_access: options.api_access,
    };
    let files = generate::application(application, flags()).map_err(broken)?;
    let target = options.output_dir.join(name);
    if !folder::read(&target)?.is_empty() {
        let failure = Failure::usage(format!("`{}` is there already", target.display()));
        return Err(
            failure.help("choose another name or `--output-dir`; a chart is written once, and yours from then on")
        );
    }
    folder::write(&target, &files)?;
    terminal::print(next_steps(&target, files.len()).as_bytes())?;
    Ok(Exit::Clean)
}

fn next_steps(target: &Path, count: usize) -> String {
    let target = target.display();
    format!("{count} files in {target}\n  chartsec lint {target} --strict\n  chartsec render {target}\n")
}
