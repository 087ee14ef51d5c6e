//! `new`: the chart of an application as files.

use std::path::Path;

use chartsec::generate::{self, Application, Image};
use chartsec::limits::Limits;
use chartsec::policy;

use super::generate::{broken, flags};
use super::{folder, terminal};
use crate::cli::new::New;
use crate::config::Config;
use crate::exit::{Exit, Failure};

/// Runs the command.
pub(super) fn run(options: &New, config: &Config) -> Result<Exit, Failure> {
    let name = &options.name;
    let image = options.image.as_ref().map(|image| &*image.repository).unwrap_or_default();
    let unlisted = policy::unlisted(image, &config.registries, &Limits::default());
    let unlisted = unlisted.map_err(|error| Failure::new(Exit::Internal, error.to_string()))?;
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
    terminal::print(next_steps(&target, files.len(), unlisted).as_bytes())?;
    Ok(Exit::Clean)
}

/// A registry that the linter would not accept is told of here: the configuration is that of a repository, not of a chart.
fn next_steps(target: &Path, count: usize, unlisted: Option<&str>) -> String {
    let target = target.display();
    let steps = format!("{count} files in {target}\n  chartsec lint {target} --strict\n  chartsec render {target}\n");
    let accept = unlisted
        .map(|host| format!("if images may come from {host}, write into chartsec.yaml\n  registries: [{host}]\n"));
    steps + &accept.unwrap_or_default()
}
