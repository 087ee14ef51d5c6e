//! `chartsec advise`: every answer at every level, what must hold of all of them, and records of accepted risk.

use std::fs;
use std::path::Path;
use std::process::Command;

use chartsec::advise::{self, Answers, ApproachName, Decision, Guide, Level, Question, Verdict};
use jiff::civil::{Date, date};
use serde_json::{Value, json};

use crate::common::snapshot;

const APPROACHES: [ApproachName; 3] = [ApproachName::Standard, ApproachName::Distroless, ApproachName::Sidecar];

fn guide() -> Guide {
    Guide::load().unwrap()
}

/// All answers: 32, each a row of yes and no in the order of the questions.
fn all_answers() -> impl Iterator<Item = [bool; 5]> {
    (0..32_u8).map(|bits| [16, 8, 4, 2, 1].map(|bit| bits & bit != 0))
}

fn decide(row: [bool; 5], level: Level) -> Decision {
    let questions = Question::ALL.into_iter().zip(row).collect();
    advise::decide(&guide(), &Answers { questions, level: Some(level) }).unwrap()
}

#[test]
fn every_answer_at_every_level() {
    let mut table = format!("{}\tsecurity level\tapproach\tverdict\n", Question::ALL.map(Question::name).join("\t"));
    for row in all_answers() {
        for level in Level::ALL {
            let decision = decide(row, level);
            let approach = decision.approach.map_or("-", ApproachName::name);
            let answers = row.map(|yes| if yes { "yes" } else { "no" }).join("\t");
            table += &format!("{answers}\t{}\t{approach}\t{}\n", level.name(), decision.verdict.words());
        }
    }
    assert_eq!(table.lines().count(), 1 + 32 * 3);
    snapshot("advise-decisions", &table);
}

#[test]
fn never_a_weaker_approach_where_a_stronger_is_feasible() {
    for row in all_answers() {
        let [_, shell, ephemeral, modify, _] = row;
        let feasible = [shell, ephemeral, modify];
        let strongest = APPROACHES.into_iter().zip(feasible).find(|(_, feasible)| *feasible).map(|(name, _)| name);
        for level in Level::ALL {
            let decision = decide(row, level);
            assert_eq!(decision.approach, strongest, "{row:?}");
            for (rank, feasible) in decision.ranking.iter().zip(feasible) {
                assert_eq!(rank.fit == advise::Fit::Infeasible, !feasible, "{row:?} {rank:?}");
            }
            assert_eq!(decision.approach.is_none(), feasible == [false; 3]);
        }
    }
}

#[test]
fn a_higher_level_is_never_milder() {
    for row in all_answers() {
        let verdicts = Level::ALL.map(|level| decide(row, level).verdict);
        assert!(verdicts.is_sorted(), "{row:?}: {verdicts:?}");
        // Nor is it when security comes first or more is scanned.
        for question in [0, 4] {
            let mut stricter = row;
            stricter[question] = true;
            for level in Level::ALL {
                assert!(decide(row, level).verdict <= decide(stricter, level).verdict, "{row:?} {question}");
            }
        }
    }
    // Nor is a weaker approach at one level.
    for level in Level::ALL {
        assert!(APPROACHES.map(|approach| guide().verdict(approach, level)).is_sorted(), "{level:?}");
    }
}

#[test]
fn each_level_judges_each_approach_as_the_guides_say() {
    use Verdict::{Allowed, NeedsRiskAcceptance, Refused};
    for (approach, verdicts) in APPROACHES.into_iter().zip([
        [Allowed, Allowed, Allowed],
        [Allowed, Allowed, NeedsRiskAcceptance],
        [Allowed, NeedsRiskAcceptance, Refused],
    ]) {
        assert_eq!(Level::ALL.map(|level| guide().verdict(approach, level)), verdicts, "{approach:?}");
    }
}

