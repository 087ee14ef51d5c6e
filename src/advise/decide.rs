//! From answers to a decision.

use serde::Serialize;

use super::answers::{Answers, Level, Question};
use super::guide::{Approach, ApproachName, Factor, Guide, QuestionData, Verdict};
use super::risk::{Acceptance, Role};

/// What is advised, and all that it rests on. Its JSON is the decision record for programs.
#[derive(Clone, Debug, Serialize)]
pub struct Decision {
    version: u32,
    /// What was answered.
    pub answers: Vec<Answered>,
    /// The security level that was given.
    pub security_level: Level,
    /// The level that the approach is judged at: an answer may raise it.
    pub judged_as: Level,
    /// The strongest feasible approach; without one, what to change stands in `next`.
    pub approach: Option<ApproachName>,
    /// What the level makes of it.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
    /// Whose rule that is.
    pub source: String,
    /// All approaches, the strongest first.
    pub ranking: Vec<Rank>,
    /// What has to be in place where the approach is used.
    pub controls: Vec<String>,
    /// Who has to sign for its risk, where the verdict asks for that.
    pub authorised_by: Vec<Role>,
    /// What was made of the record of accepted risk.
    pub risk_acceptance: Option<Acceptance>,
    /// What to do now.
    pub next: Vec<String>,
    pub(super) factors: Vec<Factor>,
}

/// A question with its answer and what that did.
#[derive(Clone, Debug, Serialize)]
pub struct Answered {
    /// The question.
    pub question: Question,
    /// In words.
    pub text: String,
    /// Whether it was yes.
    pub yes: bool,
    /// What the answer did; empty when it did not count.
    pub effect: String,
    /// Why it did that, where that is no matter of course.
    pub why: String,
    /// Where the question comes from.
    pub source: String,
}

/// An approach in the ranking.
#[derive(Clone, Debug, Serialize)]
pub struct Rank {
    /// Which.
    pub approach: ApproachName,
    /// What it is.
    pub title: String,
    /// How it fits.
    pub fit: Fit,
    /// Why.
    pub why: String,
    /// Whose rule its rank is.
    pub source: String,
    /// What the level makes of it.
    pub verdict: Verdict,
}

/// How an approach fits the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// The strongest feasible.
    Advised,
    /// Feasible, but a stronger one is too.
    Weaker,
    /// An answer rules it out.
    Infeasible,
}

/// Decides; `None` while an answer is missing.
#[must_use]
pub fn decide(guide: &Guide, answers: &Answers) -> Option<Decision> {
    let security_level = answers.level.filter(|_| answers.missing().is_empty())?;
    let is_yes = |question| answers.is_yes(question);
    let raised =
        guide.questions.iter().filter(|question| is_yes(question.id)).filter_map(|question| question.raises_to);
    let judged_as = raised.fold(security_level, Level::max);
    let advised = guide.approaches.iter().find(|approach| is_yes(approach.needs));
    let name = advised.map(|approach| approach.id);
    let verdict = name.map_or(Verdict::Refused, |name| guide.verdict(name, judged_as));
    let reason = advised.and_then(|approach| approach.verdicts.get(&judged_as));
    let (why, source) = match reason {
        Some(reason) => (reason.why.clone(), reason.source.clone()),
        None => ("Each needs what these answers rule out.".to_owned(), "our own".to_owned()),
    };
    let needs_record = verdict == Verdict::NeedsRiskAcceptance;
    let mut decision = Decision {
        version: 1,
        answers: answered(guide, answers, security_level, name),
        security_level,
        judged_as,
        approach: name,
        verdict,
        why,
        source,
        ranking: ranking(guide, answers, judged_as, name),
        controls: advised
            .filter(|_| verdict != Verdict::Refused)
            .map(|approach| approach.controls.clone())
            .unwrap_or_default(),
        authorised_by: advised
            .filter(|_| needs_record)
            .map(|approach| approach.authorised_by.clone())
            .unwrap_or_default(),
        risk_acceptance: None,
        next: Vec::new(),
        factors: guide.factors.clone(),
    };
    decision.next = next(guide, &decision);
    Some(decision)
}

