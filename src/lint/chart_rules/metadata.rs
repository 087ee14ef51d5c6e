//! What Chart.yaml says of the chart, after `helm lint`.

use super::{Hit, Subject};
use crate::chart::Field;
use crate::semver::Version;
use crate::source::Place;

/// Fields that are missing or that nobody can use.
pub(super) fn chart_metadata(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let metadata = &subject.chart.metadata;
    let Some(source) = metadata.source else { return };
    let start = Place { source, offset: 0 };
    let mut tell = |field: Option<&Field>, fault: String, remedy: &str| {
        let place = field.and_then(|field| field.span).map_or(start, |span| span.place());
        hits.push(Hit::at(place, subject.sources).say("fault", fault).say("remedy", remedy));
    };
    let absent = [("icon", metadata.icon.is_empty()), ("maintainers", metadata.maintainers.is_empty())];
    let absent: Vec<&str> = absent.into_iter().filter(|(_, absent)| *absent).map(|(name, _)| name).collect();
    if !absent.is_empty() {
        let fault = format!("Chart.yaml has no {}", absent.join(" and no "));
        tell(None, fault, "add it: catalogues show it, and users know whom to ask");
    }
    if Version::parse_strict(&metadata.version).is_err() {
        let fault = format!("version `{}` is no version of SemVer 2", &*metadata.version);
        tell(Some(&metadata.version), fault, "write `MAJOR.MINOR.PATCH`");
    }
    if !metadata.icon.is_empty() && !is_url(&metadata.icon) {
        tell(Some(&metadata.icon), format!("icon `{}` is no URL", &*metadata.icon), "write an absolute URL");
    }
    for maintainer in &metadata.maintainers {
        let fields = [&maintainer.name, &maintainer.email, &maintainer.url];
        let first = fields.into_iter().find(|field| field.span.is_some());
        if maintainer.name.is_empty() {
            tell(first, "a maintainer has no name".to_owned(), "add `name`");
        }
        if !maintainer.email.is_empty() && !is_address(&maintainer.email) {
            let fault = format!("`{}` is no mail address", &*maintainer.email);
            tell(Some(&maintainer.email), fault, "write an address such as ada@example.com");
        }
        if !maintainer.url.is_empty() && !is_url(&maintainer.url) {
            tell(Some(&maintainer.url), format!("`{}` is no URL", &*maintainer.url), "write an absolute URL");
        }
    }
    for url in metadata.sources.iter().filter(|url| !is_url(url)) {
        tell(Some(url), format!("source `{}` is no URL", &**url), "write an absolute URL");
    }
}

/// A scheme, `://` and something behind it.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return text.starts_with("data:image/") };
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(valid) && !rest.is_empty()
}

/// Something on both sides of one `@`, without blanks.
fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
        && !text.contains(char::is_whitespace)
}
