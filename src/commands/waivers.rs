//! The waivers of the configuration, as the linter takes them.

use std::path::Path;
use std::rc::Rc;

use chartsec::finding::Location;
use chartsec::limits::Limits;
use chartsec::lint::{Standing, standing};
use chartsec::waiver::{Base, Paths, Scope, Waiver};

use super::lint::known_rule;
use crate::config::Config;
use crate::exit::Failure;

/// The waivers of a configuration for a run in `working`. A rule or a pattern that does not exist is refused with its place.
pub(super) fn configured(config: &Config, working: &Path, limits: &Limits) -> Result<Vec<Waiver>, Failure> {
    let slashes = |path: &Path| path.to_string_lossy().replace('\\', "/");
    let base = Rc::new(Base::new(&slashes(&config.folder), &slashes(working)));
    let waivers = config.waivers.iter().map(|waiver| {
        let refused = |failure: Failure| Failure {
            message: format!("{}:{}: {}", waiver.file, waiver.line, failure.message),
            ..failure
        };
        for rule in &waiver.rules {
            known_rule(rule).map_err(refused)?;
            if standing(rule, []) == Standing::Fixed {
                let failure = Failure::usage(format!("`{rule}` cannot be waived"));
                return Err(refused(failure.help("mend it, or leave it out with `ignore`")));
            }
        }
        let paths = Paths::new(&waiver.path, waiver.object.as_deref(), Rc::clone(&base), limits.regex_bytes);
        let paths = paths.ok_or_else(|| {
            let failure = Failure::usage(format!("pattern `{}` cannot be read", waiver.path));
            refused(failure.help("`*` and `?` stay inside a folder, `**` does not"))
        })?;
        let owner = waiver.owner.as_ref().map(|owner| format!(" ({owner})")).unwrap_or_default();
        Ok(Waiver {
            rules: waiver.rules.clone(),
            reason: waiver.reason.clone(),
            expires: waiver.expires,
            scope: Scope::Paths(paths),
            place: Location { file: waiver.file.clone(), line: waiver.line, column: waiver.column },
            by: format!("{}:{}{owner}", waiver.file, waiver.line),
            fault: None,
        })
    });
    waivers.collect()
}
