//! The decision record as people read it.

use std::fmt::Write as _;

use super::decide::{Answered, Decision, Fit, Rank};
use super::guide::Verdict;
use crate::report::escape;

fn yes_or_no(answer: &Answered) -> &'static str {
    if answer.yes { "yes" } else { "no" }
}

/// The outcome in one line.
fn headline(decision: &Decision) -> String {
    let Some(approach) = decision.approach else { return "refused: no approach is feasible".to_owned() };
    let by_record = decision.verdict == Verdict::NeedsRiskAcceptance && decision.is_allowed();
    let verdict = if by_record { "allowed, its risk is accepted" } else { decision.verdict.words() };
    format!("{}: {verdict}", approach.name())
}

fn level(decision: &Decision) -> String {
    let (given, judged) = (decision.security_level.name(), decision.judged_as.name());
    if given == judged { given.to_owned() } else { format!("{given}, judged as {judged}") }
}

fn fit(rank: &Rank) -> &'static str {
    match rank.fit {
        Fit::Advised => "advised",
        Fit::Weaker => "weaker",
        Fit::Infeasible => "not feasible",
    }
}

/// What was made of the record of accepted risk, a line each.
fn acceptance(decision: &Decision) -> Vec<String> {
    let Some(record) = &decision.risk_acceptance else { return Vec::new() };
    if !record.accepted {
        return record.faults.iter().map(|fault| format!("not accepted: {fault}")).collect();
    }
    let use_of_it = match decision.verdict {
        Verdict::Allowed => "; none is needed",
        Verdict::NeedsRiskAcceptance => "",
        Verdict::Refused => "; no record changes a refusal",
    };
    vec![format!("accepted until {}{use_of_it}", record.expires)]
}

/// For a terminal.
#[must_use]
pub fn text(decision: &Decision) -> String {
    let mut out = format!("{}\n  {}\n", headline(decision), decision.why);
    let _ = write!(out, "\nSecurity level\n  {}\n\nAnswers\n", level(decision));
    for answer in &decision.answers {
        let line = format!("  {:<22}{:<5}{}", answer.question.name(), yes_or_no(answer), answer.effect);
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out.push_str("\nApproaches, the strongest first\n");
    for rank in &decision.ranking {
        let _ = writeln!(out, "  {:<12}{:<14}{}", rank.approach.name(), fit(rank), rank.why);
    }
    let risk: Vec<_> = acceptance(decision).iter().map(|line| escape::visible(line).into_owned()).collect();
    for (title, lines) in
        [("Accepted risk", &risk), ("What has to be in place", &decision.controls), ("Next", &decision.next)]
    {
        if !lines.is_empty() {
            let _ = write!(out, "\n{title}\n");
            lines.iter().for_each(|line| out += &format!("  - {line}\n"));
        }
    }
    out
}

/// For a ticket or a repository: the same, with the sources and the decision matrix.
#[must_use]
pub fn markdown(decision: &Decision) -> String {
    let mut out = format!("## How to scan\n\n**{}.** {}\n\n", headline(decision), decision.why);
    let _ = write!(out, "Security level: {}. Source: {}.\n\n", level(decision), decision.source);
    out.push_str("| question | answer | what it does | source |\n|---|---|---|---|\n");
    for answer in &decision.answers {
        let effect = [&*answer.effect, &*answer.why].join(". ");
        let effect = effect.trim_end_matches(". ");
        let _ = writeln!(out, "| {} | {} | {effect} | {} |", answer.text, yes_or_no(answer), answer.source);
    }
    out.push_str("\n| approach | | why | at this level | source of its rank |\n|---|---|---|---|---|\n");
    for rank in &decision.ranking {
        let (name, verdict) = (rank.approach.name(), rank.verdict.words());
        let _ = write!(out, "| **{name}**: {} | {} | {} | ", rank.title, fit(rank), rank.why);
        let _ = writeln!(out, "{verdict} | {} |", rank.source);
    }
    out.push_str("\n| factor | standard | distroless | sidecar |\n|---|---|---|---|\n");
    for row in &decision.factors {
        let _ = writeln!(out, "| {} | {} | {} | {} |", row.factor, row.standard, row.distroless, row.sidecar);
    }
    let risk = acceptance(decision).iter().map(|line| escape::markdown(line)).collect();
    let (controls, next) = (decision.controls.clone(), decision.next.clone());
    for (title, lines) in [("Accepted risk", risk), ("What has to be in place", controls), ("Next", next)] {
        if !lines.is_empty() {
            let _ = write!(out, "\n### {title}\n\n");
            lines.iter().for_each(|line| out += &format!("- {line}\n"));
        }
    }
    out.push_str(
        "\nSources are the published guides of kube-secure-scanner; what they leave open says that it is our own.\n",
    );
    out
}
