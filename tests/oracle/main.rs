//! `cargo run --release --example oracle -- [FOLDER…]`: compares chartsec with real Helm.
#![allow(clippy::print_stderr, reason = "a command")]

#[path = "mod.rs"]
mod oracle;

use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use oracle::Options;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    let compared = chartsec(options).and_then(|options| oracle::run(&options, &mut io::stdout().lock()));
    match compared {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("oracle: {error}");
            ExitCode::from(2)
        }
    }
}

/// Unless another renderer is asked for: the binary of the profile this example was built with, built when stale.
fn chartsec(mut options: Options) -> io::Result<Options> {
    if options.renderer.is_some() || options.fill {
        return Ok(options);
    }
    let example = std::env::current_exe()?;
    let profile = example.ancestors().nth(2).map(PathBuf::from).unwrap_or_default();
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    build.args(["build", "--quiet", "--bin", "chartsec", "--manifest-path"]);
    build.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    build.arg("--target-dir").arg(profile.parent().unwrap_or(&profile));
    if profile.ends_with("release") {
        build.arg("--release");
    }
    if !build.status()?.success() {
        return Err(io::Error::other("chartsec does not build"));
    }
    options.renderer = Some(profile.join("chartsec"));
    Ok(options)
}
