//! The documents of a chart: `*.md` blueprints filled in with what values.yaml says and what a render shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use minijinja::{Value, context};

use super::blueprint::{Blueprints, GenerateError};
use super::evidence::{self, Evidence};
use super::files::Files;
use super::{schema, values};

/// Adds the documents of a folder of blueprints to a finished chart.
pub(super) fn write(
    blueprints: &Blueprints,
    folder: &str,
    context: &Value,
    files: &mut Files,
) -> Result<(), GenerateError> {
    let fault = |message| GenerateError::new(folder, message);
    let text = |name: &str| files.get(name).map_or("", String::as_str);
    let documented = values::read(text("values.yaml")).map_err(fault)?;
    let rows = schema::rows(text("values.schema.json"), &documented).map_err(fault)?;
    let evidence = evidence::gather(files).map_err(fault)?;
    let context = context! {
        values => values_table(&rows),
        objects => objects_table(&evidence),
        examples => examples(files),
        rules => rules_table(&evidence),
        broken => broken_table(&evidence),
        rights => rights_table(&evidence),
        cases => evidence.cases.len(),
        profiles => evidence::code(evidence::profiles()),
        ..context.clone()
    };
    let documents = blueprints.documents(folder, &context, &Arc::new(evidence))?;
    files.extend(documents);
    Ok(())
}

/// Text for a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn values_table(rows: &[schema::Row]) -> String {
    let mut table = String::from("| key | default | meaning |\n|---|---|---|\n");
    for schema::Row { key, meaning, default } in rows {
        // A long default is read in values.yaml.
        let default = match default.len() {
            0 => String::new(),
            1..=60 => format!("`{}`", cell(default)),
            _ => "see values.yaml".to_owned(),
        };
        let _ = writeln!(table, "| `{key}` | {default} | {} |", cell(meaning));
    }
    table
}

fn objects_table(evidence: &Evidence) -> String {
    let mut table = String::from("| kind | name | with |\n|---|---|---|\n");
    for ((kind, name), case) in &evidence.objects {
        let _ = writeln!(table, "| {kind} | `{name}` | {} |", case_name(case));
    }
    table
}

fn case_name(case: &str) -> String {
    if case == "default" { "default values".to_owned() } else { format!("`{case}`") }
}

fn examples(files: &Files) -> String {
    let mut list = String::new();
    for (path, text) in files
        .iter()
        .filter(|(path, _)| path.ends_with("values.yaml") && *path != "values.yaml" && !path.starts_with("charts/"))
    {
        let about = text.lines().next().unwrap_or_default().trim_start_matches(['#', ' ']);
        let _ = writeln!(list, "- [`{path}`]({path}): {about}");
    }
    list
}

/// Rules that are kept, by the objects that prove it.
fn rules_table(evidence: &Evidence) -> String {
    let mut by_objects: BTreeMap<&BTreeSet<String>, Vec<&str>> = BTreeMap::new();
    for (id, claim) in evidence.claims.iter().filter(|(_, claim)| !claim.kept.is_empty() && claim.broken.is_empty()) {
        by_objects.entry(&claim.kept).or_default().push(id);
    }
    let mut table = String::from("| objects | rules that they keep |\n|---|---|\n");
    for (objects, rules) in by_objects {
        let objects = if *objects == evidence.pods {
            format!("every pod: {}", evidence::code(objects))
        } else {
            evidence::code(objects)
        };
        let _ = writeln!(table, "| {objects} | {} |", evidence::code(rules));
    }
    table
}

fn broken_table(evidence: &Evidence) -> String {
    let broken: Vec<_> = evidence.claims.iter().filter(|(_, claim)| !claim.broken.is_empty()).collect();
    if broken.is_empty() {
        return "Every rule is kept.\n".to_owned();
    }
    let mut table = String::from("| rule | what it looks for | object |\n|---|---|---|\n");
    for (id, claim) in broken {
        for line in &claim.broken {
            let _ = writeln!(table, "| `{id}` | {} | {} |", cell(&claim.title), cell(line));
        }
    }
    table
}

fn rights_table(evidence: &Evidence) -> String {
    if evidence.rights.is_empty() {
        return "No Role gives any right.\n".to_owned();
    }
    let mut table = String::from("| Role | resources | verbs | names | with |\n|---|---|---|---|---|\n");
    for right in &evidence.rights {
        let names =
            if right.names.is_empty() { "all in the namespace".to_owned() } else { format!("`{}`", right.names) };
        let (role, case) = (&right.role, case_name(&right.case));
        let _ = writeln!(table, "| `{role}` | {} | {} | {names} | {case} |", right.resources, right.verbs);
    }
    table
}
