//! Writes the policies and profiles as JSON, which a run reads in a fraction of the time that YAML takes. The examples, most of
//! their text, are left out: only tests and `explain` want them, from the files themselves.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=policies");
    let mut files = Vec::new();
    for folder in ["", "profiles/"] {
        for file in fs::read_dir(Path::new("policies").join(folder))? {
            let path = file?.path();
            let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
            if path.extension().is_some_and(|extension| extension == "yaml") {
                let text = fs::read_to_string(&path)?;
                let mut file: serde_json::Value =
                    serde_yaml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
                file.as_object_mut().and_then(|file| file.remove("examples"));
                files.push((format!("{folder}{name}"), file.to_string()));
            }
        }
    }
    files.sort();
    let mut table = String::from("[\n");
    for (name, file) in files {
        writeln!(table, "({name:?}, {file:?}),")?;
    }
    table.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("policies.rs"), table)?;
    Ok(())
}