#[test]
fn every_question_decides_somewhere_and_says_so() {
    for index in 0..5 {
        let question = Question::ALL[index];
        let (mut changes, mut told) = (0, 0);
        for mut row in all_answers() {
            for level in Level::ALL {
                let decision = decide(row, level);
                told += usize::from(!decision.answers[index].effect.is_empty());
                row[index] = !row[index];
                let other = decide(row, level);
                row[index] = !row[index];
                changes += usize::from((decision.approach, decision.verdict) != (other.approach, other.verdict));
            }
        }
        assert!(changes > 0 && told > 0, "{question:?}");
    }
    // No, no, yes: the last one decides; the pod need not be asked after.
    let effects = decide([false, false, true, true, false], Level::High).answers;
    let effects: Vec<&str> = effects.iter().map(|answer| &*answer.effect).collect();
    assert_eq!(effects, ["", "rules out standard", "decides for distroless", "", ""]);
}

const DISTROLESS: [&str; 6] = [
    "--shell=no",
    "--ephemeral-containers=yes",
    "--modify-pod=yes",
    "--enterprise-scale=no",
    "--security-first=yes",
    "--security-level=high",
];
/// The day of the runs: 2026-11-29.
const TODAY: &str = "1795910400";

fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartsec"));
    command.arg("advise").args(arguments).current_dir(folder).env_clear().env("SOURCE_DATE_EPOCH", TODAY);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn decision_records() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text, _) = run(folder.path(), &DISTROLESS);
    assert_eq!(code, Some(1));
    snapshot("advise-text", &text);
    let (_, markdown, _) = run(folder.path(), &[&DISTROLESS[..], &["-o", "markdown"]].concat());
    snapshot("advise-markdown", &markdown);
    let (_, json, _) = run(folder.path(), &[&DISTROLESS[..], &["-o", "json"]].concat());
    snapshot("advise-json", &json);
    let none = ["--ephemeral-containers=no", "--modify-pod=no"];
    let (code, text, _) = run(folder.path(), &[&DISTROLESS[..], &none].concat());
    assert_eq!(code, Some(1));
    snapshot("advise-none", &text);
    assert_eq!(run(folder.path(), &[&DISTROLESS[..], &["--shell=yes"]].concat()).0, Some(0));
    let (code, _, told) = run(folder.path(), &[&DISTROLESS[..], &["-o", "sarif"]].concat());
    assert_eq!((code, told.contains("as text, json or markdown")), (Some(2), true));
}

#[test]
fn answers_come_from_a_file_and_options_win() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answers.yaml");
    let all = "shell: no\nephemeral-containers: yes\nmodify-pod: false\nenterprise-scale: true\nsecurity-first: no\nsecurity-level: low\n";
    let run = |text: &str, more: &[&str]| {
        fs::write(&file, text).unwrap();
        run(folder.path(), &[&["--answers", "answers.yaml"][..], more].concat())
    };
    let (code, text, _) = run(all, &[]);
    assert!(code == Some(0) && text.starts_with("distroless: allowed\n"), "{text}");
    assert!(text.contains("low, judged as medium"), "{text}");
    let (code, text, _) = run(all, &["--security-level", "high", "--ephemeral-containers=no", "--modify-pod=yes"]);
    assert!(code == Some(1) && text.starts_with("sidecar: refused\n"), "{text}");
    for (text, told) in [
        ("shel: no\n", "answers.yaml: unknown key `shel`\n help: did you mean `shell`?"),
        ("colour: no\n", "known keys: enterprise-scale, shell, "),
        ("shell: perhaps\n", "`shell` is no answer\n help: write `yes` or `no`"),
        ("security-level: top\n", "`security-level` is no level\n help: one of: low, medium, high"),
        ("- shell\n", "no keys and values"),
        ("shell: [\n", "answers.yaml: "),
        ("shell: no\nshell: yes\n", "answers.yaml: duplicate entry"),
        ("shell: no\n", "not answered: --enterprise-scale, --ephemeral-containers, --modify-pod, --security-first"),
    ] {
        let (code, out, err) = run(text, &[]);
        assert!(code == Some(2) && out.is_empty() && err.contains(told), "{text}: {err}");
    }
    let (code, _, err) = self::run(folder.path(), &["--answers", "none.yaml"]);
    assert!(code == Some(2) && err.contains("cannot read `none.yaml`"), "{err}");
}

