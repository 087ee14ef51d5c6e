//! Records of accepted risk: what is done otherwise than it should be, who stands behind it, and until when.
//! `schemas/risk-acceptance.schema.json` is their form; [`judge`] is the one place that reads them.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};

use super::answers::{Level, Malformed};
use super::guide::{ApproachName, Deviation, Guide, ResidualRisk};
use crate::suggest::nearest;

/// Who may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Chief information security officer.
    Ciso,
    /// Information system security officer.
    Isso,
    /// Owner of the system that is scanned.
    SystemOwner,
    /// Chair of the board that reviews risks.
    ReviewBoardChair,
}

impl Role {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Ciso => "CISO",
            Self::Isso => "ISSO",
            Self::SystemOwner => "system owner",
            Self::ReviewBoardChair => "chair of the review board",
        }
    }
}

/// What was made of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acceptance {
    /// Whether it is accepted.
    pub accepted: bool,
    /// The last day on which it holds, as it is written.
    pub expires: String,
    /// Why it is not accepted: all reasons.
    pub faults: Vec<String>,
}

/// A record as it is written. What is empty says nothing.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Record {
    #[serde(deserialize_with = "or_empty")]
    approach: Option<ApproachName>,
    #[serde(deserialize_with = "or_empty")]
    system: String,
    #[serde(deserialize_with = "or_empty")]
    deviations: Vec<Deviation>,
    #[serde(deserialize_with = "or_empty")]
    controls: Vec<String>,
    #[serde(deserialize_with = "or_empty")]
    residual_risk: Option<ResidualRisk>,
    #[serde(deserialize_with = "or_empty")]
    monitoring: Vec<String>,
    #[serde(deserialize_with = "or_empty")]
    authorised_by: Vec<Signature>,
    #[serde(deserialize_with = "or_empty")]
    expires: String,
    #[serde(deserialize_with = "or_empty")]
    migration_plan: Vec<Milestone>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    role: Role,
    #[serde(default, deserialize_with = "or_empty")]
    name: String,
    #[serde(default, deserialize_with = "or_empty")]
    date: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Milestone {
    #[serde(deserialize_with = "or_empty")]
    milestone: String,
    #[serde(deserialize_with = "or_empty")]
    date: String,
}

/// A key without a value is as one that is not there.
fn or_empty<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads a record in YAML or JSON and judges it, for an approach on a day. It is accepted when it is complete, for this
/// approach, signed by all who have to, not past its day, and its plan of migration has a milestone that is still to come.
///
/// # Errors
/// It is no record: no YAML, an unknown key, or a value of another type.
pub fn judge(guide: &Guide, text: &str, approach: ApproachName, today: Date) -> Result<Acceptance, Malformed> {
    let record: Record = serde_yaml::from_str(text).map_err(|error| malformed(&error.to_string()))?;
    let mut faults = Vec::new();
    match record.approach {
        Some(other) if other != approach => {
            faults.push(format!("it is for the {} approach, not for {}", other.name(), approach.name()));
        }
        Some(_) => {}
        None => faults.push("it names no approach".to_owned()),
    }
    let risk = record.residual_risk.as_ref().map(|risk| risk.description.as_str());
    for (is_missing, what) in [
        (is_blank(&record.system), "system"),
        (record.deviations.is_empty(), "deviation"),
        (has_blank(&record.controls), "control"),
        (risk.is_none_or(is_blank), "residual risk"),
        (has_blank(&record.monitoring), "monitoring"),
    ] {
        if is_missing {
            faults.push(format!("it names no {what}, or leaves one empty"));
        }
    }
    for (number, deviation) in (1..).zip(&record.deviations) {
        if is_blank(&deviation.deviation) || is_blank(&deviation.justification) {
            faults.push(format!("deviation {number} is empty or without a justification"));
        }
    }
    let required = guide.approach(approach).map(|approach| &*approach.authorised_by).unwrap_or_default();
    signatures(&record.authorised_by, required, today, &mut faults);
    match day(&record.expires) {
        Ok(last) if last < today => faults.push(format!("it expired on {last}")),
        Ok(_) => {}
        Err(fault) => faults.push(format!("its `expires` {fault}")),
    }
    migration(&record.migration_plan, today, &mut faults);
    Ok(Acceptance { accepted: faults.is_empty(), expires: record.expires, faults })
}

