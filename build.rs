//! Compiles the policies and profiles, so that a run has nothing to parse. What only tests and `explain` want is left out: they
//! take it from the files themselves.

#![expect(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the modules of the crate that are needed here have more than is needed here"
)]

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use limits::Limits;
use policy::expressions::{Expressions, Fault};
use policy::model::{PolicyFile, ProfileFile, Scope};

#[path = "src/finding.rs"]
mod finding;
#[path = "src/limits.rs"]
mod limits;
#[path = "src/policy"]
mod policy {
    pub(crate) mod cel;
    pub(crate) mod expressions;
    pub(crate) mod model;
}
#[path = "src/quantity.rs"]
mod quantity;
#[path = "src/yaml"]
mod yaml {
    pub(crate) mod node;
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=policies");
    let mut packed = Vec::new();
    for folder in ["", "profiles/"] {
        for file in fs::read_dir(Path::new("policies").join(folder))? {
            let path = file?.path();
            let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
            if path.extension().is_some_and(|extension| extension == "yaml") {
                let text = fs::read_to_string(&path)?;
                let pack = if folder.is_empty() { policy } else { profile };
                let (file, expressions) = pack(&text).map_err(|error| format!("{}: {error}", path.display()))?;
                packed.push((format!("{folder}{name}"), file, expressions));
            }
        }
    }
    packed.sort();
    let mut table = String::from("[\n");
    for (name, file, expressions) in packed {
        writeln!(table, "({name:?}, b\"{}\", b\"{}\"),", file.escape_ascii(), expressions.escape_ascii())?;
    }
    table.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("policies.rs"), table)?;
    Ok(())
}

/// A file as bytes, and its expressions.
type Packed = (Vec<u8>, Vec<u8>);

fn policy(text: &str) -> Result<Packed, Box<dyn Error>> {
    let file: PolicyFile = serde_yaml::from_str(text)?;
    let expressions = match file.scope {
        Scope::Object => {
            let compiled = Expressions::compile(&file, &Limits::default());
            let told = |fault: Fault| format!("{:?}, byte {}: {}", fault.path, fault.at, fault.message);
            postcard::to_allocvec(&compiled.map_err(told)?)?
        }
        Scope::Release | Scope::Chart => Vec::new(),
    };
    // Without what a lint never shows, and what is compiled.
    let file = PolicyFile { why: String::new(), variables: Vec::new(), when: None, expr: None, examples: None, ..file };
    Ok((postcard::to_allocvec(&file)?, expressions))
}

fn profile(text: &str) -> Result<Packed, Box<dyn Error>> {
    let file: ProfileFile = serde_yaml::from_str(text)?;
    Ok((postcard::to_allocvec(&file)?, Vec::new()))
}