/// A record with nothing left to wish for.
fn record(approach: &str, roles: &[&str]) -> Value {
    let signed: Vec<Value> =
        roles.iter().map(|role| json!({"role": role, "name": "Ada Byron", "date": "2026-11-01"})).collect();
    json!({
        "approach": approach,
        "system": "payments",
        "deviations": [{"deviation": "a container is added", "justification": "there is no shell"}],
        "controls": ["named pods only"],
        "residual-risk": {"level": "medium", "description": "it reads what the target reads"},
        "monitoring": ["an alert on every patch"],
        "authorised-by": signed,
        "expires": "2026-11-29",
        "migration-plan": [
            {"milestone": "images with a shell are built", "date": "2026-10-01"},
            {"milestone": "all targets have moved", "date": "2027-03-31"},
        ],
    })
}

fn judge(record: &Value, approach: ApproachName, today: Date) -> Result<Vec<String>, String> {
    let judged = advise::judge(&guide(), &record.to_string(), approach, today).map_err(|error| error.to_string())?;
    assert_eq!(judged.accepted, judged.faults.is_empty());
    Ok(judged.faults)
}

const TWO: [&str; 2] = ["isso", "system-owner"];
const FOUR: [&str; 4] = ["ciso", "isso", "system-owner", "review-board-chair"];

#[test]
fn a_record_is_accepted_or_says_why_not() {
    let today = date(2026, 11, 29);
    let distroless = |record: &Value| judge(record, ApproachName::Distroless, today).unwrap().join("; ");
    let good = record("distroless", &TWO);
    assert_eq!(distroless(&good), "");
    assert_eq!(
        judge(&good, ApproachName::Sidecar, today).unwrap(),
        [
            "it is for the distroless approach, not for sidecar",
            "it is not signed by the CISO",
            "it is not signed by the chair of the review board"
        ]
    );
    let sidecar = record("sidecar", &FOUR);
    assert_eq!(judge(&sidecar, ApproachName::Sidecar, today), Ok(vec![]));
    for index in 0..4 {
        let mut unsigned = sidecar.clone();
        unsigned["authorised-by"].as_array_mut().unwrap().remove(index);
        assert_eq!(judge(&unsigned, ApproachName::Sidecar, today).unwrap().len(), 1, "{unsigned}");
    }
    for (pointer, value, told) in [
        ("/expires", json!("2026-11-28"), "it expired on 2026-11-28"),
        ("/expires", json!("soon"), "its `expires` is `soon`, no day such as 2027-01-31"),
        ("/expires", Value::Null, "its `expires` is empty"),
        ("/authorised-by", json!([]), "it is not signed by the ISSO; it is not signed by the system owner"),
        ("/authorised-by/0/name", json!(" "), "it is not signed by the ISSO: no name"),
        ("/authorised-by/0/date", json!(""), "the day of the signature of the ISSO is empty"),
        (
            "/authorised-by/1/date",
            json!("2026-11-30"),
            "the signature of the system owner is of 2026-11-30, a day to come",
        ),
        ("/migration-plan", json!([]), "it has no plan of migration"),
        ("/migration-plan/1/date", json!("2026-11-28"), "its plan of migration ended on 2026-11-28"),
        (
            "/migration-plan/1/date",
            Value::Null,
            "the day of milestone 2 of the migration is empty; its plan of migration ended on 2026-10-01",
        ),
        ("/migration-plan/0/milestone", json!(""), "milestone 1 of the migration is empty"),
        ("/deviations", json!([]), "it names no deviation, or leaves one empty"),
        ("/deviations/0/justification", json!(""), "deviation 1 is empty or without a justification"),
        ("/controls/0", json!(""), "it names no control, or leaves one empty"),
        ("/monitoring", json!([]), "it names no monitoring, or leaves one empty"),
        ("/residual-risk", Value::Null, "it names no residual risk, or leaves one empty"),
        ("/system", json!(""), "it names no system, or leaves one empty"),
        ("/approach", Value::Null, "it names no approach"),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert_eq!(distroless(&bad), told, "{pointer}");
    }
    assert_eq!(judge(&json!({}), ApproachName::Distroless, today).unwrap().len(), 10);
}

