//! The five scanner charts. Each holds the charts it depends on, so that it renders without a network.

use minijinja::{Value, context};

use super::blueprint::{Blueprints, CommandLine, GenerateError};
use super::document;
use super::files::{self, Files};

/// The charts, each behind those it needs.
pub const CHARTS: [&str; 5] =
    ["scanner-infrastructure", "common-scanner", "standard-scanner", "distroless-scanner", "sidecar-scanner"];

/// How a template of a chart reaches the values of the two lower charts.
struct Place {
    infrastructure: &'static str,
    common: &'static str,
    depends_on: Option<&'static str>,
}

fn place(chart: &str) -> Place {
    match chart {
        "scanner-infrastructure" => Place { infrastructure: "$.Values", common: "", depends_on: None },
        "common-scanner" => Place {
            infrastructure: r#"(index $.Values "scanner-infrastructure")"#,
            common: "$.Values",
            depends_on: Some("scanner-infrastructure"),
        },
        _ => Place {
            infrastructure: r#"(index $.Values "common-scanner" "scanner-infrastructure")"#,
            common: r#"(index $.Values "common-scanner")"#,
            depends_on: Some("common-scanner"),
        },
    }
}

/// All files of the five charts, and their checksums.
///
/// # Errors
/// A mistake in an embedded blueprint.
pub fn scanner_charts(flags: CommandLine) -> Result<Files, GenerateError> {
    let blueprints = Blueprints::new(flags)?;
    let mut all = Files::new();
    for chart in CHARTS {
        let place = place(chart);
        let context = context(chart, &place);
        let mut files = blueprints.chart(chart, &context)?;
        if let Some(lower) = place.depends_on {
            files.extend(packaged(&all, lower));
        }
        document::write(&blueprints, chart, &context, &mut files)?;
        all.extend(files.into_iter().map(|(path, text)| (format!("{chart}/{path}"), text)));
    }
    files::sum(&mut all);
    Ok(all)
}

fn context(chart: &str, place: &Place) -> Value {
    context! {
        chart => chart,
        approach => chart.strip_suffix("-scanner").unwrap_or_default(),
        version => env!("CARGO_PKG_VERSION"),
        home => env!("CARGO_PKG_REPOSITORY"),
        infrastructure => place.infrastructure,
        common => place.common,
    }
}

/// The files of a finished chart as `charts/` of another holds them: what a package of it would hold, but for its documents.
fn packaged(all: &Files, lower: &str) -> Files {
    let inside = all.iter().filter_map(|(path, text)| {
        let path = path.strip_prefix(lower)?.strip_prefix('/')?;
        let wanted = !path.starts_with("ci/") && !path.ends_with(".md");
        wanted.then(|| (format!("charts/{lower}/{path}"), text.clone()))
    });
    inside.collect()
}