impl Decision {
    /// Whether the approach may be used: as it is, or with the record of accepted risk.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        match self.verdict {
            Verdict::Allowed => true,
            Verdict::NeedsRiskAcceptance => self.risk_acceptance.as_ref().is_some_and(|record| record.accepted),
            Verdict::Refused => false,
        }
    }

    /// The decision with what was made of a record of accepted risk.
    #[must_use]
    pub fn with(self, guide: &Guide, record: Acceptance) -> Self {
        let mut decision = Self { risk_acceptance: Some(record), ..self };
        decision.next = next(guide, &decision);
        decision
    }
}

/// The answers, each with what it did.
fn answered(guide: &Guide, answers: &Answers, level: Level, advised: Option<ApproachName>) -> Vec<Answered> {
    let effect = |question: Question| {
        let needed = guide.approaches.iter().find(|approach| approach.needs == question);
        let raise = guide.questions.iter().find(|data| data.id == question).and_then(|data| data.raises_to);
        match (answers.is_yes(question), needed, raise) {
            (true, Some(approach), _) if advised == Some(approach.id) => format!("decides for {}", approach.id.name()),
            (false, Some(approach), _) if advised.is_none_or(|name| approach.id < name) => {
                format!("rules out {}", approach.id.name())
            }
            (true, _, Some(least)) if least > level => format!("raises the level to {}", least.name()),
            _ => String::new(),
        }
    };
    let row = |data: &QuestionData| {
        let effect = effect(data.id);
        Answered {
            question: data.id,
            text: data.text.clone(),
            yes: answers.is_yes(data.id),
            why: if effect.is_empty() { String::new() } else { data.why.clone() },
            effect,
            source: data.source.clone(),
        }
    };
    guide.questions.iter().map(row).collect()
}

fn ranking(guide: &Guide, answers: &Answers, level: Level, advised: Option<ApproachName>) -> Vec<Rank> {
    let rank = |approach: &Approach| {
        let (fit, why) = match advised {
            Some(name) if name == approach.id => (Fit::Advised, "It is the strongest that is feasible.".to_owned()),
            Some(name) if answers.is_yes(approach.needs) => {
                (Fit::Weaker, format!("The {} approach is stronger, and feasible.", name.name()))
            }
            _ => (Fit::Infeasible, approach.missing.clone()),
        };
        Rank {
            approach: approach.id,
            title: approach.title.clone(),
            fit,
            why,
            source: approach.source.clone(),
            verdict: guide.verdict(approach.id, level),
        }
    };
    guide.approaches.iter().map(rank).collect()
}

/// What to do now, and how a stronger approach becomes feasible.
fn next(guide: &Guide, decision: &Decision) -> Vec<String> {
    let advised = decision.approach.and_then(|name| guide.approach(name));
    let mut steps = Vec::new();
    match advised {
        Some(approach) if decision.is_allowed() => steps.push(format!(
            "install the chart: helm install scan charts/{} --namespace chartsec --create-namespace -f values.yaml",
            approach.chart
        )),
        Some(_) if decision.verdict == Verdict::NeedsRiskAcceptance => {
            let roles: Vec<&str> = decision.authorised_by.iter().map(|role| role.words()).collect();
            steps.push("write a record of the accepted risk: the same command with --template".to_owned());
            steps.push(format!("have it signed: {}", roles.join(", ")));
            steps.push("hand it over: the same command with --risk-acceptance FILE".to_owned());
        }
        _ => {}
    }
    let stronger = guide.approaches.iter().filter(|approach| decision.approach.is_none_or(|name| approach.id < name));
    let what = if decision.is_allowed() { "later" } else { "instead" };
    for approach in stronger {
        let verdict = guide.verdict(approach.id, decision.judged_as);
        if verdict != Verdict::Refused {
            steps.push(format!("{what}, for {} ({}): {}", approach.id.name(), verdict.words(), approach.change));
        }
    }
    steps
}
