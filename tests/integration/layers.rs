//! A lower layer never imports a higher one: the table in `src/lib.rs` against every `crate::` path in `src/`.
//! Modules that `src/main.rs` declares are the binary, the highest layer.

use std::collections::BTreeMap;
use std::fs;

use crate::common;

const BINARY: u32 = 7;

/// Module to layer, from rows such as ``//! | 1 | [`origin`], [`text`] |``.
fn table(library: &str) -> BTreeMap<String, u32> {
    let mut layers = BTreeMap::new();
    for row in library.lines().filter_map(|line| line.strip_prefix("//! |")) {
        let mut cells = row.split('|').map(str::trim);
        let (Some(layer), Some(modules)) = (cells.next(), cells.next()) else { continue };
        let Ok(layer) = layer.parse() else { continue };
        for module in modules.split("[`").skip(1).filter_map(|rest| rest.split_once("`]")) {
            layers.insert(module.0.to_owned(), layer);
        }
    }
    layers
}

/// The modules a file declares: `mod cli;`, `pub mod text;`.
fn declared(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ")?.strip_suffix(';'))
}

/// The modules named behind `crate::`, comments left out; `use crate::{a, b::c};` names two.
fn imported(source: &str) -> Vec<String> {
    let code: String =
        source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let first_word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut modules = Vec::new();
    for path in code.split("crate::").skip(1) {
        let Some(group) = path.strip_prefix('{') else {
            modules.push(first_word(path));
            continue;
        };
        let mut depth = 0;
        let mut item = String::new();
        for character in group.chars() {
            match character {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => modules.push(first_word(std::mem::take(&mut item).trim())),
                _ if depth == 0 => item.push(character),
                _ => {}
            }
        }
        modules.push(first_word(item.trim()));
    }
    modules.retain(|module| !module.is_empty());
    modules
}

/// What is wrong in one file of `module`.
fn violations(layers: &BTreeMap<String, u32>, module: &str, source: &str) -> Vec<String> {
    let Some(own) = layers.get(module) else {
        return vec![format!("`{module}` stands in no layer: add it to the table in src/lib.rs")];
    };
    let is_higher = |import: &String| layers.get(import).is_some_and(|layer| layer > own);
    imported(source)
        .into_iter()
        .filter(is_higher)
        .map(|import| format!("layer {own} `{module}` imports layer {} `{import}`", layers[&import]))
        .collect()
}

#[test]
fn no_layer_imports_a_higher_one() {
    let source = common::root().join("src");
    let library = fs::read_to_string(source.join("lib.rs")).unwrap();
    let binary = fs::read_to_string(source.join("main.rs")).unwrap();
    let mut layers = table(&library);
    assert!(layers.len() > 5, "no layer table found in src/lib.rs");
    layers.extend(declared(&binary).map(|module| (module.to_owned(), BINARY)));

    let mut wrong = Vec::new();
    for path in common::files(&source, |path| path.extension().is_some_and(|extension| extension == "rs")) {
        let inside = path.strip_prefix(&source).unwrap();
        let top = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        let module = top.strip_suffix(".rs").unwrap_or(top);
        let text = fs::read_to_string(&path).unwrap();
        if !matches!(module, "lib" | "main") {
            wrong.extend(
                violations(&layers, module, &text).into_iter().map(|what| format!("{}: {what}", inside.display())),
            );
        }
        if text.lines().count() > 800 {
            wrong.push(format!("{}: more than 800 lines", inside.display()));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{}: does not open with //!", inside.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn higher_imports_are_seen() {
    let layers = table(
        "//! | layer | modules |\n//! |--:|---|\n//! | 0 | [`source`] |\n//! | 1 | [`text`], [`value`] |\n//! | 4 | [`render`] |\n",
    );
    let wrong = |module, source| violations(&layers, module, source).len();
    assert_eq!(layers.len(), 4);
    assert_eq!(wrong("text", "use crate::source::Span;\nuse crate::value::Value;\n// use crate::render::x\n"), 0);
    assert_eq!(wrong("text", "use crate::render::Manifest;\n"), 1);
    assert_eq!(wrong("text", "fn f() -> crate::render::Manifest {}\n"), 1);
    assert_eq!(wrong("source", "use crate::{\n    render::{self, Manifest},\n    text,\n    source,\n};\n"), 2);
    assert_eq!(wrong("stray", ""), 1);
    assert_eq!(declared("mod cli;\npub mod exit;\nmod tests {\n").collect::<Vec<_>>(), ["cli", "exit"]);
}
