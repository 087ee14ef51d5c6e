//! `cargo run --example schemas`: writes `schemas/kubernetes.bin` from the OpenAPI documents of the Kubernetes sources.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

mod model;
mod source;
mod write;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use chartsec::schema::kubernetes::Table;
use model::Model;

const USAGE: &str = "\
usage: schemas [--check [MINOR…]]
  writes schemas/kubernetes.bin from the Go modules k8s.io/kubernetes, one for each minor version
  --check  writes nothing: says whether the file is what these minor versions (all, without any) give";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.split_first() {
        None => generate(),
        Some((flag, minors)) if flag == "--check" => check(minors),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("schemas: {error}");
            ExitCode::FAILURE
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn generate() -> Result<(), Box<dyn Error>> {
    let bytes = built(&source::MODULES.map(|module| module.minor()))?;
    let file = root().join("schemas/kubernetes.bin");
    fs::write(&file, &bytes)?;
    println!("{}: {} bytes", file.display(), bytes.len());
    Ok(())
}

/// The table of some minor versions.
fn built(minors: &[u32]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut model = Model::new(source::MODULES.map(|module| module.minor()).to_vec(), &enforced()?);
    for module in source::MODULES.iter().filter(|module| minors.contains(&module.minor())) {
        model.add(module.minor(), &source::document(module)?)?;
    }
    write::table(&model)
}

/// The fields without which the API server refuses an object, `TYPE FIELD` in each line.
fn enforced() -> Result<String, Box<dyn Error>> {
    Ok(fs::read_to_string(root().join("tests/schemas/enforced.txt"))?)
}

fn check(minors: &[String]) -> Result<(), Box<dyn Error>> {
    let known = source::MODULES.map(|module| module.minor());
    let minors = match minors {
        [] => known.to_vec(),
        some => some.iter().map(|minor| minor.parse()).collect::<Result<_, _>>()?,
    };
    if let Some(unknown) = minors.iter().find(|minor| !known.contains(minor)) {
        return Err(format!("no module is named for minor version {unknown}").into());
    }
    let committed = fs::read(root().join("schemas/kubernetes.bin"))?;
    let (committed, fresh) = (Table::read(&committed)?, Table::read(&built(&minors)?)?);
    for minor in minors {
        let (wanted, found) = (model::describe(&fresh, minor), model::describe(&committed, minor));
        if let Some((wanted, found)) = wanted.iter().zip(&found).find(|(wanted, found)| wanted != found) {
            return Err(format!(
                "1.{minor}: the file says `{found}`, the sources say `{wanted}`: run `cargo run --example schemas`"
            )
            .into());
        }
        if wanted.len() != found.len() {
            return Err(format!("1.{minor}: {} lines in the file, {} in the sources", found.len(), wanted.len()).into());
        }
        println!("1.{minor}: current, {} types and fields", wanted.len());
    }
    Ok(())
}