fn signatures(signed: &[Signature], required: &[Role], today: Date, faults: &mut Vec<String>) {
    let unsigned = required.iter().filter(|role| !signed.iter().any(|signature| signature.role == **role));
    faults.extend(unsigned.map(|role| format!("it is not signed by the {}", role.words())));
    for signature in signed {
        let who = signature.role.words();
        if is_blank(&signature.name) {
            faults.push(format!("it is not signed by the {who}: no name"));
        }
        match day(&signature.date) {
            Ok(date) if date > today => faults.push(format!("the signature of the {who} is of {date}, a day to come")),
            Ok(_) => {}
            Err(fault) => faults.push(format!("the day of the signature of the {who} {fault}")),
        }
    }
}

fn migration(plan: &[Milestone], today: Date, faults: &mut Vec<String>) {
    if plan.is_empty() {
        faults.push("it has no plan of migration".to_owned());
    }
    let mut last = None;
    for (number, milestone) in (1..).zip(plan) {
        if is_blank(&milestone.milestone) {
            faults.push(format!("milestone {number} of the migration is empty"));
        }
        match day(&milestone.date) {
            Ok(date) => last = last.max(Some(date)),
            Err(fault) => faults.push(format!("the day of milestone {number} of the migration {fault}")),
        }
    }
    if let Some(last) = last.filter(|last| *last < today) {
        faults.push(format!("its plan of migration ended on {last}"));
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// None at all, or an empty one among them.
fn has_blank(texts: &[String]) -> bool {
    texts.is_empty() || texts.iter().any(|text| is_blank(text))
}

fn day(text: &str) -> Result<Date, String> {
    match text.trim() {
        "" => Err("is empty".to_owned()),
        text => text.parse().map_err(|_| format!("is `{text}`, no day such as 2027-01-31")),
    }
}

/// What serde says of an unknown name, with the one that may be meant.
fn malformed(message: &str) -> Malformed {
    let mut words = message.split('`').skip(1).step_by(2);
    let near = words.next().and_then(|unknown| nearest(unknown, words));
    let help = match near.filter(|_| message.contains("unknown")) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "the same command with --template writes a record to fill in".to_owned(),
    };
    Malformed { message: message.to_owned(), help }
}

/// A record to fill in for an approach: what is known of it stands there, who signs and until when is empty. `None` for an
/// approach that needs none.
///
/// # Errors
/// It cannot be written as YAML.
pub fn form(guide: &Guide, approach: ApproachName) -> Result<Option<String>, String> {
    let Some(known) = guide.approach(approach).filter(|approach| !approach.authorised_by.is_empty()) else {
        return Ok(None);
    };
    let unsigned = |role: &Role| Signature { role: *role, name: String::new(), date: String::new() };
    let record = Record {
        approach: Some(approach),
        deviations: known.deviations.clone(),
        controls: known.controls.clone(),
        residual_risk: known.residual_risk.clone(),
        monitoring: known.monitoring.clone(),
        authorised_by: known.authorised_by.iter().map(unsigned).collect(),
        migration_plan: vec![Milestone::default()],
        ..Record::default()
    };
    let yaml = serde_yaml::to_string(&record).map_err(|error| error.to_string())?;
    Ok(Some(format!(
        "# The risk of the {} approach, accepted in writing: fill in what is empty, make the rest true of your system, and have it\n\
         # signed. `system` is what it is for; days are written as 2027-01-31. Levels of risk: {}.\n{yaml}",
        approach.name(),
        Level::ALL.map(Level::name).join(", ")
    )))
}
