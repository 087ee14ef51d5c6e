//! `cargo run --example secrets`: the credentials found in labelled values files, and how often that is right.
//!
//! `CHARTSEC_FIXTURES` names the folder whose `secrets/labels.tsv` holds the labels: a line counts as told of when anything is
//! found on it. Precision is that of findings on lines labelled `secret`, `reference` or `not-secret` and on lines without a
//! label in files that are whole; recall is that of lines labelled `secret`. A placeholder counts in neither.
//! Half of the files, by a hash of their names, were used to write the rules; the other half only to judge them.
//! With `--misses` the errors in the first half are listed. With paths in place of labels, what is found in those files.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::ExitCode;

use chartsec::chart::ValuesFile;
use chartsec::limits::Limits;
use chartsec::secret::{Reach, Suspect, Tier, Verdict, examine, masked};
use chartsec::source::{Place, Sources};
use sha2::{Digest as _, Sha256};

/// A line that something was found on.
struct Told {
    line: u32,
    key: String,
    suspect: Suspect,
    shown: String,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let paths: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    if !paths.is_empty() {
        paths.iter().for_each(|path| list(path));
        return ExitCode::SUCCESS;
    }
    let Some(folder) = std::env::var_os("CHARTSEC_FIXTURES") else {
        eprintln!("skipped: labelled values files; set CHARTSEC_FIXTURES to run them");
        return ExitCode::SUCCESS;
    };
    let misses = arguments.iter().any(|argument| argument == "--misses");
    match measure(&Path::new(&folder).join("secrets"), misses) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("secrets: {error}");
            ExitCode::from(2)
        }
    }
}

fn list(path: &str) {
    let Ok(bytes) = std::fs::read(path) else { return };
    for told in told(path, &bytes) {
        let Suspect { tier, verdict, kind, .. } = &told.suspect;
        println!("{path}:{}\t{}\t{tier:?}\t{verdict:?}\t{kind}\t{}", told.line, told.key, told.shown);
    }
}

/// What is found in a values file, at most once a leaf.
fn told(path: &str, bytes: &[u8]) -> Vec<Told> {
    let (mut sources, limits) = (Sources::new(), Limits::default());
    let source = sources.add(path, bytes);
    let Ok(file) = ValuesFile::read(source, &sources, &limits) else { return Vec::new() };
    let found = examine(&file.documents, 0, &limits, &mut |_| Reach::default()).into_iter();
    let told = found.filter_map(|found| {
        let line = sources.position(Place { source, offset: found.at }).line;
        let shown = found
            .suspects
            .first()
            .and_then(|suspect| found.text.get(suspect.at.clone()))
            .map_or_else(String::new, masked);
        let suspect = found.suspects.into_iter().max_by_key(|suspect| suspect.verdict)?;
        Some(Told { line, key: found.key, suspect, shown })
    });
    told.collect()
}

#[derive(Default)]
struct Score {
    right: u32,
    wrong: u32,
    missed: u32,
    placeholders: u32,
    /// Right and wrong by what gave it away.
    tiers: BTreeMap<Tier, (u32, u32)>,
}

impl Score {
    fn precision(&self) -> f64 {
        f64::from(self.right) / f64::from((self.right + self.wrong).max(1))
    }

    fn recall(&self) -> f64 {
        f64::from(self.right) / f64::from((self.right + self.missed).max(1))
    }
}

fn measure(folder: &Path, misses: bool) -> std::io::Result<bool> {
    let table = std::fs::read_to_string(folder.join("labels.tsv"))?;
    let mut files: BTreeMap<&str, HashMap<u32, &str>> = BTreeMap::new();
    for row in table.lines().skip(1) {
        let mut cells = row.split('\t');
        let (Some(file), Some(line), _, Some(label)) = (cells.next(), cells.next(), cells.next(), cells.next()) else {
            continue;
        };
        files.entry(file).or_default().insert(line.parse().unwrap_or(0), label);
    }
    let mut scores = [Score::default(), Score::default()];
    for (file, labels) in &files {
        let half = usize::from(Sha256::digest(file)[0] & 1);
        let bytes = std::fs::read(folder.join(file))?;
        let shown = misses && half == 0;
        score(file, labels, &told(file, &bytes), &mut scores[half], shown);
    }
    let [written, held_out] = scores;
    let all = Score {
        right: written.right + held_out.right,
        wrong: written.wrong + held_out.wrong,
        missed: written.missed + held_out.missed,
        placeholders: written.placeholders + held_out.placeholders,
        tiers: BTreeMap::new(),
    };
    for (name, score) in [("used to write the rules", &written), ("held out", &held_out), ("all", &all)] {
        let (precision, recall) = (score.precision(), score.recall());
        println!(
            "{name}: precision {precision:.3}, recall {recall:.3} ({} right, {} wrong, {} missed; {} placeholders told)",
            score.right, score.wrong, score.missed, score.placeholders
        );
        for (tier, (right, wrong)) in &score.tiers {
            println!("  {tier:?}: {right} right, {wrong} wrong");
        }
    }
    Ok(all.precision() >= 0.95 && all.recall() >= 0.95)
}

fn score(file: &str, labels: &HashMap<u32, &str>, told: &[Told], score: &mut Score, shown: bool) {
    let mut seen = HashMap::new();
    for told in told.iter().filter(|told| told.suspect.verdict == Verdict::Secret) {
        seen.insert(told.line, told);
    }
    for (line, told) in &seen {
        let tier = score.tiers.entry(told.suspect.tier).or_default();
        match labels.get(line).copied() {
            Some("secret") => (score.right, tier.0) = (score.right + 1, tier.0 + 1),
            Some("placeholder") => score.placeholders += 1,
            label => {
                (score.wrong, tier.1) = (score.wrong + 1, tier.1 + 1);
                if shown {
                    println!("wrong: {file}:{line} {} {:?} {}", told.key, label, told.suspect.kind);
                }
            }
        }
    }
    for (line, label) in labels {
        if *label == "secret" && !seen.contains_key(line) {
            score.missed += 1;
            if shown {
                println!("missed: {file}:{line}");
            }
        }
    }
}
