//! Statements about a cluster that somebody stands behind until a date: `attestations` of `chartsec.yaml`.

use jiff::civil::Date;
use serde::Deserialize;

/// A signed statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// The item of the checklist that it is for, by its id.
    pub item: String,
    /// What is the case.
    #[serde(default)]
    pub statement: String,
    /// Who stands behind it.
    #[serde(default)]
    pub author: String,
    /// The last day on which it holds: `2027-01-31`.
    #[serde(default)]
    pub expires: String,
}

impl Attestation {
    /// Why it does not hold on a day; `None` when it does.
    #[must_use]
    pub fn fault(&self, today: Date) -> Option<String> {
        if self.author.trim().is_empty() {
            return Some("it names no author".to_owned());
        }
        if self.statement.trim().is_empty() {
            return Some("it states nothing".to_owned());
        }
        if self.expires.trim().is_empty() {
            return Some("it names no day on which it expires".to_owned());
        }
        match self.expires.trim().parse::<Date>() {
            Ok(last) if last < today => Some(format!("it expired on {last}")),
            Ok(_) => None,
            Err(_) => Some(format!("`{}` is no day such as 2027-01-31", self.expires)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_to_its_last_day() {
        let fault = |author: &str, expires: &str| {
            let (item, statement) = ("audit-logs-shipped".to_owned(), "Fluent Bit ships them to Loki".to_owned());
            let attestation = Attestation { item, statement, author: author.to_owned(), expires: expires.to_owned() };
            attestation.fault("2026-11-29".parse().unwrap()).unwrap_or_default()
        };
        assert_eq!(fault("Ada", "2026-11-29"), "");
        assert_eq!(fault("Ada", "2026-11-28"), "it expired on 2026-11-28");
        assert_eq!(fault(" ", "2027-01-01"), "it names no author");
        assert_eq!(fault("Ada", ""), "it names no day on which it expires");
        assert_eq!(fault("Ada", "soon"), "`soon` is no day such as 2027-01-31");
        assert!(serde_yaml::from_str::<Attestation>("item: x\nowner: Ada\n").is_err());
    }
}
