//! The examples of policies about charts, each a chart in a folder of its own.

use std::fs;

use super::*;
use crate::chart::Overrides;
use crate::functions;
use crate::limits::Limits;
use crate::policy::{Example, Policies, Policy, embedded_files, examples};
use crate::render::Target;
use crate::report::Files;

pub(super) fn always(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let source = subject.chart.metadata.source.unwrap();
    hits.push(Hit::at(Place { source, offset: 0 }, subject.sources));
}

pub(super) fn never(_: &Subject<'_>, _: &mut Vec<Hit>) {}

/// The places, `FILE:LINE`, and messages of what one policy says of a chart.
fn lint(policy: &str, example: &Example) -> (Vec<String>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in &example.files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let limits = Limits::default();
    let policies = Policies {
        policies: vec![Policy::compile("example.yaml", policy, &limits).unwrap_or_else(|error| panic!("{error}"))],
        ..Policies::default()
    };
    let rule = policies.policies[0].file.id.clone();
    let environment = Rc::new(functions::still(limits, |bytes| bytes.fill(7)));
    let linter = Linter::new(environment, Target::default(), policies, false);
    let path = folder.path().to_str().unwrap();
    let linted = linter.chart(path, &|_| Overrides::default(), &mut Files::new());
    let (ours, others): (Vec<_>, Vec<_>) = linted.findings.into_iter().partition(|finding| finding.rule.id == rule);
    // A chart with nothing but the file in question renders no object.
    let others: Vec<_> = others.into_iter().filter(|finding| finding.rule.id != "empty-chart").collect();
    assert!(others.is_empty(), "{rule}: {others:?}");
    let place = |finding: &Finding| {
        let place = finding.template.as_ref().unwrap();
        format!("{}:{}", place.file.strip_prefix(path).unwrap().trim_start_matches('/'), place.line)
    };
    let texts = ours.iter().flat_map(|finding| [Some(finding.message.clone()), finding.help.clone()]);
    (ours.iter().map(place).collect(), texts.flatten().collect())
}

/// The examples of a policy that come out otherwise than they should.
fn wrong(policy: &str, id: &str) -> Vec<String> {
    let examples = examples(id, policy).unwrap();
    let mut wrong = Vec::new();
    for (wanted, examples) in [(true, &examples.pass), (false, &examples.fail)] {
        assert!(!examples.is_empty(), "{id}");
        for example in examples {
            let (places, texts) = lint(policy, example);
            if places.is_empty() != wanted || example.at.as_ref().is_some_and(|at| *at != places) {
                wrong.push(format!("{id}: {places:?}, not {:?}", example.at));
            }
            for text in texts {
                let broken = text.contains("undefined") || text.contains(['{', '}']) || text.contains("``");
                if broken && !policy.contains("predicate: always\n") {
                    wrong.push(format!("{id}: {text}"));
                }
            }
        }
    }
    wrong
}

fn chart_policies() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    embedded_files().filter(|(_, text)| text.contains("\nscope: chart\n")).map(|(id, text)| {
        let (_, rest) = text.split_once("\npredicate: ").unwrap();
        (id, text, rest.lines().next().unwrap())
    })
}

#[test]
fn every_example_comes_out_as_it_should() {
    let wrong: Vec<String> = chart_policies().flat_map(|(id, text, _)| wrong(text, id)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn examples_notice_when_a_predicate_is_another() {
    let mut unnoticed = Vec::new();
    for (id, text, name) in chart_policies() {
        for with in ["always", "never"] {
            let changed = text.replace(&format!("\npredicate: {name}\n"), &format!("\npredicate: {with}\n"));
            assert_ne!(changed, text);
            if wrong(&changed, id).is_empty() {
                unnoticed.push(format!("{id}: {with}"));
            }
        }
    }
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
}

#[test]
fn every_predicate_has_a_policy_and_every_policy_a_predicate() {
    let mut used: Vec<&str> = chart_policies().map(|(_, _, predicate)| predicate).collect();
    let mut names: Vec<&str> = PREDICATES.iter().map(|(name, _)| *name).collect();
    used.sort_unstable();
    names.sort_unstable();
    assert_eq!(used, names);
}