#[test]
fn the_schema_of_records_holds_what_is_accepted() {
    let schema = serde_json::from_str(include_str!("../../schemas/risk-acceptance.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut seen = [0, 0];
    // Nothing has expired on this day and no signature is of a day to come, so the form alone decides.
    let (distroless, sidecar) = (record("distroless", &TWO), record("sidecar", &FOUR));
    let mut records = vec![distroless.clone(), sidecar.clone(), record("sidecar", &TWO), record("distroless", &FOUR)];
    records.extend([record("standard", &[]), record("distroless", &["isso"]), record("x", &TWO), json!({}), json!([])]);
    for whole in [distroless, sidecar] {
        for key in whole.as_object().unwrap().keys() {
            for value in [None, Some(json!([])), Some(json!("")), Some(json!({"a": 1}))] {
                let mut other = whole.clone();
                other.as_object_mut().unwrap().remove(key);
                value.map(|value| other.as_object_mut().unwrap().insert(key.clone(), value));
                records.push(other);
            }
        }
        for pointer in ["/deviations/0", "/authorised-by/0", "/migration-plan/1", "/residual-risk", ""] {
            let mut other = whole.clone();
            other.pointer_mut(pointer).unwrap().as_object_mut().unwrap().insert("reson".into(), json!("x"));
            records.push(other);
            for key in whole.pointer(pointer).unwrap().as_object().unwrap().keys() {
                let mut other = whole.clone();
                other.pointer_mut(pointer).unwrap().as_object_mut().unwrap().insert(key.clone(), json!(""));
                records.push(other);
            }
        }
    }
    for record in records {
        let approach = APPROACHES.into_iter().find(|name| record["approach"] == name.name());
        let judged = judge(&record, approach.unwrap_or(ApproachName::Standard), date(2026, 11, 29));
        let accepted = judged.as_ref().is_ok_and(Vec::is_empty);
        assert_eq!(accepted, validator.is_valid(&record), "{record}: {judged:?}");
        seen[usize::from(accepted)] += 1;
    }
    assert!(seen[0] > 80 && seen[1] == 4, "{seen:?}");
}

#[test]
fn a_record_that_holds_makes_it_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| run(folder.path(), &[&DISTROLESS[..], more].concat());
    let write = |record: &str| fs::write(folder.path().join("risk.yaml"), record).unwrap();
    let (code, form, _) = run(&["--template"]);
    assert_eq!(code, Some(0));
    snapshot("advise-template", &form);

    write(&form);
    let (code, text, err) = run(&["--risk-acceptance", "risk.yaml"]);
    assert_eq!(code, Some(1), "{err}");
    assert!(text.contains("  - not accepted: it is not signed by the ISSO: no name\n"), "{text}");

    let filled = form.replace("system: ''", "system: payments").replace("name: ''", "name: Ada Byron");
    let filled = filled.replace("milestone: ''", "milestone: images with a shell are built");
    let filled = filled.replace("expires: ''", "expires: 2027-01-31").replace("  date: ''", "  date: 2026-11-29");
    write(&filled);
    let (code, text, _) = run(&["--risk-acceptance", "risk.yaml"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("distroless: allowed, its risk is accepted\n"), "{text}");
    assert!(text.contains("accepted until 2027-01-31"), "{text}");

    // The same record is of no use to another approach, and none is of use against a refusal.
    let sidecar = ["--ephemeral-containers=no", "--risk-acceptance", "risk.yaml"];
    let (code, text, _) = run(&[&sidecar[..], &["--security-level=medium"]].concat());
    assert!(code == Some(1) && text.contains("not accepted: it is for the distroless approach"), "{text}");
    write(&record("sidecar", &FOUR).to_string());
    let (code, text, _) = run(&[&sidecar[..], &["--security-level=medium"]].concat());
    assert!(code == Some(0) && text.starts_with("sidecar: allowed, its risk is accepted\n"), "{text}");
    let (code, text, _) = run(&sidecar);
    assert!(code == Some(1) && text.contains("accepted until 2026-11-29; no record changes a refusal"), "{text}");

    write(&filled.replace("monitoring:", "monitring:"));
    let (code, out, err) = run(&["--risk-acceptance", "risk.yaml"]);
    assert!(code == Some(2) && out.is_empty(), "{out}");
    assert!(err.contains("unknown field `monitring`") && err.contains("did you mean `monitoring`?"), "{err}");
    let (code, _, err) = run(&["--shell=yes", "--template"]);
    assert!(code == Some(2) && err.contains("there is no risk to accept"), "{err}");
}
